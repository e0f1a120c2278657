// SPDX-License-Identifier: Apache-2.0
// begin - which function makes rows of what, once the new schema is known.
#include <string.h>

#include "script.h"

struct begin_call {
    struct pd_migrator *g;
};

uint32_t
begin_find_table(lua_State *L, const struct pd_catalog *catalog, const char *name)
{
    uint32_t i;

    for (i = 0; i < catalog->n_tables; i++) {
        const struct pd_table *table = pd_table_at(catalog, i);
        bool has_schema = table->schema && *table->schema, is_it;

        lua_pushfstring(L, "%s%s%s", has_schema ? table->schema : "", has_schema ? "." : "",
                        table->name);
        is_it = strcmp(lua_tostring(L, -1), name) == 0;
        lua_pop(L, 1);
        if (is_it)
            break;
    }
    return i;
}

static uint32_t
find_column(const struct pd_table *table, const char *name)
{
    uint32_t i = 0;

    while (i < table->n_columns && strcmp(pd_column_at(table, i)->name, name) != 0)
        i++;
    return i;
}

static struct output *
make_output(lua_State *L, struct pd_migrator *g, const char *name)
{
    uint32_t number = begin_find_table(L, g->after, name);
    struct output *output;

    if (number == g->after->n_tables)
        luaL_error(L, "the new schema has no table '%s'", name);
    output = output_of(g, number);
    if (output)
        return output;
    output = &g->outputs[g->n_outputs++];
    output->number = number;
    output->table = pd_table_at(g->after, number);
    output->name = check_table_name(L, &g->pool, output->table);
    output_open(L, g, output);
    return output;
}

/* ---- Needs ----------------------------------------------------------------------------------- */

static uint32_t *
find_columns(lua_State *L, struct pd_migrator *g, const struct need *need, const char **names,
             uint32_t n)
{
    uint32_t *columns = check_alloc(L, &g->pool, n * sizeof *columns);

    for (uint32_t i = 0; i < n; i++) {
        columns[i] = find_column(need->table, names[i]);
        if (columns[i] == need->table->n_columns)
            luaL_error(L, "need '%s': table '%s' has no column '%s'", need->name, need->table_name,
                       names[i]);
    }
    return columns;
}

static void
open_need(lua_State *L, struct pd_migrator *g, struct need *need)
{
    uint32_t table = begin_find_table(L, g->after, need->table_name);

    if (table == g->after->n_tables)
        luaL_error(L, "need '%s': the new schema has no table '%s'", need->name, need->table_name);
    need->table = pd_table_at(g->after, table);
    need->key_columns = find_columns(L, g, need, need->keys, need->n_keys);
    need->value_columns = find_columns(L, g, need, need->values, need->n_values);
    need->given = check_alloc(L, &g->pool, need->n_keys * sizeof *need->given);
    need->taught = check_alloc(L, &g->pool, (need->n_keys + need->n_values) * sizeof *need->taught);
    need->fixed = check_alloc(L, &g->pool, need->n_keys * sizeof *need->fixed);
    need->places = check_alloc(L, &g->pool, need->n_keys * sizeof *need->places);
    for (uint32_t i = 0; i < need->n_keys; i++) {
        need->places[i].table = need->table_name;
        need->places[i].column = pd_column_at(need->table, need->key_columns[i]);
    }
}

static void
make_lessons(lua_State *L, struct pd_migrator *g, struct output *output)
{
    output->lessons = check_alloc(L, &g->pool, (g->n_needs + 1) * sizeof *output->lessons);
    for (size_t i = 0; i < g->n_needs; i++) {
        const struct need *need = &g->needs[i];

        if (need->table == output->table)
            output->lessons[output->n_lessons++] = (struct lesson){
                .need = (uint32_t)i,
                .keys = need->key_columns,
                .n_keys = need->n_keys,
                .values = need->value_columns,
                .n_values = need->n_values,
            };
    }
}

/* ---- Tables that are seen -------------------------------------------------------------------- */

/* Is every value of the one a value of the other? */
static bool
is_same_type(const struct pd_type *a, const struct pd_type *b)
{
    return a->kind == b->kind && a->precision == b->precision && a->scale == b->scale &&
           (b->length == 0 || b->length == a->length) && a->flags == b->flags &&
           a->element == b->element && a->srid == b->srid && pd_same_labels(a, b);
}

static void
set_slot(struct slot *slot, const char *name, const struct pd_table *table, uint32_t old)
{
    slot->name = name;
    if (old < table->n_columns) {
        slot->before = pd_column_at(table, old);
        slot->old = old;
    }
}

/* Which old column a new one comes from; n_columns: none. */
static uint32_t
origin_of(const struct track *track, const char *name)
{
    uint32_t i = 0;

    while (i < track->table->n_columns &&
           !(track->columns[i].now && strcmp(track->columns[i].now, name) == 0))
        i++;
    return i;
}

