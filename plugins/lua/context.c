// SPDX-License-Identifier: Apache-2.0
// context - ctx: what functions may ask of the run.
#include <string.h>

#include "script.h"

static struct pd_migrator *
check_context(lua_State *L)
{
    if (thing_at(L, 1) != THING_CONTEXT)
        luaL_error(L, "call it as a method: ctx:lookup(...)");
    return (struct pd_migrator *)(void *)machine_of(L); /* its first member */
}

/* Rows have been made, and are on their way into the target. */
static void
check_making(lua_State *L, const struct pd_migrator *g, const char *call)
{
    if (g->is_saving)
        luaL_error(L, "ctx:%s() cannot be called by before_save", call);
}

static struct need *
check_need(lua_State *L, struct pd_migrator *g, int index)
{
    const char *name = luaL_checkstring(L, index);

    for (size_t i = 0; i < g->n_needs; i++) {
        if (strcmp(g->needs[i].name, name) == 0)
            return &g->needs[i];
    }
    luaL_error(L, "there is no '%s' among the needs of the script", name);
    return NULL;
}

static bool
is_nothing(lua_State *L, int index)
{
    return lua_isnoneornil(L, index) || thing_at(L, index) == THING_NULL;
}

static void
push_found(lua_State *L, const struct need *need, const struct pd_value *values)
{
    if (need->n_values > 1)
        lua_createtable(L, 0, (int)need->n_values);
    for (uint32_t i = 0; i < need->n_values; i++) {
        value_push(L, pd_column_at(need->table, need->value_columns[i]), &values[i], 0);
        if (need->n_values > 1)
            lua_setfield(L, -2, need->values[i]);
    }
}

/* ctx:lookup(need, key, ...): nil, the value, or a table of values. */
static int
context_lookup(lua_State *L)
{
    struct pd_migrator *g = check_context(L);
    struct need *need = check_need(L, g, 2);
    const struct pd_value *values;
    pd_status status;

    if ((uint32_t)lua_gettop(L) > need->n_keys + 2)
        return luaL_error(L, "need '%s' has %d keys, not %d", need->name, (int)need->n_keys,
                          lua_gettop(L) - 2);
    for (uint32_t i = 0; i < need->n_keys; i++) {
        if (is_nothing(L, (int)i + 3)) {
            lua_pushnil(L);
            return 1;
        }
        value_take(L, (int)i + 3, &need->places[i], &need->given[i], need->fixed[i]);
    }
    status =
        machine_check(L, g->ops->lookup(g->step, need->number, need->given, &values, g->m.err));
    if (status == PD_DONE)
        lua_pushnil(L);
    else
        push_found(L, need, values);
    return 1;
}

/* ctx:next_number(need [, value column]) */
static int
context_next_number(lua_State *L)
{
    struct pd_migrator *g = check_context(L);
    const struct need *need = check_need(L, g, 2);
    const char *name = luaL_optstring(L, 3, need->values[0]);
    uint32_t i = 0;
    int64_t number;

    check_making(L, g, "next_number");
    while (i < need->n_values && strcmp(need->values[i], name) != 0)
        i++;
    if (i == need->n_values)
        return luaL_error(L, "need '%s' has no value '%s'%s", need->name, name,
                          check_nearest(L, name, need->values));
    machine_check(L, g->ops->next_number(g->step, need->number, i, &number, g->m.err));
    lua_pushinteger(L, number);
    return 1;
}

static bool
is_called(const struct output *o, const char *name)
{
    return strcmp(o->name, name) == 0;
}

static struct output *
find_output(struct output *const *outputs, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (is_called(outputs[i], name))
            return outputs[i];
    }
    return NULL;
}

static struct output *
check_output(lua_State *L, const struct pd_migrator *g, const char *name)
{
    const struct seen *at = g->at;
    struct output *output;

    if (at && at->to && is_called(at->to, name))
        return at->to;
    output = at ? find_output(at->emits, at->n_emits, name)
                : find_output(g->load_emits, g->n_load_emits, name);
    if (!output && at)
        luaL_error(L, "'%s' is not among the tables that '%s' emits; say emits={\"%s\"} there",
                   name, at->name, name);
    if (!output)
        luaL_error(L, "'%s' is not among the 'emits' of the script", name);
    return output;
}

/* ctx:emit(table, row). Waits when a batch is full, until the core has fetched it. */
static int
context_emit(lua_State *L)
{
    struct pd_migrator *g = check_context(L);
    struct output *output;

    check_making(L, g, "emit");
    output = check_output(L, g, luaL_checkstring(L, 2));
    luaL_checkany(L, 3);
    output_put(L, g, output, 3);
    if (g->first_made < g->n_made && L == g->worker && lua_isyieldable(L))
        return lua_yield(L, 0);
    return 0;
}

/* ---- update ---------------------------------------------------------------------------------- */

static uint32_t
find_table(lua_State *L, const struct pd_migrator *g, const char *name)
{
    for (size_t i = 0; i < g->n_updates; i++) {
        if (strcmp(g->updates[i], name) == 0)
            break;
        if (i + 1 == g->n_updates)
            luaL_error(L, "'%s' is not among the updates of the script", name);
    }
    for (uint32_t i = 0; g->n_updates && i < g->after->n_tables; i++) {
        const struct pd_table *table = pd_table_at(g->after, i);
        const char *full = table->schema && *table->schema
                               ? lua_pushfstring(L, "%s.%s", table->schema, table->name)
                               : table->name;

        if (strcmp(full, name) == 0)
            return i;
    }
    luaL_error(L, "'%s' is not among the updates of the script", name);
    return 0;
}

