// SPDX-License-Identifier: Apache-2.0
// literal_settle - is the literal default that a step gives a value of its column? And as what.
#include <string.h>

#include "base/buffer.h"
#include "migrate/literal.h"
#include "model/convert.h"
#include "model/decimal.h"
#include "model/kind.h"
#include "model/promise.h"
#include "model/text.h"
#include "model/value.h"

enum { SHOWN = 40 /* bytes of a default in a message */, YEAR_FIRST = 1901, YEAR_LAST = 2155 };

/* What is being settled. */
struct settling {
    struct pd_column *column;
    struct arena *arena;
    struct pd_error *err;
};

/* ---- Ends ---- */

static pd_status
refuse(const struct settling *s, const char *why)
{
    const struct pd_column *column = s->column;
    bool is_bytes = column->default_tag == PD_TAG_BYTES;
    size_t n = column->default_size < SHOWN ? column->default_size : SHOWN;
    char text[SHOWN + 1], shown[4 * SHOWN];

    memcpy(text, column->default_text, n);
    text[n] = 0;
    error_printable(text, shown, sizeof shown);
    return error_fail(s->err, PD_FAILED, PD_CAUSE_DATA, "its default%s%s%s is no '%s': %s",
                      is_bytes ? "" : " '", is_bytes ? "" : shown, is_bytes ? "" : "'",
                      kind_name(column->type.kind), why);
}

static pd_status
replace(const struct settling *s, int tag, struct buffer *text)
{
    const char *copy = buffer_string(text) ? arena_strdup(s->arena, buffer_string(text)) : NULL;

    if (!copy)
        return error_memory(s->err);
    s->column->default_text = copy;
    s->column->default_size = (uint32_t)text->size;
    s->column->default_tag = (uint16_t)tag;
    return PD_OK;
}

/* Canonical text of the column's type, all of it. */
static bool
is_canonical(const struct pd_column *column, const char *text, size_t size, struct pd_error *err)
{
    struct pd_value value;
    uint8_t bytes[16];

    return value_read(&column->type, text, size, &value, bytes, err) == PD_OK;
}

/* ---- Numbers ---- */

/* However many zeros and whatever sign it is spelt with. */
struct spelt {
    bool negative;
    const char *whole; /* without zeros in front; may be none */
    size_t n_whole;
    const char *fraction; /* without zeros behind */
    size_t n_fraction;
    size_t n_given; /* with zeros */
};

static size_t
count_digits(const char *at, const char *end)
{
    const char *start = at;

    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return (size_t)(at - start);
}

/* false: it is none, or has an exponent. */
static bool
spelt_read(const struct pd_column *column, struct spelt *spelt)
{
    const char *at = column->default_text, *end = at + column->default_size;
    size_t n_digits;

    spelt->negative = at < end && *at == '-';
    at += at < end && (*at == '-' || *at == '+');
    spelt->whole = at;
    spelt->n_whole = n_digits = count_digits(at, end);
    at += spelt->n_whole;
    spelt->fraction = at < end ? at + 1 : at;
    spelt->n_fraction = at < end && *at == '.' ? count_digits(at + 1, end) : 0;
    spelt->n_given = spelt->n_fraction;
    n_digits += spelt->n_fraction;
    if (at < end && *at == '.')
        at += 1 + spelt->n_fraction;
    for (; spelt->n_whole && *spelt->whole == '0'; spelt->n_whole--)
        spelt->whole++;
    while (spelt->n_fraction && spelt->fraction[spelt->n_fraction - 1] == '0')
        spelt->n_fraction--;
    return at == end && n_digits > 0;
}

/* With so many digits behind the point, of which those that count are no more. */
static void
spelt_write(const struct spelt *spelt, size_t scale, struct buffer *out)
{
    if (spelt->negative && spelt->n_whole + spelt->n_fraction > 0)
        buffer_char(out, '-');
    if (spelt->n_whole)
        buffer_append(out, spelt->whole, spelt->n_whole);
    else
        buffer_char(out, '0');
    if (scale)
        buffer_char(out, '.');
    buffer_append(out, spelt->fraction, spelt->n_fraction);
    for (size_t i = spelt->n_fraction; i < scale; i++)
        buffer_char(out, '0');
}

