// SPDX-License-Identifier: Apache-2.0
/* expr_uses - what an expression does with the values of its columns, where engines differ. */
#include "model/expr_uses.h"

#include <string.h>

#include <polydump/schema.h>

#include "model/expr_digits.h"
#include "model/expr_sort.h"

struct uses {
    const struct pd_operands *operands;
    uint32_t flags;
};

static enum sort
sort_of_number(const struct expr *node)
{
    bool has_point = memchr(node->text, '.', node->size) != NULL;
    size_t n_digits = node->size - has_point - (*node->text == '-');

    if (n_digits <= EXACT_DIGITS)
        return has_point ? SORT_EXACT : SORT_WHOLE;
    return has_point ? SORT_WIDE : SORT_LONG;
}

/* ---- Comparisons ------------------------------------------------------------------------- */

/* The columns of text in it: is there one, and is one compared by something else than its bytes? */
static void
see_texts(const struct pd_operands *o, const struct expr *node, bool *any, bool *folded)
{
    size_t number = 0;
    const struct pd_column *column;

    if (node->kind == EXPR_COLUMN && is_text(expr_sort_of_column(o, node))) {
        column = expr_find_column(o, node, &number);
        *any = true;
        *folded = *folded || column->collation > PD_COLLATION_BINARY;
    }
    for (const struct expr *child = node->first; child; child = child->next)
        see_texts(o, child, any, folded);
}

static void
compare_texts(struct uses *u, const struct expr *left, const struct expr *right)
{
    bool any = false, folded = false;

    see_texts(u->operands, left, &any, &folded);
    see_texts(u->operands, right, &any, &folded);
    u->flags |= folded ? PD_USES_COLLATION : 0u;
    u->flags |= any ? 0u : PD_USES_BARE_TEXT;
}

static void
compare_numbers(struct uses *u, enum sort left, enum sort right)
{
    bool floats = is_float(left) || is_float(right);

    if ((!floats && (left == SORT_WIDE || right == SORT_WIDE)) ||
        (floats && (left == SORT_LONG || right == SORT_LONG)))
        u->flags |= PD_USES_FRACTIONS;
}

/* Is it a comparison of text with text? */
static bool
compare_sorts(struct uses *u, enum sort left, enum sort right)
{
    if (left == SORT_NULL || right == SORT_NULL)
        return false;
    if (is_text(left) && is_text(right))
        return true;
    if (is_text(left) || is_text(right))
        u->flags |= PD_USES_MIXED;
    else if (is_number(left) && is_number(right))
        compare_numbers(u, left, right);
    else if (left != right)
        u->flags |= PD_USES_TRUTHS;
    return false;
}

static void
compare(struct uses *u, struct expr *node, const struct expr *left_node, enum sort left,
        const struct expr *right_node, enum sort right)
{
    bool is_order = node->kind == EXPR_BINARY && node->what >= SYMBOL_LT && node->what <= SYMBOL_GE;

    if (left == SORT_OTHER || right == SORT_OTHER) {
        u->flags |=
            expr_compares_alike(u->operands, left_node, right_node, is_order) ? 0u : PD_USES_MIXED;
        return;
    }
    u->flags |= expr_guesses_year(u->operands, left_node, right_node) ? PD_USES_MIXED : 0u;
    if (!compare_sorts(u, left, right))
        return;
    u->flags |= expr_has_blanks(u->operands, left_node, right_node) ? PD_USES_BLANKS : 0u;
    compare_texts(u, left_node, right_node);
    if (is_order && (left == SORT_LABEL || right == SORT_LABEL)) {
        u->flags |= PD_USES_LABEL_ORDER;
    } else if (is_order) {
        u->flags |= PD_USES_TEXT_ORDER;
        node->orders_text = true;
    }
}

/* ---- What comes out ---------------------------------------------------------------------- */

/* One of two, as CASE and coalesce() have it. */
static enum sort
either(struct uses *u, enum sort a, enum sort b)
{
    if (a == SORT_NULL || a == b)
        return b;
    if (b == SORT_NULL)
        return a;
    if (a == SORT_OTHER || b == SORT_OTHER) {
        u->flags |= PD_USES_MIXED;
        return SORT_OTHER;
    }
    if (is_text(a) && is_text(b))
        return SORT_TEXT;
    if (is_number(a) && is_number(b)) {
        enum sort low = a < b ? a : b;

        /* Engines with types make the one of the other. */
        u->flags |= low > SORT_WHOLE ? PD_USES_FRACTIONS : 0u;
        return a < b ? b : a;
    }
    u->flags |= is_text(a) || is_text(b) ? PD_USES_MIXED : PD_USES_TRUTHS;
    return SORT_OTHER;
}

static enum sort
sum_of(struct uses *u, enum symbol op, enum sort a, enum sort b)
{
    enum sort low = a < b ? a : b, high = a < b ? b : a;

    if (low == SORT_NULL)
        return high;
    if (low == SORT_TRUTH && high <= SORT_FLOAT) {
        u->flags |= PD_USES_TRUTHS;
        return SORT_WHOLE;
    }
    if (!is_number(low) || !is_number(high)) {
        u->flags |= PD_USES_MIXED;
        return SORT_OTHER;
    }
    if (high <= SORT_LONG)
        return op == SYMBOL_TIMES ? SORT_LONG : high;
    if (!is_float(high)) {
        u->flags |= PD_USES_FRACTIONS;
        return SORT_WIDE;
    }
    u->flags |= low == SORT_SINGLE && high == SORT_SINGLE ? PD_USES_SINGLES : 0u;
    u->flags |= low == SORT_WIDE ? PD_USES_FRACTIONS : 0u;
    return low == SORT_SINGLE && high == SORT_SINGLE ? SORT_SINGLE : SORT_FLOAT;
}

