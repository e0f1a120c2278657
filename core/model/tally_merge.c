// SPDX-License-Identifier: Apache-2.0
// tally_merge - two tallies of the same column in one, and a tally as a profile.
#include <string.h>

#include "model/kind.h"
#include "model/tally.h"
#include "model/text.h"

#define LARGER(member) t->member = t->member > more->member ? t->member : more->member
#define SMALLER(member) t->member = t->member < more->member ? t->member : more->member

/* What is an extreme of some values only, if there were any. */
static void
merge_extremes(struct column_tally *t, const struct column_tally *more)
{
    if (t->n_ints == 0) {
        t->int_min = more->int_min;
        t->int_max = more->int_max;
    } else if (more->n_ints) {
        SMALLER(int_min);
        LARGER(int_max);
    }
    if (t->n_plain == 0) {
        t->time_min = more->time_min;
        t->time_max = more->time_max;
        t->decimal_min = more->decimal_min;
        t->decimal_max = more->decimal_max;
    } else if (more->n_plain) {
        SMALLER(time_min);
        LARGER(time_max);
        SMALLER(decimal_min);
        LARGER(decimal_max);
    }
    SMALLER(real_min);
    LARGER(real_max);
    LARGER(real_scale);
    LARGER(max_size);
    LARGER(max_chars);
    LARGER(max_digits);
    LARGER(max_scale);
    SMALLER(min_scale);
}

static void
merge_counts(struct column_tally *t, const struct column_tally *more)
{
    t->n_nulls += more->n_nulls;
    t->n_ints += more->n_ints;
    t->n_reals += more->n_reals;
    t->n_texts += more->n_texts;
    t->n_blobs += more->n_blobs;
    t->n_plain += more->n_plain;
    t->n_outliers += more->n_outliers;
    t->n_trues += more->n_trues;
    t->int_sum += more->int_sum;
    t->n_finite += more->n_finite;
    t->n_nans += more->n_nans;
    t->n_infinite += more->n_infinite;
    t->n_minus_infinite += more->n_minus_infinite;
    t->n_negatives += more->n_negatives;
    t->real_check += more->real_check;
    t->n_octets += more->n_octets;
    t->label_check += more->label_check;
    t->decimal_high += more->decimal_high;
    t->decimal_low += more->decimal_low;
    t->flags |= more->flags;
    t->real_no_scale |= more->real_no_scale;
    t->not_dates |= more->not_dates;
    t->not_timestamps |= more->not_timestamps;
    t->not_promised |= more->not_promised;
}

static bool
merge_digits(struct decimal_tally *digits, const struct decimal_tally *more)
{
    struct decimal d;

    digits->n_values += more->n_values;
    if (more->min.size && decimal_parse((const char *)more->min.data, more->min.size, &d) &&
        !decimal_tally_extremes(digits, &d, more->min.data, more->min.size))
        return false;
    if (more->max.size && decimal_parse((const char *)more->max.data, more->max.size, &d) &&
        !decimal_tally_extremes(digits, &d, more->max.data, more->max.size))
        return false;
    return decimal_sum_merge(&digits->sum, &more->sum);
}

bool
column_tally_merge(struct column_tally *t, const struct column_tally *more)
{
    merge_extremes(t, more);
    merge_counts(t, more);
    return !t->digits || merge_digits(t->digits, more->digits);
}

/* Digits and length of the texts of 128-bit decimals: those of the extremes are the longest. */
static void
profile_decimal(int128 value, unsigned scale, struct pd_profile *p)
{
    char text[DECIMAL_TEXT_SIZE];
    size_t size = decimal_write(value, scale, text);
    uint32_t n_digits = (uint32_t)(size - (value < 0) - (scale ? scale + 1 : 0));

    if (n_digits > p->max_digits)
        p->max_digits = n_digits;
    if (size > p->max_size)
        p->max_size = size;
}

