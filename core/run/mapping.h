// SPDX-License-Identifier: Apache-2.0
/* mapping - how the columns of a catalogue are stored in a target, as its sink answers. */
#pragma once

#include "model/convert.h"
#include "run/run.h"
#include "run/select.h"

struct mapping {
    const struct pd_mapping *columns;  /* the sink's; NULL: everything is native there */
    const size_t *first;               /* of each table: the number of its first column */
    const struct pd_table *tables;     /* as they are written: columns with the types of mappings */
    const struct convert_rules *rules; /* as columns: of those that are there; NULL: none are */
    const struct pd_limits *limits; /* as columns: what those that are there lack; NULL: nothing */
};

/* Ask the sink. Strings and labels in the answer are the sink's, until it is asked again. */
MUST_USE pd_status mapping_ask(const struct pd_sink_ops *ops, struct pd_sink *sink,
                               const struct selection *selection, const struct pd_load *load,
                               struct arena *arena, struct mapping *ret_mapping,
                               struct pd_error *err);
/* NULL: native, or a column that has none in the target (generated, passengers). */
const struct pd_mapping *mapping_of(const struct mapping *mapping,
                                    const struct selection *selection, size_t table, size_t column);
/* Is its type jsonb because a step of a migration says so? Its values are what the step made, and
   still to be spelt as the target's engine does. */
bool mapping_spells_json(const struct pd_column *column, const struct pd_mapping *mapping);
/* Could the profile of the table change the answer? */
bool mapping_is_guess(const struct mapping *mapping, const struct selection *selection,
                      size_t table);
/* One message about all columns that the target cannot hold. */
MUST_USE pd_status mapping_refuse(const struct mapping *mapping, const struct selection *selection,
                                  struct pd_error *err);
/* What is not native goes to the report, and to the log when it is verbose. */
MUST_USE pd_status mapping_report(const struct mapping *mapping, const struct selection *selection,
                                  struct report *report, struct pd_error *err);
const char *mapping_rung_name(unsigned rung); /* "carrier" */
