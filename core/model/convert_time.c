// SPDX-License-Identifier: Apache-2.0
// convert_time - times of one kind as times of another, and the spellings of dates that are none.
#include <string.h>

#include "model/convert_inside.h"
#include "model/kind.h"
#include "model/text.h"
#include "model/text_time.h"
#include "model/values.h"

#define US_PER_DAY INT64_C(86400000000)
/* MariaDB's TIME ends here, either side of zero. */
#define US_WIDE_MAX (INT64_C(839) * 3600 * 1000000 - 1)

/* ---- Between kinds ---- */

static void
put_interval(struct conversion *c, int64_t us, struct cell *to)
{
    conversion_clear(c, &c->out);
    buffer_u64(&c->out, (uint64_t)us);
    buffer_u64(&c->out, 0); /* no days, no months */
    *to = (struct cell){.tag = PD_TAG_PLAIN, .bytes = c->out.data, .size = c->out.size};
}

/* An interval is a time when it has neither days nor months. */
static bool
interval_to_time(const struct pd_type *type, const struct cell *from, struct cell *to)
{
    int64_t us = (int64_t)values_le64(from->bytes);
    bool is_wide = type->flags & PD_TYPE_WIDE;

    *to = (struct cell){.tag = PD_TAG_PLAIN, .integer = us};
    return values_le64(from->bytes + 8) == 0 && us >= (is_wide ? -US_WIDE_MAX : 0) &&
           us <= (is_wide ? US_WIDE_MAX : US_PER_DAY);
}

static bool
is_stamp(int kind)
{
    return kind == PD_KIND_TIMESTAMP || kind == PD_KIND_TIMESTAMPTZ;
}

/* The number of microseconds is the same: a timestamp without a zone is taken to be in UTC. */
bool
time_to_time(struct conversion *c, const struct cell *from, struct cell *to)
{
    int kind = c->from->kind, wanted = c->to->kind;

    if (from->tag != PD_TAG_PLAIN)
        return false;
    if (kind == PD_KIND_TIME && wanted == PD_KIND_INTERVAL) {
        put_interval(c, from->integer, to);
        return !c->out.failed;
    }
    if (kind == PD_KIND_INTERVAL && wanted == PD_KIND_TIME)
        return interval_to_time(c->to, from, to);
    if (kind == PD_KIND_TIME && wanted == PD_KIND_TIME) {
        bool is_wide = c->to->flags & PD_TYPE_WIDE;

        *to = *from;
        return is_wide || (from->integer >= 0 && from->integer <= US_PER_DAY);
    }
    *to = *from;
    return is_stamp(kind) && is_stamp(wanted);
}

/* ---- Digits of a second ---- */

bool
time_fits_precision(const struct pd_type *type, const struct cell *cell)
{
    int64_t us = cell->integer, step = 1;

    if (type->precision < 0 || type->precision >= 6)
        return true;
    if (kind_layout(type) == PD_LAYOUT_FIXED)
        us = (int64_t)values_le64(cell->bytes);
    for (int digit = 6; digit > type->precision; digit--)
        step *= 10;
    return us % step == 0;
}

/* ---- Dates that are none ---- */

/* Digits that are a number of exactly so many. */
static bool
take_digits(const char **at, const char *end, int n_digits, int *ret_number)
{
    *ret_number = 0;
    for (int i = 0; i < n_digits; i++, ++*at) {
        if (*at == end || **at < '0' || **at > '9')
            return false;
        *ret_number = *ret_number * 10 + (**at - '0');
    }
    return true;
}

static bool
take_char(const char **at, const char *end, char c)
{
    if (*at == end || **at != c)
        return false;
    ++*at;
    return true;
}

/* " HH:MM:SS" and up to six digits behind a point, to the end. */
static bool
is_clock(const char *at, const char *end)
{
    int hours, minutes, seconds, digit, n = 0;

    if (!take_char(&at, end, ' ') || !take_digits(&at, end, 2, &hours) ||
        !take_char(&at, end, ':') || !take_digits(&at, end, 2, &minutes) ||
        !take_char(&at, end, ':') || !take_digits(&at, end, 2, &seconds))
        return false;
    if (take_char(&at, end, '.')) {
        while (n < 6 && take_digits(&at, end, 1, &digit))
            n++;
        if (n == 0)
            return false;
    }
    return at == end && hours < 24 && minutes < 60 && seconds < 60;
}

static bool
is_day_of_calendar(int year, int month, int day)
{
    int64_t back_year;
    int back_month, back_day;

    if (year == 0 || month == 0 || day == 0)
        return false;
    text_civil(text_days(year, month, day), &back_year, &back_month, &back_day);
    return back_month == month && back_day == day;
}

/* As MariaDB writes what no calendar has: four digits of the year, month and day of two. */
static bool
is_ymd(const struct pd_type *type, const char *text, const char *end)
{
    const char *at = text;
    int year, month, day;

    if (!take_digits(&at, end, 4, &year) || !take_char(&at, end, '-') ||
        !take_digits(&at, end, 2, &month) || !take_char(&at, end, '-') ||
        !take_digits(&at, end, 2, &day) || month > 12 || day > 31)
        return false;
    if (type->kind == PD_KIND_DATE ? at != end : !is_clock(at, end))
        return false;
    return !is_day_of_calendar(year, month, day);
}

/* The canonical text of a day and time however far. */
static size_t
write_far(const struct pd_type *type, int64_t days, int64_t us, char out[TEXT_TIME_SIZE * 2])
{
    struct text_time date = {.value = days}, clock = {.value = us};
    size_t size = text_time_write(PD_KIND_DATE, &date, out);
    bool bc = size > 3 && memcmp(out + size - 3, " BC", 3) == 0;

    if (type->kind == PD_KIND_DATE)
        return size;
    size -= bc ? 3 : 0;
    out[size++] = ' ';
    size += text_time_write(PD_KIND_TIME, &clock, out + size);
    if (type->kind == PD_KIND_TIMESTAMPTZ) {
        memcpy(out + size, "+00", 3);
        size += 3;
    }
    if (bc) {
        memcpy(out + size, " BC", 3);
        size += 3;
    }
    return size;
}

static bool
is_far(const struct pd_type *type, const char *text, size_t size)
{
    char again[TEXT_TIME_SIZE * 2];
    int64_t days, us;
    int128 all;
    bool is_beyond;

    if (!text_time_read_far(text, size, &days, &us) || us < 0 || us >= US_PER_DAY)
        return false;
    all = (int128)days * US_PER_DAY + us;
    is_beyond = type->kind == PD_KIND_DATE ? days < INT32_MIN || days > INT32_MAX
                                           : all < INT64_MIN || all > INT64_MAX;
    return is_beyond && write_far(type, days, us, again) == size && memcmp(again, text, size) == 0;
}

static bool
is_text(const uint8_t *text, size_t size, const char *wanted)
{
    return size && size == strlen(wanted) && memcmp(text, wanted, size) == 0;
}

bool
time_outlier(const struct pd_type *type, const uint8_t *text, size_t size, int *ret_tag)
{
    if (type->kind != PD_KIND_DATE && !is_stamp(type->kind))
        return false;
    if (is_text(text, size, "infinity"))
        *ret_tag = PD_TAG_POS_INF;
    else if (is_text(text, size, "-infinity"))
        *ret_tag = PD_TAG_NEG_INF;
    else if (size && is_ymd(type, (const char *)text, (const char *)text + size))
        *ret_tag = PD_TAG_YMD;
    else if (size && is_far(type, (const char *)text, size))
        *ret_tag = PD_TAG_FAR;
    else
        return false;
    return true;
}