static void
profile_decimals(const struct column_tally *t, struct pd_profile *p)
{
    p->max_digits = t->max_digits;
    p->max_scale = t->max_scale;
    if (t->digits) {
        if (t->digits->n_values && t->min_scale != t->max_scale)
            p->flags |= PD_PROFILE_MIXED_SCALE;
    } else if (t->n_plain) {
        p->max_scale = (uint32_t)t->type->scale;
        profile_decimal(t->decimal_min, (unsigned)t->type->scale, p);
        profile_decimal(t->decimal_max, (unsigned)t->type->scale, p);
    }
}

static void
profile_reals(const struct column_tally *t, struct pd_profile *p)
{
    if (t->n_finite) {
        p->min_real = t->real_min + 0.0; /* of both zeros the positive one */
        p->max_real = t->real_max + 0.0;
        p->flags |= PD_PROFILE_FINITE;
    }
    if (t->n_finite && !t->real_no_scale && t->group != TALLY_DECIMAL) {
        p->max_scale = t->real_scale;
        p->flags |= PD_PROFILE_SCALE;
    }
    if (t->n_nans)
        p->flags |= PD_PROFILE_NAN;
    if (t->n_infinite || t->n_minus_infinite)
        p->flags |= PD_PROFILE_INFINITE;
}

static int64_t
saturate(int128 value)
{
    return value > INT64_MAX ? INT64_MAX : value < INT64_MIN ? INT64_MIN : (int64_t)value;
}

static void
profile_ints(const struct column_tally *t, struct pd_profile *p)
{
    if (t->n_ints == 0)
        return;
    p->min_int = saturate(t->int_min);
    p->max_int = saturate(t->int_max);
    if (t->int_min >= 0 && t->int_max <= 1)
        p->flags |= PD_PROFILE_ONLY_01;
    if (t->type->kind == PD_KIND_UINT64 && t->int_max == INT64_MAX)
        p->flags |= PD_PROFILE_EXACT_MAX;
}

static uint32_t
day_flags(const struct column_tally *t)
{
    const int64_t unit = t->type->kind == PD_KIND_DATE ? 1 : INT64_C(86400000000);
    uint32_t flags = 0;

    if (t->time_min < text_days(1, 1, 1) * unit)
        flags |= PD_PROFILE_BEFORE_CHRIST;
    if (t->time_max >= text_days(10000, 1, 1) * unit)
        flags |= PD_PROFILE_FAR_DATE;
    return flags;
}

static uint32_t
clock_flags(const struct column_tally *t)
{
    return (t->time_min < 0 ? PD_PROFILE_NEGATIVE_TIME : 0) |
           (t->time_max > INT64_C(86400000000) ? PD_PROFILE_BEYOND_DAY : 0);
}

static void
profile_times(const struct column_tally *t, struct pd_profile *p)
{
    if (t->n_plain == 0)
        return;
    p->min_time = t->time_min;
    p->max_time = t->time_max;
    p->flags |= t->type->kind == PD_KIND_TIME ? clock_flags(t) : day_flags(t);
}

void
column_tally_profile(const struct column_tally *t, struct pd_profile *p)
{
    *p = (struct pd_profile){
        .struct_size = sizeof *p,
        .flags = t->flags,
        .n_nulls = t->n_nulls,
        .n_ints = t->n_ints,
        .n_reals = t->n_reals,
        .n_texts = t->n_texts,
        .n_blobs = t->n_blobs,
        .n_plain = t->n_plain,
        .n_outliers = t->n_outliers,
        .max_size = t->max_size,
        .max_chars = t->max_chars,
    };
    profile_ints(t, p);
    profile_reals(t, p);
    if (t->group == TALLY_DECIMAL)
        profile_decimals(t, p);
    if (t->group == TALLY_TIME)
        profile_times(t, p);
    if (t->n_texts && !t->not_dates)
        p->flags |= PD_PROFILE_DATES;
    if (t->n_texts && !t->not_timestamps)
        p->flags |= PD_PROFILE_TIMESTAMPS;
    if (t->n_texts && t->promise && !t->not_promised)
        p->flags |= PD_PROFILE_PROMISED;
}
