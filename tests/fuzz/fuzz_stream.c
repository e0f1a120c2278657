// SPDX-License-Identifier: Apache-2.0
/* fuzz_stream - a stream archive from a pipe, read to its end. The input is lines: a letter says
   what section the rest is. Sizes and hashes are made right, since they would keep the fuzzer out:
   a block's line has its place and its decoded bytes, or all of its section in hexadecimal. */
#include "fuzz.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "archive/archive.h"
#include "archive/format.h"
#include "archive/frame.h"
#include "base/log.h"
#include "model/batch.h"
#include "model/json.h"
#include "plugin/host.h"
#include "plugin/options.h"

enum { BLOCK_PLACE = 6, PIPE_BYTES = 65536 };

static void
put_section(struct buffer *out, const char *tag, const void *bytes, size_t size)
{
    uint8_t length[4];

    for (int i = 0; i < 4; i++)
        length[i] = (uint8_t)(size >> (8 * i));
    buffer_append(out, tag, 4);
    buffer_append(out, length, 4);
    buffer_append(out, bytes, size);
}

static void
put_block(struct buffer *out, const uint8_t *line, size_t size)
{
    struct frame_codec codec = {0};
    struct buffer block = {0};
    struct pd_error err = {0};
    struct block_header header = {.kind = line[0] % 3,
                                  .n_rows = line[1],
                                  .table = line[2] % 4,
                                  .part = line[3] % 4,
                                  .number = line[4] % 4};
    struct frame_body body = {.bytes = line + BLOCK_PLACE, .size = size - BLOCK_PLACE};

    FUZZ_HOLDS(frame_open(&codec, 1, &err) == PD_OK);
    FUZZ_HOLDS(frame_write(&codec, &header, &body, &block, &err) == PD_OK);
    put_section(out, "BLCK", block.data, block.size);
    frame_close(&codec);
    buffer_free(&block);
}

/* As a writer made it. */
static void
put_whole_block(struct buffer *out, const uint8_t *digits, size_t size)
{
    CLEANUP_BUFFER struct buffer block = {0};

    if (size && json_read_hex(&block, (const char *)digits, size))
        put_section(out, "BLCK", block.data, block.size);
}

static void
put_line(struct buffer *out, const uint8_t *line, size_t size)
{
    static const struct {
        char letter;
        const char *tag;
    } tags[] = {{'H', "HEAD"}, {'T', "TABL"}, {'Q', "SEQU"}, {'O', "ORIG"},
                {'D', "DONE"}, {'S', "STMP"}, {'L', "LAST"}};

    if (size > BLOCK_PLACE && line[0] == 'B')
        put_block(out, line + 1, size - 1);
    if (size && line[0] == 'Z')
        put_whole_block(out, line + 1, size - 1);
    for (size_t i = 0; size && i < sizeof tags / sizeof *tags; i++) {
        if (line[0] == tags[i].letter)
            put_section(out, tags[i].tag, line + 1, size - 1);
    }
}

static void
put_stream(struct buffer *out, const uint8_t *data, size_t size)
{
    const uint8_t *end = data + size;

    buffer_append(out, FORMAT_STREAM_MAGIC, FORMAT_STREAM_MAGIC_SIZE);
    while (data < end) {
        const uint8_t *line_end = memchr(data, '\n', (size_t)(end - data));

        line_end = line_end ? line_end : end;
        put_line(out, data, (size_t)(line_end - data));
        data = line_end + 1;
    }
}

static void
read_long(const struct pd_source_ops *ops, struct pd_source *source, const struct pd_long *cell)
{
    uint8_t bytes[256];
    struct pd_error err = {0};

    if (ops->read_long)
        (void)ops->read_long(source, cell, 0, bytes, sizeof bytes, &err);
}

static void
read_tables(const struct pd_source_ops *ops, struct pd_source *source)
{
    struct pd_error err = {0};
    const struct pd_catalog *catalog;

    if (ops->catalog(source, &catalog, &err) != PD_OK)
        return;
    for (uint32_t i = 0; i < catalog->n_tables; i++) {
        struct pd_scan scan = {.struct_size = sizeof scan, .table = i};
        const struct pd_stats *stats;
        const struct pd_batch *batch;

        scan.range.struct_size = sizeof scan.range;
        if (ops->start(source, &scan, &err) != PD_OK)
            return;
        while (ops->read(source, &batch, &err) == PD_OK) {
            FUZZ_HOLDS(batch_check(PD_AT(struct pd_table, catalog->tables, catalog->table_size, i),
                                   batch, &err) == PD_OK);
            for (uint32_t k = 0; k < batch->n_columns; k++) {
                const struct pd_vector *v = batch_vector(batch, k);

                if (v->n_longs)
                    read_long(ops, source, &v->longs[0]);
            }
            batch_release(batch);
        }
        (void)ops->stats(source, i, &stats, &err);
    }
}

static void
read_stream(void)
{
    const struct pd_source_ops *ops = archive_plugin.source;
    struct pd_endpoint end = {
        .struct_size = sizeof end, .url = "-", .scheme = "archive", .location = "-"};
    struct pd_options *options = NULL;
    struct pd_source *source = NULL;
    struct pd_error err = {0};

    if (options_new(archive_plugin.options, archive_plugin.n_options, archive_plugin.option_size,
                    &options, &err) == PD_OK) {
        end.options = options;
        if (ops->open(host_get(), &end, &source, &err) == PD_OK) {
            read_tables(ops, source);
            ops->close(source);
        }
    }
    options_free(options);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP_BUFFER struct buffer stream = {0};
    int ends[2];

    log_set_level(PD_LOG_ERROR);
    put_stream(&stream, data, size);
    if (stream.size > PIPE_BYTES || pipe2(ends, O_CLOEXEC))
        return 0;
    FUZZ_HOLDS(write(ends[1], stream.data, stream.size) == (ssize_t)stream.size);
    close(ends[1]);
    FUZZ_HOLDS(dup2(ends[0], STDIN_FILENO) == STDIN_FILENO);
    close(ends[0]);
    read_stream();
    return 0;
}
