// SPDX-License-Identifier: Apache-2.0
/* index - the tables of an archive's folder. */
#include "archive/index.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/fields.h"
#include "archive/lines.h"
#include "base/file.h"
#include "model/json.h"
#include "model/schema.h"

/* What is added up over all lines while they are read. */
struct index_sums {
    struct tiling tiling;
    struct content_id *content;
    struct arena *scratch;
    uint64_t n_rows;
    uint64_t n_blocks;
    uint64_t n_bytes;
};

static pd_status
check_file(struct index *index, const char *name, uint64_t size, struct pd_error *err)
{
    struct stat st;

    if (fstatat(index->rows, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return error_errno(err, PD_FATAL, errno, "'" FORMAT_ROWS "/%s' is missing", name);
    if (!S_ISREG(st.st_mode))
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT,
                          "'" FORMAT_ROWS "/%s' is not a regular file", name);
    if (!index->lenient && (uint64_t)st.st_size != size)
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT,
                          "'" FORMAT_ROWS "/%s' has %lld bytes, the archive says %" PRIu64, name,
                          (long long)st.st_size, size);
    return PD_OK;
}

static pd_status
check_small_pack(struct index *index, const struct tiling *tiling, struct pd_error *err)
{
    char name[FORMAT_NAME_SIZE];

    if (tiling->n_packs == 0)
        return PD_OK;
    tables_small_name((uint32_t)(tiling->n_packs - 1), name);
    return check_file(index, name, tiling->offset, err);
}

static pd_status
check_part(struct index *index, struct index_sums *sums, uint32_t table, uint32_t number,
           const struct part *part, struct pd_error *err)
{
    struct tiling before = sums->tiling;
    char name[FORMAT_NAME_SIZE];
    pd_status status = tables_tile(&sums->tiling, part, err);

    if (status == PD_OK && sums->tiling.n_packs > before.n_packs)
        status = check_small_pack(index, &before, err);
    for (uint32_t i = 0; i < part->n_packs && status == PD_OK; i++) {
        tables_pack_name(table, number, i, name);
        status = check_file(index, name, part->pack_sizes[i], err);
    }
    return status;
}

/* Sums of numbers below 2^63 that came from outside. */
static pd_status
add(uint64_t *sum, uint64_t more, struct pd_error *err)
{
    if (more > INT64_MAX - *sum)
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT, "the counts add up beyond 2^63");
    *sum += more;
    return PD_OK;
}

static pd_status
check_parts(struct index *index, struct index_sums *sums, uint32_t table, struct table_place *place,
            struct pd_error *err)
{
    bool text = index->manifest->encoding == FORMAT_TEXT;
    char name[FORMAT_NAME_SIZE];
    pd_status status = PD_OK;

    for (uint32_t i = 0; i < place->n_parts && status == PD_OK; i++) {
        const struct part *part = &place->parts[i];

        status = add(&place->n_rows, part->n_rows, err);
        if (status == PD_OK)
            status = add(&sums->n_blocks, part->n_blocks, err);
        if (status == PD_OK)
            status = add(&place->n_bytes, part->bytes.size, err);
        if (status == PD_OK && text) {
            tables_text_name(table, name);
            status = check_file(index, name, part->bytes.size, err);
        } else if (status == PD_OK) {
            status = check_part(index, sums, table, i, part, err);
        }
    }
    if (status == PD_OK)
        status = add(&sums->n_bytes, place->n_bytes, err);
    return status == PD_OK ? add(&sums->n_rows, place->n_rows, err) : status;
}

/* What was counted, against the parts; and into the content id. */
static pd_status
check_stats(struct index *index, struct index_sums *sums, uint32_t table, const json_t *line,
            struct pd_error *err)
{
    const struct pd_table *schema = &index->catalogue.tables[table];
    struct pd_stats stats = {0};
    struct digest digest;
    pd_status status =
        source_read_stats(sums->scratch, line, schema, index->manifest->schema_only, &stats, err);

    if (status != PD_OK && status != PD_UNSUPPORTED)
        return status;
    if (stats.n_rows != index->places[table].n_rows)
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT,
                          "%" PRIu64 " rows were counted, the parts have %" PRIu64, stats.n_rows,
                          index->places[table].n_rows);
    digest = (struct digest){.low = stats.digest_low, .high = stats.digest_high};
    status = content_id_table(sums->content, schema, stats.n_rows, &digest, err);
    arena_reset(sums->scratch);
    return status;
}

static struct table_place *
next_place(struct index *index)
{
    size_t n = index->catalogue.catalog.n_tables;

    if (n == index->room) {
        size_t room = index->room ? index->room * 2 : 16;
        struct table_place *grown = realloc(index->places, room * sizeof *grown);

        if (!grown)
            return NULL;
        index->places = grown;
        index->room = room;
    }
    return memset(&index->places[n], 0, sizeof index->places[n]);
}

