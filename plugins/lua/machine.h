// SPDX-License-Identifier: Apache-2.0
/* machine - one Lua state with its limits, and calls into it that end in a pd_error. */
#pragma once

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdbool.h>
#include <stdint.h>

#include <polydump/value.h>

#include "watch.h"

/* What a userdata is: all userdata of a state are this plugin's, and begin so. */
enum thing {
    THING_NULL = 1,
    THING_DECIMAL,
    THING_BYTES,
    THING_OPAQUE,
    THING_ROW,
    THING_CONTEXT,
    THING_CHANGES
};

struct machine {
    const struct pd_host *host;
    lua_State *L;
    const char *file; /* for messages */
    size_t used;      /* bytes that the state has */
    size_t most;      /* that it may have */
    bool was_short;   /* it wanted more */
    bool is_short;    /* that ended a coroutine */
    uint64_t steps;   /* of the call at work */
    uint64_t most_steps;
    struct watch watch;
    int cause;            /* of the limit that was passed; 0: none was */
    pd_status failed;     /* what a call of the core's said; err has it */
    struct pd_error *err; /* of the call at work */
    /* Where the call at work is, for messages: "table 'person', id=7"; NULL: nowhere. */
    void (*place)(void *arg, char *text, size_t size);
    void *place_arg;
};

static inline struct machine *
machine_of(lua_State *L)
{
    return *(struct machine **)lua_getextraspace(L);
}

/* options: those of the plugin; file is borrowed. To be closed also when it fails. */
pd_status machine_open(struct machine *m, const struct pd_host *host,
                       const struct pd_options *options, const char *file, struct pd_error *err);
void machine_close(struct machine *m);
/* Runs a script; the table that it returns is at index 1 from then on. */
pd_status machine_load(struct machine *m, const char *text, size_t size, struct pd_error *err);
/* Calls body(L) with a light userdata, protected. function: what the script calls it, kept. */
pd_status machine_call(struct machine *m, const char *function, lua_CFunction body, void *arg,
                       struct pd_error *err);
/* Within a call: a function of the script begins, and its limits count anew. */
void machine_turn(struct machine *m, const char *function);
/* Within a call: what a call of the core's returned; goes on when that is not negative. */
pd_status machine_check(lua_State *L, pd_status status);
/* Within a call: memory that is not Lua's was short, or the run was cancelled. */
int machine_no_memory(lua_State *L);

/* sandbox.c: what scripts can call. */
void sandbox_open(lua_State *L);
