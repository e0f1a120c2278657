// SPDX-License-Identifier: Apache-2.0
/* encode_time - dates and times as the library wants them. */
#include <stdlib.h>

#include "encode.h"

static const int64_t day_us = INT64_C(86400000000);

int64_t
encode_step(const char *native)
{
    const char *at = native ? strchr(native, '(') : NULL;
    long digits = at ? strtol(at + 1, NULL, 10) : 0;
    int64_t step = 1;

    for (; digits < ENCODE_TIME_DIGITS; digits++)
        step *= 10;
    return step;
}

/* Days since 1970-01-01 to year, month, day of the Gregorian calendar, counted from March on: the
   day that some years have more is the last one then. */
void
encode_date(int64_t days, MYSQL_TIME *ret_time)
{
    int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
    unsigned day = (unsigned)(z - era * 146097);
    unsigned year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    unsigned rest = day - (365 * year + year / 4 - year / 100), month = (5 * rest + 2) / 153;

    memset(ret_time, 0, sizeof *ret_time);
    ret_time->day = rest - (153 * month + 2) / 5 + 1;
    ret_time->month = month < 10 ? month + 3 : month - 9;
    ret_time->year = (unsigned)(year + era * 400) + (ret_time->month <= 2);
    ret_time->time_type = MYSQL_TIMESTAMP_DATE;
}

static void
put_clock(int64_t us, MYSQL_TIME *time)
{
    int64_t seconds = us / 1000000;

    time->second_part = (unsigned long)(us % 1000000);
    time->second = (unsigned)(seconds % 60);
    time->minute = (unsigned)(seconds / 60 % 60);
    time->hour = (unsigned)(seconds / 3600);
}

void
encode_timestamp(int64_t us, MYSQL_TIME *ret_time)
{
    int64_t days = us / day_us, rest = us % day_us;

    if (rest < 0) {
        rest += day_us;
        days--;
    }
    encode_date(days, ret_time);
    put_clock(rest, ret_time);
    ret_time->time_type = MYSQL_TIMESTAMP_DATETIME;
}

/* The library sends one byte for the hour: what is beyond a day goes into days. */
void
encode_clock(int64_t us, MYSQL_TIME *ret_time)
{
    int64_t size = us < 0 ? -us : us;

    memset(ret_time, 0, sizeof *ret_time);
    put_clock(size % day_us, ret_time);
    ret_time->day = (unsigned)(size / day_us);
    ret_time->neg = us < 0;
    ret_time->time_type = MYSQL_TIMESTAMP_TIME;
}

/* Exactly `digits` digits. */
static bool
read_number(const uint8_t **at, const uint8_t *end, int digits, unsigned *ret_value)
{
    *ret_value = 0;
    if (end - *at < digits)
        return false;
    while (digits--) {
        unsigned digit = (unsigned)*(*at)++ - '0';

        if (digit > 9)
            return false;
        *ret_value = *ret_value * 10 + digit;
    }
    return true;
}

static bool
read_mark(const uint8_t **at, const uint8_t *end, uint8_t mark)
{
    return *at < end && *(*at)++ == mark;
}

static bool
read_fraction(const uint8_t **at, const uint8_t *end, MYSQL_TIME *time)
{
    unsigned value;
    int digits = 0;

    if (*at == end)
        return true;
    if (!read_mark(at, end, '.'))
        return false;
    while (*at < end && digits < ENCODE_TIME_DIGITS) {
        if (!read_number(at, end, 1, &value))
            return false;
        time->second_part = time->second_part * 10 + value;
        digits++;
    }
    for (; digits < ENCODE_TIME_DIGITS; digits++)
        time->second_part *= 10;
    return *at == end;
}

bool
encode_parse_time(const uint8_t *text, size_t size, MYSQL_TIME *ret_time)
{
    const uint8_t *at = text, *end = text ? text + size : text;
    MYSQL_TIME *t = ret_time;

    memset(t, 0, sizeof *t);
    t->time_type = MYSQL_TIMESTAMP_DATETIME;
    if (!read_number(&at, end, 4, &t->year) || !read_mark(&at, end, '-') ||
        !read_number(&at, end, 2, &t->month) || !read_mark(&at, end, '-') ||
        !read_number(&at, end, 2, &t->day) || t->month > 12 || t->day > 31)
        return false;
    if (at == end)
        return true;
    return read_mark(&at, end, ' ') && read_number(&at, end, 2, &t->hour) &&
           read_mark(&at, end, ':') && read_number(&at, end, 2, &t->minute) &&
           read_mark(&at, end, ':') && read_number(&at, end, 2, &t->second) && t->hour < 24 &&
           t->minute < 60 && t->second < 60 && read_fraction(&at, end, t);
}
