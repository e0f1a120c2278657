// SPDX-License-Identifier: Apache-2.0
/* decimal - exact decimals: between 128-bit integers and canonical text, compared and summed
   without a bound on the digits. Canonical text is an optional "-", digits without leading zeros
   (but one before the point), and, when the scale is above 0, a point and scale digits; zero has
   no sign. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/cleanup.h"

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

/* A 128-bit integer is at most 39 digits; then sign, point and a zero before it. */
enum { DECIMAL_TEXT_SIZE = 48, DECIMAL_MAX_SCALE = 38 };

/* The text of value / 10^scale, scale 0..38; the length is returned, no NUL is added. */
size_t decimal_write(int128 value, unsigned scale, char buffer[DECIMAL_TEXT_SIZE]);
/* The same of a value of 64 bits, in the bytes before end, of which DECIMAL_TEXT_SIZE are there:
   where it begins. */
const char *decimal_before(uint64_t value, bool negative, unsigned scale, char *end);

/* The parts of canonical text. */
struct decimal {
    bool negative;
    const char *digits; /* before the point */
    size_t n_digits;    /* "0" counts as 1 */
    const char *fraction;
    size_t n_fraction; /* the scale */
};

/* false: the text is not canonical. */
bool decimal_parse(const char *text, size_t size, struct decimal *ret_decimal);
/* false: it does not fit in 128 bits at this scale, or has more digits after the point. */
bool decimal_scaled(const struct decimal *decimal, unsigned scale, int128 *ret_value);
/* Is it an integer of 64 bits with scale 0? */
bool decimal_int64(const struct decimal *decimal, int64_t *ret_value);
/* By value: below 0, 0, above 0. */
int decimal_compare(const struct decimal *a, const struct decimal *b);

/* An exact sum. Zeroed at first. */
struct decimal_sum {
    int64_t *limbs;  /* base 10^9, lowest first, each with a sign of its own until carried */
    size_t n_limbs;  /* */
    long first;      /* limb 0 counts 10^(9 * first) */
    uint32_t n_adds; /* since the last carry */
    uint32_t scale;  /* the most digits after the point that were added */
};

void decimal_sum_free(struct decimal_sum *sum);
/* false: memory is short. */
MUST_USE bool decimal_sum_add(struct decimal_sum *sum, const struct decimal *decimal);
MUST_USE bool decimal_sum_merge(struct decimal_sum *sum, const struct decimal_sum *more);
/* Append the canonical text. */
void decimal_sum_text(const struct decimal_sum *sum, struct buffer *out);
/* Append the canonical text of (high * 2^64 + low) / 10^scale. */
void decimal_wide_text(int128 high, uint64_t low, unsigned scale, struct buffer *out);
