// SPDX-License-Identifier: Apache-2.0
/* map_values - what the values that are there, and the hints that they keep to, change about the
   type of a column. */
#include <inttypes.h>

#include "map_inside.h"

/* ---- What the values say ---- */

/* Single values do not fit: the column becomes text or bytes when that was asked for. */
static void
carry(struct pd_choice *c, int kind, const char *reason)
{
    pd_choice_carry(c, kind, kind == PD_KIND_BINARY ? "bytea" : "text", 0, reason);
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
has_other_outliers(const struct pd_choice *c)
{
    const struct pd_profile *p = c->profile;
    int kind = c->column->type.kind;

    if (kind == PD_KIND_DATE || kind == PD_KIND_TIMESTAMP || kind == PD_KIND_TIMESTAMPTZ)
        return p->flags & (PD_PROFILE_ZERO_DATE | PD_PROFILE_PARTIAL_DATE);
    if (kind == PD_KIND_DECIMAL)
        return p->n_outliers && !(p->flags & (PD_PROFILE_NAN | PD_PROFILE_INFINITE));
    return p->n_outliers > 0;
}

static const char *
outlier_reason(const struct pd_profile *p)
{
    if (p->flags & (PD_PROFILE_ZERO_DATE | PD_PROFILE_PARTIAL_DATE))
        return "dates that no calendar has are in it";
    return "values that its type does not hold are in it";
}

static void
judge_home(struct pd_choice *c)
{
    const struct pd_profile *p = c->profile;

    if (c->home == PD_VALUES_TEXTS && is_bad_text(p))
        carry(c, PD_KIND_BINARY, bad_text_reason(p));
    else if (has_other_outliers(c))
        carry(c, PD_KIND_TEXT, outlier_reason(p));
    else if (c->mapping->as.kind == PD_KIND_JSON && p->flags & PD_PROFILE_JSON_LOOSE)
        carry(c, PD_KIND_TEXT, "JSON that PostgreSQL does not read, such as 1., is in it");
    else if (c->column->type.kind == PD_KIND_DECIMAL && c->column->type.precision > 0 &&
             p->flags & PD_PROFILE_INFINITE)
        pd_choice_set(c, PD_RUNG_PROFILED, PD_KIND_DECIMAL, "numeric", "infinity is in it");
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
judge_unhinted(struct pd_choice *c)
{
    int hint = c->column->hint.kind;

    if (hint == PD_KIND_NONE || hint == PD_KIND_DECIMAL)
        return false;
    if (c->values == PD_VALUES_INTS)
        pd_choice_set(c, PD_RUNG_PROFILED, PD_KIND_INT64, "bigint", NULL);
    else if (c->values == PD_VALUES_REALS)
        pd_choice_set(c, PD_RUNG_PROFILED, PD_KIND_FLOAT64, "double precision", NULL);
    else
        return false;
    return true;
}

static void
judge_number(struct pd_choice *c)
{
    if (!judge_unhinted(c) && !is_exact_as_numeric(c->profile))
        carry(c, PD_KIND_TEXT, "a float that numeric would take for an integer is in it");
}

/* A column that was declared without a type often has values of one. */
static void
judge_any(struct pd_choice *c)
{
    switch (c->values) {
    case PD_VALUES_INTS:
        pd_choice_set(c, PD_RUNG_PROFILED, PD_KIND_INT64, "bigint", "all its values are integers");
        break;
    case PD_VALUES_REALS:
        pd_choice_set(c, PD_RUNG_PROFILED, PD_KIND_FLOAT64, "double precision",
                      "all its values are floats");
        break;
    case PD_VALUES_INTS | PD_VALUES_REALS:
        if (is_exact_as_numeric(c->profile))
            pd_choice_set(c, PD_RUNG_PROFILED, PD_KIND_DECIMAL, "numeric",
                          "all its values are numbers");
        break;
    default:
        return;
    }
    if (c->mapping->rung == PD_RUNG_PROFILED)
        c->mapping->flags &= ~(uint32_t)PD_MAPPING_TAGGED;
}

static void
judge(struct pd_choice *c)
{
    if (c->column->type.kind == PD_KIND_ANY)
        judge_any(c);
    else if (c->column->type.kind == PD_KIND_NUMBER)
        judge_number(c);
    else
        judge_home(c);
}

/* ---- Hints ---- */

static int
fits_decimal(const struct pd_choice *c)
{
    return c->column->hint.precision <= MAP_MOST_DIGITS &&
           !(c->profile->flags & PD_PROFILE_INFINITE) && is_exact_as_numeric(c->profile);
}

static void
spell_decimal(struct pd_choice *c)
{
    pd_sql_printf(&c->spelled, "numeric(%d,%d)", c->column->hint.precision, c->column->hint.scale);
}

static int
fits_length(const struct pd_choice *c)
{
    return c->column->hint.length <= MAP_MOST_CHARACTERS && !is_bad_text(c->profile);
}

static void
spell_length(struct pd_choice *c)
{
    pd_sql_printf(&c->spelled, "character varying(%" PRIu64 ")", c->column->hint.length);
}

/* json has no equality, so no key can have such a column. */
static int
is_in_no_key(const struct pd_choice *c)
{
    const struct pd_catalog *catalog = map_of(c)->catalog;
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
                    return 0;
            }
        }
    }
    return 1;
}

#define NO_JSON "not every value is JSON, or it is in a key"

static const struct pd_hint_row hint_rows[] = {
    {PD_KIND_BOOL, PD_KIND_BOOL, "boolean"},
    {PD_KIND_DATE, PD_KIND_DATE, "date"},
    {PD_KIND_TIMESTAMP, PD_KIND_TIMESTAMP, "timestamp"},
    {PD_KIND_DECIMAL, PD_KIND_DECIMAL, "", .fits = fits_decimal, .spell = spell_decimal},
    {PD_KIND_TEXT, PD_KIND_TEXT, "", .fits = fits_length, .spell = spell_length},
    {PD_KIND_UUID, PD_KIND_UUID, "uuid"},
    {PD_KIND_JSON, PD_KIND_JSON, "json", NO_JSON, .fits = is_in_no_key},
    {PD_KIND_JSONB, PD_KIND_JSON, "json", NO_JSON, .fits = is_in_no_key},
    {PD_KIND_TIME, PD_KIND_TIME, "time"},
    {PD_KIND_TIMESTAMPTZ, PD_KIND_TEXT, "text"},
};

/* ---- Without values ---- */

static int
is_risky(const struct pd_choice *c)
{
    int kind = c->column->type.kind;

    return (c->home && kind <= PD_KIND_ENUM) || kind == PD_KIND_DATE || kind == PD_KIND_TIMESTAMP ||
           kind == PD_KIND_TIMESTAMPTZ;
}

const struct pd_choice_ways map_ways = {
    .text = "text",
    .hints = hint_rows,
    .n_hints = sizeof hint_rows / sizeof *hint_rows,
    .judge = judge,
    .is_risky = is_risky,
};
