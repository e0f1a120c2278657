// SPDX-License-Identifier: Apache-2.0
/* scaffold_same - what counts as a change: where the engines differ, or one of them takes any type
   for another, only what both can tell apart. */
#include <string.h>

#include "migrate/scaffold_inside.h"
#include "model/kind.h"
#include "run/like.h"

enum { MARIADB_KEY = 700 /* characters of 4 bytes, in a key of 3072 bytes with others beside */ };

/* ---- Types ---- */

/* The kinds that columns of an engine can have, by its own declarations. */
static const struct {
    const char *engine;
    const char *kinds;
} engine_kinds[] = {
    {"sqlite", " bool int64 float64 number decimal text binary date time timestamp uuid any "},
    {"postgresql",
     " bool int16 int32 int64 float32 float64 decimal text char binary date time timetz timestamp "
     "timestamptz interval json jsonb xml uuid bit varbit enum inet cidr macaddr macaddr8 array "
     "money oid opaque "},
    {"mariadb",
     " int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 decimal text char binary "
     "date time timestamp timestamptz year json uuid bit enum set inet4 inet6 geometry "},
};

/* Kinds that stand for each other where one of the engines has only one of them. */
static const char *const groups[] = {
    " bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 year oid ",
    " uint64 decimal number money ",
    " float32 float64 number ",
    (" text char json jsonb xml enum set bit varbit inet cidr inet4 inet6 macaddr macaddr8 array "
     "opaque timetz interval timestamptz uuid "),
    " inet inet4 inet6 cidr ",
    " time interval ",
    " binary geometry ",
    " json jsonb ",
    " any text ",
};

bool
same_listed(const char *list, int kind)
{
    const char *name = kind_name(kind);
    size_t size = name ? strlen(name) : 0;

    for (const char *at = list; name && (at = strstr(at, name)); at += size) {
        if (at[-1] == ' ' && at[size] == ' ')
            return true;
    }
    return false;
}

static bool
has_kind(const struct pd_catalog *catalog, int kind)
{
    for (size_t i = 0; i < COUNT_OF(engine_kinds); i++) {
        if (strcmp(engine_kinds[i].engine, catalog->engine) == 0)
            return same_listed(engine_kinds[i].kinds, kind);
    }
    return true;
}

static bool
in_one_group(int a, int b)
{
    for (size_t i = 0; i < COUNT_OF(groups); i++) {
        if (same_listed(groups[i], a) && same_listed(groups[i], b))
            return true;
    }
    return false;
}

/* More digits than a double has are text in SQLite. */
static bool
is_text_there(const struct scaffold *s, const struct pd_type *a, const struct pd_type *b)
{
    bool is_sqlite = strcmp(s->catalogs[SIDE_OLD]->engine, "sqlite") == 0 ||
                     strcmp(s->catalogs[SIDE_NEW]->engine, "sqlite") == 0;

    return is_sqlite && a->kind == PD_KIND_DECIMAL && b->kind == PD_KIND_TEXT &&
           (a->precision == 0 || a->precision > 15 || a->scale < 0);
}

static bool
same_kinds(const struct scaffold *s, const struct pd_type *a, const struct pd_type *b)
{
    if (a->kind == b->kind || is_text_there(s, a, b) || is_text_there(s, b, a))
        return true;
    /* Between two servers clocks have zones or not as the application likes it. */
    if (!s->same_engine && (a->kind == PD_KIND_TIMESTAMP || a->kind == PD_KIND_TIMESTAMPTZ) &&
        (b->kind == PD_KIND_TIMESTAMP || b->kind == PD_KIND_TIMESTAMPTZ))
        return true;
    return in_one_group(a->kind, b->kind) &&
           (!has_kind(s->catalogs[SIDE_OLD], b->kind) || !has_kind(s->catalogs[SIDE_NEW], a->kind));
}

static bool
same_labels(const struct pd_type *a, const struct pd_type *b)
{
    if (a->n_labels != b->n_labels)
        return false;
    for (size_t i = 0; i < a->n_labels; i++) {
        if (strcmp(a->labels[i], b->labels[i]) != 0)
            return false;
    }
    return true;
}

