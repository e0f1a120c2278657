// SPDX-License-Identifier: Apache-2.0
/* ddt - the double dump test. */
#include "run/ddt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/progress.h"
#include "base/temporary.h"
#include "run/compare_facts.h"
#include "run/ddt_bytes.h"
#include "run/diff.h"
#include "run/like.h"
#include "run/scratch.h"
#include "run/transfer.h"

struct ddt {
    const struct run_options *options;
    struct report *report; /* of dump a, and of all that is found */
    struct report *restored;
    struct report *second;      /* of dump b */
    struct temporary temporary; /* without --keep */
    const char *folder;
    char *a;
    char *b;
    struct scratch scratch;
    struct arena *arena;
    struct facts_kept *computed; /* by the source, which the archive has not; NULL: nothing */
};

/* An archive that is open. */
struct opened_archive {
    struct end *end;
    struct opened_source *source;
};

static char *text_printf(const char *fmt, ...) PD_PRINTF(1, 2);

static char *
text_printf(const char *fmt, ...)
{
    char *text = NULL;
    va_list args;

    va_start(args, fmt);
    if (vasprintf(&text, fmt, args) < 0)
        text = NULL;
    va_end(args);
    return text;
}

/* ---- The folder ---- */

static pd_status
folder_make(struct ddt *ddt, const char *keep, struct pd_error *err)
{
    pd_status status = PD_OK;

    if (!keep)
        status = temporary_make("ddt", &ddt->temporary, err);
    else if (mkdir(keep, 0700) != 0)
        status = error_errno(err, PD_FATAL, errno,
                             "cannot make the folder '%s' of --keep; it must be new", keep);
    ddt->folder = keep ? keep : ddt->temporary.path;
    return status;
}

static void
folder_clean(struct ddt *ddt, const char *keep)
{
    char *file = text_printf("%s/scratch.db", ddt->folder);

    if (!keep)
        temporary_remove(&ddt->temporary);
    else if (file)
        remove(file);
    free(file);
}

static pd_status
ddt_names(struct ddt *ddt, struct pd_error *err)
{
    ddt->a = text_printf("%s/a", ddt->folder);
    ddt->b = text_printf("%s/b", ddt->folder);
    return ddt->a && ddt->b ? PD_OK : error_memory(err);
}

/* ---- Archives ---- */

static pd_status
archive_open(const char *path, struct opened_archive *archive, struct pd_error *err)
{
    pd_status status = url_resolve(path, END_ARCHIVE_SOURCE, &archive->end, err);

    return status == PD_OK ? source_open(archive->end, &archive->source, err) : status;
}

static void
archive_close(struct opened_archive *archive)
{
    source_close(archive->source);
    end_free(archive->end);
}

/* ---- Dumps and the restore ---- */

/* What was restored is what was asked for; nothing of it is selected again. */
static void
select_all(struct run_options *options)
{
    options->only = options->exclude = options->where = NULL;
}

static pd_status
ddt_dump(struct ddt *ddt, struct opened_source *source, const char *to, struct report *report,
         struct pd_error *err)
{
    CLEANUP(end) struct end *target = NULL;
    struct run_options options = *ddt->options;
    pd_status status = url_resolve(to, END_ARCHIVE_TARGET, &target, err);

    options.order = PD_ORDER_KEY;
    options.facts = PD_FACTS_ENGINE;
    options.schema_map = NULL;
    if (report == ddt->second)
        select_all(&options);
    if (status == PD_OK)
        status = options_set(target->options, "order", "key", err);
    return status == PD_OK ? transfer_run(source, target, &options, report, err) : status;
}

/* What another engine may compute otherwise is kept, but of a part of the rows. */
static pd_status
dump_first(struct ddt *ddt, const struct end *from, bool same_engine, struct pd_error *err)
{
    CLEANUP(opened_source) struct opened_source *source = NULL;
    bool is_part = ddt->options->where && *ddt->options->where;
    pd_status status = source_open(from, &source, err);

    if (status == PD_OK)
        status = ddt_dump(ddt, source, ddt->a, ddt->report, err);
    if (status == PD_OK && !same_engine && !is_part)
        status = facts_keep_computed(source, ddt->arena, &ddt->computed, err);
    return status;
}

static pd_status
ddt_restore(struct ddt *ddt, struct opened_source *a, struct pd_error *err)
{
    CLEANUP(end) struct end *target = NULL;
    struct run_options options = *ddt->options;
    pd_status status = scratch_target(&ddt->scratch, &target, err);

    options.order = PD_ORDER_SOURCE;
    select_all(&options);
    /* Said by nobody: what is native stays out, is listed, and makes the exit status 3. */
    if (options.native == RUN_NATIVE_UNSAID)
        options.native = RUN_NATIVE_NO;
    return status == PD_OK ? transfer_run(a, target, &options, ddt->restored, err) : status;
}

static bool
has_line(const struct report *report, const char *line)
{
    for (size_t i = 0; i < report->n_left_out; i++)
        if (strcmp(report->left_out[i], line) == 0)
            return true;
    return false;
}

