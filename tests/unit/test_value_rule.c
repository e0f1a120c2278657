// SPDX-License-Identifier: Apache-2.0
// value_rule - what is said of values that a target does not take, and what it makes of cells.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "model/value_rule.h"

static const struct pd_type date = {.struct_size = sizeof date, .kind = PD_KIND_DATE};
static const struct pd_type timestamp = {.struct_size = sizeof date, .kind = PD_KIND_TIMESTAMP};
static const struct pd_type instant = {.struct_size = sizeof date, .kind = PD_KIND_TIMESTAMPTZ};
static const struct pd_type text = {.struct_size = sizeof date, .kind = PD_KIND_TEXT};

static const struct pd_type chars = {.struct_size = sizeof date, .kind = PD_KIND_CHAR};
static const struct pd_type any = {.struct_size = sizeof date, .kind = PD_KIND_ANY};
static const struct pd_type int64 = {.struct_size = sizeof date, .kind = PD_KIND_INT64};
static const struct pd_type json = {.struct_size = sizeof date, .kind = PD_KIND_JSON};
static const struct pd_type decimal = {.struct_size = sizeof date, .kind = PD_KIND_DECIMAL};
static const struct pd_type binary = {.struct_size = sizeof date, .kind = PD_KIND_BINARY};

static struct cell
outlier(int tag, const char *bytes)
{
    return (struct cell){.tag = tag, .bytes = (const uint8_t *)bytes, .size = strlen(bytes)};
}

/* ---- Words ---- */

static void
rules_are_spelt_for_the_column(void **state)
{
    CLEANUP_BUFFER struct buffer out = {0};

    value_rule_put(&out, VALUE_RULE_ZERO_DATE, "app.t", "d", true);
    buffer_text(&out, "/");
    value_rule_put(&out, VALUE_RULE_ZERO_DATE, "app.t", "d", false);
    assert_string_equal(buffer_string(&out),
                        "zero-date 'app.t.d=null' (or =DATE)/zero-date 'app.t.d=DATE'");
}

static void
what_is_offered_can_be_said(void **state)
{
#define OFFER_(name, option, about, first, others, help)                                           \
    {VALUE_RULE_##name, option, first, others, help},
    static const struct {
        int rule;
        const char *option, *first, *others, *help;
    } rows[] = {VALUE_RULE_TABLE(OFFER_)};
#undef OFFER_
    CLEANUP_BUFFER struct buffer expected = {0};

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct value_gives gives = {0};

        assert_int_equal(rows[i].rule, i);
        assert_string_equal(rows[i].option, value_rule_option(rows[i].rule));
        assert_true(value_rule_read(rows[i].rule, rows[i].first, &gives));
        assert_true(gives.gift > VALUE_KEPT);
        assert_int_equal(*rows[i].others, '=');
        buffer_clear(&expected);
        value_rule_expect(&expected, rows[i].rule);
        assert_non_null(strstr(buffer_string(&expected), rows[i].first));
        assert_non_null(strstr(rows[i].help, "TABLE.COLUMN=RULE"));
        assert_true(value_rule_flags(rows[i].rule) != 0);
        assert_false(value_rule_read(rows[i].rule, "", &gives));
        assert_false(value_rule_read(rows[i].rule, "no such rule", &gives));
    }
}

static void
days_are_of_the_calendar(void **state)
{
    static const char *const bad[] = {"0000-00-00",          "2024-02-30",  "2024-1-1", "NULL",
                                      "2024-01-01 00:00:00", "2024-01-01x", "infinity"};
    struct value_gives gives;

    assert_true(value_rule_read(VALUE_RULE_ZERO_DATE, "null", &gives));
    assert_int_equal(gives.gift, VALUE_NULL);
    assert_true(value_rule_read(VALUE_RULE_ZERO_DATE, "1970-01-02", &gives));
    assert_int_equal(gives.gift, VALUE_DAY);
    assert_int_equal(gives.day, 1);
    assert_true(value_rule_read(VALUE_RULE_ZERO_DATE, "1000-01-01", &gives));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (value_rule_read(VALUE_RULE_ZERO_DATE, bad[i], &gives))
            fail_msg("'%s' is taken", bad[i]);
}

