// SPDX-License-Identifier: Apache-2.0
/* sink - the life of a target: opened, prepared, written, completed, read back, put in place.

   Into an empty database, and with --into=replace, everything is made under other names and gets
   its own by one statement in finish() (stage.c). Into tables that are there, the run is one
   transaction of one connection. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conflict.h"
#include "stage.h"

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
    sink->with_definers = option_is(sink, "grants", "1");
    return pd_option_conflict(sink->host, sink->end->options, &sink->conflict, err);
}

/* Of what prepare() was told only the catalogue stays, and what goes with it. */
static void
keep_load(struct pd_sink *sink)
{
    sink->kept = (struct pd_load){.struct_size = sizeof sink->kept,
                                  .flags = sink->load->flags,
                                  .catalog = sink->load->catalog};
    if (PD_HAS(struct pd_load, sink->load, emptied))
        sink->kept.emptied = sink->load->emptied;
    sink->load = &sink->kept;
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

/* ---- Opening and closing ---- */

/* A transaction that is open ends with its connection. */
static void
sink_close(struct pd_sink *sink)
{
    if (!sink)
        return;
    if (!sink->origin && (!sink->writer || !sink->writer->is_finished) &&
        stage_clean(sink, NULL) != PD_OK)
        sink->host->log(sink->host, PD_LOG_ERROR,
                        "what this run had made could not be dropped again: the database is "
                        "INCOMPLETE until the next restore into it");
    if (!sink->origin && sink->writer && sink->writer->in_place && !sink->writer->is_finished)
        present_counters_undo(sink);
    write_close(sink);
    my_close(sink->my);
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
        return my_no_memory(host, err);
    memset(sink, 0, sizeof *sink);
    sink->host = host;
    sink->end = end;
    sink->pool.host = host;
    status = read_options(sink, err);
    if (status == PD_OK)
        status = my_open(host, end, MY_WRITE, NULL, &sink->my, err);
    if (status != PD_OK) {
        sink_close(sink);
        return status;
    }
    *ret_sink = sink;
    return PD_OK;
}

/* ---- Before the rows ---- */

/* DELETE rather than TRUNCATE, which no transaction takes back. */
static pd_status
empty_tables(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < sink->catalog->n_tables && status == PD_OK; i++) {
        struct pd_sql sql = {.host = sink->host};

        if (sink->tables[i].is_history ||
            (sink->into != PD_INTO_TRUNCATE && !pd_load_empties(sink->load, i)))
            continue;
        pd_sql_add(&sql, "DELETE FROM ");
        my_table(&sql, NULL, sink->tables[i].name);
        status = my_run_sql(sink->my, &sql, err);
        pd_sql_free(&sql);
    }
    return status;
}

/* What cannot be taken back would stay when the run fails. */
static pd_status
refuse_engines(struct pd_sink *sink, struct pd_error *err)
{
    for (size_t i = 0; i < sink->catalog->n_tables; i++) {
        if (!sink->tables[i].is_transactional)
            return sink->host->fail(err, PD_FAILED, PD_CAUSE_CONFLICT,
                                    "table '%s' has an engine without transactions: rows in it "
                                    "could not be taken back if the run failed; give it ENGINE "
                                    "InnoDB, or --into=replace",
                                    sink->tables[i].name);
    }
    return PD_OK;
}

static pd_status
begin_in_place(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status = present_check(sink, err);

    if (status == PD_OK)
        status = refuse_engines(sink, err);
    if (status == PD_OK && sink->conflict)
        status = conflict_check(sink, err);
    if (status == PD_OK && sink->conflict)
        status = conflict_stage(sink, err);
    if (status == PD_OK)
        status = present_counters_look(sink, err);
    if (status == PD_OK)
        status = write_begin(sink, err);
    if (status == PD_OK)
        status = empty_tables(sink, err);
    if (status == PD_OK && sink->load->flags & PD_LOAD_REJECTS)
        status = together_check(sink, err);
    return status;
}

/* Rows of the past go into the table that they are of; when that is not made as it was, there is
   no place for them. */
