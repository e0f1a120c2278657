// SPDX-License-Identifier: Apache-2.0
/* Tests of the SQLite plugin's tokenizer, parser of CREATE statements, declared types and text. */
#include "fake_host.h"

#include "parse.h"
#include "sqlite.h"
#include "text.h"
#include "tokens.h"

static struct pd_pool pool;

static int
setup(void **state)
{
    n_until_out = -1;
    pool = (struct pd_pool){.host = &host};
    return 0;
}

static int
teardown(void **state)
{
    pd_pool_close(&pool);
    return n_live == 0 ? 0 : -1;
}

static struct parse_statement *
parsed(const char *sql)
{
    struct parse_statement *statement = NULL;

    if (parse_create(&pool, sql, &statement) != PD_OK)
        fail_msg("not understood: %s", sql);
    return statement;
}

static void
assert_span(struct sql_span span, const char *expected)
{
    char text[200];

    snprintf(text, sizeof text, "%.*s", (int)span.size, span.text ? span.text : "");
    assert_string_equal(text, expected);
}

static void
assert_refused(const char *sql)
{
    struct parse_statement *statement = NULL;

    if (parse_create(&pool, sql, &statement) != PD_UNSUPPORTED)
        fail_msg("understood: %s", sql);
}

/* ---- Tokens -----------------------------------------------------------------------------------
 */

/* The tokens of sql as "kind:text" with a blank between. */
static const char *
tokens_of(const char *sql, size_t size)
{
    static const char letters[] = ".wnsbirvm!"; /* in the order of enum token_kind */
    static char text[500];
    struct tokens tokens = {sql, sql + size};
    struct token token;
    size_t n = 0;

    text[0] = 0;
    do {
        token = token_next(&tokens);
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%c:%.*s", n ? " " : "",
                              letters[token.kind], (int)token.size, token.text);
    } while (token.kind != TOKEN_END && token.kind != TOKEN_BAD);
    return text;
}

static void
assert_tokens(const char *sql, const char *expected)
{
    assert_string_equal(tokens_of(sql, strlen(sql)), expected);
}

static void
tokens_are_cut_as_sqlite_does(void **state)
{
    assert_tokens("a \"b\"\"c\" `d` [e] 'f''g'", "w:a n:\"b\"\"c\" n:`d` n:[e] s:'f''g' .:");
    assert_tokens("[a]]b", "n:[a] !:");
    assert_tokens("x'0aF' X'' x''", "!:");
    assert_tokens("x'0aFf' X'' xy", "b:x'0aFf' b:X'' w:xy .:");
    assert_tokens("1 1.5 .5 5. 1e3 1.e-3 0x1F", "i:1 r:1.5 r:.5 r:5. r:1e3 r:1.e-3 i:0x1F .:");
    assert_tokens("12ab", "!:");
    assert_tokens("1e", "!:");
    assert_tokens("a<=b<>c||d->>'e'", "w:a m:<= w:b m:<> w:c m:|| w:d m:->> s:'e' .:");
    assert_tokens("?1 :a @b $c #1", "v:?1 v::a v:@b v:$c v:#1 .:");
    assert_tokens("\xc3\xa9t\xc3\xa9 $", "w:\xc3\xa9t\xc3\xa9 !:");
}

static void
comments_and_blanks_are_passed_over(void **state)
{
    assert_tokens("a--b\nc /* d * / */ e/**/f", "w:a w:c w:e w:f .:");
    assert_tokens("a - - b -- open", "w:a m:- m:- w:b .:");
    assert_tokens("a /* open", "w:a .:");
    assert_tokens(" \t\r\n\f", ".:");
}

static void
open_quotes_and_nul_are_bad(void **state)
{
    assert_tokens("a 'b", "w:a !:");
    assert_tokens("\"b\"\"", "!:");
    assert_tokens("[b", "!:");
    assert_string_equal(tokens_of("a\0b", 3), "w:a !:");
    assert_string_equal(tokens_of("'a\0b'", 5), "!:");
    assert_string_equal(tokens_of("'ab", 2), "!:");
}

