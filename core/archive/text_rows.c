// SPDX-License-Identifier: Apache-2.0
/* text_rows - the text encoding: a file a table, a line of JSON a row. */
#include "archive/text_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "archive/hash.h"
#include "archive/lines.h"
#include "archive/output.h"
#include "archive/tables.h"
#include "base/cancel.h"
#include "base/file.h"
#include "model/cell_json.h"

struct text_writer {
    struct units *units;
    const struct pd_catalog *catalog;
    int rows;
    bool recheck;
    uint32_t table; /* of output */
    uint64_t n_rows;
    struct output *output; /* NULL: no table is being written */
    struct buffer line;
};

pd_status
text_writer_new(struct units *units, const struct pd_catalog *catalog, int rows, bool recheck,
                struct text_writer **ret_writer, struct pd_error *err)
{
    struct text_writer *writer = calloc(1, sizeof *writer);

    if (!writer)
        return error_memory(err);
    writer->units = units;
    writer->catalog = catalog;
    writer->rows = rows;
    writer->recheck = recheck;
    *ret_writer = writer;
    return PD_OK;
}

void
text_writer_free(struct text_writer *writer)
{
    if (!writer)
        return;
    output_free(writer->output);
    buffer_free(&writer->line);
    free(writer);
}

pd_status
text_writer_start(struct text_writer *writer, uint32_t table, struct pd_error *err)
{
    char name[FORMAT_NAME_SIZE];

    if (writer->output && writer->table == table)
        return PD_OK;
    if (writer->output)
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG,
                          "table number %" PRIu32 " begins before the one before was sealed",
                          table);
    if (table >= writer->catalog->n_tables)
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG, "there is no table number %" PRIu32, table);
    writer->table = table;
    writer->n_rows = 0;
    tables_text_name(table, name);
    return output_create(writer->rows, name, &writer->output, err);
}

pd_status
text_writer_add(struct text_writer *writer, const struct pd_batch *batch,
                const struct pd_source_ops *ops, struct pd_source *source, struct pd_error *err)
{
    const struct pd_table *table =
        PD_AT(struct pd_table, writer->catalog->tables, writer->catalog->table_size, writer->table);

    for (uint32_t row = 0; row < batch->n_rows; row++) {
        pd_status status;

        buffer_clear(&writer->line);
        status = cell_json_row(&writer->line, table, batch, row, ops, source, err);
        if (status != PD_OK)
            return status;
        buffer_char(&writer->line, '\n');
        if (writer->line.failed)
            return error_memory(err);
        status = output_append(writer->output, writer->line.data, writer->line.size, err);
        if (status != PD_OK)
            return status;
    }
    writer->n_rows += batch->n_rows;
    return PD_OK;
}

pd_status
text_writer_seal(struct text_writer *writer, uint32_t table, struct pd_error *err)
{
    struct unit *unit = NULL;
    pd_status status = text_writer_start(writer, table, err);

    if (status == PD_OK)
        status = units_begin(writer->units, table, 0, 1, &unit, err);
    if (status != PD_OK)
        return status;
    units_part(unit)->n_rows = writer->n_rows;
    status = output_close(take(writer->output), writer->recheck, &units_part(unit)->bytes, err);
    return status == PD_OK ? units_end(writer->units, unit, NULL, 0, err) : status;
}

struct text_reader {
    bool lenient;
    bool ended;
    int fd;
    const struct pd_table *table;
    const struct part *part;
    uint64_t n_rows;
    struct lines *lines;
    struct pd_builder builder;
    char name[FORMAT_NAME_SIZE + sizeof FORMAT_ROWS]; /* for messages */
};

pd_status
text_reader_new(bool lenient, struct text_reader **ret_reader, struct pd_error *err)
{
    struct text_reader *reader = calloc(1, sizeof *reader);

    if (!reader)
        return error_memory(err);
    reader->lenient = lenient;
    reader->ended = true;
    reader->fd = -1;
    *ret_reader = reader;
    return PD_OK;
}

static void
text_reader_stop(struct text_reader *reader)
{
    pd_builder_close(&reader->builder);
    lines_free(take(reader->lines));
    if (reader->fd >= 0)
        close(reader->fd);
    reader->fd = -1;
    reader->ended = true;
}

void
text_reader_free(struct text_reader *reader)
{
    if (!reader)
        return;
    text_reader_stop(reader);
    free(reader);
}

pd_status
text_reader_start(struct text_reader *reader, const struct pd_table *table, uint32_t number,
                  int rows, const struct part *part, struct pd_error *err)
{
    char name[FORMAT_NAME_SIZE];
    pd_status status;

    text_reader_stop(reader);
    reader->table = table;
    reader->part = part;
    reader->n_rows = 0;
    tables_text_name(number, name);
    snprintf(reader->name, sizeof reader->name, FORMAT_ROWS "/%s", name);
    status = file_open(rows, name, &reader->fd, NULL, err);
    if (status == PD_OK)
        status = lines_open(reader->fd, reader->name, SIZE_MAX / 4, reader->lenient, &reader->lines,
                            err);
    if (status == PD_OK)
        status = batch_builder_open(&reader->builder, table, err);
    reader->ended = status != PD_OK;
    return status;
}

static pd_status
check_end(struct text_reader *reader, struct pd_error *err)
{
    struct file_seal found = lines_seal(reader->lines);

    reader->ended = true;
    if (reader->lenient)
        return PD_DONE;
    if (reader->n_rows != reader->part->n_rows)
        return error_fail(err, PD_FAILED, PD_CAUSE_CORRUPT,
                          "'%s' has %" PRIu64 " rows, the archive says %" PRIu64
                          "; 'polydump seal' renews it after an edit",
                          reader->name, reader->n_rows, reader->part->n_rows);
    if (found.size != reader->part->bytes.size ||
        !hash_equal(&found.hash, &reader->part->bytes.hash))
        return error_fail(err, PD_FAILED, PD_CAUSE_CORRUPT,
                          "'%s' was changed or damaged; 'polydump seal' renews it after an edit",
                          reader->name);
    return PD_DONE;
}

/* Rows until the batch is full; PD_DONE: the lines are used up. */
static pd_status
fill_batch(struct text_reader *reader, struct pd_error *err)
{
    pd_status status = PD_OK;

    while (status == PD_OK && !pd_builder_full(&reader->builder)) {
        const char *line = NULL;
        size_t size = 0;

        status = lines_next(reader->lines, &line, &size, err);
        if (status != PD_OK)
            break;
        if (reader->lenient && size == 0)
            continue;
        status = cell_json_parse(reader->table, line, size, &reader->builder, err);
        if (status != PD_OK)
            return error_prefix(err, status, "'%s' line %" PRIu64, reader->name,
                                lines_number(reader->lines));
        reader->n_rows++;
    }
    return status;
}

pd_status
text_reader_next(struct text_reader *reader, const struct pd_batch **ret_batch,
                 struct pd_error *err)
{
    const struct pd_batch *batch;
    pd_status status;

    if (reader->ended)
        return PD_DONE;
    if (pd_builder_begin(&reader->builder) != PD_OK)
        return cancel_wanted() ? error_fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "interrupted")
                               : error_memory(err);
    status = fill_batch(reader, err);
    if (status < 0 || reader->builder.n_rows == 0) {
        pd_builder_drop(&reader->builder);
        return status == PD_DONE ? check_end(reader, err) : status;
    }
    batch = pd_builder_finish(&reader->builder);
    if (!batch)
        return error_memory(err);
    *ret_batch = batch;
    return PD_OK;
}
