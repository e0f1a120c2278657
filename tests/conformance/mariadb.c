// SPDX-License-Identifier: Apache-2.0
/* mariadb - what MariaDB cannot do. The server is the one that POLYDUMP_TEST_MARIADB_SOCKET and
   POLYDUMP_TEST_MARIADB_USER name. */
#include <dlfcn.h>
#include <math.h>
#include <mysql.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conformance.h"
#include "trouble.h"

/* ---- Values ---- */

/* Only asked for types here: all values come back converted. */
static struct comes_back
comes_back(const struct pd_column *column, const struct cell *cell)
{
    return (struct comes_back){.back = BACK_CLASS, .reason = "the tables of values have odd cells"};
}

static const bool is_native[PD_KIND_COUNT_] = {
    [PD_KIND_INT8] = true,  [PD_KIND_INT16] = true,   [PD_KIND_INT32] = true,
    [PD_KIND_INT64] = true, [PD_KIND_FLOAT32] = true, [PD_KIND_FLOAT64] = true,
    [PD_KIND_CHAR] = true,  [PD_KIND_DATE] = true,
};

/* Days since 1970: 0000-03-01 and 10000-01-01. */
enum { FIRST_DAY = -719468, LAST_DAY = 2932897 };

static bool
is_any_of(const struct cell *cell, const char *const *texts)
{
    for (; *texts; texts++) {
        if (cell->size == strlen(*texts) && memcmp(cell->bytes, *texts, cell->size) == 0)
            return true;
    }
    return false;
}

static const char *
float_trouble(double value)
{
    if (!isfinite(value))
        return "there are no such floats";
    return value == 0 && signbit(value) ? "the server drops the sign of zero" : NULL;
}

static const char *
day_trouble(int64_t day)
{
    return day < FIRST_DAY || day >= LAST_DAY
               ? "dates end after the year 9999, and the year 0 has no 29th of February"
               : NULL;
}

