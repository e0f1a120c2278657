// SPDX-License-Identifier: Apache-2.0
/* directory_sink - an archive as a folder: any number of lanes write parts of tables, and the
   bytes are those that one lane would have written. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/block.h"
#include "archive/catalogue.h"
#include "archive/output.h"
#include "archive/pack.h"
#include "archive/sink.h"
#include "archive/source.h"
#include "archive/text_rows.h"
#include "archive/units.h"
#include "base/file.h"

enum { REJECTS_SLICE = 65536 };

/* What all lanes share; the origin's. */
struct directory {
    struct sink_settings settings;
    struct partial *partial;
    int folder; /* the partial's */
    int rows;
    const struct pd_catalog *catalog;
    struct units *units;
    struct manifest manifest;
    struct buffer stamp;
};

struct directory_sink {
    struct pd_sink base;
    struct directory *directory;
    bool is_twin;
    struct block_writer *blocks; /* binary; made with the first part */
    struct pack_writer *packs;
    struct text_writer *text; /* text; the origin's alone */
};

static struct directory_sink *
own(struct pd_sink *sink)
{
    return (struct directory_sink *)(void *)sink;
}

static pd_status
new_lane(struct directory *directory, bool is_twin, struct pd_sink **ret_sink, struct pd_error *err)
{
    struct directory_sink *lane = calloc(1, sizeof *lane);

    if (!lane)
        return error_memory(err);
    lane->base.ops = &directory_sink_ops;
    lane->directory = directory;
    lane->is_twin = is_twin;
    *ret_sink = &lane->base;
    return PD_OK;
}

pd_status
directory_sink_open(struct sink_settings *settings, struct pd_sink **ret_sink, struct pd_error *err)
{
    CLEANUP_FREE struct directory *directory = calloc(1, sizeof *directory);
    struct stat st;
    pd_status status;

    if (!directory)
        return error_memory(err);
    if (!settings->replace && lstat(settings->path, &st) == 0)
        return error_fail(err, PD_FATAL, PD_CAUSE_CONFLICT,
                          "'%s' exists; choose another name, or --replace", settings->path);
    directory->folder = -1;
    directory->rows = -1;
    status = new_lane(directory, false, ret_sink, err);
    if (status != PD_OK)
        return status;
    directory->settings = *settings;
    *settings = (struct sink_settings){0};
    (void)take(directory);
    return PD_OK;
}

static pd_status
append_origin(void *arg, const void *line, size_t size, struct pd_error *err)
{
    return output_append(arg, line, size, err);
}

static pd_status
write_origin(struct directory *directory, struct pd_error *err)
{
    CLEANUP(output) struct output *output = NULL;
    pd_status status = output_create(directory->folder, FORMAT_ORIGIN, &output, err);

    if (status == PD_OK)
        status = catalogue_write_origin(directory->catalog, append_origin, output, err);
    if (status != PD_OK)
        return status;
    return output_close(take(output), directory->settings.recheck, &directory->manifest.origin,
                        err);
}

static pd_status
begin_folder(struct directory *directory, struct pd_error *err)
{
    pd_status status = partial_begin(directory->settings.path, true, directory->settings.replace,
                                     &directory->partial, err);

    if (status != PD_OK)
        return status;
    directory->folder = partial_fd(directory->partial);
    if (mkdirat(directory->folder, FORMAT_ROWS, 0700) < 0)
        return error_fail(err, PD_FATAL, PD_CAUSE_IO, "cannot make folder '" FORMAT_ROWS "'");
    directory->rows =
        openat(directory->folder, FORMAT_ROWS, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory->rows < 0)
        return error_fail(err, PD_FATAL, PD_CAUSE_IO, "cannot open folder '" FORMAT_ROWS "'");
    return PD_OK;
}

