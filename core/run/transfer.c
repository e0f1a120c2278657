// SPDX-License-Identifier: Apache-2.0
/* transfer - source -> sink: the one pipeline of dump, restore, copy and migrate. */
#include "run/transfer_inside.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <polydump/options.h>

#include "archive/archive.h"
#include "base/cancel.h"
#include "base/log.h"
#include "base/progress.h"
#include "model/profile.h"
#include "model/schema.h"
#include "plugin/host.h"
#include "run/computed.h"
#include "run/discard.h"
#include "run/left.h"
#include "run/placement.h"
#include "run/recognise.h"
#include "run/rejects.h"
#include "run/review.h"
#include "run/ruled.h"
#include "run/rules.h"
#include "run/statements.h"
#include "run/survey.h"
#include "run/turns.h"
#include "run/value_advice.h"

bool
transfer_is_in_place(const struct transfer *t)
{
    return pd_load_is_in_place(&t->load, pd_option_into(host_get(), t->endpoint->options));
}

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
load_stats(struct transfer *t, struct pd_error *err)
{
    size_t n = t->selection.catalog->n_tables;

    t->stats = arena_array(t->arena, struct pd_stats, n + 1);
    if (!t->stats)
        return error_memory(err);
    for (size_t i = 0; i < n; i++) {
        const struct pd_stats *known = NULL;
        pd_status status = PD_UNSUPPORTED;

        if (t->source->ops->stats && !t->to_archive)
            status = t->source->ops->stats(t->source->handle, t->selection.origins[i], &known, err);
        if (status != PD_OK && status != PD_UNSUPPORTED)
            return status;
        if (status == PD_OK)
            t->stats[i] = *known;
    }
    return PD_OK;
}

static pd_status
load_make(struct transfer *t, struct pd_error *err)
{
    const uint8_t *emptied = NULL;
    pd_status status = load_stats(t, err);

    if (status == PD_OK)
        status = select_emptied(t->arena, t->options, &t->selection, &emptied, err);
    t->load = (struct pd_load){
        .struct_size = sizeof t->load,
        .catalog = t->selection.catalog,
        .stats = t->stats,
        .stats_size = sizeof *t->stats,
        .emptied = emptied,
    };
    t->load.flags |= t->selection.native ? PD_LOAD_NATIVE : 0u;
    t->load.flags |= t->selection.same_engine ? PD_LOAD_SAME_ENGINE : 0u;
    t->load.flags |= t->options->schema_only ? PD_LOAD_SCHEMA_ONLY : 0u;
    t->load.flags |= t->options->data_only ? PD_LOAD_DATA_ONLY : 0u;
    t->load.flags |= t->options->rejects ? PD_LOAD_REJECTS : 0u;
    return status == PD_OK ? statements_load(t->options, &t->load, t->report, err) : status;
}

/* Tables whose types depend on values that nobody has looked at are scanned once before. */
static pd_status
transfer_survey(struct transfer *t, bool *ret_any, struct pd_error *err)
{
    size_t n = t->selection.catalog->n_tables, n_wanted = 0;
    bool *wanted = arena_array(t->arena, bool, n + 1);
    pd_status status;

    *ret_any = false;
    if (!wanted)
        return error_memory(err);
    for (size_t i = 0; i < n; i++) {
        wanted[i] = !t->stats[i].profiles && mapping_is_guess(&t->mapping, &t->selection, i);
        n_wanted += wanted[i];
    }
    if (n_wanted == 0 || t->options->schema_only)
        return PD_OK;
    if (!survey_is_possible(t->source)) {
        log_info("types of %zu %s are chosen by declarations alone, since a stream is read only "
                 "once; a value that does not fit stops the run",
                 n_wanted, n_wanted == 1 ? "table" : "tables");
        return PD_OK;
    }
    *ret_any = true;
    status = survey_run(t->source, &t->selection, t->options, wanted, t->arena, t->stats, err);
    for (size_t i = 0; t->surveyed && i < n; i++)
        wanted[i] |= t->surveyed[i];
    t->surveyed = wanted;
    return status;
}

/* What became known since the sink answered may change its answer. */
static pd_status
transfer_ask(struct transfer *t, bool *ret_again, struct pd_error *err)
{
    pd_status status =
        mapping_ask(t->ops, t->sink, &t->selection, &t->load, t->arena, &t->mapping, err);

    *ret_again = false;
    if (status == PD_OK && t->mapping.columns)
        status = transfer_survey(t, ret_again, err);
    /* What values are stored as decides what can be computed of them. */
    if (status == PD_OK && !*ret_again)
        status = computed_take(t->source, &t->mapping, t->arena, &t->selection, t->stats, t->report,
                               /* is_plan= */ false, ret_again, err);
    return status;
}

