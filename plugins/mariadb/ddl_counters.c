// SPDX-License-Identifier: Apache-2.0
/* ddl_counters - after the rows: where sequences stand, and whether a column went further than its
   counter. */
#include <string.h>

#include "ddl.h"

struct counting {
    struct pd_sink *sink;
    struct ddl_counter c;
    bool exact;       /* as it was, wherever its column went */
    bool any;         /* some column that counts by it has a value */
    int64_t extreme;  /* the value that it went furthest to */
    const char *what; /* for messages */
    struct pd_error *err;
};

/* ---- The highest key ---- */

static pd_status
look(struct counting *k, const char *table, const char *column)
{
    struct pd_sql sql = {.host = k->sink->host};
    bool up = k->c.increment > 0, is_null = true;
    long long value = 0;
    pd_status status;

    pd_sql_add(&sql, up ? "SELECT max(" : "SELECT min(");
    my_name(&sql, column);
    pd_sql_add(&sql, ") FROM ");
    my_name(&sql, table);
    status = attempt_count(k->sink, &sql, &value, &is_null, k->err);
    pd_sql_free(&sql);
    if (status != PD_OK || is_null)
        return status;
    if (!k->any || (up ? value > k->extreme : value < k->extreme))
        k->extreme = value;
    k->any = true;
    return PD_OK;
}

static bool
has_rows(const struct pd_sink *sink, size_t table, size_t column)
{
    return ddl_column(sink, table, column) && !(sink->load->flags & PD_LOAD_SCHEMA_ONLY);
}

/* ---- Where it shall stand ---- */

static bool
is_within(const struct ddl_counter *c, int64_t value)
{
    return value >= c->minimum && value <= c->maximum;
}

/* The next number must not be one that is there. */
static void
settle(struct counting *k)
{
    struct ddl_counter *c = &k->c;
    bool up = c->increment > 0, is_behind;
    int64_t after;

    if (!k->any || !is_within(c, c->next))
        return;
    if (__builtin_add_overflow(k->extreme, c->increment, &after))
        after = up ? INT64_MAX : INT64_MIN;
    is_behind = up ? c->next <= k->extreme : c->next >= k->extreme;
    if (!is_behind)
        return;
    if (k->exact) {
        k->sink->host->log(k->sink->host, PD_LOG_WARNING,
                           "the counter of %s stands at %lld, and its column has %lld", k->what,
                           (long long)c->next, (long long)k->extreme);
        return;
    }
    if (!is_within(c, after))
        k->sink->host->log(k->sink->host, PD_LOG_WARNING,
                           "the counter of %s cannot be repaired: its column has %lld, and there "
                           "is no number after it up to %lld",
                           k->what, (long long)k->extreme,
                           (long long)(up ? c->maximum : c->minimum));
    if (!c->cycle || is_within(c, after))
        c->next = after;
}

/* A counter that has no next number was at its last. */
static pd_status
set(struct counting *k, const char *sequence)
{
    const struct ddl_counter *c = &k->c;
    struct pd_sql sql = {.host = k->sink->host};
    pd_status status;

    settle(k);
    if (is_within(c, c->next)) {
        pd_sql_add(&sql, "ALTER SEQUENCE ");
        my_name(&sql, sequence);
        pd_sql_printf(&sql, " RESTART %lld", (long long)c->next);
    } else {
        pd_sql_add(&sql, "DO SETVAL(");
        my_name(&sql, sequence);
        pd_sql_printf(&sql, ", %lld, 1)",
                      (long long)(c->next > c->maximum ? c->maximum : c->minimum));
    }
    status = my_run_sql(k->sink->my, &sql, k->err);
    pd_sql_free(&sql);
    return status;
}

/* ---- Sequences ---- */

static bool
counts_by(const struct pd_sink *sink, const struct pd_column *column, const char *sequence)
{
    const char *own;

    if (column->default_kind != PD_DEFAULT_NEXTVAL || !column->default_text)
        return false;
    own = ddl_find_sequence(sink, column->default_text);
    return own && strcmp(own, sequence) == 0;
}

