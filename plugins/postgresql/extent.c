// SPDX-License-Identifier: Apache-2.0
/* extent - how many rows a table has, and between which ends of its axis. */
#include <stdlib.h>

#include "scan.h"

enum {
    EXTENT_LARGE_BLOCKS = 2000, /* of more the planner may choose how they are counted */
    EXTENT_HAS_RANGES = 140000, /* before, a range of blocks costs a scan of the whole table */
    EXTENT_COLUMNS = 2
};

static struct shape *
find_shape(struct pd_source *origin, uint32_t number)
{
    size_t n = origin->catalog->catalog.n_tables;

    if (!origin->shapes) {
        origin->shapes = origin->host->alloc(origin->host, (n + 1) * sizeof *origin->shapes);
        if (!origin->shapes)
            return NULL;
        memset(origin->shapes, 0, (n + 1) * sizeof *origin->shapes);
    }
    return &origin->shapes[number];
}

/* '{1,2,3}' of the leaves. */
static void
put_leaves(struct sql *sql, const struct pg_table *plan)
{
    size_t i;

    sql_add(sql, "{");
    for (i = 0; i < plan->n_leaves; i++)
        sql_printf(sql, "%s%u", i ? "," : "", plan->leaves[i].oid);
    sql_add(sql, "}");
}

static pd_status
ask_blocks(struct pd_source *source, const struct pg_table *plan, PGresult **ret_result,
           struct pd_error *err)
{
    struct sql leaves = {.host = source->host};
    const char *oids;
    pd_status status;

    put_leaves(&leaves, plan);
    oids = sql_text(&leaves);
    status = oids ? pg_query(source->pg,
                             "SELECT pg_catalog.pg_relation_size(o.oid::pg_catalog.regclass)"
                             " / pg_catalog.current_setting('block_size')::pg_catalog.int8,"
                             " coalesce(a.amname, '')"
                             " FROM pg_catalog.unnest($1::pg_catalog.oid[]) WITH ORDINALITY"
                             "  AS o(oid, n)"
                             " LEFT JOIN pg_catalog.pg_class AS c ON c.oid = o.oid"
                             " LEFT JOIN pg_catalog.pg_am AS a ON a.oid = c.relam ORDER BY o.n",
                             1, &oids, ret_result, err)
                  : pg_no_memory(source->host, err);
    sql_free(&leaves);
    if (status != PD_OK)
        return status;
    if ((size_t)PQntuples(*ret_result) == plan->n_leaves &&
        PQnfields(*ret_result) == EXTENT_COLUMNS)
        return PD_OK;
    PQclear(*ret_result);
    return source->host->fail(err, PD_FAILED, PD_CAUSE_CONNECT,
                              "the server does not say how large its tables are");
}

static pd_status
measure(struct pd_source *source, const struct pg_table *plan, struct shape *shape,
        struct pd_error *err)
{
    const struct pd_host *host = source->host;
    uint32_t *blocks = host->alloc(host, (plan->n_leaves + 1) * sizeof *blocks);
    PGresult *result = NULL;
    size_t i;
    pd_status status = blocks ? ask_blocks(source, plan, &result, err) : pg_no_memory(host, err);

    if (status != PD_OK) {
        host->release(host, blocks);
        return status;
    }
    shape->is_heap = source->pg->version >= EXTENT_HAS_RANGES;
    for (i = 0; i < plan->n_leaves; i++) {
        unsigned long long n = strtoull(PQgetvalue(result, (int)i, 0), NULL, 10);

        blocks[i] = n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
        if (strcmp(PQgetvalue(result, (int)i, 1), "heap") != 0)
            shape->is_heap = false;
    }
    PQclear(result);
    shape->blocks = blocks;
    shape->is_known = true;
    return PD_OK;
}

pd_status
pg_source_shape(struct pd_source *source, uint32_t number, const struct shape **ret_shape,
                struct pd_error *err)
{
    struct pd_source *origin = pg_source_origin(source);
    const struct pg_table *plan = &origin->catalog->tables[number];
    struct shape *shape;
    pd_status status = PD_OK;

    pthread_mutex_lock(&origin->mutex);
    shape = find_shape(origin, number);
    if (!shape)
        status = pg_no_memory(source->host, err);
    else if (!shape->is_known)
        status = measure(source, plan, shape, err);
    pthread_mutex_unlock(&origin->mutex);
    if (status == PD_OK)
        *ret_shape = shape;
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
           const struct sql *sql, struct pd_extent *extent, struct pd_error *err)
{
    const char *text = sql_text(sql);
    PGresult *result = NULL;
    uint64_t before = extent->n_rows;
    pd_status status =
        text ? pg_query(source->pg, text, 0, NULL, &result, err) : pg_no_memory(source->host, err);

    if (status != PD_OK)
        return status;
    if (PQntuples(result) != 1 || PQnfields(result) != 3) {
        PQclear(result);
        return source->host->fail(err, PD_FAILED, PD_CAUSE_CONNECT, "cannot count table '%s'",
                                  table->name);
    }
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
put_count(struct sql *sql, const struct pg_table *plan, size_t leaf, bool with_axis)
{
    sql_add(sql, "SELECT pg_catalog.count(*), ");
    if (with_axis) {
        sql_printf(sql, "pg_catalog.min(%s), pg_catalog.max(%s)", plan->key_axis, plan->key_axis);
    } else {
        sql_add(sql, "NULL, NULL");
    }
    sql_add(sql, " FROM ");
    if (plan->kind == PG_TABLE_LARGE_OBJECTS) {
        rows_put_large_objects(sql);
        return;
    }
    sql_add(sql, "ONLY ");
    sql_table(sql, plan->leaves[leaf].schema, plan->leaves[leaf].name);
}

static pd_status
count_all(struct pd_source *source, const struct pd_table *table, const struct pg_table *plan,
          bool with_axis, struct pd_extent *extent, struct pd_error *err)
{
    size_t i, n = plan->kind == PG_TABLE_LARGE_OBJECTS ? 1 : plan->n_leaves;
    struct sql sql = {.host = source->host};
    pd_status status = PD_OK;

    for (i = 0; i < n && status == PD_OK; i++) {
        sql_clear(&sql);
        put_count(&sql, plan, i, with_axis);
        status = scan_guard(source, plan, i, err);
        if (status == PD_OK)
            status = count_leaf(source, table, plan, &sql, extent, err);
    }
    sql_free(&sql);
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
    extent->n_rows = 0;
    extent->low = extent->high = 0;
    if (n_blocks > EXTENT_LARGE_BLOCKS)
        status = pg_source_mode(source, MODE_FREE, err);
    if (status == PD_OK)
        status = count_all(source, table, plan, by_key && plan->key_axis, extent, err);
    extent->has_axis = by_key ? plan->key_axis && extent->n_rows : shape->is_heap && n_blocks;
    if (!by_key && extent->has_axis)
        extent->high = (int64_t)n_blocks - 1;
    return status;
}
