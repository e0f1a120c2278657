// SPDX-License-Identifier: Apache-2.0
/* units - the parts of tables brought into one order. */
#include "archive/units.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

#include "archive/output.h"
#include "archive/spool.h"
#include "archive/tables.h"
#include "model/json.h"
#include "model/schema.h"

enum unit_state { UNIT_OPEN, UNIT_LARGE, UNIT_WAITING, UNIT_PLACED };

struct unit {
    enum unit_state state;
    bool ended;
    struct part part;
    struct piece piece; /* while it waits */
};

struct unit_table {
    struct unit **units;
    uint32_t n_units;
    uint32_t n_announced; /* 0: not known */
    bool sealed;
    uint64_t n_rows;
    struct digest digest;
    struct piece stats; /* as JSON, until the line is written */
};

struct units {
    const struct pd_catalog *catalog;
    int rows;
    bool recheck;
    bool failed; /* an earlier call failed: nothing can be right from there on */
    pthread_mutex_t lock;
    struct spool spool;
    struct output *lines;
    struct output *small; /* the shared pack that grows; NULL: none yet */
    struct output *full;  /* one to be closed outside the lock */
    struct content_id *content;
    struct buffer scratch;
    struct buffer line;
    struct unit_table *tables;
    uint32_t place_table; /* the unit whose turn it is to be put in place */
    uint32_t place_unit;
    uint32_t line_table; /* the table whose line is next */
    uint32_t n_small;
    uint64_t n_rows;
    uint64_t n_blocks;
    uint64_t n_row_bytes;
};

static const struct pd_table *
table_of(const struct units *units, uint32_t table)
{
    return PD_AT(struct pd_table, units->catalog->tables, units->catalog->table_size, table);
}

pd_status
units_new(const struct pd_catalog *catalog, const struct manifest *manifest, int folder, int rows,
          bool recheck, struct units **ret_units, struct pd_error *err)
{
    CLEANUP(units) struct units *units = calloc(1, sizeof *units);
    pd_status status;

    if (!units)
        return error_memory(err);
    pthread_mutex_init(&units->lock, NULL);
    spool_open(&units->spool, folder);
    units->catalog = catalog;
    units->rows = rows;
    units->recheck = recheck;
    units->tables = calloc(catalog->n_tables + 1, sizeof *units->tables);
    if (!units->tables)
        return error_memory(err);
    status =
        content_id_new(manifest->application, manifest->application_version, &units->content, err);
    if (status == PD_OK)
        status = output_create(folder, FORMAT_TABLES, &units->lines, err);
    if (status == PD_OK)
        *ret_units = take(units);
    return status;
}

static void
drop_units(struct units *units, struct unit_table *table)
{
    for (uint32_t i = 0; i < table->n_units; i++) {
        if (!table->units[i])
            continue;
        spool_drop(&units->spool, &table->units[i]->piece);
        free(table->units[i]->part.pack_sizes);
        free(table->units[i]);
    }
    free(table->units);
    table->units = NULL;
    table->n_units = 0;
    spool_drop(&units->spool, &table->stats);
}

void
units_free(struct units *units)
{
    if (!units)
        return;
    for (size_t i = 0; units->tables && i < units->catalog->n_tables; i++)
        drop_units(units, &units->tables[i]);
    free(units->tables);
    output_free(units->lines);
    output_free(units->small);
    output_free(units->full);
    content_id_free(units->content);
    buffer_free(&units->scratch);
    buffer_free(&units->line);
    spool_close(&units->spool);
    pthread_mutex_destroy(&units->lock);
    free(units);
}

/* Room for part number `part` of a table. */
static pd_status
reserve_unit(struct unit_table *table, uint32_t part, struct pd_error *err)
{
    struct unit **grown;

    if (part < table->n_units)
        return PD_OK;
    if (part >= FORMAT_MAX_PARTS)
        return error_fail(err, PD_FATAL, PD_CAUSE_LIMIT, "part %" PRIu32 " of a table", part);
    grown = realloc(table->units, (part + 1) * sizeof(struct unit *));
    if (!grown)
        return error_memory(err);
    table->units = grown;
    while (table->n_units <= part)
        grown[table->n_units++] = NULL;
    return PD_OK;
}

static pd_status
begin_locked(struct units *units, uint32_t number, uint32_t part, uint32_t n_parts,
             struct unit **ret_unit, struct pd_error *err)
{
    struct unit_table *table = &units->tables[number];
    pd_status status;

    if (units->failed)
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG, "the archive is written on after a failure");
    status = reserve_unit(table, part, err);
    if (status != PD_OK)
        return status;
    if (table->sealed || table->units[part])
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG, "part %" PRIu32 " of '%s' is written twice",
                          part, schema_table_name(table_of(units, number)));
    table->units[part] = calloc(1, sizeof *table->units[part]);
    if (!table->units[part])
        return error_memory(err);
    if (n_parts)
        table->n_announced = n_parts;
    *ret_unit = table->units[part];
    return PD_OK;
}

pd_status
units_begin(struct units *units, uint32_t table, uint32_t part, uint32_t n_parts,
            struct unit **ret_unit, struct pd_error *err)
{
    pd_status status;