static pd_status
add_table(struct index *index, struct index_sums *sums, const json_t *line,
          const struct lines *lines, size_t size, struct pd_error *err)
{
    uint32_t flags = index->manifest->order == PD_ORDER_KEY ? (uint32_t)PD_TABLE_KEY_ORDER : 0;
    uint32_t number = (uint32_t)index->catalogue.catalog.n_tables;
    struct table_place *place = next_place(index);
    pd_status status;

    if (!place)
        return error_memory(err);
    place->line_offset = lines_offset(lines);
    place->line_size = size;
    status = catalogue_add_table(&index->catalogue, line, flags, err);
    if (status == PD_OK)
        status = tables_read_parts(index->catalogue.arena, line,
                                   index->manifest->encoding == FORMAT_TEXT, &place->parts,
                                   &place->n_parts, err);
    if (status == PD_OK)
        status = check_parts(index, sums, number, place, err);
    /* Hand-edited rows have other counts and digests, which will be counted anew. */
    if (status == PD_OK && !index->lenient)
        status = check_stats(index, sums, number, line, err);
    if (status == PD_OK) {
        index->catalogue.tables[number].n_rows_estimate = place->n_rows;
        index->catalogue.tables[number].n_bytes_estimate = place->n_bytes;
    }
    return status;
}

static pd_status
add_line(struct index *index, struct index_sums *sums, const struct lines *lines, const char *text,
         size_t size, struct pd_error *err)
{
    json_t *line = NULL;
    pd_status status = json_parse(text, size, "JSON", &line, err);

    if (status != PD_OK)
        return status;
    if (json_object_get(line, "table") && index->catalogue.catalog.n_sequences == 0)
        status = add_table(index, sums, line, lines, size, err);
    else if (json_object_get(line, "sequence"))
        status = catalogue_add_sequence(&index->catalogue, line, err);
    else
        status = error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT,
                            "the line is neither a table nor, behind all tables, a sequence");
    json_decref(line);
    return status;
}

static pd_status
add_lines(struct index *index, struct index_sums *sums, struct pd_error *err)
{
    CLEANUP(lines) struct lines *lines = NULL;
    const char *line = NULL;
    size_t size = 0;
    pd_status status =
        lines_open(index->lines, FORMAT_TABLES, FORMAT_MAX_LINE, index->lenient, &lines, err);

    while (status == PD_OK) {
        status = lines_next(lines, &line, &size, err);
        if (status != PD_OK)
            break;
        status = add_line(index, sums, lines, line, size, err);
        if (status != PD_OK)
            return error_prefix(err, status, "'" FORMAT_TABLES "' line %" PRIu64,
                                lines_number(lines));
    }
    return status == PD_DONE ? PD_OK : status;
}

static pd_status
check_sums(struct index *index, struct index_sums *sums, struct pd_error *err)
{
    const struct manifest *manifest = index->manifest;
    const struct pd_catalog *catalog = &index->catalogue.catalog;
    pd_status status = check_small_pack(index, &sums->tiling, err);

    if (status != PD_OK)
        return status;
    if (catalog->n_tables != manifest->n_tables || catalog->n_sequences != manifest->n_sequences ||
        sums->n_rows != manifest->n_rows || sums->n_blocks != manifest->n_blocks ||
        sums->n_bytes != manifest->n_row_bytes || sums->tiling.n_packs != manifest->n_small_packs)
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT,
                          "'" FORMAT_TABLES "' has %zu tables with %" PRIu64
                          " rows, the manifest says %" PRIu64 " with %" PRIu64
                          ", or blocks and packs differ",
                          catalog->n_tables, sums->n_rows, manifest->n_tables, manifest->n_rows);
    return PD_OK;
}

static pd_status
read_tables(struct index *index, struct pd_error *err)
{
    const struct manifest *manifest = index->manifest;
    CLEANUP(arena) struct arena *scratch = arena_new();
    struct index_sums sums = {.scratch = scratch};
    pd_status status = scratch ? PD_OK : error_memory(err);

    if (status == PD_OK)
        status = content_id_new(manifest->application, manifest->application_version, &sums.content,
                                err);
    if (status == PD_OK)
        status = add_lines(index, &sums, err);
    if (status == PD_OK && !index->lenient)
        status = check_sums(index, &sums, err);
    if (status == PD_OK)
        status = catalogue_finish(&index->catalogue, manifest->application,
                                  manifest->application_version, err);
    if (status == PD_OK && !index->lenient)
        return source_check_content(sums.content, &index->catalogue.catalog, manifest, err);
    content_id_free(sums.content);
    return status;
}

