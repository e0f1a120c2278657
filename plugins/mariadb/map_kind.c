// SPDX-License-Identifier: Apache-2.0
/* map_kind - the server's type for a neutral type: one row a kind, and what the server cannot be
   told of its parameters. */
#include <inttypes.h>
#include <string.h>

#include "map_inside.h"

/* What stands in parentheses behind the name of a type. */
enum suffix { SUFFIX_NONE, SUFFIX_LENGTH, SUFFIX_TIME };

enum {
    MAX_BITS = 64,
    MAX_CHAR = 255,
    MAX_LABEL = 255,
    MAX_LABELS = 65535,
    MAX_SET = 64,
    MONEY_DIGITS = 19,
    VERSION_UUID = 100700,
    VERSION_INET4 = 101000,
    VERSION_INET6 = 100500,
    VERSION_JSON = 100207
};

#define NO_SUCH_TYPE "MariaDB has no such type, its text keeps it"

static const struct map_row kind_rows[] = {
    {PD_KIND_BOOL, PD_KIND_BOOL, "tinyint(1)"},
    {PD_KIND_INT8, PD_KIND_INT8, "tinyint"},
    {PD_KIND_INT16, PD_KIND_INT16, "smallint"},
    {PD_KIND_INT32, PD_KIND_INT32, "int"},
    {PD_KIND_INT64, PD_KIND_INT64, "bigint"},
    {PD_KIND_UINT8, PD_KIND_UINT8, "tinyint unsigned"},
    {PD_KIND_UINT16, PD_KIND_UINT16, "smallint unsigned"},
    {PD_KIND_UINT32, PD_KIND_UINT32, "int unsigned"},
    {PD_KIND_UINT64, PD_KIND_UINT64, "bigint unsigned"},
    {PD_KIND_FLOAT32, PD_KIND_FLOAT32, "float"},
    {PD_KIND_FLOAT64, PD_KIND_FLOAT64, "double"},
    {PD_KIND_DECIMAL, PD_KIND_DECIMAL, ""},
    {PD_KIND_NUMBER, PD_KIND_TEXT, "", SUFFIX_NONE, PD_RUNG_CARRIER,
     "integers and floats may be in it, text keeps both"},
    {PD_KIND_TEXT, PD_KIND_TEXT, ""},
    {PD_KIND_CHAR, PD_KIND_CHAR, "char", SUFFIX_LENGTH},
    {PD_KIND_BINARY, PD_KIND_BINARY, ""},
    {PD_KIND_DATE, PD_KIND_DATE, "date"},
    {PD_KIND_TIME, PD_KIND_TIME, "time", SUFFIX_TIME},
    {PD_KIND_TIMETZ, PD_KIND_TEXT, "varchar(32)", SUFFIX_NONE, PD_RUNG_CARRIER, NO_SUCH_TYPE},
    {PD_KIND_TIMESTAMP, PD_KIND_TIMESTAMP, "datetime", SUFFIX_TIME},
    {PD_KIND_TIMESTAMPTZ, PD_KIND_TIMESTAMP, "datetime", SUFFIX_TIME, PD_RUNG_NATIVE,
     "its instants are those of UTC"},
    {PD_KIND_INTERVAL, PD_KIND_TEXT, "varchar(64)", SUFFIX_NONE, PD_RUNG_CARRIER, NO_SUCH_TYPE},
    {PD_KIND_YEAR, PD_KIND_YEAR, "year"},
    {PD_KIND_JSON, PD_KIND_JSON, "json"},
    {PD_KIND_JSONB, PD_KIND_JSON, "json"},
    {PD_KIND_XML, PD_KIND_TEXT, "", SUFFIX_NONE, PD_RUNG_CARRIER, NO_SUCH_TYPE},
    {PD_KIND_UUID, PD_KIND_UUID, "uuid"},
    {PD_KIND_BIT, PD_KIND_BIT, "bit", SUFFIX_LENGTH},
    {PD_KIND_VARBIT, PD_KIND_TEXT, "", SUFFIX_NONE, PD_RUNG_CARRIER, NO_SUCH_TYPE},
    {PD_KIND_ENUM, PD_KIND_ENUM, "enum"},
    {PD_KIND_SET, PD_KIND_SET, "set"},
    {PD_KIND_INET, PD_KIND_TEXT, "varchar(43)", SUFFIX_NONE, PD_RUNG_CARRIER, NO_SUCH_TYPE},
    {PD_KIND_CIDR, PD_KIND_TEXT, "varchar(43)", SUFFIX_NONE, PD_RUNG_CARRIER, NO_SUCH_TYPE},
    {PD_KIND_INET4, PD_KIND_INET4, "inet4"},
    {PD_KIND_INET6, PD_KIND_INET6, "inet6"},
    {PD_KIND_MACADDR, PD_KIND_TEXT, "char(17)", SUFFIX_NONE, PD_RUNG_CARRIER, NO_SUCH_TYPE},
    {PD_KIND_MACADDR8, PD_KIND_TEXT, "char(23)", SUFFIX_NONE, PD_RUNG_CARRIER, NO_SUCH_TYPE},
    {PD_KIND_ARRAY, PD_KIND_TEXT, "", SUFFIX_NONE, PD_RUNG_CARRIER, NO_SUCH_TYPE},
    {PD_KIND_GEOMETRY, PD_KIND_GEOMETRY, "geometry"},
    {PD_KIND_ANY, PD_KIND_TEXT, "", SUFFIX_NONE, PD_RUNG_CARRIER,
     "values of any type may be in it: a letter before each tells which"},
    {PD_KIND_MONEY, PD_KIND_DECIMAL, ""},
    {PD_KIND_OID, PD_KIND_UINT32, "int unsigned"},
    {PD_KIND_OPAQUE, PD_KIND_TEXT, "", SUFFIX_NONE, PD_RUNG_CARRIER,
     "the type is one of another engine, its text keeps it"},
};

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

