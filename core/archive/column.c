// SPDX-License-Identifier: Apache-2.0
/* column - takes slices of batches apart into states and dense cells, the same whatever the layout
   and the borders of the batches were. */
#include "archive/column.h"

#include <stdlib.h>
#include <string.h>

#include "model/kind.h"

/* Buffers of a giant row are not kept. */
enum { KEEP_ROOM = 4 * 1048576 };

static uint32_t
domain_of(int kind)
{
    if (kind == PD_KIND_NUMBER)
        return 1u << PD_TAG_INT | 1u << PD_TAG_REAL;
    if (kind == PD_KIND_ANY)
        return 1u << PD_TAG_INT | 1u << PD_TAG_REAL | 1u << PD_TAG_TEXT | 1u << PD_TAG_BYTES;
    return 1u << PD_TAG_PLAIN;
}

static uint8_t
form_of(int layout)
{
    switch (layout) {
    case PD_LAYOUT_F64:
        return FORM_REALS;
    case PD_LAYOUT_I128:
        return FORM_WIDE;
    case PD_LAYOUT_FIXED:
        return FORM_FIXED;
    case PD_LAYOUT_VAR:
    case PD_LAYOUT_TAGGED:
        return FORM_VAR;
    default: /* a float32 is an integer of its bits */
        return FORM_INTS;
    }
}

struct column_shape
column_shape_of(const struct pd_column *column, uint32_t number)
{
    int kind = column->type.kind;
    struct column_shape shape = {.column = column, .number = number, .domain = domain_of(kind)};

    shape.layout = (uint8_t)kind_layout(&column->type);
    shape.form = form_of(shape.layout);
    shape.width = kind_width(&column->type);
    if (shape.layout == PD_LAYOUT_BITS)
        shape.width = 1;
    else if (shape.form == FORM_VAR)
        shape.width = 4;
    shape.base = shape.width;
    shape.is_text =
        shape.layout == PD_LAYOUT_VAR && kind != PD_KIND_BINARY && kind != PD_KIND_GEOMETRY;
    shape.is_unsigned = kind_is_unsigned(kind);
    return shape;
}

void
column_form(const struct column_shape *shape, uint32_t tag, uint8_t *ret_form, uint32_t *ret_width)
{
    if (tag == PD_TAG_PLAIN) {
        *ret_form = shape->form;
        *ret_width = shape->width;
    } else if (tag == PD_TAG_INT || tag == PD_TAG_REAL) {
        *ret_form = tag == PD_TAG_INT ? FORM_INTS : FORM_REALS;
        *ret_width = 8;
    } else {
        *ret_form = FORM_VAR;
        *ret_width = 4;
    }
}

void
column_open(struct column *column, const struct column_shape *shape)
{
    column->shape = *shape;
    column_form(shape, PD_TAG_PLAIN, &column->plain.form, &column->plain.width);
    column_clear(column);
}

static void
buffer_recycle(struct buffer *buffer)
{
    if (buffer->room > KEEP_ROOM)
        buffer_free(buffer);
    buffer_clear(buffer);
}

static void
cells_clear(struct cells *cells)
{
    cells->n = 0;
    buffer_recycle(&cells->values);
    buffer_recycle(&cells->bytes);
}

void
column_clear(struct column *column)
{
    column->n_rows = 0;
    column->is_long = false;
    buffer_clear(&column->states);
    cells_clear(&column->plain);
    for (uint32_t tag = 0; column->others && tag < PD_TAG_COUNT_; tag++)
        cells_clear(&column->others[tag]);
}

void
column_close(struct column *column)
{
    buffer_free(&column->states);
    buffer_free(&column->plain.values);
    buffer_free(&column->plain.bytes);
    for (uint32_t tag = 0; column->others && tag < PD_TAG_COUNT_; tag++) {
        buffer_free(&column->others[tag].values);
        buffer_free(&column->others[tag].bytes);
    }
    free(column->others);
    column->others = NULL;
}

static bool
cells_failed(const struct cells *cells)
{
    return cells->values.failed || cells->bytes.failed;
}

bool
column_failed(const struct column *column)
{
    bool failed = column->states.failed || cells_failed(&column->plain);

    for (uint32_t tag = 0; column->others && tag < PD_TAG_COUNT_; tag++)
        failed = failed || cells_failed(&column->others[tag]);
    return failed;
}

const struct cells *
column_cells(const struct column *column, uint32_t tag)
{
    const struct cells *cells = &column->plain;

    if (tag != PD_TAG_PLAIN)
        cells = column->others ? &column->others[tag] : NULL;
    return cells && cells->n ? cells : NULL;
}

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

/* ---- canonical size ---- */

/* What a cell counts above the base: an outlier its bytes and 4, others their bytes when they
   have no fixed width. */
