// SPDX-License-Identifier: Apache-2.0
/* decode - the way back from streams to states and cells, checking everything. */
#include "archive/decode.h"

#include <string.h>

#include "archive/encode.h"
#include "model/text.h"

enum { CHUNK = 1024 };

static bool
fail(struct decoder *decoder, const char *wrong)
{
    if (!decoder->wrong)
        decoder->wrong = wrong;
    return false;
}

void
decode_begin(struct decoder *decoder)
{
    decoder->used = 0;
    decoder->wrong = NULL;
}

/* Room in scratch. It is there: a column has at most BLOCK_ROWS cells. */
static void *
scratch(struct decoder *decoder, size_t size)
{
    void *room = decoder->scratch + decoder->used;

    decoder->used += (size + 63) & ~(size_t)63;
    return room;
}

/* ---- integers ---- */

/* A stream of integers, its head read. */
struct ints {
    uint8_t code;
    bool is_delta;
    uint64_t base;
    uint64_t first;
    uint32_t n; /* elements: one less than values in a stream of differences */
    const uint8_t *elements;
};

static bool
read_head(struct decoder *decoder, uint32_t width, uint32_t n, struct ints *ret_ints)
{
    struct ints ints = {.n = n};
    uint8_t code = cursor_u8(&decoder->in);
    size_t size;

    ints.base = cursor_u64(&decoder->in);
    ints.code = code & INTS_WIDTH;
    ints.is_delta = code & INTS_DELTA;
    if ((code & ~(INTS_WIDTH | INTS_DELTA)) || (ints.code > width && ints.code != INTS_BIT) ||
        (ints.is_delta && n < 2))
        return fail(decoder, "a stream of integers of an unknown form");
    if (ints.is_delta) {
        ints.first = cursor_u64(&decoder->in);
        ints.n = n - 1;
    }
    size = ints.code == INTS_BIT ? ((size_t)ints.n + 7) / 8 : (size_t)ints.code * ints.n;
    ints.elements = cursor_bytes(&decoder->in, size);
    if (decoder->in.failed)
        return fail(decoder, "a stream of integers that is cut short");
    *ret_ints = ints;
    return true;
}

/* Elements from..from+some with the base added. */
static void
read_elements(const struct ints *ints, uint32_t from, uint32_t some, uint64_t *to)
{
    const uint8_t *plane = ints->elements + from;

    for (uint32_t i = 0; i < some; i++)
        to[i] = ints->base;
    if (ints->code == INTS_BIT) {
        plane = ints->elements + from / 8;
        for (uint32_t i = 0; i < some; i++)
            to[i] += plane[i >> 3] >> (i & 7) & 1;
        return;
    }
    for (uint32_t k = 0; k < ints->code; k++) {
        for (uint32_t i = 0; i < some; i++)
            to[i] += (uint64_t)plane[i] << (8 * k);
        plane += ints->n;
    }
}

#define NARROW(type)                                                                               \
    do {                                                                                           \
        type *to_ = (type *)to + from;                                                             \
        for (uint32_t i = 0; i < n; i++)                                                           \
            to_[i] = (type)values[i];                                                              \
    } while (0)

static void
narrow(const uint64_t *values, uint32_t n, void *to, uint32_t width, uint32_t from)
{
    switch (width) {
    case 1:
        NARROW(uint8_t);
        break;
    case 2:
        NARROW(uint16_t);
        break;
    case 4:
        NARROW(uint32_t);
        break;
    default:
        NARROW(uint64_t);
    }
}

static void
read_ints(const struct ints *ints, void *to, uint32_t width)
{
    uint64_t chunk[CHUNK], value = ints->first;

    if (ints->is_delta)
        narrow(&value, 1, to, width, 0);
    for (uint32_t from = 0; from < ints->n; from += CHUNK) {
        uint32_t some = ints->n - from < CHUNK ? ints->n - from : CHUNK;

        read_elements(ints, from, some, chunk);
        for (uint32_t i = 0; ints->is_delta && i < some; i++)
            chunk[i] = value += chunk[i];
        narrow(chunk, some, to, width, from + (ints->is_delta ? 1 : 0));
    }
}

bool
decode_ints(struct decoder *decoder, void *to, uint32_t width, uint32_t n)
{
    struct ints ints;

    if (n == 0)
        return true;
    if (!read_head(decoder, width, n, &ints))
        return false;
    read_ints(&ints, to, width);
    return true;
}

/* ---- states ---- */

static bool
check_states(struct decoder *decoder, const struct column_shape *shape, uint32_t n_rows,
             const struct decoded_states *states)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i <= PD_TAG_COUNT_; i++)
        n += states->n[i];
    if (n != n_rows)
        return fail(decoder, "a state that does not exist");
    if (states->n[STATE_PLAIN] && !column_has_tag(shape, PD_TAG_PLAIN))
        return fail(decoder, "a plain value, which its kind does not have");
    return true;
}

