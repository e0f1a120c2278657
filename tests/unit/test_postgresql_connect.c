// SPDX-License-Identifier: Apache-2.0
/* Tests of the PostgreSQL plugin that need no server: SQL text, what a server says in one line,
 * URLs and the policy that is put over them, questions for a password, answers about facts. */
#include "fake_host.h"

#include <math.h>

#include "conninfo.h"
#include "facts.h"

static const char *option_insecure;
static const char *option_timeout;
static const char *option_password;

static const char *
option_here(const char *name)
{
    if (strcmp(name, "insecure") == 0)
        return option_insecure;
    if (strcmp(name, "timeout") == 0)
        return option_timeout;
    return strcmp(name, "password-file") == 0 ? option_password : NULL;
}

/* The query part of the plugin is not linked in. */
pd_status
pg_run(struct pg *pg, const char *sql, struct pd_error *err)
{
    fail_msg("nothing is to be run: %s", sql);
    return PD_FATAL;
}

static int
begin(void **state)
{
    static const char *const variables[] = {
        "PGHOST",    "PGHOSTADDR", "PGPORT",    "PGDATABASE", "PGUSER",           "PGPASSWORD",
        "PGSERVICE", "PGPASSFILE", "PGOPTIONS", "PGSSLMODE",  "PGCONNECT_TIMEOUT"};
    size_t i;

    for (i = 0; i < sizeof variables / sizeof *variables; i++)
        unsetenv(variables[i]);
    setenv("HOME", "/nonexistent", 1);
    n_live = 0;
    option_of = option_here;
    n_until_out = -1;
    said[0] = 0;
    cause_said = 0;
    option_insecure = option_timeout = option_password = NULL;
    return 0;
}

static int
end(void **state)
{
    assert_int_equal(n_live, 0);
    return 0;
}

/* ---- SQL ---------------------------------------------------------------------------------------
 */

static void
names_and_literals_are_quoted(void **state)
{
    struct pd_sql sql = {.host = &host};

    sql_table(&sql, NULL, "a\"b");
    pd_sql_add(&sql, " ");
    sql_table(&sql, "S", "");
    pd_sql_add(&sql, " ");
    sql_literal(&sql, "it's", 4);
    sql_literal(&sql, "\\'\\", 3);
    sql_literal(&sql, "", 0);
    pd_sql_printf(&sql, " %d%%", 7);
    assert_string_equal(pd_sql_text(&sql),
                        "\"public\".\"a\"\"b\" \"S\".\"\" 'it''s'E'\\\\''\\\\''' 7%");
    pd_sql_clear(&sql);
    assert_string_equal(pd_sql_text(&sql), "");
    pd_sql_free(&sql);
}

static void
sql_of_any_length_grows(void **state)
{
    struct pd_sql sql = {.host = &host};
    int i;

    for (i = 0; i < 5000; i++)
        pd_sql_printf(&sql, "%04d", i);
    assert_int_equal(sql.size, 20000);
    assert_memory_equal(pd_sql_text(&sql) + 19996, "4999", 5);
    pd_sql_free(&sql);
}

static void
short_memory_is_told_by_the_text(void **state)
{
    struct pd_sql sql = {.host = &host};

    n_until_out = 0;
    pd_sql_add(&sql, "SELECT ");
    n_until_out = -1;
    sql_name(&sql, "x");
    assert_null(pd_sql_text(&sql));
    pd_sql_free(&sql);
}

static void
what_a_server_says_is_one_line(void **state)
{
    char line[64], cut[12];

    error_line(" one\n\t two\x1b[31m three.\n", line, sizeof line);
    assert_string_equal(line, "one two\\x1b[31m three");
    error_line("\r\x7f", line, sizeof line);
    assert_string_equal(line, "\\x0d\\x7f");
    error_line("0123456789abcdef", cut, sizeof cut);
    assert_string_equal(cut, "0123456");
}

/* ---- URLs --------------------------------------------------------------------------------------
 */

static pd_status
read_url(const char *url, struct conninfo *info)
{
    const struct pd_endpoint endpoint = {.struct_size = sizeof endpoint,
                                         .url = url,
                                         .options = (const struct pd_options *)(const void *)&host};

    return conninfo_read(&host, &endpoint, NULL, info, NULL);
}

