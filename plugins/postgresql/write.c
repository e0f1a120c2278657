// SPDX-License-Identifier: Apache-2.0
/* write - rows into tables by COPY.

   A table of a fresh target is filled by one COPY a part, in the transaction that makes the table
   where it has one part only: with wal_level=minimal the server then writes no WAL. Into a table
   that was there before goes one COPY a batch (rejects.c). The number of rows that the server says
   it stored is compared with what was sent, COPY by COPY. */
#include "conflict.h"

#include <time.h>

enum { WAIT_MS = 100 };

/* ---- The writer ---- */

static struct write_tables *
new_tables(struct pd_sink *sink)
{
    struct write_tables *tables = pd_pool_alloc(&sink->pool, sizeof *tables);

    if (!tables)
        return NULL;
    tables->states = pd_pool_alloc(&sink->pool, sink->catalog->n_tables + 1);
    if (!tables->states || pthread_mutex_init(&tables->mutex, NULL) != 0)
        return NULL;
    if (pthread_cond_init(&tables->changed, NULL) == 0)
        return tables;
    pthread_mutex_destroy(&tables->mutex);
    return NULL;
}

pd_status
write_open(struct pd_sink *sink, struct pd_sink *of, struct pd_error *err)
{
    struct sink_writer *writer = sink->host->alloc(sink->host, sizeof *writer);

    if (!writer)
        return pg_no_memory(sink->host, err);
    memset(writer, 0, sizeof *writer);
    writer->tables = of ? of->writer->tables : new_tables(sink);
    sink->writer = writer;
    return writer->tables ? PD_OK : pg_no_memory(sink->host, err);
}

void
write_close(struct pd_sink *sink)
{
    struct sink_writer *writer = sink->writer;

    if (!writer)
        return;
    encode_close(&writer->encoder);
    if (!sink->origin && writer->tables) {
        pthread_cond_destroy(&writer->tables->changed);
        pthread_mutex_destroy(&writer->tables->mutex);
    }
    sink->host->release(sink->host, writer);
    sink->writer = NULL;
}

void
write_settle(struct pd_sink *sink)
{
    if (!sink->writer->is_open)
        return;
    sink->writer->is_open = false;
    sink->atomic = ATOMIC_RUN;
}

/* ---- Making a table ---- */

static pd_status
begin_own(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status = pg_run(sink->pg, "BEGIN", err);

    sink->writer->in_transaction = status == PD_OK;
    return status;
}

static pd_status
commit_own(struct pd_sink *sink, struct pd_error *err)
{
    if (!sink->writer->in_transaction)
        return PD_OK;
    sink->writer->in_transaction = false;
    return pg_run(sink->pg, "COMMIT", err);
}

/* The table's state, once nobody is at work on it. MISSING: it is IN_MAKING now, by the caller. */
static enum write_state
claim_table(struct pd_sink *sink, uint32_t number)
{
    struct write_tables *tables = sink->writer->tables;
    enum write_state state;

    pthread_mutex_lock(&tables->mutex);
    while ((state = (enum write_state)tables->states[number]) == TABLE_IN_MAKING &&
           !sink->host->cancelled(sink->host)) {
        struct timespec until;

        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += WAIT_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        pthread_cond_timedwait(&tables->changed, &tables->mutex, &until);
    }
    if (state == TABLE_MISSING)
        tables->states[number] = TABLE_IN_MAKING;
    pthread_mutex_unlock(&tables->mutex);
    return state;
}

static void
settle_table(struct pd_sink *sink, uint32_t number, enum write_state state)
{
    struct write_tables *tables = sink->writer->tables;

    pthread_mutex_lock(&tables->mutex);
    tables->states[number] = (uint8_t)state;
    pthread_cond_broadcast(&tables->changed);
    pthread_mutex_unlock(&tables->mutex);
}

/* In the transaction of the whole run, in that which loads the rows, or, when several will, in one
   of its own. */
static pd_status
make_table(struct pd_sink *sink, uint32_t number, uint32_t n_parts, struct pd_error *err)
{
    pd_status status = PD_OK;

    if (sink->atomic == ATOMIC_MARKED)
        status = begin_own(sink, err);
    sink->writer->has_made = sink->ddl->tables[number].create && !sink->ddl->tables[number].made;
    if (status == PD_OK)
        status = ddl_table(sink, number, sink->pg, err);
    if (status == PD_OK && n_parts != 1)
        status = commit_own(sink, err);
    return status;
}

static pd_status
enter_table(struct pd_sink *sink, uint32_t number, uint32_t n_parts, struct pd_error *err)
{
    const struct target_table *t = &sink->tables[number];
    pd_status status;

    if (t->is_large_objects)
        return sink->atomic == ATOMIC_MARKED ? begin_own(sink, err) : PD_OK;
    if (t->exists)
        return PD_OK;
    switch (claim_table(sink, number)) {
    case TABLE_MADE:
        return PD_OK;
    case TABLE_MISSING:
        status = make_table(sink, number, n_parts, err);
        settle_table(sink, number, status == PD_OK ? TABLE_MADE : TABLE_LOST);
        return status;
    default:
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "the run was interrupted");
    }
}

