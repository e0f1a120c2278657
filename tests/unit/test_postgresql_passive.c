// SPDX-License-Identifier: Apache-2.0
/* Tests of the PostgreSQL plugin's parser of statements that run nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "passive.h"
#include "sink.h"

static const char *const harmless[] = {
    "CREATE INDEX \"i\" ON \"public\".\"t\" USING \"btree\" (\"a\")",
    "CREATE UNIQUE INDEX i ON ONLY s.t USING hash (a)",
    "create index i on t (a desc nulls last, b collate \"C\" text_pattern_ops asc)",
    "CREATE INDEX i ON t USING gist (r range_ops) INCLUDE (id, b) WITH (fillfactor='70')",
    "CREATE INDEX i ON t USING gin (d \"pg_catalog\".\"jsonb_path_ops\") WITH (fastupdate=off)",
    "CREATE INDEX i ON t USING gist (v tsvector_ops (siglen='100'))",
    "CREATE UNIQUE INDEX i ON t USING btree (a) NULLS NOT DISTINCT",
    "CREATE INDEX i ON t USING brin (a) WITH (pages_per_range=2, autosummarize)",
    "CREATE INDEX \"a\"\"b; DROP TABLE x\" ON \"t'\" (\"c--\")",
    "ALTER TABLE ONLY \"public\".\"t\" ADD CONSTRAINT \"k\" UNIQUE (\"a\", \"b\")",
    "ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY (a) INCLUDE (b) WITH (fillfactor=50) DEFERRABLE "
    "INITIALLY DEFERRED",
    "ALTER TABLE t ADD CONSTRAINT k UNIQUE NULLS NOT DISTINCT (a) NOT DEFERRABLE INITIALLY "
    "IMMEDIATE",
    "ALTER TABLE t INHERIT s.p",
    "ALTER TABLE t SET (autovacuum_enabled=false, toast.autovacuum_enabled=true, fillfactor=70)",
    "ALTER TABLE t SET UNLOGGED",
    "ALTER TABLE t SET LOGGED",
    "ALTER TABLE t SET WITHOUT CLUSTER",
    "ALTER TABLE t REPLICA IDENTITY FULL",
    "ALTER TABLE t REPLICA IDENTITY USING INDEX i",
    "ALTER TABLE t CLUSTER ON i",
    "ALTER TABLE ONLY t ALTER COLUMN c SET STORAGE EXTERNAL",
    "ALTER TABLE t ALTER c SET STATISTICS -1",
    "ALTER TABLE t ALTER COLUMN c SET COMPRESSION lz4",
    "ALTER TABLE t ALTER COLUMN c SET (n_distinct=-0.5)",
    "CREATE TYPE \"public\".\"mood\" AS ENUM ('sad', 'o''k', E'a\\\\b', '')",
    "CREATE TYPE mood AS ENUM ()",
    "CREATE SCHEMA \"s\"",
    "CREATE SCHEMA IF NOT EXISTS s",
    "COMMENT ON TABLE \"public\".\"t\" IS 'it; DROP TABLE x; --'",
    "COMMENT ON COLUMN s.t.c IS E'back\\\\slash \\' here'",
    "COMMENT ON FUNCTION s.f(integer, text[], VARIADIC \"s\".\"T\"[]) IS 'x'",
    "COMMENT ON AGGREGATE s.a(*) IS 'x'",
    "COMMENT ON CONSTRAINT k ON DOMAIN s.d IS NULL",
    "COMMENT ON TRIGGER g ON s.t IS 'x'",
    "  \n\tCOMMENT ON VIEW v IS 'x'  ",
};

static void
forms_that_run_nothing_are_taken(void **state)
{
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
        if (!passive_statement(harmless[i]))
            fail_msg("refused: %s", harmless[i]);
}

static void
storage_parameters_are_found_outside_of_parentheses(void **state)
{
    static const struct {
        const char *sql;
        const char *storage;
    } cases[] = {
        {"CREATE INDEX i ON t (a) WITH (fillfactor='33')", "WITH (fillfactor='33')"},
        {"CREATE INDEX \"WITH (x=1)\" ON t (a) WITH (fillfactor='33', x=on) WHERE (a > 3)",
         "WITH (fillfactor='33', x=on)"},
        {"CREATE INDEX i ON t (f(a, 'WITH (x=1)')) WHERE (a > 3)", NULL},
        {"CREATE INDEX i ON t (((a)::timestamp WITH (time)))", NULL},
        {"CREATE INDEX i ON t (a) WHERE a WITH (x=1)", NULL},
        {"CREATE INDEX i ON t (a) WITH (fillfactor=f(1))", NULL},
        {"ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY (a) INCLUDE (b) WITH (fillfactor=50) "
         "DEFERRABLE",
         "WITH (fillfactor=50)"},
        {"ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY (a)", NULL},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t size = 0;
        const char *storage = passive_storage(cases[i].sql, &size);

        if (!cases[i].storage) {
            assert_null(storage);
            continue;
        }
        assert_non_null(storage);
        assert_int_equal(size, strlen(cases[i].storage));
        assert_memory_equal(storage, cases[i].storage, size);
    }
}

static const char *const active[] = {
    "",
    ";",
    "SELECT 1",
    "DROP TABLE t",
    "CREATE INDEX i ON t (lower(a))",
    "CREATE INDEX i ON t ((a))",
    "CREATE INDEX i ON t (a) WHERE a > 0",
    "CREATE INDEX i ON t (a public.my_ops)",
    "CREATE INDEX i ON t (a s.\"text_ops\")",
    "CREATE INDEX i ON t USING bloom (a)",
    "CREATE INDEX i ON t USING \"Btree\" (a)",
    "CREATE INDEX i ON t (a) TABLESPACE x",
    "CREATE INDEX CONCURRENTLY i ON t (a)",
    "CREATE INDEX i ON t (a); DROP TABLE x",
    "CREATE INDEX i ON t (a);",
    "CREATE INDEX i ON t (a) -- x",
    "CREATE INDEX i ON t (a) /* x */",
    "CREATE INDEX i ON t (a) INCLUDE (f(b))",
    "CREATE INDEX i ON t ()",
    "CREATE INDEX i ON t (a,)",
    "CREATE INDEX i ON t (a",
    "CREATE INDEX i ON t (a) WITH (fillfactor=f(1))",
    "CREATE INDEX i ON t (a) WITH (fillfactor=(SELECT 1))",
    "CREATE INDEX \"i ON t (a)",
    "CREATE INDEX \"\" ON t (a)",
    "CREATE INDEX i ON t (a opc (x=f()))",
    "ALTER TABLE t ADD CONSTRAINT c CHECK (f(a))",
    "ALTER TABLE t ADD CONSTRAINT c EXCLUDE USING gist (a WITH &&)",
    "ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES u(a)",
    "ALTER TABLE t ADD CONSTRAINT c UNIQUE (a) USING INDEX TABLESPACE x",
    "ALTER TABLE t ADD COLUMN x int DEFAULT f()",
    "ALTER TABLE t ALTER COLUMN a SET DEFAULT f()",
    "ALTER TABLE t ALTER COLUMN a TYPE int USING f(a)",
    "ALTER TABLE t SET (fillfactor=70), ADD CHECK (f())",
    "ALTER TABLE t SET SCHEMA x",
    "ALTER TABLE t SET TABLESPACE x",
    "ALTER TABLE t SET ACCESS METHOD x",
    "ALTER TABLE t OWNER TO postgres",
    "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE t DISABLE TRIGGER ALL",
    "ALTER TABLE t NO INHERIT p",
    "ALTER TABLE t RENAME TO u",
    "ALTER TABLE IF EXISTS t SET UNLOGGED",
    "ALTER VIEW v SET (security_barrier=false)",
    "ALTER DATABASE d SET x = 1",
    "CREATE TYPE c AS (a int)",
    "CREATE TYPE r AS RANGE (subtype = int4, canonical = f)",
    "CREATE TYPE b (input = f, output = g)",
    "CREATE TYPE e AS ENUM ('a' 'b')",
    "CREATE TYPE e AS ENUM ('a',)",
    "CREATE TYPE e AS ENUM ('a'); SELECT 1",
    "CREATE TYPE e AS ENUM ('a\\'); SELECT f(); --')",
    "CREATE TYPE e AS ENUM ($$a$$)",
    "CREATE TYPE e AS ENUM (U&'a')",
    "CREATE TYPE e AS ENUM (X'00')",
    "CREATE SCHEMA s CREATE TABLE t(a int)",
    "CREATE SCHEMA s AUTHORIZATION postgres",
    "CREATE SCHEMA IF EXISTS s",
    "CREATE EXTENSION plpython3u",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE TABLE t (a int)",
    "CREATE VIEW v AS SELECT 1",
    "COPY t FROM PROGRAM 'id'",
    "COPY (SELECT 1) TO PROGRAM 'id'",
    "DO $$ BEGIN END $$",
    "COMMENT ON TABLE t IS f()",
    "COMMENT ON TABLE t IS 'a' || 'b'",
    "COMMENT ON TABLE t IS 'a'; DROP TABLE x",
    "COMMENT ON TABLE t IS 'a' 'b'",
    "COMMENT ON TABLE t IS 'a\\' OR 1=1 --'",
    "COMMENT ON TABLE t IS",
    "COMMENT ON DATABASE d IS 'x'",
    "COMMENT ON ROLE r IS 'x'",
    "COMMENT ON LARGE OBJECT 1 IS 'x'",
    "COMMENT ON FUNCTION f IS 'x'",
    "COMMENT ON FUNCTION f(int IS 'x'",
    "COMMENT ON FUNCTION f(a => 'x') IS 'x'",
    "COMMENT ON TRIGGER g IS 'x'",
    "SECURITY LABEL ON TABLE t IS 'x'",
    "GRANT ALL ON t TO public",
    "REFRESH MATERIALIZED VIEW m",
    "SELECT lo_import('/etc/passwd')",
    "SET session_authorization = postgres",
    "LOAD 'x'",
    "\\! touch x",
    "ALTER TABLE t INHERIT p \\! x",
};