bool
decode_states(struct decoder *decoder, const struct column_shape *shape, uint32_t n_rows,
              struct decoded_states *ret_states)
{
    struct decoded_states states = {.same = STATE_NULL};
    uint32_t counts[256] = {0};
    struct ints ints;
    uint8_t *codes;

    if (!read_head(decoder, 1, n_rows, &ints))
        return false;
    if (ints.code == 0 && !ints.is_delta) {
        states.same = (uint8_t)ints.base;
        counts[states.same] = n_rows;
        if (ints.base == STATE_LONG && n_rows == 1) {
            *ret_states = states;
            return true;
        }
    } else {
        codes = scratch(decoder, n_rows);
        read_ints(&ints, codes, 1);
        for (uint32_t i = 0; i < n_rows; i++)
            counts[codes[i]]++;
        states.codes = codes;
    }
    memcpy(states.n, counts, sizeof states.n);
    if (!check_states(decoder, shape, n_rows, &states))
        return false;
    *ret_states = states;
    return true;
}

bool
decode_long(struct decoder *decoder, const struct column_shape *shape, struct column_long *ret_long)
{
    struct column_long cell = {.tag = cursor_u8(&decoder->in)};

    cell.size = cursor_u64(&decoder->in);
    cell.hash = cursor_u64(&decoder->in);
    if (decoder->in.failed)
        return fail(decoder, "a long cell that is cut short");
    if (!column_may_be_long(shape, cell.tag))
        return fail(decoder, "a long cell of a tag that cannot be long");
    if (cell.size <= PD_LONG_CELL || cell.size > INT64_MAX)
        return fail(decoder, "a long cell of a size that is none");
    *ret_long = cell;
    return true;
}

/* ---- cells ---- */

static void
unscale(uint64_t *values, uint32_t n, uint32_t scale)
{
    double divisor = reals_scale[scale];

    for (uint32_t i = 0; i < n; i++) {
        double value = (double)(int64_t)values[i] / divisor;

        memcpy(&values[i], &value, 8);
    }
}

static bool
decode_reals(struct decoder *decoder, uint64_t *to, uint32_t n)
{
    uint8_t scale = cursor_u8(&decoder->in);
    uint64_t *rows, *odd;
    uint32_t n_odd;

    if (scale > REALS_MAX_SCALE && scale != REALS_RAW)
        return fail(decoder, "a stream of reals of an unknown form");
    if (!decode_ints(decoder, to, 8, n))
        return false;
    if (scale == REALS_RAW)
        return true;
    unscale(to, n, scale);
    n_odd = cursor_u32(&decoder->in);
    if (n_odd > n / 16)
        return fail(decoder, "a stream of reals with too many exceptions");
    rows = scratch(decoder, (size_t)n_odd * 8);
    odd = scratch(decoder, (size_t)n_odd * 8);
    if (!decode_ints(decoder, rows, 8, n_odd) || !decode_ints(decoder, odd, 8, n_odd))
        return false;
    for (uint32_t i = 0; i < n_odd; i++) {
        if (rows[i] >= n || (i && rows[i] <= rows[i - 1]))
            return fail(decoder, "a stream of reals with exceptions out of order");
        to[rows[i]] = odd[i];
    }
    return true;
}

static bool
decode_wide(struct decoder *decoder, uint8_t *to, uint32_t n)
{
    uint64_t *low = scratch(decoder, (size_t)n * 8);
    uint64_t *high = scratch(decoder, (size_t)n * 8);

    if (!decode_ints(decoder, low, 8, n) || !decode_ints(decoder, high, 8, n))
        return false;
    for (uint32_t i = 0; i < n; i++) {
        high[i] -= low[i] >> 63;
        memcpy(to + (size_t)i * 16, &low[i], 8);
        memcpy(to + (size_t)i * 16 + 8, &high[i], 8);
    }
    return true;
}

static bool
is_ascii(const uint8_t *bytes, uint64_t size)
{
    uint64_t all = 0, word;

    for (; size >= 32; size -= 32, bytes += 32) {
        for (int k = 0; k < 4; k++) {
            memcpy(&word, bytes + 8 * k, 8);
            all |= word;
        }
        if (all & UINT64_C(0x8080808080808080))
            return false;
    }
    for (; size; size--)
        all |= *bytes++;
    return !(all & UINT64_C(0x8080808080808080));
}

/* Are all the cells UTF-8? They are when all their bytes together are, and no cell begins within a
   character. */
