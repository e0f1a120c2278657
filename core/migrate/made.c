// SPDX-License-Identifier: Apache-2.0
// made - rows that a step has made, kept as blocks until they are read.
#include "migrate/made.h"

#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "run/run.h"

struct made_block {
    uint64_t offset;
    uint32_t size; /* with its header */
    uint32_t kind; /* enum block_kind */
};

enum { KEPT_FRAME = 4 << 20 }; /* a frame that is larger is not kept for the next block */

/* ---- Bytes ---- */

void
made_file_open(struct made_file *file, int folder, struct made_room *room)
{
    *file = (struct made_file){.folder = folder, .fd = -1, .room = room};
}

static bool
take_room(struct made_room *room, size_t size)
{
    size_t left = atomic_load(&room->left);

    while (left >= size) {
        if (atomic_compare_exchange_weak(&room->left, &left, left - size))
            return true;
    }
    return false;
}

void
made_file_close(struct made_file *file)
{
    if (file->room)
        atomic_fetch_add(&file->room->left, file->memory.size);
    buffer_free(&file->memory);
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
}

static pd_status
make_file(struct made_file *file, struct pd_error *err)
{
    CLEANUP_FD int folder = -1;
    pd_status status;

    if (file->folder >= 0)
        return file_temporary(file->folder, &file->fd, err);
    status = run_temporary_folder(NULL, &folder, err);
    return status == PD_OK ? file_temporary(folder, &file->fd, err) : status;
}

/* Once something lies in the file, all that follows does. */
static pd_status
file_put(struct made_file *file, const void *bytes, size_t size, struct pd_error *err)
{
    pd_status status = PD_OK;

    if (file->fd < 0 && take_room(file->room, size)) {
        buffer_append(&file->memory, bytes, size);
        file->end += size;
        return file->memory.failed ? error_memory(err) : PD_OK;
    }
    if (file->fd < 0)
        status = make_file(file, err);
    if (status == PD_OK)
        status = file_write(file->fd, bytes, size, "temporary file", err);
    if (status == PD_OK)
        file->end += size;
    return status;
}

static pd_status
file_get(const struct made_file *file, uint64_t offset, void *bytes, size_t size,
         struct pd_error *err)
{
    size_t got = 0;
    pd_status status;

    if (offset < file->memory.size) {
        memcpy(bytes, file->memory.data + offset, size);
        return PD_OK;
    }
    status = file_read(file->fd, bytes, size, (int64_t)(offset - file->memory.size), &got,
                       "temporary file", err);
    if (status == PD_OK && got != size)
        return error_fail(err, PD_FATAL, PD_CAUSE_IO, "a temporary file was cut by somebody");
    return status;
}

/* ---- In ---- */

static pd_status
keep_block(void *arg, const struct block_header *header, const void *bytes, size_t size,
           struct pd_error *err)
{
    struct made *made = arg;
    struct made_block block = {made->file->end, (uint32_t)size, header->kind};

    buffer_append(&made->blocks, &block, sizeof block);
    if (made->blocks.failed)
        return error_memory(err);
    return file_put(made->file, bytes, size, err);
}

void
made_free(struct made *made)
{
    block_writer_free(take(made->writer));
    buffer_free(&made->blocks);
    made->n_rows = 0;
}

static pd_status
begin(struct made *made, struct pd_error *err)
{
    pd_status status = block_writer_new(0, false, keep_block, made, &made->writer, err);

    return status == PD_OK
               ? block_writer_start(made->writer, made->table, made->table_number, made->part, err)
               : status;
}

pd_status
made_add(struct made *made, const struct pd_batch *batch, const struct pd_source_ops *ops,
         struct pd_source *source, struct pd_error *err)
{
    pd_status status = made->writer ? PD_OK : begin(made, err);

    if (status == PD_OK)
        status = block_writer_add(made->writer, batch, ops, source, err);
    if (status == PD_OK)
        made->n_rows += batch->n_rows;
    return status;
}

