// SPDX-License-Identifier: Apache-2.0
/* expr_digits - how many digits sums and products of exact decimals may have: an engine that keeps
   them in groups of nine, and no more than nine groups, cuts the operands of others. */
#include "model/expr_digits.h"

#include <string.h>

#include "model/expr_sort.h"

enum {
    GROUP = 9,
    MOST_GROUPS = 9,
    MOST_BEHIND = 38, /* the point */
    LONG_DIGITS = 19, /* of 64 bits */
    LOOSE_WHOLE = 35, /* a decimal that does not say it, as far as it is kept as one */
    LOOSE_BEHIND = 30,
    FAR_TOO_MANY = 1000 /* where counting stops */
};

struct digits {
    uint32_t whole;
    uint32_t behind;
    bool is_decimal; /* false: an integer, or no number */
    bool is_float;
};

struct count {
    const struct pd_operands *operands;
    bool exceeds;
};

static uint32_t
larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static uint32_t
groups(uint32_t digits)
{
    return (digits + GROUP - 1) / GROUP;
}

/* What may be the one or the other. */
static struct digits
either(struct digits a, struct digits b)
{
    return (struct digits){.whole = larger(a.whole, b.whole),
                           .behind = larger(a.behind, b.behind),
                           .is_decimal = a.is_decimal || b.is_decimal,
                           .is_float = a.is_float || b.is_float};
}

static struct digits
digits_of_decimal(const struct pd_type *type)
{
    int32_t precision = type->precision, scale = type->scale;
    struct digits digits = {LOOSE_WHOLE, LOOSE_BEHIND, true, false};

    if (type->kind != PD_KIND_DECIMAL && type->kind != PD_KIND_MONEY)
        return digits;
    if (type->kind == PD_KIND_MONEY)
        precision = LONG_DIGITS;
    if (precision <= 0)
        return digits;
    digits.behind = scale > 0 ? (uint32_t)scale : 0;
    digits.whole = precision > scale ? (uint32_t)(precision - scale) : 0;
    return digits;
}

static struct digits
digits_of_column(const struct pd_operands *o, const struct expr *node)
{
    size_t number = 0;
    const struct pd_column *column = expr_find_column(o, node, &number);
    int kind = column ? expr_kind_of(o, number) : PD_KIND_NONE;

    switch (kind) {
    case PD_KIND_DECIMAL:
    case PD_KIND_MONEY:
        return digits_of_decimal(&column->type);
    case PD_KIND_FLOAT32:
    case PD_KIND_FLOAT64:
    case PD_KIND_NUMBER:
        return (struct digits){.is_float = true};
    case PD_KIND_INT8:
    case PD_KIND_UINT8:
        return (struct digits){.whole = 3};
    case PD_KIND_INT16:
    case PD_KIND_UINT16:
        return (struct digits){.whole = 5};
    case PD_KIND_INT32:
    case PD_KIND_UINT32:
        return (struct digits){.whole = 10};
    default:
        return (struct digits){.whole = LONG_DIGITS};
    }
}

static struct digits
digits_of_number(const struct expr *node)
{
    const char *digits = *node->text == '-' ? node->text + 1 : node->text;
    size_t size = node->size - (size_t)(digits - node->text);
    const char *point = memchr(digits, '.', size);
    size_t whole = point ? (size_t)(point - digits) : size;

    if (whole == 1 && *digits == '0')
        whole = 0;
    return (struct digits){.whole = (uint32_t)whole,
                           .behind = point ? (uint32_t)(digits + size - point - 1) : 0,
                           .is_decimal = point || whole >= LONG_DIGITS};
}

/* Integers alone have as many bits as they have, and floats have no digits to lose. */
static struct digits
digits_of_sum(struct count *c, enum symbol op, struct digits a, struct digits b)
{
    struct digits sum = either(a, b);
    uint32_t n;

    if (sum.is_float)
        return sum;
    if (!sum.is_decimal)
        return (struct digits){.whole = LONG_DIGITS};
    if (op == SYMBOL_TIMES) {
        n = groups(a.whole) + groups(b.whole) + groups(a.behind) + groups(b.behind);
        sum.whole = a.whole + b.whole;
        sum.behind = a.behind + b.behind;
    } else {
        sum.whole++;
        n = groups(sum.whole) + groups(sum.behind);
    }
    c->exceeds = c->exceeds || n > MOST_GROUPS || sum.behind > MOST_BEHIND;
    sum.whole = sum.whole > FAR_TOO_MANY ? FAR_TOO_MANY : sum.whole;
    sum.behind = sum.behind > FAR_TOO_MANY ? FAR_TOO_MANY : sum.behind;
    return sum;
}

/* As deep as the tree, which is limited. What is no number has digits that nobody asks for. */
static struct digits
count(struct count *c, const struct expr *node)
{
    struct digits all = {0};

    if (node->kind == EXPR_COLUMN)
        return digits_of_column(c->operands, node);
    if (node->kind == EXPR_NUMBER)
        return digits_of_number(node);
    if (node->kind == EXPR_BINARY &&
        (node->what == SYMBOL_PLUS || node->what == SYMBOL_MINUS || node->what == SYMBOL_TIMES)) {
        struct digits left = count(c, node->first);

        return digits_of_sum(c, node->what, left, count(c, node->first->next));
    }
    for (const struct expr *child = node->first; child; child = child->next)
        all = either(all, count(c, child));
    return all;
}

bool
expr_has_many_digits(const struct pd_operands *operands, const struct expr *tree)
{
    struct count c = {.operands = operands};

    count(&c, tree);
    return c.exceeds;
}
