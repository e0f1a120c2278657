// SPDX-License-Identifier: Apache-2.0
// decimal - exact decimals as text, as 128-bit integers and as sums of any size.
#include "model/decimal.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { LIMB_DIGITS = 9, LIMB_BASE = 1000000000 };

/* Digits of value, no leading zeros ("0" for 0), ending at end; their first is returned. */
static char *
digits_before(uint128 value, char *end)
{
    const uint64_t chunk = UINT64_C(10000000000000000000); /* 10^19, the most in 64 bits */
    uint64_t part;

    while (value > UINT64_MAX) {
        part = (uint64_t)(value % chunk);
        value /= chunk;
        for (int i = 0; i < 19; i++, part /= 10)
            *--end = (char)('0' + part % 10);
    }
    part = (uint64_t)value;
    do {
        *--end = (char)('0' + part % 10);
        part /= 10;
    } while (part);
    return end;
}

/* Copy digits with sign and point; the length is returned. out has room for
   max(n_digits, scale + 1) + 2 bytes. */
static size_t
place_point(bool negative, const char *digits, size_t n_digits, size_t scale, char *out)
{
    size_t n_before = n_digits > scale ? n_digits - scale : 0;
    size_t n_zeros = n_digits < scale ? scale - n_digits : 0;
    char *at = out;

    if (negative)
        *at++ = '-';
    if (n_before)
        memcpy(at, digits, n_before);
    else
        *at = '0';
    at += n_before ? n_before : 1;
    if (scale == 0)
        return (size_t)(at - out);
    *at++ = '.';
    memset(at, '0', n_zeros);
    at += n_zeros;
    memcpy(at, digits + n_before, n_digits - n_before);
    return (size_t)(at - out) + n_digits - n_before;
}

static char *
pair_before(unsigned pair, char *end)
{
    static const char pairs[] = "0001020304050607080910111213141516171819"
                                "2021222324252627282930313233343536373839"
                                "4041424344454647484950515253545556575859"
                                "6061626364656667686970717273747576777879"
                                "8081828384858687888990919293949596979899";

    memcpy(end - 2, pairs + (size_t)2 * pair, 2);
    return end - 2;
}

const char *
decimal_before(uint64_t value, bool negative, unsigned scale, char *end)
{
    unsigned left = scale;
    bool is_below_one;

    for (; left >= 2; left -= 2, value /= 100)
        end = pair_before((unsigned)(value % 100), end);
    if (left) {
        *--end = (char)('0' + value % 10);
        value /= 10;
    }
    if (scale)
        *--end = '.';
    is_below_one = value == 0;
    for (; value >= 10; value /= 100)
        end = pair_before((unsigned)(value % 100), end);
    if (value || is_below_one)
        *--end = (char)('0' + value);
    if (negative)
        *--end = '-';
    return end;
}

size_t
decimal_write(int128 value, unsigned scale, char buffer[DECIMAL_TEXT_SIZE])
{
    char digits[DECIMAL_TEXT_SIZE], *end = digits + sizeof digits;
    uint128 size = value < 0 ? -(uint128)value : (uint128)value;
    const char *first;

    if (size <= UINT64_MAX) {
        first = decimal_before((uint64_t)size, value < 0, scale, end);
        memcpy(buffer, first, (size_t)(end - first));
        return (size_t)(end - first);
    }
    first = digits_before(size, end);
    return place_point(value < 0, first, (size_t)(digits + sizeof digits - first), scale, buffer);
}

static size_t
count_digits(const char *text, size_t size)
{
    size_t n = 0;

    while (n < size && text[n] >= '0' && text[n] <= '9')
        n++;
    return n;
}

static bool
all_zero(const char *digits, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (digits[i] != '0')
            return false;
    }
    return true;
}

static bool
is_zero(const struct decimal *d)
{
    return d->digits[0] == '0' && all_zero(d->fraction, d->n_fraction);
}

bool
decimal_parse(const char *text, size_t size, struct decimal *ret_decimal)
{
    struct decimal d = {.negative = size > 0 && text[0] == '-'};
    size_t at = d.negative;

    d.digits = text + at;
    d.n_digits = count_digits(text + at, size - at);
    if (d.n_digits == 0 || (d.n_digits > 1 && d.digits[0] == '0'))
        return false;
    at += d.n_digits;
    d.fraction = text + at;
    if (at < size) {
        if (text[at] != '.')
            return false;
        d.fraction = text + at + 1;
        d.n_fraction = count_digits(d.fraction, size - at - 1);
        if (d.n_fraction == 0 || at + 1 + d.n_fraction != size)
            return false;
    }
    if (d.negative && is_zero(&d))
        return false;
    *ret_decimal = d;
    return true;
}

static bool
append_digits(uint128 *value, const char *digits, size_t n)
{
    const uint128 limit = (uint128)1 << 127;

    for (size_t i = 0; i < n; i++) {
        if (*value > limit / 10)
            return false;
        *value = *value * 10 + (uint128)(digits[i] - '0');
    }
    return *value <= limit;
}

