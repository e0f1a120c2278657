// SPDX-License-Identifier: Apache-2.0
/* block_read - the reader: blocks back to batches, trusting nothing. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "archive/frame.h"
#include "archive/place.h"
#include "base/budget.h"
#include "base/cancel.h"
#include "model/schema.h"

/* A long cell of the block that was decoded last. */
struct reader_long {
    uint64_t size;
    uint64_t hash;
};

struct block_reader {
    struct frame_codec codec;
    struct decoder decoder;
    struct buffer body;
    struct block_header header; /* of the block whose long cells these are */
    struct buffer longs;        /* of struct reader_long */
    XXH3_state_t *long_hash;    /* of one of them: */
    uint64_t hashed_cell;
    uint64_t hashed_size; /* bytes that it includes */
};

enum { KEEP_ROOM = 8 * BLOCK_BYTES };

pd_status
block_reader_new(struct block_reader **ret_reader, struct pd_error *err)
{
    CLEANUP(block_reader) struct block_reader *reader = calloc(1, sizeof *reader);
    pd_status status;

    if (!reader)
        return error_memory(err);
    status = frame_open(&reader->codec, 0, err);
    if (status != PD_OK)
        return status;
    reader->decoder.scratch = aligned_alloc(64, DECODER_SCRATCH);
    reader->long_hash = XXH3_createState();
    if (!reader->decoder.scratch || !reader->long_hash)
        return error_memory(err);
    *ret_reader = take(reader);
    return PD_OK;
}

void
block_reader_free(struct block_reader *reader)
{
    if (!reader)
        return;
    frame_close(&reader->codec);
    XXH3_freeState(reader->long_hash);
    free(reader->decoder.scratch);
    buffer_free(&reader->body);
    buffer_free(&reader->longs);
    free(reader);
}

/* ---- rows ---- */

static void
release_batch(const struct pd_batch *batch)
{
    budget_end(batch->owner);
}

static const struct pd_column *
column_at(const struct pd_table *table, uint32_t i)
{
    return PD_AT(struct pd_column, table->columns, table->column_size, i);
}

/* Could the rule of the cut have put so many rows into one block? It bounds the memory of a batch,
   before any is taken. */
static bool
keeps_the_cut(const struct pd_table *table, uint32_t n_rows)
{
    uint64_t base = 0;

    for (uint32_t i = 0; i < table->n_columns; i++) {
        struct column_shape shape = column_shape_of(column_at(table, i), i);

        base += schema_column_travels(shape.column) ? shape.base : 0;
    }
    return n_rows == 1 || base * n_rows <= BLOCK_BYTES;
}

static pd_status
bad_column(const struct block_reader *reader, const struct placer *placer,
           const struct pd_column *column, struct pd_error *err)
{
    const char *wrong = reader->decoder.wrong;

    if (placer->short_of_memory)
        return error_memory(err);
    return error_fail(err, PD_FAILED, PD_CAUSE_CORRUPT,
                      "block %" PRIu64 " of part %" PRIu32 ", column '%s': %s",
                      reader->header.number, reader->header.part, column->name,
                      wrong ? wrong : "its cells are too large");
}

static pd_status
decode_columns(struct block_reader *reader, const struct pd_table *table, struct placer *placer,
               struct pd_vector *vectors, struct pd_error *err)
{
    uint64_t n_longs = 0;

    for (uint32_t i = 0; i < table->n_columns; i++) {
        struct column_shape shape = column_shape_of(column_at(table, i), i);
        struct column_long cell = {.size = 0};
        bool good = schema_column_travels(shape.column)
                        ? place_column(placer, &shape, n_longs, &vectors[i], &cell)
                        : place_nothing(placer, &shape, &vectors[i]);

        if (!good)
            return bad_column(reader, placer, shape.column, err);
        if (cell.size) {
            struct reader_long kept = {.size = cell.size, .hash = cell.hash};

            buffer_append(&reader->longs, &kept, sizeof kept);
            n_longs++;
        }
    }
    if (reader->longs.failed)
        return error_memory(err);
    if (cursor_left(&reader->decoder.in))
        return error_fail(err, PD_FAILED, PD_CAUSE_CORRUPT,
                          "block %" PRIu64 " of part %" PRIu32 " has %zu bytes too many",
                          reader->header.number, reader->header.part,
                          cursor_left(&reader->decoder.in));
    return PD_OK;
}

static pd_status
decode_batch(struct block_reader *reader, const struct pd_table *table, struct placer *placer,
             const struct pd_batch **ret_batch, struct pd_error *err)
{
    size_t size = table->n_columns * sizeof(struct pd_vector);
    struct pd_batch *batch = place_alloc(placer, sizeof *batch);
    struct pd_vector *vectors = place_alloc(placer, size);
    pd_status status;

    if (!batch || !vectors)
        return error_memory(err);
    memset(vectors, 0, size);
    status = decode_columns(reader, table, placer, vectors, err);
    if (status != PD_OK)
        return status;
    *batch = (struct pd_batch){
        .struct_size = sizeof *batch,
        .vector_size = sizeof *vectors,
        .n_rows = placer->n_rows,
        .n_columns = (uint32_t)table->n_columns,
        .vectors = vectors,
        .n_bytes = placer->n_bytes,
        .release = release_batch,
        .owner = placer->memory,
    };
    *ret_batch = batch;
    return PD_OK;
}

