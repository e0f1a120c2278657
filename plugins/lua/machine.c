// SPDX-License-Identifier: Apache-2.0
// machine - see machine.h.
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HOOK_EVERY = 1000, /* instructions */
    PLACE_SIZE = 256
};

/* ---- Limits ---------------------------------------------------------------------------------- */

static void *
allocate(void *arg, void *ptr, size_t old_size, size_t size)
{
    struct machine *m = arg;
    size_t old = ptr ? old_size : 0; /* without ptr it is a kind of object */
    void *got;

    if (size == 0) {
        m->used -= old;
        free(ptr);
        return NULL;
    }
    if (size > old && size - old > m->most - m->used) {
        m->was_short = true;
        return NULL;
    }
    got = realloc(ptr, size);
    if (!got)
        return size <= old ? ptr : NULL; /* Lua relies on shrinking */
    m->used = m->used - old + size;
    return got;
}

/* With the line that the hook was called at. */
static void
fail_here(lua_State *L, const char *text)
{
    luaL_where(L, 0);
    lua_pushstring(L, text);
    lua_concat(L, 2);
    lua_error(L);
}

/* From here on every instruction ends in an error, so that pcall() cannot go on for long. */
static void
stop(lua_State *L, lua_Hook hook, int cause, const char *text)
{
    machine_of(L)->cause = cause;
    lua_sethook(L, hook, LUA_MASKCOUNT, 1);
    fail_here(L, text);
}

static void
hook_count(lua_State *L, lua_Debug *at)
{
    struct machine *m = machine_of(L);
    int expired = atomic_load_explicit(&m->watch.expired, memory_order_relaxed);

    m->steps += HOOK_EVERY;
    if (m->cause)
        fail_here(L, "a limit was passed");
    if (m->host->cancelled(m->host))
        stop(L, hook_count, PD_CAUSE_CANCELLED, "interrupted");
    if (expired)
        stop(L, hook_count, PD_CAUSE_LIMIT,
             expired == WATCH_CALL ? "one call takes longer than --lua-call allows"
                                   : "the step takes longer than --lua-deadline allows");
    if (m->most_steps && m->steps > m->most_steps)
        stop(L, hook_count, PD_CAUSE_LIMIT, "one call takes more steps than --lua-steps allows");
}

/* ---- A state --------------------------------------------------------------------------------- */

static uint64_t
option_number(const struct pd_host *host, const struct pd_options *options, const char *name,
              uint64_t fallback)
{
    const char *text = options ? host->option(options, name) : NULL;

    return text ? strtoull(text, NULL, 10) : fallback;
}

static unsigned
option_ms(const struct pd_host *host, const struct pd_options *options, const char *name,
          uint64_t fallback)
{
    uint64_t seconds = option_number(host, options, name, fallback);

    return seconds > UINT32_MAX / 1000 ? UINT32_MAX : (unsigned)seconds * 1000;
}

static int
open_libraries(lua_State *L)
{
    sandbox_open(L);
    return 0;
}

pd_status
machine_open(struct machine *m, const struct pd_host *host, const struct pd_options *options,
             const char *file, struct pd_error *err)
{
    pd_status status;

    memset(m, 0, sizeof *m);
    m->host = host;
    m->file = file;
    m->most = option_number(host, options, "lua-memory", 64 << 20);
    m->most_steps = option_number(host, options, "lua-steps", 1000000000);
    m->watch.host = host;
    m->watch.file = file;
    m->watch.call_ms = option_ms(host, options, "lua-call", 60);
    m->watch.total_ms = option_ms(host, options, "lua-deadline", 0);
    status = watch_open(&m->watch, err);
    if (status != PD_OK)
        return status;
    m->L = lua_newstate(allocate, m);
    if (!m->L)
        return host->fail(err, PD_FATAL, PD_CAUSE_MEMORY, "out of memory");
    *(struct machine **)lua_getextraspace(m->L) = m;
    lua_sethook(m->L, hook_count, LUA_MASKCOUNT, HOOK_EVERY);
    return machine_call(m, "its beginning", open_libraries, NULL, err);
}

