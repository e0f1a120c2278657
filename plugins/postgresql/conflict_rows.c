// SPDX-License-Identifier: Apache-2.0
/* conflict_rows - staged rows into the target: UPDATE of those whose primary key is there, or none
   of those of which any key is, and INSERT of the others. What is not as it should be afterwards
   ends the run. A row that the server refuses is found by halving, and told. */
#include <stdlib.h>
#include <string.h>

#include "conflict.h"

/* The rows of a batch that are staged. */
struct staged {
    struct pd_sink *sink;
    const struct target_table *target;
    struct conflict_table *t;
    bool is_plain; /* no other table inherits this one's rows: it is no partitioned table */
    size_t n;
    PGresult *numbers; /* of the rows, once one was refused; NULL */
    uint32_t *rows;    /* which ones of the batch */
    struct pd_error *err;
};

/* How many rows of a range were written, and how. */
struct written {
    uint64_t n_added;
    uint64_t n_there;
};

/* ---- Statements ---- */

static void
put_target(const struct staged *s, struct pd_sql *sql)
{
    pd_sql_add(sql, s->is_plain ? "ONLY " : "");
    sql_table(sql, s->target->schema, s->target->name);
}

static void
put_range(struct pd_sql *sql, const char *row, long long low, long long high)
{
    pd_sql_printf(sql, "%s BETWEEN %lld AND %lld", row, low, high);
}

/* "(SELECT id AS k0, lower(name) AS k1 FROM ... WHERE predicate) t" without its end. */
static void
put_parts(struct pd_sql *sql, const struct conflict_key *key, const char *first)
{
    pd_sql_printf(sql, "(SELECT %s", first);
    for (size_t i = 0; i < key->n_parts; i++)
        pd_sql_printf(sql, "%s%s AS k%zu", i || *first ? ", " : "", key->parts[i].expression, i);
    pd_sql_add(sql, " FROM ");
}

static void
put_equal(struct pd_sql *sql, const struct conflict_key *key, size_t i)
{
    const struct conflict_part *p = &key->parts[i];
    const char *collate = p->collation ? " COLLATE " : "", *c = p->collation ? p->collation : "";

    pd_sql_printf(sql, "(t.k%zu%s%s) %s (x.k%zu%s%s)", i, collate, c, p->equals, i, collate, c);
}

/* SELECT of the numbers of staged rows whose key is there. */
static void
put_hits(const struct staged *s, struct pd_sql *sql, const struct conflict_key *key, long long low,
         long long high)
{
    pd_sql_add(sql, "SELECT x.r FROM ");
    put_parts(sql, key, CONFLICT_ROW " AS r");
    pd_sql_printf(sql, "%s WHERE ", s->t->stage);
    put_range(sql, CONFLICT_ROW, low, high);
    if (key->predicate)
        pd_sql_printf(sql, " AND (%s)", key->predicate);
    pd_sql_add(sql, ") x, ");
    put_parts(sql, key, "");
    put_target(s, sql);
    if (key->predicate)
        pd_sql_printf(sql, " WHERE (%s)", key->predicate);
    pd_sql_add(sql, ") t WHERE ");
    for (size_t i = 0; i < key->n_parts; i++) {
        pd_sql_add(sql, i ? " AND (" : "(");
        put_equal(sql, key, i);
        if (key->nulls_match)
            pd_sql_printf(sql, " OR t.k%zu IS NULL AND x.k%zu IS NULL", i, i);
        pd_sql_add(sql, ")");
    }
}

/* "t.a = s.a AND ..." of the primary key, whose parts are columns. */
static void
put_primary(const struct staged *s, struct pd_sql *sql)
{
    const struct conflict_key *key = &s->t->keys[0];

    for (size_t i = 0; i < key->n_parts; i++)
        pd_sql_printf(sql, "%st.%s %s s.%s", i ? " AND " : "", key->parts[i].expression,
                      key->parts[i].equals, key->parts[i].expression);
}