/* Lengths and digits that were declared. 0, and -1 of digits, is what an engine does without. */
static bool
same_sizes(const struct scaffold *s, const struct pd_type *a, const struct pd_type *b)
{
    switch (a->kind) {
    case PD_KIND_DECIMAL:
        if (!s->same_engine && (!a->precision || !b->precision))
            return true;
        return a->precision == b->precision && (!a->precision || a->scale == b->scale);
    case PD_KIND_TIME:
    case PD_KIND_TIMETZ:
    case PD_KIND_TIMESTAMP:
    case PD_KIND_TIMESTAMPTZ:
        if (a->precision < 0 || b->precision < 0)
            return !s->same_engine || a->precision == b->precision;
        return a->precision == b->precision;
    case PD_KIND_BINARY:
        return !s->same_engine || a->length == b->length;
    case PD_KIND_TEXT:
        /* What MariaDB takes in a key must have a length: as many characters as fit. */
        if (!s->same_engine && !(a->length && b->length))
            return a->length + b->length == 0 || a->length + b->length >= MARIADB_KEY;
        return a->length == b->length;
    case PD_KIND_CHAR:
    case PD_KIND_BIT:
    case PD_KIND_VARBIT:
        return a->length == b->length;
    default:
        return true;
    }
}

bool
same_types(const struct scaffold *s, const struct pd_column *old, const struct pd_column *now)
{
    const struct pd_type *a = say_type(old), *b = say_type(now);

    if (!same_kinds(s, a, b))
        return false;
    if (a->kind != b->kind)
        return true;
    if (!same_sizes(s, a, b) || !same_labels(a, b))
        return false;
    if (!s->same_engine || (old->flags | now->flags) & PD_COLUMN_NEUTRAL)
        return true;
    return (a->kind != PD_KIND_ARRAY || a->element == b->element) &&
           (a->kind != PD_KIND_OPAQUE || strcmp(a->native_name ? a->native_name : "",
                                                b->native_name ? b->native_name : "") == 0);
}

/* ---- Columns ---- */

static bool
same_fill(const struct scaffold *s, const struct said_column *a, const struct said_column *b)
{
    return (a->identity || b->identity) && !s->same_engine ? true
                                                           : strcmp(a->filled, b->filled) == 0;
}

static bool
has_comments(const struct scaffold *s)
{
    return strcmp(s->catalogs[SIDE_OLD]->engine, "sqlite") != 0 &&
           strcmp(s->catalogs[SIDE_NEW]->engine, "sqlite") != 0;
}

/* SQLite makes of each such key one that numbers rows, whoever asked for it. */
static bool
numbers_by_itself(const struct pd_column *column)
{
    return column->identity == PD_IDENTITY_ROWID;
}

unsigned
same_columns(const struct scaffold *s, const struct pd_column *old, const struct said_column *a,
             const struct pd_column *now, const struct said_column *b)
{
    unsigned differs = 0;

    if (!same_types(s, old, now))
        differs |= DIFFERS_TYPE;
    if (a->not_null != b->not_null)
        differs |= DIFFERS_NULL;
    if (!same_fill(s, a, b))
        differs |= DIFFERS_DEFAULT;
    if (strcmp(a->generated, b->generated) != 0)
        differs |= DIFFERS_GENERATED;
    if (a->identity != b->identity && !numbers_by_itself(old) && !numbers_by_itself(now))
        differs |= DIFFERS_IDENTITY;
    if (has_comments(s) && strcmp(a->comment, b->comment) != 0)
        differs |= DIFFERS_COMMENT;
    if (s->same_engine && !((old->flags | now->flags) & PD_COLUMN_NEUTRAL) &&
        strcmp(a->unsaid, b->unsaid) != 0)
        differs |= DIFFERS_UNSAID;
    return differs;
}

bool
same_said(const struct said *a, const struct said *b)
{
    return strcmp(a->text, b->text) == 0;
}

/* ---- Checks ---- */

pd_status
same_as_type(struct scaffold *s, const struct pair *pair, const char *spelt, bool *ret_same)
{
    CLEANUP_BUFFER struct buffer text = {0};

    *ret_same = false;
    for (size_t i = 0; i < pair->now->n_columns && spelt && !*ret_same; i++) {
        const struct pd_column *column = &pair->now->columns[i];
        uint32_t old = pair->origins[i].old;
        const struct pd_type *types[] = {
            say_type(column), old == PD_NO_COLUMN ? NULL : say_type(&pair->old->columns[old])};

        for (size_t k = 0; k < COUNT_OF(types) && !*ret_same; k++) {
            buffer_clear(&text);
            if (types[k])
                like_type_check(&text, column->name, types[k]);
            if (!buffer_string(&text))
                return error_memory(s->err);
            *ret_same = text.size && strcmp(buffer_string(&text), spelt) == 0;
        }
    }
    return PD_OK;
}
