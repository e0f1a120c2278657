// SPDX-License-Identifier: Apache-2.0
/* source - the reading handle: its connection, its transaction, its end. */
#include <string.h>

#include "scan.h"

const struct pd_table *
pg_source_table(struct pd_source *source, uint32_t number, const struct pg_table **ret_plan)
{
    const struct pg_catalog *catalog = pg_source_origin(source)->catalog;

    if (!catalog || number >= catalog->catalog.n_tables)
        return NULL;
    *ret_plan = &catalog->tables[number];
    return PD_AT(struct pd_table, catalog->catalog.tables, catalog->catalog.table_size, number);
}

/* ---- The connection between statements ---- */

pd_status
pg_source_settle(struct pd_source *source, struct pd_error *err)
{
    struct pg *pg = source->pg;

    if (!pg->broken && PQtransactionStatus(pg->conn) == PQTRANS_ACTIVE)
        pg_copy_abandon(pg);
    if (pg->broken)
        return source->host->fail(err, PD_FATAL, PD_CAUSE_CONNECT,
                                  "the connection to the server is of no more use");
    if (PQtransactionStatus(pg->conn) != PQTRANS_INERROR || !source->has_savepoint)
        return PD_OK;
    source->mode = MODE_UNKNOWN; /* settings and locks are rolled back too */
    source->guarded = NULL;
    return pg_run(pg, "ROLLBACK TO SAVEPOINT " SOURCE_SAVEPOINT, err);
}

pd_status
pg_source_mode(struct pd_source *source, enum source_mode mode, struct pd_error *err)
{
    pd_status status;

    if (source->mode == mode)
        return PD_OK;
    status = pg_run(source->pg,
                    mode == MODE_FREE
                        ? source->free_settings
                        : "SELECT pg_catalog.set_config('enable_bitmapscan', 'off', false),"
                          " pg_catalog.set_config('enable_indexonlyscan', 'off', false),"
                          " pg_catalog.set_config('enable_indexscan', 'off', false),"
                          " pg_catalog.set_config('max_parallel_workers_per_gather', '0', false)",
                    err);
    if (status == PD_OK)
        source->mode = (uint8_t)mode;
    return status;
}

/* The statement that gives the settings back that pg_source_mode() changes. */
static pd_status
keep_settings(struct pd_source *source, struct pd_error *err)
{
    return pg_value(
        source->pg, &source->pool,
        "SELECT 'SELECT ' || pg_catalog.string_agg(pg_catalog.format('pg_catalog.set_config(%L, %L,"
        " false)', n, pg_catalog.current_setting(n)), ', ')"
        " FROM pg_catalog.unnest('{enable_bitmapscan,enable_indexonlyscan,enable_indexscan,"
        "max_parallel_workers_per_gather}'::pg_catalog.text[]) AS v(n)",
        0, NULL, &source->free_settings, err);
}

pd_status
pg_source_begin(struct pd_source *source, struct pd_error *err)
{
    pd_status status = keep_settings(source, err);

    if (status != PD_OK || PQtransactionStatus(source->pg->conn) != PQTRANS_INTRANS)
        return status;
    status = pg_run(source->pg, "SAVEPOINT " SOURCE_SAVEPOINT, err);
    source->has_savepoint = status == PD_OK;
    return status;
}

/* ---- Opening and closing ---- */

pd_status
pg_source_new(const struct pd_host *host, const struct pd_endpoint *end,
              struct pd_source **ret_source, struct pd_error *err)
{
    struct pd_source *source = host->alloc(host, sizeof *source);

    if (!source)
        return pg_no_memory(host, err);
    memset(source, 0, sizeof *source);
    if (pthread_mutex_init(&source->mutex, NULL) != 0) {
        host->release(host, source);
        return pg_no_memory(host, err);
    }
    source->host = host;
    source->end = end;
    source->pool.host = host;
    source->facts.host = host;
    *ret_source = source;
    return PD_OK;
}

/* What the sink's transaction had before. */
static void
give_back(struct pd_source *source)
{
    struct pg *pg = source->pg;

    pg_source_settle(source, NULL);
    if (source->has_savepoint && !pg->broken) {
        pg_run(pg, "ROLLBACK TO SAVEPOINT " SOURCE_SAVEPOINT, NULL);
        pg_run(pg, "RELEASE SAVEPOINT " SOURCE_SAVEPOINT, NULL);
    } else if (source->mode != MODE_UNKNOWN && !pg->broken) {
        pg_source_mode(source, MODE_FREE, NULL);
    }
    source->pg = NULL;
}

void
pg_source_close(struct pd_source *source)
{
    if (!source)
        return;
    scan_free(source);
    pg_source_close(source->second);
    if (source->is_borrowed)
        give_back(source);
    pg_close(source->pg); /* ends the transaction, and with it the locks */
    source->host->release(source->host, source->shapes);
    source->host->release(source->host, source->blocks);
    catalog_free(source->catalog);
    PQclear(source->relations);
    PQclear(source->members);
    pd_pool_close(&source->pool);
    pd_pool_close(&source->facts);
    pthread_mutex_destroy(&source->mutex);
    source->host->release(source->host, source);
}

