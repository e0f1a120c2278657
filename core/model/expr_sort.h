// SPDX-License-Identifier: Apache-2.0
/* expr_sort - of what sort values are, and whether those of a type stay what they are. Private to
   expr_uses.c and expr_sort.c. */
#pragma once

#include "model/expr_tree.h"

/* What comes out of a node. Numbers stand in the order in which one becomes the other. */
enum sort {
    SORT_NULL,
    SORT_TRUTH,
    SORT_WHOLE,  /* an integer that a double holds */
    SORT_LONG,   /* one that it may not hold */
    SORT_EXACT,  /* a decimal of which a double says as much */
    SORT_WIDE,   /* one of more digits */
    SORT_NUMBER, /* an integer or a double, as it comes */
    SORT_SINGLE, /* a float32 */
    SORT_FLOAT,
    SORT_TEXT,
    SORT_LABEL, /* text that an engine may order otherwise than by its letters */
    SORT_OTHER
};

enum { EXACT_DIGITS = 15 }; /* decimals of as many are different doubles, in the same order */

static inline bool
is_number(enum sort sort)
{
    return sort >= SORT_WHOLE && sort <= SORT_FLOAT;
}

static inline bool
is_float(enum sort sort)
{
    return sort == SORT_SINGLE || sort == SORT_FLOAT;
}

static inline bool
is_text(enum sort sort)
{
    return sort == SORT_TEXT || sort == SORT_LABEL;
}

/* NULL: none is called so. */
const struct pd_column *expr_find_column(const struct pd_operands *o, const struct expr *node,
                                         size_t *ret_number);
/* Where it is computed. */
int expr_kind_of(const struct pd_operands *o, size_t column);
enum sort expr_sort_of_column(const struct pd_operands *o, const struct expr *node);

/* Do all engines compare two values alike, one of which is neither text, number nor truth? */
bool expr_compares_alike(const struct pd_operands *o, const struct expr *left,
                         const struct expr *right, bool is_order);
/* Is a year compared with a number of two digits, which an engine may take for a year as well? */
bool expr_guesses_year(const struct pd_operands *o, const struct expr *left,
                       const struct expr *right);
/* Is text of a fixed length compared with a literal that ends in blanks? */
bool expr_has_blanks(const struct pd_operands *o, const struct expr *left,
                     const struct expr *right);
/* PD_USES_* of giving column `number` the values of a tree, which are of that sort. */
uint32_t expr_misfits(const struct pd_operands *o, const struct expr *tree, enum sort result,
                      size_t number);
