// SPDX-License-Identifier: Apache-2.0
/* cmd_move - what dump, restore and copy have in common. */
#include "cli/cmd_move.h"

#include "base/progress.h"
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

int
move_run(struct invocation *invocation, const char *verb, const char *done, struct pd_error *err)
{
    CLEANUP(opened_source) struct opened_source *source = NULL;
    CLEANUP(report) struct report *report = NULL;
    pd_status status = report_new(&report, err);

    if (status == PD_OK)
        status = source_open(invocation->ends[0], &source, err);
    if (status != PD_OK)
        return status;
    progress_start(verb, source->catalog->n_tables, rows_estimate(source->catalog),
                   invocation->run.quiet);
    status = transfer_run(source, invocation->ends[1], &invocation->run, report, err);
    progress_stop();
    return status == PD_OK ? print_report(invocation, done, report) : status;
}
