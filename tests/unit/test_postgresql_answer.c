// SPDX-License-Identifier: Apache-2.0
/* Tests of the PostgreSQL plugin's look at what a server answers, before anybody reads it. */
#include "fake_host.h"

#include "pg_result.h"
#include "session.h"

static const struct pg pg = {.host = &host};

void
stop_request(struct pg *asked)
{
}

/* What is said of the rows; "": they are what was asked for. */
static const char *
told(const char *answer, int n_columns, const char *const *rows)
{
    PGresult *result = pg_result(n_columns, rows);
    pd_status status;

    said[0] = 0;
    cause_said = 0;
    status = answer_check(&pg, result, answer, "SELECT a,\n b FROM c", NULL);
    PQclear(result);
    assert_int_equal(status, *said ? PD_FATAL : PD_OK);
    assert_int_equal(cause_said, *said ? PD_CAUSE_CONNECT : 0);
    return said;
}

#define ROWS(...) ((const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})
#define TOLD(answer, n_columns, ...) told(answer, n_columns, ROWS(__VA_ARGS__))

static void
what_was_asked_for_passes(void **state)
{
    assert_string_equal(TOLD("tib", 3, "x|-1|t", "|9223372036854775807|f"), "");
    assert_string_equal(TOLD("TIB", 3, "x|-9223372036854775808|t", "\\N|\\N|\\N"), "");
    assert_string_equal(TOLD("t", 1), "");
    assert_string_equal(TOLD("1t", 1, "x"), "");
    assert_string_equal(TOLD("?t", 1, "x"), "");
    assert_string_equal(TOLD("?t", 1), "");
    assert_string_equal(TOLD("", 0), "");
}

static void
other_columns_are_refused(void **state)
{
    assert_string_equal(TOLD("tt", 1, "x"), "the server answered with 1 columns where 2 were asked "
                                            "for: 'SELECT a, b FROM c'");
    assert_string_equal(TOLD("1t", 2, "x|y"), "the server answered with 2 columns where 1 were "
                                              "asked for: 'SELECT a, b FROM c'");
    assert_string_equal(TOLD("t", 0), "the server answered with 0 columns where 1 were asked for: "
                                      "'SELECT a, b FROM c'");
    assert_string_equal(TOLD("", 1, "x"), "the server answered with 1 columns where 0 were asked "
                                          "for: 'SELECT a, b FROM c'");
}

static void
other_rows_are_refused(void **state)
{
    assert_string_equal(TOLD("1t", 1), "the server answered with 0 rows where one was asked for: "
                                       "'SELECT a, b FROM c'");
    assert_string_equal(TOLD("1t", 1, "x", "y"), "the server answered with 2 rows where one was "
                                                 "asked for: 'SELECT a, b FROM c'");
    assert_string_equal(TOLD("?t", 1, "x", "y"), "the server answered with 2 rows where one was "
                                                 "asked for: 'SELECT a, b FROM c'");
}

static void
no_rows_at_all_are_refused(void **state)
{
    PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_COMMAND_OK);

    assert_int_equal(answer_check(&pg, result, "", "SELECT 1", NULL), PD_FATAL);
    assert_string_equal(said, "the server answered without rows: 'SELECT 1'");
    PQclear(result);
}

static void
cells_of_another_kind_are_refused(void **state)
{
    static const struct {
        const char *answer;
        const char *cell;
        const char *fault;
    } lies[] = {
        {"t", "\\N", "is NULL, which it never is"},
        {"i", "\\N", "is NULL, which it never is"},
        {"b", "\\N", "is NULL, which it never is"},
        {"t", "a\1b", "has a NUL"},
        {"T", "a\1b", "has a NUL"},
        {"i", "", "is no integer"},
        {"I", "", "is no integer"},
        {"i", "-", "is no integer"},
        {"i", " 1", "is no integer"},
        {"i", "+1", "is no integer"},
        {"i", "1 ", "is no integer"},
        {"i", "1.0", "is no integer"},
        {"i", "1\1", "is no integer"},
        {"i", "9223372036854775808", "is no integer"},
        {"i", "-9223372036854775809", "is no integer"},
        {"b", "", "is no bool"},
        {"b", "true", "is no bool"},
        {"B", "1", "is no bool"},
    };

    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        char answer[3] = "t", row[64], want[160];

        strcat(answer, lies[i].answer);
        snprintf(row, sizeof row, "x|%s", lies[i].cell);
        snprintf(want, sizeof want,
                 "the server's answer is wrong: row 2, column 2 %s: 'SELECT a, b FROM c'",
                 lies[i].fault);
        assert_string_equal(
            TOLD(answer, 2, *lies[i].answer == 'b' || *lies[i].answer == 'B' ? "x|t" : "x|1", row),
            want);
    }
}

static void
a_long_statement_is_shown_by_its_beginning(void **state)
{
    char sql[200], shown[80];
    PGresult *result = pg_result(1, ROWS("x"));

    memset(sql, 'a', sizeof sql - 1);
    sql[sizeof sql - 1] = 0;
    error_shown(sql, shown, sizeof shown);
    assert_int_equal(strlen(shown), 75);
    assert_string_equal(shown + 70, "aa...");
    assert_int_equal(answer_check(&pg, result, "tt", sql, NULL), PD_FATAL);
    assert_non_null(strstr(said, "aa...'"));
    PQclear(result);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_asked_for_passes),
        cmocka_unit_test(other_columns_are_refused),
        cmocka_unit_test(other_rows_are_refused),
        cmocka_unit_test(no_rows_at_all_are_refused),
        cmocka_unit_test(cells_of_another_kind_are_refused),
        cmocka_unit_test(a_long_statement_is_shown_by_its_beginning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
