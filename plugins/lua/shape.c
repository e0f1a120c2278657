// SPDX-License-Identifier: Apache-2.0
// shape - the members of a script: needs, updates and tables, in an order that is always the same.
#include <stdlib.h>
#include <string.h>

#include "script.h"

static const char *const members[] = {
    "from",    "to",     "about",       "application", "schema", "needs", "order",
    "updates", "tables", "before_load", "after_load",  "emits",  NULL};
static const char *const need_members[] = {"table", "keys", "values", "first", NULL};
static const char *const table_members[] = {"emits", "row", "rest", "before_save", NULL};
static const char *const functions[] = {"schema", "before_load", "after_load", NULL};

static void
check_function(lua_State *L, int index, const char *what, const char *name)
{
    int type;

    index = lua_absindex(L, index);
    lua_pushstring(L, name);
    type = lua_rawget(L, index);
    if (type != LUA_TNIL && type != LUA_TFUNCTION)
        luaL_error(L, "'%s' of %s is %s, not a function", name, what, luaL_typename(L, -1));
    lua_pop(L, 1);
}

void
shape_check(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, machine_of(L));
    check_members(L, -1, "the script", members);
    check_text(L, -1, "the script", "from");
    check_wanted_text(L, -1, "the script", "to");
    check_text(L, -1, "the script", "about");
    check_text(L, -1, "the script", "application");
    for (size_t i = 0; functions[i]; i++)
        check_function(L, -1, "the script", functions[i]);
    lua_pop(L, 1);
}

static int
compare_names(const void *a, const void *b)
{
    const char *x, *y;

    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return strcmp(x, y);
}

/* The names of the members of a member that is a table, sorted; the table stays on the stack. */
static const char **
member_names(lua_State *L, struct pd_migrator *g, const char *name, size_t *ret_n)
{
    const char **names;
    size_t n = 0;
    int type;

    *ret_n = 0;
    lua_pushstring(L, name);
    type = lua_rawget(L, -2);
    if (type != LUA_TNIL && type != LUA_TTABLE)
        luaL_error(L, "'%s' of the script is %s, not a table", name, luaL_typename(L, -1));
    if (type == LUA_TNIL)
        return NULL;
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
        n++;
    names = check_alloc(L, &g->pool, (n + 1) * sizeof *names);
    n = 0;
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            luaL_error(L, "'%s' of the script has a member that has no name", name);
        names[n++] = check_copy(L, &g->pool, lua_tostring(L, -2));
    }
    qsort(names, n, sizeof *names, compare_names);
    *ret_n = n;
    return names;
}

static const char **
wanted_texts(lua_State *L, struct pd_migrator *g, const char *what, const char *name, uint32_t *n)
{
    size_t n_texts;
    const char **texts = check_texts(L, -1, what, name, &g->pool, &n_texts);

    if (n_texts == 0)
        luaL_error(L, "%s does not say '%s'", what, name);
    *n = (uint32_t)n_texts;
    return texts;
}

void
shape_needs(lua_State *L, struct pd_migrator *g)
{
    const char **names;

    lua_rawgetp(L, LUA_REGISTRYINDEX, machine_of(L));
    names = member_names(L, g, "needs", &g->n_needs);
    g->needs = check_alloc(L, &g->pool, (g->n_needs + 1) * sizeof *g->needs);
    for (size_t i = 0; i < g->n_needs; i++) {
        struct need *need = &g->needs[i];
        const char *what = lua_pushfstring(L, "need '%s'", names[i]);

        what = check_copy(L, &g->pool, what);
        lua_pop(L, 1);
        need->name = names[i];
        lua_getfield(L, -1, names[i]);
        check_members(L, -1, what, need_members);
        need->table_name = check_copy(L, &g->pool, check_wanted_text(L, -1, what, "table"));
        need->keys = wanted_texts(L, g, what, "keys", &need->n_keys);
        need->values = wanted_texts(L, g, what, "values", &need->n_values);
        need->takes_first = check_flag(L, -1, what, "first", false);
        lua_pop(L, 1);
    }
    lua_settop(L, 1);
    lua_rawgetp(L, LUA_REGISTRYINDEX, machine_of(L));
    g->updates = check_texts(L, -1, "the script", "updates", &g->pool, &g->n_updates);
    g->load_names = check_texts(L, -1, "the script", "emits", &g->pool, &g->n_load_emits);
    lua_pop(L, 1);
}

/* ---- The order of tables --------------------------------------------------------------------- */

/* Tables whose functions make rows that others look up come first. */
static bool
is_needed(const struct pd_migrator *g, const char *name)
{
    for (size_t i = 0; i < g->n_needs; i++) {
        if (strcmp(g->needs[i].table_name, name) == 0)
            return true;
    }
    return false;
}

