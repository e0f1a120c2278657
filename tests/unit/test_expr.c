// SPDX-License-Identifier: Apache-2.0
/* test_expr - what engines write becomes one canonical text, and nothing is read that engines
   understand differently. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "model/expr.h"

static const struct pd_dialect sqlite = {.struct_size = sizeof sqlite,
                                         .flags = PD_DIALECT_NAMES_FOLD,
                                         .name_quotes = "\"\"``[]",
                                         .char_length = "length"};
static const struct pd_dialect postgresql = {.struct_size = sizeof postgresql,
                                             .flags = PD_DIALECT_ANY_ARRAY,
                                             .char_length = "char_length character_length length"};
static const struct pd_dialect mariadb = {.struct_size = sizeof mariadb,
                                          .flags = PD_DIALECT_BACKSLASH,
                                          .name_quotes = "``",
                                          .write_quotes = "``",
                                          .char_length = "char_length character_length"};

struct example {
    const char *sql;
    const char *canonical;
};

static void
assert_reads(const struct pd_dialect *dialect, const char *sql, const char *canonical)
{
    struct pd_error err = {0};
    char *text = NULL;

    if (expr_read(dialect, sql, &text, &err) != PD_OK)
        fail_msg("%s: %s", sql, err.text);
    assert_string_equal(text, canonical);
    free(text);
}

static void
assert_refuses(const struct pd_dialect *dialect, const char *sql)
{
    struct pd_error err = {0};
    char *text = NULL;

    if (expr_read(dialect, sql, &text, &err) != PD_UNSUPPORTED)
        fail_msg("%s: was read as %s", sql, text ? text : "?");
    assert_null(text);
    assert_int_equal(err.cause, PD_CAUSE_DATA);
    assert_int_equal(expr_read(dialect, sql, &text, NULL), PD_UNSUPPORTED);
}

/* canonical -> every dialect -> canonical */
static void
assert_round_trip(const char *canonical)
{
    static const struct pd_dialect *const dialects[] = {NULL, &sqlite, &postgresql, &mariadb};

    for (size_t i = 0; i < COUNT_OF(dialects); i++) {
        struct pd_error err = {0};
        char *sql = NULL;

        if (expr_write(dialects[i], canonical, &sql, &err) != PD_OK)
            fail_msg("%s: %s", canonical, err.text);
        assert_reads(dialects[i], sql, canonical);
        free(sql);
    }
}

static void
assert_examples(const struct pd_dialect *dialect, const struct example *examples, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        assert_reads(dialect, examples[i].sql, examples[i].canonical);
        assert_round_trip(examples[i].canonical);
    }
}

/* ---- Reading ----------------------------------------------------------------------------- */

