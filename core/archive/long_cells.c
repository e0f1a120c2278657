// SPDX-License-Identifier: Apache-2.0
/* long_cells - the long cells of the row that was read last. */
#include "archive/long_cells.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct long_slice {
    struct block_header header;
    struct long_place place;
};

void
long_cells_free(struct long_cells *cells)
{
    free(cells->sizes);
    free(cells->slices);
    buffer_free(&cells->frame);
    *cells = (struct long_cells){0};
}

static uint64_t
slices_of(uint64_t size)
{
    return size / PD_LONG_SLICE + (size % PD_LONG_SLICE != 0);
}

static pd_status
add_cell(struct long_cells *cells, const struct pd_long *cell, struct pd_error *err)
{
    /* More slices than a file can hold would be a lie of the block. */
    if (cell->cookie >= cells->n_cells || cells->sizes[cell->cookie] || cell->size == 0 ||
        cell->size > (uint64_t)1 << 40)
        return error_fail(err, PD_FAILED, PD_CAUSE_CORRUPT,
                          "long cell %" PRIu64 " of %" PRIu64 " bytes does not fit its block",
                          cell->cookie, cell->size);
    cells->sizes[cell->cookie] = cell->size;
    cells->n_wanted += (size_t)slices_of(cell->size);
    return PD_OK;
}

static size_t
count_cells(const struct pd_batch *batch)
{
    size_t n = 0;

    for (uint32_t i = 0; i < batch->n_columns; i++)
        n += batch_vector(batch, i)->n_longs;
    return n;
}

pd_status
long_cells_begin(struct long_cells *cells, const struct pd_batch *batch, struct pd_error *err)
{
    size_t n = count_cells(batch);
    pd_status status = PD_OK;

    cells->n_cells = cells->n_wanted = cells->n_slices = 0;
    cells->current = SIZE_MAX;
    if (n == 0)
        return PD_OK;
    free(cells->sizes);
    cells->sizes = calloc(n, sizeof *cells->sizes);
    if (!cells->sizes)
        return error_memory(err);
    cells->n_cells = n;
    for (uint32_t i = 0; i < batch->n_columns && status == PD_OK; i++) {
        const struct pd_vector *vector = batch_vector(batch, i);

        for (uint32_t k = 0; k < vector->n_longs && status == PD_OK; k++)
            status = add_cell(cells, &vector->longs[k], err);
    }
    return status;
}

pd_status
long_cells_note(struct long_cells *cells, const struct block_header *header,
                const struct long_place *place, struct pd_error *err)
{
    if (header->kind != BLOCK_KIND_LONG)
        return error_fail(err, PD_FAILED, PD_CAUSE_CORRUPT, "%zu slices of a long cell are missing",
                          cells->n_wanted - cells->n_slices);
    if (cells->n_slices == cells->room) {
        size_t room = cells->room ? cells->room * 2 : 16;
        struct long_slice *grown = realloc(cells->slices, room * sizeof *grown);

        if (!grown)
            return error_memory(err);
        cells->slices = grown;
        cells->room = room;
    }
    cells->slices[cells->n_slices++] = (struct long_slice){.header = *header, .place = *place};
    return PD_OK;
}

/* Decode a slice unless it is the one that was decoded last. */
static pd_status
load_slice(struct long_cells *cells, size_t number, size_t size, long_fetch *fetch, void *arg,
           struct pd_error *err)
{
    const struct long_slice *slice = &cells->slices[number];
    const void *bytes = NULL;
    uint8_t *room;
    pd_status status;

    if (cells->current == number)
        return PD_OK;
    buffer_clear(&cells->frame);
    room = buffer_reserve(&cells->frame, slice->header.encoded_size);
    if (!room)
        return error_memory(err);
    status = fetch(arg, &slice->place, room, slice->header.encoded_size, err);
    if (status == PD_OK)
        status =
            block_decode_slice(cells->reader, &slice->header, room, &bytes, &cells->n_bytes, err);
    cells->current = SIZE_MAX;
    if (status != PD_OK)
        return status;
    if (cells->n_bytes != size)
        return error_fail(err, PD_FAILED, PD_CAUSE_CORRUPT,
                          "a slice of a long cell has %zu bytes, not %zu", cells->n_bytes, size);
    cells->bytes = bytes;
    cells->current = number;
    return PD_OK;
}

pd_status
long_cells_read(struct long_cells *cells, const struct pd_long *cell, uint64_t offset, void *buffer,
                size_t size, long_fetch *fetch, void *arg, struct pd_error *err)
{
    size_t first = 0;
    uint8_t *to = buffer;

    if (cell->cookie >= cells->n_cells || offset > cell->size || size > cell->size - offset)
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG, "a long cell is read that is not there");
    for (uint64_t i = 0; i < cell->cookie; i++)
        first += (size_t)slices_of(cells->sizes[i]);
    while (size > 0) {
        size_t number = (size_t)(offset / PD_LONG_SLICE);
        size_t within = (size_t)(offset % PD_LONG_SLICE);
        uint64_t left = cell->size - (offset - within);
        size_t whole = left < PD_LONG_SLICE ? (size_t)left : PD_LONG_SLICE;
        size_t n = size < whole - within ? size : whole - within;
        pd_status status = first + number < cells->n_slices
                               ? load_slice(cells, first + number, whole, fetch, arg, err)
                               : error_fail(err, PD_FATAL, PD_CAUSE_BUG, "a slice is not there");

        if (status != PD_OK)
            return status;
        memcpy(to, cells->bytes + within, n);
        to += n;
        offset += n;
        size -= n;
    }
    return PD_OK;
}

void
long_store_open(struct long_store *store)
{
    *store = (struct long_store){0};
    spool_open(&store->spool, -1);
}

void
long_store_clear(struct long_store *store)
{
    for (size_t i = 0; i < store->n; i++)
        spool_drop(&store->spool, &store->pieces[i]);
    store->n = 0;
}

void
long_store_close(struct long_store *store)
{
    long_store_clear(store);
    free(store->pieces);
    spool_close(&store->spool);
}

pd_status
long_store_add(struct long_store *store, const void *frame, size_t size,
               struct long_place *ret_place, struct pd_error *err)
{
    struct piece *grown = realloc(store->pieces, (store->n + 1) * sizeof *grown);
    pd_status status;

    if (!grown)
        return error_memory(err);
    store->pieces = grown;
    status = spool_put(&store->spool, frame, size, &grown[store->n], err);
    if (status == PD_OK)
        *ret_place = (struct long_place){.offset = store->n++};
    return status;
}

pd_status
long_store_fetch(void *arg, const struct long_place *place, void *bytes, size_t size,
                 struct pd_error *err)
{
    struct long_store *store = arg;

    return spool_read(&store->spool, &store->pieces[place->offset], bytes, size, err);
}
