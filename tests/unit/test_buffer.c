// SPDX-License-Identifier: Apache-2.0
/* Tests of base/buffer.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"

static void
what_is_appended_is_there_in_order(void **state)
{
    CLEANUP_BUFFER struct buffer b = {0};

    assert_null(b.data);
    buffer_text(&b, "ab");
    buffer_char(&b, 'c');
    buffer_append(&b, "\0d", 2);
    buffer_append(&b, NULL, 0);
    buffer_printf(&b, "%05d", 42);
    assert_int_equal(b.size, 10);
    assert_memory_equal(b.data, "abc\0d00042", 10);
    assert_false(b.failed);
}

static void
a_string_ends_in_a_nul_that_is_not_counted(void **state)
{
    CLEANUP_BUFFER struct buffer b = {0};

    assert_string_equal(buffer_string(&b), "");
    for (int i = 0; i < 64; i++)
        buffer_char(&b, 'x');
    assert_int_equal(strlen(buffer_string(&b)), 64);
    assert_int_equal(b.size, 64);
}

static void
integers_are_little_endian_both_ways(void **state)
{
    static const uint8_t expected[] = {1, 3, 2, 7, 6, 5, 4, 15, 14, 13, 12, 11, 10, 9, 8};
    CLEANUP_BUFFER struct buffer b = {0};
    struct cursor c;

    buffer_u8(&b, 1);
    buffer_u16(&b, 0x0203);
    buffer_u32(&b, 0x04050607);
    buffer_u64(&b, 0x08090a0b0c0d0e0f);
    assert_int_equal(b.size, sizeof expected);
    assert_memory_equal(b.data, expected, sizeof expected);
    c = cursor_of(b.data, b.size);
    assert_int_equal(cursor_u8(&c), 1);
    assert_int_equal(cursor_u16(&c), 0x0203);
    assert_int_equal(cursor_u32(&c), 0x04050607);
    assert_true(cursor_u64(&c) == 0x08090a0b0c0d0e0f);
    assert_int_equal(cursor_left(&c), 0);
    assert_false(c.failed);
}

static void
shortage_is_remembered_until_the_buffer_is_cleared(void **state)
{
    CLEANUP_BUFFER struct buffer b = {0};

    buffer_text(&b, "abc");
    assert_null(buffer_reserve(&b, SIZE_MAX - 1));
    assert_true(b.failed);
    buffer_text(&b, "def");
    assert_int_equal(b.size, 3);
    assert_null(buffer_string(&b));
    buffer_clear(&b);
    buffer_text(&b, "def");
    assert_string_equal(buffer_string(&b), "def");
}

static void
clearing_keeps_the_memory_and_freeing_does_not(void **state)
{
    struct buffer b = {0};
    const uint8_t *data;

    buffer_text(&b, "abc");
    data = b.data;
    buffer_clear(&b);
    buffer_text(&b, "x");
    assert_ptr_equal(b.data, data);
    buffer_free(&b);
    assert_null(b.data);
    assert_int_equal(b.room, 0);
    buffer_text(&b, "again");
    assert_string_equal(buffer_string(&b), "again");
    buffer_free(&b);
}

static void
a_cursor_that_was_asked_for_too_much_gives_0_from_then_on(void **state)
{
    struct cursor c = cursor_of("\1\2\3", 3);

    assert_int_equal(cursor_u8(&c), 1);
    assert_int_equal(cursor_u32(&c), 0);
    assert_true(c.failed);
    assert_int_equal(cursor_u8(&c), 0);
    assert_null(cursor_bytes(&c, 1));
    assert_null(cursor_bytes(&c, 0));
    assert_int_equal(cursor_left(&c), 0);
}

static void
a_cursor_over_nothing_has_a_place_but_no_bytes(void **state)
{
    struct cursor c = cursor_of(NULL, 0);

    assert_non_null(cursor_bytes(&c, 0));
    assert_false(c.failed);
    assert_null(cursor_bytes(&c, 1));
    assert_true(c.failed);
}

static void
a_cursor_is_not_fooled_by_a_huge_size(void **state)
{
    struct cursor c = cursor_of("abc", 3);

    assert_null(cursor_bytes(&c, SIZE_MAX));
    assert_true(c.failed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_appended_is_there_in_order),
        cmocka_unit_test(a_string_ends_in_a_nul_that_is_not_counted),
        cmocka_unit_test(integers_are_little_endian_both_ways),
        cmocka_unit_test(shortage_is_remembered_until_the_buffer_is_cleared),
        cmocka_unit_test(clearing_keeps_the_memory_and_freeing_does_not),
        cmocka_unit_test(a_cursor_that_was_asked_for_too_much_gives_0_from_then_on),
        cmocka_unit_test(a_cursor_over_nothing_has_a_place_but_no_bytes),
        cmocka_unit_test(a_cursor_is_not_fooled_by_a_huge_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