static bool
is_of_primary(const struct staged *s, const char *name)
{
    const struct conflict_key *key = &s->t->keys[0];
    struct pd_sql quoted = {.host = s->sink->host};
    bool is = false;

    sql_name(&quoted, name);
    for (size_t i = 0; i < key->n_parts && pd_sql_text(&quoted); i++)
        is = is || strcmp(key->parts[i].expression, name) == 0 ||
             strcmp(key->parts[i].expression, quoted.text) == 0;
    pd_sql_free(&quoted);
    return is;
}

/* Each column that comes and is not of the key, by fmt's of `before` and `between`. */
static size_t
put_columns(const struct staged *s, struct pd_sql *sql, const char *before, const char *between,
            bool with_key)
{
    size_t n = 0;

    for (size_t i = 0; i < s->target->table->n_columns; i++) {
        const struct target_column *c = &s->target->columns[i];

        if (!c->is_sent || (!with_key && is_of_primary(s, c->name)))
            continue;
        pd_sql_add(sql, n++ ? ", " : "");
        pd_sql_add(sql, before);
        sql_name(sql, c->name);
        if (!between)
            continue;
        pd_sql_add(sql, between);
        sql_name(sql, c->name);
    }
    return n;
}

static void
put_insert(const struct staged *s, struct pd_sql *sql, long long low, long long high)
{
    pd_sql_add(sql, "INSERT INTO ");
    sql_table(sql, s->target->schema, s->target->name);
    pd_sql_add(sql, " (");
    put_columns(s, sql, "", NULL, true);
    pd_sql_add(sql, ") OVERRIDING SYSTEM VALUE SELECT ");
    put_columns(s, sql, "s.", NULL, true);
    pd_sql_printf(sql, " FROM %s s WHERE ", s->t->stage);
    put_range(sql, "s." CONFLICT_ROW, low, high);
}

/* ---- Running them ---- */

/* Rows that a statement changed. */
static pd_status
change(const struct staged *s, const struct pd_sql *sql, uint64_t *ret_n)
{
    PGresult *result = NULL;
    pd_status status = pd_sql_text(sql)
                           ? pg_query(s->sink->pg, sql->text, 0, NULL, NULL, &result, s->err)
                           : pg_no_memory(s->sink->host, s->err);

    if (status != PD_OK)
        return status;
    *ret_n = strtoull(PQcmdTuples(result), NULL, 10);
    PQclear(result);
    return PD_OK;
}

