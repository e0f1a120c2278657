// SPDX-License-Identifier: Apache-2.0
/* Tests of the MariaDB plugin: what expressions and defaults become, and which of them would mean
   something else here; names that the server holds. */
#include "fake_host.h"

#include "ddl.h"

/* ---- What the files under test want of the rest of the plugin ---- */

pd_status
my_no_memory(const struct pd_host *h, struct pd_error *err)
{
    return PD_FATAL;
}

pd_status
my_value(struct my *my, struct pd_pool *pool, const char *sql, const char **ret_text,
         struct pd_error *err)
{
    return PD_FAILED;
}

static const char *own_sequence;

bool
ddl_needs_sequence(const struct pd_sink *sink, size_t table, size_t column)
{
    return own_sequence != NULL;
}

const char *
ddl_own_sequence(struct pd_sink *sink, size_t table, size_t column)
{
    return own_sequence;
}

const char *
ddl_find_sequence(const struct pd_sink *sink, const char *text)
{
    return strcmp(text, "s") == 0 ? "app__s" : NULL;
}

/* Canonical text with back quotes, which is all that the dialect changes here. */
static pd_status
write_expression(const struct pd_host *h, const struct pd_dialect *dialect, const char *text,
                 char **ret_sql, struct pd_error *err)
{
    char *copy = host_alloc(h, strlen(text) + 1);

    if (!copy)
        return PD_FATAL;
    memcpy(copy, text, strlen(text) + 1);
    for (char *at = copy; *at; at++)
        *at = (char)(*at == '"' ? '`' : *at);
    *ret_sql = copy;
    return PD_OK;
}

/* ---- A table of two columns ---- */

static struct pd_host own_host;
static struct pd_column columns[2];
static struct target_column targets[2];
static struct pd_mapping mappings[2];
static struct pd_table table;
static struct target_table target;
static struct ddl_table ddl_table;
static struct sink_ddl ddl;
static struct pd_catalog catalog;
static struct my my;
static struct pd_sink sink;

static int
setup(void **state)
{
    static const char *const names[] = {"a", "b\"c"};

    own_host = host;
    own_host.expr_write = write_expression;
    own_sequence = NULL;
    memset(columns, 0, sizeof columns);
    memset(mappings, 0, sizeof mappings);
    for (size_t i = 0; i < 2; i++) {
        columns[i].struct_size = sizeof columns[i];
        columns[i].name = names[i];
        columns[i].type.kind = PD_KIND_INT64;
        mappings[i].as.kind = PD_KIND_INT64;
        targets[i] = (struct target_column){.name = names[i], .mapping = &mappings[i]};
    }
    table = (struct pd_table){.struct_size = sizeof table,
                              .name = "t",
                              .columns = columns,
                              .n_columns = 2,
                              .column_size = sizeof columns[0]};
    target = (struct target_table){.table = &table, .columns = targets};
    ddl_table = (struct ddl_table){.columns = targets, .mappings = mappings};
    ddl = (struct sink_ddl){.tables = &ddl_table};
    catalog = (struct pd_catalog){.struct_size = sizeof catalog, .engine = "sqlite"};
    my = (struct my){.is_mariadb = true};
    sink = (struct pd_sink){.host = &own_host,
                            .pool = {.host = &own_host},
                            .my = &my,
                            .catalog = &catalog,
                            .tables = &target,
                            .ddl = &ddl};
    return 0;
}

static int
teardown(void **state)
{
    pd_pool_close(&sink.pool);
    return n_live != 0;
}

/* wanted NULL: it cannot be said. */
static void
assert_expression(const char *portable, const char *wanted)
{
    struct pd_sql sql = {.host = &own_host};
    pd_status status = expression_write(&sink, 0, portable, NULL, &sql, NULL);

    assert_int_equal(status, wanted ? PD_OK : PD_UNSUPPORTED);
    if (wanted)
        assert_string_equal(pd_sql_text(&sql), wanted);
    pd_sql_free(&sql);
}

static void
assert_default(const char *wanted)
{
    struct pd_sql sql = {.host = &own_host};
    pd_status status;

    targets[0].as = mappings[0].as;
    status = default_write(&sink, 0, 0, &sql, NULL);
    assert_int_equal(status, wanted ? PD_OK : PD_UNSUPPORTED);
    if (wanted)
        assert_string_equal(pd_sql_text(&sql), wanted);
    pd_sql_free(&sql);
}

static void
set_types(int kind, int as)
{
    columns[0].type.kind = (uint16_t)kind;
    mappings[0].as.kind = (uint16_t)as;
}

static void
set_literal(int tag, const char *text, size_t size)
{
    columns[0].default_kind = PD_DEFAULT_LITERAL;
    columns[0].default_tag = (uint16_t)tag;
    columns[0].default_text = text;
    columns[0].default_size = (uint32_t)size;
}

/* ---- Expressions ---- */