static pd_status
open_snapshot(struct pd_source *source, struct pd_error *err)
{
    pd_status status = pg_open(source->host, source->end, PG_READ, NULL, &source->pg, err);

    /* Before somebody's unfinished restore is waited for, and in the snapshot. */
    if (status == PD_OK)
        status = marker_refuse(source->pg, err);
    if (status == PD_OK)
        status = snapshot_take(source, err);
    if (status == PD_OK)
        status = marker_refuse(source->pg, err);
    source->has_locks = status == PD_OK;
    return status == PD_OK ? pg_source_begin(source, err) : status;
}

static pd_status
source_open(const struct pd_host *host, const struct pd_endpoint *end,
            struct pd_source **ret_source, struct pd_error *err)
{
    struct pd_source *source = NULL;
    pd_status status = pg_source_new(host, end, &source, err);

    if (status != PD_OK)
        return status;
    status = open_snapshot(source, err);
    if (status == PD_OK)
        *ret_source = source;
    else
        pg_source_close(source);
    return status;
}

pd_status
postgresql_source_borrow(struct pg *pg, struct pd_source **ret_source, struct pd_error *err)
{
    struct pd_source *source = NULL;
    pd_status status = pg_source_new(pg->host, pg->end, &source, err);

    if (status != PD_OK)
        return status;
    source->pg = pg;
    source->is_borrowed = source->is_review = true;
    status = pg_source_begin(source, err);
    if (status == PD_OK)
        *ret_source = source;
    else
        pg_source_close(source);
    return status;
}

pd_status
postgresql_source_review(const struct pd_host *host, const struct pd_endpoint *end,
                         struct pd_source **ret_source, struct pd_error *err)
{
    pd_status status = source_open(host, end, ret_source, err);

    if (status == PD_OK)
        (*ret_source)->is_review = true;
    return status;
}

/* ---- Operations ---- */

static pd_status
source_catalog(struct pd_source *source, const struct pd_catalog **ret_catalog,
               struct pd_error *err)
{
    struct pd_source *origin = pg_source_origin(source);
    pd_status status = PD_OK;

    if (!origin->catalog) {
        status = scan_end(source, err);
        if (status == PD_OK)
            status = catalog_read(source->pg, !origin->is_review, origin->snapshot,
                                  &origin->catalog, err);
    }
    if (status == PD_OK)
        *ret_catalog = &origin->catalog->catalog;
    return status;
}

static pd_status
source_recheck(struct pd_source *source, struct pd_error *err)
{
    return source->is_borrowed || source->origin ? PD_OK : snapshot_recheck(source, err);
}

static pd_status
answer_take(struct pd_source *source, const PGresult *result, const char *sql, char *buffer,
            size_t size, struct pd_error *err)
{
    size_t length;

    if (PQntuples(result) != 1 || PQnfields(result) != 1 || PQgetisnull(result, 0, 0))
        return source->host->fail(err, PD_FAILED, PD_CAUSE_DATA,
                                  "'%.200s' gives %d rows of %d columns%s; it shall give one row "
                                  "of one text",
                                  sql, PQntuples(result), PQnfields(result),
                                  PQntuples(result) == 1 && PQnfields(result) == 1 ? ", but NULL"
                                                                                   : "");
    length = (size_t)PQgetlength(result, 0, 0);
    if (length >= size)
        return source->host->fail(err, PD_FAILED, PD_CAUSE_DATA,
                                  "'%.200s' gives a text of %zu bytes", sql, length);
    memcpy(buffer, PQgetvalue(result, 0, 0), length + 1);
    return PD_OK;
}

static pd_status
source_ask(struct pd_source *source, const char *sql, char *buffer, size_t size,
           struct pd_error *err)
{
    PGresult *result = NULL;
    /* A wrong answer is the user's mistake here, not the server's. */
    pd_status status = pg_query(source->pg, sql, 0, NULL, NULL, &result, err);

    if (status != PD_OK)
        return status;
    status = answer_take(source, result, sql, buffer, size, err);
    PQclear(result);
    return status;
}

/* Whoever reads asks the plan. */
static pd_status
source_compute(struct pd_source *source, uint32_t number, uint32_t column, struct pd_error *err)
{
    const struct pg_table *plan;
    const struct pd_table *table = pg_source_table(source, number, &plan);

    if (!table || column >= table->n_columns)
        return source->host->fail(err, PD_FATAL, PD_CAUSE_BUG, "there is no such column");
    plan->columns[column].is_stored = true;
    return PD_OK;
}

const struct pd_source_ops postgresql_source_ops = {
    .struct_size = sizeof postgresql_source_ops,
    .open = source_open,
    .catalog = source_catalog,
    .start = scan_start,
    .read = scan_read,
    .close = pg_source_close,
    .share = pg_source_share,
    .extent = pg_source_extent,
    .facts = pg_source_facts,
    .read_long = pg_source_read_long,
    .recheck = source_recheck,
    .ask = source_ask,
    .compute = source_compute,
    .identity = identity_of_source,
};
