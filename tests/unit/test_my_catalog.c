// SPDX-License-Identifier: Apache-2.0
/* Tests of the MariaDB plugin: what SHOW CREATE TABLE says of columns, keys and constraints, what
   stands behind DEFAULT, and which expressions are handed to the portable grammar. The text is what
   a server shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "create.h"
#include "maker.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* ---- A host that gives memory, writes doubles, and takes all expressions for portable ---- */

static void *
host_alloc(const struct pd_host *host, size_t size)
{
    return malloc(size);
}

static void *
host_resize(const struct pd_host *host, void *ptr, size_t size)
{
    return realloc(ptr, size);
}

static void
host_release(const struct pd_host *host, void *ptr)
{
    free(ptr);
}

static pd_status
host_expr_read(const struct pd_host *host, const struct pd_dialect *dialect, const char *sql,
               char **ret_text, struct pd_error *err)
{
    *ret_text = strdup(sql);
    return *ret_text ? PD_OK : PD_FATAL;
}

static size_t
host_real_text(double value, char *buffer)
{
    return (size_t)snprintf(buffer, 32, "%.17g", value);
}

static pd_status
host_fail(struct pd_error *err, pd_status status, int cause, const char *fmt, ...)
{
    return status;
}

static const struct pd_host host = {
    .struct_size = sizeof host,
    .fail = host_fail,
    .alloc = host_alloc,
    .resize = host_resize,
    .release = host_release,
    .expr_read = host_expr_read,
    .real_text = host_real_text,
};

/* What these files want of the connection. */
pd_status
my_no_memory(const struct pd_host *of, struct pd_error *err)
{
    return PD_FATAL;
}

pd_status
my_query(struct my *my, const char *sql, MYSQL_RES **ret_result, struct pd_error *err)
{
    return PD_FAILED;
}

pd_status
my_run_quietly(struct my *my, const char *sql, struct pd_error *err)
{
    return PD_FAILED;
}

pd_status
maker_each(struct maker *maker, const char *sql, maker_take *take)
{
    return PD_FAILED;
}

uint32_t
tables_find(const struct maker *maker, const char *server_name)
{
    return PD_NO_TABLE;
}

/* ---- One table ---- */

static struct pd_pool pool = {.host = &host};
static struct my my = {.host = &host, .is_mariadb = true, .database = "shop"};
static struct pd_column columns[12];
static struct my_column readers[12];
static struct table_work work = {.columns = columns, .readers = readers};
static struct my_table my_table_of = {.columns = readers};
static struct pd_table table;
static struct maker m;

static int
setup(void **state)
{
    memset(columns, 0, sizeof columns);
    table = (struct pd_table){.struct_size = sizeof table, .name = "t", .columns = columns};
    work.keys = NULL;
    m = (struct maker){.my = &my,
                       .host = &host,
                       .pool = &pool,
                       .scratch = {.host = &host},
                       .lines = {.host = &host},
                       .tables = &table,
                       .my_tables = &my_table_of,
                       .works = &work,
                       .n_tables = 1};
    return 0;
}

static int
teardown(void **state)
{
    pd_pool_close(&m.lines);
    pd_pool_close(&m.scratch);
    pd_pool_close(&pool);
    return 0;
}

static struct pd_column *
add_column(const char *name, int kind)
{
    struct pd_column *column = &columns[table.n_columns++];

    column->struct_size = sizeof *column;
    column->name = name;
    column->type.kind = (uint16_t)kind;
    return column;
}

static struct items
read_items(const char *sql)
{
    struct items items;

    table.native_sql = sql;
    assert_true(items_read(&m, &table, &items));
    return items;
}

/* ---- Lines ---- */