/* Digits behind the point: the type's, or those that are there where it has no number of them. */
static size_t
scale_of(const struct pd_type *type, const struct spelt *spelt)
{
    if (type->kind == PD_KIND_DECIMAL && type->precision == 0)
        return spelt->n_given;
    if (type->kind != PD_KIND_DECIMAL && type->kind != PD_KIND_MONEY)
        return 0;
    return type->scale > 0 ? (size_t)type->scale : 0;
}

/* numeric(3,-2) has hundreds. */
static bool
ends_in_zeros(const struct pd_type *type, const struct spelt *spelt)
{
    size_t n = type->kind == PD_KIND_DECIMAL && type->scale < 0 ? (size_t)-type->scale : 0;

    for (size_t i = 0; i < n && i < spelt->n_whole; i++)
        if (spelt->whole[spelt->n_whole - 1 - i] != '0')
            return false;
    return true;
}

/* Integers of 64 bits are numbers in catalogues, all others are text. */
static int
exact_tag(const struct pd_type *type, const struct buffer *text)
{
    struct decimal decimal;
    int64_t whole;

    return kind_is_integer(type->kind) &&
                   decimal_parse((const char *)text->data, text->size, &decimal) &&
                   decimal_int64(&decimal, &whole)
               ? PD_TAG_INT
               : PD_TAG_TEXT;
}

static pd_status
settle_spelt(const struct settling *s, const struct spelt *spelt)
{
    const struct pd_type *type = &s->column->type;
    size_t scale = scale_of(type, spelt);
    CLEANUP_BUFFER struct buffer text = {0};

    if (spelt->n_fraction > scale)
        return refuse(s, scale ? "it has more digits after the point"
                               : "it has digits after the point");
    if (!ends_in_zeros(type, spelt))
        return refuse(s, "its last digits are not zeros");
    spelt_write(spelt, scale, &text);
    if (!buffer_string(&text))
        return error_memory(s->err);
    if (!is_canonical(s->column, buffer_string(&text), text.size, NULL))
        return refuse(s, "it is out of range");
    return replace(s, exact_tag(type, &text), &text);
}

static bool
is_number(const struct pd_column *column)
{
    return column->default_tag == PD_TAG_INT || column->default_tag == PD_TAG_REAL;
}

static bool
is_word(const struct pd_column *column, const char *word)
{
    return column->default_size == strlen(word) &&
           memcmp(column->default_text, word, column->default_size) == 0;
}

/* A float with an exponent. */
static pd_status
settle_real(const struct settling *s)
{
    CLEANUP_BUFFER struct buffer text = {0};
    struct cell cell;
    pd_status status = literal_cell(s->column, s->arena, &cell, s->err);

    if (status != PD_OK)
        return status;
    if (cell.tag != PD_TAG_PLAIN)
        return refuse(s, "it cannot be had exactly");
    text_append(&text, &s->column->type, &cell);
    return replace(s, exact_tag(&s->column->type, &text), &text);
}

static pd_status
settle_exact(const struct settling *s)
{
    struct spelt spelt;

    if (spelt_read(s->column, &spelt))
        return settle_spelt(s, &spelt);
    if (is_number(s->column))
        return settle_real(s);
    if (s->column->type.kind == PD_KIND_DECIMAL && s->column->type.precision == 0 &&
        (is_word(s->column, "NaN") || is_word(s->column, "Infinity") ||
         is_word(s->column, "-Infinity")))
        return PD_OK;
    return refuse(s, "it is no number");
}

static pd_status
settle_year(const struct settling *s)
{
    struct cell cell = {.tag = -1};
    pd_status status = literal_cell(s->column, s->arena, &cell, s->err);

    if (status != PD_OK)
        return status;
    if (cell.tag != PD_TAG_PLAIN ||
        (cell.integer && (cell.integer < YEAR_FIRST || cell.integer > YEAR_LAST)))
        return refuse(s, "it is out of range");
    return PD_OK;
}

static pd_status
settle_bool(const struct settling *s)
{
    static const char *const words[] = {"0", "1", "f", "t", "false", "true"};
    CLEANUP_BUFFER struct buffer text = {0};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!is_word(s->column, words[i]))
            continue;
        buffer_char(&text, i % 2 ? '1' : '0');
        return replace(s, PD_TAG_INT, &text);
    }
    return refuse(s, "true and false are its values");
}