static const char *
staged_name(struct pd_sink *sink, uint32_t number)
{
    const struct target_table *t = &sink->tables[number];

    if (!t->is_history)
        return stage_name(sink, number);
    for (uint32_t i = 0; i < sink->catalog->n_tables; i++) {
        if (!sink->tables[i].is_history && strcmp(sink->tables[i].name, t->name) == 0)
            return stage_name(sink, i);
    }
    return NULL;
}

static void
name_staged(struct pd_sink *sink)
{
    for (uint32_t i = 0; !sink->writer->in_place && i < sink->catalog->n_tables; i++)
        sink->tables[i].staged = staged_name(sink, i);
}

static pd_status
begin_staged(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status = PD_OK;

    if (sink->into == PD_INTO_EMPTY)
        status = present_refuse(sink, err);
    if (status == PD_OK)
        status = stage_begin(sink, err);
    return status == PD_OK ? ddl_create(sink, err) : status;
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
    status = sink_place(sink, err);
    if (status == PD_OK)
        status = execute_check(sink, load, err);
    if (status == PD_OK && sink->conflict)
        status = conflict_check(sink, err);
    if (status == PD_OK && pd_load_is_in_place(load, sink->into))
        status = present_judge(sink, err);
    if (status == PD_OK && pd_load_is_in_place(load, sink->into))
        status = refuse_engines(sink, err);
    keep_load(sink);
    return status;
}

static pd_status
sink_prepare(struct pd_sink *sink, const struct pd_load *load, struct pd_error *err)
{
    const struct pd_mapping *mappings;
    pd_status status = PD_OK;

    take_load(sink, load);
    /* First, since questions about a database wait for what another run does to it. */
    if (!pd_load_is_in_place(load, sink->into))
        status = stage_enter(sink, err);
    if (status == PD_OK && !sink->mappings)
        status = sink_map(sink, load, &mappings, err);
    if (status == PD_OK)
        status = sink_place(sink, err);
    if (status == PD_OK)
        status = execute_check(sink, load, err);
    keep_load(sink);
    if (status == PD_OK)
        status = write_open(sink, NULL, err);
    if (status == PD_OK)
        name_staged(sink);
    if (status == PD_OK)
        status = sink->writer->in_place ? begin_in_place(sink, err) : begin_staged(sink, err);
    if (status == PD_OK && sink->memory_short)
        status = my_no_memory(sink->host, err);
    if (status == PD_OK)
        sink->writer->is_prepared = true;
    return status;
}

/* ---- Twins ---- */

static pd_status
sink_share(struct pd_sink *sink, struct pd_sink **ret_twin, struct pd_error *err)
{
    struct pd_sink *twin;
    pd_status status;

    if (sink->origin || !sink->writer || !sink->writer->is_prepared || sink->writer->in_place)
        return PD_UNSUPPORTED;
    twin = sink->host->alloc(sink->host, sizeof *twin);
    if (!twin)
        return my_no_memory(sink->host, err);
    *twin = *sink;
    twin->origin = sink;
    twin->my = NULL;
    twin->writer = NULL;
    twin->pool = (struct pd_pool){.host = sink->host};
    memset(&twin->left_outs, 0, sizeof twin->left_outs);
    status = my_open(sink->host, sink->end, MY_WRITE, NULL, &twin->my, err);
    if (status == PD_OK)
        status = stage_join(sink, twin->my, err);
    if (status == PD_OK)
        status = write_open(twin, sink, err);
    if (status != PD_OK) {
        sink_close(twin);
        return status;
    }
    *ret_twin = twin;
    return PD_OK;
}

/* ---- After the rows ---- */

/* The number of rows that each statement stored was compared; an engine that cannot take anything
   back may also be one that keeps nothing. */
static pd_status
sink_seal(struct pd_sink *sink, uint32_t table, const struct pd_stats *stats, struct pd_error *err)
{
    const struct target_table *t;

    if (!sink->writer || !sink->tables || table >= sink->catalog->n_tables)
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_BUG, "seal(): there is no table %u", table);
    t = &sink->tables[table];
    if (t->is_history && stats && sink->ddl)
        sink->ddl->tables[table].n_rows = stats->n_rows;
    if (sink->writer->in_place || t->is_transactional || t->is_history)
        return PD_OK;
    return write_count(sink, table, err);
}