static void
columns_say_their_value_check_and_expression(void **state)
{
    struct items items = read_items(
        "CREATE TABLE `t` (\n  `a``(,` int(11) NOT NULL DEFAULT -5 COMMENT 'DEFAULT 1, \\'' ,\n"
        "  `b` varchar(9) DEFAULT concat('😀','a\\\\') CHECK (`b` <> ')'),\n"
        "  `c` int(11) GENERATED ALWAYS AS (`a` + (1)) VIRTUAL INVISIBLE,\n"
        "  `d` timestamp(6) GENERATED ALWAYS AS ROW START,\n"
        "  `e` enum('DEFAULT','x)') DEFAULT (case when 1 then 'x' end) ON UPDATE now(),\n"
        "  `f` blob /*M!100301 COMPRESSED*/ DEFAULT x'00'\n) ENGINE=InnoDB");

    assert_int_equal(items.n, 6);
    assert_string_equal(items.list[0].name, "a`(,");
    assert_string_equal(items.list[0].value, "-5");
    assert_null(items.list[0].check);
    assert_string_equal(items.list[1].value, "concat('😀','a\\\\')");
    assert_string_equal(items.list[1].check, "`b` <> ')'");
    assert_string_equal(items.list[2].generated, "`a` + (1)");
    assert_string_equal(items.list[3].generated, "ROW START");
    assert_string_equal(items.list[4].value, "(case when 1 then 'x' end)");
    assert_string_equal(items.list[5].value, "x'00'");
}

static void
comments_for_versions_are_read_as_text(void **state)
{
    struct items items = read_items(
        "CREATE TABLE `t` (\n  `a` int NOT NULL /*!80023 INVISIBLE */,\n"
        "  KEY `k` (`a`) /*!80000 INVISIBLE */,\n"
        "  CONSTRAINT `c` CHECK ((`a` > 0)) /*!80016 NOT ENFORCED */\n) /*!50100 PARTITION */");

    add_column("a", PD_KIND_INT32);
    keys_read(&m, 0, &items);
    checks_read(&m, 0, &items);
    assert_int_equal(m.status, PD_OK);
    assert_int_equal(table.keys[0].flags, PD_KEY_NATIVE_ONLY);
    assert_string_equal(table.checks[0].expression_native, "(`a` > 0)");
    assert_int_equal(table.checks[0].flags, PD_CHECK_NOT_VALIDATED);
}

static void
a_text_that_is_not_the_servers_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "CREATE VIEW `t` AS",
        "CREATE TABLE `t` (",
        "CREATE TABLE `t` (`a` int",
        "CREATE TABLE `t` (`a` enum('x)",
        "CREATE TABLE `t` (`a` int DEFAULT (1",
    };
    struct items items;

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        table.native_sql = texts[i];
        assert_false(items_read(&m, &table, &items));
    }
}

static void
keys_are_told_apart(void **state)
{
    static const struct {
        const char *name;
        uint16_t kind, flags;
        size_t n_parts;
    } keys[] = {
        {NULL, PD_KEY_PRIMARY, PD_KEY_CONSTRAINT, 2},
        {"d", PD_KEY_INDEX, 0, 2},
        {"f", PD_KEY_INDEX, PD_KEY_NATIVE_ONLY, 1},
        {"i", PD_KEY_INDEX, PD_KEY_NATIVE_ONLY, 1},
        {"p", PD_KEY_UNIQUE, PD_KEY_NATIVE_ONLY | PD_KEY_CONSTRAINT, 1},
        {"u", PD_KEY_UNIQUE, PD_KEY_CONSTRAINT, 1},
    };
    struct items items = read_items(
        "CREATE TABLE `t` (\n  `a` int,\n  `b` text,\n  UNIQUE KEY `u` (`b`) USING HASH,\n"
        "  UNIQUE KEY `p` (`b`(10)),\n  KEY `d` (`a` DESC,`b`) COMMENT 'IGNORED',\n"
        "  KEY `i` (`a`) IGNORED,\n  KEY `pd_fk_1` (`a`),\n  FULLTEXT KEY `f` (`b`),\n"
        "  PRIMARY KEY (`a`,`b`)\n)");

    add_column("a", PD_KIND_INT32);
    add_column("b", PD_KIND_TEXT);
    keys_read(&m, 0, &items);
    assert_int_equal(m.status, PD_OK);
    assert_int_equal(table.n_keys, COUNT_OF(keys));
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        assert_int_equal(table.keys[i].kind, keys[i].kind);
        assert_int_equal(table.keys[i].flags, keys[i].flags);
        assert_int_equal(table.keys[i].n_parts, keys[i].n_parts);
        if (keys[i].name)
            assert_string_equal(table.keys[i].name, keys[i].name);
        else
            assert_null(table.keys[i].name);
    }
    assert_int_equal(table.keys[1].parts[0].flags, PD_PART_DESC);
    assert_int_equal(table.keys[1].parts[1].column, 1);
    assert_string_equal(table.keys[5].native_sql,
                        "ALTER TABLE `t` ADD UNIQUE KEY `u` (`b`) USING HASH");
}

