// SPDX-License-Identifier: Apache-2.0
/* cmd_move - what dump, restore and copy have in common. */
#include "cli/cmd_move.h"

#include <string.h>
#include <sys/stat.h>

#include "archive/archive.h"
#include "base/progress.h"
#include "cli/like_source.h"
#include "cli/migration.h"
#include "cli/policing.h"
#include "cli/print.h"
#include "run/transfer.h"

static uint64_t
rows_estimate(const struct pd_catalog *catalog)
{
    uint64_t n = 0;

    for (size_t i = 0; i < catalog->n_tables; i++)
        n += catalog->tables[i].n_rows_estimate;
    return n;
}

/* Reading and writing one file at once would only wait for its own lock. A folder may be called
   like the database that is dumped into it. */
static pd_status
ends_check(const struct invocation *invocation, struct pd_error *err)
{
    const char *from = invocation->ends[0]->endpoint.location;
    const char *to = invocation->ends[1]->endpoint.location;
    struct stat a, b;

    if (invocation->ends[0]->loaded != invocation->ends[1]->loaded)
        return PD_OK;
    if (!from || !to || stat(from, &a) != 0 || stat(to, &b) != 0 || a.st_dev != b.st_dev ||
        a.st_ino != b.st_ino)
        return PD_OK;
    return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                      "'%s' and '%s' are the same file; name another target", from, to);
}

/* A copy would not know that its rows are the rest of a run, and why each was set aside. */
static pd_status
left_check(const struct invocation *invocation, struct pd_error *err)
{
    const struct end *const *ends = (const struct end *const *)invocation->ends;

    if (!invocation->run.is_left || strcmp(ends[1]->loaded->plugin.name, archive_plugin.name) != 0)
        return PD_OK;
    return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                      "'%s' holds rows that --rejects has set aside: restore it into the database "
                      "that they belong to with --into=append, where --migrations goes on with "
                      "later steps",
                      url_redacted(ends[0]->endpoint.url));
}

/* What an earlier run did to its rows, and nobody does to these. */
static pd_status
unseen_tell(const struct run_options *options, struct report *report, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (size_t i = 0; options->unseen && options->unseen[i] && report->rows_read; i++)
        if (status == PD_OK)
            status = report_left_out(report, false, err,
                                     "these rows were set aside before it ran, and have not seen "
                                     "the SQL of %s",
                                     options->unseen[i]);
    return status;
}

int
move_run(struct invocation *invocation, const char *verb, const char *done, struct pd_error *err)
{
    CLEANUP(opened_source) struct opened_source *source = NULL;
    CLEANUP(like_source) struct like_source *like = NULL;
    CLEANUP(migration) struct migration *migration = NULL;
    CLEANUP(policing) struct policing *policing = NULL;
    CLEANUP(report) struct report *report = NULL;
    struct opened_source *from;
    struct run_options options;
    char identity[RUN_IDENTITY_SIZE];
    pd_status status = report_new(&report, err);

    if (status == PD_OK)
        status = ends_check(invocation, err);
    if (status == PD_OK)
        status = source_open(invocation->ends[0], &source, err);
    if (status == PD_OK)
        status = source_identify(source, identity, err);
    if (status == PD_OK)
        status = like_wrap(invocation, source, &like, report, err);
    if (status == PD_OK)
        status = migration_open(invocation, source, &migration, report, err);
    if (status != PD_OK)
        return status;
    source_continue(source, &invocation->run);
    status = left_check(invocation, err);
    if (status != PD_OK)
        return status;
    from = like ? like->source : migration ? migration->source : source;
    options = invocation->run;
    options.identity = identity;
    if (like) /* it was found by it */
        options.schema_map = NULL;
    status = policing_open(invocation, from, &options, &policing, err);
    if (status != PD_OK)
        return status;
    from = policing ? policing->source : from;
    progress_start(verb, from->catalog->n_tables, rows_estimate(from->catalog), options.quiet);
    if (migration && !options.schema_only)
        status = migrated_run(migration->migrated, err);
    if (status == PD_OK)
        status = transfer_run(from, invocation->ends[1], &options, report, err);
    if (status == PD_OK)
        status = unseen_tell(&options, report, err);
    if (status == PD_OK && migration)
        status = migrated_report(migration->migrated, report, err);
    progress_stop();
    return status == PD_OK ? print_report(invocation, done, report) : status;
}
