// SPDX-License-Identifier: Apache-2.0
// batch - reads single cells, appends them, and lends a builder to those parts that make rows.
#include "model/batch.h"

#include <stdlib.h>

#include "base/budget.h"
#include "model/kind.h"
#include "model/schema.h"
#include "model/values.h"

/* An integer of up to 8 bytes, as wide as its kind: TAGGED carries 8 bytes of all of them, and
   those who write them extend the sign or not. */
static int64_t
narrow(const struct pd_type *type, uint64_t bits)
{
    uint32_t width = kind_width(type);
    unsigned shift = 64 - 8 * (width ? width : 1);

    if (kind_is_unsigned(type->kind))
        return (int64_t)(bits << shift >> shift);
    return (int64_t)(bits << shift) >> shift;
}

static uint64_t
short_le64(const uint8_t *bytes, size_t size)
{
    uint8_t all[8] = {0};

    if (size)
        memcpy(all, bytes, size < 8 ? size : 8);
    return values_le64(all);
}

/* Plain values in TAGGED are in the bytes of the plain layout, integers as 8 bytes. */
static void
cell_of_plain_bytes(const struct pd_type *type, struct cell *cell)
{
    float narrow_real = 0;

    switch (kind_layout(type)) {
    case PD_LAYOUT_BITS:
        cell->integer = cell->size && cell->bytes[0];
        break;
    case PD_LAYOUT_I8:
    case PD_LAYOUT_I16:
    case PD_LAYOUT_I32:
    case PD_LAYOUT_I64:
        cell->integer = narrow(type, short_le64(cell->bytes, cell->size));
        break;
    case PD_LAYOUT_F32:
        if (cell->size == 4)
            memcpy(&narrow_real, cell->bytes, 4);
        cell->real = (double)narrow_real;
        break;
    case PD_LAYOUT_F64:
        cell->real = values_real(short_le64(cell->bytes, cell->size));
        break;
    default:
        break;
    }
}

static void
cell_of_tagged_bytes(const struct pd_type *type, struct cell *cell)
{
    if (cell->tag == PD_TAG_PLAIN)
        cell_of_plain_bytes(type, cell);
    else if (cell->tag == PD_TAG_INT)
        cell->integer = (int64_t)short_le64(cell->bytes, cell->size);
    else if (cell->tag == PD_TAG_REAL)
        cell->real = values_real(short_le64(cell->bytes, cell->size));
}

static void
cell_of_variable(const struct pd_vector *vector, uint32_t row, struct cell *cell)
{
    cell->size = (size_t)(vector->offsets[row + 1] - vector->offsets[row]);
    cell->bytes = (const uint8_t *)vector->data;
    if (cell->bytes)
        cell->bytes += vector->offsets[row];
}

static void
cell_of_number(const struct pd_vector *vector, uint32_t row, struct cell *cell)
{
    uint64_t bits;

    memcpy(&bits, (const uint8_t *)vector->data + (size_t)row * 8, 8);
    cell->tag = vector->tags[row];
    if (cell->tag == PD_TAG_REAL)
        cell->real = values_real(bits);
    else
        cell->integer = (int64_t)bits;
}

static void
cell_of_fixed(const struct pd_type *type, const struct pd_vector *vector, uint32_t row,
              struct cell *cell)
{
    uint64_t bits;

    switch (vector->layout) {
    case PD_LAYOUT_BITS:
        cell->integer = ((const uint8_t *)vector->data)[row >> 3] >> (row & 7) & 1;
        return;
    case PD_LAYOUT_I128:
    case PD_LAYOUT_FIXED:
        cell->size = kind_width(type);
        cell->bytes = (const uint8_t *)vector->data + (size_t)row * cell->size;
        return;
    default:
        values_load(type, vector, row, 1, &bits);
        if (vector->layout == PD_LAYOUT_F32 || vector->layout == PD_LAYOUT_F64)
            cell->real = values_real(bits);
        else
            cell->integer = (int64_t)bits;
    }
}

static bool
cell_of_lists(const struct pd_type *type, const struct pd_vector *vector, uint32_t row,
              struct cell *cell)
{
    uint32_t at = vector->n_outliers ? values_first_outlier(vector, row) : 0;

    if (at < vector->n_outliers && vector->outliers[at].row == row) {
        cell->tag = (int)vector->outliers[at].tag;
        cell->bytes = vector->outliers[at].bytes;
        cell->size = (size_t)vector->outliers[at].size;
        cell_of_tagged_bytes(type, cell);
        return true;
    }
    for (uint32_t i = 0; i < vector->n_longs; i++) {
        if (vector->longs[i].row != row)
            continue;
        cell->tag = (int)vector->longs[i].tag;
        cell->size = (size_t)vector->longs[i].size;
        cell->as_long = &vector->longs[i];
        return true;
    }
    return false;
}

