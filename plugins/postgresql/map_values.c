// SPDX-License-Identifier: Apache-2.0
/* map_values - what the values that are there, and the hints that they keep to, change about the
   type of a column. */
#include <inttypes.h>
#include <stdio.h>

#include "map_inside.h"

#define NOBODY_COUNTS "it is computed, and may be longer than was declared"

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
carry(struct map_choice *c, int kind, unsigned flags, const char *reason)
{
    if (c->map->carry) {
        map_set_type(c, PD_RUNG_CARRIER, kind, kind == PD_KIND_BINARY ? "bytea" : "text", reason);
        c->m->flags |= flags;
        return;
    }
    c->m->rung = PD_RUNG_REFUSED;
    c->m->reason = reason;
    c->m->option = "misfit=carrier";
}

static bool
is_bad_text(const struct pd_profile *p)
{
    return p->flags & (PD_PROFILE_NUL | PD_PROFILE_BAD_TEXT);
}

static const char *
bad_text_reason(const struct pd_profile *p)
{
    return p->flags & PD_PROFILE_NUL ? "text with U+0000 is in it, which PostgreSQL does not take"
                                     : "text that is not valid UTF-8 is in it";
}

/* What a kind of the server holds besides its plain values. */
static bool
has_other_outliers(const struct map_choice *c)
{
    const struct pd_profile *p = c->profile;
    int kind = c->column->type.kind;

    if (kind == PD_KIND_DATE || kind == PD_KIND_TIMESTAMP || kind == PD_KIND_TIMESTAMPTZ)
        return p->flags & (PD_PROFILE_ZERO_DATE | PD_PROFILE_PARTIAL_DATE);
    if (kind == PD_KIND_DECIMAL)
        return p->n_outliers && !(p->flags & (PD_PROFILE_NAN | PD_PROFILE_INFINITE));
    return p->n_outliers > 0 && c->row->home != HOME_NUMBER && c->row->home != HOME_ANY;
}

static const char *
outlier_reason(const struct pd_profile *p)
{
    if (p->flags & (PD_PROFILE_ZERO_DATE | PD_PROFILE_PARTIAL_DATE))
        return "dates that no calendar has are in it";
    return "values that its type does not hold are in it";
}

/* Only texts in a column of numbers: the column is one of text, and no letters are needed. */
static bool
is_all_text(const struct map_choice *c)
{
    return c->has == HAS_TEXTS && !is_bad_text(c->profile) &&
           (c->row->home == HOME_INT || c->row->home == HOME_REAL || c->row->home == HOME_NUMBER) &&
           c->column->type.kind <= PD_KIND_NUMBER;
}

static void
judge_values(struct map_choice *c)
{
    const struct pd_profile *p = c->profile;

    if (is_all_text(c))
        map_set_type(c, PD_RUNG_PROFILED, PD_KIND_TEXT, "text", "all its values are text");
    else if (c->has & ~classes_at_home(c->row->home))
        carry(c, PD_KIND_TEXT, PD_MAPPING_TAGGED, "values of other types are in it");
    else if (c->row->home == HOME_TEXT && is_bad_text(p))
        carry(c, PD_KIND_BINARY, 0, bad_text_reason(p));
    else if (has_other_outliers(c))
        carry(c, PD_KIND_TEXT, 0, outlier_reason(p));
    else if (c->m->as.kind == PD_KIND_JSON && p->flags & PD_PROFILE_JSON_LOOSE)
        carry(c, PD_KIND_TEXT, 0, "JSON that PostgreSQL does not read, such as 1., is in it");
    else if (c->column->type.kind == PD_KIND_DECIMAL && c->column->type.precision > 0 &&
             p->flags & PD_PROFILE_INFINITE)
        map_set_type(c, PD_RUNG_PROFILED, PD_KIND_DECIMAL, "numeric", "infinity is in it");
}

/* numeric cannot tell an integer from a float that is as large, nor -0 from 0. */
static bool
is_exact_as_numeric(const struct pd_profile *p)
{
    return !(p->flags & PD_PROFILE_NEGATIVE_ZERO) &&
           !(p->flags & PD_PROFILE_FINITE && p->min_real <= -0x1p63);
}

