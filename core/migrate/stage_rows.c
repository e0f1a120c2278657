// SPDX-License-Identifier: Apache-2.0
// stage_rows - the rows of a table after a step: what is straight, what the step has made, and what
// it has changed by update().
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/budget.h"
#include "base/cancel.h"
#include "migrate/stage_inside.h"
#include "model/schema.h"

static const struct pd_table *
after_table(const struct stage_rows *rows)
{
    return stage_table(rows->stage, rows->table);
}

static const struct stage_part *
this_part(const struct stage_rows *rows)
{
    return rows->part < rows->way->n_parts ? &rows->way->parts[rows->part] : NULL;
}

static bool
is_whole(const struct stage_rows *rows)
{
    return !rows->scan.where && !rows->scan.range.flags;
}

/* ---- Parts ---- */

/* The engine's count, where the lanes do not ask for it: of tables that are parts of another. */
static pd_status
ask_extent(struct stage_rows *rows, uint32_t table, struct pd_error *err)
{
    const struct opened_source *inner = rows->stage->inner;
    pd_status status;

    rows->has_extent = false;
    if (rows->way->is_single || rows->straight_only || !inner->ops->extent)
        return PD_OK;
    rows->extent = (struct pd_extent){.struct_size = sizeof rows->extent};
    status = inner->ops->extent(rows->inner, table, &rows->extent, err);
    rows->has_extent = status == PD_OK;
    return status == PD_UNSUPPORTED ? PD_OK : status;
}

static pd_status
begin_straight(struct stage_rows *rows, const struct stage_part *part, struct pd_error *err)
{
    const struct opened_source *inner = rows->stage->inner;
    struct pd_scan scan = rows->scan;
    pd_status status;

    scan.struct_size = sizeof scan;
    scan.table = part->from;
    status = straight_new(stage_origin(rows->stage, rows->table, part->from), after_table(rows),
                          part->columns, &rows->straight, err);
    if (status != PD_OK)
        return stage_prefix(rows->stage, after_table(rows), status, err);
    status = ask_extent(rows, part->from, err);
    return status == PD_OK ? inner->ops->start(rows->inner, &scan, err) : status;
}

static pd_status
begin_part(struct stage_rows *rows, const struct stage_part *part, struct pd_error *err)
{
    pd_status status;

    rows->n_part_rows = 0;
    straight_free(take(rows->straight));
    if (part->made)
        status = made_reader_start(&rows->made, part->made, err);
    else
        status = begin_straight(rows, part, err);
    rows->reading = status == PD_OK;
    return status;
}

static pd_status
read_straight(struct stage_rows *rows, const struct stage_part *part,
              const struct pd_batch **ret_batch, struct pd_error *err)
{
    const struct opened_source *inner = rows->stage->inner;
    const struct pd_batch *batch = NULL;
    pd_status status = inner->ops->read(rows->inner, &batch, err);
    uint64_t n_before = rows->n_part_rows;

    if (status == PD_DONE && is_whole(rows) && !rows->way->passes && !rows->straight_only)
        status = stage_check_count(rows->stage, rows->inner, part->from,
                                   rows->has_extent ? &rows->extent : NULL, n_before, NULL, err);
    else if (status == PD_OK) {
        rows->n_part_rows += batch->n_rows;
        status = straight_batch(rows->straight, batch, inner->ops, rows->inner, n_before, ret_batch,
                                err);
        return stage_prefix(rows->stage, &inner->catalog->tables[part->from], status, err);
    }
    return status == PD_OK ? PD_DONE : status;
}

static pd_status
read_part(struct stage_rows *rows, const struct pd_batch **ret_batch, struct pd_error *err)
{
    const struct stage_part *part;

    while ((part = this_part(rows))) {
        bool is_wanted = !part->made || !rows->straight_only;
        pd_status status = PD_OK;

        if (is_wanted && !rows->reading)
            status = begin_part(rows, part, err);
        if (is_wanted && status == PD_OK)
            status = part->made ? made_reader_next(&rows->made, ret_batch, err)
                                : read_straight(rows, part, ret_batch, err);
        if (is_wanted && status != PD_DONE)
            return status;
        rows->reading = false;
        rows->part++;
    }
    return PD_DONE;
}

