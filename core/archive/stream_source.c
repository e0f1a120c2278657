// SPDX-License-Identifier: Apache-2.0
/* stream_source - reads an archive that is one file or comes through a pipe: once, from its begin
   to its end, the tables in their order. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/block.h"
#include "archive/catalogue.h"
#include "archive/counted.h"
#include "archive/fields.h"
#include "archive/hash.h"
#include "archive/long_cells.h"
#include "archive/source.h"
#include "archive/stream.h"
#include "base/cancel.h"
#include "base/file.h"
#include "base/log.h"
#include "model/json.h"
#include "model/schema.h"

struct stream_source {
    struct pd_source base;
    int fd;
    bool owned; /* fd is not stdin */
    char *name;
    struct stream_in *in;
    struct catalogue catalogue;
    struct content_id *content;
    struct manifest head;
    struct manifest manifest; /* once the stream has ended */
    struct block_reader *blocks;
    struct long_cells longs;
    struct long_store slices; /* of the row that was read last */
    uint32_t table;           /* whose blocks or end come next */
    uint32_t wanted;          /* the one that was started */
    uint32_t part;            /* of the block before */
    uint64_t number;          /* of the next block in that part */
    uint64_t n_rows;          /* of the table so far */
    uint64_t n_blocks;        /* of the table so far */
    uint64_t sum_rows;
    uint64_t sum_blocks;
    uint64_t sum_bytes;
    struct counted counted;
    struct pd_fact count;
};

static struct stream_source *
own(struct pd_source *source)
{
    return (struct stream_source *)(void *)source;
}

/* The next section, which must be of this kind, as JSON. */
static pd_status
take_json(struct stream_source *stream, enum stream_section section, json_t **ret_json,
          struct pd_error *err)
{
    enum stream_section found;
    const uint8_t *bytes = NULL;
    size_t size = 0;
    pd_status status = stream_in_peek(stream->in, &found, err);

    if (status == PD_OK && found != section)
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT,
                          "a section is not in its place, at byte %" PRIu64,
                          stream_in_offset(stream->in));
    if (status == PD_OK)
        status = stream_in_take(stream->in, &bytes, &size, err);
    return status == PD_OK ? json_parse((const char *)bytes, size, "section", ret_json, err)
                           : status;
}

static pd_status
read_head(struct stream_source *stream, struct pd_error *err)
{
    json_t *json = NULL;
    pd_status status = take_json(stream, STREAM_HEAD, &json, err);

    if (status != PD_OK)
        return status;
    status = manifest_read_head(stream->catalogue.arena, json, &stream->head, err);
    json_decref(json);
    if (status == PD_OK &&
        (stream->head.shape != FORMAT_STREAM || stream->head.encoding != FORMAT_BINARY))
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT, "it says that it is not a stream");
    return status;
}

static pd_status
read_schema(struct stream_source *stream, struct pd_error *err)
{
    uint32_t flags = stream->head.order == PD_ORDER_KEY ? (uint32_t)PD_TABLE_KEY_ORDER : 0;
    pd_status status = PD_OK;

    for (uint64_t i = 0; i < stream->head.n_tables && status == PD_OK; i++) {
        json_t *json = NULL;

        status = take_json(stream, STREAM_TABLE, &json, err);
        if (status == PD_OK)
            status = catalogue_add_table(&stream->catalogue, json, flags, err);
        json_decref(json);
        if (status != PD_OK)
            return error_prefix(err, status, "table number %" PRIu64, i);
    }
    for (uint64_t i = 0; i < stream->head.n_sequences && status == PD_OK; i++) {
        json_t *json = NULL;

        status = take_json(stream, STREAM_SEQUENCE, &json, err);
        if (status == PD_OK)
            status = catalogue_add_sequence(&stream->catalogue, json, err);
        json_decref(json);
    }
    return status;
}

static pd_status
read_origin(struct stream_source *stream, struct pd_error *err)
{
    enum stream_section section;
    pd_status status;

    while ((status = stream_in_peek(stream->in, &section, err)) == PD_OK &&
           section == STREAM_ORIGIN) {
        json_t *json = NULL;

        status = take_json(stream, STREAM_ORIGIN, &json, err);
        if (status == PD_OK)
            status = catalogue_add_origin(&stream->catalogue, json, err);
        json_decref(json);
        if (status != PD_OK)
            return error_prefix(err, status, "origin");
    }
    return status;
}

