// SPDX-License-Identifier: Apache-2.0
// values - see values.h.
#include "values.h"

#include <stdio.h>
#include <string.h>

enum { SHOWN = 40 /* bytes of a value that a message shows */ };

/* ---- To Lua ---------------------------------------------------------------------------------- */

static void
push_text_of(lua_State *L, const struct pd_type *type, const struct pd_value *value)
{
    char text[96];

    lua_pushlstring(L, text, machine_of(L)->host->value_text(type, value, text));
}

static void
push_decimal(lua_State *L, const struct pd_type *type, const struct pd_value *value)
{
    char text[96];
    size_t size = machine_of(L)->host->value_text(type, value, text);
    bool is_fixed = size > 0;

    if (!decimal_push(L, is_fixed ? text : value->bytes, is_fixed ? size : value->size))
        lua_pushlstring(L, value->bytes, value->size); /* too long to compute with */
}

static void
push_plain(lua_State *L, const struct pd_type *type, const struct pd_value *value)
{
    switch (type->kind) {
    case PD_KIND_BOOL:
        lua_pushboolean(L, value->integer != 0);
        return;
    case PD_KIND_FLOAT32:
    case PD_KIND_FLOAT64:
        lua_pushnumber(L, value->real);
        return;
    case PD_KIND_DECIMAL:
        push_decimal(L, type, value);
        return;
    case PD_KIND_BINARY:
    case PD_KIND_GEOMETRY:
        bytes_push(L, value->bytes, value->size);
        return;
    case PD_KIND_UINT64:
        if (value->integer < 0) {
            push_decimal(L, type, value);
            return;
        }
        break;
    case PD_KIND_DATE:
    case PD_KIND_TIME:
    case PD_KIND_TIMESTAMP:
    case PD_KIND_TIMESTAMPTZ:
    case PD_KIND_TIMETZ:
    case PD_KIND_INTERVAL:
    case PD_KIND_UUID:
        push_text_of(L, type, value);
        return;
    default:
        break;
    }
    if (pd_type_layout(type) == PD_LAYOUT_VAR)
        lua_pushlstring(L, value->bytes ? value->bytes : "", value->size);
    else
        lua_pushinteger(L, value->integer);
}

void
value_push(lua_State *L, const struct pd_column *column, const struct pd_value *value,
           uint64_t turn)
{
    const struct pd_type *type = &column->type;
    bool is_any = type->kind == PD_KIND_ANY;

    if (value->tag < 0)
        null_push(L);
    else if (pd_value_long(value))
        opaque_push(L, type, value, turn);
    else if (value->tag == PD_TAG_PLAIN)
        push_plain(L, type, value);
    else if (value_declared(column) && value_push_declared(L, column, value))
        return;
    else if (value->tag == PD_TAG_INT && (is_any || type->kind == PD_KIND_NUMBER))
        lua_pushinteger(L, value->integer);
    else if (value->tag == PD_TAG_REAL && (is_any || type->kind == PD_KIND_NUMBER))
        lua_pushnumber(L, value->real);
    else if (value->tag == PD_TAG_TEXT && is_any)
        lua_pushlstring(L, value->bytes ? value->bytes : "", value->size);
    else if (value->tag == PD_TAG_BYTES && is_any)
        bytes_push(L, value->bytes, value->size);
    else
        opaque_push(L, type, value, turn);
}

/* ---- From Lua -------------------------------------------------------------------------------- */

/* What is being taken. */
struct taking {
    lua_State *L;
    int index;
    const struct place *place;
    const struct pd_type *type;
    struct pd_value *value;
    uint8_t *fixed;
};

static int
refuse(const struct taking *t, const char *why)
{
    lua_State *L = t->L;
    char name[TYPE_TEXT_SIZE], shown[SHOWN + 8];
    size_t size;
    const char *text = luaL_tolstring(L, t->index, &size);
    const char *what = lua_isstring(L, t->index) ? "" : luaL_typename(L, t->index);

    if (thing_at(L, t->index))
        what = ""; /* tostring() says it */
    snprintf(shown, sizeof shown, "%.*s%s", SHOWN, text, size > SHOWN ? "..." : "");
    return luaL_error(L, "column '%s' of table '%s' takes %s, not %s%s'%s'%s%s",
                      t->place->column->name, t->place->table, type_text(t->type, name), what,
                      *what ? " " : "", shown, why ? ": " : "", why ? why : "");
}

