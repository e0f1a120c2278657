// SPDX-License-Identifier: Apache-2.0
/* stream_sink - an archive as one file, or into a pipe: one lane writes the tables in their order,
   and each is closed by what was counted. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/block.h"
#include "archive/catalogue.h"
#include "archive/hash.h"
#include "archive/sink.h"
#include "archive/source.h"
#include "archive/stream.h"
#include "archive/tables.h"
#include "base/file.h"
#include "model/json.h"
#include "model/schema.h"

struct stream_sink {
    struct pd_sink base;
    struct sink_settings settings;
    struct partial *partial; /* NULL: stdout */
    bool recheck;            /* what was written can be read back */
    struct output *output;
    const struct pd_catalog *catalog;
    struct content_id *content;
    struct block_writer *blocks;
    struct manifest manifest;
    uint32_t table;    /* the one that is not sealed yet */
    uint64_t n_rows;   /* of it */
    uint64_t n_blocks; /* of it */
    struct buffer stamp;
    struct buffer line;
};

static struct stream_sink *
own(struct pd_sink *sink)
{
    return (struct stream_sink *)(void *)sink;
}

static const struct pd_table *
table_of(const struct stream_sink *stream, uint32_t table)
{
    return PD_AT(struct pd_table, stream->catalog->tables, stream->catalog->table_size, table);
}

static bool
to_stdout(const struct sink_settings *settings)
{
    return strcmp(settings->path, "-") == 0;
}

pd_status
stream_sink_open(struct sink_settings *settings, struct pd_sink **ret_sink, struct pd_error *err)
{
    struct stream_sink *stream;
    struct stat st;

    if (to_stdout(settings) && isatty(STDOUT_FILENO))
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                          "an archive is not written to a terminal; redirect it, or name a file");
    if (!to_stdout(settings) && !settings->replace && lstat(settings->path, &st) == 0)
        return error_fail(err, PD_FATAL, PD_CAUSE_CONFLICT,
                          "'%s' exists; choose another name, or --replace", settings->path);
    stream = calloc(1, sizeof *stream);
    if (!stream)
        return error_memory(err);
    stream->base.ops = &stream_sink_ops;
    stream->settings = *settings;
    *settings = (struct sink_settings){0};
    *ret_sink = &stream->base;
    return PD_OK;
}

static pd_status
begin_output(struct stream_sink *stream, struct pd_error *err)
{
    const struct sink_settings *settings = &stream->settings;
    pd_status status;

    if (to_stdout(settings))
        return output_wrap(STDOUT_FILENO, "standard output", &stream->output, err);
    status = partial_begin(settings->path, false, settings->replace, &stream->partial, err);
    if (status != PD_OK)
        return status;
    stream->recheck = settings->recheck;
    return output_wrap(partial_fd(stream->partial), settings->path, &stream->output, err);
}

static pd_status
write_line(struct stream_sink *stream, enum stream_section section, struct pd_error *err)
{
    pd_status status = stream->line.failed
                           ? error_memory(err)
                           : stream_write_section(stream->output, section, stream->line.data,
                                                  stream->line.size, err);

    buffer_clear(&stream->line);
    return status;
}

static pd_status
write_head(struct stream_sink *stream, struct pd_error *err)
{
    pd_status status =
        output_append(stream->output, FORMAT_STREAM_MAGIC, FORMAT_STREAM_MAGIC_SIZE, err);

    if (status != PD_OK)
        return status;
    manifest_write_head(&stream->line, &stream->manifest);
    buffer_text(&stream->line, "\n}\n");
    return write_line(stream, STREAM_HEAD, err);
}

static pd_status
write_schema(struct stream_sink *stream, struct pd_error *err)
{
    const struct pd_catalog *catalog = stream->catalog;
    pd_status status = PD_OK;

    for (uint32_t i = 0; i < catalog->n_tables && status == PD_OK; i++) {
        buffer_text(&stream->line, "{\"table\":");
        status = json_write_table(&stream->line, table_of(stream, i), JSON_NEUTRAL, err);
        buffer_text(&stream->line, "}\n");
        if (status == PD_OK)
            status = write_line(stream, STREAM_TABLE, err);
    }
    for (size_t i = 0; i < catalog->n_sequences && status == PD_OK; i++) {
        status = tables_write_sequence(
            &stream->line, PD_AT(struct pd_sequence, catalog->sequences, catalog->sequence_size, i),
            err);
        if (status == PD_OK)
            status = write_line(stream, STREAM_SEQUENCE, err);
    }
    return status;
}

