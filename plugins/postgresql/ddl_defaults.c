// SPDX-License-Identifier: Apache-2.0
/* ddl_defaults - defaults of columns, all of a table in one statement where the server takes them.
 */
#include <string.h>

#include "ddl.h"

static void
put_alter(const struct pd_sink *sink, size_t table, struct pd_sql *sql)
{
    pd_sql_clear(sql);
    /* Leaves take those of their table; what inherits has its own. */
    pd_sql_add(sql, ddl_is_kin(sink, table) ? "ALTER TABLE ONLY " : "ALTER TABLE ");
    sql_table(sql, sink->tables[table].schema, sink->tables[table].name);
}

static void
say_lost(struct pd_sink *sink, int part, size_t table, size_t column, const char *why)
{
    const struct pd_table *t = sink->tables[table].table;

    sink_leave_out(sink, part, (uint32_t)table, (uint32_t)column,
                   "default of column '%s' of table '%s': %s", pd_column_at(t, column)->name,
                   t->name, why);
}

/* One more "ALTER COLUMN c SET DEFAULT x"; PD_DONE: the column needs none. */
static pd_status
put_default(struct pd_sink *sink, size_t table, size_t column, bool first, struct pd_sql *sql,
            struct pd_error *err)
{
    struct pd_sql term = {.host = sink->host};
    pd_status status = default_write(sink, table, column, &term, err);

    if (status == PD_OK && !pd_sql_text(&term))
        status = pg_no_memory(sink->host, err);
    if (status == PD_OK) {
        pd_sql_add(sql, first ? " ALTER COLUMN " : ", ALTER COLUMN ");
        sql_name(sql, ddl_column(sink, table, column));
        pd_sql_printf(sql, " SET DEFAULT %s", pd_sql_text(&term));
    }
    pd_sql_free(&term);
    return status;
}

/* After the server refused them together. */
static pd_status
set_one(struct pd_sink *sink, size_t table, size_t column, struct pd_sql *sql, struct pd_error *err)
{
    const char *refusal = NULL;
    pd_status status;

    put_alter(sink, table, sql);
    status = put_default(sink, table, column, /* first= */ true, sql, err);
    if (status == PD_OK)
        status = pd_sql_text(sql) ? attempt(sink, sql->text, &refusal, err)
                                  : pg_no_memory(sink->host, err);
    if (refusal)
        say_lost(sink, PD_PART_DEFAULT, table, column, refusal);
    return status == PD_DONE || status == PD_UNSUPPORTED ? PD_OK : status;
}

static const char *
why_lost(const struct pd_sink *sink, const struct pd_column *column, char shown[PD_DEFAULT_SHOWN])
{
    if (sink->same && column->default_native)
        return "it is made with --native only";
    return pd_default_lost(column, shown, PD_DEFAULT_SHOWN);
}

static pd_status
set_table(struct pd_sink *sink, size_t table, struct pd_sql *sql, struct pd_error *err)
{
    const struct target_table *t = &sink->tables[table];
    const char *refusal = NULL;
    char shown[PD_DEFAULT_SHOWN];
    size_t i, n = 0;
    pd_status status = PD_OK;

    put_alter(sink, table, sql);
    for (i = 0; i < t->table->n_columns && status == PD_OK; i++) {
        if (!t->columns[i].name || pd_column_at(t->table, i)->generated)
            continue;
        status = put_default(sink, table, i, n == 0, sql, err);
        n += status == PD_OK;
        if (status == PD_UNSUPPORTED)
            say_lost(sink, PD_PART_DEFAULT | (sink->same ? PD_PART_IF_NATIVE : 0), table, i,
                     why_lost(sink, pd_column_at(t->table, i), shown));
        if (status == PD_UNSUPPORTED || status == PD_DONE)
            status = PD_OK;
    }
    if (status != PD_OK || n == 0)
        return status;
    status =
        pd_sql_text(sql) ? attempt(sink, sql->text, &refusal, err) : pg_no_memory(sink->host, err);
    for (i = 0; i < t->table->n_columns && refusal && status == PD_OK; i++) {
        if (t->columns[i].name && !pd_column_at(t->table, i)->generated)
            status = set_one(sink, table, i, sql, err);
    }
    return status;
}

pd_status
ddl_defaults(struct pd_sink *sink, struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < sink->catalog->n_tables && status == PD_OK; i++) {
        if (!sink->tables[i].is_large_objects)
            status = set_table(sink, i, &sql, err);
    }
    pd_sql_free(&sql);
    return status;
}
