// SPDX-License-Identifier: Apache-2.0
// things - see things.h.
#include "things.h"

#include <stdio.h>
#include <string.h>

/* ---- Names ----------------------------------------------------------------------------------- */

#define KIND_TEXT(symbol, number, text, layout, class) [number] = text,
static const char *const kinds[PD_KIND_COUNT_] = {PD_KIND_TABLE(KIND_TEXT)};
#define TAG_TEXT(symbol, number, text, meaning) [number] = text,
static const char *const tags[PD_TAG_COUNT_] = {PD_TAG_TABLE(TAG_TEXT)};

const char *
kind_text(int kind)
{
    return kind > 0 && kind < PD_KIND_COUNT_ ? kinds[kind] : "?";
}

int
kind_of_text(const char *text, size_t size)
{
    for (int kind = 1; kind < PD_KIND_COUNT_; kind++) {
        if (strlen(kinds[kind]) == size && memcmp(kinds[kind], text, size) == 0)
            return kind;
    }
    return PD_KIND_NONE;
}

const char *
type_text(const struct pd_type *type, char buffer[TYPE_TEXT_SIZE])
{
    const char *name = kind_text(type->kind);

    if (type->kind == PD_KIND_DECIMAL && type->precision)
        snprintf(buffer, TYPE_TEXT_SIZE, "%s(%d,%d)", name, (int)type->precision, (int)type->scale);
    else if (type->length)
        snprintf(buffer, TYPE_TEXT_SIZE, "%s(%llu)", name, (unsigned long long)type->length);
    else
        snprintf(buffer, TYPE_TEXT_SIZE, "%s", name);
    return buffer;
}

/* ---- Metatables ------------------------------------------------------------------------------ */

void
thing_meta(lua_State *L, const void *key, const char *name, const luaL_Reg *functions)
{
    lua_newtable(L);
    luaL_setfuncs(L, functions, 0);
    lua_pushstring(L, name);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "__name");
    lua_setfield(L, -2, "__metatable"); /* what getmetatable() gives */
    lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

void
thing_set_meta(lua_State *L, const void *key)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, key);
    lua_setmetatable(L, -2);
}

/* ---- null ------------------------------------------------------------------------------------ */

static int
null_text(lua_State *L)
{
    lua_pushliteral(L, "null");
    return 1;
}

static const char null_push_key; /* its address is where the registry has the one null */
static const luaL_Reg null_functions[] = {{"__tostring", null_text}, {NULL, NULL}};

void
null_push(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &null_push_key);
}

/* ---- bytes ----------------------------------------------------------------------------------- */

static struct bytes_thing *
check_bytes(lua_State *L, int index)
{
    luaL_argexpected(L, thing_at(L, index) == THING_BYTES, index, "bytes");
    return lua_touserdata(L, index);
}

static int
bytes_text(lua_State *L)
{
    const struct bytes_thing *b = check_bytes(L, 1);

    lua_pushlstring(L, b->bytes, b->size);
    return 1;
}

static int
bytes_size(lua_State *L)
{
    lua_pushinteger(L, check_bytes(L, 1)->size);
    return 1;
}

static int
bytes_equal(lua_State *L)
{
    const struct bytes_thing *a, *b;

    if (thing_at(L, 1) != THING_BYTES || thing_at(L, 2) != THING_BYTES)
        return 0;
    a = lua_touserdata(L, 1);
    b = lua_touserdata(L, 2);
    lua_pushboolean(L, a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0);
    return 1;
}

static const luaL_Reg bytes_functions[] = {
    {"__tostring", bytes_text}, {"__len", bytes_size}, {"__eq", bytes_equal}, {NULL, NULL}};

void
bytes_push(lua_State *L, const void *bytes, size_t size)
{
    struct bytes_thing *b = lua_newuserdatauv(L, sizeof *b + size, 0);

    b->head.thing = THING_BYTES;
    b->size = (uint32_t)size;
    if (size)
        memcpy(b->bytes, bytes, size);
    thing_set_meta(L, bytes_functions);
}

static int
bytes_new(lua_State *L)
{
    size_t size;
    const char *text;

    if (thing_at(L, 1) == THING_BYTES) {
        lua_settop(L, 1);
        return 1;
    }
    luaL_checktype(L, 1, LUA_TSTRING); /* not a number, whose digits would be meant or not */
    text = lua_tolstring(L, 1, &size);
    bytes_push(L, text, size);
    return 1;
}