/* ---- The end ---- */

static pd_status
read_manifest(struct stream_source *stream, struct pd_error *err)
{
    struct manifest *manifest = &stream->manifest;
    const char *stamp = manifest->stamp;
    struct file_seal stamp_seal = manifest->stamp_seal, seal;
    const uint8_t *bytes = NULL;
    size_t size = 0;
    pd_status status = stream_in_take(stream->in, &bytes, &size, err);

    if (status == PD_OK)
        status =
            manifest_read(stream->catalogue.arena, (const char *)bytes, size, false, manifest, err);
    if (status == PD_OK)
        status = stream_in_end(stream->in, err);
    if (status == PD_OK)
        status = manifest_check_head(manifest, &stream->head, err);
    if (status != PD_OK)
        return status;
    seal = stream_in_seal(stream->in);
    if (seal.size != manifest->stream.size || !hash_equal(&seal.hash, &manifest->stream.hash))
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT,
                          "the stream was changed or damaged: its hash is not the manifest's");
    if (manifest->has_stamp != (stamp != NULL) || manifest->stamp_seal.size != stamp_seal.size ||
        !hash_equal(&manifest->stamp_seal.hash, &stamp_seal.hash) ||
        manifest->n_rows != stream->sum_rows || manifest->n_blocks != stream->sum_blocks ||
        manifest->n_row_bytes != stream->sum_bytes)
        return error_fail(
            err, PD_FATAL, PD_CAUSE_CORRUPT,
            "the stream has %" PRIu64 " rows in %" PRIu64 " blocks, the manifest says %" PRIu64
            " in %" PRIu64 ", or its stamp differs",
            stream->sum_rows, stream->sum_blocks, manifest->n_rows, manifest->n_blocks);
    manifest->stamp = stamp;
    manifest->n_bytes = stream_in_offset(stream->in);
    return PD_OK;
}

static pd_status
read_stamp(struct stream_source *stream, struct pd_error *err)
{
    const uint8_t *bytes = NULL;
    size_t size = 0;
    pd_status status = stream_in_take(stream->in, &bytes, &size, err);

    if (status != PD_OK)
        return status;
    stream->manifest.stamp = arena_strdup(stream->catalogue.arena, (const char *)bytes);
    stream->manifest.stamp_seal = (struct file_seal){.size = size, .hash = hash_of(bytes, size)};
    return stream->manifest.stamp ? PD_OK : error_memory(err);
}

/* Behind the last table: nothing that was read counts before this has passed. */
static pd_status
read_end(struct stream_source *stream, struct pd_error *err)
{
    enum stream_section section;
    pd_status status;

    if (stream->base.manifest)
        return PD_OK;
    status = stream_in_peek(stream->in, &section, err);
    if (status == PD_OK && section == STREAM_STAMP) {
        status = read_stamp(stream, err);
        if (status == PD_OK)
            status = stream_in_peek(stream->in, &section, err);
    }
    if (status == PD_OK && section != STREAM_LAST)
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT,
                          "there is a section between the last table and the manifest");
    if (status == PD_OK)
        status = read_manifest(stream, err);
    if (status == PD_OK)
        status = source_check_content(take(stream->content), &stream->catalogue.catalog,
                                      &stream->manifest, err);
    if (status == PD_OK)
        stream->base.manifest = &stream->manifest;
    return status;
}

/* ---- Opening ---- */

static void
stream_close(struct pd_source *source)
{
    struct stream_source *stream = own(source);

    if (stream->blocks)
        block_reader_free(stream->blocks);
    long_cells_free(&stream->longs);
    long_store_close(&stream->slices);
    counted_close(&stream->counted);
    content_id_free(stream->content);
    catalogue_close(&stream->catalogue);
    stream_in_free(stream->in);
    if (stream->owned)
        close(stream->fd);
    free(stream->name);
    free(stream);
}

static void
stream_cleanup(struct stream_source **stream)
{
    if (*stream)
        stream_close(&(*stream)->base);
}