static void
keywords_are_known_in_any_case_but_not_in_quotes(void **state)
{
    struct tokens tokens = {"TaBle \"table\" tabl tables", NULL};
    struct token token;

    tokens.end = tokens.next + strlen(tokens.next);
    token = token_next(&tokens);
    assert_true(token_is(&token, "table"));
    for (int i = 0; i < 3; i++) {
        token = token_next(&tokens);
        assert_false(token_is(&token, "table"));
    }
}

static void
quotes_are_taken_off(void **state)
{
    static const char *const pairs[][2] = {{"\"a\"\"b\"", "a\"b"}, {"'it''s'", "it's"},
                                           {"[a\"b]", "a\"b"},     {"`x``y`", "x`y"},
                                           {"\"\"", ""},           {"bare", "bare"}};

    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct tokens tokens = {pairs[i][0], pairs[i][0] + strlen(pairs[i][0])};
        struct token token = token_next(&tokens);
        char buffer[20];

        assert_int_equal(token_unquote(&token, buffer), strlen(pairs[i][1]));
        assert_string_equal(buffer, pairs[i][1]);
    }
}

/* ---- Tables -----------------------------------------------------------------------------------
 */

static void
columns_have_names_and_types_as_written(void **state)
{
    struct parse_statement *s =
        parsed("CREATE TABLE [a b].\"t\"\"1\" (a, 'b' NVARCHAR ( 160 ), `c` "
               "double/**/precision(1,-2) NULL,\n"
               "\"\" [my type], desc INT UNSIGNED BIG INT, key \"INTEGER\" )");

    assert_string_equal(s->schema, "a b");
    assert_string_equal(s->name, "t\"1");
    assert_int_equal(s->kind, PARSE_TABLE);
    assert_int_equal(s->n_columns, 6);
    assert_string_equal(s->columns[1].name, "b");
    assert_string_equal(s->columns[3].name, "");
    assert_string_equal(s->columns[4].name, "desc");
    assert_span(s->columns[0].type, "");
    assert_span(s->columns[1].type, "NVARCHAR ( 160 )");
    assert_span(s->columns[2].type, "double/**/precision(1,-2)");
    assert_span(s->columns[3].type, "[my type]");
    assert_span(s->columns[4].type, "INT UNSIGNED BIG INT");
    assert_span(s->columns[5].type, "\"INTEGER\"");
    assert_int_equal(s->n_constraints, 0);
}

static void
defaults_keep_their_text(void **state)
{
    struct parse_statement *s = parsed(
        "CREATE TABLE t(a DEFAULT 1 NOT NULL, b DEFAULT -1.5, c DEFAULT 'x''y', d DEFAULT \"dq\","
        " e DEFAULT (1 + (2)) , f DEFAULT bare, g DEFAULT CURRENT_TIMESTAMP, h DEFAULT x'00',"
        " i DEFAULT + (3), j DEFAULT NULL)");
    static const char *const terms[] = {
        "1",     "-1.5",  "'x''y'", "\"dq\"", "(1 + (2))", "bare", "CURRENT_TIMESTAMP",
        "x'00'", "+ (3)", "NULL"};

    for (size_t i = 0; i < 10; i++)
        assert_span(s->columns[i].default_term, terms[i]);
    assert_int_equal(s->n_constraints, 1);
    assert_int_equal(s->constraints[0].kind, PARSE_NOT_NULL);
}

static void
generated_columns_are_told_from_types(void **state)
{
    struct parse_statement *s = parsed(
        "CREATE TABLE t(generated, always, a INT GENERATED ALWAYS AS (b*2) STORED, b AS ((1)),"
        " c generated always as (a) virtual, d TEXT AS (a || ')') NOT NULL)");

    assert_int_equal(s->n_columns, 6);
    assert_span(s->columns[2].type, "INT");
    assert_span(s->columns[2].expression, "b*2");
    assert_int_equal(s->columns[2].generated, PD_GENERATED_STORED);
    assert_span(s->columns[3].expression, "(1)");
    assert_int_equal(s->columns[3].generated, PD_GENERATED_VIRTUAL);
    assert_span(s->columns[4].type, "");
    assert_span(s->columns[5].expression, "a || ')'");
    assert_int_equal(s->columns[0].generated, PD_GENERATED_NO);
}

