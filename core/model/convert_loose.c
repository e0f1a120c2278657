// SPDX-License-Identifier: Apache-2.0
// convert_loose - vectors of cells that have storage classes of their own, as those of SQLite's
// columns with affinity NUMERIC, where all of them are of the sort that is wanted.
#include <string.h>

#include "model/convert_inside.h"
#include "model/text.h"
#include "model/text_pattern.h"
#include "model/values.h"

#define US_PER_SECOND INT64_C(1000000)
#define SECONDS_PER_DAY INT64_C(86400)
/* 1.5 * 2^52: adding and taking it off again rounds what is below 2^51 to an integer. */
#define ROUNDER 6755399441055744.0

static const double tens[LOOSE_MOST_SCALE + 1] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                  1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
static const int64_t whole_tens[LOOSE_MOST_SCALE + 1] = {1,
                                                         10,
                                                         100,
                                                         1000,
                                                         10000,
                                                         100000,
                                                         1000000,
                                                         10000000,
                                                         100000000,
                                                         1000000000,
                                                         10000000000,
                                                         100000000000,
                                                         1000000000000,
                                                         10000000000000,
                                                         100000000000000,
                                                         1000000000000000};

bool
loose_takes(const struct conversion *c, const struct pd_vector *vector)
{
    int layout = c->way == WAY_LOOSE_DAY ? PD_LAYOUT_TAGGED : PD_LAYOUT_NUM64;

    return vector->layout == layout && vector->n_outliers == 0 && vector->n_longs == 0;
}

static uint64_t
word_at(const struct numbers *n, uint32_t row)
{
    uint64_t word;

    memcpy(&word, (const uint8_t *)n->from->data + (size_t)row * 8, 8);
    return word;
}

/* ---- Integers ---- */

bool
loose_wholes(const struct numbers *n)
{
    uint64_t values[VALUES_RUN];

    for (uint32_t start = 0; start < n->n_rows; start += VALUES_RUN) {
        uint32_t count = n->n_rows - start < VALUES_RUN ? n->n_rows - start : VALUES_RUN;

        for (uint32_t i = 0; i < count; i++) {
            bool is_there = values_bit(n->from->validity, start + i);

            if (is_there && n->from->tags[start + i] != PD_TAG_INT)
                return false;
            values[i] = is_there ? word_at(n, start + i) : 0;
        }
        if (!numbers_store(n, start, count, values, /* from_unsigned= */ false))
            return false;
    }
    return true;
}

/* ---- Decimals ---- */

/* Of fifteen digits, a decimal and the double nearest to it mean each other: the quotient below is
   that double. A double that is a whole number is not the integer that would come back. */
static bool
scale_real(double real, int32_t scale, int64_t *ret_integer)
{
    double product = real * tens[scale], whole;

    if (!(product > -1e15 && product < 1e15) || (real + ROUNDER) - ROUNDER == real)
        return false;
    whole = (product + ROUNDER) - ROUNDER;
    *ret_integer = (int64_t)whole;
    return whole / tens[scale] == real;
}

bool
loose_decimals(const struct numbers *n)
{
    int32_t scale = n->c->to->scale, before = n->c->to->precision - scale;
    int64_t unit = whole_tens[scale];
    /* Digits before the point; of 64 bits that are multiplied there is no overflow. */
    int64_t bound = before > 18 ? INT64_MAX : 1;
    int128 limit;

    if (before < 0)
        return false;
    for (int32_t i = 0; i < before && before <= 18; i++)
        bound *= 10;
    limit = (int128)bound * unit;
    for (uint32_t row = 0; row < n->n_rows; row++) {
        int128 value = 0;
        int64_t scaled;

        if (values_bit(n->from->validity, row)) {
            uint64_t word = word_at(n, row);

            if (n->from->tags[row] == PD_TAG_INT)
                value = (int128)(int64_t)word * unit;
            else if (n->from->tags[row] != PD_TAG_REAL ||
                     !scale_real(values_real(word), scale, &scaled))
                return false;
            else
                value = scaled;
            if (value <= -limit || value >= limit)
                return false;
        }
        values_put_int128(n->data + (size_t)row * 16, value);
    }
    return true;
}

/* ---- Dates and timestamps ---- */

static bool
read_day(const struct numbers *n, const uint8_t *text, size_t size, int64_t *ret_value)
{
    bool is_date = n->c->to->kind == PD_KIND_DATE;
    struct pattern_day day;
    unsigned seconds = 0;

    if (is_date ? size != 10 || !pattern_date(text, &day)
                : size != 19 || !pattern_timestamp(text, &day, &seconds))
        return false;
    *ret_value = text_days(day.year, (int)day.month, (int)day.day);
    if (!is_date)
        *ret_value = (*ret_value * SECONDS_PER_DAY + seconds) * US_PER_SECOND;
    return true;
}

bool
loose_days(const struct numbers *n)
{
    const struct pd_vector *from = n->from;
    const uint8_t *texts = from->data;
    bool is_date = n->c->to->kind == PD_KIND_DATE;

    for (uint32_t row = 0; row < n->n_rows; row++) {
        size_t size = (size_t)(from->offsets[row + 1] - from->offsets[row]);
        int64_t value = 0;
        int32_t days;

        if (values_bit(from->validity, row) &&
            (from->tags[row] != PD_TAG_TEXT ||
             !read_day(n, texts + from->offsets[row], size, &value)))
            return false;
        days = (int32_t)value;
        if (is_date)
            memcpy(n->data + (size_t)row * 4, &days, 4);
        else
            memcpy(n->data + (size_t)row * 8, &value, 8);
    }
    return true;
}
