// SPDX-License-Identifier: Apache-2.0
/* like_bounds - is a type of b as wide as what steps have asked for? */
#include <string.h>

#include "model/kind.h"
#include "run/like_plan.h"

static bool
same_labels(const struct pd_type *a, const struct pd_type *b)
{
    if (a->n_labels != b->n_labels)
        return false;
    for (size_t i = 0; i < a->n_labels; i++)
        if (strcmp(a->labels[i], b->labels[i]) != 0)
            return false;
    return true;
}

/* Engines bound a text that is in a key. */
static bool
is_in_key(const struct pd_table *table, uint32_t column)
{
    for (size_t i = 0; i < table->n_keys; i++)
        for (size_t k = 0; k < table->keys[i].n_parts; k++)
            if (table->keys[i].parts[k].column == (int32_t)column)
                return true;
    for (size_t i = 0; i < table->n_foreigns; i++)
        for (size_t k = 0; k < table->foreigns[i].n_columns; k++)
            if (table->foreigns[i].columns[k] == column)
                return true;
    return false;
}

/* Digits of a second; most engines have six where nothing is said. */
static int
seconds_of(const struct pd_type *type)
{
    int class = kind_class(type->kind);

    if (class != PD_CLASS_TIME && class != PD_CLASS_TIMESTAMP && class != PD_CLASS_INSTANT &&
        class != PD_CLASS_TIMETZ)
        return 0;
    return type->precision < 0 ? 6 : type->precision;
}

/* No engine keeps numbers in a type that holds fewer of them, or less of each. */
static bool
is_narrower(const struct pd_type *a, const struct pd_type *b)
{
    if (a->kind == PD_KIND_FLOAT64 && b->kind == PD_KIND_FLOAT32)
        return true;
    if (a->kind == b->kind)
        return seconds_of(b) < seconds_of(a);
    return kind_class(a->kind) == PD_CLASS_INTEGER && kind_class(b->kind) == PD_CLASS_INTEGER &&
           kind_is_integer(a->kind) && kind_is_integer(b->kind) &&
           kind_is_unsigned(a->kind) == kind_is_unsigned(b->kind) && kind_width(b) < kind_width(a);
}

bool
like_same_bounds(const struct like_pair *pair, uint32_t column)
{
    const struct pd_type *a = &pair->a->columns[column].type;
    const struct pd_type *b = &pair->b->columns[pair->to_b[column]].type;

    /* What a declaration promises counts only as far as the values keep it. */
    if (pair->a->columns[column].hint.kind != PD_KIND_NONE)
        return true;
    if (is_narrower(a, b))
        return false;
    if (a->kind != b->kind)
        return true;
    if (b->length && a->length != b->length && (a->length || !is_in_key(pair->a, column)))
        return false;
    if (a->kind == PD_KIND_DECIMAL && a->precision > 0 && b->precision > 0 &&
        (a->precision != b->precision || a->scale != b->scale))
        return false;
    return a->n_labels == 0 || b->n_labels == 0 || same_labels(a, b);
}