static void
constraints_keep_names_conflicts_and_places(void **state)
{
    struct parse_statement *s = parsed(
        "CREATE TABLE t(a TEXT CONSTRAINT \"p k\" PRIMARY KEY DESC ON CONFLICT REPLACE,"
        " b INT CONSTRAINT u UNIQUE ON CONFLICT IGNORE CONSTRAINT c1 CHECK (b > 0),"
        " c COLLATE NOCASE, CHECK (a <> ')') CONSTRAINT c2 CHECK (b IN (1, 2)) ON CONFLICT FAIL,"
        " CONSTRAINT u2 UNIQUE (b COLLATE RTRIM DESC, c, 'a'))");

    assert_int_equal(s->n_constraints, 6);
    assert_string_equal(s->constraints[0].name, "p k");
    assert_string_equal(s->constraints[0].conflict, "REPLACE");
    assert_true(s->constraints[0].parts[0].descending);
    assert_string_equal(s->constraints[1].name, "u");
    assert_string_equal(s->constraints[1].parts[0].column, "b");
    assert_string_equal(s->constraints[2].name, "c1");
    assert_int_equal(s->constraints[2].column, 1);
    assert_span(s->constraints[2].expression, "b > 0");
    assert_null(s->constraints[3].name);
    assert_int_equal(s->constraints[3].column, -1);
    assert_span(s->constraints[3].expression, "a <> ')'");
    assert_string_equal(s->constraints[4].name, "c2");
    assert_string_equal(s->constraints[4].conflict, "FAIL");
    assert_int_equal(s->constraints[5].n_parts, 3);
    assert_string_equal(s->constraints[5].parts[0].collation, "RTRIM");
    assert_true(s->constraints[5].parts[0].descending);
    assert_string_equal(s->constraints[5].parts[2].column, "a");
    assert_string_equal(s->columns[2].collation, "NOCASE");
}

static void
foreign_keys_have_all_their_rules(void **state)
{
    struct parse_statement *s = parsed(
        "CREATE TABLE t(a REFERENCES p ON DELETE SET NULL MATCH FULL ON UPDATE CASCADE"
        " NOT DEFERRABLE INITIALLY DEFERRED, b REFERENCES \"q\"(x) DEFERRABLE INITIALLY DEFERRED"
        " NOT NULL, CONSTRAINT f FOREIGN KEY (a, b) REFERENCES r(c, d) ON UPDATE RESTRICT"
        " ON DELETE NO ACTION ON DELETE SET DEFAULT DEFERRABLE)");
    const struct parse_constraint *c = s->constraints;

    assert_int_equal(s->n_constraints, 4);
    assert_string_equal(c[0].to_table, "p");
    assert_null(c[0].to_columns);
    assert_int_equal(c[0].on_delete, PD_ACTION_SET_NULL);
    assert_int_equal(c[0].on_update, PD_ACTION_CASCADE);
    assert_string_equal(c[0].match, "FULL");
    assert_false(c[0].deferrable);
    assert_false(c[0].deferred);
    assert_string_equal(c[1].to_columns[0], "x");
    assert_true(c[1].deferrable);
    assert_true(c[1].deferred);
    assert_int_equal(c[2].kind, PARSE_NOT_NULL);
    assert_string_equal(c[3].name, "f");
    assert_int_equal(c[3].n_parts, 2);
    assert_string_equal(c[3].to_columns[1], "d");
    assert_int_equal(c[3].on_update, PD_ACTION_RESTRICT);
    assert_int_equal(c[3].on_delete, PD_ACTION_SET_DEFAULT);
    assert_true(c[3].deferrable);
    assert_false(c[3].deferred);
    s = parsed("CREATE TABLE t(a REFERENCES p DEFERRABLE NULL)");
    assert_int_equal(s->n_constraints, 1);
    assert_true(s->constraints[0].deferrable);
}

