// SPDX-License-Identifier: Apache-2.0
// output - rows that functions hand over become batches of the tables of the new schema.
#include <string.h>

#include "script.h"

void
output_open(lua_State *L, struct pd_migrator *g, struct output *o)
{
    size_t n = o->table->n_columns + 1;

    o->values = check_alloc(L, &g->pool, n * sizeof *o->values);
    o->fixed = check_alloc(L, &g->pool, n * sizeof *o->fixed);
    o->given = check_alloc(L, &g->pool, n);
    o->places = check_alloc(L, &g->pool, n * sizeof *o->places);
    o->defaults = check_alloc(L, &g->pool, n * sizeof *o->defaults);
    o->default_fixed = check_alloc(L, &g->pool, n * sizeof *o->default_fixed);
    o->has_default = check_alloc(L, &g->pool, n);
    lua_createtable(L, 0, (int)n);
    for (uint32_t i = 0; i < o->table->n_columns; i++) {
        const struct pd_column *column = pd_column_at(o->table, i);

        o->places[i] = (struct place){.table = o->name, .column = column};
        o->has_default[i] = value_default(g->m.host, column, &o->defaults[i], o->default_fixed[i]);
        lua_pushstring(L, column->name);
        lua_pushinteger(L, (lua_Integer)i + 1);
        lua_rawset(L, -3);
    }
    o->names = luaL_ref(L, LUA_REGISTRYINDEX);
    if (pd_builder_table(&o->builder, g->m.host, o->table) != PD_OK)
        machine_no_memory(L);
    o->has_builder = true;
}

void
output_close(struct pd_migrator *g)
{
    const struct pd_host *host = g->pool.host;

    for (; g->first_made < g->n_made; g->first_made++) {
        const struct pd_batch *batch = g->queue[g->first_made].batch;

        batch->release(batch);
    }
    host->release(host, g->queue);
    for (size_t i = 0; i < g->n_outputs; i++) {
        if (g->outputs[i].has_builder)
            pd_builder_close(&g->outputs[i].builder);
    }
}

/* ---- Batches --------------------------------------------------------------------------------- */

static void
finish_batch(lua_State *L, struct pd_migrator *g, struct output *o)
{
    const struct pd_batch *batch;

    if (g->n_made == g->made_room) {
        size_t room = g->made_room ? g->made_room * 2 : 16;
        void *grown = g->m.host->resize(g->m.host, g->queue, room * sizeof *g->queue);

        if (!grown) {
            machine_no_memory(L);
            return;
        }
        g->queue = grown;
        g->made_room = room;
    }
    batch = pd_builder_finish(&o->builder);
    o->is_begun = false;
    if (!batch)
        machine_no_memory(L);
    else
        g->queue[g->n_made++] = (struct made){o->number, batch};
}

void
output_flush(lua_State *L, struct pd_migrator *g)
{
    for (size_t i = 0; i < g->n_outputs; i++) {
        if (g->outputs[i].is_begun)
            finish_batch(L, g, &g->outputs[i]);
    }
}

struct output *
output_of(struct pd_migrator *g, uint32_t table)
{
    for (size_t i = 0; i < g->n_outputs; i++) {
        if (g->outputs[i].number == table)
            return &g->outputs[i];
    }
    return NULL;
}

/* ---- Rows ------------------------------------------------------------------------------------ */

static void
take_default(lua_State *L, struct output *o, uint32_t i)
{
    if (!o->has_default[i])
        luaL_error(L,
                   "column '%s' of table '%s' has a default that is no value of its type; give "
                   "it a value",
                   o->places[i].column->name, o->name);
    o->values[i] = o->defaults[i];
}

/* A value that the function has left alone: as the core converts it in rows that no function sees.
   `any` is left out, whose text there tells what it is, and so is what has no exact form there: it
   may have one that a function could set. */
static void
convert(lua_State *L, struct pd_migrator *g, const struct seen *seen, const struct slot *slot,
        const struct place *place, struct pd_value *value, uint8_t fixed[16])
{
    pd_status status = PD_UNSUPPORTED;

    if (PD_HAS(struct pd_step_ops, g->ops, convert) && slot->before->type.kind != PD_KIND_ANY &&
        place->column->type.kind != PD_KIND_ANY)
        status = g->ops->convert(g->step, seen->number, slot->old, value, value, g->m.err);
    if (status == PD_UNSUPPORTED || status == PD_FAILED)
        value_convert(L, slot->before, value, place, value, fixed);
    else
        machine_check(L, status);
}

/* What a function set on its row, what it left as it was, and what is new. */
static void
read_row(lua_State *L, struct pd_migrator *g, struct output *o, int index)
{
    const struct row_thing *row = row_check(L, g, index);
    const struct seen *seen = row->seen;

    if (seen->to != o)
        luaL_error(L, "a row of table '%s' is no row of '%s'; make a table of what it shall have",
                   seen->name, o->name);
    for (uint32_t i = 0; i < o->table->n_columns; i++) {
        const struct slot *slot = &seen->slots[i];
        int type = row->is_touched ? lua_getiuservalue(L, index, (int)i + 1) : LUA_TNONE;

        if (type == LUA_TLIGHTUSERDATA) {
            take_default(L, o, i);
        } else if (type > LUA_TNIL) {
            value_take(L, -1, &o->places[i], &o->values[i], o->fixed[i]);
        } else if (!slot->before) {
            take_default(L, o, i);
        } else {
            struct pd_value *value = &o->values[i];

            pd_value_at(&slot->before->type, pd_vector_at(g->batch, slot->old), row->row, value);
            if (!slot->is_same && slot->before->generated)
                row_refuse_lack(L, seen, slot->old);
            if (!slot->is_same)
                convert(L, g, seen, slot, &o->places[i], value, o->fixed[i]);
        }
        if (type != LUA_TNONE)
            lua_pop(L, 1); /* the row keeps it */
    }
}