static pd_status
transfer_map(struct transfer *t, struct pd_error *err)
{
    bool again = true;
    pd_status status = PD_OK;

    if (t->to_archive)
        return PD_OK;
    while (status == PD_OK && again)
        status = transfer_ask(t, &again, err);
    if (status == PD_OK)
        status = rules_apply(t->options, &t->selection, t->arena, &t->mapping, err);
    if (status == PD_OK)
        status = value_advice(&t->selection, t->stats, /* with_counts= */ true, t->arena,
                              &t->mapping, err);
    if (status == PD_OK)
        status = mapping_refuse(&t->mapping, &t->selection, err);
    if (status == PD_OK)
        status = mapping_report(&t->mapping, &t->selection, t->report, err);
    return status;
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
    pd_status status = PD_OK;

    lanes->source_ops = t->source->ops;
    lanes->sink_ops = t->ops;
    lanes->selection = &t->selection;
    lanes->mapping = t->mapping.columns ? &t->mapping : NULL;
    lanes->options = t->options;
    lanes->report = t->report;
    lanes->source_facts = t->options->facts >= PD_FACTS_ENGINE;
    lanes->keep_facts = verify;
    lanes->may_carry = pd_option_is(host_get(), t->endpoint->options, "misfit", "stop") &&
                       !transfer_is_in_place(t);
    lanes->tables = arena_array(t->arena, struct table_state, n + 1);
    lanes->facts = arena_array(t->arena, struct pd_fact *, n + 1);
    lanes->n_facts = arena_array(t->arena, size_t, n + 1);
    if (!lanes->tables || !lanes->facts || !lanes->n_facts)
        return error_memory(err);
    lanes->order =
        turns_order(t->selection.catalog, t->stats, t->to_archive ? TURNS_LARGE : 0, t->arena);
    if (!lanes->order)
        return error_memory(err);
    if (!t->to_archive)
        lanes->whole_rows = turns_whole(t->selection.catalog, t->stats, run_lanes(t->options));
    if (status == PD_OK && !t->to_archive)
        status = set_aside_prepare(t, err);
    return status == PD_OK
               ? lanes_run(lanes, t->source->handle, t->sink, run_lanes(t->options), err)
               : status;
}

static void
lanes_free(struct lanes *lanes, size_t n)
{
    lanes_forget(lanes, n);
    for (size_t i = 0; lanes->facts && i < n; i++) {
        for (size_t k = 0; lanes->facts[i] && k < lanes->n_facts[i]; k++)
            free((void *)(uintptr_t)lanes->facts[i][k].text);
        free(lanes->facts[i]);
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
        report->rows_updated += report->tables[i].rows_updated;
        report->rows_skipped += report->tables[i].rows_skipped;
    }
}

/* What the target did with rows whose key was there; what it tells must be all that it took. */
static pd_status
transfer_outcome(struct transfer *t, uint32_t table, struct pd_error *err)
{
    struct ledger_table *ledger = &t->report->tables[table];
    struct pd_outcome outcome = {.struct_size = sizeof outcome};
    pd_status status = t->ops->outcome(t->sink, table, &outcome, err);

    if (status != PD_OK)
        return status == PD_UNSUPPORTED ? PD_OK : status;
    if (outcome.n_added + outcome.n_updated + outcome.n_skipped != ledger->rows_written)
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG,
                          "table '%s': the target took %llu rows, and tells of %llu that were "
                          "added, %llu updated and %llu skipped",
                          ledger->name, (unsigned long long)ledger->rows_written,
                          (unsigned long long)outcome.n_added,
                          (unsigned long long)outcome.n_updated,
                          (unsigned long long)outcome.n_skipped);
    ledger->rows_updated = outcome.n_updated;
    ledger->rows_skipped = outcome.n_skipped;
    ledger->rows_written -= outcome.n_skipped;
    return PD_OK;
}

static pd_status
transfer_outcomes(struct transfer *t, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (uint32_t i = 0; t->ops->outcome && status == PD_OK && i < t->report->n_tables; i++)
        status = transfer_outcome(t, i, err);
    return status;
}