struct cell
batch_cell(const struct pd_type *type, const struct pd_vector *vector, uint32_t row)
{
    struct cell cell = {.tag = PD_TAG_PLAIN};

    if (!values_bit(vector->validity, row))
        return (struct cell){.tag = -1};
    if ((vector->n_outliers || vector->n_longs) && cell_of_lists(type, vector, row, &cell))
        return cell;
    switch (vector->layout) {
    case PD_LAYOUT_VAR:
        cell_of_variable(vector, row, &cell);
        break;
    case PD_LAYOUT_TAGGED:
        cell.tag = vector->tags[row];
        cell_of_variable(vector, row, &cell);
        cell_of_tagged_bytes(type, &cell);
        break;
    case PD_LAYOUT_NUM64:
        cell_of_number(vector, row, &cell);
        break;
    default:
        cell_of_fixed(type, vector, row, &cell);
    }
    return cell;
}

void
batch_release(const struct pd_batch *batch)
{
    if (batch && batch->release)
        batch->release(batch);
}

/* The few services of a host that a builder asks for. */
static void *
host_alloc(const struct pd_host *host, size_t size)
{
    return malloc(size ? size : 1);
}

static void
host_release(const struct pd_host *host, void *ptr)
{
    free(ptr);
}

static struct pd_memory *
host_batch_begin(const struct pd_host *host)
{
    return budget_begin();
}

static const struct pd_host builder_host = {
    .struct_size = sizeof builder_host,
    .abi = PD_ABI,
    .alloc = host_alloc,
    .release = host_release,
    .batch_begin = host_batch_begin,
    .batch_alloc = budget_alloc,
    .batch_end = budget_end,
};

pd_status
batch_builder_open(struct pd_builder *builder, const struct pd_table *table, struct pd_error *err)
{
    uint32_t n_columns = (uint32_t)table->n_columns;

    if (pd_builder_open(builder, &builder_host, n_columns))
        return error_memory(err);
    for (uint32_t i = 0; i < n_columns; i++) {
        const struct pd_type *type = &table->columns[i].type;
        int layout = kind_layout(type);

        pd_builder_column(builder, i, (uint8_t)layout, kind_width(type));
    }
    return PD_OK;
}

static void
put_plain(struct pd_builder *builder, uint32_t column, const struct cell *cell)
{
    float narrow_real = (float)cell->real;

    switch (builder->columns[column].layout) {
    case PD_LAYOUT_F32:
        if (cell->real != cell->real)
            memcpy(&narrow_real, &(const uint32_t){UINT32_C(0x7fc00000)}, 4);
        pd_put_fixed(builder, column, &narrow_real);
        break;
    case PD_LAYOUT_F64:
        pd_put_f64(builder, column, cell->real);
        break;
    case PD_LAYOUT_I128:
    case PD_LAYOUT_FIXED:
        pd_put_fixed(builder, column, cell->bytes);
        break;
    case PD_LAYOUT_VAR:
        pd_put_bytes(builder, column, cell->bytes, cell->size);
        break;
    default:
        pd_put_int(builder, column, cell->integer);
    }
}

static void
put_real(struct pd_builder *builder, uint32_t column, double real)
{
    if (builder->columns[column].layout == PD_LAYOUT_NUM64)
        pd_put_number_real(builder, column, real);
    else
        pd_put_tagged_real(builder, column, real);
}

static void
put_integer(struct pd_builder *builder, uint32_t column, int64_t integer)
{
    if (builder->columns[column].layout == PD_LAYOUT_NUM64)
        pd_put_number_int(builder, column, integer);
    else
        pd_put_tagged_int(builder, column, integer);
}

void
batch_put_cell(struct pd_builder *builder, uint32_t column, const struct pd_type *type,
               const struct cell *cell)
{
    if (cell->tag < 0)
        pd_put_null(builder, column);
    else if (cell->as_long)
        pd_put_long(builder, column, (uint32_t)cell->tag, cell->as_long->size,
                    cell->as_long->cookie);
    else if (cell->tag == PD_TAG_PLAIN)
        put_plain(builder, column, cell);
    else if (cell->tag == PD_TAG_INT)
        put_integer(builder, column, cell->integer);
    else if (cell->tag == PD_TAG_REAL)
        put_real(builder, column, cell->real);
    else
        pd_put_tagged(builder, column, (uint32_t)cell->tag, cell->bytes, cell->size);
}