static pd_status
write_origin(void *arg, const void *line, size_t size, struct pd_error *err)
{
    struct stream_sink *stream = arg;

    return stream_write_section(stream->output, STREAM_ORIGIN, line, size, err);
}

static pd_status
emit_block(void *arg, const struct block_header *header, const void *bytes, size_t size,
           struct pd_error *err)
{
    struct stream_sink *stream = arg;

    stream->n_rows += header->kind == BLOCK_KIND_ROWS ? header->n_rows : 0;
    stream->n_blocks++;
    stream->manifest.n_row_bytes += size;
    return stream_write_section(stream->output, STREAM_BLOCK, bytes, size, err);
}

static pd_status
stream_prepare(struct pd_sink *sink, const struct pd_load *load, struct pd_error *err)
{
    struct stream_sink *stream = own(sink);
    pd_status status;

    stream->catalog = load->catalog;
    sink_manifest(&stream->settings, load, &stream->manifest);
    status = sink_stamp(&stream->settings, load->catalog, &stream->stamp, err);
    if (status == PD_OK)
        status = content_id_new(stream->manifest.application, stream->manifest.application_version,
                                &stream->content, err);
    if (status == PD_OK)
        status = block_writer_new(stream->settings.level, stream->settings.recheck, emit_block,
                                  stream, &stream->blocks, err);
    if (status == PD_OK)
        status = begin_output(stream, err);
    if (status == PD_OK)
        status = write_head(stream, err);
    if (status == PD_OK)
        status = write_schema(stream, err);
    if (status == PD_OK)
        status = catalogue_write_origin(stream->catalog, write_origin, stream, err);
    return status;
}

static pd_status
stream_start(struct pd_sink *sink, const struct pd_scan *scan, uint32_t part, struct pd_error *err)
{
    struct stream_sink *stream = own(sink);

    if (scan->table != stream->table || scan->table >= stream->catalog->n_tables)
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG,
                          "table number %" PRIu32 " is written in the place of number %" PRIu32
                          ": a stream has its tables in order",
                          scan->table, stream->table);
    return block_writer_start(stream->blocks, table_of(stream, scan->table), scan->table, part,
                              err);
}

static pd_status
stream_write(struct pd_sink *sink, const struct pd_batch *batch,
             const struct pd_source_ops *long_ops, struct pd_source *long_source,
             struct pd_rejects *rejects, struct pd_error *err)
{
    return block_writer_add(own(sink)->blocks, batch, long_ops, long_source, err);
}

static pd_status
stream_end(struct pd_sink *sink, struct pd_error *err)
{
    return block_writer_end(own(sink)->blocks, err);
}

/* The end of the current table; stats NULL: it was not written. */
static pd_status
write_done(struct stream_sink *stream, const struct pd_stats *stats, struct pd_error *err)
{
    const struct pd_table *table = table_of(stream, stream->table);
    struct digest digest = {0};
    pd_status status = PD_OK;

    buffer_printf(&stream->line,
                  "{\"table\":%" PRIu32 ",\"rows\":%" PRIu64 ",\"blocks\":%" PRIu64 ",\"stats\":",
                  stream->table, stream->n_rows, stream->n_blocks);
    if (stats) {
        digest = (struct digest){.low = stats->digest_low, .high = stats->digest_high};
        status = json_write_stats(&stream->line, table, stats, err);
    } else {
        buffer_text(&stream->line, "null");
    }
    buffer_text(&stream->line, "}\n");
    if (status == PD_OK)
        status = write_line(stream, STREAM_DONE, err);
    if (status == PD_OK)
        status = content_id_table(stream->content, table, stream->n_rows, &digest, err);
    stream->manifest.n_rows += stream->n_rows;
    stream->manifest.n_blocks += stream->n_blocks;
    stream->n_rows = stream->n_blocks = 0;
    stream->table++;
    return status;
}

static pd_status
stream_seal(struct pd_sink *sink, uint32_t table, const struct pd_stats *stats,
            struct pd_error *err)
{
    struct stream_sink *stream = own(sink);

