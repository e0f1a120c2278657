// SPDX-License-Identifier: Apache-2.0
/* encode_cell - single cells out of vectors of any layout. */
#include "encode.h"

static bool
is_signed(const struct encode_column *c)
{
    return !c->is_unsigned && c->layout != PD_LAYOUT_F32;
}

static int64_t
plain_number(const struct encode_column *c, uint32_t row)
{
    const uint8_t *data = c->v->data;
    int64_t v64;
    int32_t v32;
    int16_t v16;

    switch (c->layout) {
    case PD_LAYOUT_BITS:
        return data[row >> 3] >> (row & 7) & 1;
    case PD_LAYOUT_I8:
        return is_signed(c) ? (int64_t)(int8_t)data[row] : (int64_t)data[row];
    case PD_LAYOUT_I16:
        memcpy(&v16, data + (size_t)row * 2, 2);
        return is_signed(c) ? (int64_t)v16 : (int64_t)(uint16_t)v16;
    case PD_LAYOUT_I32:
    case PD_LAYOUT_F32:
        memcpy(&v32, data + (size_t)row * 4, 4);
        return is_signed(c) ? (int64_t)v32 : (int64_t)(uint32_t)v32;
    default:
        memcpy(&v64, data + (size_t)row * 8, 8);
        return v64;
    }
}

static void
fetch_plain(const struct encode_column *c, uint32_t row, struct encode_cell *cell)
{
    const struct pd_vector *v = c->v;

    switch (c->layout) {
    case PD_LAYOUT_VAR:
        cell->size = (size_t)(v->offsets[row + 1] - v->offsets[row]);
        cell->bytes = cell->size ? (const uint8_t *)v->data + v->offsets[row] : NULL;
        return;
    case PD_LAYOUT_I128:
    case PD_LAYOUT_FIXED:
        cell->size = 16;
        cell->bytes = (const uint8_t *)v->data + (size_t)row * cell->size;
        return;
    default:
        cell->number = plain_number(c, row);
        return;
    }
}

static uint64_t
read_le64(const uint8_t *bytes)
{
    uint64_t value;

    memcpy(&value, bytes, sizeof value);
    return le64toh(value);
}

/* The bytes of a plain value in layout TAGGED are those of the plain layout, but numbers are 8
   bytes, little endian. */
static void
untag_plain(const struct encode_column *c, struct encode_cell *cell)
{
    uint64_t bits;
    uint32_t narrow;

    switch (c->layout) {
    case PD_LAYOUT_VAR:
    case PD_LAYOUT_I128:
    case PD_LAYOUT_FIXED:
        return;
    case PD_LAYOUT_BITS:
        cell->number = cell->size ? cell->bytes[0] : 0;
        return;
    case PD_LAYOUT_F32:
        memcpy(&narrow, cell->bytes, 4);
        cell->number = narrow;
        return;
    default:
        bits = read_le64(cell->bytes);
        cell->number = (int64_t)bits;
        if (c->layout == PD_LAYOUT_I8)
            cell->number = is_signed(c) ? (int64_t)(int8_t)bits : (int64_t)(uint8_t)bits;
        else if (c->layout == PD_LAYOUT_I16)
            cell->number = is_signed(c) ? (int64_t)(int16_t)bits : (int64_t)(uint16_t)bits;
        else if (c->layout == PD_LAYOUT_I32)
            cell->number = is_signed(c) ? (int64_t)(int32_t)bits : (int64_t)(uint32_t)bits;
        return;
    }
}

static void
fetch_tagged(const struct encode_column *c, uint32_t row, struct encode_cell *cell)
{
    const struct pd_vector *v = c->v;

    cell->tag = v->tags[row];
    cell->size = (size_t)(v->offsets[row + 1] - v->offsets[row]);
    cell->bytes = cell->size ? (const uint8_t *)v->data + v->offsets[row] : NULL;
    if (cell->tag == PD_TAG_PLAIN)
        untag_plain(c, cell);
    else if (cell->tag == PD_TAG_INT)
        cell->number = (int64_t)read_le64(cell->bytes);
}

static bool
fetch_outlier(struct encode_column *c, uint32_t row, struct encode_cell *cell)
{
    const struct pd_vector *v = c->v;
    const struct pd_outlier *o;

    while (c->next_outlier < v->n_outliers && v->outliers[c->next_outlier].row < row)
        c->next_outlier++;
    if (c->next_outlier == v->n_outliers || v->outliers[c->next_outlier].row != row)
        return false;
    o = &v->outliers[c->next_outlier];
    cell->tag = (uint8_t)o->tag;
    cell->bytes = o->bytes;
    cell->size = (size_t)o->size;
    if (cell->tag == PD_TAG_INT)
        cell->number = (int64_t)read_le64(cell->bytes);
    return true;
}

void
encode_rewind(struct encode_column *c, uint32_t first)
{
    c->next_outlier = pd_first_outlier(c->v, first);
}

void
encode_fetch(struct encode_column *c, uint32_t row, struct encode_cell *cell)
{
    *cell = (struct encode_cell){.is_null = !pd_is_valid(c->v->validity, row)};
    if (cell->is_null)
        return;
    if (c->v->layout == PD_LAYOUT_TAGGED)
        fetch_tagged(c, row, cell);
    else if (!c->v->n_outliers || !fetch_outlier(c, row, cell))
        fetch_plain(c, row, cell);
}