/* ---- Rows made anew ---- */

/* The next row's cells that update() gave, in rows->patched. */
static void
take_hit(struct stage_rows *rows)
{
    memset(rows->is_patched, 0, after_table(rows)->n_columns * sizeof *rows->is_patched);
    if (rows->next_hit >= patch_hits_count(&rows->hits) ||
        patch_hit_at(&rows->hits, rows->next_hit)->row != rows->next_row)
        return;
    patches_values(&rows->hits, rows->next_hit++, rows->patched, rows->is_patched);
}

static void
put_row(struct stage_rows *rows)
{
    const struct pd_table *table = after_table(rows);

    take_hit(rows);
    for (uint32_t i = 0; i < table->n_columns; i++) {
        const struct pd_column *column = &table->columns[i];
        const struct cell *large = rows->straight ? straight_large(rows->straight, i) : NULL;
        struct cell cell = {.tag = -1};

        if (rows->is_patched[i])
            cell = rows->patched[i];
        else if (large)
            cell = *large;
        else if (schema_column_travels(column))
            cell = batch_cell(&column->type, batch_vector(rows->source, i), rows->next_row);
        batch_put_cell(&rows->builder, i, &column->type, &cell);
    }
    pd_builder_row(&rows->builder);
    rows->next_row++;
}

/* A row whose long cells are read while the batch that it came in is there. */
struct row_batch {
    struct pd_batch batch;
    const struct pd_batch *made;
    const struct pd_batch *source;
};

static void
row_batch_release(const struct pd_batch *batch)
{
    struct row_batch *both = batch->owner;

    batch_release(both->made);
    batch_release(both->source);
    free(both);
}

static bool
has_long(const struct pd_batch *batch)
{
    for (uint32_t i = 0; i < batch->n_columns; i++)
        if (batch_vector(batch, i)->n_longs)
            return true;
    return false;
}

/* The source was read to its end. */
static pd_status
let_go(struct stage_rows *rows, const struct pd_batch **batch, struct pd_error *err)
{
    struct row_batch *both;

    if (!has_long(*batch)) {
        batch_release(take(rows->source));
        return PD_OK;
    }
    both = calloc(1, sizeof *both);
    if (!both)
        return error_memory(err);
    *both = (struct row_batch){**batch, *batch, take(rows->source)};
    both->batch.release = row_batch_release;
    both->batch.owner = both;
    *batch = &both->batch;
    return PD_OK;
}

static pd_status
begin_builder(struct stage_rows *rows, struct pd_error *err)
{
    int before = budget_grant(1);
    pd_status status;

    /* The source is this thread's too, and nobody gives it back while we wait. */
    budget_grant(before < INT_MAX ? before + 1 : before);
    status = pd_builder_begin(&rows->builder);
    budget_grant(before);
    if (status == PD_OK)
        return PD_OK;
    return cancel_wanted() ? error_fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "interrupted")
                           : error_memory(err);
}

static pd_status
make_batch(struct stage_rows *rows, const struct pd_batch **ret_batch, struct pd_error *err)
{
    const struct pd_batch *batch;
    pd_status status = begin_builder(rows, err);

    if (status != PD_OK)
        return status;
    while (rows->next_row < rows->source->n_rows && !pd_builder_full(&rows->builder))
        put_row(rows);
    batch = pd_builder_finish(&rows->builder);
    if (!batch)
        return error_memory(err);
    if (rows->next_row == rows->source->n_rows)
        status = let_go(rows, &batch, err);
    if (status == PD_OK)
        *ret_batch = batch;
    else
        batch_release(batch);
    return status;
}

