// SPDX-License-Identifier: Apache-2.0
// convert_number - numbers of one kind as numbers of another, by their exact values.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/convert_inside.h"
#include "model/kind.h"
#include "model/text.h"
#include "model/text_real.h"
#include "model/values.h"

/* No float has more digits than 309 before and 1074 behind the point. */
enum { REAL_DIGITS_MAX = 1400, YEAR_FIRST = 1901, YEAR_LAST = 2155 };

/* ---- Parts of a decimal ---- */

static size_t
zeros_at_end(const char *digits, size_t n)
{
    size_t n_zeros = 0;

    while (n_zeros < n && digits[n - 1 - n_zeros] == '0')
        n_zeros++;
    return n_zeros;
}

/* Zeros at the end of the fraction do not count. */
static void
cut_zeros(struct decimal *d)
{
    d->n_fraction -= zeros_at_end(d->fraction, d->n_fraction);
}

static bool
is_zero(const struct decimal *d)
{
    return d->n_digits == 1 && d->digits[0] == '0' &&
           zeros_at_end(d->fraction, d->n_fraction) == d->n_fraction;
}

/* Is the value one of a type with a precision? Its scale was seen to. */
static bool
within_type(const struct pd_type *type, const struct decimal *d)
{
    long before = (long)type->precision - type->scale; /* digits before the point */
    size_t n_digits = d->digits[0] == '0' ? 0 : d->n_digits;

    if (type->precision <= 0 || is_zero(d))
        return true;
    if (before < 0) { /* numeric(2,5): zeros behind the point */
        size_t n_zeros = 0;

        while (n_zeros < d->n_fraction && d->fraction[n_zeros] == '0')
            n_zeros++;
        return n_digits == 0 && n_zeros >= (size_t)-before;
    }
    if (type->scale < 0 && zeros_at_end(d->digits, d->n_digits) < (size_t)-type->scale)
        return false;
    return n_digits <= (size_t)before;
}

/* ---- Text of floats as canonical decimals ---- */

static void
append_zeros(struct buffer *out, size_t n)
{
    uint8_t *room = buffer_reserve(out, n + 1);

    if (!room)
        return;
    memset(room, '0', n);
    out->size += n;
}

/* All digits with a point, and at least one behind it, of "1.25e-06": the same value. */
static void
expand_real(const char *text, size_t size, struct buffer *out)
{
    const char *e = memchr(text, 'e', size);
    long exponent = e ? strtol(e + 1, NULL, 10) : 0;
    char digits[40];
    long n_digits = 0, point = -1;

    for (const char *at = text; at < (e ? e : text + size); at++) {
        if (*at >= '0' && *at <= '9' && n_digits < (long)sizeof digits)
            digits[n_digits++] = *at;
        else if (*at == '.')
            point = n_digits;
    }
    point = (point < 0 ? n_digits : point) + exponent;
    if (*text == '-')
        buffer_char(out, '-');
    if (point <= 0) {
        buffer_text(out, "0.");
        append_zeros(out, (size_t)-point);
        buffer_append(out, digits, (size_t)n_digits);
        return;
    }
    buffer_append(out, digits, (size_t)(point < n_digits ? point : n_digits));
    append_zeros(out, (size_t)(point > n_digits ? point - n_digits : 0));
    buffer_char(out, '.');
    if (point < n_digits)
        buffer_append(out, digits + point, (size_t)(n_digits - point));
    else
        buffer_char(out, '0');
}

/* The shortest decimal of a finite float; false for the negative zero, which decimals have not. */
static bool
real_decimal(double real, struct buffer *out)
{
    char text[32];
    size_t size = text_real(real, text);

    if (real == 0 && signbit(real))
        return false;
    buffer_clear(out);
    expand_real(text, size, out);
    return !out->failed;
}

/* The double whose shortest decimal it is, to the last zero when it has a scale of its own; no
   point passes through the C library, so that no locale can touch it. */