static void
everything_else_is_refused(void **state)
{
    for (size_t i = 0; i < sizeof active / sizeof *active; i++)
        if (passive_statement(active[i]))
            fail_msg("taken: %s", active[i]);
}

/* A statement that ends before its end, or goes on after it, is another one. */
static void
no_beginning_and_no_continuation_is_taken(void **state)
{
    char text[400];

    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++) {
        snprintf(text, sizeof text, "%s SELECT", harmless[i]);
        assert_false(passive_statement(text));
        snprintf(text, sizeof text, "%s;", harmless[i]);
        assert_false(passive_statement(text));
        snprintf(text, sizeof text, "%s--", harmless[i]);
        assert_false(passive_statement(text));
        snprintf(text, sizeof text, "SELECT %s", harmless[i]);
        assert_false(passive_statement(text));
    }
}

static void
what_a_statement_is_about_is_read(void **state)
{
    struct passive p;

    assert_true(passive_read("CREATE INDEX i ON \"S\".\"T\"\"x\" (a)", &p));
    assert_int_equal(p.kind, PASSIVE_RELATION);
    assert_string_equal(p.schema, "S");
    assert_string_equal(p.name, "T\"x");
    assert_true(passive_read("ALTER TABLE Foo SET UNLOGGED", &p));
    assert_int_equal(p.kind, PASSIVE_RELATION);
    assert_string_equal(p.schema, "");
    assert_string_equal(p.name, "foo");
    assert_true(passive_read("CREATE TYPE s.e AS ENUM ('a')", &p));
    assert_int_equal(p.kind, PASSIVE_TYPE);
    assert_string_equal(p.name, "e");
    assert_false(passive_read("CREATE TYPE s.e AS (a int)", &p));
    assert_int_equal(p.kind, PASSIVE_NOT);
    assert_string_equal(p.name, "");
}

/* The server would cut it and take another object. */
static void
a_name_that_the_server_would_cut_is_refused(void **state)
{
    char name[80], text[200];

    memset(name, 'a', sizeof name);
    name[63] = 0;
    snprintf(text, sizeof text, "ALTER TABLE \"%s\" SET UNLOGGED", name);
    assert_true(passive_statement(text));
    name[63] = 'a';
    name[64] = 0;
    snprintf(text, sizeof text, "ALTER TABLE \"%s\" SET UNLOGGED", name);
    assert_false(passive_statement(text));
    snprintf(text, sizeof text, "ALTER TABLE %s SET UNLOGGED", name);
    assert_false(passive_statement(text));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(storage_parameters_are_found_outside_of_parentheses),
        cmocka_unit_test(forms_that_run_nothing_are_taken),
        cmocka_unit_test(everything_else_is_refused),
        cmocka_unit_test(no_beginning_and_no_continuation_is_taken),
        cmocka_unit_test(what_a_statement_is_about_is_read),
        cmocka_unit_test(a_name_that_the_server_would_cut_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