static void
names_follow_their_columns(void **state)
{
    assert_expression("(\"a\" > 0)", "(`a` > 0)");
    ddl_table.renamed = true;
    targets[0].name = "a__1";
    assert_expression("((\"a\" > 0) AND (\"x\" = 'it''s \"a\"'))",
                      "((`a__1` > 0) AND (`x` = 'it''s `a`'))");
    targets[1].name = "z";
    assert_expression("(\"b\"\"c\" IS NULL)", "(`z` IS NULL)");
}

static void
columns_that_are_stored_otherwise_are_in_no_expression(void **state)
{
    set_types(PD_KIND_DATE, PD_KIND_TEXT);
    assert_expression("(\"a\" > '2020-01-01')", NULL);
    assert_expression("(\"b\"\"c\" > 0)", "(`b``c` > 0)");
    set_types(PD_KIND_TEXT, PD_KIND_BINARY);
    assert_expression("(\"a\" = 'x')", NULL);
    assert_expression("((\"a\" IS NULL) OR (\"a\" = 'x'))", NULL);
    assert_expression("((\"a\" IS NULL) OR (\"b\"\"c\" IS NOT NULL))",
                      "((`a` IS NULL) OR (`b``c` IS NOT NULL))");
    set_types(PD_KIND_TEXT, PD_KIND_TEXT);
    assert_expression("(\"a\" = 'x')", "(`a` = 'x')");
    assert_expression("('\"a\"' = 'x')", "('`a`' = 'x')");
    mappings[0].flags = PD_MAPPING_TAGGED;
    assert_expression("(\"a\" = 'x')", NULL);
    assert_expression("('\"a\"' = 'x')", "('`a`' = 'x')");
}

static void
what_engines_do_differently_is_left_out(void **state)
{
    set_types(PD_KIND_TEXT, PD_KIND_TEXT);
    for (uint32_t uses = 1; uses <= PD_USES_CONVERSION; uses <<= 1) {
        bool same = uses == PD_USES_TEXT_ORDER || uses == PD_USES_TRUTHS;

        uses_said = uses;
        assert_expression("(\"a\" = 'x')", same ? "(`a` = 'x')" : NULL);
    }
    /* Both have decimals. */
    catalog.engine = "postgresql";
    uses_said = PD_USES_FRACTIONS;
    assert_expression("(\"a\" = 'x')", "(`a` = 'x')");
    uses_said = 0;
}

static void
text_of_the_engine_itself_is_for_those_who_ask(void **state)
{
    struct pd_sql sql = {.host = &own_host};

    sink.same = true;
    assert_int_equal(expression_write(&sink, 0, NULL, "f(`a`)", &sql, NULL), PD_UNSUPPORTED);
    sink.native = true;
    assert_int_equal(expression_write(&sink, 0, NULL, "f(`a`)", &sql, NULL), PD_OK);
    assert_string_equal(pd_sql_text(&sql), "f(`a`)");
    sink.same = false;
    assert_int_equal(expression_write(&sink, 0, NULL, "f(`a`)", &sql, NULL), PD_UNSUPPORTED);
    pd_sql_free(&sql);
}

/* ---- Defaults ---- */

static void
literals_are_spelled_by_what_their_column_is(void **state)
{
    set_literal(PD_TAG_INT, "-5", 2);
    assert_default("'-5'");
    set_types(PD_KIND_BOOL, PD_KIND_BOOL);
    set_literal(PD_TAG_INT, "t", 1);
    assert_default("1");
    set_literal(PD_TAG_INT, "f", 1);
    assert_default("0");
    set_types(PD_KIND_BIT, PD_KIND_BIT);
    set_literal(PD_TAG_TEXT, "0101", 4);
    assert_default("b'0101'");
    set_types(PD_KIND_TEXT, PD_KIND_TEXT);
    set_literal(PD_TAG_TEXT, "a\\'\0\xf0\x9f\x98\x80", 8);
    assert_default("'a\\\\''\\0\xf0\x9f\x98\x80'");
    set_types(PD_KIND_BINARY, PD_KIND_BINARY);
    set_literal(PD_TAG_BYTES, "\0\xff", 2);
    assert_default("x'00ff'");
    set_types(PD_KIND_TIMESTAMPTZ, PD_KIND_TIMESTAMPTZ);
    set_literal(PD_TAG_TEXT, "2024-01-02 03:04:05+00", 22);
    assert_default("'2024-01-02 03:04:05'");
}

static void
what_the_server_does_not_keep_is_no_default(void **state)
{
    set_types(PD_KIND_FLOAT64, PD_KIND_FLOAT64);
    set_literal(PD_TAG_REAL, "-0.5", 4);
    assert_default("'-0.5'");
    set_literal(PD_TAG_REAL, "-0.0", 4);
    assert_default(NULL);
    set_literal(PD_TAG_REAL, "NaN", 3);
    assert_default(NULL);
    set_types(PD_KIND_DATE, PD_KIND_DATE);
    set_literal(PD_TAG_TEXT, "infinity", 8);
    default_tag_said = PD_TAG_POS_INF;
    assert_default(NULL);
    default_tag_said = PD_TAG_PLAIN;
}

