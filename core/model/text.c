// SPDX-License-Identifier: Apache-2.0
// text - canonical text of every kind, written and read.
#include "model/text.h"

#include <stdio.h>
#include <string.h>

#include "model/decimal.h"
#include "model/kind.h"
#include "model/text_real.h"
#include "model/text_time.h"
#include "model/values.h"

static const char hex_digits[] = "0123456789abcdef";

static void
append_integer(struct buffer *out, int128 value, unsigned scale)
{
    char text[DECIMAL_TEXT_SIZE];

    buffer_append(out, text, decimal_write(value, scale, text));
}

static void
append_real(struct buffer *out, double real)
{
    char text[32];

    buffer_append(out, text, text_real(real, text));
}

static void
append_hex(struct buffer *out, const uint8_t *bytes, size_t size)
{
    uint8_t *room = buffer_reserve(out, size * 2);

    if (!room)
        return;
    for (size_t i = 0; i < size; i++) {
        room[2 * i] = (uint8_t)hex_digits[bytes[i] >> 4];
        room[2 * i + 1] = (uint8_t)hex_digits[bytes[i] & 15];
    }
    out->size += size * 2;
}

/* Money keeps its minor units behind the point. */
static unsigned
integer_scale(const struct pd_type *type)
{
    if (type->kind != PD_KIND_MONEY || type->scale < 0 || type->scale > DECIMAL_MAX_SCALE)
        return 0;
    return (unsigned)type->scale;
}

static void
append_whole(struct buffer *out, const struct pd_type *type, const struct cell *cell)
{
    if (type->kind == PD_KIND_YEAR)
        buffer_printf(out, "%04d", (int)cell->integer);
    else if (type->kind == PD_KIND_UINT64)
        append_integer(out, (int128)(uint64_t)cell->integer, 0);
    else
        append_integer(out, cell->integer, integer_scale(type));
}

static void
append_float32(struct buffer *out, double real)
{
    char text[32];

    buffer_append(out, text, text_real32((float)real, text));
}

static void
append_time(struct buffer *out, const struct pd_type *type, const struct cell *cell)
{
    struct text_time time = {.value = cell->integer};
    char text[TEXT_TIME_SIZE];

    if (cell->bytes)
        time.value = (int64_t)values_le64(cell->bytes);
    if (type->kind == PD_KIND_TIMETZ) {
        time.west = (int32_t)values_le32(cell->bytes + 8);
    } else if (type->kind == PD_KIND_INTERVAL) {
        time.days = (int32_t)values_le32(cell->bytes + 8);
        time.months = (int32_t)values_le32(cell->bytes + 12);
    }
    buffer_append(out, text, text_time_write(type->kind, &time, text));
}

static void
append_uuid(struct buffer *out, const uint8_t *bytes)
{
    static const uint8_t groups[] = {4, 2, 2, 2, 6};

    for (size_t i = 0; i < sizeof groups; i++) {
        if (i)
            buffer_char(out, '-');
        append_hex(out, bytes, groups[i]);
        bytes += groups[i];
    }
}

static void
append_plain(struct buffer *out, const struct pd_type *type, const struct cell *cell)
{
    switch (kind_class(type->kind)) {
    case PD_CLASS_BOOL:
        buffer_char(out, cell->integer ? 't' : 'f');
        return;
    case PD_CLASS_INTEGER:
        append_whole(out, type, cell);
        return;
    case PD_CLASS_FLOAT:
        if (type->kind == PD_KIND_FLOAT32)
            append_float32(out, cell->real);
        else
            append_real(out, cell->real);
        return;
    case PD_CLASS_DECIMAL:
        if (kind_layout(type) == PD_LAYOUT_I128)
            append_integer(out, values_int128(cell->bytes), (unsigned)type->scale);
        else
            buffer_append(out, cell->bytes, cell->size);
        return;
    case PD_CLASS_BYTES:
    case PD_CLASS_GEOMETRY:
        append_hex(out, cell->bytes, cell->size);
        return;
    case PD_CLASS_DATE:
    case PD_CLASS_TIME:
    case PD_CLASS_TIMESTAMP:
    case PD_CLASS_INSTANT:
    case PD_CLASS_TIMETZ:
    case PD_CLASS_INTERVAL:
        append_time(out, type, cell);
        return;
    case PD_CLASS_UUID:
        append_uuid(out, cell->bytes);
        return;
    default:
        buffer_append(out, cell->bytes, cell->size);
    }
}

/* A value of a storage class, or an outlier: what can be said of it without its kind. */
static void
append_tagged(struct buffer *out, const struct pd_type *type, const struct cell *cell)
{
    bool is_decimal = type->kind == PD_KIND_DECIMAL; /* spelt as a float's */

    switch (cell->tag) {
    case PD_TAG_INT:
        append_integer(out, cell->integer, 0);
        return;
    case PD_TAG_REAL:
        append_real(out, cell->real);
        return;
    case PD_TAG_BYTES:
        append_hex(out, cell->bytes, cell->size);
        return;
    case PD_TAG_POS_INF:
        buffer_text(out, is_decimal ? "Infinity" : "infinity");
        return;
    case PD_TAG_NEG_INF:
        buffer_text(out, is_decimal ? "-Infinity" : "-infinity");
        return;
    case PD_TAG_NAN:
        buffer_text(out, "NaN");
        return;
    case PD_TAG_ENUM0:
        buffer_text(out, "#0");
        return;
    default:
        buffer_append(out, cell->bytes, cell->size);
    }
}

