// SPDX-License-Identifier: Apache-2.0
/* ends_write - writes a world through a sink. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "mapped.h"
#include "plugin/host.h"

/* Where the core notes what a sink refuses. */
struct refusals {
    struct pd_rejects base;
    struct writing *writing;
    uint32_t table;
    uint32_t first; /* row of the batch in its table */
    uint32_t n_rows;
    const uint32_t *rows; /* of the world's batch, whose row each is */
    bool broken;          /* a row that is not in the batch, or twice */
};

static void
refusal_add(struct pd_rejects *base, uint32_t row, int cause, const char *code,
            const char *constraint, const char *text)
{
    struct refusals *refusals = (struct refusals *)(void *)base;
    bool *rows = refusals->writing->rejected ? refusals->writing->rejected[refusals->table] : NULL;

    refusals->writing->n_rejected++;
    refusals->broken |= row >= refusals->n_rows || cause <= 0 || cause >= PD_CAUSE_COUNT_;
    if (!rows || row >= refusals->n_rows)
        return;
    row = refusals->rows[row];
    refusals->broken |= rows[refusals->first + row];
    rows[refusals->first + row] = true;
}

/* ---- Steps ---- */

struct run {
    struct writing *w;
    const struct pd_sink_ops *ops;
    const struct pd_source_ops *source_ops; /* of the same plugin, for the review */
    struct pd_sink *sink;
    struct mapped *mapped;
    struct pd_error *error;
};

#define STEP(run, name, expression)                                                                \
    do {                                                                                           \
        pd_status step_;                                                                           \
        (run)->w->call = name;                                                                     \
        step_ = (expression);                                                                      \
        if (step_ != PD_OK)                                                                        \
            return step_;                                                                          \
    } while (0)

/* Rows that the sink's types cannot hold are the core's to reject. */
static void
misfits_note(struct run *run, uint32_t number, uint32_t first, const bool *misfits, uint32_t n_rows)
{
    struct writing *w = run->w;

    for (uint32_t row = 0; row < n_rows; row++) {
        if (!misfits[row])
            continue;
        w->n_rejected++;
        if (w->rejected)
            w->rejected[number][first + row] = true;
        if (w->misfits)
            w->misfits[number][first + row] = true;
    }
}

static pd_status
run_batch(struct run *run, uint32_t number, size_t i, uint32_t first)
{
    static __thread bool misfits[PD_BATCH_ROWS];
    static __thread uint32_t rows[PD_BATCH_ROWS];
    const struct world_table *t = &run->w->world->tables[number];
    const struct pd_batch *batch = NULL;
    struct refusals refusals = {
        .base = {.struct_size = sizeof refusals.base, .add = refusal_add},
        .writing = run->w,
        .table = number,
        .first = first,
        .rows = rows,
    };
    pd_status status;

    memset(misfits, 0, sizeof misfits);
    run->w->call = "write";
    status = mapped_batch(run->mapped, t, number, t->batches[i], misfits, rows, &batch, run->error);
    if (status != PD_OK)
        return status;
    misfits_note(run, number, first, misfits, t->batches[i]->n_rows);
    if (!batch)
        return PD_OK;
    refusals.n_rows = batch->n_rows;
    status = run->ops->write(run->sink, batch, &world_long_ops, NULL, &refusals.base, run->error);
    batch_release(batch);
    if (status == PD_OK && refusals.broken)
        status = error_fail(run->error, PD_FATAL, PD_CAUSE_BUG,
                            "a row was rejected twice, or is not in its batch");
    return status;
}

static pd_status
run_start(struct run *run, uint32_t number, uint32_t part)
{
    const struct world_table *t = &run->w->world->tables[number];
    struct pd_scan scan = {.struct_size = sizeof scan, .table = number, .n_parts = t->n_parts};

    scan.range.struct_size = sizeof scan.range;
    STEP(run, "start", run->ops->start(run->sink, &scan, part, run->error));
    return PD_OK;
}

static pd_status
run_part(struct run *run, uint32_t number, uint32_t part)
{
    const struct world_table *t = &run->w->world->tables[number];
    uint32_t first = 0;
    pd_status status = run_start(run, number, part);

    if (run->w->until == STAGE_STARTED)
        return status;
    for (size_t i = 0; i < t->n_batches && status == PD_OK; i++) {
        if (t->parts[i] == part)
            status = run_batch(run, number, i, first);
        first += t->batches[i]->n_rows;
    }
    if (status != PD_OK || run->w->until == STAGE_WRITTEN)
        return status;
    STEP(run, "end", run->ops->end(run->sink, run->error));
    return PD_OK;
}