static void
make_slots(lua_State *L, struct pd_migrator *g, struct seen *seen, const struct track *track)
{
    const struct pd_table *to = seen->to ? seen->to->table : NULL;
    size_t n = to ? to->n_columns : 0;

    seen->slots = check_alloc(L, &g->pool, (n + seen->table->n_columns + 1) * sizeof *seen->slots);
    for (uint32_t i = 0; i < n; i++) {
        const struct pd_column *column = pd_column_at(to, i);
        struct slot *slot = &seen->slots[seen->n_slots++];

        set_slot(slot, column->name, seen->table, origin_of(track, column->name));
        slot->is_generated = column->generated;
        /* What is computed anew is no value, whatever it was. */
        slot->is_same = slot->is_generated || (slot->before && !slot->before->generated &&
                                               is_same_type(&slot->before->type, &column->type));
        seen->has_generated |= slot->is_generated;
    }
    /* Those that are gone, unless a new one took the name. */
    for (uint32_t i = 0; i < seen->table->n_columns; i++) {
        const char *name = pd_column_at(seen->table, i)->name;

        seen->has_generated |= track->columns[i].is_lacking;
        if ((!to || !track->columns[i].now) && (!to || find_column(to, name) == n))
            set_slot(&seen->slots[seen->n_slots++], name, seen->table, i);
    }
}

/* Tables by name: of slots, of old columns; and names that rows of the output may have, too. */
void
begin_names(lua_State *L, struct seen *seen)
{
    size_t n = seen->to ? seen->to->table->n_columns : 0;

    lua_createtable(L, 0, (int)seen->n_slots);
    for (uint32_t i = 0; i < seen->n_slots; i++) {
        lua_pushinteger(L, (lua_Integer)i + 1);
        lua_setfield(L, -2, seen->slots[i].name);
        if (i >= n && seen->to) {
            lua_rawgeti(L, LUA_REGISTRYINDEX, seen->to->names);
            lua_pushinteger(L, 0);
            lua_setfield(L, -2, seen->slots[i].name);
            lua_pop(L, 1);
        }
    }
    seen->names = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_createtable(L, 0, (int)seen->table->n_columns);
    for (uint32_t i = 0; i < seen->table->n_columns; i++) {
        lua_pushinteger(L, (lua_Integer)i + 1);
        lua_setfield(L, -2, pd_column_at(seen->table, i)->name);
    }
    seen->old_names = luaL_ref(L, LUA_REGISTRYINDEX);
}

/* The member of the script's `tables` is on top. */
static void
read_functions(lua_State *L, struct pd_migrator *g, struct seen *seen)
{
    const char **emits;

    seen->row = seen->rest = LUA_NOREF;
    if (lua_isfunction(L, -1)) {
        lua_pushvalue(L, -1);
        seen->row = luaL_ref(L, LUA_REGISTRYINDEX);
        return;
    }
    lua_getfield(L, -1, "row");
    seen->row = luaL_ref(L, LUA_REGISTRYINDEX);
    if (lua_getfield(L, -1, "rest") == LUA_TFUNCTION)
        seen->rest = luaL_ref(L, LUA_REGISTRYINDEX);
    else
        lua_pop(L, 1);
    emits = check_texts(L, -1, seen->name, "emits", &g->pool, &seen->n_emits);
    seen->emits = check_alloc(L, &g->pool, (seen->n_emits + 1) * sizeof(struct output *));
    for (size_t i = 0; i < seen->n_emits; i++)
        seen->emits[i] = make_output(L, g, emits[i]);
}

static void
open_seen(lua_State *L, struct pd_migrator *g, struct seen *seen, const char *name)
{
    const struct track *track;

    seen->name = name;
    seen->row_name = check_copy(L, &g->pool, lua_pushfstring(L, "function 'tables.%s'", name));
    seen->rest_name =
        check_copy(L, &g->pool, lua_pushfstring(L, "function 'tables.%s.rest'", name));
    lua_pop(L, 2);
    seen->number = begin_find_table(L, g->before, name);
    if (seen->number == g->before->n_tables)
        luaL_error(L, "the old schema has no table '%s'", name);
    seen->table = pd_table_at(g->before, seen->number);
    track = seen->track = &g->tracks[seen->number];
    if (track->now)
        seen->to = make_output(L, g, track->now);
    lua_getfield(L, -1, name);
    read_functions(L, g, seen);
    lua_pop(L, 1);
    make_slots(L, g, seen, track);
    begin_names(L, seen);
    row_meta(L, g, seen);
}

static int
call_begin(lua_State *L)
{
    struct pd_migrator *g = lua_touserdata(L, 1);

    g->outputs = check_alloc(L, &g->pool, (g->after->n_tables + 1) * sizeof *g->outputs);
    g->seen = check_alloc(L, &g->pool, (g->n_seen + 1) * sizeof *g->seen);
    context_open(L, g);
    g->worker = lua_newthread(L);
    luaL_ref(L, LUA_REGISTRYINDEX);
    for (size_t i = 0; i < g->n_needs; i++)
        open_need(L, g, &g->needs[i]);
    lua_rawgetp(L, LUA_REGISTRYINDEX, machine_of(L));
    lua_getfield(L, -1, "tables");
    for (size_t i = 0; i < g->n_seen; i++)
        open_seen(L, g, &g->seen[i], g->seen_names[i]);
    g->load_emits = check_alloc(L, &g->pool, (g->n_load_emits + 1) * sizeof(struct output *));
    for (size_t i = 0; i < g->n_load_emits; i++)
        g->load_emits[i] = make_output(L, g, g->load_names[i]);
    save_open(L, g);
    for (size_t i = 0; i < g->n_outputs; i++)
        make_lessons(L, g, &g->outputs[i]);
    return 0;
}

pd_status
begin_begin(struct pd_migrator *g, const struct pd_catalog *before, const struct pd_catalog *after,
            const struct pd_step_ops *ops, struct pd_step *step, struct pd_error *err)
{
    g->before = before;
    g->after = after;
    g->ops = ops;
    g->step = step;
    return machine_call(&g->m, "begin", call_begin, g, err);
}
