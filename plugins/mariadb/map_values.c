// SPDX-License-Identifier: Apache-2.0
/* map_values - what the values that are there, and the hints that they keep to, change about the
   type of a column. */
#include <string.h>

#include "map_inside.h"

/* Bytes of the longest canonical text of a float or a date. */
#define SHORT_TEXT "varchar(32)"

enum {
    DECIMAL_EXACT = 38, /* digits that most programs can hold in a number */
    WHOLE_DIGITS = 19,
    ROOMY_SCALE = 30 /* leaves 35 digits before the point */
};

/* Days and microseconds since 1970 of 0000-03-01 and 10000-01-01: MariaDB's year 0 has no 29th of
   February. */
#define FIRST_DAY (-719468)
#define LAST_DAY 2932897
#define DAY_MICROSECONDS 86400000000LL

/* ---- What the values say ---- */

static bool
is_stamped(int kind)
{
    return kind == PD_KIND_DATE || kind == PD_KIND_TIMESTAMP || kind == PD_KIND_TIMESTAMPTZ;
}

/* Within the years 0 to 9999? */
static bool
is_in_calendar(int kind, const struct pd_profile *p)
{
    int64_t unit = kind == PD_KIND_DATE ? 1 : DAY_MICROSECONDS;

    return p->n_plain == 0 || (p->min_time >= FIRST_DAY * unit && p->max_time < LAST_DAY * unit);
}

static const char *
stamp_trouble(const struct pd_choice *c)
{
    const struct pd_profile *p = c->profile;

    if (p->flags & (PD_PROFILE_ZERO_DATE | PD_PROFILE_PARTIAL_DATE))
        return "dates that no calendar has are in it";
    if (p->flags & PD_PROFILE_INFINITE || p->n_outliers)
        return "infinity, or a date that is further away, is in it";
    return is_in_calendar(c->column->type.kind, p) ? NULL
                                                   : "dates outside the years 0 to 9999 are in it";
}

static const char *
float_trouble(const struct pd_profile *p)
{
    if (p->flags & PD_PROFILE_NAN)
        return "NaN is in it, which MariaDB does not take";
    if (p->flags & PD_PROFILE_INFINITE)
        return "infinity is in it, which MariaDB does not take";
    return p->flags & PD_PROFILE_NEGATIVE_ZERO
               ? "the negative zero is in it, which MariaDB stores as zero"
               : NULL;
}

static const char *
json_trouble(const struct pd_profile *p)
{
    if (p->flags & PD_PROFILE_JSON_DEEP)
        return "JSON of more than 31 levels is in it";
    return p->flags & PD_PROFILE_JSON_SURROGATE ? "half a character is escaped in it" : NULL;
}

/* ---- Decimals ---- */

static bool
is_finite_decimal(const struct pd_profile *p)
{
    return !(p->flags & (PD_PROFILE_NAN | PD_PROFILE_INFINITE)) && p->n_outliers == 0;
}

/* All values have one scale, and so many digits: as many again are admitted as make no number
   longer than programs like. */
static bool
take_scale(struct pd_choice *c, uint32_t digits, uint32_t scale, const char *reason)
{
    int32_t precision = DECIMAL_EXACT;

    if (digits + scale > MAP_MOST_DIGITS || scale > MAP_MOST_SCALE)
        return false;
    if (digits + scale > DECIMAL_EXACT || digits + scale == 0)
        precision = MAP_MOST_DIGITS;
    map_set_decimal(c, PD_RUNG_PROFILED, precision, (int32_t)scale, reason);
    return true;
}

/* A decimal whose declaration says nothing that the server could be told. */
static void
judge_decimal(struct pd_choice *c)
{
    const struct pd_profile *p = c->profile;
    const struct pd_type *type = &c->column->type;
    bool is_bound = type->precision > 0, is_native = c->mapping->as.kind == PD_KIND_DECIMAL;

    if (is_native) {
        if (!is_finite_decimal(p))
            pd_choice_carry(c, PD_KIND_TEXT, "", 0,
                            "NaN or infinity is in it, which MariaDB does not take");
        return;
    }
    if (!is_finite_decimal(p))
        return;
    if (p->n_plain == 0)
        map_set_decimal(c, PD_RUNG_PROFILED, MAP_MOST_DIGITS, ROOMY_SCALE, "there is no value");
    else if (is_bound)
        take_scale(c, p->max_digits, (uint32_t)type->scale, "no value has more digits");
    else if (!(p->flags & PD_PROFILE_MIXED_SCALE))
        take_scale(c, p->max_digits, p->max_scale, "all its values have the same scale");
}

