// SPDX-License-Identifier: Apache-2.0
/* Tests of base/budget.h. */
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/budget.h"
#include "base/cancel.h"

enum { MIB = 1 << 20, A_MOMENT_US = 30000 };

static void
pieces_are_aligned_apart_and_counted(void **state)
{
    struct pd_memory *memory = budget_begin();
    unsigned char *pieces[300];

    for (size_t i = 0; i < 300; i++) {
        pieces[i] = budget_alloc(memory, i * 20);
        assert_int_equal((uintptr_t)pieces[i] % 64, 0);
        memset(pieces[i], (int)i, i * 20);
    }
    for (size_t i = 0; i < 300; i++) {
        for (size_t k = 0; k < i * 20; k++)
            assert_int_equal(pieces[i][k], (unsigned char)i);
    }
    assert_in_range(budget_used(), 300 * 299 * 10, 3 * 300 * 299 * 10);
    budget_end(memory);
    assert_int_equal(budget_used(), 0);
}

static void
a_large_piece_is_whole(void **state)
{
    struct pd_memory *memory = budget_begin();
    unsigned char *large = budget_alloc(memory, 5 * MIB), *small;

    memset(large, 1, 5 * MIB);
    small = budget_alloc(memory, 100);
    memset(small, 2, 100);
    assert_int_equal(large[5 * MIB - 1], 1);
    assert_null(budget_alloc(memory, SIZE_MAX - 10));
    budget_end(memory);
    assert_int_equal(budget_used(), 0);
}

static void
memory_goes_from_batch_to_batch(void **state)
{
    struct pd_memory *memory = budget_begin();
    const void *first = budget_alloc(memory, 3 * MIB), *second;

    budget_end(memory);
    memory = budget_begin();
    second = budget_alloc(memory, 3 * MIB);
    assert_ptr_equal(first, second);
    budget_end(memory);
}

struct waiting {
    struct pd_memory *first;
    struct pd_memory *second;
    atomic_bool was_ended;
    bool saw_ended;
    sem_t begun;
};

/* Fills the budget with one batch, and begins another. */
static void *
begin_two(void *arg)
{
    struct waiting *w = arg;

    w->first = budget_begin();
    budget_alloc(w->first, 2 * MIB);
    sem_post(&w->begun);
    w->second = budget_begin();
    w->saw_ended = atomic_load(&w->was_ended);
    budget_end(w->second);
    return NULL;
}

static void
a_second_batch_waits_until_another_thread_ends_the_first(void **state)
{
    struct waiting w = {0};
    pthread_t thread;

    budget_set(MIB);
    sem_init(&w.begun, 0, 0);
    assert_int_equal(pthread_create(&thread, NULL, begin_two, &w), 0);
    sem_wait(&w.begun);
    usleep(A_MOMENT_US); /* time to go wrong in */
    atomic_store(&w.was_ended, true);
    budget_end(w.first);
    pthread_join(thread, NULL);
    assert_non_null(w.second);
    assert_true(w.saw_ended);
    assert_int_equal(budget_used(), 0);
    sem_destroy(&w.begun);
    budget_set(0);
}

static void
a_worker_without_a_batch_never_waits(void **state)
{
    struct waiting w = {0};
    struct pd_memory *mine;
    pthread_t thread;

    budget_set(MIB);
    sem_init(&w.begun, 0, 0);
    assert_int_equal(pthread_create(&thread, NULL, begin_two, &w), 0);
    sem_wait(&w.begun);
    mine = budget_begin(); /* the budget is spent, and by the other */
    assert_non_null(mine);
    assert_non_null(budget_alloc(mine, 2 * MIB));
    budget_end(mine);
    atomic_store(&w.was_ended, true);
    budget_end(w.first);
    pthread_join(thread, NULL);
    assert_true(w.saw_ended);
    sem_destroy(&w.begun);
    budget_set(0);
}

static void
who_waits_is_woken_when_the_run_is_cancelled(void **state)
{
    struct waiting w = {0};
    pthread_t thread;

    budget_set(MIB);
    sem_init(&w.begun, 0, 0);
    assert_int_equal(pthread_create(&thread, NULL, begin_two, &w), 0);
    sem_wait(&w.begun);
    cancel_request(0);
    budget_wake();
    pthread_join(thread, NULL);
    assert_null(w.second);
    assert_null(budget_begin());
    cancel_reset();
    budget_end(w.first); /* its worker is gone */
    w.first = budget_begin();
    assert_non_null(w.first);
    budget_end(w.first);
    assert_int_equal(budget_used(), 0);
    sem_destroy(&w.begun);
    budget_set(0);
}

static void
one_batch_may_be_larger_than_the_budget(void **state)
{
    struct pd_memory *memory;

    budget_set(MIB);
    memory = budget_begin();
    memset(budget_alloc(memory, 8 * MIB), 1, 8 * MIB);
    assert_true(budget_peak() >= 8 * MIB);
    budget_end(memory);
    budget_trim();
    budget_set(0);
    memory = budget_begin();
    assert_non_null(budget_alloc(memory, 0));
    budget_end(memory);
    budget_end(NULL);
    assert_int_equal(budget_used(), 0);
}

/* diff holds a batch of each side; nobody else could give one back while it waits. */
static void
a_thread_that_is_granted_two_does_not_wait_for_itself(void **state)
{
    struct pd_memory *first, *second;

    budget_set(1000);
    budget_grant(2);
    first = budget_begin();
    assert_non_null(first);
    assert_non_null(budget_alloc(first, 5000));
    second = budget_begin(); /* with one it would wait for ever */
    assert_non_null(second);
    budget_end(second);
    budget_end(first);
    budget_grant(1);
    budget_set(0);
}

/* Whoever converts holds the batch that is converted. */
static void
more_memory_for_a_batch_in_hand_is_never_waited_for(void **state)
{
    struct pd_memory *batch, *more, *next;

    budget_set(1000);
    batch = budget_begin();
    assert_non_null(budget_alloc(batch, 5000));
    more = budget_begin_more(); /* a batch of its own would wait for ever */
    assert_non_null(more);
    assert_non_null(budget_alloc(more, 5000));
    budget_end(batch);
    next = budget_begin(); /* what was more is no batch of this thread */
    assert_non_null(next);
    budget_end(next);
    budget_end(more);
    assert_int_equal(budget_used(), 0);
    budget_set(0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_aligned_apart_and_counted),
        cmocka_unit_test(a_large_piece_is_whole),
        cmocka_unit_test(memory_goes_from_batch_to_batch),
        cmocka_unit_test(a_second_batch_waits_until_another_thread_ends_the_first),
        cmocka_unit_test(a_worker_without_a_batch_never_waits),
        cmocka_unit_test(who_waits_is_woken_when_the_run_is_cancelled),
        cmocka_unit_test(one_batch_may_be_larger_than_the_budget),
        cmocka_unit_test(a_thread_that_is_granted_two_does_not_wait_for_itself),
        cmocka_unit_test(more_memory_for_a_batch_in_hand_is_never_waited_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