static void
periods_in_keys_stay_the_servers_own(void **state)
{
    struct items items = read_items("CREATE TABLE `t` (\n  `a` int,\n  `b` date,\n  `c` date,\n"
                                    "  PERIOD FOR `p` (`b`, `c`),\n"
                                    "  PRIMARY KEY (`a`,`p` WITHOUT OVERLAPS)\n)");

    add_column("a", PD_KIND_INT32);
    add_column("b", PD_KIND_DATE);
    add_column("c", PD_KIND_DATE);
    keys_read(&m, 0, &items);
    assert_int_equal(m.status, PD_OK);
    assert_int_equal(table.n_keys, 1);
    assert_int_equal(table.keys[0].n_parts, 3);
    for (int32_t i = 0; i < 3; i++)
        assert_int_equal(table.keys[0].parts[i].column, i);
    assert_int_equal(table.keys[0].flags, PD_KEY_NATIVE_ONLY | PD_KEY_CONSTRAINT);
}

static void
foreign_keys_say_what_they_do(void **state)
{
    struct items items =
        read_items("CREATE TABLE `t` (\n  `a` int,\n  `b` int,\n"
                   "  CONSTRAINT `y` FOREIGN KEY (`a`, `b`) REFERENCES `p``q` (`x`, `y`)"
                   " ON DELETE SET NULL ON UPDATE NO ACTION,\n"
                   "  CONSTRAINT `x` FOREIGN KEY (`b`) REFERENCES `other`.`p` (`id`)\n)");

    add_column("a", PD_KIND_INT32);
    add_column("b", PD_KIND_INT32);
    foreign_read(&m, 0, &items);
    assert_int_equal(m.status, PD_OK);
    assert_int_equal(table.n_foreigns, 2);
    assert_string_equal(table.foreigns[0].name, "x");
    assert_string_equal(table.foreigns[0].to_schema, "other");
    assert_int_equal(table.foreigns[0].on_delete, PD_ACTION_RESTRICT);
    assert_int_equal(table.foreigns[0].columns[0], 1);
    assert_null(table.foreigns[1].to_schema);
    assert_string_equal(table.foreigns[1].to_table, "p`q");
    assert_string_equal(table.foreigns[1].to_columns[1], "y");
    assert_int_equal(table.foreigns[1].on_delete, PD_ACTION_SET_NULL);
    assert_int_equal(table.foreigns[1].on_update, PD_ACTION_NONE);
}

static void
checks_that_only_say_the_type_are_passed_over(void **state)
{
    struct items items = read_items(
        "CREATE TABLE `t` (\n  `j` longtext CHECK (json_valid(`j`)),\n"
        "  `b` tinyint(1) CHECK (`b` in (0,1)),\n  `n` tinyint(1) CHECK (`n` in (1,0)),\n"
        "  CONSTRAINT `k` CHECK (`n` > 0),\n  CONSTRAINT `a` CHECK (`n` < 9)\n)");

    add_column("j", PD_KIND_JSON);
    add_column("b", PD_KIND_BOOL);
    add_column("n", PD_KIND_INT8);
    checks_read(&m, 0, &items);
    assert_int_equal(table.n_checks, 3);
    assert_string_equal(table.checks[0].name, "a");
    assert_string_equal(table.checks[1].name, "k");
    assert_null(table.checks[2].name);
    assert_string_equal(table.checks[2].expression_native, "`n` in (1,0)");
    assert_true(checks_is_json("a`b", "json_valid(`a``b`)"));
    assert_false(checks_is_json("a", "json_valid(`b`)"));
    assert_false(checks_is_json("a", "json_valid(`a`) and 1"));
    assert_false(checks_is_bool("a", "`a` in (0,1,2)"));
}

