// SPDX-License-Identifier: Apache-2.0
/* diff - compares two sources of any kind, row by row in key order. */
#pragma once

#include "run/run.h"

struct diff_options {
    uint64_t limit; /* lines that are shown at most; 0: 100 */
    bool b_is_like; /* b is what like_open() gave: what it says differs is what does */
    /* b is shown under its schema, which tells what of b differs: not again. NULL: under its own.
     */
    const struct opened_source *model;
    const struct opened_source *told; /* was compared with a before: columns that are as wrong there
                                         are not told again; NULL: nothing was */
};

/* options->schema_only: no rows; ->data_only: only tables that both have, their columns
   by name, and rows. Each difference is a line given to report_difference() while there are fewer
   than the limit; all are counted, in report->n_unshown what was beyond. *ret_n_differences is how
   many there are. */
MUST_USE pd_status diff_run(struct opened_source *a, struct opened_source *b,
                            const struct run_options *options,
                            const struct diff_options *diff_options, struct report *report,
                            uint64_t *ret_n_differences, struct pd_error *err);
