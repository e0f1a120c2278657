// SPDX-License-Identifier: Apache-2.0
/* encode - integers by frame of reference or by differences, in as few bytes as the largest needs;
   doubles that are short decimals as integers; the rest as it is. zstd does what remains. */
#include "archive/encode.h"

#include <string.h>

enum { CHUNK = 1024 }; /* elements that are widened at once, within the first-level cache */

/* Smallest and largest of the values and of the differences of neighbours, modulo 2^64. */
struct span {
    int64_t min;
    int64_t max;
    int64_t step_min;
    int64_t step_max;
};

#define WIDEN(type)                                                                                \
    do {                                                                                           \
        const type *in = (const type *)values + from;                                              \
        for (uint32_t i = 0; i < n; i++)                                                           \
            to[i] = (uint64_t)(int64_t)in[i];                                                      \
    } while (0)

static void
widen(const void *values, uint32_t width, uint32_t from, uint32_t n, uint64_t *to)
{
    switch (width) {
    case 1:
        WIDEN(int8_t);
        break;
    case 2:
        WIDEN(int16_t);
        break;
    case 4:
        WIDEN(int32_t);
        break;
    default:
        WIDEN(int64_t);
    }
}

/* In one pass, with nothing in memory but the values. */
#define MEASURE(type)                                                                              \
    do {                                                                                           \
        const type *in = values;                                                                   \
        int64_t before = in[0], min = before, max = before;                                        \
        int64_t step_min = INT64_MAX, step_max = INT64_MIN;                                        \
        for (uint32_t i = 1; i < n; i++) {                                                         \
            int64_t value = in[i], step = (int64_t)((uint64_t)value - (uint64_t)before);           \
            min = value < min ? value : min;                                                       \
            max = value > max ? value : max;                                                       \
            step_min = step < step_min ? step : step_min;                                          \
            step_max = step > step_max ? step : step_max;                                          \
            before = value;                                                                        \
        }                                                                                          \
        span = (struct span){min, max, step_min, step_max};                                        \
    } while (0)

static struct span
measure(const void *values, uint32_t width, uint32_t n)
{
    struct span span = {INT64_MAX, INT64_MIN, INT64_MAX, INT64_MIN};

    if (n == 0)
        return span;
    switch (width) {
    case 1:
        MEASURE(int8_t);
        break;
    case 2:
        MEASURE(int16_t);
        break;
    case 4:
        MEASURE(int32_t);
        break;
    default:
        MEASURE(int64_t);
    }
    return span;
}

/* The code for elements 0..range. */
static uint8_t
width_code(uint64_t range)
{
    uint8_t bytes = 0;

    if (range == 1)
        return INTS_BIT;
    for (; range; range >>= 8)
        bytes++;
    return bytes;
}

static size_t
width_size(uint8_t code, uint32_t n)
{
    return code == INTS_BIT ? ((size_t)n + 7) / 8 : (size_t)code * n;
}

/* Elements that are small now, as planes: all lowest bytes, then all second ones ... at is the
   place of the first lowest byte, n the number of elements of a plane. */
static void
put_planes(uint8_t *at, const uint64_t *elements, uint8_t code, uint32_t some, uint32_t n)
{
    for (uint32_t plane = 0; plane < code; plane++) {
        uint8_t *to = at + (size_t)plane * n;

        for (uint32_t i = 0; i < some; i++)
            to[i] = (uint8_t)(elements[i] >> (8 * plane));
    }
}

static void
put_bits(uint8_t *to, const uint64_t *elements, uint32_t some)
{
    memset(to, 0, (some + 7) / 8);
    for (uint32_t i = 0; i < some; i++)
        to[i >> 3] |= (uint8_t)(elements[i] << (i & 7));
}

/* The elements 0..n of `values`, or of its differences from the second value on. */
static void
put_elements(uint8_t *to, const void *values, uint32_t width, uint32_t n, uint8_t code,
             uint64_t base)
{
    bool is_delta = code & INTS_DELTA;
    uint32_t skip = is_delta ? 1 : 0;
    uint8_t bytes = code & INTS_WIDTH;
    uint64_t chunk[CHUNK + 1];

    for (uint32_t from = 0; from < n; from += CHUNK) {
        uint32_t some = n - from < CHUNK ? n - from : CHUNK;

        widen(values, width, from, some + skip, chunk);
        for (uint32_t i = 0; is_delta && i < some; i++)
            chunk[i] = chunk[i + 1] - chunk[i] - base;
        for (uint32_t i = 0; !is_delta && i < some; i++)
            chunk[i] -= base;
        if (bytes == INTS_BIT)
            put_bits(to + from / 8, chunk, some);
        else
            put_planes(to + from, chunk, bytes, some, n);
    }
}

static void
encode_constant(struct buffer *out, uint64_t value, uint32_t n)
{
    if (n == 0)
        return;
    buffer_u8(out, 0);
    buffer_u64(out, value);
}

void
encode_ints(struct buffer *out, const void *values, uint32_t width, uint32_t n)
{
    struct span span = measure(values, width, n);
    uint8_t code = width_code((uint64_t)span.max - (uint64_t)span.min);
    uint64_t base = (uint64_t)span.min, first;
    uint32_t n_elements = n;
    uint8_t *to;

    if (n == 0)
        return;
    if (n > 1) {
        uint8_t step_code = width_code((uint64_t)span.step_max - (uint64_t)span.step_min);

        if (8 + width_size(step_code, n - 1) < width_size(code, n)) {
            code = step_code | INTS_DELTA;
            base = (uint64_t)span.step_min;
            n_elements = n - 1;
        }
    }
    buffer_u8(out, code);
    buffer_u64(out, base);
    if (code & INTS_DELTA) {
        widen(values, width, 0, 1, &first);
        buffer_u64(out, first);
    }
    to = buffer_reserve(out, width_size(code & INTS_WIDTH, n_elements));
    if (!to || !(code & INTS_WIDTH))
        return;
    put_elements(to, values, width, n_elements, code, base);
    out->size += width_size(code & INTS_WIDTH, n_elements);
}