/* ---- Expressions ---- */

static void
only_what_means_the_same_everywhere_is_portable(void **state)
{
    static const struct {
        const char *sql;
        bool is_portable;
    } expressions[] = {
        {"`i` > 0 and `d` <= 1.5", true},
        {"`i` between 1 and 10", true},
        {"`i` in (1,2) or `i` is null", true},
        {"case when `i` > 1 then `d` else 3 end > 0", true},
        {"`b` = 'x'", true},
        {"`b` not in ('x','y')", true},
        {"`b` = `b`", true},
        {"coalesce(`i`,0) > 1", true},
        {"char_length(`c`) < 5", true},
        {"`c` is null", true},
        {"`e` is not null", true},
        {"`t` > '2020-01-01'", true},
        {"`c` = 'x'", false},          /* its collation folds letters */
        {"`e` in ('a','b')", false},   /* by label or by number */
        {"`b` = 1", false},            /* a number makes of text a number */
        {"`i` = '1'", false},          /**/
        {"`i` = `b`", false},          /**/
        {"`b` > `c`", false},          /**/
        {"`t` > '2020-1-1'", false},   /* a date here only */
        {"`t` > 20200101", false},     /**/
        {"`b` + 1 > 0", false},        /**/
        {"'x' = `b`", false},          /**/
        {"`nobody` > 0", false},       /* no column */
        {"`i` > 0 -- comment", false}, /**/
    };

    add_column("i", PD_KIND_INT32);
    add_column("d", PD_KIND_DECIMAL);
    add_column("b", PD_KIND_TEXT);
    add_column("c", PD_KIND_TEXT)->collation = PD_COLLATION_CI;
    add_column("e", PD_KIND_ENUM);
    add_column("t", PD_KIND_DATE);
    for (size_t i = 0; i < COUNT_OF(expressions); i++) {
        bool is_portable = portable_read(&m, &table, expressions[i].sql) != NULL;

        if (is_portable != expressions[i].is_portable)
            fail_msg("%s", expressions[i].sql);
    }
}

/* ---- Defaults ---- */

