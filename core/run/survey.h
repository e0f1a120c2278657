// SPDX-License-Identifier: Apache-2.0
/* survey - profiles of tables whose source has none, by one scan of its snapshot before the rows
   are copied (DECISIONS 11). */
#pragma once

#include "run/run.h"
#include "run/select.h"

/* Can the source be read twice? A stream cannot, and other archives have their profiles. */
bool survey_is_possible(const struct opened_source *source);
/* Read the tables that are wanted (one a table of the selection) and keep what was counted in
   stats, in arena. Tables that have profiles are left alone. */
MUST_USE pd_status survey_run(struct opened_source *source, const struct selection *selection,
                              const struct run_options *options, const bool *wanted,
                              struct arena *arena, struct pd_stats *stats, struct pd_error *err);