/* As schema() has left it: the table that rows of an old one go into, or one that they emit. What
   the old one was called says nothing, as that may be the name of another by now. On top is its
   member of `tables`. */
static bool
makes_needed(lua_State *L, struct pd_migrator *g, const char *name)
{
    const char *now = track_now(g, name), **emits;
    size_t n;

    if (now && is_needed(g, now))
        return true;
    if (!lua_istable(L, -1))
        return false;
    emits = check_texts(L, -1, "a table", "emits", &g->pool, &n);
    for (size_t i = 0; i < n; i++) {
        if (is_needed(g, emits[i]))
            return true;
    }
    return false;
}

/* The table below what is on top has nothing but before_save. */
static bool
asks_only(lua_State *L)
{
    bool only = lua_getfield(L, -2, "before_save") != LUA_TNIL;

    only = lua_getfield(L, -3, "rest") == LUA_TNIL && only;
    only = lua_getfield(L, -4, "emits") == LUA_TNIL && only;
    lua_pop(L, 3);
    return only;
}

/* Does the member of `tables` on top want to see the rows of the old table? */
static bool
sees_rows(lua_State *L)
{
    bool sees;

    if (!lua_istable(L, -1))
        return true;
    sees = lua_getfield(L, -1, "row") != LUA_TNIL;
    lua_pop(L, 1);
    return sees;
}

static bool
is_asked(lua_State *L)
{
    bool is;

    if (!lua_istable(L, -1))
        return false;
    is = lua_getfield(L, -1, "before_save") != LUA_TNIL;
    lua_pop(L, 1);
    return is;
}

static void
check_table(lua_State *L, struct pd_migrator *g, const char *name)
{
    const char *what = check_copy(L, &g->pool, lua_pushfstring(L, "'tables.%s'", name));

    lua_pop(L, 1);
    if (lua_isfunction(L, -1))
        return;
    check_members(L, -1, what, table_members);
    check_function(L, -1, what, "row");
    check_function(L, -1, what, "rest");
    check_function(L, -1, what, "before_save");
    if (lua_getfield(L, -1, "row") == LUA_TNIL && !asks_only(L))
        luaL_error(L, "%s has no function 'row'", what);
    lua_pop(L, 1);
}

static size_t
find_name(const char *const *names, size_t n, const char *name)
{
    size_t i = 0;

    while (i < n && strcmp(names[i], name) != 0)
        i++;
    return i;
}

void
shape_tables(lua_State *L, struct pd_migrator *g)
{
    const char **names, **order;
    size_t n, n_order, at = 0;

    lua_rawgetp(L, LUA_REGISTRYINDEX, machine_of(L));
    order = check_texts(L, -1, "the script", "order", &g->pool, &n_order);
    names = member_names(L, g, "tables", &n);
    g->seen_names = check_alloc(L, &g->pool, (n + 1) * sizeof *g->seen_names);
    g->asked_names = check_alloc(L, &g->pool, (n + 1) * sizeof *g->asked_names);
    for (size_t i = 0; i < n_order; i++) {
        if (find_name(names, n, order[i]) == n)
            luaL_error(L, "'order' names '%s', which 'tables' has not", order[i]);
        lua_getfield(L, -1, order[i]);
        if (find_name(g->seen_names, at, order[i]) == at && sees_rows(L))
            g->seen_names[at++] = order[i];
        lua_pop(L, 1);
    }
    g->n_ordered = at;
    for (size_t i = 0; i < n; i++) {
        lua_getfield(L, -1, names[i]);
        check_table(L, g, names[i]);
        if (is_asked(L))
            g->asked_names[g->n_asked++] = names[i];
        if (find_name(g->seen_names, at, names[i]) == at && sees_rows(L))
            g->seen_names[at++] = names[i];
        lua_pop(L, 1);
    }
    g->n_seen = at;
    lua_settop(L, 1);
}

void
shape_order(lua_State *L, struct pd_migrator *g)
{
    size_t n = g->n_ordered;

    lua_rawgetp(L, LUA_REGISTRYINDEX, machine_of(L));
    lua_getfield(L, -1, "tables");
    for (size_t i = n; i < g->n_seen; i++) {
        const char *name = g->seen_names[i];

        lua_getfield(L, -1, name);
        if (makes_needed(L, g, name)) {
            memmove(&g->seen_names[n + 1], &g->seen_names[n], (i - n) * sizeof *g->seen_names);
            g->seen_names[n++] = name;
        }
        lua_pop(L, 1);
    }
    lua_pop(L, 2);
}
