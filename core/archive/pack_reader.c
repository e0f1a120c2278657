// SPDX-License-Identifier: Apache-2.0
/* pack_reader - the blocks of one part of a table, out of packs. */
#include "archive/pack_reader.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/block.h"
#include "archive/hash.h"
#include "archive/long_cells.h"
#include "archive/tables.h"
#include "base/file.h"

/* A frame's buffer that has grown beyond this for one giant row is given back. */
enum { KEPT_FRAME = 8 << 20 };

struct pack_reader {
    int rows;
    struct block_reader *blocks;
    const struct pd_table *table;
    uint32_t table_number;
    uint32_t part_number;
    const struct part *part;
    int fd; /* the pack that is open, -1: none */
    char name[FORMAT_NAME_SIZE];
    uint32_t pack;   /* number among the part's */
    uint64_t offset; /* in the pack: of the next block */
    uint64_t end;    /* of the part's bytes in this pack */
    uint64_t n_rows;
    uint64_t n_blocks;
    uint64_t n_bytes;
    XXH3_state_t *hash;
    struct buffer frame;
    struct long_cells longs;
};

pd_status
pack_reader_new(int rows, struct pack_reader **ret_reader, struct pd_error *err)
{
    CLEANUP(pack_reader) struct pack_reader *reader = calloc(1, sizeof *reader);
    pd_status status;

    if (!reader)
        return error_memory(err);
    reader->rows = rows;
    reader->fd = -1;
    reader->hash = XXH3_createState();
    if (!reader->hash)
        return error_memory(err);
    status = block_reader_new(&reader->blocks, err);
    if (status != PD_OK)
        return status;
    reader->longs.reader = reader->blocks;
    *ret_reader = take(reader);
    return PD_OK;
}

void
pack_reader_free(struct pack_reader *reader)
{
    if (!reader)
        return;
    if (reader->fd >= 0)
        close(reader->fd);
    if (reader->blocks)
        block_reader_free(reader->blocks);
    XXH3_freeState(reader->hash);
    buffer_free(&reader->frame);
    long_cells_free(&reader->longs);
    free(reader);
}

void
pack_reader_start(struct pack_reader *reader, const struct pd_table *table, uint32_t table_number,
                  uint32_t part_number, const struct part *part)
{
    reader->table = table;
    reader->table_number = table_number;
    reader->part_number = part_number;
    reader->part = part;
    reader->pack = 0;
    reader->offset = part->n_packs ? 0 : part->offset;
    reader->end = reader->offset + (part->n_packs ? part->pack_sizes[0] : part->bytes.size);
    reader->n_rows = reader->n_blocks = reader->n_bytes = 0;
    XXH3_128bits_reset(reader->hash);
}

/* Open a pack of the part, unless it is the one that is open. */
static pd_status
open_pack(struct pack_reader *reader, uint32_t pack, struct pd_error *err)
{
    char name[FORMAT_NAME_SIZE];

    if (reader->part->n_packs)
        tables_pack_name(reader->table_number, reader->part_number, pack, name);
    else
        tables_small_name(reader->part->small, name);
    if (reader->fd >= 0 && strcmp(name, reader->name) == 0)
        return PD_OK;
    if (reader->fd >= 0)
        close(reader->fd);
    reader->fd = -1;
    memcpy(reader->name, name, sizeof name);
    return file_open(reader->rows, name, &reader->fd, NULL, err);
}

static pd_status
read_exactly(struct pack_reader *reader, uint64_t offset, void *bytes, size_t size,
             struct pd_error *err)
{
    size_t got = 0;
    pd_status status = file_read(reader->fd, bytes, size, (int64_t)offset, &got, reader->name, err);

    if (status == PD_OK && got != size)
        return error_fail(err, PD_FAILED, PD_CAUSE_CORRUPT,
                          "'%s' ends at %" PRIu64 ", within a block", reader->name, offset + got);
    return status;
}

static pd_status
check_header(const struct pack_reader *reader, const struct block_header *header,
             struct pd_error *err)
{
    if (header->table == reader->table_number && header->part == reader->part_number &&
        header->number == reader->n_blocks)
        return PD_OK;
    return error_fail(err, PD_FAILED, PD_CAUSE_CORRUPT,
                      "'%s' has block %" PRIu64 " of part %" PRIu32 " of table %" PRIu32
                      " in the place of block %" PRIu64 " of part %" PRIu32,
                      reader->name, header->number, header->part, header->table, reader->n_blocks,
                      reader->part_number);
}

/* Go to the next pack when this one is used up. */
static pd_status
turn_pack(struct pack_reader *reader, struct pd_error *err)
{
    if (reader->offset == reader->end && reader->pack + 1 < reader->part->n_packs) {
        reader->pack++;
        reader->offset = 0;
        reader->end = reader->part->pack_sizes[reader->pack];
    }
    return open_pack(reader, reader->pack, err);
}

