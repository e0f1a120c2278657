// SPDX-License-Identifier: Apache-2.0
/* map - how each column is stored in the target: as in its own engine, by its neutral type, or as a
   table that is there has it. */
#include <string.h>

#include <polydump/joined.h>

#include "ddl.h"
#include "map.h"
#include "passive.h"
#include "spell.h"

/* ---- The same engine ---- */

static bool
is_enum_column(const struct pd_column *column)
{
    return column->type.kind == PD_KIND_ENUM && column->native && *column->native;
}

static void
note_type(struct map *map, const char *schema, const char *name)
{
    const char *kept_schema = pd_pool_text(map->types.pool, schema);
    const char *kept_name = pd_pool_text(map->types.pool, name);

    if (!kept_schema || !kept_name ||
        names_take(&map->types, *schema ? kept_schema : NULL, kept_name) == PD_FATAL)
        map->sink->memory_short = true;
}

static void
note_column_type(struct map *map, const struct pd_column *column)
{
    struct pd_sql sql = {.host = map->sink->host};
    struct spelled spelled;

    if (is_enum_column(column) && spell_type(column->native, &sql, &spelled) && !spelled.is_array)
        note_type(map, spelled.schema, spelled.name);
    pd_sql_free(&sql);
}

/* Types that there will be in the target without anybody having asked for them. */
static void
note_types(struct map *map)
{
    const struct pd_catalog *c = map->catalog;
    struct passive passive;
    size_t i, k;

    for (i = 0; i < c->n_tables; i++) {
        for (k = 0; k < pd_table_at(c, i)->n_columns; k++)
            note_column_type(map, pd_column_at(pd_table_at(c, i), k));
    }
    for (i = 0; i < c->n_objects; i++) {
        const char *sql = pd_object_at(c, i)->sql;

        if (sql && passive_read(sql, &passive) && passive.kind == PASSIVE_TYPE)
            note_type(map, passive.schema, passive.name);
    }
}

/* Does any statement that will be run speak of it, or may an extension bring it? */
static bool
type_will_come(const struct map *map, const char *name)
{
    const struct pd_catalog *c = map->catalog;
    size_t i;

    for (i = 0; i < c->n_tables; i++) {
        if (strcmp(pd_table_at(c, i)->name, name) == 0)
            return true;
    }
    for (i = 0; i < c->n_objects; i++) {
        const struct pd_object *o = pd_object_at(c, i);

        if (strcmp(o->kind, "extension") == 0 || (o->sql && strstr(o->sql, name)))
            return true;
    }
    return false;
}

static pd_status
type_is_there(struct map *map, const char *native, bool *ret_there)
{
    PGresult *result = NULL;
    pd_status status = pg_query(map->sink->pg, "SELECT FROM pg_type WHERE oid = to_regtype($1)", 1,
                                &native, "", &result, map->err);

    *ret_there = status == PD_OK && PQntuples(result) == 1;
    PQclear(result);
    return status;
}

/* What a dump of another engine, read like this one (--like), has columns of: types that nobody
   makes any more. */
static pd_status
type_is_made(struct map *map, const struct spelled *spelled, const char *native, bool *ret_made)
{
    pd_status status = PD_OK;

    *ret_made = !spelled->is_user || names_has(&map->types, spelled->schema, spelled->name);
    if (*ret_made || !map->native)
        return PD_OK;
    *ret_made = type_will_come(map, spelled->name);
    if (!*ret_made)
        status = type_is_there(map, native, ret_made);
    if (*ret_made)
        note_type(map, spelled->schema, spelled->name);
    return status;
}

/* "table_column", where no type has a name yet. */
static pd_status
name_enum(struct map *map, const struct pd_table *table, const struct pd_column *column,
          struct pd_mapping *m)
{
    const char *const parts[] = {table->name, column->name, NULL};
    const char *base = names_join(map->types.pool, parts);
    const char *name = base ? names_choose(&map->types, table->schema, base, "_") : NULL;
    struct pd_sql sql = {.host = map->sink->host};

    if (name)
        sql_table(&sql, table->schema, name);
    m->native =
        name && pd_sql_text(&sql) ? pd_pool_text(&map->sink->pool, pd_sql_text(&sql)) : NULL;
    pd_sql_free(&sql);
    return m->native ? PD_OK : pg_no_memory(map->sink->host, map->err);
}

static bool
column_is_text(const struct pd_column *column)
{
    return column->type.kind == PD_KIND_TEXT || column->type.kind == PD_KIND_CHAR;
}

/* Text of a database without an encoding may have any bytes; nobody has looked at it yet. */
static bool
may_be_bad(const struct map *map, const struct pd_column *column)
{
    const struct pd_catalog *c = map->catalog;
    size_t i;

    if (!column_is_text(column))
        return false;
    for (i = 0; i < c->n_properties; i++) {
        const struct pd_property *p = PD_AT(struct pd_property, c->properties, c->property_size, i);

        if (!p->is_note && strcmp(p->name, PG_ENCODING) == 0)
            return p->value && strcmp(p->value, "SQL_ASCII") == 0;
    }
    return false;
}

/* What the engine's own type holds in the source, and cannot hold here: the column is mapped as if
   it came from elsewhere. */
static pd_status
map_bytes(struct map *map, size_t table, size_t number, struct pd_mapping *m)
{
    const struct pd_column *column = pd_column_at(pd_table_at(map->catalog, table), number);
    const struct pd_profile *profile = pd_load_profile(map->load, table, number);

    if (map->sink->pg->sql_ascii)
        return PD_OK;
    if (profile && profile->flags & PD_PROFILE_BAD_TEXT && column_is_text(column))
        return map_kind(map, column, profile, /* without_hint= */ true, m);
    if (!profile && may_be_bad(map, column))
        m->flags |= PD_MAPPING_GUESS;
    return PD_OK;
}