static void
table_options_and_autoincrement_are_seen(void **state)
{
    struct parse_statement *s =
        parsed("CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT) strict;");

    assert_true(s->strict);
    assert_false(s->without_rowid);
    assert_true(s->constraints[0].autoincrement);
    s = parsed("create table if not exists t(a, primary key (a desc autoincrement))"
               " STRICT, WITHOUT /**/ RowId -- end");
    assert_true(s->strict);
    assert_true(s->without_rowid);
    assert_true(s->if_not_exists);
    assert_true(s->constraints[0].autoincrement);
    assert_true(s->constraints[0].parts[0].descending);
    assert_true(parsed("CREATE TEMP TABLE t(a)")->temporary);
}

static void
odd_names_of_other_engines_are_plain_names_here(void **state)
{
    struct parse_statement *s = parsed("CREATE TABLE \"\"(\"\" INT, \"xmin\" INT, \"ctid\" TEXT)");

    assert_string_equal(s->name, "");
    assert_int_equal(s->n_columns, 3);
    assert_string_equal(parsed("CREATE TABLE \"x\"\"y.z/w \"(a)")->name, "x\"y.z/w ");
    assert_string_equal(parsed("CREATE TABLE \"\xc3\xa9\"(a)")->name, "\xc3\xa9");
}

/* ---- Other statements -------------------------------------------------------------------------
 */

static void
index_parts_are_columns_or_expressions(void **state)
{
    struct parse_statement *s =
        parsed("CREATE UNIQUE INDEX i42 ON t42p(lower(k), d DESC, a||b COLLATE NOCASE ASC, desc,"
               " (a)) WHERE e>0 AND f IN (1,2)");

    assert_int_equal(s->kind, PARSE_INDEX);
    assert_true(s->unique);
    assert_string_equal(s->table, "t42p");
    assert_int_equal(s->n_parts, 5);
    assert_null(s->parts[0].column);
    assert_span(s->parts[0].expression, "lower(k)");
    assert_string_equal(s->parts[1].column, "d");
    assert_true(s->parts[1].descending);
    assert_null(s->parts[2].column);
    assert_span(s->parts[2].expression, "a||b");
    assert_string_equal(s->parts[2].collation, "NOCASE");
    assert_false(s->parts[2].descending);
    assert_string_equal(s->parts[3].column, "desc");
    assert_null(s->parts[4].column);
    assert_span(s->predicate, "e>0 AND f IN (1,2)");
    s = parsed("CREATE INDEX i ON t(a COLLATE NOCASE || b)");
    assert_null(s->parts[0].column);
    assert_null(s->parts[0].collation);
    assert_span(s->parts[0].expression, "a COLLATE NOCASE || b");
    assert_null(s->predicate.text);
}

static void
views_triggers_and_virtual_tables_are_recognised(void **state)
{
    struct parse_statement *s = parsed("CREATE VIEW \"v w\"(a) AS SELECT ';' FROM t;");

    assert_int_equal(s->kind, PARSE_VIEW);
    assert_string_equal(s->name, "v w");
    s = parsed("CREATE TRIGGER \"on\" AFTER UPDATE OF a, \"on\" ON t42k WHEN new.a > 0 BEGIN"
               " SELECT CASE 1 WHEN 1 THEN 2 END; DELETE FROM x; END");
    assert_int_equal(s->kind, PARSE_TRIGGER);
    assert_string_equal(s->name, "on");
    assert_string_equal(s->table, "t42k");
    s = parsed("CREATE VIRTUAL TABLE t42c USING fts5(a, content='', tokenize='porter')");
    assert_int_equal(s->kind, PARSE_VIRTUAL);
    assert_string_equal(s->module, "fts5");
    assert_span(s->body, "(a, content='', tokenize='porter')");
}

