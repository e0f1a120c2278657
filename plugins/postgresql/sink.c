// SPDX-License-Identifier: Apache-2.0
/* sink - the life of a target: opened, prepared, written, completed, read back, committed.

   How much is one transaction (DECISIONS 15):
   - Into what was there before (append, truncate, replace, data only) always the whole run.
   - Into an empty database the first transaction can become either. prepare() makes everything but
     the tables in it. When share() is called before the first table, which is when there are
     several jobs, the marker is added and it is committed: from then on each table has its own
     transaction, and a run that fails drops what the marker lists. When nobody calls share(), the
     run stays in that one transaction, and a marker never exists.
   - --atomic=run forbids share(); --atomic=marked commits in prepare(), and so does a catalogue of
     so many tables that one transaction would need more locks than the server has room for, or
     very long.
   - SQL of migrations that runs before the rows (execute.c) makes the run one transaction: nothing
     else could take it back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conflict.h"

enum {
    LOCKS_A_TABLE = 3, /* itself, what is out of line, and the index of that */
    /* From here on, the server's time for one transaction grows with the square of its tables. */
    TABLES_A_TRANSACTION = 2000
};

/* ---- Options ---- */

static bool
option_is(const struct pd_sink *sink, const char *name, const char *value)
{
    return pd_option_is(sink->host, sink->end->options, name, value);
}

static pd_status
read_options(struct pd_sink *sink, struct pd_error *err)
{
    sink->into = pd_option_into(sink->host, sink->end->options);
    sink->carry = option_is(sink, "misfit", "carrier");
    sink->rename = option_is(sink, "names", "carry");
    sink->with_access = option_is(sink, "grants", "1");
    if (option_is(sink, "atomic", "marked") && sink->into != PD_INTO_EMPTY)
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_USAGE,
                                "--atomic=marked is for empty databases: what it drops when the "
                                "run fails must all be its own");
    return pd_option_conflict(sink->host, sink->end->options, &sink->conflict, err);
}

static bool
is_in_place(const struct pd_sink *sink)
{
    return pd_load_is_in_place(sink->load, sink->into);
}

static void
take_load(struct pd_sink *sink, const struct pd_load *load)
{
    sink->load = load;
    sink->catalog = load->catalog;
    sink->same = load->flags & PD_LOAD_SAME_ENGINE;
    sink->native = load->flags & PD_LOAD_NATIVE;
    sink->exact = pd_option_exact(sink->host, sink->end->options, load, sink->into);
}

/* Of what prepare() was told only the catalogue stays, and what goes with it. */
static pd_status
keep_load(struct pd_sink *sink, struct pd_error *err)
{
    const struct pd_load *load = sink->load;
    struct pd_load *kept = pd_pool_alloc(&sink->pool, sizeof *kept);
    size_t n = load->catalog->n_tables;

    sink->n_rows = pd_pool_alloc(&sink->pool, (n + 1) * sizeof *sink->n_rows);
    if (!kept || !sink->n_rows)
        return pg_no_memory(sink->host, err);
    for (size_t i = 0; i < n; i++)
        sink->n_rows[i] = load->stats
                              ? PD_AT(struct pd_stats, load->stats, load->stats_size, i)->n_rows
                              : pd_table_at(load->catalog, i)->n_rows_estimate;
    *kept = (struct pd_load){
        .struct_size = sizeof *kept, .flags = load->flags, .catalog = load->catalog};
    if (PD_HAS(struct pd_load, load, emptied))
        kept->emptied = load->emptied;
    sink->load = kept;
    return PD_OK;
}

/* ---- Opening and closing ---- */

static void
close_twin(struct pd_sink *twin)
{
    write_close(twin);
    pg_close(twin->pg);
    pd_pool_close(&twin->pool);
    twin->host->release(twin->host, twin);
}

