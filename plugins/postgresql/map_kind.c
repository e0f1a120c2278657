// SPDX-License-Identifier: Apache-2.0
/* map_kind - the server's type for a neutral type: one row a kind, and what the server cannot be
   told of its parameters. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "map_inside.h"

/* What stands in parentheses behind the name of a type. */
enum suffix { SUFFIX_NONE, SUFFIX_LENGTH, SUFFIX_SCALE, SUFFIX_TIME };

enum { MAX_BITS = 83886080, MAX_LABEL = 63, UINT64_DIGITS = 20 };

#define NO_SUCH_TYPE "PostgreSQL has no such type, its text keeps it"

static const struct map_row kind_rows[] = {
    {PD_KIND_BOOL, PD_KIND_BOOL, PG_FORM_BOOL, HOME_OTHER, "boolean"},
    {PD_KIND_INT8, PD_KIND_INT16, PG_FORM_INT2, HOME_INT, "smallint"},
    {PD_KIND_INT16, PD_KIND_INT16, PG_FORM_INT2, HOME_INT, "smallint"},
    {PD_KIND_INT32, PD_KIND_INT32, PG_FORM_INT4, HOME_INT, "integer"},
    {PD_KIND_INT64, PD_KIND_INT64, PG_FORM_INT8, HOME_INT, "bigint"},
    {PD_KIND_UINT8, PD_KIND_INT16, PG_FORM_INT2, HOME_INT, "smallint"},
    {PD_KIND_UINT16, PD_KIND_INT32, PG_FORM_INT4, HOME_INT, "integer"},
    {PD_KIND_UINT32, PD_KIND_INT64, PG_FORM_INT8, HOME_INT, "bigint"},
    {PD_KIND_UINT64, PD_KIND_DECIMAL, PG_FORM_INT8, HOME_INT, "numeric(20,0)"},
    {PD_KIND_FLOAT32, PD_KIND_FLOAT32, PG_FORM_FLOAT4, HOME_REAL, "real"},
    {PD_KIND_FLOAT64, PD_KIND_FLOAT64, PG_FORM_FLOAT8, HOME_REAL, "double precision"},
    {PD_KIND_DECIMAL, PD_KIND_DECIMAL, PG_FORM_NUMERIC, HOME_OTHER, "numeric", SUFFIX_SCALE},
    {PD_KIND_NUMBER, PD_KIND_DECIMAL, PG_FORM_TEXT, HOME_NUMBER, "numeric", SUFFIX_NONE,
     PD_RUNG_PROFILED, "integers and floats are told apart by the point alone"},
    {PD_KIND_TEXT, PD_KIND_TEXT, PG_FORM_STRING, HOME_TEXT, "text"},
    {PD_KIND_CHAR, PD_KIND_CHAR, PG_FORM_BPCHAR, HOME_TEXT, "character", SUFFIX_LENGTH},
    {PD_KIND_BINARY, PD_KIND_BINARY, PG_FORM_BYTEA, HOME_BYTES, "bytea"},
    {PD_KIND_DATE, PD_KIND_DATE, PG_FORM_DATE, HOME_OTHER, "date"},
    {PD_KIND_TIME, PD_KIND_TIME, PG_FORM_TIME, HOME_OTHER, "time", SUFFIX_TIME},
    {PD_KIND_TIMETZ, PD_KIND_TIMETZ, PG_FORM_TIMETZ, HOME_OTHER, "time%s with time zone",
     SUFFIX_TIME},
    {PD_KIND_TIMESTAMP, PD_KIND_TIMESTAMP, PG_FORM_TIMESTAMP, HOME_OTHER, "timestamp", SUFFIX_TIME},
    {PD_KIND_TIMESTAMPTZ, PD_KIND_TIMESTAMPTZ, PG_FORM_TIMESTAMP, HOME_OTHER,
     "timestamp%s with time zone", SUFFIX_TIME},
    {PD_KIND_INTERVAL, PD_KIND_INTERVAL, PG_FORM_INTERVAL, HOME_OTHER, "interval", SUFFIX_TIME},
    {PD_KIND_YEAR, PD_KIND_INT16, PG_FORM_INT2, HOME_INT, "smallint"},
    {PD_KIND_JSON, PD_KIND_JSON, PG_FORM_STRING, HOME_TEXT, "json"},
    {PD_KIND_JSONB, PD_KIND_JSONB, PG_FORM_JSONB, HOME_TEXT, "jsonb"},
    {PD_KIND_XML, PD_KIND_XML, PG_FORM_TEXT, HOME_TEXT, "xml"},
    {PD_KIND_UUID, PD_KIND_UUID, PG_FORM_UUID, HOME_OTHER, "uuid"},
    {PD_KIND_BIT, PD_KIND_BIT, PG_FORM_BIT, HOME_OTHER, "bit", SUFFIX_LENGTH},
    {PD_KIND_VARBIT, PD_KIND_VARBIT, PG_FORM_BIT, HOME_OTHER, "bit varying", SUFFIX_LENGTH},
    {PD_KIND_ENUM, PD_KIND_ENUM, PG_FORM_STRING, HOME_TEXT, ""},
    {PD_KIND_SET, PD_KIND_TEXT, PG_FORM_STRING, HOME_TEXT, "text", SUFFIX_NONE, PD_RUNG_CARRIER,
     NO_SUCH_TYPE},
    {PD_KIND_INET, PD_KIND_INET, PG_FORM_INET, HOME_OTHER, "inet"},
    {PD_KIND_CIDR, PD_KIND_CIDR, PG_FORM_INET, HOME_OTHER, "cidr"},
    {PD_KIND_INET4, PD_KIND_INET, PG_FORM_INET, HOME_OTHER, "inet"},
    {PD_KIND_INET6, PD_KIND_INET, PG_FORM_INET, HOME_OTHER, "inet"},
    {PD_KIND_MACADDR, PD_KIND_MACADDR, PG_FORM_MAC, HOME_OTHER, "macaddr"},
    {PD_KIND_MACADDR8, PD_KIND_MACADDR8, PG_FORM_MAC, HOME_OTHER, "macaddr8"},
    {PD_KIND_ARRAY, PD_KIND_TEXT, PG_FORM_TEXT, HOME_OTHER, "text", SUFFIX_NONE, PD_RUNG_CARRIER,
     "the type of its elements is not made here, its text keeps it"},
    {PD_KIND_GEOMETRY, PD_KIND_BINARY, PG_FORM_BYTEA, HOME_BYTES, "bytea", SUFFIX_NONE,
     PD_RUNG_CARRIER, "PostgreSQL has no such type, its bytes keep it"},
    {PD_KIND_ANY, PD_KIND_TEXT, PG_FORM_STRING, HOME_ANY, "text", SUFFIX_NONE, PD_RUNG_CARRIER,
     "values of any type may be in it: a letter before each tells which"},
    {PD_KIND_MONEY, PD_KIND_MONEY, PG_FORM_MONEY, HOME_INT, "money"},
    {PD_KIND_OID, PD_KIND_OID, PG_FORM_OID, HOME_INT, "oid"},
    {PD_KIND_OPAQUE, PD_KIND_TEXT, PG_FORM_TEXT, HOME_OTHER, "text", SUFFIX_NONE, PD_RUNG_CARRIER,
     "the type is not made here, its text keeps it"},
};