static void
defaults_are_told_in_neutral_terms(void **state)
{
    static const struct {
        uint16_t kind;
        int precision, scale;
        const char *native;
        uint16_t default_kind, tag;
        const char *text;
    } defaults[] = {
        {PD_KIND_INT32, 0, 0, "-5", PD_DEFAULT_LITERAL, PD_TAG_INT, "-5"},
        {PD_KIND_INT32, 0, 0, "'5'", PD_DEFAULT_LITERAL, PD_TAG_INT, "5"},
        {PD_KIND_UINT32, 0, 0, "0000000007", PD_DEFAULT_LITERAL, PD_TAG_INT, "7"},
        {PD_KIND_UINT64, 0, 0, "18446744073709551615", PD_DEFAULT_LITERAL, PD_TAG_TEXT,
         "18446744073709551615"},
        {PD_KIND_UINT64, 0, 0, "9223372036854775807", PD_DEFAULT_LITERAL, PD_TAG_INT,
         "9223372036854775807"},
        {PD_KIND_INT64, 0, 0, "9223372036854775808", PD_DEFAULT_NATIVE, 0, NULL},
        {PD_KIND_INT32, 0, 0, "(1 + 2)", PD_DEFAULT_EXPRESSION, 0, "(1 + 2)"},
        {PD_KIND_INT32, 0, 0, "(`id` + 1)", PD_DEFAULT_NATIVE, 0, NULL},
        {PD_KIND_INT64, 0, 0, "nextval(`s``q`)", PD_DEFAULT_NEXTVAL, 0, "s`q"},
        {PD_KIND_INT64, 0, 0, "lastval(`s`)", PD_DEFAULT_NATIVE, 0, NULL},
        {PD_KIND_BOOL, 0, 0, "1", PD_DEFAULT_LITERAL, PD_TAG_INT, "1"},
        {PD_KIND_BOOL, 0, 0, "2", PD_DEFAULT_NATIVE, 0, NULL},
        {PD_KIND_DECIMAL, 10, 3, "-1.500", PD_DEFAULT_LITERAL, PD_TAG_TEXT, "-1.500"},
        {PD_KIND_DECIMAL, 10, 2, "-0.00", PD_DEFAULT_LITERAL, PD_TAG_TEXT, "0.00"},
        {PD_KIND_DECIMAL, 10, 2, "00000007.50", PD_DEFAULT_LITERAL, PD_TAG_TEXT, "7.50"},
        {PD_KIND_DECIMAL, 10, 2, "1.5", PD_DEFAULT_NATIVE, 0, NULL},
        {PD_KIND_FLOAT64, 0, 0, "-0.5", PD_DEFAULT_LITERAL, PD_TAG_REAL, "-0.5"},
        {PD_KIND_TEXT, 0, 0, "'a\\\\b''c\\n'", PD_DEFAULT_LITERAL, PD_TAG_TEXT, "a\\b'c\n"},
        {PD_KIND_TEXT, 0, 0, "'NULL'", PD_DEFAULT_LITERAL, PD_TAG_TEXT, "NULL"},
        {PD_KIND_TEXT, 0, 0, "NULL", PD_DEFAULT_NONE, 0, NULL},
        {PD_KIND_TEXT, 0, 0, "'current_timestamp()'", PD_DEFAULT_LITERAL, PD_TAG_TEXT,
         "current_timestamp()"},
        {PD_KIND_TEXT, 0, 0, "concat('a','b')", PD_DEFAULT_NATIVE, 0, NULL},
        {PD_KIND_TEXT, 0, 0, "date_format(utc_timestamp(),'%Y-%m-%d')", PD_DEFAULT_TODAY, 0, NULL},
        {PD_KIND_TEXT, 0, 0, "uuid()", PD_DEFAULT_UUID, 0, NULL},
        {PD_KIND_BINARY, 0, 0, "X'41fF'", PD_DEFAULT_LITERAL, PD_TAG_BYTES, "A\xff"},
        {PD_KIND_BINARY, 0, 0, "x'4'", PD_DEFAULT_NATIVE, 0, NULL},
        {PD_KIND_BIT, 0, 0, "b'11'", PD_DEFAULT_LITERAL, PD_TAG_TEXT, "00011"},
        {PD_KIND_DATE, 0, 0, "'2024-02-29'", PD_DEFAULT_LITERAL, PD_TAG_TEXT, "2024-02-29"},
        {PD_KIND_DATE, 0, 0, "'2023-02-29'", PD_DEFAULT_LITERAL, PD_TAG_TEXT, "2023-02-29"},
        {PD_KIND_DATE, 0, 0, "'0000-00-00'", PD_DEFAULT_LITERAL, PD_TAG_TEXT, "0000-00-00"},
        {PD_KIND_DATE, 0, 0, "'0000-01-01'", PD_DEFAULT_NATIVE, 0, NULL},
        {PD_KIND_DATE, 0, 0, "'0000-1-010'", PD_DEFAULT_NATIVE, 0, NULL},
        {PD_KIND_DATE, 0, 0, "curdate()", PD_DEFAULT_TODAY, 0, NULL},
        {PD_KIND_TIMESTAMP, 6, 0, "'2020-01-02 03:04:05.500000'", PD_DEFAULT_LITERAL, PD_TAG_TEXT,
         "2020-01-02 03:04:05.5"},
        {PD_KIND_TIMESTAMPTZ, 0, 0, "'2020-01-02 03:04:05'", PD_DEFAULT_LITERAL, PD_TAG_TEXT,
         "2020-01-02 03:04:05+00"},
        {PD_KIND_TIMESTAMP, 3, 0, "'0000-00-00 00:00:00.000'", PD_DEFAULT_LITERAL, PD_TAG_TEXT,
         "0000-00-00 00:00:00"},
        {PD_KIND_TIMESTAMPTZ, 0, 0, "'0000-00-00 00:00:00'", PD_DEFAULT_LITERAL, PD_TAG_TEXT,
         "0000-00-00 00:00:00"},
        {PD_KIND_TIMESTAMPTZ, 3, 0, "current_timestamp(3)", PD_DEFAULT_NOW, 0, NULL},
        {PD_KIND_TIMESTAMPTZ, 3, 0, "current_timestamp()", PD_DEFAULT_NATIVE, 0, NULL},
        {PD_KIND_TIMESTAMP, 0, 0, "CURRENT_TIMESTAMP", PD_DEFAULT_NOW, 0, NULL},
        {PD_KIND_TIME, 3, 0, "'-12:13:14.500'", PD_DEFAULT_LITERAL, PD_TAG_TEXT, "-12:13:14.5"},
        {PD_KIND_TIME, 0, 0, "'00:00:00'", PD_DEFAULT_LITERAL, PD_TAG_TEXT, "00:00:00"},
        {PD_KIND_YEAR, 0, 0, "2020", PD_DEFAULT_LITERAL, PD_TAG_INT, "2020"},
        {PD_KIND_ENUM, 0, 0, "'it''s'", PD_DEFAULT_LITERAL, PD_TAG_TEXT, "it's"},
        {PD_KIND_UUID, 0, 0, "uuid()", PD_DEFAULT_UUID, 0, NULL},
    };

    for (size_t i = 0; i < COUNT_OF(defaults); i++) {
        struct pd_column *column = &columns[0];

        memset(column, 0, sizeof *column);
        column->type.kind = defaults[i].kind;
        column->type.precision = defaults[i].precision;
        column->type.scale = defaults[i].scale;
        column->type.length = defaults[i].kind == PD_KIND_BIT ? 5 : 0;
        defaults_read(&m, 0, 0, defaults[i].native);
        if (column->default_kind != defaults[i].default_kind)
            fail_msg("%s: %d", defaults[i].native, column->default_kind);
        assert_int_equal(column->default_tag, defaults[i].tag);
        if (!defaults[i].text)
            continue;
        assert_int_equal(column->default_size, strlen(defaults[i].text));
        assert_memory_equal(column->default_text, defaults[i].text, column->default_size);
    }
    assert_int_equal(m.n_doubtful, 0);
}

