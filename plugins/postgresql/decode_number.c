// SPDX-License-Identifier: Apache-2.0
/* decode_number - numeric: groups of four digits to 128-bit integers, or to canonical text. */
#include "decode.h"

__extension__ typedef unsigned __int128 decode_u128;

enum {
    NUMERIC_HEAD = 8,
    NUMERIC_MINUS = 0x4000,
    NUMERIC_NAN = 0xc000,
    NUMERIC_POS_INF = 0xd000,
    NUMERIC_NEG_INF = 0xf000,
    NUMERIC_MAX_SCALE = 0x3fff,
    NUMERIC_MAX_PRECISION = 38
};

struct numeric {
    const uint8_t *groups; /* two bytes each, the first is worth 10000^weight */
    int n_groups;
    int weight;
    int sign;
    int scale;
};

static const uint16_t small_powers[] = {1, 10, 100, 1000, 10000};

static unsigned
group(const struct numeric *n, int i)
{
    return i >= 0 && i < n->n_groups ? decode_u16(n->groups + 2 * (size_t)i) : 0u;
}

static bool
numeric_read(const uint8_t *bytes, size_t size, struct numeric *n)
{
    int i;

    if (size < NUMERIC_HEAD)
        return false;
    n->n_groups = (int16_t)decode_u16(bytes);
    n->weight = (int16_t)decode_u16(bytes + 2);
    n->sign = decode_u16(bytes + 4);
    n->scale = decode_u16(bytes + 6);
    n->groups = bytes + NUMERIC_HEAD;
    if (n->n_groups < 0 || size != NUMERIC_HEAD + 2 * (size_t)n->n_groups ||
        n->scale > NUMERIC_MAX_SCALE)
        return false;
    for (i = 0; i < n->n_groups; i++) {
        if (group(n, i) > 9999)
            return false;
    }
    /* Zeros before and behind do not count, though no server sends them. */
    while (n->n_groups && group(n, 0) == 0) {
        n->groups += 2;
        n->n_groups--;
        n->weight--;
    }
    while (n->n_groups && group(n, n->n_groups - 1) == 0)
        n->n_groups--;
    if (n->n_groups == 0)
        n->weight = 0;
    return true;
}

/* ---- Text ---- */

static char *
put_group(char *at, unsigned value)
{
    at[0] = (char)('0' + value / 1000);
    at[1] = (char)('0' + value / 100 % 10);
    at[2] = (char)('0' + value / 10 % 10);
    at[3] = (char)('0' + value % 10);
    return at + 4;
}

/* The first group has no zeros before it. */
static char *
put_first_group(char *at, unsigned value)
{
    char digits[4];
    int from = value >= 1000 ? 0 : value >= 100 ? 1 : value >= 10 ? 2 : 3;

    put_group(digits, value);
    memcpy(at, digits + from, (size_t)(4 - from));
    return at + 4 - from;
}

static size_t
numeric_room(const struct numeric *n)
{
    int whole = n->weight < 0 ? 0 : n->weight;

    return 2 + 4 * ((size_t)whole + 1) + 1 + (size_t)n->scale + 4;
}

/* Without a sign. */
static size_t
numeric_digits(const struct numeric *n, char *text)
{
    char *at = text, *point;
    int i;

    if (n->weight < 0 || n->n_groups == 0) {
        *at++ = '0';
    } else {
        at = put_first_group(at, group(n, 0));
        for (i = 1; i <= n->weight; i++)
            at = put_group(at, group(n, i));
    }
    if (n->scale == 0)
        return (size_t)(at - text);
    point = at;
    *at++ = '.';
    for (i = 0; i * 4 < n->scale; i++)
        at = put_group(at, n->n_groups ? group(n, n->weight + 1 + i) : 0u);
    return (size_t)(point - text) + 1 + (size_t)n->scale;
}

static bool
is_zero(const char *digits, size_t size)
{
    size_t i = 0;

    while (i < size && (digits[i] == '0' || digits[i] == '.'))
        i++;
    return i == size;
}

/* Canonical text into numeric_room() bytes: what the server prints, but for -0. Digits behind the
   scale, which some clients have sent it, are not printed. */
static size_t
numeric_text(const struct numeric *n, char *text)
{
    size_t has_sign = n->sign == NUMERIC_MINUS && n->n_groups, size;

    text[0] = '-';
    size = numeric_digits(n, text + has_sign);
    if (!has_sign || !is_zero(text + 1, size))
        return has_sign + size;
    memmove(text, text + 1, size);
    return size;
}

static void
put_text(struct decoder *d, const struct decode_column *c, const struct numeric *n, uint32_t tag)
{
    char *text = decode_scratch(d, numeric_room(n));
    size_t size = text ? numeric_text(n, text) : 0;

    if (tag == PD_TAG_PLAIN)
        pd_put_bytes(d->builder, c->column, text ? text : "", size);
    else
        pd_put_tagged(d->builder, c->column, tag, text ? text : "", size);
}