/* The table above is the last word on kinds, but it has to stand before what looks into it. */
static const struct map_row *
find_row(int kind)
{
    size_t i;

    for (i = 0; i < sizeof kind_rows / sizeof *kind_rows; i++) {
        if (kind_rows[i].kind == kind)
            return &kind_rows[i];
    }
    return NULL;
}

enum pg_form
map_form(const struct pd_type *as)
{
    const struct map_row *row = find_row(as->kind);

    return row ? (enum pg_form)row->form : PG_FORM_TEXT;
}

static void
set_as(struct map_choice *c, int kind)
{
    memset(&c->m->as, 0, sizeof c->m->as);
    c->m->as.struct_size = sizeof c->m->as;
    c->m->as.kind = (uint16_t)kind;
    c->m->as.precision = kind >= PD_KIND_TIME && kind <= PD_KIND_INTERVAL ? -1 : 0;
}

void
map_set_type(struct map_choice *c, int rung, int kind, const char *native, const char *reason)
{
    c->m->rung = (uint32_t)rung;
    c->m->reason = reason;
    set_as(c, kind);
    snprintf(c->spelled, sizeof c->spelled, "%s", native);
}

/* "name(n)", or the parentheses in the place of %s. */
static void
put_suffix(struct map_choice *c, const char *name, const char *suffix)
{
    const char *place = strstr(name, "%s");

    if (place)
        snprintf(c->spelled, sizeof c->spelled, "%.*s%s%s", (int)(place - name), name, suffix,
                 place + 2);
    else
        snprintf(c->spelled, sizeof c->spelled, "%s%s", name, suffix);
}