static size_t
count_chars(const char *text, size_t size)
{
    size_t n = 0;

    for (size_t i = 0; i < size; i++)
        n += ((unsigned char)text[i] & 0xc0) != 0x80;
    return n;
}

static const char *
why_no_text(const struct pd_type *type, const char *text, size_t size)
{
    if (pd_type_layout(type) != PD_LAYOUT_VAR || type->kind == PD_KIND_DECIMAL)
        return "it is not the canonical text of one";
    if (type->length && count_chars(text, size) > type->length)
        return "it is too long";
    if (type->kind == PD_KIND_ENUM || type->kind == PD_KIND_SET)
        return "it is none of the labels";
    return "it is not valid UTF-8, or not of this type; bytes are made by bytes(...)";
}

bool
value_fits_seconds(const struct pd_type *type, const struct pd_value *value)
{
    int64_t unit = 1, us = value->integer;

    if (type->kind < PD_KIND_TIME || type->kind > PD_KIND_TIMESTAMPTZ ||
        value->tag != PD_TAG_PLAIN || type->precision < 0)
        return true;
    for (int32_t digits = type->precision; digits < 6; digits++)
        unit *= 10;
    if (type->kind == PD_KIND_TIMETZ)
        us = (int64_t)pd_short_le64_(value->bytes, 8);
    return us % unit == 0;
}

/* Canonical text of the type. */
static void
take_text(const struct taking *t, const char *text, size_t size)
{
    const struct pd_host *host = machine_of(t->L)->host;

    if (host->value_read(t->type, text, size, t->value, t->fixed, NULL) != PD_OK)
        refuse(t, why_no_text(t->type, text, size));
    if (!value_fits_seconds(t->type, t->value))
        refuse(t, "the column keeps fewer digits of a second");
}

static bool
fits_whole(const struct pd_type *type, int64_t value)
{
    unsigned bits = 8 * pd_type_width(type);
    int64_t top;

    if (type->kind == PD_KIND_YEAR)
        return value == 0 || (value >= 1901 && value <= 2155);
    if (pd_kind_is_unsigned(type->kind))
        return value >= 0 && (bits == 64 || (uint64_t)value >> bits == 0);
    top = (int64_t)(UINT64_MAX >> (65 - bits));
    return value >= -top - 1 && value <= top;
}

bool
value_is_whole(int kind)
{
    return (kind >= PD_KIND_INT8 && kind <= PD_KIND_UINT64) || kind == PD_KIND_YEAR ||
           kind == PD_KIND_MONEY || kind == PD_KIND_OID;
}

static void
refuse_fraction(const struct taking *t, const struct pd_type *type)
{
    char why[96];

    snprintf(why, sizeof why,
             "it has more digits after the point; d:round(%d) makes it one that fits",
             type->scale > 0 ? (int)type->scale : 0);
    refuse(t, why);
}

/* The text with the column's digits after the point, which stays in the registry. */
static void
take_digits(const struct taking *t, int index)
{
    size_t size;
    const char *text;

    if (t->type->precision == 0) {
        luaL_tolstring(t->L, index, NULL);
    } else if (!decimal_push_scaled(t->L, index, t->type->scale)) {
        refuse_fraction(t, t->type);
        return;
    }
    text = lua_tolstring(t->L, -1, &size);
    lua_rawsetp(t->L, LUA_REGISTRYINDEX, t->type);
    if (machine_of(t->L)->host->value_read(t->type, text, size, t->value, t->fixed, NULL) != PD_OK)
        refuse(t, "it has too many digits");
}

static void
take_integer(const struct taking *t, int64_t value)
{
    int kind = t->type->kind;

    t->value->integer = value;
    t->value->tag = PD_TAG_PLAIN;
    if (value_is_whole(kind)) {
        if (!fits_whole(t->type, value))
            refuse(t, "it is out of range");
    } else if (kind == PD_KIND_FLOAT64 || kind == PD_KIND_FLOAT32) {
        t->value->real = kind == PD_KIND_FLOAT64 ? (double)value : (double)(float)value;
        if (t->value->real >= 9223372036854775808.0 || (int64_t)t->value->real != value)
            refuse(t, "it cannot be had exactly");
    } else if (kind == PD_KIND_NUMBER || kind == PD_KIND_ANY) {
        t->value->tag = PD_TAG_INT;
    } else if (kind == PD_KIND_DECIMAL) {
        lua_pushfstring(t->L, "%I", (lua_Integer)value);
        decimal_push(t->L, lua_tostring(t->L, -1), strlen(lua_tostring(t->L, -1)));
        take_digits(t, lua_gettop(t->L));
        lua_pop(t->L, 2);
    } else {
        refuse(t, kind == PD_KIND_BOOL ? "true and false are its values" : NULL);
    }
}

