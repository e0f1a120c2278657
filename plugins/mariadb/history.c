// SPDX-License-Identifier: Apache-2.0
/* history - the past rows of system-versioned tables, as tables of their own; and since when the
   present ones are, so that a restore does not move the past. */
#include <stdlib.h>
#include <string.h>

#include "maker.h"

#define ROW_START "row_start"
#define ROW_END "row_end"

static void
set_bound(struct pd_column *column, struct my_column *reader, const char *name)
{
    memset(column, 0, sizeof *column);
    memset(reader, 0, sizeof *reader);
    column->struct_size = sizeof *column;
    column->flags = PD_COLUMN_NOT_NULL;
    column->name = reader->name = name;
    column->native = "timestamp(6)";
    column->type.struct_size = sizeof column->type;
    column->type.kind = PD_KIND_TIMESTAMPTZ;
    column->type.precision = 6;
    column->hint.struct_size = sizeof column->hint;
    column->counter.struct_size = sizeof column->counter;
    reader->form = MY_FORM_DATETIME;
    reader->is_stored = true;
}

/* The columns, and so many bounds behind them. */
static bool
extend(struct maker *m, size_t number, size_t n_bounds, struct pd_column **ret_columns,
       struct my_column **ret_readers)
{
    static const char *const names[] = {ROW_START, ROW_END};
    const struct pd_table *table = &m->tables[number];
    size_t n = table->n_columns;
    struct pd_column *columns = maker_alloc(m, m->pool, (n + n_bounds) * sizeof *columns);
    struct my_column *readers = maker_alloc(m, m->pool, (n + n_bounds) * sizeof *readers);

    if (!columns || !readers)
        return false;
    memcpy(columns, table->columns, n * sizeof *columns);
    memcpy(readers, m->my_tables[number].columns, n * sizeof *readers);
    for (size_t i = 0; i < n_bounds; i++)
        set_bound(&columns[n + i], &readers[n + i], names[i]);
    *ret_columns = columns;
    *ret_readers = readers;
    return true;
}

/* Rows of the past are written as they are. */
static void
forget_defaults(struct pd_column *columns, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        columns[i].identity = PD_IDENTITY_NO;
        columns[i].default_kind = PD_DEFAULT_NONE;
        columns[i].default_text = columns[i].default_native = NULL;
        columns[i].default_size = 0;
        columns[i].counter.next = 0;
        columns[i].generated_values = NULL; /* of present rows */
    }
}

/* The index has the row's end behind the primary key. */
static const char *
order_of(struct maker *m, size_t number)
{
    const struct table_work *work = &m->works[number];
    const char *list = m->my_tables[number].scan_order;
    struct pd_sql sql = {.host = m->host}, end = {.host = m->host};
    const char *end_name;

    if (!list)
        return NULL;
    my_name(&end, work->end ? work->end : ROW_END);
    end_name = maker_built(m, &end);
    if (!end_name || (work->end && strstr(list, end_name)))
        return list;
    pd_sql_printf(&sql, "%s, %s", list, end_name);
    return maker_built(m, &sql);
}

static const char *
name_of(struct maker *m, const char *table)
{
    struct pd_sql sql = {.host = m->host};

    pd_sql_printf(&sql, "%s" MY_HISTORY_SUFFIX, table);
    return maker_built(m, &sql);
}

static void
fill(struct maker *m, size_t number, struct pd_table *table, struct my_table *reader)
{
    size_t n_bounds = m->works[number].has_bounds ? 0 : 2;
    struct pd_column *columns;
    struct my_column *readers;

    if (!extend(m, number, n_bounds, &columns, &readers))
        return;
    *reader = m->my_tables[number];
    reader->kind = MY_TABLE_HISTORY;
    reader->columns = readers;
    reader->key_order = reader->key_axis = NULL;
    reader->scan_order = order_of(m, number);
    reader->row_end = m->works[number].end ? m->works[number].end : ROW_END;
    table->struct_size = sizeof *table;
    table->flags = PD_TABLE_PASSENGER;
    table->name = name_of(m, m->tables[number].name);
    table->owner = m->tables[number].name;
    table->n_columns = m->tables[number].n_columns + n_bounds;
    table->columns = columns;
    forget_defaults(columns, table->n_columns);
    table->column_size = sizeof(struct pd_column);
    table->key_size = sizeof(struct pd_key);
    table->check_size = sizeof(struct pd_check);
    table->foreign_size = sizeof(struct pd_foreign);
}

/* Since when its present rows are, where no column says it; columns_read() left room for it. */
static void
add_start(struct maker *m, size_t number)
{
    struct table_work *work = &m->works[number];
    size_t n = m->tables[number].n_columns;

    if (work->has_bounds)
        return;
    set_bound(&work->columns[n], &work->readers[n], ROW_START);
    work->columns[n].flags |= PD_COLUMN_HIDDEN | PD_COLUMN_PASSENGER;
    m->tables[number].n_columns++;
}

struct both {
    struct pd_table table;
    struct my_table reader;
};

static int
compare(const void *a, const void *b)
{
    const struct both *x = a, *y = b;

    return strcmp(x->table.name, y->table.name);
}

static bool
has_history(struct maker *m, size_t number)
{
    const struct table_work *work = &m->works[number];

    if (work->is_versioned && work->is_by_transaction) {
        maker_note(m, "history by numbers of transactions is not carried", "table '%s'",
                   m->tables[number].name);
        maker_note_table(m, m->tables[number].name);
    }
    return work->is_versioned && !work->is_by_transaction;
}

static bool
is_taken(const struct maker *m, const char *name)
{
    for (size_t i = 0; i < m->n_tables; i++) {
        if (strcmp(m->tables[i].name, name) == 0)
            return true;
    }
    return false;
}

static void
add_history(struct maker *m, size_t number, struct both *both)
{
    fill(m, number, &both->table, &both->reader);
    if (m->status == PD_OK && is_taken(m, both->table.name))
        m->status = m->host->fail(m->err, PD_FATAL, PD_CAUSE_CONFLICT,
                                  "the history of table '%s' is carried as table '%s', which is "
                                  "there already; rename that",
                                  m->tables[number].name, both->table.name);
    add_start(m, number);
}

static void
hand_back(struct maker *m, struct both *all, size_t n)
{
    struct pd_table *tables = maker_alloc(m, m->pool, (n + 1) * sizeof *tables);
    struct my_table *readers = maker_alloc(m, m->pool, (n + 1) * sizeof *readers);

    if (m->status != PD_OK)
        return;
    if (n)
        qsort(all, n, sizeof *all, compare);
    for (size_t i = 0; i < n; i++) {
        tables[i] = all[i].table;
        readers[i] = all[i].reader;
    }
    m->tables = tables;
    m->my_tables = readers;
    m->n_tables = n;
}

void
history_add(struct maker *m)
{
    struct both *all = maker_alloc(m, &m->scratch, (2 * m->n_tables + 1) * sizeof *all);
    size_t n = 0, n_tables = m->n_tables;

    for (size_t i = 0; i < n_tables && m->status == PD_OK; i++) {
        if (has_history(m, i))
            add_history(m, i, &all[n++]);
        all[n].table = m->tables[i];
        all[n++].reader = m->my_tables[i];
    }
    if (m->status == PD_OK && n > n_tables)
        hand_back(m, all, n);
}
