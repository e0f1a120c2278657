// SPDX-License-Identifier: Apache-2.0
/* Tests of the PostgreSQL plugin: spelled types out of an archive, and names that the server holds.
 */
#include "fake_host.h"

#include "names.h"
#include "spell.h"

/* What sql.c wants of the rest of the plugin. */
pd_status
pg_run(struct pg *pg, const char *sql, struct pd_error *err)
{
    return PD_FAILED;
}

pd_status
pg_no_memory(const struct pd_host *h, struct pd_error *err)
{
    return PD_FATAL;
}

static void
types_are_spelled_anew(void **state)
{
    static const struct {
        const char *native;
        const char *spelled;
        bool is_user;
        bool is_array;
    } types[] = {
        {"integer", "integer", false, false},
        {"numeric(10,-2)", "numeric(10,-2)", false, false},
        {"character varying(160)", "character varying(160)", false, false},
        {"double precision", "double precision", false, false},
        {"timestamp(3) without time zone", "timestamp(3) without time zone", false, false},
        {"time with time zone", "time with time zone", false, false},
        {"interval day to second(2)", "interval day to second(2)", false, false},
        {"interval(3)", "interval(3)", false, false},
        {"bit varying(5)[]", "bit varying(5)[]", false, true},
        {"integer[3][]", "integer[3][]", false, true},
        {"\"char\"", "\"char\"", false, false},
        {"\"int4range\"", "\"int4range\"", false, false},
        {"pg_catalog.int4", "\"pg_catalog\".\"int4\"", false, false},
        {"\"app\".\"mood\"", "\"app\".\"mood\"", true, false},
        {"app.Mood[]", "\"app\".\"mood\"[]", true, true},
        {"\"we ird\".\"a\"\"b;\"", "\"we ird\".\"a\"\"b;\"", true, false},
        {"public.geometry(Point,4326)", "\"public\".\"geometry\"(Point,4326)", true, false},
    };

    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct pd_sql sql = {.host = &host};
        struct spelled spelled;

        if (!spell_type(types[i].native, &sql, &spelled))
            fail_msg("no type: %s", types[i].native);
        assert_string_equal(pd_sql_text(&sql), types[i].spelled);
        assert_int_equal(spelled.is_user, types[i].is_user);
        assert_int_equal(spelled.is_array, types[i].is_array);
        pd_sql_free(&sql);
    }
}

static void
what_is_more_than_a_type_is_none(void **state)
{
    static const char *const others[] = {
        "",
        " ",
        "int); DROP TABLE x; --",
        "int DEFAULT f()",
        "int CHECK (true)",
        "int NOT NULL",
        "int REFERENCES t",
        "int COLLATE \"C\"",
        "int GENERATED ALWAYS AS (1) STORED",
        "int, b int",
        "int;",
        "int --",
        "int /* */",
        "int'",
        "int 'x'",
        "int[",
        "int]",
        "int[a]",
        "int(",
        "int()",
        "int(1",
        "int(1))",
        "int(f(1))",
        "int('1')",
        "a.b.c",
        "\"a\".",
        "\"\"",
        "\"a",
        "$$a$$",
        "int\\",
        "setof int",
        "app.mood precision",
        "5",
    };

    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct pd_sql sql = {.host = &host};
        struct spelled spelled;

        if (spell_type(others[i], &sql, &spelled))
            fail_msg("a type: %s", others[i]);
        pd_sql_free(&sql);
    }
}

static void
a_collation_is_a_name(void **state)
{
    struct pd_sql sql = {.host = &host};
    struct spelled spelled;

    assert_true(spell_name("pg_catalog.\"C\"", &sql, &spelled));
    assert_string_equal(pd_sql_text(&sql), "\"pg_catalog\".\"C\"");
    assert_false(spelled.is_user);
    pd_sql_clear(&sql);
    assert_true(spell_name("\"app\".\"x\"", &sql, &spelled));
    assert_true(spelled.is_user);
    assert_false(spell_name("\"C\" DEFAULT f()", &sql, &spelled));
    assert_false(spell_name("\"C\"(1)", &sql, &spelled));
    pd_sql_free(&sql);
}

static void
names_are_cut_between_characters(void **state)
{
    struct pd_pool pool = {.host = &host};
    char name[140];
    const char *fitted, *again;

    memset(name, 'a', 63);
    name[63] = 0;
    assert_ptr_equal(names_fit(&pool, name), name);
    for (size_t i = 0; i < 60; i++)
        memcpy(name + 2 * i, "é", 2);
    name[120] = 0;
    fitted = names_fit(&pool, name);
    assert_int_equal(strlen(fitted), 63);
    assert_memory_equal(fitted, name, 54);
    assert_int_equal(fitted[54], '_');
    memcpy(name + 118, "x", 2);
    again = names_fit(&pool, name);
    assert_string_not_equal(fitted, again);
    pd_pool_close(&pool);
}

static void
a_taken_name_gets_a_number(void **state)
{
    struct pd_pool pool = {.host = &host};
    struct names names = {.pool = &pool};
    char long_name[80];
    size_t i;

    assert_int_equal(names_take(&names, NULL, "a"), PD_OK);
    assert_int_equal(names_take(&names, "public", "a"), PD_FAILED);
    assert_int_equal(names_take(&names, "s", "a"), PD_OK);
    assert_true(names_has(&names, "public", "a"));
    assert_false(names_has(&names, "public", "A"));
    assert_string_equal(names_choose(&names, NULL, "a", "__"), "a__1");
    assert_string_equal(names_choose(&names, NULL, "a", "__"), "a__2");
    assert_string_equal(names_choose(&names, NULL, "", "__"), "__1");
    memset(long_name, 'b', 70);
    long_name[70] = 0;
    for (i = 0; i < 200; i++)
        assert_true(strlen(names_choose(&names, NULL, long_name, "_")) <= NAMES_MAX_BYTES);
    pd_pool_close(&pool);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_are_spelled_anew),
        cmocka_unit_test(what_is_more_than_a_type_is_none),
        cmocka_unit_test(a_collation_is_a_name),
        cmocka_unit_test(names_are_cut_between_characters),
        cmocka_unit_test(a_taken_name_gets_a_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
