// SPDX-License-Identifier: Apache-2.0
// text_real - floats as the shortest decimal that reads back equal. No decimal point ever passes
// through the C library, so that no locale can touch it.
#include "model/text_real.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/text.h"

enum { EXACT_POWER = 22 }; /* doubles have 10^22 */

/* d1.d2d3... * 10^exponent, d1 not 0 and no zero at the end. */
struct digits {
    char text[20];
    int n;
    int exponent;
};

/* What is different between the two widths. */
struct real_width {
    double (*read)(const char *text);
    double smallest_normal;
    double shortcut_limit; /* below it integers have few enough digits to be unique */
    int sure_digits;       /* decimals with so many come back from the float unchanged */
    int max_digits;
};

static const double tens[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8};

static double
read_double(const char *text)
{
    return strtod(text, NULL);
}

static double
read_float(const char *text)
{
    return (double)strtof(text, NULL);
}

static const struct real_width single_width = {read_float, (double)FLT_MIN, 1e6, 6, 9};

static void
trim_zeros(struct digits *d)
{
    while (d->n > 1 && d->text[d->n - 1] == '0')
        d->n--;
}

static void
digits_of_integer(uint64_t integer, int scale, struct digits *d)
{
    char text[20];
    int at = 20;

    do {
        text[--at] = (char)('0' + integer % 10);
        integer /= 10;
    } while (integer);
    d->n = 20 - at;
    memcpy(d->text, text + at, (size_t)d->n);
    d->exponent = d->n - 1 - scale;
    trim_zeros(d);
}

/* Numbers such as 12.5: integer / 10^scale is exact on both sides, and so few digits are unique. */
static bool
shortcut(double size, const struct real_width *width, struct digits *d)
{
    for (int scale = 0; scale < (int)(sizeof tens / sizeof tens[0]); scale++) {
        double product = size * tens[scale];
        double back;

        if (!(product < width->shortcut_limit) || size < 1e-5)
            return false;
        back = rint(product) / tens[scale];
        if (width->max_digits < 17)
            back = (double)(float)back;
        if (back == size) {
            digits_of_integer((uint64_t)rint(product), scale, d);
            return true;
        }
    }
    return false;
}

/* The nearest decimal of n digits. */
static void
nearest(double size, int n, struct digits *d)
{
    char text[40];
    const char *at = text;

    snprintf(text, sizeof text, "%.*e", n - 1, size);
    d->n = 0;
    for (; *at != 'e'; at++) {
        if (*at >= '0' && *at <= '9')
            d->text[d->n++] = *at;
    }
    d->exponent = (int)strtol(at + 1, NULL, 10);
}

static double
read_back(const struct digits *d, const struct real_width *width)
{
    char text[40];

    snprintf(text, sizeof text, "%.*se%d", d->n, d->text, d->exponent - d->n + 1);
    return width->read(text);
}

/* The next decimal of as many digits. */
static void
step_up(struct digits *d)
{
    int at = d->n;

    while (at > 0 && d->text[at - 1] == '9')
        d->text[--at] = '0';
    if (at > 0) {
        d->text[at - 1]++;
        return;
    }
    d->text[0] = '1';
    d->exponent++;
}

/* Below a power of two floats lie closer than above it: the nearest decimal may miss on that side
   while the one above it hits. */
static bool
hits(struct digits *d, double size, const struct real_width *width)
{
    int exponent;

    if (read_back(d, width) == size)
        return true;
    if (frexp(size, &exponent) > 0.5)
        return false;
    step_up(d);
    return read_back(d, width) == size;
}

static void
shortest(double size, const struct real_width *width, struct digits *d)
{
    int n = size < width->smallest_normal ? 1 : width->sure_digits;

    if (shortcut(size, width, d))
        return;
    for (; n < width->max_digits; n++) {
        nearest(size, n, d);
        if (hits(d, size, width)) {
            trim_zeros(d);
            return;
        }
    }
    nearest(size, n, d);
    trim_zeros(d);
}

static size_t
write_exponential(const struct digits *d, char *out)
{
    size_t size = 0;

    out[size++] = d->text[0];
    if (d->n > 1) {
        out[size++] = '.';
        memcpy(out + size, d->text + 1, (size_t)d->n - 1);
        size += (size_t)d->n - 1;
    }
    return size + (size_t)snprintf(out + size, 8, "e%+03d", d->exponent);
}

