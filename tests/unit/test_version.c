// SPDX-License-Identifier: Apache-2.0
// version - the order of versions, of all pairs and triples of a long table.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "migrate/version.h"

/* Ascending; those with one number are equal. */
static const struct {
    int place;
    const char *text;
} table[] = {
    {0, "0-alpha"}, /* zeros before letters do not count */
    {0, "0.0.0-alpha"},
    {1, "alpha1"},
    {2, "beta1"},
    {3, "release-1.4"},
    {4, "0"},
    {4, "0.0.0"},
    {4, "v0"},
    {4, "000"},
    {5, "0.0.1"},
    {6, "0.1"},
    {7, "0.9.9"},
    {8, "1.0-dev1"},
    {9, "1.0"},
    {9, "1"},
    {9, "1.0.0.0.0"},
    {9, "01"},
    {9, "1.0+build.7"},
    {9, "1+0.rc1"},
    {10, "1.0.0.0.1"},
    {11, "1.0.1-rc1"},
    {12, "1.0.1"},
    {13, "1.4-rc1"},
    {13, "1.4.0-rc1"},
    {13, "1.4.0.rc.1"},
    {13, "1.4rc01"},
    {13, "v1.4-rc1+2"},
    {14, "1.4-rc1.1"},
    {15, "1.4-rc2"},
    {16, "1.4-rc10"},
    {17, "1.4"},
    {17, "1.4.0"},
    {17, "v1.4"},
    {17, "V1.4"},
    {17, "1_4"},
    {17, "1-4"},
    {17, "1~4"},
    {17, "1..4"},
    {17, "1.4."},
    {17, "1.4.0+"},
    {17, "1.4+abc"},
    {17, "1.04"},
    {18, "1.4.1"},
    {19, "1.4.9"},
    {20, "1.4.10-a"},
    {21, "1.4.10"},
    {22, "1.4.11"},
    {23, "1.5"},
    {24, "1.40"},
    {25, "2.0-RC1"},            /* capitals come first, as their bytes do */
    {26, "2.0-alpha.0.beta.1"}, /* letters make a pre-release of a pre-release, too */
    {26, "2.0-alpha.beta.1"},
    {27, "2.0-alpha"},
    {27, "2.0-alpha.0"},
    {28, "2.0-alpha.0.0.1"},
    {29, "2.0-alpha.0.1"},
    {30, "2.0-alpha.1"},
    {31, "2.0-alphabet"},
    {32, "2.0b2"},
    {32, "2.0.0.b2"},
    {33, "2.0.dev3"},
    {34, "2.0-rc"},
    {35, "2.0-rc1"},
    {36, "2.0"},
    {37, "2.0.0.1"},
    {38, "2.0.1-x"},
    {39, "2.0.1"},
    {40, "10.0"},
    {41, "2023.10.1"},
    {42, "18446744073709551615"},
    {43, "18446744073709551616"},
    {44, "18446744073709551616.1"},
    {45, "99999999999999999999999999999999999998"},
    {45, "099999999999999999999999999999999999998.0"},
    {46, "99999999999999999999999999999999999999-a"},
    {47, "99999999999999999999999999999999999999"},
    {48, "100000000000000000000000000000000000000"},
};
enum { N = sizeof table / sizeof table[0] };

static int
sign(int order)
{
    return (order > 0) - (order < 0);
}

static void
every_pair_of_the_table_compares_as_its_places(void **state)
{
    for (size_t i = 0; i < N; i++) {
        for (size_t k = 0; k < N; k++) {
            int expected = sign(table[i].place - table[k].place);

            if (sign(version_compare(table[i].text, table[k].text)) != expected)
                fail_msg("'%s' and '%s': not %d", table[i].text, table[k].text, expected);
        }
    }
}

/* Also of what is no version: sorting must end. */
static const char *const odd[] = {
    "",
    "+",
    "+1",
    "...",
    "v",
    "vv1",
    "v.1",
    "0.0.a.0",
    "0.a.0.0",
    "a.0.0.0",
    "a0b0c0",
    "a",
    "a.0.a",
    "a.1",
    "1.a.0.b",
    "1.ab",
    "1.a-b",
    "1.a0b",
    "1a1a1",
    "1.0a0.1",
    "\xc3\xa9",
    ("1\xc3\xa9"
     "2"),
    "1 2",
    "1/2",
    "0.0.0.0z",
    "0z",
    "0.0.0.00",
    "z.0.0.1",
    "1.4",
    "1.4-rc1",
    "1.4.0.1",
    "2.0",
    "rc",
    "1.rc.0.1",
    "1.rc.1",
};
enum { N_ODD = sizeof odd / sizeof odd[0] };

static void
the_order_is_one_whatever_the_texts(void **state)
{
    for (size_t i = 0; i < N_ODD; i++) {
        assert_int_equal(version_compare(odd[i], odd[i]), 0);
        for (size_t k = 0; k < N_ODD; k++) {
            int order = sign(version_compare(odd[i], odd[k]));

            if (order != -sign(version_compare(odd[k], odd[i])))
                fail_msg("'%s' and '%s' change places", odd[i], odd[k]);
            for (size_t m = 0; m < N_ODD && order <= 0; m++) {
                if (version_compare(odd[k], odd[m]) <= 0 && version_compare(odd[i], odd[m]) > order)
                    fail_msg("'%s', '%s', '%s' go round", odd[i], odd[k], odd[m]);
            }
        }
    }
}

static void
a_long_row_of_zeros_is_read_once(void **state)
{
    enum { SIZE = 2000000 };
    static char zeros[SIZE + 1], other[SIZE + 1];

    for (size_t i = 0; i < SIZE; i += 2) {
        zeros[i] = other[i] = '0';
        zeros[i + 1] = other[i + 1] = '.';
    }
    assert_int_equal(version_compare(zeros, "0"), 0);
    other[SIZE - 1] = '1';
    assert_true(version_compare(zeros, other) < 0);
    assert_true(version_compare(other, zeros) > 0);
}

static void
a_version_has_a_digit_and_no_other_characters(void **state)
{
    static const char *const good[] = {"0", "1.4", "v1.4", "2.0-rc1+b.7", "1_0~2", "alpha1", "1+"};
    static const char *const bad[] = {"",     "v",   "alpha",   "...", "+1",          "a+1",
                                      "1 0",  " 1",  "1\n",     "1/2", "1.0\xc3\xa9", "../1",
                                      "1.0;", "1:2", "1.0\x7f", "1'0", "1,0"};

    for (size_t i = 0; i < COUNT_OF(good); i++) {
        if (!version_is_valid(good[i]))
            fail_msg("'%s' is one", good[i]);
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        if (version_is_valid(bad[i]))
            fail_msg("'%s' is none", bad[i]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_of_the_table_compares_as_its_places),
        cmocka_unit_test(the_order_is_one_whatever_the_texts),
        cmocka_unit_test(a_long_row_of_zeros_is_read_once),
        cmocka_unit_test(a_version_has_a_digit_and_no_other_characters),
    };

    return cmocka_run_group_tests_name("version", tests, NULL, NULL);
}
