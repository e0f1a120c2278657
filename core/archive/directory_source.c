// SPDX-License-Identifier: Apache-2.0
/* directory_source - reads an archive that is a folder, with any number of lanes. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/index.h"
#include "archive/lines.h"
#include "archive/pack_reader.h"
#include "archive/text_rows.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/log.h"

/* What all lanes share; the origin's. */
struct opened {
    enum source_mode mode;
    int folder;
    int rows;
    struct arena *arena; /* of the manifest */
    struct manifest manifest;
    bool has_index;
    struct index index;
    char *unknown_file;
};

struct directory_source {
    struct pd_source base;
    struct opened *opened;
    bool is_twin;
    /* The scan that was begun: parts next .. end - 1 of a table. */
    uint32_t table;
    uint32_t next;
    uint32_t end;
    bool reading; /* a part is being read */
    struct pack_reader *packs;
    struct text_reader *text;
    struct pd_fact count;
};

static struct directory_source *
own(struct pd_source *source)
{
    return (struct directory_source *)(void *)source;
}

static void
free_opened(struct opened *opened)
{
    if (opened->has_index)
        index_close(&opened->index);
    if (opened->arena)
        arena_free(opened->arena);
    if (opened->rows >= 0)
        close(opened->rows);
    if (opened->folder >= 0)
        close(opened->folder);
    free(opened->unknown_file);
    free(opened);
}

static void
opened_cleanup(struct opened **opened)
{
    if (*opened)
        free_opened(*opened);
}

static pd_status
read_manifest(struct opened *opened, const char *path, struct pd_error *err)
{
    CLEANUP_FREE char *text = NULL;
    size_t size = 0;
    const char *incomplete = opened->mode == SOURCE_REVIEW ? NULL : archive_looks_incomplete(path);
    pd_status status;

    if (incomplete)
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT, "%s", incomplete);
    status = file_load(opened->folder, FORMAT_MANIFEST, FORMAT_MAX_MANIFEST, &text, &size, err);
    if (status != PD_OK)
        return status;
    status = manifest_read(opened->arena, text, size, opened->mode == SOURCE_LENIENT,
                           &opened->manifest, err);
    if (status != PD_OK)
        return status;
    opened->manifest.n_bytes = size;
    if (opened->manifest.shape != FORMAT_DIRECTORY)
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT,
                          "the manifest is that of a stream, not of a folder");
    return PD_OK;
}

static pd_status
read_stamp(struct opened *opened, struct pd_error *err)
{
    struct manifest *manifest = &opened->manifest;
    CLEANUP_FREE char *text = NULL;
    CLEANUP_FD int fd = -1;
    size_t size = 0;
    pd_status status;

    if (!manifest->has_stamp)
        return PD_OK;
    status = file_open(opened->folder, FORMAT_STAMP, &fd, NULL, err);
    if (status == PD_OK && opened->mode != SOURCE_LENIENT)
        status = lines_check_seal(fd, FORMAT_STAMP, &manifest->stamp_seal, err);
    if (status == PD_OK)
        status = file_load(opened->folder, FORMAT_STAMP, FORMAT_MAX_STAMP, &text, &size, err);
    if (status != PD_OK)
        return status;
    manifest->stamp = arena_strdup(opened->arena, text);
    return manifest->stamp ? PD_OK : error_memory(err);
}

/* Nobody needs it to read the rows, but what it says shall be what was said. */
static pd_status
check_rejects(struct opened *opened, struct pd_error *err)
{
    const struct manifest *manifest = &opened->manifest;
    CLEANUP_FD int fd = -1;
    pd_status status;

    if (!manifest->has_rejects || opened->mode == SOURCE_LENIENT)
        return PD_OK;
    status = file_open(opened->folder, FORMAT_REJECTS, &fd, NULL, err);
    return status == PD_OK ? lines_check_seal(fd, FORMAT_REJECTS, &manifest->rejects_seal, err)
                           : status;
}

static bool
visit_root(void *arg, int folder, const char *name)
{
    struct opened *opened = arg;
    static const char *const known[] = {FORMAT_MANIFEST, FORMAT_TABLES, FORMAT_ORIGIN, FORMAT_ROWS};

    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (strcmp(name, known[i]) == 0)
            return true;
    }
    if (opened->manifest.has_stamp && strcmp(name, FORMAT_STAMP) == 0)
        return true;
    if (opened->manifest.has_rejects && strcmp(name, FORMAT_REJECTS) == 0)
        return true;
    if (!opened->unknown_file)
        opened->unknown_file = strdup(name);
    return true;
}