static pd_status
count(const struct staged *s, const struct pd_sql *sql, uint64_t *ret_n)
{
    PGresult *result = NULL;
    pd_status status = pd_sql_text(sql)
                           ? pg_query(s->sink->pg, sql->text, 0, NULL, "1i", &result, s->err)
                           : pg_no_memory(s->sink->host, s->err);

    if (status != PD_OK)
        return status;
    *ret_n = strtoull(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return PD_OK;
}

static pd_status
skip_and_insert(const struct staged *s, struct pd_sql *sql, long long low, long long high,
                struct written *w)
{
    PGresult *result = NULL;
    pd_status status;

    pd_sql_add(sql, "WITH hits AS MATERIALIZED (");
    for (size_t i = 0; i < s->t->n_keys; i++) {
        pd_sql_add(sql, i ? " UNION " : "");
        put_hits(s, sql, &s->t->keys[i], low, high);
    }
    if (!s->t->n_keys)
        pd_sql_add(sql, "SELECT NULL::bigint AS r WHERE false");
    pd_sql_add(sql, "), news AS (");
    put_insert(s, sql, low, high);
    pd_sql_add(sql, " AND s." CONFLICT_ROW " NOT IN (SELECT r FROM hits) ORDER BY s." CONFLICT_ROW
                    " RETURNING 1) SELECT (SELECT count(DISTINCT r) FROM hits), (SELECT count(*) "
                    "FROM news)");
    status = pd_sql_text(sql) ? pg_query(s->sink->pg, sql->text, 0, NULL, "1ii", &result, s->err)
                              : pg_no_memory(s->sink->host, s->err);
    if (status != PD_OK)
        return status;
    w->n_there = strtoull(PQgetvalue(result, 0, 0), NULL, 10);
    w->n_added = strtoull(PQgetvalue(result, 0, 1), NULL, 10);
    PQclear(result);
    return PD_OK;
}

static pd_status
update(const struct staged *s, struct pd_sql *sql, long long low, long long high, struct written *w)
{
    pd_sql_add(sql, "UPDATE ");
    put_target(s, sql);
    pd_sql_add(sql, " t SET ");
    if (put_columns(s, sql, "", " = s.", false) == 0) {
        pd_sql_clear(sql);
        pd_sql_add(sql, "SELECT count(*) FROM ");
        put_target(s, sql);
        pd_sql_add(sql, " t, ");
    } else {
        pd_sql_add(sql, " FROM ");
    }
    pd_sql_printf(sql, "%s s WHERE ", s->t->stage);
    put_range(sql, "s." CONFLICT_ROW, low, high);
    pd_sql_add(sql, " AND ");
    put_primary(s, sql);
    if (pd_sql_text(sql) && *sql->text == 'S')
        return count(s, sql, &w->n_there);
    return change(s, sql, &w->n_there);
}

static pd_status
insert_others(const struct staged *s, struct pd_sql *sql, long long low, long long high,
              struct written *w)
{
    pd_sql_clear(sql);
    put_insert(s, sql, low, high);
    pd_sql_add(sql, " AND NOT EXISTS (SELECT FROM ");
    put_target(s, sql);
    pd_sql_add(sql, " t WHERE ");
    put_primary(s, sql);
    pd_sql_add(sql, ") ORDER BY s." CONFLICT_ROW);
    return change(s, sql, &w->n_added);
}

/* What is in the table now, read back by key, is what came, byte by byte. */
static pd_status
read_back(const struct staged *s, struct pd_sql *sql, long long low, long long high, uint64_t n)
{
    struct pd_sql old = {.host = s->sink->host}, come = {.host = s->sink->host};
    uint64_t n_same = 0;
    bool any = put_columns(s, &old, "t.", NULL, false) && put_columns(s, &come, "s.", NULL, false);
    pd_status status;

    pd_sql_clear(sql);
    pd_sql_add(sql, "SELECT count(*) FROM ");
    put_target(s, sql);
    pd_sql_printf(sql, " t, %s s WHERE ", s->t->stage);
    put_range(sql, "s." CONFLICT_ROW, low, high);
    pd_sql_add(sql, " AND ");
    put_primary(s, sql);
    if (!pd_sql_text(&old) || !pd_sql_text(&come))
        sql->failed = 1;
    else if (any && !s->t->has_triggers)
        pd_sql_printf(
            sql, " AND CAST(ROW(%s) AS record) OPERATOR(pg_catalog.*=) CAST(ROW(%s) AS record)",
            old.text, come.text);
    status = count(s, sql, &n_same);
    pd_sql_free(&old);
    pd_sql_free(&come);
    if (status == PD_OK && n_same != n)
        status =
            s->sink->host->fail(s->err, PD_FATAL, PD_CAUSE_DIFFERENT,
                                "table '%s': of %llu rows that were written %llu are as they "
                                "came when they are read back",
                                s->target->name, (unsigned long long)n, (unsigned long long)n_same);
    return status;
}

static pd_status
write_range(const struct staged *s, long long low, long long high, uint64_t n, struct written *w)
{
    struct pd_sql sql = {.host = s->sink->host};
    bool updates = s->sink->conflict == PD_CONFLICT_UPDATE;
    pd_status status;

    status = updates ? update(s, &sql, low, high, w) : skip_and_insert(s, &sql, low, high, w);
    if (status == PD_OK && updates)
        status = insert_others(s, &sql, low, high, w);
    if (status == PD_OK && w->n_added + w->n_there != n)
        status = s->sink->host->fail(
            s->err, PD_FATAL, PD_CAUSE_DIFFERENT,
            "table '%s': of %llu rows %llu were added and %llu were there", s->target->name,
            (unsigned long long)n, (unsigned long long)w->n_added, (unsigned long long)w->n_there);
    if (status == PD_OK && updates)
        status = read_back(s, &sql, low, high, n);
    pd_sql_free(&sql);
    return status;
}

/* ---- Refused rows ---- */

static long long
number_of(const struct staged *s, size_t i)
{
    return strtoll(PQgetvalue(s->numbers, (int)i, 0), NULL, 10);
}

/* Which of the batch's rows have which numbers: both ascend. */
static pd_status
read_numbers(struct staged *s)
{
    const struct encoder *e = &s->sink->writer->encoder;
    struct pd_sql sql = {.host = s->sink->host};
    uint32_t row = 0;
    pd_status status;

    if (s->numbers)
        return PD_OK;
    pd_sql_printf(&sql, "SELECT " CONFLICT_ROW " FROM %s WHERE " CONFLICT_ROW " > %lld ORDER BY 1",
                  s->t->stage, s->t->last);
    s->rows = s->sink->host->alloc(s->sink->host, (s->n + 1) * sizeof *s->rows);
    status = s->rows && pd_sql_text(&sql)
                 ? pg_query(s->sink->pg, sql.text, 0, NULL, "i", &s->numbers, s->err)
                 : pg_no_memory(s->sink->host, s->err);
    pd_sql_free(&sql);
    for (size_t i = 0; status == PD_OK && i < s->n; i++) {
        s->rows[i] = encode_nth(e, row, 0);
        row = s->rows[i] + 1;
    }
    return status;
}

static pd_status
reject(struct staged *s, size_t i)
{
    const struct pg_complaint *c = &s->sink->pg->complaint;
    bool is_key = strcmp(c->sqlstate, "23505") == 0;
    int cause = strcmp(c->sqlstate, "23503") == 0 ? PD_CAUSE_MISSING : PD_CAUSE_DATA;

    encode_reject(&s->sink->writer->encoder, s->rows[i], cause, c->sqlstate,
                  *c->constraint ? c->constraint : NULL, "%s%s%s%s%s",
                  is_key ? "a row that is there under another primary key has the same key: " : "",
                  *c->column ? "column '" : "", c->column, *c->column ? "': " : "", c->text);
    return pg_runf(s->sink->pg, s->err, "DELETE FROM %s WHERE " CONFLICT_ROW " = %lld", s->t->stage,
                   number_of(s, i));
}

/* These statements compare by operators, which in a search_path of somebody else's could be other
   ones; so triggers that they fire do without it. */
static void
tell_unknown(const struct staged *s)
{
    const struct pg_complaint *c = &s->sink->pg->complaint;

    if (!present_fires(s->sink) || !write_is_unknown(c->sqlstate))
        return;
    s->sink->host->fail(s->err, PD_FAILED, PD_CAUSE_MISSING,
                        "table '%s': %s, in %s: with --on-conflict a trigger that fires finds what "
                        "its function names with a schema, or by a search_path of its own: ALTER "
                        "FUNCTION ... SET search_path, or --triggers=off",
                        s->target->name, c->text, *c->called ? c->called : "a function");
    s->sink->host->detail(s->err, "sqlstate", c->sqlstate);
}

/* PD_FAILED: nothing of it was written, and the transaction goes on. */
static pd_status
try_range(struct staged *s, long long low, long long high, uint64_t n)
{
    struct written w = {0, 0};
    pd_status status = pg_run(s->sink->pg, "SAVEPOINT polydump_rows", s->err);

    if (status != PD_OK)
        return PD_FATAL;
    s->sink->pg->complaint = (struct pg_complaint){.sqlstate = ""};
    status = write_range(s, low, high, n, &w);
    if (status == PD_OK)
        status = pg_run(s->sink->pg, "RELEASE SAVEPOINT polydump_rows", s->err);
    if (status == PD_OK) {
        bool updates = s->sink->conflict == PD_CONFLICT_UPDATE;

        s->t->n_added += w.n_added;
        *(updates ? &s->t->n_updated : &s->t->n_skipped) += w.n_there;
        return PD_OK;
    }
    if (status == PD_FAILED)
        tell_unknown(s);
    if (status != PD_FAILED || !rejects_is_about_rows(s->sink->pg))
        return PD_FATAL;
    status = pg_run(s->sink->pg, "ROLLBACK TO SAVEPOINT polydump_rows", s->err);
    return status == PD_OK ? PD_FAILED : PD_FATAL;
}

static pd_status write_halves(struct staged *s, size_t first, size_t end);

static pd_status
write_some(struct staged *s, size_t first, size_t end)
{
    pd_status status =
        try_range(s, number_of(s, first), number_of(s, end - 1), (uint64_t)(end - first));

    if (status != PD_FAILED)
        return status;
    return end - first == 1 ? reject(s, first) : write_halves(s, first, end);
}

/* Rows first <= i < end of those that are staged, of which some are refused; at least two. */
static pd_status
write_halves(struct staged *s, size_t first, size_t end)
{
    size_t middle = first + (end - first) / 2;
    pd_status status = write_some(s, first, middle);

    return status == PD_OK ? write_some(s, middle, end) : status;
}

/* ---- A batch ---- */

/* *ret_last: the highest number; the server must have as many rows as were sent. */
static pd_status
look_at_stage(struct staged *s, long long *ret_last)
{
    PGresult *row = NULL;
    struct pd_sql sql = {.host = s->sink->host};
    pd_status status;

    pd_sql_printf(&sql,
                  "SELECT count(*), COALESCE(max(" CONFLICT_ROW "), 0) FROM %s WHERE " CONFLICT_ROW
                  " > %lld",
                  s->t->stage, s->t->last);
    status = pd_sql_text(&sql) ? pg_query(s->sink->pg, sql.text, 0, NULL, "1ii", &row, s->err)
                               : pg_no_memory(s->sink->host, s->err);
    pd_sql_free(&sql);
    if (status != PD_OK)
        return status;
    *ret_last = strtoll(PQgetvalue(row, 0, 1), NULL, 10);
    if (strtoull(PQgetvalue(row, 0, 0), NULL, 10) != s->n)
        status = s->sink->host->fail(s->err, PD_FATAL, PD_CAUSE_DIFFERENT,
                                     "table '%s': %zu rows were sent and the server has %s",
                                     s->target->name, s->n, PQgetvalue(row, 0, 0));
    PQclear(row);
    return status;
}

pd_status
conflict_rows(struct pd_sink *sink, struct pd_error *err)
{
    uint32_t number = sink->writer->number;
    const struct encoder *e = &sink->writer->encoder;
    struct staged s = {
        .sink = sink,
        .target = &sink->tables[number],
        .t = &sink->conflicts->tables[number],
        .is_plain = sink->ddl->present[number].kind == 'r',
        .n = encode_count(e, 0, e->batch->n_rows),
        .err = err,
    };
    long long last = 0;
    pd_status status = PD_OK;

    if (s.n == 0)
        return PD_OK;
    status = look_at_stage(&s, &last);
    if (status == PD_OK)
        status = try_range(&s, s.t->last + 1, last, s.n);
    if (status == PD_FAILED) {
        status = read_numbers(&s);
        if (status == PD_OK && s.n == 1)
            status = reject(&s, 0);
        else if (status == PD_OK)
            status = write_halves(&s, 0, s.n);
    }
    PQclear(s.numbers);
    sink->host->release(sink->host, s.rows);
    s.t->last = last;
    return status;
}
