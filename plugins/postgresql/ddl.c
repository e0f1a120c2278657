// SPDX-License-Identifier: Apache-2.0
/* ddl - the order in which the schema of a target comes about: what tables need, tables, and after
   their rows all that would have slowed them down. */
#include <string.h>

#include "ddl.h"

static pd_status
check_cancelled(struct pd_sink *sink, struct pd_error *err)
{
    if (!sink->host->cancelled(sink->host))
        return PD_OK;
    return sink->host->fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "the run was interrupted");
}

pd_status
ddl_table(struct pd_sink *sink, uint32_t table, struct pg *pg, struct pd_error *err)
{
    struct ddl_table *d = &sink->ddl->tables[table];
    pd_status status;

    if (!d->create || d->made)
        return PD_OK;
    status = attempt_or_fail(sink, pg, d->create, err, "table '%s'", sink->tables[table].name);
    d->made = status == PD_OK;
    return status;
}

/* The server may not take an expression as it is, since types are others here: a table with
   nothing else computed tells. */
static pd_status
test_expression(struct pd_sink *sink, size_t table, size_t column, const char **ret_refusal,
                struct pd_error *err)
{
    const struct target_table *t = &sink->tables[table];
    const struct pd_column *c = pd_column_at(t->table, column);
    struct pd_sql sql = {.host = sink->host};
    size_t i, n = 0;
    pd_status status;

    pd_sql_add(&sql, "CREATE TABLE ");
    sql_table(&sql, t->schema, t->name);
    pd_sql_add(&sql, " (");
    for (i = 0; i < t->table->n_columns; i++) {
        if (!t->columns[i].name || pd_column_at(t->table, i)->generated)
            continue;
        pd_sql_add(&sql, n++ ? ", " : "");
        sql_name(&sql, t->columns[i].name);
        pd_sql_printf(&sql, " %s", t->columns[i].native);
    }
    pd_sql_add(&sql, n ? ", " : "");
    sql_name(&sql, t->columns[column].name);
    pd_sql_printf(&sql, " %s GENERATED ALWAYS AS (", t->columns[column].native);
    status = expression_write(sink, table, c->expression, c->expression_native, &sql, err);
    pd_sql_add(&sql, ") STORED)");
    if (status == PD_OK)
        status = pd_sql_text(&sql) ? attempt(sink, sql.text, ret_refusal, err)
                                   : pg_no_memory(sink->host, err);
    if (status == PD_OK && !*ret_refusal) {
        pd_sql_clear(&sql);
        pd_sql_add(&sql, "DROP TABLE ");
        sql_table(&sql, t->schema, t->name);
        status = sql_run(sink->pg, &sql, err);
    }
    pd_sql_free(&sql);
    return status;
}

/* Generated columns of other engines are tried before the table is made with them. */
static pd_status
drop_bad_columns(struct pd_sink *sink, size_t table, struct pd_error *err)
{
    const struct target_table *t = &sink->tables[table];
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < t->table->n_columns && status == PD_OK; i++) {
        const struct pd_column *c = pd_column_at(t->table, i);
        const char *refusal = NULL;

        if (!c->generated || !t->columns[i].name || sink->same)
            continue;
        status = test_expression(sink, table, i, &refusal, err);
        if (!refusal)
            continue;
        ddl_forget_column(sink, table, i);
        sink_leave_out(sink, PD_PART_GENERATED, (uint32_t)table, (uint32_t)i,
                       "expression of column '%s' of table '%s': %s, so the column is left out",
                       c->name, t->table->name, refusal);
    }
    return status;
}

/* Tables are made here, or, when each is committed by itself, with their rows. */
static bool
is_made_now(const struct pd_sink *sink, size_t table)
{
    return sink->atomic == ATOMIC_RUN || sink->load->flags & PD_LOAD_SCHEMA_ONLY ||
           sink->ddl->all_first || ddl_has_objects(sink, table);
}

/* A domain or composite type that may be over regclass and the like. */
static bool
has_types_of_names(const struct pd_sink *sink)
{
    size_t i;

    for (i = 0; i < sink->catalog->n_objects; i++) {
        const struct pd_object *o = pd_object_at(sink->catalog, i);

        if (o->sql && (strcmp(o->kind, "domain") == 0 || strcmp(o->kind, "composite type") == 0) &&
            (strstr(o->sql, " reg") || strstr(o->sql, ".reg") || strstr(o->sql, "\"reg")))
            return true;
    }
    return false;
}

