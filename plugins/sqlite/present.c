// SPDX-License-Identifier: Apache-2.0
/* present - loading into tables that are there: matched by name, in one transaction. */
#include <stdlib.h>
#include <string.h>

#include "sink.h"

/* A column there. */
struct there {
    const char *name;
    const char *declared;
    bool generated;
};

/* A table there; without columns there is none. */
struct there_table {
    struct there *columns;
    size_t n_columns;
    bool without_rowid;
};

static pd_status
fail_read(struct pd_sink *sink, int rc, const char *table, struct pd_error *err)
{
    return sink_fail(sink, rc, err, "cannot read the columns of table '%s'", table);
}

/* In a STRICT table ANY is no affinity at all. */
static const char read_columns_sql[] =
    "SELECT x.name, CASE WHEN l.strict AND x.type = 'ANY' THEN '' ELSE x.type END, x.hidden, l.wr "
    "FROM pragma_table_list(?1) l, pragma_table_xinfo(?1, 'main') x WHERE l.schema = 'main'";

static pd_status
read_columns(struct pd_sink *sink, struct pd_pool *pool, const char *table,
             struct there_table *ret_there, struct pd_error *err)
{
    sqlite3_stmt *stmt = NULL;
    size_t room = 0;
    int rc = sqlite3_prepare_v2(sink->db, read_columns_sql, -1, &stmt, NULL);

    memset(ret_there, 0, sizeof *ret_there);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(stmt, 1, table, -1, SQLITE_STATIC);
    while (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        struct there *column =
            pd_pool_append(pool, &ret_there->columns, ret_there->n_columns, &room, sizeof *column);

        rc = SQLITE_NOMEM;
        if (!column)
            break;
        ret_there->n_columns++;
        ret_there->without_rowid = sqlite3_column_int(stmt, 3);
        column->name = pd_pool_text(pool, (const char *)sqlite3_column_text(stmt, 0));
        column->declared = pd_pool_text(pool, (const char *)sqlite3_column_text(stmt, 1));
        column->generated = sqlite3_column_int(stmt, 2) > 1;
        if (column->name && column->declared)
            rc = SQLITE_OK;
    }
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE ? PD_OK : fail_read(sink, rc, table, err);
}

static const struct there *
find_column(const struct there_table *there, const char *name)
{
    size_t i;

    for (i = 0; i < there->n_columns; i++) {
        if (sqlite_same_name(there->columns[i].name, name))
            return &there->columns[i];
    }
    return NULL;
}

/* Rowids are kept where a table is empty before SQLite's own rows come, and nowhere else. */
static bool
wants_column(const struct pd_sink *sink, const struct there_table *there,
             const struct pd_column *column)
{
    if (column->flags & PD_COLUMN_PASSENGER)
        return sink->same && sink->into != PD_INTO_APPEND && !there->without_rowid &&
               !find_column(there, column->name);
    return !column->generated;
}

static pd_status
match_column(struct pd_sink *sink, size_t number, size_t i, const struct there *there,
             struct stored *ret_stored, struct pd_error *err)
{
    const struct sink_table *t = &sink->tables[number];
    const struct pd_column *column = pd_column_at(t->table, i);

    if (column->flags & PD_COLUMN_PASSENGER) {
        types_same(&column->type, "INTEGER", ret_stored);
        return PD_OK;
    }
    if (!there)
        return sink->host->fail(err, PD_FAILED, PD_CAUSE_MISSING,
                                "table '%s' of the target has no column '%s': add it there, or "
                                "drop it on the way by a migration",
                                t->name, column->name);
    if (there->generated)
        return sink->host->fail(err, PD_FAILED, PD_CAUSE_CONFLICT,
                                "column '%s' of table '%s' is generated in the target: drop it on "
                                "the way by a migration",
                                column->name, t->name);
    types_existing(&column->type, sink_profile(sink, number, i), there->declared, ret_stored);
    if (ret_stored->rung != PD_RUNG_REFUSED)
        return PD_OK;
    return sink->host->fail(err, PD_FAILED, PD_CAUSE_DATA, "column '%s' of table '%s': %s",
                            column->name, t->name, ret_stored->reason);
}

static pd_status
match_columns(struct pd_sink *sink, size_t number, const struct there_table *there,
              struct pd_error *err)
{
    const struct pd_table *table = sink->tables[number].table;
    struct feed *feed = &sink->feed;
    size_t i;
    pd_status status = PD_OK;

    feed->n_columns = 0;
    for (i = 0; i < table->n_columns && status == PD_OK; i++) {
        const struct pd_column *column = pd_column_at(table, i);
        struct feed_column *c = &feed->columns[feed->n_columns];

        if (!wants_column(sink, there, column))
            continue;
        memset(c, 0, sizeof *c);
        c->number = (uint32_t)i;
        c->column = column;
        status = match_column(sink, number, i, find_column(there, column->name), &c->stored, err);
        feed->n_columns++;
    }
    return status;
}

