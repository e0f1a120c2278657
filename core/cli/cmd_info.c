// SPDX-License-Identifier: Apache-2.0
/* cmd_info - polydump info END: look inside any source. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "archive/archive.h"
#include "base/buffer.h"
#include "cli/command.h"
#include "cli/print.h"
#include "model/json.h"
#include "model/kind.h"
#include "model/schema.h"

static void
identity_print(const struct archive_identity *id)
{
    printf("archive: format %s, %s, %s, order %s\n", id->format, id->shape, id->encoding,
           id->order);
    printf("content id: %s\n", id->content_id);
    printf("rows: %s in %s tables, %s blocks, %s\n", print_count(id->n_rows),
           print_count(id->n_tables), print_count(id->n_blocks), print_bytes(id->n_bytes));
    if (id->stamp)
        printf("stamp: %s\n", print_safe(id->stamp));
}

/* Rows of a table: known from an archive, counted by an engine. PD_UNSUPPORTED: not known. */
static pd_status
rows_of(struct opened_source *source, uint32_t table, uint64_t *ret_n, struct pd_error *err)
{
    struct pd_extent extent = {.struct_size = sizeof extent};
    const struct pd_stats *stats;
    pd_status status = PD_UNSUPPORTED;

    if (source->ops->stats)
        status = source->ops->stats(source->handle, table, &stats, err);
    if (status == PD_OK)
        *ret_n = stats->n_rows;
    if (status != PD_UNSUPPORTED)
        return status;
    if (source->ops->extent)
        status = source->ops->extent(source->handle, table, &extent, err);
    if (status == PD_OK)
        *ret_n = extent.n_rows;
    return status;
}

static pd_status
table_print(struct opened_source *source, uint32_t number, struct pd_error *err)
{
    const struct pd_table *table = &source->catalog->tables[number];
    uint64_t n = 0;
    pd_status status = rows_of(source, number, &n, err);

    if (status < 0 && status != PD_UNSUPPORTED)
        return status;
    printf("table %s: %s rows%s\n", print_safe(schema_table_name(table)),
           status == PD_OK ? print_count(n) : "unknown",
           table->flags & PD_TABLE_PASSENGER ? " (only for the same engine)" : "");
    for (size_t i = 0; i < table->n_columns; i++) {
        const struct pd_column *column = &table->columns[i];

        if (column->flags & PD_COLUMN_PASSENGER)
            continue;
        printf("  %s %s%s%s%s\n", print_safe(column->name), kind_name(column->type.kind),
               column->native && *column->native ? " " : "",
               column->native ? print_safe(column->native) : "",
               column->flags & PD_COLUMN_NOT_NULL ? " not null" : "");
    }
    return PD_OK;
}

static pd_status
catalog_print(struct opened_source *source, struct pd_error *err)
{
    const struct pd_catalog *catalog = source->catalog;
    pd_status status = PD_OK;

    printf("engine: %s %s\n", print_safe(catalog->engine), print_safe(catalog->engine_version));
    if (catalog->application || catalog->application_version)
        printf("application: %s %s\n",
               catalog->application ? print_safe(catalog->application) : "of no name,",
               catalog->application_version ? print_safe(catalog->application_version) : "");
    for (uint32_t i = 0; i < catalog->n_tables && status == PD_OK; i++)
        status = table_print(source, i, err);
    for (size_t i = 0; i < catalog->n_sequences; i++)
        printf("sequence %s\n", print_safe(catalog->sequences[i].name));
    for (size_t i = 0; i < catalog->n_objects; i++)
        printf("%s %s (only for the same engine)\n", print_safe(catalog->objects[i].kind),
               print_safe(catalog->objects[i].name));
    for (size_t i = 0; i < catalog->n_properties; i++)
        printf("%s: %s\n", print_safe(catalog->properties[i].name),
               print_safe(catalog->properties[i].value));
    return status;
}

static void
identity_json(struct buffer *out, const struct archive_identity *id)
{
    buffer_printf(out,
                  "\"format\":\"%s\",\"shape\":\"%s\",\"encoding\":\"%s\",\"order\":\"%s\","
                  "\"content_id\":\"%s\",\"rows\":%" PRIu64 ",\"blocks\":%" PRIu64
                  ",\"bytes\":%" PRIu64 ",",
                  id->format, id->shape, id->encoding, id->order, id->content_id, id->n_rows,
                  id->n_blocks, id->n_bytes);
}

static pd_status
catalog_json(struct buffer *out, struct opened_source *source, struct pd_error *err)
{
    pd_status status = PD_OK;

    buffer_text(out, "\"engine\":");
    json_write_string(out, source->catalog->engine, strlen(source->catalog->engine));
    buffer_text(out, ",\"tables\":[");
    for (uint32_t i = 0; i < source->catalog->n_tables && status == PD_OK; i++) {
        uint64_t n = 0;
        pd_status known = rows_of(source, i, &n, err);

        if (known < 0 && known != PD_UNSUPPORTED)
            return known;
        buffer_text(out, i ? ",{" : "{");
        if (known == PD_OK)
            buffer_printf(out, "\"rows\":%" PRIu64 ",", n);
        buffer_text(out, "\"schema\":");
        status = json_write_table(out, &source->catalog->tables[i], JSON_NEUTRAL, err);
        buffer_char(out, '}');
    }
    buffer_text(out, "]}\n");
    return status;
}

static pd_status
info_json(struct opened_source *source, const struct archive_identity *id, struct pd_error *err)
{
    CLEANUP_BUFFER struct buffer out = {0};
    pd_status status;

    buffer_char(&out, '{');
    if (id)
        identity_json(&out, id);
    status = catalog_json(&out, source, err);
    if (status == PD_OK && !buffer_string(&out))
        status = error_memory(err);
    if (status == PD_OK)
        fputs(buffer_string(&out), stdout);
    return status;
}

static int
info_run(struct invocation *invocation, struct pd_error *err)
{
    CLEANUP(opened_source) struct opened_source *source = NULL;
    struct archive_identity identity;
    bool is_archive;
    pd_status status = source_open(invocation->ends[0], &source, err);

    if (status != PD_OK)
        return status;
    is_archive = source->ops->open == archive_plugin.source->open &&
                 archive_identify(source->handle, &identity, err) == PD_OK;
    if (options_flag(invocation->options, "json"))
        return info_json(source, is_archive ? &identity : NULL, err);
    if (is_archive)
        identity_print(&identity);
    return catalog_print(source, err);
}

const struct command info_command = {
    .name = "info",
    .usage = "END",
    .about = "look inside a database or an archive",
    .roles = {END_SOURCE},
    .n_ends = 1,
    .min_words = 1,
    .max_words = 1,
    .bit = FOR_INFO,
    .run = info_run,
};
