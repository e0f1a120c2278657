// SPDX-License-Identifier: Apache-2.0
/* gather - takes slices of batches apart into states and dense cells, the same whatever the layout
   and the borders of the batches were. */
#include <polydump/value.h>

#include <stdlib.h>
#include <string.h>

#include "archive/column.h"

/* ---- states ---- */

static void
states_spell_out(struct column *column, size_t more)
{
    uint8_t *states = buffer_reserve(&column->states, column->n_rows + more);

    if (!states || column->states.size)
        return;
    memset(states, column->same, column->n_rows);
    column->states.size = column->n_rows;
}

static void
states_add_same(struct column *column, uint8_t state, uint32_t n)
{
    if (column->n_rows == 0)
        column->same = state;
    if (column->states.size == 0 && column->same == state) {
        column->n_rows += n;
        return;
    }
    states_spell_out(column, n);
    if (buffer_reserve(&column->states, n)) {
        memset(column->states.data + column->states.size, state, n);
        column->states.size += n;
    }
    column->n_rows += n;
}

static void
states_add(struct column *column, const uint8_t *codes, uint32_t n)
{
    if (memcmp(codes, codes + 1, n - 1) == 0) {
        states_add_same(column, codes[0], n);
        return;
    }
    states_spell_out(column, n);
    buffer_append(&column->states, codes, n);
    column->n_rows += n;
}

/* The states of rows from..from+n into codes. NULL, or what is wrong. */
static const char *
read_codes(const struct column_shape *shape, const struct pd_vector *vector, uint32_t from,
           uint32_t n, uint8_t *codes)
{
    uint8_t top = PD_TAG_PLAIN;

    if (vector->layout == PD_LAYOUT_TAGGED || vector->layout == PD_LAYOUT_NUM64) {
        const uint8_t *tags = vector->tags + from;
        uint8_t last = vector->layout == PD_LAYOUT_NUM64 ? PD_TAG_REAL : PD_TAG_COUNT_ - 1;

        for (uint32_t i = 0; i < n; i++) {
            top = tags[i] > top ? tags[i] : top;
            codes[i] = (uint8_t)(tags[i] + 1);
        }
        if (top > last)
            return "a tag that it cannot have";
    } else {
        memset(codes, STATE_PLAIN, n);
    }
    for (uint32_t i = 0; vector->validity && i < n; i++)
        codes[i] &= (uint8_t) - (vector->validity[(from + i) >> 3] >> ((from + i) & 7) & 1);
    for (uint32_t k = pd_first_outlier(vector, from); k < vector->n_outliers; k++) {
        const struct pd_outlier *outlier = &vector->outliers[k];

        if (outlier->row >= from + n)
            break;
        if (outlier->tag >= PD_TAG_COUNT_ || column_has_tag(shape, outlier->tag))
            return "an outlier of a tag that is none";
        codes[outlier->row - from] = (uint8_t)(outlier->tag + 1);
    }
    if (!column_has_tag(shape, PD_TAG_PLAIN) && memchr(codes, STATE_PLAIN, n))
        return "a plain value, which its kind does not have";
    return NULL;
}

/* ---- cells ---- */

/* The cells of a tag, for adding. NULL: memory is short, which column_failed() tells. */
static struct cells *
cells_of(struct column *column, uint32_t tag)
{
    if (tag == PD_TAG_PLAIN)
        return &column->plain;
    if (!column->others) {
        column->others = calloc(PD_TAG_COUNT_, sizeof *column->others);
        if (!column->others) {
            column->states.failed = true;
            return NULL;
        }
        for (uint32_t i = 0; i < PD_TAG_COUNT_; i++)
            column_form(&column->shape, i, &column->others[i].form, &column->others[i].width);
    }
    return &column->others[tag];
}

static void
append_sizes(struct cells *cells, const int32_t *offsets, uint32_t n)
{
    uint32_t *sizes = (uint32_t *)(void *)buffer_reserve(&cells->values, (size_t)n * 4);

    if (!sizes)
        return;
    for (uint32_t i = 0; i < n; i++)
        sizes[i] = (uint32_t)(offsets[i + 1] - offsets[i]);
    cells->values.size += (size_t)n * 4;
}

static void
append_bits(struct cells *cells, const uint8_t *bits, uint32_t from, uint32_t n)
{
    uint8_t *values = buffer_reserve(&cells->values, n);

    if (!values)
        return;
    for (uint32_t i = 0; i < n; i++)
        values[i] = bits[(from + i) >> 3] >> ((from + i) & 7) & 1;
    cells->values.size += n;
}

/* Rows without NULL and outliers: whole areas are copied. */
static void
append_dense(struct cells *cells, const struct pd_vector *vector, uint32_t from, uint32_t n)
{
    const uint8_t *data = vector->data;

    if (vector->layout == PD_LAYOUT_VAR) {
        const int32_t *offsets = vector->offsets + from;

        append_sizes(cells, offsets, n);
        if (offsets[n] > offsets[0])
            buffer_append(&cells->bytes, data + offsets[0], (size_t)(offsets[n] - offsets[0]));
    } else if (vector->layout == PD_LAYOUT_BITS) {
        append_bits(cells, data, from, n);
    } else {
        buffer_append(&cells->values, data + (size_t)from * cells->width, (size_t)n * cells->width);
    }
    cells->n += n;
}

