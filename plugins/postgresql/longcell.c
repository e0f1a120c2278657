// SPDX-License-Identifier: Apache-2.0
/* longcell - rows with cells that are too large for a batch. The client library holds the whole row
   anyhow, so their bytes are taken from there. */
#include "scan.h"

void
long_end(struct pd_source *source)
{
    struct scan *scan = &source->scan;

    source->host->release(source->host, scan->cells);
    scan->cells = NULL;
    PQfreemem(scan->piece.message);
    memset(&scan->piece, 0, sizeof scan->piece);
    if (scan->at == scan->end) {
        PQfreemem(scan->message);
        scan->message = NULL;
        scan->at = scan->end = NULL;
    }
}

/* Is the field's cell long? A broken field is not: it is told when it is decoded. */
static struct long_cell
read_field(const struct decode_column *c, const struct decode_field *field)
{
    struct long_cell cell = {.place = LONG_NOT};
    const uint8_t *bytes;
    size_t size;

    if (field->is_null)
        return cell;
    if (c->form == PG_FORM_BIT) {
        int64_t n = decode_bit_count(field->bytes, field->size);

        if (n > PD_LONG_CELL)
            cell = (struct long_cell){LONG_BITS, field->bytes + 4, (uint64_t)n};
        return cell;
    }
    bytes = decode_plain_bytes(c, field->bytes, field->size, &size);
    if (bytes && size > PD_LONG_CELL)
        cell = (struct long_cell){LONG_BYTES, bytes, size};
    return cell;
}

bool
long_row(const struct scan *scan, const uint8_t *at, const uint8_t *end)
{
    const struct decoder *d = &scan->decoder;
    struct decode_field field;
    uint32_t i;

    for (i = 0; i < d->n_columns && decode_next(&at, end, &field); i++) {
        if (read_field(&d->columns[i], &field).place != LONG_NOT)
            return true;
    }
    return false;
}

static bool
put_field(struct scan *scan, const struct decode_column *c, const struct decode_field *field)
{
    struct pd_builder *b = &scan->builder;
    struct long_cell cell = read_field(c, field);
    bool is_plain;

    if (field->is_null) {
        pd_put_null(b, c->column);
        return true;
    }
    if (cell.place == LONG_NOT)
        return decode_cell(&scan->decoder, c, field->bytes, field->size);
    is_plain = cell.place == LONG_BITS || decode_is_plain(c, cell.bytes, cell.size);
    scan->cells[c->column] = cell;
    pd_put_long(b, c->column, is_plain ? PD_TAG_PLAIN : PD_TAG_BADTEXT, cell.size, c->column);
    return true;
}

static bool
put_row(struct scan *scan)
{
    struct decoder *d = &scan->decoder;
    const uint8_t *at = scan->at + 2;
    struct decode_field field;
    uint32_t i;

    for (i = 0; i < d->n_columns; i++) {
        if (!decode_next(&at, scan->end, &field))
            return decode_fault(d, &d->columns[i], "the row ends within this column");
        if (!put_field(scan, &d->columns[i], &field))
            return false;
    }
    if (at != scan->end)
        return decode_fault(d, NULL, "the server sent a row with more than its columns");
    decode_row_end(d);
    return true;
}

pd_status
long_read_row(struct pd_source *source, const struct pd_batch **ret_batch, struct pd_error *err)
{
    struct scan *scan = &source->scan;
    size_t size = scan->table->n_columns * sizeof *scan->cells;

    scan->cells = source->host->alloc(source->host, size);
    if (!scan->cells)
        return pg_no_memory(source->host, err);
    memset(scan->cells, 0, size);
    if (pd_builder_begin(&scan->builder) != PD_OK)
        return scan_no_batch(source, err);
    if (!put_row(scan)) {
        pd_builder_drop(&scan->builder);
        return scan_broken(source, err);
    }
    scan->at = scan->end;
    scan->n_rows++;
    scan->n_leaf++;
    *ret_batch = pd_builder_finish(&scan->builder);
    return *ret_batch ? PD_OK : scan_no_batch(source, err);
}

static pd_status
copy_from_server(struct pd_source *source, uint32_t column, uint64_t offset, char *buffer,
                 size_t size, struct pd_error *err)
{
    struct long_piece *piece = &source->scan.piece;

    while (size) {
        size_t n;
        pd_status status = large_fetch(source, column, offset, err);

        if (status != PD_OK)
            return status;
        n = piece->size - (size_t)(offset - piece->from);
        n = n < size ? n : size;
        memcpy(buffer, piece->bytes + (offset - piece->from), n);
        buffer += n;
        offset += n;
        size -= n;
    }
    return PD_OK;
}

pd_status
pg_source_read_long(struct pd_source *source, const struct pd_long *cell, uint64_t offset,
                    void *buffer, size_t size, struct pd_error *err)
{
    struct scan *scan = &source->scan;
    const struct long_cell *from;

    if (!scan->cells || cell->cookie >= scan->table->n_columns ||
        scan->cells[cell->cookie].place == LONG_NOT)
        return source->host->fail(err, PD_FAILED, PD_CAUSE_BUG, "there is no such long cell");
    from = &scan->cells[cell->cookie];
    if (offset >= from->size)
        return PD_OK;
    if (size > from->size - offset)
        size = (size_t)(from->size - offset);
    if (from->place == LONG_SERVER)
        return copy_from_server(source, (uint32_t)cell->cookie, offset, buffer, size, err);
    if (from->place == LONG_BITS)
        decode_bits(from->bytes, offset, buffer, size);
    else
        memcpy(buffer, from->bytes + offset, size);
    return PD_OK;
}
