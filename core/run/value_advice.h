// SPDX-License-Identifier: Apache-2.0
/* value_advice - which rule for values (model/value_rule.h) would help where one is refused. */
#pragma once

#include "run/mapping.h"

/* Columns that the target refuses for their values get the options that would change these.
   with_counts: and how many they are, in front of the reason. Everything is the arena's. */
MUST_USE pd_status value_advice(const struct selection *selection, const struct pd_stats *stats,
                                bool with_counts, struct arena *arena, struct mapping *mapping,
                                struct pd_error *err);
/* "zero-date 't.c=null' (or =DATE)" for a cell that a column of the kind `to` refuses
   (PD_KIND_NONE: of the same); false: no rule is for it, or what it gives would be refused as well.
 */
bool value_advice_put(struct buffer *out, const struct pd_table *table,
                      const struct pd_column *column, int to, bool takes_null,
                      const struct cell *cell);