static void
what_is_not_one_whole_statement_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "CREATE",
        "SELECT 1",
        "CREATE TABLE t",
        "CREATE TABLE t(",
        "CREATE TABLE t(a",
        "CREATE TABLE t()",
        "CREATE TABLE t(a) x",
        "CREATE TABLE t(a); DROP TABLE t",
        "CREATE TABLE t AS SELECT 1",
        "CREATE TABLE t(a, CHECK (a > 1)",
        "CREATE TABLE t(a 'x)",
        "CREATE TABLE t(a CHECK (a) b) c)",
        "CREATE TABLE t(a DEFAULT)",
        "CREATE TABLE t(a,)",
        "CREATE TABLE t(a CHECK (a = ?1))",
        "CREATE TABLE t(a CHECK (a = 'x))",
        "CREATE TABLE t(a VARCHAR(select))",
        "CREATE TABLE t(a REFERENCES p ON DELETE NOTHING)",
        "CREATE TABLE t(a) WITHOUT",
        "CREATE INDEX i ON t()",
        "CREATE INDEX i ON t(a) WHERE",
        "CREATE INDEX i ON t(a); SELECT 1",
        "CREATE UNIQUE TABLE t(a)",
        "CREATE VIEW v AS SELECT 1; DROP TABLE t",
        "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END; DROP TABLE t",
        "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1",
        "CREATE VIRTUAL TABLE f USING fts5(a); SELECT load_extension('x')",
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_refused(texts[i]);
}

/* ---- Passive or not ---------------------------------------------------------------------------
 */

static void
only_harmless_functions_are_passive(void **state)
{
    static const char *const harmless[] = {
        "CREATE TABLE t(a CHECK (length(a) < 10 AND (a) IN (1, 2) AND NOT (a = 3)))",
        "CREATE TABLE t(a DEFAULT (lower(hex(randomblob(16)))))",
        "CREATE TABLE t(a CHECK (CASE WHEN (a) THEN (1) ELSE (2) END))",
        "CREATE TABLE t(a VARCHAR(10) DEFAULT 'load_extension(1)', b INT AS (abs(a)))",
        "CREATE TABLE t(a CHECK (cast(a AS decimal) > 0 AND a LIKE ('x%')))",
        "CREATE INDEX i ON t(lower(a)) WHERE coalesce(b, 0)",
        "CREATE TABLE t(a REFERENCES appfn(b), CONSTRAINT appfn2 UNIQUE (a))",
    };
    static const char *const active[] = {
        "CREATE TABLE t(a CHECK (appfn(a)))",
        "CREATE TABLE t(a DEFAULT (load_extension('x')))",
        "CREATE TABLE t(a DEFAULT (\"load_extension\"('x')))",
        "CREATE TABLE t(a DEFAULT ([load_extension] /**/ ('x')))",
        "CREATE TABLE t(a AS (abs(appfn(a))))",
        "CREATE TABLE t(a CHECK (a REGEXP 'x'))",
        "CREATE TABLE t(a CHECK (a MATCH 'x'))",
        "CREATE TABLE t(a CHECK ((SELECT 1)))",
        "CREATE INDEX i ON t(appfn(a))",
        "CREATE INDEX i ON t(a) WHERE appfn(b)",
        "CREATE TEMP TABLE t(a)",
        "CREATE VIEW v AS SELECT 1",
        "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END",
        "CREATE VIRTUAL TABLE f USING fts5(a)",
    };

    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++) {
        if (!parse_is_passive(parsed(harmless[i])))
            fail_msg("active: %s", harmless[i]);
    }
    for (size_t i = 0; i < sizeof active / sizeof *active; i++) {
        if (parse_is_passive(parsed(active[i])))
            fail_msg("passive: %s", active[i]);
    }
    assert_string_equal(parsed(active[4])->stray_function, "appfn");
    assert_true(parse_function_is_harmless("LENGTH"));
    assert_true(parse_function_is_harmless("zeroblob"));
    assert_false(parse_function_is_harmless("len"));
    assert_false(parse_function_is_harmless("abs acos"));
    assert_false(parse_function_is_harmless(""));
    assert_false(parse_function_is_harmless("a_function_with_a_name_of_more_than_32_bytes"));
}

static void
shortage_of_memory_is_told_at_each_place(void **state)
{
    static char sql[60000];
    struct parse_statement *statement;
    size_t n = (size_t)snprintf(sql, sizeof sql, "CREATE TABLE t(c");
    long failing = 0;
    pd_status status = PD_FATAL;

    for (int i = 0; i < 1000; i++)
        n +=
            (size_t)snprintf(sql + n, sizeof sql - n, ", c%d VARCHAR(10) UNIQUE CHECK (abs(c))", i);
    snprintf(sql + n, sizeof sql - n, ")");
    while (status != PD_OK) {
        n_until_out = failing++;
        statement = NULL;
        status = parse_create(&pool, sql, &statement);
        assert_true(status == PD_OK || status == PD_FATAL);
        assert_true(status == PD_OK || !statement);
        pd_pool_close(&pool);
    }
    assert_true(failing > 5);
}

