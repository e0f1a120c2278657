// SPDX-License-Identifier: Apache-2.0
// convert_meaning - values for columns that are there already: which pairs of kinds there are, and
// numbers and bytes. What is taken for what, without having been asked for, can be read one way
// only.
#include "model/convert_meaning.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/kind.h"
#include "model/text.h"
#include "model/text_real.h"

/* Integers up to here are doubles, each one. */
#define DOUBLE_WHOLE INT64_C(9007199254740992)
#define FLOAT_WHOLE INT64_C(16777216)
#define INT_END 9223372036854775808.0

/* ---- Which pairs there are ---- */

#define WHOLE "int8 int16 int32 int64 uint8 uint16 uint32 uint64 year oid"
#define NUMBERS "decimal money float32 float64"
#define LOOSE "number any"
#define ADDRESSES "inet cidr inet4 inet6 macaddr macaddr8"
#define STRINGS "text char json jsonb xml enum set bit varbit " ADDRESSES " array opaque"
#define STAMPS "date timestamp timestamptz"

const struct convert_meaning convert_meanings[] = {
    {LOOSE, "*", "each value by its own sort",
     "each value as the others in this table, by its own sort", NULL},
    {"*", LOOSE, "the number, else the text", "the number, else the text; bytes stay bytes", NULL},
    {"bool " WHOLE " " NUMBERS, "bool " WHOLE " " NUMBERS, "the same number",
     "the same number, when the column holds it exactly: 0 and 1 as false and true, a float by its "
     "shortest decimal",
     NULL},
    {"bit varbit", "bool " WHOLE, "one bit", "`0` and `1`, of one bit", NULL},
    {"bool " WHOLE, "bit varbit", "one bit", "0 and 1, as one bit", NULL},
    {"text char enum", "bool", "true, t, yes, on, 1 and their opposites",
     "`true` `t` `yes` `y` `on` `1`, `false` `f` `no` `n` `off` `0`, in any case; 1 and 0 where "
     "the column has integers or bits",
     "bool-text"},
    {"bool", "enum", "the label that says true or false",
     "the label among these words, in any case; where the column has further labels", "bool-text"},
    {"text char enum", WHOLE " " NUMBERS, "decimal numbers",
     "a decimal number of digits, a point and a minus, without zeros in front that do not count",
     NULL},
    {WHOLE " " NUMBERS, STAMPS, "times since 1970", "a time since 1970-01-01 00:00:00 UTC",
     "epoch"},
    {STAMPS, WHOLE " " NUMBERS, "times since 1970", "the time since 1970-01-01 00:00:00 UTC",
     "epoch"},
    {"text char", "date time timestamp timestamptz", "times of ISO 8601",
     "ISO 8601: `2024-02-29`, `2024-02-29T12:34:56.5Z`, with a blank instead of the T, without "
     "seconds, a zone of `Z`, `UTC` or `+02:00`; a date where the time is midnight; an instant "
     "needs a zone, or `--assume-zone`",
     NULL},
    {"date", "timestamp", "midnight", "midnight", NULL},
    {"timestamp", "date", "the day, when it is midnight", "when it is midnight", NULL},
    {"date timestamp", "timestamptz", "clocks of the zone that was said",
     "the instant at which clocks of the zone show it", "assume-zone"},
    {"timestamptz", "date timestamp", "clocks in UTC, or of the zone that was said",
     "what clocks show then, of the zone of `--assume-zone`, else in UTC", NULL},
    {"time", "interval", "the same time", "the same microseconds", NULL},
    {"interval", "time", "the same time",
     "the same microseconds, when there are neither days nor months", NULL},
    {"text char", "uuid", "32 hexadecimal digits",
     "32 hexadecimal digits, with or without dashes and braces", NULL},
    {"binary", "uuid", "16 bytes", "16 bytes", "uuid-bytes"},
    {"uuid", "binary", "16 bytes", "16 bytes", "uuid-bytes"},
    {"text char json", "jsonb", "the same JSON, as jsonb spells it",
     "the JSON that the text is, spelt as PostgreSQL prints it, when nothing of it would be lost: "
     "no "
     "name twice in an object, no `\\u0000`, no number beyond those of `numeric`",
     NULL},
    {"text char json jsonb", "json jsonb", "the same text, of JSON", "the text, when it is JSON",
     NULL},
    {"text char " ADDRESSES, ADDRESSES, "the same address", "the same address", NULL},
    {"text char", "timetz interval", "canonical text", "canonical text", NULL},
    {STRINGS, "text char xml enum set bit varbit array opaque", "the same text",
     "the same text, when the column admits it: no blank at the end of `char`, a label of `enum`, "
     "labels of `set` in their order, digits of `bit`",
     NULL},
    {"*", "text char", "canonical text",
     "canonical text; `true` and `false`; a uuid without dashes into 32 characters; bytes that are "
     "text",
     NULL},
    {"text char", "binary", "the bytes of the text", "the bytes of the text", NULL},
    {"binary geometry", "binary geometry", "the same bytes", "the same bytes", NULL},
};
const size_t n_convert_meanings = sizeof convert_meanings / sizeof *convert_meanings;

