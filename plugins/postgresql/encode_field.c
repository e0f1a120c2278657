// SPDX-License-Identifier: Apache-2.0
/* encode_field - single values as the server's binary input wants them (types.md C2). */
#include "encode.h"

#include <arpa/inet.h>
#include <stdlib.h>

__extension__ typedef unsigned __int128 uint128;

enum {
    NUMERIC_NEGATIVE = 0x4000,
    NUMERIC_HEADER = 8,
    NUMERIC_DIGITS = 12, /* of 38 decimal digits, wherever the point is */
    FAMILY_4 = 2,
    FAMILY_6 = 3
};

/* ---- numeric: digits to the base of 10000, aligned at the point ---- */

/* digits: highest first; weight: the power of 10000 of the first. */
static size_t
put_numeric(uint8_t *out, const uint16_t *digits, int n, int weight, bool negative, uint32_t scale)
{
    while (n && digits[0] == 0) {
        digits++;
        weight--;
        n--;
    }
    while (n && digits[n - 1] == 0)
        n--;
    encode_be16(out, (uint16_t)n);
    encode_be16(out + 2, n ? (uint16_t)weight : 0);
    encode_be16(out + 4, negative && n ? NUMERIC_NEGATIVE : 0);
    encode_be16(out + 6, (uint16_t)scale);
    for (int i = 0; i < n; i++)
        encode_be16(out + NUMERIC_HEADER + 2 * i, digits[i]);
    return NUMERIC_HEADER + 2 * (size_t)n;
}

static const uint16_t powers[] = {1, 10, 100, 1000};

size_t
encode_decimal128(const uint8_t *bytes, unsigned scale, uint8_t *out)
{
    uint16_t digits[NUMERIC_DIGITS] = {0};
    uint64_t half[2], low;
    unsigned odd = scale % 4; /* decimal digits in the last, incomplete one */
    int at = NUMERIC_DIGITS, n_fraction = (int)(scale + 3) / 4;
    bool negative;
    uint128 value;

    memcpy(half, bytes, sizeof half);
    negative = half[1] >> 63;
    value = (uint128)half[1] << 64 | half[0];
    if (negative)
        value = -value;
    while (value >> 64) { /* until it is a number for one division instruction */
        if (odd) {
            digits[--at] = (uint16_t)((unsigned)(value % powers[odd]) * powers[4 - odd]);
            value /= powers[odd];
            odd = 0;
        } else {
            digits[--at] = (uint16_t)(value % 10000);
            value /= 10000;
        }
    }
    low = (uint64_t)value;
    if (odd) {
        digits[--at] = (uint16_t)(low % powers[odd] * powers[4 - odd]);
        low /= powers[odd];
    }
    for (; low; low /= 10000)
        digits[--at] = (uint16_t)(low % 10000);
    return put_numeric(out, digits + at, NUMERIC_DIGITS - at, NUMERIC_DIGITS - at - n_fraction - 1,
                       negative, scale);
}

/* Writes through without a copy, since the text may have 147455 digits. */
size_t
encode_decimal_text(const uint8_t *text, size_t size, uint8_t *out)
{
    bool negative = size && text[0] == '-';
    const uint8_t *digits = text + negative;
    const uint8_t *point = size ? memchr(text, '.', size) : NULL;
    size_t n_int = point ? (size_t)(point - digits) : size - negative;
    size_t n_fraction = point ? size - negative - n_int - 1 : 0;
    size_t n_groups = (n_int + 3) / 4, n = 0, used = 0;
    int64_t weight = (int64_t)n_groups - 1;

    for (size_t i = 0; i < n_groups + (n_fraction + 3) / 4; i++) {
        uint16_t value = 0;

        for (size_t k = 0; k < 4; k++) {
            /* Place among the whole digits, of which the first may be missing. */
            size_t place = i * 4 + k, missing = n_groups * 4 - n_int;
            bool before = place < n_groups * 4;
            size_t in_fraction = place - n_groups * 4;
            uint8_t digit = '0';

            if (before && place >= missing)
                digit = digits[place - missing];
            else if (!before && in_fraction < n_fraction)
                digit = point[1 + in_fraction];
            value = (uint16_t)(value * 10 + (digit - '0'));
        }
        if (n == 0 && value == 0) {
            weight--;
            continue;
        }
        encode_be16(out + NUMERIC_HEADER + 2 * n++, value);
        if (value)
            used = n;
    }
    encode_be16(out, (uint16_t)used);
    encode_be16(out + 2, used ? (uint16_t)weight : 0);
    encode_be16(out + 4, negative && used ? NUMERIC_NEGATIVE : 0);
    encode_be16(out + 6, (uint16_t)n_fraction);
    return NUMERIC_HEADER + 2 * used;
}

/* ---- Addresses ---- */

/* Decimal digits up to the end of the text; -1: something else. */
static int
read_mask(const char *text, int most)
{
    int value = 0;

    if (!*text)
        return -1;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return -1;
        value = value * 10 + (*text - '0');
        if (value > most)
            return -1;
    }
    return value;
}

