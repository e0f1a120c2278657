// SPDX-License-Identifier: Apache-2.0
/* diff - compares two sources of any kind, row by row in key order. */
#pragma once

#include "run/run.h"

/* options->schema_only: no rows; ->data_only: only tables that both have, their columns
   by name, and rows. Each difference is a line given to report_difference() while there are fewer
   than limit (0: 100); all are counted. *ret_n_differences is how many. */
MUST_USE pd_status diff_run(struct opened_source *a, struct opened_source *b,
                            const struct run_options *options, uint64_t limit,
                            struct report *report, uint64_t *ret_n_differences,
                            struct pd_error *err);