static void
moments_have_the_digits_of_their_column(void **state)
{
    columns[0].default_kind = PD_DEFAULT_NOW;
    set_types(PD_KIND_TIMESTAMP, PD_KIND_TIMESTAMP);
    mappings[0].as.precision = 3;
    assert_default("(utc_timestamp(3))");
    catalog.engine = "postgresql";
    assert_default("current_timestamp(3)");
    mappings[0].as.precision = 0;
    assert_default("current_timestamp()");
    set_types(PD_KIND_TIMESTAMPTZ, PD_KIND_TIMESTAMP);
    mappings[0].as.precision = 6;
    assert_default("(utc_timestamp(6))");
    set_types(PD_KIND_TIMESTAMP, PD_KIND_TEXT);
    assert_default(NULL);
    catalog.engine = "sqlite";
    assert_default("(date_format(utc_timestamp(), '%Y-%m-%d %H:%i:%s'))");
    columns[0].default_kind = PD_DEFAULT_UUID;
    set_types(PD_KIND_UUID, PD_KIND_UUID);
    assert_default("(uuid())");
    columns[0].default_kind = PD_DEFAULT_TODAY;
    assert_default(NULL);
}

static void
counters_are_sequences_of_this_database(void **state)
{
    columns[0].default_kind = PD_DEFAULT_NEXTVAL;
    columns[0].default_text = "s";
    assert_default("nextval(`app__s`)");
    my.is_mariadb = false;
    assert_default(NULL);
    my.is_mariadb = true;
    columns[0].default_text = "other";
    assert_default(NULL);
    columns[0].identity = PD_IDENTITY_ALWAYS;
    own_sequence = "t_a_seq";
    assert_default("nextval(`t_a_seq`)");
}

/* ---- Names ---- */

static void
names_that_the_server_does_not_hold_are_told_apart(void **state)
{
    char name[80];

    memset(name, 'x', sizeof name);
    name[64] = '\0';
    assert_null(drawer_trouble(name));
    name[64] = 'x';
    name[65] = '\0';
    assert_non_null(drawer_trouble(name));
    assert_non_null(drawer_trouble(""));
    assert_non_null(drawer_trouble("a "));
    assert_non_null(drawer_trouble("a\n"));
    assert_non_null(drawer_trouble("a\v"));
    assert_null(drawer_trouble(" a"));
    assert_non_null(drawer_trouble("\xf0\x9f\x98\x80"));
    assert_null(drawer_trouble("\xe6\x97\xa5"));
}

/* Each character of these is five in the name of the file. */
static void
names_of_tables_are_names_of_files(void **state)
{
    char name[51 * 3 + 1];

    for (size_t i = 0; i < 51; i++)
        memcpy(name + 3 * i, "\xe6\x97\xa5", 3);
    name[51 * 3] = '\0';
    assert_null(drawer_trouble(name));
    assert_non_null(drawer_file_trouble(name));
    name[50 * 3] = '\0';
    assert_null(drawer_file_trouble(name));
}

static void
other_names_are_found_by_a_rule(void **state)
{
    struct drawer drawer = {.pool = &sink.pool, .folds = true};
    char name[71];

    memset(name, 'y', 70);
    name[70] = '\0';
    assert_int_equal(drawer_take(&drawer, "Abc"), PD_OK);
    assert_int_equal(drawer_take(&drawer, "aBC"), PD_FAILED);
    assert_string_equal(drawer_find(&drawer, "ABC"), "Abc");
    assert_string_equal(drawer_choose(&drawer, "abc", "__", false), "abc__1");
    assert_string_equal(drawer_choose(&drawer, "abc", "__", false), "abc__2");
    assert_int_equal(strlen(drawer_choose(&drawer, name, "__", true)), 64);
    assert_int_equal(strlen(drawer_choose(&drawer, name, "__", true)), 64);
    assert_null(drawer_file_trouble(drawer_fit(&sink.pool, "\xf0\x9f\x98\x80 ", true)));
    drawer.folds = false;
    assert_int_equal(drawer_take(&drawer, "aBC"), PD_OK);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(names_follow_their_columns),
        TEST(columns_that_are_stored_otherwise_are_in_no_expression),
        TEST(what_engines_do_differently_is_left_out),
        TEST(text_of_the_engine_itself_is_for_those_who_ask),
        TEST(literals_are_spelled_by_what_their_column_is),
        TEST(what_the_server_does_not_keep_is_no_default),
        TEST(moments_have_the_digits_of_their_column),
        TEST(counters_are_sequences_of_this_database),
        TEST(names_that_the_server_does_not_hold_are_told_apart),
        TEST(names_of_tables_are_names_of_files),
        TEST(other_names_are_found_by_a_rule),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
