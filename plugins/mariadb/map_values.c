// SPDX-License-Identifier: Apache-2.0
/* map_values - what the values that are there, and the hints that they keep to, change about the
   type of a column. */
#include <string.h>

#include "map_inside.h"

/* Bytes of the longest canonical text of a float or a date. */
#define SHORT_TEXT "varchar(32)"
#define NOBODY_COUNTS "it is computed, and may be longer than was declared"

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

static unsigned
classes_of(const struct pd_profile *p)
{
    return (p->n_ints ? HAS_INTS : 0u) | (p->n_reals ? HAS_REALS : 0u) |
           (p->n_texts ? HAS_TEXTS : 0u) | (p->n_blobs ? HAS_BYTES : 0u);
}

static unsigned
classes_at_home(int home)
{
    static const uint8_t homes[] = {
        [HOME_OTHER] = 0,
        [HOME_INT] = HAS_INTS,
        [HOME_REAL] = HAS_REALS,
        [HOME_NUMBER] = HAS_INTS | HAS_REALS,
        [HOME_TEXT] = HAS_TEXTS,
        [HOME_BYTES] = HAS_BYTES,
        [HOME_ANY] = HAS_INTS | HAS_REALS | HAS_TEXTS | HAS_BYTES,
    };

    return homes[home];
}

