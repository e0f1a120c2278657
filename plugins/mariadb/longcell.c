// SPDX-License-Identifier: Apache-2.0
/* longcell - rows with cells that are too large for a batch. The client library holds the whole row
   anyhow, so their bytes are taken from there. */
#include "scan.h"

void
long_end(struct pd_source *source)
{
    source->host->release(source->host, source->scan.cells);
    source->scan.cells = NULL;
}

static bool
put_cell(struct scan *scan, const struct decode_column *c)
{
    uint32_t tag;
    size_t size;
    const uint8_t *bytes;

    if (!decode_has_long(c))
        return decode_cell(&scan->decoder, c);
    bytes = decode_long_bytes(&scan->decoder, c, &size, &tag);
    if (!bytes || size <= PD_LONG_CELL)
        return decode_cell(&scan->decoder, c);
    scan->cells[c->column] = (struct long_cell){bytes, size};
    pd_put_long(&scan->builder, c->column, tag, size, c->column);
    return true;
}

static bool
put_row(struct scan *scan)
{
    struct decoder *d = &scan->decoder;
    uint32_t i;

    for (i = 0; i < d->n_columns; i++) {
        if (!put_cell(scan, &d->columns[i]))
            return false;
    }
    decode_row_end(d);
    return true;
}

pd_status
long_read_row(struct pd_source *source, const struct pd_batch **ret_batch, struct pd_error *err)
{
    struct scan *scan = &source->scan;
    size_t size = scan->table->n_columns * sizeof *scan->cells;

    scan->is_pending = false;
    scan->cells = source->host->alloc(source->host, size);
    if (!scan->cells)
        return my_no_memory(source->host, err);
    memset(scan->cells, 0, size);
    if (pd_builder_begin(&scan->builder) != PD_OK)
        return scan_no_batch(source, err);
    if (!put_row(scan)) {
        pd_builder_drop(&scan->builder);
        return scan_broken(source, err);
    }
    *ret_batch = pd_builder_finish(&scan->builder);
    return *ret_batch ? PD_OK : scan_no_batch(source, err);
}

pd_status
my_source_read_long(struct pd_source *source, const struct pd_long *cell, uint64_t offset,
                    void *buffer, size_t size, struct pd_error *err)
{
    const struct scan *scan = &source->scan;
    const struct long_cell *from;

    if (!scan->cells || cell->cookie >= scan->table->n_columns || !scan->cells[cell->cookie].bytes)
        return source->host->fail(err, PD_FAILED, PD_CAUSE_BUG, "there is no such long cell");
    from = &scan->cells[cell->cookie];
    if (offset >= from->size)
        return PD_OK;
    if (size > from->size - offset)
        size = (size_t)(from->size - offset);
    memcpy(buffer, from->bytes + offset, size);
    return PD_OK;
}
