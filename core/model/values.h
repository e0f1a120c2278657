// SPDX-License-Identifier: Apache-2.0
/* values - loads values out of vectors, a run of rows at a time, so that layouts are told apart
   outside of the loops that use them. */
#pragma once

#include <stdbool.h>
#include <string.h>

#include "model/batch.h"
#include "model/decimal.h"

/* Rows that are worked on at once: 2 KiB a column of 8 bytes stay in the first-level cache. */
enum { VALUES_RUN = 256 };

#define VALUES_NAN UINT64_C(0x7ff8000000000000)

/* Between the machine's order and little endian, either way. */
static inline uint64_t
values_swap64(uint64_t value)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return __builtin_bswap64(value);
#else
    return value;
#endif
}

static inline uint64_t
values_le64(const void *bytes)
{
    uint64_t value;

    memcpy(&value, bytes, 8);
    return values_swap64(value);
}

static inline uint32_t
values_le32(const void *bytes)
{
    const uint8_t *b = bytes;

    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static inline void
values_put_le64(void *bytes, uint64_t value)
{
    value = values_swap64(value);
    memcpy(bytes, &value, 8);
}

static inline double
values_real(uint64_t bits)
{
    double real;

    memcpy(&real, &bits, 8);
    return real;
}

/* The bits of a double, with one NaN only. */
static inline uint64_t
values_real_bits(double real)
{
    uint64_t bits;

    memcpy(&bits, &real, 8);
    return real == real ? bits : VALUES_NAN;
}

/* decimal128: the low half first, each half in the machine's order. */
static inline int128
values_int128(const void *bytes)
{
    uint64_t half[2];

    memcpy(half, bytes, 16);
    return (int128)((uint128)half[1] << 64 | half[0]);
}

static inline void
values_put_int128(void *bytes, int128 value)
{
    uint64_t half[2] = {(uint64_t)value, (uint64_t)((uint128)value >> 64)};

    memcpy(bytes, half, 16);
}

/* Is row i plain: neither NULL nor in the lists of outliers and long cells? mask NULL: all are. */
static inline bool
values_bit(const uint8_t *mask, uint32_t row)
{
    return !mask || (mask[row >> 3] >> (row & 7) & 1);
}

/* n plain values of an integer or float layout (not NUM64: see its tags), from row `start` on, as
   64 bits: integers widened as the kind says, floats as a double with one NaN. */
void values_load(const struct pd_type *type, const struct pd_vector *vector, uint32_t start,
                 uint32_t n, uint64_t *out);

/* The rows of a vector that hold plain values: a bitmap as validity, in scratch when the vector
   has outliers or long cells; NULL: all rows. */
const uint8_t *values_mask(const struct pd_vector *vector, uint32_t n_rows,
                           uint8_t scratch[PD_BATCH_ROWS / 8]);