static void
defaults_that_the_server_could_not_print_are_asked_for(void **state)
{
    static const struct {
        uint16_t kind;
        const char *native;
        bool is_doubtful;
    } defaults[] = {
        {PD_KIND_TEXT, "'?'", true},       {PD_KIND_TEXT, "'é'", false},
        {PD_KIND_BINARY, "'?'", true},     {PD_KIND_BINARY, "'é'", true},
        {PD_KIND_BINARY, "'a\\0'", false}, {PD_KIND_ENUM, "'?'", false},
    };

    for (size_t i = 0; i < COUNT_OF(defaults); i++) {
        size_t before = m.n_doubtful;

        memset(columns, 0, sizeof columns);
        columns[0].type.kind = defaults[i].kind;
        defaults_read(&m, 0, 0, defaults[i].native);
        assert_int_equal(m.n_doubtful - before, defaults[i].is_doubtful);
    }
}

/* ---- What belongs to the database ---- */

static void
statements_lose_the_name_of_their_database(void **state)
{
    static const char *const names[] = {"pd$0123456789abcdef$1"}, *const finals[] = {"t`x"};
    static const struct my_staged staged = {names, finals, 1};
    struct create_strip strip = {"shop", NULL};
    struct pd_sql out = {.host = &host};

    create_strip_table(&strip,
                       "CREATE TABLE `shop` (\n  `a` int DEFAULT nextval(`shop`.`s`),\n"
                       "  `b` varchar(9) DEFAULT '`shop`.`x` AUTO_INCREMENT=7' COMMENT '\xff\\0',\n"
                       "  `shop` int REFERENCES `shopx`.`y`\n) ENGINE=InnoDB AUTO_INCREMENT=501"
                       " DEFAULT CHARSET=utf8mb4 COMMENT=' AUTO_INCREMENT=9'",
                       &out);
    assert_string_equal(pd_sql_text(&out),
                        "CREATE TABLE `shop` (\n  `a` int DEFAULT nextval(`s`),\n"
                        "  `b` varchar(9) DEFAULT '`shop`.`x` AUTO_INCREMENT=7' COMMENT x'ff00',\n"
                        "  `shop` int REFERENCES `shopx`.`y`\n) ENGINE=InnoDB"
                        " DEFAULT CHARSET=utf8mb4 COMMENT=' AUTO_INCREMENT=9'");
    pd_sql_clear(&out);
    create_strip_table(&strip, "CREATE TABLE `t` (`a` int) COMMENT='x AUTO_INCREMENT=9'", &out);
    assert_string_equal(pd_sql_text(&out),
                        "CREATE TABLE `t` (`a` int) COMMENT='x AUTO_INCREMENT=9'");
    pd_sql_clear(&out);
    strip.staged = &staged;
    create_strip(&strip, "REFERENCES `shop`.`pd$0123456789abcdef$1` (`pd$0`)", &out);
    assert_string_equal(pd_sql_text(&out), "REFERENCES `t``x` (`pd$0`)");
    pd_sql_free(&out);
}

