// SPDX-License-Identifier: Apache-2.0
/* Tests of run/turns: the largest tables begin first, by what is known best of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "run/turns.h"

enum { N = 5 };

struct world {
    struct arena *arena;
    struct pd_table tables[N];
    struct pd_stats stats[N];
    struct pd_catalog catalog;
};

static int
begin(void **state)
{
    struct world *world = test_calloc(1, sizeof *world);

    world->arena = arena_new();
    assert_non_null(world->arena);
    world->catalog.tables = world->tables;
    world->catalog.table_size = sizeof *world->tables;
    world->catalog.n_tables = N;
    *state = world;
    return 0;
}

static int
end(void **state)
{
    struct world *world = *state;

    arena_free(world->arena);
    test_free(world);
    return 0;
}

static void
expect(struct world *world, uint64_t large, const uint32_t order[N])
{
    const uint32_t *got = turns_order(&world->catalog, world->stats, large, world->arena);

    assert_non_null(got);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(got[i], order[i]);
}

static void
unknown_tables_stay_as_they_are(void **state)
{
    expect(*state, 0, (const uint32_t[]){0, 1, 2, 3, 4});
}

static void
most_bytes_come_first_whatever_the_rows(void **state)
{
    struct world *world = *state;

    world->tables[1].n_rows_estimate = 1000000;
    world->tables[1].n_bytes_estimate = 1000;
    world->tables[3].n_rows_estimate = 1;
    world->tables[3].n_bytes_estimate = 2000;
    expect(world, 0, (const uint32_t[]){3, 1, 0, 2, 4});
}

static void
rows_stand_for_bytes_where_these_are_unknown(void **state)
{
    struct world *world = *state;

    world->tables[1].n_bytes_estimate = 6000;
    world->tables[2].n_rows_estimate = 100; /* about 6400 bytes */
    world->tables[4].n_rows_estimate = UINT64_MAX;
    expect(world, 0, (const uint32_t[]){4, 2, 1, 0, 3});
}

static void
counted_rows_go_before_estimated_ones(void **state)
{
    struct world *world = *state;

    world->tables[1].n_rows_estimate = 100;
    world->tables[2].n_rows_estimate = 10;
    world->stats[2].n_rows = 1000;
    expect(world, 0, (const uint32_t[]){2, 1, 0, 3, 4});
}

static void
below_the_limit_they_stay_as_they_are(void **state)
{
    struct world *world = *state;

    world->tables[0].n_bytes_estimate = 10;
    world->tables[1].n_bytes_estimate = 99;
    world->tables[2].n_bytes_estimate = 100;
    world->tables[4].n_bytes_estimate = 101;
    expect(world, 100, (const uint32_t[]){4, 2, 0, 1, 3});
}

static void
no_tables_are_no_order(void **state)
{
    struct world *world = *state;

    world->catalog.n_tables = 0;
    assert_non_null(turns_order(&world->catalog, world->stats, 0, world->arena));
    assert_int_equal(turns_whole(&world->catalog, world->stats, 2), 0);
}

static void
a_share_and_a_third_is_left_whole(void **state)
{
    struct world *world = *state;

    world->tables[0].n_rows_estimate = 500;
    world->tables[1].n_rows_estimate = 7;
    world->stats[1].n_rows = 700;
    assert_int_equal(turns_whole(&world->catalog, world->stats, 2), 800);
    assert_int_equal(turns_whole(&world->catalog, world->stats, 4), 400);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(unknown_tables_stay_as_they_are, begin, end),
        cmocka_unit_test_setup_teardown(most_bytes_come_first_whatever_the_rows, begin, end),
        cmocka_unit_test_setup_teardown(rows_stand_for_bytes_where_these_are_unknown, begin, end),
        cmocka_unit_test_setup_teardown(counted_rows_go_before_estimated_ones, begin, end),
        cmocka_unit_test_setup_teardown(below_the_limit_they_stay_as_they_are, begin, end),
        cmocka_unit_test_setup_teardown(no_tables_are_no_order, begin, end),
        cmocka_unit_test_setup_teardown(a_share_and_a_third_is_left_whole, begin, end),
    };

    return cmocka_run_group_tests_name("turns", tests, NULL, NULL);
}
