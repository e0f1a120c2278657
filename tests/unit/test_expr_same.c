// SPDX-License-Identifier: Apache-2.0
/* test_expr_same - what servers write for what they were given says the same, and nothing else
   does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>

#include "model/expr.h"

static const struct pd_column columns[] = {
    {.struct_size = sizeof *columns, .name = "t", .type.kind = PD_KIND_BOOL},
    {.struct_size = sizeof *columns, .name = "u", .type.kind = PD_KIND_BOOL},
    {.struct_size = sizeof *columns,
     .name = "h",
     .type.kind = PD_KIND_NUMBER,
     .hint.kind = PD_KIND_BOOL},
    {.struct_size = sizeof *columns, .name = "n", .type.kind = PD_KIND_INT32},
    {.struct_size = sizeof *columns, .name = "s", .type.kind = PD_KIND_TEXT},
};
static const struct pd_table table = {.struct_size = sizeof table,
                                      .columns = columns,
                                      .n_columns = COUNT_OF(columns),
                                      .column_size = sizeof *columns};

static bool
says_the_same(const char *a, const char *b)
{
    struct pd_error err = {0};
    char *x = NULL, *y = NULL;
    bool same = false;

    if (expr_read(NULL, a, &x, &err) != PD_OK || expr_read(NULL, b, &y, &err) != PD_OK ||
        expr_same(&table, x, y, &same, &err) != PD_OK)
        fail_msg("%s, %s: %s", a, b, err.text);
    free(x);
    free(y);
    return same;
}

static void
other_words_for_the_same_are_known(void **state)
{
    static const char *const pairs[][2] = {
        {"NOT t OR u", "t = 0 OR u <> 0"},
        {"t", "t <> 0"},
        {"t AND n > 0", "t = 1 AND n > 0"},
        {"NOT h", "h = 0"},
        {"NOT (n > 5)", "n <= 5"},
        {"NOT (n = 5)", "n <> 5"},
        {"NOT (t AND u)", "t = 0 OR u = 0"},
        {"NOT (NOT (n < 1 OR t))", "n < 1 OR t <> 0"},
        {"NOT (n IS NULL)", "n IS NOT NULL"},
        {"CASE WHEN NOT (n > 1) THEN t ELSE u END", "CASE WHEN n <= 1 THEN t <> 0 ELSE u <> 0 END"},
        {"n IN (1, 2) AND s = 'x'", "n IN (1, 2) AND s = 'x'"},
    };

    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        if (!says_the_same(pairs[i][0], pairs[i][1]) || !says_the_same(pairs[i][1], pairs[i][0]))
            fail_msg("%s is not %s", pairs[i][0], pairs[i][1]);
    }
}

static void
what_says_something_else_is_not_the_same(void **state)
{
    static const char *const pairs[][2] = {
        {"t", "t = 0"},
        {"t", "u"},
        {"n", "n <> 0"},
        {"NOT (n > 5)", "n < 5"},
        {"NOT (t AND u)", "t = 0 AND u = 0"},
        {"t = 2", "t <> 0"},
        {"n = 0", "NOT t"},
        {"n IS NULL", "n IS NOT NULL"},
        {"s = 'x'", "s = 'xy'"},
        {"n IN (1, 2)", "n IN (1, 2, 3)"},
        {"n + 1 > 2", "n - 1 > 2"},
        {"n > 1 AND n > 2", "n > 1 OR n > 2"},
        {"coalesce(n, 1) = 1", "abs(n) = 1"},
        {"CASE n WHEN 1 THEN 2 END", "CASE n WHEN 1 THEN 2 ELSE 3 END"},
    };

    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        if (says_the_same(pairs[i][0], pairs[i][1]) || says_the_same(pairs[i][1], pairs[i][0]))
            fail_msg("%s is %s", pairs[i][0], pairs[i][1]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_words_for_the_same_are_known),
        cmocka_unit_test(what_says_something_else_is_not_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
