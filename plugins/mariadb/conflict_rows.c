// SPDX-License-Identifier: Apache-2.0
/* conflict_rows - staged rows into the target: UPDATE of those whose primary key is there, or none
   of those of which any key is, and INSERT of the others. What is not as it should be afterwards
   ends the run. A row that the server refuses is found by halving, and told. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "conflict.h"

/* The rows of a batch that are staged. */
struct staged {
    struct pd_sink *sink;
    uint32_t table;
    const struct target_table *target;
    struct conflict_table *t;
    size_t n;
    long long *numbers; /* of the rows, once one was refused; NULL */
    uint32_t *rows;     /* which ones of the batch */
    struct pd_error *err;
};

/* How many rows of a range were written, and how. */
struct written {
    uint64_t n_added;
    uint64_t n_there;
};

/* ---- Statements ---- */

static void
put_named(struct pd_sql *sql, const char *alias, const char *name)
{
    pd_sql_printf(sql, "%s.", alias);
    my_name(sql, name);
}

static void
put_side(struct pd_sql *sql, const char *alias, const struct conflict_part *part)
{
    pd_sql_add(sql, part->prefix ? "LEFT(" : "");
    put_named(sql, alias, part->column);
    if (part->prefix)
        pd_sql_printf(sql, ", %lu)", part->prefix);
}

/* "stage s STRAIGHT_JOIN t ON ...": the few are looked up in the many. */
static void
put_join(const struct staged *s, struct pd_sql *sql, const struct conflict_key *key)
{
    my_name(sql, s->t->stage);
    pd_sql_add(sql, " s FORCE INDEX (" CONFLICT_ROW ") STRAIGHT_JOIN ");
    my_name(sql, s->target->name);
    pd_sql_add(sql, " t");
    if (key->is_indexed) {
        pd_sql_add(sql, " FORCE INDEX (");
        my_name(sql, key->name);
        pd_sql_add(sql, ")");
    }
    for (size_t i = 0; i < key->n_parts; i++) {
        pd_sql_add(sql, i ? " AND " : " ON ");
        put_side(sql, "t", &key->parts[i]);
        pd_sql_add(sql, " = ");
        put_side(sql, "s", &key->parts[i]);
    }
}

static void
put_range(struct pd_sql *sql, long long low, long long high)
{
    pd_sql_printf(sql, " WHERE s." CONFLICT_ROW " BETWEEN %lld AND %lld", low, high);
}

static bool
is_of_primary(const struct staged *s, const char *name)
{
    for (size_t i = 0; i < s->t->primary->n_parts; i++) {
        if (strcasecmp(s->t->primary->parts[i].column, name) == 0)
            return true;
    }
    return false;
}

/* ---- Running them ---- */

/* Columns of both tables have the same types: what the server warns of is its own computing. */
static pd_status
run(const struct staged *s, const struct pd_sql *sql, uint64_t *ret_n)
{
    const char *text = pd_sql_text(sql);
    pd_status status;

    if (!text)
        return my_no_memory(s->sink->host, s->err);
    status = my_run_quietly(s->sink->my, text, s->err);
    if (status == PD_OK && ret_n)
        *ret_n = mysql_affected_rows(s->sink->my->conn);
    return status;
}

static pd_status
find_hits(const struct staged *s, struct pd_sql *sql, long long low, long long high,
          uint64_t *ret_n)
{
    bool updates = s->sink->conflict == PD_CONFLICT_UPDATE;
    long long n = 0;
    bool is_null;
    pd_status status;

    pd_sql_clear(sql);
    pd_sql_add(sql, "DELETE FROM " CONFLICT_HITS);
    status = run(s, sql, NULL);
    for (size_t i = 0; i < s->t->n_keys && status == PD_OK; i++) {
        const struct conflict_key *key = &s->t->keys[i];

        if (updates && !key->is_primary)
            continue;
        pd_sql_clear(sql);
        pd_sql_add(sql, "INSERT INTO " CONFLICT_HITS " SELECT s." CONFLICT_ROW " FROM ");
        put_join(s, sql, key);
        put_range(sql, low, high);
        status = run(s, sql, NULL);
    }
    pd_sql_clear(sql);
    pd_sql_add(sql, "SELECT COUNT(DISTINCT r) FROM " CONFLICT_HITS);
    if (status == PD_OK)
        status = attempt_count(s->sink, sql, &n, &is_null, s->err);
    *ret_n = (uint64_t)n;
    return status;
}

/* Columns that do not come keep theirs, even those that the server would set by itself. */
static size_t
put_changes(const struct staged *s, struct pd_sql *sql)
{
    const struct present_table *there = &s->sink->ddl->present[s->table];
    size_t n = 0;

    for (size_t i = 0; i < there->n_columns; i++) {
        const struct present_column *c = &there->columns[i];
        bool comes = conflict_comes(s->sink, s->table, c->name);

        if (c->is_generated || is_of_primary(s, c->name))
            continue;
        pd_sql_add(sql, n++ ? ", " : " SET ");
        put_named(sql, "t", c->name);
        pd_sql_add(sql, " = ");
        put_named(sql, comes ? "s" : "t", c->name);
    }
    return n;
}

