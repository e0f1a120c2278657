// SPDX-License-Identifier: Apache-2.0
// sortkey - keys as bytes that memcmp() orders. All numbers share one normal form, decimal digits
// in pairs, because integers, floats and decimals must compare exactly with one another.
#include "model/sortkey.h"

#include <math.h>
#include <string.h>

#include "model/canonical.h"
#include "model/kind.h"
#include "model/text_time.h"
#include "model/values.h"

/* The first byte of each cell. */
enum {
    FIRST_NULL = 0x05,
    FIRST_MINUS_INFINITY = 0x10,
    FIRST_NEGATIVE = 0x11,
    FIRST_ZERO = 0x12,
    FIRST_POSITIVE = 0x13,
    FIRST_INFINITY = 0x14,
    FIRST_NAN = 0x15,
    FIRST_TEXT = 0x20,
    FIRST_PLAIN = 0x30,
    FIRST_BYTES = 0x40,
    FIRST_OUTLIER = 0x50
};

/* The last byte of a number: who comes first among equals. */
enum { RANK_INTEGER = 1, RANK_DECIMAL = 2, RANK_MINUS_ZERO = 3, RANK_FLOAT = 4 };

/* Places of dates and timestamps. */
enum {
    DAY_MINUS_INFINITY,
    DAY_FAR_BEFORE,
    DAY_WITHIN,
    DAY_FAR_AFTER,
    DAY_INFINITY,
    DAY_UNREADABLE
};

/* Exponents that take one byte; beyond them that byte stands still and four more follow. */
enum { EXPONENT_MAX = 112, EXPONENT_ZERO = 0x80, EXPONENT_BELOW = 0x0f, EXPONENT_ABOVE = 0xf1 };

/* Digits in pairs end with a byte below all pairs. */
enum { PAIR_OFFSET = 1, PAIRS_END = 0 };

static void
put_big(struct buffer *out, uint64_t value, int n_bytes)
{
    uint8_t bytes[8];

    for (int i = 0; i < n_bytes; i++)
        bytes[i] = (uint8_t)(value >> (8 * (n_bytes - 1 - i)));
    buffer_append(out, bytes, (size_t)n_bytes);
}

/* Two's complement with the sign turned over is in byte order. */
static void
put_signed64(struct buffer *out, int64_t value)
{
    put_big(out, (uint64_t)value ^ UINT64_C(1) << 63, 8);
}

static void
put_signed32(struct buffer *out, int32_t value)
{
    put_big(out, (uint32_t)value ^ UINT32_C(1) << 31, 4);
}

/* 0x00 becomes 0x00 0xff, and 0x00 0x00 ends the bytes, so that a prefix comes first. */
static void
put_escaped(struct buffer *out, const uint8_t *bytes, size_t size)
{
    static const uint8_t escape[] = {0x00, 0xff}, end[] = {0x00, 0x00};

    while (size) {
        const uint8_t *zero = memchr(bytes, 0, size);
        size_t n = zero ? (size_t)(zero - bytes) : size;

        buffer_append(out, bytes, n);
        if (!zero)
            break;
        buffer_append(out, escape, sizeof escape);
        bytes = zero + 1;
        size -= n + 1;
    }
    buffer_append(out, end, sizeof end);
}

/* The exponent of 100: one byte near zero, five further out. */
static size_t
write_exponent(uint8_t *room, long exponent, uint8_t turn)
{
    uint32_t biased = (uint32_t)exponent ^ UINT32_C(1) << 31;

    if (exponent >= -EXPONENT_MAX && exponent <= EXPONENT_MAX) {
        room[0] = (uint8_t)(EXPONENT_ZERO + exponent) ^ turn;
        return 1;
    }
    room[0] = (uint8_t)(exponent > 0 ? EXPONENT_ABOVE : EXPONENT_BELOW) ^ turn;
    for (int i = 0; i < 4; i++)
        room[1 + i] = (uint8_t)(biased >> (24 - 8 * i)) ^ turn;
    return 5;
}

