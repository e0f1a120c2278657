// SPDX-License-Identifier: Apache-2.0
/* map_kind - the server's type for a neutral type: one row a kind, and what the server cannot be
   told of its parameters. */
#include <inttypes.h>
#include <string.h>

#include "map_inside.h"

/* What stands in parentheses behind the name of a type. */
enum suffix { SUFFIX_NONE, SUFFIX_LENGTH, SUFFIX_SCALE, SUFFIX_TIME };

enum { MAX_BITS = 83886080, MAX_LABEL = 63, UINT64_DIGITS = 20 };

#define NO_SUCH_TYPE "PostgreSQL has no such type, its text keeps it"

static const struct map_row kind_rows[] = {
    {PD_KIND_BOOL, PD_KIND_BOOL, PG_FORM_BOOL, "boolean"},
    {PD_KIND_INT8, PD_KIND_INT16, PG_FORM_INT2, "smallint"},
    {PD_KIND_INT16, PD_KIND_INT16, PG_FORM_INT2, "smallint"},
    {PD_KIND_INT32, PD_KIND_INT32, PG_FORM_INT4, "integer"},
    {PD_KIND_INT64, PD_KIND_INT64, PG_FORM_INT8, "bigint"},
    {PD_KIND_UINT8, PD_KIND_INT16, PG_FORM_INT2, "smallint"},
    {PD_KIND_UINT16, PD_KIND_INT32, PG_FORM_INT4, "integer"},
    {PD_KIND_UINT32, PD_KIND_INT64, PG_FORM_INT8, "bigint"},
    {PD_KIND_UINT64, PD_KIND_DECIMAL, PG_FORM_INT8, "numeric(20,0)"},
    {PD_KIND_FLOAT32, PD_KIND_FLOAT32, PG_FORM_FLOAT4, "real"},
    {PD_KIND_FLOAT64, PD_KIND_FLOAT64, PG_FORM_FLOAT8, "double precision"},
    {PD_KIND_DECIMAL, PD_KIND_DECIMAL, PG_FORM_NUMERIC, "numeric", SUFFIX_SCALE},
    {PD_KIND_NUMBER, PD_KIND_DECIMAL, PG_FORM_TEXT, "numeric", SUFFIX_NONE, PD_RUNG_PROFILED,
     "integers and floats are told apart by the point alone"},
    {PD_KIND_TEXT, PD_KIND_TEXT, PG_FORM_STRING, "text"},
    {PD_KIND_CHAR, PD_KIND_CHAR, PG_FORM_BPCHAR, "character", SUFFIX_LENGTH},
    {PD_KIND_BINARY, PD_KIND_BINARY, PG_FORM_BYTEA, "bytea"},
    {PD_KIND_DATE, PD_KIND_DATE, PG_FORM_DATE, "date"},
    {PD_KIND_TIME, PD_KIND_TIME, PG_FORM_TIME, "time", SUFFIX_TIME},
    {PD_KIND_TIMETZ, PD_KIND_TIMETZ, PG_FORM_TIMETZ, "time%s with time zone", SUFFIX_TIME},
    {PD_KIND_TIMESTAMP, PD_KIND_TIMESTAMP, PG_FORM_TIMESTAMP, "timestamp", SUFFIX_TIME},
    {PD_KIND_TIMESTAMPTZ, PD_KIND_TIMESTAMPTZ, PG_FORM_TIMESTAMP, "timestamp%s with time zone",
     SUFFIX_TIME},
    {PD_KIND_INTERVAL, PD_KIND_INTERVAL, PG_FORM_INTERVAL, "interval", SUFFIX_TIME},
    {PD_KIND_YEAR, PD_KIND_INT16, PG_FORM_INT2, "smallint"},
    {PD_KIND_JSON, PD_KIND_JSON, PG_FORM_STRING, "json"},
    {PD_KIND_JSONB, PD_KIND_JSONB, PG_FORM_JSONB, "jsonb"},
    {PD_KIND_XML, PD_KIND_XML, PG_FORM_TEXT, "xml"},
    {PD_KIND_UUID, PD_KIND_UUID, PG_FORM_UUID, "uuid"},
    {PD_KIND_BIT, PD_KIND_BIT, PG_FORM_BIT, "bit", SUFFIX_LENGTH},
    {PD_KIND_VARBIT, PD_KIND_VARBIT, PG_FORM_BIT, "bit varying", SUFFIX_LENGTH},
    {PD_KIND_ENUM, PD_KIND_ENUM, PG_FORM_STRING, ""},
    {PD_KIND_SET, PD_KIND_TEXT, PG_FORM_STRING, "text", SUFFIX_NONE, PD_RUNG_CARRIER, NO_SUCH_TYPE},
    {PD_KIND_INET, PD_KIND_INET, PG_FORM_INET, "inet"},
    {PD_KIND_CIDR, PD_KIND_CIDR, PG_FORM_INET, "cidr"},
    {PD_KIND_INET4, PD_KIND_INET, PG_FORM_INET, "inet"},
    {PD_KIND_INET6, PD_KIND_INET, PG_FORM_INET, "inet"},
    {PD_KIND_MACADDR, PD_KIND_MACADDR, PG_FORM_MAC, "macaddr"},
    {PD_KIND_MACADDR8, PD_KIND_MACADDR8, PG_FORM_MAC, "macaddr8"},
    {PD_KIND_ARRAY, PD_KIND_TEXT, PG_FORM_TEXT, "text", SUFFIX_NONE, PD_RUNG_CARRIER,
     "the type of its elements is not made here, its text keeps it"},
    {PD_KIND_GEOMETRY, PD_KIND_BINARY, PG_FORM_BYTEA, "bytea", SUFFIX_NONE, PD_RUNG_CARRIER,
     "PostgreSQL has no such type, its bytes keep it"},
    {PD_KIND_ANY, PD_KIND_TEXT, PG_FORM_STRING, "text", SUFFIX_NONE, PD_RUNG_CARRIER,
     "values of any type may be in it: a letter before each tells which"},
    {PD_KIND_MONEY, PD_KIND_MONEY, PG_FORM_MONEY, "money"},
    {PD_KIND_OID, PD_KIND_OID, PG_FORM_OID, "oid"},
    {PD_KIND_OPAQUE, PD_KIND_TEXT, PG_FORM_TEXT, "text", SUFFIX_NONE, PD_RUNG_CARRIER,
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

/* "name(n)", or the parentheses in the place of %s. */
static void
spell_row(struct pd_choice *c, const struct map_row *row)
{
    const struct pd_type *type = &c->column->type;
    const char *place = strstr(row->native, "%s");
    size_t size = place ? (size_t)(place - row->native) : strlen(row->native);

    pd_sql_bytes(&c->spelled, row->native, size);
    if (row->suffix == SUFFIX_LENGTH && type->length > 0)
        pd_sql_printf(&c->spelled, "(%" PRIu64 ")", type->length);
    else if (row->suffix == SUFFIX_SCALE && type->precision > 0)
        pd_sql_printf(&c->spelled, "(%d,%d)", type->precision, type->scale);
    else if (row->suffix == SUFFIX_TIME && type->precision >= 0 && type->precision <= 6)
        pd_sql_printf(&c->spelled, "(%d)", type->precision);
    if (place)
        pd_sql_add(&c->spelled, place + 2);
}

/* ---- Kinds with parameters that the server may not have ---- */

static void
limit_decimal(struct pd_choice *c)
{
    const struct pd_type *type = &c->column->type;

    if (type->precision <= MAP_MOST_DIGITS && type->scale <= MAP_MOST_DIGITS &&
        type->scale >= -MAP_MOST_DIGITS)
        return;
    pd_choice_set(c, PD_RUNG_NATIVE, PD_KIND_DECIMAL, "numeric",
                  "its digits are more than PostgreSQL can be told to count");
}

static void
limit_text(struct pd_choice *c)
{
    uint64_t length = c->column->type.length;

    if (length == 0)
        return;
    if (length <= MAP_MOST_CHARACTERS) {
        pd_sql_clear(&c->spelled);
        pd_sql_printf(&c->spelled, "character varying(%" PRIu64 ")", length);
        return;
    }
    pd_choice_set(c, PD_RUNG_NATIVE, PD_KIND_TEXT, "text",
                  "its length is more than PostgreSQL can be told to count");
}

static void
limit_char(struct pd_choice *c)
{
    uint64_t length = c->column->type.length;

    if (length >= 1 && length <= MAP_MOST_CHARACTERS)
        return;
    c->mapping->as.length = 0;
    pd_sql_clear(&c->spelled);
    pd_sql_add(&c->spelled, "text");
}

static void
limit_bits(struct pd_choice *c)
{
    if (c->column->type.length <= MAX_BITS &&
        (c->column->type.length || c->column->type.kind == PD_KIND_VARBIT))
        return;
    pd_choice_set(c, PD_RUNG_NATIVE, PD_KIND_VARBIT, "bit varying", NULL);
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
is_of_a_day(const struct pd_choice *c)
{
    return c->profile && !c->column->generated && !has_wide_default(c->column) &&
           !(c->profile->flags & (PD_PROFILE_NEGATIVE_TIME | PD_PROFILE_BEYOND_DAY));
}

static void
limit_time(struct pd_choice *c)
{
    if (!(c->column->type.flags & PD_TYPE_WIDE))
        return;
    if (is_of_a_day(c)) {
        c->mapping->rung = PD_RUNG_PROFILED;
        c->mapping->reason = "every value is within a day";
        c->mapping->as.flags &= (uint16_t)~PD_TYPE_WIDE;
        return;
    }
    pd_choice_set(c, PD_RUNG_NATIVE, PD_KIND_INTERVAL, "interval", NULL);
    if (!c->profile && !c->column->generated && !has_wide_default(c->column))
        c->mapping->flags |= PD_MAPPING_GUESS;
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
limit_enum(struct pd_choice *c)
{
    if (!labels_fit(&c->column->type))
        pd_choice_set(
            c, PD_RUNG_CARRIER, PD_KIND_TEXT, "text",
            "a label is longer than the 63 bytes that PostgreSQL takes, a check keeps them");
}

static void
limit_uint64(struct pd_choice *c)
{
    c->mapping->as.precision = UINT64_DIGITS;
}

static void
apply_limit(struct pd_choice *c)
{
    static const struct {
        uint8_t kind;
        void (*limit)(struct pd_choice *c);
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

pd_status
map_kind(struct map *map, const struct pd_column *column, const struct pd_profile *profile,
         bool without_hint, struct pd_mapping *ret_mapping)
{
    const struct map_row *row = find_row(column->type.kind);
    struct pd_choice c = {.ways = &map_ways,
                          .own = map,
                          .column = column,
                          .profile = profile,
                          .mapping = ret_mapping,
                          .spelled = {.host = map->sink->host},
                          .can_carry = map->carry};

    if (row) {
        pd_choice_begin(&c, row->rung, row->as, row->reason);
        spell_row(&c, row);
        apply_limit(&c);
        pd_choice_judge(&c, without_hint);
    } else {
        pd_choice_begin(&c, PD_RUNG_REFUSED, PD_KIND_TEXT, "the type is not known");
        pd_sql_add(&c.spelled, "text");
    }
    return pd_choice_keep(&c, &map->sink->pool) == PD_OK ? PD_OK
                                                         : pg_no_memory(map->sink->host, map->err);
}
