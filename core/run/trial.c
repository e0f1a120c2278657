// SPDX-License-Identifier: Apache-2.0
/* trial - data that comes through migrations put to the test. */
#include "run/trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/progress.h"
#include "base/temporary.h"
#include "run/ddt.h"
#include "run/diff.h"
#include "run/like.h"
#include "run/like_plan.h"
#include "run/scratch.h"
#include "run/transfer.h"

enum { DIFFERENCES_SHOWN = 20 };

struct trial {
    struct opened_source *from;
    const struct trial_options *options;
    struct run_options run;
    struct report *report;
    struct temporary folder;
    struct scratch scratch;
};

/* What holds for every part of the test; the rest of what the run was told is for its restore. */
static struct run_options
plain_options(const struct trial *trial)
{
    return (struct run_options){
        .jobs = trial->run.jobs,
        .native = trial->run.native,
        .quiet = trial->run.quiet,
    };
}

/* ---- Restore and double dump ---- */

/* Objects of the engine that stayed out although nobody said so are listed. */
static void
native_unsaid(struct report *report)
{
    for (size_t i = 0; i < report->n_left_out; i++) {
        struct report_part *part = &report->parts[i];

        report->n_asked_for -= part->is_native && part->asked_for;
        part->asked_for = part->asked_for && !part->is_native;
    }
}

/* Did a step make the table, its rows, or what these are held against? */
static bool
is_of_step(const struct pd_catalog *catalog, const struct report_part *part)
{
    const struct pd_table *table =
        part->table < catalog->n_tables ? &catalog->tables[part->table] : NULL;
    long parent;

    if (!table || table->flags & PD_TABLE_CHANGED)
        return true;
    if (part->part != PD_PART_FOREIGN || part->number >= table->n_foreigns)
        return false;
    parent = like_parent(catalog, table, &table->foreigns[part->number]);
    return parent >= 0 && catalog->tables[parent].flags & PD_TABLE_CHANGED;
}

/* What rows of a step break is no small loss. */
static pd_status
broken_take(struct trial *trial, struct pd_error *err)
{
    struct report *report = trial->report;
    pd_status status = PD_OK;

    for (size_t i = 0; i < report->n_left_out && status == PD_OK; i++) {
        struct report_part *part = &report->parts[i];

        part->is_broken = part->is_broken && is_of_step(trial->from->catalog, part);
        if (part->is_broken)
            status = report_difference(report, err, "restore: %s", report->left_out[i]);
    }
    return status;
}

static pd_status
trial_restore(struct trial *trial, struct pd_error *err)
{
    CLEANUP(end) struct end *target = NULL;
    struct run_options options = trial->run;
    pd_status status = scratch_target(&trial->scratch, &target, err);

    if (options.native == RUN_NATIVE_UNSAID)
        options.native = RUN_NATIVE_NO;
    if (status == PD_OK)
        status = transfer_run(trial->from, target, &options, trial->report, err);
    if (trial->run.native == RUN_NATIVE_UNSAID)
        native_unsaid(trial->report);
    if (status == PD_OK)
        status = broken_take(trial, err);
    if (status == PD_OK && trial->report->rows_rejected)
        status = report_difference(trial->report, err, "restore: %llu rows were rejected",
                                   (unsigned long long)trial->report->rows_rejected);
    return error_prefix(err, status, "restore");
}

static pd_status
lines_take(struct report *report, const struct report *from, const char *where,
           struct pd_error *err)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < from->n_differences && status == PD_OK; i++)
        status = report_difference(report, err, "%s: %s", where, from->differences[i]);
    report->n_unshown += from->n_unshown;
    return status;
}

static pd_status
trial_double_dump(struct trial *trial, struct pd_error *err)
{
    static const struct ddt_options alone = {0};
    CLEANUP(end) struct end *source = NULL;
    CLEANUP(report) struct report *report = NULL;
    struct run_options options = plain_options(trial);
    pd_status status = scratch_end(&trial->scratch, END_SOURCE, &source, err);

    if (status == PD_OK)
        status = report_new(&report, err);
    if (status == PD_OK)
        status = ddt_run(source, &options, &alone, report, err);
    if (status == PD_OK)
        status = lines_take(trial->report, report, "double dump test", err);
    if (status == PD_OK)
        trial->report->facts_compared += report->facts_compared;
    return error_prefix(err, status, "double dump test");
}