/* A transaction that is open ends with its connection. */
static void
sink_close(struct pd_sink *sink)
{
    if (!sink)
        return;
    if (sink->origin) {
        close_twin(sink);
        return;
    }
    jobs_stop(sink);
    if (sink->writer && !sink->writer->is_finished)
        sequences_undo(sink);
    if (sink->writer && !sink->writer->is_finished && marker_clean(sink, NULL) != PD_OK)
        sink->host->log(sink->host, PD_LOG_ERROR,
                        "what this run had made could not be dropped again: the database is "
                        "INCOMPLETE until the next restore into it");
    write_close(sink);
    pg_close(sink->pg);
    pd_pool_close(&sink->pool);
    sink->host->release(sink->host, sink);
}

static pd_status
sink_open(const struct pd_host *host, const struct pd_endpoint *end, struct pd_sink **ret_sink,
          struct pd_error *err)
{
    struct pd_sink *sink = host->alloc(host, sizeof *sink);
    pd_status status;

    if (!sink)
        return pg_no_memory(host, err);
    memset(sink, 0, sizeof *sink);
    sink->host = host;
    sink->end = end;
    sink->pool.host = host;
    status = read_options(sink, err);
    if (status == PD_OK)
        status = pg_open(host, end, PG_WRITE, NULL, &sink->pg, err);
    if (status != PD_OK) {
        sink_close(sink);
        return status;
    }
    *ret_sink = sink;
    return PD_OK;
}

/* ---- Which kind of run ---- */

/* Locks that one transaction would hold at its end, about. */
static uint64_t
locks_wanted(const struct pd_catalog *c)
{
    uint64_t n = c->n_sequences + c->n_objects;

    for (size_t i = 0; i < c->n_tables; i++)
        n += LOCKS_A_TABLE + pd_table_at(c, i)->n_keys;
    return n;
}

static pd_status
locks_room(struct pd_sink *sink, uint64_t *ret_room, struct pd_error *err)
{
    PGresult *result = NULL;
    pd_status status = pg_query(sink->pg,
                                "SELECT current_setting('max_locks_per_transaction')::bigint * "
                                "(current_setting('max_connections')::bigint + "
                                "current_setting('max_prepared_transactions')::bigint)",
                                0, NULL, "1i", &result, err);

    if (status != PD_OK)
        return status;
    *ret_room = strtoull(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return PD_OK;
}

static pd_status
refuse_locks(struct pd_sink *sink, uint64_t wanted, uint64_t room, bool may_mark,
             struct pd_error *err)
{
    return sink->host->fail(err, PD_FATAL, PD_CAUSE_LIMIT,
                            "one transaction would need about %llu locks, and the server has room "
                            "for %llu; raise max_locks_per_transaction%s",
                            (unsigned long long)wanted, (unsigned long long)room,
                            may_mark ? ", or give --atomic=marked" : "");
}

static bool
is_reserved(const char *schema, const char *name)
{
    return (!schema || strcmp(schema, "public") == 0) &&
           strncmp(name, MARKER_NAME, sizeof MARKER_NAME - 1) == 0;
}

/* Something of the run that is called as the marker, or as its index or sequence may be; NULL:
   nothing is. */
static const char *
find_reserved(const struct pd_sink *sink)
{
    const struct pd_catalog *c = sink->catalog;

    for (size_t i = 0; i < c->n_tables; i++) {
        if (is_reserved(sink->tables[i].schema, sink->tables[i].name))
            return sink->tables[i].name;
    }
    for (size_t i = 0; i < c->n_sequences; i++) {
        if (is_reserved(pd_sequence_at(c, i)->schema, pd_sequence_at(c, i)->name))
            return pd_sequence_at(c, i)->name;
    }
    for (size_t i = 0; i < c->n_objects; i++) {
        if (is_reserved(pd_object_at(c, i)->schema, pd_object_at(c, i)->name))
            return pd_object_at(c, i)->name;
    }
    return NULL;
}

static pd_status
check_reserved(struct pd_sink *sink, bool *ret_may_mark, struct pd_error *err)
{
    const char *name = *ret_may_mark ? find_reserved(sink) : NULL;

    if (!name)
        return PD_OK;
    if (option_is(sink, "atomic", "marked"))
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_CONFLICT,
                                "'%s' has the name of the table that marks a restore as "
                                "unfinished: leave out --atomic=marked, or rename it",
                                name);
    *ret_may_mark = false;
    return PD_OK;
}

