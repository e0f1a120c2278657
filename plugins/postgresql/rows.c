// SPDX-License-Identifier: Apache-2.0
/* rows - the SQL of a scan: which rows of which leaf, in which order. */
#include <stdio.h>

#include "scan.h"

/* Where a leaf begins on the axis of blocks; one without blocks counts as one. */
static int64_t
leaf_begin(const struct scan *scan, const struct shape *shape, size_t leaf)
{
    int64_t begin = 0;
    size_t i;

    for (i = 0; i < leaf && i < scan->plan->n_leaves; i++)
        begin += shape->blocks[i] ? shape->blocks[i] : 1;
    return begin;
}

bool
rows_has_leaf(const struct scan *scan, const struct shape *shape, size_t leaf)
{
    const struct pd_range *range = &scan->range;

    if (scan->order != PD_ORDER_SOURCE || !(range->flags & (PD_RANGE_LOW | PD_RANGE_HIGH)))
        return true;
    if (range->flags & PD_RANGE_HIGH && leaf_begin(scan, shape, leaf) >= range->high)
        return false;
    return !(range->flags & PD_RANGE_LOW) || leaf + 1 == scan->plan->n_leaves ||
           leaf_begin(scan, shape, leaf + 1) > range->low;
}

/* The range of blocks in this leaf; open at the leaf's own ends. */
static const char *
put_blocks(struct pd_sql *sql, const struct scan *scan, const struct shape *shape, const char *word)
{
    const struct pd_range *range = &scan->range;
    int64_t begin = leaf_begin(scan, shape, scan->leaf);
    int64_t behind = leaf_begin(scan, shape, scan->leaf + 1);

    if (range->flags & PD_RANGE_LOW && range->low > begin) {
        pd_sql_printf(sql, "%sctid >= '(%lld,0)'::pg_catalog.tid", word,
                      (long long)(range->low - begin));
        word = " AND ";
    }
    if (range->flags & PD_RANGE_HIGH && range->high < behind) {
        pd_sql_printf(sql, "%sctid < '(%lld,0)'::pg_catalog.tid", word,
                      (long long)(range->high - begin));
        word = " AND ";
    }
    return word;
}

static const char *
put_keys(struct pd_sql *sql, const struct scan *scan, const char *word)
{
    const struct pd_range *range = &scan->range;

    if (range->flags & PD_RANGE_LOW) {
        pd_sql_printf(sql, "%s%s >= '%lld'::pg_catalog.int8", word, scan->plan->key_axis,
                      (long long)range->low);
        word = " AND ";
    }
    if (range->flags & PD_RANGE_HIGH) {
        pd_sql_printf(sql, "%s%s < '%lld'::pg_catalog.int8", word, scan->plan->key_axis,
                      (long long)range->high);
        word = " AND ";
    }
    return word;
}

/* A page more is read of an object as long as there is a byte of it: nobody but a superuser may
   look into the table where objects are kept. */
void
rows_put_large_objects(struct pd_sql *sql)
{
    pd_sql_printf(
        sql,
        "(SELECT loid, page, pg_catalog.lo_get(loid, page::pg_catalog.int8 * %d, %d) AS data"
        " FROM (WITH RECURSIVE p(loid, page) AS (SELECT oid, 0"
        " FROM pg_catalog.pg_largeobject_metadata UNION ALL SELECT loid, page + 1 FROM p"
        " WHERE pg_catalog.length(pg_catalog.lo_get(loid,"
        " (page + 1)::pg_catalog.int8 * %d, 1)) > 0)"
        " SELECT loid, page FROM p ORDER BY loid, page) AS q) AS \"" PG_LO_TABLE "\"",
        PG_LO_PAGE, PG_LO_PAGE, PG_LO_PAGE);
}

static void
put_from(struct pd_sql *sql, const struct scan *scan)
{
    const struct pg_leaf *leaf = &scan->plan->leaves[scan->leaf];

    pd_sql_add(sql, " FROM ");
    if (scan->plan->kind == PG_TABLE_LARGE_OBJECTS) {
        rows_put_large_objects(sql);
    } else {
        /* The table's name is what a condition of the user knows. */
        pd_sql_add(sql, "ONLY ");
        sql_table(sql, leaf->schema, leaf->name);
        pd_sql_add(sql, " AS ");
        sql_name(sql, scan->table->name);
    }
}

void
rows_put(struct pd_sql *sql, const struct scan *scan, const struct shape *shape)
{
    bool by_key = scan->order == PD_ORDER_KEY;
    const char *word = " WHERE ";

    put_from(sql, scan);
    if (by_key && scan->plan->key_axis)
        word = put_keys(sql, scan, word);
    else if (!by_key && shape)
        word = put_blocks(sql, scan, shape, word);
    /* The line end lets a condition end in a comment. */
    if (scan->condition)
        pd_sql_printf(sql, "%s(%s\n)", word, scan->condition);
    if (by_key && scan->plan->key_order && scan->plan->kind == PG_TABLE_PLAIN)
        pd_sql_printf(sql, " ORDER BY %s", scan->plan->key_order);
}

/* A name that no column has: ORDER BY would take a column of the result before one of the table. */
static void
choose_alias(const struct scan *scan, char alias[64])
{
    unsigned n = 0;
    size_t i = 0;

    snprintf(alias, 64, "as text");
    while (i < scan->table->n_columns) {
        if (strcmp(scan->plan->columns[i++].name, alias) == 0) {
            snprintf(alias, 64, "as text %u", ++n);
            i = 0;
        }
    }
}

/* The cast of a type of users may be a function of theirs, which would run with the reader's
   rights (CREATE CAST); format() calls the type's output function only. A row of NULLs is not
   NULL. */
void
rows_put_text(struct pd_sql *sql, const struct pg_column *column)
{
    if (column->type_oid < PG_FIRST_USER_OID) {
        sql_name(sql, column->name);
        pd_sql_add(sql, "::pg_catalog.text");
        return;
    }
    pd_sql_add(sql, "CASE WHEN ");
    sql_name(sql, column->name);
    pd_sql_add(sql, " IS DISTINCT FROM NULL THEN pg_catalog.format('%s', ");
    sql_name(sql, column->name);
    pd_sql_add(sql, ") END");
}

void
rows_put_select(struct pd_sql *sql, const struct scan *scan, const struct shape *shape)
{
    const char *word = "SELECT ";
    char alias[64];
    size_t i;

    choose_alias(scan, alias);
    for (i = 0; i < scan->table->n_columns; i++) {
        const struct pg_column *column = &scan->plan->columns[i];

        if (!column->is_stored)
            continue;
        pd_sql_add(sql, word);
        if (column->form == PG_FORM_TEXT) {
            rows_put_text(sql, column);
            pd_sql_printf(sql, " AS \"%s\"", alias);
        } else {
            sql_name(sql, column->name);
        }
        word = ", ";
    }
    if (*word == 'S')
        pd_sql_add(sql, "SELECT"); /* no column at all; rows there may be */
    rows_put(sql, scan, shape);
    if (scan->n_leaf)
        pd_sql_printf(sql, " OFFSET %llu", (unsigned long long)scan->n_leaf);
}
