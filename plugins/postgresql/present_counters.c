// SPDX-License-Identifier: Apache-2.0
/* present_counters - sequences by which columns of tables count that were there: past the highest
   key, and never back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ddl.h"

enum field {
    FIELD_COLUMN,
    FIELD_SEQUENCE,
    FIELD_INCREMENT,
    FIELD_MINIMUM,
    FIELD_MAXIMUM,
    FIELD_START,
    FIELD_CYCLE
};

/* Those that a column owns, those that its default or that of its domain names, and those that are
   given: $2 for the columns $3. */
static const char sequences_sql[] =
    "SELECT a.attname, s.seqrelid::regclass, s.seqincrement, s.seqmin, s.seqmax, s.seqstart, "
    "s.seqcycle FROM (SELECT d.objid AS seq, d.refobjsubid AS num FROM pg_depend d WHERE d.classid "
    "= 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = $1::oid AND "
    "d.deptype IN ('a', 'i') UNION SELECT d.refobjid, e.adnum FROM pg_attrdef e JOIN pg_depend d "
    "ON d.classid = 'pg_attrdef'::regclass AND d.objid = e.oid AND d.refclassid = "
    "'pg_class'::regclass WHERE e.adrelid = $1::oid UNION SELECT d.refobjid, c.attnum FROM "
    "pg_attribute c JOIN pg_type y ON y.oid = c.atttypid AND y.typtype = 'd' JOIN pg_depend d ON "
    "d.classid = 'pg_type'::regclass AND d.objid = y.oid AND d.refclassid = 'pg_class'::regclass "
    "WHERE c.attrelid = $1::oid AND NOT c.atthasdef UNION SELECT o, n FROM unnest($2::oid[], "
    "$3::int2[]) AS l(o, n)) AS x JOIN pg_sequence s ON s.seqrelid = x.seq JOIN pg_attribute a ON "
    "a.attrelid = $1::oid AND a.attnum = x.num AND " PRESENT_COUNTABLE " ORDER BY 1, 2";

static int64_t
number(const PGresult *rows, int row, int field)
{
    return strtoll(PQgetvalue(rows, row, field), NULL, 10);
}

static void
take_state(struct counting *k, const struct sequence_state *state)
{
    k->c.next = state->last;
    if (state->is_called && __builtin_add_overflow(k->c.next, k->c.increment, &k->c.next))
        k->c.next = k->c.increment > 0 ? INT64_MAX : INT64_MIN;
    k->unused = !state->is_called;
}

/* The source's own counter, when its column counts too. */
static void
follow_source(struct counting *k, const struct target_table *t, const char *column)
{
    size_t i;

    for (i = 0; i < t->table->n_columns; i++) {
        const struct pd_column *c = pd_column_at(t->table, i);
        bool ahead;

        if (!t->columns[i].name || strcmp(t->columns[i].name, column) != 0 || !c->identity ||
            c->identity == PD_IDENTITY_ROWID || c->counter.flags & PD_COUNTER_UNUSED)
            continue;
        if (pd_counts_beyond(c)) {
            sink_leave_out(k->sink, PD_PART_IDENTITY, k->table, k->number,
                           "counter of column '%s' of table '%s': its next number is beyond "
                           "9223372036854775807",
                           c->name, t->table->name);
            continue;
        }
        ahead = k->c.increment > 0 ? c->counter.next > k->c.next : c->counter.next < k->c.next;
        if (ahead || k->sink->exact) {
            k->c.next = c->counter.next;
            k->unused = false;
        }
    }
}

/* The source's, if it has one of that name. */
static uint32_t
find_column(const struct target_table *t, const char *name)
{
    uint32_t i;

    for (i = 0; i < t->table->n_columns; i++) {
        if (t->columns[i].name && strcmp(t->columns[i].name, name) == 0)
            return i;
    }
    return PD_NO_COLUMN;
}

