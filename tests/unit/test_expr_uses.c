// SPDX-License-Identifier: Apache-2.0
/* test_expr_uses - what an expression does with the values of its columns on which engines differ,
   and text that is ordered by its bytes where that is said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "model/expr.h"

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

static const struct pd_column columns[] = {
    {.struct_size = sizeof *columns, .name = "i", .type.kind = PD_KIND_INT32},
    {.struct_size = sizeof *columns, .name = "l", .type.kind = PD_KIND_INT64},
    {.struct_size = sizeof *columns,
     .name = "d",
     .type = {.kind = PD_KIND_DECIMAL, .precision = 10, .scale = 2}},
    {.struct_size = sizeof *columns,
     .name = "w",
     .type = {.kind = PD_KIND_DECIMAL, .precision = 30, .scale = 2}},
    {.struct_size = sizeof *columns,
     .name = "many",
     .type = {.kind = PD_KIND_DECIMAL, .precision = 38, .scale = 20}},
    {.struct_size = sizeof *columns, .name = "loose", .type = {.kind = PD_KIND_DECIMAL}},
    {.struct_size = sizeof *columns, .name = "f", .type.kind = PD_KIND_FLOAT64},
    {.struct_size = sizeof *columns, .name = "r", .type.kind = PD_KIND_FLOAT32},
    {.struct_size = sizeof *columns, .name = "s", .type.kind = PD_KIND_TEXT},
    {.struct_size = sizeof *columns,
     .name = "n",
     .type.kind = PD_KIND_TEXT,
     .collation = PD_COLLATION_NOCASE},
    {.struct_size = sizeof *columns,
     .name = "b",
     .type.kind = PD_KIND_TEXT,
     .collation = PD_COLLATION_BINARY},
    {.struct_size = sizeof *columns, .name = "e", .type.kind = PD_KIND_ENUM},
    {.struct_size = sizeof *columns, .name = "t", .type.kind = PD_KIND_BOOL},
    {.struct_size = sizeof *columns, .name = "x", .type.kind = PD_KIND_ANY},
    {.struct_size = sizeof *columns, .name = "day", .type.kind = PD_KIND_DATE},
    {.struct_size = sizeof *columns, .name = "day2", .type.kind = PD_KIND_DATE},
    {.struct_size = sizeof *columns, .name = "at", .type.kind = PD_KIND_TIMESTAMP},
    {.struct_size = sizeof *columns, .name = "at6", .type.kind = PD_KIND_TIMESTAMP},
    {.struct_size = sizeof *columns,
     .name = "at0",
     .type = {.kind = PD_KIND_TIMESTAMP, .precision = 3}},
    {.struct_size = sizeof *columns, .name = "u", .type.kind = PD_KIND_UUID},
    {.struct_size = sizeof *columns, .name = "u2", .type.kind = PD_KIND_UUID},
    {.struct_size = sizeof *columns, .name = "j", .type.kind = PD_KIND_JSONB},
    {.struct_size = sizeof *columns, .name = "y", .type.kind = PD_KIND_YEAR},
    {.struct_size = sizeof *columns, .name = "y2", .type.kind = PD_KIND_YEAR},
    {.struct_size = sizeof *columns, .name = "c", .type = {.kind = PD_KIND_CHAR, .length = 5}},
    {.struct_size = sizeof *columns, .name = "c2", .type = {.kind = PD_KIND_CHAR, .length = 5}},
    {.struct_size = sizeof *columns, .name = "v5", .type = {.kind = PD_KIND_TEXT, .length = 5}},
    {.struct_size = sizeof *columns, .name = "v9", .type = {.kind = PD_KIND_TEXT, .length = 9}},
    {.struct_size = sizeof *columns,
     .name = "hundreds",
     .type = {.kind = PD_KIND_DECIMAL, .precision = 6, .scale = -2}},
};
static const struct pd_table table = {.struct_size = sizeof table,
                                      .columns = columns,
                                      .n_columns = COUNT_OF(columns),
                                      .column_size = sizeof *columns};

static uint32_t
uses_of(const char *sql, const char *column)
{
    struct pd_operands operands = {
        .struct_size = sizeof operands, .column = PD_NO_COLUMN, .table = &table};
    struct pd_error err = {0};
    uint32_t uses = 0;
    char *text = NULL;

    for (uint32_t i = 0; column && i < COUNT_OF(columns); i++) {
        if (strcmp(columns[i].name, column) == 0)
            operands.column = i;
    }
    if (expr_read(NULL, sql, &text, &err) != PD_OK ||
        expr_uses(&operands, text, &uses, &err) != PD_OK)
        fail_msg("%s: %s", sql, err.text);
    free(text);
    return uses;
}

static void
what_engines_do_differently_is_found(void **state)
{
    static const struct {
        const char *sql;
        uint32_t uses;
    } examples[] = {
        {"i > 1 AND l = i + 5 AND i IN (1, 2) OR l IS NULL", 0},
        {"s = 'x' AND s IN ('a', 'b') AND e = 'a'", 0},
        {"char_length(s) < 5", PD_USES_LENGTH},
        {"s > 'x'", PD_USES_TEXT_ORDER},
        {"coalesce(s, 'a') BETWEEN 'a' AND 'z'", PD_USES_TEXT_ORDER},
        {"'a' < s", PD_USES_TEXT_ORDER},
        {"n = 'abc'", PD_USES_COLLATION},
        {"'abc' <> n", PD_USES_COLLATION},
        {"coalesce(n, 'x') IN ('a', 'b')", PD_USES_COLLATION},
        {"CASE n WHEN 'a' THEN 1 ELSE 2 END = 1", PD_USES_COLLATION},
        {"n < 'a'", PD_USES_COLLATION | PD_USES_TEXT_ORDER},
        {"n IS NULL OR char_length(n) > 2", PD_USES_LENGTH},
        {"'a' = 'A'", PD_USES_BARE_TEXT},
        {"CASE WHEN i > 1 THEN 'x' ELSE 'y' END = 'X'", PD_USES_BARE_TEXT},
        {"e > 'a'", PD_USES_LABEL_ORDER},
        {"d > 1.5 AND d = 3 AND abs(d) <> -0.01 AND i < 2.5 AND f > 0.1", 0},
        {"w > 1", PD_USES_FRACTIONS},
        {"d > 1.2345678901234567", PD_USES_FRACTIONS},
        {"d = d * i", PD_USES_FRACTIONS},
        {"l + 0.5 > l", PD_USES_FRACTIONS},
        {"f * 2 + 0.5 > f", 0},
        {"f = l", PD_USES_FRACTIONS},
        {"r + r > 1", PD_USES_SINGLES},
        {"r + i > f", 0},
        {"i IN (1, '2', 3.5)", PD_USES_MIXED},
        {"s = 5", PD_USES_MIXED},
        {"s + 1 > 2", PD_USES_MIXED},
        {"coalesce(i, 'x') IS NULL", PD_USES_MIXED},
        {"NOT i", PD_USES_TRUTHS},
        {"(i > 1) + 1 = 2", PD_USES_TRUTHS},
        {"t = 1", PD_USES_TRUTHS},
        {"CASE WHEN i THEN 1 END = 1", PD_USES_TRUTHS},
        {"t AND NOT t", 0},
        {"x > 5", PD_USES_MIXED},
        {"day > '2020-01-01' AND day IN ('2020-02-29', NULL) AND '1999-12-31' <> day", 0},
        {"day > '2021-02-29'", PD_USES_MIXED},
        {"day > '2020-1-01'", PD_USES_MIXED},
        {"day > 'today'", PD_USES_MIXED},
        {"day = at", PD_USES_MIXED},
        {"day > i", PD_USES_MIXED},
        {"day < day2 AND at <> at6 AND at <= coalesce(at6, NULL, at) AND at IS NOT NULL", 0},
        {"at > '2020-01-01'", PD_USES_MIXED},
        {"at > '2020-01-01 00:00:00'", PD_USES_MIXED},
        {"at BETWEEN '2020-01-01' AND '2020-01-31'", PD_USES_MIXED},
        {"CASE at WHEN '2020-01-01' THEN 1 ELSE 2 END = 1", PD_USES_MIXED},
        {"coalesce(at, 'x') IS NULL", PD_USES_MIXED},
        {"at = at0", PD_USES_MIXED},
        {"NOT at", PD_USES_MIXED},
        {"u = u2 AND u <> u2", 0},
        {"u = 'abcdef00-0000-0000-0000-000000000000'", PD_USES_MIXED},
        {"u < u2", PD_USES_MIXED},
        {"j = j", PD_USES_MIXED},
        {"y > 1999 AND y = y2", 0},
        {"y > 99", PD_USES_MIXED},
        {"c = 'x' AND c <> c2", 0},
        {"w * d * i = w", PD_USES_FRACTIONS},
        {"w * w * d = w", PD_USES_FRACTIONS | PD_USES_DIGITS},
        {"many + 1 > many", PD_USES_FRACTIONS},
        {"many * many > 1", PD_USES_FRACTIONS | PD_USES_DIGITS},
        {"abs(many) + 0.00000000000000000000000000000000000001 > 1", PD_USES_FRACTIONS},
        {"many * f > 1", PD_USES_FRACTIONS},
        {"CASE WHEN (many * i) * (many * i) > 1 THEN 1 END = 1",
         PD_USES_FRACTIONS | PD_USES_DIGITS},
        {"l * l * l * l > 1", 0},
        {"loose + i > i", PD_USES_FRACTIONS},
        {"loose * loose > i", PD_USES_FRACTIONS | PD_USES_DIGITS},
        {"c <> 'x '", PD_USES_BLANKS},
        {"c IN ('a', 'x ')", PD_USES_BLANKS},
        {"'x ' = coalesce(c, 'y')", PD_USES_BLANKS},
        {"s = 'x '", 0},
    };

    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        if (uses_of(examples[i].sql, NULL) != examples[i].uses)
            fail_msg("%s uses %x", examples[i].sql, uses_of(examples[i].sql, NULL));
    }
}

static void
a_value_fits_its_column_or_it_does_not(void **state)
{
    static const struct {
        const char *sql;
        const char *column;
        uint32_t uses;
    } examples[] = {
        {"i > 1", "t", 0},
        {"i > 1", "i", PD_USES_TRUTHS},
        {"i > 1", "s", PD_USES_CONVERSION},
        {"i > 1", "x", PD_USES_CONVERSION},
        {"i + 1", "l", 0},
        {"i + 1", "s", 0},
        {"i + 1", "x", PD_USES_CONVERSION},
        {"i + 1", "f", 0},
        {"i + 1", "t", PD_USES_CONVERSION},
        {"f", "s", PD_USES_CONVERSION},
        {"d", "s", PD_USES_CONVERSION},
        {"f", "d", PD_USES_CONVERSION},
        {"d", "i", PD_USES_CONVERSION},
        {"f * 2", "f", 0},
        {"d", "f", 0},
        {"coalesce(s, 'x')", "s", 0},
        {"s", "x", 0},
        {"s", "i", PD_USES_CONVERSION},
        {"NULL", "i", 0},
        {"day", "day", 0},
        {"day2", "day", 0},
        {"coalesce(day2, day)", "day", 0},
        {"day", "at", PD_USES_CONVERSION},
        {"at", "day", PD_USES_CONVERSION},
        {"at", "at0", PD_USES_CONVERSION},
        {"CASE WHEN i > 1 THEN at ELSE at6 END", "at", 0},
        {"'2020-01-01'", "day", PD_USES_CONVERSION},
        {"s", "day", PD_USES_CONVERSION},
        {"day", "s", PD_USES_CONVERSION},
        {"i", "y", PD_USES_CONVERSION},
        {"2020", "y", PD_USES_CONVERSION},
        {"y2", "y", 0},
        {"y", "i", 0},
        {"y", "s", PD_USES_CONVERSION},
        {"i", "r", PD_USES_CONVERSION},
        {"r", "r", 0},
        {"r", "f", 0},
        {"i", "d", 0},
        {"i", "w", PD_USES_FRACTIONS},
        {"w", "w", 0},
        {"w", "f", PD_USES_FRACTIONS},
        {"i", "hundreds", PD_USES_CONVERSION},
        {"s", "c", PD_USES_CONVERSION},
        {"c", "s", PD_USES_CONVERSION},
        {"c2", "c", 0},
        {"CASE WHEN i > 1 THEN 'yes' ELSE 'no' END", "c", 0},
        {"CASE WHEN i > 1 THEN 'yes ' ELSE 'no' END", "c", PD_USES_CONVERSION},
        {"CASE WHEN i > 1 THEN 'longer' ELSE 'no' END", "v5", PD_USES_CONVERSION},
        {"v5", "v9", 0},
        {"v9", "v5", PD_USES_CONVERSION},
        {"s", "v5", PD_USES_CONVERSION},
        {"coalesce(v5, 'none')", "v9", 0},
        {"i", "v5", 0},
        {"v5", "s", 0},
        {"CASE WHEN i > 1 THEN l ELSE f END", "f", PD_USES_FRACTIONS},
    };

    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        if (uses_of(examples[i].sql, examples[i].column) != examples[i].uses)
            fail_msg("%s in %s uses %x", examples[i].sql, examples[i].column,
                     uses_of(examples[i].sql, examples[i].column));
    }
}

static int
decimal_kind(const void *arg, size_t column)
{
    return PD_KIND_DECIMAL;
}

static const struct pd_type *
told_type(const void *arg, size_t column)
{
    return arg;
}

static void
a_decimal_has_the_digits_that_it_has_where_it_is_compared(void **state)
{
    struct pd_type type = {.kind = PD_KIND_DECIMAL, .precision = 15, .scale = 2};
    struct pd_operands operands = {.struct_size = sizeof operands,
                                   .column = PD_NO_COLUMN,
                                   .table = &table,
                                   .kind_of = decimal_kind,
                                   .arg = &type};
    uint32_t uses = 0;

    assert_int_equal(expr_uses(&operands, "(\"d\" >= 0)", &uses, NULL), PD_OK);
    assert_int_equal(uses, 0);
    assert_int_equal(expr_uses(&operands, "(\"x\" >= 0)", &uses, NULL), PD_OK);
    assert_int_equal(uses, PD_USES_FRACTIONS);
    operands.type_of = told_type;
    assert_int_equal(expr_uses(&operands, "(\"x\" >= 0)", &uses, NULL), PD_OK);
    assert_int_equal(uses, 0);
    assert_int_equal(expr_uses(&operands, "(\"x\" >= 1.2345678901234567)", &uses, NULL), PD_OK);
    assert_int_equal(uses, PD_USES_FRACTIONS);
    for (type.precision = 16; type.precision >= 0; type.precision -= 16) {
        assert_int_equal(expr_uses(&operands, "(\"d\" >= 0)", &uses, NULL), PD_OK);
        assert_int_equal(uses, PD_USES_FRACTIONS);
    }
    /* Of a plugin that does not know of it. */
    operands.struct_size = offsetof(struct pd_operands, type_of);
    assert_int_equal(expr_uses(&operands, "(\"d\" >= 0)", &uses, NULL), PD_OK);
    assert_int_equal(uses, 0);
}

