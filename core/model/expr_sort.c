// SPDX-License-Identifier: Apache-2.0
/* expr_sort - of what sort values are, and whether those of a type stay what they are where they
   are compared and in the column that gets them: a conversion that an engine does is done
   otherwise, or not at all, by others. */
#include "model/expr_sort.h"

#include <string.h>

#include <polydump/schema.h>

#include "model/expr_uses.h"

static const uint8_t sorts[PD_KIND_COUNT_] = {
    [PD_KIND_BOOL] = SORT_TRUTH,     [PD_KIND_INT8] = SORT_WHOLE,    [PD_KIND_INT16] = SORT_WHOLE,
    [PD_KIND_INT32] = SORT_WHOLE,    [PD_KIND_INT64] = SORT_LONG,    [PD_KIND_UINT8] = SORT_WHOLE,
    [PD_KIND_UINT16] = SORT_WHOLE,   [PD_KIND_UINT32] = SORT_WHOLE,  [PD_KIND_UINT64] = SORT_LONG,
    [PD_KIND_FLOAT32] = SORT_SINGLE, [PD_KIND_FLOAT64] = SORT_FLOAT, [PD_KIND_DECIMAL] = SORT_WIDE,
    [PD_KIND_NUMBER] = SORT_NUMBER,  [PD_KIND_MONEY] = SORT_WIDE,    [PD_KIND_YEAR] = SORT_WHOLE,
    [PD_KIND_OID] = SORT_WHOLE,      [PD_KIND_TEXT] = SORT_TEXT,     [PD_KIND_CHAR] = SORT_TEXT,
    [PD_KIND_ENUM] = SORT_LABEL,     [PD_KIND_SET] = SORT_LABEL,
};

int
expr_kind_of(const struct pd_operands *o, size_t column)
{
    return o->kind_of ? o->kind_of(o->arg, column) : pd_column_at(o->table, column)->type.kind;
}

const struct pd_column *
expr_find_column(const struct pd_operands *o, const struct expr *node, size_t *ret_number)
{
    for (size_t i = 0; i < o->table->n_columns; i++) {
        const struct pd_column *column = pd_column_at(o->table, i);

        if (strlen(column->name) != node->size || memcmp(column->name, node->text, node->size) != 0)
            continue;
        *ret_number = i;
        return column;
    }
    return NULL;
}

/* A decimal of so few digits, where it is computed? */
static bool
is_exact(const struct pd_operands *o, const struct pd_column *column, size_t number)
{
    const struct pd_type *type =
        PD_HAS(struct pd_operands, o, type_of) ? o->type_of(o->arg, number) : &column->type;

    return type->kind == PD_KIND_DECIMAL && type->precision > 0 && type->precision <= EXACT_DIGITS;
}

enum sort
expr_sort_of_column(const struct pd_operands *o, const struct expr *node)
{
    size_t number = 0;
    const struct pd_column *column = expr_find_column(o, node, &number);
    int kind = column ? expr_kind_of(o, number) : PD_KIND_NONE;
    enum sort sort = kind > 0 && kind < PD_KIND_COUNT_ ? sorts[kind] : SORT_NULL;

    if (kind == PD_KIND_DECIMAL && is_exact(o, column, number))
        return SORT_EXACT;
    return sort != SORT_NULL ? sort : SORT_OTHER;
}

/* ---- Where a value comes from ------------------------------------------------------------- */

