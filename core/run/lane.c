// SPDX-License-Identifier: Apache-2.0
/* lane - a reader thread and a writer thread with handles of their own, joined by a queue. */
#include "run/lane.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/budget.h"
#include "base/cancel.h"
#include "base/progress.h"
#include "model/schema.h"
#include "run/deferred.h"
#include "run/parts.h"
#include "run/queue.h"
#include "run/saving.h"
#include "run/scan.h"
#include "run/table_end.h"

struct lane {
    struct lanes *lanes;
    struct pd_source *source;
    struct pd_sink *sink;
    struct fit *fit; /* of the table being written; NULL: rows go as they are */
    uint32_t fit_table;
    bool has_fit;         /* fit_table counts */
    struct saving saving; /* of the part being written */
    struct queue queue;
    pthread_t reader;
    pthread_t writer;
    bool twins; /* the handles are this lane's to close */
};

/* ---- Failure: the first error counts, and stops all ---- */

static void
lanes_fail(struct lanes *lanes, pd_status status, const struct pd_error *err)
{
    pthread_mutex_lock(&lanes->mutex);
    if (lanes->status == PD_OK) {
        lanes->status = status;
        lanes->error = *err;
    }
    pthread_mutex_unlock(&lanes->mutex);
    cancel_request(0);
    budget_wake();
}

static const struct pd_table *
lanes_table(const struct lanes *lanes, uint32_t table)
{
    return &lanes->selection->catalog->tables[table];
}

/* What stands behind "table 'NAME'" in an error; NULL: it does not begin with that. */
static const char *
behind_table(const struct pd_error *err, const char *name)
{
    size_t size = strlen(name);
    const char *rest = err->text + 7 + size;

    if (strncmp(err->text, "table '", 7) != 0 || strncmp(err->text + 7, name, size) != 0)
        return NULL;
    return strncmp(rest, "': ", 3) == 0 || strncmp(rest, "', ", 3) == 0 ? rest + 1 : NULL;
}

/* Plugins may have named the table themselves, without its schema. */
pd_status
lanes_prefix(const struct lanes *lanes, uint32_t table, pd_status status, struct pd_error *err)
{
    const struct pd_table *t = lanes_table(lanes, table);

    const char *rest = status < 0 ? behind_table(err, t->name) : NULL;
    char text[sizeof err->text];

    if (status < 0 && behind_table(err, schema_table_name(t)))
        return status;
    if (rest) {
        snprintf(text, sizeof text, "table '%s'%s", schema_table_name(t), rest);
        memcpy(err->text, text, sizeof text);
        return status;
    }
    return error_prefix(err, status, "table '%s'", schema_table_name(t));
}

/* ---- Units ---- */

static void
unit_free(struct unit *unit)
{
    if (unit) {
        tally_free(unit->tally);
        tally_free(unit->written);
    }
    free(unit);
}

/* The table's extent and parts, asked for when its first part is due. */
static pd_status
table_begin(struct lane *lane, uint32_t table, struct pd_error *err)
{
    struct lanes *lanes = lane->lanes;
    struct table_state *state = &lanes->tables[table];
    pd_status status;

    state->extent.struct_size = sizeof state->extent;
    state->extent.order = (uint32_t)lanes->options->order;
    state->extent.n_whole = PARTS_LEAST;
    /* What a condition leaves out can only be told by counting. */
    if (lanes->source_ops->facts && !lanes->selection->wheres[table])
        state->extent.flags = PD_EXTENT_ROUGH_WILL_DO;
    state->n_parts = 1;
    if (lanes->source_ops->extent && !lanes->options->schema_only) {
        status = lanes->source_ops->extent(lane->source, lanes->selection->origins[table],
                                           &state->extent, err);
        if (status != PD_OK && status != PD_UNSUPPORTED)
            return lanes_prefix(lanes, table, status, err);
        state->counted = status == PD_OK;
    }
    if (state->counted && !lanes->selection->wheres[table] &&
        state->extent.n_rows > lanes->whole_rows)
        state->n_parts = parts_count(&state->extent);
    if (lanes->options->order == PD_ORDER_KEY &&
        !(lanes_table(lanes, table)->flags & PD_TABLE_KEY_ORDER))
        state->n_parts = 1;
    state->parts_left = state->n_parts;
    return PD_OK;
}

