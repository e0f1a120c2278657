// SPDX-License-Identifier: Apache-2.0
/* links - the foreign keys that rows meet in the target. */
#include "run/links.h"

#include "model/schema.h"

/* The columns of the parent by their names, which a key says where the foreign key does not. */
static const char *const *
parent_columns(struct arena *arena, const struct pd_table *parent, const struct pd_foreign *foreign)
{
    const struct pd_key *key = parent->n_keys ? &parent->keys[0] : NULL;
    const char **names = arena_array(arena, const char *, foreign->n_columns + 1);

    if (foreign->to_columns || !names)
        return foreign->to_columns;
    if (!key || key->kind != PD_KEY_PRIMARY || key->n_parts != foreign->n_columns)
        return NULL;
    for (size_t i = 0; i < key->n_parts; i++)
        names[i] = parent->columns[key->parts[i].column].name;
    return names;
}

/* PD_DONE: it joins something that is not in the catalogue. */
static pd_status
translate(struct arena *arena, const struct pd_catalog *catalog, const struct pd_table *table,
          const struct pd_catalog *target, const struct pd_table *there,
          const struct pd_foreign *foreign, struct pd_foreign *ret_foreign, struct pd_error *err)
{
    const char *schema = foreign->to_schema ? foreign->to_schema : there->schema;
    long parent = schema_find_table(target, schema, foreign->to_table);
    uint32_t *columns = arena_array(arena, uint32_t, foreign->n_columns + 1);

    if (!columns)
        return error_memory(err);
    if (parent < 0 || schema_find_table(catalog, schema, foreign->to_table) < 0)
        return PD_DONE;
    for (size_t i = 0; i < foreign->n_columns; i++) {
        long at = schema_find_column(table, there->columns[foreign->columns[i]].name);

        if (at < 0)
            return PD_DONE;
        columns[i] = (uint32_t)at;
    }
    *ret_foreign = *foreign;
    ret_foreign->columns = columns;
    ret_foreign->to_schema = schema ? schema : "";
    ret_foreign->to_columns = parent_columns(arena, &target->tables[parent], foreign);
    return ret_foreign->to_columns ? PD_OK : PD_DONE;
}

static pd_status
take_foreigns(struct arena *arena, const struct pd_catalog *catalog, struct pd_table *table,
              const struct pd_catalog *target, const struct pd_table *there, struct pd_error *err)
{
    struct pd_foreign *foreigns = arena_array(arena, struct pd_foreign, there->n_foreigns + 1);
    size_t n = 0;
    pd_status status = foreigns ? PD_OK : error_memory(err);

    for (size_t i = 0; i < there->n_foreigns && status >= PD_OK; i++) {
        status =
            translate(arena, catalog, table, target, there, &there->foreigns[i], &foreigns[n], err);
        n += status == PD_OK;
    }
    table->foreigns = foreigns;
    table->n_foreigns = n;
    return status == PD_DONE ? PD_OK : status;
}

pd_status
links_catalog(struct arena *arena, const struct pd_catalog *catalog,
              const struct pd_catalog *target, const struct pd_catalog **ret_catalog,
              struct pd_error *err)
{
    struct pd_catalog *linked = arena_copy(arena, catalog, sizeof *linked);
    struct pd_table *tables = arena_array(arena, struct pd_table, catalog->n_tables + 1);
    pd_status status = linked && tables ? PD_OK : error_memory(err);

    for (size_t i = 0; i < catalog->n_tables && status == PD_OK; i++) {
        long at = schema_find_table(target, catalog->tables[i].schema, catalog->tables[i].name);

        tables[i] = catalog->tables[i];
        if (at >= 0)
            status = take_foreigns(arena, catalog, &tables[i], target, &target->tables[at], err);
    }
    if (status != PD_OK)
        return status;
    linked->tables = tables;
    *ret_catalog = linked;
    return PD_OK;
}
