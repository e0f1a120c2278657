// SPDX-License-Identifier: Apache-2.0
/* Tests of run/queue: order, draining, aborting, and what is left is released. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>

#include "run/queue.h"

enum { MANY = 10000 };

static int released;

static void
fake_release(const struct pd_batch *batch)
{
    released++;
}

static void *
put_many(void *arg)
{
    for (uintptr_t i = 1; i <= MANY; i++) {
        struct queue_item item = {.kind = QUEUE_START, .unit = (struct unit *)i};

        if (!queue_put(arg, &item))
            return NULL;
    }
    return arg;
}

static void
items_come_in_order_through_a_short_queue(void **state)
{
    struct queue queue;
    pthread_t thread;
    struct queue_item item;
    void *result;

    queue_init(&queue);
    assert_int_equal(pthread_create(&thread, NULL, put_many, &queue), 0);
    for (uintptr_t i = 1; i <= MANY; i++) {
        assert_true(queue_get(&queue, &item));
        assert_true(item.unit == (struct unit *)i);
    }
    pthread_join(thread, &result);
    assert_non_null(result);
    queue_destroy(&queue);
}

static void
an_abort_wakes_who_waits_and_the_rest_is_released(void **state)
{
    struct pd_batch batch = {.struct_size = sizeof batch, .release = fake_release};
    struct queue_item item = {.kind = QUEUE_BATCH, .batch = &batch};
    struct queue queue;
    pthread_t thread;
    void *result;

    released = 0;
    queue_init(&queue);
    assert_true(queue_put(&queue, &item));
    assert_true(queue_put(&queue, &item));
    assert_int_equal(pthread_create(&thread, NULL, put_many, &queue), 0);
    queue_abort(&queue);
    pthread_join(thread, &result);
    assert_null(result);
    assert_false(queue_get(&queue, &item));
    assert_false(queue_drain(&queue));
    queue_destroy(&queue);
    assert_int_equal(released, 2);
}

static void *
take_all(void *arg)
{
    struct queue_item item;

    while (queue_get(arg, &item) && item.kind != QUEUE_CLOSE)
        (*(int *)(void *)item.unit)++;
    return NULL;
}

static void
drained_means_that_every_item_was_dealt_with(void **state)
{
    struct queue queue;
    pthread_t thread;
    int n = 0;
    struct queue_item item = {.kind = QUEUE_START, .unit = (struct unit *)(void *)&n};

    queue_init(&queue);
    assert_int_equal(pthread_create(&thread, NULL, take_all, &queue), 0);
    for (int i = 1; i <= 1000; i++) {
        assert_true(queue_put(&queue, &item));
        assert_true(queue_drain(&queue));
        assert_int_equal(n, i);
    }
    item.kind = QUEUE_CLOSE;
    assert_true(queue_put(&queue, &item));
    pthread_join(thread, NULL);
    queue_destroy(&queue);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_in_order_through_a_short_queue),
        cmocka_unit_test(an_abort_wakes_who_waits_and_the_rest_is_released),
        cmocka_unit_test(drained_means_that_every_item_was_dealt_with),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
