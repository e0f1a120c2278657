// SPDX-License-Identifier: Apache-2.0
/* run - opens sources, keeps the ledger and the report of a run. */
#include "run/run.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "archive/archive.h"
#include "base/file.h"
#include "model/schema.h"
#include "plugin/host.h"

enum { LANES_MAX = 64 /* more readers of one database only wait for each other */ };

pd_status
report_new(struct report **ret_report, struct pd_error *err)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct report *report = arena ? arena_alloc(arena, sizeof *report) : NULL;

    if (!report)
        return error_memory(err);
    report->arena = take(arena);
    report->reject_lines = -1;
    *ret_report = report;
    return PD_OK;
}

void
report_free(struct report *report)
{
    if (!report)
        return;
    if (report->reject_lines >= 0)
        close(report->reject_lines);
    arena_free(report->arena);
}

/* Append a line to a list that doubles in the report's arena. */
static pd_status
report_line(struct report *report, const char ***lines, size_t *n, size_t *room, const char *text,
            struct pd_error *err)
{
    const char **grown;

    if (*n == *room) {
        grown = arena_array(report->arena, const char *, *room * 2 + 16);
        if (!grown)
            return error_memory(err);
        if (*n)
            memcpy(grown, *lines, *n * sizeof *grown);
        *lines = grown;
        *room = *room * 2 + 16;
    }
    (*lines)[*n] = arena_strdup(report->arena, text);
    if (!(*lines)[*n])
        return error_memory(err);
    ++*n;
    return PD_OK;
}

pd_status
report_left_out(struct report *report, bool asked_for, struct pd_error *err, const char *fmt, ...)
{
    const struct report_part part = {.table = PD_NO_TABLE, .asked_for = asked_for};
    char text[ERROR_TEXT_SIZE * 2];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return report_left_out_part(report, &part, text, err);
}

pd_status
report_left_out_part(struct report *report, const struct report_part *part, const char *text,
                     struct pd_error *err)
{
    size_t n = report->n_left_out;
    struct report_part *parts = report->parts;
    bool full = n == report->left_out_room;
    pd_status status = report_line(report, &report->left_out, &report->n_left_out,
                                   &report->left_out_room, text, err);

    if (status != PD_OK)
        return status;
    if (full) {
        parts = arena_array(report->arena, struct report_part, report->left_out_room);
        if (!parts) {
            report->n_left_out = n;
            return error_memory(err);
        }
        if (n)
            memcpy(parts, report->parts, n * sizeof *parts);
        report->parts = parts;
    }
    parts[n] = *part;
    report->n_asked_for += part->asked_for;
    return PD_OK;
}

static bool
is_unmissed(const struct report_part *part)
{
    return part->asked_for && part->is_native;
}

bool
report_left_out_shows(const struct report *report, size_t i)
{
    return !report->parts[i].is_more && !is_unmissed(&report->parts[i]);
}

size_t
report_n_unmissed(const struct report *report)
{
    size_t n = 0;

    for (size_t i = 0; i < report->n_left_out; i++)
        n += !report->parts[i].is_more && is_unmissed(&report->parts[i]);
    return n;
}

void
report_forgive(struct report *report)
{
    for (size_t i = 0; i < report->n_left_out; i++)
        report->parts[i].asked_for = true;
    report->n_asked_for = report->n_left_out;
}

pd_status
report_difference(struct report *report, struct pd_error *err, const char *fmt, ...)
{
    char text[ERROR_TEXT_SIZE * 2];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return report_line(report, &report->differences, &report->n_differences,
                       &report->difference_room, text, err);
}

uint64_t
report_n_found(const struct report *report)
{
    return report->n_differences + report->n_unshown;
}

pd_status
report_note(struct report *report, struct pd_error *err, const char *fmt, ...)
{
    char text[ERROR_TEXT_SIZE * 2];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return report_line(report, &report->notes, &report->n_notes, &report->note_room, text, err);
}

pd_status
report_ran(struct report *report, struct pd_error *err, const char *text)
{
    return report_line(report, &report->ran, &report->n_ran, &report->ran_room, text, err);
}

pd_status
report_reject(struct report *report, const char *text, struct pd_error *err)
{
    return report_line(report, &report->rejects, &report->n_rejects, &report->reject_room, text,
                       err);
}

pd_status
report_reject_lines(struct report *report, struct buffer *lines, struct pd_error *err)
{
    CLEANUP_FD int folder = -1;
    pd_status status = lines->failed ? error_memory(err) : PD_OK;

    if (status == PD_OK && report->reject_lines < 0) {
        status = run_temporary_folder(NULL, &folder, err);
        if (status == PD_OK)
            status = file_temporary(folder, &report->reject_lines, err);
    }
    if (status == PD_OK)
        status = file_write(report->reject_lines, lines->data, lines->size,
                            "temporary file of lines about rejected rows", err);
    if (status == PD_OK)
        report->n_reject_bytes += lines->size;
    buffer_clear(lines);
    return status;
}

pd_status
report_reject_read(const struct report *report, uint64_t at, void *bytes, size_t size,
                   size_t *ret_size, struct pd_error *err)
{
    *ret_size = 0;
    if (report->reject_lines < 0)
        return PD_OK;
    return file_read(report->reject_lines, bytes, size, (int64_t)at, ret_size,
                     "temporary file of lines about rejected rows", err);
}

