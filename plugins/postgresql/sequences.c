// SPDX-License-Identifier: Apache-2.0
/* sequences - counters, and who uses them: identity columns, serial ones, and anybody else. */
#include "maker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum column_of_sequence {
    SEQ_OID,
    SEQ_SCHEMA,
    SEQ_NAME,
    SEQ_TYPE,
    SEQ_START,
    SEQ_INCREMENT,
    SEQ_MINIMUM,
    SEQ_MAXIMUM,
    SEQ_CACHE,
    SEQ_CYCLE,
    SEQ_OWNED_BY,
    SEQ_OWNER,
    SEQ_OWNER_COLUMN,
    SEQ_COMMENT,
    SEQ_IS_READABLE,
    SEQ_IS_STRANGER
};

enum column_of_state { STATE_NUMBER, STATE_LAST, STATE_IS_CALLED };
enum column_of_user { USER_SEQUENCE, USER_TABLE, USER_COLUMN };

static const char sequences_sql[] =
    "SELECT c.oid, n.nspname, c.relname, s.seqtypid, s.seqstart, s.seqincrement, s.seqmin,"
    " s.seqmax, s.seqcache, s.seqcycle, d.deptype, d.refobjid, d.refobjsubid, t.description,"
    " pg_catalog.has_sequence_privilege(c.oid, 'SELECT')"
    " AND pg_catalog.has_schema_privilege(n.oid, 'USAGE'),"
    " c.relowner NOT IN (" MAKER_TRUSTED ")"
    " FROM pg_catalog.pg_sequence s JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass"
    " AND d.objid = s.seqrelid AND d.objsubid = 0 AND d.deptype IN ('a', 'i')"
    " AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass"
    " LEFT JOIN pg_catalog.pg_description t ON t.objoid = c.oid AND t.objsubid = 0"
    " AND t.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass"
    " WHERE " MAKER_OF_USER " ORDER BY n.nspname, c.relname";

/* Whatever names a sequence: defaults, and others that have no table here. */
static const char users_sql[] =
    "SELECT d.refobjid, e.adrelid, e.adnum FROM pg_catalog.pg_depend d"
    " JOIN pg_catalog.pg_sequence s ON s.seqrelid = d.refobjid"
    " LEFT JOIN pg_catalog.pg_attrdef e ON e.oid = d.objid"
    " AND d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass"
    " WHERE d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype = 'n'"
    " ORDER BY d.refobjid, e.adrelid, e.adnum";

enum { TYPE_INT2 = 21, TYPE_INT4 = 23, STATE_CHUNK = 200, NAME_ROOM = 64 /* the NUL included */ };

/* A sequence until it is known whose it is. */
struct counted {
    struct pd_sequence sequence;
    uint32_t oid;
    uint32_t owner; /* number of its table; PD_NO_TABLE */
    int32_t column; /* of the owner */
    const char *schema;
    bool is_stranger; /* its owner may put something else in its place */
    bool is_identity; /* it is the counter of the owner's column and nothing else */
    size_t n_others;  /* that use it, besides the owner's default */
};

/* A column whose default names a sequence. */
struct user {
    struct counted *sequence;
    uint32_t table;
    int32_t column;
};

struct sequences {
    struct counted *all;
    size_t n, room;
    struct counted **by_oid;
    struct user *users;
    size_t n_users, user_room;
};

/* ---- What they are ---- */

static int64_t
type_maximum(int kind)
{
    if (kind == PD_KIND_INT16)
        return INT16_MAX;
    return kind == PD_KIND_INT32 ? INT32_MAX : INT64_MAX;
}

static uint32_t
kind_of_type(uint32_t oid)
{
    if (oid == TYPE_INT2)
        return PD_KIND_INT16;
    return oid == TYPE_INT4 ? PD_KIND_INT32 : PD_KIND_INT64;
}

/* Bounds that CREATE SEQUENCE would have chosen count for nothing. */
static void
set_bounds(struct counted *c, int64_t start, int64_t minimum, int64_t maximum)
{
    struct pd_counter *counter = &c->sequence.counter;
    int64_t most = type_maximum((int)c->sequence.kind);
    bool up = counter->increment > 0;

    if (minimum == (up ? 1 : -most - 1) && maximum == (up ? most : -1) &&
        start == (up ? minimum : maximum))
        return;
    counter->flags |= PD_COUNTER_BOUNDS;
    counter->start = start;
    counter->minimum = minimum;
    counter->maximum = maximum;
}

