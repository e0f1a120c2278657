// SPDX-License-Identifier: Apache-2.0
/* set_aside - rows that the target refuses, and the archive that they go to. */
#include <string.h>

#include <polydump/options.h>

#include "archive/archive.h"
#include "model/schema.h"
#include "plugin/host.h"
#include "run/links.h"
#include "run/parents.h"
#include "run/transfer_inside.h"

/* A stream gives its tables in the order in which they are in it. */
static bool
reads_in_any_order(struct transfer *t)
{
    const struct pd_stats *stats;

    if (strcmp(t->source->engine, archive_plugin.name) != 0)
        return true;
    return t->source->ops->stats && t->source->catalog->n_tables &&
           t->source->ops->stats(t->source->handle, 0, &stats, NULL) == PD_OK;
}

/* A target that cannot be read has the foreign keys of the source, as far as anybody knows. */
pd_status
set_aside_look(struct transfer *t, struct pd_error *err)
{
    const struct pd_source_ops *ops = t->plugin->source;
    struct pd_source *source = NULL;
    const struct pd_catalog *catalog;
    struct pd_catalog *target;
    pd_status status = PD_OK;

    t->linked = t->selection.catalog;
    if (!t->options->rejects || !ops || !transfer_is_in_place(t) ||
        ops->open(host_get(), t->endpoint, &source, NULL) != PD_OK)
        return PD_OK;
    if (ops->catalog(source, &catalog, NULL) == PD_OK) {
        status = schema_adopt(t->arena, catalog, &target, err);
        if (status == PD_OK)
            status = links_catalog(t->arena, t->selection.catalog, target, &t->linked, err);
    }
    ops->close(source);
    return status;
}

pd_status
set_aside_prepare(struct transfer *t, struct pd_error *err)
{
    bool in_place = transfer_is_in_place(t);
    pd_status status =
        rejects_new(t->options, t->lanes.temporary_folder, in_place, &t->rejects, err);

    t->lanes.rejects = t->rejects;
    if (status == PD_OK)
        t->rejects->linked = t->linked;
    if (status == PD_OK && in_place && t->options->rejects && reads_in_any_order(t))
        status = parents_order(t->linked, t->arena, &t->lanes.parents_first, err);
    return status;
}

pd_status
set_aside_lines(void *arg, uint64_t at, void *bytes, size_t size, size_t *ret_size,
                struct pd_error *err)
{
    const struct transfer *t = arg;

    return report_reject_read(t->about, at, bytes, size, ret_size, err);
}

/* An archive of them that is complete, but not in its place before the target is. */
static pd_status
archive_begin(struct transfer *t, struct pd_error *err)
{
    const struct end *end = t->options->rejects;
    struct run_options *options = arena_alloc(t->arena, sizeof *options);
    struct transfer *held = arena_alloc(t->arena, sizeof *held);
    pd_status status = options && held ? PD_OK : error_memory(err);

    if (status == PD_OK)
        status = report_new(&held->own_report, err);
    if (status != PD_OK)
        return status;
    *options = (struct run_options){.jobs = 1, .order = PD_ORDER_KEY, .quiet = true};
    held->source = t->left;
    held->plugin = &end->loaded->plugin;
    held->endpoint = &end->endpoint;
    held->options = options;
    held->report = held->own_report;
    held->about = t->report;
    held->unseen = t->unseen;
    held->lanes.is_silent = true;
    t->set_aside = held;
    status = transfer_begin(held, err);
    return error_prefix(err, status, "--rejects");
}

enum { SHOWN_SQL = 300 /* bytes of a statement */ };

/* SQL behind the rows, which is not run again when those come that are left. */
static pd_status
unseen_note(struct transfer *t, struct pd_error *err)
{
    const struct run_options *options = t->options;
    unsigned long long n_rows = pile_total(t->rejects->pile, PILE_REFUSED);
    size_t n = 0, before = 0;
    const char **list;
    pd_status status = PD_OK;

    while (options->unseen && options->unseen[before])
        before++;
    list = arena_array(t->arena, const char *, before + t->load.n_statements + 1);
    if (!list)
        return error_memory(err);
    for (; n < before; n++)
        list[n] = options->unseen[n];
    for (size_t i = 0; i < t->load.n_statements && status == PD_OK; i++) {
        const struct run_statement *s = &options->statements[i];
        CLEANUP_BUFFER struct buffer line = {0};
        size_t size = strlen(s->statement.sql), cut = size < SHOWN_SQL ? size : SHOWN_SQL;

        if (s->statement.when != PD_AFTER_ROWS)
            continue;
        while (cut < size && ((unsigned char)s->statement.sql[cut] & 0xc0) == 0x80)
            cut--;
        buffer_printf(&line, "%s: %.*s%s", s->step, (int)cut, s->statement.sql,
                      cut < size ? "..." : "");
        list[n] = buffer_string(&line) ? arena_strdup(t->arena, buffer_string(&line)) : NULL;
        if (!list[n])
            return error_memory(err);
        status = report_left_out(
            t->report, false, err, "%llu %s set aside, and %s not see the SQL of %s", n_rows,
            n_rows == 1 ? "row was" : "rows were", n_rows == 1 ? "does" : "do", list[n]);
        n++;
    }
    t->unseen = list;
    return status;
}

pd_status
set_aside_begin(struct transfer *t, struct pd_error *err)
{
    pd_status status;

    if (!t->rejects || !pile_total(t->rejects->pile, PILE_REFUSED))
        return PD_OK;
    status = rejects_report(t->rejects, &t->selection, t->report, err);
    if (status == PD_OK)
        status = rejects_source(t->rejects, &t->selection, t->arena, &t->left, err);
    if (status == PD_OK)
        status = unseen_note(t, err);
    return status == PD_OK ? archive_begin(t, err) : status;
}

pd_status
set_aside_publish(struct transfer *t, struct pd_error *err)
{
    pd_status status;

    if (!t->set_aside)
        return PD_OK;
    t->report->rejects_path = t->options->rejects->endpoint.location;
    status = transfer_finish(t->set_aside, err);
    return error_prefix(err, status,
                        "the target is complete, but the rows that it refused are not set aside");
}

void
set_aside_end(struct transfer *t)
{
    if (t->set_aside) {
        transfer_end(t->set_aside);
        report_free(t->set_aside->own_report);
    }
    rejects_source_close(t->left);
}

/* Rather now than after hours. */
pd_status
set_aside_check(const struct transfer *t, struct pd_error *err)
{
    const struct end *end = t->options->rejects;
    struct pd_sink *sink = NULL;
    pd_status status;

    if (!end)
        return PD_OK;
    status = end->loaded->plugin.sink->open(host_get(), &end->endpoint, &sink, err);
    if (status == PD_OK)
        end->loaded->plugin.sink->close(sink);
    return error_prefix(err, status, "--rejects");
}