static pd_status
open_all(struct stream_source *stream, struct pd_error *err)
{
    struct pd_catalog *catalog = &stream->catalogue.catalog;
    pd_status status = stream_in_new(stream->fd, stream->name, &stream->in, err);

    if (status == PD_OK)
        status = catalogue_open(&stream->catalogue, err);
    if (status == PD_OK)
        status = read_head(stream, err);
    if (status == PD_OK)
        status = read_schema(stream, err);
    if (status == PD_OK)
        status = read_origin(stream, err);
    if (status == PD_OK)
        status = catalogue_finish(&stream->catalogue, stream->head.application,
                                  stream->head.application_version, err);
    if (status == PD_OK)
        status = content_id_new(stream->head.application, stream->head.application_version,
                                &stream->content, err);
    if (status == PD_OK)
        status = block_reader_new(&stream->blocks, err);
    if (status != PD_OK)
        return status;
    stream->longs.reader = stream->blocks;
    status = counted_open(&stream->counted, catalog->n_tables, err);
    if (status != PD_OK)
        return status;
    return catalog->n_tables ? PD_OK : read_end(stream, err);
}

pd_status
stream_source_open(const char *path, enum source_mode mode, struct pd_source **ret_source,
                   struct pd_error *err)
{
    __attribute__((cleanup(stream_cleanup))) struct stream_source *stream =
        calloc(1, sizeof *stream);
    const char *incomplete = mode == SOURCE_REVIEW ? NULL : archive_looks_incomplete(path);
    pd_status status = PD_OK;

    if (!stream)
        return error_memory(err);
    if (incomplete)
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT, "'%s': %s", path, incomplete);
    stream->base.ops = &stream_source_ops;
    stream->fd = STDIN_FILENO;
    long_store_open(&stream->slices);
    stream->name = strdup(strcmp(path, "-") == 0 ? "standard input" : path);
    if (!stream->name)
        return error_memory(err);
    if (strcmp(path, "-") != 0)
        status = file_open(AT_FDCWD, path, &stream->fd, NULL, err);
    if (status != PD_OK)
        return status;
    stream->owned = strcmp(path, "-") != 0;
    status = open_all(stream, err);
    if (status != PD_OK)
        return error_prefix(err, PD_FATAL, "'%s'", stream->name);
    if (stream->head.schema_only)
        log_warning("'%s' has the schema only, and no rows", stream->name);
    *ret_source = &stream->base;
    (void)take(stream);
    return PD_OK;
}

/* ---- Rows ---- */

static pd_status
check_header(struct stream_source *stream, const struct block_header *header, size_t size,
             struct pd_error *err)
{
    bool follows =
        stream->n_blocks > 0 && header->part == stream->part && header->number == stream->number;
    bool begins = header->number == 0 && (stream->n_blocks == 0 || header->part > stream->part);

    if (header->table != stream->table || !(follows || begins) ||
        header->encoded_size != size - BLOCK_HEADER_SIZE)
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT,
                          "block %" PRIu64 " of part %" PRIu32 " of table number %" PRIu32
                          " is not where it belongs",
                          header->number, header->part, header->table);
    stream->part = header->part;
    stream->number = header->number + 1;
    stream->n_blocks++;
    stream->n_rows += header->kind == BLOCK_KIND_ROWS ? header->n_rows : 0;
    stream->sum_bytes += size;
    return PD_OK;
}

static pd_status
take_block(struct stream_source *stream, struct block_header *header, const uint8_t **ret_frame,
           struct pd_error *err)
{
    const uint8_t *bytes = NULL;
    size_t size = 0;
    pd_status status = stream_in_take(stream->in, &bytes, &size, err);

    if (status == PD_OK && size < BLOCK_HEADER_SIZE)
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT, "a block has %zu bytes", size);
    if (status == PD_OK)
        status = block_read_header(bytes, header, err);
    if (status == PD_OK)
        status = check_header(stream, header, size, err);
    if (status == PD_OK)
        *ret_frame = bytes + BLOCK_HEADER_SIZE;
    return status;
}