static void
what_became_of_values_is_told(void **state)
{
    static const struct {
        int rule;
        struct value_gives gives;
        const char *did;
        const char *would;
    } wanted[] = {
        {VALUE_RULE_ZERO_DATE, {VALUE_NULL, 0}, "became NULL", "would become NULL"},
        {VALUE_RULE_ZERO_DATE, {VALUE_DAY, -1, -1}, "became 1969-12-31", "would become 1969-12-31"},
        {VALUE_RULE_INFINITY,
         {VALUE_DAY, 1, 0},
         "became 1970-01-01 or 1970-01-02",
         "would become 1970-01-01 or 1970-01-02"},
        {VALUE_RULE_NUL, {VALUE_STRIPPED, 0}, "lost U+0000", "would lose U+0000"},
        {VALUE_RULE_BAD_TEXT,
         {VALUE_REPLACED, 0},
         "got U+FFFD for what is not valid UTF-8",
         "would get U+FFFD for what is not valid UTF-8"},
        {VALUE_RULE_BAD_TEXT,
         {VALUE_LATIN1, 0},
         "became text as latin1",
         "would become text as latin1"},
        {VALUE_RULE_BAD_TEXT,
         {VALUE_WINDOWS1252, 0},
         "became text as windows-1252",
         "would become text as windows-1252"},
        {VALUE_RULE_NUL,
         {VALUE_REPLACED, 0},
         "got U+FFFD for U+0000",
         "would get U+FFFD for U+0000"},
    };

    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        CLEANUP_BUFFER struct buffer did = {0}, would = {0};

        value_gives_put(&did, wanted[i].rule, &wanted[i].gives, false);
        value_gives_put(&would, wanted[i].rule, &wanted[i].gives, true);
        assert_string_equal(buffer_string(&did), wanted[i].did);
        assert_string_equal(buffer_string(&would), wanted[i].would);
    }
}

/* ---- Cells ---- */

static void
only_days_of_no_calendar_are_zero_dates(void **state)
{
    const struct cell zero = outlier(PD_TAG_YMD, "0000-00-00");
    const struct cell infinite = outlier(PD_TAG_POS_INF, ""), far = outlier(PD_TAG_FAR, "9");
    const struct cell plain = {.tag = PD_TAG_PLAIN}, null = {.tag = -1};

    assert_int_equal(value_rule_of(&date, &zero), VALUE_RULE_ZERO_DATE);
    assert_int_equal(value_rule_of(&timestamp, &zero), VALUE_RULE_ZERO_DATE);
    assert_int_equal(value_rule_of(&instant, &zero), VALUE_RULE_ZERO_DATE);
    assert_int_equal(value_rule_of(&text, &zero), -1);
    assert_int_not_equal(value_rule_of(&date, &infinite), VALUE_RULE_ZERO_DATE);
    assert_int_not_equal(value_rule_of(&date, &far), VALUE_RULE_ZERO_DATE);
    assert_int_equal(value_rule_of(&date, &plain), -1);
    assert_int_equal(value_rule_of(&date, &null), -1);
    assert_true(value_rule_fits(VALUE_RULE_ZERO_DATE, &instant, false));
    assert_false(value_rule_fits(VALUE_RULE_ZERO_DATE, &text, true));
}

static void
infinity_becomes_one_of_two_days(void **state)
{
    struct value_rules rules = {0};
    struct buffer scratch[2] = {{0}};
    struct value_gives *gives = &rules.gives[VALUE_RULE_INFINITY];
    struct cell cell = outlier(PD_TAG_NEG_INF, "");

    assert_true(value_rule_read(VALUE_RULE_INFINITY, "1970-01-02..1970-01-03", gives));
    assert_int_equal(value_rules_apply(&rules, &date, &cell, scratch), 1 << VALUE_RULE_INFINITY);
    assert_int_equal(cell.integer, 1);
    cell = outlier(PD_TAG_POS_INF, "");
    value_rules_apply(&rules, &instant, &cell, scratch);
    assert_int_equal(cell.integer, 2 * INT64_C(86400000000));
    assert_true(value_rule_read(VALUE_RULE_INFINITY, "1970-01-02", gives));
    cell = outlier(PD_TAG_NEG_INF, "");
    value_rules_apply(&rules, &date, &cell, scratch);
    assert_int_equal(cell.integer, 1);
    assert_false(value_rule_read(VALUE_RULE_INFINITY, "1970-01-02..", gives));
    assert_false(value_rule_read(VALUE_RULE_INFINITY, "..1970-01-02", gives));
    assert_false(value_rule_read(VALUE_RULE_ZERO_DATE, "1970-01-02..1970-01-03", gives));
    /* Of decimals it is another thing. */
    cell = outlier(PD_TAG_POS_INF, "");
    assert_int_equal(value_rule_of(&decimal, &cell), -1);
}