/* ---- reals ---- */

/* The integer i with bits == i / 10^scale, and |i| < 2^50: below that bound the product is wrong
   by less than 1/2, so that any rounding finds i, and i is the only one. */
static bool
scaled(uint64_t bits, uint32_t scale, int64_t *ret_integer)
{
    double value, product;
    uint64_t again;
    int64_t integer;

    memcpy(&value, &bits, 8);
    product = value * reals_scale[scale];
    if (!(product > -0x1p50 && product < 0x1p50))
        return false;
    integer = (int64_t)(product + (product < 0 ? -0.5 : 0.5));
    value = (double)integer / reals_scale[scale];
    memcpy(&again, &value, 8);
    *ret_integer = integer;
    return again == bits; /* not for -0.0 */
}

/* The smallest scale that holds all but n / 16 values; REALS_RAW: none does. */
static uint32_t
find_scale(const uint64_t *values, uint32_t n)
{
    uint32_t scale = 0, n_odd = 0;
    int64_t integer;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t wanted = scale;

        while (wanted <= REALS_MAX_SCALE && !scaled(values[i], wanted, &integer))
            wanted++;
        if (wanted <= REALS_MAX_SCALE)
            scale = wanted;
        else if (++n_odd > n / 16)
            return REALS_RAW;
    }
    return scale;
}

/* The integers of n values at a scale into scratch; behind them the rows of those that have none
   (which repeat the integer before), behind these their bits. The number of those. */
static uint32_t
scale_all(uint64_t *scratch, const uint64_t *values, uint32_t n, uint32_t scale)
{
    uint64_t *rows = scratch + n, *odd = rows + n / 16 + 1, before = 0;
    uint32_t n_odd = 0;

    for (uint32_t i = 0; i < n; i++) {
        int64_t integer;

        if (scaled(values[i], scale, &integer)) {
            before = (uint64_t)integer;
        } else {
            if (n_odd == n / 16)
                return UINT32_MAX;
            rows[n_odd] = i;
            odd[n_odd++] = values[i];
        }
        scratch[i] = before;
    }
    return n_odd;
}

static void
encode_reals(struct buffer *out, struct buffer *scratch, const void *values, uint32_t n)
{
    uint32_t scale = find_scale(values, n), n_odd = UINT32_MAX;
    size_t room = ((size_t)n + 2 * (n / 16 + 1)) * 8;
    uint64_t *integers;

    buffer_clear(scratch);
    integers = (uint64_t *)(void *)buffer_reserve(scratch, room);
    if (!integers) {
        out->failed = true;
        return;
    }
    if (scale != REALS_RAW)
        n_odd = scale_all(integers, values, n, scale);
    if (n_odd == UINT32_MAX) { /* a value that has a small scale may have none at a large one */
        buffer_u8(out, REALS_RAW);
        encode_ints(out, values, 8, n);
        return;
    }
    buffer_u8(out, (uint8_t)scale);
    encode_ints(out, integers, 8, n);
    buffer_u32(out, n_odd);
    encode_ints(out, integers + n, 8, n_odd);
    encode_ints(out, integers + n + n / 16 + 1, 8, n_odd);
}

/* ---- columns ---- */

/* Low halves; then high halves without the sign that the low ones tell. */
static void
encode_wide(struct buffer *out, struct buffer *scratch, const uint8_t *values, uint32_t n)
{
    uint64_t *low, *high;

    buffer_clear(scratch);
    low = (uint64_t *)(void *)buffer_reserve(scratch, (size_t)n * 16);
    if (!low) {
        out->failed = true;
        return;
    }
    high = low + n;
    for (uint32_t i = 0; i < n; i++) {
        memcpy(&low[i], values + (size_t)i * 16, 8);
        memcpy(&high[i], values + (size_t)i * 16 + 8, 8);
        high[i] += low[i] >> 63;
    }
    encode_ints(out, low, 8, n);
    encode_ints(out, high, 8, n);
}

static void
encode_cells(struct buffer *out, struct buffer *scratch, const struct cells *cells)
{
    const uint8_t *values = cells->values.data;

    switch (cells->form) {
    case FORM_INTS:
        encode_ints(out, values, cells->width, cells->n);
        break;
    case FORM_REALS:
        encode_reals(out, scratch, values, cells->n);
        break;
    case FORM_WIDE:
        encode_wide(out, scratch, values, cells->n);
        break;
    case FORM_FIXED:
        buffer_append(out, values, cells->values.size);
        break;
    default:
        encode_ints(out, values, 4, cells->n);
        buffer_append(out, cells->bytes.data, cells->bytes.size);
    }
}

void
encode_column(struct buffer *out, struct buffer *scratch, const struct column *column)
{
    if (column->states.size)
        encode_ints(out, column->states.data, 1, column->n_rows);
    else
        encode_constant(out, column->is_long ? STATE_LONG : column->same, column->n_rows);
    if (column->is_long) {
        buffer_u8(out, (uint8_t)column->long_cell.tag);
        buffer_u64(out, column->long_cell.size);
        buffer_u64(out, column->long_cell.hash);
        return;
    }
    for (uint32_t tag = 0; tag < PD_TAG_COUNT_; tag++) {
        const struct cells *cells = column_cells(column, tag);

        if (cells)
            encode_cells(out, scratch, cells);
    }
}

const double reals_scale[REALS_MAX_SCALE + 1] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
