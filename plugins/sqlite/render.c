// SPDX-License-Identifier: Apache-2.0
/* render - plain values of the row stream: taken out of vectors, and written as canonical text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <polydump/value.h>

#include "render.h"

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

enum { SECOND_US = 1000000, MAX_POWER = 38 };
#define DAY_US INT64_C(86400000000)

uint64_t
render_le64(const uint8_t *bytes)
{
    uint64_t value = 0;
    int i;

    for (i = 7; i >= 0; i--)
        value = value << 8 | bytes[i];
    return value;
}

static int64_t
integer_at(const struct pd_type *type, const struct pd_vector *vector, uint32_t row)
{
    const uint8_t *data = vector->data;
    bool no_sign = pd_kind_is_unsigned(type->kind);
    uint16_t two;
    uint32_t four;
    int64_t eight;

    switch (vector->layout) {
    case PD_LAYOUT_BITS:
        return data[row >> 3] >> (row & 7) & 1;
    case PD_LAYOUT_I8:
        return no_sign ? data[row] : (int8_t)data[row];
    case PD_LAYOUT_I16:
        memcpy(&two, data + (size_t)row * 2, 2);
        return no_sign ? two : (int16_t)two;
    case PD_LAYOUT_I32:
        memcpy(&four, data + (size_t)row * 4, 4);
        return no_sign ? (int64_t)four : (int32_t)four;
    default:
        memcpy(&eight, data + (size_t)row * 8, 8);
        return eight;
    }
}

void
plain_take(const struct pd_type *type, const struct pd_vector *vector, uint32_t row,
           struct plain *ret_plain)
{
    const uint8_t *data = vector->data;
    uint32_t width = vector->layout == PD_LAYOUT_I128 ? 16 : vector->width;
    float narrow;

    memset(ret_plain, 0, sizeof *ret_plain);
    switch (vector->layout) {
    case PD_LAYOUT_F32:
        memcpy(&narrow, data + (size_t)row * 4, 4);
        ret_plain->real = (double)narrow;
        break;
    case PD_LAYOUT_F64:
        memcpy(&ret_plain->real, data + (size_t)row * 8, 8);
        break;
    case PD_LAYOUT_I128:
    case PD_LAYOUT_FIXED:
        ret_plain->bytes = data + (size_t)row * width;
        ret_plain->size = width;
        break;
    case PD_LAYOUT_VAR:
        ret_plain->size = (size_t)(vector->offsets[row + 1] - vector->offsets[row]);
        ret_plain->bytes = ret_plain->size ? data + vector->offsets[row] : (const uint8_t *)"";
        break;
    default:
        ret_plain->integer = integer_at(type, vector, row);
    }
}

/* Whoever made the 8 bytes of an unsigned integer may have extended its highest bit. */
static int64_t
only_width(const struct pd_type *type, uint64_t bits)
{
    switch (type->kind) {
    case PD_KIND_UINT8:
        return (uint8_t)bits;
    case PD_KIND_UINT16:
        return (uint16_t)bits;
    case PD_KIND_UINT32:
    case PD_KIND_OID:
        return (uint32_t)bits;
    default:
        return (int64_t)bits;
    }
}

bool
plain_decode(const struct pd_type *type, const uint8_t *bytes, size_t size, struct plain *ret_plain)
{
    uint64_t bits;
    float narrow;

    memset(ret_plain, 0, sizeof *ret_plain);
    ret_plain->bytes = size ? bytes : (const uint8_t *)"";
    ret_plain->size = size;
    if (type->kind == PD_KIND_BOOL && size >= 1) {
        ret_plain->integer = bytes[0] != 0;
    } else if (type->kind == PD_KIND_FLOAT32 && size >= 4) {
        memcpy(&narrow, bytes, 4);
        ret_plain->real = (double)narrow;
    } else if (size >= 8) {
        bits = render_le64(bytes);
        ret_plain->integer = only_width(type, bits);
        memcpy(&ret_plain->real, &bits, 8);
    }
    switch (type->kind) {
    case PD_KIND_BOOL:
        return size >= 1;
    case PD_KIND_FLOAT32:
        return size >= 4;
    case PD_KIND_UUID:
    case PD_KIND_INTERVAL:
        return size == 16;
    case PD_KIND_TIMETZ:
        return size == 12;
    default:
        return size >= 8 || (type->kind >= PD_KIND_DECIMAL && type->kind != PD_KIND_DATE &&
                             type->kind != PD_KIND_TIME && type->kind != PD_KIND_TIMESTAMP &&
                             type->kind != PD_KIND_TIMESTAMPTZ && type->kind != PD_KIND_YEAR &&
                             type->kind != PD_KIND_MONEY && type->kind != PD_KIND_OID);
    }
}

static size_t
put_unsigned(char *out, uint128 value, unsigned at_least)
{
    char digits[48];
    size_t n = 0, i;

    while (value || n < at_least) {
        digits[n++] = (char)('0' + (int)(value % 10));
        value /= 10;
    }
    for (i = 0; i < n; i++)
        out[i] = digits[n - 1 - i];
    return n;
}