    if (table >= units->catalog->n_tables)
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG, "there is no table number %" PRIu32, table);
    pthread_mutex_lock(&units->lock);
    status = begin_locked(units, table, part, n_parts, ret_unit, err);
    pthread_mutex_unlock(&units->lock);
    return status;
}

struct part *
units_part(struct unit *unit)
{
    return &unit->part;
}

/* A shared pack that has room for size bytes. */
static pd_status
small_pack(struct units *units, size_t size, struct pd_error *err)
{
    char name[FORMAT_NAME_SIZE];
    pd_status status = PD_OK;

    if (units->small && output_size(units->small) + size <= FORMAT_PACK_BYTES)
        return PD_OK;
    if (units->small && units->full) /* two in one go: no time to wait for the unlocked moment */
        status = output_close(take(units->full), units->recheck, NULL, err);
    if (status != PD_OK)
        return status;
    if (units->small)
        units->full = take(units->small);
    tables_small_name(units->n_small, name);
    status = output_create(units->rows, name, &units->small, err);
    if (status == PD_OK)
        units->n_small++;
    return status;
}

static pd_status
place_unit(struct units *units, struct unit *unit, struct pd_error *err)
{
    pd_status status = PD_OK;

    if (unit->state != UNIT_WAITING)
        return PD_OK;
    if (unit->piece.size > 0) {
        buffer_clear(&units->scratch);
        status = spool_get(&units->spool, &unit->piece, &units->scratch, err);
        if (status == PD_OK)
            status = small_pack(units, unit->piece.size, err);
        if (status != PD_OK)
            return status;
        unit->part.small = units->n_small - 1;
        unit->part.offset = output_size(units->small);
        status = output_append(units->small, units->scratch.data, units->scratch.size, err);
        spool_drop(&units->spool, &unit->piece);
    }
    unit->state = UNIT_PLACED;
    return status;
}

/* Put in place all units whose turn has come. */
static pd_status
place_all(struct units *units, struct pd_error *err)
{
    while (units->place_table < units->catalog->n_tables) {
        struct unit_table *table = &units->tables[units->place_table];
        pd_status status;

        if (units->place_unit < table->n_units) {
            struct unit *unit = table->units[units->place_unit];

            if (!unit || unit->state == UNIT_OPEN)
                return PD_OK;
            status = place_unit(units, unit, err);
            if (status != PD_OK)
                return status;
            units->place_unit++;
            continue;
        }
        if (!table->sealed && (!table->n_announced || units->place_unit < table->n_announced))
            return PD_OK;
        units->place_table++;
        units->place_unit = 0;
    }
    return PD_OK;
}

static pd_status
write_line(struct units *units, uint32_t number, struct pd_error *err)
{
    struct unit_table *table = &units->tables[number];
    CLEANUP_FREE const struct part **parts = calloc(table->n_units + 1u, sizeof *parts);
    pd_status status;

    if (!parts)
        return error_memory(err);
    for (uint32_t i = 0; i < table->n_units; i++) {
        parts[i] = &table->units[i]->part;
        units->n_blocks += parts[i]->n_blocks;
        units->n_row_bytes += parts[i]->bytes.size;
    }
    units->n_rows += table->n_rows;
    buffer_clear(&units->scratch);
    buffer_clear(&units->line);
    status = spool_get(&units->spool, &table->stats, &units->scratch, err);
    if (status == PD_OK)
        status =
            tables_write(&units->line, table_of(units, number),
                         units->scratch.size ? &units->scratch : NULL, parts, table->n_units, err);
    if (status == PD_OK)
        status = output_append(units->lines, units->line.data, units->line.size, err);
    if (status == PD_OK)
        status = content_id_table(units->content, table_of(units, number), table->n_rows,
                                  &table->digest, err);
    drop_units(units, table);
    return status;
}

static pd_status
write_lines(struct units *units, struct pd_error *err)
{
    pd_status status = PD_OK;

    while (status == PD_OK && units->line_table < units->place_table &&
           units->tables[units->line_table].sealed)
        status = write_line(units, units->line_table++, err);
    return status;
}

/* What has become possible by a change; unlocks. */
static pd_status
advance_unlock(struct units *units, pd_status status, struct pd_error *err)
{
    struct output *full;

    if (status == PD_OK)
        status = place_all(units, err);
    if (status == PD_OK)
        status = write_lines(units, err);
    units->failed = units->failed || status != PD_OK;
    full = take(units->full);
    pthread_mutex_unlock(&units->lock);
    if (!full)
        return status;
    if (status != PD_OK) {
        output_free(full);
        return status;
    }
    status = output_close(full, units->recheck, NULL, err);
    if (status != PD_OK) {
        pthread_mutex_lock(&units->lock);
        units->failed = true;
        pthread_mutex_unlock(&units->lock);
    }
    return status;
}

pd_status
units_large(struct units *units, struct unit *unit, struct pd_error *err)
{
    pthread_mutex_lock(&units->lock);
    unit->state = UNIT_LARGE;
    return advance_unlock(units, PD_OK, err);
}

