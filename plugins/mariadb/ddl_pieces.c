// SPDX-License-Identifier: Apache-2.0
/* ddl_pieces - a table that the server refused as a whole, piece by piece: what it does not take is
   left out, and told with what the server said. */
#include <string.h>

#include "ddl.h"

void
ddl_put_alter(const struct pd_sink *sink, size_t table, struct pd_sql *sql)
{
    pd_sql_clear(sql);
    pd_sql_add(sql, "ALTER TABLE ");
    my_name(sql, sink->tables[table].staged);
}

static const char *
table_name(const struct pd_sink *sink, size_t table)
{
    return sink->tables[table].table->name;
}

/* ---- Generated columns ---- */

/* The column that stands before it; NULL: it is the first. */
static const char *
column_before(const struct pd_sink *sink, size_t table, size_t column)
{
    while (column-- > 0) {
        if (ddl_column(sink, table, column))
            return ddl_column(sink, table, column);
    }
    return NULL;
}

static pd_status
add_generated(struct pd_sink *sink, size_t table, size_t i, struct pd_sql *sql,
              struct pd_error *err)
{
    const char *before = column_before(sink, table, i), *refusal = NULL;
    pd_status status;

    ddl_put_alter(sink, table, sql);
    pd_sql_add(sql, " ADD COLUMN ");
    status = ddl_put_column(sink, table, i, DDL_WITH_ALL, sql, err);
    if (before) {
        pd_sql_add(sql, " AFTER ");
        my_name(sql, before);
    } else {
        pd_sql_add(sql, " FIRST");
    }
    if (status == PD_OK)
        status = attempt(sink, sql, &refusal, err);
    if (!refusal)
        return status;
    sink_leave_out(sink, PD_PART_GENERATED, (uint32_t)table, (uint32_t)i,
                   "expression of column '%s' of table '%s': %s, so the column is left out",
                   pd_column_at(sink->tables[table].table, i)->name, table_name(sink, table),
                   refusal);
    ddl_forget_column(sink, table, i);
    return status;
}

/* ---- Defaults, keys, checks ---- */

static pd_status
set_default(struct pd_sink *sink, size_t table, size_t i, struct pd_sql *sql, struct pd_error *err)
{
    const char *refusal = NULL;
    pd_status status;

    ddl_put_alter(sink, table, sql);
    pd_sql_add(sql, " ALTER COLUMN ");
    my_name(sql, ddl_column(sink, table, i));
    pd_sql_add(sql, " SET DEFAULT ");
    status = default_write(sink, table, i, sql, err);
    if (status == PD_DONE || status == PD_UNSUPPORTED)
        return PD_OK;
    if (status == PD_OK)
        status = attempt(sink, sql, &refusal, err);
    if (refusal)
        sink_leave_out(sink, PD_PART_DEFAULT, (uint32_t)table, (uint32_t)i,
                       "default of column '%s' of table '%s': %s",
                       pd_column_at(sink->tables[table].table, i)->name, table_name(sink, table),
                       refusal);
    return status;
}

static pd_status
add_check(struct pd_sink *sink, size_t table, size_t i, struct pd_sql *sql, struct pd_error *err)
{
    const char *refusal = NULL;
    pd_status status;

    ddl_put_alter(sink, table, sql);
    pd_sql_add(sql, " ADD ");
    status = ddl_put_check(sink, table, i, sql, err);
    if (status == PD_DONE || status == PD_UNSUPPORTED)
        return PD_OK;
    if (status == PD_OK)
        status = attempt(sink, sql, &refusal, err);
    if (refusal)
        ddl_say_check(sink, table, i, refusal);
    return status;
}

static bool
is_there_already(const struct pd_sink *sink, size_t table, size_t i)
{
    const struct pd_table *t = sink->tables[table].table;
    const struct pd_key *key = pd_key_at(t, i);
    int32_t first = key->n_parts ? pd_part_at(key, 0)->column : -1;

    return !pd_key_is_generated(t, key) &&
           (ddl_key_form(sink, table, i) == DDL_KEY_PRIMARY ||
            (first >= 0 && ddl_is_auto(sink, table, (size_t)first)));
}

static pd_status
add_key(struct pd_sink *sink, size_t table, size_t i, struct pd_sql *sql, struct pd_error *err)
{
    const struct pd_table *t = sink->tables[table].table;
    const char *refusal = NULL;
    pd_status status;

    if (!ddl_is_key_inline(sink, table, i) || is_there_already(sink, table, i))
        return PD_OK;
    ddl_put_alter(sink, table, sql);
    pd_sql_add(sql, " ADD ");
    ddl_put_key(sink, table, i, sql);
    status = attempt(sink, sql, &refusal, err);
    if (refusal)
        sink_leave_out(sink, PD_PART_KEY, (uint32_t)table, (uint32_t)i,
                       "key '%s' of table '%s': %s", ddl_key_label(t, pd_key_at(t, i)), t->name,
                       refusal);
    return status;
}

/* Without it the server would make one when the foreign key comes, of a name that others see. */
static pd_status
add_support(struct pd_sink *sink, size_t table, size_t i, struct pd_sql *sql, struct pd_error *err)
{
    const char *refusal = NULL;
    struct ddl_link link;

    if (sink->tables[table].keys_after || ddl_link(sink, table, i, &link) || !link.needs_index)
        return PD_OK;
    ddl_put_alter(sink, table, sql);
    pd_sql_add(sql, " ADD ");
    ddl_put_support(sink, table, i, &link, sql);
    return attempt(sink, sql, &refusal, err);
}

/* ---- All of it ---- */

static pd_status
add_pieces(struct pd_sink *sink, size_t table, struct pd_sql *sql, struct pd_error *err)
{
    const struct pd_table *t = sink->tables[table].table;
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < t->n_columns && status == PD_OK; i++) {
        if (ddl_column(sink, table, i) && pd_column_at(t, i)->generated)
            status = add_generated(sink, table, i, sql, err);
    }
    for (i = 0; i < t->n_columns && status == PD_OK; i++) {
        if (ddl_column(sink, table, i) && !pd_column_at(t, i)->generated)
            status = set_default(sink, table, i, sql, err);
    }
    for (i = 0; i < t->n_keys && status == PD_OK; i++)
        status = add_key(sink, table, i, sql, err);
    for (i = 0; i < t->n_foreigns && status == PD_OK; i++)
        status = add_support(sink, table, i, sql, err);
    for (i = 0; i < t->n_checks && status == PD_OK; i++)
        status = add_check(sink, table, i, sql, err);
    return status;
}

pd_status
ddl_make_pieces(struct pd_sink *sink, size_t table, struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    pd_status status = ddl_put_table(sink, table, 0, &sql, err);

    if (status == PD_OK)
        status = attempt_or_fail(sink, sink->my, &sql, err, "table '%s'", table_name(sink, table));
    if (status == PD_OK)
        status = add_pieces(sink, table, &sql, err);
    pd_sql_free(&sql);
    return status;
}
