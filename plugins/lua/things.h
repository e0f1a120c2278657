// SPDX-License-Identifier: Apache-2.0
/* things - values that Lua has no type for: null, bytes, decimals, and what passes untouched. */
#pragma once

#include "machine.h"

/* Any userdata, by its first member. */
struct thing_head {
    uint32_t thing; /* enum thing */
};

struct bytes_thing {
    struct thing_head head;
    uint32_t size;
    char bytes[];
};

/* An outlier, or a long cell: it can be handed on, into a column of the same kind. */
struct opaque_thing {
    struct thing_head head;
    uint16_t kind; /* of the column that it comes from */
    uint16_t is_long;
    int32_t tag;
    uint32_t size;
    uint64_t turn;       /* long: of the batch that it came in */
    struct pd_long cell; /* long */
    char bytes[];
};

/* Canonical text, however long. */
struct decimal_thing {
    struct thing_head head;
    uint32_t size;
    char text[];
};

/* What a value on the stack is; 0: no userdata. */
static inline uint32_t
thing_at(lua_State *L, int index)
{
    const struct thing_head *head =
        lua_type(L, index) == LUA_TUSERDATA ? lua_touserdata(L, index) : NULL;

    return head ? head->thing : 0;
}

/* The names of kinds and tags, and of a type with its parameters, for messages. */
enum { TYPE_TEXT_SIZE = 64 };
const char *kind_text(int kind); /* "int64" */
int kind_of_text(const char *text, size_t size);
const char *type_text(const struct pd_type *type, char buffer[TYPE_TEXT_SIZE]);

void things_open(lua_State *L);
void null_push(lua_State *L);
void bytes_push(lua_State *L, const void *bytes, size_t size);
void opaque_push(lua_State *L, const struct pd_type *type, const struct pd_value *value,
                 uint64_t turn);
/* A metatable of things, kept under a key. */
void thing_meta(lua_State *L, const void *key, const char *name, const luaL_Reg *functions);
void thing_set_meta(lua_State *L, const void *key);

/* decimal.c */
void decimal_open(lua_State *L);
/* Any spelling of a decimal without an exponent; false: it is none, and nothing is pushed. */
bool decimal_push(lua_State *L, const char *text, size_t size);
/* Pushes its text with exactly `scale` digits after the point; false: it has more that count. */
bool decimal_push_scaled(lua_State *L, int index, int32_t scale);
/* Pushes what a number spells, canonical text of a float with or without an exponent, with as many
   digits after the point as a type has; false: it has more, and nothing is pushed. */
bool decimal_push_number(lua_State *L, const char *text, size_t size, const struct pd_type *type);
/* Are its digits before the point no more than the type has? */
bool decimal_fits(lua_State *L, int index, const struct pd_type *type);
/* The float whose shortest decimal it is; false: there is none. */
bool decimal_as_real(lua_State *L, int index, double *ret_real);
