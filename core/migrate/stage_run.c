// SPDX-License-Identifier: Apache-2.0
// stage_run - lets a step make its rows, once, and keeps them.
#include <limits.h>

#include "base/budget.h"
#include "base/cancel.h"
#include "base/progress.h"
#include "migrate/stage_inside.h"
#include "model/digest.h"
#include "model/kind.h"
#include "model/schema.h"
#include "model/text.h"

/* A table that the step sees. */
struct sight {
    struct stage *stage;
    struct pd_source *inner;      /* the handle that reads it */
    uint32_t table;               /* or FROM_BEFORE_LOAD, FROM_AFTER_LOAD */
    const struct pd_batch *batch; /* that rows() is at; NULL: none */
    uint32_t n_made;              /* rows that it has become so far */
    struct digest_table *digests; /* NULL: the source has made no promise */
    struct digest digest;
    uint64_t n_rows;
    struct pd_extent extent;
    bool has_extent;
};

/* NULL: what is at work makes rows of none. */
static const struct pd_table *
table_before(const struct sight *sight)
{
    const struct pd_catalog *before = sight->stage->inner->catalog;

    return sight->table < before->n_tables ? &before->tables[sight->table] : NULL;
}

/* ---- What was read ---- */

static pd_status
check_stats(const struct pd_stats *known, uint64_t n_rows, const struct digest *digest,
            struct pd_error *err)
{
    const struct digest wanted = {known->digest_low, known->digest_high};
    char was[33], is[33];

    if (known->n_rows != n_rows)
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT, "%llu rows were written and %llu read",
                          (unsigned long long)known->n_rows, (unsigned long long)n_rows);
    if (!digest || (digest->low == wanted.low && digest->high == wanted.high))
        return PD_OK;
    digest_text(&wanted, was);
    digest_text(digest, is);
    return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT,
                      "the digest of its rows was %s when they were written and is %s now", was,
                      is);
}

pd_status
stage_check_count(const struct stage *stage, struct pd_source *inner, uint32_t table,
                  const struct pd_extent *extent, uint64_t n_rows, const struct digest *digest,
                  struct pd_error *err)
{
    const struct pd_table *before = &stage->inner->catalog->tables[table];
    const struct pd_stats *known = NULL;
    pd_status status = PD_OK;

    if (extent && extent->n_rows != n_rows)
        status = error_fail(err, PD_FATAL, PD_CAUSE_DIFFERENT,
                            "the engine counts %llu rows and %llu were read",
                            (unsigned long long)extent->n_rows, (unsigned long long)n_rows);
    if (status == PD_OK && stage->inner->ops->stats)
        status = stage->inner->ops->stats(inner, table, &known, err);
    if (status == PD_OK && known)
        status = check_stats(known, n_rows, digest, err);
    if (status == PD_UNSUPPORTED)
        return PD_OK;
    return error_prefix(err, status, "table '%s'", schema_table_name(before));
}

/* ---- What the step hands over ---- */

static struct made *
find_made(const struct sight *sight, uint32_t to_table)
{
    struct stage *stage = sight->stage;

    for (size_t i = 0; i < stage->n_made; i++)
        if (stage->made[i].part == sight->table && stage->made[i].table_number == to_table)
            return &stage->made[i];
    return NULL;
}

static bool
is_text(const struct pd_type *type)
{
    return kind_layout(type) == PD_LAYOUT_VAR && type->kind != PD_KIND_BINARY &&
           type->kind != PD_KIND_GEOMETRY;
}

/* The first row of a vector whose text is not UTF-8; n_rows: none. */
static uint32_t
find_bad_text(const struct pd_type *type, const struct pd_vector *vector, uint32_t n_rows)
{
    if (is_text(type) && vector->layout == PD_LAYOUT_VAR && vector->n_outliers == 0 &&
        (vector->offsets[n_rows] == 0 ||
         text_is_utf8(vector->data, (size_t)vector->offsets[n_rows]))) {
        /* All together are: a character may still be cut between two rows. */
        const uint8_t *bytes = vector->data;

        for (uint32_t row = 1; row < n_rows; row++)
            if (vector->offsets[row] < vector->offsets[n_rows] &&
                (bytes[vector->offsets[row]] & 0xc0) == 0x80)
                return row;
        return n_rows;
    }
    for (uint32_t row = 0; row < n_rows; row++) {
        struct cell cell = batch_cell(type, vector, row);

        if ((cell.tag == PD_TAG_TEXT || (cell.tag == PD_TAG_PLAIN && is_text(type))) &&
            !cell.as_long && cell.size && !text_is_utf8(cell.bytes, cell.size))
            return row;
    }
    return n_rows;
}

