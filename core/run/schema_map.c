// SPDX-License-Identifier: Apache-2.0
/* schema_map - tables of one schema go into another one. */
#include "run/schema_map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/schema.h"

/* What stands behind the "=" when what stands before it is the schema; else NULL. */
static const char *
entry_applies(const char *entry, const char *schema)
{
    const char *equals = strchr(entry, '=');
    size_t size = equals ? (size_t)(equals - entry) : 0;

    if (!equals || strlen(schema) != size || (size && memcmp(entry, schema, size) != 0))
        return NULL;
    return equals + 1;
}

const char *
schema_mapped(const char *const *map, const char *schema)
{
    for (; map && *map; map++) {
        const char *to = entry_applies(*map, schema ? schema : "");

        if (to)
            return to;
    }
    return schema;
}

bool
schema_is_mapped(const char *const *map, const char *schema)
{
    return schema_mapped(map, schema) != schema;
}

static pd_status
map_check(const char *const *map, const struct pd_catalog *catalog, struct pd_error *err)
{
    for (; *map; map++) {
        size_t i = 0;

        if (!strchr(*map, '='))
            return error_fail(err, PD_FATAL, PD_CAUSE_USAGE, "--schema-map '%s': expected FROM=TO",
                              *map);
        while (i < catalog->n_tables &&
               !entry_applies(*map, catalog->tables[i].schema ? catalog->tables[i].schema : ""))
            i++;
        if (i == catalog->n_tables)
            return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                              "--schema-map '%s': no table is in that schema; `polydump info` "
                              "lists them",
                              *map);
    }
    return PD_OK;
}

/* ---- Tables ---- */

/* Foreign keys name the schema of their target; NULL is the table's own. */
static pd_status
foreigns_map(struct arena *arena, const char *const *map, struct pd_table *table,
             struct pd_error *err)
{
    struct pd_foreign *foreigns = arena_array(arena, struct pd_foreign, table->n_foreigns + 1);

    if (!foreigns)
        return error_memory(err);
    for (size_t i = 0; i < table->n_foreigns; i++) {
        foreigns[i] = table->foreigns[i];
        if (foreigns[i].to_schema)
            foreigns[i].to_schema = schema_mapped(map, foreigns[i].to_schema);
    }
    table->foreigns = foreigns;
    return PD_OK;
}

/* Does SQL of the engine name something in a schema that changes: s.x or "s".x? */
static bool
names_mapped(const char *const *map, const char *sql)
{
    for (; sql && *map; map++) {
        size_t size = strcspn(*map, "=");

        for (const char *at = sql; size && (at = strstr(at, ".")); at++) {
            size_t before = (size_t)(at - sql), quotes = before && at[-1] == '"';

            if (before >= size + 2 * quotes && memcmp(at - size - quotes, *map, size) == 0)
                return true;
        }
    }
    return false;
}

/* Without its own spelling, a column is made from the neutral schema. */
static pd_status
columns_map(struct arena *arena, const char *const *map, struct pd_table *table,
            struct pd_error *err)
{
    struct pd_column *columns = arena_array(arena, struct pd_column, table->n_columns + 1);

    if (!columns)
        return error_memory(err);
    for (size_t i = 0; i < table->n_columns; i++) {
        columns[i] = table->columns[i];
        if (names_mapped(map, columns[i].native))
            columns[i].native = "";
        if (names_mapped(map, columns[i].default_native))
            columns[i].default_native = NULL;
        if (names_mapped(map, columns[i].expression_native))
            columns[i].expression_native = NULL;
        if (schema_is_mapped(map, table->schema) && columns[i].identity)
            columns[i].default_native = NULL;
    }
    table->columns = columns;
    return PD_OK;
}

/* Statements name their table. */
static pd_status
natives_drop(struct arena *arena, struct pd_table *table, struct pd_error *err)
{
    struct pd_key *keys = arena_array(arena, struct pd_key, table->n_keys + 1);

    if (!keys)
        return error_memory(err);
    for (size_t i = 0; i < table->n_keys; i++) {
        keys[i] = table->keys[i];
        keys[i].native_sql = NULL;
    }
    table->keys = keys;
    table->native_sql = NULL;
    return PD_OK;
}

