// SPDX-License-Identifier: Apache-2.0
/* cmd_diff - polydump diff A B: two sources of any kind, compared row by row. */
#include <stdio.h>

#include "base/log.h"
#include "base/progress.h"
#include "cli/command.h"
#include "cli/like_source.h"
#include "cli/migration.h"
#include "cli/print.h"
#include "run/diff.h"

/* Nothing is written, so there is nowhere to run it. */
static pd_status
statements_refuse(const struct migration *migration, struct pd_error *err)
{
    for (size_t i = 0; i < migration->chain.n_steps; i++) {
        const struct pd_migration *step = migration->chain.steps[i];

        if (migrated_planned(migration->migrated, i)->n_statements)
            return error_fail(err, PD_FATAL, PD_CAUSE_VERSION,
                              "step '%s' -> '%s' (%s) runs SQL on a database, which a comparison "
                              "does not; restore into one, and compare that",
                              step->from, step->to, step->origin);
    }
    return PD_OK;
}

static int
diff_command_run(struct invocation *invocation, struct pd_error *err)
{
    CLEANUP(opened_source) struct opened_source *a = NULL;
    CLEANUP(opened_source) struct opened_source *b = NULL;
    CLEANUP(like_source) struct like_source *like = NULL;
    CLEANUP(migration) struct migration *migration = NULL;
    CLEANUP(report) struct report *report = NULL;
    long long limit = options_int(invocation->options, "limit");
    uint64_t n = 0;
    pd_status status = report_new(&report, err);

    if (status == PD_OK)
        status = source_open(invocation->ends[0], &a, err);
    if (status == PD_OK)
        status = source_open(invocation->ends[1], &b, err);
    if (status == PD_OK)
        status = like_wrap(invocation, b, &like, report, err);
    if (status == PD_OK)
        status = migration_open(invocation, a, &migration, report, err);
    if (status == PD_OK && migration)
        status = statements_refuse(migration, err);
    if (status != PD_OK)
        return status;
    progress_start("comparing", a->catalog->n_tables, 0, invocation->run.quiet);
    status = diff_run(migration ? migration->source : a, like ? like->source : b, &invocation->run,
                      limit > 0 ? (uint64_t)limit : 0, report, &n, err);
    if (status == PD_OK && migration)
        status = migrated_report(migration->migrated, report, err);
    progress_stop();
    if (status != PD_OK)
        return status;
    if (n > report->n_differences)
        log_info("%s more differences are not shown; --limit shows more",
                 print_count(n - report->n_differences));
    report->n_tables = 0;
    return print_report(invocation, "compared", report);
}

const struct command diff_command = {
    .name = "diff",
    .usage = "A B",
    .about = "compare two databases or archives, row by row",
    .more = "With --migrations the rows of A are compared as they are after the steps to the\n"
            "newest version, or to that of --to.",
    .roles = {END_SOURCE, END_SOURCE},
    .n_ends = 2,
    .min_words = 2,
    .max_words = 2,
    .bit = FOR_DIFF,
    .run = diff_command_run,
};
