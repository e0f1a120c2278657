// SPDX-License-Identifier: Apache-2.0
/* present_look - which tables of a run a database has already, and whether they have rows. */
#include <stdio.h>
#include <string.h>

#include "ddl.h"
#include "write.h"

#define OF_ANY_SORT " AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') LIMIT 2"
#define NAMED                                                                                      \
    "SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname "  \
    "= "                                                                                           \
    "$1 AND "

pd_status
present_oid(struct pd_sink *sink, const struct pd_table *table, char oid[PRESENT_OID],
            struct pd_error *err)
{
    /* The first is by an index, and mostly the last. */
    static const char *const queries[] = {
        NAMED "c.relname = $2" OF_ANY_SORT,
        NAMED "lower(c.relname) = lower($2)" OF_ANY_SORT,
    };
    const char *params[] = {table->schema ? table->schema : "public", table->name};
    pd_status status = PD_OK;

    *oid = 0;
    for (size_t i = 0; i < sizeof queries / sizeof *queries && status == PD_OK && !*oid; i++) {
        PGresult *found = NULL;

        status = pg_query(sink->pg, queries[i], 2, params, "i", &found, err);
        if (status == PD_OK && PQntuples(found) == 1)
            snprintf(oid, PRESENT_OID, "%s", PQgetvalue(found, 0, 0));
        PQclear(found);
    }
    return status;
}

/* Most runs are into a database without a table. */
static pd_status
has_tables(struct pd_sink *sink, bool *ret_has, struct pd_error *err)
{
    PGresult *found = NULL;
    pd_status status =
        pg_query(sink->pg,
                 "SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE "
                 "c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> "
                 "'information_schema' LIMIT 1",
                 0, NULL, "", &found, err);

    *ret_has = status == PD_OK && PQntuples(found) > 0;
    PQclear(found);
    return status;
}

/* What is of another sort is no table, and found by prepare(). */
static pd_status
name_of(struct pd_sink *sink, const char *oid, struct pd_sql *sql, bool *ret_is,
        struct pd_error *err)
{
    PGresult *found = NULL;
    pd_status status = pg_query(sink->pg,
                                "SELECT c.relkind, format('%I.%I', n.nspname, c.relname) FROM "
                                "pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE "
                                "c.oid = $1::oid AND c.relkind IN ('r', 'p')",
                                1, &oid, "tt", &found, err);

    *ret_is = status == PD_OK && PQntuples(found) > 0;
    if (*ret_is)
        pd_sql_printf(sql, "SELECT FROM %s%s LIMIT 1",
                      *PQgetvalue(found, 0, 0) == 'r' ? "ONLY " : "", PQgetvalue(found, 0, 1));
    PQclear(found);
    return status;
}

pd_status
present_look_at(struct pd_sink *sink, const struct pd_table *table, bool *ret_is,
                bool *ret_has_rows, struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    char oid[PRESENT_OID];
    PGresult *found = NULL;
    pd_status status = present_oid(sink, table, oid, err);

    *ret_is = false;
    if (status == PD_OK && *oid)
        status = name_of(sink, oid, &sql, ret_is, err);
    if (status == PD_OK && *ret_is)
        status = pd_sql_text(&sql) ? pg_query(sink->pg, sql.text, 0, NULL, "", &found, err)
                                   : pg_no_memory(sink->host, err);
    *ret_has_rows = status == PD_OK && found && PQntuples(found) > 0;
    PQclear(found);
    pd_sql_free(&sql);
    return status;
}

pd_status
present_look(struct pd_sink *sink, const struct pd_load *load, struct pd_found *ret_found,
             struct pd_error *err)
{
    bool same = load->flags & PD_LOAD_SAME_ENGINE, has = false;
    char run[MARKER_RUN];
    pd_status status = marker_read(sink->pg, run, err);

    if (status == PD_OK && !*run)
        status = has_tables(sink, &has, err);
    for (uint32_t i = 0; i < load->catalog->n_tables && status == PD_OK && has; i++) {
        const struct pd_table *table = pd_table_at(load->catalog, i);
        bool is = false, has_rows = false;

        if (table->flags & PD_TABLE_PASSENGER || table->owner ||
            (same && !table->schema && strcmp(table->name, PG_LO_TABLE) == 0))
            continue;
        status = present_look_at(sink, table, &is, &has_rows, err);
        ret_found->n_found += is;
        if (!is && ret_found->missing == PD_NO_TABLE)
            ret_found->missing = i;
        if (has_rows && !pd_load_empties(load, i) && ret_found->filled == PD_NO_TABLE)
            ret_found->filled = i;
    }
    return status;
}