/* ---- How they are sent ---- */

static const struct form_row {
    uint8_t kind;
    uint8_t form;
    uint8_t size;
    bool is_unsigned;
} form_rows[] = {
    {PD_KIND_BOOL, MY_FORM_INT, 1, false},
    {PD_KIND_INT8, MY_FORM_INT, 1, false},
    {PD_KIND_INT16, MY_FORM_INT, 2, false},
    {PD_KIND_INT32, MY_FORM_INT, 4, false},
    {PD_KIND_INT64, MY_FORM_INT, 8, false},
    {PD_KIND_UINT8, MY_FORM_INT, 1, true},
    {PD_KIND_UINT16, MY_FORM_INT, 2, true},
    {PD_KIND_UINT32, MY_FORM_INT, 4, true},
    {PD_KIND_UINT64, MY_FORM_INT, 8, true},
    {PD_KIND_FLOAT32, MY_FORM_FLOAT, 0, false},
    {PD_KIND_FLOAT64, MY_FORM_DOUBLE, 0, false},
    {PD_KIND_DECIMAL, MY_FORM_DECIMAL, 0, false},
    {PD_KIND_BINARY, MY_FORM_BYTES, 0, false},
    {PD_KIND_DATE, MY_FORM_DATE, 0, false},
    {PD_KIND_TIME, MY_FORM_TIME, 0, false},
    {PD_KIND_TIMESTAMP, MY_FORM_DATETIME, 0, false},
    {PD_KIND_TIMESTAMPTZ, MY_FORM_DATETIME, 0, false},
    {PD_KIND_YEAR, MY_FORM_YEAR, 0, false},
    {PD_KIND_UUID, MY_FORM_UUID, 0, false},
    {PD_KIND_BIT, MY_FORM_BIT, 0, false},
    {PD_KIND_ENUM, MY_FORM_ENUM, 0, false},
    {PD_KIND_SET, MY_FORM_SET, 0, false},
    {PD_KIND_INET4, MY_FORM_ADDRESS, 0, false},
    {PD_KIND_INET6, MY_FORM_ADDRESS, 0, false},
    {PD_KIND_GEOMETRY, MY_FORM_GEOMETRY, 0, false},
};

void
map_form(const struct pd_type *as, struct target_column *column)
{
    size_t i;

    column->form = MY_FORM_TEXT;
    column->size = 0;
    column->is_unsigned = false;
    for (i = 0; i < sizeof form_rows / sizeof *form_rows; i++) {
        if (form_rows[i].kind != as->kind)
            continue;
        column->form = form_rows[i].form;
        column->size = form_rows[i].size;
        column->is_unsigned = form_rows[i].is_unsigned;
    }
}

/* ---- Types ---- */

void
map_set_decimal(struct pd_choice *c, int rung, int32_t precision, int32_t scale, const char *reason)
{
    pd_choice_set(c, rung, PD_KIND_DECIMAL, "", reason);
    pd_sql_printf(&c->spelled, "decimal(%d,%d)", precision, scale);
    c->mapping->as.precision = precision;
    c->mapping->as.scale = scale;
}

