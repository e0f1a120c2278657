// SPDX-License-Identifier: Apache-2.0
// values - plain values of any fixed width as 64 bits, and which rows hold one.
#include "model/values.h"

#include "model/kind.h"

/* Widen n elements of a type; data may lie at any address. */
#define WIDEN(element, widened)                                                                    \
    for (uint32_t i = 0; i < n; i++) {                                                             \
        element value;                                                                             \
        memcpy(&value, data + (size_t)i * sizeof value, sizeof value);                             \
        out[i] = (uint64_t)(widened)value;                                                         \
    }

static void
load_signed(int layout, const uint8_t *data, uint32_t n, uint64_t *out)
{
    if (layout == PD_LAYOUT_I8)
        WIDEN(int8_t, int64_t)
    else if (layout == PD_LAYOUT_I16)
        WIDEN(int16_t, int64_t)
    else
        WIDEN(int32_t, int64_t)
}

static void
load_unsigned(int layout, const uint8_t *data, uint32_t n, uint64_t *out)
{
    if (layout == PD_LAYOUT_I8)
        WIDEN(uint8_t, uint64_t)
    else if (layout == PD_LAYOUT_I16)
        WIDEN(uint16_t, uint64_t)
    else
        WIDEN(uint32_t, uint64_t)
}

static void
load_floats(const uint8_t *data, uint32_t n, uint64_t *out)
{
    for (uint32_t i = 0; i < n; i++) {
        float value;

        memcpy(&value, data + (size_t)i * 4, 4);
        out[i] = values_real_bits((double)value);
    }
}

static void
load_doubles(const uint8_t *data, uint32_t n, uint64_t *out)
{
    memcpy(out, data, (size_t)n * 8);
    for (uint32_t i = 0; i < n; i++)
        out[i] = (out[i] << 1) > (VALUES_NAN - (UINT64_C(1) << 51)) << 1 ? VALUES_NAN : out[i];
}

void
values_load(const struct pd_type *type, const struct pd_vector *vector, uint32_t start, uint32_t n,
            uint64_t *out)
{
    static const uint8_t widths[] = {
        [PD_LAYOUT_I8] = 1,  [PD_LAYOUT_I16] = 2, [PD_LAYOUT_I32] = 4,
        [PD_LAYOUT_I64] = 8, [PD_LAYOUT_F32] = 4, [PD_LAYOUT_F64] = 8,
    };
    const uint8_t *data = (const uint8_t *)vector->data + (size_t)start * widths[vector->layout];

    if (vector->layout == PD_LAYOUT_I64)
        memcpy(out, data, (size_t)n * 8);
    else if (vector->layout == PD_LAYOUT_F64)
        load_doubles(data, n, out);
    else if (vector->layout == PD_LAYOUT_F32)
        load_floats(data, n, out);
    else if (kind_is_unsigned(type->kind))
        load_unsigned(vector->layout, data, n, out);
    else
        load_signed(vector->layout, data, n, out);
}

static void
clear_bit(uint8_t *mask, uint32_t row)
{
    mask[row >> 3] &= (uint8_t) ~(1u << (row & 7));
}

const uint8_t *
values_mask(const struct pd_vector *vector, uint32_t n_rows, uint8_t scratch[PD_BATCH_ROWS / 8])
{
    size_t size = ((size_t)n_rows + 7) / 8;

    if (vector->n_outliers == 0 && vector->n_longs == 0)
        return vector->n_nulls ? vector->validity : NULL;
    if (vector->validity)
        memcpy(scratch, vector->validity, size);
    else
        memset(scratch, 0xff, size);
    for (uint32_t i = 0; i < vector->n_outliers; i++)
        clear_bit(scratch, vector->outliers[i].row);
    for (uint32_t i = 0; i < vector->n_longs; i++)
        clear_bit(scratch, vector->longs[i].row);
    return scratch;
}