static uint64_t
cell_size(const struct column_shape *shape, uint32_t tag, uint64_t size)
{
    if (!column_has_tag(shape, tag))
        return size + 4;
    return shape->form == FORM_VAR ? size : 0;
}

static void
tagged_sizes(const struct column_shape *shape, const struct pd_vector *vector, uint32_t from,
             uint32_t n, uint64_t *sizes)
{
    const int32_t *offsets = vector->offsets + from;

    for (uint32_t i = 0; i < n; i++) {
        if (pd_is_valid(vector->validity, from + i))
            sizes[i] +=
                cell_size(shape, vector->tags[from + i], (uint64_t)(offsets[i + 1] - offsets[i]));
    }
}

/* The first outlier at or after a row. */
static uint32_t
outlier_from(const struct pd_vector *vector, uint32_t row)
{
    uint32_t low = 0, high = vector->n_outliers;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (vector->outliers[middle].row < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void
column_sizes(const struct column_shape *shape, const struct pd_vector *vector, uint32_t from,
             uint32_t n, uint64_t *sizes)
{
    if (vector->n_longs) { /* the only row of its batch */
        sizes[0] += cell_size(shape, vector->longs->tag, vector->longs->size);
        return;
    }
    if (vector->layout == PD_LAYOUT_TAGGED) {
        tagged_sizes(shape, vector, from, n, sizes);
        return;
    }
    if (vector->layout == PD_LAYOUT_VAR) {
        const int32_t *offsets = vector->offsets + from;

        for (uint32_t i = 0; i < n; i++)
            sizes[i] += (uint64_t)(offsets[i + 1] - offsets[i]);
    }
    for (uint32_t k = outlier_from(vector, from); k < vector->n_outliers; k++) {
        const struct pd_outlier *outlier = &vector->outliers[k];

        if (outlier->row >= from + n)
            break;
        sizes[outlier->row - from] += cell_size(shape, outlier->tag, outlier->size);
    }
}

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
    for (uint32_t k = outlier_from(vector, from); k < vector->n_outliers; k++) {
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

/* One cell as TAGGED and the list of outliers hold it. NULL, or what is wrong. */
static const char *
append_cell(struct column *column, uint32_t tag, const uint8_t *bytes, uint64_t size)
{
    struct cells *cells = cells_of(column, tag);
    uint64_t value;

    if (!cells)
        return NULL;
    cells->n++;
    if (cells->form == FORM_VAR) {
        uint32_t size32 = (uint32_t)size;

        if (size > INT32_MAX)
            return "a cell of more than 2 GiB";
        buffer_append(&cells->values, &size32, 4);
        if (size)
            buffer_append(&cells->bytes, bytes, size32);
        return NULL;
    }
    if (column->shape.layout == PD_LAYOUT_BITS && tag == PD_TAG_PLAIN) {
        if (size != 1 || bytes[0] > 1)
            return "a bool that is not one byte 0 or 1";
        buffer_append(&cells->values, bytes, 1);
        return NULL;
    }
    if (cells->form == FORM_FIXED || cells->form == FORM_WIDE ||
        (column->shape.layout == PD_LAYOUT_F32 && tag == PD_TAG_PLAIN)) {
        if (size != cells->width)
            return "a tagged value of a wrong size";
        buffer_append(&cells->values, bytes, cells->width);
        return NULL;
    }
    if (size != 8)
        return "a tagged number that has not 8 bytes";
    value = load_le64(bytes);
    switch (cells->width) {
    case 1:
        buffer_append(&cells->values, &(uint8_t){(uint8_t)value}, 1);
        break;
    case 2:
        buffer_append(&cells->values, &(uint16_t){(uint16_t)value}, 2);
        break;
    case 4:
        buffer_append(&cells->values, &(uint32_t){(uint32_t)value}, 4);
        break;
    default:
        buffer_append(&cells->values, &value, 8);
    }
    return NULL;
}

static const char *
append_outliers(struct column *column, const struct pd_vector *vector, uint32_t from, uint32_t n)
{
    const char *wrong = NULL;

    for (uint32_t k = outlier_from(vector, from); !wrong && k < vector->n_outliers; k++) {
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

bool
column_may_be_long(const struct column_shape *shape, uint32_t tag)
{
    if (tag == PD_TAG_PLAIN)
        return shape->layout == PD_LAYOUT_VAR;
    return tag == PD_TAG_TEXT || tag == PD_TAG_BYTES || tag == PD_TAG_BADTEXT;
}

/* The cell of a row that is alone, when it is long or would have been, had its source the means:
   the bytes of a block must not depend on that. */
static bool
find_long(const struct column_shape *shape, const struct pd_vector *vector, uint32_t row,
          struct column_long *ret_long)
{
    struct column_long found = {.tag = PD_TAG_PLAIN};
    uint32_t k = outlier_from(vector, row);

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