static pd_status
read_origin(struct index *index, int fd, struct pd_error *err)
{
    CLEANUP(lines) struct lines *lines = NULL;
    const char *text = NULL;
    size_t size = 0;
    pd_status status = lines_open(fd, FORMAT_ORIGIN, FORMAT_MAX_LINE, index->lenient, &lines, err);

    while (status == PD_OK && (status = lines_next(lines, &text, &size, err)) == PD_OK) {
        json_t *line = NULL;

        status = json_parse(text, size, "JSON", &line, err);
        if (status == PD_OK)
            status = catalogue_add_origin(&index->catalogue, line, err);
        json_decref(line);
        if (status != PD_OK)
            return error_prefix(err, status, "'" FORMAT_ORIGIN "' line %" PRIu64,
                                lines_number(lines));
    }
    return status == PD_DONE ? PD_OK : status;
}

/* Open a file of the folder and compare it with its seal. */
static pd_status
open_sealed(struct index *index, int folder, const char *name, const struct file_seal *seal,
            int *ret_fd, struct pd_error *err)
{
    pd_status status = file_open(folder, name, ret_fd, NULL, err);

    if (status == PD_OK && !index->lenient)
        status = lines_check_seal(*ret_fd, name, seal, err);
    return status;
}

pd_status
index_open(struct index *index, const struct manifest *manifest, int folder, int rows, bool lenient,
           struct pd_error *err)
{
    CLEANUP_FD int origin = -1;
    pd_status status;

    *index = (struct index){.manifest = manifest, .lenient = lenient, .rows = rows, .lines = -1};
    pthread_mutex_init(&index->lock, NULL);
    status = catalogue_open(&index->catalogue, err);
    if (status == PD_OK)
        status = open_sealed(index, folder, FORMAT_TABLES, &manifest->tables, &index->lines, err);
    if (status == PD_OK)
        status = open_sealed(index, folder, FORMAT_ORIGIN, &manifest->origin, &origin, err);
    if (status == PD_OK)
        status = read_tables(index, err);
    if (status == PD_OK)
        status = read_origin(index, origin, err);
    /* Lines of the origin may have made the arrays of objects and properties move. */
    if (status == PD_OK)
        status = catalogue_finish(&index->catalogue, manifest->application,
                                  manifest->application_version, err);
    return status;
}

void
index_close(struct index *index)
{
    catalogue_close(&index->catalogue);
    free(index->places);
    if (index->lines >= 0)
        close(index->lines);
    pthread_mutex_destroy(&index->lock);
}

static pd_status
load_stats(struct index *index, uint32_t table, struct pd_error *err)
{
    struct table_place *place = &index->places[table];
    CLEANUP_FREE char *text = malloc(place->line_size + 1);
    struct pd_stats *stats = arena_alloc(index->catalogue.arena, sizeof *stats);
    json_t *line = NULL;
    size_t got = 0;
    pd_status status;

    if (!text || !stats)
        return error_memory(err);
    status = file_read(index->lines, text, place->line_size, (int64_t)place->line_offset, &got,
                       FORMAT_TABLES, err);
    if (status == PD_OK)
        status = json_parse(text, got, FORMAT_TABLES, &line, err);
    if (status != PD_OK)
        return status;
    status = source_read_stats(index->catalogue.arena, line, &index->catalogue.tables[table],
                               index->manifest->schema_only, stats, err);
    json_decref(line);
    if (status == PD_OK)
        place->stats = stats;
    return status;
}

pd_status
index_stats(struct index *index, uint32_t table, const struct pd_stats **ret_stats,
            struct pd_error *err)
{
    pd_status status = PD_OK;

    if (table >= index->catalogue.catalog.n_tables)
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG, "there is no table number %" PRIu32, table);
    pthread_mutex_lock(&index->lock);
    if (!index->places[table].stats)
        status = load_stats(index, table, err);
    if (status == PD_OK)
        *ret_stats = index->places[table].stats;
    pthread_mutex_unlock(&index->lock);
    return status;
}

bool
index_knows_file(const struct index *index, const char *name)
{
    unsigned table = 0, part = 0, pack = 0;
    char wanted[FORMAT_NAME_SIZE] = "";
    const struct table_place *place;

    if (sscanf(name, "small-%10u", &pack) == 1 && pack < index->manifest->n_small_packs) {
        tables_small_name(pack, wanted);
        return strcmp(name, wanted) == 0;
    }
    if (sscanf(name, "%10u-%10u-%10u", &table, &part, &pack) < 1 ||
        table >= index->catalogue.catalog.n_tables)
        return false;
    place = &index->places[table];
    if (index->manifest->encoding == FORMAT_TEXT && place->n_parts)
        tables_text_name(table, wanted);
    else if (part < place->n_parts && pack < place->parts[part].n_packs)
        tables_pack_name(table, part, pack, wanted);
    return strcmp(name, wanted) == 0;
}