/* A float whose shortest decimal has no more digits than the column keeps. */
static void
take_shortest(const struct taking *t, double real)
{
    char text[32];
    size_t size = machine_of(t->L)->host->real_text(real, text);

    if (t->type->precision == 0 || !decimal_push_number(t->L, text, size, t->type)) {
        refuse(t, "a float is no exact decimal, unless its digits are no more than the column's; "
                  "use decimal(...)");
        return;
    }
    take_digits(t, lua_gettop(t->L));
    lua_pop(t->L, 1);
}

static bool
is_whole(double real)
{
    return real >= -9223372036854775808.0 && real < 9223372036854775808.0 &&
           (double)(int64_t)real == real;
}

static void
take_float(const struct taking *t, double real)
{
    int kind = t->type->kind;

    t->value->real = real;
    t->value->tag = PD_TAG_PLAIN;
    if (kind == PD_KIND_FLOAT64)
        return;
    if (value_declared(t->place->column) && is_whole(real)) /* 3.0 is 3 there, as 3.00 is */
        take_integer(t, (int64_t)real);
    else if (kind == PD_KIND_NUMBER || kind == PD_KIND_ANY)
        t->value->tag = PD_TAG_REAL;
    else if (kind == PD_KIND_FLOAT32 && (real != real || (double)(float)real == real))
        return;
    else if (value_is_whole(kind) && is_whole(real))
        take_integer(t, (int64_t)real);
    else if (kind == PD_KIND_DECIMAL)
        take_shortest(t, real);
    else
        refuse(t, "it cannot be had exactly");
}

/* A decimal in a column of integers and floats: the number that is spelt by these digits. */
static void
take_number(const struct taking *t, int index)
{
    static const struct pd_type whole = {.kind = PD_KIND_INT64};
    const struct pd_type *declared = value_declared(t->place->column);
    const struct pd_host *host = machine_of(t->L)->host;
    size_t size;
    const char *text;
    double real;

    if (declared && !decimal_push_scaled(t->L, index, declared->scale)) {
        refuse_fraction(t, declared);
        return;
    }
    if (declared)
        lua_pop(t->L, 1);
    if (declared && !decimal_fits(t->L, index, declared)) {
        refuse(t, "it has too many digits");
        return;
    }
    if (decimal_push_scaled(t->L, index, 0)) {
        text = lua_tolstring(t->L, -1, &size);
        lua_pop(t->L, 1); /* it is read at once */
        t->value->tag = PD_TAG_INT;
        if (host->value_read(&whole, text, size, t->value, t->fixed, NULL) != PD_OK)
            refuse(t, "it is out of range");
        t->value->tag = PD_TAG_INT;
        return;
    }
    if (!decimal_as_real(t->L, index, &real))
        refuse(t, "it has more digits than a float; db:change_column() makes the column a decimal");
    t->value->real = real;
    t->value->tag = PD_TAG_REAL;
}

static void
take_decimal(const struct taking *t)
{
    const struct decimal_thing *d = lua_touserdata(t->L, t->index);
    int kind = t->type->kind;

    if (kind == PD_KIND_DECIMAL) {
        take_digits(t, t->index);
    } else if (kind == PD_KIND_NUMBER || kind == PD_KIND_ANY) {
        take_number(t, t->index);
    } else if (value_is_whole(kind)) {
        static const struct pd_type whole = {.kind = PD_KIND_INT64};
        const struct pd_type *as = kind != PD_KIND_MONEY ? t->type : &whole;
        size_t size;
        const char *text;

        if (!decimal_push_scaled(t->L, t->index, 0)) {
            refuse(t, "it has digits after the point");
            return;
        }
        text = lua_tolstring(t->L, -1, &size);
        if (machine_of(t->L)->host->value_read(as, text, size, t->value, t->fixed, NULL) != PD_OK)
            refuse(t, "it is out of range");
        lua_pop(t->L, 1);
    } else {
        refuse(t, d->size < 40 ? "tostring(d), d:integer() or d:float() make others of it" : NULL);
    }
}

