// SPDX-License-Identifier: Apache-2.0
/* extent - how many rows a table has, and between which ends of its axis. */
#include <stdlib.h>

#include "scan.h"

enum {
    EXTENT_LARGE_BLOCKS = 2000, /* of more the planner may choose how they are counted */
    EXTENT_HAS_RANGES = 140000  /* before, a range of blocks costs a scan of the whole table */
};

/* ---- Sizes ---- */

/* One element per table and leaf of the catalogue. */
static size_t
count_leaves(const struct pg_catalog *catalog)
{
    size_t i, n = 0;

    for (i = 0; i < catalog->catalog.n_tables; i++)
        n += catalog->tables[i].n_leaves;
    return n;
}

static void
put_leaves(struct pd_sql *sql, const struct pg_catalog *catalog)
{
    const char *comma = "";
    size_t i, k;

    pd_sql_add(sql, "{");
    for (i = 0; i < catalog->catalog.n_tables; i++) {
        for (k = 0; k < catalog->tables[i].n_leaves; k++) {
            pd_sql_printf(sql, "%s%u", comma, catalog->tables[i].leaves[k].oid);
            comma = ",";
        }
    }
    pd_sql_add(sql, "}");
}

/* In the order of the catalogue: blocks, and whether they can be scanned by range. */
static pd_status
ask_sizes(struct pd_source *source, const struct pg_catalog *catalog, PGresult **ret_result,
          struct pd_error *err)
{
    struct pd_sql leaves = {.host = source->host};
    const char *oids;
    pd_status status;

    put_leaves(&leaves, catalog);
    oids = pd_sql_text(&leaves);
    status = oids ? pg_query(source->pg,
                             "SELECT pg_catalog.pg_relation_size(o.oid::pg_catalog.regclass)"
                             " / pg_catalog.current_setting('block_size')::pg_catalog.int8,"
                             " (SELECT a.amname = 'heap' FROM pg_catalog.pg_class AS c"
                             "  JOIN pg_catalog.pg_am AS a ON a.oid = c.relam WHERE c.oid = o.oid)"
                             " FROM pg_catalog.unnest($1::pg_catalog.oid[])"
                             "  WITH ORDINALITY AS o(oid, n) ORDER BY o.n",
                             1, &oids, "IB", ret_result, err)
                  : pg_no_memory(source->host, err);
    pd_sql_free(&leaves);
    if (status != PD_OK)
        return status;
    if ((size_t)PQntuples(*ret_result) == count_leaves(catalog))
        return PD_OK;
    PQclear(*ret_result);
    return source->host->fail(err, PD_FAILED, PD_CAUSE_CONNECT,
                              "the server does not say how large its tables are");
}

static void
take_sizes(struct pd_source *origin, const struct pg_catalog *catalog, const PGresult *result)
{
    bool has_ranges = origin->pg->version >= EXTENT_HAS_RANGES;
    size_t i, k, n = 0;

    for (i = 0; i < catalog->catalog.n_tables; i++) {
        struct shape *shape = &origin->shapes[i];

        shape->is_heap = has_ranges;
        shape->blocks = origin->blocks + n;
        for (k = 0; k < catalog->tables[i].n_leaves; k++, n++) {
            unsigned long long size = strtoull(PQgetvalue(result, (int)n, 0), NULL, 10);

            origin->blocks[n] = size < UINT32_MAX ? (uint32_t)size : UINT32_MAX;
            if (strcmp(PQgetvalue(result, (int)n, 1), "t") != 0)
                shape->is_heap = false;
        }
    }
}

static pd_status
measure(struct pd_source *source, struct pd_source *origin, struct pd_error *err)
{
    const struct pd_host *host = source->host;
    const struct pg_catalog *catalog = origin->catalog;
    PGresult *result = NULL;
    pd_status status = ask_sizes(source, catalog, &result, err);

    if (status != PD_OK)
        return status;
    origin->blocks = host->alloc(host, (count_leaves(catalog) + 1) * sizeof *origin->blocks);
    origin->shapes =
        origin->blocks ? host->alloc(host, (catalog->catalog.n_tables + 1) * sizeof *origin->shapes)
                       : NULL;
    if (origin->shapes)
        take_sizes(origin, catalog, result);
    PQclear(result);
    if (origin->shapes)
        return PD_OK;
    host->release(host, origin->blocks);
    origin->blocks = NULL;
    return pg_no_memory(host, err);
}

pd_status
pg_source_shape(struct pd_source *source, uint32_t number, const struct shape **ret_shape,
                struct pd_error *err)
{
    struct pd_source *origin = pg_source_origin(source);
    pd_status status = PD_OK;

    pthread_mutex_lock(&origin->mutex);
    if (!origin->shapes)
        status = measure(source, origin, err);
    if (status == PD_OK)
        *ret_shape = &origin->shapes[number];
    pthread_mutex_unlock(&origin->mutex);
    return status;
}

