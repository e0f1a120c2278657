// SPDX-License-Identifier: Apache-2.0
/* queue - joins the two threads of a lane. */
#include "run/queue.h"

#include <string.h>

#include "model/batch.h"

void
queue_init(struct queue *queue)
{
    memset(queue, 0, sizeof *queue);
    pthread_mutex_init(&queue->mutex, NULL);
    pthread_cond_init(&queue->changed, NULL);
}

void
queue_destroy(struct queue *queue)
{
    for (unsigned i = 0; i < queue->n_items; i++)
        batch_release(queue->items[(queue->first + i) % QUEUE_ROOM].batch);
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->mutex);
}

bool
queue_put(struct queue *queue, const struct queue_item *item)
{
    bool done;

    pthread_mutex_lock(&queue->mutex);
    while (queue->n_items == QUEUE_ROOM && !queue->aborted)
        pthread_cond_wait(&queue->changed, &queue->mutex);
    done = !queue->aborted;
    if (done) {
        queue->items[(queue->first + queue->n_items) % QUEUE_ROOM] = *item;
        queue->n_items++;
        pthread_cond_broadcast(&queue->changed);
    }
    pthread_mutex_unlock(&queue->mutex);
    return done;
}

bool
queue_get(struct queue *queue, struct queue_item *ret_item)
{
    bool done;

    pthread_mutex_lock(&queue->mutex);
    queue->busy = false;
    pthread_cond_broadcast(&queue->changed);
    while (queue->n_items == 0 && !queue->aborted)
        pthread_cond_wait(&queue->changed, &queue->mutex);
    done = !queue->aborted;
    if (done) {
        *ret_item = queue->items[queue->first];
        queue->items[queue->first].batch = NULL;
        queue->first = (queue->first + 1) % QUEUE_ROOM;
        queue->n_items--;
        queue->busy = true;
        pthread_cond_broadcast(&queue->changed);
    }
    pthread_mutex_unlock(&queue->mutex);
    return done;
}

bool
queue_drain(struct queue *queue)
{
    bool done;

    pthread_mutex_lock(&queue->mutex);
    while ((queue->n_items || queue->busy) && !queue->aborted)
        pthread_cond_wait(&queue->changed, &queue->mutex);
    done = !queue->aborted;
    pthread_mutex_unlock(&queue->mutex);
    return done;
}

void
queue_abort(struct queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    queue->aborted = true;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->mutex);
}
