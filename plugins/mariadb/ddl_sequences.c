// SPDX-License-Identifier: Apache-2.0
/* ddl_sequences - sequences, and which columns count by what: by AUTO_INCREMENT where that does the
   same, else by a sequence. */
#include <inttypes.h>
#include <string.h>

#include "ddl.h"
#include "passive.h"

enum { SEQUENCE_COMMENT = 2048, CODE_EXISTS = 1050 };

/* The server keeps the two ends of 64 bits for itself. */
#define SEQUENCE_MOST (INT64_MAX - 1)
#define SEQUENCE_LEAST (-INT64_MAX)

/* ---- Which column counts by what ---- */

static bool
is_integer(int kind)
{
    return kind >= PD_KIND_INT8 && kind <= PD_KIND_UINT64;
}

static bool
is_numeric(int kind)
{
    return is_integer(kind) || kind == PD_KIND_DECIMAL;
}

static int64_t
end_of(int kind)
{
    switch (kind) {
    case PD_KIND_INT8:
        return INT8_MAX;
    case PD_KIND_INT16:
        return INT16_MAX;
    case PD_KIND_INT32:
        return INT32_MAX;
    default:
        return INT64_MAX;
    }
}

/* Does it count as AUTO_INCREMENT does: from 1 on by ones to the end of the type? */
static bool
counts_by_ones(const struct pd_column *column)
{
    const struct pd_counter *c = &column->counter;

    if (column->identity == PD_IDENTITY_ROWID)
        return true;
    if ((c->increment != 0 && c->increment != 1) || c->flags & PD_COUNTER_CYCLE)
        return false;
    if (c->flags & PD_COUNTER_BOUNDS &&
        (c->minimum < 0 || c->minimum > 1 || c->maximum < end_of(column->type.kind)))
        return false;
    return c->next >= 1 || column->type.kind == PD_KIND_UINT64 || pd_counter_is_spent(column);
}

/* Does a key begin with it, that has it whole? */
static bool
leads_key(const struct pd_sink *sink, size_t table, size_t column)
{
    const struct pd_table *t = sink->tables[table].table;
    size_t i;

    for (i = 0; i < t->n_keys; i++) {
        const struct pd_key *key = pd_key_at(t, i);
        enum ddl_key_form form;

        if (key->n_parts == 0 || pd_part_at(key, 0)->column != (int32_t)column)
            continue;
        form = ddl_key_form(sink, table, i);
        if (form == DDL_KEY_PRIMARY || form == DDL_KEY_UNIQUE || form == DDL_KEY_INDEX)
            return true;
    }
    return false;
}

static bool
can_be_auto(const struct pd_sink *sink, size_t table, size_t column)
{
    const struct target_column *target = &sink->tables[table].columns[column];
    const struct pd_column *c = pd_column_at(sink->tables[table].table, column);

    return c->identity && target->name && is_integer(target->as.kind) && counts_by_ones(c) &&
           leads_key(sink, table, column);
}

bool
ddl_is_auto(const struct pd_sink *sink, size_t table, size_t column)
{
    size_t i;

    if (!pd_column_at(sink->tables[table].table, column)->identity ||
        !can_be_auto(sink, table, column))
        return false;
    for (i = 0; i < column; i++) {
        if (can_be_auto(sink, table, i))
            return false; /* a table has one */
    }
    return true;
}

bool
ddl_needs_sequence(const struct pd_sink *sink, size_t table, size_t column)
{
    const struct target_column *target = &sink->tables[table].columns[column];

    return pd_column_at(sink->tables[table].table, column)->identity && target->name &&
           is_numeric(target->as.kind) && sink->my->is_mariadb && !sink->my->logs_statements &&
           !ddl_is_auto(sink, table, column) &&
           !pd_counts_beyond(pd_column_at(sink->tables[table].table, column));
}

bool
ddl_is_sequence_owned(const struct pd_sink *sink, size_t table, size_t column)
{
    return ddl_is_made(sink, table) && !sink->ddl->tables[table].is_native &&
           ddl_needs_sequence(sink, table, column);
}

