// SPDX-License-Identifier: Apache-2.0
/* facts - counts, sums and extremes of a table, computed by the server. */
#include <stdio.h>
#include <string.h>

#include "facts.h"

/* A statement has at most 1664 columns in its result. */
enum { FACTS_AT_ONCE = 1200 };

struct facts_maker {
    struct pd_source *source;
    const struct pd_table *table;
    const struct pg_table *plan;
    const struct shape *shape;
    struct pg_table unordered; /* the plan without an order */
    struct scan scan;
    struct pd_sql sql;
    int n_outputs;  /* columns of its result */
    uint32_t first; /* columns of the statement under way */
    uint32_t behind;
    bool hopeful; /* that there is no NaN and no infinity */
    struct pd_fact *facts;
    size_t n_facts;
    size_t room;
    struct pd_error *err;
};

static const struct pd_column *
column_at(const struct facts_maker *m, uint32_t i)
{
    return PD_AT(struct pd_column, m->table->columns, m->table->column_size, i);
}

/* ---- The statement ---- */

/* Has every row a value, by a promise that the server keeps? */
static bool
is_always_filled(const struct facts_maker *m, uint32_t i)
{
    return column_at(m, i)->flags & PD_COLUMN_NOT_NULL;
}

/* A count of its values, and the items of its group. */
static void
put_column(struct facts_maker *m, uint32_t i)
{
    const struct pg_column *plan = &m->plan->columns[i];
    size_t k, n;
    const struct facts_item *items = facts_items(facts_group_of(column_at(m, i)), &n);

    if (!is_always_filled(m, i)) {
        pd_sql_add(&m->sql, ", pg_catalog.count(");
        sql_name(&m->sql, plan->name);
        pd_sql_add(&m->sql, ")");
        m->n_outputs++;
    }
    for (k = 0; k < n; k++) {
        if (!facts_is_asked(&items[k], m->hopeful))
            continue;
        pd_sql_add(&m->sql, ", ");
        facts_put(&m->sql, m->source->pg, &items[k], m->hopeful, column_at(m, i), plan);
        m->n_outputs++;
    }
}

static void
put_head(struct facts_maker *m, uint32_t n_columns)
{
    pd_sql_clear(&m->sql);
    pd_sql_add(&m->sql, "SELECT pg_catalog.count(*)");
    m->n_outputs = 1;
    for (m->behind = m->first; m->behind < n_columns && m->n_outputs < FACTS_AT_ONCE; m->behind++) {
        if (m->plan->columns[m->behind].is_stored)
            put_column(m, m->behind);
    }
}

static size_t
leaf_count(const struct facts_maker *m)
{
    return m->plan->kind == PG_TABLE_LARGE_OBJECTS ? 1 : m->plan->n_leaves;
}

/* The rows of the present leaf, as part of a union. */
static void
put_leaf(struct facts_maker *m, const char *word)
{
    uint32_t i;

    pd_sql_printf(&m->sql, "%sSELECT 0", word);
    for (i = m->first; i < m->behind; i++) {
        if (!m->plan->columns[i].is_stored)
            continue;
        pd_sql_add(&m->sql, ", ");
        sql_name(&m->sql, m->plan->columns[i].name);
    }
    rows_put(&m->sql, &m->scan, m->shape);
}

/* false: no leaf has rows in the range. */
static bool
put_rows(struct facts_maker *m)
{
    const char *word = " FROM (";
    size_t leaf, n = leaf_count(m);

    m->scan.leaf = 0;
    if (n == 1) {
        rows_put(&m->sql, &m->scan, m->shape);
        return true;
    }
    for (leaf = 0; leaf < n; leaf++) {
        if (!rows_has_leaf(&m->scan, m->shape, leaf))
            continue;
        m->scan.leaf = leaf;
        put_leaf(m, word);
        word = " UNION ALL ";
    }
    pd_sql_add(&m->sql, ") AS t");
    return *word == ' ' && word[1] == 'U';
}

/* ---- The answer ---- */

static pd_status
add_fact(struct facts_maker *m, struct pd_fact fact)
{
    if (fact.text) {
        fact.text = pd_pool_text(&m->source->facts, fact.text);
        if (!fact.text)
            return pg_no_memory(m->source->host, m->err);
    }
    m->facts[m->n_facts++] = fact;
    return PD_OK;
}