static void
text_is_ordered_by_bytes_where_that_is_said(void **state)
{
    const struct pd_operands operands = {
        .struct_size = sizeof operands, .column = PD_NO_COLUMN, .table = &table};
    static const struct pd_dialect postgresql = {.struct_size = sizeof postgresql,
                                                 .flags = PD_DIALECT_ANY_ARRAY};
    struct pd_dialect bytes = postgresql, language;
    char *sql = NULL;

    bytes.collate = "C";
    bytes.operands = &operands;
    language = bytes;
    language.flags |= PD_DIALECT_BY_LANGUAGE;
    assert_reads(&bytes, "s > 'B'::text", "(\"s\" > 'B')");
    assert_refuses(&language, "s > 'B'::text");
    assert_refuses(&language, "i > 1 OR coalesce(s, 'x') < 'B'");
    assert_refuses(&language, "s > 'B' AND (s COLLATE \"C\") < 'C'");
    assert_reads(&language, "b > 'B'", "(\"b\" > 'B')");
    assert_reads(&language, "s = 'B' AND i > 1", "((\"s\" = 'B') AND (\"i\" > 1))");
    assert_reads(&language, "((s)::text COLLATE \"C\") > 'B'::text", "(\"s\" > 'B')");
    assert_reads(&language, "'B'::text <= (s COLLATE \"C\")", "('B' <= \"s\")");
    assert_refuses(&language, "(s COLLATE \"de_DE\") > 'B'");
    assert_refuses(&language, "s COLLATE \"C\"");
    assert_refuses(&language, "coalesce(s COLLATE \"C\", 'x') > 'B'");
    assert_refuses(&postgresql, "(s COLLATE \"C\") > 'B'");
    assert_int_equal(
        expr_write(&bytes, "((\"s\" > 'B') AND ((\"s\" = 'x') OR (\"i\" > 1)))", &sql, NULL),
        PD_OK);
    assert_string_equal(sql, "((\"s\" COLLATE \"C\" > 'B') AND ((\"s\" = 'x') OR (\"i\" > 1)))");
    free(sql);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_engines_do_differently_is_found),
        cmocka_unit_test(a_value_fits_its_column_or_it_does_not),
        cmocka_unit_test(a_decimal_has_the_digits_that_it_has_where_it_is_compared),
        cmocka_unit_test(text_is_ordered_by_bytes_where_that_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