static bool
may_have_text(const struct pd_type *type, const struct pd_vector *vector)
{
    return vector->layout == PD_LAYOUT_TAGGED || vector->n_outliers > 0 || is_text(type);
}

static pd_status
check_texts(const struct pd_table *table, const struct pd_batch *batch, struct pd_error *err)
{
    for (uint32_t i = 0; i < batch->n_columns; i++) {
        const struct pd_column *column = &table->columns[i];
        const struct pd_vector *vector = batch_vector(batch, i);

        if (schema_column_travels(column) && may_have_text(&column->type, vector) &&
            find_bad_text(&column->type, vector, batch->n_rows) < batch->n_rows)
            return error_fail(err, PD_FATAL, PD_CAUSE_DATA,
                              "column '%s': the step made a text that is not valid UTF-8",
                              column->name);
    }
    return PD_OK;
}

static bool
has_this_long(const struct pd_batch *batch, const struct pd_long *cell)
{
    for (uint32_t i = 0; batch && i < batch->n_columns; i++) {
        const struct pd_vector *vector = batch_vector(batch, i);

        for (uint32_t k = 0; k < vector->n_longs; k++)
            if (vector->longs[k].cookie == cell->cookie && vector->longs[k].size == cell->size)
                return true;
    }
    return false;
}

/* Whatever a step makes of it, the target computes it. */
static pd_status
check_generated(const struct pd_table *table, const struct pd_batch *batch, struct pd_error *err)
{
    for (uint32_t i = 0; i < batch->n_columns; i++) {
        const struct pd_vector *vector = batch_vector(batch, i);

        if (!schema_column_travels(&table->columns[i]) && vector->layout != PD_LAYOUT_NONE &&
            vector->data && vector->n_nulls < batch->n_rows)
            return error_fail(err, PD_FATAL, PD_CAUSE_DATA,
                              "column '%s': the step made values of it, but it is generated, so "
                              "that the target computes them; change_column() makes it a plain one",
                              table->columns[i].name);
    }
    return PD_OK;
}

/* A long cell is read from the source, which knows those of one batch only. */
static pd_status
check_longs(const struct sight *sight, const struct pd_table *table, const struct pd_batch *batch,
            struct pd_error *err)
{
    for (uint32_t i = 0; i < batch->n_columns; i++) {
        const struct pd_vector *vector = batch_vector(batch, i);

        if (!schema_column_travels(&table->columns[i]))
            continue;
        for (uint32_t k = 0; k < vector->n_longs; k++)
            if (!has_this_long(sight->batch, &vector->longs[k]))
                return error_fail(err, PD_FATAL, PD_CAUSE_BUG,
                                  "column '%s': the step made a row with a long cell that is not "
                                  "in the batch that it was given",
                                  table->columns[i].name);
    }
    return PD_OK;
}

static pd_status
check_json(struct sight *sight, uint32_t to_table, const struct pd_table *table,
           const struct pd_batch *batch, struct pd_error *err)
{
    const struct stage_made given = {
        .batch = batch,
        .to_table = to_table,
        .table = sight->table,
        .source = sight->batch,
        .inner = sight->inner,
        .first_row = sight->n_made,
    };

    if (sight->batch && sight->stage->planned.flows[sight->table].to_table == to_table)
        sight->n_made += batch->n_rows;
    return stage_check_json(sight->stage, &given, table, err);
}

/* The batch is ours, whatever comes of it. */
static pd_status
take_batch(struct sight *sight, uint32_t to_table, const struct pd_batch *batch,
           struct pd_error *err)
{
    struct stage *stage = sight->stage;
    const struct pd_catalog *after = stage->planned.after;
    struct made *made = find_made(sight, to_table);
    pd_status status = PD_OK;

    if (!batch)
        status = error_fail(err, PD_FATAL, PD_CAUSE_BUG, "the step handed over no batch");
    else if (!made)
        status = error_fail(err, PD_FATAL, PD_CAUSE_BUG,
                            "the step made rows of table number %u ('%s'), which it has not "
                            "planned; name it in `emits`",
                            to_table,
                            to_table < after->n_tables ? after->tables[to_table].name : "none");
    if (status == PD_OK)
        status = batch_check(made->table, batch, err);
    if (status == PD_OK)
        status = check_generated(made->table, batch, err);
    if (status == PD_OK)
        status = check_longs(sight, made->table, batch, err);
    if (status == PD_OK)
        status = check_texts(made->table, batch, err);
    if (status == PD_OK)
        status = check_json(sight, to_table, made->table, batch, err);
    if (status == PD_OK)
        status = made_add(made, batch, stage->inner->ops, sight->inner, err);
    if (status == PD_OK)
        step_note(stage->step, to_table, batch);
    batch_release(batch);
    return stage_prefix(stage, table_before(sight), status, err);
}

