// SPDX-License-Identifier: Apache-2.0
// rehearse - rows are read and converted as for columns that are there, and thrown away.
#include "run/rehearse.h"

#include <string.h>

#include "archive/archive.h"
#include "base/progress.h"
#include "run/discard.h"
#include "run/lane.h"

/* An archive that is a stream gives its rows only once, and they are not for this. */
static bool
is_read_once(const struct opened_source *source)
{
    const struct pd_stats *stats;

    return strcmp(source->engine, archive_plugin.name) == 0 && source->catalog->n_tables &&
           (!source->ops->stats || source->ops->stats(source->handle, 0, &stats, NULL) != PD_OK);
}

/* 0: nothing is to be looked for. */
static size_t
columns_count(const struct mapping *mapping, const struct selection *selection)
{
    const struct pd_catalog *catalog = selection->catalog;
    bool has_present = false;
    size_t n = 0;

    for (size_t i = 0; mapping->columns && i < catalog->n_tables; i++) {
        for (size_t k = 0; k < catalog->tables[i].n_columns; k++, n++) {
            const struct pd_mapping *m = mapping_of(mapping, selection, i, k);

            if (m && m->rung == PD_RUNG_REFUSED)
                return 0;
            has_present |= m && m->flags & PD_MAPPING_PRESENT;
        }
    }
    return has_present ? n : 0;
}

static pd_status
lanes_rehearse(struct opened_source *source, const struct selection *selection,
               const struct mapping *mapping, const struct run_options *options,
               struct misfits *misfits, struct pd_error *err)
{
    CLEANUP(report) struct report *report = NULL;
    size_t n = selection->catalog->n_tables;
    struct run_options unsorted = *options;
    struct lanes lanes = {
        .source_ops = source->ops,
        .sink_ops = &discard_sink,
        .selection = selection,
        .mapping = mapping,
        .misfits = misfits,
        .options = &unsorted,
        .is_silent = true,
        .temporary_folder = -1,
    };
    pd_status status = report_new(&report, err);

    if (status != PD_OK)
        return status;
    unsorted.order = PD_ORDER_SOURCE;
    unsorted.facts = 0;
    report->tables = arena_array(misfits->arena, struct ledger_table, n + 1);
    lanes.tables = arena_array(misfits->arena, struct table_state, n + 1);
    if (!report->tables || !lanes.tables)
        return error_memory(err);
    lanes.report = report;
    progress_phase("converting");
    pthread_mutex_init(&lanes.mutex, NULL);
    status = lanes_run(&lanes, source->handle, (struct pd_sink *)(void *)misfits,
                       run_lanes(options), err);
    pthread_mutex_destroy(&lanes.mutex);
    lanes_forget(&lanes, n);
    return status;
}

pd_status
rehearse(struct opened_source *source, const struct selection *selection,
         const struct mapping *mapping, const struct run_options *options, struct arena *arena,
         const struct misfit_count **ret_counts, struct pd_error *err)
{
    struct misfits misfits = {.arena = arena};
    size_t n = columns_count(mapping, selection);
    pd_status status;

    *ret_counts = NULL;
    if (n == 0 || options->schema_only || is_read_once(source))
        return PD_OK;
    misfits.columns = arena_array(arena, struct misfit_count, n + 1);
    if (!misfits.columns)
        return error_memory(err);
    pthread_mutex_init(&misfits.mutex, NULL);
    status = lanes_rehearse(source, selection, mapping, options, &misfits, err);
    pthread_mutex_destroy(&misfits.mutex);
    if (status == PD_OK)
        *ret_counts = misfits.columns;
    return status;
}