/* *ret_commit: prepare() shall commit. */
static pd_status
choose_atomic(struct pd_sink *sink, bool *ret_commit, struct pd_error *err)
{
    bool may_mark = sink->into == PD_INTO_EMPTY && !is_in_place(sink) &&
                    !pd_load_runs(sink->load, PD_BEFORE_ROWS);
    uint64_t wanted = locks_wanted(sink->catalog), room = 0;
    bool is_large;
    pd_status status = locks_room(sink, &room, err);

    if (status == PD_OK)
        status = check_reserved(sink, &may_mark, err);
    if (status != PD_OK)
        return status;
    is_large = wanted > room && !is_in_place(sink);
    *ret_commit = false;
    if (!may_mark || option_is(sink, "atomic", "run")) {
        sink->atomic = ATOMIC_RUN;
        return is_large ? refuse_locks(sink, wanted, room, may_mark, err) : PD_OK;
    }
    sink->atomic = ATOMIC_MARKED;
    *ret_commit = is_large || sink->catalog->n_tables > TABLES_A_TRANSACTION ||
                  option_is(sink, "atomic", "marked");
    sink->writer->is_open = !*ret_commit;
    if (is_large)
        sink->host->log(sink->host, PD_LOG_INFO,
                        "tables are committed one by one, since one transaction would need about "
                        "%llu locks, and the server has room for %llu",
                        (unsigned long long)wanted, (unsigned long long)room);
    return PD_OK;
}

/* Sessions of a marked run: what was committed last is made durable by the marker's own end. */
pd_status
sink_enter_marked(const struct pd_sink *sink, struct pg *pg, struct pd_error *err)
{
    pd_status status = marker_name_session(sink, pg, err);

    return status == PD_OK ? pg_run(pg, "SET synchronous_commit = off", err) : status;
}

/* The first transaction of a marked run ends. */
static pd_status
commit_marked(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status = marker_number(sink->pg, err);

    if (status != PD_OK)
        return PD_FATAL;
    sink->marker->is_kept = true; /* it may be, even when the answer is lost */
    sink->writer->in_run = false;
    status = pg_run(sink->pg, "COMMIT", err);
    return status == PD_OK ? sink_enter_marked(sink, sink->pg, err) : PD_FATAL;
}

/* ---- Before the rows ---- */

static pd_status
make_room(struct pd_sink *sink, struct pd_error *err)
{
    if (is_in_place(sink) && sink->conflict) {
        pd_status status = conflict_check(sink, err);

        return status == PD_OK ? present_check(sink, err) : status;
    }
    if (is_in_place(sink))
        return present_check(sink, err);
    return sink->into == PD_INTO_REPLACE ? present_drop(sink, err) : present_refuse(sink, err);
}

static pd_status
begin_run(struct pd_sink *sink, struct pd_error *err)
{
    bool commits = false;
    pd_status status = choose_atomic(sink, &commits, err);

    if (status == PD_OK)
        status = pg_run(sink->pg, "BEGIN", err);
    if (status != PD_OK)
        return status;
    sink->writer->in_run = true;
    status = make_room(sink, err);
    if (status == PD_OK && commits)
        status = marker_begin(sink, err);
    if (status == PD_OK && !is_in_place(sink))
        status = ddl_create(sink, err);
    return status == PD_OK && commits ? commit_marked(sink, err) : status;
}

/* For a plan the places are looked for too, which changes nothing. */
static pd_status
sink_plan(struct pd_sink *sink, const struct pd_load *load, const struct pd_mapping **ret_mappings,
          struct pd_error *err)
{
    pd_status status = sink_map(sink, load, ret_mappings, err);

    if (status != PD_OK || !(load->flags & PD_LOAD_PLAN))
        return status;
    take_load(sink, load);
    status = execute_check(sink, load, err);
    if (status == PD_OK)
        status = sink_place(sink, err);
    if (status == PD_OK && sink->conflict)
        status = conflict_check(sink, err);
    if (status == PD_OK && is_in_place(sink))
        status = present_judge(sink, err);
    return status == PD_OK ? keep_load(sink, err) : status;
}