static pd_status
tables_map(struct arena *arena, const char *const *map, struct pd_catalog *catalog,
           struct pd_error *err)
{
    struct pd_table *tables = arena_array(arena, struct pd_table, catalog->n_tables + 1);
    pd_status status = tables ? PD_OK : error_memory(err);

    for (size_t i = 0; i < catalog->n_tables && status == PD_OK; i++) {
        tables[i] = catalog->tables[i];
        status = foreigns_map(arena, map, &tables[i], err);
        if (status == PD_OK)
            status = columns_map(arena, map, &tables[i], err);
        if (status != PD_OK || !schema_is_mapped(map, tables[i].schema))
            continue;
        tables[i].schema = schema_mapped(map, tables[i].schema);
        if (!*tables[i].schema)
            tables[i].schema = NULL;
        status = natives_drop(arena, &tables[i], err);
    }
    catalog->tables = tables;
    return status;
}

static int
compare_tables(const void *a_, const void *b_)
{
    const struct pd_table *a = *(const struct pd_table *const *)a_;
    const struct pd_table *b = *(const struct pd_table *const *)b_;
    int order = strcmp(a->name, b->name);

    return order ? order : strcmp(a->schema ? a->schema : "", b->schema ? b->schema : "");
}

static pd_status
tables_check(const struct pd_catalog *catalog, struct pd_error *err)
{
    CLEANUP_FREE const struct pd_table **sorted = calloc(catalog->n_tables + 1, sizeof *sorted);

    if (!sorted)
        return error_memory(err);
    for (size_t i = 0; i < catalog->n_tables; i++)
        sorted[i] = &catalog->tables[i];
    qsort(sorted, catalog->n_tables, sizeof *sorted, compare_tables);
    for (size_t i = 1; i < catalog->n_tables; i++)
        if (compare_tables(&sorted[i - 1], &sorted[i]) == 0)
            return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                              "--schema-map: two tables would be called '%s'; map one elsewhere, "
                              "or leave it out with --exclude",
                              schema_table_name(sorted[i]));
    return PD_OK;
}

/* ---- The rest ---- */

static bool
owner_is_identity(const struct pd_catalog *catalog, const struct pd_sequence *sequence)
{
    long table = sequence->owner_table
                     ? schema_find_table(catalog, sequence->schema, sequence->owner_table)
                     : -1;
    long column = table >= 0 && sequence->owner_column
                      ? schema_find_column(&catalog->tables[table], sequence->owner_column)
                      : -1;

    return column >= 0 && catalog->tables[table].columns[column].identity;
}

/* The counter of a column whose default named it goes: the column has it too. Before tables. */
static pd_status
sequences_map(struct arena *arena, const char *const *map, struct pd_catalog *catalog,
              struct pd_error *err)
{
    struct pd_sequence *sequences =
        arena_array(arena, struct pd_sequence, catalog->n_sequences + 1);
    size_t n = 0;

    if (!sequences)
        return error_memory(err);
    for (size_t i = 0; i < catalog->n_sequences; i++) {
        struct pd_sequence sequence = catalog->sequences[i];

        if (schema_is_mapped(map, sequence.schema) && owner_is_identity(catalog, &sequence))
            continue;
        sequence.schema = schema_mapped(map, sequence.schema);
        if (sequence.schema && !*sequence.schema)
            sequence.schema = NULL;
        sequences[n++] = sequence;
    }
    catalog->sequences = sequences;
    catalog->n_sequences = n;
    return PD_OK;
}

pd_status
schema_map(struct arena *arena, const char *const *map, struct selection *selection,
           struct pd_error *err)
{
    struct pd_catalog *catalog = selection->catalog;
    pd_status status;

    if (!map)
        return PD_OK;
    status = map_check(map, catalog, err);
    if (status == PD_OK)
        status = sequences_map(arena, map, catalog, err);
    if (status == PD_OK)
        status = tables_map(arena, map, catalog, err);
    return status == PD_OK ? tables_check(catalog, err) : status;
}
