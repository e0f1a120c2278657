// SPDX-License-Identifier: Apache-2.0
// plan - what a copy would make of each column: all tables are read once for their profiles, the
// sink is asked, and closed again before anything is made.
#include "run/plan.h"

#include <string.h>

#include <polydump/options.h>

#include "archive/archive.h"
#include "base/buffer.h"
#include "model/kind.h"
#include "model/schema.h"
#include "plugin/host.h"
#include "run/computed.h"
#include "run/left.h"
#include "run/mapping.h"
#include "run/recognise.h"
#include "run/rehearse.h"
#include "run/ruled.h"
#include "run/rules.h"
#include "run/statements.h"
#include "run/survey.h"
#include "run/value_advice.h"

struct planning {
    struct opened_source *source;
    struct ruled *ruled;            /* what source is, with rules for values; NULL: without */
    const struct pd_plugin *plugin; /* of the target */
    const struct pd_endpoint *endpoint;
    struct run_options options;
    struct report *report;
    struct pd_sink *sink;
    struct arena *arena;
    struct selection selection;
    struct pd_stats *stats; /* one a table */
    struct mapping mapping;
    const struct misfit_count *misfits; /* as mapping.columns; NULL: nothing was looked for */
    struct plan *plan;
};

/* ---- Profiles ---- */

static pd_status
stats_known(struct planning *p, struct pd_error *err)
{
    p->stats = arena_array(p->arena, struct pd_stats, p->selection.catalog->n_tables + 1);
    if (!p->stats)
        return error_memory(err);
    for (size_t i = 0; i < p->selection.catalog->n_tables; i++) {
        const struct pd_source_ops *ops = p->source->ops;
        const struct pd_stats *known = NULL;
        pd_status status = PD_UNSUPPORTED;

        if (ops->stats)
            status = ops->stats(p->source->handle, p->selection.origins[i], &known, err);
        if (status != PD_OK && status != PD_UNSUPPORTED)
            return status;
        if (status == PD_OK)
            p->stats[i] = *known;
    }
    return PD_OK;
}

/* Of all tables, but those of a stream that can be read only once. *ret_any: some were read. */
static pd_status
stats_take(struct planning *p, bool *ret_any, struct pd_error *err)
{
    size_t n = p->selection.catalog->n_tables;
    bool *wanted = arena_array(p->arena, bool, n + 1);

    *ret_any = false;
    if (!wanted)
        return error_memory(err);
    if (p->options.schema_only || !survey_is_possible(p->source))
        return PD_OK;
    for (size_t i = 0; i < n; i++) {
        wanted[i] = !p->stats[i].profiles;
        *ret_any |= wanted[i];
    }
    return *ret_any
               ? survey_run(p->source, &p->selection, &p->options, wanted, p->arena, p->stats, err)
               : PD_OK;
}

/* ---- The plan ---- */

static const char *
type_text(struct arena *arena, const struct pd_type *type)
{
    const char *name = kind_name(type->kind);

    if (type->kind == PD_KIND_DECIMAL && type->precision > 0)
        return arena_printf(arena, "%s(%d,%d)", name, type->precision, type->scale);
    if (type->length)
        return arena_printf(arena, "%s(%llu)", name, (unsigned long long)type->length);
    if (type->kind == PD_KIND_OPAQUE && type->native_name)
        return arena_printf(arena, "%s", type->native_name);
    return name;
}

static void
column_count(struct plan_column *to, const struct pd_stats *stats, size_t column)
{
    const struct pd_profile *profile;

    if (!stats->profiles)
        return;
    profile = PD_AT(struct pd_profile, stats->profiles, stats->profile_size, column);
    to->is_known = true;
    to->n_values =
        profile->n_ints + profile->n_reals + profile->n_texts + profile->n_blobs + profile->n_plain;
    to->n_odd = profile->n_outliers;
    /* Outliers that are of no storage class are counted nowhere else. */
    if (stats->n_rows >= profile->n_nulls)
        to->n_values = stats->n_rows - profile->n_nulls;
}

/* NULL stays NULL. */
static bool
text_keep(struct arena *arena, const char *from, const char **to)
{
    *to = arena_strdup(arena, from);
    return *to || !from;
}

