// SPDX-License-Identifier: Apache-2.0
/* transfer - source -> sink: the one pipeline of dump, restore, copy and migrate. */
#include "run/transfer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/archive.h"
#include "base/cancel.h"
#include "base/log.h"
#include "base/progress.h"
#include "model/profile.h"
#include "model/schema.h"
#include "plugin/host.h"
#include "run/lane.h"
#include "run/placement.h"
#include "run/review.h"

struct transfer {
    struct opened_source *source;
    const struct pd_plugin *plugin; /* of the target */
    const struct pd_endpoint *endpoint;
    const struct run_options *options;
    struct report *report;
    const struct pd_sink_ops *ops;
    struct pd_sink *sink;
    bool to_archive;
    struct arena *arena;
    struct selection selection;
    struct placement *places; /* of the selection's tables, once the sink has completed them */
    struct lanes lanes;
};

/* ---- A sink for rows that are only to be read and counted ---- */

/* It has no state, so its handle is any address. */
static pd_status
discard_open(const struct pd_host *host, const struct pd_endpoint *end, struct pd_sink **ret_sink,
             struct pd_error *err)
{
    static char handle;

    *ret_sink = (struct pd_sink *)(void *)&handle;
    return PD_OK;
}

static pd_status
discard_prepare(struct pd_sink *sink, const struct pd_load *load, struct pd_error *err)
{
    return PD_OK;
}

static pd_status
discard_start(struct pd_sink *sink, const struct pd_scan *scan, uint32_t part, struct pd_error *err)
{
    return PD_OK;
}

static pd_status
discard_write(struct pd_sink *sink, const struct pd_batch *batch,
              const struct pd_source_ops *long_ops, struct pd_source *long_source,
              struct pd_rejects *rejects, struct pd_error *err)
{
    return PD_OK;
}

static pd_status
discard_step(struct pd_sink *sink, struct pd_error *err)
{
    return PD_OK;
}

static pd_status
discard_share(struct pd_sink *sink, struct pd_sink **ret_twin, struct pd_error *err)
{
    *ret_twin = sink;
    return PD_OK;
}

static void
discard_close(struct pd_sink *sink)
{
}

static const struct pd_sink_ops discard_sink = {
    .struct_size = sizeof discard_sink,
    .open = discard_open,
    .prepare = discard_prepare,
    .start = discard_start,
    .write = discard_write,
    .end = discard_step,
    .complete = discard_step,
    .finish = discard_step,
    .close = discard_close,
    .share = discard_share,
};

static const struct pd_plugin discard_plugin = {
    .struct_size = sizeof discard_plugin,
    .name = "discard",
    .sink = &discard_sink,
};

/* ---- Before the first row ---- */

static pd_status
ledger_open(struct transfer *t, struct pd_error *err)
{
    const struct pd_catalog *catalog = t->selection.catalog;
    struct report *report = t->report;

    report->n_tables = catalog->n_tables;
    report->tables = arena_array(report->arena, struct ledger_table, catalog->n_tables + 1);
    if (!report->tables)
        return error_memory(err);
    for (size_t i = 0; i < catalog->n_tables; i++) {
        report->tables[i].name =
            arena_strdup(report->arena, schema_table_name(&catalog->tables[i]));
        if (!report->tables[i].name)
            return error_memory(err);
    }
    return PD_OK;
}

/* What an archive knows of its tables, for the mapping of types. */
static pd_status
load_stats(struct transfer *t, const struct pd_stats **ret_stats, struct pd_error *err)
{
    size_t n = t->selection.catalog->n_tables;
    struct pd_stats *stats = arena_array(t->arena, struct pd_stats, n + 1);

    if (!stats)
        return error_memory(err);
    for (size_t i = 0; i < n; i++) {
        const struct pd_stats *known = NULL;
        pd_status status = PD_UNSUPPORTED;

        if (t->source->ops->stats && !t->to_archive)
            status = t->source->ops->stats(t->source->handle, t->selection.origins[i], &known, err);
        if (status != PD_OK && status != PD_UNSUPPORTED)
            return status;
        if (status == PD_OK)
            stats[i] = *known;
    }
    *ret_stats = stats;
    return PD_OK;
}

