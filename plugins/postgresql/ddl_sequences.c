// SPDX-License-Identifier: Apache-2.0
/* ddl_sequences - sequences, and which columns count by which. */
#include <string.h>

#include "ddl.h"

/* ---- Which columns count by which ---- */

static bool
is_integer(int kind)
{
    return kind == PD_KIND_INT16 || kind == PD_KIND_INT32 || kind == PD_KIND_INT64;
}

static bool
same_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

bool
ddl_is_serial_of(const struct pd_sink *sink, size_t table, size_t column,
                 const struct pd_sequence *s)
{
    const struct pd_table *t = sink->tables[table].table;
    const struct pd_column *c = pd_column_at(t, column);

    return sink->same && c->identity && c->default_native &&
           strncmp(c->default_native, DDL_SEQUENCE_NAME, strlen(DDL_SEQUENCE_NAME)) != 0 &&
           s->owner_table && s->owner_column && strcmp(s->owner_column, c->name) == 0 &&
           strcmp(s->owner_table, t->name) == 0 && same_text(s->schema, t->schema);
}

const struct pd_sequence *
ddl_serial(const struct pd_sink *sink, size_t table, size_t column)
{
    const struct pd_column *c = pd_column_at(sink->tables[table].table, column);
    size_t i;

    for (i = 0; sink->same && c->identity && i < sink->catalog->n_sequences; i++) {
        if (ddl_is_serial_of(sink, table, column, pd_sequence_at(sink->catalog, i)))
            return pd_sequence_at(sink->catalog, i);
    }
    return NULL;
}

bool
ddl_is_named(const struct pd_sequence *s, const char *text)
{
    size_t size = s->schema ? strlen(s->schema) : 0;

    if (!s->schema)
        return strcmp(s->name, text) == 0;
    return strncmp(text, s->schema, size) == 0 && text[size] == '.' &&
           strcmp(text + size + 1, s->name) == 0;
}

const struct pd_sequence *
ddl_find_sequence(const struct pd_sink *sink, const char *text)
{
    size_t i;

    for (i = 0; i < sink->catalog->n_sequences; i++) {
        if (ddl_is_named(pd_sequence_at(sink->catalog, i), text))
            return pd_sequence_at(sink->catalog, i);
    }
    return NULL;
}

bool
ddl_is_identity(const struct pd_sink *sink, size_t table, size_t column)
{
    const struct target_column *target = &sink->tables[table].columns[column];

    return pd_column_at(sink->tables[table].table, column)->identity && target->name &&
           is_integer(target->as.kind) && !ddl_serial(sink, table, column) &&
           !pd_counts_beyond(pd_column_at(sink->tables[table].table, column));
}

bool
ddl_needs_sequence(const struct pd_sink *sink, size_t table, size_t column)
{
    const struct target_column *target = &sink->tables[table].columns[column];

    return pd_column_at(sink->tables[table].table, column)->identity && target->name &&
           target->as.kind == PD_KIND_DECIMAL && !ddl_serial(sink, table, column) &&
           !pd_counts_beyond(pd_column_at(sink->tables[table].table, column));
}

const char *
ddl_own_sequence(struct pd_sink *sink, size_t table, size_t column)
{
    struct ddl_table *d = &sink->ddl->tables[table];
    const char *const parts[] = {sink->tables[table].name, ddl_column(sink, table, column), "seq",
                                 NULL};
    const char *base;

    if (d->own_sequence)
        return d->own_sequence;
    base = names_join(&sink->pool, parts);
    if (base)
        d->own_sequence = names_choose(&sink->ddl->relations, sink->tables[table].schema, base, "");
    return d->own_sequence;
}

/* ---- Counters ---- */

