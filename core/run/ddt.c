// SPDX-License-Identifier: Apache-2.0
/* ddt - the double dump test. */
#include "run/ddt.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/progress.h"
#include "run/diff.h"
#include "run/transfer.h"

enum { COMPARE_BYTES = 65536, WALK_FDS = 16 };

struct ddt {
    const struct run_options *options;
    struct report *report;
    char *folder;
    char *a;
    char *b;
    char *scratch; /* path of the scratch database */
    char *scratch_url;
    bool exact; /* native objects are restored too, so that all bytes must be equal */
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
    const char *tmp = getenv("TMPDIR");

    if (keep) {
        ddt->folder = strdup(keep);
        if (!ddt->folder)
            return error_memory(err);
        if (mkdir(keep, 0700) != 0)
            return error_errno(err, PD_FATAL, errno,
                               "cannot make the folder '%s' of --keep; it must be new", keep);
        return PD_OK;
    }
    ddt->folder = text_printf("%s/polydump-ddt-XXXXXX", tmp && *tmp == '/' ? tmp : "/tmp");
    if (!ddt->folder)
        return error_memory(err);
    if (!mkdtemp(ddt->folder))
        return error_errno(err, PD_FATAL, errno, "cannot make a folder '%s'", ddt->folder);
    return PD_OK;
}

static int
entry_remove(const char *path, const struct stat *stat, int kind, struct FTW *walk)
{
    return remove(path);
}

static pd_status
ddt_names(struct ddt *ddt, const char *engine, struct pd_error *err)
{
    ddt->a = text_printf("%s/a", ddt->folder);
    ddt->b = text_printf("%s/b", ddt->folder);
    ddt->scratch = text_printf("%s/scratch.db", ddt->folder);
    ddt->scratch_url = text_printf("%s:%s/scratch.db", engine, ddt->folder);
    return ddt->a && ddt->b && ddt->scratch && ddt->scratch_url ? PD_OK : error_memory(err);
}

/* ---- Dumps and the restore ---- */

static pd_status
ddt_dump(struct ddt *ddt, const struct end *from, const char *to, struct report *report,
         struct pd_error *err)
{
    CLEANUP(opened_source) struct opened_source *source = NULL;
    CLEANUP(end) struct end *target = NULL;
    struct run_options options = *ddt->options;
    pd_status status = source_open(from, &source, err);

    options.order = PD_ORDER_KEY;
    options.facts = PD_FACTS_ENGINE;
    if (status == PD_OK)
        status = url_resolve(to, END_ARCHIVE_TARGET, &target, err);
    if (status == PD_OK)
        status = options_set(target->options, "order", "key", err);
    return status == PD_OK ? transfer_run(source, target, &options, report, err) : status;
}

static pd_status
ddt_restore(struct ddt *ddt, struct report *report, struct pd_error *err)
{
    CLEANUP(opened_source) struct opened_source *source = NULL;
    CLEANUP(end) struct end *from = NULL;
    CLEANUP(end) struct end *target = NULL;
    struct run_options options = *ddt->options;
    pd_status status = url_resolve(ddt->a, END_ARCHIVE_SOURCE, &from, err);

    options.order = PD_ORDER_SOURCE;
    options.only = options.exclude = options.where = NULL;
    /* Said by nobody: what is native stays out, is listed, and makes the exit status 3. */
    if (options.native == RUN_NATIVE_UNSAID)
        options.native = RUN_NATIVE_NO;
    if (status == PD_OK)
        status = source_open(from, &source, err);
    if (status == PD_OK)
        status = url_resolve(ddt->scratch_url, END_TARGET, &target, err);
    return status == PD_OK ? transfer_run(source, target, &options, report, err) : status;
}

/* ---- Comparison of the bytes ---- */

static pd_status
files_compare(int a, int b, const char *name, bool *ret_same, struct pd_error *err)
{
    static __thread uint8_t left[COMPARE_BYTES], right[COMPARE_BYTES];
    size_t n_left, n_right;

    *ret_same = false;
    do {
        pd_status status = file_read(a, left, sizeof left, -1, &n_left, name, err);

        if (status == PD_OK)
            status = file_read(b, right, sizeof right, -1, &n_right, name, err);
        if (status != PD_OK)
            return status;
        if (n_left != n_right || memcmp(left, right, n_left) != 0)
            return PD_OK;
    } while (n_left);
    *ret_same = true;
    return PD_OK;
}

static pd_status
entry_compare(struct ddt *ddt, int a, int b, const char *prefix, const char *name,
              struct pd_error *err)
{
    CLEANUP_FD int left = -1;
    CLEANUP_FD int right = -1;
    bool same = false;
    pd_status status = file_open(a, name, &left, NULL, err);

    if (status == PD_OK && file_open(b, name, &right, NULL, NULL) == PD_OK)
        status = files_compare(left, right, name, &same, err);
    if (status == PD_OK && !same)
        status =
            report_difference(ddt->report, err, "'%s%s' differs between a and b", prefix, name);
    return status;
}

/* Every file of a against that of b, and names that only b has. rows/ is the only folder. */
static pd_status
folders_compare(struct ddt *ddt, const char *a_path, const char *b_path, const char *prefix,
                struct pd_error *err)
{
    CLEANUP_FD int a = -1;
    CLEANUP_FD int b = -1;
    struct dirent *entry;
    DIR *list = NULL;
    pd_status status = folder_open(a_path, &a, err);

