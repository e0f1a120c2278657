// SPDX-License-Identifier: Apache-2.0
/* block - the writer: cuts rows into blocks by the data alone, has them encoded, checks what it
   made, and hands it on. */
#include "archive/block.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "archive/decode.h"
#include "archive/encode.h"
#include "archive/frame.h"
#include "model/schema.h"

enum { KEEP_ROOM = 4 * BLOCK_BYTES };

struct block_writer {
    block_emit *emit;
    void *arg;
    bool recheck;
    struct frame_codec codec;
    const struct pd_table *table;
    uint32_t table_number;
    uint32_t part;
    uint64_t number;
    struct column *columns; /* those that travel */
    uint32_t n_columns;
    uint32_t column_room;
    uint32_t n_rows; /* of the block in the making */
    uint64_t size;   /* canonical */
    uint64_t base;   /* canonical size of an empty row */
    bool has_long;
    const struct pd_source_ops *ops; /* of the batch that is being added */
    struct pd_source *source;
    struct decoder decoder; /* for the recheck */
    uint64_t *sizes;        /* of rows */
    uint8_t *codes;
    struct buffer body;
    struct buffer cuts; /* of size_t: between columns of body */
    struct buffer out;
    struct buffer again;   /* decoded again */
    struct buffer scratch; /* of the encoder; slices of long cells */
};

pd_status
block_writer_new(int level, bool recheck, block_emit *emit, void *arg,
                 struct block_writer **ret_writer, struct pd_error *err)
{
    CLEANUP(block_writer) struct block_writer *writer = calloc(1, sizeof *writer);
    pd_status status;

    if (!writer)
        return error_memory(err);
    writer->emit = emit;
    writer->arg = arg;
    writer->recheck = recheck;
    status = frame_open(&writer->codec, level ? level : BLOCK_LEVEL, err);
    if (status != PD_OK)
        return status;
    writer->sizes = malloc(BLOCK_ROWS * sizeof *writer->sizes);
    writer->codes = malloc(BLOCK_ROWS);
    writer->decoder.scratch = recheck ? aligned_alloc(64, DECODER_SCRATCH) : NULL;
    if (!writer->sizes || !writer->codes || (recheck && !writer->decoder.scratch))
        return error_memory(err);
    *ret_writer = take(writer);
    return PD_OK;
}

void
block_writer_free(struct block_writer *writer)
{
    if (!writer)
        return;
    for (uint32_t i = 0; i < writer->column_room; i++)
        column_close(&writer->columns[i]);
    free(writer->columns);
    frame_close(&writer->codec);
    free(writer->sizes);
    free(writer->codes);
    free(writer->decoder.scratch);
    buffer_free(&writer->body);
    buffer_free(&writer->cuts);
    buffer_free(&writer->out);
    buffer_free(&writer->again);
    buffer_free(&writer->scratch);
    free(writer);
}

/* The memory of a giant row is given back. */
static void
trim(struct buffer *buffer)
{
    if (buffer->room > KEEP_ROOM)
        buffer_free(buffer);
}

static void
clear_rows(struct block_writer *writer)
{
    trim(&writer->body);
    trim(&writer->out);
    trim(&writer->again);
    trim(&writer->scratch);
    for (uint32_t i = 0; i < writer->n_columns; i++)
        column_clear(&writer->columns[i]);
    writer->n_rows = 0;
    writer->size = 0;
    writer->has_long = false;
}

static pd_status
reserve_columns(struct block_writer *writer, size_t n, struct pd_error *err)
{
    struct column *columns;

    if (n <= writer->column_room)
        return PD_OK;
    columns = realloc(writer->columns, n * sizeof *columns);
    if (!columns)
        return error_memory(err);
    memset(columns + writer->column_room, 0, (n - writer->column_room) * sizeof *columns);
    writer->columns = columns;
    writer->column_room = (uint32_t)n;
    return PD_OK;
}

pd_status
block_writer_start(struct block_writer *writer, const struct pd_table *table, uint32_t table_number,
                   uint32_t part, struct pd_error *err)
{
    clear_rows(writer);
    if (reserve_columns(writer, table->n_columns, err) != PD_OK)
        return PD_FATAL;
    writer->table = table;
    writer->table_number = table_number;
    writer->part = part;
    writer->number = 0;
    writer->n_columns = 0;
    writer->base = 0;
    for (uint32_t i = 0; i < table->n_columns; i++) {
        const struct pd_column *column =
            PD_AT(struct pd_column, table->columns, table->column_size, i);
        struct column_shape shape = column_shape_of(column, i);

        if (!schema_column_travels(column))
            continue;
        column_open(&writer->columns[writer->n_columns++], &shape);
        writer->base += shape.base;
    }
    return PD_OK;
}

/* ---- long cells ---- */

