// SPDX-License-Identifier: Apache-2.0
/* placement - where the tables of a run stand in the target, and how what its engine says of them
   is compared with what went through. */
#pragma once

#include "run/review.h"
#include "run/select.h"

/* Ask the sink for each table of a catalogue. A table without a place has no name. */
MUST_USE pd_status placements_read(struct arena *arena, const struct pd_sink_ops *ops,
                                   struct pd_sink *sink, const struct pd_catalog *catalog,
                                   struct placement **ret_placements, struct pd_error *err);
/* Keep them in the report, by the numbers of the source's catalogue. */
MUST_USE pd_status placements_report(struct report *report, const struct pd_catalog *source,
                                     const struct selection *selection,
                                     const struct placement *places, struct pd_error *err);
/* Tell, in one line, of names that are others there but for the case of letters. */
void placements_tell(const struct pd_catalog *catalog, const struct placement *places);
/* What a column is called in the target; NULL: it has none there. */
const char *placement_column(const struct placement *place, const struct pd_table *table,
                             size_t column);

/* Find a table and its columns in the target's own catalogue. In another engine, a column that is
   kept in another class of values can only be compared by its NULLs. stream is set already. */
MUST_USE pd_status placement_review(struct arena *arena, const struct pd_table *table,
                                    const struct placement *place, const struct pd_catalog *target,
                                    bool same_engine, struct review_table *ret_table,
                                    struct pd_error *err);
