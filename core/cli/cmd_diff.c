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

/* What is compared. */
struct compared {
    struct opened_source *a;
    struct opened_source *b;
    struct like_source *like; /* as --like says; NULL: it says nothing */
    struct migration *migration;
    struct opened_source
        *made; /* b under the schema that steps have made of a's; NULL: none have */
};

static void
compared_close(struct compared *compared)
{
    source_close(compared->made);
    migration_close(compared->migration);
    like_source_close(compared->like);
    source_close(compared->b);
    source_close(compared->a);
}

static bool
has_steps(const struct migration *migration)
{
    return migration && migration->chain.n_steps > 0;
}

/* No engine has ever held what steps have made: b is compared with what its engine makes of it. */
static pd_status
made_open(const struct invocation *invocation, struct compared *compared, struct pd_error *err)
{
    const struct like_options options = {.schema_map = invocation->run.schema_map, .is_made = true};

    if (!has_steps(compared->migration) || compared->like)
        return PD_OK;
    return like_open(compared->migration->source, compared->b, &options, &compared->made, err);
}

static pd_status
compared_open(struct invocation *invocation, struct compared *compared, struct report *report,
              struct pd_error *err)
{
    pd_status status = source_open(invocation->ends[0], &compared->a, err);

    if (status == PD_OK)
        status = source_open(invocation->ends[1], &compared->b, err);
    if (status == PD_OK)
        status = like_wrap(invocation, compared->b, &compared->like, report, err);
    if (status == PD_OK)
        status = migration_open(invocation, compared->a, &compared->migration, report, err);
    if (status == PD_OK && compared->migration)
        status = statements_refuse(compared->migration, err);
    return status == PD_OK ? made_open(invocation, compared, err) : status;
}

static pd_status
compared_run(const struct invocation *invocation, const struct compared *compared,
             struct report *report, struct pd_error *err)
{
    const struct migration *migration = compared->migration;
    long long limit = options_int(invocation->options, "limit");
    const struct diff_options options = {.limit = limit > 0 ? (uint64_t)limit : 0,
                                         .b_is_like = compared->made,
                                         .model = compared->like ? compared->like->model : NULL};
    struct opened_source *b = compared->like ? compared->like->source : compared->b;
    uint64_t n;
    pd_status status;

    progress_start("comparing", compared->a->catalog->n_tables, 0, invocation->run.quiet);
    status =
        diff_run(migration ? migration->source : compared->a, compared->made ? compared->made : b,
                 &invocation->run, &options, report, &n, err);
    if (status == PD_OK && migration)
        status = migrated_report(migration->migrated, report, err);
    progress_stop();
    return status;
}

static int
diff_command_run(struct invocation *invocation, struct pd_error *err)
{
    CLEANUP(report) struct report *report = NULL;
    struct compared compared = {0};
    pd_status status = report_new(&report, err);

    if (status == PD_OK)
        status = compared_open(invocation, &compared, report, err);
    if (status == PD_OK)
        status = compared_run(invocation, &compared, report, err);
    compared_close(&compared);
    if (status != PD_OK)
        return status;
    if (report->n_unshown)
        log_info("%s more differences are not shown; --limit shows more",
                 print_count(report->n_unshown));
    report->n_tables = 0;
    return print_report(invocation, "compared", report);
}

const struct command diff_command = {
    .name = "diff",
    .usage = "A B",
    .about = "compare two databases or archives, row by row",
    .more = "With --migrations the rows of A are compared as they are after the steps to the\n"
            "newest version, or to that of --to, and its schema as the engine of B keeps it.",
    .roles = {END_SOURCE, END_SOURCE},
    .n_ends = 2,
    .min_words = 2,
    .max_words = 2,
    .bit = FOR_DIFF,
    .run = diff_command_run,
};