static pd_status
sink_prepare(struct pd_sink *sink, const struct pd_load *load, struct pd_error *err)
{
    const struct pd_mapping *mappings;
    pd_status status = PD_OK;

    take_load(sink, load);
    status = execute_check(sink, load, err);
    if (status == PD_OK && !sink->mappings)
        status = sink_map(sink, load, &mappings, err);
    if (status == PD_OK)
        status = sink_place(sink, err);
    if (status == PD_OK)
        status = marker_enter(sink, err);
    if (status == PD_OK)
        status = write_open(sink, NULL, err);
    if (status == PD_OK)
        status = begin_run(sink, err);
    if (status == PD_OK && sink->memory_short)
        status = pg_no_memory(sink->host, err);
    if (status == PD_OK)
        status = keep_load(sink, err);
    if (status == PD_OK)
        sink->writer->is_prepared = true;
    return status;
}

/* ---- Twins ---- */

/* The run's first transaction becomes one of many, if the marker can be made at all. */
static pd_status
become_marked(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status = pg_run(sink->pg, "SAVEPOINT polydump", err);

    if (status != PD_OK)
        return status;
    status = marker_begin(sink, err);
    if (status == PD_FAILED && !sink->pg->broken) {
        sink->host->log(sink->host, PD_LOG_INFO,
                        "one job writes, in one transaction: the table that marks a restore as "
                        "unfinished cannot be made");
        write_settle(sink);
        status = pg_run(sink->pg, "ROLLBACK TO SAVEPOINT polydump", err);
        return status == PD_OK ? PD_UNSUPPORTED : status;
    }
    if (status == PD_OK)
        sink->writer->is_open = false;
    return status == PD_OK ? commit_marked(sink, err) : status;
}

static pd_status
open_twin(struct pd_sink *sink, struct pd_sink **ret_twin, struct pd_error *err)
{
    struct pd_sink *twin = sink->host->alloc(sink->host, sizeof *twin);
    pd_status status;

    if (!twin)
        return pg_no_memory(sink->host, err);
    *twin = *sink;
    twin->origin = sink;
    twin->pg = NULL;
    twin->writer = NULL;
    twin->pool = (struct pd_pool){.host = sink->host};
    memset(&twin->left_outs, 0, sizeof twin->left_outs);
    status = pg_open(sink->host, sink->end, PG_WRITE, NULL, &twin->pg, err);
    if (status == PD_OK)
        status = sink_enter_marked(sink, twin->pg, err);
    if (status == PD_OK)
        status = write_open(twin, sink, err);
    if (status != PD_OK) {
        sink_close(twin);
        return status;
    }
    *ret_twin = twin;
    return PD_OK;
}

static pd_status
sink_share(struct pd_sink *sink, struct pd_sink **ret_twin, struct pd_error *err)
{
    pd_status status = PD_OK;

    if (sink->origin || !sink->writer || !sink->writer->is_prepared)
        return PD_UNSUPPORTED;
    if (sink->writer->is_open)
        status = become_marked(sink, err);
    if (status != PD_OK)
        return status;
    if (sink->atomic != ATOMIC_MARKED)
        return PD_UNSUPPORTED;
    status = ddl_keys_early(sink, err);
    return status == PD_OK ? open_twin(sink, ret_twin, err) : status;
}

/* ---- A table is complete ---- */

static pd_status
sink_seal(struct pd_sink *sink, uint32_t table, const struct pd_stats *stats, struct pd_error *err)
{
    jobs_ready(sink, table);
    return PD_OK;
}

/* ---- After the rows ---- */

/* The server's own daemon does it sooner or later; who wants good plans at once asks for it. */
static pd_status
analyze(struct pd_sink *sink, struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    pd_status status = PD_OK;

    for (size_t i = 0; i < sink->catalog->n_tables && status == PD_OK; i++) {
        const struct target_table *t = &sink->tables[i];

        if (t->is_large_objects)
            continue;
        pd_sql_clear(&sql);
        pd_sql_add(&sql, "ANALYZE ");
        sql_table(&sql, t->schema, t->name);
        status = sql_run(sink->pg, &sql, err);
    }
    pd_sql_free(&sql);
    return status;
}