static void
spell_row(struct map_choice *c)
{
    const struct pd_type *type = &c->column->type;
    char suffix[32] = "";

    if (c->row->suffix == SUFFIX_LENGTH && type->length > 0)
        snprintf(suffix, sizeof suffix, "(%" PRIu64 ")", type->length);
    else if (c->row->suffix == SUFFIX_SCALE && type->precision > 0)
        snprintf(suffix, sizeof suffix, "(%d,%d)", type->precision, type->scale);
    else if (c->row->suffix == SUFFIX_TIME && type->precision >= 0 && type->precision <= 6)
        snprintf(suffix, sizeof suffix, "(%d)", type->precision);
    put_suffix(c, c->row->native, suffix);
}

/* ---- Kinds with parameters that the server may not have ---- */

static void
limit_decimal(struct map_choice *c)
{
    const struct pd_type *type = &c->column->type;

    if (type->precision <= MAP_MOST_DIGITS && type->scale <= MAP_MOST_DIGITS &&
        type->scale >= -MAP_MOST_DIGITS)
        return;
    map_set_type(c, PD_RUNG_NATIVE, PD_KIND_DECIMAL, "numeric",
                 "its digits are more than PostgreSQL can be told to count");
}

static void
limit_text(struct map_choice *c)
{
    uint64_t length = c->column->type.length;

    if (length == 0)
        return;
    if (length <= MAP_MOST_CHARACTERS) {
        snprintf(c->spelled, sizeof c->spelled, "character varying(%" PRIu64 ")", length);
        return;
    }
    map_set_type(c, PD_RUNG_NATIVE, PD_KIND_TEXT, "text",
                 "its length is more than PostgreSQL can be told to count");
}

static void
limit_char(struct map_choice *c)
{
    uint64_t length = c->column->type.length;

    if (length >= 1 && length <= MAP_MOST_CHARACTERS)
        return;
    c->m->as.length = 0;
    snprintf(c->spelled, sizeof c->spelled, "text");
}

static void
limit_bits(struct map_choice *c)
{
    if (c->column->type.length <= MAX_BITS &&
        (c->column->type.length || c->column->type.kind == PD_KIND_VARBIT))
        return;
    map_set_type(c, PD_RUNG_NATIVE, PD_KIND_VARBIT, "bit varying", NULL);
}

/* A default that is no time of a day promises values that are none. */
static bool
has_wide_default(const struct pd_column *column)
{
    const char *text = column->default_text;

    return column->default_kind == PD_DEFAULT_LITERAL && text &&
           (strcspn(text, ":") != 2 || *text == '-' || strcmp(text, "24:00:00") > 0);
}

/* What is computed is not in the profile. */
static bool
is_of_a_day(const struct map_choice *c)
{
    return c->profile && !c->column->generated && !has_wide_default(c->column) &&
           !(c->profile->flags & (PD_PROFILE_NEGATIVE_TIME | PD_PROFILE_BEYOND_DAY));
}

