// SPDX-License-Identifier: Apache-2.0
/* autoincrement - sqlite_sequence: the highest number that each AUTOINCREMENT column gave. */
#include <stdlib.h>
#include <string.h>

#include "sink.h"

/* One row of sqlite_sequence to be. */
struct counter {
    const char *table;
    int64_t last;
    uint32_t order;
    bool unused;        /* no row when the table has none */
    bool is_repaired;   /* it goes past the highest key, too */
    const char *column; /* that counts; NULL: a row that belongs to none */
    uint32_t table_number;
    uint32_t column_number;
};

struct counters {
    struct counter *list;
    size_t n;
    size_t room;
};

/* The number of the column that counts, or n_columns. */
static size_t
numbered_column(const struct pd_table *table)
{
    size_t i;

    for (i = 0; i < table->n_columns; i++) {
        uint16_t identity = pd_column_at(table, i)->identity;

        if (identity == PD_IDENTITY_DEFAULT || identity == PD_IDENTITY_ALWAYS)
            break;
    }
    return i;
}

/* Does SQLite itself say that the table counts? */
static bool
counts(struct pd_sink *sink, const char *table, const char *column)
{
    int automatic = 0;
    int rc = sqlite3_table_column_metadata(sink->db, "main", table, column, NULL, NULL, NULL, NULL,
                                           &automatic);

    if (rc == SQLITE_NOMEM)
        sink->memory_short = true;
    return rc == SQLITE_OK && automatic;
}

static pd_status
add(struct pd_sink *sink, struct counters *counters, const struct counter *counter,
    struct pd_error *err)
{
    struct counter *place =
        pd_pool_append(&sink->pool, &counters->list, counters->n, &counters->room, sizeof *place);

    if (!place)
        return sqlite_no_memory(sink->host, err);
    *place = *counter;
    place->is_repaired = counter->is_repaired || sink->repair;
    counters->n++;
    return PD_OK;
}

/* Behind the highest number SQLite gives no other, as the source does. */
static int64_t
last_of(const struct pd_column *column)
{
    if (pd_counter_is_spent(column))
        return INT64_MAX;
    return column->counter.next > INT64_MIN ? column->counter.next - 1 : INT64_MIN;
}

static pd_status
collect(struct pd_sink *sink, struct counters *counters, struct pd_error *err)
{
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < sink->catalog->n_tables && status == PD_OK; i++) {
        const struct sink_table *t = &sink->tables[i];
        size_t number = numbered_column(t->table);
        const struct pd_column *column =
            number < t->table->n_columns ? pd_column_at(t->table, number) : NULL;
        struct counter counter = {.table = t->name,
                                  .column = column ? column->name : NULL,
                                  .table_number = (uint32_t)i,
                                  .column_number = (uint32_t)number,
                                  .order = t->table->native_order};

        if (t->passes || !column || !counts(sink, t->name, column->name))
            continue;
        counter.unused = column->counter.flags & PD_COUNTER_UNUSED;
        counter.is_repaired = column->counter.flags & PD_COUNTER_ADVANCE;
        counter.last = last_of(column);
        status = add(sink, counters, &counter, err);
    }
    return status;
}

/* A row that a counter cannot say stands for the counter, which then knows nothing. */
static struct counter *
find_empty(struct counters *counters, const char *table)
{
    size_t i;

    for (i = 0; i < counters->n; i++) {
        struct counter *c = &counters->list[i];

        if (strcmp(c->table, table) == 0 && (c->unused || c->last == 0 || c->last == INT64_MAX - 1))
            return c;
    }
    return NULL;
}

/* Rows that belong to no table, or hold what no counter says: "SEQ NAME" in a property. */
static pd_status
collect_odd(struct pd_sink *sink, struct counters *counters, struct pd_error *err)
{
    const struct pd_catalog *c = sink->catalog;
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < c->n_properties && sink->same && !sink->in_place && status == PD_OK; i++) {
        const struct pd_property *p = pd_property_at(c, i);
        struct counter counter = {.order = UINT32_MAX};
        struct counter *empty;
        char *end;

        if (p->is_note || strcmp(p->name, "sqlite_sequence") != 0 || !p->value)
            continue;
        counter.last = strtoll(p->value, &end, 10);
        counter.table = *end == ' ' ? end + 1 : end;
        empty = find_empty(counters, counter.table);
        if (empty) {
            counter.column = empty->column;
            counter.table_number = empty->table_number;
            counter.column_number = empty->column_number;
            *empty = counter;
        } else {
            status = add(sink, counters, &counter, err);
        }
    }
    return status;
}

