// SPDX-License-Identifier: Apache-2.0
// convert_limits - what a column that is there lacks of what its kind has (struct pd_limits): a
// vector is looked at as a whole, cell by cell only when something in it may be too much.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/convert_inside.h"
#include "model/kind.h"
#include "model/values.h"

enum {
    BMP_END = 0xf0, /* no other character's first byte is as high or higher */
    DATE_SIZE = sizeof "2024-02-31" - 1
};

static bool
is_float(const struct conversion *c)
{
    return c->to->kind == PD_KIND_FLOAT32 || c->to->kind == PD_KIND_FLOAT64;
}

static bool
is_time(const struct conversion *c)
{
    return c->to->kind == PD_KIND_DATE || c->to->kind == PD_KIND_TIME ||
           c->to->kind == PD_KIND_TIMESTAMP || c->to->kind == PD_KIND_TIMESTAMPTZ;
}

/* Decimals without a bound are bytes that never have any of it. */
static bool
is_bytes(const struct conversion *c)
{
    return kind_layout(c->to) == PD_LAYOUT_VAR && c->to->kind != PD_KIND_DECIMAL;
}

static bool
is_text(const struct conversion *c)
{
    return is_bytes(c) && c->to->kind != PD_KIND_BINARY && c->to->kind != PD_KIND_GEOMETRY;
}

static bool
lacks(const struct conversion *c, uint32_t what)
{
    return (c->limits->lacks & what) != 0;
}

static bool
has_bounds(const struct conversion *c)
{
    return c->limits->low || c->limits->high;
}

static bool
refuse(struct conversion *c, const char *why)
{
    c->why = why;
    return false;
}

/* ---- One cell ---- */

static const char *
why_of_tag(int tag)
{
    switch (tag) {
    case PD_TAG_BADTEXT:
    case PD_TAG_UTF16:
        return "it is no valid text";
    case PD_TAG_POS_INF:
    case PD_TAG_NEG_INF:
        return "the column holds no infinity";
    case PD_TAG_NAN:
        return "the column holds no NaN";
    case PD_TAG_FAR:
        return "the column holds no such years";
    case PD_TAG_YMD:
        return "it is no day of the calendar";
    case PD_TAG_ENUM0:
        return "the column has none but its labels";
    default:
        return "the column holds no such value";
    }
}

static bool
admit_odd(struct conversion *c, const struct cell *cell)
{
    if (cell->tag < 16 && lacks(c, UINT32_C(1) << cell->tag))
        return refuse(c, why_of_tag(cell->tag));
    if (cell->tag == PD_TAG_YMD && c->to->kind == PD_KIND_DATE && cell->size > DATE_SIZE)
        return refuse(c, "it has a time of day");
    return true;
}

static bool
admit_real(struct conversion *c, double real)
{
    if (isnan(real) && lacks(c, PD_LACKS_NAN))
        return refuse(c, why_of_tag(PD_TAG_NAN));
    if (isinf(real) && lacks(c, PD_LACKS_INFINITY))
        return refuse(c, why_of_tag(PD_TAG_POS_INF));
    if (real == 0 && signbit(real) && lacks(c, PD_LACKS_NEGATIVE_ZERO))
        return refuse(c, "the column has no -0, and would keep 0");
    return true;
}

static bool
admit_size(struct conversion *c, uint64_t size)
{
    if (!c->limits->n_bytes || size <= c->limits->n_bytes)
        return true;
    snprintf(c->said, sizeof c->said, "it has %llu bytes, and the column holds %llu",
             (unsigned long long)size, (unsigned long long)c->limits->n_bytes);
    return refuse(c, c->said);
}

static bool
has_beyond_bmp(const uint8_t *bytes, size_t size)
{
    uint8_t most = 0;

    for (size_t i = 0; i < size; i++)
        most = bytes[i] > most ? bytes[i] : most;
    return most >= BMP_END;
}

bool
limits_admit_bytes(struct conversion *c, const uint8_t *bytes, size_t size)
{
    if (size && lacks(c, PD_LACKS_NUL) && memchr(bytes, 0, size))
        return refuse(c, "the column holds no text with U+0000");
    if (lacks(c, PD_LACKS_NON_BMP) && has_beyond_bmp(bytes, size))
        return refuse(c, "the column holds no characters beyond U+FFFF");
    return true;
}

