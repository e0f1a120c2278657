// SPDX-License-Identifier: Apache-2.0
// convert - values of a column as values of another, and the values that defaults stand for.
#include <string.h>

#include "values.h"

bool
value_push_declared(lua_State *L, const struct pd_column *column, const struct pd_value *value)
{
    char text[96];
    size_t size;

    if (value->tag != PD_TAG_INT && value->tag != PD_TAG_REAL)
        return false;
    size = machine_of(L)->host->value_text(&column->type, value, text);
    return decimal_push_number(L, text, size, value_declared(column));
}

/* The text of a number with as many digits after the point as its column has; 0: it is too long. */
static size_t
spell_number(const struct pd_type *type, const char *text, size_t size, char out[96])
{
    const char *point = memchr(text, '.', size);
    size_t has = point ? size - (size_t)(point - text) - 1 : 0;
    size_t wanted = type->kind == PD_KIND_DECIMAL && type->scale > 0 ? (size_t)type->scale : 0;

    if (type->kind == PD_KIND_FLOAT32 || type->kind == PD_KIND_FLOAT64)
        wanted = has ? has : 1;
    if (size + 2 + wanted > 96)
        return 0;
    memcpy(out, text, size);
    if (wanted > has && !point)
        out[size++] = '.';
    for (; has < wanted; has++)
        out[size++] = '0';
    return size;
}

/* The canonical text of a value, kept in the registry for the column; NULL: it is bytes, or none.
 */
static const char *
keep_text(lua_State *L, const struct pd_type *from, const struct pd_value *value,
          const struct place *place, size_t *ret_size)
{
    const struct pd_type *to = &place->column->type;
    const char *text = value->bytes;
    char canonical[96], spelt[96];
    size_t size = machine_of(L)->host->value_text(from, value, canonical);

    if (size)
        text = canonical;
    else if (from->kind == PD_KIND_BINARY || from->kind == PD_KIND_GEOMETRY ||
             from->kind == PD_KIND_ANY ||
             (value->tag != PD_TAG_PLAIN &&
              !(value->tag == PD_TAG_TEXT && from->kind == PD_KIND_NUMBER)))
        return NULL;
    else
        size = value->size;
    if (size < 60 && pd_type_layout(to) != PD_LAYOUT_VAR) {
        size = spell_number(to, text, size, spelt);
        text = spelt;
    }
    lua_pushlstring(L, text ? text : "", size);
    text = lua_tolstring(L, -1, ret_size);
    lua_rawsetp(L, LUA_REGISTRYINDEX, place->column);
    return text;
}

/* Is it 0 or 1, of a column of whole numbers or of SQLite's numbers? */
static bool
is_bit(const struct pd_type *from, const struct pd_value *value)
{
    bool is_whole = (value_is_whole(from->kind) && value->tag == PD_TAG_PLAIN) ||
                    (from->kind == PD_KIND_NUMBER && value->tag == PD_TAG_INT);

    return is_whole && (value->integer == 0 || value->integer == 1);
}

/* As doc/types.md has it where there is one text for both; what Lua takes else. */
void
value_convert(lua_State *L, const struct pd_column *column, const struct pd_value *value,
              const struct place *place, struct pd_value *ret_value, uint8_t fixed[16])
{
    const struct pd_type *from = &column->type, *to = &place->column->type;
    struct pd_value given = *value;
    const char *text;
    size_t size;

    *ret_value = given;
    if (given.tag < 0 || pd_value_long(&given))
        return;
    if (to->kind == PD_KIND_BOOL && is_bit(from, &given)) {
        ret_value->tag = PD_TAG_PLAIN;
        return;
    }
    text = keep_text(L, from, &given, place, &size);
    if (text && machine_of(L)->host->value_read(to, text, size, ret_value, fixed, NULL) == PD_OK &&
        value_fits_seconds(to, ret_value))
        return;
    if (from->kind == PD_KIND_BOOL && given.tag == PD_TAG_PLAIN && value_is_whole(to->kind))
        lua_pushinteger(L, given.integer);
    else
        value_push(L, column, &given, place->turn);
    value_take(L, -1, place, ret_value, fixed);
    lua_rawsetp(L, LUA_REGISTRYINDEX, place->column); /* what it borrows from */
}

bool
value_default(const struct pd_host *host, const struct pd_column *column,
              struct pd_value *ret_value, uint8_t fixed[16])
{
    static const struct pd_type number = {.kind = PD_KIND_NUMBER};
    const struct pd_type *type = &column->type;
    const char *text = column->default_text;
    size_t size = column->default_size;
    bool is_number = column->default_tag == PD_TAG_INT || column->default_tag == PD_TAG_REAL;
    char spelt[96];

    *ret_value = (struct pd_value){.tag = -1};
    if (column->default_kind != PD_DEFAULT_LITERAL || !text)
        return true;
    *ret_value =
        (struct pd_value){.tag = column->default_tag, .size = (uint32_t)size, .bytes = text};
    if (column->default_tag == PD_TAG_BYTES) {
        if (type->kind == PD_KIND_BINARY || type->kind == PD_KIND_GEOMETRY)
            ret_value->tag = PD_TAG_PLAIN;
        return true;
    }
    if (type->kind == PD_KIND_ANY && !is_number)
        return true;
    if (type->kind == PD_KIND_ANY || type->kind == PD_KIND_NUMBER)
        return host->value_read(&number, text, size, ret_value, fixed, NULL) == PD_OK;
    if (type->kind == PD_KIND_BOOL && is_number) {
        *ret_value = (struct pd_value){.tag = PD_TAG_PLAIN, .integer = strcmp(text, "0") != 0};
        return true;
    }
    if (is_number && pd_type_layout(type) != PD_LAYOUT_VAR) {
        size = spell_number(type, text, size, spelt);
        text = spelt;
    }
    return host->value_read(type, text, size, ret_value, fixed, NULL) == PD_OK;
}