/* NULL stays NULL, and is no shortage of memory. */
static bool
text_keep(struct report *report, const char **text)
{
    if (!*text)
        return true;
    *text = arena_strdup(report->arena, *text);
    return *text != NULL;
}

pd_status
report_mapped(struct report *report, const struct mapped_column *column, struct pd_error *err)
{
    struct mapped_column kept = *column;

    if (report->n_mapped == report->mapped_room) {
        size_t room = report->mapped_room * 2 + 16;
        struct mapped_column *grown = arena_array(report->arena, struct mapped_column, room);

        if (!grown)
            return error_memory(err);
        if (report->n_mapped)
            memcpy(grown, report->mapped, report->n_mapped * sizeof *grown);
        report->mapped = grown;
        report->mapped_room = room;
    }
    if (!text_keep(report, &kept.table) || !text_keep(report, &kept.column) ||
        !text_keep(report, &kept.native) || !text_keep(report, &kept.reason) ||
        !text_keep(report, &kept.option))
        return error_memory(err);
    report->mapped[report->n_mapped++] = kept;
    return PD_OK;
}

int
report_exit_status(const struct report *report)
{
    if (report->n_differences)
        return 4;
    if (report->rows_rejected || report->n_left_out > report->n_asked_for)
        return 3;
    return 0;
}

pd_status
source_wrap(const struct pd_source_ops *ops, struct pd_source *handle, const char *engine,
            struct opened_source **ret_source, struct pd_error *err)
{
    struct opened_source *source = calloc(1, sizeof *source);
    const struct pd_catalog *catalog;
    pd_status status;

    if (!source || !(source->arena = arena_new())) {
        free(source);
        ops->close(handle);
        return error_memory(err);
    }
    source->ops = ops;
    source->handle = handle;
    source->engine = engine;
    status = ops->catalog(handle, &catalog, err);
    if (status == PD_OK)
        status = schema_adopt(source->arena, catalog, &source->catalog, err);
    if (status != PD_OK) {
        source_close(source);
        return status;
    }
    *ret_source = source;
    return PD_OK;
}

pd_status
source_open(const struct end *end, struct opened_source **ret_source, struct pd_error *err)
{
    const struct pd_source_ops *ops = end->loaded->plugin.source;
    struct pd_source *handle = NULL;
    pd_status status;

    if (!ops)
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE, "'%s': plugin '%s' cannot be read from",
                          url_redacted(end->endpoint.url), end->loaded->plugin.name);
    status = ops->open(host_get(), &end->endpoint, &handle, err);
    if (status != PD_OK)
        return status;
    return source_wrap(ops, handle, end->loaded->plugin.name, ret_source, err);
}

pd_status
source_identify(const struct opened_source *source, char identity[RUN_IDENTITY_SIZE],
                struct pd_error *err)
{
    pd_status status = PD_UNSUPPORTED;

    if (source->ops->identity)
        status = source->ops->identity(source->handle, identity, RUN_IDENTITY_SIZE, err);
    if (status != PD_OK)
        *identity = 0;
    return status == PD_UNSUPPORTED ? PD_OK : status;
}

void
source_continue(const struct opened_source *source, struct run_options *options)
{
    struct archive_identity identity = {0};

    if (strcmp(source->engine, archive_plugin.name) != 0 ||
        archive_identify(source->handle, &identity, NULL) != PD_OK)
        return;
    options->is_left = identity.has_rejects;
    options->unseen = identity.unseen;
}

pd_status
sink_meet(const struct pd_sink_ops *ops, struct pd_sink *sink, const struct run_options *options,
          struct pd_error *err)
{
    char identity[RUN_IDENTITY_SIZE];
    pd_status status = PD_UNSUPPORTED;

    if (ops->identity && options->identity && *options->identity)
        status = ops->identity(sink, identity, sizeof identity, err);
    if (status == PD_OK && strcmp(identity, options->identity) == 0)
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                          "source and target are the same database; name another target");
    return status == PD_UNSUPPORTED ? PD_OK : status;
}

void
source_close(struct opened_source *source)
{
    if (!source)
        return;
    if (source->handle)
        source->ops->close(source->handle);
    arena_free(source->arena);
    free(source);
}

unsigned
run_lanes(const struct run_options *options)
{
    long n = options->jobs ? (long)options->jobs : sysconf(_SC_NPROCESSORS_ONLN);

    if (n < 1)
        return 1;
    return n > LANES_MAX ? LANES_MAX : (unsigned)n;
}

pd_status
run_temporary_folder(const char *path, int *ret_folder, struct pd_error *err)
{
    CLEANUP_FREE char *parent = NULL;
    const char *tmp = getenv("TMPDIR");
    const char *slash;

    if (!path)
        return folder_open(tmp && *tmp == '/' ? tmp : "/tmp", ret_folder, err);
    slash = strrchr(path, '/');
    if (!slash)
        return folder_open(".", ret_folder, err);
    parent = strndup(path, slash == path ? 1 : (size_t)(slash - path));
    if (!parent)
        return error_memory(err);
    return folder_open(parent, ret_folder, err);
}

double
run_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}