static const char *
json_trouble(const struct cell *cell)
{
    static const char *const invalid[] = {
        "\"\\ud800\"",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", NULL};

    return is_any_of(cell, invalid) ? "json_valid() says no to it" : NULL;
}

/* Of no version there is, neither nil nor max. */
static const char *
uuid_trouble(const struct cell *cell)
{
    unsigned version = cell->size == 16 ? cell->bytes[6] >> 4 : 0;

    return version > 8 && version < 15 ? "it is none of RFC 9562, and the server garbles it" : NULL;
}

static const char *
refusal_of(const struct pd_column *column, const struct cell *cell)
{
    if (cell->tag != PD_TAG_PLAIN)
        return NULL;
    switch (column->type.kind) {
    case PD_KIND_FLOAT32:
    case PD_KIND_FLOAT64:
        return float_trouble(cell->real);
    case PD_KIND_DATE:
        return day_trouble(cell->integer);
    case PD_KIND_TIMESTAMP:
        return day_trouble(cell->integer / 86400000000 - (cell->integer < 0));
    case PD_KIND_JSON:
        return json_trouble(cell);
    case PD_KIND_UUID:
        return uuid_trouble(cell);
    default:
        return NULL;
    }
}

/* Zero and impossible days: what a column of the server's prints, which for the whole year 0 is as
   good as any. */
static struct comes_back
comes_back_spelled(const struct pd_column *column, const struct cell *cell)
{
    static const struct {
        const char *text;
        const char *spelled;
    } stamps[] = {{"0000-00-00 00:00:00", "0000-00-00 00:00:00.000000"},
                  {"2024-00-00 12:34:56", "2024-00-00 12:34:56.000000"},
                  {"2024-00-15", "2024-00-15 00:00:00.000000"}};
    static const char *const last_of_year_0[] = {"0000-12-31", NULL};
    struct comes_back way = {.back = BACK_SAME, .reason = "a column of six digits shows them all"};

    for (size_t i = 0; i < sizeof stamps / sizeof *stamps && column->type.kind != PD_KIND_DATE;
         i++) {
        if (!is_any_of(cell, (const char *const[]){stamps[i].text, NULL}))
            continue;
        way.back = BACK_SPELLED;
        way.text = stamps[i].spelled;
    }
    if (column->type.kind == PD_KIND_DATE && is_any_of(cell, last_of_year_0))
        way = (struct comes_back){
            .back = BACK_PLAIN, .integer = -719163, .reason = "the server has a year 0"};
    return way;
}

static struct comes_back
comes_back_native(const struct pd_column *column, const struct cell *cell)
{
    struct comes_back way = {.back = BACK_REFUSED, .reason = refusal_of(column, cell)};

    if (way.reason)
        return way;
    if (cell->tag == PD_TAG_YMD)
        way = comes_back_spelled(column, cell);
    if (way.back == BACK_SPELLED || way.back == BACK_PLAIN)
        return way;
    if (is_native[column->type.kind])
        return (struct comes_back){.back = BACK_SAME};
    return (struct comes_back){
        .back = BACK_CLASS,
        .reason = "there is no such type, or, for text in a key, none without a length"};
}

/* ---- The client library ---- */

typedef MYSQL *connect_function(MYSQL *conn, const char *host, const char *user,
                                const char *password, const char *name, unsigned port,
                                const char *socket, unsigned long flags);

/* In the library's place. Where it has no memory to copy the server's version (strdup() in
   mthd_my_real_connect(), 3.3.20) it goes on and asks strstr() what is in it: nobody can mend that
   from outside, so in here, and nowhere else, memory is not short. The plugin asks for more than
   all of this before it goes in. */
MYSQL *
mysql_real_connect(MYSQL *conn, const char *host, const char *user, const char *password,
                   const char *name, unsigned port, const char *socket, unsigned long flags)
{
    static connect_function *library;
    MYSQL *connected;

    if (!library)
        *(void **)&library = dlsym(RTLD_NEXT, "mysql_real_connect");
    trouble_spare(true);
    connected = library(conn, host, user, password, name, port, socket, flags);
    trouble_spare(false);
    return connected;
}

/* ---- Places: two databases of their own ---- */

static const char *
database(unsigned n)
{
    static char names[2][48];

    snprintf(names[n], sizeof names[n], "conformance_%ld_%u", (long)getpid(), n);
    return names[n];
}

static const char *
variable(const char *name)
{
    const char *value = getenv(name);

    if (!value)
        fail_msg("%s is not set: no server to test with", name);
    return value;
}

/* The socket's path has no character that a URL would have to escape. */
static const char *
place(unsigned n)
{
    static char urls[2][256];

    snprintf(urls[n], sizeof urls[n], "mariadb://%s@localhost/%s?socket=%s",
             variable("POLYDUMP_TEST_MARIADB_USER"), database(n),
             variable("POLYDUMP_TEST_MARIADB_SOCKET"));
    return urls[n];
}

/* name NULL: no database. */
static MYSQL *
server(const char *name)
{
    MYSQL *conn = mysql_init(NULL);

    assert_non_null(conn);
    if (!mysql_real_connect(conn, NULL, variable("POLYDUMP_TEST_MARIADB_USER"), NULL, name, 0,
                            variable("POLYDUMP_TEST_MARIADB_SOCKET"), 0) ||
        mysql_set_character_set(conn, "utf8mb4") ||
        mysql_query(conn, name ? "SET lock_wait_timeout = 0, innodb_lock_wait_timeout = 0"
                               : "SET lock_wait_timeout = 1")) {
        print_error("%s", mysql_error(conn));
        mysql_close(conn);
        return NULL;
    }
    return conn;
}

static bool
run(const char *name, const char *sql)
{
    MYSQL *conn = server(name);
    bool done = conn && mysql_query(conn, sql) == 0;

    mysql_close(conn);
    return done;
}

static void
drop_all(void)
{
    char sql[256];

    for (unsigned n = 0; n < 2; n++) {
        snprintf(sql, sizeof sql, "DROP DATABASE IF EXISTS %s", database(n));
        run(NULL, sql);
    }
}

static void
clear(void)
{
    static bool is_first = true;
    char sql[256];

    if (is_first)
        atexit(drop_all);
    is_first = false;
    drop_all();
    for (unsigned n = 0; n < 2; n++) {
        snprintf(sql, sizeof sql, "CREATE DATABASE %s CHARACTER SET utf8mb4", database(n));
        assert_true(run(NULL, sql));
    }
}

static void
show(MYSQL *conn, const char *sql, struct buffer *out)
{
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;

    if (mysql_query(conn, sql) || !(result = mysql_store_result(conn)))
        fail_msg("%s: %s", sql, mysql_error(conn));
    while ((row = mysql_fetch_row(result))) {
        for (unsigned i = 0; i < mysql_num_fields(result); i++) {
            buffer_append(out, row[i] ? row[i] : "NULL",
                          row[i] ? mysql_fetch_lengths(result)[i] : 4);
            buffer_text(out, "|");
        }
        buffer_text(out, "\n");
    }
    mysql_free_result(result);
}

/* How every table is made, and its rows. */
static void
show_tables(MYSQL *conn, struct buffer *out)
{
    MYSQL_RES *tables;
    MYSQL_ROW row;
    char sql[512];

    assert_int_equal(mysql_query(conn, "SELECT REPLACE(TABLE_NAME, '`', '``'), TABLE_TYPE FROM "
                                       "information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() "
                                       "ORDER BY TABLE_NAME"),
                     0);
    tables = mysql_store_result(conn);
    assert_non_null(tables);
    while ((row = mysql_fetch_row(tables))) {
        snprintf(sql, sizeof sql, "SHOW CREATE TABLE `%s`", row[0]);
        show(conn, sql, out);
        snprintf(sql, sizeof sql, "SELECT * FROM `%s`", row[0]);
        if (strcmp(row[1], "VIEW") != 0)
            show(conn, sql, out);
    }
    mysql_free_result(tables);
}

static void
standing(struct buffer *out)
{
    for (unsigned n = 0; n < 2; n++) {
        MYSQL *conn = server(database(n));

        assert_non_null(conn);
        buffer_printf(out, "database %u\n", n);
        show_tables(conn, out);
        mysql_close(conn);
    }
}

/* ---- Changes ---- */

static void
open_to_changes(const char *url)
{
}

static bool
change(const char *url, unsigned n)
{
    static const char *const changes[] = {
        "UPDATE many SET name = 'changed' WHERE id % 3 = 1",
        "DELETE FROM many WHERE id % 7 = 2",
        "INSERT INTO many (id, name) SELECT MAX(id) + 1, 'new' FROM many",
        "ALTER TABLE many ADD COLUMN more int",
        "TRUNCATE TABLE many",
        "UPDATE many SET amount = amount + 1",
    };
    unsigned which = strcmp(url, place(0)) != 0;

    return run(database(which), changes[n % (sizeof changes / sizeof *changes)]);
}

/* unpack_fields() of libmariadb 3.3.20 returns without free_rows() when memory is short. What a run
   has made can only be dropped over a connection, and that needs the reserve of the plugin. */
#define COMMON                                                                                     \
    .maps = true, .is_slow = true, .place = place, .clear = clear, .standing = standing,           \
    .open_to_changes = open_to_changes, .change = change,                                          \
    .no_empty_shape = "every table has a column", .careless_library = "libmariadb",                \
    .reserve = 256 * 1024

static const char *const carrier[] = {"misfit", "carrier", "names", "carry", NULL};

static const struct quirks carriers = {
    .name = "mariadb: an empty database, carriers",
    COMMON,
    .no_rejects = "keys are made after the rows: the run fails",
    .knows = true,
    .sink_options = carrier,
    .comes_back = comes_back,
};

static const char *const append[] = {"into", "append", NULL};

static const struct quirks existing = {
    .name = "mariadb: tables that are there",
    COMMON,
    .sink_options = append,
    .comes_back = comes_back_native,
    .tables_first = true,
    .no_twin_sinks = "a transaction has one connection",
};

const struct quirks *const engine_ways[] = {&carriers, &existing, NULL};