/* The next part that nobody has taken; PD_DONE: none. */
static pd_status
lanes_next(struct lane *lane, struct unit **ret_unit, struct pd_error *err)
{
    struct lanes *lanes = lane->lanes;
    const uint32_t *order = lanes->is_shared ? lanes->order : lanes->parents_first;
    struct unit *unit = calloc(1, sizeof *unit);
    pd_status status = unit ? PD_OK : error_memory(err);

    pthread_mutex_lock(&lanes->mutex);
    if (status == PD_OK && lanes->next_table >= lanes->selection->catalog->n_tables)
        status = PD_DONE;
    if (status == PD_OK)
        unit->table = order ? order[lanes->next_table] : lanes->next_table;
    if (status == PD_OK && lanes->next_part == 0)
        status = table_begin(lane, unit->table, err);
    if (status == PD_OK) {
        struct table_state *state = &lanes->tables[unit->table];

        unit->part = lanes->next_part;
        unit->n_parts = state->n_parts;
        unit->range = parts_range(&state->extent, state->n_parts, unit->part);
        if (++lanes->next_part == state->n_parts) {
            lanes->next_part = 0;
            lanes->next_table++;
        }
    }
    pthread_mutex_unlock(&lanes->mutex);
    if (status == PD_OK)
        status = tally_new(lanes_table(lanes, unit->table), &unit->tally, err);
    if (status != PD_OK) {
        unit_free(unit);
        return status;
    }
    *ret_unit = unit;
    return PD_OK;
}

/* ---- The reader ---- */

static pd_status
lane_interrupted(struct pd_error *err)
{
    return error_fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "interrupted");
}

static pd_status
reader_batches(struct lane *lane, struct scan *scan, struct pd_error *err)
{
    struct queue_item item = {.kind = QUEUE_BATCH};
    pd_status status;

    scan_long_source(scan, &item.long_ops, &item.long_source);
    while ((status = scan_next(scan, &item.batch, err)) == PD_OK) {
        bool has_long = false;

        for (uint32_t i = 0; i < item.batch->n_columns; i++)
            has_long |= batch_vector(item.batch, i)->n_longs > 0;
        if (!lane->lanes->is_silent)
            progress_add(item.batch->n_rows, item.batch->n_bytes);
        if (!queue_put(&lane->queue, &item)) {
            batch_release(item.batch);
            return lane_interrupted(err);
        }
        if (has_long && !queue_drain(&lane->queue))
            return lane_interrupted(err);
    }
    return status == PD_DONE ? PD_OK : status;
}

static pd_status
reader_rows(struct lane *lane, struct unit *unit, struct pd_error *err)
{
    struct lanes *lanes = lane->lanes;
    CLEANUP(scan) struct scan *scan = NULL;
    struct pd_scan request = {
        .struct_size = sizeof request,
        .table = lanes->selection->origins[unit->table],
        .order = (uint32_t)lanes->options->order,
        .range = unit->range,
        .where = lanes->selection->wheres[unit->table],
    };
    pd_status status = scan_open(lanes->source_ops, lane->source, lanes_table(lanes, unit->table),
                                 &request, unit->tally, lanes->temporary_folder, &scan, err);

    return status == PD_OK ? reader_batches(lane, scan, err) : status;
}

/* An extent that is rough is made good by what the engine says to have handed out. */
static pd_status
reader_count(struct lane *lane, struct unit *unit, struct pd_error *err)
{
    struct lanes *lanes = lane->lanes;
    struct pd_scan scan = {.struct_size = sizeof scan,
                           .table = lanes->selection->origins[unit->table],
                           .range = unit->range};
    const struct pd_fact *facts;
    size_t n;
    pd_status status;

    if (!(lanes->tables[unit->table].extent.flags & PD_EXTENT_IS_ROUGH))
        return PD_OK;
    status = lanes->source_ops->facts(lane->source, &scan, PD_FACTS_COUNT, &facts, &n, err);
    if (status != PD_OK && status != PD_UNSUPPORTED)
        return status;
    for (size_t i = 0; i < n && status == PD_OK; i++) {
        if (facts[i].column != PD_NO_COLUMN || facts[i].id != PD_FACT_ROWS)
            continue;
        unit->rows_counted = facts[i].low;
        return PD_OK;
    }
    return error_fail(err, PD_FATAL, PD_CAUSE_BUG,
                      "the source counts its rows neither before nor after they are read");
}