    if (status == PD_OK)
        status = folder_open(b_path, &b, err);
    if (status == PD_OK && !(list = opendir(a_path)))
        status = error_errno(err, PD_FATAL, errno, "cannot list '%s'", a_path);
    while (status == PD_OK && (entry = readdir(list)))
        if (entry->d_name[0] != '.' && entry->d_type != DT_DIR)
            status = entry_compare(ddt, a, b, prefix, entry->d_name, err);
    if (list)
        closedir(list);
    list = status == PD_OK ? opendir(b_path) : NULL;
    while (list && status == PD_OK && (entry = readdir(list)))
        if (entry->d_name[0] != '.' && entry->d_type != DT_DIR &&
            faccessat(a, entry->d_name, F_OK, 0) != 0)
            status =
                report_difference(ddt->report, err, "'%s%s' is only in b", prefix, entry->d_name);
    if (list)
        closedir(list);
    return status;
}

static pd_status
bytes_compare(struct ddt *ddt, struct pd_error *err)
{
    CLEANUP_FREE char *a_rows = text_printf("%s/rows", ddt->a);
    CLEANUP_FREE char *b_rows = text_printf("%s/rows", ddt->b);
    pd_status status;

    if (!a_rows || !b_rows)
        return error_memory(err);
    status = folders_compare(ddt, ddt->a, ddt->b, "", err);
    if (status == PD_OK && access(a_rows, F_OK) == 0 && access(b_rows, F_OK) == 0)
        status = folders_compare(ddt, a_rows, b_rows, "rows/", err);
    return status;
}

/* Which rows differ, once it is known that something does. */
static pd_status
rows_explain(struct ddt *ddt, struct pd_error *err)
{
    CLEANUP(end) struct end *a_end = NULL;
    CLEANUP(end) struct end *b_end = NULL;
    CLEANUP(opened_source) struct opened_source *a = NULL;
    CLEANUP(opened_source) struct opened_source *b = NULL;
    uint64_t n;
    pd_status status = url_resolve(ddt->a, END_ARCHIVE_SOURCE, &a_end, err);

    if (status == PD_OK)
        status = url_resolve(ddt->b, END_ARCHIVE_SOURCE, &b_end, err);
    if (status == PD_OK)
        status = source_open(a_end, &a, err);
    if (status == PD_OK)
        status = source_open(b_end, &b, err);
    return status == PD_OK ? diff_run(a, b, ddt->options, 20, ddt->report, &n, err) : status;
}

static pd_status
ddt_compare(struct ddt *ddt, const struct report *second, struct pd_error *err)
{
    size_t before = ddt->report->n_differences;
    pd_status status = PD_OK;

    progress_phase("comparing");
    if (strcmp(ddt->report->content_id, second->content_id) != 0)
        status = report_difference(ddt->report, err, "the content id of a is %s, that of b is %s",
                                   ddt->report->content_id, second->content_id);
    if (status == PD_OK && ddt->exact)
        status = bytes_compare(ddt, err);
    if (status == PD_OK && ddt->report->n_differences > before)
        status = rows_explain(ddt, err);
    return status;
}

/* ---- All of it ---- */

static pd_status
left_out_copy(struct report *to, const struct report *from, bool asked_for, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < from->n_left_out && status == PD_OK; i++)
        status = report_left_out(to, asked_for, err, "%s", from->left_out[i]);
    to->facts_compared += from->facts_compared;
    to->tables_verified += from->tables_verified;
    return status;
}

static pd_status
ddt_steps(struct ddt *ddt, const struct end *source, struct pd_error *err)
{
    CLEANUP(report) struct report *restored = NULL;
    CLEANUP(report) struct report *second = NULL;
    CLEANUP(end) struct end *scratch = NULL;
    bool asked_for = ddt->options->native == RUN_NATIVE_NO;
    pd_status status = report_new(&restored, err);

    if (status == PD_OK)
        status = report_new(&second, err);
    if (status == PD_OK)
        status = ddt_dump(ddt, source, ddt->a, ddt->report, err);
    if (status != PD_OK)
        return error_prefix(err, status, "dump a");
    status = ddt_restore(ddt, restored, err);
    if (status != PD_OK)
        return error_prefix(err, status, "restore");
    ddt->exact = restored->n_left_out == 0;
    status = left_out_copy(ddt->report, restored, asked_for, err);
    if (status == PD_OK)
        status = url_resolve(ddt->scratch_url, END_SOURCE, &scratch, err);
    if (status == PD_OK)
        status = ddt_dump(ddt, scratch, ddt->b, second, err);
    if (status != PD_OK)
        return error_prefix(err, status, "dump b");
    return ddt_compare(ddt, second, err);
}

pd_status
ddt_run(const struct end *source, const struct run_options *options,
        const struct ddt_options *ddt_options, struct report *report, struct pd_error *err)
{
    struct ddt ddt = {.options = options, .report = report};
    pd_status status = folder_make(&ddt, ddt_options->keep, err);

    if (status == PD_OK) {
        status = ddt_names(&ddt, source->loaded->plugin.name, err);
        if (status == PD_OK)
            status = ddt_steps(&ddt, source, err);
        if (!ddt_options->keep)
            nftw(ddt.folder, entry_remove, WALK_FDS, FTW_DEPTH | FTW_PHYS);
        else if (ddt.scratch)
            unlink(ddt.scratch);
    }
    free(ddt.folder);
    free(ddt.a);
    free(ddt.b);
    free(ddt.scratch);
    free(ddt.scratch_url);
    return status;
}
