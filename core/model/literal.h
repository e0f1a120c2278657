// SPDX-License-Identifier: Apache-2.0
/* literal - the literal default of a column as a cell of it, and as one of another engine's. */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "model/batch.h"

/* NULL when the column has no literal default. What its type does not hold is an outlier. The bytes
   are the arena's. */
MUST_USE pd_status literal_cell(const struct pd_column *column, struct arena *arena,
                                struct cell *ret_cell, struct pd_error *err);

/* What a row that does not say it gets there, as a value of a column of type `as`: see
   pd_host.default_value. */
MUST_USE pd_status literal_convert(const struct pd_column *column, const struct pd_type *as,
                                   bool is_tagged, struct buffer *out, int *ret_tag,
                                   struct pd_error *err);