static void
a_day_is_midnight_of_a_timestamp(void **state)
{
    struct value_rules rules = {0};
    struct buffer scratch[2] = {{0}};
    struct cell cell = outlier(PD_TAG_YMD, "2024-02-31");

    assert_int_equal(value_rules_apply(&rules, &date, &cell, scratch), 0);
    assert_int_equal(cell.tag, PD_TAG_YMD);
    rules.gives[VALUE_RULE_ZERO_DATE] = (struct value_gives){VALUE_DAY, -2};
    assert_int_equal(value_rules_apply(&rules, &date, &cell, scratch), 1 << VALUE_RULE_ZERO_DATE);
    assert_int_equal(cell.tag, PD_TAG_PLAIN);
    assert_int_equal(cell.integer, -2);
    cell = outlier(PD_TAG_YMD, "2024-02-31 10:00:00");
    value_rules_apply(&rules, &instant, &cell, scratch);
    assert_int_equal(cell.integer, -2 * INT64_C(86400000000));
    rules.gives[VALUE_RULE_ZERO_DATE] = (struct value_gives){VALUE_NULL, 0};
    cell = outlier(PD_TAG_YMD, "0000-00-00");
    assert_int_equal(value_rules_apply(&rules, &date, &cell, scratch), 1 << VALUE_RULE_ZERO_DATE);
    assert_int_equal(cell.tag, -1);
    /* It is counted, and stays. */
    rules.gives[VALUE_RULE_ZERO_DATE] = (struct value_gives){VALUE_KEPT, 0};
    cell = outlier(PD_TAG_YMD, "0000-00-00");
    assert_int_equal(value_rules_apply(&rules, &date, &cell, scratch), 1 << VALUE_RULE_ZERO_DATE);
    assert_int_equal(cell.tag, PD_TAG_YMD);
}

/* What the rule that is said in this word makes of a cell; text with its NULs as dots. */
static void
becomes(int rule, const char *word, const struct pd_type *type, struct cell cell, int tag,
        const char *wanted)
{
    struct value_rules rules = {0};
    struct buffer scratch[2] = {{0}};
    char shown[100] = "";

    assert_true(value_rule_read(rule, word, &rules.gives[rule]));
    assert_int_equal(value_rules_apply(&rules, type, &cell, scratch), 1 << rule);
    assert_int_equal(cell.tag, tag);
    assert_in_range(cell.size, 0, sizeof shown - 1);
    if (cell.size)
        memcpy(shown, cell.bytes, cell.size);
    for (size_t i = 0; i < cell.size; i++)
        shown[i] = shown[i] ? shown[i] : '.';
    assert_string_equal(shown, wanted);
    buffer_free(&scratch[0]);
    buffer_free(&scratch[1]);
}

static struct cell
of(int tag, const char *bytes, size_t size)
{
    return (struct cell){.tag = tag, .bytes = (const uint8_t *)bytes, .size = size};
}

static void
nul_goes_or_is_replaced(void **state)
{
    const struct cell plain = of(PD_TAG_PLAIN, "ab", 2), none = of(PD_TAG_PLAIN, NULL, 0);

    becomes(VALUE_RULE_NUL, "strip", &text, of(PD_TAG_PLAIN, "a\0b\0", 4), PD_TAG_PLAIN, "ab");
    becomes(VALUE_RULE_NUL, "replace", &text, of(PD_TAG_PLAIN, "\0b", 2), PD_TAG_PLAIN,
            "\xef\xbf\xbd"
            "b");
    becomes(VALUE_RULE_NUL, "strip", &text, of(PD_TAG_PLAIN, "\0", 1), PD_TAG_PLAIN, "");
    /* The kind char has no blanks at its end. */
    becomes(VALUE_RULE_NUL, "strip", &chars, of(PD_TAG_PLAIN, "a  \0", 4), PD_TAG_PLAIN, "a");
    becomes(VALUE_RULE_NUL, "replace", &chars, of(PD_TAG_PLAIN, "a \0", 3), PD_TAG_PLAIN,
            "a \xef\xbf\xbd");
    /* Text in a column of something else stays text. */
    becomes(VALUE_RULE_NUL, "strip", &any, of(PD_TAG_TEXT, "a\0", 2), PD_TAG_TEXT, "a");
    becomes(VALUE_RULE_NUL, "strip", &int64, of(PD_TAG_TEXT, "\0a", 2), PD_TAG_TEXT, "a");
    assert_int_equal(value_rule_of(&text, &plain), -1);
    assert_int_equal(value_rule_of(&text, &none), -1);
    /* Bytes and numbers may have zeros. */
    assert_int_equal(
        value_rule_of(
            &any, &(struct cell){.tag = PD_TAG_BYTES, .bytes = (const uint8_t *)"a\0", .size = 2}),
        -1);
    assert_int_equal(value_rule_of(&binary, &(struct cell){.tag = PD_TAG_PLAIN,
                                                           .bytes = (const uint8_t *)"a\0",
                                                           .size = 2}),
                     -1);
    assert_true(value_rule_fits(VALUE_RULE_NUL, &int64, true));
    assert_false(value_rule_fits(VALUE_RULE_NUL, &int64, false));
}