static pd_status
directory_prepare(struct pd_sink *sink, const struct pd_load *load, struct pd_error *err)
{
    struct directory *directory = own(sink)->directory;
    const struct sink_settings *settings = &directory->settings;
    pd_status status;

    directory->catalog = load->catalog;
    sink_manifest(settings, load, &directory->manifest);
    status = begin_folder(directory, err);
    if (status == PD_OK)
        status = sink_stamp(settings, load->catalog, &directory->stamp, err);
    if (status == PD_OK)
        status = write_origin(directory, err);
    if (status == PD_OK)
        status = units_new(load->catalog, &directory->manifest, directory->folder, directory->rows,
                           settings->recheck, &directory->units, err);
    if (status == PD_OK && settings->encoding == FORMAT_TEXT)
        status = text_writer_new(directory->units, load->catalog, directory->rows,
                                 settings->recheck, &own(sink)->text, err);
    return status;
}

static pd_status
emit_block(void *arg, const struct block_header *header, const void *bytes, size_t size,
           struct pd_error *err)
{
    struct directory_sink *lane = arg;
    uint32_t n_rows = header->kind == BLOCK_KIND_ROWS ? header->n_rows : 0;

    return pack_append(lane->packs, n_rows, bytes, size, err);
}

static pd_status
open_writers(struct directory_sink *lane, struct pd_error *err)
{
    const struct directory *directory = lane->directory;
    const struct sink_settings *settings = &directory->settings;
    pd_status status = PD_OK;

    if (!lane->packs)
        status = pack_writer_new(directory->units, directory->rows, settings->recheck, &lane->packs,
                                 err);
    if (status == PD_OK && !lane->blocks)
        status = block_writer_new(settings->level, settings->recheck, emit_block, lane,
                                  &lane->blocks, err);
    return status;
}

static pd_status
directory_start(struct pd_sink *sink, const struct pd_scan *scan, uint32_t part,
                struct pd_error *err)
{
    struct directory_sink *lane = own(sink);
    const struct pd_catalog *catalog = lane->directory->catalog;
    uint32_t n_parts = PD_HAS(struct pd_scan, scan, n_parts) ? scan->n_parts : 0;
    pd_status status;

    if (lane->text)
        return text_writer_start(lane->text, scan->table, err);
    status = open_writers(lane, err);
    if (status == PD_OK)
        status = pack_start(lane->packs, scan->table, part, n_parts, err);
    if (status == PD_OK)
        status = block_writer_start(
            lane->blocks, PD_AT(struct pd_table, catalog->tables, catalog->table_size, scan->table),
            scan->table, part, err);
    return status;
}

static pd_status
directory_write(struct pd_sink *sink, const struct pd_batch *batch,
                const struct pd_source_ops *long_ops, struct pd_source *long_source,
                struct pd_rejects *rejects, struct pd_error *err)
{
    struct directory_sink *lane = own(sink);

    if (lane->text)
        return text_writer_add(lane->text, batch, long_ops, long_source, err);
    return block_writer_add(lane->blocks, batch, long_ops, long_source, err);
}

static pd_status
directory_end(struct pd_sink *sink, struct pd_error *err)
{
    struct directory_sink *lane = own(sink);
    pd_status status;

    if (lane->text)
        return PD_OK;
    status = block_writer_end(lane->blocks, err);
    return status == PD_OK ? pack_end(lane->packs, err) : status;
}

static pd_status
directory_seal(struct pd_sink *sink, uint32_t table, const struct pd_stats *stats,
               struct pd_error *err)
{
    struct directory_sink *lane = own(sink);
    pd_status status = lane->text ? text_writer_seal(lane->text, table, err) : PD_OK;

    return status == PD_OK ? units_seal(lane->directory->units, table, stats, err) : status;
}

/* The manifest, which makes the folder an archive. */
static pd_status
write_manifest(struct directory *directory, struct pd_error *err)
{
    CLEANUP_BUFFER struct buffer text = {0};
    struct manifest *manifest = &directory->manifest;
    struct file_seal seal = {0};
    pd_status status = manifest_write(&text, manifest, err);

    if (status == PD_OK)
        status = output_file(directory->folder, FORMAT_MANIFEST, text.data, text.size,
                             directory->settings.recheck, &seal, err);
    manifest->n_bytes = manifest->n_row_bytes + manifest->tables.size + manifest->origin.size +
                        manifest->stamp_seal.size + manifest->rejects_seal.size + seal.size;
    return status;
}