static const char *
value_of(const struct conninfo *info, const char *keyword)
{
    size_t i;

    for (i = 0; i < info->n; i++) {
        if (strcmp(info->keywords[i], keyword) == 0)
            return info->values[i];
    }
    return "(none)";
}

static void
assert_value(const char *url, const char *keyword, const char *expected)
{
    struct conninfo info;

    if (read_url(url, &info) != PD_OK)
        fail_msg("'%s' is refused: %s", url, said);
    assert_string_equal(value_of(&info, keyword), expected);
    conninfo_close(&info);
}

static void
assert_refused(const char *url, const char *reason)
{
    struct conninfo info;

    assert_int_equal(read_url(url, &info), PD_FAILED);
    conninfo_close(&info);
    assert_int_equal(cause_said, PD_CAUSE_USAGE);
    if (!strstr(said, reason))
        fail_msg("'%s': '%s' is not in '%s'", url, reason, said);
}

static void
three_forms_name_a_database(void **state)
{
    assert_value("postgresql:shop", "dbname", "shop");
    assert_value("postgres://h/shop", "dbname", "shop");
    assert_value("POSTGRESQL://me@h/shop", "user", "me");
    assert_value("postgresql:dbname=shop user=me", "dbname", "shop");
    assert_value("postgresql:dbname = 'my shop'", "dbname", "my shop");
    assert_value("postgresql:a b", "dbname", "a b");
    assert_value("postgresql:postgresql", "dbname", "postgresql");
}

static void
the_name_of_a_database_is_nothing_else(void **state)
{
    struct conninfo info;

    assert_value("postgresql:///host%3Devil%20sslmode%3Ddisable", "dbname",
                 "host=evil sslmode=disable");
    assert_int_equal(read_url("postgresql:///host%3Devil?sslmode=disable", &info), PD_OK);
    assert_string_equal(value_of(&info, "host"), "(none)");
    conninfo_close(&info);
}

static void
a_url_without_a_database_is_known(void **state)
{
    struct conninfo info;

    assert_int_equal(read_url("postgresql://h", &info), PD_OK);
    assert_null(info.database);
    assert_string_equal(value_of(&info, "dbname"), "postgres");
    conninfo_close(&info);
    setenv("PGDATABASE", "shop", 1);
    assert_int_equal(read_url("postgresql:", &info), PD_OK);
    assert_string_equal(info.database, "shop");
    conninfo_close(&info);
}

static void
no_part_of_a_bad_url_is_shown(void **state)
{
    assert_refused("postgresql://u:s3cret@h/db?nosuch=s3cret", "not understood");
    assert_null(strstr(said, "s3cret"));
    assert_refused("postgresql://u:s3%cret@h/db", "not understood");
    assert_null(strstr(said, "cret"));
    assert_refused("postgresql:password=s3cret'x dbname='s3cret", "not understood");
    assert_null(strstr(said, "s3cret"));
}

/* ---- Policy ------------------------------------------------------------------------------------
 */

static void
tcp_is_verified_and_sockets_are_known(void **state)
{
    struct conninfo info;

    assert_value("postgresql://h/db", "sslmode", "verify-full");
    assert_value("postgresql://127.0.0.1/db", "sslmode", "verify-full");
    assert_value("postgresql://h/db", "gssencmode", "disable");
    assert_value("postgresql://h/db?gssencmode=require", "gssencmode", "require");
    assert_refused("postgresql://h/db?sslmode=require", "sslmode=require");
    assert_refused("postgresql://localhost/db?sslmode=prefer", "sslmode=prefer");
    assert_refused("postgresql://%2Frun,h/db?sslmode=disable", "sslmode=disable");
    assert_refused("postgresql:host=/run hostaddr=1.2.3.4 sslmode=disable", "sslmode=disable");
    assert_int_equal(read_url("postgresql://%2Frun/db?sslmode=disable", &info), PD_OK);
    assert_true(info.names_socket);
    conninfo_close(&info);
    setenv("PGHOST", "h", 1);
    assert_refused("postgresql:dbname=db sslmode=disable", "sslmode=disable");
}