static pd_status
update(const struct staged *s, struct pd_sql *sql, long long low, long long high)
{
    size_t n;

    pd_sql_clear(sql);
    pd_sql_add(sql, "UPDATE ");
    put_join(s, sql, s->t->primary);
    n = put_changes(s, sql);
    put_range(sql, low, high);
    return n ? run(s, sql, NULL) : PD_OK;
}

static void
put_columns(const struct staged *s, struct pd_sql *sql, const char *alias)
{
    size_t n = 0;

    for (size_t i = 0; i < s->target->table->n_columns; i++) {
        const struct target_column *c = &s->target->columns[i];

        if (!c->is_sent)
            continue;
        pd_sql_add(sql, n++ ? ", " : "");
        if (alias)
            put_named(sql, alias, c->name);
        else
            my_name(sql, c->name);
    }
}

static pd_status
insert_others(const struct staged *s, struct pd_sql *sql, long long low, long long high,
              uint64_t *ret_n)
{
    pd_sql_clear(sql);
    pd_sql_add(sql, "INSERT INTO ");
    my_name(sql, s->target->name);
    pd_sql_add(sql, " (");
    put_columns(s, sql, NULL);
    pd_sql_add(sql, ") SELECT ");
    put_columns(s, sql, "s");
    pd_sql_add(sql, " FROM ");
    my_name(sql, s->t->stage);
    pd_sql_add(sql, " s FORCE INDEX (" CONFLICT_ROW ") LEFT JOIN " CONFLICT_HITS
                    " h ON h.r = s." CONFLICT_ROW);
    put_range(sql, low, high);
    pd_sql_add(sql, " AND h.r IS NULL ORDER BY s." CONFLICT_ROW);
    return run(s, sql, ret_n);
}

/* Text is the same when its bytes are. */
static bool
is_text(const struct present_column *c)
{
    switch (c->type.kind) {
    case PD_KIND_TEXT:
    case PD_KIND_CHAR:
    case PD_KIND_ENUM:
    case PD_KIND_SET:
    case PD_KIND_JSON:
        return true;
    default:
        return false;
    }
}

/* What is in the table now, read back by key, is what came. */
static pd_status
read_back(const struct staged *s, struct pd_sql *sql, long long low, long long high, uint64_t n)
{
    const struct present_table *there = &s->sink->ddl->present[s->table];
    long long n_same = 0;
    bool is_null;
    pd_status status;

    pd_sql_clear(sql);
    pd_sql_add(sql, "SELECT COUNT(*) FROM ");
    put_join(s, sql, s->t->primary);
    put_range(sql, low, high);
    for (size_t i = 0; i < there->n_columns && !s->t->has_triggers; i++) {
        const struct present_column *c = &there->columns[i];
        const char *binary = is_text(c) ? "BINARY " : "";

        if (c->is_generated || is_of_primary(s, c->name) ||
            !conflict_comes(s->sink, s->table, c->name))
            continue;
        pd_sql_printf(sql, " AND %s", binary);
        put_named(sql, "t", c->name);
        pd_sql_printf(sql, " <=> %s", binary);
        put_named(sql, "s", c->name);
    }
    status = attempt_count(s->sink, sql, &n_same, &is_null, s->err);
    if (status == PD_OK && (uint64_t)n_same != n)
        status = s->sink->host->fail(s->err, PD_FATAL, PD_CAUSE_DIFFERENT,
                                     "of %llu rows that were written %lld are as they came when "
                                     "they are read back",
                                     (unsigned long long)n, n_same);
    return status;
}

static pd_status
write_range(const struct staged *s, long long low, long long high, uint64_t n, struct written *w)
{
    struct pd_sql sql = {.host = s->sink->host};
    bool updates = s->sink->conflict == PD_CONFLICT_UPDATE;
    pd_status status = find_hits(s, &sql, low, high, &w->n_there);

    if (status == PD_OK && updates && w->n_there)
        status = update(s, &sql, low, high);
    if (status == PD_OK && w->n_there < n)
        status = insert_others(s, &sql, low, high, &w->n_added);
    if (status == PD_OK && w->n_added + w->n_there != n)
        status = s->sink->host->fail(s->err, PD_FATAL, PD_CAUSE_DIFFERENT,
                                     "of %llu rows %llu were added and %llu were there",
                                     (unsigned long long)n, (unsigned long long)w->n_added,
                                     (unsigned long long)w->n_there);
    if (status == PD_OK && updates)
        status = read_back(s, &sql, low, high, n);
    pd_sql_free(&sql);
    return status;
}

/* ---- Refused rows ---- */