/* 0.DIGITS * 10^point, no zero at either end of the digits. */
static void
put_digits(struct buffer *out, bool negative, const char *digits, size_t n, long point)
{
    long exponent = point >= 0 ? (point + 1) / 2 : -(-point / 2);
    bool is_half = 2 * exponent != point; /* the first pair has one digit */
    uint8_t turn = negative ? 0xff : 0;
    uint8_t *room = buffer_reserve(out, n / 2 + 8);
    size_t used = 1;

    if (!room)
        return;
    room[0] = negative ? FIRST_NEGATIVE : FIRST_POSITIVE;
    used += write_exponent(room + 1, exponent, turn);
    for (size_t i = 0; i < n;) {
        int high = is_half ? 0 : digits[i++] - '0';
        int low = i < n ? digits[i++] - '0' : 0;

        is_half = false;
        room[used++] = (uint8_t)(high * 10 + low + PAIR_OFFSET) ^ turn;
    }
    room[used++] = PAIRS_END ^ turn;
    out->size += used;
}

static void
put_number(struct buffer *out, bool negative, const char *digits, size_t n, long point, int rank)
{
    while (n && *digits == '0') {
        digits++;
        n--;
        point--;
    }
    while (n && digits[n - 1] == '0')
        n--;
    if (n)
        put_digits(out, negative, digits, n, point);
    else
        buffer_u8(out, FIRST_ZERO);
    buffer_u8(out, (uint8_t)rank);
}

static void
put_integer(struct buffer *out, int64_t value, int rank)
{
    char text[DECIMAL_TEXT_SIZE];
    size_t size = decimal_write(value, 0, text);
    size_t sign = value < 0;

    put_number(out, sign, text + sign, size - sign, (long)(size - sign), rank);
}

/* Canonical text. The scale decides between 1.5 and 1.50, which are different values. */
static void
put_decimal(struct buffer *out, const char *text, size_t size)
{
    const char *point = memchr(text, '.', size);
    size_t sign = size && text[0] == '-';
    size_t n_before = (point ? (size_t)(point - text) : size) - sign;
    size_t n_after = point ? size - sign - n_before - 1 : 0;
    CLEANUP_BUFFER struct buffer digits = {0};

    buffer_append(&digits, text + sign, n_before);
    buffer_append(&digits, text + size - n_after, n_after);
    if (digits.failed) {
        out->failed = true;
        return;
    }
    put_number(out, sign, (const char *)digits.data, digits.size, (long)n_before, RANK_DECIMAL);
    put_big(out, n_after, 4);
}

/* A whole number of any size, base 10^9, lowest limb first. A double has 767 digits at most when
   it is below 1, 309 above. */
struct whole {
    uint32_t limbs[90];
    size_t n;
};

enum { LIMB_BASE = 1000000000, LIMB_DIGITS = 9 };

static void
multiply(struct whole *whole, uint32_t factor)
{
    uint64_t carry = 0;

    for (size_t i = 0; i < whole->n; i++) {
        carry += (uint64_t)whole->limbs[i] * factor;
        whole->limbs[i] = (uint32_t)(carry % LIMB_BASE);
        carry /= LIMB_BASE;
    }
    for (; carry; carry /= LIMB_BASE)
        whole->limbs[whole->n++] = (uint32_t)(carry % LIMB_BASE);
}

/* times base^power; step = base^many is the largest that fits in 32 bits. */
static void
multiply_power(struct whole *whole, uint32_t base, int power, uint32_t step, int many)
{
    for (; power >= many; power -= many)
        multiply(whole, step);
    while (power-- > 0)
        multiply(whole, base);
}

static size_t
write_limbs(const struct whole *whole, char *out)
{
    for (size_t i = 0; i < whole->n; i++) {
        uint32_t limb = whole->limbs[whole->n - 1 - i];

        for (int k = LIMB_DIGITS - 1; k >= 0; k--, limb /= 10)
            out[i * LIMB_DIGITS + (size_t)k] = (char)('0' + limb % 10);
    }
    return whole->n * LIMB_DIGITS;
}