/* The unit is the writer's now. Facts are asked for on the reader's handle by the writer, when
   a table ends: wait until it has done so. */
static pd_status
reader_hand_over(struct lane *lane, struct pd_error *err)
{
    if (lane->lanes->source_facts && !queue_drain(&lane->queue))
        return lane_interrupted(err);
    return PD_OK;
}

static pd_status
reader_unit(struct lane *lane, struct unit *unit, struct pd_error *err)
{
    struct queue_item start = {.kind = QUEUE_START, .unit = unit};
    struct queue_item end = {.kind = QUEUE_END, .unit = unit};
    pd_status status = PD_OK;

    if (!lane->lanes->is_silent)
        progress_table(lanes_table(lane->lanes, unit->table)->name);
    if (!queue_put(&lane->queue, &start))
        status = lane_interrupted(err);
    if (status == PD_OK && !lane->lanes->options->schema_only)
        status = reader_rows(lane, unit, err);
    if (status == PD_OK)
        status = reader_count(lane, unit, err);
    if (status == PD_OK && queue_put(&lane->queue, &end))
        return reader_hand_over(lane, err);
    if (status == PD_OK)
        status = lane_interrupted(err);
    else
        status = lanes_prefix(lane->lanes, unit->table, status, err);
    /* The writer may still be at work on batches of this unit: stop it before the unit goes. */
    queue_abort(&lane->queue);
    pthread_join(lane->writer, NULL);
    lane->writer = 0;
    unit_free(unit);
    return status;
}

static void *
reader_main(void *arg)
{
    struct lane *lane = arg;
    struct queue_item close = {.kind = QUEUE_CLOSE};
    struct pd_error err = {0};
    struct unit *unit;
    pd_status status;

    while ((status = lanes_next(lane, &unit, &err)) == PD_OK) {
        status = reader_unit(lane, unit, &err);
        if (status != PD_OK)
            break;
    }
    if (status == PD_DONE && queue_put(&lane->queue, &close))
        return NULL;
    if (status != PD_DONE)
        lanes_fail(lane->lanes, status, &err);
    queue_abort(&lane->queue);
    return NULL;
}

/* ---- The writer ---- */

static pd_status
writer_batch(struct lane *lane, struct unit *unit, const struct queue_item *item,
             struct pd_error *err)
{
    struct saving *saving = &lane->saving;
    pd_status status = saving_batch(saving, item->batch, item->long_ops, item->long_source, err);

    unit->rows_written = saving->n_written;
    unit->rows_rejected = saving->n_rejected;
    unit->rows_waiting = saving->n_waiting;
    return status;
}

/* Add the part to its table; *ret_last: it was the last one. */
static pd_status
unit_merge(struct lanes *lanes, struct unit *unit, bool *ret_last, struct pd_error *err)
{
    struct table_state *state = &lanes->tables[unit->table];
    struct ledger_table *ledger = &lanes->report->tables[unit->table];
    struct pd_stats stats = {.struct_size = sizeof stats};
    pd_status status = tally_stats(unit->tally, &stats, err);

    if (status != PD_OK)
        return status;
    pthread_mutex_lock(&lanes->mutex);
    state->rows_counted += unit->rows_counted;
    ledger->rows_read += stats.n_rows;
    ledger->rows_written += unit->rows_written;
    ledger->rows_rejected += unit->rows_rejected;
    if (!state->tally)
        state->tally = take(unit->tally);
    else
        tally_merge(state->tally, unit->tally);
    if (!state->written)
        state->written = take(unit->written);
    else
        tally_merge(state->written, unit->written);
    *ret_last = --state->parts_left == 0;
    pthread_mutex_unlock(&lanes->mutex);
    return PD_OK;
}

static bool
has_waiting(const struct lanes *lanes, uint32_t table)
{
    bool has;

    if (!lanes->rejects)
        return false;
    pthread_mutex_lock(&lanes->rejects->mutex);
    has = pile_count(lanes->rejects->pile, table, PILE_WAITING) > 0;
    pthread_mutex_unlock(&lanes->rejects->mutex);
    return has;
}

pd_status
lanes_end(struct lanes *lanes, struct pd_source *source, struct pd_sink *sink, uint32_t table,
          struct pd_error *err)
{
    struct table_state *state = &lanes->tables[table];
    pd_status status;

