// SPDX-License-Identifier: Apache-2.0
/* queue - joins the two threads of a lane: what the reader made and the writer takes, in order.
   Its length is bounded; its bytes are bounded by the budget of batches. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include <polydump/plugin.h>

enum { QUEUE_ROOM = 8 /* batches: more would only age in the cache */ };

enum queue_kind { QUEUE_START, QUEUE_BATCH, QUEUE_END, QUEUE_CLOSE };

struct unit;
struct queue_item {
    enum queue_kind kind;
    struct unit *unit; /* START and END: the part of a table; the taker's from then on at END */
    const struct pd_batch *batch;         /* BATCH: the taker's to release */
    const struct pd_source_ops *long_ops; /* BATCH: what long cells are read from */
    struct pd_source *long_source;
};

struct queue {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct queue_item items[QUEUE_ROOM];
    unsigned n_items;
    unsigned first;
    bool busy;    /* the taker is at work on an item */
    bool aborted; /* nothing is put or taken any more */
};

void queue_init(struct queue *queue);
void queue_destroy(struct queue *queue); /* releases what was left in it */
/* Waits for room; false: aborted, and the item stays the caller's. */
bool queue_put(struct queue *queue, const struct queue_item *item);
/* Waits for an item, and tells that the one before is done; false: aborted. */
bool queue_get(struct queue *queue, struct queue_item *ret_item);
/* Waits until everything that was put has been dealt with; false: aborted. */
bool queue_drain(struct queue *queue);
void queue_abort(struct queue *queue);
