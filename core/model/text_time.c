// SPDX-License-Identifier: Apache-2.0
// text_time - dates, times and intervals as text: written part by part; read part by part and then
// written again, so that only canonical text is accepted.
#include "model/text_time.h"

#include <string.h>

#include "model/decimal.h"
#include "model/text.h"

#define US_PER_SECOND INT64_C(1000000)
#define US_PER_DAY INT64_C(86400000000)
/* MariaDB's TIME ends here, either side of zero. */
#define US_WIDE_MAX (INT64_C(839) * 3600 * US_PER_SECOND - 1)
/* The time zones of PostgreSQL's timetz. */
enum { ZONE_MAX = 15 * 3600 + 59 * 60 + 59 };

/* Days are counted in eras of 400 years that begin with March, so that the leap day is the last. */
enum { DAYS_PER_ERA = 146097, YEARS_PER_ERA = 400, EPOCH_DAY = 719468 };

static int64_t
floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

void
text_civil(int64_t days, int64_t *ret_year, int *ret_month, int *ret_day)
{
    int64_t era = floor_divide(days, DAYS_PER_ERA);
    int64_t day, year, of_year;
    int month;

    day = days - era * DAYS_PER_ERA + EPOCH_DAY;
    era += day / DAYS_PER_ERA;
    day %= DAYS_PER_ERA;
    year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    of_year = day - (365 * year + year / 4 - year / 100);
    month = (int)((5 * of_year + 2) / 153);
    *ret_day = (int)(of_year - (153 * month + 2) / 5 + 1);
    *ret_month = month < 10 ? month + 3 : month - 9;
    *ret_year = era * YEARS_PER_ERA + year + (*ret_month <= 2);
}

int64_t
text_days(int64_t year, int month, int day)
{
    int64_t years = year - (month <= 2);
    int64_t era = floor_divide(years, YEARS_PER_ERA);
    int64_t of_era = years - era * YEARS_PER_ERA;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return era * DAYS_PER_ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year - EPOCH_DAY;
}

/* Writers: each puts its part at `at` and returns the place behind. */
static char *
put_number(char *at, uint64_t number, int min_digits)
{
    char digits[20];
    int n = 0;

    do {
        digits[n++] = (char)('0' + number % 10);
        number /= 10;
    } while (number || n < min_digits);
    while (n)
        *at++ = digits[--n];
    return at;
}

static char *
put_text(char *at, const char *text)
{
    size_t size = strlen(text);

    memcpy(at, text, size);
    return at + size;
}

/* ".5" of 500000 microseconds; nothing of 0. */
static char *
put_fraction(char *at, uint64_t us)
{
    if (us == 0)
        return at;
    *at++ = '.';
    for (uint64_t place = US_PER_SECOND / 10; us; place /= 10) {
        *at++ = (char)('0' + us / place);
        us %= place;
    }
    return at;
}

static uint64_t
magnitude(int64_t value)
{
    return value < 0 ? -(uint64_t)value : (uint64_t)value;
}

static char *
put_clock(char *at, int64_t us)
{
    uint64_t size = magnitude(us);
    uint64_t seconds = size / US_PER_SECOND;

    if (us < 0)
        *at++ = '-';
    at = put_number(at, seconds / 3600, 2);
    *at++ = ':';
    at = put_number(at, seconds / 60 % 60, 2);
    *at++ = ':';
    at = put_number(at, seconds % 60, 2);
    return put_fraction(at, size % US_PER_SECOND);
}

/* The date without its era; *ret_bc says whether " BC" is to follow. */
static char *
put_date(char *at, int64_t days, bool *ret_bc)
{
    int64_t year;
    int month, day;

    text_civil(days, &year, &month, &day);
    *ret_bc = year < 1;
    at = put_number(at, (uint64_t)(year < 1 ? 1 - year : year), 4);
    *at++ = '-';
    at = put_number(at, (uint64_t)month, 2);
    *at++ = '-';
    return put_number(at, (uint64_t)day, 2);
}

static char *
put_timestamp(char *at, int64_t us, const char *zone)
{
    int64_t days = floor_divide(us, US_PER_DAY);
    bool bc;

    at = put_date(at, days, &bc);
    *at++ = ' ';
    us %= US_PER_DAY; /* days * US_PER_DAY would overflow on the first day of all */
    at = put_clock(at, us < 0 ? us + US_PER_DAY : us);
    at = put_text(at, zone);
    return bc ? put_text(at, " BC") : at;
}

