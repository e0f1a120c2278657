// SPDX-License-Identifier: Apache-2.0
/* ddl_counters - after the rows: where sequences and identity columns stand, and whose they are. */
#include <stdio.h>
#include <string.h>

#include "ddl.h"

static pd_status
look_at_column(struct counting *k, size_t table, size_t column)
{
    const struct target_table *t = &k->sink->tables[table];

    if (!t->columns[column].name || k->sink->load->flags & PD_LOAD_SCHEMA_ONLY)
        return PD_OK;
    return counting_look(k, t->schema, t->name, t->columns[column].name);
}

/* ---- Sequences ---- */

static bool
counts_by(const struct pd_sink *sink, size_t table, size_t column, const struct pd_sequence *s)
{
    const struct pd_column *c = pd_column_at(sink->tables[table].table, column);

    if (c->default_kind == PD_DEFAULT_NEXTVAL && c->default_text)
        return ddl_is_named(s, c->default_text);
    return ddl_is_serial_of(sink, table, column, s);
}

static pd_status
look_at_users(struct counting *k, const struct pd_sequence *s)
{
    struct pd_sink *sink = k->sink;
    size_t i, c;
    pd_status status = PD_OK;

    for (i = 0; i < sink->catalog->n_tables; i++) {
        for (c = 0; c < sink->tables[i].table->n_columns && status == PD_OK; c++) {
            if (counts_by(sink, i, c, s))
                status = look_at_column(k, i, c);
        }
    }
    return status;
}

static pd_status
set_sequence(struct pd_sink *sink, const struct pd_sequence *s, uint32_t number,
             struct pd_error *err)
{
    struct counting k = {.sink = sink,
                         .c = ddl_counter_of(&s->counter, (int)s->kind),
                         .exact = sink->exact && !(s->counter.flags & PD_COUNTER_ADVANCE),
                         .unused = s->counter.flags & PD_COUNTER_UNUSED,
                         .part = PD_PART_SEQUENCE,
                         .table = PD_NO_TABLE,
                         .number = number,
                         .err = err};
    struct pd_sql name = {.host = sink->host};
    char what[160];
    pd_status status;

    snprintf(what, sizeof what, "sequence '%.120s'", s->name);
    k.what = what;
    status = look_at_users(&k, s);
    sql_table(&name, s->schema, s->name);
    if (status == PD_OK)
        status = pd_sql_text(&name) ? counting_set(&k, "$3", name.text, NULL)
                                    : pg_no_memory(sink->host, err);
    pd_sql_free(&name);
    return status;
}

static size_t
owner_table(const struct pd_sink *sink, const struct pd_sequence *s)
{
    size_t i;

    for (i = 0; i < sink->catalog->n_tables; i++) {
        const struct pd_table *t = sink->tables[i].table;

        if (strcmp(t->name, s->owner_table) == 0 &&
            strcmp(t->schema ? t->schema : "", s->schema ? s->schema : "") == 0)
            return i;
    }
    return sink->catalog->n_tables;
}

static pd_status
set_owner(struct pd_sink *sink, const char *schema, const char *sequence, size_t table,
          const char *column, struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    pd_status status;

    pd_sql_add(&sql, "ALTER SEQUENCE ");
    sql_table(&sql, schema, sequence);
    pd_sql_add(&sql, " OWNED BY ");
    sql_table(&sql, sink->tables[table].schema, sink->tables[table].name);
    pd_sql_add(&sql, ".");
    sql_name(&sql, column);
    status = sql_run(sink->pg, &sql, err);
    pd_sql_free(&sql);
    return status;
}