static size_t
write_positional(const struct digits *d, char *out)
{
    size_t size = 0;

    if (d->exponent < 0)
        out[size++] = '0';
    for (int i = 0; i <= d->exponent; i++)
        out[size++] = i < d->n ? d->text[i] : '0';
    out[size++] = '.';
    for (int i = -1; i > d->exponent; i--)
        out[size++] = '0';
    for (int i = d->exponent < 0 ? 0 : d->exponent + 1; i < d->n; i++)
        out[size++] = d->text[i];
    if (out[size - 1] == '.')
        out[size++] = '0';
    return size;
}

static size_t
write_special(const char *text, char *out)
{
    size_t size = strlen(text);

    memcpy(out, text, size + 1);
    return size;
}

static size_t
write_real(double value, const struct real_width *width, char *out)
{
    size_t sign = signbit(value) != 0;
    struct digits d;

    if (value != value)
        return write_special("NaN", out);
    if (isinf(value))
        return write_special(sign ? "-Infinity" : "Infinity", out);
    if (value == 0)
        return write_special(sign ? "-0.0" : "0.0", out);
    shortest(fabs(value), width, &d);
    if (sign)
        *out++ = '-';
    if (d.exponent >= TEXT_REAL_LOW && d.exponent <= TEXT_REAL_HIGH)
        sign += write_positional(&d, out);
    else
        sign += write_exponential(&d, out);
    return sign;
}

size_t
text_real(double value, char *buffer)
{
    static const struct real_width width = {read_double, DBL_MIN, 1e15, 15, 17};
    size_t size = write_real(value, &width, buffer);

    buffer[size] = 0;
    return size;
}

size_t
text_real32(float value, char *buffer)
{
    size_t size = write_real((double)value, &single_width, buffer);

    buffer[size] = 0;
    return size;
}

/* Nine digits and a power of ten of up to 22 are doubles, so that what is between them is rounded
   once, as by strtod(). */
static double
double_of(const struct digits *d)
{
    static const struct real_width width = {.read = read_double};
    int exponent = d->exponent - d->n + 1;
    double whole = 0, power = 1;

    if (exponent < -EXACT_POWER || exponent > EXACT_POWER)
        return read_back(d, &width);
    for (int i = 0; i < d->n; i++)
        whole = whole * 10 + (d->text[i] - '0');
    for (int i = exponent < 0 ? -exponent : exponent; i > 0; i--)
        power *= 10;
    return exponent < 0 ? whole / power : whole * power;
}

double
text_real32_double(float value)
{
    double size = fabs((double)value), wide;
    struct digits d;

    if (!isfinite(value) || value == 0)
        return (double)value;
    shortest(size, &single_width, &d);
    wide = double_of(&d);
    /* Between two floats, the nearest double may lie on the other's side. */
    if ((double)(float)wide != size)
        wide = size;
    return signbit(value) ? -wide : wide;
}

/* Digits without their point, and an exponent that makes up for it. */
static bool
move_point(const char *text, size_t size, char *out, size_t room)
{
    size_t n = 0, n_after = 0, i = 0;
    int exponent = 0;
    bool after = false;

    for (; i < size && text[i] != 'e'; i++) {
        if (text[i] == '.') {
            after = true;
            continue;
        }
        if ((text[i] < '0' || text[i] > '9') && !(text[i] == '-' && i == 0))
            return false;
        out[n++] = text[i];
        n_after += after;
    }
    for (size_t k = i + 1; k < size; k++) {
        if ((text[k] < '0' || text[k] > '9') && k != i + 1)
            return false;
    }
    if (i < size)
        exponent = (int)strtol(text + i + 1, NULL, 10);
    snprintf(out + n, room - n, "e%d", exponent - (int)n_after);
    return n > 0;
}

bool
text_real_read(const char *text, size_t size, bool is_narrow, double *ret_value)
{
    char copy[32], moved[64], again[32];
    size_t again_size;

    if (size == 0 || size >= sizeof copy)
        return false;
    memcpy(copy, text, size);
    copy[size] = 0;
    if (strcmp(copy, "NaN") == 0)
        *ret_value = (double)NAN;
    else if (strcmp(copy, "Infinity") == 0)
        *ret_value = (double)INFINITY;
    else if (strcmp(copy, "-Infinity") == 0)
        *ret_value = -(double)INFINITY;
    else if (!move_point(copy, size, moved, sizeof moved))
        return false;
    else
        *ret_value = is_narrow ? read_float(moved) : read_double(moved);
    again_size = is_narrow ? text_real32((float)*ret_value, again) : text_real(*ret_value, again);
    return again_size == size && memcmp(again, copy, size) == 0;
}