/* ---- Counting ---- */

static int64_t
number_at(const PGresult *result, int column)
{
    return strtoll(PQgetvalue(result, 0, column), NULL, 10);
}

/* Adds what one leaf has. */
static pd_status
count_leaf(struct pd_source *source, const struct pd_table *table, const struct pg_table *plan,
           const struct pd_sql *sql, struct pd_extent *extent, struct pd_error *err)
{
    const char *text = pd_sql_text(sql);
    PGresult *result = NULL;
    uint64_t before = extent->n_rows;
    pd_status status = text ? pg_query(source->pg, text, 0, NULL, "1iII", &result, err)
                            : pg_no_memory(source->host, err);

    if (status != PD_OK)
        return status;
    extent->n_rows += (uint64_t)number_at(result, 0);
    if (plan->key_axis && !PQgetisnull(result, 0, 1)) {
        int64_t low = number_at(result, 1), high = number_at(result, 2);

        extent->low = before == 0 || low < extent->low ? low : extent->low;
        extent->high = before == 0 || high > extent->high ? high : extent->high;
    }
    PQclear(result);
    return PD_OK;
}

static void
put_count(struct pd_sql *sql, const struct pg_table *plan, size_t leaf, bool with_axis)
{
    pd_sql_add(sql, "SELECT pg_catalog.count(*), ");
    if (with_axis) {
        pd_sql_printf(sql, "pg_catalog.min(%s), pg_catalog.max(%s)", plan->key_axis,
                      plan->key_axis);
    } else {
        pd_sql_add(sql, "NULL, NULL");
    }
    pd_sql_add(sql, " FROM ");
    if (plan->kind == PG_TABLE_LARGE_OBJECTS) {
        rows_put_large_objects(sql);
        return;
    }
    pd_sql_add(sql, "ONLY ");
    sql_table(sql, plan->leaves[leaf].schema, plan->leaves[leaf].name);
}

static pd_status
count_all(struct pd_source *source, const struct pd_table *table, const struct pg_table *plan,
          bool with_axis, struct pd_extent *extent, struct pd_error *err)
{
    size_t i, n = plan->kind == PG_TABLE_LARGE_OBJECTS ? 1 : plan->n_leaves;
    struct pd_sql sql = {.host = source->host};
    pd_status status = PD_OK;

    for (i = 0; i < n && status == PD_OK; i++) {
        pd_sql_clear(&sql);
        put_count(&sql, plan, i, with_axis);
        status = scan_guard(source, plan, i, err);
        if (status == PD_OK)
            status = count_leaf(source, table, plan, &sql, extent, err);
    }
    pd_sql_free(&sql);
    return status;
}

static uint64_t
count_blocks(const struct pg_table *plan, const struct shape *shape)
{
    uint64_t n = 0;
    size_t i;

    for (i = 0; i < plan->n_leaves; i++)
        n += shape->blocks[i] ? shape->blocks[i] : 1;
    return n;
}

pd_status
pg_source_extent(struct pd_source *source, uint32_t number, struct pd_extent *extent,
                 struct pd_error *err)
{
    const struct pg_table *plan = NULL;
    const struct pd_table *table = pg_source_table(source, number, &plan);
    const struct shape *shape = NULL;
    bool by_key = extent->order == PD_ORDER_KEY;
    bool is_counted = extent->flags & PD_EXTENT_UNCOUNTED && !(by_key && plan && plan->key_axis);
    uint64_t n_blocks;
    pd_status status;

    if (!table)
        return source->host->fail(err, PD_FAILED, PD_CAUSE_BUG, "there is no table number %u",
                                  number);
    status = scan_end(source, err);
    if (status == PD_OK)
        status = pg_source_shape(source, number, &shape, err);
    if (status != PD_OK)
        return status;
    n_blocks = count_blocks(plan, shape);
    extent->n_rows = is_counted ? extent->n_rows : 0;
    extent->has_axis = 0;
    extent->low = extent->high = 0;
    if (plan->is_unreadable)
        return PD_UNSUPPORTED;
    if (plain_leaf(plan))
        return is_counted ? PD_OK : plain_count(source, table, plan, &extent->n_rows, err);
    if (n_blocks > EXTENT_LARGE_BLOCKS && !is_counted)
        status = pg_source_mode(source, MODE_FREE, err);
    if (status == PD_OK && !is_counted)
        status = count_all(source, table, plan, by_key && plan->key_axis, extent, err);
    /* A borrowed connection has no twins that could share the parts. */
    extent->has_axis = !source->is_borrowed &&
                       (by_key ? plan->key_axis && extent->n_rows : shape->is_heap && n_blocks);
    if (!by_key && extent->has_axis)
        extent->high = (int64_t)n_blocks - 1;
    return status;
}