static pd_status
set_counter(struct pd_sink *sink, size_t table, const PGresult *rows, int row, struct pd_error *err)
{
    const struct target_table *t = &sink->tables[table];
    const char *column = PQgetvalue(rows, row, FIELD_COLUMN);
    const char *sequence = PQgetvalue(rows, row, FIELD_SEQUENCE);
    char what[200];
    struct counting k = {.sink = sink,
                         .c = {.increment = number(rows, row, FIELD_INCREMENT),
                               .minimum = number(rows, row, FIELD_MINIMUM),
                               .maximum = number(rows, row, FIELD_MAXIMUM),
                               .start = number(rows, row, FIELD_START),
                               .cycle = *PQgetvalue(rows, row, FIELD_CYCLE) == 't'},
                         .exact = sink->exact,
                         .what = what,
                         .part = PD_PART_IDENTITY,
                         .table = (uint32_t)table,
                         .number = find_column(t, column),
                         .err = err};
    struct sequence_state was = {0}, to = {0};
    bool held = false;
    pd_status status = sequence_hold(sink, sequence, k.c.increment, &held, err);

    if (status == PD_OK)
        status = sequence_read(sink, sequence, &was, err);
    if (status == PD_OK)
        take_state(&k, &was);
    snprintf(what, sizeof what, "column '%.80s' of table '%.80s'", column, t->name);
    follow_source(&k, t, column);
    if (status == PD_OK)
        status = counting_look(&k, t->schema, t->name, column);
    if (status == PD_OK)
        status = counting_place(&k, &to.last, &to.is_called);
    if (status != PD_OK || (was.last == to.last && was.is_called == to.is_called))
        return status;
    return sequence_set(sink, sequence, held, &was, &to, err);
}

/* Numbers that rows get on their way stay given when the run fails, unless the sequence goes with
   it. */
static pd_status
hold_counter(struct pd_sink *sink, size_t table, const PGresult *rows, int row,
             struct pd_error *err)
{
    const struct target_table *t = &sink->tables[table];
    uint32_t column = find_column(t, PQgetvalue(rows, row, FIELD_COLUMN));
    const char *sequence = PQgetvalue(rows, row, FIELD_SEQUENCE);
    struct sequence_state state = {0};
    bool held = false;
    pd_status status;

    if (column != PD_NO_COLUMN && t->columns[column].is_sent)
        return PD_OK;
    status = sequence_hold(sink, sequence, number(rows, row, FIELD_INCREMENT), &held, err);
    if (status == PD_OK)
        status = sequence_read(sink, sequence, &state, err);
    return status == PD_OK ? sequence_set(sink, sequence, held, &state, &state, err) : status;
}

typedef pd_status counter_step(struct pd_sink *sink, size_t table, const PGresult *rows, int row,
                               struct pd_error *err);

/* step: NULL: only what rows will need is found out. */
static pd_status
each_counter(struct pd_sink *sink, size_t table, counter_step *step, struct pd_error *err)
{
    struct late_sequences late = {.sequences = {.host = sink->host},
                                  .columns = {.host = sink->host}};
    const char *params[] = {sink->ddl->present[table].oid, NULL, NULL};
    PGresult *rows = NULL;
    pd_status status = present_late(sink, table, /* tells= */ step == set_counter, &late, err);

    params[1] = pd_sql_text(&late.sequences);
    params[2] = pd_sql_text(&late.columns);
    if (status == PD_OK && step)
        status = pg_query(sink->pg, sequences_sql, 3, params, "ttiiiib", &rows, err);
    for (int i = 0; status == PD_OK && rows && i < PQntuples(rows); i++)
        status = step(sink, table, rows, i, err);
    PQclear(rows);
    present_late_free(&late);
    return status;
}

static pd_status
all_counters(struct pd_sink *sink, counter_step *step, struct pd_error *err)
{
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < sink->catalog->n_tables && status == PD_OK; i++) {
        if (sink->ddl->present[i].oid)
            status = each_counter(sink, i, step, err);
    }
    return status;
}

pd_status
present_counters(struct pd_sink *sink, struct pd_error *err)
{
    return all_counters(sink, set_counter, err);
}

/* Whoever adds rows to others need not keep everybody from doing so: numbers may be missing. */
pd_status
present_counters_early(struct pd_sink *sink, struct pd_error *err)
{
    return all_counters(sink, sink->into == PD_INTO_APPEND ? NULL : hold_counter, err);
}
