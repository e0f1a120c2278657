// SPDX-License-Identifier: Apache-2.0
// scrub - text that somebody would not take, as text that anybody takes.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "model/scrub.h"
#include "model/text.h"

#define R "\xef\xbf\xbd" /* U+FFFD */

struct pair {
    const char *bytes;
    const char *wanted;
};

/* The table of Unicode 3.9, "U+FFFD Substitution of Maximal Subparts", and what stands beside it.
 */
static const struct pair utf8_pairs[] = {
    {"", ""},
    {"abc", "abc"},
    {"\xc3\xa4\xf0\x9f\x98\x80", "\xc3\xa4\xf0\x9f\x98\x80"},
    {"a\xff"
     "b",
     "a" R "b"},
    {"\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41", R R R R R R R R "A"},
    {"\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41", R R R R R R R R "A"},
    {"\xf4\x91\x92\x93\xff\x41\x80\xbf\x42", R R R R R "A" R R "B"},
    {"\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41", R R R R "A"},
    {"a\xc3", "a" R},
    {"\xe2\x82", R},
    {"\xf0\x9f\x98", R},
    {"\xf5\x80", R R},
};

static void
ill_formed_sequences_become_one_character_each(void **state)
{
    for (size_t i = 0; i < COUNT_OF(utf8_pairs); i++) {
        CLEANUP_BUFFER struct buffer out = {0};

        scrub_utf8(&out, utf8_pairs[i].bytes, strlen(utf8_pairs[i].bytes));
        assert_string_equal(buffer_string(&out), utf8_pairs[i].wanted);
    }
}

/* Whatever comes in, what comes out is valid, and what was valid is the same. */
static void
all_of_it_is_valid(void **state)
{
    uint8_t bytes[24];
    uint32_t seed = 7;

    for (int round = 0; round < 200000; round++) {
        CLEANUP_BUFFER struct buffer out = {0};
        size_t size;

        seed = seed * 1664525 + 1013904223;
        size = seed >> 27;
        size = size < sizeof bytes ? size : sizeof bytes;
        for (size_t i = 0; i < size; i++) {
            seed = seed * 1664525 + 1013904223;
            bytes[i] = (uint8_t)((seed >> 24) | (seed & 1 ? 0x80 : 0));
        }
        scrub_utf8(&out, bytes, size);
        assert_true(text_is_utf8(out.data, out.size));
        if (text_is_utf8(bytes, size)) {
            assert_int_equal(out.size, size);
            if (size)
                assert_memory_equal(out.data, bytes, size);
        }
    }
}

static void
halves_of_pairs_are_replaced(void **state)
{
    static const char bytes[] = "a\0\xe4\0\x3d\xd8\x00\xde\x3d\xd8"
                                "b\0\x00\xde\x3d\xd8x";
    CLEANUP_BUFFER struct buffer out = {0};

    scrub_utf16(&out, bytes, sizeof bytes - 1);
    assert_string_equal(buffer_string(&out), "a\xc3\xa4\xf0\x9f\x98\x80" R "b" R R R);
}

static void
bytes_are_read_in_a_charset(void **state)
{
    static const char bytes[] = "a\x80\x81\x93\x9f\xa0\xe4\xff";
    CLEANUP_BUFFER struct buffer latin1 = {0}, windows = {0};

    scrub_latin1(&latin1, bytes, sizeof bytes - 1);
    assert_string_equal(buffer_string(&latin1),
                        "a\xc2\x80\xc2\x81\xc2\x93\xc2\x9f\xc2\xa0\xc3\xa4\xc3\xbf");
    scrub_windows1252(&windows, bytes, sizeof bytes - 1);
    assert_string_equal(buffer_string(&windows),
                        "a\xe2\x82\xac\xc2\x81\xe2\x80\x9c\xc5\xb8\xc2\xa0\xc3\xa4\xc3\xbf");
}

static void
nul_is_left_out_or_replaced(void **state)
{
    CLEANUP_BUFFER struct buffer stripped = {0}, replaced = {0};

    scrub_nul(&stripped, "\0a\0\0b", 5, false);
    assert_int_equal(stripped.size, 2);
    assert_string_equal(buffer_string(&stripped), "ab");
    scrub_nul(&replaced, "\0a\0", 3, true);
    assert_string_equal(buffer_string(&replaced), R "a" R);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ill_formed_sequences_become_one_character_each),
        cmocka_unit_test(all_of_it_is_valid),
        cmocka_unit_test(halves_of_pairs_are_replaced),
        cmocka_unit_test(bytes_are_read_in_a_charset),
        cmocka_unit_test(nul_is_left_out_or_replaced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