static pd_status
add_number(struct facts_maker *m, uint32_t column, uint32_t id, uint64_t value)
{
    return add_fact(m, (struct pd_fact){.column = column, .id = id, .low = value});
}

/* PD_RETRY: not without hope. */
static pd_status
not_a_fact(struct facts_maker *m, enum facts_answer answer, uint32_t id)
{
    if (answer == FACTS_AGAIN && m->hopeful)
        return PD_RETRY;
    return m->source->host->fail(m->err, PD_FAILED, PD_CAUSE_CONNECT,
                                 "table '%s': what the server computed is no number (fact %u)",
                                 m->table->name, id);
}

static const char *
text_at(const PGresult *result, int column)
{
    return !result || PQgetisnull(result, 0, column) ? NULL : PQgetvalue(result, 0, column);
}

/* The counts that all columns have. */
static pd_status
add_counts(struct facts_maker *m, uint32_t column, uint64_t n_rows, uint64_t n_filled)
{
    static const uint8_t classes[] = {PD_FACT_INTS, PD_FACT_REALS, PD_FACT_TEXTS, PD_FACT_BLOBS};
    const struct pd_column *c = column_at(m, column);
    uint32_t own = facts_class(facts_group_of(c));
    bool may_be_bad = m->source->pg->sql_ascii &&
                      (c->type.kind == PD_KIND_ARRAY || c->type.kind == PD_KIND_OPAQUE);
    size_t i;
    pd_status status = add_number(m, column, PD_FACT_NULLS, n_rows - n_filled);

    for (i = 0; i < sizeof classes && status == PD_OK; i++) {
        /* A text form that is not UTF-8 counts as text in the stream; the server does not know. */
        if (!(may_be_bad && classes[i] == PD_FACT_TEXTS))
            status = add_number(m, column, classes[i], classes[i] == own ? n_filled : 0);
    }
    return status;
}

static pd_status
take_item(struct facts_maker *m, const struct facts_item *item, uint32_t column,
          const PGresult *result, int *at)
{
    bool is_asked = facts_is_asked(item, m->hopeful);
    const char *text = is_asked ? text_at(result, *at) : NULL;
    struct pd_fact fact = {.column = column, .id = item->id};
    enum facts_answer answer = facts_take(item->form, text, &fact);

    *at += is_asked;
    if (answer == FACTS_NONE)
        return PD_OK;
    return answer == FACTS_TAKEN ? add_fact(m, fact) : not_a_fact(m, answer, item->id);
}

/* result NULL: there are no rows. */
static pd_status
take_column(struct facts_maker *m, uint32_t column, const PGresult *result, uint64_t n_rows,
            int *at)
{
    size_t k, n;
    const struct facts_item *items = facts_items(facts_group_of(column_at(m, column)), &n);
    struct pd_fact count = {.low = n_rows};
    enum facts_answer answer = FACTS_TAKEN;
    pd_status status;

    if (!is_always_filled(m, column))
        answer = facts_take(FACTS_NUMBER, text_at(result, (*at)++), &count);
    status = answer == FACTS_TAKEN ? add_counts(m, column, n_rows, count.low)
                                   : not_a_fact(m, FACTS_WRONG, PD_FACT_NULLS);

    for (k = 0; k < n && status == PD_OK; k++)
        status = take_item(m, &items[k], column, result, at);
    return status;
}

static pd_status
take_columns(struct facts_maker *m, const PGresult *result, uint64_t *ret_rows)
{
    struct pd_fact rows = {0};
    uint32_t i;
    int at = 1;
    pd_status status = PD_OK;

    if (facts_take(FACTS_NUMBER, text_at(result, 0), &rows) != FACTS_TAKEN)
        return not_a_fact(m, FACTS_WRONG, PD_FACT_ROWS);
    for (i = m->first; i < m->behind && status == PD_OK; i++) {
        if (m->plan->columns[i].is_stored)
            status = take_column(m, i, result, rows.low, &at);
    }
    *ret_rows = rows.low;
    return status;
}

/* ---- Running ---- */

static pd_status
guard_leaves(struct facts_maker *m)
{
    size_t leaf, n = leaf_count(m);
    pd_status status = PD_OK;

    for (leaf = 0; leaf < n && status == PD_OK; leaf++) {
        if (rows_has_leaf(&m->scan, m->shape, leaf))
            status = scan_guard(m->source, m->plan, leaf, m->err);
    }
    return status;
}

