// SPDX-License-Identifier: Apache-2.0
/* encode_text - rows of COPY (FORMAT text): for tables with a column whose type has no binary
   input that can be trusted. Tabs between the fields, \N for NULL, backslash escapes. */
#include "encode.h"

#include <inttypes.h>
#include <stdio.h>

__extension__ typedef unsigned __int128 uint128;

static const uint64_t second_us = 1000000;
static const int64_t day_us = 86400000000;

/* ---- Text of numbers; each into out[ENCODE_NUMBER], the length is returned ---- */

/* With zeros in front until it has `width` digits. */
static size_t
put_digits(char *out, uint64_t value, int width)
{
    char digits[24];
    int n = 0;
    size_t size = 0;

    for (; value || n < width; value /= 10)
        digits[n++] = (char)('0' + (int)(value % 10));
    while (n)
        out[size++] = digits[--n];
    return size;
}

static size_t
put_integer(char *out, int64_t value)
{
    size_t size = value < 0;

    out[0] = '-';
    return size + put_digits(out + size, value < 0 ? -(uint64_t)value : (uint64_t)value, 1);
}

static size_t
put_decimal128(char *out, const uint8_t *bytes, uint32_t scale)
{
    char digits[48];
    size_t n = 0, size = 0;
    uint64_t half[2], low;
    uint128 value;

    memcpy(half, bytes, sizeof half);
    value = (uint128)half[1] << 64 | half[0];
    if (half[1] >> 63) {
        value = -value;
        out[size++] = '-';
    }
    for (; value >> 64; value /= 10)
        digits[n++] = (char)('0' + (int)(value % 10));
    for (low = (uint64_t)value; low || n <= scale; low /= 10)
        digits[n++] = (char)('0' + (int)(low % 10));
    while (n) {
        if (n == scale)
            out[size++] = '.';
        out[size++] = digits[--n];
    }
    return size;
}

static size_t
put_fraction(char *out, uint64_t us)
{
    out[0] = '.';
    return us ? 1 + put_digits(out + 1, us, 6) : 0;
}

/* Hours may be many. */
static size_t
put_clock(char *out, uint64_t us)
{
    uint64_t seconds = us / second_us;
    size_t size = put_digits(out, seconds / 3600, 2);

    out[size++] = ':';
    size += put_digits(out + size, seconds / 60 % 60, 2);
    out[size++] = ':';
    size += put_digits(out + size, seconds % 60, 2);
    return size + put_fraction(out + size, us % second_us);
}

/* Year, month and day of days since 1970-01-01; the year before 1 is 0. */
static void
civil(int64_t days, int64_t *ret_year, int *ret_month, int *ret_day)
{
    int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097, of_era = z - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100), mp = (5 * of_year + 2) / 153;

    *ret_day = (int)(of_year - (153 * mp + 2) / 5 + 1);
    *ret_month = (int)(mp < 10 ? mp + 3 : mp - 9);
    *ret_year = year + era * 400 + (*ret_month <= 2);
}

static size_t
put_instant(char *out, int64_t days, int64_t us, const char *zone, bool has_clock)
{
    int64_t year;
    int month, day;
    size_t size;

    civil(days, &year, &month, &day);
    size = put_digits(out, (uint64_t)(year > 0 ? year : 1 - year), 4);
    out[size++] = '-';
    size += put_digits(out + size, (uint64_t)month, 2);
    out[size++] = '-';
    size += put_digits(out + size, (uint64_t)day, 2);
    if (has_clock) {
        out[size++] = ' ';
        size += put_clock(out + size, (uint64_t)us);
    }
    for (; *zone; zone++)
        out[size++] = *zone;
    if (year <= 0) {
        memcpy(out + size, " BC", 3);
        size += 3;
    }
    return size;
}

static size_t
put_timestamp(char *out, int64_t value, const char *zone)
{
    int64_t us = value % day_us, days = value / day_us;

    if (us < 0) {
        us += day_us;
        days--;
    }
    return put_instant(out, days, us, zone, true);
}

static size_t
put_timetz(char *out, const uint8_t *bytes)
{
    int32_t west = (int32_t)encode_le32(bytes + 8);
    uint32_t away = (uint32_t)(west < 0 ? -west : west);
    size_t size = put_clock(out, encode_le64(bytes));

    return size + (size_t)snprintf(out + size, ENCODE_NUMBER - size, "%c%02u:%02u:%02u",
                                   west > 0 ? '-' : '+', away / 3600, away / 60 % 60, away % 60);
}

/* Each field with its own sign, as the server's style "postgres" reads it back exactly. */
static size_t
put_interval(char *out, const uint8_t *bytes)
{
    int64_t us = (int64_t)encode_le64(bytes);
    int32_t days = (int32_t)encode_le32(bytes + 8), months = (int32_t)encode_le32(bytes + 12);
    int n = snprintf(out, ENCODE_NUMBER, "%" PRId32 " mons %" PRId32 " days %s", months, days,
                     us < 0 ? "-" : "+");

    return (size_t)n + put_clock(out + n, us < 0 ? -(uint64_t)us : (uint64_t)us);
}

static size_t
put_uuid(char *out, const uint8_t *bytes)
{
    static const char hex[] = "0123456789abcdef";
    size_t size = 0;

    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            out[size++] = '-';
        out[size++] = hex[bytes[i] >> 4];
        out[size++] = hex[bytes[i] & 15];
    }
    return size;
}

