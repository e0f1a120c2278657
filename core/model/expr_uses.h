// SPDX-License-Identifier: Apache-2.0
/* expr_uses - what an expression does with the values of its columns, where engines differ. */
#pragma once

#include "model/expr_tree.h"

/* PD_USES_*. Marks the comparisons that order text (expr.orders_text). */
uint32_t expr_judge(const struct pd_operands *operands, struct expr *tree);
/* Of a tree that was judged: is text ordered without being told to do it by its bytes? */
bool expr_orders_by_language(const struct pd_operands *operands, const struct expr *tree);