static pd_status
ask(struct facts_maker *m, PGresult **ret_result)
{
    struct pg *pg = m->source->pg;
    const char *text = pd_sql_text(&m->sql);
    struct pd_sql answer = {.host = m->source->host};
    pd_status status;

    pd_sql_add(&answer, "1");
    answer_put(&answer, 'T', (size_t)m->n_outputs);
    status = text && pd_sql_text(&answer)
                 ? pg_query(pg, text, 0, NULL, answer.text, ret_result, m->err)
                 : pg_no_memory(m->source->host, m->err);
    pd_sql_free(&answer);
    return status;
}

/* The facts of some columns, from first to behind. */
static pd_status
run_statement(struct facts_maker *m, uint32_t n_columns, uint64_t *ret_rows)
{
    size_t n_before = m->n_facts;
    PGresult *result = NULL;
    pd_status status = PD_OK;

    put_head(m, n_columns);
    if (put_rows(m))
        status = ask(m, &result);
    if (status == PD_OK)
        status = take_columns(m, result, ret_rows);
    PQclear(result);
    if (status == PD_RETRY)
        m->n_facts = n_before;
    return status;
}

/* Statement after statement, until all columns are through. */
static pd_status
run(struct facts_maker *m, uint32_t n_columns)
{
    uint64_t n_rows = 0;
    pd_status status = guard_leaves(m);

    while (status == PD_OK) {
        m->hopeful = true;
        status = run_statement(m, n_columns, &n_rows);
        if (status == PD_RETRY) {
            m->hopeful = false;
            status = run_statement(m, n_columns, &n_rows);
        }
        m->first = m->behind;
        if (m->first >= n_columns)
            break;
    }
    return status == PD_OK ? add_number(m, PD_NO_COLUMN, PD_FACT_ROWS, n_rows) : status;
}

/* The server's count of what it sends is all that can be had without a plan. */
static pd_status
run_plain(struct facts_maker *m)
{
    uint64_t n_rows = 0;
    pd_status status = plain_count(m->source, m->table, m->plan, &n_rows, m->err);

    if (status != PD_OK)
        return status;
    plain_warn(m->source, m->table, m->plan);
    return add_number(m, PD_NO_COLUMN, PD_FACT_ROWS, n_rows);
}

static bool
make_room(struct facts_maker *m, uint32_t n_columns)
{
    size_t room = 1, n;
    uint32_t i;

    for (i = 0; i < n_columns; i++) {
        facts_items(facts_group_of(column_at(m, i)), &n);
        room += 5 + n;
    }
    pd_pool_close(&m->source->facts);
    m->facts = pd_pool_alloc(&m->source->facts, room * sizeof *m->facts);
    return m->facts;
}

static pd_status
make(struct facts_maker *m, uint32_t number, int level)
{
    uint32_t n_columns = level >= PD_FACTS_ENGINE ? (uint32_t)m->table->n_columns : 0;
    pd_status status;

    if (!make_room(m, n_columns))
        return pg_no_memory(m->source->host, m->err);
    status = scan_end(m->source, m->err);
    if (status == PD_OK && plain_leaf(m->plan))
        return run_plain(m);
    if (status == PD_OK)
        status = pg_source_shape(m->source, number, &m->shape, m->err);
    if (status == PD_OK)
        status = pg_source_mode(m->source, MODE_FREE, m->err);
    return status == PD_OK ? run(m, n_columns) : status;
}

pd_status
pg_source_facts(struct pd_source *source, const struct pd_scan *scan, int level,
                const struct pd_fact **ret_facts, size_t *ret_n_facts, struct pd_error *err)
{
    struct facts_maker m = {.source = source, .sql = {.host = source->host}, .err = err};
    pd_status status;

    m.table = pg_source_table(source, scan->table, &m.plan);
    if (!m.table)
        return source->host->fail(err, PD_FAILED, PD_CAUSE_BUG, "there is no table number %u",
                                  scan->table);
    m.unordered = *m.plan;
    m.unordered.key_order = NULL;
    m.scan = (struct scan){.table = m.table,
                           .plan = &m.unordered,
                           .number = scan->table,
                           .range = scan->range,
                           .order = scan->order};
    status = make(&m, scan->table, level);
    pd_sql_free(&m.sql);
    if (status != PD_OK)
        return status;
    *ret_facts = m.facts;
    *ret_n_facts = m.n_facts;
    return PD_OK;
}