static pd_status
map_same(struct map *map, size_t table, size_t number, struct pd_mapping *m)
{
    const struct pd_table *t = pd_table_at(map->catalog, table);
    const struct pd_column *column = pd_column_at(t, number);
    struct pd_sql sql = {.host = map->sink->host};
    struct spelled spelled = {.name = ""};
    bool is_type = spell_type(column->native, &sql, &spelled);
    bool is_made = false;
    pd_status status = is_type ? type_is_made(map, &spelled, column->native, &is_made) : PD_OK;

    if (status != PD_OK) {
        /* told */
    } else if (is_made) {
        memset(m, 0, sizeof *m);
        m->as = column->type;
        m->native = pd_sql_text(&sql) ? pd_pool_text(&map->sink->pool, pd_sql_text(&sql)) : NULL;
        if (!m->native)
            status = pg_no_memory(map->sink->host, map->err);
        else
            status = map_bytes(map, table, number, m);
    } else {
        status = map_kind(map, column, NULL, /* without_hint= */ true, m);
        m->flags &= ~(uint32_t)PD_MAPPING_GUESS;
        m->reason = !is_type      ? "what stands in the place of its type is none"
                    : map->native ? "its type is not there, and nothing that is restored makes it"
                                  : "its type is made with --native only";
        if (status == PD_OK && m->as.kind == PD_KIND_ENUM)
            status = name_enum(map, t, column, m);
    }
    pd_sql_free(&sql);
    return status;
}

/* ---- Another engine ---- */

/* A table makes a type of its name. */
static void
note_tables(struct map *map)
{
    size_t i;

    for (i = 0; i < map->catalog->n_tables; i++) {
        const struct pd_table *table = pd_table_at(map->catalog, i);
        const char *name = names_fit(map->types.pool, table->name);

        if (!name || names_take(&map->types, table->schema, name) == PD_FATAL)
            map->sink->memory_short = true;
    }
}

static pd_status
map_other(struct map *map, size_t table, size_t number, struct pd_mapping *m)
{
    const struct pd_table *t = pd_table_at(map->catalog, table);
    const struct pd_column *column = pd_column_at(t, number);
    pd_status status = map_kind(map, column, pd_load_profile(map->load, table, number),
                                /* without_hint= */ false, m);

    if (status == PD_OK && m->as.kind == PD_KIND_ENUM)
        status = name_enum(map, t, column, m);
    return status;
}

static pd_status
map_column(struct map *map, size_t table, size_t number)
{
    const struct pd_column *column = pd_column_at(pd_table_at(map->catalog, table), number);
    struct pd_mapping *m = &map->mappings[map->first[table] + number];

    if (column->flags & PD_COLUMN_PASSENGER) {
        memset(m, 0, sizeof *m);
        m->native = "";
        m->as = column->type;
        return PD_OK;
    }
    return map->same && !(column->flags & PD_COLUMN_NEUTRAL) ? map_same(map, table, number, m)
                                                             : map_other(map, table, number, m);
}

static pd_status
map_columns(struct map *map)
{
    size_t i, k;
    pd_status status = PD_OK;

    if (map->same)
        note_types(map);
    else
        note_tables(map);
    for (i = 0; i < map->catalog->n_tables; i++) {
        for (k = 0; k < pd_table_at(map->catalog, i)->n_columns && status == PD_OK; k++)
            status = map_column(map, i, k);
    }
    return status == PD_OK && !map->same ? map_join(map) : status;
}

/* ---- All ---- */

static bool
number_columns(struct map *map)
{
    const struct pd_catalog *c = map->catalog;

    map->first = pd_joined_numbers(c, map->types.pool);
    if (map->first)
        map->mappings =
            pd_pool_alloc(&map->sink->pool, (map->first[c->n_tables] + 1) * sizeof *map->mappings);
    return map->mappings;
}

/* Of a generated column the type of the others decides whether it can be computed. Sequences of
   mappings are one a table. */
static void
mark_uncomputed(struct map *map)
{
    struct pd_mapping *mappings = map->mappings;
    size_t i, k;

    for (i = 0; i < map->catalog->n_tables; i++) {
        const struct pd_table *t = pd_table_at(map->catalog, i);

        for (k = 0; k < t->n_columns; k++) {
            const struct pd_column *column = pd_column_at(t, k);

            if (column->generated && !expression_computes(map->sink, map->catalog, t, mappings, k))
                mappings[k].flags |= PD_MAPPING_UNCOMPUTED;
        }
        mappings += t->n_columns;
    }
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
                      .native = load->flags & PD_LOAD_NATIVE,
                      .carry = sink->carry,
                      .types = {.pool = &pool},
                      .err = err};
    pd_status status = PD_OK;

    if (!number_columns(&map))
        status = pg_no_memory(sink->host, err);
    else
        status = pd_load_is_in_place(load, sink->into) ? present_map(&map) : map_columns(&map);
    pd_pool_close(&pool);
    if (status == PD_OK && sink->memory_short)
        status = pg_no_memory(sink->host, err);
    if (status != PD_OK)
        return status;
    if (!map.same && !pd_load_is_in_place(load, sink->into))
        mark_uncomputed(&map);
    sink->mappings = map.mappings;
    *ret_mappings = map.mappings;
    return PD_OK;
}