static const struct example standard[] = {
    {"a", "\"a\""},
    {"\"A \"\"q\"\"\"", "\"A \"\"q\"\"\""},
    {"'it''s'", "'it''s'"},
    {"NULL", "NULL"},
    {"007", "7"},
    {"00", "0"},
    {".5", "0.5"},
    {"0.50", "0.50"},
    {"5.", "5.0"},
    {"-5", "-5"},
    {"- 0.0", "0.0"},
    {"-(-5)", "(- -5)"},
    {"-a", "(- \"a\")"},
    {"9223372036854775807", "9223372036854775807"},
    {"-9223372036854775808", "-9223372036854775808"},
    {"a = 1", "(\"a\" = 1)"},
    {"a==1", "(\"a\" = 1)"},
    {"a != 1", "(\"a\" <> 1)"},
    {"((a<=1))", "(\"a\" <= 1)"},
    {"a + b * c - 2", "((\"a\" + (\"b\" * \"c\")) - 2)"},
    {"a - b - c", "((\"a\" - \"b\") - \"c\")"},
    {"a - -5", "(\"a\" - -5)"},
    {"-a * b", "((- \"a\") * \"b\")"},
    {"a or b and not c = 1", "(\"a\" OR (\"b\" AND (NOT (\"c\" = 1))))"},
    {"a AND b AND c", "((\"a\" AND \"b\") AND \"c\")"},
    {"not not a", "(NOT (NOT \"a\"))"},
    {"a is null or a IS NOT NULL", "((\"a\" IS NULL) OR (\"a\" IS NOT NULL))"},
    {"not a is null", "(NOT (\"a\" IS NULL))"},
    {"a in (1, 2,'x')", "(\"a\" IN (1, 2, 'x'))"},
    {"a in (1)", "(\"a\" = 1)"},
    {"a not in (1)", "(\"a\" <> 1)"},
    {"a not in (1,2)", "(NOT (\"a\" IN (1, 2)))"},
    {"a between 1 and 2 and b", "(((\"a\" >= 1) AND (\"a\" <= 2)) AND \"b\")"},
    {"a + 1 not between b and c", "(((\"a\" + 1) < \"b\") OR ((\"a\" + 1) > \"c\"))"},
    {"coalesce(a, b, 0) > abs(c)", "(coalesce(\"a\", \"b\", 0) > abs(\"c\"))"},
    {"CASE WHEN a THEN 1 WHEN b THEN 2 ELSE 3 END",
     "CASE WHEN \"a\" THEN 1 WHEN \"b\" THEN 2 ELSE 3 END"},
    {"case a when 1 then 2 end = 2", "(CASE \"a\" WHEN 1 THEN 2 END = 2)"},
    {"case a when 1 then 2 else null end", "CASE \"a\" WHEN 1 THEN 2 END"},
    {"case when a then 1 else b end", "CASE WHEN \"a\" THEN 1 ELSE \"b\" END"},
    {"a -- why\n > /*Many reasons*/ 0", "(\"a\" > 0)"},
    {"\xc3\xa9t\xc3\xa9 > 0", "(\"\xc3\xa9t\xc3\xa9\" > 0)"},
};

static void
standard_sql_is_read(void **state)
{
    assert_examples(NULL, standard, COUNT_OF(standard));
    assert_reads(NULL, "char_length(a) > 1", "(char_length(\"a\") > 1)");
    assert_reads(NULL, "CHARACTER_LENGTH(a) > 1", "(char_length(\"a\") > 1)");
}

static void
sqlite_is_read(void **state)
{
    static const struct example examples[] = {
        {"`a``b` > [c d]", "(\"a`b\" > \"c d\")"},
        {"length(k)<10", "(char_length(\"k\") < 10)"},
        {"\"length\"(k)<10", "(char_length(\"k\") < 10)"},
        {"k NOTNULL AND j ISNULL AND i NOT NULL",
         "(((\"k\" IS NOT NULL) AND (\"j\" IS NULL)) AND (\"i\" IS NOT NULL))"},
        {"a = 'back\\slash'", "(\"a\" = 'back\\slash')"},
    };

    assert_examples(&sqlite, examples, COUNT_OF(examples));
}