static pd_status
keep_stats(struct stream_source *stream, const json_t *json, struct pd_error *err)
{
    CLEANUP(arena) struct arena *scratch = arena_new();
    const struct pd_table *table = &stream->catalogue.tables[stream->table];
    struct pd_stats stats = {0};
    struct digest digest;
    pd_status status =
        scratch ? source_read_stats(scratch, json, table, stream->head.schema_only, &stats, err)
                : error_memory(err);
    bool is_null = status == PD_UNSUPPORTED;

    if (status != PD_OK && !is_null)
        return status;
    if (stats.n_rows != stream->n_rows)
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT,
                          "%" PRIu64 " rows were counted, the blocks have %" PRIu64, stats.n_rows,
                          stream->n_rows);
    digest = (struct digest){.low = stats.digest_low, .high = stats.digest_high};
    status = content_id_table(stream->content, table, stats.n_rows, &digest, err);
    if (status != PD_OK || is_null)
        return status;
    return counted_keep(&stream->counted, stream->table, json_object_get(json, "stats"), err);
}

static pd_status
check_done(struct stream_source *stream, const json_t *json, struct pd_error *err)
{
    uint64_t table = 0, n_rows = 0, n_blocks = 0;
    pd_status status = field_number(json, "table", UINT32_MAX, &table, err);

    if (status == PD_OK)
        status = field_number(json, "rows", INT64_MAX, &n_rows, err);
    if (status == PD_OK)
        status = field_number(json, "blocks", INT64_MAX, &n_blocks, err);
    if (status == PD_OK)
        status = keep_stats(stream, json, err);
    if (status != PD_OK)
        return status;
    if (table != stream->table || n_rows != stream->n_rows || n_blocks != stream->n_blocks)
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT,
                          "table number %" PRIu32 " has %" PRIu64 " rows in %" PRIu64
                          " blocks, its end says number %" PRIu64 ", %" PRIu64 " in %" PRIu64,
                          stream->table, stream->n_rows, stream->n_blocks, table, n_rows, n_blocks);
    return PD_OK;
}

/* The end of the current table; behind the last one the end of the stream. */
static pd_status
take_done(struct stream_source *stream, struct pd_error *err)
{
    json_t *json = NULL;
    pd_status status = take_json(stream, STREAM_DONE, &json, err);

    if (status == PD_OK)
        status = check_done(stream, json, err);
    json_decref(json);
    if (status != PD_OK)
        return status;
    stream->sum_rows += stream->n_rows;
    stream->sum_blocks += stream->n_blocks;
    stream->n_rows = stream->n_blocks = 0;
    stream->table++;
    return stream->table == stream->catalogue.catalog.n_tables ? read_end(stream, err) : PD_OK;
}

/* Go past the tables before number `table`. */
static pd_status
skip_to(struct stream_source *stream, uint32_t table, struct pd_error *err)
{
    pd_status status = PD_OK;

    while (status == PD_OK && stream->table < table) {
        enum stream_section section;
        struct block_header header;
        const uint8_t *frame;

        if (cancel_wanted())
            return error_fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "interrupted");
        status = stream_in_peek(stream->in, &section, err);
        if (status == PD_OK)
            status = section == STREAM_BLOCK ? take_block(stream, &header, &frame, err)
                                             : take_done(stream, err);
    }
    return status;
}

static pd_status
stream_start(struct pd_source *source, const struct pd_scan *scan, struct pd_error *err)
{
    struct stream_source *stream = own(source);

    if (scan->table >= stream->catalogue.catalog.n_tables)
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG, "there is no table number %" PRIu32,
                          scan->table);
    if (scan->where)
        return error_fail(err, PD_UNSUPPORTED, PD_CAUSE_USAGE,
                          "an archive cannot select rows by a condition; restore it first");
    if (scan->order == PD_ORDER_KEY && stream->head.order != PD_ORDER_KEY)
        return error_fail(err, PD_UNSUPPORTED, PD_CAUSE_USAGE,
                          "the archive was not written in key order");
    if (scan->table < stream->table || (scan->table == stream->table && stream->n_blocks))
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                          "a stream is read once, in its own order; table '%s' has gone by",
                          schema_table_name(&stream->catalogue.tables[scan->table]));
    stream->wanted = scan->table;
    return skip_to(stream, scan->table, err);
}

