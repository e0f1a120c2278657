// SPDX-License-Identifier: Apache-2.0
/* rehearse - rows are read and converted as for columns that are there, and thrown away. */
#pragma once

#include "run/fit.h"

/* Which values do not fit, column by column as mapping->columns; *ret_counts is NULL where no
   column is there, some cannot take its values at all, or the source is read only once. Everything
   is the arena's. */
MUST_USE pd_status rehearse(struct opened_source *source, const struct selection *selection,
                            const struct mapping *mapping, const struct run_options *options,
                            struct arena *arena, const struct misfit_count **ret_counts,
                            struct pd_error *err);