/* A promise that was not kept, but all values are numbers of one sort: seconds since 1970, say. */
static bool
judge_unhinted(struct map_choice *c)
{
    int hint = c->column->hint.kind;

    if (hint == PD_KIND_NONE || hint == PD_KIND_DECIMAL)
        return false;
    if (c->has == HAS_INTS)
        map_set_type(c, PD_RUNG_PROFILED, PD_KIND_INT64, "bigint", NULL);
    else if (c->has == HAS_REALS)
        map_set_type(c, PD_RUNG_PROFILED, PD_KIND_FLOAT64, "double precision", NULL);
    else
        return false;
    return true;
}

static void
judge_number(struct map_choice *c)
{
    if (judge_unhinted(c))
        return;
    if (c->has & ~(unsigned)(HAS_INTS | HAS_REALS))
        judge_values(c);
    else if (!is_exact_as_numeric(c->profile))
        carry(c, PD_KIND_TEXT, 0, "a float that numeric would take for an integer is in it");
}

/* A column that was declared without a type often has values of one. */
static void
judge_any(struct map_choice *c)
{
    switch (c->has) {
    case HAS_INTS:
        map_set_type(c, PD_RUNG_PROFILED, PD_KIND_INT64, "bigint", "all its values are integers");
        break;
    case HAS_REALS:
        map_set_type(c, PD_RUNG_PROFILED, PD_KIND_FLOAT64, "double precision",
                     "all its values are floats");
        break;
    case HAS_INTS | HAS_REALS:
        if (is_exact_as_numeric(c->profile))
            map_set_type(c, PD_RUNG_PROFILED, PD_KIND_DECIMAL, "numeric",
                         "all its values are numbers");
        break;
    default:
        return;
    }
    if (c->m->rung == PD_RUNG_PROFILED)
        c->m->flags &= ~(uint32_t)PD_MAPPING_TAGGED;
}

/* ---- Hints: what the declaration promises, when the values keep it ---- */

static bool
is_below_ten_to(double value, int32_t digits)
{
    double bound = 1;

    /* No double is larger than that. */
    for (; digits > 0 && bound < 1e308; digits--)
        bound *= 10;
    return (value < 0 ? -value : value) < bound;
}

static bool
fits_decimal(const struct pd_profile *p, const struct pd_type *hint)
{
    int32_t whole = hint->precision - hint->scale;

    if (p->flags & PD_PROFILE_INFINITE || !is_exact_as_numeric(p))
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
    map_set_type(c, PD_RUNG_PROFILED, PD_KIND_BOOL, "boolean", "every value is 0 or 1");
    return true;
}

static bool
take_day(struct map_choice *c)
{
    bool is_date = c->column->hint.kind == PD_KIND_DATE;
    unsigned flag = is_date ? PD_PROFILE_DATES : PD_PROFILE_TIMESTAMPS;

    if (c->has && !(c->has == HAS_TEXTS && c->profile->flags & flag))
        return false;
    map_set_type(c, PD_RUNG_PROFILED, c->column->hint.kind, is_date ? "date" : "timestamp",
                 is_date ? "every value is a date" : "every value is a timestamp");
    return true;
}

static bool
take_decimal(struct map_choice *c)
{
    const struct pd_type *hint = &c->column->hint;

    if (c->has & ~(unsigned)(HAS_INTS | HAS_REALS) || hint->precision > MAP_MOST_DIGITS ||
        !fits_decimal(c->profile, hint))
        return false;
    map_set_type(c, PD_RUNG_PROFILED, PD_KIND_DECIMAL, "",
                 "every value has that many digits at most");
    snprintf(c->spelled, sizeof c->spelled, "numeric(%d,%d)", hint->precision, hint->scale);
    c->m->as.precision = hint->precision;
    c->m->as.scale = hint->scale;
    return true;
}