static bool
is_text(const struct decoded_cells *cells)
{
    const uint32_t *sizes = cells->values;
    const uint8_t *at = cells->bytes;

    if (is_ascii(cells->bytes, cells->n_bytes))
        return true;
    if (!text_is_utf8(cells->bytes, cells->n_bytes))
        return false;
    for (uint32_t i = 0; i < cells->n; i++) {
        if (sizes[i] && (*at & 0xc0) == 0x80)
            return false;
        at += sizes[i];
    }
    return true;
}

static bool
decode_var(struct decoder *decoder, uint32_t *sizes, uint32_t n, bool check_text,
           struct decoded_cells *cells)
{
    if (!decode_ints(decoder, sizes, 4, n))
        return false;
    cells->n_bytes = 0;
    for (uint32_t i = 0; i < n; i++)
        cells->n_bytes += sizes[i];
    if (cells->n_bytes > INT32_MAX)
        return fail(decoder, "cells of more than 2 GiB");
    cells->bytes = cursor_bytes(&decoder->in, cells->n_bytes);
    if (decoder->in.failed)
        return fail(decoder, "cells that are cut short");
    if (check_text && !is_text(cells))
        return fail(decoder, "text that is not UTF-8");
    return true;
}

static bool
is_bools(const uint8_t *values, uint32_t n)
{
    uint8_t all = 0;

    for (uint32_t i = 0; i < n; i++)
        all |= values[i];
    return all <= 1;
}

bool
decode_cells(struct decoder *decoder, const struct column_shape *shape, uint32_t tag, uint32_t n,
             void *into, struct decoded_cells *ret_cells)
{
    struct decoded_cells cells = {.n = n};
    bool is_plain = tag == PD_TAG_PLAIN, good;
    const uint8_t *bytes;

    column_form(shape, tag, &cells.form, &cells.width);
    if (!into && cells.form != FORM_FIXED)
        into = scratch(decoder, (size_t)n * cells.width);
    cells.values = into;
    switch (cells.form) {
    case FORM_INTS:
        good = decode_ints(decoder, into, cells.width, n);
        if (good && is_plain && shape->layout == PD_LAYOUT_BITS && !is_bools(into, n))
            return fail(decoder, "a bool that is neither 0 nor 1");
        break;
    case FORM_REALS:
        good = decode_reals(decoder, into, n);
        break;
    case FORM_WIDE:
        good = decode_wide(decoder, into, n);
        break;
    case FORM_FIXED:
        bytes = cursor_bytes(&decoder->in, (size_t)n * cells.width);
        good = bytes || fail(decoder, "cells that are cut short");
        if (good && into)
            memcpy(into, bytes, (size_t)n * cells.width);
        else
            cells.values = bytes;
        break;
    default:
        good = decode_var(decoder, into, n, is_plain ? shape->is_text : tag == PD_TAG_TEXT, &cells);
    }
    *ret_cells = cells;
    return good;
}

/* ---- recheck ---- */

static bool
compare_cells(const struct decoded_cells *cells, const struct cells *with)
{
    if (cells->n != with->n || memcmp(cells->values, with->values.data, with->values.size))
        return false;
    if (cells->form != FORM_VAR)
        return true;
    return cells->n_bytes == with->bytes.size &&
           (!with->bytes.size || memcmp(cells->bytes, with->bytes.data, with->bytes.size) == 0);
}

static bool
compare_states(const struct decoded_states *states, const struct column *column)
{
    if (!column->states.size)
        return !states->codes && states->same == column->same;
    if (!states->codes) { /* spelt out, but all the same by chance */
        return column->states.data[0] == states->same &&
               memcmp(column->states.data, column->states.data + 1, column->n_rows - 1) == 0;
    }
    return memcmp(states->codes, column->states.data, column->n_rows) == 0;
}

bool
decode_compare(struct decoder *decoder, const struct column *column)
{
    struct decoded_states states;
    struct decoded_cells cells;
    struct column_long cell;

    decode_begin(decoder);
    if (!decode_states(decoder, &column->shape, column->n_rows, &states))
        return false;
    if (column->is_long)
        return states.same == STATE_LONG && decode_long(decoder, &column->shape, &cell) &&
               cell.tag == column->long_cell.tag && cell.size == column->long_cell.size &&
               cell.hash == column->long_cell.hash;
    if (!compare_states(&states, column))
        return fail(decoder, "other states than were written");
    for (uint32_t tag = 0; tag < PD_TAG_COUNT_; tag++) {
        const struct cells *with = column_cells(column, tag);

        if (!with)
            continue;
        if (!decode_cells(decoder, &column->shape, tag, with->n, NULL, &cells))
            return false;
        if (!compare_cells(&cells, with))
            return fail(decoder, "other values than were written");
    }
    return true;
}