static void
limit_time(struct map_choice *c)
{
    if (!(c->column->type.flags & PD_TYPE_WIDE))
        return;
    if (is_of_a_day(c)) {
        c->m->rung = PD_RUNG_PROFILED;
        c->m->reason = "every value is within a day";
        c->m->as.flags &= (uint16_t)~PD_TYPE_WIDE;
        return;
    }
    map_set_type(c, PD_RUNG_NATIVE, PD_KIND_INTERVAL, "interval", NULL);
    if (!c->profile && !c->column->generated && !has_wide_default(c->column))
        c->m->flags |= PD_MAPPING_GUESS;
}

static bool
labels_fit(const struct pd_type *type)
{
    size_t i, k;

    for (i = 0; i < type->n_labels; i++) {
        if (strlen(type->labels[i]) > MAX_LABEL)
            return false;
        for (k = 0; k < i; k++) {
            if (strcmp(type->labels[i], type->labels[k]) == 0)
                return false;
        }
    }
    return type->n_labels > 0;
}

static void
limit_enum(struct map_choice *c)
{
    if (!labels_fit(&c->column->type))
        map_set_type(
            c, PD_RUNG_CARRIER, PD_KIND_TEXT, "text",
            "a label is longer than the 63 bytes that PostgreSQL takes, a check keeps them");
}

static void
limit_uint64(struct map_choice *c)
{
    c->m->as.precision = UINT64_DIGITS;
}

static void
apply_limit(struct map_choice *c)
{
    static const struct {
        uint8_t kind;
        void (*limit)(struct map_choice *c);
    } limits[] = {
        {PD_KIND_DECIMAL, limit_decimal}, {PD_KIND_TEXT, limit_text},
        {PD_KIND_CHAR, limit_char},       {PD_KIND_BIT, limit_bits},
        {PD_KIND_TIME, limit_time},       {PD_KIND_VARBIT, limit_bits},
        {PD_KIND_ENUM, limit_enum},       {PD_KIND_UINT64, limit_uint64},
    };
    size_t i;

    for (i = 0; i < sizeof limits / sizeof *limits; i++) {
        if (limits[i].kind == c->column->type.kind)
            limits[i].limit(c);
    }
}

/* ---- All together ---- */

static pd_status
keep(struct map_choice *c)
{
    c->m->native = pd_pool_text(&c->map->sink->pool, c->spelled);
    return c->m->native ? PD_OK : pg_no_memory(c->map->sink->host, c->map->err);
}

pd_status
map_kind(struct map *map, const struct pd_column *column, const struct pd_profile *profile,
         bool without_hint, struct pd_mapping *ret_mapping)
{
    struct map_choice c = {.map = map,
                           .column = column,
                           .profile = profile,
                           .row = find_row(column->type.kind),
                           .m = ret_mapping};
    bool hinted;

    memset(ret_mapping, 0, sizeof *ret_mapping);
    if (!c.row) {
        map_set_type(&c, PD_RUNG_REFUSED, PD_KIND_TEXT, "text", "the type is not known");
        return keep(&c);
    }
    map_set_type(&c, c.row->rung, c.row->as, "", c.row->reason);
    if (c.row->as == column->type.kind)
        ret_mapping->as = column->type;
    if (column->type.kind == PD_KIND_ANY)
        ret_mapping->flags |= PD_MAPPING_TAGGED;
    spell_row(&c);
    apply_limit(&c);
    hinted = !without_hint && map_has_hint(&c);
    if (profile)
        map_judge(&c, hinted);
    else
        map_guess(&c, hinted);
    return keep(&c);
}

pd_status
map_text(struct map *map, const char *reason, struct pd_mapping *mapping)
{
    struct map_choice c = {.map = map, .m = mapping};

    map_set_type(&c, PD_RUNG_CARRIER, PD_KIND_TEXT, "text", reason);
    return keep(&c);
}