static void
only_names_of_runs_are_taken_for_them(void **state)
{
    static const char *const ours[] = {"pd$0123456789abcdef$run", "pd$0123456789abcdef$0",
                                       "pd$fedcba9876543210$1234567", "pd$0123456789abcdef$o0",
                                       "pd$0123456789abcdef$o12"};
    static const char *const others[] = {"",
                                         "pd",
                                         "pd$",
                                         "pd$x",
                                         "pd$0",
                                         "pd$01234567$1",
                                         "pd$0123456789abcde$1",
                                         "pd$0123456789abcdef0$1",
                                         "pd$0123456789ABCDEF$1",
                                         "pd$0123456789abcdeg$1",
                                         "PD$0123456789abcdef$1",
                                         "xpd$0123456789abcdef$1",
                                         "pd$0123456789abcdef",
                                         "pd$0123456789abcdef$",
                                         "pd$0123456789abcdef$o",
                                         "pd$0123456789abcdef$x",
                                         "pd$0123456789abcdef$1x",
                                         "pd$0123456789abcdef$o1x",
                                         "pd$0123456789abcdef$1$2",
                                         "pd$0123456789abcdef$runs",
                                         "pd$0123456789abcdef$orun"};

    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        assert_true(catalog_is_staged(ours[i]));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(catalog_is_staged(others[i]));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(columns_say_their_value_check_and_expression, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(comments_for_versions_are_read_as_text, setup, teardown),
        cmocka_unit_test_setup_teardown(a_text_that_is_not_the_servers_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(keys_are_told_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(periods_in_keys_stay_the_servers_own, setup, teardown),
        cmocka_unit_test_setup_teardown(foreign_keys_say_what_they_do, setup, teardown),
        cmocka_unit_test_setup_teardown(checks_that_only_say_the_type_are_passed_over, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(only_what_means_the_same_everywhere_is_portable, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(defaults_are_told_in_neutral_terms, setup, teardown),
        cmocka_unit_test_setup_teardown(defaults_that_the_server_could_not_print_are_asked_for,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(statements_lose_the_name_of_their_database, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(only_names_of_runs_are_taken_for_them, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