static pd_status
finish_sequence(struct pd_sink *sink, uint32_t number, struct pd_error *err)
{
    const struct pd_sequence *s = pd_sequence_at(sink->catalog, number);
    pd_status status = set_sequence(sink, s, number, err);
    size_t table, i;

    if (status != PD_OK || !s->owner_table || !s->owner_column)
        return status;
    table = owner_table(sink, s);
    for (i = 0; table < sink->catalog->n_tables && i < sink->tables[table].table->n_columns; i++) {
        const struct target_column *column = &sink->tables[table].columns[i];

        if (column->name &&
            strcmp(pd_column_at(sink->tables[table].table, i)->name, s->owner_column) == 0)
            return set_owner(sink, s->schema, s->name, table, column->name, err);
    }
    return PD_OK;
}

/* ---- Columns with a counter of their own ---- */

static struct counting
column_counting(struct pd_sink *sink, size_t table, size_t column, char what[200],
                struct pd_error *err)
{
    const struct target_table *t = &sink->tables[table];
    const struct pd_column *c = pd_column_at(t->table, column);
    struct pd_counter counter = c->counter;
    bool is_rowid = c->identity == PD_IDENTITY_ROWID;
    struct counting k = {.sink = sink,
                         .exact = sink->exact && !is_rowid && !(counter.flags & PD_COUNTER_ADVANCE),
                         .what = what,
                         .part = PD_PART_IDENTITY,
                         .table = (uint32_t)table,
                         .number = (uint32_t)column,
                         .err = err};

    /* A rowid has no memory: the highest one is all that counts. */
    if (is_rowid)
        memset(&counter, 0, sizeof counter);
    k.c = ddl_counter_of(&counter, t->columns[column].as.kind);
    k.unused = counter.flags & PD_COUNTER_UNUSED;
    if (is_rowid)
        k.c.next = k.c.start;
    snprintf(what, 200, "column '%.80s' of table '%.80s'", c->name, t->table->name);
    return k;
}

static pd_status
set_identity(struct pd_sink *sink, size_t table, size_t column, struct pd_error *err)
{
    char what[200];
    struct counting k = column_counting(sink, table, column, what, err);
    const struct target_table *t = &sink->tables[table];
    struct pd_sql name = {.host = sink->host};
    pd_status status = look_at_column(&k, table, column);

    sql_table(&name, t->schema, t->name);
    if (status == PD_OK)
        status = pd_sql_text(&name) ? counting_set(&k, "pg_get_serial_sequence($3, $4)", name.text,
                                                   t->columns[column].name)
                                    : pg_no_memory(sink->host, err);
    pd_sql_free(&name);
    return status;
}

static pd_status
set_own(struct pd_sink *sink, size_t table, size_t column, struct pd_error *err)
{
    char what[200];
    struct counting k = column_counting(sink, table, column, what, err);
    const struct target_table *t = &sink->tables[table];
    const char *own = ddl_own_sequence(sink, table, column);
    struct pd_sql name = {.host = sink->host};
    pd_status status = own ? look_at_column(&k, table, column) : pg_no_memory(sink->host, err);

    if (own)
        sql_table(&name, t->schema, own);
    if (status == PD_OK)
        status = pd_sql_text(&name) ? counting_set(&k, "$3", name.text, NULL)
                                    : pg_no_memory(sink->host, err);
    pd_sql_free(&name);
    if (status != PD_OK)
        return status;
    return set_owner(sink, t->schema, own, table, t->columns[column].name, err);
}

pd_status
ddl_counters(struct pd_sink *sink, struct pd_error *err)
{
    size_t i, k;
    pd_status status = PD_OK;

    for (i = 0; i < sink->catalog->n_sequences && status == PD_OK; i++)
        status = finish_sequence(sink, (uint32_t)i, err);
    for (i = 0; i < sink->catalog->n_tables; i++) {
        for (k = 0; k < sink->tables[i].table->n_columns && status == PD_OK; k++) {
            if (ddl_is_identity(sink, i, k))
                status = set_identity(sink, i, k, err);
            else if (ddl_needs_sequence(sink, i, k))
                status = set_own(sink, i, k, err);
        }
    }
    return status;
}
