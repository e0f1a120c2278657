// SPDX-License-Identifier: Apache-2.0
/* Tests of base/error.h. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"

static void
a_failure_is_filled_and_returned_in_one_line(void **state)
{
    struct pd_error err = {0};

    assert_int_equal(error_fail(&err, PD_FAILED, PD_CAUSE_DATA, "row %d of '%s'", 7, "t"),
                     PD_FAILED);
    assert_int_equal(err.cause, PD_CAUSE_DATA);
    assert_string_equal(err.text, "row 7 of 't'");
    assert_int_equal(error_fail(NULL, PD_FATAL, PD_CAUSE_DATA, "x"), PD_FATAL);
}

static void
prefixes_stand_in_front_and_nothing_is_lost(void **state)
{
    struct pd_error err = {0};
    pd_status status = error_fail(&err, PD_FAILED, PD_CAUSE_DATA, "invalid date '%s'", "x");

    error_detail(&err, "table", "orders");
    assert_int_equal(error_prefix(&err, status, "row %d", 1042), PD_FAILED);
    assert_int_equal(error_prefix(&err, status, "restore"), PD_FAILED);
    assert_string_equal(err.text, "restore: row 1042: invalid date 'x'");
    assert_int_equal(err.cause, PD_CAUSE_DATA);
    assert_string_equal(err.values[0], "orders");
}

static void
a_prefix_does_nothing_to_a_success(void **state)
{
    struct pd_error err = {0};

    assert_int_equal(error_prefix(&err, PD_OK, "x"), PD_OK);
    assert_int_equal(error_prefix(&err, PD_DONE, "x"), PD_DONE);
    assert_string_equal(err.text, "");
}

static void
a_lower_layer_that_says_nothing_has_a_bug(void **state)
{
    struct pd_error err = {0};

    assert_int_equal(error_prefix(&err, PD_FAILED, "plugin 'x'"), PD_FAILED);
    assert_string_equal(err.text, "plugin 'x': failed without saying why");
    assert_int_equal(err.cause, PD_CAUSE_BUG);
}

static void
errno_stands_behind_and_memory_is_its_own_cause(void **state)
{
    struct pd_error err = {0};

    assert_int_equal(error_errno(&err, PD_FATAL, ENOSPC, "cannot write '%s'", "x"), PD_FATAL);
    assert_string_equal(err.text, "cannot write 'x': No space left on device");
    assert_int_equal(err.cause, PD_CAUSE_IO);
    assert_int_equal(error_errno(&err, PD_FATAL, ENOMEM, "x"), PD_FATAL);
    assert_int_equal(err.cause, PD_CAUSE_MEMORY);
    assert_int_equal(error_memory(&err), PD_FATAL);
    assert_string_equal(err.text, "out of memory");
}

static void
a_text_may_be_made_of_the_text_that_was_there(void **state)
{
    struct pd_error err = {0};

    assert_int_equal(error_fail(&err, PD_FAILED, PD_CAUSE_DATA, "inner"), PD_FAILED);
    assert_int_equal(error_fail(&err, PD_FAILED, PD_CAUSE_IO, "<%s> <%s>", err.text, err.text),
                     PD_FAILED);
    assert_string_equal(err.text, "<inner> <inner>");
}

static void
a_long_text_shows_that_it_was_cut_and_splits_no_character(void **state)
{
    struct pd_error err = {0};
    char text[3000];

    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    assert_int_equal(error_fail(&err, PD_FAILED, PD_CAUSE_DATA, "%s", text), PD_FAILED);
    assert_int_equal(strlen(err.text), ERROR_TEXT_SIZE - 1);
    assert_string_equal(err.text + ERROR_TEXT_SIZE - 5, "x...");
    for (size_t i = 0; i + 2 < sizeof text; i += 2)
        memcpy(text + i, "é", 2);
    for (int shift = 0; shift < 2; shift++) {
        size_t end;

        assert_int_equal(error_fail(&err, PD_FAILED, PD_CAUSE_DATA, "%s%s", shift ? "x" : "", text),
                         PD_FAILED);
        end = strlen(err.text) - 3;
        assert_string_equal(err.text + end, "...");
        assert_memory_equal(err.text + end - 2, "é", 2);
    }
}

static void
eight_details_are_kept(void **state)
{
    struct pd_error err = {0};
    char key[8], value[200];

    memset(value, 'v', sizeof value);
    value[sizeof value - 1] = '\0';
    for (int i = 0; i < 9; i++) {
        snprintf(key, sizeof key, "k%d", i);
        error_detail(&err, key, value);
    }
    assert_int_equal(err.n_details, 8);
    assert_string_equal(err.keys[7], "k7");
    assert_int_equal(strlen(err.values[7]), ERROR_DETAIL_SIZE - 1);
    error_detail(NULL, "a", "b");
}

static void
every_cause_has_a_name_a_meaning_and_an_exit_status(void **state)
{
    for (int cause = 1; cause < PD_CAUSE_COUNT_; cause++) {
        assert_string_not_equal(error_cause_name(cause), "UNKNOWN");
        assert_string_not_equal(error_cause_meaning(cause), "an unknown cause");
        assert_int_equal(error_exit_status(cause), cause == PD_CAUSE_USAGE       ? 2
                                                   : cause == PD_CAUSE_DIFFERENT ? 4
                                                                                 : 1);
    }
    assert_string_equal(error_cause_name(PD_CAUSE_CORRUPT), "CORRUPT");
    assert_int_equal(error_exit_status(0), 1);
    assert_int_equal(error_exit_status(-5), 1);
}

static void
what_could_trick_a_terminal_is_escaped(void **state)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"plain é 漢 😀", "plain é 漢 😀"},
        {"\x1b[31mred\a\n", "\\x1b[31mred\\x07\\x0a"},
        {"\x7f", "\\x7f"},
        {"\xc2\x9b"
         "1m",
         "\\xc2\\x9b1m"},                             /* a control character of 8 bits */
        {"\xe2\x80\xae", "\\xe2\\x80\\xae"},          /* right-to-left override */
        {"\xff\xc0\x80", "\\xff\\xc0\\x80"},          /* overlong */
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},          /* a surrogate */
        {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, /* beyond Unicode */
        {"\xc3", "\\xc3"},                            /* cut */
        {"", ""},
    };
    char buffer[100];

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        error_printable(cases[i].text, buffer, sizeof buffer);
        assert_string_equal(buffer, cases[i].expected);
    }
}

