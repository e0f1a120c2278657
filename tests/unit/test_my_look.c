// SPDX-License-Identifier: Apache-2.0
/* Tests of plugins/mariadb/look: what somebody's statement is, by its words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../plugins/mariadb/look.h"

static void
statements_are_told_by_their_words(void **state)
{
    static const struct {
        const char *sql;
        enum look_kind kind;
        const char *table; /* LOOK_TABLE */
    } cases[] = {
        {"INSERT INTO t VALUES (1)", LOOK_ROWS, NULL},
        {"  -- x\n /* y */ update t SET a = 'COMMIT; x'", LOOK_ROWS, NULL},
        {"WITH a AS (SELECT 1) SELECT * FROM a;", LOOK_ROWS, NULL},
        {"do sleep(0)", LOOK_ROWS, NULL},
        {"ALTER TABLE t ADD x INT", LOOK_TABLE, "t"},
        {"alter online ignore table if exists `a b` ADD x INT", LOOK_TABLE, "`a b`"},
        {"CREATE INDEX i ON t (a)", LOOK_TABLE, "t"},
        {"CREATE OR REPLACE UNIQUE INDEX IF NOT EXISTS `on` USING BTREE ON `t` (a)", LOOK_TABLE,
         "`t`"},
        {"DROP INDEX i ON t", LOOK_TABLE, "t"},
        {"ALTER TABLE t RENAME COLUMN a TO b, RENAME KEY x TO y", LOOK_TABLE, "t"},
        {"CREATE TABLE t (a INT)", LOOK_OTHER, NULL},
        {"CREATE OR REPLACE TABLE t (a INT)", LOOK_OTHER, NULL},
        {"DROP TABLE t", LOOK_OTHER, NULL},
        {"ALTER DATABASE x CHARACTER SET utf8", LOOK_OTHER, NULL},
        {"COMMIT", LOOK_OTHER, NULL},
        {"(SELECT 1)", LOOK_OTHER, NULL},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct look look = look_at_statement(cases[i].sql);

        if (look.reason)
            fail_msg("%s: %s", cases[i].sql, look.reason);
        assert_int_equal(look.kind, cases[i].kind);
        if (cases[i].table) {
            assert_int_equal(look.table_size, strlen(cases[i].table));
            assert_memory_equal(look.table, cases[i].table, look.table_size);
        }
    }
}

static void
what_must_not_be_run_has_a_reason(void **state)
{
    static const struct {
        const char *sql;
        const char *reason;
    } cases[] = {
        {"", "it is not one statement"},
        {" -- nothing", "it is not one statement"},
        {"SELECT 1; SELECT 2", "it is not one statement"},
        {"SELECT 'a\\'; b'; COMMIT", "it is not one statement"},
        {"SELECT \"it''s\" ; DELETE FROM t", "it is not one statement"},
        {"/*!COMMIT*/", "it has a comment that the server runs"},
        {"SELECT 1 /*M!100100 , 2 */", "it has a comment that the server runs"},
        {"SELECT 1 INTO OUTFILE 'x'", "it writes a file of the server"},
        {"ALTER TABLE t RENAME u", "it takes a table or its rows to where they would stay"},
        {"ALTER TABLE t RENAME TO u", "it takes a table or its rows to where they would stay"},
        {"ALTER TABLE t ADD x INT, RENAME AS u",
         "it takes a table or its rows to where they would stay"},
        {"ALTER TABLE t EXCHANGE PARTITION p WITH TABLE u",
         "it takes a table or its rows to where they would stay"},
        {"ALTER TABLE t CONVERT PARTITION p TO TABLE u",
         "it takes a table or its rows to where they would stay"},
        {"ALTER TABLE a.t ADD x INT", "of its table a name without a database must be seen"},
        {"ALTER TABLE 't' ADD x INT", "of its table a name without a database must be seen"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct look look = look_at_statement(cases[i].sql);

        if (!look.reason)
            fail_msg("%s is not refused", cases[i].sql);
        assert_string_equal(look.reason, cases[i].reason);
    }
}

static void
names_are_found_outside_of_texts_and_comments(void **state)
{
    const char *at = "UPDATE `a``b` AS x SET x.`c` = 'd' # e\n, m.t.f = \"g\" -- h\n";
    static const struct {
        const char *text;
        bool is_qualified, is_qualifying;
    } wanted[] = {
        {"UPDATE", false, false}, {"`a``b`", false, false}, {"AS", false, false},
        {"x", false, false},      {"SET", false, false},    {"x", false, true},
        {"`c`", true, false},     {"m", false, true},       {"t", true, true},
        {"f", true, false},
    };
    struct look_name name;

    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        assert_true(look_next_name(&at, &name));
        assert_int_equal(name.size, strlen(wanted[i].text));
        assert_memory_equal(name.text, wanted[i].text, name.size);
        assert_int_equal(name.is_qualified, wanted[i].is_qualified);
        assert_int_equal(name.is_qualifying, wanted[i].is_qualifying);
    }
    assert_false(look_next_name(&at, &name));
    assert_true(look_is_name("`a``b`", 6, "a`B"));
    assert_true(look_is_name("Person", 6, "person"));
    assert_false(look_is_name("`a`", 3, "ab"));
    assert_false(look_is_name("perso", 5, "person"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statements_are_told_by_their_words),
        cmocka_unit_test(what_must_not_be_run_has_a_reason),
        cmocka_unit_test(names_are_found_outside_of_texts_and_comments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