static void
the_environment_does_not_weaken(void **state)
{
    setenv("PGSSLMODE", "disable", 1);
    setenv("PGOPTIONS", "-c search_path=evil", 1);
    assert_value("postgresql://h/db", "sslmode", "verify-full");
    assert_value("postgresql://h/db", "options", " ");
    assert_value("postgresql://h/db", "target_session_attrs", "any");
    assert_value("postgresql://h/db", "client_encoding", "UTF8");
    unsetenv("PGSSLMODE");
}

static void
insecure_still_hides_the_password(void **state)
{
    struct conninfo info;

    option_insecure = "1";
    assert_value("postgresql://h/db", "sslmode", "prefer");
    assert_int_equal(read_url("postgresql://u:pw@h/db", &info), PD_OK);
    if (info.has_auth_filter) {
        assert_string_equal(value_of(&info, "require_auth"), "!password");
    } else {
        assert_string_equal(value_of(&info, "channel_binding"), "require");
        assert_string_equal(value_of(&info, "sslmode"), "require");
        assert_true(info.has_second_try);
        conninfo_try_plain(&info);
        assert_string_equal(value_of(&info, "channel_binding"), "prefer");
        assert_string_equal(value_of(&info, "sslmode"), "disable");
    }
    conninfo_close(&info);
}

static void
the_password_file_wins(void **state)
{
    option_password = "from file";
    assert_value("postgresql://u:pw@h/db", "password", "from file");
    option_password = NULL;
    assert_value("postgresql://u:pw@h/db", "password", "pw");
}

static void
a_connect_lasts_no_longer_than_silence_may(void **state)
{
    static const struct {
        const char *url, *timeout;
        int64_t expected;
    } cases[] = {
        {"postgresql://h/db", NULL, 30000},
        {"postgresql://h/db", "60", 30000},
        {"postgresql://h/db", "5", 5000},
        {"postgresql://h/db", "0", 30000},
        {"postgresql://h/db?connect_timeout=90", "5", 90000},
        {"postgresql://h/db?connect_timeout=x", "5", 5000},
    };
    struct conninfo info;
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        option_timeout = cases[i].timeout;
        assert_int_equal(read_url(cases[i].url, &info), PD_OK);
        assert_int_equal(info.limit_ms, cases[i].expected);
        conninfo_close(&info);
    }
}

static void
a_shortage_of_memory_is_no_bad_url(void **state)
{
    struct conninfo info;

    n_until_out = 0;
    assert_int_equal(read_url("postgresql://u:pw@h/db", &info), PD_FATAL);
    assert_int_equal(cause_said, PD_CAUSE_MEMORY);
    conninfo_close(&info);
}

static void
questions_for_a_password_are_judged(void **state)
{
#define ASKS(length, kind) "R\0\0\0" length "\0\0\0" kind
    static const struct {
        const char *bytes;
        size_t size;
        enum auth_verdict verdict;
    } cases[] = {
        {"", 0, AUTH_FINE},
        {"E\0\0\0\x05\0", 6, AUTH_FINE},
        {ASKS("\x08", "\x00"), 9, AUTH_FINE},                /* let in */
        {ASKS("\x08", "\x00") "S\0\0", 12, AUTH_FINE},       /* and told more */
        {ASKS("\x08", "\x03"), 9, AUTH_IN_CLEAR},            /* the password itself */
        {ASKS("\x08", "\x03"), 8, AUTH_WAIT},                /* not whole yet */
        {ASKS("\x0c", "\x05") "salt", 13, AUTH_FINE},        /* MD5 */
        {ASKS("\x0c", "\x05") "sal", 12, AUTH_WAIT},         /* not whole yet */
        {ASKS("\x0c", "\x05") "saltR", 14, AUTH_IN_CLEAR},   /* goes on before the answer */
        {ASKS("\x0a", "\x0a") "\0\0", 11, AUTH_FINE},        /* SASL */
        {ASKS("\x0a", "\x0a") "\0\0R\0", 13, AUTH_IN_CLEAR}, /* the same */
        {ASKS("\x0a", "\x0b") "ab", 11, AUTH_FINE},          /* its second step */
        {"R\x7f\0\0\x08\0\0\0\x0a", 9, AUTH_IN_CLEAR},       /* too long to be looked at */
    };
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (auth_judge((const uint8_t *)cases[i].bytes, cases[i].size) != cases[i].verdict)
            fail_msg("case %zu", i);
    }
}