pd_status
present_columns(struct pd_sink *sink, size_t number, struct pd_error *err)
{
    const struct sink_table *t = &sink->tables[number];
    struct pd_pool pool = {.host = sink->host};
    struct there_table there;
    pd_status status = read_columns(sink, &pool, t->name, &there, err);

    if (status == PD_OK && there.n_columns == 0)
        status = sink->host->fail(err, PD_FAILED, PD_CAUSE_MISSING,
                                  "there is no table '%s' in '%s': make it there, or use "
                                  "--into=replace",
                                  t->name, sink->path);
    if (status == PD_OK)
        status = match_columns(sink, number, &there, err);
    pd_pool_close(&pool);
    return status;
}

/* A view or a virtual table does not take rows as they are. */
static pd_status
check_kind(struct pd_sink *sink, const char *table, struct pd_error *err)
{
    char *sql = sqlite3_mprintf("SELECT CASE WHEN type = 'view' THEN 'view' "
                                "WHEN sql LIKE 'CREATE VIRTUAL%%' THEN 'virtual table' END "
                                "FROM main.sqlite_schema WHERE name = %Q COLLATE NOCASE "
                                "AND type IN ('table', 'view')",
                                table);
    char kind[24];
    pd_status status;

    if (!sql)
        return sqlite_no_memory(sink->host, err);
    status = sqlite_ask(sink->host, sink->db, sql, kind, sizeof kind, err);
    sqlite3_free(sql);
    if (status != PD_OK || !*kind)
        return status;
    return sink->host->fail(err, PD_FAILED, PD_CAUSE_CONFLICT,
                            "'%s' is a %s in the target, rows go into tables only", table, kind);
}

static pd_status
empty_table(struct pd_sink *sink, const char *table, struct pd_error *err)
{
    sqlite3_str *sql = sqlite3_str_new(sink->db);

    sqlite3_str_appendf(sql, "DELETE FROM main.\"%w\"", table);
    return sink_run(sink, sql, err, "cannot empty table '%s'", table);
}

/* --into=empty with --data-only: the tables are there, and must have no rows. */
static pd_status
refuse_rows(struct pd_sink *sink, const char *table, struct pd_error *err)
{
    char *sql = sqlite3_mprintf("SELECT 'x' FROM main.\"%w\" LIMIT 1", table);
    char found[64];
    pd_status status;

    if (!sql)
        return sqlite_no_memory(sink->host, err);
    status = sqlite_ask(sink->host, sink->db, sql, found, sizeof found, err);
    sqlite3_free(sql);
    if (status != PD_OK || !*found)
        return status;
    return sink->host->fail(err, PD_FAILED, PD_CAUSE_CONFLICT,
                            "table '%s' is not empty: use --into=append or --into=truncate", table);
}

static pd_status
check_table(struct pd_sink *sink, size_t number, struct pd_error *err)
{
    struct sink_table *t = &sink->tables[number];
    pd_status status;

    if (t->table->flags & PD_TABLE_PASSENGER) {
        t->passes = true;
        sink_leave_out(sink, PD_PART_TABLE, (uint32_t)number, 0,
                       "table '%s': it belongs to the machinery of its database and is not "
                       "written into another",
                       t->name);
        return PD_OK;
    }
    status = check_kind(sink, t->name, err);
    if (status == PD_OK)
        status = present_columns(sink, number, err);
    if (status == PD_OK && sink->into == PD_INTO_EMPTY && !pd_load_empties(sink->load, number))
        status = refuse_rows(sink, t->name, err);
    return status;
}

pd_status
present_check(struct pd_sink *sink, struct pd_error *err)
{
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < sink->catalog->n_tables && status == PD_OK; i++)
        status = check_table(sink, i, err);
    for (i = 0; i < sink->catalog->n_tables && status == PD_OK; i++) {
        if (!sink->tables[i].passes &&
            (sink->into == PD_INTO_TRUNCATE || sink->into == PD_INTO_REPLACE ||
             pd_load_empties(sink->load, i)))
            status = empty_table(sink, sink->tables[i].name, err);
    }
    return status;
}

/* Rows that point nowhere are kept, but somebody should know. */
static pd_status
tell_orphans(struct pd_sink *sink, struct pd_error *err)
{
    static const char sql[] = "SELECT \"table\", count(*) FROM pragma_foreign_key_check() "
                              "GROUP BY 1 ORDER BY 1";
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(sink->db, sql, -1, &stmt, NULL);

    while (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        const char *table = (const char *)sqlite3_column_text(stmt, 0);

        sink->host->log(sink->host, PD_LOG_WARNING,
                        "table '%s' of '%s': %lld foreign keys point to rows that are not there",
                        table ? table : "", sink->path, (long long)sqlite3_column_int64(stmt, 1));
        rc = SQLITE_OK;
    }
    sqlite3_finalize(stmt);
    /* A key that SQLite cannot even look up stops the check, not the load. */
    if (rc == SQLITE_DONE || (rc & 0xff) == SQLITE_ERROR)
        return PD_OK;
    return sink_fail(sink, rc, err, "cannot check foreign keys");
}

pd_status
present_rest(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status = autoincrement_write(sink, err);

    return status == PD_OK ? tell_orphans(sink, err) : status;
}
