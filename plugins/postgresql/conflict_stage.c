// SPDX-License-Identifier: Apache-2.0
/* conflict_stage - the temporary table that rows go into before the target's own: the columns that
   come, with the checks and unique indexes of the target, and a number for each row. It is kept
   until the transaction ends, since any row may have the key of one long before it. */
#include <string.h>

#include "conflict.h"

static const char *
target_text(struct pd_sink *sink, uint32_t table, struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};

    sql_table(&sql, sink->tables[table].schema, sink->tables[table].name);
    return attempt_keep(sink, &sql, err);
}

static bool
is_sent(const struct target_table *t, const char *name)
{
    for (size_t i = 0; i < t->table->n_columns; i++) {
        if (t->columns[i].is_sent && strcmp(t->columns[i].name, name) == 0)
            return true;
    }
    return false;
}

/* Columns that keep what they have, and what is computed of them, with their keys and checks. */
static pd_status
drop_columns(struct pd_sink *sink, uint32_t table, const char *stage, struct pd_error *err)
{
    const struct present_table *there = &sink->ddl->present[table];
    struct pd_sql sql = {.host = sink->host};
    size_t n = 0;
    pd_status status = PD_OK;

    for (size_t i = 0; i < there->n_columns; i++) {
        const struct present_column *c = &there->columns[i];

        if (c->is_generated || is_sent(&sink->tables[table], c->name))
            continue;
        if (n++ == 0)
            pd_sql_printf(&sql, "ALTER TABLE %s", stage);
        pd_sql_add(&sql, n > 1 ? ", DROP COLUMN " : " DROP COLUMN ");
        sql_name(&sql, c->name);
        pd_sql_add(&sql, " CASCADE");
    }
    if (n)
        status = sql_run(sink->pg, &sql, err);
    pd_sql_free(&sql);
    return status;
}

/* Indexes that forbid nothing only cost time. */
static pd_status
drop_indexes(struct pd_sink *sink, const char *stage, struct pd_error *err)
{
    PGresult *rows = NULL;
    pd_status status = pg_query(sink->pg,
                                "SELECT format('DROP INDEX pg_temp.%I', c.relname) FROM pg_index i "
                                "JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = "
                                "$1::regclass AND NOT i.indisunique AND NOT i.indisexclusion",
                                1, &stage, "t", &rows, err);

    for (int i = 0; status == PD_OK && i < PQntuples(rows); i++)
        status = pg_run(sink->pg, PQgetvalue(rows, i, 0), err);
    PQclear(rows);
    return status;
}

static pd_status
look_for_triggers(struct pd_sink *sink, uint32_t table, bool *ret_has, struct pd_error *err)
{
    PGresult *row = NULL;
    pd_status status = pg_query(
        sink->pg,
        "SELECT EXISTS (SELECT FROM pg_trigger t WHERE (t.tgrelid = $1::oid OR t.tgrelid IN "
        "(SELECT relid FROM pg_partition_tree($1::oid::regclass))) AND NOT "
        "t.tgisinternal AND t.tgenabled IN ('O', 'A'))",
        1, &sink->ddl->present[table].oid, "1b", &row, err);

    if (status != PD_OK)
        return status;
    *ret_has = *PQgetvalue(row, 0, 0) == 't';
    PQclear(row);
    return status;
}

/* Nobody knows how many rows the stage has but us: a few thousand are looked up by their keys each
   time, and to read the whole table instead would take for ever. */
static pd_status
tune(struct pd_sink *sink, struct pd_error *err)
{
    static const char *const settings[] = {"enable_seqscan", "enable_hashjoin", "enable_mergejoin",
                                           "jit"};
    pd_status status = PD_OK;

    for (size_t i = 0; i < sizeof settings / sizeof *settings && status == PD_OK; i++)
        status = pg_runf(sink->pg, err, "SET LOCAL %s = off", settings[i]);
    sink->conflicts->is_tuned = status == PD_OK;
    return status;
}

pd_status
conflict_stage(struct pd_sink *sink, uint32_t table, struct pd_error *err)
{
    struct conflict_table *t = &sink->conflicts->tables[table];
    struct pd_sql sql = {.host = sink->host};
    const char *stage, *target;
    pd_status status;

    if (t->stage)
        return PD_OK;
    pd_sql_printf(&sql, "pg_temp.\"pd$stage_%u\"", table);
    stage = attempt_keep(sink, &sql, err);
    target = stage ? target_text(sink, table, err) : NULL;
    if (!target)
        return PD_FATAL;
    status = pg_runf(sink->pg, err,
                     "CREATE TEMPORARY TABLE \"pd$stage_%u\" (LIKE %s INCLUDING GENERATED "
                     "INCLUDING CONSTRAINTS INCLUDING INDEXES, " CONFLICT_ROW
                     " bigint GENERATED ALWAYS AS IDENTITY) ON COMMIT DROP",
                     table, target);
    if (status == PD_OK)
        status = drop_columns(sink, table, stage, err);
    if (status == PD_OK)
        status = drop_indexes(sink, stage, err);
    if (status == PD_OK)
        status = pg_runf(sink->pg, err, "CREATE UNIQUE INDEX ON %s (" CONFLICT_ROW ")", stage);
    if (status == PD_OK)
        status = look_for_triggers(sink, table, &t->has_triggers, err);
    if (status == PD_OK && !sink->conflicts->is_tuned)
        status = tune(sink, err);
    if (status == PD_OK)
        t->stage = stage;
    return status;
}
