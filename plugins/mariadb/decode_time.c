// SPDX-License-Identifier: Apache-2.0
/* decode_time - dates and times: those that a calendar has as numbers, the others as the server
   prints them. */
#include <stdio.h>

#include "decode.h"

#define DAY_MICROS INT64_C(86400000000)

enum { TIME_MOST_HOURS = 838 };

struct moment {
    unsigned year, month, day, hour, minute, second, micros;
};

/* ---- Days ---- */

static bool
is_leap(unsigned year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) && year != 0;
}

/* Days from 1970-01-01 of the first of March of a year. */
static int64_t
march_of(int64_t year)
{
    int64_t y = year + 400; /* not negative, which divides otherwise */

    return y * 365 + y / 4 - y / 100 + y / 400 - 719468 - 146097;
}

bool
decode_days(unsigned year, unsigned month, unsigned day, int32_t *ret_days)
{
    static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    /* Of the days of each month: how many stand between it and the first of March. */
    static const uint16_t behind_march[] = {306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275};
    int64_t first;

    if (year > 9999 || month - 1 > 11 || day == 0 ||
        day > lengths[month - 1] + (unsigned)(month == 2 && is_leap(year)))
        return false;
    first = march_of((int64_t)year - (month < 3));
    *ret_days = (int32_t)(first + behind_march[month - 1] + day - 1);
    return true;
}

/* ---- Values that no calendar has ---- */

static size_t
write_date(const struct moment *m, char *out, size_t size)
{
    return (size_t)snprintf(out, size, "%04u-%02u-%02u", m->year, m->month, m->day);
}

static size_t
write_datetime(const struct moment *m, unsigned fraction, char *out, size_t size)
{
    static const unsigned cuts[] = {1000000, 100000, 10000, 1000, 100, 10, 1};
    size_t n = write_date(m, out, size);

    n += (size_t)snprintf(out + n, size - n, " %02u:%02u:%02u", m->hour, m->minute, m->second);
    if (fraction)
        n +=
            (size_t)snprintf(out + n, size - n, ".%0*u", (int)fraction, m->micros / cuts[fraction]);
    return n;
}

/* ---- Fields ---- */

/* A packed date and time: nothing, the day, the clock, the microseconds. */
static bool
read_moment(const uint8_t *bytes, size_t size, struct moment *m)
{
    *m = (struct moment){0};
    if (size == 0)
        return true;
    if (size != 4 && size != 7 && size != 11)
        return false;
    m->year = decode_u16(bytes);
    m->month = bytes[2];
    m->day = bytes[3];
    if (size >= 7) {
        m->hour = bytes[4];
        m->minute = bytes[5];
        m->second = bytes[6];
    }
    if (size == 11)
        m->micros = decode_u32(bytes + 7);
    return m->year <= 9999 && m->month <= 12 && m->day <= 31 && m->hour <= 23 && m->minute <= 59 &&
           m->second <= 59 && m->micros <= 999999;
}

bool
decode_date(struct decoder *d, const struct decode_column *c, const uint8_t *bytes, size_t size)
{
    struct moment m;
    int32_t days;
    char text[32];

    if (!read_moment(bytes, size, &m) || size > 4)
        return decode_fault(d, c, "what the server sent is no date");
    if (decode_days(m.year, m.month, m.day, &days))
        pd_put_int(d->builder, c->column, days);
    else
        pd_put_tagged(d->builder, c->column, PD_TAG_YMD, text, write_date(&m, text, sizeof text));
    return true;
}

bool
decode_datetime(struct decoder *d, const struct decode_column *c, const uint8_t *bytes, size_t size)
{
    struct moment m;
    int32_t days;
    int64_t seconds;
    char text[64];

    if (!read_moment(bytes, size, &m))
        return decode_fault(d, c, "what the server sent is no date and time");
    if (!decode_days(m.year, m.month, m.day, &days)) {
        pd_put_tagged(d->builder, c->column, PD_TAG_YMD, text,
                      write_datetime(&m, c->fraction, text, sizeof text));
        return true;
    }
    seconds = (m.hour * INT64_C(60) + m.minute) * 60 + m.second;
    pd_put_i64(d->builder, c->column, days * DAY_MICROS + seconds * 1000000 + m.micros);
    return true;
}

bool
decode_time(struct decoder *d, const struct decode_column *c, const uint8_t *bytes, size_t size)
{
    uint64_t hours;
    uint32_t micros = size == 12 ? decode_u32(bytes + 8) : 0;
    int64_t value;

    if (size == 0) {
        pd_put_i64(d->builder, c->column, 0);
        return true;
    }
    if (size != 8 && size != 12)
        return decode_fault(d, c, "what the server sent is no time");
    hours = decode_u32(bytes + 1) * UINT64_C(24) + bytes[5];
    if (bytes[0] > 1 || bytes[5] > 23 || hours > TIME_MOST_HOURS || bytes[6] > 59 ||
        bytes[7] > 59 || micros > 999999)
        return decode_fault(d, c, "what the server sent is no time");
    value = (((int64_t)hours * 60 + bytes[6]) * 60 + bytes[7]) * 1000000 + micros;
    pd_put_i64(d->builder, c->column, bytes[0] ? -value : value);
    return true;
}