/* Storage classes of `any`: the letter in front of the text. */
static const char any_letters[] = {
    [PD_TAG_INT] = 'i', [PD_TAG_REAL] = 'r', [PD_TAG_TEXT] = 't', [PD_TAG_BYTES] = 'x'};

void
text_append(struct buffer *out, const struct pd_type *type, const struct cell *cell)
{
    if (cell->tag < 0)
        return;
    if (cell->tag == PD_TAG_PLAIN) {
        append_plain(out, type, cell);
        return;
    }
    if (type->kind == PD_KIND_ANY && cell->tag <= PD_TAG_BYTES) {
        buffer_char(out, any_letters[cell->tag]);
        buffer_char(out, ':');
    }
    append_tagged(out, type, cell);
}

/* What is being parsed, and where bytes may be kept. */
struct parse {
    const struct pd_type *type;
    const char *text;
    size_t size;
    struct buffer *scratch;
    struct cell *cell;
};

static bool
keep_bytes(const struct parse *p, const void *bytes, size_t size)
{
    buffer_append(p->scratch, bytes, size);
    p->cell->bytes = p->scratch->data;
    p->cell->size = size;
    return !p->scratch->failed;
}

static bool
parse_bytes(const struct parse *p)
{
    return keep_bytes(p, p->text, p->size);
}

static bool
parse_text(const struct parse *p)
{
    return text_is_utf8(p->text, p->size) && parse_bytes(p);
}

static bool
parse_char(const struct parse *p)
{
    return (p->size == 0 || p->text[p->size - 1] != ' ') && parse_text(p);
}

static bool
parse_bool(const struct parse *p)
{
    p->cell->integer = p->size == 1 && p->text[0] == 't';
    return p->size == 1 && (p->text[0] == 't' || p->text[0] == 'f');
}

static bool
parse_whole(const struct parse *p)
{
    unsigned bits = 8 * kind_width(p->type);
    bool is_unsigned = kind_is_unsigned(p->type->kind);
    int128 low = is_unsigned ? 0 : -((int128)1 << (bits - 1));
    int128 high = ((int128)1 << (is_unsigned ? bits : bits - 1)) - 1;
    struct decimal decimal;
    int128 value;

    if (!decimal_parse(p->text, p->size, &decimal) ||
        decimal.n_fraction != integer_scale(p->type) ||
        !decimal_scaled(&decimal, (unsigned)decimal.n_fraction, &value) || value < low ||
        value > high)
        return false;
    p->cell->integer = (int64_t)(uint64_t)value;
    return true;
}

static bool
parse_year(const struct parse *p)
{
    int year = 0;

    for (size_t i = 0; i < p->size; i++) {
        if (p->text[i] < '0' || p->text[i] > '9' || i >= 4)
            return false;
        year = year * 10 + (p->text[i] - '0');
    }
    p->cell->integer = year;
    return p->size == 4;
}

static bool
parse_real(const struct parse *p)
{
    return text_real_read(p->text, p->size, p->type->kind == PD_KIND_FLOAT32, &p->cell->real);
}

static bool
within_precision(int128 value, int32_t precision)
{
    int128 limit = 1;

    while (precision-- > 0)
        limit *= 10;
    return value > -limit && value < limit;
}

static bool
parse_decimal(const struct parse *p)
{
    unsigned scale = (unsigned)p->type->scale;
    struct decimal decimal;
    uint8_t bytes[16];
    int128 value;

    if (!decimal_parse(p->text, p->size, &decimal))
        return false;
    if (kind_layout(p->type) != PD_LAYOUT_I128)
        return parse_bytes(p);
    if (decimal.n_fraction != scale || !decimal_scaled(&decimal, scale, &value) ||
        !within_precision(value, p->type->precision))
        return false;
    values_put_int128(bytes, value);
    return keep_bytes(p, bytes, sizeof bytes);
}

static bool
parse_number(const struct parse *p)
{
    struct decimal decimal;

    if (decimal_parse(p->text, p->size, &decimal) && decimal_int64(&decimal, &p->cell->integer)) {
        p->cell->tag = PD_TAG_INT;
        return true;
    }
    p->cell->tag = PD_TAG_REAL;
    return parse_real(p);
}

int
text_hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int
hex_value(char c)
{
    const char *at = c ? strchr(hex_digits, c) : NULL;

    return at ? (int)(at - hex_digits) : -1;
}

/* n digits in pairs; false: not lower-case hexadecimal. */
static bool
append_unhexed(struct buffer *out, const char *text, size_t size)
{
    uint8_t *room = size % 2 ? NULL : buffer_reserve(out, size / 2 + 1);

    if (!room)
        return false;
    for (size_t i = 0; i < size; i += 2) {
        int high = hex_value(text[i]), low = hex_value(text[i + 1]);

        if (high < 0 || low < 0)
            return false;
        room[i / 2] = (uint8_t)(high << 4 | low);
    }
    out->size += size / 2;
    return true;
}