static void
set_owner(struct maker *m, const PGresult *r, int row, struct counted *c)
{
    c->owner = relations_table(m, maker_oid(r, row, SEQ_OWNER));
    if (c->owner != PD_NO_TABLE)
        c->column = columns_find(m, c->owner, (int32_t)maker_int(r, row, SEQ_OWNER_COLUMN));
    if (c->owner == PD_NO_TABLE || c->column < 0) {
        c->owner = PD_NO_TABLE;
        return;
    }
    c->sequence.owner_table = m->tables[c->owner].name;
    c->sequence.owner_column = m->works[c->owner].columns[c->column].name;
}

/* The counter of an identity column is its table's. */
static void
set_unreadable(struct maker *m, struct counted *c)
{
    c->sequence.flags |= PD_SEQUENCE_UNREADABLE;
    if (c->is_identity && c->owner != PD_NO_TABLE)
        m->tables[c->owner].flags |= PD_TABLE_UNREADABLE;
}

static void
take_sequence(struct maker *m, const PGresult *r, int row)
{
    struct sequences *s = m->sequences;
    struct counted *c = maker_append(m, &m->scratch, &s->all, s->n, &s->room, sizeof *c);
    int64_t cache = maker_int(r, row, SEQ_CACHE);

    if (!c)
        return;
    s->n++;
    c->oid = maker_oid(r, row, SEQ_OID);
    c->schema = maker_text(m, r, row, SEQ_SCHEMA);
    c->is_identity = maker_char(r, row, SEQ_OWNED_BY) == 'i';
    c->sequence.struct_size = sizeof c->sequence;
    c->sequence.name = maker_text(m, r, row, SEQ_NAME);
    c->sequence.comment = maker_comment(m, r, row, SEQ_COMMENT);
    c->sequence.kind = kind_of_type(maker_oid(r, row, SEQ_TYPE));
    c->sequence.counter.struct_size = sizeof c->sequence.counter;
    c->sequence.counter.increment = maker_int(r, row, SEQ_INCREMENT);
    c->sequence.counter.cache = cache > 1 ? cache : 0;
    c->sequence.counter.flags = maker_flag(r, row, SEQ_CYCLE) ? PD_COUNTER_CYCLE : 0;
    set_bounds(c, maker_int(r, row, SEQ_START), maker_int(r, row, SEQ_MINIMUM),
               maker_int(r, row, SEQ_MAXIMUM));
    set_owner(m, r, row, c);
    if (c->schema)
        c->sequence.schema = maker_schema(c->schema);
    c->is_stranger = maker_flag(r, row, SEQ_IS_STRANGER) && relations_distrust(m);
    if (PQgetisnull(r, row, SEQ_IS_READABLE) && m->status == PD_OK)
        m->status = m->host->fail(m->err, PD_FAILED, PD_CAUSE_CHANGED,
                                  "the source changed while it was read: sequence '%s' was "
                                  "dropped; dump again when nobody alters it",
                                  c->sequence.name);
    else if (!maker_flag(r, row, SEQ_IS_READABLE))
        set_unreadable(m, c);
}

/* ---- Where they are ---- */

/* Beyond its bounds a counter begins again, or its next number is one that it cannot give: last
   plus increment in any case, so that last can be had back, even where that wraps around. */
static int64_t
next_value(const struct counted *c, int64_t last)
{
    const struct pd_counter *counter = &c->sequence.counter;
    bool up = counter->increment > 0, bounded = counter->flags & PD_COUNTER_BOUNDS;
    int64_t most = type_maximum((int)c->sequence.kind);
    int64_t maximum = bounded ? counter->maximum : up ? most : -1;
    int64_t minimum = bounded ? counter->minimum : up ? 1 : -most - 1;
    int64_t next;
    bool beyond = __builtin_add_overflow(last, counter->increment, &next) ||
                  (up ? next > maximum : next < minimum);

    if (beyond && counter->flags & PD_COUNTER_CYCLE)
        return up ? minimum : maximum;
    return next;
}