static size_t
put_signed(char *out, int128 value)
{
    size_t n = 0;

    if (value < 0)
        out[n++] = '-';
    return n + put_unsigned(out + n, value < 0 ? (uint128)0 - (uint128)value : (uint128)value, 1);
}

/* ".25" without zeros at its end, nothing when it is 0. */
static size_t
put_fraction(char *out, uint64_t us)
{
    size_t n;

    if (us == 0)
        return 0;
    out[0] = '.';
    n = 1 + put_unsigned(out + 1, us, 6);
    while (out[n - 1] == '0')
        n--;
    return n;
}

static size_t
put_clock(char *out, uint64_t us)
{
    uint64_t seconds = us / SECOND_US;
    size_t n = put_unsigned(out, seconds / 3600, 2);

    out[n++] = ':';
    n += put_unsigned(out + n, seconds / 60 % 60, 2);
    out[n++] = ':';
    n += put_unsigned(out + n, seconds % 60, 2);
    return n + put_fraction(out + n, us % SECOND_US);
}

/* Proleptic Gregorian, counted from 1 March of a year of 400; *ret_bc: years before 1. */
static size_t
put_date(char *out, int64_t days, bool *ret_bc)
{
    int64_t since = days + 719468; /* days from 0000-03-01 */
    int64_t era = (since >= 0 ? since : since - 146096) / 146097;
    int64_t of_era = since - era * 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_of_year = (5 * of_year + 2) / 153; /* 0: March */
    int64_t day = of_year - (153 * month_of_year + 2) / 5 + 1;
    int64_t month = month_of_year < 10 ? month_of_year + 3 : month_of_year - 9;
    int64_t year = year_of_era + era * 400 + (month <= 2);
    size_t n;

    *ret_bc = year <= 0;
    n = put_unsigned(out, (uint128)(*ret_bc ? 1 - year : year), 4);
    out[n++] = '-';
    n += put_unsigned(out + n, (uint128)month, 2);
    out[n++] = '-';
    return n + put_unsigned(out + n, (uint128)day, 2);
}

static size_t
put_text(char *out, const char *text)
{
    size_t n = strlen(text);

    memcpy(out, text, n);
    return n;
}

static size_t
put_timestamp(char *out, int64_t us, const char *zone)
{
    int64_t days = us / DAY_US - (us % DAY_US < 0);
    bool bc;
    size_t n = put_date(out, days, &bc);

    out[n++] = ' ';
    n += put_clock(out + n, (uint64_t)us - (uint64_t)days * (uint64_t)DAY_US);
    n += put_text(out + n, zone);
    return bc ? n + put_text(out + n, " BC") : n;
}

/* West is positive in the bytes, and minus in the text. */
static size_t
put_zone(char *out, int32_t west)
{
    uint32_t seconds = west > 0 ? (uint32_t)west : (uint32_t)0 - (uint32_t)west;
    size_t n = 0;

    out[n++] = west > 0 ? '-' : '+';
    n += put_unsigned(out + n, seconds / 3600, 2);
    if (seconds % 3600 == 0)
        return n;
    out[n++] = ':';
    n += put_unsigned(out + n, seconds / 60 % 60, 2);
    if (seconds % 60 == 0)
        return n;
    out[n++] = ':';
    return n + put_unsigned(out + n, seconds % 60, 2);
}

static size_t
put_time(char *out, int64_t us)
{
    size_t n = 0;

    if (us < 0)
        out[n++] = '-';
    return n + put_clock(out + n, us < 0 ? (uint64_t)0 - (uint64_t)us : (uint64_t)us);
}

