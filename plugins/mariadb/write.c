// SPDX-License-Identifier: Apache-2.0
/* write - rows into tables.

   A staged table is nobody's but the run's: its rows are committed now and then, so that neither
   the server's undo log nor its work after a failure grows with the table. Into tables that were
   there before, the run is one transaction of one connection.

   The server's "bulk mode" (unique_checks=0 into an empty table) is not asked for: measured on
   10.11 it takes twice the server's time, and finds double keys only at the commit. */
#include <stdlib.h>

#include "conflict.h"
#include "session.h"

enum { WRITE_OPEN = 64 << 20 /* bytes of a transaction */ };

/* ---- The writer ---- */

static struct write_counts *
new_counts(struct pd_sink *sink)
{
    struct write_counts *counts = pd_pool_alloc(&sink->pool, sizeof *counts);

    if (!counts)
        return NULL;
    counts->rows = pd_pool_alloc(&sink->pool, (sink->catalog->n_tables + 1) * sizeof *counts->rows);
    if (!counts->rows || pthread_mutex_init(&counts->mutex, NULL) != 0)
        return NULL;
    return counts;
}

pd_status
write_relax(const struct pd_sink *sink, struct my *my, struct pd_error *err)
{
    pd_status status =
        my->is_mariadb ? my_run(my, "SET SESSION check_constraint_checks = OFF", err) : PD_OK;

    if (status == PD_OK && sink->same)
        status = settings_loosen(my, err);
    return status;
}

pd_status
write_open(struct pd_sink *sink, struct pd_sink *of, struct pd_error *err)
{
    struct sink_writer *writer = sink->host->alloc(sink->host, sizeof *writer);

    if (!writer)
        return my_no_memory(sink->host, err);
    memset(writer, 0, sizeof *writer);
    writer->counts = of ? of->writer->counts : new_counts(sink);
    writer->in_place = of ? of->writer->in_place : pd_load_is_in_place(sink->load, sink->into);
    sink->writer = writer;
    if (!of && sink->my->logs_statements)
        sink->host->log(sink->host, PD_LOG_INFO,
                        "the server logs statements (binlog_format=STATEMENT), so that rows are "
                        "sent by statements of many rows, which takes longer");
    if (!writer->counts)
        return my_no_memory(sink->host, err);
    return writer->in_place ? settings_loosen(sink->my, err) : write_relax(sink, sink->my, err);
}

void
write_close(struct pd_sink *sink)
{
    struct sink_writer *writer = sink->writer;

    if (!writer)
        return;
    encode_close(&writer->encoder);
    if (!sink->origin && writer->counts)
        pthread_mutex_destroy(&writer->counts->mutex);
    sink->host->release(sink->host, writer);
    sink->writer = NULL;
}

/* ---- Transactions ---- */

pd_status
write_begin(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status = PD_OK;

    if (!sink->writer->in_transaction)
        status = my_run(sink->my, "START TRANSACTION", err);
    if (status == PD_OK)
        sink->writer->in_transaction = true;
    return status;
}

pd_status
write_commit(struct pd_sink *sink, struct pd_error *err)
{
    if (!sink->writer->in_transaction)
        return PD_OK;
    sink->writer->in_transaction = false;
    sink->writer->n_open = 0;
    return my_run(sink->my, "COMMIT", err);
}

/* Of a staged table. */
static pd_status
commit_often(struct pd_sink *sink, const struct pd_batch *batch, struct pd_error *err)
{
    sink->writer->n_open += batch->n_bytes;
    if (sink->writer->in_place || sink->writer->n_open < WRITE_OPEN)
        return PD_OK;
    return write_commit(sink, err);
}

/* ---- Parts ---- */

pd_status
write_start(struct pd_sink *sink, const struct pd_scan *scan, uint32_t part, struct pd_error *err)
{
    struct sink_writer *writer = sink->writer;
    pd_status status;

    if (!writer || !sink->tables || scan->table >= sink->catalog->n_tables)
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_BUG, "start(): there is no table %u",
                                scan->table);
    writer->begun = false;
    writer->is_dropped = !sink->tables[scan->table].staged;
    status = writer->is_dropped
                 ? PD_OK
                 : encode_open(&writer->encoder, sink->my, &sink->tables[scan->table], err);
    if (status != PD_OK)
        return status;
    writer->begun = true;
    writer->number = scan->table;
    writer->n_sent = 0;
    return PD_OK;
}