/* The slices that follow a row with long cells are kept, for they are read more than once. */
static pd_status
keep_slices(struct stream_source *stream, const struct pd_batch *batch, struct pd_error *err)
{
    struct long_cells *longs = &stream->longs;
    pd_status status = long_cells_begin(longs, batch, err);

    long_store_clear(&stream->slices);
    while (status == PD_OK && longs->n_slices < longs->n_wanted) {
        enum stream_section section;
        struct block_header header;
        struct long_place place;
        const uint8_t *frame = NULL;

        status = stream_in_peek(stream->in, &section, err);
        if (status == PD_OK && section != STREAM_BLOCK)
            return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT, "a long cell has lost its end");
        if (status == PD_OK)
            status = take_block(stream, &header, &frame, err);
        if (status == PD_OK)
            status = long_store_add(&stream->slices, frame, header.encoded_size, &place, err);
        if (status == PD_OK)
            status = long_cells_note(longs, &header, &place, err);
    }
    return status;
}

static pd_status
read_block(struct stream_source *stream, const struct pd_batch **ret_batch, struct pd_error *err)
{
    const struct pd_batch *batch = NULL;
    struct block_header header;
    const uint8_t *frame = NULL;
    pd_status status = take_block(stream, &header, &frame, err);

    if (status == PD_OK && header.kind != BLOCK_KIND_ROWS)
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT,
                          "there is a slice of a long cell that no row asks for");
    if (status == PD_OK)
        status = block_decode(stream->blocks, &stream->catalogue.tables[stream->table], &header,
                              frame, &batch, err);
    if (status != PD_OK)
        return status;
    status = keep_slices(stream, batch, err);
    if (status == PD_OK)
        *ret_batch = batch;
    else
        batch_release(batch);
    return status;
}

static pd_status
stream_read(struct pd_source *source, const struct pd_batch **ret_batch, struct pd_error *err)
{
    struct stream_source *stream = own(source);
    enum stream_section section;
    pd_status status;

    if (stream->table > stream->wanted)
        return PD_DONE;
    status = stream_in_peek(stream->in, &section, err);
    if (status == PD_OK && section == STREAM_BLOCK) {
        status = read_block(stream, ret_batch, err);
    } else if (status == PD_OK) {
        status = take_done(stream, err);
        if (status == PD_OK)
            return PD_DONE;
    }
    /* Nothing can be read behind a fault: no place to go on at is known. */
    return status == PD_OK ? PD_OK : error_prefix(err, PD_FATAL, "'%s'", stream->name);
}

/* ---- What else is asked ---- */

static pd_status
stream_catalog(struct pd_source *source, const struct pd_catalog **ret_catalog,
               struct pd_error *err)
{
    *ret_catalog = &own(source)->catalogue.catalog;
    return PD_OK;
}

static pd_status
stream_stats(struct pd_source *source, uint32_t table, const struct pd_stats **ret_stats,
             struct pd_error *err)
{
    struct stream_source *stream = own(source);

    if (table >= stream->catalogue.catalog.n_tables)
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG, "there is no table number %" PRIu32, table);
    return counted_get(&stream->counted, table, &stream->catalogue.tables[table], ret_stats, err);
}

static pd_status
stream_facts(struct pd_source *source, const struct pd_scan *scan, int level,
             const struct pd_fact **ret_facts, size_t *ret_n_facts, struct pd_error *err)
{
    const struct pd_stats *stats = NULL;
    pd_status status = stream_stats(source, scan->table, &stats, err);

    if (status == PD_OK)
        source_facts(stats, level, &own(source)->count, ret_facts, ret_n_facts);
    return status;
}

static pd_status
stream_read_long(struct pd_source *source, const struct pd_long *cell, uint64_t offset,
                 void *buffer, size_t size, struct pd_error *err)
{
    struct stream_source *stream = own(source);

    return long_cells_read(&stream->longs, cell, offset, buffer, size, long_store_fetch,
                           &stream->slices, err);
}

static pd_status
stream_recheck(struct pd_source *source, struct pd_error *err)
{
    struct stream_source *stream = own(source);
    pd_status status = skip_to(stream, (uint32_t)stream->catalogue.catalog.n_tables, err);

    return status == PD_OK ? PD_OK : error_prefix(err, PD_FATAL, "'%s'", stream->name);
}

const struct pd_source_ops stream_source_ops = {
    .struct_size = sizeof(struct pd_source_ops),
    .catalog = stream_catalog,
    .start = stream_start,
    .read = stream_read,
    .close = stream_close,
    .facts = stream_facts,
    .read_long = stream_read_long,
    .recheck = stream_recheck,
    .stats = stream_stats,
};