static void
what_postgresql_deparses_is_read(void **state)
{
    static const struct example examples[] = {
        {"((a > 0) AND (b IS NOT NULL))", "((\"a\" > 0) AND (\"b\" IS NOT NULL))"},
        {"((b)::text = ANY ((ARRAY['x'::character varying, 'y'::character varying])::text[]))",
         "(\"b\" IN ('x', 'y'))"},
        {"(\"b\")::\"text\" = ANY (ARRAY['x'::\"text\", 'y'::\"text\"])", "(\"b\" IN ('x', 'y'))"},
        {"(b <> ALL (ARRAY['x'::text, 'y'::text]))", "(NOT (\"b\" IN ('x', 'y')))"},
        {"(a = ANY (ARRAY[1, 2, '-3'::integer]))", "(\"a\" IN (1, 2, -3))"},
        {"(a = ANY (ARRAY[1]))", "(\"a\" = 1)"},
        {"((b)::text = 'x'::text)", "(\"b\" = 'x')"},
        {"((b)::text <> (c)::text)", "(\"b\" <> \"c\")"},
        {"(c = 'x'::bpchar)", "(\"c\" = 'x')"},
        {"(price > (0)::numeric)", "(\"price\" > 0)"},
        {"(f >= '-1.5'::numeric)", "(\"f\" >= -1.5)"},
        {"(f >= (0.1)::double precision)", "(\"f\" >= 0.1)"},
        {"(a > '-9223372036854775808'::bigint)", "(\"a\" > -9223372036854775808)"},
        {"(a > (- 5))", "(\"a\" > -5)"},
        {"(char_length((b)::text) > 3)", "(char_length(\"b\") > 3)"},
        {"(length(b) > 3)", "(char_length(\"b\") > 3)"},
        {"(\"char_length\"((\"b\")::\"text\") > 3)", "(char_length(\"b\") > 3)"},
        {"(COALESCE(b, ''::character varying) IS NULL)", "(coalesce(\"b\", '') IS NULL)"},
        {"CASE WHEN (a > 0) THEN 1 ELSE NULL::integer END", "CASE WHEN (\"a\" > 0) THEN 1 END"},
        {"((b)::text IS NULL)", "(\"b\" IS NULL)"},
        {"(a = NULL::character varying(10))", "(\"a\" = NULL)"},
        {"(c = 'x  '::\"bpchar\")", "(\"c\" = 'x')"},
        {"(b = 'x  '::\"text\")", "(\"b\" = 'x  ')"},
        {"(t = (b)::text)", "(\"t\" = \"b\")"},
        {"((b)::text <= t)", "(\"b\" <= \"t\")"},
        {"((a)::numeric > 1.5)", "(\"a\" > 1.5)"},
        {"((a)::numeric > (1)::numeric)", "(\"a\" > 1)"},
        {"((a)::numeric <> (b)::numeric)", "(\"a\" <> \"b\")"},
        {"(f > (a)::double precision)", "(\"f\" > \"a\")"},
        {"((a)::bigint = (a + 1))", "(\"a\" = (\"a\" + 1))"},
        {"(((a)::numeric * n) > (0)::numeric)", "((\"a\" * \"n\") > 0)"},
        {"((1.5 + (a)::numeric) > n)", "((1.5 + \"a\") > \"n\")"},
        {"(((a)::numeric * n) * (b)::numeric)", "((\"a\" * \"n\") * \"b\")"},
        {"((a)::numeric IS NULL)", "(\"a\" IS NULL)"},
        {"((a)::numeric = ANY (ARRAY[1.5, (2)::numeric]))", "(\"a\" IN (1.5, 2))"},
        {"(COALESCE((a)::numeric, 1.5) > n)", "(coalesce(\"a\", 1.5) > \"n\")"},
        {"(COALESCE((a)::numeric, (b)::numeric, n) > n)",
         "(coalesce(\"a\", \"b\", \"n\") > \"n\")"},
        {"(((- (a)::bigint) > 5) OR (abs((a)::bigint) > 7))",
         "(((- \"a\") > 5) OR (abs(\"a\") > 7))"},
        {"((b)::text BETWEEN 'a'::text AND 'c'::text)", "((\"b\" >= 'a') AND (\"b\" <= 'c'))"},
        {"('2024-02-29'::date < b)", "('2024-02-29' < \"b\")"},
        {"(b = ANY (ARRAY['2024-01-01'::date, '2023-12-31'::date]))",
         "(\"b\" IN ('2024-01-01', '2023-12-31'))"},
        {"((a)::numeric BETWEEN 0.5 AND 1.5)", "((\"a\" >= 0.5) AND (\"a\" <= 1.5))"},
    };

    assert_examples(&postgresql, examples, COUNT_OF(examples));
}

static void
what_mariadb_shows_is_read(void **state)
{
    static const struct example examples[] = {
        {"`c` in (0,1)", "(\"c\" IN (0, 1))"},
        {"`a``b` between -1 and 5", "((\"a`b\" >= -1) AND (\"a`b\" <= 5))"},
        {"char_length(`b`) > 3", "(char_length(\"b\") > 3)"},
        {"`b` = 'a\\\\b\\'c\\n'", "(\"b\" = 'a\\b''c\n')"},
        {"`b` = '50\\%'", "(\"b\" = '50\\%')"},
        {"`a` is not null", "(\"a\" IS NOT NULL)"},
    };

    assert_examples(&mariadb, examples, COUNT_OF(examples));
}

/* ---- Refusing ---------------------------------------------------------------------------- */

