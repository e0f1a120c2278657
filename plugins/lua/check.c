// SPDX-License-Identifier: Apache-2.0
// check - what scripts say in tables: each member is known and is what it should be.
#include <stdlib.h>
#include <string.h>

#include "script.h"

enum { LONGEST = 40 /* names that are longer are not compared */ };

/* How many letters must be put in, left out or changed to get from one to the other. */
static size_t
distance(const char *from, const char *to)
{
    size_t row[LONGEST + 1], n_from = strlen(from), n_to = strlen(to);

    if (n_from > LONGEST || n_to > LONGEST)
        return SIZE_MAX;
    for (size_t k = 0; k <= n_to; k++)
        row[k] = k;
    for (size_t i = 1; i <= n_from; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t k = 1; k <= n_to; k++) {
            size_t above = row[k], best = diagonal + (from[i - 1] != to[k - 1]);

            best = above + 1 < best ? above + 1 : best;
            row[k] = row[k - 1] + 1 < best ? row[k - 1] + 1 : best;
            diagonal = above;
        }
    }
    return row[n_to];
}

const char *
check_nearest(lua_State *L, const char *wanted, const char *const *names)
{
    const char *best = NULL;
    size_t least = strlen(wanted) / 3 + 2;

    for (; *names; names++) {
        size_t d = distance(wanted, *names);

        if (d < least) {
            least = d;
            best = *names;
        }
    }
    return best ? lua_pushfstring(L, " (did you mean '%s'?)", best) : lua_pushliteral(L, "");
}

void
check_members(lua_State *L, int index, const char *what, const char *const *names)
{
    index = lua_absindex(L, index);
    if (!lua_istable(L, index))
        luaL_error(L, "%s is %s, not a table", what, luaL_typename(L, index));
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : NULL;
        size_t i = 0;

        if (!name) {
            luaL_error(L, "%s has a member that has no name", what);
            return;
        }
        while (names[i] && strcmp(names[i], name) != 0)
            i++;
        if (!names[i])
            luaL_error(L, "%s has an unknown member '%s'%s", what, name,
                       check_nearest(L, name, names));
    }
}

const char *
check_text(lua_State *L, int index, const char *what, const char *name)
{
    const char *text = NULL;
    size_t size;
    int type;

    lua_pushstring(L, name);
    type = lua_rawget(L, lua_absindex(L, index < 0 ? index - 1 : index));
    if (type == LUA_TSTRING) {
        text = lua_tolstring(L, -1, &size);
        if (strlen(text) != size)
            luaL_error(L, "'%s' of %s has a zero byte", name, what);
    } else if (type != LUA_TNIL) {
        luaL_error(L, "'%s' of %s is %s, not text", name, what, luaL_typename(L, -1));
    }
    lua_pop(L, 1); /* the table still has it */
    return text;
}

const char *
check_wanted_text(lua_State *L, int index, const char *what, const char *name)
{
    const char *text = check_text(L, index, what, name);

    if (!text || !*text)
        luaL_error(L, "%s does not say '%s'", what, name);
    return text;
}

bool
check_flag(lua_State *L, int index, const char *what, const char *name, bool fallback)
{
    bool flag = fallback;
    int type;

    lua_pushstring(L, name);
    type = lua_rawget(L, lua_absindex(L, index < 0 ? index - 1 : index));
    if (type == LUA_TBOOLEAN)
        flag = lua_toboolean(L, -1);
    else if (type != LUA_TNIL)
        luaL_error(L, "'%s' of %s is %s, not true or false", name, what, luaL_typename(L, -1));
    lua_pop(L, 1);
    return flag;
}

void *
check_alloc(lua_State *L, struct pd_pool *pool, size_t size)
{
    void *memory = pd_pool_alloc(pool, size);

    if (!memory)
        machine_no_memory(L);
    return memory;
}

char *
check_copy(lua_State *L, struct pd_pool *pool, const char *text)
{
    char *copy = pd_pool_text(pool, text);

    if (text && !copy)
        machine_no_memory(L);
    return copy;
}

const char **
check_texts(lua_State *L, int index, const char *what, const char *name, struct pd_pool *pool,
            size_t *ret_n)
{
    const char **texts;
    lua_Unsigned n;
    int type;

    *ret_n = 0;
    lua_pushstring(L, name);
    type = lua_rawget(L, lua_absindex(L, index < 0 ? index - 1 : index));
    if (type == LUA_TNIL) {
        lua_pop(L, 1);
        return NULL;
    }
    if (type != LUA_TTABLE)
        luaL_error(L, "'%s' of %s is %s, not a list of names", name, what, luaL_typename(L, -1));
    n = lua_rawlen(L, -1);
    texts = check_alloc(L, pool, ((size_t)n + 1) * sizeof *texts);
    for (lua_Unsigned i = 0; i < n; i++) {
        if (lua_rawgeti(L, -1, (lua_Integer)i + 1) != LUA_TSTRING)
            luaL_error(L, "'%s' of %s has something that is not a name", name, what);
        texts[i] = check_copy(L, pool, lua_tostring(L, -1));
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    *ret_n = (size_t)n;
    return texts;
}

const char *
check_table_name(lua_State *L, struct pd_pool *pool, const struct pd_table *table)
{
    const char *name = table->name;

    if (!table->schema)
        return name;
    name = check_copy(L, pool, lua_pushfstring(L, "%s.%s", table->schema, table->name));
    lua_pop(L, 1);
    return name;
}