/* ---- Types and text ---------------------------------------------------------------------------
 */

static void
affinity_follows_sqlites_rules(void **state)
{
    static const struct {
        const char *declared;
        enum sqlite_affinity affinity;
    } cases[] = {
        {"", SQLITE_AFFINITY_NONE},
        {"INTEGER", SQLITE_AFFINITY_INTEGER},
        {"POINT", SQLITE_AFFINITY_INTEGER},
        {"CHARINT", SQLITE_AFFINITY_INTEGER},
        {"INTERVAL", SQLITE_AFFINITY_INTEGER},
        {"FLOATING POINT", SQLITE_AFFINITY_INTEGER},
        {"UINT64_TEXT", SQLITE_AFFINITY_INTEGER},
        {"nvarchar(160)", SQLITE_AFFINITY_TEXT},
        {"BLOBTEXT", SQLITE_AFFINITY_TEXT},
        {"blob", SQLITE_AFFINITY_BLOB},
        {"FLOATBLOB", SQLITE_AFFINITY_BLOB},
        {"DOUBLE", SQLITE_AFFINITY_REAL},
        {"FLOAT", SQLITE_AFFINITY_REAL},
        {"DATE", SQLITE_AFFINITY_NUMERIC},
        {"STRING", SQLITE_AFFINITY_NUMERIC},
        {"ANY", SQLITE_AFFINITY_NUMERIC},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(sqlite_affinity(cases[i].declared), cases[i].affinity);
}

static void
declared_types_give_a_kind_and_a_hint(void **state)
{
    static const struct {
        const char *declared;
        int kind, hint, precision, scale, length;
    } cases[] = {
        {"DECIMAL(10,2)", PD_KIND_NUMBER, PD_KIND_DECIMAL, 10, 2, 0},
        {"numeric ( 5 )", PD_KIND_NUMBER, PD_KIND_DECIMAL, 5, 0, 0},
        {"DECIMAL", PD_KIND_NUMBER, PD_KIND_NONE, 0, 0, 0},
        {"DECIMAL(2,5)", PD_KIND_NUMBER, PD_KIND_NONE, 0, 0, 0},
        {"VARCHAR(3)", PD_KIND_TEXT, PD_KIND_TEXT, 0, 0, 3},
        {"TEXT", PD_KIND_TEXT, PD_KIND_NONE, 0, 0, 0},
        {"BOOLEAN", PD_KIND_NUMBER, PD_KIND_BOOL, 0, 0, 0},
        {"DATETIME", PD_KIND_NUMBER, PD_KIND_TIMESTAMP, -1, 0, 0},
        {"TIMESTAMP(3)", PD_KIND_NUMBER, PD_KIND_TIMESTAMP, 3, 0, 0},
        {"TIMESTAMP  WITH\nTIME ZONE", PD_KIND_NUMBER, PD_KIND_TIMESTAMPTZ, -1, 0, 0},
        {"UUID", PD_KIND_NUMBER, PD_KIND_UUID, 0, 0, 0},
        {"", PD_KIND_ANY, PD_KIND_NONE, 0, 0, 0},
    };
    struct pd_type type, hint;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sqlite_declared_type(cases[i].declared, false, &type, &hint);
        assert_int_equal(type.kind, cases[i].kind);
        assert_int_equal(hint.kind, cases[i].hint);
        assert_int_equal(hint.precision, cases[i].precision);
        assert_int_equal(hint.scale, cases[i].scale);
        assert_int_equal(hint.length, cases[i].length);
    }
    sqlite_declared_type("ANY", true, &type, &hint);
    assert_int_equal(type.kind, PD_KIND_ANY);
}