static size_t
put_real(const struct encoder *e, const struct encode_column *c, int64_t bits, char *out)
{
    uint32_t narrow_bits = (uint32_t)bits;
    double value;
    float narrow;

    memcpy(&value, &bits, sizeof value);
    memcpy(&narrow, &narrow_bits, sizeof narrow);
    return e->host->real_text(c->layout == PD_LAYOUT_F32 ? (double)narrow : value, out);
}

/* Minor units; the session's lc_monetary is C, which has two digits after the point. */
static size_t
put_money(char *out, int64_t value)
{
    uint64_t units = value < 0 ? -(uint64_t)value : (uint64_t)value;

    return (size_t)snprintf(out, ENCODE_NUMBER, "%s%" PRIu64 ".%02" PRIu64, value < 0 ? "-" : "",
                            units / 100, units % 100);
}

static size_t
put_number(const struct encoder *e, const struct encode_column *c, const struct encode_cell *cell,
           char *out)
{
    switch (c->as.kind) {
    case PD_KIND_BOOL:
        out[0] = cell->number ? 't' : 'f';
        return 1;
    case PD_KIND_FLOAT32:
    case PD_KIND_FLOAT64:
        return put_real(e, c, cell->number, out);
    case PD_KIND_DECIMAL:
        return put_decimal128(out, cell->bytes, (uint32_t)c->as.scale);
    case PD_KIND_DATE:
        return put_instant(out, cell->number, 0, "", false);
    case PD_KIND_TIME:
        return put_clock(out, (uint64_t)cell->number);
    case PD_KIND_TIMETZ:
        return put_timetz(out, cell->bytes);
    case PD_KIND_TIMESTAMP:
        return put_timestamp(out, cell->number, "");
    case PD_KIND_TIMESTAMPTZ:
        return put_timestamp(out, cell->number, "+00");
    case PD_KIND_INTERVAL:
        return put_interval(out, cell->bytes);
    case PD_KIND_UUID:
        return put_uuid(out, cell->bytes);
    case PD_KIND_MONEY:
        return put_money(out, cell->number);
    default:
        return put_integer(out, cell->number);
    }
}

/* ---- Text of text, with what COPY takes for its own escaped ---- */

static char
escape_of(uint8_t c)
{
    static const char letters[] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\v'] = 'v', ['\f'] = 'f', ['\r'] = 'r'};

    if (c == '\\')
        return '\\';
    return c < sizeof letters ? letters[c] : 0;
}

static void
put_text(struct encoder *e, const struct encode_column *c, const uint8_t *bytes, size_t size)
{
    while (size) {
        size_t n = size < ENCODE_SLICE ? size : ENCODE_SLICE;
        uint8_t *out = encode_room(e, 2 * n);

        for (size_t i = 0; i < n; i++) {
            char escape = escape_of(bytes[i]);

            if (escape)
                *out++ = '\\';
            *out++ = escape ? (uint8_t)escape : bytes[i];
        }
        e->size = (size_t)(out - e->out);
        bytes += n;
        size -= n;
    }
}

static void
put_hex(struct encoder *e, const struct encode_column *c, const uint8_t *bytes, size_t size)
{
    static const char hex[] = "0123456789abcdef";

    while (size) {
        size_t n = size < ENCODE_SLICE ? size : ENCODE_SLICE;
        uint8_t *out = encode_room(e, 2 * n);

        for (size_t i = 0; i < n; i++) {
            out[2 * i] = (uint8_t)hex[bytes[i] >> 4];
            out[2 * i + 1] = (uint8_t)hex[bytes[i] & 15];
        }
        e->size += 2 * n;
        bytes += n;
        size -= n;
    }
}

static bool
is_binary(const struct encode_column *c)
{
    return c->as.kind == PD_KIND_BINARY || c->as.kind == PD_KIND_GEOMETRY;
}

static void
put_outlier(struct encoder *e, const struct encode_column *c, const struct encode_cell *cell)
{
    switch (cell->tag) {
    case PD_TAG_POS_INF:
        encode_put(e, "infinity", 8);
        return;
    case PD_TAG_NEG_INF:
        encode_put(e, "-infinity", 9);
        return;
    case PD_TAG_NAN:
        encode_put(e, "NaN", 3);
        return;
    default:
        put_text(e, c, cell->bytes, cell->size);
        return;
    }
}

static void
put_cell(struct encoder *e, const struct encode_column *c, const struct encode_cell *cell)
{
    char number[ENCODE_NUMBER];

    if (cell->is_null)
        encode_put(e, "\\N", 2);
    else if (is_binary(c)) {
        encode_put(e, "\\\\x", 3);
        put_hex(e, c, cell->bytes, cell->size);
    } else if (cell->tag != PD_TAG_PLAIN)
        put_outlier(e, c, cell);
    else if (c->layout == PD_LAYOUT_VAR)
        put_text(e, c, cell->bytes, cell->size);
    else
        encode_put(e, number, put_number(e, c, cell, number));
}

static void
put_long(struct encoder *e, const struct encode_column *c, const struct encode_long *from)
{
    if (is_binary(c))
        encode_put(e, "\\\\x", 3);
    encode_long_slices(e, encode_long_of(c), from, is_binary(c) ? put_hex : put_text, c);
}

void
encode_text_row(struct encoder *e, uint32_t row, const struct encode_long *from)
{
    struct encode_cell cell;

    for (uint32_t k = 0; k < e->n_columns; k++) {
        struct encode_column *c = &e->columns[k];

        if (k)
            encode_put(e, "\t", 1);
        if (from && encode_long_of(c)) {
            put_long(e, c, from);
            continue;
        }
        encode_fetch(c, row, &cell);
        put_cell(e, c, &cell);
    }
    if (e->has_dummy)
        encode_put(e, "\\N", 2);
    encode_put(e, "\n", 1);
}
