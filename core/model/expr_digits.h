// SPDX-License-Identifier: Apache-2.0
/* expr_digits - how many digits sums and products of exact decimals may have. Private to
   expr_uses.c. */
#pragma once

#include "model/expr_tree.h"

/* More than nine groups of nine digits, or 38 behind the point? */
bool expr_has_many_digits(const struct pd_operands *operands, const struct expr *tree);