static void
take_string(const struct taking *t)
{
    static const struct pd_type any_text = {.kind = PD_KIND_TEXT};
    size_t size;
    const char *text = lua_tolstring(t->L, t->index, &size);
    struct taking as_text = *t;

    switch (t->type->kind) {
    case PD_KIND_BINARY:
    case PD_KIND_GEOMETRY:
        refuse(t, "bytes are made by bytes(...)");
        return;
    case PD_KIND_ANY:
        as_text.type = &any_text;
        take_text(&as_text, text, size);
        t->value->tag = PD_TAG_TEXT;
        return;
    case PD_KIND_DECIMAL:
        if (!decimal_push(t->L, text, size)) {
            refuse(t, "it is not the text of one");
            return;
        }
        take_digits(t, lua_gettop(t->L));
        lua_pop(t->L, 1);
        return;
    case PD_KIND_NUMBER:
        if (!value_declared(t->place->column) || !decimal_push(t->L, text, size)) {
            refuse(t, NULL);
            return;
        }
        take_number(t, lua_gettop(t->L));
        lua_pop(t->L, 1);
        return;
    case PD_KIND_BOOL:
    case PD_KIND_FLOAT32:
    case PD_KIND_FLOAT64:
        refuse(t, NULL);
        return;
    case PD_KIND_CHAR:
        while (size > 0 && text[size - 1] == ' ') /* say nothing in a char, and are not kept */
            size--;
        take_text(t, text, size);
        return;
    default:
        if (value_is_whole(t->type->kind))
            refuse(t, "math.tointeger() makes an integer of it");
        take_text(t, text, size);
    }
}

static void
take_bytes(const struct taking *t)
{
    const struct bytes_thing *b = lua_touserdata(t->L, t->index);
    int kind = t->type->kind;

    *t->value = (struct pd_value){.tag = kind == PD_KIND_ANY ? PD_TAG_BYTES : PD_TAG_PLAIN,
                                  .size = b->size,
                                  .bytes = b->bytes};
    if (kind == PD_KIND_BINARY && t->type->length && b->size > t->type->length)
        refuse(t, "it is too long");
    if (kind != PD_KIND_BINARY && kind != PD_KIND_GEOMETRY && kind != PD_KIND_ANY)
        refuse(t, "tostring() makes text of bytes");
}

static void
take_opaque(const struct taking *t)
{
    const struct opaque_thing *o = lua_touserdata(t->L, t->index);

    if (o->kind != t->type->kind)
        refuse(t, "what a column does not hold goes only into one of the same kind");
    if (o->is_long && o->turn != t->place->turn)
        refuse(t, "a value of this length can be handed on only with the row that it came with");
    *t->value = (struct pd_value){.tag = o->tag, .size = o->size, .bytes = o->bytes};
    if (o->is_long) {
        t->value->bytes = NULL;
        t->value->size = UINT32_MAX;
        t->value->integer = (int64_t)(intptr_t)&o->cell;
    } else if (o->tag == PD_TAG_INT || o->tag == PD_TAG_REAL) {
        t->value->integer = (int64_t)pd_short_le64_((const uint8_t *)o->bytes, o->size);
        t->value->real = pd_real_of_((uint64_t)t->value->integer);
    }
}

static void
take_thing(const struct taking *t)
{
    switch (thing_at(t->L, t->index)) {
    case THING_NULL:
        t->value->tag = -1;
        return;
    case THING_DECIMAL:
        take_decimal(t);
        return;
    case THING_BYTES:
        take_bytes(t);
        return;
    case THING_OPAQUE:
        take_opaque(t);
        return;
    default:
        refuse(t, NULL);
    }
}

void
value_take(lua_State *L, int index, const struct place *place, struct pd_value *ret_value,
           uint8_t fixed[16])
{
    struct taking t = {L, lua_absindex(L, index), place, &place->column->type, ret_value, fixed};

    *ret_value = (struct pd_value){.tag = PD_TAG_PLAIN};
    switch (lua_type(L, t.index)) {
    case LUA_TBOOLEAN:
        ret_value->integer = lua_toboolean(L, t.index);
        if (t.type->kind != PD_KIND_BOOL)
            refuse(&t, NULL);
        return;
    case LUA_TNUMBER:
        if (lua_isinteger(L, t.index))
            take_integer(&t, lua_tointeger(L, t.index));
        else
            take_float(&t, lua_tonumber(L, t.index));
        return;
    case LUA_TSTRING:
        take_string(&t);
        return;
    case LUA_TUSERDATA:
        take_thing(&t);
        return;
    default:
        refuse(&t, NULL);
    }
}