static int
unknown_name(lua_State *L, const struct output *o, const char *name)
{
    size_t n = o->table->n_columns;
    struct bytes_thing *room = lua_newuserdatauv(L, sizeof *room + (n + 1) * sizeof(char *), 0);
    const char **names = (const char **)(void *)room->bytes;

    room->head.thing = THING_BYTES;
    room->size = 0;
    for (size_t i = 0; i < n; i++)
        names[i] = o->places[i].column->name;
    names[n] = NULL;
    return luaL_error(L, "table '%s' has no column '%s'%s", o->name, name,
                      check_nearest(L, name, names));
}

static void
read_table(lua_State *L, struct output *o, int index)
{
    memset(o->given, 0, o->table->n_columns);
    lua_rawgeti(L, LUA_REGISTRYINDEX, o->names);
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        uint32_t i;

        lua_pushvalue(L, -2);
        if (lua_rawget(L, -4) == LUA_TNIL) {
            lua_pop(L, 1);
            lua_pushvalue(L, -2);
            unknown_name(L, o, luaL_tolstring(L, -1, NULL));
        }
        i = (uint32_t)lua_tointeger(L, -1);
        lua_pop(L, 1);
        if (i == 0)
            continue; /* a dropped column */
        if (o->places[i - 1].column->generated)
            row_refuse_generated(L, o->places[i - 1].column->name, o->name);
        value_take(L, -1, &o->places[i - 1], &o->values[i - 1], o->fixed[i - 1]);
        o->given[i - 1] = 1;
    }
    lua_pop(L, 1);
    for (uint32_t i = 0; i < o->table->n_columns; i++) {
        if (!o->given[i])
            take_default(L, o, i);
    }
}

/* Generated columns are NULL; true: some value is long. */
static bool
check_row(lua_State *L, struct output *o)
{
    bool has_long = false;

    for (uint32_t i = 0; i < o->table->n_columns; i++) {
        const struct pd_column *column = o->places[i].column;

        if (column->generated)
            o->values[i].tag = -1;
        else if (o->values[i].tag < 0 && column->flags & PD_COLUMN_NOT_NULL &&
                 !(column->flags & PD_COLUMN_PASSENGER))
            luaL_error(L, "column '%s' of table '%s' is NOT NULL and got no value", column->name,
                       o->name);
        has_long |= pd_value_long(&o->values[i]) != NULL;
    }
    return has_long;
}

/* For a core that has only learn(): others can look the row up from now on. */
static void
learn_by_keys(lua_State *L, struct pd_migrator *g, const struct output *o,
              const struct lesson *lesson)
{
    struct need *need = &g->needs[lesson->need];

    for (uint32_t i = 0; i < lesson->n_keys; i++) {
        need->taught[i] = o->values[lesson->keys[i]];
        if (need->taught[i].tag < 0)
            return;
    }
    for (uint32_t i = 0; i < lesson->n_values; i++)
        need->taught[lesson->n_keys + i] = o->values[lesson->values[i]];
    machine_check(L, g->ops->learn(g->step, need->number, need->taught,
                                   need->taught + lesson->n_keys, g->m.err));
}

/* Others can look the row up from now on. */
static void
learn(lua_State *L, struct pd_migrator *g, const struct output *o)
{
    if (PD_HAS(struct pd_step_ops, g->ops, learn_row)) {
        machine_check(L, g->ops->learn_row(g->step, o->number, o->values, g->m.err));
        return;
    }
    for (uint32_t i = 0; i < o->n_lessons; i++)
        learn_by_keys(L, g, o, &o->lessons[i]);
}

void
output_put(lua_State *L, struct pd_migrator *g, struct output *o, int index)
{
    int top = lua_gettop(L);
    bool has_long;

    if (thing_at(L, index) == THING_ROW)
        read_row(L, g, o, index);
    else if (lua_istable(L, index))
        read_table(L, o, index);
    else
        luaL_error(L, "a row of table '%s' is a row or a table, not %s", o->name,
                   luaL_typename(L, index));
    has_long = check_row(L, o);
    /* A long cell is alone in its batch. */
    if (has_long && o->is_begun)
        finish_batch(L, g, o);
    if (!o->is_begun && pd_builder_begin(&o->builder) != PD_OK)
        machine_no_memory(L);
    o->is_begun = true;
    for (uint32_t i = 0; i < o->table->n_columns; i++)
        pd_put_value(&o->builder, i, &o->values[i]);
    pd_builder_row(&o->builder);
    if (o->n_lessons)
        learn(L, g, o);
    if (has_long || pd_builder_full(&o->builder))
        finish_batch(L, g, o);
    lua_settop(L, top);
}