#define CLOSE_UP(type)                                                                             \
    do {                                                                                           \
        type *to_ = (type *)(void *)to;                                                            \
        const type *in_ = (const type *)(const void *)in;                                          \
        for (uint32_t i = 0; i < n; i++) {                                                         \
            to_[k] = in_[i];                                                                       \
            k += codes[i] == code;                                                                 \
        }                                                                                          \
    } while (0)

/* Copy those of n elements whose code is `code`, without a branch a row; their number. */
static uint32_t
close_up(uint8_t *to, const uint8_t *in, uint32_t width, const uint8_t *codes, uint8_t code,
         uint32_t n)
{
    uint32_t k = 0;

    switch (width) {
    case 1:
        CLOSE_UP(uint8_t);
        break;
    case 2:
        CLOSE_UP(uint16_t);
        break;
    case 4:
        CLOSE_UP(uint32_t);
        break;
    case 8:
        CLOSE_UP(uint64_t);
        break;
    default:
        for (uint32_t i = 0; i < n; i++) {
            memcpy(to + (size_t)k * width, in + (size_t)i * width, width);
            k += codes[i] == code;
        }
    }
    return k;
}

static void
append_some(struct cells *cells, const void *values, const uint8_t *codes, uint8_t code, uint32_t n)
{
    uint8_t *to = buffer_reserve(&cells->values, (size_t)n * cells->width);
    uint32_t k;

    if (!to)
        return;
    k = close_up(to, values, cells->width, codes, code, n);
    cells->values.size += (size_t)k * cells->width;
    cells->n += k;
}

/* Cells of variable size and of bools are first laid out with gaps behind the place where they
   are then closed up. */
static const char *
append_gapped(struct cells *cells, const struct pd_vector *vector, uint32_t from,
              const uint8_t *codes, uint32_t n)
{
    size_t start = cells->values.size;
    uint32_t k;

    for (uint32_t i = 0; vector->layout == PD_LAYOUT_VAR && i < n; i++) {
        if (codes[i] != STATE_PLAIN && vector->offsets[from + i] != vector->offsets[from + i + 1])
            return "bytes where a row is NULL or an outlier";
    }
    append_dense(cells, vector, from, n);
    if (cells->values.failed)
        return NULL;
    k = close_up(cells->values.data + start, cells->values.data + start, cells->width, codes,
                 STATE_PLAIN, n);
    cells->values.size = start + (size_t)k * cells->width;
    cells->n -= n - k;
    return NULL;
}

static const char *
append_plain(struct column *column, const struct pd_vector *vector, uint32_t from,
             const uint8_t *codes, uint32_t n)
{
    const uint8_t *data = vector->data;

    if (vector->layout == PD_LAYOUT_NUM64) {
        struct cells *ints = cells_of(column, PD_TAG_INT);
        struct cells *reals = cells_of(column, PD_TAG_REAL);

        if (ints && reals) {
            append_some(ints, data + (size_t)from * 8, codes, PD_TAG_INT + 1, n);
            append_some(reals, data + (size_t)from * 8, codes, PD_TAG_REAL + 1, n);
        }
    } else if (vector->layout == PD_LAYOUT_VAR || vector->layout == PD_LAYOUT_BITS) {
        return append_gapped(&column->plain, vector, from, codes, n);
    } else {
        append_some(&column->plain, data + (size_t)from * column->shape.width, codes, STATE_PLAIN,
                    n);
    }
    return NULL;
}

/* The lowest `width` bytes of an integer, in the machine's order. */
static void
append_narrow(struct buffer *values, uint64_t value, uint32_t width)
{
    uint32_t word = (uint32_t)value;
    uint16_t half = (uint16_t)value;

    if (width == 1)
        buffer_u8(values, (uint8_t)value);
    else if (width == 2)
        buffer_append(values, &half, 2);
    else if (width == 4)
        buffer_append(values, &word, 4);
    else
        buffer_append(values, &value, 8);
}

static const char *
append_var(struct cells *cells, const uint8_t *bytes, uint64_t size)
{
    uint32_t size32 = (uint32_t)size;

    if (size > INT32_MAX)
        return "a cell of more than 2 GiB";
    buffer_append(&cells->values, &size32, 4);
    buffer_append(&cells->bytes, bytes, size32);
    return NULL;
}