/* The next block's header and frame; *ret_place is where the frame lies. */
static pd_status
read_block(struct pack_reader *reader, struct block_header *header, struct long_place *ret_place,
           struct pd_error *err)
{
    uint8_t bytes[BLOCK_HEADER_SIZE];
    uint64_t left;
    uint8_t *room;
    pd_status status = turn_pack(reader, err);

    if (status != PD_OK)
        return status;
    left = reader->end - reader->offset;
    if (left >= BLOCK_HEADER_SIZE) {
        status = read_exactly(reader, reader->offset, bytes, sizeof bytes, err);
        if (status == PD_OK)
            status = block_read_header(bytes, header, err);
        if (status == PD_OK)
            status = check_header(reader, header, err);
        if (status != PD_OK)
            return error_prefix(err, status, "'%s' at %" PRIu64, reader->name, reader->offset);
        left -= BLOCK_HEADER_SIZE;
    }
    if (reader->end - reader->offset < BLOCK_HEADER_SIZE || header->encoded_size > left)
        return error_fail(err, PD_FAILED, PD_CAUSE_CORRUPT,
                          "'%s' has a block at %" PRIu64 " that leaves its part", reader->name,
                          reader->offset);
    if (reader->frame.room > KEPT_FRAME)
        buffer_free(&reader->frame);
    buffer_clear(&reader->frame);
    room = buffer_reserve(&reader->frame, header->encoded_size);
    if (!room)
        return error_memory(err);
    *ret_place = (struct long_place){reader->pack, reader->offset + BLOCK_HEADER_SIZE};
    status = read_exactly(reader, ret_place->offset, room, header->encoded_size, err);
    if (status != PD_OK)
        return status;
    XXH3_128bits_update(reader->hash, bytes, sizeof bytes);
    XXH3_128bits_update(reader->hash, room, header->encoded_size);
    reader->offset = ret_place->offset + header->encoded_size;
    reader->n_bytes += BLOCK_HEADER_SIZE + header->encoded_size;
    reader->n_blocks++;
    return PD_OK;
}

static pd_status
check_end(struct pack_reader *reader, struct pd_error *err)
{
    const struct part *part = reader->part;
    struct digest found = hash_digest(XXH3_128bits_digest(reader->hash));

    if (reader->n_blocks != part->n_blocks || reader->n_rows != part->n_rows)
        return error_fail(err, PD_FAILED, PD_CAUSE_CORRUPT,
                          "part %" PRIu32 " has %" PRIu64 " rows in %" PRIu64
                          " blocks, the archive says %" PRIu64 " in %" PRIu64,
                          reader->part_number, reader->n_rows, reader->n_blocks, part->n_rows,
                          part->n_blocks);
    if (!hash_equal(&found, &part->bytes.hash))
        return error_fail(err, PD_FAILED, PD_CAUSE_CORRUPT,
                          "part %" PRIu32 " was changed or damaged: its hash is not the archive's",
                          reader->part_number);
    return PD_DONE;
}

/* The slices that follow a row with long cells: read once for the hash, found again later. */
static pd_status
note_slices(struct pack_reader *reader, const struct pd_batch *batch, struct pd_error *err)
{
    pd_status status = long_cells_begin(&reader->longs, batch, err);

    while (status == PD_OK && reader->longs.n_slices < reader->longs.n_wanted) {
        struct block_header header = {0};
        struct long_place place;

        status = reader->n_bytes < reader->part->bytes.size
                     ? read_block(reader, &header, &place, err)
                     : error_fail(err, PD_FAILED, PD_CAUSE_CORRUPT,
                                  "'%s' ends before a long cell does", reader->name);
        if (status == PD_OK)
            status = long_cells_note(&reader->longs, &header, &place, err);
    }
    return status;
}

pd_status
pack_reader_next(struct pack_reader *reader, const struct pd_batch **ret_batch,
                 struct pd_error *err)
{
    const struct pd_batch *batch = NULL;
    struct block_header header = {0};
    struct long_place place;
    pd_status status;

    if (reader->n_bytes >= reader->part->bytes.size)
        return check_end(reader, err);
    status = read_block(reader, &header, &place, err);
    if (status != PD_OK)
        return status;
    if (header.kind != BLOCK_KIND_ROWS)
        return error_fail(err, PD_FAILED, PD_CAUSE_CORRUPT,
                          "'%s' has a slice of a long cell that no row asks for", reader->name);
    status = block_decode(reader->blocks, reader->table, &header, reader->frame.data, &batch, err);
    if (status != PD_OK)
        return error_prefix(err, status, "'%s' at %" PRIu64, reader->name, place.offset);
    reader->n_rows += header.n_rows;
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
    struct pack_reader *reader = arg;
    pd_status status = open_pack(reader, place->pack, err);

    return status == PD_OK ? read_exactly(reader, place->offset, bytes, size, err) : status;
}

pd_status
pack_reader_long(struct pack_reader *reader, const struct pd_long *cell, uint64_t offset,
                 void *buffer, size_t size, struct pd_error *err)
{
    return long_cells_read(&reader->longs, cell, offset, buffer, size, fetch_slice, reader, err);
}
