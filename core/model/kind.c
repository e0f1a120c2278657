// SPDX-License-Identifier: Apache-2.0
// kind - names and properties of neutral types, made of the tables in the public header.
#include "model/kind.h"

#include <string.h>

#include <polydump/value.h>

#include "base/cleanup.h"

struct kind_row {
    const char *name;
    uint8_t class;
};

#define KIND_ROW(symbol, number, text, plain_layout, digest_class)                                 \
    [number] = {text, PD_CLASS_##digest_class},
static const struct kind_row kinds[PD_KIND_COUNT_] = {PD_KIND_TABLE(KIND_ROW)};

#define NAME_ROW(symbol, number, text, meaning) [number] = text,
static const char *const tags[PD_TAG_COUNT_] = {PD_TAG_TABLE(NAME_ROW)};
static const char *const facts[PD_FACT_COUNT_] = {PD_FACT_TABLE(NAME_ROW)};

#define FLAG_ROW(symbol, bit, text) [bit] = text,
static const char *const profile_flags[] = {PD_PROFILE_TABLE(FLAG_ROW)};

static const struct kind_row *
kind_row(int kind)
{
    static const struct kind_row none;

    return kind > PD_KIND_NONE && kind < PD_KIND_COUNT_ ? &kinds[kind] : &none;
}

static int
find_name(const char *const *names, int n_names, const char *name)
{
    for (int i = 0; i < n_names; i++) {
        if (names[i] && strcmp(names[i], name) == 0)
            return i;
    }
    return -1;
}

const char *
kind_name(int kind)
{
    return kind_row(kind)->name;
}

static bool
counts_seconds(int kind)
{
    return kind == PD_KIND_TIME || kind == PD_KIND_TIMETZ || kind == PD_KIND_TIMESTAMP ||
           kind == PD_KIND_TIMESTAMPTZ;
}

static bool
has_length(int kind)
{
    return kind == PD_KIND_TEXT || kind == PD_KIND_CHAR || kind == PD_KIND_BINARY ||
           kind == PD_KIND_BIT || kind == PD_KIND_VARBIT;
}

void
kind_put(struct buffer *out, const struct pd_type *type)
{
    const char *name = kind_name(type->kind);

    buffer_text(out, name ? name : "?");
    if (type->kind == PD_KIND_DECIMAL && type->precision)
        buffer_printf(out, "(%d,%d)", (int)type->precision, (int)type->scale);
    else if (counts_seconds(type->kind) && type->precision >= 0)
        buffer_printf(out, "(%d)", (int)type->precision);
    else if (has_length(type->kind) && type->length && type->length <= INT32_MAX)
        buffer_printf(out, "(%llu)", (unsigned long long)type->length);
}

int
kind_by_name(const char *name)
{
    for (int kind = PD_KIND_NONE + 1; kind < PD_KIND_COUNT_; kind++) {
        if (kinds[kind].name && strcmp(kinds[kind].name, name) == 0)
            return kind;
    }
    return PD_KIND_NONE;
}

int
kind_layout(const struct pd_type *type)
{
    return pd_type_layout(type);
}

uint32_t
kind_width(const struct pd_type *type)
{
    return pd_type_width(type);
}

int
kind_class(int kind)
{
    return kind_row(kind)->class;
}

bool
kind_is_unsigned(int kind)
{
    return pd_kind_is_unsigned(kind);
}

bool
kind_is_integer(int kind)
{
    return kind_row(kind)->class == PD_CLASS_INTEGER;
}

const char *
tag_name(int tag)
{
    return tag >= 0 && tag < PD_TAG_COUNT_ ? tags[tag] : NULL;
}

int
tag_by_name(const char *name)
{
    return find_name(tags, PD_TAG_COUNT_, name);
}

const char *
fact_name(int id)
{
    return id > 0 && id < PD_FACT_COUNT_ ? facts[id] : NULL;
}

int
fact_by_name(const char *name)
{
    int id = find_name(facts, PD_FACT_COUNT_, name);

    return id < 0 ? 0 : id;
}

const char *
profile_flag_name(int bit)
{
    return bit >= 0 && bit < (int)COUNT_OF(profile_flags) ? profile_flags[bit] : NULL;
}

int
profile_flag_by_name(const char *name)
{
    int bit = find_name(profile_flags, (int)COUNT_OF(profile_flags), name);

    return bit < 0 ? 0 : 1 << bit;
}
