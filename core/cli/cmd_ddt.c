// SPDX-License-Identifier: Apache-2.0
/* cmd_ddt - polydump ddt SOURCE: the double dump test in one command. */
#include <stdio.h>

#include "base/log.h"
#include "base/progress.h"
#include "cli/command.h"
#include "cli/print.h"
#include "run/ddt.h"

static int
ddt_command_run(struct invocation *invocation, struct pd_error *err)
{
    CLEANUP(report) struct report *report = NULL;
    struct ddt_options options = {.keep = options_get(invocation->options, "keep"),
                                  .via = invocation->ends[1]};
    pd_status status = report_new(&report, err);
    double begun = run_clock();

    if (status != PD_OK)
        return status;
    progress_start("double dump test", 0, 0, invocation->run.quiet);
    status = ddt_run(invocation->ends[0], &invocation->run, &options, report, err);
    progress_stop();
    if (status != PD_OK)
        return status;
    report->seconds = run_clock() - begun;
    if (report->n_unshown)
        log_info("%s more differences are not shown", print_count(report->n_unshown));
    if (options.keep)
        log_info("both dumps are in '%s/a' and '%s/b'", options.keep, options.keep);
    return print_report(invocation, report->n_differences ? "found differences in" : "proved",
                        report);
}

const struct command ddt_command = {
    .name = "ddt",
    .usage = "SOURCE",
    .about = "double dump test: dump, restore to scratch, dump, compare",
    .more = "Facts that the engine computes are compared at each step too, since a reader\n"
            "that loses a value loses it in both dumps. With --via the test goes through\n"
            "another engine: the second dump is read under the types and names of the\n"
            "first, and each difference of the schemas must be one that the restore said\n"
            "it left out.",
    .roles = {END_SOURCE, END_TARGET},
    .end_option = "via",
    .n_ends = 1,
    .min_words = 1,
    .max_words = 1,
    .bit = FOR_DDT,
    .run = ddt_command_run,
};
