// SPDX-License-Identifier: Apache-2.0
// survey - profiles of tables whose source has none: lanes whose sink keeps nothing but the counts.
#include "run/survey.h"

#include <string.h>

#include "archive/archive.h"
#include "base/progress.h"
#include "model/schema.h"
#include "run/discard.h"
#include "run/lane.h"

struct survey {
    struct selection selection; /* the tables that are wanted */
    uint32_t *numbers;          /* of each of them: in the selection that was given */
    struct pd_stats *stats;     /* of the selection that was given */
    struct arena *arena;
    struct report *report; /* its ledger is nobody's */
    struct lanes lanes;
};

bool
survey_is_possible(const struct opened_source *source)
{
    return strcmp(source->engine, archive_plugin.name) != 0;
}

/* Lanes call it one at a time: each table has one end, but two may end at once. */
static pd_status
survey_seal(struct pd_sink *sink, uint32_t table, const struct pd_stats *stats,
            struct pd_error *err)
{
    struct survey *survey = (struct survey *)(void *)sink;
    size_t n = survey->selection.catalog->tables[table].n_columns;
    struct pd_stats *kept = &survey->stats[survey->numbers[table]];
    struct pd_profile *profiles;

    pthread_mutex_lock(&survey->lanes.mutex);
    profiles = arena_array(survey->arena, struct pd_profile, n + 1);
    pthread_mutex_unlock(&survey->lanes.mutex);
    if (!profiles)
        return error_memory(err);
    for (size_t i = 0; i < n; i++)
        profiles[i] = *PD_AT(struct pd_profile, stats->profiles, stats->profile_size, i);
    *kept = *stats;
    kept->profiles = profiles;
    kept->profile_size = sizeof *profiles;
    kept->facts = NULL;
    kept->n_facts = 0;
    return PD_OK;
}

/* The tables that are wanted as a selection of their own. */
static pd_status
survey_select(struct survey *survey, const struct selection *all, const bool *wanted,
              struct pd_error *err)
{
    size_t n_tables = all->catalog->n_tables;
    uint32_t *origins = arena_array(survey->arena, uint32_t, n_tables + 1);
    const char **wheres = arena_array(survey->arena, const char *, n_tables + 1);
    uint32_t n = 0;

    survey->numbers = arena_array(survey->arena, uint32_t, n_tables + 1);
    if (!origins || !wheres || !survey->numbers)
        return error_memory(err);
    for (uint32_t i = 0; i < n_tables; i++) {
        if (!wanted[i])
            continue;
        origins[n] = all->origins[i];
        wheres[n] = all->wheres[i];
        survey->numbers[n++] = i;
    }
    survey->selection = *all;
    survey->selection.origins = origins;
    survey->selection.wheres = wheres;
    return schema_select(survey->arena, all->catalog, survey->numbers, n,
                         &survey->selection.catalog, err);
}

static pd_status
survey_lanes(struct survey *survey, struct opened_source *source, const struct run_options *options,
             struct pd_error *err)
{
    size_t n = survey->selection.catalog->n_tables;
    struct pd_sink_ops ops = discard_sink;
    struct lanes *lanes = &survey->lanes;
    pd_status status;

    survey->report->tables = arena_array(survey->arena, struct ledger_table, n + 1);
    lanes->tables = arena_array(survey->arena, struct table_state, n + 1);
    if (!survey->report->tables || !lanes->tables)
        return error_memory(err);
    ops.seal = survey_seal;
    lanes->source_ops = source->ops;
    lanes->sink_ops = &ops;
    lanes->selection = &survey->selection;
    lanes->options = options;
    lanes->report = survey->report;
    lanes->is_silent = true;
    lanes->temporary_folder = -1;
    progress_phase("profiling");
    pthread_mutex_init(&lanes->mutex, NULL);
    status =
        lanes_run(lanes, source->handle, (struct pd_sink *)(void *)survey, run_lanes(options), err);
    pthread_mutex_destroy(&lanes->mutex);
    lanes_forget(lanes, n);
    return status;
}

pd_status
survey_run(struct opened_source *source, const struct selection *selection,
           const struct run_options *options, const bool *wanted, struct arena *arena,
           struct pd_stats *stats, struct pd_error *err)
{
    CLEANUP(report) struct report *report = NULL;
    struct survey survey = {.stats = stats, .arena = arena};
    struct run_options unsorted = *options;
    pd_status status = report_new(&report, err);

    unsorted.order = PD_ORDER_SOURCE;
    unsorted.facts = 0;
    survey.report = report;
    if (status == PD_OK)
        status = survey_select(&survey, selection, wanted, err);
    if (status == PD_OK && survey.selection.catalog->n_tables)
        status = survey_lanes(&survey, source, &unsorted, err);
    return status;
}
