// SPDX-License-Identifier: Apache-2.0
/* facts - counts, sums and extremes of a table, computed by the server. */
#include <stdio.h>
#include <string.h>

#include "facts.h"

/* A statement has at most 4096 columns in its result. */
enum { FACTS_AT_ONCE = 3000, FACTS_COUNTS = 4 };

struct facts_maker {
    struct pd_source *source;
    const struct pd_table *table;
    const struct my_table *plan;
    struct scan scan;
    struct pd_sql sql;
    unsigned n_outputs; /* columns of its result */
    uint32_t first;     /* columns of the statement under way */
    uint32_t behind;
    bool hopeful; /* that extremes are dates of the calendar */
    struct pd_fact *facts;
    size_t n_facts;
    struct pd_error *err;
};

/* A row of its answer, and where the next value is in it. */
struct facts_row {
    MYSQL_ROW values;
    unsigned at;
};

static const struct pd_column *
column_at(const struct facts_maker *m, uint32_t i)
{
    return pd_column_at(m->table, i);
}

static enum facts_group
group_at(const struct facts_maker *m, uint32_t i)
{
    return facts_group_of(column_at(m, i), &m->plan->columns[i]);
}

/* ---- The statement ---- */

/* A count of its values, and the items of its group. */
static void
put_column(struct facts_maker *m, uint32_t i)
{
    const struct my_column *plan = &m->plan->columns[i];
    size_t k, n;
    const struct facts_item *items = facts_items(group_at(m, i), &n);

    pd_sql_add(&m->sql, ", COUNT(");
    my_name(&m->sql, plan->name);
    pd_sql_add(&m->sql, ")");
    for (k = 0; k < n; k++) {
        pd_sql_add(&m->sql, ", ");
        facts_put(&m->sql, &items[k], m->hopeful, column_at(m, i), plan);
    }
    m->n_outputs += (unsigned)n + 1;
}

static void
put_statement(struct facts_maker *m, uint32_t n_columns)
{
    pd_sql_clear(&m->sql);
    select_put_word(&m->sql, m->plan);
    pd_sql_add(&m->sql, "COUNT(*)");
    m->n_outputs = 1;
    for (m->behind = m->first; m->behind < n_columns && m->n_outputs < FACTS_AT_ONCE; m->behind++) {
        if (m->plan->columns[m->behind].is_stored)
            put_column(m, m->behind);
    }
    select_put(&m->sql, &m->scan, m->source->my);
}

/* ---- The answer ---- */

