// SPDX-License-Identifier: Apache-2.0
/* Tests of run/parts: ranges depend on count and axis alone, and cover it without overlap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "run/parts.h"

static struct pd_extent
extent_of(uint64_t n_rows, int64_t low, int64_t high)
{
    return (struct pd_extent){
        .struct_size = sizeof(struct pd_extent), .has_axis = 1, .n_rows = n_rows, .low = low, .high = high};
}

static void
a_small_table_has_one_part_open_at_both_ends(void **state)
{
    struct pd_extent extent = extent_of(2 * PART_ROWS - 1, 1, 2 * PART_ROWS - 1);
    struct pd_range range = parts_range(&extent, 1, 0);

    assert_int_equal(parts_count(&extent), 1);
    assert_int_equal(range.flags, 0);
}

static void
without_an_axis_there_is_one_part(void **state)
{
    struct pd_extent extent = extent_of(UINT64_MAX, 1, 1000);

    extent.has_axis = 0;
    assert_int_equal(parts_count(&extent), 1);
}

static void
parts_are_never_more_than_values_on_the_axis(void **state)
{
    struct pd_extent extent = extent_of(64 * (uint64_t)PART_ROWS, 10, 12);

    assert_int_equal(parts_count(&extent), 3);
}

static void
parts_cover_the_whole_of_int64(void **state)
{
    struct pd_extent extent = extent_of(64 * (uint64_t)PART_ROWS, INT64_MIN, INT64_MAX);
    uint32_t n = parts_count(&extent);

    assert_int_equal(n, 64);
    assert_int_equal(parts_range(&extent, n, 0).flags, PD_RANGE_HIGH);
    assert_int_equal(parts_range(&extent, n, n - 1).flags, PD_RANGE_LOW);
    for (uint32_t i = 1; i < n; i++)
        assert_true(parts_range(&extent, n, i).low == parts_range(&extent, n, i - 1).high);
    assert_true(parts_range(&extent, n, 32).low == 0);
}

static void
borders_are_even(void **state)
{
    struct pd_extent extent = extent_of(4 * (uint64_t)PART_ROWS, 1, 100);

    assert_int_equal(parts_count(&extent), 4);
    assert_int_equal(parts_range(&extent, 4, 1).low, 26);
    assert_int_equal(parts_range(&extent, 4, 2).low, 51);
    assert_int_equal(parts_range(&extent, 4, 3).low, 76);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_table_has_one_part_open_at_both_ends),
        cmocka_unit_test(without_an_axis_there_is_one_part),
        cmocka_unit_test(parts_are_never_more_than_values_on_the_axis),
        cmocka_unit_test(parts_cover_the_whole_of_int64),
        cmocka_unit_test(borders_are_even),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