/* A double is m / 2^k, which is m * 5^k / 10^k: all its digits, exactly. */
static void
put_fraction(struct buffer *out, double real)
{
    int exponent;
    uint64_t mantissa = (uint64_t)ldexp(frexp(fabs(real), &exponent), 53);
    int n_after = 53 - exponent - __builtin_ctzll(mantissa);
    struct whole whole = {.n = 2};
    char text[sizeof whole.limbs / sizeof whole.limbs[0] * LIMB_DIGITS];
    size_t n;

    mantissa >>= __builtin_ctzll(mantissa);
    whole.limbs[0] = (uint32_t)(mantissa % LIMB_BASE);
    whole.limbs[1] = (uint32_t)(mantissa / LIMB_BASE);
    if (n_after > 0)
        multiply_power(&whole, 5, n_after, 1220703125, 13);
    else
        multiply_power(&whole, 2, -n_after, UINT32_C(1) << 31, 31);
    n = write_limbs(&whole, text);
    put_number(out, real < 0, text, n, (long)n - (n_after > 0 ? n_after : 0), RANK_FLOAT);
}

static void
put_real(struct buffer *out, double real)
{
    if (real != real || isinf(real)) {
        buffer_u8(out, real != real ? FIRST_NAN : real < 0 ? FIRST_MINUS_INFINITY : FIRST_INFINITY);
        buffer_u8(out, RANK_FLOAT);
    } else if (real == 0) {
        buffer_u8(out, FIRST_ZERO);
        buffer_u8(out, signbit(real) ? RANK_MINUS_ZERO : RANK_FLOAT);
    } else if (fabs(real) < 9e18 && real == (double)(int64_t)real) {
        put_integer(out, (int64_t)real, RANK_FLOAT);
    } else {
        put_fraction(out, real);
    }
}

static void
put_interval(struct buffer *out, const uint8_t *bytes)
{
    const int64_t day = INT64_C(86400000000);
    int64_t us = (int64_t)values_le64(bytes);
    int32_t days = (int32_t)values_le32(bytes + 8);
    int32_t months = (int32_t)values_le32(bytes + 12);
    int128 length = ((int128)months * 30 + days) * day + us;

    put_signed64(out, (int64_t)(length >> 64));
    put_big(out, (uint64_t)length, 8);
    put_signed32(out, months);
    put_signed32(out, days);
}

static void
put_timetz(struct buffer *out, const uint8_t *bytes)
{
    int64_t us = (int64_t)values_le64(bytes);
    int32_t west = (int32_t)values_le32(bytes + 8);

    put_signed64(out, us + INT64_C(1000000) * west);
    put_signed32(out, west);
}

/* A value of a class that is neither a number nor text nor bytes. */
static void
put_plain(struct buffer *out, const struct canonical *value)
{
    buffer_u8(out, FIRST_PLAIN);
    buffer_u8(out, (uint8_t)value->class);
    switch (value->class) {
    case PD_CLASS_BOOL:
    case PD_CLASS_UUID:
        buffer_append(out, value->bytes, value->size);
        return;
    case PD_CLASS_DATE:
    case PD_CLASS_TIMESTAMP:
    case PD_CLASS_INSTANT:
        buffer_u8(out, DAY_WITHIN);
        put_signed64(out, (int64_t)values_le64(value->bytes));
        return;
    case PD_CLASS_TIME:
        put_signed64(out, (int64_t)values_le64(value->bytes));
        return;
    case PD_CLASS_TIMETZ:
        put_timetz(out, value->bytes);
        return;
    case PD_CLASS_INTERVAL:
        put_interval(out, value->bytes);
        return;
    default:
        put_escaped(out, value->bytes, value->size);
    }
}

static void
put_far_day(struct buffer *out, const struct cell *cell)
{
    int64_t days, us;

    if (!text_time_read_far((const char *)cell->bytes, cell->size, &days, &us)) {
        buffer_u8(out, DAY_UNREADABLE);
        put_escaped(out, cell->bytes, cell->size);
        return;
    }
    buffer_u8(out, days < 0 ? DAY_FAR_BEFORE : DAY_FAR_AFTER);
    put_signed64(out, days);
    put_signed64(out, us);
}

static void
put_outlier(struct buffer *out, const struct cell *cell)
{
    buffer_u8(out, FIRST_OUTLIER);
    buffer_u8(out, (uint8_t)cell->tag);
    put_escaped(out, cell->bytes, cell->size);
}

