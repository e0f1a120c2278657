// SPDX-License-Identifier: Apache-2.0
// convert_vector - whole vectors at once, where all cells are alike; many need not be touched.
#include <string.h>

#include "base/budget.h"
#include "model/convert_inside.h"
#include "model/kind.h"
#include "model/text.h"
#include "model/text_real.h"
#include "model/utf8.h"
#include "model/values.h"

/* ---- Which way ---- */

static bool
is_whole(int kind)
{
    return kind == PD_KIND_BOOL || (kind_is_integer(kind) && kind != PD_KIND_MONEY);
}

static bool
is_stamp(int kind)
{
    return kind == PD_KIND_TIMESTAMP || kind == PD_KIND_TIMESTAMPTZ;
}

static bool
is_bytes(int kind)
{
    return kind == PD_KIND_BINARY || kind == PD_KIND_GEOMETRY;
}

static bool
is_string(int kind)
{
    return !is_bytes(kind) && kind != PD_KIND_DECIMAL &&
           kind_layout(&(struct pd_type){.kind = (uint16_t)kind}) == PD_LAYOUT_VAR;
}

/* Kinds that take any text. */
static bool
takes_all(int kind)
{
    return kind != PD_KIND_CHAR && kind != PD_KIND_ENUM && kind != PD_KIND_SET &&
           kind != PD_KIND_BIT && kind != PD_KIND_VARBIT;
}

static enum convert_way
way_of_bytes(int from, int to)
{
    if (is_bytes(from) && is_bytes(to))
        return WAY_SAME;
    if (is_string(from) && (to == PD_KIND_BINARY || (is_string(to) && takes_all(to))))
        return WAY_SAME;
    return from == PD_KIND_BINARY && is_string(to) && takes_all(to) ? WAY_TO_UTF8 : WAY_CELLS;
}

static enum convert_way
way_of_number(const struct pd_type *to)
{
    if (is_whole(to->kind))
        return WAY_LOOSE_WHOLE;
    if (to->kind == PD_KIND_DATE || to->kind == PD_KIND_TIMESTAMP)
        return WAY_LOOSE_DAY;
    return kind_layout(to) == PD_LAYOUT_I128 && to->precision > 0 && to->scale >= 0 &&
                   to->scale <= LOOSE_MOST_SCALE
               ? WAY_LOOSE_DECIMAL
               : WAY_CELLS;
}

enum convert_way
vector_way(const struct conversion *c)
{
    int from = c->from->kind, to = c->to->kind;

    if (c->flags & (CONVERT_TAGGED | CONVERT_UNTAGGED))
        return WAY_CELLS;
    if (c->is_same_type || (is_stamp(from) && is_stamp(to)))
        return WAY_SAME;
    if (is_whole(from) && is_whole(to))
        return WAY_WHOLE;
    if (kind_class(from) == PD_CLASS_FLOAT && kind_class(to) == PD_CLASS_FLOAT &&
        from != PD_KIND_NUMBER && to != PD_KIND_NUMBER)
        return WAY_FLOAT;
    if (is_whole(from) && kind_layout(c->to) == PD_LAYOUT_I128)
        return WAY_SCALED;
    if (from == PD_KIND_NUMBER)
        return way_of_number(c->to);
    return way_of_bytes(from, to);
}

/* ---- Vectors that are shared ---- */

static bool
is_plain_var(const struct pd_vector *vector)
{
    return vector->n_outliers == 0 && vector->n_longs == 0 && vector->layout == PD_LAYOUT_VAR;
}

static bool
is_plain(const struct pd_vector *vector)
{
    return vector->n_outliers == 0 && vector->n_longs == 0 && vector->layout != PD_LAYOUT_TAGGED;
}

/* Do all odd cells stay as they are? */
static bool
tags_stay(const struct conversion *c, const struct pd_vector *vector, uint32_t n_rows)
{
    bool stay = true;

    if (!c->is_same_type)
        stay = vector->n_outliers == 0 && vector->layout != PD_LAYOUT_TAGGED;
    for (uint32_t i = 0; i < vector->n_longs && stay; i++)
        stay = vector->longs[i].tag == PD_TAG_PLAIN ||
               (c->is_same_type && place_stays(c, (int)vector->longs[i].tag));
    for (uint32_t i = 0; i < vector->n_outliers && stay; i++)
        stay = place_stays(c, (int)vector->outliers[i].tag);
    for (uint32_t row = 0; vector->layout == PD_LAYOUT_TAGGED && row < n_rows && stay; row++)
        stay = vector->tags[row] == PD_TAG_PLAIN || place_stays(c, vector->tags[row]);
    return stay;
}