/* ---- What the step is given ---- */

/* Nothing can go on when a step fails, whatever it says. */
static pd_status
step_failed(const struct stage *stage, const struct pd_table *table, pd_status status,
            struct pd_error *err)
{
    if (status > 0)
        status = error_fail(err, PD_FATAL, PD_CAUSE_BUG, "the step returned the status %d", status);
    stage_prefix(stage, table, status, err);
    return PD_FATAL;
}

static pd_status
count_batch(struct sight *sight, const struct pd_batch *batch, struct pd_error *err)
{
    pd_status status = batch_check(stage_given(sight->stage, sight->table), batch, err);

    sight->n_rows += batch->n_rows;
    if (status == PD_OK && sight->digests)
        status = digest_batch(sight->digests, batch, sight->stage->inner->ops, sight->inner,
                              &sight->digest, NULL, err);
    return status;
}

static pd_status
give_batch(struct sight *sight, const struct pd_batch *batch, struct pd_error *err)
{
    struct stage *stage = sight->stage;
    pd_status status;

    sight->batch = batch;
    sight->n_made = 0;
    for (;;) {
        const struct pd_batch *made = NULL;
        uint32_t to_table = PD_NO_TABLE;

        if (cancel_wanted())
            return error_fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "interrupted");
        status =
            stage->migration->rows(stage->migrator, sight->table, batch, &to_table, &made, err);
        if (status == PD_DONE)
            return PD_OK;
        if (status != PD_OK)
            return step_failed(stage, table_before(sight), status, err);
        status = take_batch(sight, to_table, made, err);
        if (status != PD_OK)
            return status;
    }
}

/* The next that comes of no batch; PD_DONE: there is none. */
static pd_status
ask_rest(const struct sight *sight, uint32_t *ret_table, const struct pd_batch **ret_batch,
         struct pd_error *err)
{
    const struct pd_migration *m = sight->stage->migration;
    struct pd_migrator *migrator = sight->stage->migrator;

    switch (sight->table) {
    case FROM_BEFORE_LOAD:
        return PD_HAS(struct pd_migration, m, before_load)
                   ? m->before_load(migrator, ret_table, ret_batch, err)
                   : PD_DONE;
    case FROM_AFTER_LOAD:
        return PD_HAS(struct pd_migration, m, after_load)
                   ? m->after_load(migrator, ret_table, ret_batch, err)
                   : PD_DONE;
    default:
        return PD_HAS(struct pd_migration, m, rest)
                   ? m->rest(migrator, sight->table, ret_table, ret_batch, err)
                   : PD_DONE;
    }
}

static pd_status
give_rest(struct sight *sight, struct pd_error *err)
{
    pd_status status = PD_OK;

    sight->batch = NULL;
    while (status == PD_OK) {
        const struct pd_batch *made = NULL;
        uint32_t to_table = PD_NO_TABLE;

        if (cancel_wanted())
            return error_fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "interrupted");
        status = ask_rest(sight, &to_table, &made, err);
        if (status == PD_DONE)
            return PD_OK;
        if (status != PD_OK)
            return step_failed(sight->stage, table_before(sight), status, err);
        status = take_batch(sight, to_table, made, err);
    }
    return status;
}

static pd_status
see_batches(struct sight *sight, struct pd_error *err)
{
    const struct pd_source_ops *ops = sight->stage->inner->ops;
    pd_status status = PD_OK;

    while (status == PD_OK) {
        const struct pd_batch *batch = NULL;

        if (cancel_wanted())
            return error_fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "interrupted");
        status = ops->read(sight->inner, &batch, err);
        if (status == PD_OK)
            status = count_batch(sight, batch, err);
        if (status < 0)
            status =
                error_prefix(err, status, "table '%s'", schema_table_name(table_before(sight)));
        if (status == PD_OK)
            status = give_batch(sight, batch, err);
        batch_release(batch);
    }
    return status == PD_DONE ? PD_OK : status;
}