static pd_status
fetch_slice(struct block_writer *writer, const struct column_long *cell, uint64_t offset,
            size_t size, const void **ret_bytes, struct pd_error *err)
{
    uint8_t *slice;

    if (cell->bytes) {
        *ret_bytes = cell->bytes + offset;
        return PD_OK;
    }
    if (!writer->ops || !PD_HAS(struct pd_source_ops, writer->ops, read_long))
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG, "a long cell of a source that reads none");
    buffer_clear(&writer->scratch);
    slice = buffer_reserve(&writer->scratch, PD_LONG_SLICE);
    if (!slice)
        return error_memory(err);
    *ret_bytes = slice;
    return writer->ops->read_long(writer->source, cell->cell, offset, slice, size, err);
}

static size_t
slice_size(const struct column_long *cell, uint64_t offset)
{
    return cell->size - offset < PD_LONG_SLICE ? (size_t)(cell->size - offset) : PD_LONG_SLICE;
}

/* The hash stands before the slices: the cell is read twice. */
static pd_status
hash_long(struct block_writer *writer, struct column_long *cell, struct pd_error *err)
{
    XXH3_64bits_reset(writer->codec.hash);
    for (uint64_t offset = 0; offset < cell->size; offset += PD_LONG_SLICE) {
        const void *bytes = NULL;
        pd_status status = fetch_slice(writer, cell, offset, slice_size(cell, offset), &bytes, err);

        if (status != PD_OK)
            return status;
        XXH3_64bits_update(writer->codec.hash, bytes, slice_size(cell, offset));
    }
    cell->hash = XXH3_64bits_digest(writer->codec.hash);
    return PD_OK;
}

static pd_status
hash_longs(struct block_writer *writer, struct pd_error *err)
{
    for (uint32_t i = 0; writer->has_long && i < writer->n_columns; i++) {
        struct column *column = &writer->columns[i];

        pd_status status = column->is_long ? hash_long(writer, &column->long_cell, err) : PD_OK;

        if (status != PD_OK)
            return error_prefix(err, status, "column '%s'", column->shape.column->name);
    }
    return PD_OK;
}

/* ---- blocks ---- */

static pd_status
emit_block(struct block_writer *writer, struct block_header *header, const struct frame_body *body,
           struct pd_error *err)
{
    pd_status status;

    header->table = writer->table_number;
    header->part = writer->part;
    header->number = writer->number;
    status = frame_write(&writer->codec, header, body, &writer->out, err);
    if (status == PD_OK && writer->recheck) {
        status = frame_read(&writer->codec, header, writer->out.data + BLOCK_HEADER_SIZE,
                            &writer->again, err);
        if (status == PD_OK && body->size &&
            memcmp(writer->again.data, body->bytes, body->size) != 0)
            status = error_fail(err, PD_FATAL, PD_CAUSE_BUG,
                                "a block is not what was compressed; the machine may be broken");
    }
    if (status != PD_OK)
        return status;
    writer->number++;
    return writer->emit(writer->arg, header, writer->out.data, writer->out.size, err);
}

static pd_status
emit_rows(struct block_writer *writer, struct pd_error *err)
{
    struct block_header header = {.kind = BLOCK_KIND_ROWS, .n_rows = writer->n_rows};
    struct frame_body body = {
        .bytes = writer->body.data,
        .size = writer->body.size,
        .cuts = (const size_t *)(const void *)writer->cuts.data,
        .n_cuts = writer->cuts.size / sizeof(size_t),
    };

    return emit_block(writer, &header, &body, err);
}

static pd_status
emit_long(struct block_writer *writer, const struct column_long *cell, struct pd_error *err)
{
    for (uint64_t offset = 0; offset < cell->size; offset += PD_LONG_SLICE) {
        struct block_header header = {.kind = BLOCK_KIND_LONG};
        size_t size = slice_size(cell, offset);
        struct frame_body body = {.size = size};
        pd_status status = fetch_slice(writer, cell, offset, size, &body.bytes, err);

        if (status == PD_OK)
            status = emit_block(writer, &header, &body, err);
        if (status != PD_OK)
            return status;
    }
    return PD_OK;
}

static pd_status
emit_longs(struct block_writer *writer, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (uint32_t i = 0; writer->has_long && status == PD_OK && i < writer->n_columns; i++) {
        if (writer->columns[i].is_long)
            status = emit_long(writer, &writer->columns[i].long_cell, err);
    }
    return status;
}

static pd_status
encode_columns(struct block_writer *writer, struct pd_error *err)
{
    size_t last = 0;

    buffer_clear(&writer->body);
    buffer_clear(&writer->cuts);
    for (uint32_t i = 0; i < writer->n_columns; i++) {
        if (column_failed(&writer->columns[i]))
            return error_memory(err);
        if (writer->body.size - last >= FRAME_CUT) {
            last = writer->body.size;
            buffer_append(&writer->cuts, &last, sizeof last);
        }
        encode_column(&writer->body, &writer->scratch, &writer->columns[i]);
    }
    return writer->body.failed || writer->cuts.failed ? error_memory(err) : PD_OK;
}