static void
take_states(struct maker *m, const PGresult *r)
{
    struct sequences *s = m->sequences;

    for (int row = 0; row < PQntuples(r); row++) {
        int64_t number = maker_int(r, row, STATE_NUMBER), last = maker_int(r, row, STATE_LAST);
        struct counted *c;

        if (!maker_is_counted(m, (size_t)number, s->n))
            return;
        c = &s->all[number];
        c->sequence.counter.next = maker_flag(r, row, STATE_IS_CALLED) ? next_value(c, last) : last;
    }
}

static void
put_state(struct pd_sql *sql, const struct counted *c, size_t number, size_t i)
{
    pd_sql_printf(sql, "%sSELECT %zu, last_value, is_called FROM ", i ? " UNION ALL " : "", number);
    sql_table(sql, c->schema, c->sequence.name);
}

/* One statement's worth of sequences. */
struct chunk {
    struct pg *pg;
    bool strangers; /* or all the others */
    size_t at;      /* the first that was not looked at */
    size_t numbers[STATE_CHUNK];
    size_t n;
};

/* The next sequences of the sort that may be read; false: there are none. */
static bool
next_chunk(const struct sequences *s, struct chunk *chunk)
{
    for (chunk->n = 0; chunk->at < s->n && chunk->n < STATE_CHUNK; chunk->at++) {
        const struct counted *c = &s->all[chunk->at];

        if (!(c->sequence.flags & PD_SEQUENCE_UNREADABLE) && c->is_stranger == chunk->strangers)
            chunk->numbers[chunk->n++] = chunk->at;
    }
    return chunk->n > 0;
}

static pd_status
ask(struct maker *m, const struct chunk *chunk, struct pd_sql *sql, const char *answer,
    PGresult **ret_rows)
{
    const char *text = pd_sql_text(sql);
    PGresult *rows = NULL;
    pd_status status = text ? pg_query(chunk->pg, text, 0, NULL, answer, &rows, m->err)
                            : pg_no_memory(m->host, m->err);
    int n;

    pd_sql_free(sql);
    if (status == PD_FAILED && strcmp(chunk->pg->complaint.sqlstate, "42P01") == 0)
        return m->host->fail(m->err, PD_FAILED, PD_CAUSE_CHANGED,
                             "the source changed while it was read: %s; dump again when nobody "
                             "alters it",
                             chunk->pg->complaint.text);
    if (status != PD_OK)
        return status;
    n = PQntuples(rows);
    *ret_rows = rows;
    if ((size_t)n == chunk->n)
        return PD_OK;
    PQclear(rows);
    return m->host->fail(m->err, PD_FAILED, PD_CAUSE_CHANGED,
                         "the state of %zu sequences was asked for, %d came", chunk->n, n);
}

static pd_status
read_rows(struct maker *m, const struct chunk *chunk)
{
    struct pd_sql sql = {.host = m->host};
    PGresult *rows = NULL;
    pd_status status;

    for (size_t i = 0; i < chunk->n; i++)
        put_state(&sql, &m->sequences->all[chunk->numbers[i]], chunk->numbers[i], i);
    status = ask(m, chunk, &sql, "iib", &rows);
    if (status != PD_OK)
        return status;
    take_states(m, rows);
    PQclear(rows);
    return m->status;
}

/* Their locks are not needed afterwards: whoever has many sequences would run out of them. */
static pd_status
read_chunk(struct maker *m, const struct chunk *chunk)
{
    pd_status status = pg_run(m->pg, "SAVEPOINT polydump_states", m->err);

    if (status == PD_OK)
        status = read_rows(m, chunk);
    if (status == PD_OK)
        status = pg_run(m->pg, "ROLLBACK TO SAVEPOINT polydump_states", m->err);
    return status == PD_OK ? pg_run(m->pg, "RELEASE SAVEPOINT polydump_states", m->err) : status;
}

/* ---- Sequences of strangers. Their owners could put a table in their place whose index runs a
   function while its "state" is read, so each is locked by its number first, and must then have
   its name still. Such locks last as long as their transaction: that is a short one beside the
   snapshot's, which sequences do not heed anyhow. ---- */

