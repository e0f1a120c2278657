// SPDX-License-Identifier: Apache-2.0
/* schema_map - --schema-map FROM=TO: tables of one schema go into another one. */
#pragma once

#include "run/select.h"

/* The schema that `schema` (NULL: the default one) becomes: NULL or "" is the default one. */
const char *schema_mapped(const char *const *map, const char *schema);
bool schema_is_mapped(const char *const *map, const char *schema);
/* Change the tables that were selected. Refuses what names no schema of them, and two that would
   have one name. Objects are needs_check()'s. */
MUST_USE pd_status schema_map(struct arena *arena, const char *const *map,
                              struct selection *selection, struct pd_error *err);