    state->is_late = has_waiting(lanes, table);
    if (state->is_late)
        return PD_OK;
    status = table_end(lanes, source, sink, table, err);
    tally_free(take(state->tally));
    tally_free(take(state->written));
    if (!lanes->is_silent)
        progress_table_done();
    return status;
}

static pd_status
writer_end(struct lane *lane, struct unit *unit, struct pd_error *err)
{
    struct lanes *lanes = lane->lanes;
    bool last = false;
    pd_status status = lanes->sink_ops->end(lane->sink, err);

    if (status == PD_OK)
        status = unit_merge(lanes, unit, &last, err);
    if (status == PD_OK && last && lanes->rejects && !lanes->is_shared)
        status = deferred_table(lanes, lane->sink, unit->table, err);
    if (status == PD_OK && last)
        status = lanes_end(lanes, lane->source, lane->sink, unit->table, err);
    return status;
}

/* Parts of one table follow each other, so the fit is kept from one to the next. */
static pd_status
writer_prepare(struct lane *lane, struct unit *unit, struct pd_error *err)
{
    struct lanes *lanes = lane->lanes;
    pd_status status = PD_OK;

    if (!lanes->mapping)
        return PD_OK;
    if (!lane->has_fit || lane->fit_table != unit->table) {
        fit_free(take(lane->fit));
        status =
            fit_new(lanes->mapping, lanes->selection, unit->table, lanes->misfits, &lane->fit, err);
        lane->fit_table = unit->table;
        lane->has_fit = status == PD_OK;
    }
    return status;
}

pd_status
lanes_written(const struct lanes *lanes, const struct fit *fit, uint32_t table,
              struct tally **ret_written, struct pd_error *err)
{
    const struct pd_table *as =
        lanes->mapping ? &lanes->mapping->tables[table] : &lanes->selection->catalog->tables[table];

    *ret_written = NULL;
    if (!lanes->keep_facts)
        return PD_OK;
    /* Rows may be missing that were read. */
    if (lanes->rejects && lanes->rejects->asked)
        return tally_new_plain(as, NULL, ret_written, err);
    return fit_changes(fit) ? tally_new_plain(as, fit_changed(fit), ret_written, err) : PD_OK;
}

static void
saving_begin(struct lane *lane, const struct unit *unit)
{
    lane->saving = (struct saving){
        .lanes = lane->lanes,
        .sink = lane->sink,
        .fit = lane->fit,
        .table = unit->table,
        .n_parts = unit->n_parts,
        .written = unit->written,
    };
}

static pd_status
writer_start(struct lane *lane, struct unit *unit, struct pd_error *err)
{
    struct pd_scan scan = {
        .struct_size = sizeof scan,
        .table = unit->table,
        .order = (uint32_t)lane->lanes->options->order,
        .range = unit->range,
        .n_parts = unit->n_parts,
    };
    pd_status status = writer_prepare(lane, unit, err);

    if (status == PD_OK)
        status = lanes_written(lane->lanes, lane->fit, unit->table, &unit->written, err);
    if (status == PD_OK)
        saving_begin(lane, unit);
    return status == PD_OK ? lane->lanes->sink_ops->start(lane->sink, &scan, unit->part, err)
                           : status;
}

static void *
writer_main(void *arg)
{
    struct lane *lane = arg;
    struct queue_item item;
    struct unit *unit = NULL;
    struct pd_error err = {0};
    pd_status status = PD_OK;

    while (status == PD_OK && queue_get(&lane->queue, &item) && item.kind != QUEUE_CLOSE) {
        unit = item.unit ? item.unit : unit;
        if (item.kind == QUEUE_START)
            status = writer_start(lane, unit, &err);
        else if (item.kind == QUEUE_BATCH)
            status = writer_batch(lane, unit, &item, &err);
        else
            status = writer_end(lane, unit, &err);
        if (status != PD_OK)
            status = lanes_prefix(lane->lanes, unit->table, status, &err);
        if (item.kind == QUEUE_END)
            unit_free(unit);
    }
    if (status != PD_OK) {
        lanes_fail(lane->lanes, status, &err);
        queue_abort(&lane->queue);
    }
    return NULL;
}

/* ---- All lanes ---- */