bool
limits_look(const struct conversion *c)
{
    return is_text(c) && lacks(c, PD_LACKS_NUL | PD_LACKS_NON_BMP);
}

bool
limits_admit_long(struct conversion *c, const struct cell *cell)
{
    return (cell->tag == PD_TAG_PLAIN || admit_odd(c, cell)) &&
           admit_size(c, cell->as_long ? cell->as_long->size : cell->size);
}

bool
limits_admit(struct conversion *c, const struct cell *cell)
{
    if (cell->tag != PD_TAG_PLAIN)
        return admit_odd(c, cell);
    if (is_float(c))
        return admit_real(c, cell->real);
    if (is_time(c))
        return !has_bounds(c) ||
               (cell->integer >= c->limits->low && cell->integer <= c->limits->high) ||
               refuse(c, c->limits->bounds);
    if (!is_bytes(c))
        return true;
    return admit_size(c, cell->size) &&
           (!is_text(c) || limits_admit_bytes(c, cell->bytes, cell->size));
}

/* ---- A whole vector ---- */

/* What is NULL is zero, and that may be beyond the bounds. */
static bool
are_between(const struct conversion *c, const struct pd_vector *vector, uint32_t n_rows)
{
    bool is_day = c->to->kind == PD_KIND_DATE;
    const uint8_t *data = vector->data;
    int64_t value = 0;
    int32_t days;

    for (uint32_t i = 0; i < n_rows; i++) {
        if (is_day) {
            memcpy(&days, data + (size_t)i * 4, 4);
            value = days;
        } else {
            memcpy(&value, data + (size_t)i * 8, 8);
        }
        if ((value < c->limits->low || value > c->limits->high) && values_bit(vector->validity, i))
            return false;
    }
    return true;
}

static bool
are_reals(const struct conversion *c, const struct pd_vector *vector, uint32_t n_rows)
{
    bool is_single = c->to->kind == PD_KIND_FLOAT32, all = true;
    const uint8_t *data = vector->data;

    for (uint32_t i = 0; i < n_rows; i++) {
        double real;
        float single;

        if (is_single) {
            memcpy(&single, data + (size_t)i * 4, 4);
            real = (double)single;
        } else {
            memcpy(&real, data + (size_t)i * 8, 8);
        }
        all &= isfinite(real) && (real != 0 || !signbit(real));
    }
    return all;
}

static bool
are_bytes(const struct conversion *c, const struct pd_vector *vector, uint32_t n_rows)
{
    const uint8_t *data = vector->data;
    size_t size = n_rows ? (size_t)vector->offsets[n_rows] : 0;
    uint64_t most = c->limits->n_bytes ? c->limits->n_bytes : UINT64_MAX;
    bool all = true;

    for (uint32_t i = 0; size > most && i < n_rows; i++)
        all &= (uint64_t)(vector->offsets[i + 1] - vector->offsets[i]) <= most;
    if (!all || size == 0 || !limits_look(c))
        return all;
    return !(lacks(c, PD_LACKS_NUL) && memchr(data, 0, size)) &&
           !(lacks(c, PD_LACKS_NON_BMP) && has_beyond_bmp(data, size));
}

bool
limits_admit_all(const struct conversion *c, const struct pd_vector *vector, uint32_t n_rows)
{
    if (vector->layout == PD_LAYOUT_TAGGED || vector->n_longs)
        return false;
    for (uint32_t i = 0; i < vector->n_outliers; i++) {
        uint32_t tag = vector->outliers[i].tag;

        if ((tag == PD_TAG_YMD && c->to->kind == PD_KIND_DATE) ||
            (tag < 16 && lacks(c, UINT32_C(1) << tag)))
            return false;
    }
    if (is_float(c))
        return are_reals(c, vector, n_rows);
    if (is_time(c))
        return !has_bounds(c) || are_between(c, vector, n_rows);
    return !is_bytes(c) || are_bytes(c, vector, n_rows);
}
