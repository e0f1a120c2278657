// SPDX-License-Identifier: Apache-2.0
/* cmd_cat - polydump cat END [TABLE]: rows as JSON Lines or CSV. */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cancel.h"
#include "cli/command.h"
#include "model/cell_json.h"
#include "model/schema.h"
#include "model/text.h"
#include "run/scan.h"

/* A field of CSV (RFC 4180): NULL is empty, an empty text is "". */
static void
csv_field(struct buffer *out, const struct buffer *value)
{
    bool quoted = value->size == 0 || memchr(value->data, '"', value->size) ||
                  memchr(value->data, ',', value->size) || memchr(value->data, '\n', value->size) ||
                  memchr(value->data, '\r', value->size);

    if (!quoted) {
        buffer_append(out, value->data, value->size);
        return;
    }
    buffer_char(out, '"');
    for (size_t i = 0; i < value->size; i++) {
        if (value->data[i] == '"')
            buffer_char(out, '"');
        buffer_u8(out, value->data[i]);
    }
    buffer_char(out, '"');
}

static void
csv_value(struct buffer *value, const struct pd_type *type, const struct cell *cell)
{
    static const char hex[] = "0123456789abcdef";
    bool as_hex = cell->tag == PD_TAG_BYTES || cell->tag == PD_TAG_BADTEXT ||
                  cell->tag == PD_TAG_UTF16 ||
                  (cell->tag == PD_TAG_PLAIN &&
                   (type->kind == PD_KIND_BINARY || type->kind == PD_KIND_GEOMETRY));

    if (as_hex) {
        buffer_text(value, "\\x");
        for (size_t i = 0; i < cell->size; i++) {
            buffer_char(value, hex[cell->bytes[i] >> 4]);
            buffer_char(value, hex[cell->bytes[i] & 15]);
        }
    } else if (cell->tag == PD_TAG_PLAIN) {
        text_append(value, type, cell);
    } else if (cell->tag == PD_TAG_INT) {
        buffer_printf(value, "%lld", (long long)cell->integer);
    } else if (cell->tag == PD_TAG_REAL) {
        char text[32];

        buffer_append(value, text, text_real(cell->real, text));
    } else {
        buffer_append(value, cell->bytes, cell->size);
    }
}

static pd_status
csv_row(struct buffer *out, const struct pd_table *table, const struct pd_batch *batch,
        uint32_t row, struct pd_error *err)
{
    CLEANUP_BUFFER struct buffer value = {0};
    bool first = true;

    for (uint32_t i = 0; i < table->n_columns; i++) {
        const struct pd_column *column = &table->columns[i];
        struct cell cell;

        if (!schema_column_counts(column))
            continue;
        if (!first)
            buffer_char(out, ',');
        first = false;
        cell = batch_cell(&column->type, batch_vector(batch, i), row);
        if (cell.as_long)
            return error_fail(err, PD_FATAL, PD_CAUSE_LIMIT,
                              "column '%s': a value of %llu bytes is too long for csv; use "
                              "--format=jsonl",
                              column->name, (unsigned long long)cell.as_long->size);
        buffer_clear(&value);
        if (cell.tag < 0)
            continue;
        csv_value(&value, &column->type, &cell);
        csv_field(out, &value);
    }
    return PD_OK;
}

static void
csv_header(struct buffer *out, const struct pd_table *table)
{
    bool first = true;

    for (size_t i = 0; i < table->n_columns; i++) {
        struct buffer name = {(uint8_t *)(uintptr_t)table->columns[i].name,
                              strlen(table->columns[i].name), 0, false};

        if (!schema_column_counts(&table->columns[i]))
            continue;
        if (!first)
            buffer_char(out, ',');
        first = false;
        csv_field(out, &name);
    }
    buffer_char(out, '\n');
}

static pd_status
out_flush(struct buffer *out, struct pd_error *err)
{
    if (out->failed)
        return error_memory(err);
    if (out->size && fwrite(out->data, 1, out->size, stdout) != out->size)
        return error_fail(err, PD_FATAL, PD_CAUSE_IO, "cannot write to standard output");
    buffer_clear(out);
    return PD_OK;
}

static pd_status
batch_print(struct scan *scan, const struct pd_table *table, const struct pd_batch *batch, bool csv,
            struct buffer *out, struct pd_error *err)
{
    const struct pd_source_ops *ops;
    struct pd_source *source;
    pd_status status = PD_OK;

    scan_long_source(scan, &ops, &source);
    for (uint32_t row = 0; row < batch->n_rows && status == PD_OK; row++) {
        status = csv ? csv_row(out, table, batch, row, err)
                     : cell_json_row(out, table, batch, row, ops, source, err);
        buffer_char(out, '\n');
        if (status == PD_OK && out->size > BUFSIZ)
            status = out_flush(out, err);
    }
    return status;
}

static pd_status
table_cat(struct opened_source *source, uint32_t number, bool csv, struct pd_error *err)
{
    CLEANUP(scan) struct scan *scan = NULL;
    CLEANUP_BUFFER struct buffer out = {0};
    const struct pd_table *table = &source->catalog->tables[number];
    struct pd_scan request = {.struct_size = sizeof request, .table = number};
    const struct pd_batch *batch;
    pd_status status =
        scan_open(source->ops, source->handle, table, &request, NULL, -1, &scan, err);

    if (csv)
        csv_header(&out, table);
    while (status == PD_OK && (status = scan_next(scan, &batch, err)) == PD_OK) {
        status = batch_print(scan, table, batch, csv, &out, err);
        batch_release(batch);
    }
    if (status == PD_DONE)
        status = out_flush(&out, err);
    return status == PD_OK ? status
                           : error_prefix(err, status, "table '%s'", schema_table_name(table));
}

static int
cat_run(struct invocation *invocation, struct pd_error *err)
{
    CLEANUP(opened_source) struct opened_source *source = NULL;
    bool csv = strcmp(options_get(invocation->options, "format"), "csv") == 0;
    const char *wanted = invocation->n_words > 1 ? invocation->words[1] : NULL;
    bool found = false;
    pd_status status = source_open(invocation->ends[0], &source, err);

    if (status != PD_OK)
        return status;
    for (uint32_t i = 0; i < source->catalog->n_tables && status == PD_OK; i++) {
        const struct pd_table *table = &source->catalog->tables[i];

        if (wanted && strcmp(wanted, table->name) != 0 &&
            strcmp(wanted, schema_table_name(table)) != 0)
            continue;
        found = true;
        status = table_cat(source, i, csv, err);
    }
    if (status == PD_OK && wanted && !found)
        status = error_fail(err, PD_FATAL, PD_CAUSE_MISSING,
                            "there is no table '%s'; `polydump info` lists them", wanted);
    return status;
}

const struct command cat_command = {
    .name = "cat",
    .usage = "END [TABLE]",
    .about = "print rows as JSON Lines or CSV",
    .roles = {END_SOURCE},
    .n_ends = 1,
    .min_words = 1,
    .max_words = 2,
    .bit = FOR_CAT,
    .run = cat_run,
};