static pd_status
lane_thread(pthread_t *thread, void *(*run)(void *), struct lane *lane, struct pd_error *err)
{
    int code = pthread_create(thread, NULL, run, lane);

    return code ? error_errno(err, PD_FATAL, code, "cannot start a thread") : PD_OK;
}

static pd_status
lane_start(struct lane *lane, struct pd_error *err)
{
    pd_status status;

    queue_init(&lane->queue);
    status = lane_thread(&lane->writer, writer_main, lane, err);
    if (status == PD_OK) {
        status = lane_thread(&lane->reader, reader_main, lane, err);
        if (status != PD_OK) {
            queue_abort(&lane->queue);
            pthread_join(lane->writer, NULL);
        }
    }
    if (status != PD_OK)
        queue_destroy(&lane->queue);
    return status;
}

static void
lane_wait(struct lane *lane)
{
    pthread_join(lane->reader, NULL);
    if (lane->writer) /* else the reader has waited for it */
        pthread_join(lane->writer, NULL);
    for (unsigned i = 0; i < lane->queue.n_items; i++) {
        struct queue_item *item = &lane->queue.items[(lane->queue.first + i) % QUEUE_ROOM];

        if (item->kind == QUEUE_END) /* handed over, and never taken */
            unit_free(item->unit);
    }
    queue_destroy(&lane->queue);
    fit_free(take(lane->fit));
}

/* Twins for one more lane. PD_UNSUPPORTED: one lane less, and no harm. */
static pd_status
lane_twins(struct lanes *lanes, struct lane *lane, struct pd_source *source, struct pd_sink *sink,
           struct pd_error *err)
{
    pd_status status;

    if (!lanes->source_ops->share || !lanes->sink_ops->share)
        return PD_UNSUPPORTED;
    status = lanes->source_ops->share(source, &lane->source, err);
    if (status != PD_OK)
        return status;
    status = lanes->sink_ops->share(sink, &lane->sink, err);
    if (status != PD_OK)
        lanes->source_ops->close(lane->source);
    lane->twins = status == PD_OK;
    return status;
}

static void
lane_close(struct lanes *lanes, struct lane *lane)
{
    if (!lane->twins)
        return;
    lanes->sink_ops->close(lane->sink);
    lanes->source_ops->close(lane->source);
}

/* Rows that wait for others are tried again when all have been tried once. */
static void
lanes_late(struct lanes *lanes, struct pd_source *source, struct pd_sink *sink)
{
    struct pd_error err = {0};
    pd_status status = deferred_run(lanes, source, sink, &err);

    if (status != PD_OK)
        lanes_fail(lanes, status, &err);
}

pd_status
lanes_run(struct lanes *lanes, struct pd_source *source, struct pd_sink *sink, unsigned n,
          struct pd_error *err)
{
    CLEANUP_FREE struct lane *all = calloc(n, sizeof *all);
    unsigned n_lanes = 1, n_started = 0;
    pd_status status = PD_OK;

    if (!all)
        return error_memory(err);
    all[0] = (struct lane){.lanes = lanes, .source = source, .sink = sink};
    while (n_lanes < n && status == PD_OK) {
        all[n_lanes].lanes = lanes;
        status = lane_twins(lanes, &all[n_lanes], source, sink, err);
        n_lanes += status == PD_OK;
    }
    if (status == PD_UNSUPPORTED)
        status = PD_OK;
    lanes->is_shared = n_lanes > 1;
    while (n_started < n_lanes && status == PD_OK) {
        status = lane_start(&all[n_started], err);
        n_started += status == PD_OK;
    }
    if (status != PD_OK) {
        struct pd_error none = {0};

        lanes_fail(lanes, status, err ? err : &none);
    }
    for (unsigned i = 0; i < n_started; i++)
        lane_wait(&all[i]);
    for (unsigned i = n_lanes; i-- > 0;)
        lane_close(lanes, &all[i]);
    if (lanes->status == PD_OK && lanes->rejects)
        lanes_late(lanes, source, sink);
    if (lanes->status != PD_OK && err)
        *err = lanes->error;
    return lanes->status;
}

void
lanes_forget(struct lanes *lanes, size_t n)
{
    for (size_t i = 0; lanes->tables && i < n; i++) {
        tally_free(take(lanes->tables[i].tally));
        tally_free(take(lanes->tables[i].written));
    }
}
