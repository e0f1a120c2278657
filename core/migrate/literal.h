// SPDX-License-Identifier: Apache-2.0
/* literal - the literal default that a step gives a column. */
#pragma once

#include "model/literal.h"

/* A literal default that a step gives, as catalogues have it: exact numbers in canonical text, with
   as many digits behind the point as the type has, however they were spelt. PD_FAILED: it is no
   value of the column's type (its range, length, digits, labels); the error does not name the
   column. */
MUST_USE pd_status literal_settle(struct pd_column *column, struct arena *arena,
                                  struct pd_error *err);