pd_status
write_start(struct pd_sink *sink, const struct pd_scan *scan, uint32_t part, struct pd_error *err)
{
    struct sink_writer *writer = sink->writer;
    const struct target_table *t;
    pd_status status;

    if (!writer || !sink->tables || scan->table >= sink->catalog->n_tables)
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_BUG, "start(): there is no table %u",
                                scan->table);
    write_settle(sink);
    t = &sink->tables[scan->table];
    writer->begun = writer->has_made = false;
    status = enter_table(sink, scan->table, scan->n_parts, err);
    if (status == PD_OK && sink->conflicts)
        status = conflict_stage(sink, scan->table, err);
    if (status == PD_OK && t->is_large_objects && part == 0)
        status = large_objects_empty(sink, err);
    if (status == PD_OK)
        status = encode_open(&writer->encoder, sink->host, t, err);
    if (status != PD_OK)
        return status;
    writer->begun = true;
    writer->number = scan->table;
    writer->n_parts = scan->n_parts;
    writer->n_sent = 0;
    return PD_OK;
}

/* ---- COPY ---- */

/* Of a table that this very transaction has made, nobody can see the rows too early. They are never
   touched again then, neither by those who read them first nor by vacuum. */
static bool
freezes(const struct pd_sink *sink, const struct target_table *t)
{
    return sink->writer->in_transaction && sink->writer->has_made && !t->exists;
}

void
write_copy_sql(const struct pd_sink *sink, const struct target_table *t, struct pd_sql *sql)
{
    const struct encoder *e = &sink->writer->encoder;

    pd_sql_add(sql, "COPY ");
    if (sink->conflicts)
        pd_sql_add(sql, sink->conflicts->tables[sink->writer->number].stage);
    else
        sql_table(sql, t->schema, t->name);
    /* Without a column to be named, a row is what has none of its own. */
    for (uint32_t i = 0; i < e->n_columns; i++) {
        pd_sql_add(sql, i ? ", " : " (");
        sql_name(sql, e->columns[i].name);
    }
    if (e->n_columns == 0 && t->dummy) {
        pd_sql_add(sql, " (");
        sql_name(sql, t->dummy);
    }
    pd_sql_add(sql, e->n_columns || t->dummy ? ")" : "");
    pd_sql_add(sql, t->by_text ? " FROM STDIN (FORMAT text" : " FROM STDIN (FORMAT binary");
    pd_sql_add(sql, freezes(sink, t) ? ", FREEZE)" : ")");
}

pd_status
write_copy(struct pd_sink *sink, const char *sql, struct pd_error *err)
{
    struct sink_writer *writer = sink->writer;
    pd_status status = pg_copy_in(sink->pg, sql, err);

    if (status != PD_OK)
        return status;
    writer->in_copy = true;
    writer->n_sent = 0;
    encode_begin(&writer->encoder, sink->pg, err);
    return PD_OK;
}

/* A table, function or operator, type or other object, schema that does not exist. */
bool
write_is_unknown(const char *sqlstate)
{
    static const char *const states[] = {"42P01", "42883", "42704", "3F000"};

    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        if (strcmp(sqlstate, states[i]) == 0)
            return true;
    }
    return false;
}

/* Views, indexes and some functions are made after the rows. Names are looked up nowhere, as when
   pg_dump's scripts are run: a function that counts on a search_path does not find its own. */
static pd_status
fail_unknown(struct pd_sink *sink, uint64_t line, struct pd_error *err)
{
    const struct pg_complaint *c = &sink->pg->complaint;

    if (sink->tables[sink->writer->number].needs_path && !sink->conflicts)
        sink->host->fail(
            err, PD_FAILED, PD_CAUSE_MISSING,
            "table '%s', row %llu: %s%s%s: names without a schema are looked for by the "
            "search_path that this role has in this database; see ALTER DATABASE, ALTER ROLE and "
            "ALTER FUNCTION ... SET search_path",
            sink->tables[sink->writer->number].name, (unsigned long long)line, c->text,
            *c->within ? ", in " : "", c->within);
    else if (*c->within)
        sink->host->fail(
            err, PD_FAILED, PD_CAUSE_MISSING,
            "table '%s', row %llu: %s, in %s: a function that a check or generated column calls "
            "has to name others with their schema, or to have a search_path of its "
            "own: in the source, ALTER FUNCTION ... SET search_path",
            sink->tables[sink->writer->number].name, (unsigned long long)line, c->text, c->within);
    else
        sink->host->fail(
            err, PD_FAILED, PD_CAUSE_MISSING,
            "table '%s', row %llu%s%s%s: %s; a value names what is made after the rows, if at "
            "all: restore with --schema-only first, then with --data-only",
            sink->tables[sink->writer->number].name, (unsigned long long)line,
            *c->column ? ", column '" : "", c->column, *c->column ? "'" : "", c->text);
    sink->host->detail(err, "sqlstate", c->sqlstate);
    return PD_FAILED;
}

