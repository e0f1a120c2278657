// SPDX-License-Identifier: Apache-2.0
/* schema_map - --schema-map FROM=TO: tables of one schema go into another one. */
#pragma once

#include "run/select.h"

/* The schema that `schema` (NULL: the default one) becomes: NULL or "" is the default one. */
const char *schema_mapped(const char *const *map, const char *schema);
/* Change what was selected. Refuses what names no schema of it, and two tables that would have one
   name. Objects of a schema that changes are left out: their SQL names it. */
MUST_USE pd_status schema_map(struct arena *arena, const char *const *map,
                              struct selection *selection, struct report *report,
                              struct pd_error *err);
