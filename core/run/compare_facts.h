// SPDX-License-Identifier: Apache-2.0
/* compare_facts - facts that two engines compute about the same tables, without moving a row. */
#pragma once

#include "run/run.h"

/* Tables are matched by name. Differences are added to report; a table that one side lacks, or
   whose engine has no facts, is one. */
MUST_USE pd_status facts_verify(struct opened_source *a, struct opened_source *b,
                                const struct run_options *options, struct report *report,
                                struct pd_error *err);