/* Values of regclass, regtype and the like are names of what has to be there. */
static bool
may_name_tables(const struct pd_sink *sink)
{
    bool by_types = has_types_of_names(sink);
    size_t i, k;

    for (i = 0; i < sink->catalog->n_tables && sink->same; i++) {
        const struct target_table *t = &sink->tables[i];

        for (k = 0; k < t->table->n_columns; k++) {
            const struct target_column *c = &t->columns[k];

            if (c->is_sent && c->form == PG_FORM_TEXT && c->native &&
                (strncmp(c->native, "reg", 3) == 0 || (by_types && strchr(c->native, '.'))))
                return true;
        }
    }
    return false;
}

static pd_status
make_tables(struct pd_sink *sink, struct pd_error *err)
{
    size_t i;
    pd_status status = ddl_heritages(sink, err);

    sink->ddl->all_first = may_name_tables(sink);
    for (i = 0; i < sink->catalog->n_tables && status == PD_OK; i++) {
        const struct target_table *t = &sink->tables[i];

        status = check_cancelled(sink, err);
        if (status == PD_OK)
            status = drop_bad_columns(sink, i, err);
        if (status == PD_OK)
            status = ddl_table_write(sink, i, err);
        if (status == PD_OK && (sink->ddl->tables[i].create || ddl_is_kin(sink, i)))
            status = marker_add(sink, "table", t->schema, t->name, err);
        if (status == PD_OK && is_made_now(sink, i))
            status = ddl_table(sink, (uint32_t)i, sink->pg, err);
    }
    return status == PD_OK ? ddl_kin(sink, err) : status;
}

static pd_status
end(struct pd_sink *sink, pd_status status, struct pd_error *err)
{
    return status == PD_OK && sink->memory_short ? pg_no_memory(sink->host, err) : status;
}

pd_status
ddl_create(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status = ddl_schemas(sink, err);

    if (status == PD_OK)
        status = ddl_types(sink, err);
    if (status == PD_OK)
        status = ddl_sequences(sink, err);
    if (status == PD_OK)
        status = ddl_objects(sink, DDL_BEFORE_TABLES, err);
    if (status == PD_OK)
        status = make_tables(sink, err);
    if (status == PD_OK)
        status = ddl_objects(sink, DDL_AFTER_TABLES, err);
    return end(sink, status, err);
}

/* Those that nobody wrote a row into. */
static pd_status
make_missing(struct pd_sink *sink, struct pd_error *err)
{
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < sink->catalog->n_tables && status == PD_OK; i++)
        status = ddl_table(sink, (uint32_t)i, sink->pg, err);
    return status;
}

pd_status
ddl_finish(struct pd_sink *sink, struct pd_error *err)
{
    return end(sink, ddl_foreigns_end(sink, err), err);
}

/* Of the native objects some may be about foreign keys. Where there are none, foreign keys come
   last and may go on; nobody waits for a lock that is held for them. */
static pd_status
make_last_objects(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status = ddl_foreigns_begin(sink, err);

    if (sink->catalog->n_objects == 0 && sink->ddl->crew)
        return status;
    if (status == PD_OK)
        status = ddl_foreigns_end(sink, err);
    if (status == PD_OK)
        status = ddl_objects(sink, DDL_AFTER_ROWS, err);
    if (status != PD_OK)
        return status;
    return sink->atomic == ATOMIC_MARKED ? ddl_objects_try_last(sink, err)
                                         : ddl_objects_last(sink, err);
}

pd_status
ddl_complete(struct pd_sink *sink, struct pd_error *err)
{
    static pd_status (*const steps[])(struct pd_sink * sink, struct pd_error * err) = {
        make_missing, ddl_foreigns_plan, ddl_keys,     ddl_checks,
        ddl_defaults, ddl_counters,      ddl_comments,
    };
    size_t i;
    pd_status status = PD_OK;

    if (pd_load_is_in_place(sink->load, sink->into))
        return end(sink, present_complete(sink, err), err);
    for (i = 0; i < sizeof steps / sizeof *steps && status == PD_OK; i++) {
        status = check_cancelled(sink, err);
        if (status == PD_OK)
            status = steps[i](sink, err);
    }
    return end(sink, status == PD_OK ? make_last_objects(sink, err) : status, err);
}