bool
decimal_scaled(const struct decimal *d, unsigned scale, int128 *ret_value)
{
    static const char zeros[DECIMAL_MAX_SCALE + 1] = "00000000000000000000000000000000000000";
    uint128 value = 0;

    if (d->n_fraction > scale || scale > DECIMAL_MAX_SCALE)
        return false;
    if (!append_digits(&value, d->digits, d->n_digits) ||
        !append_digits(&value, d->fraction, d->n_fraction) ||
        !append_digits(&value, zeros, scale - d->n_fraction))
        return false;
    if (!d->negative && value >> 127)
        return false;
    *ret_value = d->negative ? (int128)-value : (int128)value;
    return true;
}

bool
decimal_int64(const struct decimal *d, int64_t *ret_value)
{
    int128 value;

    if (d->n_fraction || d->n_digits > 19 || !decimal_scaled(d, 0, &value) || value < INT64_MIN ||
        value > INT64_MAX)
        return false;
    *ret_value = (int64_t)value;
    return true;
}

/* Fractions by value: a longer one is larger only when the rest is not all zeros. */
static int
compare_fractions(const struct decimal *a, const struct decimal *b)
{
    size_t n = a->n_fraction < b->n_fraction ? a->n_fraction : b->n_fraction;
    int order = memcmp(a->fraction, b->fraction, n);

    if (order)
        return order;
    if (!all_zero(a->fraction + n, a->n_fraction - n))
        return 1;
    return all_zero(b->fraction + n, b->n_fraction - n) ? 0 : -1;
}

static int
compare_sizes(const struct decimal *a, const struct decimal *b)
{
    int order;

    if (a->n_digits != b->n_digits)
        return a->n_digits < b->n_digits ? -1 : 1;
    order = memcmp(a->digits, b->digits, a->n_digits);
    return order ? order : compare_fractions(a, b);
}

int
decimal_compare(const struct decimal *a, const struct decimal *b)
{
    if (a->negative != b->negative)
        return a->negative ? -1 : 1;
    return a->negative ? compare_sizes(b, a) : compare_sizes(a, b);
}

void
decimal_sum_free(struct decimal_sum *sum)
{
    free(sum->limbs);
    memset(sum, 0, sizeof *sum);
}

/* Room for limbs first .. last. */
static bool
sum_reach(struct decimal_sum *sum, long first, long last)
{
    long old_last = sum->first + (long)sum->n_limbs - 1;
    size_t n_limbs, shift;
    int64_t *limbs;

    if (sum->n_limbs && first >= sum->first && last <= old_last)
        return true;
    if (sum->n_limbs && sum->first < first)
        first = sum->first;
    if (sum->n_limbs && old_last > last)
        last = old_last;
    n_limbs = (size_t)(last - first + 1);
    limbs = calloc(n_limbs, sizeof *limbs);
    if (!limbs)
        return false;
    if (sum->n_limbs) {
        shift = (size_t)(sum->first - first);
        memcpy(limbs + shift, sum->limbs, sum->n_limbs * sizeof *limbs);
    }
    free(sum->limbs);
    sum->limbs = limbs;
    sum->n_limbs = n_limbs;
    sum->first = first;
    return true;
}

/* Bring all limbs but the highest to 0 .. base-1; the highest takes the sign. */
static void
carry_limbs(int64_t *limbs, size_t n)
{
    for (size_t i = 0; i + 1 < n; i++) {
        int64_t carry = limbs[i] / LIMB_BASE;

        limbs[i] %= LIMB_BASE;
        if (limbs[i] < 0) {
            limbs[i] += LIMB_BASE;
            carry--;
        }
        limbs[i + 1] += carry;
    }
}

/* After 2^30 additions below 2^30 each, carries could leave 63 bits. */
static bool
sum_tidy(struct decimal_sum *sum)
{
    if (++sum->n_adds < UINT32_C(1) << 30 || sum->n_limbs == 0)
        return true;
    sum->n_adds = 0;
    if (!sum_reach(sum, sum->first, sum->first + (long)sum->n_limbs + 1))
        return false;
    carry_limbs(sum->limbs, sum->n_limbs);
    return true;
}

static int64_t
limb_of(const char *digits, size_t n)
{
    int64_t limb = 0;

    for (size_t i = 0; i < n; i++)
        limb = limb * 10 + (digits[i] - '0');
    return limb;
}

static void
add_digits_before(struct decimal_sum *sum, const struct decimal *d, int sign)
{
    size_t left = d->n_digits;
    size_t limb = (size_t)-sum->first;

    while (left) {
        size_t n = left < LIMB_DIGITS ? left : LIMB_DIGITS;

        left -= n;
        sum->limbs[limb++] += sign * limb_of(d->digits + left, n);
    }
}