/* Digits after the second: the source's, or those that its engine has by itself. */
static void
put_time_suffix(struct pd_choice *c)
{
    int32_t precision = c->column->type.precision;

    precision = precision < 0 || precision > 6 ? 6 : precision;
    c->mapping->as.precision = precision;
    if (precision)
        pd_sql_printf(&c->spelled, "(%d)", precision);
}

static void
spell_row(struct pd_choice *c, const struct map_row *row)
{
    const struct pd_type *type = &c->column->type;

    pd_sql_add(&c->spelled, row->native);
    if (row->suffix == SUFFIX_LENGTH && type->length > 0)
        pd_sql_printf(&c->spelled, "(%" PRIu64 ")", type->length);
    else if (row->suffix == SUFFIX_TIME)
        put_time_suffix(c);
}

/* ---- Kinds with parameters that the server may not have ---- */

/* numeric(3,-2) has zeros before the point that are no digits of it, numeric(2,5) behind it. */
static void
limit_decimal(struct pd_choice *c)
{
    int32_t p = c->column->type.precision, s = c->column->type.scale;

    if (p > 0 && s < 0) {
        p -= s;
        s = 0;
    } else if (p > 0 && s > p) {
        p = s;
    }
    if (p > 0 && p <= MAP_MOST_DIGITS && s <= MAP_MOST_SCALE) {
        map_set_decimal(c, PD_RUNG_NATIVE, p, s, NULL);
        return;
    }
    pd_choice_set(c, PD_RUNG_CARRIER, PD_KIND_TEXT, "",
                  p > 0 ? "MariaDB counts 65 digits at most, 38 of them behind the point"
                        : "each value has a scale of its own, its text keeps it");
}

static void
limit_money(struct pd_choice *c)
{
    map_set_decimal(c, PD_RUNG_NATIVE, MONEY_DIGITS, c->column->type.scale, NULL);
}

static void
limit_char(struct pd_choice *c)
{
    uint64_t length = c->column->type.length;

    if (length >= 1 && length <= MAX_CHAR)
        return;
    pd_sql_clear(&c->spelled);
    if (length == 0)
        pd_choice_set(c, PD_RUNG_NATIVE, PD_KIND_TEXT, "", NULL);
}

static void
limit_bits(struct pd_choice *c)
{
    if (c->column->type.length >= 1 && c->column->type.length <= MAX_BITS)
        return;
    pd_choice_set(c, PD_RUNG_CARRIER, PD_KIND_TEXT, "",
                  "MariaDB's have 64 bits at most, its text keeps it");
    c->mapping->as.length = c->column->type.length;
}

static void
limit_varbit(struct pd_choice *c)
{
    c->mapping->as.length = c->column->type.length;
}

/* ---- Labels ---- */

/* The server would show a character of four bytes as '?', which other programs take for it. */
static bool
label_fits(const char *label, bool is_set)
{
    size_t n_characters = 0, i;

    for (i = 0; label[i]; i++) {
        unsigned char byte = (unsigned char)label[i];

        if (byte >= 0xf0)
            return false;
        n_characters += (byte & 0xc0) != 0x80;
    }
    if (i && label[i - 1] == ' ')
        return false;
    return n_characters <= MAX_LABEL && !(is_set && strchr(label, ','));
}

static bool
labels_fit(const struct pd_type *type)
{
    bool is_set = type->kind == PD_KIND_SET;
    size_t i, k;

    for (i = 0; i < type->n_labels; i++) {
        if (!label_fits(type->labels[i], is_set))
            return false;
        for (k = 0; k < i; k++) {
            if (strcmp(type->labels[i], type->labels[k]) == 0)
                return false;
        }
    }
    return type->n_labels > 0 && type->n_labels <= (is_set ? MAX_SET : MAX_LABELS);
}

/* Characters of the longest. */
static uint64_t
longest_label(const struct pd_type *type)
{
    uint64_t most = 1;
    size_t i, k;

    for (i = 0; i < type->n_labels; i++) {
        uint64_t n = 0;

        for (k = 0; type->labels[i][k]; k++)
            n += ((unsigned char)type->labels[i][k] & 0xc0) != 0x80;
        most = n > most ? n : most;
    }
    return most;
}

static void
limit_labels(struct pd_choice *c)
{
    const struct pd_type *type = &c->column->type;
    size_t i;

    if (!labels_fit(type)) {
        pd_choice_set(c, PD_RUNG_CARRIER, PD_KIND_TEXT, "",
                      "MariaDB does not take a label of it as it is, a check keeps them");
        if (type->kind == PD_KIND_ENUM)
            c->mapping->as.length = longest_label(type);
        return;
    }
    for (i = 0; i < type->n_labels; i++) {
        pd_sql_add(&c->spelled, i ? "," : "(");
        my_literal(&c->spelled, type->labels[i], strlen(type->labels[i]));
    }
    pd_sql_add(&c->spelled, ")");
}

