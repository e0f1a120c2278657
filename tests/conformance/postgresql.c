// SPDX-License-Identifier: Apache-2.0
/* postgresql - what PostgreSQL cannot do. The server is the one that PGHOST and PGUSER name. */
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conformance.h"

/* ---- Values: those of a kind that PostgreSQL has come back with its type ---- */

static const bool is_native[PD_KIND_COUNT_] = {
    [PD_KIND_BOOL] = true,    [PD_KIND_INT16] = true,     [PD_KIND_INT32] = true,
    [PD_KIND_INT64] = true,   [PD_KIND_FLOAT32] = true,   [PD_KIND_FLOAT64] = true,
    [PD_KIND_DECIMAL] = true, [PD_KIND_TEXT] = true,      [PD_KIND_CHAR] = true,
    [PD_KIND_DATE] = true,    [PD_KIND_TIMESTAMP] = true, [PD_KIND_TIMESTAMPTZ] = true,
    [PD_KIND_TIMETZ] = true,  [PD_KIND_INTERVAL] = true,  [PD_KIND_JSON] = true,
    [PD_KIND_JSONB] = true,   [PD_KIND_XML] = true,       [PD_KIND_UUID] = true,
    [PD_KIND_BIT] = true,     [PD_KIND_VARBIT] = true,    [PD_KIND_INET] = true,
    [PD_KIND_CIDR] = true,    [PD_KIND_MACADDR] = true,   [PD_KIND_MACADDR8] = true,
    [PD_KIND_MONEY] = true,   [PD_KIND_OID] = true,
};

/* Only asked for types here: all values come back converted. */
static struct comes_back
comes_back(const struct pd_column *column, const struct cell *cell)
{
    return (struct comes_back){.back = BACK_CLASS, .reason = "the tables of values have odd cells"};
}

static struct comes_back
comes_back_native(const struct pd_column *column, const struct cell *cell)
{
    if (is_native[column->type.kind])
        return (struct comes_back){.back = BACK_SAME};
    return (struct comes_back){.back = BACK_CLASS, .reason = "there is no such type"};
}

/* ---- Places: two databases of their own ---- */

static const char *
database(unsigned n)
{
    static char names[2][48];

    snprintf(names[n], sizeof names[n], "conformance_%ld_%u", (long)getpid(), n);
    return names[n];
}

/* Has somebody asked for the second one since it was made? Making one takes long. */
static bool is_second_known = true;

static const char *
place(unsigned n)
{
    static char urls[2][64];

    is_second_known |= n == 1;
    snprintf(urls[n], sizeof urls[n], "postgresql:%s", database(n));
    return urls[n];
}

static PGconn *
server(const char *name)
{
    const char *const keywords[] = {"dbname", "options", NULL};
    const char *const values[] = {name, "-c client_min_messages=error -c lock_timeout=100ms", NULL};
    PGconn *conn = PQconnectdbParams(keywords, values, 0);

    if (PQstatus(conn) != CONNECTION_OK) {
        print_error("%s", PQerrorMessage(conn));
        PQfinish(conn);
        return NULL;
    }
    return conn;
}