static pd_status
check_name(struct maker *m, const struct counted *c, const char *name)
{
    struct pd_sql own = {.host = m->host};
    bool is_same;

    sql_table(&own, c->schema, c->sequence.name);
    is_same = pd_sql_text(&own) && strcmp(pd_sql_text(&own), name) == 0;
    pd_sql_free(&own);
    if (is_same)
        return PD_OK;
    return m->host->fail(m->err, PD_FAILED, PD_CAUSE_CHANGED,
                         "sequence '%s' was renamed while it was about to be read; dump again when "
                         "nobody alters sequences",
                         c->sequence.name);
}

static pd_status
lock_chunk(struct maker *m, const struct chunk *chunk)
{
    struct pd_sql sql = {.host = m->host};
    PGresult *rows = NULL;
    pd_status status;

    pd_sql_add(&sql, "SELECT pg_catalog.pg_sequence_last_value(o.oid), o.oid::pg_catalog.regclass"
                     " FROM pg_catalog.unnest('{");
    for (size_t i = 0; i < chunk->n; i++)
        pd_sql_printf(&sql, "%s%u", i ? "," : "", m->sequences->all[chunk->numbers[i]].oid);
    pd_sql_add(&sql, "}'::pg_catalog.oid[]) WITH ORDINALITY AS o(oid, n) ORDER BY o.n");
    status = ask(m, chunk, &sql, "It", &rows);
    if (status != PD_OK)
        return status;
    for (size_t i = 0; i < chunk->n && status == PD_OK; i++)
        status = check_name(m, &m->sequences->all[chunk->numbers[i]], PQgetvalue(rows, (int)i, 1));
    PQclear(rows);
    return status;
}

static pd_status
read_strange_chunk(struct maker *m, const struct chunk *chunk)
{
    pd_status status = pg_run(chunk->pg, "BEGIN READ ONLY", m->err);

    if (status == PD_OK)
        status = lock_chunk(m, chunk);
    if (status == PD_OK)
        status = read_rows(m, chunk);
    return status == PD_OK ? pg_run(chunk->pg, "ROLLBACK", m->err) : status;
}

static pd_status
read_strangers(struct maker *m)
{
    struct chunk chunk = {.strangers = true};
    pd_status status = PD_OK;

    while (status == PD_OK && next_chunk(m->sequences, &chunk)) {
        if (!chunk.pg)
            status = pg_open(m->host, m->pg->end, PG_READ, NULL, &chunk.pg, m->err);
        if (status == PD_OK)
            status = read_strange_chunk(m, &chunk);
    }
    pg_close(chunk.pg);
    return status;
}

static pd_status
read_states(struct maker *m)
{
    struct chunk chunk = {.pg = m->pg};
    pd_status status = PD_OK;

    while (status == PD_OK && next_chunk(m->sequences, &chunk))
        status = read_chunk(m, &chunk);
    return status == PD_OK ? read_strangers(m) : status;
}

/* ---- Who uses them ---- */

static int
compare_oids(const void *a, const void *b)
{
    uint32_t x = (*(struct counted *const *)a)->oid, y = (*(struct counted *const *)b)->oid;

    return (x > y) - (x < y);
}

static struct counted *
find_sequence(const struct sequences *s, uint32_t oid)
{
    struct counted key = {.oid = oid}, *at = &key;
    struct counted **found = bsearch(&at, s->by_oid, s->n, sizeof *s->by_oid, compare_oids);

    return found ? *found : NULL;
}

static void
sort_by_oid(struct maker *m)
{
    struct sequences *s = m->sequences;

    s->by_oid = maker_alloc(m, &m->scratch, (s->n + 1) * sizeof *s->by_oid);
    for (size_t i = 0; s->by_oid && i < s->n; i++)
        s->by_oid[i] = &s->all[i];
    if (s->by_oid)
        qsort(s->by_oid, s->n, sizeof *s->by_oid, compare_oids);
}

/* A leaf has the default of its table, which is no use of its own. */
static bool
is_leaf_of(const struct maker *m, uint32_t oid, uint32_t table)
{
    const struct relation *relation = relations_find(m, oid);

    return relation && relation->is_partition && table != PD_NO_TABLE && relation->table == table;
}

