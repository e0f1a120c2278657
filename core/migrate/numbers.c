// SPDX-License-Identifier: Apache-2.0
// numbers - the highest number that a column of integers has, and numbers above it.
#include "migrate/numbers.h"

#include "model/kind.h"
#include "model/values.h"

/* What is above int64 leaves no number. */
static void
note(struct numbers *numbers, bool is_unsigned, uint64_t bits)
{
    int64_t value = is_unsigned && bits > INT64_MAX ? INT64_MAX : (int64_t)bits;

    if (value > numbers->highest)
        numbers->highest = value;
}

void
numbers_note_cell(struct numbers *numbers, const struct cell *cell)
{
    const struct pd_type *type = &numbers->column->type;

    if (cell->tag == PD_TAG_INT)
        note(numbers, false, (uint64_t)cell->integer);
    else if (cell->tag == PD_TAG_PLAIN && kind_is_integer(type->kind))
        note(numbers, kind_is_unsigned(type->kind), (uint64_t)cell->integer);
}

static void
note_plain(struct numbers *numbers, const struct pd_vector *vector, uint32_t n_rows)
{
    const struct pd_type *type = &numbers->column->type;
    bool is_unsigned = kind_is_unsigned(type->kind);
    uint64_t values[VALUES_RUN];

    for (uint32_t start = 0; start < n_rows; start += VALUES_RUN) {
        uint32_t n = n_rows - start < VALUES_RUN ? n_rows - start : VALUES_RUN;

        values_load(type, vector, start, n, values);
        for (uint32_t i = 0; i < n; i++)
            note(numbers, is_unsigned, values[i]); /* NULL is 0, which changes nothing */
    }
}

void
numbers_note_vector(struct numbers *numbers, const struct pd_vector *vector, uint32_t n_rows)
{
    const struct pd_type *type = &numbers->column->type;

    if (kind_is_integer(type->kind) && vector->layout == kind_layout(type) &&
        vector->n_outliers == 0) {
        note_plain(numbers, vector, n_rows);
        return;
    }
    for (uint32_t row = 0; row < n_rows; row++) {
        struct cell cell = batch_cell(type, vector, row);

        numbers_note_cell(numbers, &cell);
    }
}

static int64_t
limit_of(const struct pd_type *type)
{
    unsigned bits = kind_is_integer(type->kind) ? 8 * kind_width(type) : 64;

    if (bits < 64)
        return (INT64_C(1) << (kind_is_unsigned(type->kind) ? bits : bits - 1)) - 1;
    return INT64_MAX;
}

pd_status
numbers_next(struct numbers *numbers, int64_t *ret_number, struct pd_error *err)
{
    const struct pd_column *column = numbers->column;
    int kind = column->type.kind;

    if (!kind_is_integer(kind) && kind != PD_KIND_NUMBER && kind != PD_KIND_ANY)
        return error_fail(err, PD_FAILED, PD_CAUSE_BUG,
                          "column '%s' is of '%s', which has no next number", column->name,
                          kind_name(kind));
    if (numbers->highest >= limit_of(&column->type))
        return error_fail(err, PD_FAILED, PD_CAUSE_LIMIT,
                          "column '%s': %lld is in use, and '%s' has no number above it; let the "
                          "step give it a larger type",
                          column->name, (long long)numbers->highest, kind_name(kind));
    *ret_number = ++numbers->highest;
    return PD_OK;
}