/* In as few digits as say them. Whole numbers stay whole in a column that has both. */
static pd_status
settle_float(const struct settling *s)
{
    const struct pd_column *column = s->column;
    CLEANUP_BUFFER struct buffer text = {0};
    struct spelt spelt;
    struct cell cell;
    pd_status status;

    if ((column->default_tag == PD_TAG_REAL || column->type.kind != PD_KIND_NUMBER) &&
        spelt_read(column, &spelt)) {
        bool is_zero = spelt.n_whole + spelt.n_fraction == 0;

        if (is_zero && spelt.negative)
            buffer_char(&text, '-');
        spelt_write(&spelt, spelt.n_fraction ? spelt.n_fraction : 1, &text);
        if (!buffer_string(&text))
            return error_memory(s->err);
        if (!is_canonical(column, buffer_string(&text), text.size, NULL))
            return refuse(s, "it cannot be had exactly");
        return replace(s, PD_TAG_REAL, &text);
    }
    status = literal_cell(column, s->arena, &cell, s->err);
    if (status == PD_OK && column->type.kind != PD_KIND_NUMBER && cell.tag != PD_TAG_PLAIN)
        return refuse(s, is_number(column) ? "it cannot be had exactly" : "it is no number");
    return status;
}

/* ---- All others ---- */

static pd_status
settle_bytes(const struct settling *s)
{
    const struct pd_type *type = &s->column->type;

    switch (type->kind) {
    case PD_KIND_BINARY:
        if (type->length && s->column->default_size > type->length)
            return refuse(s, "it is too long");
        return PD_OK;
    case PD_KIND_GEOMETRY:
    case PD_KIND_NUMBER:
    case PD_KIND_ANY:
        return PD_OK;
    default:
        return refuse(s, "bytes are no value of it");
    }
}

static bool
has_seconds(int kind)
{
    return kind == PD_KIND_TIME || kind == PD_KIND_TIMETZ || kind == PD_KIND_TIMESTAMP ||
           kind == PD_KIND_TIMESTAMPTZ;
}

static pd_status
settle_text(const struct settling *s)
{
    const struct pd_column *column = s->column;
    const struct pd_type *type = &column->type;
    const char *point = memchr(column->default_text, '.', column->default_size);
    bool is_day = type->kind == PD_KIND_DATE || type->kind == PD_KIND_TIMESTAMP ||
                  type->kind == PD_KIND_TIMESTAMPTZ;

    if (type->kind == PD_KIND_BINARY || type->kind == PD_KIND_GEOMETRY)
        return refuse(s, "bytes are its values, not text");
    if (is_day && (is_word(column, "infinity") || is_word(column, "-infinity")))
        return PD_OK;
    if (!is_canonical(column, column->default_text, column->default_size, s->err))
        return error_prefix(s->err, PD_FAILED, "its default");
    if (kind_class(type->kind) == PD_CLASS_JSON &&
        !promise_is_kept(PD_KIND_JSON, (const uint8_t *)column->default_text, column->default_size))
        return refuse(s, "it is no JSON");
    if (has_seconds(type->kind) && type->precision >= 0 && point &&
        count_digits(point + 1, column->default_text + column->default_size) >
            (size_t)type->precision)
        return refuse(s, "it has more digits of a second");
    return PD_OK;
}

pd_status
literal_settle(struct pd_column *column, struct arena *arena, struct pd_error *err)
{
    const struct settling s = {column, arena, err};
    int kind = column->type.kind;

    if (column->default_kind != PD_DEFAULT_LITERAL || !column->default_text)
        return PD_OK;
    if (column->default_tag == PD_TAG_BYTES)
        return settle_bytes(&s);
    if (kind == PD_KIND_BOOL)
        return settle_bool(&s);
    if (kind == PD_KIND_YEAR)
        return settle_year(&s);
    if (kind_is_integer(kind) || kind == PD_KIND_DECIMAL || kind == PD_KIND_MONEY)
        return settle_exact(&s);
    if (kind == PD_KIND_FLOAT32 || kind == PD_KIND_FLOAT64 ||
        (kind == PD_KIND_NUMBER && is_number(column)))
        return settle_float(&s);
    if (kind == PD_KIND_NUMBER || kind == PD_KIND_ANY)
        return PD_OK;
    return settle_text(&s);
}