static void
add_digits_after(struct decimal_sum *sum, const struct decimal *d, int sign)
{
    static const int64_t tens[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};
    size_t limb = (size_t)-sum->first;

    for (size_t at = 0; at < d->n_fraction; at += LIMB_DIGITS) {
        size_t left = d->n_fraction - at;
        size_t n = left < LIMB_DIGITS ? left : LIMB_DIGITS;

        sum->limbs[--limb] += sign * limb_of(d->fraction + at, n) * tens[LIMB_DIGITS - n];
    }
}

bool
decimal_sum_add(struct decimal_sum *sum, const struct decimal *d)
{
    long first = -(long)((d->n_fraction + LIMB_DIGITS - 1) / LIMB_DIGITS);
    long last = (long)((d->n_digits - 1) / LIMB_DIGITS);

    if (!sum_reach(sum, first, last))
        return false;
    add_digits_before(sum, d, d->negative ? -1 : 1);
    add_digits_after(sum, d, d->negative ? -1 : 1);
    if (d->n_fraction > sum->scale)
        sum->scale = (uint32_t)d->n_fraction;
    return sum_tidy(sum);
}

bool
decimal_sum_merge(struct decimal_sum *sum, const struct decimal_sum *more)
{
    if (more->n_limbs == 0)
        return true;
    /* A limb may be as large as 2^60 on either side: carry first, where there is room. */
    if (!sum_reach(sum, more->first, more->first + (long)more->n_limbs + 2) ||
        !sum_reach(sum, sum->first, sum->first + (long)sum->n_limbs))
        return false;
    carry_limbs(sum->limbs, sum->n_limbs);
    for (size_t i = 0; i < more->n_limbs; i++)
        sum->limbs[(size_t)(more->first - sum->first) + i] += more->limbs[i];
    carry_limbs(sum->limbs, sum->n_limbs);
    sum->n_adds = 0;
    if (more->scale > sum->scale)
        sum->scale = more->scale;
    return true;
}

/* Absolute value of the limbs, and whether it was negative. */
static bool
make_positive(int64_t *limbs, size_t n)
{
    carry_limbs(limbs, n);
    if (n == 0 || limbs[n - 1] >= 0)
        return false;
    for (size_t i = 0; i < n; i++)
        limbs[i] = -limbs[i];
    carry_limbs(limbs, n);
    return true;
}

/* Append 9 digits a limb, highest limb first. */
static void
limbs_digits(const int64_t *limbs, size_t n, char *out)
{
    while (n--) {
        int64_t limb = limbs[n];

        for (int i = LIMB_DIGITS - 1; i >= 0; i--, limb /= 10)
            out[i] = (char)('0' + limb % 10);
        out += LIMB_DIGITS;
    }
}

/* Append digits, of which the last `after` stand after the point, with `scale` of those kept
   (those cut are zeros). */
static void
append_number(struct buffer *out, bool negative, const char *digits, size_t n, size_t after,
              size_t scale)
{
    uint8_t *room;

    if (after > scale)
        n -= after - scale;
    while (n > 1 && *digits == '0') {
        digits++;
        n--;
    }
    room = buffer_reserve(out, (n > scale ? n : scale + 1) + 2);
    if (room)
        out->size += place_point(negative, digits, n, scale, (char *)room);
}

void
decimal_sum_text(const struct decimal_sum *sum, struct buffer *out)
{
    size_t after = sum->first < 0 ? (size_t)-sum->first : 0;
    size_t n = sum->n_limbs + 2;
    CLEANUP_FREE int64_t *limbs = calloc(n, sizeof *limbs);
    CLEANUP_FREE char *digits = malloc(n * LIMB_DIGITS);
    bool negative;

    if (!limbs || !digits) {
        out->failed = true;
        return;
    }
    if (sum->n_limbs)
        memcpy(limbs, sum->limbs, sum->n_limbs * sizeof *limbs);
    negative = make_positive(limbs, n);
    limbs_digits(limbs, n, digits);
    append_number(out, negative, digits, n * LIMB_DIGITS, after * LIMB_DIGITS, sum->scale);
}

/* Divide the number of three 64-bit words, lowest first, by 10^9; the remainder is returned. */
static uint32_t
divide_words(uint64_t words[3])
{
    uint128 rest = 0;

    for (int i = 2; i >= 0; i--) {
        rest = rest << 64 | words[i];
        words[i] = (uint64_t)(rest / LIMB_BASE);
        rest %= LIMB_BASE;
    }
    return (uint32_t)rest;
}

void
decimal_wide_text(int128 high, uint64_t low, unsigned scale, struct buffer *out)
{
    bool negative = high < 0;
    uint128 top = negative ? ~(uint128)high + (low == 0) : (uint128)high;
    uint64_t words[3] = {negative ? -low : low, (uint64_t)top, (uint64_t)(top >> 64)};
    int64_t limbs[7]; /* 192 bits are at most 58 digits */
    char digits[COUNT_OF(limbs) * LIMB_DIGITS];

    for (size_t i = 0; i < COUNT_OF(limbs); i++)
        limbs[i] = divide_words(words);
    limbs_digits(limbs, COUNT_OF(limbs), digits);
    append_number(out, negative, digits, sizeof digits, scale, scale);
}