static pd_status
transfer_prepare(struct transfer *t, struct pd_error *err)
{
    struct pd_load load = {
        .struct_size = sizeof load,
        .catalog = t->selection.catalog,
        .stats_size = sizeof(struct pd_stats),
    };
    pd_status status = load_stats(t, &load.stats, err);

    if (status != PD_OK)
        return status;
    load.flags |= t->selection.native ? PD_LOAD_NATIVE : 0u;
    load.flags |= t->selection.same_engine ? PD_LOAD_SAME_ENGINE : 0u;
    load.flags |= t->options->schema_only ? PD_LOAD_SCHEMA_ONLY : 0u;
    load.flags |= t->options->data_only ? PD_LOAD_DATA_ONLY : 0u;
    return t->ops->prepare(t->sink, &load, err);
}

static void
catalog_set_application(struct transfer *t)
{
    if (t->options->application)
        t->selection.catalog->application = t->options->application;
    if (t->options->application_version)
        t->selection.catalog->application_version = t->options->application_version;
}

/* ---- Rows ---- */

static pd_status
transfer_rows(struct transfer *t, struct pd_error *err)
{
    size_t n = t->selection.catalog->n_tables;
    struct lanes *lanes = &t->lanes;
    bool verify = !t->to_archive && t->options->verify >= 0 && !t->options->schema_only;

    lanes->source_ops = t->source->ops;
    lanes->sink_ops = t->ops;
    lanes->selection = &t->selection;
    lanes->options = t->options;
    lanes->report = t->report;
    lanes->source_facts = t->options->facts >= PD_FACTS_ENGINE;
    lanes->keep_facts = verify;
    lanes->tables = arena_array(t->arena, struct table_state, n + 1);
    lanes->facts = arena_array(t->arena, struct pd_fact *, n + 1);
    lanes->n_facts = arena_array(t->arena, size_t, n + 1);
    if (!lanes->tables || !lanes->facts || !lanes->n_facts)
        return error_memory(err);
    return lanes_run(lanes, t->source->handle, t->sink, run_lanes(t->options), err);
}

static void
lanes_free(struct lanes *lanes, size_t n)
{
    for (size_t i = 0; lanes->tables && i < n; i++) {
        tally_free(lanes->tables[i].tally);
        for (size_t k = 0; lanes->facts && lanes->facts[i] && k < lanes->n_facts[i]; k++)
            free((void *)(uintptr_t)lanes->facts[i][k].text);
        free(lanes->facts ? lanes->facts[i] : NULL);
    }
}

/* ---- After the last row ---- */

static void
ledger_close(struct report *report)
{
    for (size_t i = 0; i < report->n_tables; i++) {
        report->rows_read += report->tables[i].rows_read;
        report->rows_written += report->tables[i].rows_written;
        report->rows_rejected += report->tables[i].rows_rejected;
    }
}

/* The tables as the target has them, beside what went through the pipe. */
static pd_status
review_tables(struct transfer *t, const struct opened_source *target,
              struct review_table **ret_tables, size_t *ret_n, struct pd_error *err)
{
    const struct pd_catalog *catalog = t->selection.catalog;
    struct review_table *tables = arena_array(t->arena, struct review_table, catalog->n_tables + 1);
    size_t n = 0;
    pd_status status = tables ? PD_OK : error_memory(err);

    for (size_t i = 0; i < catalog->n_tables && status == PD_OK; i++) {
        struct review_table *table = &tables[n];

        if (!t->places[i].name)
            continue;
        table->stream = t->lanes.facts[i];
        table->n_stream = t->lanes.n_facts[i];
        status = placement_review(t->arena, &catalog->tables[i], &t->places[i], target->catalog,
                                  t->selection.same_engine, table, err);
        n++;
    }
    *ret_tables = tables;
    *ret_n = n;
    return status;
}