/* ---- opaque ---------------------------------------------------------------------------------- */

static const struct opaque_thing *
check_opaque(lua_State *L, int index)
{
    luaL_argexpected(L, thing_at(L, index) == THING_OPAQUE, index, "opaque");
    return lua_touserdata(L, index);
}

/* As well as it can be said; the thing itself is what to hand on. */
static int
opaque_text(lua_State *L)
{
    const struct opaque_thing *o = check_opaque(L, 1);
    struct pd_value value = {.tag = PD_TAG_PLAIN};
    struct pd_type type = {.kind = o->tag == PD_TAG_INT ? PD_KIND_INT64 : PD_KIND_FLOAT64};
    char text[96];

    if (o->is_long) {
        lua_pushfstring(L, "%s of %I bytes", kind_text(o->kind), (lua_Integer)o->cell.size);
    } else if (o->tag == PD_TAG_INT || o->tag == PD_TAG_REAL) {
        value.integer = (int64_t)pd_short_le64_((const uint8_t *)o->bytes, o->size);
        value.real = pd_real_of_((uint64_t)value.integer);
        lua_pushlstring(L, text, machine_of(L)->host->value_text(&type, &value, text));
    } else if (o->size) {
        lua_pushlstring(L, o->bytes, o->size);
    } else {
        lua_pushstring(L, tags[o->tag]);
    }
    return 1;
}

/* o.tag says what it is: "inf", "text", "far", "long" ... */
static int
opaque_member(lua_State *L)
{
    const struct opaque_thing *o = check_opaque(L, 1);
    const char *name = luaL_checkstring(L, 2);

    if (strcmp(name, "tag") != 0)
        return luaL_error(L, "a value that its column does not hold has no member '%s', only 'tag'",
                          name);
    lua_pushstring(L, o->is_long ? "long" : tags[o->tag]);
    return 1;
}

static int
opaque_equal(lua_State *L)
{
    const struct opaque_thing *a, *b;

    if (thing_at(L, 1) != THING_OPAQUE || thing_at(L, 2) != THING_OPAQUE)
        return 0;
    a = lua_touserdata(L, 1);
    b = lua_touserdata(L, 2);
    lua_pushboolean(L, !a->is_long && !b->is_long && a->tag == b->tag && a->size == b->size &&
                           memcmp(a->bytes, b->bytes, a->size) == 0);
    return 1;
}

static const luaL_Reg opaque_functions[] = {
    {"__tostring", opaque_text}, {"__index", opaque_member}, {"__eq", opaque_equal}, {NULL, NULL}};

void
opaque_push(lua_State *L, const struct pd_type *type, const struct pd_value *value, uint64_t turn)
{
    const struct pd_long *far_away = pd_value_long(value);
    uint8_t eight[8];
    const void *bytes = value->bytes;
    size_t size = far_away ? 0 : value->size;
    struct opaque_thing *o;

    /* Out of a plain layout, integers and floats have no bytes. */
    if (value->tag == PD_TAG_INT || value->tag == PD_TAG_REAL) {
        uint64_t bits =
            value->tag == PD_TAG_INT ? (uint64_t)value->integer : pd_real_bits(value->real);

        for (int i = 0; i < 8; i++)
            eight[i] = (uint8_t)(bits >> (8 * i));
        bytes = eight;
        size = 8;
    }
    o = lua_newuserdatauv(L, sizeof *o + size, 0);
    memset(o, 0, sizeof *o);
    o->head.thing = THING_OPAQUE;
    o->kind = type->kind;
    o->tag = value->tag;
    o->size = (uint32_t)size;
    o->turn = turn;
    o->is_long = far_away != NULL;
    if (far_away)
        o->cell = *far_away;
    if (size)
        memcpy(o->bytes, bytes, size);
    thing_set_meta(L, opaque_functions);
}

void
things_open(lua_State *L)
{
    struct thing_head *null;

    thing_meta(L, null_functions, "null", null_functions);
    thing_meta(L, bytes_functions, "bytes", bytes_functions);
    thing_meta(L, opaque_functions, "opaque", opaque_functions);
    null = lua_newuserdatauv(L, sizeof *null, 0);
    null->thing = THING_NULL;
    thing_set_meta(L, null_functions);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &null_push_key);
    lua_setglobal(L, "null");
    lua_register(L, "bytes", bytes_new);
}
