// SPDX-License-Identifier: Apache-2.0
/* cmd_verify - polydump verify ARCHIVE, or SOURCE TARGET: the integrity of an archive, or facts
   that two engines compute about the same tables. */
#include "archive/archive.h"
#include "base/progress.h"
#include "cli/command.h"
#include "cli/print.h"
#include "run/compare_facts.h"
#include "run/transfer.h"

static int
one_verify(struct invocation *invocation, struct opened_source *source, struct report *report,
           struct pd_error *err)
{
    struct run_options options = invocation->run;
    pd_status status;

    options.facts = PD_FACTS_ENGINE;
    status = transfer_check(source, &options, report, err);
    if (status == PD_OK && source->ops->open == archive_plugin.source->open)
        status = archive_check_files(source->handle, err);
    return status == PD_OK ? print_report(invocation, "verified", report) : status;
}

static int
two_verify(struct invocation *invocation, struct opened_source *a, struct report *report,
           struct pd_error *err)
{
    CLEANUP(opened_source) struct opened_source *b = NULL;
    double begun = run_clock();
    pd_status status = source_open(invocation->ends[1], &b, err);

    if (status == PD_OK)
        status = facts_verify(a, b, &invocation->run, report, err);
    report->seconds = run_clock() - begun;
    return status == PD_OK ? print_report(invocation, "verified", report) : status;
}

static int
verify_run(struct invocation *invocation, struct pd_error *err)
{
    CLEANUP(opened_source) struct opened_source *source = NULL;
    CLEANUP(report) struct report *report = NULL;
    int result = report_new(&report, err);

    if (result == PD_OK)
        result = source_open(invocation->ends[0], &source, err);
    if (result != PD_OK)
        return result;
    progress_start("verifying", source->catalog->n_tables, 0, invocation->run.quiet);
    result = invocation->ends[1] ? two_verify(invocation, source, report, err)
                                 : one_verify(invocation, source, report, err);
    progress_stop();
    return result;
}

const struct command verify_command = {
    .name = "verify",
    .usage = "ARCHIVE | SOURCE TARGET",
    .about = "check an archive, or facts that two engines compute",
    .more = "With one end every row is read and checked against hashes, counts and digests.\n"
            "With two, each engine computes sums and sizes of all columns; no row is moved.\n"
            "Of columns that the other engine stores as another type only NULLs are compared;\n"
            "polydump diff --like compares their values.",
    .roles = {END_SOURCE, END_SOURCE},
    .n_ends = 2,
    .min_words = 1,
    .max_words = 2,
    .bit = FOR_VERIFY,
    .run = verify_run,
};