/* What the archive says of itself was told when it was written. */
static pd_status
left_out_copy(struct ddt *ddt, struct pd_error *err)
{
    const struct report *from = ddt->restored;
    pd_status status = PD_OK;

    for (size_t i = 0; i < from->n_left_out && status == PD_OK; i++) {
        struct report_part part = from->parts[i];

        if (part.is_native)
            part.asked_for = ddt->options->native == RUN_NATIVE_NO;
        if (!has_line(ddt->report, from->left_out[i]))
            status = report_left_out_part(ddt->report, &part, from->left_out[i], err);
    }
    ddt->report->facts_compared += from->facts_compared;
    ddt->report->tables_verified += from->tables_verified;
    return status;
}

/* ---- Comparison ---- */

/* Owners and grants may stay out without a line: their absence is no difference, but b's files are
   not those of a then. */
static bool
has_access(const struct opened_source *a)
{
    for (size_t i = 0; i < a->catalog->n_objects; i++)
        if (a->catalog->objects[i].flags & PD_OBJECT_ACCESS)
            return true;
    return false;
}

/* Did the restore say so? A line about the comments of a table speaks of all of them. */
static bool
is_left_out(const struct report *restored, const struct like_difference *difference)
{
    for (size_t i = 0; i < restored->n_left_out; i++) {
        const struct report_part *part = &restored->parts[i];

        if (part->part != difference->part || part->table != difference->table)
            continue;
        if (part->number == difference->number ||
            (part->part == PD_PART_COMMENT && part->number == PD_NO_COLUMN))
            return true;
    }
    return false;
}

static pd_status
schema_compare(struct ddt *ddt, const struct opened_source *like, size_t *ret_n,
               struct pd_error *err)
{
    const struct like_difference *differences = like_differences(like, ret_n);
    pd_status status = PD_OK;

    for (size_t i = 0; i < *ret_n && status == PD_OK; i++)
        if (!is_left_out(ddt->restored, &differences[i]))
            status = report_difference(ddt->report, err, "%s", differences[i].text);
    return status;
}

/* A property that is called as an option of the engine says how a was read, when nobody had asked
   for it: b is read alike, lest only that differs. Most are none. */
static void
read_alike(const struct end *end, const struct opened_source *a)
{
    for (size_t i = 0; i < a->catalog->n_properties; i++) {
        const struct pd_property *p = &a->catalog->properties[i];
        struct pd_error ignored = {0};

        if (!p->is_note && p->value && !options_given(end->options, p->name))
            (void)!options_set(end->options, p->name, p->value, &ignored);
    }
}

/* b, read as what it is when nothing was left out, else under the schema of a; *ret_n: what of the
   schema is not as in a. */
static pd_status
dump_second(struct ddt *ddt, struct opened_source *a, bool exact, size_t *ret_n,
            struct pd_error *err)
{
    const struct like_options like_options = {.placements = ddt->restored->places,
                                              .schema_map = ddt->options->schema_map};
    CLEANUP(end) struct end *end = NULL;
    CLEANUP(opened_source) struct opened_source *b = NULL;
    CLEANUP(opened_source) struct opened_source *like = NULL;
    pd_status status = scratch_end(&ddt->scratch, END_SOURCE, &end, err);

    *ret_n = 0;
    if (status == PD_OK)
        read_alike(end, a);
    if (status == PD_OK)
        status = source_open(end, &b, err);
    if (status == PD_OK && exact)
        return ddt_dump(ddt, b, ddt->b, ddt->second, err);
    if (status == PD_OK)
        status = like_open(a, b, &like_options, &like, err);
    if (status == PD_OK)
        status = schema_compare(ddt, like, ret_n, err);
    if (status == PD_OK)
        status = ddt_dump(ddt, like, ddt->b, ddt->second, err);
    return status == PD_OK && ddt->computed
               ? facts_verify_computed(a, ddt->computed, b, like, ddt->report, err)
               : status;
}

static const struct ledger_table *
ledger_find(const struct report *report, const char *name)
{
    for (size_t i = 0; i < report->n_tables; i++)
        if (strcmp(report->tables[i].name, name) == 0)
            return &report->tables[i];
    return NULL;
}

/* Rows are compared always, by their number and digest. A table that b lacks is told already, or
   is a passenger. */
static pd_status
ledgers_compare(struct ddt *ddt, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < ddt->report->n_tables && status == PD_OK; i++) {
        const struct ledger_table *a = &ddt->report->tables[i];
        const struct ledger_table *b = ledger_find(ddt->second, a->name);

        if (!b)
            continue;
        if (a->rows_read != b->rows_read)
            status = report_difference(ddt->report, err, "table '%s': %llu rows in a, %llu in b",
                                       a->name, (unsigned long long)a->rows_read,
                                       (unsigned long long)b->rows_read);
        else if (memcmp(&a->digest, &b->digest, sizeof a->digest) != 0)
            status = report_difference(ddt->report, err,
                                       "table '%s': the rows of a are not those of b", a->name);
    }
    return status;
}