/* With the types under which its rows were written. */
static const struct pd_table *
written_table(const struct transfer *t, size_t number)
{
    return t->mapping.columns ? &t->mapping.tables[number] : &t->selection.catalog->tables[number];
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
        status = placement_review(t->arena, written_table(t, i), &t->places[i], target->catalog,
                                  t->selection.same_engine && !transfer_is_in_place(t), table, err);
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
    const struct review_crew crew = {run_lanes(t->options), t->sink, t->ops};
    struct review_table *tables = NULL;
    size_t n_tables = 0;
    struct pd_source *handle = NULL;
    pd_status status;

    if (!t->lanes.keep_facts)
        return PD_OK;
    progress_phase("verifying");
    status = t->ops->review ? t->ops->review(t->sink, &handle, err) : PD_UNSUPPORTED;
    t->report->is_believed =
        status == PD_UNSUPPORTED || !t->plugin->source || !t->plugin->source->facts;
    if (status == PD_UNSUPPORTED)
        return PD_OK;
    if (status == PD_OK)
        status = source_wrap(t->plugin->source, handle, t->plugin->name, &target, err);
    if (status == PD_OK)
        status = review_tables(t, target, &tables, &n_tables, err);
    if (status == PD_OK)
        status = review_run(target, tables, n_tables, level, &crew, t->report, err);
    return status == PD_OK ? PD_OK : statements_blame(&t->load, status, err);
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

/* What was scanned for its profile must be what was copied. */
static pd_status
survey_recheck(struct transfer *t, size_t number, struct pd_error *err)
{
    const struct ledger_table *ledger = &t->report->tables[number];
    const struct pd_stats *known = &t->stats[number];

    if (known->n_rows == ledger->rows_read && known->digest_low == ledger->digest.low &&
        known->digest_high == ledger->digest.high)
        return PD_OK;
    return error_fail(err, PD_FATAL, PD_CAUSE_CHANGED,
                      "table '%s': the rows that were profiled (%llu) are not those that were "
                      "copied (%llu); the source changed while it was read",
                      ledger->name, (unsigned long long)known->n_rows,
                      (unsigned long long)ledger->rows_read);
}

static pd_status
transfer_recheck(struct transfer *t, struct pd_error *err)
{
    pd_status status = PD_OK;

    if (t->source->ops->recheck)
        status = t->source->ops->recheck(t->source->handle, err);
    for (size_t i = 0; status == PD_OK && t->surveyed && i < t->report->n_tables; i++)
        if (t->surveyed[i])
            status = survey_recheck(t, i, err);
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

    for (size_t n = 0; status == PD_OK; n++) {
        struct report_part part;

        status = left_next(t->plugin, t->sink, t->selection.catalog, n, &left, err);
        if (status != PD_OK)
            break;
        part = select_origin(&t->selection, t->source->catalog, left);
        if (t->options->only && select_is_foreign(t->selection.catalog, left))
            continue;
        part.is_native =
            PD_HAS(struct pd_left_out, left, flags) && left->flags & PD_LEFT_OUT_NATIVE;
        part.is_broken =
            PD_HAS(struct pd_left_out, left, flags) && left->flags & PD_LEFT_OUT_BROKEN;
        part.asked_for = part.is_native && t->options->native == RUN_NATIVE_NO;
        status = report_left_out_part(t->report, &part, left->text, err);
    }
    return status == PD_DONE ? PD_OK : status;
}

/* After complete(): the sink knows all names. */
static pd_status
transfer_places(struct transfer *t, struct pd_error *err)
{
    pd_status status;

    if (t->to_archive)
        return PD_OK;
    status = placements_read(t->arena, t->ops, t->sink, t->selection.catalog, &t->places, err);
    if (status == PD_OK && transfer_is_in_place(t))
        placements_tell(t->selection.catalog, t->places);
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

/* ---- The end ---- */

/* All but the last step, which puts it in its place. */
static pd_status
transfer_close(struct transfer *t, struct pd_error *err)
{
    pd_status status;

    status = transfer_recheck(t, err);
    if (status == PD_OK)
        status = set_aside_begin(t, err);
    if (status == PD_OK && t->about)
        status = archive_sink_rejects(t->sink, set_aside_lines, t, t->unseen, err);
    if (status == PD_OK) {
        progress_phase("finishing");
        status = t->ops->complete(t->sink, err);
    }
    if (status == PD_OK)
        status = transfer_outcomes(t, err);
    if (status != PD_OK)
        return status;
    ledger_close(t->report);
    status = transfer_places(t, err);
    if (status == PD_OK)
        status = transfer_verify(t, err);
    /* What they change went through nowhere, and is verified by nobody. */
    if (status == PD_OK)
        status = statements_run(&t->load, PD_AFTER_ROWS, t->ops, t->sink, t->report, err);
    if (status == PD_OK && cancel_wanted())
        status = error_fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "interrupted");
    return status;
}

pd_status
transfer_finish(struct transfer *t, struct pd_error *err)
{
    pd_status status = t->ops->finish(t->sink, err);

    if (status == PD_OK)
        status = set_aside_publish(t, err);
    if (status == PD_OK)
        status = transfer_left_out(t, err);
    return status == PD_OK ? transfer_identify(t, err) : status;
}

/* ---- All of it ---- */

static pd_status
transfer_open(struct transfer *t, struct pd_error *err)
{
    pd_status status;

    if (!t->plugin->sink)
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE, "'%s': plugin '%s' cannot be written to",
                          url_redacted(t->endpoint->url), t->plugin->name);
    t->ops = t->plugin->sink;
    t->to_archive =
        t->plugin == &discard_plugin || strcmp(t->plugin->name, archive_plugin.name) == 0;
    t->arena = arena_new();
    if (!t->arena)
        return error_memory(err);
    status = t->ops->open(host_get(), t->endpoint, &t->sink, err);
    return status == PD_OK ? sink_meet(t->ops, t->sink, t->options, err) : status;
}

