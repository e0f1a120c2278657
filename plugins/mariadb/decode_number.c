// SPDX-License-Identifier: Apache-2.0
/* decode_number - integers, decimals and bits. */
#include "decode.h"

__extension__ typedef unsigned __int128 uint128;

enum {
    DECIMAL_MOST_DIGITS = 65,
    DECIMAL_MOST_BYTES = 2 * DECIMAL_MOST_DIGITS, /* one that is filled up with zeros too */
    DECIMAL_WORD_DIGITS = 18,                     /* that surely fit into 64 bits */
    BITS_MOST = 64
};

/* ---- Integers ---- */

int64_t
decode_int_value(const struct decode_column *c, const uint8_t *bytes)
{
    switch (c->size) {
    case 1:
        return c->is_unsigned ? (int64_t)bytes[0] : (int8_t)bytes[0];
    case 2:
        return c->is_unsigned ? (int64_t)decode_u16(bytes) : (int16_t)decode_u16(bytes);
    case 4:
        return c->is_unsigned ? (int64_t)decode_u32(bytes) : (int32_t)decode_u32(bytes);
    default:
        return (int64_t)decode_u64(bytes);
    }
}

bool
decode_int(struct decoder *d, const struct decode_column *c, const uint8_t *bytes)
{
    int64_t value = decode_int_value(c, bytes);

    if (c->kind == PD_KIND_BOOL && (value < 0 || value > 1))
        pd_put_tagged_int(d->builder, c->column, value); /* its CHECK was switched off */
    else
        pd_put_int(d->builder, c->column, value);
    return true;
}

/* ---- Decimals: always text ---- */

/* The parts of a decimal's text. */
struct digits {
    const char *whole;
    size_t n_whole; /* without zeros in front */
    const char *part;
    size_t n_part;
    bool is_negative;
};

static size_t
count_digits(const char *text, const char *end)
{
    const char *at = text;

    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return (size_t)(at - text);
}

static bool
is_zero(const char *digits, size_t n)
{
    while (n && digits[n - 1] == '0')
        n--;
    return n == 0;
}

static bool
split_digits(const char *text, size_t size, struct digits *digits)
{
    const char *at = text, *end = text + size;
    size_t n;

    if (size == 0 || size > DECIMAL_MOST_BYTES)
        return false;
    digits->is_negative = *at == '-';
    at += digits->is_negative;
    n = count_digits(at, end);
    if (n == 0)
        return false;
    digits->whole = at;
    digits->n_whole = n;
    at += n;
    digits->part = at + 1;
    digits->n_part = at < end && *at == '.' ? count_digits(at + 1, end) : 0;
    if (at < end && (digits->n_part == 0 || digits->part + digits->n_part != end))
        return false;
    while (digits->n_whole && *digits->whole == '0') {
        digits->whole++;
        digits->n_whole--;
    }
    if (digits->n_whole == 0 && is_zero(digits->part, digits->n_part))
        digits->is_negative = false;
    return true;
}

/* value * 10^n and the digits behind it. */
static uint128
append_digits(uint128 value, const char *digits, size_t n)
{
    static const uint64_t powers[] = {
        1,
        10,
        100,
        1000,
        10000,
        100000,
        1000000,
        10000000,
        100000000,
        1000000000,
        10000000000,
        100000000000,
        1000000000000,
        10000000000000,
        100000000000000,
        1000000000000000,
        10000000000000000,
        100000000000000000,
        1000000000000000000,
    };

    while (n) {
        size_t k, m = n < DECIMAL_WORD_DIGITS ? n : DECIMAL_WORD_DIGITS;
        uint64_t word = 0;

        for (k = 0; k < m; k++)
            word = word * 10 + (uint64_t)(digits[k] - '0');
        value = value * powers[m] + word;
        digits += m;
        n -= m;
    }
    return value;
}