static bool
visit_rows(void *arg, int folder, const char *name)
{
    struct opened *opened = arg;
    char path[512];

    if (opened->unknown_file || index_knows_file(&opened->index, name))
        return true;
    snprintf(path, sizeof path, FORMAT_ROWS "/%s", name);
    opened->unknown_file = strdup(path);
    return true;
}

static pd_status
find_unknown(struct opened *opened, const char *path, struct pd_error *err)
{
    char name[256];

    if (!folder_each(opened->folder, visit_root, opened) ||
        !folder_each(opened->rows, visit_rows, opened))
        return error_errno(err, PD_FATAL, errno, "cannot list the files of the archive");
    if (!opened->unknown_file)
        return PD_OK;
    error_printable(opened->unknown_file, name, sizeof name);
    log_warning("'%s': unknown file '%s', which is no part of the archive, is ignored", path, name);
    return PD_OK;
}

static pd_status
open_all(struct opened *opened, const char *path, struct pd_error *err)
{
    const struct manifest *manifest = &opened->manifest;
    pd_status status = folder_open(path, &opened->folder, err);

    if (status == PD_OK)
        status = read_manifest(opened, path, err);
    if (status != PD_OK)
        return status;
    opened->rows =
        openat(opened->folder, FORMAT_ROWS, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (opened->rows < 0)
        return error_errno(err, PD_FATAL, errno, "cannot open folder '" FORMAT_ROWS "'");
    opened->has_index = true;
    status = index_open(&opened->index, manifest, opened->folder, opened->rows,
                        opened->mode == SOURCE_LENIENT, err);
    if (status == PD_OK)
        status = read_stamp(opened, err);
    if (status == PD_OK)
        status = check_rejects(opened, err);
    if (status == PD_OK)
        status = find_unknown(opened, path, err);
    if (status != PD_OK)
        return status;
    if (manifest->schema_only)
        log_warning("'%s' has the schema only, and no rows", path);
    opened->manifest.n_bytes += manifest->n_row_bytes + manifest->tables.size +
                                manifest->origin.size + manifest->stamp_seal.size +
                                manifest->rejects_seal.size;
    return PD_OK;
}

static pd_status
new_lane(struct opened *opened, bool is_twin, struct pd_source **ret_source, struct pd_error *err)
{
    struct directory_source *lane = calloc(1, sizeof *lane);
    pd_status status;

    if (!lane)
        return error_memory(err);
    if (opened->manifest.encoding == FORMAT_TEXT)
        status = text_reader_new(opened->mode == SOURCE_LENIENT, &lane->text, err);
    else
        status = pack_reader_new(opened->rows, &lane->packs, err);
    if (status != PD_OK) {
        free(lane);
        return status;
    }
    lane->base.ops = &directory_source_ops;
    lane->base.manifest = &opened->manifest;
    lane->base.unknown_file = opened->unknown_file;
    lane->opened = opened;
    lane->is_twin = is_twin;
    *ret_source = &lane->base;
    return PD_OK;
}

pd_status
directory_source_open(const char *path, enum source_mode mode, struct pd_source **ret_source,
                      struct pd_error *err)
{
    __attribute__((cleanup(opened_cleanup))) struct opened *opened = calloc(1, sizeof *opened);
    pd_status status;

    if (!opened)
        return error_memory(err);
    opened->mode = mode;
    opened->folder = opened->rows = -1;
    opened->arena = arena_new();
    if (!opened->arena)
        return error_memory(err);
    status = open_all(opened, path, err);
    if (status == PD_OK)
        status = new_lane(opened, false, ret_source, err);
    if (status != PD_OK)
        return error_prefix(err, PD_FATAL, "'%s'", path);
    (void)take(opened);
    return PD_OK;
}

static pd_status
directory_catalog(struct pd_source *source, const struct pd_catalog **ret_catalog,
                  struct pd_error *err)
{
    *ret_catalog = &own(source)->opened->index.catalogue.catalog;
    return PD_OK;
}

/* A bound of a range as a number of a part. */
static uint32_t
part_bound(int64_t bound, uint32_t n_parts)
{
    if (bound <= 0)
        return 0;
    return bound < (int64_t)n_parts ? (uint32_t)bound : n_parts;
}

static pd_status
directory_start(struct pd_source *source, const struct pd_scan *scan, struct pd_error *err)
{
    struct directory_source *lane = own(source);
    const struct opened *opened = lane->opened;
    uint32_t n_parts;

    if (scan->table >= opened->index.catalogue.catalog.n_tables)
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG, "there is no table number %" PRIu32,
                          scan->table);
    if (scan->where)
        return error_fail(err, PD_UNSUPPORTED, PD_CAUSE_USAGE,
                          "an archive cannot select rows by a condition; restore it first");
    if (scan->order == PD_ORDER_KEY && opened->manifest.order != PD_ORDER_KEY)
        return error_fail(err, PD_UNSUPPORTED, PD_CAUSE_USAGE,
                          "the archive was not written in key order");
    n_parts = opened->index.places[scan->table].n_parts;
    lane->table = scan->table;
    lane->next = scan->range.flags & PD_RANGE_LOW ? part_bound(scan->range.low, n_parts) : 0;
    lane->end = scan->range.flags & PD_RANGE_HIGH ? part_bound(scan->range.high, n_parts) : n_parts;
    lane->reading = false;
    return PD_OK;
}