static pd_status
add_fact(struct facts_maker *m, struct pd_fact fact)
{
    if (fact.text) {
        fact.text = pd_pool_text(&m->source->facts, fact.text);
        if (!fact.text)
            return my_no_memory(m->source->host, m->err);
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

/* Does the group's own item tell how many values are of this class? */
static bool
has_item(enum facts_group group, uint32_t id)
{
    size_t k, n;
    const struct facts_item *items = facts_items(group, &n);

    for (k = 0; k < n; k++) {
        if (items[k].id == id)
            return true;
    }
    return false;
}

/* The counts that all columns have. */
static pd_status
add_counts(struct facts_maker *m, uint32_t column, uint64_t n_rows, uint64_t n_filled)
{
    static const uint8_t classes[FACTS_COUNTS] = {PD_FACT_INTS, PD_FACT_REALS, PD_FACT_TEXTS,
                                                  PD_FACT_BLOBS};
    enum facts_group group = group_at(m, column);
    uint32_t own = facts_class(group);
    size_t i;
    pd_status status = add_number(m, column, PD_FACT_NULLS, n_rows - n_filled);

    for (i = 0; i < FACTS_COUNTS && status == PD_OK; i++) {
        if (!has_item(group, classes[i]))
            status = add_number(m, column, classes[i], classes[i] == own ? n_filled : 0);
    }
    return status;
}

static pd_status
take_item(struct facts_maker *m, const struct facts_item *item, uint32_t column, uint64_t n_filled,
          struct facts_row *row)
{
    char buffer[FACTS_TEXT_SIZE];
    const char *text = row->values[row->at++];
    struct pd_fact fact = {.column = column, .id = item->id};
    enum facts_answer answer = facts_take(item->form, text, buffer, &fact);

    if (answer == FACTS_NONE ||
        (item->form == FACTS_TOTAL && !facts_sum_fits(&column_at(m, column)->type, n_filled)))
        return PD_OK;
    return answer == FACTS_TAKEN ? add_fact(m, fact) : not_a_fact(m, answer, item->id);
}

static pd_status
take_column(struct facts_maker *m, uint32_t column, uint64_t n_rows, struct facts_row *row)
{
    char buffer[FACTS_TEXT_SIZE];
    size_t k, n;
    const struct facts_item *items = facts_items(group_at(m, column), &n);
    struct pd_fact count = {0};
    enum facts_answer answer = facts_take(FACTS_NUMBER, row->values[row->at++], buffer, &count);
    pd_status status = answer == FACTS_TAKEN ? add_counts(m, column, n_rows, count.low)
                                             : not_a_fact(m, FACTS_WRONG, PD_FACT_NULLS);

    for (k = 0; k < n && status == PD_OK; k++)
        status = take_item(m, &items[k], column, count.low, row);
    return status;
}

static pd_status
take_columns(struct facts_maker *m, MYSQL_ROW values, uint64_t *ret_rows)
{
    char buffer[FACTS_TEXT_SIZE];
    struct facts_row row = {.values = values};
    struct pd_fact rows = {0};
    uint32_t i;
    pd_status status = PD_OK;

    if (facts_take(FACTS_NUMBER, values[row.at++], buffer, &rows) != FACTS_TAKEN)
        return not_a_fact(m, FACTS_WRONG, PD_FACT_ROWS);
    for (i = m->first; i < m->behind && status == PD_OK; i++) {
        if (m->plan->columns[i].is_stored)
            status = take_column(m, i, rows.low, &row);
    }
    *ret_rows = rows.low;
    return status;
}

/* ---- Running ---- */

static pd_status
ask(struct facts_maker *m, MYSQL_RES **ret_result, MYSQL_ROW *ret_row)
{
    struct my *my = m->source->my;
    const char *text = pd_sql_text(&m->sql);
    MYSQL_RES *result = NULL;
    pd_status status =
        text ? my_query(my, text, &result, m->err) : my_no_memory(m->source->host, m->err);

    if (status != PD_OK)
        return status;
    *ret_row = mysql_num_fields(result) == m->n_outputs ? mysql_fetch_row(result) : NULL;
    if (*ret_row) {
        *ret_result = result;
        return PD_OK;
    }
    mysql_free_result(result);
    return m->source->host->fail(m->err, PD_FAILED, PD_CAUSE_CONNECT,
                                 "the server does not answer what facts table '%s' has",
                                 m->table->name);
}

/* The facts of some columns, from first to behind. */
static pd_status
run_statement(struct facts_maker *m, uint32_t n_columns, uint64_t *ret_rows)
{
    size_t n_before = m->n_facts;
    MYSQL_RES *result = NULL;
    MYSQL_ROW row = NULL;
    pd_status status;

    put_statement(m, n_columns);
    status = ask(m, &result, &row);
    if (status != PD_OK)
        return status;
    status = take_columns(m, row, ret_rows);
    mysql_free_result(result);
    if (status == PD_RETRY)
        m->n_facts = n_before;
    return status;
}

/* Was the table, or this range of it, read to its end by what the session did last? */
static bool
was_sent(const struct facts_maker *m)
{
    const struct sent *sent = &m->source->sent;
    const struct pd_range *a = &sent->range, *b = &m->scan.range;

    return sent->table == m->table && a->flags == b->flags &&
           (!(a->flags & PD_RANGE_LOW) || a->low == b->low) &&
           (!(a->flags & PD_RANGE_HIGH) || a->high == b->high);
}

/* Then the server knows how many rows it has sent: there is no need to read them again. */
static pd_status
count_sent(struct facts_maker *m)
{
    char buffer[FACTS_TEXT_SIZE];
    struct pd_fact rows = {0};
    MYSQL_RES *result = NULL;
    MYSQL_ROW row = NULL;
    pd_status status;

    pd_sql_clear(&m->sql);
    pd_sql_add(&m->sql, "SELECT FOUND_ROWS()");
    m->n_outputs = 1;
    status = ask(m, &result, &row);
    if (status != PD_OK)
        return status;
    status = facts_take(FACTS_NUMBER, row[0], buffer, &rows) == FACTS_TAKEN
                 ? add_number(m, PD_NO_COLUMN, PD_FACT_ROWS, rows.low)
                 : not_a_fact(m, FACTS_WRONG, PD_FACT_ROWS);
    mysql_free_result(result);
    return status;
}

/* Statement after statement, until all columns are through. */
static pd_status
run(struct facts_maker *m, uint32_t n_columns)
{
    uint64_t n_rows = 0;
    bool is_known = n_columns == 0 && was_sent(m);
    pd_status status;

    m->source->sent = (struct sent){0};
    if (is_known)
        return count_sent(m);
    do {
        m->hopeful = true;
        status = run_statement(m, n_columns, &n_rows);
        if (status == PD_RETRY) {
            m->hopeful = false;
            status = run_statement(m, n_columns, &n_rows);
        }
        m->first = m->behind;
    } while (status == PD_OK && m->first < n_columns);
    return status == PD_OK ? add_number(m, PD_NO_COLUMN, PD_FACT_ROWS, n_rows) : status;
}

static bool
make_room(struct facts_maker *m, uint32_t n_columns)
{
    size_t room = 1, n;
    uint32_t i;

    for (i = 0; i < n_columns; i++) {
        facts_items(group_at(m, i), &n);
        room += 1 + FACTS_COUNTS + n;
    }
    pd_pool_close(&m->source->facts);
    m->facts = pd_pool_alloc(&m->source->facts, room * sizeof *m->facts);
    return m->facts;
}

pd_status
my_source_facts(struct pd_source *source, const struct pd_scan *scan, int level,
                const struct pd_fact **ret_facts, size_t *ret_n_facts, struct pd_error *err)
{
    struct facts_maker m = {.source = source, .sql = {.host = source->host}, .err = err};
    uint32_t n_columns;
    pd_status status;

    m.table = my_source_table(source, scan->table, &m.plan);
    if (!m.table)
        return source->host->fail(err, PD_FAILED, PD_CAUSE_BUG, "there is no table number %u",
                                  scan->table);
    scan_end(source);
    m.scan =
        (struct scan){.table = m.table, .plan = m.plan, .range = scan->range, .order = scan->order};
    n_columns = level >= PD_FACTS_ENGINE ? (uint32_t)m.table->n_columns : 0;
    status = make_room(&m, n_columns) ? run(&m, n_columns) : my_no_memory(source->host, err);
    pd_sql_free(&m.sql);
    if (status != PD_OK)
        return status;
    *ret_facts = m.facts;
    *ret_n_facts = m.n_facts;
    return PD_OK;
}