static void
ill_formed_text_is_made_valid(void **state)
{
    const struct cell bad = of(PD_TAG_BADTEXT, "a\xe4", 2), wide = of(PD_TAG_UTF16, "\x00\xd8", 2);
    struct value_rules both = {0};
    struct buffer scratch[2] = {{0}};
    struct cell cell = of(PD_TAG_BADTEXT, "ab", 2);

    becomes(VALUE_RULE_BAD_TEXT, "replace", &text, bad, PD_TAG_PLAIN, "a\xef\xbf\xbd");
    becomes(VALUE_RULE_BAD_TEXT, "latin1", &text, bad, PD_TAG_PLAIN, "a\xc3\xa4");
    becomes(VALUE_RULE_BAD_TEXT, "windows-1252", &int64, of(PD_TAG_BADTEXT, "\x80", 1), PD_TAG_TEXT,
            "\xe2\x82\xac");
    becomes(VALUE_RULE_BAD_TEXT, "replace", &any, wide, PD_TAG_TEXT, "\xef\xbf\xbd");
    /* Bytes of another charset, and units in none of bytes, stay. */
    both.gives[VALUE_RULE_BAD_TEXT].gift = VALUE_REPLACED;
    assert_int_equal(value_rules_apply(&both, &text, &cell, scratch), 0);
    assert_int_equal(cell.tag, PD_TAG_BADTEXT);
    both.gives[VALUE_RULE_BAD_TEXT].gift = VALUE_LATIN1;
    cell = wide;
    assert_int_equal(value_rules_apply(&both, &text, &cell, scratch), 0);
    /* One after the other. */
    both.gives[VALUE_RULE_NUL].gift = VALUE_STRIPPED;
    cell = of(PD_TAG_BADTEXT, "a\0\xe4", 3);
    assert_int_equal(value_rules_apply(&both, &text, &cell, scratch),
                     1 << VALUE_RULE_BAD_TEXT | 1 << VALUE_RULE_NUL);
    assert_int_equal(cell.tag, PD_TAG_PLAIN);
    assert_int_equal(cell.size, 3);
    assert_memory_equal(cell.bytes, "a\xc3\xa4", 3);
    buffer_free(&scratch[0]);
    buffer_free(&scratch[1]);
    assert_int_equal(value_rule_of(&json, &bad), -1);
}

static void
vectors_without_such_values_are_not_looked_at(void **state)
{
    const struct value_rules dates = {.gives[VALUE_RULE_ZERO_DATE] = {VALUE_NULL, 0}};
    const struct value_rules nul = {.gives[VALUE_RULE_NUL] = {VALUE_STRIPPED, 0}};
    const struct pd_outlier zero = {
        .row = 1, .tag = PD_TAG_YMD, .size = 1, .bytes = (const uint8_t *)"0"};
    const int32_t offsets[] = {0, 2, 4};
    const uint8_t tags[] = {PD_TAG_BYTES, PD_TAG_TEXT};
    struct pd_vector vector = {.layout = PD_LAYOUT_I32};

    assert_false(value_rules_meet(&dates, &date, &vector, 2));
    vector.n_outliers = 1;
    vector.outliers = &zero;
    assert_true(value_rules_meet(&dates, &date, &vector, 2));
    assert_false(value_rules_meet(&nul, &date, &vector, 2));
    vector = (struct pd_vector){.layout = PD_LAYOUT_VAR, .data = "abcd", .offsets = offsets};
    assert_false(value_rules_meet(&nul, &text, &vector, 2));
    vector.data = "abc\0";
    assert_true(value_rules_meet(&nul, &text, &vector, 2));
    assert_false(value_rules_meet(&nul, &binary, &vector, 2));
    assert_false(value_rules_meet(&dates, &text, &vector, 2));
    vector.layout = PD_LAYOUT_TAGGED;
    vector.tags = tags;
    assert_true(value_rules_meet(&nul, &any, &vector, 2));
    vector.data = "a\0cd";
    assert_false(value_rules_meet(&nul, &any, &vector, 2));
    vector = (struct pd_vector){.layout = PD_LAYOUT_VAR, .n_longs = 1};
    assert_true(value_rules_meet(&nul, &text, &vector, 1));
    assert_false(value_rules_meet(&dates, &date, &vector, 1));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_are_spelt_for_the_column),
        cmocka_unit_test(what_is_offered_can_be_said),
        cmocka_unit_test(days_are_of_the_calendar),
        cmocka_unit_test(what_became_of_values_is_told),
        cmocka_unit_test(only_days_of_no_calendar_are_zero_dates),
        cmocka_unit_test(a_day_is_midnight_of_a_timestamp),
        cmocka_unit_test(infinity_becomes_one_of_two_days),
        cmocka_unit_test(nul_goes_or_is_replaced),
        cmocka_unit_test(ill_formed_text_is_made_valid),
        cmocka_unit_test(vectors_without_such_values_are_not_looked_at),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