/* No bit behind the mask, as cidr wants it. */
static bool
is_network(const uint8_t *address, int n_bits, int mask)
{
    for (int i = mask; i < n_bits; i++) {
        if (address[i / 8] >> (7 - i % 8) & 1)
            return false;
    }
    return true;
}

size_t
encode_inet(const uint8_t *text, size_t size, bool is_cidr, uint8_t *out)
{
    char copy[64];
    char *slash;
    int mask, n_bits;

    if (size == 0 || size >= sizeof copy || memchr(text, 0, size))
        return 0;
    memcpy(copy, text, size);
    copy[size] = '\0';
    slash = strchr(copy, '/');
    if (slash)
        *slash = '\0';
    out[0] = strchr(copy, ':') ? FAMILY_6 : FAMILY_4;
    n_bits = out[0] == FAMILY_6 ? 128 : 32;
    mask = slash ? read_mask(slash + 1, n_bits) : n_bits;
    if (mask < 0 || inet_pton(out[0] == FAMILY_6 ? AF_INET6 : AF_INET, copy, out + 4) != 1)
        return 0;
    if (is_cidr && !is_network(out + 4, n_bits, mask))
        return 0;
    out[1] = (uint8_t)mask;
    out[2] = is_cidr;
    out[3] = (uint8_t)(n_bits / 8);
    return 4 + (size_t)n_bits / 8;
}

static int
hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Pairs of digits with colons between them: 6 or 8. */
size_t
encode_mac(const uint8_t *text, size_t size, uint8_t *out)
{
    size_t n = (size + 1) / 3;

    if ((n != 6 && n != 8) || n * 3 != size + 1)
        return 0;
    for (size_t i = 0; i < n; i++) {
        int high = hex_digit(text[i * 3]), low = hex_digit(text[i * 3 + 1]);

        if (high < 0 || low < 0 || (i + 1 < n && text[i * 3 + 2] != ':'))
            return 0;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return n;
}

size_t
encode_bits(const uint8_t *digits, size_t size, uint8_t *out)
{
    size_t n = (size + 7) / 8;

    for (size_t i = 0; i < n; i++) {
        unsigned byte = 0;

        for (size_t k = i * 8; k < i * 8 + 8; k++)
            byte = byte << 1 | (k < size && digits[k] == '1');
        out[i] = (uint8_t)byte;
    }
    return n;
}

/* ---- Instants ---- */

/* A number of digits at *at, which goes on behind it; -1: none, or too many. */
static int64_t
read_digits(const uint8_t *text, size_t size, size_t *at, size_t most)
{
    int64_t value = 0;
    size_t n = 0;

    while (*at < size && text[*at] >= '0' && text[*at] <= '9') {
        if (++n > most)
            return -1;
        value = value * 10 + (text[(*at)++] - '0');
    }
    return n ? value : -1;
}

static bool
read_mark(const uint8_t *text, size_t size, size_t *at, char mark)
{
    if (*at >= size || text[*at] != (uint8_t)mark)
        return false;
    ++*at;
    return true;
}

/* Days from 2000-01-01, of the Gregorian calendar; year above 0. */
static int64_t
civil_days(int64_t year, int64_t month, int64_t day)
{
    int64_t y = year - (month <= 2), era = y / 400, of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 730425;
}

static bool
read_fraction(const uint8_t *text, size_t size, size_t *at, int64_t *ret_us)
{
    int64_t us = 0, step = 100000;

    *ret_us = 0;
    if (!read_mark(text, size, at, '.'))
        return true;
    for (; *at < size && text[*at] >= '0' && text[*at] <= '9'; ++*at, step /= 10)
        us += step * (text[*at] - '0');
    *ret_us = us;
    return true;
}

/* "294276-12-31 23:59:59.999999", with "+00" behind it when there is a zone. Only years after
   Christ are far, since the server's first one is not. */
bool
encode_far(const uint8_t *text, size_t size, int64_t *ret_value)
{
    static const int64_t last_year = 294276;
    size_t at = 0;
    int64_t part[6], us;
    static const char marks[6] = {0, '-', '-', ' ', ':', ':'};

    for (size_t i = 0; i < 6; i++) {
        if (i && !read_mark(text, size, &at, marks[i]))
            return false;
        part[i] = read_digits(text, size, &at, i ? 2 : 9);
        if (part[i] < 0)
            return false;
    }
    if (!read_fraction(text, size, &at, &us) || part[0] < 1 || part[0] > last_year)
        return false;
    if (at != size && (size - at != 3 || memcmp(text + at, "+00", 3) != 0))
        return false;
    if (part[1] < 1 || part[1] > 12 || part[2] < 1 || part[2] > 31 || part[3] > 23)
        return false;
    *ret_value =
        (civil_days(part[0], part[1], part[2]) * 86400 + part[3] * 3600 + part[4] * 60 + part[5]) *
            1000000 +
        us;
    return true;
}
