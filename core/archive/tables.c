// SPDX-License-Identifier: Apache-2.0
/* tables - lines of tables.jsonl. */
#include "archive/tables.h"

#include <inttypes.h>
#include <stdio.h>

#include "archive/fields.h"
#include "model/json.h"

static void
write_part(struct buffer *out, const struct part *part)
{
    char hash[33];

    digest_text(&part->bytes.hash, hash);
    buffer_printf(
        out, "{\"rows\":%" PRIu64 ",\"blocks\":%" PRIu64 ",\"size\":%" PRIu64 ",\"hash\":\"%s\"",
        part->n_rows, part->n_blocks, part->bytes.size, hash);
    if (part->n_packs) {
        for (uint32_t i = 0; i < part->n_packs; i++)
            buffer_printf(out, "%s%" PRIu64, i ? "," : ",\"packs\":[", part->pack_sizes[i]);
        buffer_char(out, ']');
    } else if (part->n_blocks) {
        buffer_printf(out, ",\"small\":%" PRIu32 ",\"offset\":%" PRIu64, part->small, part->offset);
    }
    buffer_char(out, '}');
}

pd_status
tables_write(struct buffer *out, const struct pd_table *table, const struct buffer *stats,
             const struct part *const *parts, uint32_t n_parts, struct pd_error *err)
{
    pd_status status;

    buffer_text(out, "{\"table\":");
    status = json_write_table(out, table, JSON_NEUTRAL, err);
    if (status != PD_OK)
        return status;
    buffer_text(out, ",\"stats\":");
    if (stats)
        buffer_append(out, stats->data, stats->size);
    else
        buffer_text(out, "null");
    buffer_text(out, ",\"parts\":[");
    for (uint32_t i = 0; i < n_parts; i++) {
        if (i)
            buffer_char(out, ',');
        write_part(out, parts[i]);
    }
    buffer_text(out, "]}\n");
    return out->failed ? error_memory(err) : PD_OK;
}

pd_status
tables_write_sequence(struct buffer *out, const struct pd_sequence *sequence, struct pd_error *err)
{
    pd_status status;

    buffer_text(out, "{\"sequence\":");
    status = json_write_sequence(out, sequence, JSON_NEUTRAL, err);
    if (status != PD_OK)
        return status;
    buffer_text(out, "}\n");
    return out->failed ? error_memory(err) : PD_OK;
}

static pd_status
read_packs(struct arena *arena, const json_t *json, struct part *part, struct pd_error *err)
{
    size_t n = json_array_size(json);
    uint64_t left = part->bytes.size;

    if (n == 0 || n > FORMAT_MAX_PARTS)
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT, "member 'packs' has %zu elements", n);
    part->pack_sizes = arena_array(arena, uint64_t, n);
    if (!part->pack_sizes)
        return error_memory(err);
    for (size_t i = 0; i < n; i++) {
        json_int_t size = json_integer_value(json_array_get(json, i));

        if (size <= 0 || (uint64_t)size > left)
            return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT,
                              "pack %zu of a part has size %" JSON_INTEGER_FORMAT
                              ", which does not fit its %" PRIu64 " bytes",
                              i, size, part->bytes.size);
        part->pack_sizes[i] = (uint64_t)size;
        left -= (uint64_t)size;
    }
    part->n_packs = (uint32_t)n;
    if (left)
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT,
                          "the packs of a part have %" PRIu64 " bytes too few", left);
    return PD_OK;
}

static pd_status
read_place(struct arena *arena, const json_t *json, struct part *part, struct pd_error *err)
{
    const json_t *packs = json_object_get(json, "packs");
    uint64_t small = 0;
    pd_status status;

    if ((part->n_blocks == 0) != (part->bytes.size == 0))
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT,
                          "a part has %" PRIu64 " blocks in %" PRIu64 " bytes", part->n_blocks,
                          part->bytes.size);
    if (json_is_array(packs))
        return read_packs(arena, packs, part, err);
    if (part->n_blocks == 0)
        return PD_OK;
    status = field_number(json, "small", UINT32_MAX, &small, err);
    if (status == PD_OK)
        status = field_number(json, "offset", INT64_MAX, &part->offset, err);
    part->small = (uint32_t)small;
    return status;
}

static pd_status
read_part(const json_t *json, struct part *part, struct pd_error *err)
{
    pd_status status = field_number(json, "rows", INT64_MAX, &part->n_rows, err);

    if (status == PD_OK)
        status = field_number(json, "blocks", INT64_MAX, &part->n_blocks, err);
    if (status == PD_OK)
        status = field_number(json, "size", INT64_MAX, &part->bytes.size, err);
    if (status == PD_OK)
        status = field_hash(json, "hash", &part->bytes.hash, err);
    return status;
}

pd_status
tables_read_parts(struct arena *arena, const json_t *line, bool text, struct part **ret_parts,
                  uint32_t *ret_n_parts, struct pd_error *err)
{
    const json_t *array = NULL;
    pd_status status = field_array(line, "parts", &array, err);
    size_t n = json_array_size(array);
    struct part *parts;

    if (status != PD_OK)
        return status;
    if (n > FORMAT_MAX_PARTS || (text && n > 1))
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT, "a table has %zu parts", n);
    parts = arena_array(arena, struct part, n);
    if (!parts)
        return error_memory(err);
    for (size_t i = 0; i < n && status == PD_OK; i++) {
        const json_t *json = json_array_get(array, i);

        status = read_part(json, &parts[i], err);
        if (status == PD_OK && !text)
            status = read_place(arena, json, &parts[i], err);
        if (status != PD_OK)
            return error_prefix(err, status, "part %zu", i);
    }
    *ret_parts = parts;
    *ret_n_parts = (uint32_t)n;
    return PD_OK;
}

pd_status
tables_tile(struct tiling *tiling, const struct part *part, struct pd_error *err)
{
    bool begins = part->small == tiling->n_packs && part->offset == 0;
    bool follows =
        tiling->n_packs > 0 && part->small == tiling->n_packs - 1 && part->offset == tiling->offset;

    if (part->n_packs || part->n_blocks == 0)
        return PD_OK;
    if (!begins && !follows)
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT,
                          "a part lies at %" PRIu64 " of shared pack %" PRIu32
                          ", which is not behind the one before",
                          part->offset, part->small);
    if (part->bytes.size > INT64_MAX - part->offset)
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT, "a part of %" PRIu64 " bytes",
                          part->bytes.size);
    if (begins)
        tiling->n_packs++;
    tiling->offset = part->offset + part->bytes.size;
    return PD_OK;
}

void
tables_small_name(uint32_t number, char name[FORMAT_NAME_SIZE])
{
    snprintf(name, FORMAT_NAME_SIZE, "small-%06" PRIu32 ".pack", number);
}

void
tables_pack_name(uint32_t table, uint32_t part, uint32_t pack, char name[FORMAT_NAME_SIZE])
{
    snprintf(name, FORMAT_NAME_SIZE, "%06" PRIu32 "-%04" PRIu32 "-%03" PRIu32 ".pack", table, part,
             pack);
}

void
tables_text_name(uint32_t table, char name[FORMAT_NAME_SIZE])
{
    snprintf(name, FORMAT_NAME_SIZE, "%06" PRIu32 ".jsonl", table);
}