/* ---- Integers and floats in one column ---- */

/* Digits before the point of all floats. */
static int32_t
whole_digits(const struct pd_profile *p)
{
    int32_t digits = 0;

    while (digits < MAP_MOST_DIGITS + 1 &&
           !(pd_is_below_ten_to(p->min_real, digits) && pd_is_below_ten_to(p->max_real, digits)))
        digits++;
    return digits;
}

/* A decimal cannot tell an integer from a float that is as large, nor -0 from 0. */
static bool
is_exact_as_decimal(const struct pd_profile *p)
{
    return !(p->flags & (PD_PROFILE_NEGATIVE_ZERO | PD_PROFILE_INFINITE | PD_PROFILE_NAN)) &&
           !(p->flags & PD_PROFILE_FINITE && (p->min_real <= -0x1p63 || p->max_real >= 0x1p63));
}

static bool
take_numbers(struct pd_choice *c)
{
    const struct pd_profile *p = c->profile;
    int32_t digits = whole_digits(p);

    if (!is_exact_as_decimal(p) || !(p->flags & PD_PROFILE_SCALE))
        return false;
    return take_scale(c, digits < WHOLE_DIGITS ? WHOLE_DIGITS : (uint32_t)digits, p->max_scale,
                      "all its values are numbers");
}

static bool
take_reals(struct pd_choice *c)
{
    if (float_trouble(c->profile))
        return false;
    pd_choice_set(c, PD_RUNG_PROFILED, PD_KIND_FLOAT64, "double", "all its values are floats");
    return true;
}

static bool
take_one_class(struct pd_choice *c)
{
    if (c->values == PD_VALUES_INTS) {
        pd_choice_set(c, PD_RUNG_PROFILED, PD_KIND_INT64, "bigint", "all its values are integers");
        return true;
    }
    return c->values == PD_VALUES_REALS && take_reals(c);
}

/* ---- Every kind ---- */

static void
judge_home(struct pd_choice *c)
{
    const struct pd_profile *p = c->profile;
    int kind = c->column->type.kind;
    const char *trouble = NULL;

    if (kind == PD_KIND_UUID && c->mapping->as.kind == PD_KIND_UUID &&
        p->flags & PD_PROFILE_ODD_UUID)
        pd_choice_carry(
            c, PD_KIND_TEXT, "varchar(36)", 0,
            "values are in it that are no uuids of RFC 9562, and MariaDB garbles some of those");
    else if (is_stamped(kind) && (trouble = stamp_trouble(c)))
        pd_choice_carry(c, PD_KIND_TEXT, SHORT_TEXT, 0, trouble);
    else if (c->home == PD_VALUES_REALS && (trouble = float_trouble(p)))
        pd_choice_carry(c, PD_KIND_TEXT, SHORT_TEXT, 0, trouble);
    else if (c->home == PD_VALUES_TEXTS && p->flags & PD_PROFILE_BAD_TEXT)
        pd_choice_carry(c, PD_KIND_BINARY, "", 0, "text that is not valid UTF-8 is in it");
    else if (c->mapping->as.kind == PD_KIND_JSON && (trouble = json_trouble(p)))
        pd_choice_carry(c, PD_KIND_TEXT, "longtext", 0, trouble);
    else if (p->n_outliers && c->mapping->rung < PD_RUNG_CARRIER)
        pd_choice_carry(c, PD_KIND_TEXT, "", 0, "values that its type does not hold are in it");
}

/* A column that was declared without a type often has values of one. NUMBER never has a float that
   is whole: its engine makes an integer of it. */