static bool
has_rule(const struct convert_rules *rules, const char *option)
{
    if (strcmp(option, "epoch") == 0)
        return rules->epoch_us != 0;
    if (strcmp(option, "assume-zone") == 0)
        return rules->has_zone;
    return strcmp(option, "bool-text") == 0 ? rules->reads_bools : rules->packs_uuids;
}

const struct convert_meaning *
convert_meaning_find(int from, int to)
{
    for (size_t i = 0; i < n_convert_meanings; i++) {
        const struct convert_meaning *m = &convert_meanings[i];

        if (convert_lists_kind(m->from, from) && convert_lists_kind(m->to, to))
            return m;
    }
    return NULL;
}

bool
meaning_exists(const struct pd_type *from, const struct pd_type *to,
               const struct convert_rules *rules, const char **ret_option)
{
    const struct convert_meaning *m = convert_meaning_find(from->kind, to->kind);

    *ret_option = NULL;
    if (!kind_name(from->kind) || !kind_name(to->kind))
        return false;
    if (from->kind == to->kind)
        return true;
    if (from->kind == PD_KIND_BOOL && to->kind == PD_KIND_ENUM) {
        if (!meaning_label(to, true) || !meaning_label(to, false))
            return false;
        if (to->n_labels == 2)
            return true;
    }
    if (m && m->option && !has_rule(rules, m->option))
        *ret_option = m->option;
    return m && !*ret_option;
}

static bool
is_text_like(int kind)
{
    return kind == PD_KIND_TEXT || kind == PD_KIND_CHAR || kind == PD_KIND_BINARY;
}

/* Vectors may go as a whole where each cell has but one meaning. */
enum convert_way
meaning_way(const struct conversion *c, enum convert_way way)
{
    bool needs_zone = c->from->kind == PD_KIND_TIMESTAMP || c->from->kind == PD_KIND_TIMESTAMPTZ;

    switch (way) {
    case WAY_SAME:
        if (c->is_same_type)
            return way;
        if (needs_zone)
            return c->rules.zone_us ? WAY_CELLS : way;
        return is_text_like(c->to->kind) ? way : WAY_CELLS;
    case WAY_WHOLE:
    case WAY_FLOAT:
    case WAY_SCALED:
    case WAY_LOOSE_WHOLE:
    case WAY_LOOSE_DECIMAL:
    case WAY_LOOSE_DAY:
        return way;
    default:
        return WAY_CELLS;
    }
}

/* ---- Numbers ---- */

static const char not_a_number[] = "it is no decimal number, as 12 or -3.50";

/* Text of a number, as the decimal that it says; others stay. */
static bool
read_number(struct conversion *c, struct value *value)
{
    struct decimal d;

    value->is_fixed_scale = true; /* how many zeros are behind the point means nothing */
    if (value->class == VALUE_INT || value->class == VALUE_REAL || value->class == VALUE_DECIMAL)
        return true;
    if (value->class != VALUE_TEXT || value->size == 0 ||
        !decimal_parse((const char *)value->bytes, value->size, &d))
        return meaning_refuse(c, not_a_number, NULL);
    value->class = VALUE_DECIMAL;
    return true;
}

/* A bit is a number, several are none. */
static bool
read_bit(struct conversion *c, struct value *value)
{
    bool is_bits = c->from->kind == PD_KIND_BIT || c->from->kind == PD_KIND_VARBIT;

    if (!is_bits || value->class != VALUE_TEXT)
        return true;
    if (value->size != 1)
        return meaning_refuse(c, "it has not one bit", NULL);
    *value = (struct value){.class = VALUE_INT, .integer = value->bytes[0] == '1'};
    return true;
}

/* A float as the integer that it is. */
static bool
read_whole(struct conversion *c, struct value *value)
{
    double real = value->real;

    if (value->class != VALUE_REAL)
        return true;
    if (!(fabs(real) <= (double)DOUBLE_WHOLE) || real != trunc(real))
        return meaning_refuse(c, "it is no whole number", NULL);
    value->class = VALUE_INT;
    value->integer = (int64_t)real;
    return true;
}