static bool
column_plan(struct planning *p, size_t table, size_t column, struct plan_column *to)
{
    const struct pd_column *c = &p->selection.catalog->tables[table].columns[column];
    const struct pd_mapping *m = mapping_of(&p->mapping, &p->selection, table, column);
    struct arena *arena = p->report->arena;
    const char *neutral = type_text(arena, &c->type);

    if (!neutral || !text_keep(arena, c->name, &to->name) ||
        !text_keep(arena, neutral, &to->neutral) ||
        !text_keep(arena, c->native && *c->native ? c->native : neutral, &to->type))
        return false;
    column_count(to, &p->stats[table], column);
    if (m &&
        (!text_keep(arena, m->native, &to->native) || !text_keep(arena, m->reason, &to->reason) ||
         !text_keep(arena, m->option, &to->option)))
        return false;
    to->rung = m ? m->rung : (unsigned)PD_RUNG_NATIVE;
    if (m && p->misfits) {
        const struct misfit_count *count = &p->misfits[p->mapping.first[table] + column];

        to->n_misfits = count->n;
        p->plan->n_misfits += count->n;
        return text_keep(arena, count->first, &to->misfit);
    }
    return true;
}

/* Columns without a place of their own in the target are not in the plan. */
static bool
is_planned(const struct planning *p, const struct pd_column *column)
{
    return schema_column_travels(column) && !(column->flags & PD_COLUMN_DROPPED) &&
           (p->selection.same_engine || !(column->flags & PD_COLUMN_PASSENGER));
}

static bool
table_plan(struct planning *p, size_t number, struct plan_table *to)
{
    const struct pd_table *table = &p->selection.catalog->tables[number];
    struct arena *arena = p->report->arena;

    to->name = arena_strdup(arena, schema_table_name(table));
    to->columns = arena_array(arena, struct plan_column, table->n_columns + 1);
    to->is_known = p->stats[number].profiles != NULL;
    to->n_rows = p->stats[number].n_rows;
    if (!to->name || !to->columns)
        return false;
    for (size_t i = 0; i < table->n_columns; i++) {
        struct plan_column *column = &to->columns[to->n_columns];

        if (!is_planned(p, &table->columns[i]))
            continue;
        if (!column_plan(p, number, i, column))
            return false;
        p->plan->n_columns[column->rung]++;
        to->n_columns++;
    }
    return true;
}

static pd_status
plan_make(struct planning *p, struct pd_error *err)
{
    size_t n = p->selection.catalog->n_tables;
    struct arena *arena = p->report->arena;

    p->plan = arena_alloc(arena, sizeof *p->plan);
    if (!p->plan || !(p->plan->tables = arena_array(arena, struct plan_table, n + 1)))
        return error_memory(err);
    for (size_t i = 0; i < n; i++) {
        if (!table_plan(p, i, &p->plan->tables[i]))
            return error_memory(err);
    }
    p->plan->n_tables = n;
    return PD_OK;
}

/* ---- All of it ---- */

/* Columns that can be stored may still be too many for a row, or have names that cannot be. */
static pd_status
tables_judge(struct planning *p, struct pd_load *load, struct pd_error *err)
{
    struct mapping mapping;
    pd_status status;

    load->flags |= PD_LOAD_PLAN;
    status = mapping_ask(p->plugin->sink, p->sink, &p->selection, load, p->arena, &mapping, err);
    if (status != PD_FAILED)
        return status;
    p->plan->refusal = arena_strdup(p->report->arena, err->text);
    return p->plan->refusal ? PD_OK : error_memory(err);
}

/* What became known since the sink answered may change its answer. */
static pd_status
mapping_settle(struct planning *p, const struct pd_load *load, struct pd_error *err)
{
    bool again = true;
    pd_status status = PD_OK;

    while (status == PD_OK && again) {
        status =
            mapping_ask(p->plugin->sink, p->sink, &p->selection, load, p->arena, &p->mapping, err);
        if (status == PD_OK)
            status = stats_take(p, &again, err);
        /* What values are stored as decides what can be computed of them. */
        if (status == PD_OK && !again)
            status = computed_take(p->source, &p->mapping, p->arena, &p->selection, p->stats,
                                   p->report, /* is_plan= */ true, &again, err);
    }
    return status;
}