static pd_status
sink_complete(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status;

    if (!sink->writer || !sink->writer->is_prepared)
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_BUG, "complete() before prepare()");
    status = ddl_complete(sink, err);
    if (status == PD_OK && sink->memory_short)
        status = my_no_memory(sink->host, err);
    if (status == PD_OK)
        sink->writer->is_completed = true;
    return status;
}

/* Only an answer tells whether it was committed. */
static pd_status
finish_in_place(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status = present_counters_raise(sink, err);

    if (status == PD_OK)
        status = write_commit(sink, err);
    /* What is in is in, whatever becomes of counters. */
    sink->writer->is_finished = status == PD_OK;
    if (status == PD_OK && present_settle(sink, err) != PD_OK)
        sink->host->log(sink->host, PD_LOG_WARNING,
                        "all rows are in, but counters could not be set behind those of the "
                        "source; they are behind the highest keys");
    if (status == PD_OK || !sink->my->broken)
        return status;
    return sink->host->fail(err, PD_FATAL, PD_CAUSE_CONNECT,
                            "the connection was lost while the restore was being committed, "
                            "and whether it was is unknown: check with 'polydump verify', or "
                            "diff, before anything else");
}

pd_status
sink_publish(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status;

    if (sink->writer->is_published)
        return PD_OK;
    sink->writer->is_published = true;
    status = stage_keep(sink, /* list= */ true, err);
    if (status == PD_OK)
        status = stage_publish(sink, err);
    return status == PD_OK ? ddl_native(sink, err) : status;
}

static pd_status
finish_staged(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status = sink_publish(sink, err);

    return status == PD_OK ? stage_end(sink, err) : status;
}

static pd_status
sink_finish(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status;

    if (!sink->writer || !sink->writer->is_completed)
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_BUG, "finish() before complete()");
    status = sink->writer->in_place ? finish_in_place(sink, err) : finish_staged(sink, err);
    if (status == PD_OK && sink->writer)
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
        return my_no_memory(sink->host, err);
    for (size_t i = 0; i < n; i++) {
        columns[i] = t->columns[i].name;
        same = same && columns[i] && strcmp(columns[i], pd_column_at(t->table, i)->name) == 0;
    }
    *ret_columns = same ? NULL : columns;
    return PD_OK;
}

/* Past rows are in their table, but read as one of its own. */
static const char *
placed_name(struct pd_sink *sink, const struct target_table *t)
{
    struct pd_sql sql = {.host = sink->host};
    const char *name = t->name;

    if (!t->is_history)
        return name;
    pd_sql_printf(&sql, "%s" MY_HISTORY_SUFFIX, name);
    name = pd_sql_text(&sql) ? pd_pool_text(&sink->pool, pd_sql_text(&sql)) : NULL;
    pd_sql_free(&sql);
    return name;
}

static pd_status
sink_placed(struct pd_sink *sink, uint32_t table, struct pd_placed *placed, struct pd_error *err)
{
    const struct target_table *t;

    if (!sink->tables || table >= sink->catalog->n_tables)
        return sink->host->fail(err, PD_FAILED, PD_CAUSE_BUG, "placed(): there is no table %u",
                                table);
    t = &sink->tables[table];
    if (!t->staged)
        return PD_UNSUPPORTED;
    placed->schema = NULL;
    placed->name = placed_name(sink, t);
    if (!placed->name)
        return my_no_memory(sink->host, err);
    if (t->is_triggered && placed->struct_size > offsetof(struct pd_placed, flags))
        placed->flags |= PD_PLACED_TRIGGERED;
    return placed_columns(sink, t, &placed->columns, err);
}

const struct pd_sink_ops mariadb_sink_ops = {
    .struct_size = sizeof mariadb_sink_ops,
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
    .execute = execute_run,
    .outcome = conflict_outcome,
    .look = present_look,
    .together = together_sink,
    .identity = identity_of_sink,
    .limits = present_limits,
};
