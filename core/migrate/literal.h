// SPDX-License-Identifier: Apache-2.0
/* literal - the literal default of a column as a cell of it. */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "model/batch.h"

/* NULL when the column has no literal default. What its type does not hold is an outlier. The bytes
   are the arena's. */
MUST_USE pd_status literal_cell(const struct pd_column *column, struct arena *arena,
                                struct cell *ret_cell, struct pd_error *err);

/* A literal default that a step gives, as catalogues have it: exact numbers in canonical text, with
   as many digits behind the point as the type has, however they were spelt. PD_FAILED: it is no
   value of the column's type (its range, length, digits, labels); the error does not name the
   column. */
MUST_USE pd_status literal_settle(struct pd_column *column, struct arena *arena,
                                  struct pd_error *err);