static pd_status
end_made(struct sight *sight, struct pd_error *err)
{
    struct stage *stage = sight->stage;
    pd_status status = PD_OK;

    for (size_t i = 0; i < stage->n_made && status == PD_OK; i++)
        if (stage->made[i].part == sight->table)
            status = made_end(&stage->made[i], err);
    return status;
}

/* ---- Tables ---- */

static pd_status
begin_table(struct sight *sight, struct pd_error *err)
{
    const struct pd_source_ops *ops = sight->stage->inner->ops;
    const struct pd_scan scan = {.struct_size = sizeof scan, .table = sight->table};
    pd_status status = PD_OK;

    progress_table(table_before(sight)->name);

    sight->extent = (struct pd_extent){.struct_size = sizeof sight->extent};
    if (ops->extent)
        status = ops->extent(sight->inner, sight->table, &sight->extent, err);
    sight->has_extent = ops->extent && status == PD_OK;
    if (status == PD_UNSUPPORTED)
        status = PD_OK;
    if (status == PD_OK && ops->stats)
        status = digest_new(table_before(sight), &sight->digests, err);
    if (status == PD_OK)
        status = ops->start(sight->inner, &scan, err);
    return error_prefix(err, status, "table '%s'", schema_table_name(table_before(sight)));
}

static pd_status
see_table(struct stage *stage, struct pd_source *inner, uint32_t table, struct pd_error *err)
{
    struct sight sight = {.stage = stage, .inner = inner, .table = table};
    pd_status status = begin_table(&sight, err);

    if (status == PD_OK)
        status = see_batches(&sight, err);
    if (status == PD_OK)
        status = stage_check_count(stage, inner, table, sight.has_extent ? &sight.extent : NULL,
                                   sight.n_rows, sight.digests ? &sight.digest : NULL, err);
    if (status == PD_OK)
        status = give_rest(&sight, err);
    if (status == PD_OK)
        status = end_made(&sight, err);
    digest_free(sight.digests);
    return status;
}

/* Before all rows, or behind them. */
static pd_status
load_code(struct stage *stage, struct pd_source *inner, uint32_t from, struct pd_error *err)
{
    struct sight sight = {.stage = stage, .inner = inner, .table = from};
    pd_status status = give_rest(&sight, err);

    return status == PD_OK ? end_made(&sight, err) : status;
}

static pd_status
run_tables(struct stage *stage, struct pd_source *inner, struct pd_error *err)
{
    const struct pd_migration *migration = stage->migration;
    const struct planned *planned = &stage->planned;
    pd_status status = step_begin(stage->step, err);

    if (status == PD_OK)
        status = step_fill(stage->step, inner, err);
    if (status == PD_OK && PD_HAS(struct pd_migration, migration, begin)) {
        status = migration->begin(stage->migrator, planned->before, planned->after, &step_ops,
                                  stage->step, err);
        if (status != PD_OK)
            return step_failed(stage, NULL, status, err);
    }
    if (status == PD_OK)
        status = load_code(stage, inner, FROM_BEFORE_LOAD, err);
    for (size_t i = 0; i < planned->n_seen && status == PD_OK; i++)
        status = see_table(stage, inner, planned->seen[i], err);
    return status == PD_OK ? load_code(stage, inner, FROM_AFTER_LOAD, err) : status;
}

pd_status
stage_run(struct stage *stage, struct pd_source *inner, struct pd_error *err)
{
    pd_status status;

    pthread_mutex_lock(&stage->mutex);
    if (!stage->has_run) {
        /* The step holds batches while it makes others, and nobody takes them from this thread. */
        int before = budget_grant(INT_MAX);

        stage->run_status = run_tables(stage, inner, &stage->run_error);
        step_end(stage->step);
        stage->has_run = true;
        budget_grant(before);
    }
    status = stage->run_status;
    if (status != PD_OK && err)
        *err = stage->run_error;
    pthread_mutex_unlock(&stage->mutex);
    return status;
}

pd_status
stage_ask(struct stage *stage, uint32_t table, const struct pd_batch *batch,
          struct pd_answers *answers, struct pd_error *err)
{
    const struct pd_table *t = &stage->planned.after->tables[table];
    pd_status status;

    pthread_mutex_lock(&stage->mutex);
    step_saving(stage->step, true);
    status = stage->migration->before_save(stage->migrator, table, batch, answers, err);
    step_saving(stage->step, false);
    pthread_mutex_unlock(&stage->mutex);
    return status == PD_OK ? PD_OK : step_failed(stage, t, status, err);
}