static void
what_engines_read_differently_is_refused(void **state)
{
    static const char *const all[] = {
        "",
        "a b",
        "(a",
        "a)",
        "a >",
        "> a",
        "a = b = c",
        "a < b < c",
        "a = b IS NULL",
        "a IS b",
        "a IS NOT b",
        "a IS TRUE",
        "a IS DISTINCT FROM b",
        "a LIKE 'x'",
        "a NOT LIKE 'x'",
        "a || b",
        "a / b",
        "a % b",
        "a << 1",
        "a <=> b",
        "a -> b",
        "a & b",
        "+a",
        "!a",
        "~a",
        "t.a = 1",
        "s.t.a = 1",
        "1e3",
        "0x10",
        "1_000",
        "1.2.3",
        "9223372036854775808",
        "-9223372036854775809",
        "123456789012345678901234567890123456.789",
        "?",
        ":a",
        "$1",
        "@a",
        "a COLLATE x",
        "CAST(a AS int)",
        "lower(a)",
        "count(a)",
        "now()",
        "abs(a, b)",
        "abs()",
        "coalesce(a)",
        "a IN ()",
        "a IN (SELECT 1)",
        "(SELECT 1)",
        "EXISTS (SELECT 1)",
        "true",
        "FALSE",
        "current_timestamp",
        "x'00'",
        "N'a'",
        "E'a'",
        "'a' 'b'",
        "date '2024-01-01'",
        "'open",
        "\"open",
        "CASE END",
        "CASE WHEN a END",
        "CASE WHEN a THEN b",
        "a BETWEEN 1",
        "a BETWEEN 1 OR 2",
        "a; b",
        "a, b",
        "/* open",
        "/*! 1 */ a",
        "/*M! 1 */ a",
        "a # c",
        "interval",
        "NOT",
        "a = NOT b",
        "(a, b) = (c, d)",
        "ROW(a, b)",
        "a AND",
        "a::text = 'x'::text",
        "a[1] = 1",
    };

    for (size_t i = 0; i < COUNT_OF(all); i++)
        assert_refuses(NULL, all[i]);
}

static void
each_dialect_has_its_own_traps(void **state)
{
    assert_refuses(&sqlite, "char_length(a)");
    assert_refuses(&sqlite, "[a]]b]"); /* no doubling within brackets */
    assert_refuses(&mariadb, "length(a) > 1");
    assert_refuses(&mariadb, "a = \"x\"");
    assert_refuses(&mariadb, "5--3 > a");
    assert_refuses(&mariadb, "a = 'nul\\0'");
    assert_refuses(&mariadb, "a && b");
    assert_refuses(&postgresql, "((a)::integer > 5)");
    assert_refuses(&postgresql, "((a)::text > 5)");
    assert_refuses(&postgresql, "((a)::character varying(3) = 'x'::text)");
    assert_refuses(&postgresql, "('x'::character varying(3) = b)");
    assert_refuses(&postgresql, "('2024-02-30'::date < b)");
    assert_refuses(&postgresql, "('infinity'::date < b)");
    assert_refuses(&postgresql, "(('2024-01-01'::date)::text = b)");
    assert_refuses(&postgresql, "('2024-01-01'::timestamp < b)");
    assert_refuses(&postgresql, "((a)::date < b)");
    assert_refuses(&postgresql, "((1.5)::integer < b)");
    assert_refuses(&postgresql, "(('x'::text)::integer < b)");
    assert_refuses(&postgresql, "((0.1)::real < b)");
    assert_refuses(&postgresql, "((a)::text + 1)");
    assert_refuses(&postgresql, "(a)::text");
    assert_refuses(&postgresql, "COALESCE((a)::text, 'x'::text) = 'y'::text");
    assert_refuses(&postgresql, "(a = ANY (ARRAY[]))");
    assert_refuses(&postgresql, "(a = ANY ('{1,2}'::integer[]))");
    assert_refuses(&postgresql, "(a <> ANY (ARRAY[1, 2]))");
    assert_refuses(&postgresql, "(a < ALL (ARRAY[1, 2]))");
    assert_refuses(&postgresql, "ARRAY[1, 2]");
    assert_refuses(&postgresql, "(a = ARRAY[1, 2])");
    assert_refuses(&postgresql, "(a OPERATOR(pg_catalog.=) 1)");
    assert_refuses(&postgresql, "(lower((b)::text) = 'x'::text)");
    /* Without the casts these would be done with integers. */
    assert_refuses(&postgresql, "(((a)::numeric * (b)::numeric) > 1.5)");
    assert_refuses(&postgresql, "(((a)::numeric * (2)::numeric) > 1.5)");
    assert_refuses(&postgresql, "(COALESCE((a)::numeric, (1)::numeric) > 1.5)");
    assert_refuses(&postgresql, "(- (a)::numeric) > 1.5");
    assert_refuses(&postgresql, "(abs((a)::numeric) > 1.5)");
    assert_refuses(&postgresql, "((a)::smallint > 1.5)");
    assert_refuses(&postgresql, "((a)::numeric(10,2) > 1.5)");
    assert_refuses(&postgresql, "((a)::real > 1.5)");
    assert_refuses(&postgresql, "(a)::numeric");
    assert_refuses(&postgresql, "((a)::numeric = 'x'::text)");
    assert_refuses(&postgresql, "((a)::numeric = (b)::text)");
    assert_refuses(&postgresql, "((a)::numeric = ANY (ARRAY[1.5, 'x'::text]))");
    assert_refuses(&postgresql, "((a)::numeric + 'x'::text)");
    assert_refuses(&postgresql, "((a + b))::numeric > 1.5");
    assert_refuses(&postgresql, "(CASE WHEN x THEN (a)::numeric ELSE 1.5 END)");
}