const char *
ddl_own_sequence(struct pd_sink *sink, size_t table, size_t column)
{
    struct ddl_table *d = &sink->ddl->tables[table];
    const char *const parts[] = {sink->tables[table].name, ddl_column(sink, table, column), "seq",
                                 NULL};
    const char *base;

    if (!d->own_sequences)
        d->own_sequences = pd_pool_alloc(&sink->pool, (sink->tables[table].table->n_columns + 1) *
                                                          sizeof *d->own_sequences);
    if (!d->own_sequences)
        return NULL;
    if (d->own_sequences[column])
        return d->own_sequences[column];
    base = drawer_join(&sink->pool, parts);
    if (base)
        d->own_sequences[column] =
            drawer_choose(&sink->ddl->relations, base, "_", /* is_file= */ true);
    return d->own_sequences[column];
}

void
ddl_put_auto(const struct pd_sink *sink, size_t table, struct pd_sql *sql)
{
    const struct pd_table *t = sink->tables[table].table;
    size_t i;

    for (i = 0; i < t->n_columns; i++) {
        const struct pd_column *column = pd_column_at(t, i);
        uint64_t next = (uint64_t)column->counter.next;

        if (!ddl_is_auto(sink, table, i) || column->identity == PD_IDENTITY_ROWID || next <= 1)
            continue;
        pd_sql_printf(sql, " AUTO_INCREMENT=%" PRIu64, next);
        return;
    }
}

/* ---- What is not carried ---- */

static void
say_sequence(struct pd_sink *sink, size_t table, size_t column)
{
    const char *name = pd_column_at(sink->tables[table].table, column)->name;
    const char *table_name = sink->tables[table].table->name;
    const char *own = ddl_own_sequence(sink, table, column);

    sink_leave_out(sink, PD_PART_IDENTITY, (uint32_t)table, (uint32_t)column,
                   "counter of column '%s' of table '%s': it is the sequence '%s' here", name,
                   table_name, own ? own : "");
    sink_leave_out(sink, PD_PART_DEFAULT, (uint32_t)table, (uint32_t)column,
                   "default of column '%s' of table '%s': it is the next number of its sequence",
                   name, table_name);
    sink_leave_out(sink, PD_PART_SEQUENCE, PD_NO_TABLE, PD_NO_COLUMN,
                   "sequence '%s' counts for column '%s' of table '%s'", own ? own : "", name,
                   table_name);
}

static const char *
why_not_counted(const struct pd_sink *sink, int kind)
{
    if (is_numeric(kind) && sink->my->logs_statements)
        return DDL_NO_NEXTVAL;
    return is_integer(kind) ? "the server counts in one column of a table, which a key begins with"
                            : "its values are no numbers here";
}

void
ddl_say_counter(struct pd_sink *sink, size_t table, size_t number)
{
    const struct pd_column *column = pd_column_at(sink->tables[table].table, number);
    const struct pd_counter *c = &column->counter;
    const char *why = NULL;

    if (!column->identity)
        return;
    if (ddl_needs_sequence(sink, table, number)) {
        say_sequence(sink, table, number);
        return;
    }
    if (!ddl_is_auto(sink, table, number) && pd_counts_beyond(column))
        why = "its next number is beyond 9223372036854775807";
    else if (!ddl_is_auto(sink, table, number))
        why = why_not_counted(sink, sink->tables[table].columns[number].as.kind);
    else if (column->identity == PD_IDENTITY_ALWAYS)
        why = "a number may be given in its place here";
    else if (c->flags & PD_COUNTER_BOUNDS && (c->start != 1 || c->minimum != 1))
        why = "where it began is not kept";
    if (why)
        sink_leave_out(sink, PD_PART_IDENTITY, (uint32_t)table, (uint32_t)number,
                       "counter of column '%s' of table '%s': %s", column->name,
                       sink->tables[table].table->name, why);
}

/* ---- Sequences of the catalogue ---- */

