// SPDX-License-Identifier: Apache-2.0
// promise - texts held against what a declaration promises.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <polydump/json.h>
#include <polydump/plugin.h>

#include "model/promise.h"

static bool
is_kept(int hint, const char *text)
{
    return promise_is_kept(hint, (const uint8_t *)text, strlen(text));
}

static void
assert_all(int hint, const char *const *texts, bool kept)
{
    for (; *texts; texts++) {
        if (is_kept(hint, *texts) != kept)
            fail_msg("%s is %s", *texts, kept ? "none" : "one");
    }
}

static void
uuids_are_in_their_canonical_spelling(void **state)
{
    static const char *const kept[] = {"00000000-0000-0000-0000-000000000000",
                                       "0123abcd-4567-89ef-0123-456789abcdef", NULL};
    static const char *const others[] = {"",
                                         "0123ABCD-4567-89ef-0123-456789abcdef",
                                         "0123abcd456789ef0123456789abcdef",
                                         "0123abcd-4567-89ef-0123-456789abcde",
                                         "0123abcd-4567-89ef-0123-456789abcdef ",
                                         "0123abcd-4567-89ef-0123+456789abcdef",
                                         "{123abcd-4567-89ef-0123-456789abcdef",
                                         NULL};

    assert_all(PD_KIND_UUID, kept, true);
    assert_all(PD_KIND_UUID, others, false);
}

static void
times_are_within_a_day(void **state)
{
    static const char *const kept[] = {"00:00:00", "23:59:59", "12:34:56.1", "12:34:56.123456",
                                       NULL};
    static const char *const others[] = {
        "",          "24:00:00",    "12:60:00",  "12:00:60",   "1:00:00",          "12:00",
        "12:00:00.", "12:00:00.10", "12:00:00Z", "12:00:00.x", "12:00:00.1234567", NULL};

    assert_all(PD_KIND_TIME, kept, true);
    assert_all(PD_KIND_TIME, others, false);
}

static void
odd_uuids_are_of_no_version(void **state)
{
    static const char *const usual[] = {
        "00112233-4455-1677-8899-aabbccddeeff", "00112233-4455-7677-b899-aabbccddeeff",
        "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"};
    static const char *const odd[] = {
        "00112233-4455-0677-8899-aabbccddeeff", "00112233-4455-8677-8899-aabbccddeeff",
        "00112233-4455-4677-7899-aabbccddeeff", "00112233-4455-4677-c899-aabbccddeeff",
        "00000000-0000-0000-0000-000000000001"};

    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        assert_false(promise_is_odd_uuid((const uint8_t *)usual[i]));
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        assert_true(promise_is_odd_uuid((const uint8_t *)odd[i]));
}

static void
json_is_what_the_standard_says(void **state)
{
    static const char *const kept[] = {"null",
                                       " true ",
                                       "false\n",
                                       "0",
                                       "-0",
                                       "-12.50e+3",
                                       "1E5",
                                       "\"\"",
                                       "\"\\u0000\\\"\"",
                                       "[]",
                                       "[ ]",
                                       "{}",
                                       "[1,[2,{\"a\":[]}],3]",
                                       "{\"a\" : 1 , \"a\":{\"b\":null}}",
                                       "\"\xc3\xa9\"",
                                       "12345678901234567890123",
                                       NULL};
    static const char *const others[] = {
        "",    " ",    "nul",  "truefalse", "01",       "-",           "1.",       ".5",
        "1e",  "+1",   "'a'",  "\"a",       "\"\\x\"",  "\"\\u12g4\"", "\"\t\"",   "[",
        "]",   "[1,]", "[,1]", "[1 2]",     "{a:1}",    "{\"a\"}",     "{\"a\":}", "{\"a\":1,}",
        "[1}", "{]",   "1 1",  "[1],",      "\"\xff\"", "{1:1}",       NULL};

    assert_all(PD_KIND_JSON, kept, true);
    assert_all(PD_KIND_JSONB, kept, true);
    assert_all(PD_KIND_JSON, others, false);
    assert_false(promise_is_kept(PD_KIND_JSON, (const uint8_t *)"1\0", 2));
}

/* Values that come in pieces are judged alike, wherever they are cut. */
static void
json_may_come_in_pieces(void **state)
{
    static const char good[] = "{\"a\\u00e9\" : [true,null,-1.5e-3,{}], \"b\":\"\"}";
    static const char bad[] = "{\"a\\u00e9\" : [true,nul, -1.5e-3,{}], \"b\":\"\"}";

    for (size_t cut = 0; cut < sizeof good; cut++) {
        struct pd_json_scan a = {0}, b = {0};

        pd_json_feed(&a, (const uint8_t *)good, cut);
        assert_int_equal(pd_json_is_whole(&a), cut == sizeof good - 1);
        pd_json_feed(&a, (const uint8_t *)good + cut, sizeof good - 1 - cut);
        assert_true(pd_json_is_whole(&a));
        pd_json_feed(&b, (const uint8_t *)bad, cut);
        pd_json_feed(&b, (const uint8_t *)bad + cut, sizeof bad - 1 - cut);
        assert_true(pd_json_is_wrong(&b));
    }
}

static void
json_nests_as_deep_as_is_safe(void **state)
{
    char text[2100];

    memset(text, '[', 1000);
    memset(text + 1000, ']', 1000);
    text[2000] = 0;
    assert_true(is_kept(PD_KIND_JSON, text));
    memset(text, '[', 1001);
    memset(text + 1001, ']', 1001);
    text[2002] = 0;
    assert_true(is_kept(PD_KIND_JSON, text)); /* the innermost list is empty */
    memset(text, '[', 1002);
    memset(text + 1002, ']', 1002);
    text[2004] = 0;
    assert_false(is_kept(PD_KIND_JSON, text));
}

static void
other_hints_are_not_checked(void **state)
{
    assert_true(promise_is_checked(PD_KIND_UUID));
    assert_false(promise_is_checked(PD_KIND_NONE));
    assert_false(promise_is_checked(PD_KIND_DATE));
    assert_false(is_kept(PD_KIND_DATE, "2024-01-01"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uuids_are_in_their_canonical_spelling),
        cmocka_unit_test(times_are_within_a_day),
        cmocka_unit_test(odd_uuids_are_of_no_version),
        cmocka_unit_test(json_is_what_the_standard_says),
        cmocka_unit_test(json_may_come_in_pieces),
        cmocka_unit_test(json_nests_as_deep_as_is_safe),
        cmocka_unit_test(other_hints_are_not_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