static bool
to_bool(struct conversion *c, struct value *value, struct cell *to)
{
    *to = (struct cell){.tag = PD_TAG_PLAIN};
    if (!read_bit(c, value))
        return false;
    if (value->class == VALUE_TEXT && !c->rules.reads_bools)
        return meaning_refuse(c, "text is true or false only when that is said", "bool-text");
    if (value->class == VALUE_TEXT)
        return meaning_read_bool(value, &to->integer) ||
               meaning_refuse(c, "it says neither true nor false", NULL);
    return (read_number(c, value) && read_whole(c, value) && number_to_whole(c, value, to)) ||
           meaning_refuse(c, "only 0 and 1 are false and true", NULL);
}

static bool
to_whole(struct conversion *c, struct value *value, struct cell *to)
{
    int64_t word;

    if (!read_bit(c, value))
        return false;
    /* Engines without booleans have small integers for them. */
    if (value->class == VALUE_TEXT && c->rules.reads_bools && meaning_read_bool(value, &word))
        *value = (struct value){.class = VALUE_INT, .integer = word};
    if (c->to->kind != PD_KIND_MONEY && !read_whole(c, value))
        return false;
    if (!read_number(c, value))
        return false;
    return number_to_whole(c, value, to) ||
           meaning_refuse(c,
                          value->class == VALUE_INT ? "it is beyond what the column holds"
                                                    : "the column holds no such number",
                          NULL);
}

static bool
to_decimal(struct conversion *c, struct value *value, struct cell *to)
{
    if (value->class == VALUE_ODD && place_is_home(PD_KIND_DECIMAL, value->tag)) {
        *to = (struct cell){.tag = value->tag};
        return true;
    }
    if (value->class == VALUE_REAL && value->real == 0)
        value->real = 0; /* decimals have one zero */
    return (read_number(c, value) && number_to_decimal(c, value, to)) ||
           meaning_refuse(c, c->why ? c->why : "it has more digits than the column", NULL);
}

/* What the column would make of a double. */
static bool
refuse_single(struct conversion *c, double real)
{
    float single = (float)real;
    char kept[32];

    if (isinf(single))
        return meaning_refuse(c, "it is beyond what a float of 4 bytes holds", NULL);
    text_real32(single, kept);
    snprintf(c->why_text, sizeof c->why_text, "a float of 4 bytes would keep %s", kept);
    return meaning_refuse(c, c->why_text, NULL);
}

static bool
to_float(struct conversion *c, struct value *value, struct cell *to)
{
    int64_t most = c->to->kind == PD_KIND_FLOAT32 ? FLOAT_WHOLE : DOUBLE_WHOLE;
    struct value real = {.class = VALUE_REAL};
    struct cell number;

    if (value->class == VALUE_TEXT && value->size) { /* NaN, and numbers with an exponent */
        conversion_clear(c, &c->out);
        if (text_parse(c->to, (const char *)value->bytes, value->size, &c->out, to, NULL) == PD_OK)
            return true;
    }
    if (value->class == VALUE_REAL)
        return number_to_float(c, value, to) || refuse_single(c, value->real);
    if (!read_number(c, value))
        return false;
    if (!number_to_number(value, &number))
        return meaning_refuse(c, "no float is the same number", NULL);
    real.real = number.tag == PD_TAG_INT ? (double)number.integer : number.real;
    if (number.tag == PD_TAG_INT && (number.integer > most || number.integer < -most))
        return meaning_refuse(c, "no float is the same number", NULL);
    return number_to_float(c, &real, to) || refuse_single(c, real.real);
}

/* A number, whatever its kind; epochs where they are meant. */
static bool
to_number(struct conversion *c, const struct cell *from, struct value *value, struct cell *to)
{
    if (kind_class(c->from->kind) != PD_CLASS_DATE && value->class == VALUE_TYPED &&
        c->from->kind != PD_KIND_TIMESTAMP && c->from->kind != PD_KIND_TIMESTAMPTZ)
        return meaning_refuse(c, not_a_number, NULL);
    if (value->class == VALUE_TYPED && !meaning_to_epoch(c, from, value))
        return false;
    if (!meaning_text_to_epoch(c, value))
        return false;
    switch (kind_class(c->to->kind)) {
    case PD_CLASS_DECIMAL:
        return to_decimal(c, value, to);
    case PD_CLASS_FLOAT:
        return to_float(c, value, to);
    default:
        return to_whole(c, value, to);
    }
}