static char *
put_zone(char *at, int32_t west)
{
    uint64_t seconds = magnitude(west);

    *at++ = west > 0 ? '-' : '+';
    at = put_number(at, seconds / 3600, 2);
    if (seconds % 3600 == 0)
        return at;
    *at++ = ':';
    at = put_number(at, seconds / 60 % 60, 2);
    if (seconds % 60 == 0)
        return at;
    *at++ = ':';
    return put_number(at, seconds % 60, 2);
}

static char *
put_signed(char *at, int64_t number)
{
    if (number < 0)
        *at++ = '-';
    return put_number(at, magnitude(number), 1);
}

static char *
put_interval(char *at, const struct text_time *time)
{
    uint64_t us = magnitude(time->value);

    *at++ = 'P';
    at = put_signed(at, time->months);
    *at++ = 'M';
    at = put_signed(at, time->days);
    at = put_text(at, "DT");
    if (time->value < 0)
        *at++ = '-';
    at = put_number(at, us / US_PER_SECOND, 1);
    at = put_fraction(at, us % US_PER_SECOND);
    return put_text(at, "S");
}

size_t
text_time_write(int kind, const struct text_time *time, char out[TEXT_TIME_SIZE])
{
    char *at = out;
    bool bc;

    switch (kind) {
    case PD_KIND_DATE:
        at = put_date(at, time->value, &bc);
        return (size_t)((bc ? put_text(at, " BC") : at) - out);
    case PD_KIND_TIMESTAMP:
        return (size_t)(put_timestamp(at, time->value, "") - out);
    case PD_KIND_TIMESTAMPTZ:
        return (size_t)(put_timestamp(at, time->value, "+00") - out);
    case PD_KIND_INTERVAL:
        return (size_t)(put_interval(at, time) - out);
    case PD_KIND_TIMETZ:
        return (size_t)(put_zone(put_clock(at, time->value), time->west) - out);
    default:
        return (size_t)(put_clock(at, time->value) - out);
    }
}

/* Reading: a place in the text, and whether all went well so far. */
struct reader {
    const char *at;
    const char *end;
    bool wrong;
};

static bool
take_text(struct reader *r, const char *text)
{
    size_t size = strlen(text);

    /* Of no bytes there may be no memory either. */
    if ((size_t)(r->end - r->at) < size || (size && memcmp(r->at, text, size) != 0))
        return false;
    r->at += size;
    return true;
}

static void
want_text(struct reader *r, const char *text)
{
    if (!take_text(r, text))
        r->wrong = true;
}

static int64_t
want_number(struct reader *r, int max_digits)
{
    int64_t number = 0;
    int n = 0;

    for (; r->at < r->end && *r->at >= '0' && *r->at <= '9' && n < max_digits; n++)
        number = number * 10 + (*r->at++ - '0');
    if (n == 0)
        r->wrong = true;
    return number;
}

static int64_t
take_fraction(struct reader *r)
{
    int64_t us = 0, place = US_PER_SECOND / 10;

    if (!take_text(r, "."))
        return 0;
    for (; r->at < r->end && *r->at >= '0' && *r->at <= '9' && place; place /= 10)
        us += (*r->at++ - '0') * place;
    return us;
}

static int64_t
want_clock(struct reader *r)
{
    bool negative = take_text(r, "-");
    int64_t us = want_number(r, 3) * 3600;

    want_text(r, ":");
    us += want_number(r, 2) * 60;
    want_text(r, ":");
    us = (us + want_number(r, 2)) * US_PER_SECOND;
    us += take_fraction(r);
    return negative ? -us : us;
}

/* year is as written: the era comes last. */
struct civil {
    int64_t year;
    int month;
    int day;
};

static struct civil
want_civil(struct reader *r)
{
    struct civil civil = {.year = want_number(r, 9)};

    want_text(r, "-");
    civil.month = (int)want_number(r, 2);
    want_text(r, "-");
    civil.day = (int)want_number(r, 2);
    if (civil.month < 1 || civil.month > 12 || civil.day < 1 || civil.day > 31)
        r->wrong = true;
    return civil;
}

static int64_t
want_era(struct reader *r, const struct civil *civil)
{
    int64_t year = take_text(r, " BC") ? 1 - civil->year : civil->year;

    return r->wrong ? 0 : text_days(year, civil->month, civil->day);
}