static void
the_error_says_where_and_what(void **state)
{
    struct pd_error err = {0};
    char *text = NULL;

    assert_int_equal(expr_read(NULL, "a > 0 AND b LIKE 'x'", &text, &err), PD_UNSUPPORTED);
    assert_string_equal(err.text, "byte 12: 'LIKE' is not portable");
    assert_int_equal(expr_read(NULL, "t.a", &text, &err), PD_UNSUPPORTED);
    assert_string_equal(err.text, "byte 1: a qualified name is not portable");
    assert_int_equal(expr_read(NULL, "lower(a) = 'x'", &text, &err), PD_UNSUPPORTED);
    assert_string_equal(err.text, "byte 0: 'lower' is not portable");
    assert_int_equal(expr_read(NULL, "a = ", &text, &err), PD_UNSUPPORTED);
    assert_string_equal(err.text, "byte 4: an expression that ends early is not portable");
    assert_int_equal(expr_read(NULL, "a || b", &text, &err), PD_UNSUPPORTED);
    assert_string_equal(err.text, "byte 2: this operator or sign is not portable");
}

/* ---- Limits ------------------------------------------------------------------------------ */

static void
repeat(struct buffer *out, const char *text, int n)
{
    for (int i = 0; i < n; i++)
        buffer_text(out, text);
}

static pd_status
read_nested(const char *open, int n, const char *close)
{
    struct buffer sql = {0};
    char *text = NULL;
    pd_status status;

    repeat(&sql, open, n);
    buffer_text(&sql, "a");
    repeat(&sql, close, n);
    status = expr_read(NULL, buffer_string(&sql), &text, NULL);
    if (status == PD_OK)
        assert_round_trip(text);
    free(text);
    buffer_free(&sql);
    return status;
}

/* Quotes that are doubled or escaped end nothing, however much stands behind the last of them. */
static void
a_quote_that_does_not_end_is_refused_whatever_is_behind_it(void **state)
{
    static const struct {
        const struct pd_dialect *dialect;
        const char *start;
    } starts[] = {
        {&mariadb, "'a\\'"},   {&mariadb, "'a''"},   {&mariadb, "`a``"},
        {&postgresql, "'a''"}, {&sqlite, "\"a\"\""}, {&sqlite, "1 = 'a''"},
    };

    for (size_t i = 0; i < COUNT_OF(starts); i++) {
        CLEANUP_BUFFER struct buffer sql = {0};

        buffer_printf(&sql, "%s", starts[i].start);
        repeat(&sql, "b", 100000);
        assert_refuses(starts[i].dialect, buffer_string(&sql));
    }
}