/* ---- Facts -------------------------------------------------------------------------------------
 */

static void
assert_fact(enum facts_form form, const char *text, int64_t high, uint64_t low)
{
    struct pd_fact fact = {0};

    assert_int_equal(facts_take(form, text, &fact), FACTS_TAKEN);
    assert_int_equal(fact.high, high);
    assert_int_equal(fact.low, low);
}

static void
assert_answer(enum facts_form form, const char *text, enum facts_answer expected)
{
    struct pd_fact fact = {0};

    assert_int_equal(facts_take(form, text, &fact), expected);
}

static void
answers_about_facts_are_read_exactly(void **state)
{
    assert_fact(FACTS_NUMBER, NULL, 0, 0);
    assert_fact(FACTS_NUMBER, "-1", -1, UINT64_MAX);
    assert_fact(FACTS_EXTREME, "18446744073709551616", 1, 0);
    assert_fact(FACTS_FLOAT, "-0", 0, 0);
    assert_fact(FACTS_FLOAT, "-1.5", 0, UINT64_C(0xbff8000000000000));
    assert_fact(FACTS_FLOAT, "Infinity", 0, UINT64_C(0x7ff0000000000000));
    assert_fact(FACTS_DAYS, "00000000", 0, 10957);
    assert_fact(FACTS_DAYS, "ffffd533", 0, 0);
    assert_fact(FACTS_MICROS, "000000141dd76000", 0, UINT64_C(86400000000));
    assert_fact(FACTS_INSTANT, "fffca2fec4c81fff", -1, UINT64_MAX);
    assert_answer(FACTS_EXTREME, NULL, FACTS_NONE);
    assert_answer(FACTS_DIGITS, NULL, FACTS_NONE);
}

static void
nans_and_infinities_are_asked_again(void **state)
{
    assert_answer(FACTS_FLOAT, "NaN", FACTS_AGAIN);
    assert_answer(FACTS_TOTAL, "NaN", FACTS_AGAIN);
    assert_answer(FACTS_DIGITS, "-Infinity", FACTS_AGAIN);
    assert_answer(FACTS_DAYS, "7fffffff", FACTS_AGAIN);
    assert_answer(FACTS_DAYS, "80000000", FACTS_AGAIN);
    assert_answer(FACTS_INSTANT, "7fffffffffffffff", FACTS_AGAIN);
    assert_answer(FACTS_INSTANT, "8000000000000000", FACTS_AGAIN);
}

static void
what_is_no_number_is_told(void **state)
{
    assert_answer(FACTS_NUMBER, "", FACTS_WRONG);
    assert_answer(FACTS_NUMBER, "1.5", FACTS_WRONG);
    assert_answer(FACTS_NUMBER, "123456789012345678901234567890123456789012", FACTS_WRONG);
    assert_answer(FACTS_FLOAT, "x", FACTS_WRONG);
    assert_answer(FACTS_DIGITS, "1e5", FACTS_WRONG);
    assert_answer(FACTS_DAYS, "7fff", FACTS_WRONG);
    assert_answer(FACTS_MICROS, "000000141dd7600g", FACTS_WRONG);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    static const struct CMUnitTest tests[] = {
        TEST(names_and_literals_are_quoted),
        TEST(sql_of_any_length_grows),
        TEST(short_memory_is_told_by_the_text),
        TEST(what_a_server_says_is_one_line),
        TEST(three_forms_name_a_database),
        TEST(the_name_of_a_database_is_nothing_else),
        TEST(a_url_without_a_database_is_known),
        TEST(no_part_of_a_bad_url_is_shown),
        TEST(tcp_is_verified_and_sockets_are_known),
        TEST(the_environment_does_not_weaken),
        TEST(insecure_still_hides_the_password),
        TEST(the_password_file_wins),
        TEST(a_connect_lasts_no_longer_than_silence_may),
        TEST(a_shortage_of_memory_is_no_bad_url),
        TEST(questions_for_a_password_are_judged),
        TEST(answers_about_facts_are_read_exactly),
        TEST(nans_and_infinities_are_asked_again),
        TEST(what_is_no_number_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
