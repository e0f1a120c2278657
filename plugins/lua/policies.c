// SPDX-License-Identifier: Apache-2.0
// policies - policies.lua: what becomes of the rows of tables, a list that the script returns.
#include <string.h>

#include "script.h"

static const struct {
    const char *name;
    enum pd_policy_kind kind;
} kinds[] = {
    {"keep", PD_POLICY_KEEP},
    {"skip", PD_POLICY_SKIP},
    {"recreate", PD_POLICY_RECREATE},
    {"replace", PD_POLICY_REPLACE},
};

static uint32_t
kind_of(lua_State *L, const char *what, const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i].name, name) == 0)
            return kinds[i].kind;
    }
    luaL_error(L, "%s has the policy '%s'; there are keep, skip, recreate and replace", what, name);
    return 0;
}

/* The item is on top. */
static const struct pd_policy *
read_policy(lua_State *L, struct pd_pool *pool, lua_Integer number)
{
    static const char *const members[] = {"tables", "policy", "natural_key", "references", NULL};
    struct pd_policy *policy = check_alloc(L, pool, sizeof *policy);
    const char *what = check_copy(L, pool, lua_pushfstring(L, "policy %I", number));
    const char *references;
    size_t n;

    lua_pop(L, 1);
    check_members(L, -1, what, members);
    references = check_text(L, -1, what, "references");
    if (references && strcmp(references, "null") != 0)
        luaL_error(L, "'references' of %s is '%s'; only 'null' is known", what, references);
    *policy = (struct pd_policy){
        .struct_size = sizeof *policy,
        .kind = kind_of(L, what, check_wanted_text(L, -1, what, "policy")),
        .tables = check_copy(L, pool, check_wanted_text(L, -1, what, "tables")),
        .natural_key = check_texts(L, -1, what, "natural_key", pool, &n),
        .flags = references ? PD_POLICY_REFERENCES_NULL : 0,
    };
    return policy;
}

int
policies_read(lua_State *L)
{
    struct policies_call *call = lua_touserdata(L, 1);
    lua_Unsigned n, n_members = 0;

    lua_rawgetp(L, LUA_REGISTRYINDEX, machine_of(L));
    n = lua_rawlen(L, -1);
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
        n_members++;
    if (n_members != n)
        luaL_error(L, "the script returns no list of policies, as in "
                      "{{tables = \"session\", policy = \"skip\"}}");
    call->policies = check_alloc(L, call->pool, ((size_t)n + 1) * sizeof *call->policies);
    for (lua_Unsigned i = 0; i < n; i++) {
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        call->policies[i] = read_policy(L, call->pool, (lua_Integer)i + 1);
        lua_pop(L, 1);
    }
    call->policies[n] = NULL;
    return 0;
}