static pd_status
directory_complete(struct pd_sink *sink, struct pd_error *err)
{
    struct directory *directory = own(sink)->directory;
    struct manifest *manifest = &directory->manifest;
    pd_status status = units_finish(directory->units, manifest, err);

    if (status == PD_OK)
        status = file_sync(directory->rows, FORMAT_ROWS, err);
    if (status == PD_OK && directory->stamp.size) {
        manifest->has_stamp = true;
        manifest->stamp = buffer_string(&directory->stamp);
        status = output_file(directory->folder, FORMAT_STAMP, directory->stamp.data,
                             directory->stamp.size, directory->settings.recheck,
                             &manifest->stamp_seal, err);
    }
    if (status == PD_OK)
        status = write_manifest(directory, err);
    if (status == PD_OK)
        sink->manifest = manifest;
    return status;
}

static pd_status
directory_finish(struct pd_sink *sink, struct pd_error *err)
{
    struct directory *directory = own(sink)->directory;
    pd_status status;

    if (!sink->manifest)
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG, "an archive is published before its end");
    status = partial_publish(directory->partial, err);
    if (status != PD_OK)
        return status;
    directory->partial = NULL;
    directory->folder = -1;
    sink->published = true;
    return PD_OK;
}

static void
free_directory(struct directory *directory)
{
    units_free(directory->units);
    if (directory->rows >= 0)
        close(directory->rows);
    partial_free(directory->partial);
    sink_settings_free(&directory->settings);
    buffer_free(&directory->stamp);
    free(directory);
}

static void
directory_close(struct pd_sink *sink)
{
    struct directory_sink *lane = own(sink);

    block_writer_free(lane->blocks);
    pack_writer_free(lane->packs);
    text_writer_free(lane->text);
    if (!lane->is_twin)
        free_directory(lane->directory);
    free(lane);
}

static pd_status
directory_share(struct pd_sink *sink, struct pd_sink **ret_twin, struct pd_error *err)
{
    /* A text file is written from its begin to its end. */
    if (own(sink)->directory->settings.encoding == FORMAT_TEXT)
        return PD_UNSUPPORTED;
    return new_lane(own(sink)->directory, true, ret_twin, err);
}

pd_status
directory_sink_rejects(struct pd_sink *sink, archive_read *read, void *arg,
                       const char *const *unseen, struct pd_error *err)
{
    struct directory *directory = own(sink)->directory;
    CLEANUP(output) struct output *output = NULL;
    CLEANUP_FREE uint8_t *bytes = malloc(REJECTS_SLICE);
    uint64_t at = 0;
    size_t size = 1;
    pd_status status =
        bytes ? output_create(directory->folder, FORMAT_REJECTS, &output, err) : error_memory(err);

    for (; status == PD_OK && size; at += size) {
        status = read(arg, at, bytes, REJECTS_SLICE, &size, err);
        if (status == PD_OK && size)
            status = output_append(output, bytes, size, err);
    }
    if (status != PD_OK)
        return status;
    directory->manifest.has_rejects = true;
    directory->manifest.unseen = unseen;
    return output_close(take(output), directory->settings.recheck,
                        &directory->manifest.rejects_seal, err);
}

void
directory_sink_set_unordered(struct pd_sink *sink)
{
    own(sink)->directory->manifest.order = PD_ORDER_SOURCE;
}

static pd_status
directory_review(struct pd_sink *sink, struct pd_source **ret_source, struct pd_error *err)
{
    struct directory *directory = own(sink)->directory;

    return directory_source_open(partial_path(directory->partial), SOURCE_REVIEW, ret_source, err);
}

const struct pd_sink_ops directory_sink_ops = {
    .struct_size = sizeof(struct pd_sink_ops),
    .prepare = directory_prepare,
    .start = directory_start,
    .write = directory_write,
    .end = directory_end,
    .complete = directory_complete,
    .finish = directory_finish,
    .close = directory_close,
    .share = directory_share,
    .seal = directory_seal,
    .review = directory_review,
};