    if (table != stream->table || table >= stream->catalog->n_tables)
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG,
                          "table number %" PRIu32 " is sealed in the place of number %" PRIu32,
                          table, stream->table);
    if (stats->n_rows != stream->n_rows)
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG,
                          "table '%s': %" PRIu64 " rows were counted, %" PRIu64 " were written",
                          schema_table_name(table_of(stream, table)), stats->n_rows,
                          stream->n_rows);
    return write_done(stream, stats, err);
}

static pd_status
write_rest(struct stream_sink *stream, struct pd_error *err)
{
    struct manifest *manifest = &stream->manifest;
    const struct pd_catalog *catalog = stream->catalog;
    pd_status status = PD_OK;

    while (status == PD_OK && stream->table < catalog->n_tables) {
        if (!manifest->schema_only)
            return error_fail(err, PD_FATAL, PD_CAUSE_BUG, "table '%s' was not written to its end",
                              schema_table_name(table_of(stream, stream->table)));
        status = write_done(stream, NULL, err);
    }
    for (size_t i = 0; i < catalog->n_sequences && status == PD_OK; i++)
        status = content_id_sequence(
            stream->content,
            PD_AT(struct pd_sequence, catalog->sequences, catalog->sequence_size, i), err);
    if (status != PD_OK || stream->stamp.size == 0)
        return status;
    manifest->has_stamp = true;
    manifest->stamp = buffer_string(&stream->stamp);
    manifest->stamp_seal = (struct file_seal){
        .size = stream->stamp.size, .hash = hash_of(stream->stamp.data, stream->stamp.size)};
    return stream_write_section(stream->output, STREAM_STAMP, stream->stamp.data,
                                stream->stamp.size, err);
}

/* All of the stream is written; a file is not in its place yet. */
static pd_status
stream_complete(struct pd_sink *sink, struct pd_error *err)
{
    struct stream_sink *stream = own(sink);
    struct manifest *manifest = &stream->manifest;
    pd_status status = write_rest(stream, err);

    if (status != PD_OK)
        return status;
    content_id_finish(take(stream->content), manifest->content_id);
    manifest->stream = output_seal(stream->output);
    status = manifest_write(&stream->line, manifest, err);
    if (status == PD_OK)
        status = write_line(stream, STREAM_LAST, err);
    if (status == PD_OK)
        status = output_flush(stream->output, stream->recheck, err);
    manifest->n_bytes = output_size(stream->output);
    if (status == PD_OK)
        sink->manifest = manifest;
    return status;
}

static pd_status
stream_finish(struct pd_sink *sink, struct pd_error *err)
{
    struct stream_sink *stream = own(sink);
    struct stat st;
    pd_status status = PD_OK;

    if (!sink->manifest)
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG, "an archive is published before its end");
    if (stream->partial) {
        status = partial_publish(stream->partial, err);
        if (status == PD_OK)
            stream->partial = NULL;
    } else if (fstat(STDOUT_FILENO, &st) == 0 && S_ISREG(st.st_mode)) {
        status = file_sync(STDOUT_FILENO, "standard output", err);
    }
    sink->published = status == PD_OK;
    return status;
}

static void
stream_close(struct pd_sink *sink)
{
    struct stream_sink *stream = own(sink);

    block_writer_free(stream->blocks);
    output_free(stream->output);
    content_id_free(stream->content);
    partial_free(stream->partial);
    sink_settings_free(&stream->settings);
    buffer_free(&stream->stamp);
    buffer_free(&stream->line);
    free(stream);
}

static pd_status
stream_review(struct pd_sink *sink, struct pd_source **ret_source, struct pd_error *err)
{
    const struct stream_sink *stream = own(sink);

    if (!stream->partial)
        return PD_UNSUPPORTED;
    return stream_source_open(partial_path(stream->partial), SOURCE_REVIEW, ret_source, err);
}

const struct pd_sink_ops stream_sink_ops = {
    .struct_size = sizeof(struct pd_sink_ops),
    .prepare = stream_prepare,
    .start = stream_start,
    .write = stream_write,
    .end = stream_end,
    .complete = stream_complete,
    .finish = stream_finish,
    .close = stream_close,
    .seal = stream_seal,
    .review = stream_review,
};