static bool
decimal_real(const struct decimal *d, bool has_own_scale, double *ret_real)
{
    char text[REAL_DIGITS_MAX + 32];
    CLEANUP_BUFFER struct buffer again = {0};
    struct decimal shortest;

    if (d->n_digits + d->n_fraction > REAL_DIGITS_MAX)
        return false;
    snprintf(text, sizeof text, "%s%.*s%.*se-%zu", d->negative ? "-" : "", (int)d->n_digits,
             d->digits, (int)d->n_fraction, d->fraction, d->n_fraction);
    *ret_real = strtod(text, NULL);
    return isfinite(*ret_real) && real_decimal(*ret_real, &again) &&
           decimal_parse((const char *)again.data, again.size, &shortest) &&
           decimal_compare(&shortest, d) == 0 &&
           (!has_own_scale || shortest.n_fraction == d->n_fraction);
}

/* ---- Integers ---- */

bool
number_fits_whole(const struct pd_type *type, int128 integer)
{
    unsigned bits = 8 * kind_width(type);
    bool is_unsigned = kind_is_unsigned(type->kind);

    if (type->kind == PD_KIND_BOOL)
        return integer == 0 || integer == 1;
    if (type->kind == PD_KIND_YEAR)
        return integer == 0 || (integer >= YEAR_FIRST && integer <= YEAR_LAST);
    return integer >= (is_unsigned ? 0 : -((int128)1 << (bits - 1))) &&
           integer < (int128)1 << (is_unsigned ? bits : bits - 1);
}

static unsigned
money_scale(const struct pd_type *type)
{
    return type->kind == PD_KIND_MONEY && type->scale > 0 && type->scale <= DECIMAL_MAX_SCALE
               ? (unsigned)type->scale
               : 0;
}

/* The decimal as an integer of units of 10^-scale. A value that has a scale of its own must have
   this one, else it would come back with another. */
static bool
scaled(const struct value *value, unsigned scale, int128 *ret_integer)
{
    struct decimal d;

    if (!decimal_parse((const char *)value->bytes, value->size, &d))
        return false;
    if (!value->is_fixed_scale && d.n_fraction != scale)
        return false;
    if (d.n_fraction > scale)
        cut_zeros(&d);
    return decimal_scaled(&d, scale, ret_integer);
}

static bool
integer_scaled(int128 integer, unsigned scale, int128 *ret_integer)
{
    while (scale-- > 0) {
        if (__builtin_mul_overflow(integer, (int128)10, &integer))
            return false;
    }
    *ret_integer = integer;
    return true;
}

/* Of money, which has digits behind the point, a double's shortest decimal. */
static bool
real_scaled(struct conversion *c, double real, unsigned scale, int128 *ret_integer)
{
    struct value decimal = {.class = VALUE_DECIMAL, .is_fixed_scale = true};

    if (c->to->kind != PD_KIND_MONEY || !isfinite(real))
        return false;
    conversion_clear(c, &c->text);
    if (!real_decimal(real, &c->text))
        return false;
    decimal.bytes = c->text.data;
    decimal.size = c->text.size;
    return scaled(&decimal, scale, ret_integer);
}

/* Integer kinds, bool, year, oid and money. */
bool
number_to_whole(struct conversion *c, const struct value *value, struct cell *cell)
{
    unsigned scale = money_scale(c->to);
    int128 integer;

    if (value->class == VALUE_INT && !integer_scaled(value->integer, scale, &integer))
        return false;
    if (value->class == VALUE_DECIMAL && !scaled(value, scale, &integer))
        return false;
    if (value->class == VALUE_REAL && !real_scaled(c, value->real, scale, &integer))
        return false;
    if ((value->class != VALUE_INT && value->class != VALUE_DECIMAL &&
         value->class != VALUE_REAL) ||
        !number_fits_whole(c->to, integer))
        return false;
    *cell = (struct cell){.tag = PD_TAG_PLAIN, .integer = (int64_t)(uint64_t)integer};
    return true;
}

/* ---- Decimals ---- */