/* Bytes are at least as many as characters, so most texts are not looked at. */
static bool
sizes_fit(const struct conversion *c, const struct pd_vector *vector, uint32_t n_rows)
{
    uint64_t length = c->to->length;
    bool is_fixed = c->to->flags & PD_TYPE_FIXED;

    if (!is_plain_var(vector) || c->to->kind == PD_KIND_BIT)
        return false;
    for (uint32_t row = 0; row < n_rows; row++) {
        size_t size = (size_t)(vector->offsets[row + 1] - vector->offsets[row]);
        struct utf8_scan scan = {0};

        if (is_fixed ? size == length : size <= length)
            continue;
        if (is_fixed || c->to->kind > PD_KIND_CHAR)
            return false;
        utf8_feed(&scan, (const uint8_t *)vector->data + vector->offsets[row], size);
        if (scan.n_chars > length)
            return false;
    }
    return true;
}

static bool
is_json(const struct pd_vector *vector, uint32_t n_rows)
{
    const uint8_t *data = vector->data;

    if (!is_plain_var(vector))
        return false;
    for (uint32_t row = 0; row < n_rows; row++) {
        struct cell cell = {.tag = PD_TAG_PLAIN,
                            .bytes = data + vector->offsets[row],
                            .size = (size_t)(vector->offsets[row + 1] - vector->offsets[row])};

        if (values_bit(vector->validity, row) && !conversion_is_json(&cell))
            return false;
    }
    return true;
}

static bool
is_utf8(const struct pd_vector *vector, uint32_t n_rows)
{
    const char *data = vector->data;

    if (!is_plain_var(vector))
        return false;
    for (uint32_t row = 0; row < n_rows; row++) {
        size_t size = (size_t)(vector->offsets[row + 1] - vector->offsets[row]);

        if (size && !text_is_utf8(data + vector->offsets[row], size))
            return false;
    }
    return true;
}

/* ---- Vectors of numbers, a run of rows at a time ---- */

static void
load_run(const struct numbers *n, uint32_t start, uint32_t count, uint64_t *out)
{
    const uint8_t *bits = n->from->data;

    if (n->from->layout != PD_LAYOUT_BITS) {
        values_load(n->c->from, n->from, start, count, out);
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        out[i] = bits[(start + i) >> 3] >> ((start + i) & 7) & 1;
}

/* Integers that have a sign as offsets from the smallest, so that one comparison is enough. */
static bool
run_fits(const struct numbers *n, const uint64_t *values, uint32_t count, bool from_unsigned)
{
    const struct pd_type *to = n->c->to;
    bool fits = true;

    if (to->kind == PD_KIND_YEAR || to->kind == PD_KIND_BOOL) {
        for (uint32_t i = 0; i < count; i++)
            fits &= number_fits_whole(to, from_unsigned ? (int128)values[i] : (int64_t)values[i]);
        return fits;
    }
    if (from_unsigned || kind_is_unsigned(to->kind)) {
        uint64_t high = UINT64_MAX >> (64 - 8 * kind_width(to));

        if (!kind_is_unsigned(to->kind))
            high >>= 1;
        else if (!from_unsigned && high > INT64_MAX)
            high = INT64_MAX;
        for (uint32_t i = 0; i < count; i++)
            fits &= values[i] <= high;
        return fits;
    }
    for (uint32_t i = 0; i < count; i++) {
        unsigned shift = 64 - 8 * kind_width(to);

        fits &= (uint64_t)((int64_t)(values[i] << shift) >> shift) == values[i];
    }
    return fits;
}

#define NARROW(element)                                                                            \
    for (uint32_t i = 0; i < count; i++) {                                                         \
        element value = (element)values[i];                                                        \
        memcpy(data + (size_t)i * sizeof value, &value, sizeof value);                             \
    }

static void
store_run(const struct numbers *n, uint32_t start, uint32_t count, const uint64_t *values)
{
    uint32_t width = kind_width(n->c->to);
    uint8_t *data = n->data + (size_t)start * width;

    switch (width) {
    case 0:
        for (uint32_t i = 0; i < count; i++)
            n->data[(start + i) >> 3] |= (uint8_t)(values[i] << ((start + i) & 7));
        break;
    case 1:
        NARROW(uint8_t)
        break;
    case 2:
        NARROW(uint16_t)
        break;
    case 4:
        NARROW(uint32_t)
        break;
    default:
        memcpy(data, values, (size_t)count * 8);
    }
}

bool
numbers_store(const struct numbers *n, uint32_t start, uint32_t count, const uint64_t *values,
              bool from_unsigned)
{
    if (!run_fits(n, values, count, from_unsigned))
        return false;
    store_run(n, start, count, values);
    return true;
}

static bool
convert_wholes(const struct numbers *n)
{
    bool from_unsigned = kind_is_unsigned(n->c->from->kind);
    uint64_t values[VALUES_RUN];

    for (uint32_t start = 0; start < n->n_rows; start += VALUES_RUN) {
        uint32_t count = n->n_rows - start < VALUES_RUN ? n->n_rows - start : VALUES_RUN;

        load_run(n, start, count, values);
        if (!numbers_store(n, start, count, values, from_unsigned))
            return false;
    }
    return true;
}

/* Singles come from doubles by a cast; those that do not mean the same do not fit. */
static bool
store_floats(const struct numbers *n, uint32_t start, uint32_t count, const uint64_t *values)
{
    bool fits = true;

    for (uint32_t i = 0; i < count; i++) {
        double real = values_real(values[i]);
        float narrow;
        uint32_t bits;

        fits &= number_narrow(n->c, real, &narrow);
        memcpy(&bits, &narrow, 4);
        if (real != real)
            bits = UINT32_C(0x7fc00000);
        memcpy(n->data + (size_t)(start + i) * 4, &bits, 4);
    }
    return fits;
}

static void
widen_floats(uint64_t *values, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        double real = text_real32_double((float)values_real(values[i]));

        memcpy(&values[i], &real, sizeof real);
    }
}