/* ---- Types that not every server has ---- */

static void
limit_geometry(struct pd_choice *c)
{
    static const char *const names[] = {
        "geometry",   "point",           "linestring",   "polygon",
        "multipoint", "multilinestring", "multipolygon", "geometrycollection"};
    const struct pd_type *type = &c->column->type;
    size_t i;

    for (i = 0; i < sizeof names / sizeof *names && type->native_name; i++) {
        if (strcmp(type->native_name, names[i]) == 0) {
            pd_sql_clear(&c->spelled);
            pd_sql_add(&c->spelled, names[i]);
        }
    }
    if (type->srid && map_of(c)->sink->my)
        map_put_srid(map_of(c)->sink->my, type->srid, &c->spelled);
}

static bool
has_version(const struct pd_choice *c, int version)
{
    const struct my *my = map_of(c)->sink->my;

    return !my || (my->is_mariadb && my->version >= version);
}

bool
map_has_uuid(const struct pd_choice *c)
{
    return has_version(c, VERSION_UUID);
}

static void
limit_uuid(struct pd_choice *c)
{
    if (!map_has_uuid(c))
        pd_choice_set(c, PD_RUNG_CARRIER, PD_KIND_TEXT, "varchar(36)", NO_SUCH_TYPE);
}

static void
limit_inet4(struct pd_choice *c)
{
    if (!has_version(c, VERSION_INET4))
        pd_choice_set(c, PD_RUNG_CARRIER, PD_KIND_TEXT, "varchar(15)", NO_SUCH_TYPE);
}

static void
limit_inet6(struct pd_choice *c)
{
    if (!has_version(c, VERSION_INET6))
        pd_choice_set(c, PD_RUNG_CARRIER, PD_KIND_TEXT, "varchar(45)", NO_SUCH_TYPE);
}

/* Other servers print the values in a form of their own. */
static void
limit_json(struct pd_choice *c)
{
    if (!has_version(c, VERSION_JSON))
        pd_choice_set(c, PD_RUNG_CARRIER, PD_KIND_TEXT, "longtext",
                      "the server writes JSON in a form of its own, text keeps it");
}

static void
apply_limit(struct pd_choice *c)
{
    static const struct {
        uint8_t kind;
        void (*limit)(struct pd_choice *c);
    } limits[] = {
        {PD_KIND_DECIMAL, limit_decimal}, {PD_KIND_CHAR, limit_char},
        {PD_KIND_BIT, limit_bits},        {PD_KIND_VARBIT, limit_varbit},
        {PD_KIND_ENUM, limit_labels},     {PD_KIND_SET, limit_labels},
        {PD_KIND_MONEY, limit_money},     {PD_KIND_GEOMETRY, limit_geometry},
        {PD_KIND_UUID, limit_uuid},       {PD_KIND_INET4, limit_inet4},
        {PD_KIND_INET6, limit_inet6},     {PD_KIND_JSON, limit_json},
        {PD_KIND_JSONB, limit_json},
    };
    size_t i;

    for (i = 0; i < sizeof limits / sizeof *limits; i++) {
        if (limits[i].kind == c->column->type.kind)
            limits[i].limit(c);
    }
}

/* ---- All together ---- */

static void
choose(struct pd_choice *c, const struct map_row *row, bool without_hint)
{
    const struct pd_column *column = c->column;

    pd_choice_begin(c, row->rung, row->as, row->reason);
    spell_row(c, row);
    apply_limit(c);
    if (column->generated && column->type.kind == PD_KIND_NUMBER &&
        column->hint.kind != PD_KIND_BOOL)
        pd_choice_set(c, PD_RUNG_PROFILED, PD_KIND_FLOAT64, "double", "it is computed");
    else if (!column->generated || column->type.kind != PD_KIND_DECIMAL)
        pd_choice_judge(c, without_hint); /* of what is computed there are no values to go by */
}

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
        choose(&c, row, without_hint);
    } else {
        pd_choice_begin(&c, PD_RUNG_REFUSED, PD_KIND_TEXT, "the type is not known");
        pd_sql_add(&c.spelled, "longtext");
    }
    return pd_choice_keep(&c, &map->sink->pool) == PD_OK ? PD_OK
                                                         : my_no_memory(map->sink->host, map->err);
}
