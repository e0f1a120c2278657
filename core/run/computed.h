// SPDX-License-Identifier: Apache-2.0
/* computed - generated columns that the target cannot compute travel as plain ones, with the values
   that they have. */
#pragma once

#include "run/mapping.h"

/* Those that the mapping says so of, as far as the source has values of them: the selection's
   tables get plain columns, with a line in the report for each, and their stats are forgotten. An
   archive has none: is_plan: a line for each says so; else the sink will, and this says what would
   help. *ret_any: ask for the mapping once more. */
MUST_USE pd_status computed_take(const struct opened_source *source, const struct mapping *mapping,
                                 struct arena *arena, struct selection *selection,
                                 struct pd_stats *stats, struct report *report, bool is_plan,
                                 bool *ret_any, struct pd_error *err);