pd_status
units_end(struct units *units, struct unit *unit, const void *bytes, size_t size,
          struct pd_error *err)
{
    pd_status status = PD_OK;

    pthread_mutex_lock(&units->lock);
    if (unit->state == UNIT_OPEN) {
        status = spool_put(&units->spool, bytes, size, &unit->piece, err);
        unit->state = UNIT_WAITING;
    }
    unit->ended = true;
    return advance_unlock(units, status, err);
}

/* Do the parts hold what the core counted? */
static pd_status
check_rows(struct units *units, uint32_t number, const struct pd_stats *stats, struct pd_error *err)
{
    const struct unit_table *table = &units->tables[number];
    const char *name = schema_table_name(table_of(units, number));
    uint64_t n_rows = 0;

    if (table->sealed)
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG, "table '%s' is sealed twice", name);
    for (uint32_t i = 0; i < table->n_units; i++) {
        if (!table->units[i] || !table->units[i]->ended)
            return error_fail(err, PD_FATAL, PD_CAUSE_BUG,
                              "table '%s' is sealed before its part %" PRIu32 " is complete", name,
                              i);
        n_rows += table->units[i]->part.n_rows;
    }
    if (n_rows != stats->n_rows)
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG,
                          "table '%s': %" PRIu64 " rows were counted, %" PRIu64 " were written",
                          name, stats->n_rows, n_rows);
    return PD_OK;
}

static pd_status
seal_locked(struct units *units, uint32_t number, const struct pd_stats *stats,
            struct pd_error *err)
{
    struct unit_table *table = &units->tables[number];
    pd_status status = check_rows(units, number, stats, err);

    if (status != PD_OK)
        return status;
    buffer_clear(&units->scratch);
    status = json_write_stats(&units->scratch, table_of(units, number), stats, err);
    if (status == PD_OK && units->scratch.failed)
        status = error_memory(err);
    if (status == PD_OK)
        status =
            spool_put(&units->spool, units->scratch.data, units->scratch.size, &table->stats, err);
    table->n_rows = stats->n_rows;
    table->digest = (struct digest){.low = stats->digest_low, .high = stats->digest_high};
    table->sealed = true;
    return status;
}

pd_status
units_seal(struct units *units, uint32_t table, const struct pd_stats *stats, struct pd_error *err)
{
    if (table >= units->catalog->n_tables)
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG, "there is no table number %" PRIu32, table);
    pthread_mutex_lock(&units->lock);
    return advance_unlock(units, seal_locked(units, table, stats, err), err);
}

static pd_status
write_sequences(struct units *units, struct pd_error *err)
{
    const struct pd_catalog *catalog = units->catalog;
    pd_status status = PD_OK;

    for (size_t i = 0; i < catalog->n_sequences && status == PD_OK; i++) {
        const struct pd_sequence *sequence =
            PD_AT(struct pd_sequence, catalog->sequences, catalog->sequence_size, i);

        buffer_clear(&units->line);
        status = tables_write_sequence(&units->line, sequence, err);
        if (status == PD_OK)
            status = output_append(units->lines, units->line.data, units->line.size, err);
        if (status == PD_OK)
            status = content_id_sequence(units->content, sequence, err);
    }
    return status;
}

/* A dump of the schema alone has lines without rows; in all others each table must be there. */
static pd_status
write_unsealed(struct units *units, bool schema_only, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (uint32_t i = units->line_table; i < units->catalog->n_tables; i++) {
        if (schema_only && units->tables[i].n_units == 0)
            units->tables[i].sealed = true;
        if (!units->tables[i].sealed)
            return error_fail(err, PD_FATAL, PD_CAUSE_BUG, "table '%s' was not written to its end",
                              schema_table_name(table_of(units, i)));
    }
    status = place_all(units, err);
    return status == PD_OK ? write_lines(units, err) : status;
}

static pd_status
close_outputs(struct units *units, struct manifest *manifest, struct pd_error *err)
{
    pd_status status = PD_OK;

    if (units->full)
        status = output_close(take(units->full), units->recheck, NULL, err);
    if (status == PD_OK && units->small)
        status = output_close(take(units->small), units->recheck, NULL, err);
    if (status == PD_OK)
        status = output_close(take(units->lines), units->recheck, &manifest->tables, err);
    return status;
}

pd_status
units_finish(struct units *units, struct manifest *manifest, struct pd_error *err)
{
    pd_status status;

    if (units->failed)
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG, "an archive is finished after a failure");
    status = write_unsealed(units, manifest->schema_only, err);
    if (status == PD_OK)
        status = write_sequences(units, err);
    if (status == PD_OK)
        status = close_outputs(units, manifest, err);
    if (status != PD_OK)
        return status;
    manifest->n_tables = units->catalog->n_tables;
    manifest->n_sequences = units->catalog->n_sequences;
    manifest->n_rows = units->n_rows;
    manifest->n_blocks = units->n_blocks;
    manifest->n_row_bytes = units->n_row_bytes;
    manifest->n_small_packs = units->n_small;
    content_id_finish(take(units->content), manifest->content_id);
    return PD_OK;
}