static bool
parse_hex(const struct parse *p)
{
    if (!append_unhexed(p->scratch, p->text, p->size))
        return false;
    p->cell->bytes = p->scratch->data;
    p->cell->size = p->size / 2;
    return true;
}

static bool
parse_uuid(const struct parse *p)
{
    static const uint8_t groups[] = {8, 4, 4, 4, 12};
    const char *at = p->text;

    if (p->size != 36)
        return false;
    for (size_t i = 0; i < sizeof groups; i++) {
        if ((i && *at++ != '-') || !append_unhexed(p->scratch, at, groups[i]))
            return false;
        at += groups[i];
    }
    p->cell->bytes = p->scratch->data;
    p->cell->size = 16;
    return true;
}

static bool
parse_bit(const struct parse *p)
{
    for (size_t i = 0; i < p->size; i++) {
        if (p->text[i] != '0' && p->text[i] != '1')
            return false;
    }
    return parse_bytes(p);
}

static bool
parse_time(const struct parse *p)
{
    struct text_time time;
    uint8_t bytes[16];
    uint32_t tail[2];

    if (!text_time_read(p->type, p->text, p->size, &time))
        return false;
    p->cell->integer = time.value;
    if (kind_layout(p->type) != PD_LAYOUT_FIXED)
        return true;
    p->cell->integer = 0;
    tail[0] = (uint32_t)(p->type->kind == PD_KIND_TIMETZ ? time.west : time.days);
    tail[1] = (uint32_t)time.months;
    values_put_le64(bytes, (uint64_t)time.value);
    for (int i = 0; i < 8; i++)
        bytes[8 + i] = (uint8_t)(tail[i / 4] >> (8 * (i % 4)));
    return keep_bytes(p, bytes, kind_width(p->type));
}

static bool
parse_any(const struct parse *p)
{
    struct parse rest = *p;

    if (p->size < 2 || p->text[1] != ':')
        return false;
    rest.text += 2;
    rest.size -= 2;
    switch (p->text[0]) {
    case 'i':
        return parse_number(&rest) && p->cell->tag == PD_TAG_INT;
    case 'r':
        p->cell->tag = PD_TAG_REAL;
        return parse_real(&rest);
    case 't':
        p->cell->tag = PD_TAG_TEXT;
        return parse_text(&rest);
    case 'x':
        p->cell->tag = PD_TAG_BYTES;
        return parse_hex(&rest);
    default:
        return false;
    }
}

static bool (*const class_parsers[])(const struct parse *) = {
    [PD_CLASS_BOOL] = parse_bool,       [PD_CLASS_INTEGER] = parse_whole,
    [PD_CLASS_DECIMAL] = parse_decimal, [PD_CLASS_FLOAT] = parse_real,
    [PD_CLASS_TEXT] = parse_text,       [PD_CLASS_BYTES] = parse_hex,
    [PD_CLASS_DATE] = parse_time,       [PD_CLASS_TIME] = parse_time,
    [PD_CLASS_TIMESTAMP] = parse_time,  [PD_CLASS_INSTANT] = parse_time,
    [PD_CLASS_TIMETZ] = parse_time,     [PD_CLASS_INTERVAL] = parse_time,
    [PD_CLASS_UUID] = parse_uuid,       [PD_CLASS_BIT] = parse_bit,
    [PD_CLASS_JSON] = parse_text,       [PD_CLASS_ADDRESS] = parse_text,
    [PD_CLASS_GEOMETRY] = parse_hex,    [PD_CLASS_NATIVE] = parse_text,
};

static bool
parse_plain(const struct parse *p)
{
    switch (p->type->kind) {
    case PD_KIND_NONE:
        return false;
    case PD_KIND_CHAR:
        return parse_char(p);
    case PD_KIND_YEAR:
        return parse_year(p);
    case PD_KIND_NUMBER:
        return parse_number(p);
    case PD_KIND_ANY:
        return parse_any(p);
    default:
        return class_parsers[kind_class(p->type->kind)](p);
    }
}

pd_status
text_parse(const struct pd_type *type, const char *text, size_t size, struct buffer *scratch,
           struct cell *ret_cell, struct pd_error *err)
{
    struct cell cell = {.tag = PD_TAG_PLAIN};
    struct parse parse = {type, text, size, scratch, &cell};
    char start[64], shown[128];

    buffer_clear(scratch);
    if (parse_plain(&parse)) {
        *ret_cell = cell;
        return PD_OK;
    }
    if (scratch->failed)
        return error_memory(err);
    snprintf(start, sizeof start, "%.*s", (int)(size < 60 ? size : 60), text);
    error_printable(start, shown, sizeof shown);
    return error_fail(err, PD_FAILED, PD_CAUSE_DATA,
                      "'%s' is not the canonical text of a value "
                      "of type '%s'",
                      shown, kind_name(type->kind));
}
