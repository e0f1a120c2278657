// SPDX-License-Identifier: Apache-2.0
/* map - how each column is stored in the target: as in its own engine, by its neutral type, or as a
   table that is there has it. */
#include <string.h>

#include <polydump/joined.h>

#include "ddl.h"
#include "map.h"

pd_status
map_new(struct map *map, size_t table, size_t number)
{
    const struct pd_column *column = pd_column_at(pd_table_at(map->catalog, table), number);
    struct pd_mapping *m = &map->mappings[map->first[table] + number];

    if (column->flags & PD_COLUMN_PASSENGER) {
        memset(m, 0, sizeof *m);
        m->native = "bigint";
        m->as = column->type;
        return PD_OK;
    }
    return map_kind(map, column, pd_load_profile(map->load, table, number),
                    /* without_hint= */ false, m);
}

/* Of a generated column the type of the others decides whether it can be computed. */
static void
mark_uncomputed(struct map *map)
{
    size_t i, k;

    for (i = 0; i < map->catalog->n_tables; i++) {
        const struct pd_table *t = pd_table_at(map->catalog, i);
        struct pd_mapping *mappings = &map->mappings[map->first[i]];

        for (k = 0; k < t->n_columns; k++) {
            const struct pd_column *column = pd_column_at(t, k);

            if (column->generated && !expression_computes(map->sink, map->catalog, t, mappings, k))
                mappings[k].flags |= PD_MAPPING_UNCOMPUTED;
        }
    }
}

/* What SQLite computes of whole numbers alone is whole, and a double holds but 53 bits of it. */
static bool
take_whole(struct map *map, const struct pd_table *t, struct pd_mapping *mappings, size_t k)
{
    const struct pd_column *column = pd_column_at(t, k);

    if (!column->generated || column->type.kind != PD_KIND_NUMBER ||
        mappings[k].as.kind != PD_KIND_FLOAT64)
        return false;
    mappings[k].as.kind = PD_KIND_INT64;
    if (expression_computes(map->sink, map->catalog, t, mappings, k)) {
        mappings[k].native = "bigint";
        return true;
    }
    mappings[k].as.kind = PD_KIND_FLOAT64;
    return false;
}

/* Again as long as there is one more, since one may be made of another behind it. */
static void
map_whole(struct map *map, size_t table)
{
    const struct pd_table *t = pd_table_at(map->catalog, table);
    struct pd_mapping *mappings = &map->mappings[map->first[table]];
    bool any = true;

    while (any) {
        any = false;
        for (size_t k = 0; k < t->n_columns; k++)
            any = take_whole(map, t, mappings, k) || any;
    }
}

static pd_status
map_other(struct map *map)
{
    size_t i, k;
    pd_status status = PD_OK;

    for (i = 0; i < map->catalog->n_tables && status == PD_OK; i++) {
        for (k = 0; k < pd_table_at(map->catalog, i)->n_columns && status == PD_OK; k++)
            status = map_new(map, i, k);
        if (status == PD_OK)
            map_whole(map, i);
    }
    if (status == PD_OK)
        status = map_join(map);
    if (status == PD_OK)
        status = map_sizes(map);
    if (status == PD_OK)
        mark_uncomputed(map);
    return status;
}

static bool
number_columns(struct map *map)
{
    const struct pd_catalog *c = map->catalog;

    map->first = pd_joined_numbers(c, map->pool);
    if (map->first)
        map->mappings =
            pd_pool_alloc(&map->sink->pool, (map->first[c->n_tables] + 1) * sizeof *map->mappings);
    return map->mappings;
}

pd_status
sink_map(struct pd_sink *sink, const struct pd_load *load, const struct pd_mapping **ret_mappings,
         struct pd_error *err)
{
    struct pd_pool pool = {.host = sink->host}; /* what only the choice needs */
    struct map map = {.sink = sink,
                      .load = load,
                      .catalog = load->catalog,
                      .same = load->flags & PD_LOAD_SAME_ENGINE,
                      .carry = sink->carry,
                      .pool = &pool,
                      .err = err};
    pd_status status;

    if (!number_columns(&map))
        status = my_no_memory(sink->host, err);
    else if (ddl_is_in_place(sink, load))
        status = present_map(&map);
    else
        status = map.same ? map_same(&map) : map_other(&map);
    pd_pool_close(&pool);
    if (status == PD_OK && sink->memory_short)
        status = my_no_memory(sink->host, err);
    if (status != PD_OK)
        return status;
    sink->mappings = map.mappings;
    *ret_mappings = map.mappings;
    return PD_OK;
}
