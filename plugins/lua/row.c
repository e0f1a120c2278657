// SPDX-License-Identifier: Apache-2.0
/* row - rows as functions get them: a userdata that looks values up in the batch when they are
   asked for, and keeps those that are set. Measured against a Lua table a row: most columns of most
   rows are never looked at. */
#include <string.h>

#include "script.h"

/* Stands for a value that was set to nil. */
static const char absent;

static struct pd_migrator *
migrator_of(lua_State *L)
{
    return (struct pd_migrator *)(void *)machine_of(L); /* its first member */
}

static struct row_thing *
check_living(lua_State *L, const struct pd_migrator *g, int index)
{
    struct row_thing *row = lua_touserdata(L, index);

    if (thing_at(L, index) != THING_ROW)
        luaL_error(L, "a row is wanted, not %s", luaL_typename(L, index));
    if (row->serial != g->serial)
        luaL_error(L,
                   "this row of table '%s' was of an earlier call; ctx:copy(row) makes a table "
                   "that can be kept",
                   row->seen->name);
    return row;
}

const struct row_thing *
row_check(lua_State *L, const struct pd_migrator *g, int index)
{
    return check_living(L, g, index);
}

static int
unknown_column(lua_State *L, const struct seen *seen, const char *name)
{
    struct bytes_thing *room =
        lua_newuserdatauv(L, sizeof *room + (seen->n_slots + 1) * sizeof(char *), 0);
    const char **names = (const char **)(void *)room->bytes;

    room->head.thing = THING_BYTES;
    room->size = 0;
    names[0] = NULL;
    for (uint32_t i = 0; i < seen->n_slots; i++) {
        names[i] = seen->slots[i].name;
        names[i + 1] = NULL;
    }
    return luaL_error(L, "a row of table '%s' has no column '%s'%s", seen->name, name,
                      check_nearest(L, name, names));
}

/* The number of the slot that the key at index 2 names. */
static uint32_t
find_slot(lua_State *L, const struct seen *seen)
{
    lua_Integer at;

    lua_pushvalue(L, 2);
    lua_rawget(L, lua_upvalueindex(1));
    at = lua_tointeger(L, -1);
    lua_pop(L, 1);
    if (at == 0) {
        unknown_column(L, seen, luaL_tolstring(L, 2, NULL));
        return 0;
    }
    return (uint32_t)at - 1;
}

/* Has a generated column no values? */
static bool
is_lacking(const struct seen *seen, uint32_t number)
{
    return !seen->track || seen->track->columns[number].is_lacking;
}

void
row_refuse_lack(lua_State *L, const struct seen *seen, uint32_t number)
{
    const char *name = pd_column_at(seen->table, number)->name;

    if (!seen->track)
        luaL_error(
            L,
            "column '%s' of table '%s' is generated: the target computes it, and before_save "
            "has no value of it",
            name, seen->name);
    if (is_lacking(seen, number))
        luaL_error(L,
                   "column '%s' of table '%s' is generated, and there are no values of it: an "
                   "archive has none, nor has a table that a step before changes; compute it from "
                   "the others, or take the data from the database itself (polydump copy)",
                   name, seen->name);
}

static void
push_old(lua_State *L, const struct pd_migrator *g, const struct row_thing *row,
         const struct pd_column *column, uint32_t number)
{
    struct pd_value value;

    if (column->generated)
        row_refuse_lack(L, row->seen, number);
    pd_value_at(&column->type, pd_vector_at(g->batch, number), row->row, &value);
    value_push(L, column, &value, g->turn);
}

/* The value of a slot; nil: there is none yet. row stands at index. */
static void
push_slot(lua_State *L, const struct pd_migrator *g, const struct row_thing *row, int index,
          uint32_t at)
{
    const struct slot *slot = &row->seen->slots[at];

    if (row->is_touched) {
        if (lua_getiuservalue(L, index, (int)at + 1) == LUA_TLIGHTUSERDATA) {
            lua_pop(L, 1);
            lua_pushnil(L);
            return;
        }
        if (!lua_isnil(L, -1))
            return;
        lua_pop(L, 1);
    }
    if (slot->before)
        push_old(L, g, row, slot->before, slot->old);
    else
        lua_pushnil(L);
}

static int
row_get(lua_State *L)
{
    struct pd_migrator *g = migrator_of(L);
    const struct row_thing *row = check_living(L, g, 1);

    push_slot(L, g, row, 1, find_slot(L, row->seen));
    return 1;
}

void
row_refuse_generated(lua_State *L, const char *column, const char *table)
{
    luaL_error(L,
               "column '%s' of table '%s' is generated: the target computes it, so it takes no "
               "value; db:change_column() makes it a plain one",
               column, table);
}