static pd_status
begin_batch(struct placer *placer, struct pd_error *err)
{
    placer->memory = budget_begin();
    if (placer->memory)
        return PD_OK;
    if (cancel_wanted())
        return error_fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "the run was interrupted");
    return error_memory(err);
}

pd_status
block_decode(struct block_reader *reader, const struct pd_table *table,
             const struct block_header *header, const void *frame,
             const struct pd_batch **ret_batch, struct pd_error *err)
{
    struct placer placer = {.decoder = &reader->decoder, .n_rows = header->n_rows};
    pd_status status;

    buffer_clear(&reader->longs);
    reader->header = *header;
    reader->hashed_size = 0;
    if (header->kind != BLOCK_KIND_ROWS || !keeps_the_cut(table, header->n_rows))
        return error_fail(err, PD_FAILED, PD_CAUSE_CORRUPT,
                          "block %" PRIu64 " of part %" PRIu32 " is none of %" PRIu32
                          " rows of such a table",
                          header->number, header->part, header->n_rows);
    if (reader->body.room > KEEP_ROOM)
        buffer_free(&reader->body);
    status = frame_read(&reader->codec, header, frame, &reader->body, err);
    if (status == PD_OK)
        status = begin_batch(&placer, err);
    if (status != PD_OK)
        return status;
    reader->decoder.in = cursor_of(reader->body.data, reader->body.size);
    status = decode_batch(reader, table, &placer, ret_batch, err);
    if (status != PD_OK) {
        buffer_clear(&reader->longs);
        budget_end(placer.memory);
    }
    return status;
}

/* ---- slices ---- */

/* Which cell of the block, and from which byte on? */
static bool
find_slice(const struct block_reader *reader, const struct block_header *header, uint64_t *ret_cell,
           uint64_t *ret_offset)
{
    const struct reader_long *cells = (const struct reader_long *)(const void *)reader->longs.data;
    uint64_t slice = header->number - reader->header.number - 1;

    if (header->table != reader->header.table || header->part != reader->header.part ||
        header->number <= reader->header.number)
        return false;
    for (uint64_t i = 0; i < reader->longs.size / sizeof *cells; i++) {
        uint64_t n = (cells[i].size + PD_LONG_SLICE - 1) / PD_LONG_SLICE;

        if (slice < n) {
            uint64_t left = cells[i].size - slice * PD_LONG_SLICE;

            *ret_cell = i;
            *ret_offset = slice * PD_LONG_SLICE;
            return header->decoded_size == (left < PD_LONG_SLICE ? left : PD_LONG_SLICE);
        }
        slice -= n;
    }
    return false;
}

/* Go on with the hash of a cell when the slice is the next one. false: the cell is at its end and
   has another hash. */
static bool
hash_slice(struct block_reader *reader, uint64_t cell, uint64_t offset)
{
    const struct reader_long *kept =
        (const struct reader_long *)(const void *)reader->longs.data + cell;

    if (offset == 0) {
        XXH3_64bits_reset(reader->long_hash);
        reader->hashed_cell = cell;
        reader->hashed_size = 0;
    }
    if (cell != reader->hashed_cell || offset != reader->hashed_size)
        return true;
    XXH3_64bits_update(reader->long_hash, reader->body.data, reader->body.size);
    reader->hashed_size += reader->body.size;
    return reader->hashed_size < kept->size || XXH3_64bits_digest(reader->long_hash) == kept->hash;
}

pd_status
block_decode_slice(struct block_reader *reader, const struct block_header *header,
                   const void *frame, const void **ret_bytes, size_t *ret_size,
                   struct pd_error *err)
{
    uint64_t cell, offset;
    pd_status status;

    if (header->kind != BLOCK_KIND_LONG || !find_slice(reader, header, &cell, &offset))
        return error_fail(err, PD_FAILED, PD_CAUSE_CORRUPT,
                          "block %" PRIu64 " of part %" PRIu32
                          " is no slice of a long cell of the block before",
                          header->number, header->part);
    status = frame_read(&reader->codec, header, frame, &reader->body, err);
    if (status != PD_OK)
        return status;
    if (!hash_slice(reader, cell, offset))
        return error_fail(err, PD_FAILED, PD_CAUSE_CORRUPT,
                          "a long cell, up to block %" PRIu64 " of part %" PRIu32
                          ", has another hash",
                          header->number, header->part);
    *ret_bytes = reader->body.data;
    *ret_size = reader->body.size;
    return PD_OK;
}