static bool
convert_floats(const struct numbers *n)
{
    uint64_t values[VALUES_RUN];

    for (uint32_t start = 0; start < n->n_rows; start += VALUES_RUN) {
        uint32_t count = n->n_rows - start < VALUES_RUN ? n->n_rows - start : VALUES_RUN;

        values_load(n->c->from, n->from, start, count, values);
        if (number_is_short(n->c))
            widen_floats(values, count);
        if (n->c->to->kind == PD_KIND_FLOAT64)
            memcpy(n->data + (size_t)start * 8, values, (size_t)count * 8);
        else if (!store_floats(n, start, count, values))
            return false;
    }
    return true;
}

static int128
power_of_ten(int32_t exponent)
{
    int128 power = 1;

    while (exponent-- > 0)
        power *= 10;
    return power;
}

/* 64 bits times 10^scale: within the precision it fits 128 bits. */
static bool
convert_scaled(const struct numbers *n)
{
    const struct pd_type *to = n->c->to;
    bool from_unsigned = kind_is_unsigned(n->c->from->kind);
    int128 unit = power_of_ten(to->scale), limit = power_of_ten(to->precision - to->scale);
    uint64_t values[VALUES_RUN];
    bool fits = true;

    for (uint32_t start = 0; start < n->n_rows && fits; start += VALUES_RUN) {
        uint32_t count = n->n_rows - start < VALUES_RUN ? n->n_rows - start : VALUES_RUN;

        load_run(n, start, count, values);
        for (uint32_t i = 0; i < count; i++) {
            int128 value = from_unsigned ? (int128)values[i] : (int64_t)values[i];
            bool is_in = value > -limit && value < limit;

            fits &= is_in;
            values_put_int128(n->data + (size_t)(start + i) * 16, is_in ? value * unit : 0);
        }
    }
    return fits;
}

static pd_status
numbers_convert(const struct conversion *c, const struct pd_vector *from, uint32_t n_rows,
                struct pd_memory **memory, struct pd_vector *to, struct pd_error *err)
{
    static bool (*const ways[])(const struct numbers *) = {
        [WAY_WHOLE] = convert_wholes,         [WAY_FLOAT] = convert_floats,
        [WAY_SCALED] = convert_scaled,        [WAY_LOOSE_WHOLE] = loose_wholes,
        [WAY_LOOSE_DECIMAL] = loose_decimals, [WAY_LOOSE_DAY] = loose_days,
    };
    struct numbers n = {c, from, n_rows, NULL};
    uint32_t width = kind_width(c->to);
    size_t size = width ? (size_t)n_rows * width : (n_rows + 7) / 8;

    if (!*memory)
        *memory = budget_begin_more();
    n.data = *memory ? budget_alloc(*memory, size + 1) : NULL;
    if (!n.data)
        return error_memory(err);
    if (width == 0)
        memset(n.data, 0, size);
    if (!ways[c->way](&n))
        return PD_UNSUPPORTED;
    *to = *from;
    to->layout = (uint8_t)kind_layout(c->to);
    to->width = width;
    to->tags = NULL;
    to->offsets = NULL;
    to->data = n.data;
    return PD_OK;
}

pd_status
vector_convert(const struct conversion *c, const struct pd_vector *from, uint32_t n_rows,
               struct pd_memory **memory, struct pd_vector *to, struct pd_error *err)
{
    bool is_same = c->way == WAY_SAME && tags_stay(c, from, n_rows) &&
                   (!c->checks_size || sizes_fit(c, from, n_rows));
    bool is_text = c->way == WAY_TO_UTF8 && !c->checks_size && is_utf8(from, n_rows);

    if ((is_same || is_text) && (!c->checks_json || is_json(from, n_rows))) {
        *to = *from;
        return PD_OK;
    }
    if (c->way < WAY_WHOLE || !(c->way >= WAY_LOOSE_WHOLE ? loose_takes(c, from) : is_plain(from)))
        return PD_UNSUPPORTED;
    return numbers_convert(c, from, n_rows, memory, to, err);
}
