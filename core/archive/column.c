// SPDX-License-Identifier: Apache-2.0
/* column - the memory of a column's cells, and what its rows count in the canonical size. */
#include "archive/column.h"

#include <polydump/value.h>

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

bool
column_may_be_long(const struct column_shape *shape, uint32_t tag)
{
    if (tag == PD_TAG_PLAIN)
        return shape->layout == PD_LAYOUT_VAR;
    return tag == PD_TAG_TEXT || tag == PD_TAG_BYTES || tag == PD_TAG_BADTEXT;
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
    for (uint32_t k = pd_first_outlier(vector, from); k < vector->n_outliers; k++) {
        const struct pd_outlier *outlier = &vector->outliers[k];

        if (outlier->row >= from + n)
            break;
        sizes[outlier->row - from] += cell_size(shape, outlier->tag, outlier->size);
    }
}