static pd_status
set_sequence(struct pd_sink *sink, size_t number, struct pd_error *err)
{
    const struct pd_sequence *s = pd_sequence_at(sink->catalog, number);
    const char *name = sink->ddl->sequences[number];
    struct counting k = {.sink = sink,
                         .c = ddl_counter_of(&s->counter),
                         .exact = sink->exact && !(s->counter.flags & PD_COUNTER_ADVANCE),
                         .what = name,
                         .err = err};
    size_t i, c;
    pd_status status = PD_OK;

    if (s->counter.flags & PD_COUNTER_UNUSED)
        k.c.next = k.c.start;
    for (i = 0; i < sink->catalog->n_tables; i++) {
        const struct target_table *t = &sink->tables[i];

        for (c = 0; c < t->table->n_columns && status == PD_OK; c++) {
            if (ddl_is_made(sink, i) && has_rows(sink, i, c) &&
                counts_by(sink, pd_column_at(t->table, c), name))
                status = look(&k, t->staged, t->columns[c].name);
        }
    }
    return status == PD_OK ? set(&k, name) : status;
}

/* ---- Columns ---- */

static pd_status
set_own(struct pd_sink *sink, size_t table, size_t column, struct pd_error *err)
{
    const struct target_table *t = &sink->tables[table];
    const struct pd_column *c = pd_column_at(t->table, column);
    struct pd_counter counter = c->counter;
    bool is_rowid = c->identity == PD_IDENTITY_ROWID;
    const char *own = ddl_own_sequence(sink, table, column);
    struct counting k = {.sink = sink,
                         .exact = sink->exact && !is_rowid && !(counter.flags & PD_COUNTER_ADVANCE),
                         .what = own,
                         .err = err};
    pd_status status = PD_OK;

    if (!own)
        return my_no_memory(sink->host, err);
    /* A rowid has no memory: the highest one is all that counts. */
    if (is_rowid)
        memset(&counter, 0, sizeof counter);
    k.c = ddl_counter_of(&counter);
    if (is_rowid || counter.flags & PD_COUNTER_UNUSED)
        k.c.next = k.c.start;
    if (has_rows(sink, table, column))
        status = look(&k, t->staged, t->columns[column].name);
    return status == PD_OK ? set(&k, own) : status;
}

/* AUTO_INCREMENT goes on after the highest number whatever it was told. */
static pd_status
compare_auto(struct pd_sink *sink, size_t table, size_t column, struct pd_error *err)
{
    const struct target_table *t = &sink->tables[table];
    const struct pd_column *c = pd_column_at(t->table, column);
    struct counting k = {.sink = sink, .c = {.increment = 1}, .err = err};
    pd_status status;

    if (c->identity == PD_IDENTITY_ROWID || !has_rows(sink, table, column) || sink->same ||
        c->counter.flags & PD_COUNTER_ADVANCE || c->counter.next < 1)
        return PD_OK;
    status = look(&k, t->staged, t->columns[column].name);
    if (status == PD_OK && k.any && k.extreme >= c->counter.next)
        sink_leave_out(sink, PD_PART_IDENTITY, (uint32_t)table, (uint32_t)column,
                       "counter of column '%s' of table '%s': it stood at %lld, and its column has "
                       "%lld, after which it goes on here",
                       c->name, t->table->name, (long long)c->counter.next, (long long)k.extreme);
    return status;
}

static pd_status
set_column(struct pd_sink *sink, size_t table, size_t column, struct pd_error *err)
{
    if (!pd_column_at(sink->tables[table].table, column)->identity)
        return PD_OK;
    if (ddl_needs_sequence(sink, table, column))
        return set_own(sink, table, column, err);
    return ddl_is_auto(sink, table, column) ? compare_auto(sink, table, column, err) : PD_OK;
}

pd_status
ddl_counters(struct pd_sink *sink, struct pd_error *err)
{
    size_t i, k;
    pd_status status = PD_OK;

    for (i = 0; i < sink->catalog->n_sequences && status == PD_OK; i++) {
        if (sink->ddl->sequences[i])
            status = set_sequence(sink, i, err);
    }
    for (i = 0; i < sink->catalog->n_tables; i++) {
        bool is_plain = ddl_is_made(sink, i) && !sink->ddl->tables[i].is_native;

        for (k = 0; is_plain && k < sink->tables[i].table->n_columns && status == PD_OK; k++)
            status = set_column(sink, i, k, err);
    }
    return status;
}
