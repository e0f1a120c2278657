// SPDX-License-Identifier: Apache-2.0
/* source - the reading handle: its connection, its catalogue, its end. */
#include "scan.h"

#include "sink.h"

const struct pd_table *
my_source_table(struct pd_source *source, uint32_t number, const struct my_table **ret_plan)
{
    const struct my_catalog *catalog = my_source_origin(source)->catalog;

    if (!catalog || number >= catalog->catalog.n_tables)
        return NULL;
    *ret_plan = &catalog->tables[number];
    return pd_table_at(&catalog->catalog, number);
}

/* ---- Opening and closing ---- */

pd_status
my_source_new(const struct pd_host *host, const struct pd_endpoint *end,
              struct pd_source **ret_source, struct pd_error *err)
{
    struct pd_source *source = host->alloc(host, sizeof *source);

    if (!source)
        return my_no_memory(host, err);
    memset(source, 0, sizeof *source);
    if (pthread_mutex_init(&source->mutex, NULL) != 0) {
        host->release(host, source);
        return my_no_memory(host, err);
    }
    source->host = host;
    source->end = end;
    source->facts.host = host;
    source->fingerprint.host = host;
    *ret_source = source;
    return PD_OK;
}

void
my_source_close(struct pd_source *source)
{
    if (!source)
        return;
    if (source->my)
        scan_end(source);
    if (source->origin)
        share_give_back(source);
    if (!source->is_borrowed)
        my_close(source->my); /* ends the transaction, and with it the locks */
    while (source->n_spares)
        my_close(source->spares[--source->n_spares]);
    my_close(source->keeper);
    catalog_free(source->catalog);
    pd_sql_free(&source->fingerprint);
    pd_pool_close(&source->facts);
    pthread_mutex_destroy(&source->mutex);
    source->host->release(source->host, source);
}

static pd_status
open_snapshot(struct pd_source *source, struct pd_error *err)
{
    pd_status status = my_open(source->host, source->end, MY_READ, NULL, &source->my, err);

    /* Before somebody's unfinished restore is waited for, and in the snapshot. */
    if (status == PD_OK)
        status = stage_refuse(source->my, err);
    if (status == PD_OK)
        status = snapshot_take(source, err);
    return status == PD_OK ? stage_refuse(source->my, err) : status;
}

static pd_status
source_open(const struct pd_host *host, const struct pd_endpoint *end,
            struct pd_source **ret_source, struct pd_error *err)
{
    struct pd_source *source = NULL;
    pd_status status = my_source_new(host, end, &source, err);

    if (status != PD_OK)
        return status;
    status = open_snapshot(source, err);
    if (status == PD_OK)
        *ret_source = source;
    else
        my_source_close(source);
    return status;
}

/* ---- What a sink has staged ---- */

static pd_status
open_staged(struct pd_source *source, struct pd_error *err)
{
    pd_status status = PD_OK;

    if (!source->my)
        status = my_open(source->host, source->end, MY_READ, NULL, &source->my, err);
    return status == PD_OK ? catalog_read(source->my, false, source->staged, &source->catalog, err)
                           : status;
}

pd_status
mariadb_source_staged(const struct pd_host *host, const struct pd_endpoint *end, struct my *my,
                      const struct my_staged *staged, struct pd_source **ret_source,
                      struct pd_error *err)
{
    struct pd_source *source = NULL;
    pd_status status = my_source_new(host, end, &source, err);

    if (status != PD_OK)
        return status;
    source->staged = staged;
    source->my = my;
    source->is_borrowed = my != NULL;
    status = open_staged(source, err);
    if (status == PD_OK)
        *ret_source = source;
    else
        my_source_close(source);
    return status;
}

/* ---- Operations ---- */

static pd_status
source_catalog(struct pd_source *source, const struct pd_catalog **ret_catalog,
               struct pd_error *err)
{
    *ret_catalog = &my_source_origin(source)->catalog->catalog;
    return PD_OK;
}

static pd_status
source_recheck(struct pd_source *source, struct pd_error *err)
{
    return source->staged || source->origin ? PD_OK : snapshot_recheck(source, err);
}

static pd_status
answer_take(struct pd_source *source, MYSQL_RES *result, const char *sql, char *buffer, size_t size,
            struct pd_error *err)
{
    unsigned long long n = mysql_num_rows(result);
    MYSQL_ROW row = n == 1 && mysql_num_fields(result) == 1 ? mysql_fetch_row(result) : NULL;
    size_t length;

    if (!row || !row[0])
        return source->host->fail(err, PD_FAILED, PD_CAUSE_DATA,
                                  "'%.200s' gives %llu rows of %u columns%s; it shall give one row "
                                  "of one text",
                                  sql, n, mysql_num_fields(result), row ? ", but NULL" : "");
    length = mysql_fetch_lengths(result)[0];
    if (length >= size || memchr(row[0], 0, length))
        return source->host->fail(err, PD_FAILED, PD_CAUSE_DATA,
                                  "'%.200s' gives a text of %zu bytes", sql, length);
    memcpy(buffer, row[0], length);
    buffer[length] = '\0';
    return PD_OK;
}

static pd_status
source_ask(struct pd_source *source, const char *sql, char *buffer, size_t size,
           struct pd_error *err)
{
    MYSQL_RES *result = NULL;
    pd_status status = my_query(source->my, sql, &result, err);

    if (status != PD_OK)
        return status;
    status = answer_take(source, result, sql, buffer, size, err);
    mysql_free_result(result);
    return status;
}

/* Whoever reads asks the plan. */
static pd_status
source_compute(struct pd_source *source, uint32_t number, uint32_t column, struct pd_error *err)
{
    const struct my_table *plan;
    const struct pd_table *table = my_source_table(source, number, &plan);

    if (!table || column >= table->n_columns)
        return source->host->fail(err, PD_FATAL, PD_CAUSE_BUG, "there is no such column");
    plan->columns[column].is_stored = true;
    return PD_OK;
}

const struct pd_source_ops mariadb_source_ops = {
    .struct_size = sizeof mariadb_source_ops,
    .open = source_open,
    .catalog = source_catalog,
    .start = scan_start,
    .read = scan_read,
    .close = my_source_close,
    .share = my_source_share,
    .extent = my_source_extent,
    .facts = my_source_facts,
    .read_long = my_source_read_long,
    .recheck = source_recheck,
    .ask = source_ask,
    .compute = source_compute,
    .identity = identity_of_source,
};