/* Set up what is needed to make rows anew. */
static pd_status
want_builder(struct stage_rows *rows, struct pd_error *err)
{
    size_t n = after_table(rows)->n_columns;
    pd_status status;

    if (rows->has_builder)
        return PD_OK;
    rows->patched = calloc(n + 1, sizeof *rows->patched);
    rows->is_patched = calloc(n + 1, sizeof *rows->is_patched);
    if (!rows->patched || !rows->is_patched)
        return error_memory(err);
    status = batch_builder_open(&rows->builder, after_table(rows), err);
    rows->has_builder = status == PD_OK;
    return status;
}

/* Takes the batch over, whatever it returns. */
static pd_status
patch_batch(struct stage_rows *rows, const struct pd_batch *batch,
            const struct pd_batch **ret_batch, struct pd_error *err)
{
    struct patches *patches =
        rows->straight_only ? NULL : step_patches(rows->stage->step, rows->table);
    bool has_large = rows->straight && straight_has_large(rows->straight);
    pd_status status = PD_OK;

    buffer_clear(&rows->hits.hits);
    if (patches)
        status = patches_find(patches, batch, &rows->hits, err);
    if (status == PD_OK && !has_large && !patch_hits_count(&rows->hits)) {
        *ret_batch = batch;
        return PD_OK;
    }
    if (status == PD_OK)
        status = want_builder(rows, err);
    if (status != PD_OK) {
        batch_release(batch);
        return status;
    }
    rows->source = batch;
    rows->next_row = 0;
    rows->next_hit = 0;
    return make_batch(rows, ret_batch, err);
}

/* ---- All rows ---- */

static void
drop_table(struct stage_rows *rows)
{
    batch_release(take(rows->source));
    straight_free(take(rows->straight));
    if (rows->has_builder)
        pd_builder_close(&rows->builder);
    rows->has_builder = false;
    free(take(rows->patched));
    free(take(rows->is_patched));
    rows->way = NULL;
}

/* A handle may lie idle for long, while others read what was made of these rows. */
static void
end_table(struct stage_rows *rows)
{
    straight_free(take(rows->straight));
    made_reader_close(&rows->made);
    patch_hits_free(&rows->hits);
}

pd_status
stage_rows_start(struct stage_rows *rows, struct stage *stage, struct pd_source *inner,
                 uint32_t table, const struct pd_scan *scan, bool straight_only,
                 struct pd_error *err)
{
    const struct stage_way *way = &stage->ways[table];
    pd_status status = PD_OK;

    drop_table(rows);
    if (way->needs_run && !straight_only)
        status = stage_run(stage, inner, err);
    if (status != PD_OK)
        return status;
    rows->stage = stage;
    rows->inner = inner;
    rows->table = table;
    rows->way = way;
    rows->scan = (struct pd_scan){0};
    if (scan && way->is_single)
        rows->scan = *scan;
    rows->straight_only = straight_only;
    rows->part = 0;
    rows->reading = false;
    return PD_OK;
}

pd_status
stage_rows_next(struct stage_rows *rows, const struct pd_batch **ret_batch, struct pd_error *err)
{
    const struct pd_batch *batch = NULL;
    pd_status status;

    if (!rows->way)
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG, "rows are read before a table was begun");
    if (cancel_wanted())
        return error_fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "interrupted");
    if (rows->source)
        return make_batch(rows, ret_batch, err);
    status = read_part(rows, &batch, err);
    if (status == PD_DONE)
        end_table(rows);
    return status == PD_OK ? patch_batch(rows, batch, ret_batch, err) : status;
}

pd_status
stage_rows_long(struct stage_rows *rows, const struct pd_long *cell, uint64_t offset, void *buffer,
                size_t size, struct pd_error *err)
{
    const struct pd_source_ops *inner = rows->stage->inner->ops;
    const struct stage_part *part = rows->way ? this_part(rows) : NULL;

    if (!part || !rows->reading || (!part->made && !inner->read_long))
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG, "a long cell is read that is not there");
    if (part->made)
        return made_reader_long(&rows->made, cell, offset, buffer, size, err);
    return inner->read_long(rows->inner, cell, offset, buffer, size, err);
}

void
stage_rows_close(struct stage_rows *rows)
{
    drop_table(rows);
    made_reader_close(&rows->made);
    patch_hits_free(&rows->hits);
}