static pd_status
start_part(struct directory_source *lane, struct pd_error *err)
{
    const struct index *index = &lane->opened->index;
    const struct pd_table *table = &index->catalogue.tables[lane->table];
    const struct part *part = &index->places[lane->table].parts[lane->next];

    lane->reading = true;
    if (lane->text)
        return text_reader_start(lane->text, table, lane->table, lane->opened->rows, part, err);
    pack_reader_start(lane->packs, table, lane->table, lane->next, part);
    return PD_OK;
}

static pd_status
directory_read(struct pd_source *source, const struct pd_batch **ret_batch, struct pd_error *err)
{
    struct directory_source *lane = own(source);

    while (lane->next < lane->end) {
        pd_status status = lane->reading ? PD_OK : start_part(lane, err);

        if (status == PD_OK)
            status = lane->text ? text_reader_next(lane->text, ret_batch, err)
                                : pack_reader_next(lane->packs, ret_batch, err);
        if (status == PD_OK)
            return PD_OK;
        lane->reading = false;
        if (status != PD_DONE) {
            lane->next = lane->end;
            return status;
        }
        lane->next++;
    }
    return PD_DONE;
}

static void
directory_close(struct pd_source *source)
{
    struct directory_source *lane = own(source);

    pack_reader_free(lane->packs);
    text_reader_free(lane->text);
    if (!lane->is_twin)
        free_opened(lane->opened);
    free(lane);
}

static pd_status
directory_share(struct pd_source *source, struct pd_source **ret_twin, struct pd_error *err)
{
    return new_lane(own(source)->opened, true, ret_twin, err);
}

static pd_status
directory_extent(struct pd_source *source, uint32_t table, struct pd_extent *extent,
                 struct pd_error *err)
{
    const struct opened *opened = own(source)->opened;

    if (table >= opened->index.catalogue.catalog.n_tables)
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG, "there is no table number %" PRIu32, table);
    if (opened->mode == SOURCE_LENIENT)
        return PD_UNSUPPORTED;
    extent->n_rows = opened->index.places[table].n_rows;
    extent->has_axis = opened->index.places[table].n_parts > 1;
    extent->low = 0;
    extent->high = extent->has_axis ? opened->index.places[table].n_parts - 1 : 0;
    return PD_OK;
}

static pd_status
directory_stats(struct pd_source *source, uint32_t table, const struct pd_stats **ret_stats,
                struct pd_error *err)
{
    pd_status status = index_stats(&own(source)->opened->index, table, ret_stats, err);

    return status == PD_OK || status == PD_UNSUPPORTED
               ? status
               : error_prefix(err, status, "table number %" PRIu32, table);
}

static pd_status
directory_facts(struct pd_source *source, const struct pd_scan *scan, int level,
                const struct pd_fact **ret_facts, size_t *ret_n_facts, struct pd_error *err)
{
    const struct pd_stats *stats = NULL;
    pd_status status = directory_stats(source, scan->table, &stats, err);

    if (status == PD_OK)
        source_facts(stats, level, &own(source)->count, ret_facts, ret_n_facts);
    return status;
}

static pd_status
directory_read_long(struct pd_source *source, const struct pd_long *cell, uint64_t offset,
                    void *buffer, size_t size, struct pd_error *err)
{
    if (!own(source)->packs)
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG, "a text archive has no long cells");
    return pack_reader_long(own(source)->packs, cell, offset, buffer, size, err);
}

const struct pd_source_ops directory_source_ops = {
    .struct_size = sizeof(struct pd_source_ops),
    .catalog = directory_catalog,
    .start = directory_start,
    .read = directory_read,
    .close = directory_close,
    .share = directory_share,
    .extent = directory_extent,
    .facts = directory_facts,
    .read_long = directory_read_long,
    .stats = directory_stats,
};