static bool
take_length(struct map_choice *c)
{
    uint64_t length = c->column->hint.length;
    const struct pd_profile *p = c->profile;

    if (c->column->generated) {
        map_set_type(c, PD_RUNG_PROFILED, PD_KIND_TEXT, "text", NOBODY_COUNTS);
        return true;
    }
    if (c->has & ~(unsigned)HAS_TEXTS || length > MAP_MOST_CHARACTERS || is_bad_text(p) ||
        p->max_chars > length)
        return false;
    map_set_type(c, PD_RUNG_PROFILED, PD_KIND_TEXT, "", "no value is longer");
    snprintf(c->spelled, sizeof c->spelled, "character varying(%" PRIu64 ")", length);
    c->m->as.length = length;
    return true;
}

/* json has no equality, so no key can have such a column. */
static bool
is_in_key(const struct map_choice *c)
{
    const struct pd_catalog *catalog = c->map->catalog;
    size_t i, k, p;

    for (i = 0; catalog && i < catalog->n_tables; i++) {
        const struct pd_table *t = pd_table_at(catalog, i);
        const char *at = (const char *)c->column, *first = (const char *)t->columns;

        if (at < first || at >= first + t->n_columns * t->column_size)
            continue;
        for (k = 0; k < t->n_keys; k++) {
            for (p = 0; p < pd_key_at(t, k)->n_parts; p++) {
                int32_t column = pd_part_at(pd_key_at(t, k), p)->column;

                if (column >= 0 && pd_column_at(t, (size_t)column) == c->column)
                    return true;
            }
        }
    }
    return false;
}

static const struct promised {
    uint8_t hint;
    uint8_t kind;
    const char *native;
    const char *reason;
} promised[] = {
    {PD_KIND_UUID, PD_KIND_UUID, "uuid", "every value is a uuid"},
    {PD_KIND_TIME, PD_KIND_TIME, "time", "every value is a time"},
    {PD_KIND_JSON, PD_KIND_JSON, "json", "every value is JSON"},
    {PD_KIND_JSONB, PD_KIND_JSON, "json", "every value is JSON"},
};

static bool
take_promised(struct map_choice *c)
{
    const struct promised *row = promised;

    while (row->hint != c->column->hint.kind)
        row++;
    if (c->has && !(c->has == HAS_TEXTS && c->profile->flags & PD_PROFILE_PROMISED))
        return false;
    if (row->kind == PD_KIND_JSON && is_in_key(c))
        return false;
    map_set_type(c, PD_RUNG_PROFILED, row->kind, row->native, row->reason);
    return true;
}

/* Nothing tells of all values whether they are ones of these; without a value they are text. */
static bool
take_text(struct map_choice *c)
{
    if (c->has)
        return false;
    map_set_type(c, PD_RUNG_PROFILED, PD_KIND_TEXT, "text", "there is no value");
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
    {PD_KIND_UUID, take_promised, "not every value is a uuid in its usual spelling"},
    {PD_KIND_JSON, take_promised, "not every value is JSON, or it is in a key"},
    {PD_KIND_JSONB, take_promised, "not every value is JSON, or it is in a key"},
    {PD_KIND_TIME, take_promised, "not every value is a time"},
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

/* Without knowing any value: what most columns of such a declaration hold. */
void
map_guess(struct map_choice *c, bool hinted)
{
    int hint = c->column->hint.kind;
    bool is_loose = c->row->home != HOME_OTHER && c->column->type.kind <= PD_KIND_ENUM;

    if (hinted && c->column->type.kind == PD_KIND_NUMBER && hint != PD_KIND_BOOL &&
        hint != PD_KIND_DECIMAL)
        map_set_type(c, PD_RUNG_PROFILED, PD_KIND_TEXT, "text", "its values were not looked at");
    if (hinted || c->column->type.kind == PD_KIND_ANY || c->column->type.kind == PD_KIND_NUMBER ||
        (c->map->carry && (is_loose || c->column->type.kind == PD_KIND_DATE ||
                           c->column->type.kind == PD_KIND_TIMESTAMP ||
                           c->column->type.kind == PD_KIND_TIMESTAMPTZ)))
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
