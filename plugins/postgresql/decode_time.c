// SPDX-License-Identifier: Apache-2.0
/* decode_time - dates and times: from the server's epoch, 2000-01-01, to 1970-01-01. */
#include "decode.h"

#include <stdio.h>

#define DECODE_DAY_MICROS INT64_C(86400000000)
#define DECODE_EPOCH_DAYS 10957 /* from 1970-01-01 to 2000-01-01 */
#define DECODE_EPOCH_MICROS (DECODE_EPOCH_DAYS * DECODE_DAY_MICROS)

/* What the server admits: 4714-11-24 BC to 5874897-12-31, and to 294276-12-31. */
#define DECODE_MIN_DAYS (-2451545)
#define DECODE_MAX_DAYS 2145031948
#define DECODE_MIN_MICROS INT64_C(-211813488000000000)
#define DECODE_MAX_MICROS INT64_C(9223371331199999999)

enum { DECODE_MAX_ZONE = 57599 /* 15:59:59 */ };

bool
decode_date(struct decoder *d, const struct decode_column *c, int32_t days)
{
    if (days == INT32_MAX)
        pd_put_tagged(d->builder, c->column, PD_TAG_POS_INF, "", 0);
    else if (days == INT32_MIN)
        pd_put_tagged(d->builder, c->column, PD_TAG_NEG_INF, "", 0);
    else if (days < DECODE_MIN_DAYS || days > DECODE_MAX_DAYS)
        return decode_fault(d, c, "what the server sent is no date");
    else
        pd_put_int(d->builder, c->column, days + DECODE_EPOCH_DAYS);
    return true;
}

/* Year, month and day of a day since 2000-01-01 that is after it. */
static void
civil_after_2000(int64_t days, int64_t *ret_year, int *ret_month, int *ret_day)
{
    /* Counted from 2000-03-01, so that a leap day is the last day of its year. */
    int64_t from_march = days - 60, era, year;
    int day_of_era, year_of_era, day_of_year, month;

    era = from_march / 146097;
    day_of_era = (int)(from_march % 146097);
    year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    month = (5 * day_of_year + 2) / 153;
    year = 2000 + era * 400 + year_of_era;
    *ret_day = day_of_year - (153 * month + 2) / 5 + 1;
    *ret_month = month < 10 ? month + 3 : month - 9;
    *ret_year = year + (month >= 10);
}

/* Canonical text of an instant whose microseconds since 1970 are beyond 64 bits. */
static void
put_far(struct decoder *d, const struct decode_column *c, int64_t micros)
{
    int64_t in_day = micros % DECODE_DAY_MICROS, year;
    int month, day, size, seconds = (int)(in_day / 1000000), fraction = (int)(in_day % 1000000);
    char text[64];

    civil_after_2000(micros / DECODE_DAY_MICROS, &year, &month, &day);
    size = snprintf(text, sizeof text, "%lld-%02d-%02d %02d:%02d:%02d", (long long)year, month, day,
                    seconds / 3600, seconds / 60 % 60, seconds % 60);
    if (fraction) {
        size += snprintf(text + size, sizeof text - (size_t)size, ".%06d", fraction);
        while (text[size - 1] == '0')
            size--;
    }
    if (c->is_zone) {
        memcpy(text + size, "+00", 3);
        size += 3;
    }
    pd_put_tagged(d->builder, c->column, PD_TAG_FAR, text, (size_t)size);
}

bool
decode_timestamp(struct decoder *d, const struct decode_column *c, int64_t micros)
{
    if (micros == INT64_MAX)
        pd_put_tagged(d->builder, c->column, PD_TAG_POS_INF, "", 0);
    else if (micros == INT64_MIN)
        pd_put_tagged(d->builder, c->column, PD_TAG_NEG_INF, "", 0);
    else if (micros < DECODE_MIN_MICROS || micros > DECODE_MAX_MICROS)
        return decode_fault(d, c, "what the server sent is no timestamp");
    else if (micros > INT64_MAX - DECODE_EPOCH_MICROS)
        put_far(d, c, micros);
    else
        pd_put_i64(d->builder, c->column, micros + DECODE_EPOCH_MICROS);
    return true;
}

bool
decode_timetz(struct decoder *d, const struct decode_column *c, const uint8_t *bytes, size_t size)
{
    uint8_t cell[12];
    int64_t micros;
    int32_t west;

    if (size != 12)
        return decode_fault(d, c, "what the server sent is no time with a zone");
    micros = (int64_t)decode_u64(bytes);
    west = (int32_t)decode_u32(bytes + 8);
    if (micros < 0 || micros > DECODE_DAY_MICROS || west < -DECODE_MAX_ZONE ||
        west > DECODE_MAX_ZONE)
        return decode_fault(d, c, "what the server sent is no time with a zone");
    decode_store_le(cell, (uint64_t)micros, 8);
    decode_store_le(cell + 8, (uint32_t)west, 4);
    pd_put_fixed(d->builder, c->column, cell);
    return true;
}

bool
decode_interval(struct decoder *d, const struct decode_column *c, const uint8_t *bytes, size_t size)
{
    uint8_t cell[16];
    int64_t micros;
    int32_t days, months;

    if (size != 16)
        return decode_fault(d, c, "what the server sent is no interval");
    micros = (int64_t)decode_u64(bytes);
    days = (int32_t)decode_u32(bytes + 8);
    months = (int32_t)decode_u32(bytes + 12);
    if (d->infinite_intervals && micros == INT64_MAX && days == INT32_MAX && months == INT32_MAX) {
        pd_put_tagged(d->builder, c->column, PD_TAG_POS_INF, "", 0);
        return true;
    }
    if (d->infinite_intervals && micros == INT64_MIN && days == INT32_MIN && months == INT32_MIN) {
        pd_put_tagged(d->builder, c->column, PD_TAG_NEG_INF, "", 0);
        return true;
    }
    decode_store_le(cell, (uint64_t)micros, 8);
    decode_store_le(cell + 8, (uint32_t)days, 4);
    decode_store_le(cell + 12, (uint32_t)months, 4);
    pd_put_fixed(d->builder, c->column, cell);
    return true;
}
