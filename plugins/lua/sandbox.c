// SPDX-License-Identifier: Apache-2.0
// sandbox - what scripts can call: enough to compute, nothing that reaches out of the state or
// gives another result in the next run.
#include "machine.h"
#include "things.h"

/* io, os, debug, package and coroutine are not there at all. */
static const luaL_Reg libraries[] = {
    {LUA_GNAME, luaopen_base},       {LUA_STRLIBNAME, luaopen_string},
    {LUA_TABLIBNAME, luaopen_table}, {LUA_MATHLIBNAME, luaopen_math},
    {LUA_UTF8LIBNAME, luaopen_utf8},
};

/* Of those that are there: what reads files, makes code of data, drives the collector, or rolls
   dice. */
static const struct {
    const char *library;
    const char *name;
} removed[] = {
    {LUA_GNAME, "collectgarbage"}, {LUA_GNAME, "dofile"},       {LUA_GNAME, "load"},
    {LUA_GNAME, "loadfile"},       {LUA_GNAME, "require"},      {LUA_GNAME, "warn"},
    {LUA_STRLIBNAME, "dump"},      {LUA_MATHLIBNAME, "random"}, {LUA_MATHLIBNAME, "randomseed"},
};

/* For the author, with --verbose; stdout may be an archive. */
static int
print_to_log(lua_State *L)
{
    struct machine *m = machine_of(L);
    int n = lua_gettop(L);
    luaL_Buffer line;

    luaL_buffinit(L, &line);
    for (int i = 1; i <= n; i++) {
        if (i > 1)
            luaL_addchar(&line, ' ');
        luaL_tolstring(L, i, NULL);
        luaL_addvalue(&line);
    }
    luaL_pushresult(&line);
    m->host->log(m->host, PD_LOG_INFO, "%s: %s", m->file, lua_tostring(L, -1));
    return 0;
}

/* A finalizer would run when the collector likes, beyond all limits. */
static int
set_metatable(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_argexpected(L, lua_isnil(L, 2) || lua_istable(L, 2), 2, "nil or table");
    if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL)
        return luaL_error(L, "cannot change a protected metatable");
    if (lua_istable(L, 2)) {
        lua_pushliteral(L, "__gc");
        if (lua_rawget(L, 2) != LUA_TNIL)
            return luaL_error(L, "finalizers (__gc) are not allowed");
        lua_pop(L, 1);
    }
    lua_settop(L, 2);
    lua_setmetatable(L, 1);
    return 1;
}

void
sandbox_open(lua_State *L)
{
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        luaL_requiref(L, libraries[i].name, libraries[i].func, 1);
        lua_pop(L, 1);
    }
    for (size_t i = 0; i < sizeof removed / sizeof *removed; i++) {
        lua_getglobal(L, removed[i].library);
        lua_pushnil(L);
        lua_setfield(L, -2, removed[i].name);
        lua_pop(L, 1);
    }
    lua_register(L, "print", print_to_log);
    lua_register(L, "setmetatable", set_metatable);
    things_open(L);
    decimal_open(L);
}