/* ---- Integers of 128 bits ---- */

static int
digits_of(unsigned value)
{
    return value >= 1000 ? 4 : value >= 100 ? 3 : value >= 10 ? 2 : 1;
}

static decode_u128
power_of_ten(int exponent)
{
    decode_u128 power = 1;

    for (; exponent >= 4; exponent -= 4)
        power *= 10000;
    return power * small_powers[exponent];
}

/* The value times 10^scale, when it is a whole number of at most `digits` digits. */
static bool
numeric_scaled(const struct numeric *n, int digits, int scale, decode_u128 *ret_value)
{
    int last = n->n_groups - 1;
    int shift = scale + 4 * (n->weight - last); /* of the last group */
    decode_u128 value = 0;
    int i;

    *ret_value = 0;
    if (n->n_groups == 0)
        return true;
    if (digits_of(group(n, 0)) + 4 * n->weight + scale > digits || shift <= -4)
        return false;
    for (i = 0; i < last; i++)
        value = value * 10000 + group(n, i);
    if (shift >= 0) {
        value = (value * 10000 + group(n, last)) * power_of_ten(shift);
    } else {
        if (group(n, last) % small_powers[-shift])
            return false;
        value = value * small_powers[4 + shift] + group(n, last) / small_powers[-shift];
    }
    *ret_value = value;
    return true;
}

static void
put_scaled(struct decoder *d, const struct decode_column *c, bool is_negative, decode_u128 value)
{
    uint64_t halves[2];

    if (is_negative)
        value = -value;
    halves[0] = (uint64_t)value;
    halves[1] = (uint64_t)(value >> 64);
    pd_put_fixed(d->builder, c->column, halves);
}

/* What most numbers are, in 64 bits: at most four groups, the first and the last of which are not
   0, of at most 18 digits. False: it is another one, or none. */
static bool
put_small(struct decoder *d, const struct decode_column *c, const uint8_t *bytes, size_t size)
{
    unsigned n, sign, first, last, i;
    uint64_t value = 0;
    int weight, shift;

    if (c->digits == 0 || c->digits > 18 || size < NUMERIC_HEAD + 2)
        return false;
    n = decode_u16(bytes);
    weight = (int16_t)decode_u16(bytes + 2);
    sign = decode_u16(bytes + 4);
    if (n == 0 || n > 4 || size != NUMERIC_HEAD + 2 * (size_t)n ||
        (sign & ~(unsigned)NUMERIC_MINUS) || decode_u16(bytes + 6) != c->scale)
        return false;
    first = decode_u16(bytes + NUMERIC_HEAD);
    last = decode_u16(bytes + size - 2);
    shift = c->scale + 4 * (weight + 1 - (int)n);
    if (first == 0 || first > 9999 || last == 0 || last > 9999 || shift < -3 || shift > 18 ||
        digits_of(first) + 4 * weight + c->scale > c->digits)
        return false;
    for (i = 0; i + 1 < n; i++) {
        unsigned middle = decode_u16(bytes + NUMERIC_HEAD + 2 * i);

        if (middle > 9999)
            return false;
        value = value * 10000 + middle;
    }
    if (shift >= 0) {
        value = value * 10000 + last;
        for (; shift >= 4; shift -= 4)
            value *= 10000;
        value *= small_powers[shift];
    } else {
        if (last % small_powers[-shift])
            return false;
        value = value * small_powers[4 + shift] + last / small_powers[-shift];
    }
    put_scaled(d, c, sign != 0, value);
    return true;
}

bool
decode_numeric(struct decoder *d, const struct decode_column *c, const uint8_t *bytes, size_t size)
{
    struct numeric n;
    decode_u128 value;

    if (put_small(d, c, bytes, size))
        return true;
    if (!numeric_read(bytes, size, &n))
        return decode_fault(d, c, "what the server sent is no number");
    switch (n.sign) {
    case 0:
    case NUMERIC_MINUS:
        if (c->digits == 0)
            put_text(d, c, &n, PD_TAG_PLAIN);
        else if (n.scale == c->scale && numeric_scaled(&n, c->digits, c->scale, &value))
            put_scaled(d, c, n.sign == NUMERIC_MINUS, value);
        else
            put_text(d, c, &n, PD_TAG_NATIVE);
        return true;
    case NUMERIC_NAN:
        pd_put_tagged(d->builder, c->column, PD_TAG_NAN, "", 0);
        return true;
    case NUMERIC_POS_INF:
        pd_put_tagged(d->builder, c->column, PD_TAG_POS_INF, "", 0);
        return true;
    case NUMERIC_NEG_INF:
        pd_put_tagged(d->builder, c->column, PD_TAG_NEG_INF, "", 0);
        return true;
    default:
        return decode_fault(d, c, "what the server sent is no number");
    }
}