/* The target's scale, or the value's own. */
static bool
put_scaled(struct conversion *c, struct decimal *d, bool has_own_scale, struct cell *cell)
{
    bool is_bound = c->to->precision > 0;
    size_t scale = c->to->scale > 0 ? (size_t)c->to->scale : 0;
    int128 integer;

    if (is_bound && has_own_scale && d->n_fraction != scale)
        return false;
    if (is_bound && d->n_fraction > scale)
        cut_zeros(d);
    if ((is_bound && d->n_fraction > scale) || !within_type(c->to, d))
        return false;
    conversion_clear(c, &c->out);
    if (kind_layout(c->to) == PD_LAYOUT_I128) {
        uint8_t bytes[16];

        if (!decimal_scaled(d, (unsigned)scale, &integer))
            return false;
        values_put_int128(bytes, integer);
        buffer_append(&c->out, bytes, sizeof bytes);
    } else {
        if (d->negative)
            buffer_char(&c->out, '-');
        buffer_append(&c->out, d->digits, d->n_digits);
        if (d->n_fraction || (is_bound && scale))
            buffer_char(&c->out, '.');
        buffer_append(&c->out, d->fraction, d->n_fraction);
        if (is_bound && scale > d->n_fraction)
            append_zeros(&c->out, scale - d->n_fraction);
    }
    *cell = (struct cell){.tag = PD_TAG_PLAIN, .bytes = c->out.data, .size = c->out.size};
    return !c->out.failed;
}

/* NaN and the infinities of floats are outliers of decimals. */
static bool
put_special(double real, struct cell *cell)
{
    *cell = (struct cell){.tag = real != real ? PD_TAG_NAN
                                 : real > 0   ? PD_TAG_POS_INF
                                              : PD_TAG_NEG_INF};
    return true;
}

bool
number_to_decimal(struct conversion *c, const struct value *value, struct cell *cell)
{
    char digits[DECIMAL_TEXT_SIZE];
    const char *text = (const char *)value->bytes;
    size_t size = value->size;
    struct decimal d;

    if (value->class == VALUE_INT) {
        size = decimal_write(value->integer, 0, digits);
        text = digits;
    } else if (value->class == VALUE_REAL) {
        if (!isfinite(value->real))
            return put_special(value->real, cell);
        conversion_clear(c, &c->text);
        if (!real_decimal(value->real, &c->text))
            return false;
        text = (const char *)c->text.data;
        size = c->text.size;
    } else if (value->class != VALUE_DECIMAL) {
        return false;
    }
    return decimal_parse(text, size, &d) &&
           put_scaled(c, &d, value->class == VALUE_DECIMAL && !value->is_fixed_scale, cell);
}

/* ---- Integers or doubles ---- */

static bool
decimal_to_number(const struct value *value, struct cell *cell)
{
    struct decimal d;

    if (!decimal_parse((const char *)value->bytes, value->size, &d))
        return false;
    if (value->is_fixed_scale)
        cut_zeros(&d);
    *cell = (struct cell){.tag = PD_TAG_INT};
    if (decimal_int64(&d, &cell->integer))
        return true;
    cell->tag = PD_TAG_REAL;
    return decimal_real(&d, !value->is_fixed_scale, &cell->real);
}

bool
number_to_number(const struct value *value, struct cell *cell)
{
    switch (value->class) {
    case VALUE_INT:
        *cell = (struct cell){.tag = PD_TAG_INT, .integer = (int64_t)value->integer};
        return value->integer >= INT64_MIN && value->integer <= INT64_MAX;
    case VALUE_REAL:
        *cell = (struct cell){.tag = PD_TAG_REAL, .real = value->real};
        return true;
    case VALUE_DECIMAL:
        return decimal_to_number(value, cell);
    default:
        return false;
    }
}

bool
number_is_short(const struct conversion *c)
{
    return c->flags & CONVERT_MEANING && c->from->kind == PD_KIND_FLOAT32;
}

bool
number_narrow(const struct conversion *c, double real, float *ret_single)
{
    float single = (float)real;

    *ret_single = single;
    return real != real || (double)single == real ||
           (c->flags & CONVERT_MEANING && text_real32_double(single) == real);
}

bool
number_to_float(struct conversion *c, const struct value *value, struct cell *cell)
{
    float single;
    bool fits;

    if (value->class != VALUE_REAL)
        return false;
    *cell = (struct cell){.tag = PD_TAG_PLAIN, .real = value->real};
    if (c->to->kind != PD_KIND_FLOAT32)
        return true;
    fits = number_narrow(c, value->real, &single);
    cell->real = (double)single;
    return fits;
}