/* Facts that the target's engine computes, against what went through the pipe. */
static pd_status
transfer_verify(struct transfer *t, struct pd_error *err)
{
    CLEANUP(opened_source) struct opened_source *target = NULL;
    int level = t->options->verify ? t->options->verify : PD_FACTS_ENGINE;
    struct review_table *tables = NULL;
    size_t n_tables = 0;
    struct pd_source *handle = NULL;
    pd_status status;

    if (!t->lanes.keep_facts || !t->ops->review)
        return PD_OK;
    progress_phase("verifying");
    status = t->ops->review(t->sink, &handle, err);
    if (status == PD_UNSUPPORTED)
        return PD_OK;
    if (status == PD_OK)
        status = source_wrap(t->plugin->source, handle, t->plugin->name, &target, err);
    if (status == PD_OK)
        status = review_tables(t, target, &tables, &n_tables, err);
    if (status == PD_OK)
        status = review_run(target, tables, n_tables, level, run_lanes(t->options), t->report, err);
    return status;
}

/* What was counted when an archive was written must come out of it again. */
static pd_status
transfer_recount(struct transfer *t, size_t number, struct pd_error *err)
{
    const struct ledger_table *ledger = &t->report->tables[number];
    const struct pd_stats *known;
    struct digest digest;
    char was[33], is[33];
    pd_status status =
        t->source->ops->stats(t->source->handle, t->selection.origins[number], &known, err);

    if (status != PD_OK)
        return status == PD_UNSUPPORTED ? PD_OK : status;
    if (known->n_rows != ledger->rows_read)
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT,
                          "table '%s': %llu rows were written and %llu read", ledger->name,
                          (unsigned long long)known->n_rows, (unsigned long long)ledger->rows_read);
    digest = (struct digest){known->digest_low, known->digest_high};
    digest_text(&digest, was);
    digest_text(&ledger->digest, is);
    if (strcmp(was, is) != 0)
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT,
                          "table '%s': the digest of its rows was %s when they were written and "
                          "is %s now",
                          ledger->name, was, is);
    return PD_OK;
}

static pd_status
transfer_recheck(struct transfer *t, struct pd_error *err)
{
    pd_status status = PD_OK;

    if (t->source->ops->recheck)
        status = t->source->ops->recheck(t->source->handle, err);
    for (size_t i = 0; status == PD_OK && t->source->ops->stats && i < t->report->n_tables; i++)
        if (!t->selection.wheres[i] && !t->options->schema_only)
            status = transfer_recount(t, i, err);
    return status;
}

static pd_status
transfer_left_out(struct transfer *t, struct pd_error *err)
{
    const struct pd_left_out *left;
    pd_status status = PD_OK;

    for (size_t n = 0; t->ops->left_out && status == PD_OK && (left = t->ops->left_out(t->sink, n));
         n++) {
        struct report_part part = select_origin(&t->selection, t->source->catalog, left);

        status = report_left_out_part(t->report, &part, left->text, err);
    }
    return status;
}

/* After complete(): the sink knows all names. */
static pd_status
transfer_places(struct transfer *t, struct pd_error *err)
{
    pd_status status;

    if (t->to_archive)
        return PD_OK;
    status = placements_read(t->arena, t->ops, t->sink, t->selection.catalog, &t->places, err);
    return status == PD_OK
               ? placements_report(t->report, t->source->catalog, &t->selection, t->places, err)
               : status;
}

static pd_status
transfer_identify(struct transfer *t, struct pd_error *err)
{
    struct archive_identity identity = {0};
    pd_status status;

    if (t->ops->open != archive_plugin.sink->open)
        return PD_OK;
    status = archive_sink_identify(t->sink, &identity, err);
    if (status == PD_OK)
        memcpy(t->report->content_id, identity.content_id, sizeof identity.content_id);
    return status == PD_UNSUPPORTED ? PD_OK : status;
}