static pd_status
planning_ask(struct planning *p, struct pd_error *err)
{
    const struct pd_left_out *left;
    struct pd_load load = {
        .struct_size = sizeof load,
        .catalog = p->selection.catalog,
        .stats = p->stats,
        .stats_size = sizeof *p->stats,
    };
    pd_status status;

    load.flags |= p->selection.native ? PD_LOAD_NATIVE : 0u;
    load.flags |= p->selection.same_engine ? PD_LOAD_SAME_ENGINE : 0u;
    load.flags |= p->options.schema_only ? PD_LOAD_SCHEMA_ONLY : 0u;
    load.flags |= p->options.data_only ? PD_LOAD_DATA_ONLY : 0u;
    status = statements_load(&p->options, &load, p->report, err);
    if (status == PD_OK)
        status = select_emptied(p->arena, &p->options, &p->selection, &load.emptied, err);
    if (status == PD_OK)
        status = mapping_settle(p, &load, err);
    if (status == PD_OK && p->mapping.columns)
        status = rules_apply(&p->options, &p->selection, p->arena, &p->mapping, err);
    if (status == PD_OK)
        status = ruled_settle(p->ruled, &p->selection, &p->mapping, err);
    if (status == PD_OK)
        status = value_advice(&p->selection, p->stats, /* with_counts= */ false, p->arena,
                              &p->mapping, err);
    if (status == PD_OK)
        status = rehearse(p->source, &p->selection, &p->mapping, &p->options, p->arena, &p->misfits,
                          err);
    if (status == PD_OK)
        status = plan_make(p, err);
    if (status == PD_OK && p->plan->n_columns[PD_RUNG_REFUSED] == 0)
        status = tables_judge(p, &load, err);
    for (size_t n = 0; status == PD_OK; n++) {
        status = left_next(p->plugin, p->sink, p->selection.catalog, n, &left, err);
        if (status == PD_OK)
            status = report_left_out(p->report, false, err, "%s", left->text);
    }
    return status == PD_DONE ? PD_OK : status;
}

static bool
is_in_place(const struct planning *p)
{
    const struct pd_load load = {.flags = p->options.data_only ? PD_LOAD_DATA_ONLY : 0u};

    return pd_load_is_in_place(&load, pd_option_into(host_get(), p->endpoint->options));
}

static pd_status
planning_all(struct planning *p, struct pd_error *err)
{
    bool to_archive = strcmp(p->plugin->name, archive_plugin.name) == 0;
    bool is_present = false;
    pd_status status;

    p->arena = arena_new();
    if (!p->arena)
        return error_memory(err);
    status = p->plugin->sink->open(host_get(), p->endpoint, &p->sink, err);
    if (status == PD_OK)
        status = sink_meet(p->plugin->sink, p->sink, &p->options, err);
    if (status == PD_OK && !to_archive)
        status = recognise_able(p->plugin, &p->options, err);
    if (status == PD_OK && !to_archive)
        status = recognise(p->source, p->plugin, p->endpoint, p->sink, &p->options, p->arena,
                           &is_present, err);
    p->options.data_only |= is_present;
    if (status == PD_OK)
        status = ruled_for(p->source, p->plugin, p->endpoint, &p->options, &p->ruled, err);
    if (p->ruled)
        p->source = ruled_source(p->ruled);
    if (status == PD_OK)
        status = select_tables(p->arena, p->source, p->plugin->name, to_archive, &p->options,
                               p->report, &p->selection, err);
    if (status == PD_OK)
        status = rules_mark(&p->options, is_in_place(p), p->arena, &p->selection, err);
    if (status == PD_OK)
        status = stats_known(p, err);
    if (status == PD_OK)
        status = planning_ask(p, err);
    /* Of a stream no row was read. */
    if (status == PD_OK && survey_is_possible(p->source))
        status = ruled_report(p->ruled, /* would= */ true, p->report, err);
    return status;
}

pd_status
plan_run(struct opened_source *source, const struct end *target, const struct run_options *options,
         struct report *report, struct plan **ret_plan, struct pd_error *err)
{
    struct planning p = {
        .source = source,
        .plugin = &target->loaded->plugin,
        .endpoint = &target->endpoint,
        .options = *options,
        .report = report,
    };
    double begun = run_clock();
    pd_status status;

    if (!p.plugin->sink)
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE, "'%s': plugin '%s' cannot be written to",
                          url_redacted(p.endpoint->url), p.plugin->name);
    /* Said by nobody: they are listed, which is what a plan is for. */
    if (p.options.native == RUN_NATIVE_UNSAID)
        p.options.native = RUN_NATIVE_NO;
    status = planning_all(&p, err);
    if (p.sink)
        p.plugin->sink->close(p.sink);
    ruled_close(p.ruled);
    arena_free(p.arena);
    report->seconds = run_clock() - begun;
    if (status == PD_OK)
        *ret_plan = p.plan;
    return status;
}