static bool
has_long(const struct pd_batch *batch)
{
    for (uint32_t i = 0; i < batch->n_columns; i++) {
        if (PD_AT(struct pd_vector, batch->vectors, batch->vector_size, i)->n_longs)
            return true;
    }
    return false;
}

static pd_status
check_batch(const struct pd_sink *sink, const struct pd_batch *batch,
            const struct pd_source_ops *long_ops, struct pd_error *err)
{
    const struct sink_writer *writer = sink->writer;

    if (!writer || !writer->begun)
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_BUG, "write() before start()");
    if (batch->n_columns != sink->tables[writer->number].table->n_columns)
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_BUG, "a batch of %u columns",
                                batch->n_columns);
    if (has_long(batch) && (!long_ops || !PD_HAS(struct pd_source_ops, long_ops, read_long)))
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_BUG, "a long cell that cannot be read");
    return PD_OK;
}

/* What cannot go on in the transaction that it began in is lost for good. */
static pd_status
for_good(pd_status status)
{
    return status == PD_OK ? PD_OK : PD_FATAL;
}

pd_status
write_batch(struct pd_sink *sink, const struct pd_batch *batch,
            const struct pd_source_ops *long_ops, struct pd_source *long_source,
            struct pd_rejects *rejects, struct pd_error *err)
{
    struct encode_long longs = {long_ops, long_source};
    struct sink_writer *writer = sink->writer;
    pd_status status = check_batch(sink, batch, long_ops, err);

    if (status != PD_OK)
        return status;
    if (sink->host->cancelled(sink->host))
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "the run was interrupted");
    if (writer->is_dropped)
        return PD_OK;
    status = encode_batch(&writer->encoder, batch, rejects, err);
    if (status == PD_OK && sink->tables[writer->number].is_transactional)
        status = write_begin(sink, err);
    if (status == PD_OK)
        status = rejects_batch(sink, batch, has_long(batch) ? &longs : NULL, err);
    if (status == PD_OK && sink->conflicts)
        status = conflict_rows(sink, err);
    if (status != PD_OK)
        return for_good(status);
    writer->n_sent += encode_count(&writer->encoder, 0, batch->n_rows);
    return for_good(commit_often(sink, batch, err));
}

pd_status
write_end(struct pd_sink *sink, struct pd_error *err)
{
    struct sink_writer *writer = sink->writer;
    pd_status status = PD_OK;

    if (!writer || !writer->begun)
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_BUG, "end() before start()");
    writer->begun = false;
    encode_finish(&writer->encoder);
    if (!writer->in_place)
        status = write_commit(sink, err);
    pthread_mutex_lock(&writer->counts->mutex);
    writer->counts->rows[writer->number] += writer->n_sent;
    pthread_mutex_unlock(&writer->counts->mutex);
    return for_good(status);
}

/* ---- Sealing ---- */

static uint64_t
rows_sent(const struct pd_sink *sink, uint32_t table)
{
    struct write_counts *counts = sink->writer->counts;
    uint64_t n;

    pthread_mutex_lock(&counts->mutex);
    n = counts->rows[table];
    pthread_mutex_unlock(&counts->mutex);
    return n;
}

pd_status
write_count(struct pd_sink *sink, uint32_t table, struct pd_error *err)
{
    const struct target_table *t = &sink->tables[table];
    struct pd_pool pool = {.host = sink->host};
    struct pd_sql sql = {.host = sink->host};
    uint64_t stored = 0, sent = rows_sent(sink, table);
    const char *text = NULL;
    pd_status status;

    pd_sql_add(&sql, "SELECT COUNT(*) FROM ");
    my_table(&sql, NULL, t->staged);
    status = pd_sql_text(&sql) ? my_value(sink->my, &pool, pd_sql_text(&sql), &text, err)
                               : my_no_memory(sink->host, err);
    if (status == PD_OK)
        stored = text ? strtoull(text, NULL, 10) : 0;
    if (status == PD_OK && stored != sent)
        status = sink->host->fail(err, PD_FATAL, PD_CAUSE_DIFFERENT,
                                  "%llu rows were sent and the server stored %llu",
                                  (unsigned long long)sent, (unsigned long long)stored);
    pd_sql_free(&sql);
    pd_pool_close(&pool);
    return status;
}