static void
utf8_is_checked_strictly_also_in_pieces(void **state)
{
    static const char *const valid[] = {"",
                                        "abc",
                                        "\xc3\xa9",
                                        "\xe2\x82\xac",
                                        "\xf0\x9f\x98\x80",
                                        "\xed\x9f\xbf",
                                        "\xee\x80\x80",
                                        "\xf4\x8f\xbf\xbf"};
    static const char *const broken[] = {"\xff",
                                         "\x80",
                                         "\xc0\x80",
                                         "\xc1\xbf",
                                         "\xe0\x80\x80",
                                         "\xed\xa0\x80",
                                         "\xf0\x80\x80\x80",
                                         "\xf4\x90\x80\x80",
                                         "\xc3",
                                         "abcdefgh\xe2\x82",
                                         "\xc3(",
                                         "\xf5\x80\x80\x80"};

    for (size_t i = 0; i < sizeof valid / sizeof *valid; i++) {
        uint32_t state_ = 0;

        assert_true(text_is_utf8(valid[i], strlen(valid[i])));
        for (size_t k = 0; k < strlen(valid[i]); k++)
            assert_true(sqlite_text_check_piece(valid[i] + k, 1, &state_));
        assert_int_equal(state_, 0);
    }
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        assert_false(text_is_utf8(broken[i], strlen(broken[i])));
    assert_true(text_is_utf8("a\0b", 3));
}

static void
utf16_becomes_utf8_unless_a_surrogate_is_alone(void **state)
{
    static const uint8_t little[] = {'a', 0, 0xe9, 0, 0xac, 0x20, 0x3d, 0xd8, 0x00, 0xde};
    static const uint8_t big[] = {0, 'a', 0, 0xe9, 0x20, 0xac, 0xd8, 0x3d, 0xde, 0x00};
    static const char expected[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80";
    static const uint8_t alone[] = {0x00, 0xd8, 'x', 0}, low[] = {0x00, 0xdc};
    uint8_t out[32];
    size_t size;

    assert_true(sqlite_text_from_utf16(little, sizeof little, false, out, &size));
    assert_int_equal(size, sizeof expected - 1);
    assert_memory_equal(out, expected, size);
    assert_true(sqlite_text_from_utf16(big, sizeof big, true, out, &size));
    assert_int_equal(size, sizeof expected - 1);
    assert_memory_equal(out, expected, size);
    assert_false(sqlite_text_from_utf16(alone, 4, false, out, &size));
    assert_false(sqlite_text_from_utf16(alone, 2, false, out, &size));
    assert_false(sqlite_text_from_utf16(low, 2, false, out, &size));
    assert_false(sqlite_text_from_utf16(little, 3, false, out, &size));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_are_cut_as_sqlite_does),
        cmocka_unit_test(comments_and_blanks_are_passed_over),
        cmocka_unit_test(open_quotes_and_nul_are_bad),
        cmocka_unit_test(keywords_are_known_in_any_case_but_not_in_quotes),
        cmocka_unit_test(quotes_are_taken_off),
        cmocka_unit_test_setup_teardown(columns_have_names_and_types_as_written, setup, teardown),
        cmocka_unit_test_setup_teardown(defaults_keep_their_text, setup, teardown),
        cmocka_unit_test_setup_teardown(generated_columns_are_told_from_types, setup, teardown),
        cmocka_unit_test_setup_teardown(constraints_keep_names_conflicts_and_places, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(foreign_keys_have_all_their_rules, setup, teardown),
        cmocka_unit_test_setup_teardown(table_options_and_autoincrement_are_seen, setup, teardown),
        cmocka_unit_test_setup_teardown(odd_names_of_other_engines_are_plain_names_here, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(index_parts_are_columns_or_expressions, setup, teardown),
        cmocka_unit_test_setup_teardown(views_triggers_and_virtual_tables_are_recognised, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_is_not_one_whole_statement_is_refused, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(only_harmless_functions_are_passive, setup, teardown),
        cmocka_unit_test_setup_teardown(shortage_of_memory_is_told_at_each_place, setup, teardown),
        cmocka_unit_test(affinity_follows_sqlites_rules),
        cmocka_unit_test(declared_types_give_a_kind_and_a_hint),
        cmocka_unit_test(utf8_is_checked_strictly_also_in_pieces),
        cmocka_unit_test(utf16_becomes_utf8_unless_a_surrogate_is_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
