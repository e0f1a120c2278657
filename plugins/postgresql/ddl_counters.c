// SPDX-License-Identifier: Apache-2.0
/* ddl_counters - after the rows: where sequences and identity columns stand, and whose they are. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ddl.h"

/* ---- The highest key ---- */

static void
take_value(struct counting *k, const char *text)
{
    int64_t value = strtoll(text, NULL, 10); /* beyond its range it is the end of it */
    bool up = k->c.increment > 0;

    if (!k->any || (up ? value > k->extreme : value < k->extreme))
        k->extreme = value;
    k->any = true;
}

pd_status
counting_look(struct counting *k, const char *schema, const char *table, const char *column)
{
    struct sql sql = {.host = k->sink->host};
    PGresult *result = NULL;
    pd_status status;

    sql_add(&sql, k->c.increment > 0 ? "SELECT max(" : "SELECT min(");
    sql_name(&sql, column);
    sql_add(&sql, ") FROM ");
    sql_table(&sql, schema, table);
    status = sql_text(&sql) ? pg_query(k->sink->pg, sql.text, 0, NULL, &result, k->err)
                            : pg_no_memory(k->sink->host, k->err);
    sql_free(&sql);
    if (status != PD_OK)
        return status;
    if (PQntuples(result) == 1 && !PQgetisnull(result, 0, 0))
        take_value(k, PQgetvalue(result, 0, 0));
    PQclear(result);
    return PD_OK;
}

static pd_status
look_at_column(struct counting *k, size_t table, size_t column)
{
    const struct target_table *t = &k->sink->tables[table];

    if (!t->columns[column].name || k->sink->load->flags & PD_LOAD_SCHEMA_ONLY)
        return PD_OK;
    return counting_look(k, t->schema, t->name, t->columns[column].name);
}

/* ---- Where it shall stand ---- */

static int64_t
add_clamped(int64_t a, int64_t b)
{
    int64_t sum;

    if (__builtin_add_overflow(a, b, &sum))
        return b > 0 ? INT64_MAX : INT64_MIN;
    return sum;
}

static bool
is_further(const struct counting *k, int64_t a, int64_t b)
{
    return k->c.increment > 0 ? a > b : a < b;
}

static bool
is_within(const struct ddl_counter *c, int64_t value)
{
    return value >= c->minimum && value <= c->maximum;
}

/* The number before the next one, also where that wrapped around. */
static int64_t
last_of(const struct ddl_counter *c)
{
    return (int64_t)((uint64_t)c->next - (uint64_t)c->increment);
}

/* Its last number was given. */
static bool
is_at_end(const struct ddl_counter *c)
{
    return !is_within(c, c->next) && is_within(c, last_of(c));
}

static void
say_spent(const struct counting *k)
{
    k->sink->host->log(k->sink->host, PD_LOG_WARNING,
                       "the counter of %s cannot be repaired: its column has %lld, and there is no "
                       "number after it up to %lld",
                       k->what, (long long)k->extreme,
                       (long long)(k->c.increment > 0 ? k->c.maximum : k->c.minimum));
}

/* The next number must not be one that is there. */
static void
settle(struct counting *k)
{
    struct ddl_counter *c = &k->c;
    int64_t after = add_clamped(k->extreme, c->increment);
    bool is_last = after == k->extreme;

    if (!k->any || (!is_at_end(c) && !is_further(k, after, c->next) && !is_last))
        return;
    if (!k->exact && (is_last || !is_within(c, after)))
        say_spent(k);
    if (is_at_end(c))
        return;
    if (k->exact) {
        k->sink->host->log(k->sink->host, PD_LOG_WARNING,
                           "the counter of %s stands at %lld, and its column has %lld", k->what,
                           (long long)c->next, (long long)k->extreme);
        return;
    }
    if (c->cycle && !is_within(c, after))
        return;
    k->is_spent = is_last;
    c->next = after;
    k->unused = false;
}