/* ---- Where values keep what they are ---- */

/* Columns of numbers keep whole ones as integers; such as have any value keep what comes. */
static void
become_whole(const struct conversion *c, struct cell *to)
{
    if (c->to->kind == PD_KIND_NUMBER && to->tag == PD_TAG_REAL && to->real == trunc(to->real) &&
        fabs(to->real) < INT_END)
        *to = (struct cell){.tag = PD_TAG_INT, .integer = (int64_t)to->real};
}

static bool
to_loose(struct conversion *c, const struct cell *from, struct value *value, struct cell *to)
{
    switch (value->class) {
    case VALUE_INT:
    case VALUE_REAL:
    case VALUE_DECIMAL:
        value->is_fixed_scale = true;
        if (!number_to_number(value, to))
            return meaning_refuse(c, "no integer and no float is the same number", NULL);
        become_whole(c, to);
        return true;
    case VALUE_TEXT:
    case VALUE_TYPED:
        *to = (struct cell){.tag = PD_TAG_TEXT, .bytes = value->bytes, .size = value->size};
        return true;
    case VALUE_BYTES:
        *to = (struct cell){.tag = PD_TAG_BYTES, .bytes = value->bytes, .size = value->size};
        return true;
    default:
        return meaning_refuse(c, "it is no value of another engine", NULL);
    }
}

static bool
to_bytes(struct conversion *c, const struct cell *from, const struct value *value, struct cell *to)
{
    *to = (struct cell){.tag = PD_TAG_PLAIN, .bytes = value->bytes, .size = value->size};
    if (value->class == VALUE_BYTES)
        return true;
    if (value->class == VALUE_TEXT && c->to->kind == PD_KIND_BINARY)
        return true;
    if (c->from->kind != PD_KIND_UUID || from->tag != PD_TAG_PLAIN)
        return meaning_refuse(c, "it is no bytes", NULL);
    to->bytes = from->bytes;
    to->size = from->size;
    return c->rules.packs_uuids || meaning_refuse(c, "it is a uuid", "uuid-bytes");
}

/* ---- One cell ---- */

static bool
dispatch(struct conversion *c, const struct cell *from, struct value *value, struct cell *to)
{
    switch (c->to->kind) {
    case PD_KIND_NUMBER:
    case PD_KIND_ANY:
        return to_loose(c, from, value, to);
    case PD_KIND_BOOL:
        return to_bool(c, value, to);
    case PD_KIND_UUID:
        return meaning_to_uuid(c, value, to);
    default:
        break;
    }
    switch (kind_class(c->to->kind)) {
    case PD_CLASS_INTEGER:
    case PD_CLASS_DECIMAL:
    case PD_CLASS_FLOAT:
        return to_number(c, from, value, to);
    case PD_CLASS_BYTES:
    case PD_CLASS_GEOMETRY:
        return to_bytes(c, from, value, to);
    case PD_CLASS_DATE:
    case PD_CLASS_TIME:
    case PD_CLASS_TIMESTAMP:
    case PD_CLASS_INSTANT:
    case PD_CLASS_TIMETZ:
    case PD_CLASS_INTERVAL:
        return meaning_to_time(c, from, value, to);
    default:
        return meaning_to_string(c, from, value, to);
    }
}

/* A float of 4 bytes means its shortest decimal, but as an integer, which it is or is not. */
static void
shorten(const struct conversion *c, struct value *value)
{
    int class = kind_class(c->to->kind);

    if (number_is_short(c) && value->class == VALUE_REAL && class != PD_CLASS_INTEGER &&
        class != PD_CLASS_BOOL)
        value->real = text_real32_double((float)value->real);
}

/* Infinities, days that no calendar has and the like, where the other kind has them too. */
static bool
odd_stays(const struct conversion *c, const struct value *value)
{
    return value->class == VALUE_ODD && kind_class(c->from->kind) != PD_CLASS_DECIMAL &&
           place_is_home(c->from->kind, value->tag) && place_is_home(c->to->kind, value->tag) &&
           value->tag != PD_TAG_FAR;
}

bool
meaning_convert(struct conversion *c, const struct cell *from, struct cell *to)
{
    struct value value;

    if (c->is_same_type && place_stays(c, from->tag)) {
        *to = *from;
        return true;
    }
    if (!value_of(c, from, &value))
        return false;
    if (odd_stays(c, &value)) {
        *to = *from;
        return true;
    }
    shorten(c, &value);
    return dispatch(c, from, &value, to);
}