/* Decode what was encoded, and compare it with the cells: the encoder's own proof. */
static pd_status
recheck_columns(struct block_writer *writer, struct pd_error *err)
{
    struct decoder *decoder = &writer->decoder;

    decoder->in = cursor_of(writer->body.data, writer->body.size);
    for (uint32_t i = 0; writer->recheck && i < writer->n_columns; i++) {
        const struct column *column = &writer->columns[i];

        if (!decode_compare(decoder, column))
            return error_fail(err, PD_FAILED, PD_CAUSE_BUG,
                              "column '%s', block %" PRIu64 ": what was encoded decodes to %s",
                              column->shape.column->name, writer->number,
                              decoder->wrong ? decoder->wrong : "something else");
    }
    if (writer->recheck && cursor_left(&decoder->in))
        return error_fail(err, PD_FAILED, PD_CAUSE_BUG, "block %" PRIu64 " has bytes too many",
                          writer->number);
    return PD_OK;
}

static pd_status
flush(struct block_writer *writer, struct pd_error *err)
{
    pd_status status;

    if (writer->n_rows == 0)
        return PD_OK;
    status = hash_longs(writer, err);
    if (status == PD_OK)
        status = encode_columns(writer, err);
    if (status == PD_OK)
        status = recheck_columns(writer, err);
    if (status == PD_OK)
        status = emit_rows(writer, err);
    if (status == PD_OK)
        status = emit_longs(writer, err);
    clear_rows(writer);
    return status;
}

/* ---- rows ---- */

static void
measure_rows(struct block_writer *writer, const struct pd_batch *batch, uint32_t from, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        writer->sizes[i] = writer->base;
    for (uint32_t i = 0; i < writer->n_columns; i++) {
        const struct column_shape *shape = &writer->columns[i].shape;

        column_sizes(shape, batch_vector(batch, shape->number), from, n, writer->sizes);
    }
}

/* How many of n rows the block in the making takes. */
static uint32_t
rows_that_fit(struct block_writer *writer, const uint64_t *sizes, uint32_t n)
{
    uint32_t room = BLOCK_ROWS - writer->n_rows, k = 0;
    uint64_t size = writer->size;

    n = n < room ? n : room;
    if (n && writer->n_rows == 0)
        size += sizes[k++];
    while (k < n && size + sizes[k] <= BLOCK_BYTES)
        size += sizes[k++];
    writer->size = size;
    return k;
}

static pd_status
append_rows(struct block_writer *writer, const struct pd_batch *batch, uint32_t from, uint32_t n,
            struct pd_error *err)
{
    for (uint32_t i = 0; i < writer->n_columns; i++) {
        struct column *column = &writer->columns[i];
        const struct pd_vector *vector = batch_vector(batch, column->shape.number);
        const char *wrong = column_append(column, vector, from, n, writer->codes);

        if (wrong)
            return error_fail(err, PD_FAILED, PD_CAUSE_BUG, "column '%s': the source gave %s",
                              column->shape.column->name, wrong);
        writer->has_long = writer->has_long || column->is_long;
    }
    writer->n_rows += n;
    /* The bytes of long cells are there only while the batch is. */
    return writer->has_long ? flush(writer, err) : PD_OK;
}

static pd_status
add_rows(struct block_writer *writer, const struct pd_batch *batch, uint32_t from, uint32_t n,
         struct pd_error *err)
{
    uint32_t done = 0;

    measure_rows(writer, batch, from, n);
    while (done < n) {
        uint32_t fit = rows_that_fit(writer, writer->sizes + done, n - done);
        pd_status status =
            fit ? append_rows(writer, batch, from + done, fit, err) : flush(writer, err);

        if (status != PD_OK)
            return status;
        done += fit;
    }
    return PD_OK;
}

pd_status
block_writer_add(struct block_writer *writer, const struct pd_batch *batch,
                 const struct pd_source_ops *ops, struct pd_source *source, struct pd_error *err)
{
    pd_status status = PD_OK;

    if (batch->n_columns != writer->table->n_columns)
        return error_fail(err, PD_FAILED, PD_CAUSE_BUG,
                          "the source gave %" PRIu32 " columns, the table has %zu",
                          batch->n_columns, writer->table->n_columns);
    writer->ops = ops;
    writer->source = source;
    for (uint32_t from = 0; status == PD_OK && from < batch->n_rows; from += BLOCK_ROWS) {
        uint32_t n = batch->n_rows - from < BLOCK_ROWS ? batch->n_rows - from : BLOCK_ROWS;

        status = add_rows(writer, batch, from, n, err);
    }
    return status;
}

pd_status
block_writer_end(struct block_writer *writer, struct pd_error *err)
{
    return flush(writer, err);
}