void
machine_close(struct machine *m)
{
    if (m->L)
        lua_close(m->L);
    m->L = NULL;
    if (m->host)
        watch_close(&m->watch);
}

/* ---- Calls ----------------------------------------------------------------------------------- */

void
machine_turn(struct machine *m, const char *function)
{
    m->steps = 0;
    watch_enter(&m->watch, function);
}

pd_status
machine_check(lua_State *L, pd_status status)
{
    if (status >= 0)
        return status;
    machine_of(L)->failed = status;
    return luaL_error(L, "%s", "the core refused a call"); /* err says more */
}

int
machine_no_memory(lua_State *L)
{
    struct machine *m = machine_of(L);

    if (m->host->cancelled(m->host))
        return machine_check(L, m->host->fail(m->err, PD_FATAL, PD_CAUSE_CANCELLED, "interrupted"));
    return machine_check(L, m->host->fail(m->err, PD_FATAL, PD_CAUSE_MEMORY, "out of memory"));
}

/* What went wrong, from the error object on top of the stack. */
static pd_status
fail_of_error(struct machine *m, int result, const char *function, struct pd_error *err)
{
    const char *text = lua_type(m->L, -1) == LUA_TSTRING ? lua_tostring(m->L, -1) : NULL;
    char place[PLACE_SIZE] = "";

    if (m->place)
        m->place(m->place_arg, place, sizeof place);
    if (m->failed)
        return m->failed;
    if (m->is_short)
        result = LUA_ERRMEM;
    if (result == LUA_ERRMEM && m->was_short)
        return m->host->fail(err, PD_FATAL, PD_CAUSE_LIMIT,
                             "%s: %s%s needs more memory than the %llu MiB of --lua-memory",
                             m->file, function, place, (unsigned long long)m->most >> 20);
    if (result == LUA_ERRMEM)
        return m->host->fail(err, PD_FATAL, PD_CAUSE_MEMORY, "%s: out of memory", m->file);
    return m->host->fail(err, PD_FATAL, m->cause ? m->cause : PD_CAUSE_DATA, "%s%s: %s", function,
                         place, text ? text : "it called error() with a value that is no text");
}

pd_status
machine_call(struct machine *m, const char *function, lua_CFunction body, void *arg,
             struct pd_error *err)
{
    int top = lua_gettop(m->L), result;
    pd_status status = PD_OK;

    m->err = err;
    machine_turn(m, function);
    lua_pushcfunction(m->L, body);
    lua_pushlightuserdata(m->L, arg);
    result = lua_pcall(m->L, 1, 0, 0);
    function = atomic_load(&m->watch.function);
    watch_leave(&m->watch);
    if (result != LUA_OK)
        status = fail_of_error(m, result, function, err);
    else if (m->failed)
        status = m->failed; /* the script has caught it, but it happened */
    lua_settop(m->L, top);
    m->err = NULL;
    return status;
}

/* ---- The script ------------------------------------------------------------------------------ */

struct text {
    const char *bytes;
    size_t size;
};

/* Leaves the table in the registry, since a protected call leaves nothing on the stack. */
static int
run_text(lua_State *L)
{
    const struct text *text = lua_touserdata(L, 1);
    struct machine *m = machine_of(L);
    const char *name = lua_pushfstring(L, "@%s", m->file);

    if (luaL_loadbufferx(L, text->bytes, text->size, name, "t") != LUA_OK)
        return lua_error(L);
    lua_call(L, 0, 1);
    if (!lua_istable(L, -1))
        return luaL_error(L, "%s: it returns %s, not a table that says 'to'", m->file,
                          lua_isnil(L, -1) ? "nothing" : luaL_typename(L, -1));
    lua_rawsetp(L, LUA_REGISTRYINDEX, m);
    return 0;
}

pd_status
machine_load(struct machine *m, const char *text, size_t size, struct pd_error *err)
{
    struct text script = {text, size};
    pd_status status = machine_call(m, "the script", run_text, &script, err);

    if (status == PD_OK)
        lua_rawgetp(m->L, LUA_REGISTRYINDEX, m);
    return status;
}