static const struct pd_key *
primary_key(lua_State *L, const struct pd_table *table)
{
    const struct pd_key *key = table->n_keys ? pd_key_at(table, 0) : NULL;

    if (!key || key->kind != PD_KEY_PRIMARY)
        luaL_error(L, "table '%s' has no primary key to update by", table->name);
    return key;
}

/* Room for an update: values of the key, then of what is set. */
struct patch {
    struct thing_head head;
    struct pd_value *values;
    uint8_t (*fixed)[16];
    uint32_t *columns;
};

static struct patch *
new_patch(lua_State *L, size_t n)
{
    size_t size = n * (sizeof(struct pd_value) + 16 + sizeof(uint32_t));
    struct patch *patch = lua_newuserdatauv(L, sizeof *patch + size, 0);

    patch->head.thing = THING_CONTEXT; /* nobody gets hold of it */
    patch->values = (struct pd_value *)(void *)(patch + 1);
    patch->fixed = (uint8_t(*)[16])(void *)(patch->values + n);
    patch->columns = (uint32_t *)(void *)(patch->fixed + n);
    return patch;
}

/* The key at index 3, one value or a list of them. */
static void
read_key(lua_State *L, const struct pd_table *table, const struct pd_key *key, struct patch *patch)
{
    for (size_t i = 0; i < key->n_parts; i++) {
        const struct pd_column *column = pd_column_at(table, (size_t)pd_part_at(key, i)->column);
        struct place place = {.table = table->name, .column = column};

        if (lua_istable(L, 3))
            lua_rawgeti(L, 3, (lua_Integer)i + 1);
        else
            lua_pushvalue(L, 3);
        if (is_nothing(L, -1) || (key->n_parts > 1 && !lua_istable(L, 3)))
            luaL_error(L, "the key of table '%s' has %d values", table->name, (int)key->n_parts);
        value_take(L, -1, &place, &patch->values[i], patch->fixed[i]);
    }
}

/* The values at index 4; they stay on the stack's table. */
static uint32_t
read_values(lua_State *L, const struct pd_table *table, size_t n_key, struct patch *patch)
{
    uint32_t n = 0;

    for (lua_pushnil(L); lua_next(L, 4); lua_pop(L, 1)) {
        const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
        struct place place = {.table = table->name};
        uint32_t i = 0;

        while (i < table->n_columns && strcmp(pd_column_at(table, i)->name, name) != 0)
            i++;
        if (i == table->n_columns)
            luaL_error(L, "table '%s' has no column '%s'", table->name, name);
        place.column = pd_column_at(table, i);
        value_take(L, -1, &place, &patch->values[n_key + n], patch->fixed[n_key + n]);
        patch->columns[n++] = i;
    }
    return n;
}

/* ctx:update(table, key, {column = value}) */
static int
context_update(lua_State *L)
{
    struct pd_migrator *g = check_context(L);
    uint32_t number = find_table(L, g, luaL_checkstring(L, 2)), n;
    const struct pd_table *table = pd_table_at(g->after, number);
    const struct pd_key *key = primary_key(L, table);
    struct patch *patch;

    check_making(L, g, "update");
    luaL_checkany(L, 3);
    luaL_checktype(L, 4, LUA_TTABLE);
    luaL_checkstack(L, (int)key->n_parts + 10, NULL);
    patch = new_patch(L, key->n_parts + table->n_columns);
    read_key(L, table, key, patch);
    n = read_values(L, table, key->n_parts, patch);
    machine_check(L, g->ops->update(g->step, number, patch->values, patch->columns,
                                    patch->values + key->n_parts, n, g->m.err));
    return 0;
}

/* ---- The rest -------------------------------------------------------------------------------- */

static int
context_warn(lua_State *L)
{
    struct pd_migrator *g = check_context(L);

    machine_check(L, g->ops->warn(g->step, g->m.err, "%s", luaL_checkstring(L, 2)));
    return 0;
}

/* ctx:copy(row): a table that can be kept. */
static int
context_copy(lua_State *L)
{
    struct pd_migrator *g = check_context(L);

    lua_settop(L, 2);
    return row_copy(L, g, row_check(L, g, 2));
}

/* ctx:old(row, column): by its old name, whatever was set. */
static int
context_old(lua_State *L)
{
    struct pd_migrator *g = check_context(L);

    lua_settop(L, 3);
    return row_old(L, g, row_check(L, g, 2));
}

static const luaL_Reg methods[] = {{"lookup", context_lookup}, {"next_number", context_next_number},
                                   {"emit", context_emit},     {"update", context_update},
                                   {"warn", context_warn},     {"copy", context_copy},
                                   {"old", context_old},       {NULL, NULL}};

static const luaL_Reg no_functions[] = {{NULL, NULL}};

void
context_open(lua_State *L, struct pd_migrator *g)
{
    struct thing_head *context = lua_newuserdatauv(L, sizeof *context, 0);

    context->thing = THING_CONTEXT;
    thing_meta(L, no_functions, "ctx", no_functions);
    lua_rawgetp(L, LUA_REGISTRYINDEX, no_functions);
    luaL_newlib(L, methods);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
    thing_set_meta(L, no_functions);
    g->context = luaL_ref(L, LUA_REGISTRYINDEX);
}
