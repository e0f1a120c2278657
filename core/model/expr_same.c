// SPDX-License-Identifier: Apache-2.0
/* expr_same - do two texts of the portable grammar say the same? Servers write what they are given
   in words of their own: MariaDB has (n <= 5) for NOT (n > 5), and (a = 0) for NOT a. */
#include "model/expr_same.h"

#include <string.h>

#include <polydump/schema.h>

#include "model/expr_sort.h"
#include "model/expr_tree.h"

/* A part of an expression, or what it is not. In the logic of three values too NOT goes through
   AND, OR and comparisons as one expects. */
struct part {
    const struct expr *node;
    bool negated;
};

static enum symbol
opposite(enum symbol symbol)
{
    static const uint8_t opposites[] = {
        [SYMBOL_EQ] = SYMBOL_NE,  [SYMBOL_NE] = SYMBOL_EQ,  [SYMBOL_LT] = SYMBOL_GE,
        [SYMBOL_GE] = SYMBOL_LT,  [SYMBOL_GT] = SYMBOL_LE,  [SYMBOL_LE] = SYMBOL_GT,
        [SYMBOL_AND] = SYMBOL_OR, [SYMBOL_OR] = SYMBOL_AND,
    };

    return symbol < sizeof opposites / sizeof *opposites ? opposites[symbol] : SYMBOL_NONE;
}

/* SQLite's booleans are numbers by that name. */
static bool
is_truth(const struct pd_operands *o, const struct expr *node)
{
    size_t number = 0;
    const struct pd_column *column =
        node->kind == EXPR_COLUMN ? expr_find_column(o, node, &number) : NULL;

    return column && (column->type.kind == PD_KIND_BOOL || column->hint.kind == PD_KIND_BOOL);
}

static bool
is_bit(const struct expr *node)
{
    return node->kind == EXPR_NUMBER && node->size == 1 &&
           (*node->text == '0' || *node->text == '1');
}

/* a = 0, a <> 1: of a truth that is NOT a. */
static bool
take_comparison(const struct pd_operands *o, struct part *part)
{
    const struct expr *node = part->node, *number;

    if (node->kind != EXPR_BINARY || (node->what != SYMBOL_EQ && node->what != SYMBOL_NE))
        return false;
    number = node->first->next;
    if (!is_truth(o, node->first) || !is_bit(number))
        return false;
    part->negated ^= (node->what == SYMBOL_EQ) == (*number->text == '0');
    part->node = node->first;
    return true;
}

static struct part
peel(const struct pd_operands *o, const struct expr *node, bool negated)
{
    struct part part = {node, negated};

    do {
        for (; part.node->kind == EXPR_NOT; part.node = part.node->first)
            part.negated = !part.negated;
    } while (take_comparison(o, &part));
    return part;
}

/* What stands between the operands once NOT has gone through; SYMBOL_NONE: it does not. */
static enum symbol
operator_of(const struct part *part)
{
    enum symbol symbol = part->node->kind == EXPR_BINARY ? part->node->what : SYMBOL_NONE;

    if (opposite(symbol) == SYMBOL_NONE)
        return SYMBOL_NONE;
    return part->negated ? opposite(symbol) : symbol;
}

static bool
is_null_test(const struct part *part)
{
    return part->node->kind == EXPR_IS_NULL || part->node->kind == EXPR_IS_NOT_NULL;
}

/* As deep as the trees, which are limited. */
static bool
is_same(const struct pd_operands *o, struct part a, struct part b)
{
    enum symbol symbol;
    const struct expr *x, *y;
    bool through;

    a = peel(o, a.node, a.negated);
    b = peel(o, b.node, b.negated);
    symbol = operator_of(&a);
    through = symbol == SYMBOL_AND || symbol == SYMBOL_OR;
    if (symbol != SYMBOL_NONE || operator_of(&b) != SYMBOL_NONE) {
        if (symbol != operator_of(&b))
            return false;
    } else if (is_null_test(&a) && is_null_test(&b)) {
        if ((a.node->kind == b.node->kind) != (a.negated == b.negated))
            return false;
    } else if (a.node->kind != b.node->kind || a.node->what != b.node->what ||
               a.negated != b.negated || a.node->size != b.node->size ||
               (a.node->size && memcmp(a.node->text, b.node->text, a.node->size) != 0)) {
        return false;
    }
    for (x = a.node->first, y = b.node->first; x && y; x = x->next, y = y->next) {
        if (!is_same(o, (struct part){x, through && a.negated},
                     (struct part){y, through && b.negated}))
            return false;
    }
    return !x && !y;
}

bool
expr_trees_are_same(const struct pd_operands *operands, const struct expr *a, const struct expr *b)
{
    return is_same(operands, (struct part){a, false}, (struct part){b, false});
}