/* Outliers that have a place among the plain values: infinities, NaN and far days. */
static void
put_tagged(struct buffer *out, const struct pd_type *type, const struct cell *cell)
{
    int class = kind_class(type->kind);
    bool is_day =
        class == PD_CLASS_DATE || class == PD_CLASS_TIMESTAMP || class == PD_CLASS_INSTANT;
    bool is_number = class == PD_CLASS_DECIMAL || class == PD_CLASS_FLOAT;
    bool is_infinite = cell->tag == PD_TAG_POS_INF || cell->tag == PD_TAG_NEG_INF;

    if (is_day && (is_infinite || cell->tag == PD_TAG_FAR)) {
        buffer_u8(out, FIRST_PLAIN);
        buffer_u8(out, (uint8_t) class);
        if (cell->tag == PD_TAG_FAR)
            put_far_day(out, cell);
        else
            buffer_u8(out, cell->tag == PD_TAG_POS_INF ? DAY_INFINITY : DAY_MINUS_INFINITY);
    } else if (is_number && (is_infinite || cell->tag == PD_TAG_NAN)) {
        buffer_u8(out, cell->tag == PD_TAG_NAN       ? FIRST_NAN
                       : cell->tag == PD_TAG_POS_INF ? FIRST_INFINITY
                                                     : FIRST_MINUS_INFINITY);
        buffer_u8(out, RANK_DECIMAL);
    } else {
        put_outlier(out, cell);
    }
}

/* A cell that is too large for a key, be it in line or not: it stands behind the others of its
   class, and the digest of its row decides among those. */
static void
put_long(struct buffer *out, const struct pd_type *type, const struct cell *cell)
{
    static const uint8_t last[] = {0xff, 0xff};
    unsigned class = canonical_class(type, cell->tag);

    if (class == PD_CLASS_TEXT || class == PD_CLASS_BYTES) {
        buffer_u8(out, class == PD_CLASS_TEXT ? FIRST_TEXT : FIRST_BYTES);
    } else {
        buffer_u8(out, class < PD_CLASS_OUTLIER ? FIRST_PLAIN : FIRST_OUTLIER);
        buffer_u8(out, (uint8_t)(class < PD_CLASS_OUTLIER ? (int)class : cell->tag));
    }
    put_escaped(out, last, sizeof last);
}

static void
put_value(struct buffer *out, const struct pd_type *type, const struct cell *cell)
{
    struct canonical value;

    canonical_cell(type, cell, &value);
    switch (value.class) {
    case PD_CLASS_NULL:
        buffer_u8(out, FIRST_NULL);
        return;
    case PD_CLASS_INTEGER:
        put_integer(out, (int64_t)values_le64(value.bytes), RANK_INTEGER);
        return;
    case PD_CLASS_DECIMAL:
        put_decimal(out, (const char *)value.bytes, value.size);
        return;
    case PD_CLASS_FLOAT:
        put_real(out, values_real(values_le64(value.bytes)));
        return;
    case PD_CLASS_TEXT:
    case PD_CLASS_BYTES:
        buffer_u8(out, value.class == PD_CLASS_TEXT ? FIRST_TEXT : FIRST_BYTES);
        put_escaped(out, value.bytes, value.size);
        return;
    default:
        if (value.class < PD_CLASS_OUTLIER)
            put_plain(out, &value);
        else
            put_tagged(out, type, cell);
    }
}

void
sortkey_cell(struct buffer *out, const struct pd_type *type, const struct cell *cell)
{
    if (cell->as_long || cell->size > PD_LONG_CELL)
        put_long(out, type, cell);
    else
        put_value(out, type, cell);
}

void
sortkey_row(struct buffer *out, const struct pd_table *table, const struct pd_key *key,
            const struct pd_batch *batch, uint32_t row, const struct digest *row_digest)
{
    for (size_t i = 0; key && i < key->n_parts; i++) {
        int32_t column = key->parts[i].column;
        const struct pd_type *type = &table->columns[column].type;
        struct cell cell = batch_cell(type, batch_vector(batch, (uint32_t)column), row);

        sortkey_cell(out, type, &cell);
    }
    put_big(out, row_digest->high, 8);
    put_big(out, row_digest->low, 8);
}