static void
want_truth(struct uses *u, enum sort sort)
{
    if (is_number(sort))
        u->flags |= PD_USES_TRUTHS;
    else if (is_text(sort) || sort == SORT_OTHER)
        u->flags |= PD_USES_MIXED;
}

static enum sort judge(struct uses *u, struct expr *node);

static enum sort
judge_binary(struct uses *u, struct expr *node)
{
    struct expr *right_node = node->first->next;
    enum sort left = judge(u, node->first), right = judge(u, right_node);

    if (node->what == SYMBOL_PLUS || node->what == SYMBOL_MINUS || node->what == SYMBOL_TIMES)
        return sum_of(u, node->what, left, right);
    if (node->what == SYMBOL_AND || node->what == SYMBOL_OR) {
        want_truth(u, left);
        want_truth(u, right);
    } else {
        compare(u, node, node->first, left, right_node, right);
    }
    return SORT_TRUTH;
}

static enum sort
judge_in(struct uses *u, struct expr *node)
{
    enum sort left = judge(u, node->first);

    for (struct expr *child = node->first->next; child; child = child->next)
        compare(u, node, node->first, left, child, judge(u, child));
    return SORT_TRUTH;
}

static enum sort
judge_case(struct uses *u, struct expr *node)
{
    bool has_operand = node->what & EXPR_CASE_OPERAND;
    enum sort operand = has_operand ? judge(u, node->first) : SORT_NULL, result = SORT_NULL;
    struct expr *child = has_operand ? node->first->next : node->first;

    for (; child && child->next; child = child->next->next) {
        enum sort when = judge(u, child);

        if (has_operand)
            compare(u, node, node->first, operand, child, when);
        else
            want_truth(u, when);
        result = either(u, result, judge(u, child->next));
        if (!child->next->next)
            return result;
    }
    return child ? either(u, result, judge(u, child)) : result;
}

static enum sort
judge_call(struct uses *u, struct expr *node)
{
    enum sort result = judge(u, node->first);

    if (node->what == FUNCTION_CHAR_LENGTH) {
        u->flags |= result == SORT_TEXT || result == SORT_NULL ? 0u : PD_USES_MIXED;
        u->flags |= PD_USES_LENGTH;
        return SORT_WHOLE;
    }
    if (node->what == FUNCTION_ABS) {
        u->flags |= is_number(result) || result == SORT_NULL ? 0u : PD_USES_MIXED;
        return result;
    }
    for (struct expr *child = node->first->next; child; child = child->next)
        result = either(u, result, judge(u, child));
    return result;
}

/* As deep as the tree, which is limited. */
static enum sort
judge(struct uses *u, struct expr *node)
{
    enum sort sort;

    switch (node->kind) {
    case EXPR_COLUMN:
        return expr_sort_of_column(u->operands, node);
    case EXPR_NUMBER:
        return sort_of_number(node);
    case EXPR_STRING:
        return SORT_TEXT;
    case EXPR_BINARY:
        return judge_binary(u, node);
    case EXPR_IN:
        return judge_in(u, node);
    case EXPR_CASE:
        return judge_case(u, node);
    case EXPR_CALL:
        return judge_call(u, node);
    case EXPR_NOT:
        want_truth(u, judge(u, node->first));
        return SORT_TRUTH;
    case EXPR_MINUS:
        sort = judge(u, node->first);
        u->flags |= is_number(sort) || sort == SORT_NULL ? 0u : PD_USES_MIXED;
        return sort;
    case EXPR_IS_NULL:
    case EXPR_IS_NOT_NULL:
        judge(u, node->first);
        return SORT_TRUTH;
    default:
        return SORT_NULL;
    }
}

/* ---- Of the whole ------------------------------------------------------------------------ */

uint32_t
expr_judge(const struct pd_operands *operands, struct expr *tree)
{
    struct uses uses = {.operands = operands};
    enum sort result = judge(&uses, tree);

    if (operands->column < operands->table->n_columns)
        uses.flags |= expr_misfits(operands, tree, result, operands->column);
    uses.flags |= expr_has_many_digits(operands, tree) ? PD_USES_DIGITS : 0u;
    return uses.flags;
}

/* ---- Text that an engine does not order by its bytes -------------------------------------- */

static bool
is_bytewise(const struct pd_operands *o, const struct expr *node)
{
    size_t number = 0;
    const struct pd_column *column =
        node->kind == EXPR_COLUMN ? expr_find_column(o, node, &number) : NULL;

    return column && column->collation == PD_COLLATION_BINARY;
}

bool
expr_orders_by_language(const struct pd_operands *operands, const struct expr *node)
{
    if (node->orders_text && !node->by_bytes && !is_bytewise(operands, node->first) &&
        !is_bytewise(operands, node->first->next))
        return true;
    for (const struct expr *child = node->first; child; child = child->next) {
        if (expr_orders_by_language(operands, child))
            return true;
    }
    return false;
}