static pd_status
run_table(struct run *run, uint32_t number)
{
    const struct world_table *t = &run->w->world->tables[number];

    for (uint32_t part = 0; part < t->n_parts; part++) {
        pd_status status = run_part(run, number, part);

        if (status != PD_OK || run->w->until <= STAGE_WRITTEN)
            return status;
    }
    if (run->ops->seal)
        STEP(run, "seal", run->ops->seal(run->sink, number, &t->stats, run->error));
    return PD_OK;
}

static pd_status
run_review(struct run *run)
{
    struct pd_source *source = NULL;
    pd_status status;

    run->w->call = "review";
    status = run->ops->review(run->sink, &source, run->error);
    if (status == PD_UNSUPPORTED)
        return PD_OK;
    if (status == PD_OK) {
        status = count_all(run->source_ops, source, &run->w->reviewed, run->error);
        run->w->was_reviewed = true;
        run->source_ops->close(source);
    }
    return status;
}

/* What the sink is told before the first table is made. */
static pd_status
run_prepare(struct run *run, uint32_t flags)
{
    const struct world *world = run->w->world;
    struct pd_load load = {.struct_size = sizeof load, .flags = flags, .catalog = &world->catalog};

    if (quirks->knows) {
        load.stats = &world->tables[0].stats;
        load.stats_size = sizeof world->tables[0];
    }
    STEP(run, "map", mapped_open(run->mapped, run->w, run->ops, run->sink, &load, run->error));
    STEP(run, "prepare", run->ops->prepare(run->sink, &load, run->error));
    return PD_OK;
}

static pd_status
run_all(struct run *run)
{
    uint32_t flags = run->w->load_flags;
    enum stage until = run->w->until;
    pd_status prepared;

    if (until == STAGE_OPENED)
        return PD_OK;
    prepared = run_prepare(run, flags);
    if (prepared != PD_OK)
        return prepared;
    for (uint32_t i = 0; until > STAGE_PREPARED && i < run->w->world->n_tables; i++) {
        pd_status status = flags & PD_LOAD_SCHEMA_ONLY ? PD_OK : run_table(run, i);

        if (status != PD_OK || until <= STAGE_WRITTEN)
            return status;
    }
    if (until < STAGE_COMPLETED)
        return PD_OK;
    STEP(run, "complete", run->ops->complete(run->sink, run->error));
    if (until >= STAGE_REVIEWED && run->ops->review && run->source_ops) {
        pd_status status = run_review(run);

        if (status != PD_OK)
            return status;
    }
    if (until == STAGE_FINISHED)
        STEP(run, "finish", run->ops->finish(run->sink, run->error));
    return PD_OK;
}

pd_status
write_world(struct writing *w, struct end *end, struct pd_error *error)
{
    struct mapped mapped = {0};
    struct run run = {.w = w,
                      .ops = &end->loaded->sink,
                      .source_ops = end->loaded->plugin.source,
                      .mapped = &mapped,
                      .error = error};
    pd_status status;

    w->call = "open";
    status = run.ops->open(w->host ? w->host : host_get(), &end->endpoint, &run.sink, error);
    if (status == PD_OK) {
        status = run_all(&run);
        mapped_close(&mapped);
        run.ops->close(run.sink);
    }
    return status;
}

/* ---- Twins ---- */

struct twin {
    struct run run;
    struct writing writing; /* a copy, since each counts for itself */
    struct pd_error error;
    pthread_barrier_t *barrier;
    uint32_t table;
    const uint32_t *before; /* parts, ended by UINT32_MAX */
    const uint32_t *after;  /* the same, once the other has done what is before */
    bool seals;
    pd_status status;
};

static pd_status
twin_parts(struct twin *twin, const uint32_t *parts)
{
    pd_status status = PD_OK;

    for (; *parts != UINT32_MAX && status == PD_OK; parts++)
        status = run_part(&twin->run, twin->table, *parts);
    return status;
}

static void *
twin_main(void *arg)
{
    struct twin *twin = arg;

    twin->status = twin_parts(twin, twin->before);
    pthread_barrier_wait(twin->barrier);
    if (twin->status == PD_OK)
        twin->status = twin_parts(twin, twin->after);
    if (twin->status == PD_OK && twin->seals && twin->run.ops->seal)
        twin->status =
            twin->run.ops->seal(twin->run.sink, twin->table,
                                &twin->writing.world->tables[twin->table].stats, &twin->error);
    return NULL;
}