static void
read_date(struct reader *r, struct text_time *time)
{
    struct civil civil = want_civil(r);

    time->value = want_era(r, &civil);
    if (time->value < INT32_MIN || time->value > INT32_MAX)
        r->wrong = true;
}

static void
read_timestamp(struct reader *r, const char *zone, struct text_time *time)
{
    struct civil civil = want_civil(r);
    int64_t us;
    int128 all;

    want_text(r, " ");
    us = want_clock(r);
    want_text(r, zone);
    all = (int128)want_era(r, &civil) * US_PER_DAY + us;
    if (us < 0 || us >= US_PER_DAY || all < INT64_MIN || all > INT64_MAX)
        r->wrong = true;
    time->value = (int64_t)all;
}

static void
read_time(struct reader *r, bool is_wide, struct text_time *time)
{
    time->value = want_clock(r);
    if (is_wide ? time->value < -US_WIDE_MAX || time->value > US_WIDE_MAX
                : time->value < 0 || time->value > US_PER_DAY)
        r->wrong = true;
}

static void
read_zone(struct reader *r, struct text_time *time)
{
    bool is_west = take_text(r, "-");
    int64_t seconds;

    if (!is_west)
        want_text(r, "+");
    seconds = want_number(r, 2) * 3600;
    if (take_text(r, ":"))
        seconds += want_number(r, 2) * 60;
    if (take_text(r, ":"))
        seconds += want_number(r, 2);
    if (seconds > ZONE_MAX)
        r->wrong = true;
    time->west = (int32_t)(is_west ? seconds : -seconds);
}

static int32_t
want_signed(struct reader *r)
{
    bool negative = take_text(r, "-");
    int64_t number = want_number(r, 10);

    number = negative ? -number : number;
    if (number < INT32_MIN || number > INT32_MAX)
        r->wrong = true;
    return (int32_t)number;
}

static void
read_interval(struct reader *r, struct text_time *time)
{
    bool negative;
    int64_t us;

    want_text(r, "P");
    time->months = want_signed(r);
    want_text(r, "M");
    time->days = want_signed(r);
    want_text(r, "DT");
    negative = take_text(r, "-");
    /* 2^63 microseconds have 13 digits of seconds; down from zero, where one more fits. */
    if (__builtin_mul_overflow(-want_number(r, 13), US_PER_SECOND, &us) ||
        __builtin_sub_overflow(us, take_fraction(r), &us))
        r->wrong = true;
    want_text(r, "S");
    if (!negative && us == INT64_MIN)
        r->wrong = true;
    else
        time->value = negative ? us : -us;
}

static bool
is_canonical(const struct reader *r, int kind, const struct text_time *time, const char *text)
{
    char again[TEXT_TIME_SIZE];
    size_t size;

    if (r->wrong || r->at != r->end)
        return false;
    size = text_time_write(kind, time, again);
    return size == (size_t)(r->end - text) && memcmp(again, text, size) == 0;
}

bool
text_time_read(const struct pd_type *type, const char *text, size_t size,
               struct text_time *ret_time)
{
    struct reader r = {.at = text, .end = text + size};
    struct text_time time = {0};

    switch (type->kind) {
    case PD_KIND_DATE:
        read_date(&r, &time);
        break;
    case PD_KIND_TIMESTAMP:
        read_timestamp(&r, "", &time);
        break;
    case PD_KIND_TIMESTAMPTZ:
        read_timestamp(&r, "+00", &time);
        break;
    case PD_KIND_INTERVAL:
        read_interval(&r, &time);
        break;
    case PD_KIND_TIMETZ:
        read_time(&r, /* is_wide= */ false, &time);
        read_zone(&r, &time);
        break;
    default:
        read_time(&r, type->flags & PD_TYPE_WIDE, &time);
    }
    if (!is_canonical(&r, type->kind, &time, text))
        return false;
    *ret_time = time;
    return true;
}

bool
text_time_read_far(const char *text, size_t size, int64_t *ret_days, int64_t *ret_us)
{
    struct reader r = {.at = text, .end = text + size};
    struct civil civil = want_civil(&r);

    *ret_us = 0;
    if (r.end - r.at > 1 && r.at[1] >= '0' && r.at[1] <= '9' && take_text(&r, " "))
        *ret_us = want_clock(&r);
    take_text(&r, "+00");
    *ret_days = want_era(&r, &civil);
    return !r.wrong && r.at == r.end;
}