/* One cell as TAGGED and the list of outliers hold it. NULL, or what is wrong. */
static const char *
append_cell(struct column *column, uint32_t tag, const uint8_t *bytes, uint64_t size)
{
    struct cells *cells = cells_of(column, tag);
    uint8_t layout = tag == PD_TAG_PLAIN ? column->shape.layout : PD_LAYOUT_NONE;

    if (!cells)
        return NULL;
    cells->n++;
    if (cells->form == FORM_VAR)
        return append_var(cells, bytes, size);
    if (layout == PD_LAYOUT_BITS || layout == PD_LAYOUT_F32 || layout == PD_LAYOUT_FIXED ||
        layout == PD_LAYOUT_I128) {
        if (size != cells->width || (layout == PD_LAYOUT_BITS && bytes[0] > 1))
            return "a tagged value that its kind does not have";
        buffer_append(&cells->values, bytes, cells->width);
        return NULL;
    }
    if (size != 8)
        return "a tagged number that has not 8 bytes";
    append_narrow(&cells->values, load_le64(bytes), cells->width);
    return NULL;
}

static const char *
append_outliers(struct column *column, const struct pd_vector *vector, uint32_t from, uint32_t n)
{
    const char *wrong = NULL;

    for (uint32_t k = pd_first_outlier(vector, from); !wrong && k < vector->n_outliers; k++) {
        const struct pd_outlier *outlier = &vector->outliers[k];

        if (outlier->row >= from + n)
            break;
        wrong = append_cell(column, outlier->tag, outlier->bytes, outlier->size);
    }
    return wrong;
}

static const char *
append_tagged(struct column *column, const struct pd_vector *vector, uint32_t from,
              const uint8_t *codes, uint32_t n)
{
    const int32_t *offsets = vector->offsets + from;
    const uint8_t *data = vector->data;
    const char *wrong = NULL;
    bool is_one = memcmp(codes, codes + 1, n - 1) == 0;

    if (is_one && (codes[0] == PD_TAG_TEXT + 1 || codes[0] == PD_TAG_BYTES + 1)) {
        struct cells *cells = cells_of(column, codes[0] - 1u);

        if (!cells)
            return NULL;
        append_sizes(cells, offsets, n);
        if (offsets[n] > offsets[0])
            buffer_append(&cells->bytes, data + offsets[0], (size_t)(offsets[n] - offsets[0]));
        cells->n += n;
        return NULL;
    }
    for (uint32_t i = 0; !wrong && i < n; i++) {
        uint32_t size = (uint32_t)(offsets[i + 1] - offsets[i]);

        if (codes[i] != STATE_NULL)
            wrong = append_cell(column, codes[i] - 1u, size ? data + offsets[i] : NULL, size);
    }
    return wrong;
}

/* ---- long cells ---- */

/* The cell of a row that is alone, when it is long or would have been, had its source the means:
   the bytes of a block must not depend on that. */
static bool
find_long(const struct column_shape *shape, const struct pd_vector *vector, uint32_t row,
          struct column_long *ret_long)
{
    struct column_long found = {.tag = PD_TAG_PLAIN};
    uint32_t k = pd_first_outlier(vector, row);

    if (vector->n_longs) {
        found.cell = vector->longs;
        found.tag = found.cell->tag;
        found.size = found.cell->size;
    } else if (k < vector->n_outliers && vector->outliers[k].row == row) {
        found.tag = vector->outliers[k].tag;
        found.size = vector->outliers[k].size;
        found.bytes = vector->outliers[k].bytes;
    } else if (vector->offsets) {
        found.tag = vector->layout == PD_LAYOUT_TAGGED ? vector->tags[row] : PD_TAG_PLAIN;
        found.size = (uint64_t)(vector->offsets[row + 1] - vector->offsets[row]);
        found.bytes = found.size ? (const uint8_t *)vector->data + vector->offsets[row] : NULL;
    }
    *ret_long = found;
    return found.cell || (found.size > PD_LONG_CELL && column_may_be_long(shape, found.tag));
}

static const char *
append_long(struct column *column)
{
    const struct column_long *cell = &column->long_cell;

    if (cell->size <= PD_LONG_CELL || cell->size > INT64_MAX)
        return "a long cell of a size that is none";
    if (!column_may_be_long(&column->shape, cell->tag))
        return "a long cell of a tag that cannot be long";
    column->is_long = true;
    states_add_same(column, STATE_LONG, 1);
    return NULL;
}

const char *
column_append(struct column *column, const struct pd_vector *vector, uint32_t from, uint32_t n,
              uint8_t *codes)
{
    const struct column_shape *shape = &column->shape;
    const char *wrong;

    if (vector->layout != shape->layout && vector->layout != PD_LAYOUT_TAGGED)
        return "a layout that is not its kind's";
    if (n == 1 && find_long(shape, vector, from, &column->long_cell))
        return append_long(column);
    if (!vector->validity && !vector->n_outliers && vector->layout == shape->layout &&
        vector->layout != PD_LAYOUT_NUM64 && vector->layout != PD_LAYOUT_TAGGED) {
        states_add_same(column, STATE_PLAIN, n);
        append_dense(&column->plain, vector, from, n);
        return NULL;
    }
    wrong = read_codes(shape, vector, from, n, codes);
    if (wrong)
        return wrong;
    states_add(column, codes, n);
    if (vector->layout == PD_LAYOUT_TAGGED)
        return append_tagged(column, vector, from, codes, n);
    wrong = append_plain(column, vector, from, codes, n);
    return wrong ? wrong : append_outliers(column, vector, from, n);
}