static pd_status
sink_complete(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status;

    if (!sink->writer || !sink->writer->is_prepared)
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_BUG, "complete() before prepare()");
    write_settle(sink);
    status = large_objects_end(sink, err);
    if (status == PD_OK)
        status = ddl_complete(sink, err);
    if (status == PD_OK && option_is(sink, "analyze", "1"))
        status = ddl_finish(sink, err) == PD_OK ? analyze(sink, err) : PD_FATAL;
    if (status == PD_OK && sink->memory_short)
        status = pg_no_memory(sink->host, err);
    if (status == PD_OK)
        sink->writer->is_completed = true;
    return status;
}

static pd_status
sink_finish(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status;

    if (!sink->writer || !sink->writer->is_completed)
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_BUG, "finish() before complete()");
    status = ddl_finish(sink, err);
    if (status == PD_OK && sink->atomic == ATOMIC_MARKED)
        status = marker_end(sink, err);
    else if (status == PD_OK)
        status = commit_run(sink, err);
    if (status == PD_OK)
        sink->writer->is_finished = true;
    return status;
}

static pd_status
sink_review(struct pd_sink *sink, struct pd_source **ret_source, struct pd_error *err)
{
    if (!sink->writer || !sink->writer->is_completed)
        return sink->host->fail(err, PD_FAILED, PD_CAUSE_BUG, "review() before complete()");
    return review_open(sink, ret_source, err);
}

static const struct pd_left_out *
sink_left_out(struct pd_sink *sink, size_t n)
{
    return pd_left_out_at(&sink->left_outs, n);
}

/* ---- Places ---- */

/* NULL: all columns have the names that they had. */
static pd_status
placed_columns(struct pd_sink *sink, const struct target_table *t, const char *const **ret_columns,
               struct pd_error *err)
{
    size_t n = t->table->n_columns;
    const char **columns = pd_pool_alloc(&sink->pool, (n + 1) * sizeof *columns);
    bool same = true;

    if (!columns)
        return pg_no_memory(sink->host, err);
    for (size_t i = 0; i < n; i++) {
        columns[i] = t->columns[i].name;
        same = same && columns[i] && strcmp(columns[i], pd_column_at(t->table, i)->name) == 0;
    }
    *ret_columns = same ? NULL : columns;
    return PD_OK;
}

static pd_status
sink_placed(struct pd_sink *sink, uint32_t table, struct pd_placed *placed, struct pd_error *err)
{
    const struct target_table *t;

    if (!sink->tables || table >= sink->catalog->n_tables)
        return sink->host->fail(err, PD_FAILED, PD_CAUSE_BUG, "placed(): there is no table %u",
                                table);
    t = &sink->tables[table];
    placed->schema = t->schema && strcmp(t->schema, "public") != 0 ? t->schema : NULL;
    placed->name = t->name;
    if (t->is_triggered && placed->struct_size > offsetof(struct pd_placed, flags))
        placed->flags |= PD_PLACED_TRIGGERED;
    return placed_columns(sink, t, &placed->columns, err);
}

const struct pd_sink_ops postgresql_sink_ops = {
    .struct_size = sizeof postgresql_sink_ops,
    .open = sink_open,
    .prepare = sink_prepare,
    .start = write_start,
    .write = write_batch,
    .end = write_end,
    .complete = sink_complete,
    .finish = sink_finish,
    .close = sink_close,
    .share = sink_share,
    .seal = sink_seal,
    .map = sink_plan,
    .review = sink_review,
    .left_out = sink_left_out,
    .placed = sink_placed,
    .at_work = jobs_at_work,
    .execute = execute_run,
    .outcome = conflict_outcome,
    .look = present_look,
    .together = together_sink,
    .identity = identity_of_sink,
    .limits = present_limits,
};