static int64_t
clamp(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

struct ddl_counter
ddl_counter_of(const struct pd_counter *counter, int kind)
{
    int64_t most = kind == PD_KIND_INT16   ? INT16_MAX
                   : kind == PD_KIND_INT32 ? INT32_MAX
                                           : INT64_MAX;
    int64_t least = -most - 1;
    struct ddl_counter c = {.next = counter->next,
                            .increment = counter->increment ? counter->increment : 1,
                            .cache = counter->cache,
                            .cycle = counter->flags & PD_COUNTER_CYCLE,
                            .bounded = counter->flags & PD_COUNTER_BOUNDS};
    bool up = c.increment > 0;

    c.minimum = up ? 1 : least;
    c.maximum = up ? most : -1;
    if (c.bounded) {
        c.minimum = clamp(counter->minimum, least, most);
        c.maximum = clamp(counter->maximum, least, most);
    }
    c.start = clamp(c.bounded ? counter->start : up ? c.minimum : c.maximum, c.minimum, c.maximum);
    return c;
}

void
ddl_put_counter(struct pd_sql *sql, const struct pd_counter *counter, int kind)
{
    struct ddl_counter c = ddl_counter_of(counter, kind);

    pd_sql_printf(sql, "INCREMENT BY %lld", (long long)c.increment);
    if (c.bounded)
        pd_sql_printf(sql, " MINVALUE %lld MAXVALUE %lld START WITH %lld", (long long)c.minimum,
                      (long long)c.maximum, (long long)c.start);
    if (c.cache > 1)
        pd_sql_printf(sql, " CACHE %lld", (long long)c.cache);
    if (c.cycle)
        pd_sql_add(sql, " CYCLE");
}

/* ---- Making them ---- */

static const char *
type_of_kind(uint32_t kind)
{
    return kind == PD_KIND_INT16 ? "smallint" : kind == PD_KIND_INT32 ? "integer" : "bigint";
}

static pd_status
make_sequence(struct pd_sink *sink, const char *schema, const char *name, uint32_t kind,
              const struct pd_counter *counter, struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    pd_status status;

    pd_sql_add(&sql, "CREATE SEQUENCE ");
    sql_table(&sql, schema, name);
    pd_sql_printf(&sql, " AS %s ", type_of_kind(kind));
    ddl_put_counter(&sql, counter, (int)kind);
    status = pd_sql_text(&sql)
                 ? attempt_or_fail(sink, sink->pg, sql.text, err, "sequence '%s'", name)
                 : pg_no_memory(sink->host, err);
    pd_sql_free(&sql);
    return status == PD_OK ? marker_add(sink, "sequence", schema, name, err) : status;
}

static pd_status
make_own(struct pd_sink *sink, size_t table, size_t column, struct pd_error *err)
{
    const char *name = ddl_own_sequence(sink, table, column);

    if (!name)
        return pg_no_memory(sink->host, err);
    return make_sequence(sink, sink->tables[table].schema, name, PD_KIND_INT64,
                         &pd_column_at(sink->tables[table].table, column)->counter, err);
}

pd_status
ddl_sequences(struct pd_sink *sink, struct pd_error *err)
{
    const struct pd_catalog *c = sink->catalog;
    size_t i, k;
    pd_status status = PD_OK;

    for (i = 0; i < c->n_sequences && status == PD_OK; i++) {
        const struct pd_sequence *s = pd_sequence_at(c, i);

        if (s->counter.flags & PD_COUNTER_SERVER_STEPS)
            sink_leave_out(sink, PD_PART_SEQUENCE, PD_NO_TABLE, (uint32_t)i,
                           "sequence '%s': its steps are 1 here, not those that the server is told",
                           s->name);
        status = make_sequence(sink, s->schema, s->name, s->kind, &s->counter, err);
    }
    for (i = 0; i < c->n_tables; i++) {
        for (k = 0; k < pd_table_at(c, i)->n_columns && status == PD_OK; k++) {
            if (ddl_needs_sequence(sink, i, k))
                status = make_own(sink, i, k, err);
        }
    }
    return status;
}
