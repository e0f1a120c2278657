// SPDX-License-Identifier: Apache-2.0
/* scan - reads the rows of a table: one prepared SELECT, whose rows come as they are fetched and
   are decoded into batches. */
#include "scan.h"

/* ---- What can go wrong ---- */

pd_status
scan_no_batch(struct pd_source *source, struct pd_error *err)
{
    if (source->host->cancelled(source->host))
        return source->host->fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "the run was interrupted");
    return my_no_memory(source->host, err);
}

pd_status
scan_broken(struct pd_source *source, struct pd_error *err)
{
    const struct scan *scan = &source->scan;
    const struct decoder *d = &scan->decoder;

    if (d->fault_column == PD_NO_COLUMN)
        return source->host->fail(err, PD_FAILED, PD_CAUSE_CORRUPT, "cannot read table '%s': %s",
                                  scan->table->name, d->fault);
    return source->host->fail(err, PD_FAILED, PD_CAUSE_CORRUPT,
                              "cannot read table '%s': row %llu, column '%s': %s",
                              scan->table->name, (unsigned long long)scan->n_rows,
                              pd_column_at(scan->table, d->fault_column)->name, d->fault);
}

/* ---- Beginning ---- */

static pd_status
set_condition(struct pd_source *source, const char *where, struct pd_error *err)
{
    struct scan *scan = &source->scan;
    size_t size = strlen(where) + 1;

    scan->condition = source->host->alloc(source->host, size);
    if (!scan->condition)
        return my_no_memory(source->host, err);
    memcpy(scan->condition, where, size);
    return where_check(source, err);
}

static pd_status
begin(struct pd_source *source, const struct pd_scan *order, struct pd_error *err)
{
    struct scan *scan = &source->scan;
    const struct pd_table *table = my_source_table(source, order->table, &scan->plan);
    pd_status status;

    if (!table)
        return source->host->fail(err, PD_FAILED, PD_CAUSE_BUG, "there is no table number %u",
                                  order->table);
    scan->range = order->range;
    scan->order = order->order;
    if (pd_builder_open(&scan->builder, source->host, (uint32_t)table->n_columns) != PD_OK)
        return my_no_memory(source->host, err);
    scan->table = table;
    status = decode_open(&scan->decoder, source->host, table, scan->plan, &scan->builder, err);
    return status == PD_OK && order->where ? set_condition(source, order->where, err) : status;
}

static pd_status
prepare(struct pd_source *source, struct pd_error *err)
{
    struct pd_sql sql = {.host = source->host};
    pd_status status;

    select_put_all(&sql, &source->scan, source->my);
    status = my_prepare(source->my, &sql, &source->scan.stmt, err);
    pd_sql_free(&sql);
    return status;
}

/* A table of which nothing is stored is read as one NULL a row. */
static bool
bind_fields(struct scan *scan, const MYSQL *conn)
{
    uint32_t n = mysql_stmt_field_count(scan->stmt);

    if (scan->decoder.n_fields == 0)
        n -= n == 1;
    return decode_bind(&scan->decoder, mariadb_stmt_fetch_fields(scan->stmt), n,
                       &conn->net.buff_end);
}

static pd_status
bind(struct pd_source *source, struct pd_error *err)
{
    struct scan *scan = &source->scan;

    if (!bind_fields(scan, source->my->conn))
        return scan_broken(source, err);
    if (scan->decoder.n_fields == 0)
        return PD_OK;
    if (mysql_stmt_attr_set(scan->stmt, STMT_ATTR_CB_USER_DATA, &scan->decoder) != 0 ||
        mysql_stmt_attr_set(scan->stmt, STMT_ATTR_CB_RESULT,
                            (const void *)(uintptr_t)decode_take) != 0)
        return source->host->fail(err, PD_FATAL, PD_CAUSE_VERSION,
                                  "the client library hands out no raw values; Connector/C 3.1 is "
                                  "the oldest that does");
    return PD_OK;
}

static pd_status
run(struct pd_source *source, struct pd_error *err)
{
    pd_status status = prepare(source, err);

    if (status == PD_OK)
        status = bind(source, err);
    if (status == PD_OK)
        status = my_execute(source->my, source->scan.stmt, err);
    /* The rows that come are as it says now. */
    if (status == PD_OK && !bind_fields(&source->scan, source->my->conn))
        status = scan_broken(source, err);
    return status;
}

pd_status
scan_start(struct pd_source *source, const struct pd_scan *order, struct pd_error *err)
{
    pd_status status;

    scan_end(source);
    source->sent = (struct sent){0};
    status = begin(source, order, err);
    if (status == PD_OK)
        status = run(source, err);
    if (status != PD_OK)
        scan_end(source);
    return source->my->broken && status != PD_OK ? PD_FATAL : status;
}

void
scan_end(struct pd_source *source)
{
    struct scan *scan = &source->scan;

    long_end(source);
    /* It may fetch what is left, into the decoder. */
    my_stmt_close(source->my, scan->stmt);
    decode_close(&scan->decoder);
    pd_builder_close(&scan->builder);
    source->host->release(source->host, scan->condition);
    memset(scan, 0, sizeof *scan);
}

/* ---- Batches ---- */

static pd_status
hand_over(struct pd_source *source, const struct pd_batch **ret_batch, struct pd_error *err)
{
    *ret_batch = pd_builder_finish(&source->scan.builder);
    return *ret_batch ? PD_OK : scan_no_batch(source, err);
}

/* Rows until the batch is full; PD_DONE: there are no more, or one with long cells is next. */
static pd_status
fill(struct pd_source *source, struct pd_error *err)
{
    struct scan *scan = &source->scan;
    struct my *my = source->my;

    while (!pd_builder_full(&scan->builder)) {
        pd_status status = my_fetch(my, scan->stmt, err);

        if (status != PD_OK) {
            scan->ended = status == PD_DONE;
            if (scan->ended)
                source->sent = (struct sent){scan->table, scan->range};
            return status;
        }
        scan->n_rows++;
        if (scan->decoder.is_long && !scan->decoder.fault) {
            scan->is_pending = true;
            return PD_DONE;
        }
        if (!decode_row(&scan->decoder))
            return scan_broken(source, err);
    }
    return PD_OK;
}

/* What can be handed over now; PD_DONE: no row of the batch in the making. */
static pd_status
fill_batch(struct pd_source *source, const struct pd_batch **ret_batch, struct pd_error *err)
{
    struct scan *scan = &source->scan;
    pd_status status;

    if (pd_builder_begin(&scan->builder) != PD_OK)
        return scan_no_batch(source, err);
    status = fill(source, err);
    if (status >= PD_OK && scan->builder.n_rows)
        return hand_over(source, ret_batch, err);
    pd_builder_drop(&scan->builder);
    return status == PD_OK ? PD_DONE : status;
}

pd_status
scan_read(struct pd_source *source, const struct pd_batch **ret_batch, struct pd_error *err)
{
    struct scan *scan = &source->scan;
    pd_status status = PD_DONE;

    if (!scan->table)
        return PD_DONE;
    long_end(source);
    if (!scan->ended && !scan->is_pending)
        status = fill_batch(source, ret_batch, err);
    if (status == PD_DONE && scan->is_pending)
        status = long_read_row(source, ret_batch, err);
    if (status >= PD_OK)
        return status;
    scan_end(source);
    return source->my->broken ? PD_FATAL : status;
}