/* ---- What is expected ---- */

static pd_status
archive_end(const char *path, enum end_role role, struct end **ret_end, struct pd_error *err)
{
    CLEANUP_FREE char *url = NULL;

    if (asprintf(&url, "archive:%s", path) < 0) {
        url = NULL;
        return error_memory(err);
    }
    return url_resolve(url, role, ret_end, err);
}

/* As an archive in text form, in the place of one that is there. */
static pd_status
expected_put(struct trial *trial, struct opened_source *from, struct pd_error *err)
{
    static const char *const wanted[][2] = {{"text", "1"}, {"order", "key"}, {"replace", "1"}};
    CLEANUP(end) struct end *target = NULL;
    CLEANUP(report) struct report *report = NULL;
    struct run_options options = plain_options(trial);
    pd_status status = archive_end(trial->options->expected, END_ARCHIVE_TARGET, &target, err);

    options.order = PD_ORDER_KEY;
    options.application = trial->run.application;
    options.application_version = trial->run.application_version;
    for (size_t i = 0; i < COUNT_OF(wanted) && status == PD_OK; i++)
        status = options_set(target->options, wanted[i][0], wanted[i][1], err);
    if (status == PD_OK)
        status = report_new(&report, err);
    return status == PD_OK ? transfer_run(from, target, &options, report, err) : status;
}

/* The database under the schema of `like`, with the ends to be closed after it. */
struct database {
    struct end *end;
    struct opened_source *source;
    struct opened_source *like;
};

static pd_status
database_open(const struct trial *trial, struct opened_source *like, struct database *database,
              struct pd_error *err)
{
    static const struct like_options by_name = {0};
    pd_status status = scratch_end(&trial->scratch, END_SOURCE, &database->end, err);

    if (status == PD_OK)
        status = source_open(database->end, &database->source, err);
    return status == PD_OK ? like_open(like, database->source, &by_name, &database->like, err)
                           : status;
}

static void
database_close(struct database *database)
{
    source_close(database->like);
    source_close(database->source);
    end_free(database->end);
}

/* The rows as they are in the database. told: see diff_options. */
static pd_status
rows_differences(struct trial *trial, struct opened_source *expected,
                 const struct opened_source *told, struct report *found, struct pd_error *err)
{
    const struct run_options rows = {.data_only = true};
    const struct diff_options few = {.limit = DIFFERENCES_SHOWN, .told = told};
    struct database database = {0};
    uint64_t n;
    pd_status status = database_open(trial, expected, &database, err);

    if (status == PD_OK)
        status = diff_run(expected, database.like, &rows, &few, found, &n, err);
    database_close(&database);
    return status;
}

static pd_status
expected_open(const struct trial *trial, struct end **ret_end, struct opened_source **ret_source,
              struct pd_error *err)
{
    pd_status status = archive_end(trial->options->expected, END_ARCHIVE_SOURCE, ret_end, err);

    return status == PD_OK ? source_open(*ret_end, ret_source, err) : status;
}

/* What went into the database is what is in it, unless it has changed rows itself: by statements
   of a step. Then its own are what is expected. */
static pd_status
expected_write(struct trial *trial, struct pd_error *err)
{
    CLEANUP(end) struct end *end = NULL;
    CLEANUP(opened_source) struct opened_source *expected = NULL;
    CLEANUP(report) struct report *found = NULL;
    struct database database = {0};
    pd_status status = report_new(&found, err);

    if (status == PD_OK)
        status = expected_put(trial, trial->from, err);
    if (status == PD_OK)
        status = expected_open(trial, &end, &expected, err);
    if (status == PD_OK)
        status = rows_differences(trial, expected, NULL, found, err);
    if (status != PD_OK || found->n_differences == 0)
        return status;
    status = database_open(trial, trial->from, &database, err);
    if (status == PD_OK)
        status = expected_put(trial, database.like, err);
    database_close(&database);
    return status;
}