/* setval(value, is_called): the next one is value, or the one after it. */
static bool
value_to_set(const struct counting *k, int64_t *ret_value)
{
    const struct ddl_counter *c = &k->c;
    bool is_used = !k->unused && c->next != c->start;

    if (!k->is_spent && is_within(c, last_of(c)) && (is_used || is_at_end(c))) {
        *ret_value = last_of(c);
        return true;
    }
    *ret_value = c->next;
    if (is_within(c, c->next))
        return k->is_spent;
    *ret_value = c->next > c->maximum ? c->maximum : c->minimum;
    /* Past its end it has no next number; before its begin it starts there. */
    return (c->next > c->maximum) == (c->increment > 0);
}

pd_status
counting_set(struct counting *k, const char *sequence, const char *third, const char *fourth)
{
    char sql[256], value[24];
    const char *params[] = {value, NULL, third, fourth};
    PGresult *result = NULL;
    int64_t number;
    pd_status status;

    settle(k);
    params[1] = value_to_set(k, &number) ? "t" : "f";
    snprintf(value, sizeof value, "%lld", (long long)number);
    snprintf(sql, sizeof sql, "SELECT setval((%s)::regclass, $1::bigint, $2::boolean)", sequence);
    status = pg_query(k->sink->pg, sql, fourth ? 4 : 3, params, &result, k->err);
    if (status == PD_OK)
        PQclear(result);
    return status;
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
set_sequence(struct pd_sink *sink, const struct pd_sequence *s, struct pd_error *err)
{
    struct counting k = {.sink = sink,
                         .c = ddl_counter_of(&s->counter, (int)s->kind),
                         .exact = sink->exact,
                         .unused = s->counter.flags & PD_COUNTER_UNUSED,
                         .err = err};
    struct sql name = {.host = sink->host};
    char what[160];
    pd_status status;

    snprintf(what, sizeof what, "sequence '%.120s'", s->name);
    k.what = what;
    status = look_at_users(&k, s);
    sql_table(&name, s->schema, s->name);
    if (status == PD_OK)
        status = sql_text(&name) ? counting_set(&k, "$3", name.text, NULL)
                                 : pg_no_memory(sink->host, err);
    sql_free(&name);
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
    struct sql sql = {.host = sink->host};
    pd_status status;

    sql_add(&sql, "ALTER SEQUENCE ");
    sql_table(&sql, schema, sequence);
    sql_add(&sql, " OWNED BY ");
    sql_table(&sql, sink->tables[table].schema, sink->tables[table].name);
    sql_add(&sql, ".");
    sql_name(&sql, column);
    status = sql_run(sink->pg, &sql, err);
    sql_free(&sql);
    return status;
}

static pd_status
finish_sequence(struct pd_sink *sink, const struct pd_sequence *s, struct pd_error *err)
{
    pd_status status = set_sequence(sink, s, err);
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
    struct counting k = {.sink = sink, .exact = sink->exact && !is_rowid, .what = what, .err = err};

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
    struct sql name = {.host = sink->host};
    pd_status status = look_at_column(&k, table, column);

    sql_table(&name, t->schema, t->name);
    if (status == PD_OK)
        status = sql_text(&name) ? counting_set(&k, "pg_get_serial_sequence($3, $4)", name.text,
                                                t->columns[column].name)
                                 : pg_no_memory(sink->host, err);
    sql_free(&name);
    return status;
}

static pd_status
set_own(struct pd_sink *sink, size_t table, size_t column, struct pd_error *err)
{
    char what[200];
    struct counting k = column_counting(sink, table, column, what, err);
    const struct target_table *t = &sink->tables[table];
    const char *own = ddl_own_sequence(sink, table, column);
    struct sql name = {.host = sink->host};
    pd_status status = own ? look_at_column(&k, table, column) : pg_no_memory(sink->host, err);

    if (own)
        sql_table(&name, t->schema, own);
    if (status == PD_OK)
        status = sql_text(&name) ? counting_set(&k, "$3", name.text, NULL)
                                 : pg_no_memory(sink->host, err);
    sql_free(&name);
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
        status = finish_sequence(sink, pd_sequence_at(sink->catalog, i), err);
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