static void
depth_is_limited_and_what_was_read_can_be_written(void **state)
{
    assert_int_equal(read_nested("(", 500, ")"), PD_OK);
    assert_int_equal(read_nested("(", 600, ")"), PD_UNSUPPORTED);
    assert_int_equal(read_nested("NOT ", 199, ""), PD_OK);
    assert_int_equal(read_nested("NOT ", 200, ""), PD_UNSUPPORTED);
    assert_int_equal(read_nested("1 + (", 199, ")"), PD_OK);
    assert_int_equal(read_nested("", 199, " + 1"), PD_OK);
    assert_int_equal(read_nested("", 200, " + 1"), PD_UNSUPPORTED);
    assert_int_equal(read_nested("abs(", 199, ")"), PD_OK);
    assert_int_equal(read_nested("- ", 199, ""), PD_OK);
    assert_int_equal(read_nested("(", 100000, ")"), PD_UNSUPPORTED);
    assert_int_equal(read_nested("- ", 100000, ""), PD_UNSUPPORTED);
}

static void
nested_between_cannot_grow_without_bound(void **state)
{
    assert_int_equal(read_nested("(", 8, " BETWEEN 1 AND 2)"), PD_OK);
    assert_int_equal(read_nested("(", 60, " BETWEEN 1 AND 2)"), PD_UNSUPPORTED);
}

/* ---- Writing ----------------------------------------------------------------------------- */

static void
assert_writes(const struct pd_dialect *dialect, const char *canonical, const char *sql)
{
    struct pd_error err = {0};
    char *text = NULL;

    if (expr_write(dialect, canonical, &text, &err) != PD_OK)
        fail_msg("%s: %s", canonical, err.text);
    assert_string_equal(text, sql);
    free(text);
}

static void
each_engine_gets_its_own_spelling(void **state)
{
    static const char text[] = "((char_length(\"a\"\"`b\") > 1) AND (\"c\" = 'it''s \\'))";

    assert_writes(NULL, text, text);
    assert_writes(&sqlite, text, "((length(\"a\"\"`b\") > 1) AND (\"c\" = 'it''s \\'))");
    assert_writes(&postgresql, text, text);
    assert_writes(&mariadb, text, "((char_length(`a\"``b`) > 1) AND (`c` = 'it''s \\\\'))");
}

static void
a_name_that_holds_its_own_quote_is_refused(void **state)
{
    const struct pd_dialect brackets = {
        .struct_size = sizeof brackets, .name_quotes = "[]", .write_quotes = "[]"};
    struct pd_error err = {0};
    char *text = NULL;

    assert_writes(&brackets, "(\"a[b\" > 0)", "([a[b] > 0)");
    assert_int_equal(expr_write(&brackets, "(\"a]b\" > 0)", &text, &err), PD_UNSUPPORTED);
    assert_null(text);
}

static void
only_canonical_text_is_written(void **state)
{
    static const char *const others[] = {
        "a > 0",          "(\"a\">0)",    "\"a\" > 0",
        "((\"a\" > 0))",  "(\"a\" > 0) ", "(\"a\" > 007)",
        "(\"a\" != 0)",   "(\"a\" > 0",   "",
        "(\"a\" IN (1))", "LOWER(\"a\")", "(\"a\" BETWEEN 1 AND 2)"};

    for (size_t i = 0; i < COUNT_OF(others); i++) {
        struct pd_error err = {0};
        char *text = NULL;

        assert_int_equal(expr_write(NULL, others[i], &text, &err), PD_FAILED);
        assert_memory_equal(err.text, "not a canonical expression: ", 28);
        assert_null(text);
    }
}

static void
note_column(void *arg, const char *name)
{
    buffer_printf(arg, "%s;", name);
}

static void
columns_are_told_in_order(void **state)
{
    struct buffer names = {0};
    struct pd_error err = {0};

    assert_int_equal(expr_columns("((\"a\" IN (\"b\"\"c\", 'd')) OR (coalesce(\"a\", 1) = \"e\"))",
                                  note_column, &names, &err),
                     PD_OK);
    assert_string_equal(buffer_string(&names), "a;b\"c;a;e;");
    assert_int_equal(expr_columns("a", note_column, &names, &err), PD_FAILED);
    buffer_free(&names);
}

/* ---- Any tree ---------------------------------------------------------------------------- */

struct dice {
    uint32_t state;
    struct buffer out;
};

