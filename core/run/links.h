// SPDX-License-Identifier: Apache-2.0
/* links - the foreign keys that rows meet in the target. */
#pragma once

#include "base/arena.h"
#include "base/error.h"

/* The catalogue of a run with the foreign keys that its tables have in the target, told by the
   names of its own tables and columns; what joins others is left out. A table that the target does
   not have keeps its own. Shares memory with both. */
MUST_USE pd_status links_catalog(struct arena *arena, const struct pd_catalog *catalog,
                                 const struct pd_catalog *target,
                                 const struct pd_catalog **ret_catalog, struct pd_error *err);
