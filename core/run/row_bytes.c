// SPDX-License-Identifier: Apache-2.0
/* row_bytes - one row as a string of bytes and back. */
#include "run/row_bytes.h"

#include "model/kind.h"
#include "model/schema.h"

/* The first byte of a cell: a tag, or one of these. The first byte of a row: is a cell long? */
enum { CELL_NULL = 0xff, CELL_LONG = 0xfe };

enum cell_form { FORM_INTEGER, FORM_REAL, FORM_BYTES };

static enum cell_form
cell_form(const struct pd_type *type, int tag)
{
    if (tag == PD_TAG_INT)
        return FORM_INTEGER;
    if (tag == PD_TAG_REAL)
        return FORM_REAL;
    if (tag != PD_TAG_PLAIN)
        return FORM_BYTES;
    switch (kind_layout(type)) {
    case PD_LAYOUT_BITS:
    case PD_LAYOUT_I8:
    case PD_LAYOUT_I16:
    case PD_LAYOUT_I32:
    case PD_LAYOUT_I64:
        return FORM_INTEGER;
    case PD_LAYOUT_F32:
    case PD_LAYOUT_F64:
        return FORM_REAL;
    default:
        return FORM_BYTES;
    }
}

static pd_status
long_write(struct buffer *out, const struct pd_long *cell, row_bytes_keep *keep, void *arg,
           struct pd_error *err)
{
    uint64_t offset;
    pd_status status = keep(arg, cell, &offset, err);

    if (status != PD_OK)
        return status;
    buffer_u8(out, CELL_LONG);
    buffer_u8(out, (uint8_t)cell->tag);
    buffer_u64(out, cell->size);
    buffer_u64(out, offset);
    return PD_OK;
}

static void
cell_write(struct buffer *out, const struct pd_type *type, const struct cell *cell)
{
    uint64_t bits;

    buffer_u8(out, (uint8_t)cell->tag);
    switch (cell_form(type, cell->tag)) {
    case FORM_INTEGER:
        buffer_u64(out, (uint64_t)cell->integer);
        break;
    case FORM_REAL:
        bits = pd_real_bits(cell->real);
        buffer_u64(out, bits);
        break;
    case FORM_BYTES:
        buffer_u32(out, (uint32_t)cell->size);
        buffer_append(out, cell->bytes, cell->size);
        break;
    }
}

pd_status
row_bytes_write(struct buffer *out, const struct pd_table *table, const struct pd_batch *batch,
                uint32_t row, row_bytes_keep *keep, void *arg, struct pd_error *err)
{
    size_t mark = out->size;
    bool has_long = false;
    pd_status status = PD_OK;

    buffer_u8(out, 0);
    for (uint32_t i = 0; i < batch->n_columns && status == PD_OK; i++) {
        const struct pd_type *type = &table->columns[i].type;
        struct cell cell;

        if (!schema_column_travels(&table->columns[i]))
            continue;
        cell = batch_cell(type, batch_vector(batch, i), row);
        if (cell.tag < 0)
            buffer_u8(out, CELL_NULL);
        else if (cell.as_long)
            status = long_write(out, cell.as_long, keep, arg, err);
        else
            cell_write(out, type, &cell);
        has_long |= cell.as_long != NULL;
    }
    if (status == PD_OK && out->failed)
        return error_memory(err);
    if (has_long && !out->failed)
        out->data[mark] = 1;
    return status;
}

static struct cell
cell_read(struct cursor *in, const struct pd_type *type, int tag)
{
    struct cell cell = {.tag = tag};
    uint64_t bits;

    switch (cell_form(type, tag)) {
    case FORM_INTEGER:
        cell.integer = (int64_t)cursor_u64(in);
        break;
    case FORM_REAL:
        bits = cursor_u64(in);
        memcpy(&cell.real, &bits, sizeof bits);
        break;
    case FORM_BYTES:
        cell.size = cursor_u32(in);
        cell.bytes = cursor_bytes(in, cell.size);
        break;
    }
    return cell;
}

void
row_bytes_read(const uint8_t *bytes, size_t size, const struct pd_table *table,
               struct pd_builder *builder, bool *ret_long)
{
    struct cursor in = cursor_of(bytes, size);

    *ret_long = cursor_u8(&in) != 0;
    for (uint32_t i = 0; i < builder->n_columns; i++) {
        const struct pd_type *type = &table->columns[i].type;
        bool travels = schema_column_travels(&table->columns[i]);
        int tag = travels ? cursor_u8(&in) : CELL_NULL;

        if (tag == CELL_NULL) {
            pd_put_null(builder, i);
        } else if (tag == CELL_LONG) {
            int long_tag = cursor_u8(&in);
            uint64_t long_size = cursor_u64(&in);

            pd_put_long(builder, i, (uint32_t)long_tag, long_size, cursor_u64(&in));
        } else {
            struct cell cell = cell_read(&in, type, tag);

            batch_put_cell(builder, i, type, &cell);
        }
    }
}

bool
row_bytes_has_long(const uint8_t *bytes)
{
    return bytes[0] != 0;
}
