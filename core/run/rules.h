// SPDX-License-Identifier: Apache-2.0
/* rules - what the user says of values that go into columns that are there: --epoch, --assume-zone,
   --bool-text, --uuid-bytes. */
#pragma once

#include "base/buffer.h"
#include "model/convert.h"
#include "run/mapping.h"

/* Read the options for each column of the selection, and see which columns that the target has
   already (PD_MAPPING_PRESENT) can take the values at all: the others are refused in the mapping.
   Everything is the arena's. An option that fits no column, or no target whose tables were there,
   that says of a column by name what another does not, or that makes no difference to any of the
   columns that it names, is PD_CAUSE_USAGE. */
MUST_USE pd_status rules_apply(const struct run_options *options, const struct selection *selection,
                               struct arena *arena, struct mapping *mapping, struct pd_error *err);
/* Mark columns in the selection: those of --drop-column, which are left behind, and those that the
   other options name, so that the target does not take them for the same. in_place: the rows go
   into tables that are there; elsewhere --drop-column is PD_CAUSE_USAGE. */
MUST_USE pd_status rules_mark(const struct run_options *options, bool in_place, struct arena *arena,
                              struct selection *selection, struct pd_error *err);
/* How an option of convert_why() is to be given for a column: "epoch 't.c=s'", without its dashes.
 */
void rules_put(struct buffer *out, const char *option, const struct pd_table *table,
               const struct pd_column *column);
/* "UTC", "Z", "+02:00", "-0530", "+2" as microseconds before UTC's clocks; false: it is none. */
bool rules_zone(const char *text, int64_t *ret_us);
/* Does "TABLE.COLUMN" name it? Both may be patterns, and TABLE may have a schema. */
bool rules_fits(const char *pattern, const struct pd_table *table, const struct pd_column *column);