/* Which of the batch's rows have which numbers: both ascend. */
static pd_status
read_numbers(struct staged *s)
{
    const struct pd_host *host = s->sink->host;
    struct my_complaint complaint = s->sink->my->complaint;
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    uint32_t at = 0;
    size_t n = 0;
    pd_status status;

    s->numbers = host->alloc(host, (s->n + 1) * sizeof *s->numbers);
    s->rows = host->alloc(host, (s->n + 1) * sizeof *s->rows);
    if (!s->numbers || !s->rows)
        return my_no_memory(host, s->err);
    status = my_queryf(s->sink->my, &result, s->err,
                       "SELECT " CONFLICT_ROW " FROM `%s` WHERE " CONFLICT_ROW " > %lld ORDER BY 1",
                       s->t->stage, s->t->last);
    if (status != PD_OK)
        return status;
    while (n < s->n && (row = my_row(s->sink->my, result, 1, 1, &status, s->err))) {
        s->numbers[n] = strtoll(row[0], NULL, 10);
        s->rows[n] = encode_nth(&s->sink->writer->encoder, at, 0);
        at = s->rows[n++] + 1;
    }
    mysql_free_result(result);
    s->sink->my->complaint = complaint;
    if (status != PD_OK)
        return status;
    return n == s->n ? PD_OK
                     : host->fail(s->err, PD_FATAL, PD_CAUSE_DIFFERENT,
                                  "%zu rows were sent and the server has %zu", s->n, n);
}

static pd_status
reject(struct staged *s, size_t i)
{
    const struct my_complaint *c = &s->sink->my->complaint;

    rejects_row(s->sink, s->rows[i],
                c->code == REJECTS_DOUBLE
                    ? "a row that is there under another primary key has the same key: "
                    : "",
                c->text);
    return my_runf(s->sink->my, s->err, "DELETE FROM `%s` WHERE " CONFLICT_ROW " = %lld",
                   s->t->stage, s->numbers[i]);
}

/* PD_FAILED: nothing of it was written, and the transaction goes on. */
static pd_status
try_range(struct staged *s, long long low, long long high, uint64_t n)
{
    struct my *my = s->sink->my;
    struct my_complaint complaint;
    struct written w = {0, 0};
    pd_status status = my_run(my, "SAVEPOINT polydump_rows", s->err);

    if (status != PD_OK)
        return PD_FATAL;
    my->complaint.code = 0;
    status = write_range(s, low, high, n, &w);
    if (status == PD_OK) {
        bool updates = s->sink->conflict == PD_CONFLICT_UPDATE;

        s->t->n_added += w.n_added;
        *(updates ? &s->t->n_updated : &s->t->n_skipped) += w.n_there;
        return PD_OK;
    }
    if (status == PD_FAILED && !rejects_is_about_rows(my))
        return rejects_fail_all(s->sink, s->err);
    if (status != PD_FAILED)
        return PD_FATAL;
    complaint = my->complaint;
    status = my_run(my, "ROLLBACK TO SAVEPOINT polydump_rows", s->err);
    my->complaint = complaint;
    return status == PD_OK ? PD_FAILED : PD_FATAL;
}

static pd_status write_halves(struct staged *s, size_t first, size_t end);

static pd_status
write_some(struct staged *s, size_t first, size_t end)
{
    pd_status status = try_range(s, s->numbers[first], s->numbers[end - 1], end - first);

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
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    uint64_t n = 0;
    pd_status status = my_queryf(s->sink->my, &result, s->err,
                                 "SELECT COUNT(*), COALESCE(MAX(" CONFLICT_ROW
                                 "), 0) FROM `%s` WHERE " CONFLICT_ROW " > %lld",
                                 s->t->stage, s->t->last);

    if (status != PD_OK)
        return status;
    row = my_row(s->sink->my, result, 2, 3, &status, s->err);
    if (row) {
        n = strtoull(row[0], NULL, 10);
        *ret_last = strtoll(row[1], NULL, 10);
    }
    mysql_free_result(result);
    if (status != PD_OK || n == s->n)
        return status;
    return s->sink->host->fail(s->err, PD_FATAL, PD_CAUSE_DIFFERENT,
                               "%zu rows were sent and the server has %llu", s->n,
                               (unsigned long long)n);
}

pd_status
conflict_rows(struct pd_sink *sink, struct pd_error *err)
{
    uint32_t number = sink->writer->number;
    const struct encoder *e = &sink->writer->encoder;
    struct staged s = {
        .sink = sink,
        .table = number,
        .target = &sink->tables[number],
        .t = &sink->conflicts->tables[number],
        .n = encode_count(e, 0, e->batch->n_rows),
        .err = err,
    };
    long long last = 0;
    pd_status status;

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
    sink->host->release(sink->host, s.numbers);
    sink->host->release(sink->host, s.rows);
    s.t->last = last;
    return status;
}