static void
printable_text_fits_or_ends_in_dots(void **state)
{
    for (size_t size = 1; size < 40; size++) {
        char buffer[40];

        memset(buffer, '#', sizeof buffer);
        error_printable("ab\x1b"
                        "é\xff\xff\xff",
                        buffer, size);
        assert_true(memchr(buffer, '\0', size) != NULL);
        for (size_t i = size; i < sizeof buffer; i++)
            assert_int_equal(buffer[i], '#');
    }
    char buffer[10];

    error_printable("0123456789", buffer, sizeof buffer);
    assert_string_equal(buffer, "012345...");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_is_filled_and_returned_in_one_line),
        cmocka_unit_test(prefixes_stand_in_front_and_nothing_is_lost),
        cmocka_unit_test(a_prefix_does_nothing_to_a_success),
        cmocka_unit_test(a_lower_layer_that_says_nothing_has_a_bug),
        cmocka_unit_test(errno_stands_behind_and_memory_is_its_own_cause),
        cmocka_unit_test(a_text_may_be_made_of_the_text_that_was_there),
        cmocka_unit_test(a_long_text_shows_that_it_was_cut_and_splits_no_character),
        cmocka_unit_test(eight_details_are_kept),
        cmocka_unit_test(every_cause_has_a_name_a_meaning_and_an_exit_status),
        cmocka_unit_test(what_could_trick_a_terminal_is_escaped),
        cmocka_unit_test(printable_text_fits_or_ends_in_dots),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