static bool
is_of_identity(const struct pd_catalog *catalog, const struct pd_sequence *s)
{
    size_t i, k;

    for (i = 0; s->owner_table && s->owner_column && i < catalog->n_tables; i++) {
        const struct pd_table *t = pd_table_at(catalog, i);

        if (strcmp(t->name, s->owner_table) != 0 ||
            strcmp(t->schema ? t->schema : "", s->schema ? s->schema : "") != 0)
            continue;
        for (k = 0; k < t->n_columns; k++) {
            if (strcmp(pd_column_at(t, k)->name, s->owner_column) == 0)
                return pd_column_at(t, k)->identity;
        }
    }
    return false;
}

bool
ddl_is_sequence_made(const struct pd_sink *sink, size_t sequence)
{
    return (!sink->my || sink->my->is_mariadb) &&
           !is_of_identity(sink->catalog, pd_sequence_at(sink->catalog, sequence));
}

static bool
is_named(const struct pd_sequence *s, const char *text)
{
    size_t size = s->schema ? strlen(s->schema) : 0;

    if (!s->schema)
        return strcmp(s->name, text) == 0;
    return strncmp(text, s->schema, size) == 0 && text[size] == '.' &&
           strcmp(text + size + 1, s->name) == 0;
}

const char *
ddl_find_sequence(const struct pd_sink *sink, const char *text)
{
    size_t i;

    for (i = 0; i < sink->catalog->n_sequences; i++) {
        if (is_named(pd_sequence_at(sink->catalog, i), text))
            return sink->ddl->sequences[i];
    }
    return NULL;
}

bool
ddl_is_sequence_renamed(const struct pd_sink *sink, const char *text)
{
    const char *name = ddl_find_sequence(sink, text), *point = strchr(text, '.');
    size_t size = point ? (size_t)(point - text) : 0;

    if (!name)
        return false;
    if (!point)
        return strcmp(name, text) != 0;
    return strncmp(name, text, size) != 0 || strncmp(name + size, "__", 2) != 0 ||
           strcmp(name + size + 2, point + 1) != 0;
}

/* ---- Making them ---- */