static int
row_set(lua_State *L)
{
    const struct pd_migrator *g = migrator_of(L);
    struct row_thing *row = check_living(L, g, 1);
    uint32_t at = find_slot(L, row->seen);

    if (g->is_saving)
        luaL_error(L, "rows cannot be changed by before_save; change them in 'row'");

    if (lua_isnil(L, 3)) {
        lua_settop(L, 2);
        lua_pushlightuserdata(L, (void *)(uintptr_t)&absent);
    } else if (row->seen->slots[at].is_generated) {
        row_refuse_generated(L, row->seen->slots[at].name, row->seen->to->name);
    }
    lua_setiuservalue(L, 1, (int)at + 1);
    row->is_touched = true;
    return 0;
}

/* Upvalues: generated columns with their values; and the seen table. */
static int
copy_get(lua_State *L)
{
    const struct seen *seen = lua_touserdata(L, lua_upvalueindex(2));
    const char *name;

    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL || lua_type(L, 2) != LUA_TSTRING)
        return 1;
    name = lua_tostring(L, 2);
    for (uint32_t i = 0; i < seen->n_slots; i++) {
        const struct slot *slot = &seen->slots[i];

        if (slot->before && slot->before->generated && strcmp(slot->name, name) == 0)
            row_refuse_lack(L, seen, slot->old);
    }
    return 1;
}

/* The copy on top has no values of generated columns, so that it can be handed over as a row, but
   they can be read: the table of them is on top of it. */
static void
hide_generated(lua_State *L, const struct seen *seen)
{
    lua_createtable(L, 0, 2);
    lua_insert(L, -2);
    lua_pushlightuserdata(L, (void *)(uintptr_t)seen);
    lua_pushcclosure(L, copy_get, 2);
    lua_setfield(L, -2, "__index");
    lua_pushliteral(L, "row");
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
}

/* Is there a value that a copy can have? */
static bool
can_copy(const struct seen *seen, const struct slot *slot)
{
    return !slot->before || !slot->before->generated || !is_lacking(seen, slot->old);
}

/* The copy is on top. */
static void
copy_generated(lua_State *L, struct pd_migrator *g, const struct row_thing *row, int index)
{
    const struct seen *seen = row->seen;
    int copy = lua_gettop(L);

    lua_newtable(L);
    for (uint32_t i = 0; i < seen->n_slots; i++) {
        const struct slot *slot = &seen->slots[i];

        if (!can_copy(seen, slot))
            continue;
        lua_pushstring(L, slot->name);
        push_slot(L, g, row, index, i);
        lua_rawset(L, slot->is_generated ? copy + 1 : copy);
    }
    hide_generated(L, seen);
}

int
row_copy(lua_State *L, struct pd_migrator *g, const struct row_thing *row)
{
    int index = lua_gettop(L); /* where the row is */

    lua_createtable(L, 0, (int)row->seen->n_slots);
    if (row->seen->has_generated) {
        copy_generated(L, g, row, index);
        return 1;
    }
    for (uint32_t i = 0; i < row->seen->n_slots; i++) {
        lua_pushstring(L, row->seen->slots[i].name);
        push_slot(L, g, row, index, i);
        lua_rawset(L, -3);
    }
    return 1;
}

static int
row_pairs(lua_State *L)
{
    struct pd_migrator *g = migrator_of(L);
    const struct row_thing *row = check_living(L, g, 1);

    lua_settop(L, 1);
    lua_getglobal(L, "next");
    lua_insert(L, 1);
    row_copy(L, g, row);
    lua_remove(L, 2);
    lua_pushnil(L);
    return 3;
}

/* ctx, row, name */
int
row_old(lua_State *L, struct pd_migrator *g, const struct row_thing *row)
{
    const char *name = luaL_checkstring(L, 3);
    lua_Integer at;

    lua_rawgeti(L, LUA_REGISTRYINDEX, row->seen->old_names);
    lua_pushvalue(L, 3);
    lua_rawget(L, -2);
    at = lua_tointeger(L, -1);
    if (at == 0)
        return luaL_error(L, "table '%s' had no column '%s'", row->seen->name, name);
    push_old(L, g, row, pd_column_at(row->seen->table, (size_t)at - 1), (uint32_t)at - 1);
    return 1;
}

void
row_meta(lua_State *L, struct pd_migrator *g, struct seen *seen)
{
    static const luaL_Reg functions[] = {
        {"__index", row_get}, {"__newindex", row_set}, {"__pairs", row_pairs}, {NULL, NULL}};

    lua_newtable(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, seen->names);
    luaL_setfuncs(L, functions, 1);
    lua_pushliteral(L, "row");
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "__name");
    lua_setfield(L, -2, "__metatable");
    seen->meta = luaL_ref(L, LUA_REGISTRYINDEX);
}

void
row_push(lua_State *L, struct pd_migrator *g, const struct seen *seen)
{
    struct row_thing *row = lua_newuserdatauv(L, sizeof *row, (int)seen->n_slots);

    row->head.thing = THING_ROW;
    row->row = g->row;
    row->seen = seen;
    row->serial = g->serial;
    row->is_touched = false;
    lua_rawgeti(L, LUA_REGISTRYINDEX, seen->meta);
    lua_setmetatable(L, -2);
}