/* The schema as the steps made it, too. */
static pd_status
expected_differences(struct trial *trial, struct opened_source *expected, struct report *found,
                     struct pd_error *err)
{
    const struct run_options schema = {.schema_only = true};
    const struct diff_options few = {.limit = DIFFERENCES_SHOWN};
    uint64_t n;
    pd_status status = diff_run(expected, trial->from, &schema, &few, found, &n, err);

    return status == PD_OK ? rows_differences(trial, expected, trial->from, found, err) : status;
}

static bool
is_of_version(const struct opened_source *expected, const char *version)
{
    const char *says = expected->catalog->application_version;

    return says && version ? strcmp(says, version) == 0 : says == version;
}

static pd_status
expected_compare(struct trial *trial, enum trial_expected *ret_expected, struct report *found,
                 struct pd_error *err)
{
    const char *version = trial->run.application_version;
    CLEANUP(end) struct end *end = NULL;
    CLEANUP(opened_source) struct opened_source *expected = NULL;
    pd_status status = expected_open(trial, &end, &expected, err);

    if (status != PD_OK)
        return status;
    *ret_expected = TRIAL_OTHER_VERSION;
    if (trial->options->any_version && !is_of_version(expected, version))
        return PD_OK;
    status = expected_differences(trial, expected, found, err);
    if (status == PD_OK && found->n_differences && !is_of_version(expected, version))
        status = report_difference(found, err, "it is of version '%s', the data is of '%s'",
                                   expected->catalog->application_version
                                       ? expected->catalog->application_version
                                       : "none",
                                   version ? version : "none");
    *ret_expected = found->n_differences ? TRIAL_DIFFERS : TRIAL_EQUAL;
    return status;
}

static pd_status
trial_expected(struct trial *trial, enum trial_expected *ret_expected, struct pd_error *err)
{
    const struct trial_options *options = trial->options;
    CLEANUP(report) struct report *found = NULL;
    bool is_there = options->expected && access(options->expected, F_OK) == 0;
    pd_status status = report_new(&found, err);

    *ret_expected = TRIAL_NONE;
    progress_phase("comparing");
    if (status == PD_OK && is_there)
        status = expected_compare(trial, ret_expected, found, err);
    if (status == PD_OK && options->expected && options->writes &&
        (*ret_expected == TRIAL_NONE || *ret_expected == TRIAL_DIFFERS)) {
        *ret_expected = TRIAL_WRITTEN;
        status = expected_write(trial, err);
    } else if (status == PD_OK) {
        status = lines_take(trial->report, found, "expected is a, found b", err);
    }
    return options->expected ? error_prefix(err, status, "expectation '%s'", options->expected)
                             : status;
}

/* ---- All of it ---- */

/* What was found wrong before is no reason to expect it. */
static pd_status
trial_steps(struct trial *trial, enum trial_expected *ret_expected, struct pd_error *err)
{
    pd_status status =
        scratch_make(trial->options->beside, trial->folder.path, &trial->scratch, err);

    if (status == PD_OK)
        status = trial_restore(trial, err);
    if (status == PD_OK)
        status = trial_double_dump(trial, err);
    if (status == PD_OK && (trial->report->n_differences == 0 || !trial->options->writes))
        status = trial_expected(trial, ret_expected, err);
    return status;
}

pd_status
trial_run(struct opened_source *from, const struct trial_options *options,
          const struct run_options *run_options, struct report *report,
          enum trial_expected *ret_expected, struct pd_error *err)
{
    struct trial trial = {.from = from, .options = options, .run = *run_options, .report = report};
    pd_status status = temporary_make("test", &trial.folder, err);

    *ret_expected = TRIAL_NONE;
    trial.run.order = PD_ORDER_SOURCE;
    if (status == PD_OK) {
        status = trial_steps(&trial, ret_expected, err);
        scratch_drop(&trial.scratch);
        temporary_remove(&trial.folder);
    }
    return status;
}