/* Parts 2 and 0 by the origin, 3 and then 1 by its twin, which ends the last one. */
static pd_status
run_twins(struct run *run, struct pd_sink *shared, uint32_t table)
{
    static const uint32_t parts[][3] = {
        {2, 0, UINT32_MAX}, {UINT32_MAX}, {3, UINT32_MAX}, {1, UINT32_MAX}};
    pthread_barrier_t barrier;
    struct twin twins[2];
    pthread_t threads[2];

    pthread_barrier_init(&barrier, NULL, 2);
    for (int i = 0; i < 2; i++) {
        twins[i] = (struct twin){.run = *run,
                                 .writing = *run->w,
                                 .barrier = &barrier,
                                 .table = table,
                                 .before = parts[2 * i],
                                 .after = parts[2 * i + 1],
                                 .seals = i == 1};
        twins[i].run.w = &twins[i].writing;
        twins[i].run.error = &twins[i].error;
        if (i == 1)
            twins[i].run.sink = shared;
        assert_int_equal(pthread_create(&threads[i], NULL, twin_main, &twins[i]), 0);
    }
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&barrier);
    for (int i = 0; i < 2; i++) {
        if (twins[i].status != PD_OK)
            return error_fail(run->error, twins[i].status, PD_CAUSE_BUG, "twin %d: %s: %s", i,
                              twins[i].writing.call, twins[i].error.text);
    }
    return PD_OK;
}

static pd_status
run_shared(struct run *run, uint32_t table)
{
    struct pd_sink *shared = NULL;
    pd_status status = run_prepare(run, 0);

    if (status != PD_OK)
        return status;
    STEP(run, "share", run->ops->share(run->sink, &shared, run->error));
    status = run_twins(run, shared, table);
    run->ops->close(shared);
    for (uint32_t i = 0; i < run->w->world->n_tables && status == PD_OK; i++)
        status = i == table ? PD_OK : run_table(run, i);
    if (status != PD_OK)
        return status;
    STEP(run, "complete", run->ops->complete(run->sink, run->error));
    STEP(run, "finish", run->ops->finish(run->sink, run->error));
    return PD_OK;
}

pd_status
write_by_twins(struct writing *w, struct end *end, uint32_t table, struct pd_error *error)
{
    struct mapped mapped = {0};
    struct run run = {.w = w, .ops = &end->loaded->sink, .mapped = &mapped, .error = error};
    pd_status status = run.ops->open(host_get(), &end->endpoint, &run.sink, error);

    w->until = STAGE_FINISHED;
    if (status == PD_OK) {
        status = run_shared(&run, table);
        mapped_close(&mapped);
        run.ops->close(run.sink);
    }
    return status;
}

/* ---- Ends ---- */

static void
set_options(struct end *end, const char *const *options)
{
    for (; options && *options; options += 2)
        assert_ok(options_set(end->options, options[0], options[1], &err));
}

struct end *
end_new(const char *url, enum end_role role, const char *const *options)
{
    struct end *end = NULL;

    assert_ok(url_resolve(url, role, &end, &err));
    if (role == END_TARGET || role == END_ARCHIVE_TARGET)
        set_options(end, quirks->sink_options);
    set_options(end, options);
    return end;
}

void
write_tables(const struct world *world, const char *url)
{
    static struct quirks plain;
    const struct quirks *way = quirks;
    struct writing w = {
        .world = world, .url = url, .until = STAGE_FINISHED, .load_flags = PD_LOAD_SCHEMA_ONLY};
    struct end *end;

    if (!way->tables_first)
        return;
    plain = *way;
    plain.sink_options = NULL;
    quirks = &plain; /* without the options that are for the rows */
    end = end_new(url, END_TARGET, NULL);
    assert_ok(write_world(&w, end, &err));
    end_free(end);
    quirks = way;
}

void
write_all(struct writing *w)
{
    struct end *end;

    write_tables(w->world, w->url);
    if (quirks->tables_first)
        w->load_flags |= PD_LOAD_DATA_ONLY;
    if (!w->rejected) {
        w->rejected = arena_array(w->world->arena, bool *, w->world->n_tables + 1);
        w->misfits = arena_array(w->world->arena, bool *, w->world->n_tables + 1);
        w->tagged = arena_array(w->world->arena, bool *, w->world->n_tables + 1);
        for (size_t i = 0; i < w->world->n_tables; i++) {
            w->rejected[i] = arena_array(w->world->arena, bool, w->world->tables[i].n_rows + 1);
            w->misfits[i] = arena_array(w->world->arena, bool, w->world->tables[i].n_rows + 1);
            w->tagged[i] =
                arena_array(w->world->arena, bool, w->world->tables[i].table.n_columns + 1);
        }
    }
    w->until = STAGE_FINISHED;
    end = end_new(w->url, END_TARGET, w->options);
    if (write_world(w, end, &err) != PD_OK)
        fail_msg("%s: %s", w->call, err.text);
    end_free(end);
}

char *
standing_now(void)
{
    struct buffer out = {0};

    quirks->standing(&out);
    assert_non_null(buffer_string(&out));
    return (char *)out.data;
}
