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

/* Those that a column owns, and those that its default names. */
static const char sequences_sql[] =
    "SELECT a.attname, s.seqrelid::regclass, s.seqincrement, s.seqmin, s.seqmax, s.seqstart, "
    "s.seqcycle FROM (SELECT d.objid AS seq, d.refobjsubid AS num FROM pg_depend d WHERE d.classid "
    "= 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = $1::oid AND "
    "d.deptype IN ('a', 'i') UNION SELECT d.refobjid, e.adnum FROM pg_attrdef e JOIN pg_depend d "
    "ON d.classid = 'pg_attrdef'::regclass AND d.objid = e.oid AND d.refclassid = "
    "'pg_class'::regclass WHERE e.adrelid = $1::oid) AS x JOIN pg_sequence s ON s.seqrelid = x.seq "
    "JOIN pg_attribute a ON a.attrelid = $1::oid AND a.attnum = x.num AND a.atttypid IN "
    "(20, 21, 23, 25, 1042, 1043, 1700) ORDER BY 1, 2";

static int64_t
number(const PGresult *rows, int row, int field)
{
    return strtoll(PQgetvalue(rows, row, field), NULL, 10);
}

static pd_status
read_state(struct counting *k, const char *sequence)
{
    char sql[512];
    PGresult *state = NULL;
    pd_status status;

    /* regclass quotes what has to be quoted. */
    if ((size_t)snprintf(sql, sizeof sql, "SELECT last_value, is_called FROM %s", sequence) >=
        sizeof sql)
        return PD_OK;
    status = pg_query(k->sink->pg, sql, 0, NULL, "1ib", &state, k->err);
    if (status != PD_OK)
        return status;
    if (PQntuples(state) == 1) {
        bool called = *PQgetvalue(state, 0, 1) == 't';

        k->c.next = number(state, 0, 0);
        if (called && __builtin_add_overflow(k->c.next, k->c.increment, &k->c.next))
            k->c.next = k->c.increment > 0 ? INT64_MAX : INT64_MIN;
        k->unused = !called;
    }
    PQclear(state);
    return PD_OK;
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
    pd_status status = read_state(&k, sequence);

    snprintf(what, sizeof what, "column '%.80s' of table '%.80s'", column, t->name);
    follow_source(&k, t, column);
    if (status == PD_OK)
        status = counting_look(&k, t->schema, t->name, column);
    return status == PD_OK ? counting_set(&k, "$3", sequence, NULL) : status;
}

static pd_status
set_table(struct pd_sink *sink, size_t table, struct pd_error *err)
{
    PGresult *rows = NULL;
    int i;
    pd_status status =
        pg_query(sink->pg, sequences_sql, 1, &sink->ddl->present[table].oid, "ttiiiib", &rows, err);

    for (i = 0; status == PD_OK && i < PQntuples(rows); i++)
        status = set_counter(sink, table, rows, i, err);
    PQclear(rows);
    return status;
}

pd_status
present_counters(struct pd_sink *sink, struct pd_error *err)
{
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < sink->catalog->n_tables && status == PD_OK; i++) {
        if (sink->ddl->present[i].oid)
            status = set_table(sink, i, err);
    }
    return status;
}