static void
take_user(struct maker *m, const PGresult *r, int row)
{
    struct sequences *s = m->sequences;
    struct counted *c = find_sequence(s, maker_oid(r, row, USER_SEQUENCE));
    uint32_t oid = maker_oid(r, row, USER_TABLE), table = relations_table(m, oid);
    struct user *user;
    int32_t column;

    if (!c || is_leaf_of(m, oid, c->owner))
        return;
    column =
        table == PD_NO_TABLE ? -1 : columns_find(m, table, (int32_t)maker_int(r, row, USER_COLUMN));
    if (table != c->owner || column != c->column || table == PD_NO_TABLE)
        c->n_others++;
    if (column < 0)
        return;
    user = maker_append(m, &m->scratch, &s->users, s->n_users, &s->user_room, sizeof *user);
    if (!user)
        return;
    *user = (struct user){c, table, column};
    s->n_users++;
}

/* ---- What comes of it ---- */

/* Only the owner's column counts by it: that is what a serial column is. */
static bool
is_serial(const struct user *user)
{
    const struct counted *c = user->sequence;

    return !c->is_identity && c->n_others == 0 && c->owner == user->table &&
           c->column == user->column;
}

static void
set_nextval(struct maker *m, const struct counted *c, struct pd_column *column)
{
    struct pd_sql name = {.host = m->host};

    if (c->sequence.schema)
        pd_sql_printf(&name, "%s.", c->sequence.schema);
    pd_sql_add(&name, c->sequence.name);
    column->default_kind = PD_DEFAULT_NEXTVAL;
    column->default_text = maker_built(m, &name);
    if (column->default_text)
        column->default_size = (uint32_t)strlen(column->default_text);
}

static void
apply_user(struct maker *m, const struct user *user)
{
    struct pd_column *column = &m->works[user->table].columns[user->column];

    if (!column->default_native || column->generated ||
        !defaults_is_nextval(column->default_native))
        return;
    if (!is_serial(user)) {
        set_nextval(m, user->sequence, column);
        return;
    }
    column->identity = PD_IDENTITY_DEFAULT;
    column->default_kind = PD_DEFAULT_NONE;
    column->counter = user->sequence->sequence.counter;
}

/* Is it called as the server calls them? It cuts what is too long. */
static bool
has_usual_name(const struct maker *m, const struct counted *c)
{
    char usual[3 * NAME_ROOM];

    snprintf(usual, sizeof usual, "%s_%s_seq", m->tables[c->owner].name,
             m->works[c->owner].columns[c->column].name);
    return strlen(usual) < NAME_ROOM && strcmp(usual, c->sequence.name) == 0;
}

/* Its schema is always that of the table. */
static void
apply_identity(struct maker *m, const struct counted *c)
{
    struct pd_sql name = {.host = m->host};
    struct pd_column *column;

    if (c->owner == PD_NO_TABLE)
        return;
    column = &m->works[c->owner].columns[c->column];
    column->counter = c->sequence.counter;
    if (has_usual_name(m, c))
        return;
    pd_sql_add(&name, "SEQUENCE NAME ");
    sql_name(&name, c->sequence.name);
    column->default_native = maker_built(m, &name);
}

static pd_status
hand_over(struct maker *m)
{
    struct sequences *s = m->sequences;
    struct pd_catalog *catalog = &m->result->catalog;
    struct pd_sequence *list = maker_alloc(m, m->pool, (s->n + 1) * sizeof *list);

    for (size_t i = 0; i < s->n_users && m->status == PD_OK; i++)
        apply_user(m, &s->users[i]);
    if (m->status != PD_OK)
        return m->status;
    for (size_t i = 0; i < s->n; i++) {
        if (s->all[i].is_identity)
            apply_identity(m, &s->all[i]);
        else
            list[catalog->n_sequences++] = s->all[i].sequence;
    }
    catalog->sequences = list;
    return PD_OK;
}

pd_status
sequences_read(struct maker *m)
{
    struct sequences s = {0};
    pd_status status;

    m->sequences = &s;
    status = maker_each(m, "sequences", sequences_sql, "ittiiiiiibTIITBb", take_sequence);
    if (status == PD_OK)
        status = read_states(m);
    if (status == PD_OK) {
        sort_by_oid(m);
        status = m->status;
    }
    if (status == PD_OK)
        status = maker_each(m, "users", users_sql, "iII", take_user);
    if (status == PD_OK)
        status = hand_over(m);
    m->sequences = NULL;
    return status;
}
