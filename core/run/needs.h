// SPDX-License-Identifier: Apache-2.0
/* needs - objects whose statements name what does not travel, or does not keep its name. */
#pragma once

#include "run/select.h"

/* Of what was selected, leave out, with a line for each, the objects that cannot be made: those
   that need a table which stays behind, those of a schema that --schema-map changes or that need a
   table of it, and, over all levels, those that need such an object. What belongs to one goes with
   it. The others count tables as the selection does from then on. */
MUST_USE pd_status needs_check(struct arena *arena, const struct pd_catalog *source,
                               const char *const *map, struct selection *selection,
                               struct report *report, struct pd_error *err);