static pd_status
transfer_recognise(struct transfer *t, struct pd_error *err)
{
    bool is_present = false;
    pd_status status;

    if (t->to_archive)
        return PD_OK;
    status = recognise_able(t->plugin, t->options, err);
    if (status != PD_OK)
        return status;
    status = recognise(t->source, t->plugin, t->endpoint, t->sink, t->options, t->arena,
                       &is_present, err);
    if (status != PD_OK || !is_present)
        return status;
    report_forgive(t->report);
    t->present = *t->options;
    t->present.data_only = true;
    t->options = &t->present;
    return PD_OK;
}

/* From here on values are as the user's rules for them say. */
static pd_status
transfer_rule(struct transfer *t, struct pd_error *err)
{
    pd_status status = ruled_for(t->source, t->plugin, t->endpoint, t->options, &t->ruled, err);

    if (t->ruled)
        t->source = ruled_source(t->ruled);
    return status;
}

static pd_status
transfer_all(struct transfer *t, struct pd_error *err)
{
    pd_status status = set_aside_check(t, err);

    if (status == PD_OK)
        status = transfer_open(t, err);
    if (status == PD_OK)
        status = transfer_recognise(t, err);
    if (status == PD_OK)
        status = transfer_rule(t, err);
    if (status == PD_OK)
        status = select_tables(t->arena, t->source, t->plugin->name, t->to_archive, t->options,
                               t->report, &t->selection, err);
    if (status == PD_OK)
        status = ledger_open(t, err);
    if (status != PD_OK)
        return status;
    catalog_set_application(t);
    status = load_make(t, err);
    if (status == PD_OK)
        status = rules_mark(t->options, transfer_is_in_place(t), t->arena, &t->selection, err);
    if (status == PD_OK)
        status = transfer_map(t, err);
    if (status == PD_OK)
        status = ruled_settle(t->ruled, &t->selection, &t->mapping, err);
    if (status == PD_OK)
        status = set_aside_look(t, err);
    if (status == PD_OK)
        status = t->ops->prepare(t->sink, &t->load, err);
    if (status == PD_OK)
        status = statements_run(&t->load, PD_BEFORE_ROWS, t->ops, t->sink, t->report, err);
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

pd_status
transfer_begin(struct transfer *t, struct pd_error *err)
{
    pd_status status;

    t->begun = run_clock();
    t->lanes.temporary_folder = -1;
    pthread_mutex_init(&t->lanes.mutex, NULL);
    status = run_temporary_folder(transfer_beside(t), &t->lanes.temporary_folder, err);
    return status == PD_OK ? transfer_all(t, err) : status;
}

void
transfer_end(struct transfer *t)
{
    set_aside_end(t);
    if (t->sink)
        t->ops->close(t->sink);
    lanes_free(&t->lanes, t->selection.catalog ? t->selection.catalog->n_tables : 0);
    rejects_free(t->rejects);
    if (t->lanes.temporary_folder >= 0)
        close(t->lanes.temporary_folder);
    pthread_mutex_destroy(&t->lanes.mutex);
    ruled_close(t->ruled);
    arena_free(t->arena);
    t->report->seconds = run_clock() - t->begun;
}

static pd_status
transfer_run_whole(struct transfer *t, struct pd_error *err)
{
    pd_status status = transfer_begin(t, err);

    if (status == PD_OK)
        status = transfer_finish(t, err);
    if (status == PD_OK)
        status = ruled_report(t->ruled, /* would= */ false, t->report, err);
    else
        status = ruled_blame(t->ruled, status, err);
    transfer_end(t);
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

    return transfer_run_whole(&t, err);
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

    return transfer_run_whole(&t, err);
}
