// SPDX-License-Identifier: Apache-2.0
/* pack - the blocks of one part while a lane writes them. */
#include "archive/pack.h"

#include <stdlib.h>

#include "archive/hash.h"
#include "archive/output.h"
#include "archive/tables.h"

struct pack_writer {
    struct units *units;
    int rows;
    bool recheck;
    uint32_t table;
    uint32_t number;   /* of the part */
    struct unit *unit; /* NULL: no part is being written */
    struct part *part;
    struct output *pack; /* the own one that grows; NULL: none */
    struct buffer small; /* all blocks, while the part is small */
    XXH3_state_t *hash;
};

pd_status
pack_writer_new(struct units *units, int rows, bool recheck, struct pack_writer **ret_writer,
                struct pd_error *err)
{
    struct pack_writer *writer = calloc(1, sizeof *writer);

    if (!writer)
        return error_memory(err);
    writer->units = units;
    writer->rows = rows;
    writer->recheck = recheck;
    writer->hash = XXH3_createState();
    if (!writer->hash) {
        free(writer);
        return error_memory(err);
    }
    *ret_writer = writer;
    return PD_OK;
}

void
pack_writer_free(struct pack_writer *writer)
{
    if (!writer)
        return;
    output_free(writer->pack);
    buffer_free(&writer->small);
    XXH3_freeState(writer->hash);
    free(writer);
}

pd_status
pack_start(struct pack_writer *writer, uint32_t table, uint32_t part, uint32_t n_parts,
           struct pd_error *err)
{
    struct unit *unit = NULL;
    pd_status status = units_begin(writer->units, table, part, n_parts, &unit, err);

    if (status != PD_OK)
        return status;
    writer->unit = unit;
    writer->part = units_part(unit);
    writer->table = table;
    writer->number = part;
    buffer_clear(&writer->small);
    XXH3_128bits_reset(writer->hash);
    return PD_OK;
}

static pd_status
close_pack(struct pack_writer *writer, struct pd_error *err)
{
    struct part *part = writer->part;
    struct file_seal seal;
    pd_status status;

    if (!writer->pack)
        return PD_OK;
    status = output_close(take(writer->pack), writer->recheck, &seal, err);
    if (status == PD_OK)
        part->pack_sizes[part->n_packs - 1] = seal.size;
    return status;
}

static pd_status
next_pack(struct pack_writer *writer, struct pd_error *err)
{
    struct part *part = writer->part;
    char name[FORMAT_NAME_SIZE];
    pd_status status = close_pack(writer, err);
    uint64_t *grown;

    if (status != PD_OK)
        return status;
    grown = realloc(part->pack_sizes, (part->n_packs + 1) * sizeof *grown);
    if (!grown)
        return error_memory(err);
    part->pack_sizes = grown;
    tables_pack_name(writer->table, writer->number, part->n_packs, name);
    status = output_create(writer->rows, name, &writer->pack, err);
    if (status == PD_OK)
        grown[part->n_packs++] = 0;
    return status;
}

/* The part is no longer small. */
static pd_status
begin_packs(struct pack_writer *writer, struct pd_error *err)
{
    pd_status status = next_pack(writer, err);

    if (status == PD_OK)
        status = output_append(writer->pack, writer->small.data, writer->small.size, err);
    if (status == PD_OK)
        status = units_large(writer->units, writer->unit, err);
    buffer_free(&writer->small); /* a MiB or two a lane, while nothing is small */
    return status;
}

static pd_status
append_to_pack(struct pack_writer *writer, const void *bytes, size_t size, struct pd_error *err)
{
    pd_status status = PD_OK;

    if (output_size(writer->pack) > 0 && output_size(writer->pack) + size > FORMAT_PACK_BYTES)
        status = next_pack(writer, err);
    return status == PD_OK ? output_append(writer->pack, bytes, size, err) : status;
}

pd_status
pack_append(struct pack_writer *writer, uint32_t n_rows, const void *bytes, size_t size,
            struct pd_error *err)
{
    pd_status status = PD_OK;

    XXH3_128bits_update(writer->hash, bytes, size);
    writer->part->n_rows += n_rows;
    writer->part->n_blocks++;
    writer->part->bytes.size += size;
    if (writer->part->n_packs)
        return append_to_pack(writer, bytes, size, err);
    if (writer->small.size + size > FORMAT_SMALL_UNIT) {
        status = begin_packs(writer, err);
        return status == PD_OK ? append_to_pack(writer, bytes, size, err) : status;
    }
    buffer_append(&writer->small, bytes, size);
    return writer->small.failed ? error_memory(err) : PD_OK;
}

pd_status
pack_end(struct pack_writer *writer, struct pd_error *err)
{
    pd_status status = close_pack(writer, err);

    if (status != PD_OK)
        return status;
    writer->part->bytes.hash = hash_digest(XXH3_128bits_digest(writer->hash));
    status = units_end(writer->units, writer->unit, writer->small.data, writer->small.size, err);
    writer->unit = NULL;
    writer->part = NULL;
    return status;
}
