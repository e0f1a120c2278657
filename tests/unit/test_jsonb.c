// SPDX-License-Identifier: Apache-2.0
// jsonb - JSON as PostgreSQL's jsonb prints it, and what that would not hold. What is expected was
// taken from a server; tests/cli/own_schema_json.bats asks one again.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/jsonb.h"

static const char *
written(struct jsonb *jsonb, const char *text, struct buffer *out)
{
    buffer_clear(out);
    return jsonb_write(jsonb, (const uint8_t *)text, strlen(text), out);
}

static void
values_are_spelt_as_the_server_does(void **state)
{
    static const char *const pairs[][2] = {
        {"null", "null"},
        {" true\t", "true"},
        {"\n[ ]\r", "[]"},
        {"{ }", "{}"},
        {"[1,2 , [3]]", "[1, 2, [3]]"},
        {"{\"a\":1}", "{\"a\": 1}"},
        /* names: shorter ones first, then by their bytes as they are meant */
        {"{\"bb\":1,\"a\":2,\"\":3,\"b\":4}", "{\"\": 3, \"a\": 2, \"b\": 4, \"bb\": 1}"},
        {"{\"\\u00e9\":1,\"zz\":2,\"a\":3}", "{\"a\": 3, \"zz\": 2, \"é\": 1}"},
        {"{\"b\":{\"d\":1,\"c\":[{\"f\":1,\"e\":2}]},\"a\":{}}",
         "{\"a\": {}, \"b\": {\"c\": [{\"e\": 2, \"f\": 1}], \"d\": 1}}"},
        /* strings */
        {"\"\\u0041\\/\\\\\\\"\\b\\f\\n\\r\\t\\u001f\\u007f\"",
         "\"A/\\\\\\\"\\b\\f\\n\\r\\t\\u001f\x7f\""},
        {"\"\\ud83d\\ude00\\u00E9\\u20ac\"", "\"😀é€\""},
        {"\"😀\"", "\"😀\""},
        {"\"\"", "\"\""},
        /* numbers */
        {"0", "0"},
        {"-0", "0"},
        {"-0.0", "0.0"},
        {"1.50", "1.50"},
        {"1e2", "100"},
        {"1E+2", "100"},
        {"1.5e1", "15"},
        {"1.5e0", "1.5"},
        {"15e-1", "1.5"},
        {"100e-2", "1.00"},
        {"-12.340e1", "-123.40"},
        {"0e5", "0"},
        {"0e-3", "0.000"},
        {"0.00e1", "0.0"},
        {"0.001e2", "0.1"},
        {"0.0001e1", "0.001"},
        {"12e-5", "0.00012"},
        {"18446744073709551616", "18446744073709551616"},
        {"0e200000", "0"},
        {"1e21", "1000000000000000000000"},
    };
    struct jsonb jsonb = {0};
    struct buffer out = {0};

    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        const char *why = written(&jsonb, pairs[i][0], &out);

        if (why)
            fail_msg("%s: %s", pairs[i][0], why);
        assert_string_equal(buffer_string(&out), pairs[i][1]);
        assert_null(written(&jsonb, pairs[i][1], &out));
        assert_string_equal(buffer_string(&out), pairs[i][1]);
    }
    buffer_free(&out);
    jsonb_free(&jsonb);
}

static void
what_would_be_lost_is_refused_with_its_reason(void **state)
{
    static const char *const pairs[][2] = {
        {"{\"a\":1,\"a\":2}", "a name twice"},
        {"[{\"a\":{\"b\":1,\"\\u0062\":2}}]", "a name twice"},
        {"{\"\":1,\"a\":0,\"\":1}", "a name twice"},
        {"\"a\\u0000\"", "\\u0000"},
        {"{\"\\u0000\":1}", "\\u0000"},
        {"\"\\ud83d\"", "half of a surrogate pair"},
        {"\"\\ud83dx\"", "half of a surrogate pair"},
        {"\"\\ud83d\\u0041\"", "half of a surrogate pair"},
        {"\"\\ude00\"", "half of a surrogate pair"},
        {"1e131072", "a number beyond"},
        {"0.1e131073", "a number beyond"},
        {"1e-16384", "a number beyond"},
        {"0e-16384", "a number beyond"},
        {"0e9999999999999999999", "a number beyond"},
    };
    static const char *const others[] = {
        "",    " ",        "nul",       "nulll",    "01",   "1.",         ".5",
        "-",   "+1",       "1e",        "1e+",      "NaN",  "Infinity",   "'a'",
        "\"a", "\"\\x\"",  "\"\\u12\"", "\"\n\"",   "[1,]", "[1 2]",      "[",
        "]",   "{\"a\"}",  "{a:1}",     "{\"a\":}", "{,}",  "{\"a\":1,}", "{\"a\":1 \"b\":2}",
        "1 2", "\"\xff\"", "{} []"};
    struct jsonb jsonb = {0};
    struct buffer out = {0};

    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        const char *why = written(&jsonb, pairs[i][0], &out);

        if (!why || !strstr(why, pairs[i][1]))
            fail_msg("%s: %s", pairs[i][0], why ? why : "taken");
    }
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        const char *why = written(&jsonb, others[i], &out);

        if (!why || strcmp(why, "it is no JSON") != 0)
            fail_msg("%s: %s", others[i], why ? why : "taken");
    }
    buffer_free(&out);
    jsonb_free(&jsonb);
}

/* As many levels as other places admit, and numbers whose digits are bounded. */
static void
depth_and_length_are_bounded(void **state)
{
    enum { LEVELS = 1000, NUMBERS = 3000 };
    struct jsonb jsonb = {0};
    struct buffer out = {0}, text = {0};

    for (size_t i = 0; i < LEVELS; i++)
        buffer_text(&text, "[");
    for (size_t i = 0; i < LEVELS; i++)
        buffer_text(&text, "]");
    assert_null(written(&jsonb, buffer_string(&text), &out));
    assert_int_equal(out.size, text.size);
    buffer_clear(&text);
    buffer_text(&text, "1e131071");
    assert_null(written(&jsonb, buffer_string(&text), &out));
    assert_int_equal(out.size, 131072);
    assert_null(written(&jsonb, "-1e-16383", &out));
    assert_int_equal(out.size, 16386);
    buffer_clear(&text);
    for (size_t i = 0; i <= LEVELS; i++)
        buffer_text(&text, "[");
    assert_string_equal(written(&jsonb, buffer_string(&text), &out), "it is too deep");
    buffer_clear(&text);
    for (size_t i = 0; i < NUMBERS; i++)
        buffer_text(&text, i ? ",1e131071" : "[1e131071");
    assert_non_null(strstr(written(&jsonb, buffer_string(&text), &out), "too long"));
    buffer_free(&text);
    buffer_free(&out);
    jsonb_free(&jsonb);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_spelt_as_the_server_does),
        cmocka_unit_test(what_would_be_lost_is_refused_with_its_reason),
        cmocka_unit_test(depth_and_length_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