static int64_t
clamp(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

struct ddl_counter
ddl_counter_of(const struct pd_counter *counter)
{
    struct ddl_counter c = {.next = counter->next,
                            .increment = counter->increment ? counter->increment : 1,
                            .cycle = counter->flags & PD_COUNTER_CYCLE};
    bool up = c.increment > 0, bounded = counter->flags & PD_COUNTER_BOUNDS;

    c.minimum = bounded ? clamp(counter->minimum, SEQUENCE_LEAST, SEQUENCE_MOST)
                : up    ? 1
                        : SEQUENCE_LEAST;
    c.maximum = bounded ? clamp(counter->maximum, SEQUENCE_LEAST, SEQUENCE_MOST)
                : up    ? SEQUENCE_MOST
                        : -1;
    c.start = clamp(bounded ? counter->start : up ? c.minimum : c.maximum, c.minimum, c.maximum);
    return c;
}

/* 0 is what the server does by itself, when it counted there too. */
static void
put_cache(const struct pd_sink *sink, const struct pd_counter *counter, struct pd_sql *sql)
{
    if (counter->cache > 1)
        pd_sql_printf(sql, " CACHE %lld", (long long)counter->cache);
    else if (!sink->same || counter->cache == 1)
        pd_sql_add(sql, " NOCACHE");
}

/* That of its numbers; NULL: bigint. */
static const char *
type_of(const struct pd_sink *sink, const struct pd_sequence *s)
{
    const char *type = NULL;

    for (size_t i = 0; my_has_sequence_types(sink->my) && i < sink->catalog->n_objects; i++) {
        const struct pd_object *object = pd_object_at(sink->catalog, i);

        if (object->flags & PD_OBJECT_PASSIVE && object->sql && strcmp(object->name, s->name) == 0)
            passive_sequence(object->sql, s->name, &type);
    }
    return type;
}

static pd_status
make(struct pd_sink *sink, const char *name, const char *type, const struct pd_counter *counter,
     const char *comment, struct pd_error *err)
{
    struct ddl_counter c = ddl_counter_of(counter);
    struct pd_sql sql = {.host = sink->host};
    pd_status status;

    pd_sql_add(&sql, "CREATE SEQUENCE ");
    my_name(&sql, name);
    if (type)
        pd_sql_printf(&sql, " AS %s", type);
    pd_sql_printf(&sql, " START WITH %lld MINVALUE %lld MAXVALUE %lld INCREMENT BY %lld",
                  (long long)c.start, (long long)c.minimum, (long long)c.maximum,
                  counter->flags & PD_COUNTER_SERVER_STEPS ? 0 : (long long)c.increment);
    put_cache(sink, counter, &sql);
    pd_sql_add(&sql, c.cycle ? " CYCLE" : "");
    if (comment && ddl_comment_fits(comment, SEQUENCE_COMMENT)) {
        pd_sql_add(&sql, " COMMENT=");
        my_literal(&sql, comment, strlen(comment));
    }
    status = stage_add(sink, "sequence", name, err);
    if (status == PD_OK)
        status = attempt_or_fail(sink, sink->my, &sql, err, "sequence '%s'", name);
    pd_sql_free(&sql);
    /* What has its name is not the run's. */
    if (status == PD_FAILED && sink->my->complaint.code == CODE_EXISTS)
        stage_remove(sink, "sequence", name, NULL);
    return status;
}

static const char *
lost_of(const struct pd_sink *sink, const struct pd_sequence *s)
{
    const struct pd_counter *c = &s->counter;
    bool bounded = c->flags & PD_COUNTER_BOUNDS;

    if (!sink->my->is_mariadb)
        return "the server has no sequences";
    if (s->kind != PD_KIND_INT64)
        return "its numbers have 64 bits here";
    if (bounded && (c->minimum < SEQUENCE_LEAST ||
                    (c->maximum > SEQUENCE_MOST && (c->start != 1 || c->minimum != 1))))
        return "it ends one number before the end of 64 bits here";
    if (s->comment && !ddl_comment_fits(s->comment, SEQUENCE_COMMENT))
        return "its comment is longer than MariaDB's are, or has a character of four bytes";
    return NULL;
}

static pd_status
make_sequence(struct pd_sink *sink, size_t number, struct pd_error *err)
{
    const struct pd_sequence *s = pd_sequence_at(sink->catalog, number);
    const char *lost;

    if (is_of_identity(sink->catalog, s))
        return PD_OK;
    lost = lost_of(sink, s);
    if (lost)
        sink_leave_out(sink, PD_PART_SEQUENCE, PD_NO_TABLE, (uint32_t)number, "sequence '%s': %s",
                       s->name, lost);
    if (!ddl_is_sequence_made(sink, number))
        return PD_OK;
    return make(sink, sink->ddl->sequences[number], type_of(sink, s), &s->counter, s->comment, err);
}

static pd_status
make_own(struct pd_sink *sink, size_t table, size_t column, struct pd_error *err)
{
    const char *name = ddl_own_sequence(sink, table, column);
    struct pd_counter counter = pd_column_at(sink->tables[table].table, column)->counter;

    if (!name)
        return my_no_memory(sink->host, err);
    if (pd_column_at(sink->tables[table].table, column)->identity == PD_IDENTITY_ROWID)
        memset(&counter, 0, sizeof counter);
    return make(sink, name, NULL, &counter, NULL, err);
}

pd_status
ddl_sequences(struct pd_sink *sink, struct pd_error *err)
{
    const struct pd_catalog *c = sink->catalog;
    size_t i, k;
    pd_status status = PD_OK;

    for (i = 0; i < c->n_sequences && status == PD_OK; i++)
        status = make_sequence(sink, i, err);
    for (i = 0; i < c->n_tables; i++) {
        for (k = 0; k < pd_table_at(c, i)->n_columns && status == PD_OK; k++) {
            if (ddl_is_sequence_owned(sink, i, k))
                status = make_own(sink, i, k, err);
        }
    }
    return status;
}
