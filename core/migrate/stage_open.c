// SPDX-License-Identifier: Apache-2.0
// stage_open - opens a step on a source and lets it plan; and all steps of a chain, one on the
// other.
#include <stdlib.h>

#include "base/cancel.h"
#include "migrate/stage_inside.h"
#include "plugin/host.h"

/* ---- One step ---- */

static pd_status
open_planned(struct opened_source *inner, const struct pd_migration *migration,
             struct pd_migrator *migrator, struct arena *arena, int folder,
             struct stage **ret_stage, struct pd_error *err)
{
    const struct stage blank = {.migration = migration};
    struct planned *planned = NULL;
    pd_status status = changes_plan_on(migration, migrator, inner, arena, &planned, err);

    if (status != PD_OK)
        return stage_prefix(&blank, NULL, status, err);
    return stage_begin(inner, migration, migrator, planned, folder, ret_stage, err);
}

pd_status
stage_open(struct opened_source *inner, const struct pd_migration *migration,
           const struct pd_options *options, int folder, struct stage **ret_stage,
           struct pd_error *err)
{
    const struct stage blank = {.migration = migration};
    CLEANUP(arena) struct arena *arena = arena_new();
    struct pd_migrator *migrator = NULL;
    pd_status status;

    if (!arena)
        return error_memory(err);
    status = migration->open(migration, host_get(), options, &migrator, err);
    if (status != PD_OK)
        return stage_prefix(&blank, NULL, status, err);
    status = open_planned(inner, migration, migrator, arena, folder, ret_stage, err);
    if (status == PD_OK)
        (*ret_stage)->plan_arena = take(arena);
    else if (migrator && PD_HAS(struct pd_migration, migration, close))
        migration->close(migrator);
    return status;
}

/* ---- A chain ---- */

struct migrated {
    struct opened_source *inner;
    struct stage **stages;
    size_t n_stages;
};

struct opened_source *
migrated_source(struct migrated *migrated)
{
    return migrated->n_stages ? stage_source(migrated->stages[migrated->n_stages - 1])
                              : migrated->inner;
}

const struct planned *
migrated_planned(const struct migrated *migrated, size_t step)
{
    return stage_planned(migrated->stages[step]);
}

/* The table that table number `table` of the last stage is in stage number `at`; PD_NO_TABLE: none,
   or another one. */
static uint32_t
table_in(const struct migrated *migrated, size_t at, uint32_t table)
{
    for (size_t i = migrated->n_stages; i-- > at + 1;) {
        const struct stage *stage = migrated->stages[i];

        if (!stage->ways[table].passes)
            return PD_NO_TABLE;
        table = stage->ways[table].parts[0].from;
    }
    return table;
}

static bool
stage_wants(const struct migrated *migrated, size_t at, uint32_t table)
{
    uint32_t there = table_in(migrated, at, table);

    return there != PD_NO_TABLE && migrated->stages[at]->planned.feeds[there].is_asked;
}

bool
migrated_wants(const struct migrated *migrated, uint32_t table)
{
    for (size_t i = 0; i < migrated->n_stages; i++)
        if (stage_wants(migrated, i, table))
            return true;
    return false;
}

pd_status
migrated_ask(struct migrated *migrated, uint32_t table, const struct pd_batch *batch,
             struct pd_answers *answers, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < migrated->n_stages && status == PD_OK; i++)
        if (stage_wants(migrated, i, table))
            status =
                stage_ask(migrated->stages[i], table_in(migrated, i, table), batch, answers, err);
    return status;
}

/* Each table that a step wants to be asked about is still the same at the end. */
static pd_status
check_asked(const struct migrated *migrated, size_t at, struct pd_error *err)
{
    const struct stage *stage = migrated->stages[at];
    const struct pd_catalog *last = migrated_planned(migrated, migrated->n_stages - 1)->after;

    for (uint32_t i = 0; i < stage->planned.after->n_tables; i++) {
        bool is_there = !stage->planned.feeds[i].is_asked;

        for (uint32_t k = 0; k < last->n_tables && !is_there; k++)
            is_there = table_in(migrated, at, k) == i;
        if (!is_there)
            return stage_prefix(stage, &stage->planned.after->tables[i],
                                error_fail(err, PD_FATAL, PD_CAUSE_VERSION,
                                           "before_save() is for rows as the target gets them, but "
                                           "a later step changes the table; have it in that one"),
                                err);
    }
    return PD_OK;
}

pd_status
migrated_open(struct opened_source *inner, const struct chain *chain,
              const struct migrated_options *options, struct migrated **ret_migrated,
              struct pd_error *err)
{
    CLEANUP(migrated) struct migrated *migrated = calloc(1, sizeof *migrated);
    pd_status status = PD_OK;

    if (!migrated)
        return error_memory(err);
    migrated->inner = inner;
    migrated->stages = calloc(chain->n_steps + 1, sizeof(struct stage *));
    if (!migrated->stages)
        return error_memory(err);
    for (size_t i = 0; i < chain->n_steps && status == PD_OK; i++) {
        status = stage_open(migrated_source(migrated), chain->steps[i], options->options[i],
                            options->folder, &migrated->stages[i], err);
        migrated->n_stages += status == PD_OK;
    }
    for (size_t i = 0; i < migrated->n_stages && status == PD_OK; i++)
        status = check_asked(migrated, i, err);
    if (status == PD_OK)
        *ret_migrated = take(migrated);
    return status;
}

static bool
needs_run(const struct stage *stage)
{
    bool needs = stage->planned.n_seen > 0; /* also rows that nothing becomes of */

    for (size_t i = 0; i < stage->planned.after->n_tables && !needs; i++)
        needs = stage->ways[i].needs_run;
    return needs;
}

pd_status
migrated_run(struct migrated *migrated, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < migrated->n_stages && status == PD_OK; i++) {
        struct stage *stage = migrated->stages[i];

        status = stage_prefix(stage, NULL, stage_prove_filled(stage, err), err);
        if (status == PD_OK && needs_run(stage))
            status = stage_run(stage, stage->inner->handle, err);
    }
    if (status == PD_OK && cancel_wanted())
        status = error_fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "interrupted");
    return status;
}

pd_status
migrated_report(struct migrated *migrated, struct report *report, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < migrated->n_stages && status == PD_OK; i++)
        status = stage_report(migrated->stages[i], report, err);
    return status;
}

void
migrated_close(struct migrated *migrated)
{
    if (!migrated)
        return;
    while (migrated->n_stages)
        stage_close(migrated->stages[--migrated->n_stages]);
    free(migrated->stages);
    free(migrated);
}