/* The table of counters comes with the first table that counts, and stays when that goes. */
static pd_status
need_table(struct pd_sink *sink, struct pd_error *err)
{
    static const char sql[] = "CREATE TABLE \"polydump counter\"(n INTEGER PRIMARY KEY "
                              "AUTOINCREMENT); DROP TABLE \"polydump counter\"";
    char found[64];
    pd_status status = sqlite_ask(
        sink->host, sink->db, "SELECT name FROM main.sqlite_schema WHERE name = 'sqlite_sequence'",
        found, sizeof found, err);

    if (status != PD_OK || *found)
        return status;
    return sink_exec(sink, sql, "cannot make table 'sqlite_sequence'", err);
}

static int
compare_order(const void *a_, const void *b_)
{
    const struct counter *a = a_, *b = b_;

    return a->order < b->order ? -1 : a->order > b->order;
}

/* A statement with values, to its end. */
static pd_status
run(struct pd_sink *sink, const char *sql, const struct counter *counter, struct pd_error *err)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(sink->db, sql, -1, &stmt, NULL);

    if (rc == SQLITE_OK) {
        sqlite3_bind_text(stmt, 1, counter->table, -1, SQLITE_STATIC);
        if (sqlite3_bind_parameter_count(stmt) > 1)
            sqlite3_bind_int64(stmt, 2, counter->last);
        rc = sqlite3_step(stmt);
    }
    sqlite3_finalize(stmt);
    if (rc == SQLITE_DONE || rc == SQLITE_ROW)
        return PD_OK;
    return sink_fail(sink, rc, err, "cannot set the counter of table '%s'", counter->table);
}

/* What SQLite counted while the rows came in is the highest key, or what was there before. A
   counter that never gave a number has a row only if SQLite made one. */
static void
settle(struct counter *counter, bool has_row, int64_t seen)
{
    if (!has_row)
        counter->unused = counter->unused || (counter->last == 0 && counter->order != UINT32_MAX);
    else if (counter->is_repaired && (counter->unused || seen > counter->last))
        counter->last = seen;
    if (counter->is_repaired && has_row)
        counter->unused = false;
}

/* SQLite gives no number again, nor one behind the last. */
static void
say_spent(struct pd_sink *sink, const struct counter *counter)
{
    if (!counter->is_repaired || counter->unused || counter->last != INT64_MAX || !counter->column)
        return;
    sink_leave_out(sink, PD_PART_IDENTITY, counter->table_number, counter->column_number,
                   "counter of column '%s' of table '%s': it cannot be repaired: %lld is its last "
                   "number, so an INSERT that needs a number will fail",
                   counter->column, counter->table, (long long)counter->last);
}

static pd_status
look(struct pd_sink *sink, struct counter *counter, struct pd_error *err)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(sink->db, "SELECT max(seq) FROM main.sqlite_sequence WHERE name=?1",
                                -1, &stmt, NULL);

    if (rc == SQLITE_OK) {
        sqlite3_bind_text(stmt, 1, counter->table, -1, SQLITE_STATIC);
        rc = sqlite3_step(stmt);
    }
    if (rc == SQLITE_ROW)
        settle(counter, sqlite3_column_type(stmt, 0) == SQLITE_INTEGER,
               sqlite3_column_int64(stmt, 0));
    sqlite3_finalize(stmt);
    if (rc == SQLITE_ROW)
        say_spent(sink, counter);
    if (rc == SQLITE_ROW)
        return PD_OK;
    return sink_fail(sink, rc, err, "cannot read the counter of table '%s'", counter->table);
}

pd_status
autoincrement_write(struct pd_sink *sink, struct pd_error *err)
{
    struct counters counters = {NULL, 0, 0};
    size_t i;
    pd_status status = collect(sink, &counters, err);

    if (status == PD_OK)
        status = collect_odd(sink, &counters, err);
    if (status != PD_OK || counters.n == 0)
        return status;
    status = need_table(sink, err);
    for (i = 0; i < counters.n && status == PD_OK; i++)
        status = look(sink, &counters.list[i], err);
    qsort(counters.list, counters.n, sizeof *counters.list, compare_order);
    for (i = 0; i < counters.n && status == PD_OK; i++)
        status =
            run(sink, "DELETE FROM main.sqlite_sequence WHERE name=?1", &counters.list[i], err);
    for (i = 0; i < counters.n && status == PD_OK; i++) {
        if (!counters.list[i].unused)
            status = run(sink, "INSERT INTO main.sqlite_sequence(name,seq) VALUES(?1,?2)",
                         &counters.list[i], err);
    }
    return status;
}