/* Single values do not fit: the column becomes text or bytes when that was asked for. */
static void
carry(struct map_choice *c, int kind, const char *native, unsigned flags, const char *reason)
{
    if (c->map->carry) {
        map_set_type(c, PD_RUNG_CARRIER, kind, native, reason);
        c->m->flags |= flags;
        return;
    }
    c->m->rung = PD_RUNG_REFUSED;
    c->m->reason = reason;
    c->m->option = "misfit=carrier";
}

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
stamp_trouble(const struct map_choice *c)
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
take_scale(struct map_choice *c, uint32_t digits, uint32_t scale, const char *reason)
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
judge_decimal(struct map_choice *c)
{
    const struct pd_profile *p = c->profile;
    const struct pd_type *type = &c->column->type;
    bool is_bound = type->precision > 0, is_native = c->m->as.kind == PD_KIND_DECIMAL;

    if (is_native) {
        if (!is_finite_decimal(p))
            carry(c, PD_KIND_TEXT, "", 0, "NaN or infinity is in it, which MariaDB does not take");
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

/* ---- Values of storage classes ---- */

/* Only texts in a column of numbers: the column is one of text, and no letters are needed. */
static bool
is_all_text(const struct map_choice *c)
{
    return c->has == HAS_TEXTS && !(c->profile->flags & (PD_PROFILE_NUL | PD_PROFILE_BAD_TEXT)) &&
           (c->row->home == HOME_INT || c->row->home == HOME_REAL || c->row->home == HOME_NUMBER) &&
           c->column->type.kind <= PD_KIND_NUMBER;
}

static bool
has_strangers(const struct map_choice *c)
{
    return c->profile->n_outliers > 0 && c->row->home != HOME_NUMBER && c->row->home != HOME_ANY;
}

static void
judge_home(struct map_choice *c)
{
    const struct pd_profile *p = c->profile;
    int kind = c->column->type.kind;
    const char *trouble = NULL;

    if (kind == PD_KIND_DECIMAL) {
        judge_decimal(c);
        return;
    }
    if (kind == PD_KIND_UUID && c->m->as.kind == PD_KIND_UUID && p->flags & PD_PROFILE_ODD_UUID)
        carry(c, PD_KIND_TEXT, "char(36)", 0,
              "values are in it that are no uuids of RFC 9562, and MariaDB garbles some of those");
    else if (is_stamped(kind) && (trouble = stamp_trouble(c)))
        carry(c, PD_KIND_TEXT, SHORT_TEXT, 0, trouble);
    else if (c->row->home == HOME_REAL && (trouble = float_trouble(p)))
        carry(c, PD_KIND_TEXT, SHORT_TEXT, 0, trouble);
    else if (c->row->home == HOME_TEXT && p->flags & PD_PROFILE_BAD_TEXT)
        carry(c, PD_KIND_BINARY, "", 0, "text that is not valid UTF-8 is in it");
    else if (c->m->as.kind == PD_KIND_JSON && (trouble = json_trouble(p)))
        carry(c, PD_KIND_TEXT, "longtext", 0, trouble);
    else if (has_strangers(c) && c->m->rung < PD_RUNG_CARRIER)
        carry(c, PD_KIND_TEXT, "", 0, "values that its type does not hold are in it");
}

static void
judge_values(struct map_choice *c)
{
    if (is_all_text(c))
        map_set_type(c, PD_RUNG_PROFILED, PD_KIND_TEXT, "", "all its values are text");
    else if (c->has & ~classes_at_home(c->row->home))
        carry(c, PD_KIND_TEXT, "", PD_MAPPING_TAGGED, "values of other types are in it");
    else
        judge_home(c);
}

/* ---- Integers and floats in one column ---- */

static bool
is_below_ten_to(double value, uint32_t digits)
{
    double bound = 1;

    /* No double is larger than that. */
    for (; digits > 0 && bound < 1e308; digits--)
        bound *= 10;
    return (value < 0 ? -value : value) < bound;
}

/* Digits before the point of all floats. */
static uint32_t
whole_digits(const struct pd_profile *p)
{
    uint32_t digits = 0;

    while (digits < MAP_MOST_DIGITS + 1 &&
           !(is_below_ten_to(p->min_real, digits) && is_below_ten_to(p->max_real, digits)))
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
take_numbers(struct map_choice *c)
{
    const struct pd_profile *p = c->profile;
    uint32_t digits = whole_digits(p);

    if (!is_exact_as_decimal(p) || !(p->flags & PD_PROFILE_SCALE))
        return false;
    return take_scale(c, digits < WHOLE_DIGITS ? WHOLE_DIGITS : digits, p->max_scale,
                      "all its values are numbers");
}

static bool
take_reals(struct map_choice *c)
{
    if (float_trouble(c->profile))
        return false;
    map_set_type(c, PD_RUNG_PROFILED, PD_KIND_FLOAT64, "double", "all its values are floats");
    return true;
}

static bool
take_one_class(struct map_choice *c)
{
    if (c->has == HAS_INTS) {
        map_set_type(c, PD_RUNG_PROFILED, PD_KIND_INT64, "bigint", "all its values are integers");
        return true;
    }
    return c->has == HAS_REALS && take_reals(c);
}

/* NUMBER never has a float that is whole: its engine makes an integer of it. */
static void
judge_number(struct map_choice *c)
{
    if (take_one_class(c))
        return;
    if (c->has & ~(unsigned)(HAS_INTS | HAS_REALS))
        judge_values(c);
    else if (c->has)
        take_numbers(c);
}

/* A column that was declared without a type often has values of one. */
static void
judge_any(struct map_choice *c)
{
    if (take_one_class(c))
        c->m->flags &= ~(uint32_t)PD_MAPPING_TAGGED;
}

/* ---- Hints: what the declaration promises, when the values keep it ---- */

static bool
fits_decimal(const struct pd_profile *p, const struct pd_type *hint)
{
    uint32_t whole = (uint32_t)(hint->precision - hint->scale);

    if (!is_exact_as_decimal(p))
        return false;
    if (p->n_reals &&
        (!(p->flags & PD_PROFILE_SCALE) || p->max_scale > (uint32_t)hint->scale ||
         !is_below_ten_to(p->min_real, whole) || !is_below_ten_to(p->max_real, whole)))
        return false;
    return !p->n_ints || (is_below_ten_to((double)p->min_int, whole) &&
                          is_below_ten_to((double)p->max_int, whole));
}

static bool
take_bool(struct map_choice *c)
{
    if (c->has && !(c->has == HAS_INTS && c->profile->flags & PD_PROFILE_ONLY_01))
        return false;
    map_set_type(c, PD_RUNG_PROFILED, PD_KIND_BOOL, "tinyint(1)", "every value is 0 or 1");
    return true;
}

/* Digits after the second: six, since the values do not say how many there will be. */
static bool
take_day(struct map_choice *c)
{
    bool is_date = c->column->hint.kind == PD_KIND_DATE;
    unsigned flag = is_date ? PD_PROFILE_DATES : PD_PROFILE_TIMESTAMPS;

    if (c->has && !(c->has == HAS_TEXTS && c->profile->flags & flag))
        return false;
    map_set_type(c, PD_RUNG_PROFILED, c->column->hint.kind, is_date ? "date" : "datetime(6)",
                 is_date ? "every value is a date" : "every value is a timestamp");
    if (!is_date)
        c->m->as.precision = 6;
    return true;
}

static bool
take_decimal(struct map_choice *c)
{
    const struct pd_type *hint = &c->column->hint;

    if (c->has & ~(unsigned)(HAS_INTS | HAS_REALS) || hint->precision > MAP_MOST_DIGITS ||
        hint->scale > MAP_MOST_SCALE || hint->scale < 0 || hint->scale > hint->precision ||
        !fits_decimal(c->profile, hint))
        return false;
    map_set_decimal(c, PD_RUNG_PROFILED, hint->precision, hint->scale,
                    "every value has that many digits at most");
    return true;
}

static bool
take_length(struct map_choice *c)
{
    uint64_t length = c->column->hint.length;
    const struct pd_profile *p = c->profile;

    if (c->column->generated) {
        map_set_type(c, PD_RUNG_PROFILED, PD_KIND_TEXT, "", NOBODY_COUNTS);
        return true;
    }
    if (c->has & ~(unsigned)HAS_TEXTS || length > MAP_MOST_CHARACTERS ||
        p->flags & PD_PROFILE_BAD_TEXT || p->max_chars > length)
        return false;
    map_set_type(c, PD_RUNG_PROFILED, PD_KIND_TEXT, "", "no value is longer");
    c->m->as.length = length;
    return true;
}

static bool
keeps_promise(const struct map_choice *c)
{
    return !c->has || (c->has == HAS_TEXTS && c->profile->flags & PD_PROFILE_PROMISED);
}

static bool
take_time(struct map_choice *c)
{
    if (!keeps_promise(c))
        return false;
    map_set_type(c, PD_RUNG_PROFILED, PD_KIND_TIME, "time(6)", "every value is a time");
    c->m->as.precision = 6;
    return true;
}

static bool
take_uuid(struct map_choice *c)
{
    if (!keeps_promise(c) || c->profile->flags & PD_PROFILE_ODD_UUID || !map_has_uuid(c))
        return false;
    map_set_type(c, PD_RUNG_PROFILED, PD_KIND_UUID, "uuid", "every value is a uuid");
    return true;
}

/* Nothing tells of all values whether they are ones of these; without a value they are text. */
static bool
take_text(struct map_choice *c)
{
    if (c->has)
        return false;
    map_set_type(c, PD_RUNG_PROFILED, PD_KIND_TEXT, "", "there is no value");
    return true;
}

static const struct hint_row {
    uint8_t kind;
    bool (*take)(struct map_choice *c);
    const char *without; /* why the plain type was taken */
} hint_rows[] = {
    {PD_KIND_BOOL, take_bool, "not every value is 0 or 1"},
    {PD_KIND_DATE, take_day, "not every value is a date"},
    {PD_KIND_TIMESTAMP, take_day, "not every value is a timestamp"},
    {PD_KIND_DECIMAL, take_decimal, "not every value has so few digits"},
    {PD_KIND_TEXT, take_length, "a value is longer than was declared"},
    {PD_KIND_UUID, take_uuid, "not every value is a uuid of RFC 9562 in its usual spelling"},
    {PD_KIND_JSON, take_text, "JSON is text here"},
    {PD_KIND_JSONB, take_text, "JSON is text here"},
    {PD_KIND_TIME, take_time, "not every value is a time"},
    {PD_KIND_TIMESTAMPTZ, take_text, "nobody has looked whether every value is a timestamp"},
};

static const struct hint_row *
find_hint(const struct map_choice *c)
{
    size_t i;

    for (i = 0; i < sizeof hint_rows / sizeof *hint_rows; i++) {
        if (hint_rows[i].kind == c->column->hint.kind)
            return &hint_rows[i];
    }
    return NULL;
}

bool
map_has_hint(const struct map_choice *c)
{
    int kind = c->column->type.kind;

    if (c->column->hint.kind == PD_KIND_TEXT)
        return kind == PD_KIND_TEXT && c->column->type.length == 0;
    return kind == PD_KIND_NUMBER && find_hint(c);
}

/* ---- All together ---- */

/* Kinds of which a value may be none of the server's. */
static bool
is_risky(const struct map_choice *c)
{
    int kind = c->column->type.kind;

    if (kind == PD_KIND_TEXT || kind == PD_KIND_CHAR)
        return c->map->catalog->engine && strcmp(c->map->catalog->engine, "postgresql") != 0;
    return c->row->home != HOME_OTHER || is_stamped(kind) || kind == PD_KIND_DECIMAL ||
           kind == PD_KIND_UUID;
}

/* A number of any scale, when nobody will ever see one. */
static void
guess_number(struct map_choice *c)
{
    if (c->map->load->flags & PD_LOAD_SCHEMA_ONLY)
        map_set_decimal(c, PD_RUNG_PROFILED, MAP_MOST_DIGITS, ROOMY_SCALE,
                        "its values were not looked at");
}

void
map_guess(struct map_choice *c, bool hinted)
{
    int kind = c->column->type.kind, hint = c->column->hint.kind;
    bool is_loose = kind == PD_KIND_ANY || kind == PD_KIND_NUMBER ||
                    (kind == PD_KIND_DECIMAL && c->m->as.kind == PD_KIND_TEXT);

    if (hinted && kind == PD_KIND_NUMBER && hint != PD_KIND_BOOL && hint != PD_KIND_DECIMAL)
        map_set_type(c, PD_RUNG_PROFILED, PD_KIND_TEXT, "", "its values were not looked at");
    else if (is_loose && kind != PD_KIND_ANY)
        guess_number(c);
    if (hinted || is_loose || (c->map->carry && is_risky(c)))
        c->m->flags |= PD_MAPPING_GUESS;
}

void
map_judge(struct map_choice *c, bool hinted)
{
    const struct hint_row *hint = hinted ? find_hint(c) : NULL;

    c->has = classes_of(c->profile);
    if (hint && hint->take(c))
        return;
    if (c->column->type.kind == PD_KIND_ANY)
        judge_any(c);
    else if (c->column->type.kind == PD_KIND_NUMBER)
        judge_number(c);
    else
        judge_values(c);
    if (hint && c->m->rung < PD_RUNG_CARRIER)
        c->m->reason = hint->without;
}