static bool
same_name(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool
same_type(const struct pd_type *a, const struct pd_type *b)
{
    return a->kind == b->kind && a->flags == b->flags && a->precision == b->precision &&
           a->scale == b->scale && a->length == b->length && a->element == b->element &&
           a->srid == b->srid && same_name(a->native_name, b->native_name) && pd_same_labels(a, b);
}

static bool
same_column(const struct pd_operands *o, size_t a, size_t b)
{
    const struct pd_column *left = pd_column_at(o->table, a), *right = pd_column_at(o->table, b);

    return expr_kind_of(o, a) == expr_kind_of(o, b) && same_type(&left->type, &right->type) &&
           same_type(&left->hint, &right->hint);
}

/* Is one of the leaves that it may have as its value of this kind? `ask` is asked for each; NULL is
   none. What is computed is asked for as it stands. */
typedef bool leaf_ask(const struct pd_operands *o, const struct expr *leaf, size_t number);

static bool
any_leaf(const struct pd_operands *o, const struct expr *node, leaf_ask *ask, size_t number)
{
    const struct expr *child = node->first;

    if (node->kind == EXPR_NULL)
        return false;
    if (node->kind == EXPR_CALL && node->what == FUNCTION_COALESCE) {
        for (; child; child = child->next) {
            if (any_leaf(o, child, ask, number))
                return true;
        }
        return false;
    }
    if (node->kind != EXPR_CASE)
        return ask(o, node, number);
    if (node->what & EXPR_CASE_OPERAND)
        child = child->next;
    for (; child; child = child->next ? child->next->next : NULL) {
        if (any_leaf(o, child->next ? child->next : child, ask, number))
            return true;
    }
    return false;
}

static bool
is_unlike(const struct pd_operands *o, const struct expr *leaf, size_t number)
{
    size_t from = 0;

    return leaf->kind != EXPR_COLUMN || !expr_find_column(o, leaf, &from) ||
           !same_column(o, from, number);
}

/* Are its values, but for NULL, those of columns of the same type? */
static bool
comes_as(const struct pd_operands *o, const struct expr *node, size_t number)
{
    return !any_leaf(o, node, is_unlike, number);
}

/* ---- What is compared --------------------------------------------------------------------- */

/* The first column that may be its value; n_columns: none. */
static size_t
first_column(const struct pd_operands *o, const struct expr *node)
{
    size_t number = o->table->n_columns, found;

    if (node->kind == EXPR_COLUMN && expr_find_column(o, node, &number))
        return number;
    number = o->table->n_columns;
    if (node->kind != EXPR_CASE && (node->kind != EXPR_CALL || node->what != FUNCTION_COALESCE))
        return number;
    for (const struct expr *child = node->first; child; child = child->next) {
        found = first_column(o, child);
        if (found < o->table->n_columns && comes_as(o, node, found))
            return found;
    }
    return number;
}

/* Are they equal where their canonical text is? And in the order of that? */
static bool
compares_as_text(const struct pd_type *type, bool is_order)
{
    switch (type->kind) {
    case PD_KIND_BINARY:
    case PD_KIND_DATE:
    case PD_KIND_TIMESTAMP:
    case PD_KIND_TIMESTAMPTZ:
        return true;
    case PD_KIND_TIME:
        return !is_order || !(type->flags & PD_TYPE_WIDE);
    case PD_KIND_UUID:
    case PD_KIND_BIT:
    case PD_KIND_VARBIT:
    case PD_KIND_INET:
    case PD_KIND_CIDR:
    case PD_KIND_INET4:
    case PD_KIND_INET6:
    case PD_KIND_MACADDR:
    case PD_KIND_MACADDR8:
        return !is_order;
    default:
        return false;
    }
}

bool
expr_compares_alike(const struct pd_operands *o, const struct expr *left, const struct expr *right,
                    bool is_order)
{
    size_t number = first_column(o, left);
    const struct expr *other = right;
    struct pd_type type;

    if (left->kind == EXPR_NULL || right->kind == EXPR_NULL)
        return true;
    if (number == o->table->n_columns) {
        number = first_column(o, right);
        other = left;
    }
    if (number == o->table->n_columns)
        return false;
    type = pd_column_at(o->table, number)->type;
    if (type.kind == PD_KIND_DATE && expr_is_day(other))
        return expr_kind_of(o, number) == PD_KIND_DATE;
    type.kind = (uint16_t)expr_kind_of(o, number);
    return comes_as(o, other, number) && compares_as_text(&type, is_order);
}

static bool
is_year(const struct pd_operands *o, const struct expr *leaf, size_t number)
{
    size_t from = 0;
    const struct pd_column *column =
        leaf->kind == EXPR_COLUMN ? expr_find_column(o, leaf, &from) : NULL;

    (void)number;
    return column && (column->type.kind == PD_KIND_YEAR || expr_kind_of(o, from) == PD_KIND_YEAR);
}

static bool
is_short(const struct pd_operands *o, const struct expr *leaf, size_t number)
{
    (void)o;
    (void)number;
    return leaf->kind == EXPR_NUMBER && leaf->size <= 2;
}

bool
expr_guesses_year(const struct pd_operands *o, const struct expr *left, const struct expr *right)
{
    return (any_leaf(o, left, is_year, 0) && any_leaf(o, right, is_short, 0)) ||
           (any_leaf(o, right, is_year, 0) && any_leaf(o, left, is_short, 0));
}

static bool
is_fixed(const struct pd_operands *o, size_t number)
{
    return pd_column_at(o->table, number)->type.kind == PD_KIND_CHAR ||
           expr_kind_of(o, number) == PD_KIND_CHAR;
}

static bool
is_fixed_text(const struct pd_operands *o, const struct expr *leaf, size_t number)
{
    (void)number;
    return leaf->kind == EXPR_COLUMN && expr_find_column(o, leaf, &number) && is_fixed(o, number);
}

static bool
ends_in_blank(const struct pd_operands *o, const struct expr *leaf, size_t number)
{
    (void)o;
    (void)number;
    return leaf->kind == EXPR_STRING && leaf->size && leaf->text[leaf->size - 1] == ' ';
}

bool
expr_has_blanks(const struct pd_operands *o, const struct expr *left, const struct expr *right)
{
    bool fixed = any_leaf(o, left, is_fixed_text, 0) || any_leaf(o, right, is_fixed_text, 0);

    return fixed && (any_leaf(o, left, ends_in_blank, 0) || any_leaf(o, right, ends_in_blank, 0));
}

/* ---- What a column gets ------------------------------------------------------------------- */

static size_t
n_characters(const char *text, size_t size)
{
    size_t n = 0;

    for (size_t i = 0; i < size; i++)
        n += ((unsigned char)text[i] & 0xC0) != 0x80;
    return n;
}

static bool
is_too_long(const struct pd_type *from, const struct pd_type *to)
{
    if (!to->length)
        return false;
    for (size_t i = 0; from->kind == PD_KIND_ENUM && i < from->n_labels; i++) {
        if (n_characters(from->labels[i], strlen(from->labels[i])) > to->length)
            return true;
    }
    return from->kind != PD_KIND_ENUM && (!from->length || from->length > to->length);
}

/* What a column of text gets might lose blanks at its end, or gets letters of a number as an engine
   shows it. */
static bool
is_changed_text(const struct pd_operands *o, const struct expr *leaf, size_t number)
{
    const struct pd_type *to = &pd_column_at(o->table, number)->type;
    size_t from = 0;

    if (leaf->kind == EXPR_STRING)
        return (is_fixed(o, number) && ends_in_blank(o, leaf, 0)) ||
               (to->length && n_characters(leaf->text, leaf->size) > to->length);
    if (leaf->kind != EXPR_COLUMN)
        return false;
    if (is_year(o, leaf, 0))
        return true;
    if (!is_text(expr_sort_of_column(o, leaf)) || !is_unlike(o, leaf, number) ||
        !expr_find_column(o, leaf, &from))
        return false;
    return is_fixed(o, number) || is_fixed(o, from) ||
           pd_column_at(o->table, from)->type.kind == PD_KIND_SET ||
           is_too_long(&pd_column_at(o->table, from)->type, to);
}

static bool
fits_text(const struct pd_operands *o, const struct expr *tree, enum sort result, size_t number)
{
    int declared = pd_column_at(o->table, number)->type.kind;
    bool is_declared = declared == PD_KIND_TEXT || declared == PD_KIND_CHAR;

    return (is_text(result) || (is_declared && (result == SORT_WHOLE || result == SORT_LONG))) &&
           !any_leaf(o, tree, is_changed_text, number);
}

static bool
fits_number(enum sort result, enum sort column)
{
    if (!is_number(result))
        return false;
    if (column <= SORT_LONG)
        return result <= SORT_LONG;
    return is_float(column) || !is_float(result);
}

static bool
takes_own_alone(const struct pd_type *type, int kind)
{
    return kind == PD_KIND_YEAR || kind == PD_KIND_OID || kind == PD_KIND_FLOAT32 ||
           type->kind == PD_KIND_YEAR || type->kind == PD_KIND_OID ||
           (type->kind == PD_KIND_DECIMAL && type->scale < 0);
}

/* Digits that one engine keeps as text and others as a number, or as one that has not so many. */
static uint32_t
shows_digits(const struct pd_type *type, int kind, enum sort result)
{
    bool is_wide =
        type->kind == PD_KIND_DECIMAL && (type->precision <= 0 || type->precision > EXACT_DIGITS);

    return (is_wide && result <= SORT_LONG) ||
                   (type->kind == PD_KIND_FLOAT64 && result == SORT_WIDE) ||
                   (type->kind == PD_KIND_NUMBER && kind == PD_KIND_FLOAT64 && result == SORT_LONG)
               ? PD_USES_FRACTIONS
               : 0;
}

uint32_t
expr_misfits(const struct pd_operands *o, const struct expr *tree, enum sort result, size_t number)
{
    const struct pd_type *type = &pd_column_at(o->table, number)->type;
    int kind = expr_kind_of(o, number);
    enum sort column = kind > 0 && kind < PD_KIND_COUNT_ ? sorts[kind] : SORT_NULL;
    uint32_t flags = 0;
    bool fits = true;

    if (result == SORT_NULL)
        return 0;
    if (kind == PD_KIND_ANY) {
        fits = is_text(result) || result == SORT_OTHER;
    } else if (result == SORT_TRUTH && is_number(column)) {
        flags = PD_USES_TRUTHS;
    } else if (is_number(column)) {
        fits = fits_number(result, column);
        flags = shows_digits(type, kind, result);
    } else if (column == SORT_TRUTH) {
        fits = result == SORT_TRUTH;
    } else if (column == SORT_TEXT) {
        fits = fits_text(o, tree, result, number);
    } else {
        fits = comes_as(o, tree, number);
    }
    if (takes_own_alone(type, kind))
        fits = fits && comes_as(o, tree, number);
    return flags | (fits ? 0u : PD_USES_CONVERSION);
}
