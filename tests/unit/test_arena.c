// SPDX-License-Identifier: Apache-2.0
/* Tests of base/arena.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"

static void
memory_is_cleared_even_after_a_reset(void **state)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    unsigned char *bytes = arena_alloc(arena, 500);

    memset(bytes, 0xff, 500);
    arena_reset(arena);
    bytes = arena_alloc(arena, 500);
    for (size_t i = 0; i < 500; i++)
        assert_int_equal(bytes[i], 0);
}

static void
pieces_are_aligned_and_do_not_overlap(void **state)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    unsigned char *pieces[200];

    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        pieces[i] = arena_alloc(arena, i * 7);
        assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
        memset(pieces[i], (int)i, i * 7);
    }
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        for (size_t k = 0; k < i * 7; k++)
            assert_int_equal(pieces[i][k], i);
    }
}

static void
size_0_gives_a_unique_pointer(void **state)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    const void *one = arena_alloc(arena, 0), *two = arena_alloc(arena, 0);

    assert_non_null(one);
    assert_non_null(two);
    assert_ptr_not_equal(one, two);
}

static void
a_large_piece_does_not_end_the_chunk_that_is_being_filled(void **state)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    unsigned char *small = arena_alloc(arena, 16), *large, *next;

    large = arena_alloc(arena, 1 << 20);
    memset(large, 1, 1 << 20);
    next = arena_alloc(arena, 16);
    assert_ptr_equal(next, small + 16);
}

static void
a_size_that_cannot_be_is_no_memory(void **state)
{
    CLEANUP(arena) struct arena *arena = arena_new();

    assert_null(arena_alloc(arena, SIZE_MAX));
    assert_null(arena_alloc(arena, SIZE_MAX - 64));
}

static void
copies_are_equal_and_null_stays_null(void **state)
{
    CLEANUP(arena) struct arena *arena = arena_new();

    assert_string_equal(arena_strdup(arena, "héllo"), "héllo");
    assert_memory_equal(arena_copy(arena, "a\0b", 3), "a\0b", 3);
    assert_string_equal(arena_printf(arena, "%s-%d", "x", 7), "x-7");
    assert_null(arena_strdup(arena, NULL));
    assert_null(arena_copy(arena, NULL, 5));
}

static void
a_reset_keeps_one_chunk(void **state)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    size_t size;

    assert_int_equal(arena_size(arena), 0);
    for (int i = 0; i < 1000; i++)
        assert_non_null(arena_alloc(arena, 1000));
    size = arena_size(arena);
    assert_true(size >= 1000000);
    arena_reset(arena);
    assert_in_range(arena_size(arena), 1, size / 4);
    assert_non_null(arena_array(arena, int, 3));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_cleared_even_after_a_reset),
        cmocka_unit_test(pieces_are_aligned_and_do_not_overlap),
        cmocka_unit_test(size_0_gives_a_unique_pointer),
        cmocka_unit_test(a_large_piece_does_not_end_the_chunk_that_is_being_filled),
        cmocka_unit_test(a_size_that_cannot_be_is_no_memory),
        cmocka_unit_test(copies_are_equal_and_null_stays_null),
        cmocka_unit_test(a_reset_keeps_one_chunk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
