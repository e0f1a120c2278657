// SPDX-License-Identifier: Apache-2.0
/* select - the SQL of a scan: which rows of which table, in which order. */
#include "scan.h"

void
select_put_word(struct pd_sql *sql, const struct my_table *plan)
{
    pd_sql_add(sql, plan->is_transactional ? "SELECT " : "SELECT HIGH_PRIORITY ");
}

const char *
select_axis(const struct my_table *plan)
{
    return plan->is_transactional && plan->kind == MY_TABLE_PLAIN ? plan->key_axis : NULL;
}

/* ---- FROM ---- */

/* Does the engine keep its rows in the order of the primary key? */
static bool
is_clustered(const struct my_table *plan)
{
    return plan->is_transactional;
}

/* Left alone, the server reads an index that has all columns rather than the table, and then in the
   order of that index. */
static const char *
index_hint(const struct scan *scan)
{
    if (scan->condition)
        return "";
    if (!scan->plan->scan_order && scan->order == PD_ORDER_SOURCE)
        return " USE INDEX ()";
    if (is_clustered(scan->plan))
        return scan->plan->scan_order ? " FORCE INDEX (PRIMARY)" : "";
    return scan->order == PD_ORDER_SOURCE ? " USE INDEX ()" : "";
}

static void
put_from(struct pd_sql *sql, const struct scan *scan)
{
    const struct my_table *plan = scan->plan;

    pd_sql_add(sql, " FROM ");
    my_table(sql, scan->table->schema, plan->name);
    if (plan->kind == MY_TABLE_HISTORY)
        pd_sql_add(sql, " FOR SYSTEM_TIME ALL");
    /* The table's name is what a condition of the user knows. */
    if (strcmp(plan->name, scan->table->name) != 0) {
        pd_sql_add(sql, " AS ");
        my_name(sql, scan->table->name);
    }
}

/* ---- WHERE ---- */

/* Rows that are not over have the latest of all moments as their end. */
static void
put_is_over(struct pd_sql *sql, const struct scan *scan, const struct my *my)
{
    my_name(sql, scan->plan->row_end);
    pd_sql_add(sql, my_has_later_stamps(my) ? " < '2106-02-07 06:28:15.999999'"
                                            : " < '2038-01-19 03:14:07.999999'");
}

static const char *
put_range(struct pd_sql *sql, const struct scan *scan, const char *word)
{
    const uint32_t both = PD_RANGE_LOW | PD_RANGE_HIGH;
    const struct pd_range *range = &scan->range;
    const char *axis = select_axis(scan->plan);

    if (!axis)
        return word;
    if ((range->flags & both) == both) /* two comparisons a row would cost the server more */
        pd_sql_printf(sql, "%s%s BETWEEN %lld AND %lld", word, axis, (long long)range->low,
                      (long long)(range->high > INT64_MIN ? range->high - 1 : range->high));
    else if (range->flags & PD_RANGE_LOW)
        pd_sql_printf(sql, "%s%s >= %lld", word, axis, (long long)range->low);
    else if (range->flags & PD_RANGE_HIGH)
        pd_sql_printf(sql, "%s%s < %lld", word, axis, (long long)range->high);
    return range->flags & both ? " AND " : word;
}

static void
put_where(struct pd_sql *sql, const struct scan *scan, const struct my *my)
{
    const char *word = " WHERE ";

    if (scan->plan->kind == MY_TABLE_HISTORY) {
        pd_sql_add(sql, word);
        put_is_over(sql, scan, my);
        word = " AND ";
    }
    word = put_range(sql, scan, word);
    /* The line end lets a condition end in a comment. */
    if (scan->condition)
        pd_sql_printf(sql, "%s(%s\n)", word, scan->condition);
}

void
select_put(struct pd_sql *sql, const struct scan *scan, const struct my *my)
{
    put_from(sql, scan);
    put_where(sql, scan, my);
}

/* ---- SELECT ---- */

void
select_put_is_raw(struct pd_sql *sql, const struct my_column *column)
{
    pd_sql_add(sql, "NOT (CAST(CONVERT(CONVERT(");
    my_name(sql, column->name);
    pd_sql_printf(sql, " USING utf8mb4) USING %s) AS BINARY) <=> CAST(", column->raw_charset);
    my_name(sql, column->name);
    pd_sql_add(sql, " AS BINARY))");
}

/* The first label of those that a set has is printed without a trace when it is empty. */
void
select_put_set(struct pd_sql *sql, const char *name, const struct pd_type *type)
{
    uint64_t bit = 0;

    for (size_t i = 0; i < type->n_labels && i < 64 && !bit; i++)
        bit = *type->labels[i] ? 0 : UINT64_C(1) << i;
    if (bit) {
        pd_sql_add(sql, "IF((");
        my_name(sql, name);
        pd_sql_printf(sql, " & %llu) = %llu, CONCAT(',', ", (unsigned long long)(bit | (bit - 1)),
                      (unsigned long long)bit);
        my_name(sql, name);
        pd_sql_add(sql, "), ");
    }
    my_name(sql, name);
    pd_sql_add(sql, bit ? ")" : "");
}

static void
put_field(struct pd_sql *sql, const struct my_column *column, const struct pd_type *type,
          uint8_t role)
{
    if (role == DECODE_BYTES) {
        pd_sql_add(sql, "CASE WHEN ");
        select_put_is_raw(sql, column);
        pd_sql_add(sql, " THEN CAST(");
        my_name(sql, column->name);
        pd_sql_add(sql, " AS BINARY) END");
        return;
    }
    if (type->kind == PD_KIND_SET) {
        select_put_set(sql, column->name, type);
        return;
    }
    my_name(sql, column->name);
    if (role == DECODE_ERROR)
        pd_sql_add(sql, " = 0");
}

/* A table of which nothing is stored has rows all the same. */
static void
put_fields(struct pd_sql *sql, const struct scan *scan)
{
    const struct decoder *d = &scan->decoder;
    uint32_t i;

    for (i = 0; i < d->n_fields; i++) {
        uint32_t number = d->columns[d->fields[i].stream].column;

        pd_sql_add(sql, i ? ", " : "");
        put_field(sql, &scan->plan->columns[number], &pd_column_at(scan->table, number)->type,
                  d->fields[i].role);
    }
    if (d->n_fields == 0)
        pd_sql_add(sql, "NULL");
}

void
select_put_all(struct pd_sql *sql, const struct scan *scan, const struct my *my)
{
    const struct my_table *plan = scan->plan;

    select_put_word(sql, plan);
    put_fields(sql, scan);
    put_from(sql, scan);
    pd_sql_add(sql, index_hint(scan));
    put_where(sql, scan, my);
    if (scan->order == PD_ORDER_KEY && plan->key_order)
        pd_sql_printf(sql, " ORDER BY %s", plan->key_order);
    else if (scan->order == PD_ORDER_SOURCE && plan->scan_order && is_clustered(plan))
        pd_sql_printf(sql, " ORDER BY %s", plan->scan_order);
}