static uint32_t
take_32(const uint8_t *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static size_t
put_timetz(char *out, const uint8_t *bytes)
{
    size_t n = put_time(out, (int64_t)render_le64(bytes));

    return n + put_zone(out + n, (int32_t)take_32(bytes + 8));
}

static size_t
put_interval(char *out, const uint8_t *bytes)
{
    int64_t us = (int64_t)render_le64(bytes);
    uint64_t size;
    size_t n = 0;

    out[n++] = 'P';
    n += put_signed(out + n, (int32_t)take_32(bytes + 12));
    out[n++] = 'M';
    n += put_signed(out + n, (int32_t)take_32(bytes + 8));
    out[n++] = 'D';
    out[n++] = 'T';
    size = us < 0 ? (uint64_t)0 - (uint64_t)us : (uint64_t)us;
    if (us < 0)
        out[n++] = '-';
    n += put_unsigned(out + n, size / SECOND_US, 1);
    n += put_fraction(out + n, size % SECOND_US);
    out[n++] = 'S';
    return n;
}

static size_t
put_uuid(char *out, const uint8_t *bytes)
{
    static const char digits[] = "0123456789abcdef";
    size_t n = 0;
    int i;

    for (i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            out[n++] = '-';
        out[n++] = digits[bytes[i] >> 4];
        out[n++] = digits[bytes[i] & 15];
    }
    return n;
}

static int128
take_128(const uint8_t *bytes)
{
    uint64_t low, high;

    memcpy(&low, bytes, 8);
    memcpy(&high, bytes + 8, 8);
    return (int128)((uint128)high << 64 | low);
}

/* The kind's own rule for I128: see PD_KIND_TABLE. */
static bool
decimal_is_scaled(const struct pd_type *type)
{
    return type->precision >= 1 && type->precision <= MAX_POWER && type->scale >= 0 &&
           type->scale <= type->precision;
}

static size_t
put_decimal(char *out, int128 value, unsigned scale)
{
    uint128 size = value < 0 ? (uint128)0 - (uint128)value : (uint128)value;
    uint128 power = 1;
    size_t n = 0;
    unsigned i;

    for (i = 0; i < scale; i++)
        power *= 10;
    if (value < 0)
        out[n++] = '-';
    n += put_unsigned(out + n, size / power, 1);
    if (scale == 0)
        return n;
    out[n++] = '.';
    return n + put_unsigned(out + n, size % power, scale);
}

/* Money keeps its minor units behind the point. */
static unsigned
money_scale(const struct pd_type *type)
{
    return type->scale >= 0 && type->scale <= MAX_POWER ? (unsigned)type->scale : 0;
}

static size_t
put_calendar(const struct pd_type *type, int64_t value, char *room)
{
    bool bc;
    size_t n;

    switch (type->kind) {
    case PD_KIND_DATE:
        n = put_date(room, value, &bc);
        return bc ? n + put_text(room + n, " BC") : n;
    case PD_KIND_TIME:
        return put_time(room, value);
    case PD_KIND_TIMESTAMP:
        return put_timestamp(room, value, "");
    default:
        return put_timestamp(room, value, "+00");
    }
}

const char *
render_plain(const struct pd_host *host, const struct pd_type *type, const struct plain *plain,
             char room[RENDER_ROOM], size_t *ret_size)
{
    switch (type->kind) {
    case PD_KIND_FLOAT32:
    case PD_KIND_FLOAT64:
        *ret_size = host->real_text(plain->real, room);
        return room;
    case PD_KIND_DATE:
    case PD_KIND_TIME:
    case PD_KIND_TIMESTAMP:
    case PD_KIND_TIMESTAMPTZ:
        *ret_size = put_calendar(type, plain->integer, room);
        return room;
    case PD_KIND_TIMETZ:
        *ret_size = put_timetz(room, plain->bytes);
        return room;
    case PD_KIND_INTERVAL:
        *ret_size = put_interval(room, plain->bytes);
        return room;
    case PD_KIND_UUID:
        *ret_size = put_uuid(room, plain->bytes);
        return room;
    case PD_KIND_UINT64:
        *ret_size = put_unsigned(room, (uint64_t)plain->integer, 1);
        return room;
    case PD_KIND_DECIMAL:
        if (decimal_is_scaled(type) && plain->size == 16) {
            *ret_size = put_decimal(room, take_128(plain->bytes), (unsigned)type->scale);
            return room;
        }
        break;
    case PD_KIND_MONEY:
        *ret_size = put_decimal(room, plain->integer, money_scale(type));
        return room;
    default:
        if (!plain->bytes || type->kind <= PD_KIND_UINT64) {
            *ret_size = put_signed(room, plain->integer);
            return room;
        }
    }
    *ret_size = plain->size;
    return (const char *)plain->bytes;
}

/* Exact powers of ten; a quotient of two exact doubles is rounded once, as reading text is. */
static double
power_of_ten(int scale)
{
    static const double powers[] = {1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

    return powers[scale >= 0 && scale <= 15 ? scale : 0];
}

/* Canonical text of at most 18 digits as an integer and its scale. */
static int64_t
digits_of(const char *text, size_t size, int *ret_scale)
{
    int64_t value = 0;
    size_t i;
    int scale = -1;

    for (i = 0; i < size; i++) {
        if (text[i] == '.') {
            scale = 0;
        } else if (text[i] >= '0' && text[i] <= '9' && value < INT64_MAX / 10 - 1) {
            value = value * 10 + (text[i] - '0');
            scale += scale >= 0;
        }
    }
    *ret_scale = scale < 0 ? 0 : scale;
    return size && text[0] == '-' ? -value : value;
}

bool
render_decimal(const struct pd_type *type, const struct plain *plain, int64_t *ret_integer,
               double *ret_real)
{
    int scale = type->scale;
    int64_t value;

    if (decimal_is_scaled(type) && plain->size == 16)
        value = (int64_t)take_128(plain->bytes);
    else
        value = digits_of((const char *)plain->bytes, plain->size, &scale);
    if (scale == 0) {
        *ret_integer = value;
        return true;
    }
    *ret_real = (double)value / power_of_ten(scale);
    return false;
}

const char *
render_tag(const struct pd_type *type, uint32_t tag)
{
    bool decimal = type->kind == PD_KIND_DECIMAL;

    switch (tag) {
    case PD_TAG_POS_INF:
        return decimal ? "Infinity" : "infinity";
    case PD_TAG_NEG_INF:
        return decimal ? "-Infinity" : "-infinity";
    case PD_TAG_NAN:
        return "NaN";
    case PD_TAG_ENUM0:
        return "#0";
    default:
        return NULL;
    }
}