static unsigned
roll(struct dice *dice, unsigned n)
{
    dice->state = dice->state * 1664525u + 1013904223u;
    return (dice->state >> 8) % n;
}

static void
random_leaf(struct dice *dice)
{
    static const char *const leaves[] = {"\"a\"", "\"b \"\"c\"", "'x'",   "''''", "'\\n'",
                                         "0",     "-7",          "12.50", "NULL", "\"\xc3\xa9\""};

    buffer_text(&dice->out, leaves[roll(dice, COUNT_OF(leaves))]);
}

/* Frames of canonical text; % is where a child goes. */
static void
random_tree(struct dice *dice, int depth)
{
    static const char *const frames[] = {"(% = %)",
                                         "(% <> %)",
                                         "(% < %)",
                                         "(% <= %)",
                                         "(% > %)",
                                         "(% >= %)",
                                         "(% + %)",
                                         "(% - %)",
                                         "(% * %)",
                                         "(% AND %)",
                                         "(% OR %)",
                                         "(NOT %)",
                                         "(- \"n\")",
                                         "(% IS NULL)",
                                         "(% IS NOT NULL)",
                                         "(% IN (%, %, %))",
                                         "coalesce(%, %)",
                                         "abs(%)",
                                         "char_length(%)",
                                         "CASE WHEN % THEN % END",
                                         "CASE % WHEN % THEN % ELSE 'e' END"};
    const char *frame = frames[roll(dice, COUNT_OF(frames))];

    if (depth == 0 || roll(dice, 5) == 0) {
        random_leaf(dice);
        return;
    }
    for (; *frame; frame++) {
        if (*frame == '%')
            random_tree(dice, depth - 1);
        else
            buffer_char(&dice->out, *frame);
    }
}

static void
any_tree_survives_every_dialect(void **state)
{
    struct dice dice = {.state = 1};

    for (int i = 0; i < 2000; i++) {
        buffer_clear(&dice.out);
        random_tree(&dice, 4);
        assert_round_trip(buffer_string(&dice.out));
    }
    buffer_free(&dice.out);
}

static void
no_input_breaks_the_reader(void **state)
{
    static const char *const pieces[] = {"(",     ")",     "a",  "\"",  "'",     "NOT ", "IN",
                                         "CASE ", "WHEN ", "::", "[",   "]",     "-",    "1",
                                         ".",     ",",     "=",  "ANY", "ARRAY", "text", " ",
                                         "\\",    "/*",    "--", "END", "\xff",  "IS ",  "`"};
    static const struct pd_dialect *const dialects[] = {NULL, &sqlite, &postgresql, &mariadb};
    struct dice dice = {.state = 7};

    for (int i = 0; i < 20000; i++) {
        char *text = NULL;

        buffer_clear(&dice.out);
        for (unsigned n = roll(&dice, 12); n > 0; n--)
            buffer_text(&dice.out, pieces[roll(&dice, COUNT_OF(pieces))]);
        if (expr_read(dialects[i % 4], buffer_string(&dice.out), &text, NULL) == PD_OK)
            assert_round_trip(text);
        free(text);
    }
    buffer_free(&dice.out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(standard_sql_is_read),
        cmocka_unit_test(sqlite_is_read),
        cmocka_unit_test(what_postgresql_deparses_is_read),
        cmocka_unit_test(what_mariadb_shows_is_read),
        cmocka_unit_test(what_engines_read_differently_is_refused),
        cmocka_unit_test(each_dialect_has_its_own_traps),
        cmocka_unit_test(the_error_says_where_and_what),
        cmocka_unit_test(a_quote_that_does_not_end_is_refused_whatever_is_behind_it),
        cmocka_unit_test(depth_is_limited_and_what_was_read_can_be_written),
        cmocka_unit_test(nested_between_cannot_grow_without_bound),
        cmocka_unit_test(each_engine_gets_its_own_spelling),
        cmocka_unit_test(a_name_that_holds_its_own_quote_is_refused),
        cmocka_unit_test(only_canonical_text_is_written),
        cmocka_unit_test(columns_are_told_in_order),
        cmocka_unit_test(any_tree_survives_every_dialect),
        cmocka_unit_test(no_input_breaks_the_reader),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