static pd_status
transfer_close(struct transfer *t, struct pd_error *err)
{
    pd_status status;

    ledger_close(t->report);
    status = transfer_recheck(t, err);
    if (status == PD_OK) {
        progress_phase("finishing");
        status = t->ops->complete(t->sink, err);
    }
    if (status == PD_OK)
        status = transfer_places(t, err);
    if (status == PD_OK)
        status = transfer_verify(t, err);
    if (status == PD_OK && cancel_wanted())
        status = error_fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "interrupted");
    if (status == PD_OK)
        status = t->ops->finish(t->sink, err);
    if (status == PD_OK)
        status = transfer_left_out(t, err);
    return status == PD_OK ? transfer_identify(t, err) : status;
}

/* ---- All of it ---- */

static pd_status
transfer_open(struct transfer *t, struct pd_error *err)
{
    if (!t->plugin->sink)
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE, "'%s': plugin '%s' cannot be written to",
                          url_redacted(t->endpoint->url), t->plugin->name);
    t->ops = t->plugin->sink;
    t->to_archive =
        t->plugin == &discard_plugin || strcmp(t->plugin->name, archive_plugin.name) == 0;
    t->arena = arena_new();
    if (!t->arena)
        return error_memory(err);
    return t->ops->open(host_get(), t->endpoint, &t->sink, err);
}

static pd_status
transfer_all(struct transfer *t, struct pd_error *err)
{
    pd_status status = transfer_open(t, err);

    if (status == PD_OK)
        status = select_tables(t->arena, t->source, t->plugin->name, t->to_archive, t->options,
                               t->report, &t->selection, err);
    if (status == PD_OK)
        status = ledger_open(t, err);
    if (status != PD_OK)
        return status;
    catalog_set_application(t);
    status = transfer_prepare(t, err);
    if (status == PD_OK)
        status = transfer_rows(t, err);
    return status == PD_OK ? transfer_close(t, err) : status;
}

/* Where temporary files may lie: beside a file or folder that is written. */
static const char *
transfer_beside(const struct transfer *t)
{
    const char *location = t->endpoint->location;
    bool is_path = t->options->order == PD_ORDER_KEY && location && strcmp(location, "-") != 0;

    return is_path && t->plugin != &discard_plugin ? location : NULL;
}

static pd_status
transfer_begin(struct transfer *t, struct pd_error *err)
{
    double begun = run_clock();
    pd_status status;

    t->lanes.temporary_folder = -1;
    pthread_mutex_init(&t->lanes.mutex, NULL);
    status = run_temporary_folder(transfer_beside(t), &t->lanes.temporary_folder, err);
    if (status == PD_OK)
        status = transfer_all(t, err);
    if (t->sink)
        t->ops->close(t->sink);
    lanes_free(&t->lanes, t->selection.catalog ? t->selection.catalog->n_tables : 0);
    if (t->lanes.temporary_folder >= 0)
        close(t->lanes.temporary_folder);
    pthread_mutex_destroy(&t->lanes.mutex);
    arena_free(t->arena);
    t->report->seconds = run_clock() - begun;
    return status;
}

pd_status
transfer_run(struct opened_source *source, const struct end *target,
             const struct run_options *options, struct report *report, struct pd_error *err)
{
    struct transfer t = {
        .source = source,
        .plugin = &target->loaded->plugin,
        .endpoint = &target->endpoint,
        .options = options,
        .report = report,
    };

    return transfer_begin(&t, err);
}

pd_status
transfer_check(struct opened_source *source, const struct run_options *options,
               struct report *report, struct pd_error *err)
{
    static const struct pd_endpoint nowhere = {.struct_size = sizeof nowhere, .url = "nowhere"};
    struct transfer t = {
        .source = source,
        .plugin = &discard_plugin,
        .endpoint = &nowhere,
        .options = options,
        .report = report,
    };

    return transfer_begin(&t, err);
}