pd_status
write_copy_end(struct pd_sink *sink, uint64_t *ret_line, struct pd_error *err)
{
    struct sink_writer *writer = sink->writer;
    uint64_t n_rows = 0;
    pd_status status;

    *ret_line = 0;
    if (!writer->in_copy)
        return PD_OK;
    writer->in_copy = false;
    status = encode_end(&writer->encoder, err);
    if (status == PD_OK)
        status = pg_copy_end(sink->pg, &n_rows, ret_line, err);
    if (status == PD_FAILED && *ret_line && write_is_unknown(sink->pg->complaint.sqlstate))
        return fail_unknown(sink, *ret_line, err);
    if (status == PD_OK && n_rows != writer->n_sent)
        status = sink->host->fail(err, PD_FATAL, PD_CAUSE_DIFFERENT,
                                  "table '%s': %llu rows were sent and the server stored %llu",
                                  sink->tables[writer->number].name,
                                  (unsigned long long)writer->n_sent, (unsigned long long)n_rows);
    return status;
}

pd_status
write_rows(struct pd_sink *sink, uint32_t first, uint32_t end, const struct encode_long *from,
           struct pd_error *err)
{
    struct sink_writer *writer = sink->writer;
    struct encoder *e = &writer->encoder;

    e->err = err;
    writer->n_sent += encode_count(e, first, end);
    return from ? encode_long_row(e, from) : encode_rows(e, first, end);
}

static pd_status
begin_copy(struct pd_sink *sink, struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    pd_status status;

    write_copy_sql(sink, &sink->tables[sink->writer->number], &sql);
    status = pd_sql_text(&sql) ? write_copy(sink, pd_sql_text(&sql), err)
                               : pg_no_memory(sink->host, err);
    pd_sql_free(&sql);
    return status;
}

/* ---- Batches ---- */

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
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_BUG, "table '%s': a batch of %u columns",
                                sink->tables[writer->number].name, batch->n_columns);
    if (has_long(batch) && (!long_ops || !PD_HAS(struct pd_source_ops, long_ops, read_long)))
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_BUG,
                                "table '%s': a long cell that cannot be read",
                                sink->tables[writer->number].name);
    return PD_OK;
}

/* What cannot go on in the transaction that it began in is lost for good. */
static pd_status
for_good(pd_status status)
{
    return status == PD_OK ? PD_OK : PD_FATAL;
}

static pd_status
write_present(struct pd_sink *sink, const struct pd_batch *batch, const struct encode_long *from,
              struct pd_rejects *rejects, struct pd_error *err)
{
    pd_status status = rejects_batch(sink, batch, from, rejects, err);

    return status == PD_OK && sink->conflicts ? conflict_rows(sink, err) : status;
}

pd_status
write_batch(struct pd_sink *sink, const struct pd_batch *batch,
            const struct pd_source_ops *long_ops, struct pd_source *long_source,
            struct pd_rejects *rejects, struct pd_error *err)
{
    struct encode_long longs = {long_ops, long_source};
    const struct encode_long *from = NULL;
    const struct target_table *t;
    pd_status status = check_batch(sink, batch, long_ops, err);

    if (status != PD_OK)
        return status;
    if (sink->host->cancelled(sink->host))
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "the run was interrupted");
    t = &sink->tables[sink->writer->number];
    status = encode_batch(&sink->writer->encoder, batch, sink->pg->sql_ascii, rejects, err);
    if (status == PD_OK && has_long(batch)) {
        from = &longs;
        status = encode_long_check(&sink->writer->encoder, from);
    }
    if (status != PD_OK)
        return status;
    if (t->is_large_objects)
        return for_good(large_objects_batch(sink, from, err));
    if (t->exists)
        return write_present(sink, batch, from, rejects, err);
    if (!sink->writer->in_copy)
        status = begin_copy(sink, err);
    if (status == PD_OK)
        status = write_rows(sink, 0, batch->n_rows, from, err);
    return for_good(status);
}

pd_status
write_end(struct pd_sink *sink, struct pd_error *err)
{
    struct sink_writer *writer = sink->writer;
    uint64_t line;
    pd_status status;

    if (!writer || !writer->begun)
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_BUG, "end() before start()");
    writer->begun = false;
    status = write_copy_end(sink, &line, err);
    if (status == PD_OK && sink->atomic == ATOMIC_MARKED)
        status = large_objects_end(sink, err);
    if (status == PD_OK)
        status = commit_own(sink, err);
    return for_good(status);
}