pd_status
made_end(struct made *made, struct pd_error *err)
{
    pd_status status = made->writer ? block_writer_end(made->writer, err) : PD_OK;

    block_writer_free(take(made->writer));
    return status;
}

/* ---- Out ---- */

void
made_reader_close(struct made_reader *reader)
{
    block_reader_free(take(reader->blocks));
    long_cells_free(&reader->longs);
    buffer_free(&reader->frame);
    reader->made = NULL;
}

pd_status
made_reader_start(struct made_reader *reader, const struct made *made, struct pd_error *err)
{
    pd_status status = reader->blocks ? PD_OK : block_reader_new(&reader->blocks, err);

    if (status != PD_OK)
        return status;
    reader->longs.reader = reader->blocks;
    reader->made = made;
    reader->next = 0;
    return PD_OK;
}

static const struct made_block *
block_at(const struct made_reader *reader, size_t i)
{
    const struct made_block *blocks = (const void *)reader->made->blocks.data;

    return i < reader->made->blocks.size / sizeof *blocks ? &blocks[i] : NULL;
}

/* The slices behind a row with long cells. */
static pd_status
note_slices(struct made_reader *reader, const struct pd_batch *batch, struct pd_error *err)
{
    const struct made_block *block;
    pd_status status = long_cells_begin(&reader->longs, batch, err);

    while (status == PD_OK && (block = block_at(reader, reader->next)) &&
           block->kind == BLOCK_KIND_LONG) {
        const struct long_place place = {.offset = block->offset + BLOCK_HEADER_SIZE};
        uint8_t bytes[BLOCK_HEADER_SIZE];
        struct block_header header;

        status = file_get(reader->made->file, block->offset, bytes, sizeof bytes, err);
        if (status == PD_OK)
            status = block_read_header(bytes, &header, err);
        if (status == PD_OK)
            status = long_cells_note(&reader->longs, &header, &place, err);
        reader->next++;
    }
    return status;
}

static pd_status
read_block(struct made_reader *reader, const struct made_block *block,
           const struct pd_batch **ret_batch, struct pd_error *err)
{
    struct block_header header;
    uint8_t *room;
    pd_status status;

    if (reader->frame.room > KEPT_FRAME)
        buffer_free(&reader->frame);
    buffer_clear(&reader->frame);
    room = buffer_reserve(&reader->frame, block->size);
    if (!room)
        return error_memory(err);
    status = file_get(reader->made->file, block->offset, room, block->size, err);
    if (status == PD_OK)
        status = block_read_header(room, &header, err);
    return status == PD_OK ? block_decode(reader->blocks, reader->made->table, &header,
                                          room + BLOCK_HEADER_SIZE, ret_batch, err)
                           : status;
}

pd_status
made_reader_next(struct made_reader *reader, const struct pd_batch **ret_batch,
                 struct pd_error *err)
{
    const struct made_block *block = block_at(reader, reader->next);
    const struct pd_batch *batch = NULL;
    pd_status status;

    if (!block)
        return PD_DONE;
    reader->next++;
    status = read_block(reader, block, &batch, err);
    if (status == PD_OK)
        status = note_slices(reader, batch, err);
    if (status == PD_OK)
        *ret_batch = batch;
    else
        batch_release(batch);
    return status;
}

static pd_status
fetch_slice(void *arg, const struct long_place *place, void *bytes, size_t size,
            struct pd_error *err)
{
    const struct made_reader *reader = arg;

    return file_get(reader->made->file, place->offset, bytes, size, err);
}

pd_status
made_reader_long(struct made_reader *reader, const struct pd_long *cell, uint64_t offset,
                 void *buffer, size_t size, struct pd_error *err)
{
    return long_cells_read(&reader->longs, cell, offset, buffer, size, fetch_slice, reader, err);
}