static void
put_i128(struct pd_builder *b, uint32_t column, uint128 value)
{
    uint64_t halves[2] = {(uint64_t)value, (uint64_t)(value >> 64)};
    struct pd_column_builder *to = &b->columns[column];

    if (to->tagged)
        pd_put_fixed(b, column, halves);
    else /* of a size that the compiler knows */
        memcpy(to->data + (size_t)b->n_rows * sizeof halves, halves, sizeof halves);
}

static size_t
write_digits(const struct digits *digits, char *out)
{
    char *at = out;

    if (digits->is_negative)
        *at++ = '-';
    if (digits->n_whole == 0)
        *at++ = '0';
    memcpy(at, digits->whole, digits->n_whole);
    at += digits->n_whole;
    if (digits->n_part) {
        *at++ = '.';
        memcpy(at, digits->part, digits->n_part);
        at += digits->n_part;
    }
    return (size_t)(at - out);
}

size_t
decode_decimal_text(const char *text, size_t size, char *out)
{
    struct digits digits;

    return split_digits(text, size, &digits) ? write_digits(&digits, out) : 0;
}

/* What nearly all are: "-123.45", digits for one word, and as many behind the point as the column
   has. *ret_word has no sign. */
static inline bool
read_word(const struct decode_column *c, const uint8_t *bytes, size_t size, uint64_t *ret_word)
{
    const uint8_t *at = bytes, *end = bytes + size, *point;
    uint64_t word = 0;

    if (c->scale == 0 || size < (size_t)c->scale + 2 || size > DECIMAL_WORD_DIGITS + 1 ||
        size - 1 > c->digits)
        return false;
    point = end - c->scale - 1;
    if (*point != '.')
        return false;
    for (; at < point; at++) {
        if ((uint8_t)(*at - '0') > 9)
            return false;
        word = word * 10 + (uint64_t)(*at - '0');
    }
    for (at++; at < end; at++) {
        if ((uint8_t)(*at - '0') > 9)
            return false;
        word = word * 10 + (uint64_t)(*at - '0');
    }
    *ret_word = word;
    return true;
}

bool
decode_decimal(struct decoder *d, const struct decode_column *c, const uint8_t *bytes, size_t size)
{
    bool is_negative = size > 0 && bytes[0] == '-';
    char text[DECIMAL_MOST_BYTES + 2];
    struct digits digits;
    uint128 value;
    uint64_t word;

    if (c->is_i128 && read_word(c, bytes + is_negative, size - is_negative, &word)) {
        put_i128(d->builder, c->column, is_negative ? -(uint128)word : word);
        return true;
    }

    if (!split_digits((const char *)bytes, size, &digits) || digits.n_part != c->scale ||
        digits.n_whole + digits.n_part > c->digits)
        return decode_fault(d, c, "what the server sent is no decimal of the column's digits");
    if (!c->is_i128) {
        pd_put_bytes(d->builder, c->column, text, write_digits(&digits, text));
        return true;
    }
    value = append_digits(0, digits.whole, digits.n_whole);
    value = append_digits(value, digits.part, digits.n_part);
    put_i128(d->builder, c->column, digits.is_negative ? -value : value);
    return true;
}

/* ---- Bits: bytes, the most significant first ---- */

bool
decode_bits(struct decoder *d, const struct decode_column *c, const uint8_t *bytes, size_t size)
{
    char digits[BITS_MOST];
    uint32_t i, n = c->bits, unused = (uint32_t)(8 * size) - n;

    if (n == 0 || n > BITS_MOST || size != (n + 7) / 8 || bytes[0] >> (8 - unused))
        return decode_fault(d, c, "what the server sent is no bit string of the column's length");
    for (i = 0; i < n; i++)
        digits[i] = (char)('0' + (bytes[(i + unused) >> 3] >> (7 - ((i + unused) & 7)) & 1));
    pd_put_bytes(d->builder, c->column, digits, n);
    return true;
}
