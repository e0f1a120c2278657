// SPDX-License-Identifier: Apache-2.0
/* expr_same - do two trees say the same, whatever the values of their columns are? */
#pragma once

#include <stdbool.h>

#include <polydump/plugin.h>

struct expr;

/* operands says of what type columns are; both trees name them alike. */
bool expr_trees_are_same(const struct pd_operands *operands, const struct expr *a,
                         const struct expr *b);