static void
judge(struct pd_choice *c)
{
    switch (c->column->type.kind) {
    case PD_KIND_ANY:
        if (take_one_class(c))
            c->mapping->flags &= ~(uint32_t)PD_MAPPING_TAGGED;
        break;
    case PD_KIND_NUMBER:
        if (!take_one_class(c) && c->values)
            take_numbers(c);
        break;
    case PD_KIND_DECIMAL:
        judge_decimal(c);
        break;
    default:
        judge_home(c);
        break;
    }
}

/* ---- Hints ---- */

static int
fits_decimal(const struct pd_choice *c)
{
    const struct pd_type *hint = &c->column->hint;

    return hint->precision <= MAP_MOST_DIGITS && hint->scale <= MAP_MOST_SCALE &&
           hint->scale >= 0 && hint->scale <= hint->precision && is_exact_as_decimal(c->profile);
}

static void
spell_decimal(struct pd_choice *c)
{
    pd_sql_printf(&c->spelled, "decimal(%d,%d)", c->column->hint.precision, c->column->hint.scale);
}

static int
fits_length(const struct pd_choice *c)
{
    return c->column->hint.length <= MAP_MOST_CHARACTERS;
}

static int
fits_uuid(const struct pd_choice *c)
{
    return !(c->profile->flags & PD_PROFILE_ODD_UUID) && map_has_uuid(c);
}

/* Digits after the second: six, since the values do not say how many there will be. */
static void
spell_fraction(struct pd_choice *c)
{
    c->mapping->as.precision = 6;
}

static const struct pd_hint_row hint_rows[] = {
    {PD_KIND_BOOL, PD_KIND_BOOL, "tinyint(1)"},
    {PD_KIND_DATE, PD_KIND_DATE, "date"},
    {PD_KIND_TIMESTAMP, PD_KIND_TIMESTAMP, "datetime(6)", .spell = spell_fraction},
    {PD_KIND_DECIMAL, PD_KIND_DECIMAL, "", .fits = fits_decimal, .spell = spell_decimal},
    {PD_KIND_TEXT, PD_KIND_TEXT, "", .fits = fits_length},
    {PD_KIND_UUID, PD_KIND_UUID, "uuid",
     "not every value is a uuid of RFC 9562 in its usual spelling", .fits = fits_uuid},
    {PD_KIND_JSON, PD_KIND_TEXT, "", "JSON is text here"},
    {PD_KIND_JSONB, PD_KIND_TEXT, "", "JSON is text here"},
    {PD_KIND_TIME, PD_KIND_TIME, "time(6)", .spell = spell_fraction},
    {PD_KIND_TIMESTAMPTZ, PD_KIND_TEXT, ""},
};

/* ---- Without values ---- */

/* Kinds of which a value may be none of the server's. */
static int
is_risky(const struct pd_choice *c)
{
    const char *engine = map_of(c)->catalog->engine;
    int kind = c->column->type.kind;

    if (kind == PD_KIND_TEXT || kind == PD_KIND_CHAR)
        return engine && strcmp(engine, "postgresql") != 0;
    return c->home || is_stamped(kind) || kind == PD_KIND_DECIMAL || kind == PD_KIND_UUID;
}

/* A number of any scale, when nobody will ever see one. */
static void
guess(struct pd_choice *c)
{
    int kind = c->column->type.kind;
    bool is_loose = kind == PD_KIND_DECIMAL && c->mapping->as.kind == PD_KIND_TEXT;

    if (kind != PD_KIND_NUMBER && !is_loose)
        return;
    if (map_of(c)->load->flags & PD_LOAD_SCHEMA_ONLY)
        map_set_decimal(c, PD_RUNG_PROFILED, MAP_MOST_DIGITS, ROOMY_SCALE,
                        "its values were not looked at");
    c->mapping->flags |= PD_MAPPING_GUESS;
}

const struct pd_choice_ways map_ways = {
    .text = "",
    .hints = hint_rows,
    .n_hints = sizeof hint_rows / sizeof *hint_rows,
    .judge = judge,
    .is_risky = is_risky,
    .guess = guess,
};