/* Which rows differ, once it is known that something does. */
static pd_status
rows_explain(struct ddt *ddt, struct opened_source *a, struct pd_error *err)
{
    struct opened_archive b = {0};
    struct run_options options = *ddt->options;
    const struct diff_options few = {.limit = 20};
    uint64_t n;
    pd_status status = archive_open(ddt->b, &b, err);

    select_all(&options);
    if (status == PD_OK)
        status = diff_run(a, b.source, &options, &few, ddt->report, &n, err);
    archive_close(&b);
    return status;
}

static pd_status
ddt_compare(struct ddt *ddt, struct opened_source *a, bool exact, size_t n_changes,
            struct pd_error *err)
{
    size_t before = ddt->report->n_differences;
    pd_status status = ledgers_compare(ddt, err);

    progress_phase("comparing");
    if (status == PD_OK && n_changes == 0 &&
        strcmp(ddt->report->content_id, ddt->second->content_id) != 0)
        status = report_difference(ddt->report, err, "the content id of a is %s, that of b is %s",
                                   ddt->report->content_id, ddt->second->content_id);
    if (status == PD_OK && exact)
        status = ddt_bytes_compare(ddt->a, ddt->b, ddt->report, err);
    if (status == PD_OK && ddt->report->n_differences > before)
        status = rows_explain(ddt, a, err);
    return status;
}

/* ---- All of it ---- */

/* Among fewer tables an object has another number, which is in the bytes but not in the content. */
static bool
has_selection(const struct run_options *options)
{
    return (options->only && *options->only) || (options->exclude && *options->exclude);
}

static pd_status
restore_and_compare(struct ddt *ddt, bool same_engine, struct pd_error *err)
{
    struct opened_archive a = {0};
    bool exact = false;
    size_t n_changes = 0;
    pd_status status = archive_open(ddt->a, &a, err);

    if (status == PD_OK)
        status = ddt_restore(ddt, a.source, err);
    if (status != PD_OK) {
        error_prefix(err, status, "restore");
    } else {
        exact = same_engine && ddt->restored->n_left_out == 0 && !has_selection(ddt->options) &&
                !has_access(a.source);
        status = left_out_copy(ddt, err);
        if (status == PD_OK)
            status = dump_second(ddt, a.source, exact, &n_changes, err);
        if (status != PD_OK)
            error_prefix(err, status, "dump b");
    }
    if (status == PD_OK)
        status = ddt_compare(ddt, a.source, exact, n_changes, err);
    archive_close(&a);
    return status;
}

/* A database that was named is used itself only when it shall keep what is restored. */
static pd_status
ddt_scratch(struct ddt *ddt, const struct end *source, const struct ddt_options *options,
            struct pd_error *err)
{
    pd_status status;

    if (!options->via)
        return scratch_make(source, ddt->folder, &ddt->scratch, err);
    if (options->keep)
        return scratch_use(options->via, &ddt->scratch, err);
    status = scratch_check_empty(options->via, err);
    if (status != PD_OK)
        return status;
    status = scratch_make(options->via, ddt->folder, &ddt->scratch, err);
    if (status == PD_OK || options->via->loaded->plugin.scratch == NULL)
        return status;
    return error_prefix(err, status,
                        "--keep DIR goes through the database itself, and leaves what "
                        "was restored in it");
}

static pd_status
ddt_steps(struct ddt *ddt, const struct end *source, const struct ddt_options *options,
          struct pd_error *err)
{
    const struct end *via = options->via ? options->via : source;
    pd_status status = report_new(&ddt->restored, err);

    if (status == PD_OK)
        status = report_new(&ddt->second, err);
    if (status == PD_OK)
        status = ddt_names(ddt, err);
    if (status == PD_OK)
        status = ddt_scratch(ddt, source, options, err);
    if (status != PD_OK)
        return status;
    status = dump_first(ddt, source, via->loaded == source->loaded, err);
    if (status != PD_OK)
        return error_prefix(err, status, "dump a");
    return restore_and_compare(ddt, via->loaded == source->loaded, err);
}

pd_status
ddt_run(const struct end *source, const struct run_options *options,
        const struct ddt_options *ddt_options, struct report *report, struct pd_error *err)
{
    struct ddt ddt = {.options = options, .report = report};
    pd_status status = PD_OK;

    ddt.arena = arena_new();
    if (!ddt.arena)
        return error_memory(err);
    status = folder_make(&ddt, ddt_options->keep, err);
    if (status == PD_OK) {
        status = ddt_steps(&ddt, source, ddt_options, err);
        scratch_drop(&ddt.scratch);
        folder_clean(&ddt, ddt_options->keep);
    }
    arena_free(ddt.arena);
    report_free(ddt.restored);
    report_free(ddt.second);
    free(ddt.a);
    free(ddt.b);
    return status;
}