static bool
run(const char *name, const char *sql)
{
    PGconn *conn = server(name);
    PGresult *result = conn ? PQexec(conn, sql) : NULL;
    int status = PQresultStatus(result);

    PQclear(result);
    PQfinish(conn);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

static void
drop(unsigned n)
{
    char sql[256];

    snprintf(sql, sizeof sql, "DROP DATABASE IF EXISTS %s WITH (FORCE)", database(n));
    run("postgres", sql);
}

/* Copied as files, where that is to be asked for, it takes half as long. */
static void
make(unsigned n)
{
    PGconn *conn = server("postgres");
    char sql[256];
    PGresult *result;

    assert_non_null(conn);
    snprintf(sql, sizeof sql, "CREATE DATABASE %s TEMPLATE template0 ENCODING 'UTF8'%s",
             database(n), PQserverVersion(conn) >= 150000 ? " STRATEGY file_copy" : "");
    result = PQexec(conn, sql);
    assert_int_equal(PQresultStatus(result), PGRES_COMMAND_OK);
    PQclear(result);
    PQfinish(conn);
}

static void
drop_all(void)
{
    drop(0);
    drop(1);
}

static void
clear(void)
{
    static bool is_first = true;

    if (is_first)
        atexit(drop_all);
    is_first = false;
    for (unsigned n = 0; n < 2; n++) {
        if (n == 1 && !is_second_known)
            continue;
        drop(n);
        make(n);
    }
    is_second_known = false;
}

/* Everything: relations, types, columns, constraints, sequences, and all rows as text. */
static const char *const everything[] = {
    "SELECT c.relname, c.relkind, (SELECT string_agg(attname || ' ' || atttypid::regtype || ' ' || "
    "attnotnull, ',' ORDER BY attnum) FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0) "
    "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname !~ '^pg_' AND "
    "n.nspname <> 'information_schema' ORDER BY 1, 2, 3",
    "SELECT typname FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace WHERE nspname !~ "
    "'^pg_' AND nspname <> 'information_schema' ORDER BY 1",
    "SELECT conname, conrelid::regclass, pg_get_constraintdef(oid) FROM pg_constraint WHERE "
    "conrelid <> 0 ORDER BY 2, 1",
    "SELECT count(*) FROM pg_largeobject_metadata",
    NULL,
};

static void
show(PGconn *conn, const char *sql, struct buffer *out)
{
    PGresult *result = PQexec(conn, sql);

    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(conn));
    for (int row = 0; row < PQntuples(result); row++) {
        for (int i = 0; i < PQnfields(result); i++) {
            buffer_text(out, PQgetvalue(result, row, i));
            buffer_text(out, "|");
        }
        buffer_text(out, "\n");
    }
    PQclear(result);
}

static void
show_rows(PGconn *conn, struct buffer *out)
{
    PGresult *tables = PQexec(
        conn, "SELECT format('SELECT ''%s'', x::text FROM %s x ORDER BY 2', "
              "replace(c.oid::regclass::text, '''', ''''''), c.oid::regclass) FROM pg_class c "
              "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname !~ '^pg_' AND "
              "n.nspname <> 'information_schema' AND relkind IN ('r', 'S') ORDER BY relname");

    for (int row = 0; row < PQntuples(tables); row++)
        show(conn, PQgetvalue(tables, row, 0), out);
    PQclear(tables);
}

static void
standing(struct buffer *out)
{
    for (unsigned n = 0; n < 2; n++) {
        PGconn *conn = server(database(n));

        assert_non_null(conn);
        buffer_printf(out, "database %u\n", n);
        for (size_t i = 0; everything[i]; i++)
            show(conn, everything[i], out);
        show_rows(conn, out);
        PQfinish(conn);
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
        "INSERT INTO many (id, name) SELECT max(id) + 1, 'new' FROM many",
        "ALTER TABLE many ADD COLUMN more int",
        "TRUNCATE many",
        "UPDATE many SET amount = amount + 1",
    };

    return run(strchr(url, ':') + 1, changes[n % (sizeof changes / sizeof *changes)]);
}

static const char *const impatient[] = {"timeout", "2", NULL};

#define COMMON                                                                                     \
    .maps = true, .is_slow = true, .place = place, .clear = clear, .standing = standing,           \
    .open_to_changes = open_to_changes, .change = change, .impatient = impatient

static const char *const carrier[] = {"misfit", "carrier", "names", "carry", NULL};
static const char *const one_transaction[] = {"misfit", "carrier", "names", "carry",
                                              "atomic", "run",     NULL};
static const char *const append[] = {"into", "append", NULL};

static const struct quirks carriers = {
    .name = "postgresql: an empty database, carriers",
    COMMON,
    .no_rejects = "keys are made after the rows: the run fails",
    .knows = true,
    .sink_options = carrier,
    .comes_back = comes_back,
};
static const struct quirks transaction = {
    .name = "postgresql: one transaction",
    COMMON,
    .no_rejects = "keys are made after the rows: the run fails",
    .knows = true,
    .sink_options = one_transaction,
    .comes_back = comes_back,
    .no_twin_sinks = "a transaction has one connection",
};
static const struct quirks existing = {
    .name = "postgresql: tables that are there",
    COMMON,
    .sink_options = append,
    .comes_back = comes_back_native,
    .tables_first = true,
    .no_twin_sinks = "a transaction has one connection",
};

const struct quirks *const engine_ways[] = {&carriers, &transaction, &existing, NULL};
