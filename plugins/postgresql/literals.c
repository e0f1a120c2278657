// SPDX-License-Identifier: Apache-2.0
/* literals - constants behind DEFAULT, with the casts that the server writes to them, as canonical
   values of their column. What a cast would change is no literal. */
#include "maker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deparse.h"
#include "utf8.h"

enum literal_kind { LITERAL_NULL, LITERAL_BOOL, LITERAL_NUMBER, LITERAL_STRING };
enum { LITERAL_NESTING = 20, CAST_ROOM = 200, NUMBER_ROOM = 1000, NO_MODIFIER = -1 };

struct literal {
    enum literal_kind kind;
    const char *text; /* unquoted; numbers with their sign */
    size_t size;
    size_t n_casts;
    char cast[CAST_ROOM]; /* without its modifier */
    int modifiers[2];
    size_t n_modifiers;
};

struct reading {
    struct maker *m;
    const char *base; /* the column's type without a modifier */
    struct pd_column *column;
    const char *at;
    struct literal literal;
};

typedef bool literal_reader(struct reading *r);

/* ---- Cutting ---- */

static struct deparse_token
peek(const struct reading *r)
{
    const char *at = r->at;

    return deparse_next(&at);
}

static bool
accept_sign(struct reading *r, char sign)
{
    struct deparse_token token = peek(r);

    if (token.kind != DEPARSE_SIGN || *token.text != sign)
        return false;
    deparse_next(&r->at);
    return true;
}

static bool
append_cast(struct literal *literal, const struct deparse_token *token, bool blank)
{
    size_t size = strlen(literal->cast);

    if (size + token->size + 2 > sizeof literal->cast)
        return false;
    if (blank)
        literal->cast[size++] = ' ';
    memcpy(literal->cast + size, token->text, token->size);
    literal->cast[size + token->size] = 0;
    return true;
}

static bool
cut_modifiers(struct reading *r)
{
    struct literal *literal = &r->literal;

    do {
        struct deparse_token token = deparse_next(&r->at);

        if (token.kind != DEPARSE_NUMBER || token.size > 9 || literal->n_modifiers == 2)
            return false;
        literal->modifiers[literal->n_modifiers++] = (int)strtol(token.text, NULL, 10);
    } while (accept_sign(r, ','));
    return accept_sign(r, ')');
}

/* The name of a type: words with blanks between, other tokens without. */
static bool
cut_cast(struct reading *r)
{
    enum deparse_kind before = DEPARSE_SIGN;

    r->literal.n_casts++;
    r->literal.cast[0] = 0;
    for (;;) {
        struct deparse_token token = peek(r);
        bool is_word = token.kind == DEPARSE_WORD;
        bool is_part = token.kind == DEPARSE_SIGN && strchr(".[]", *token.text);

        if (accept_sign(r, '(')) {
            if (!cut_modifiers(r))
                return false;
            continue;
        }
        if (!is_word && !is_part && token.kind != DEPARSE_QUOTED)
            return r->literal.cast[0] != 0;
        if (!append_cast(&r->literal, &token, is_word && before == DEPARSE_WORD))
            return false;
        before = token.kind;
        deparse_next(&r->at);
    }
}

static bool
cut_string(struct reading *r, const struct deparse_token *token)
{
    char *text = maker_alloc(r->m, r->m->pool, token->size);

    if (!text)
        return false;
    r->literal.kind = LITERAL_STRING;
    r->literal.size = deparse_unquote(token, text);
    r->literal.text = text;
    return true;
}

static bool
cut_constant(struct reading *r)
{
    struct literal *literal = &r->literal;
    const char *start = peek(r).text;
    bool minus = accept_sign(r, '-');
    struct deparse_token token = deparse_next(&r->at);

    if (token.kind == DEPARSE_NUMBER && token.text == start + minus) {
        literal->kind = LITERAL_NUMBER;
        literal->text = start;
        literal->size = token.size + minus;
        return true;
    }
    if (minus)
        return false;
    if (token.kind == DEPARSE_STRING || token.kind == DEPARSE_BITS)
        return cut_string(r, &token);
    literal->kind = deparse_is(&token, "NULL") ? LITERAL_NULL : LITERAL_BOOL;
    literal->text = token.text;
    literal->size = token.size;
    return token.kind == DEPARSE_WORD &&
           (literal->kind == LITERAL_NULL || deparse_is(&token, "true") ||
            deparse_is(&token, "false"));
}

/* A constant, or one in parentheses, and its casts. */
static bool
cut_literal(struct reading *r, int nesting)
{
    if (nesting == LITERAL_NESTING)
        return false;
    if (accept_sign(r, '(')) {
        if (!cut_literal(r, nesting + 1) || !accept_sign(r, ')'))
            return false;
    } else if (!cut_constant(r)) {
        return false;
    }
    while (peek(r).kind == DEPARSE_CAST) {
        deparse_next(&r->at);
        if (!cut_cast(r))
            return false;
    }
    return true;
}

/* ---- Results ---- */

static bool
set_bytes(struct reading *r, int tag, const char *text, size_t size)
{
    struct pd_column *column = r->column;

    column->default_text = pd_pool_copy(r->m->pool, text, size);
    if (!column->default_text) {
        r->m->status = pg_no_memory(r->m->host, r->m->err);
        return false;
    }
    column->default_kind = PD_DEFAULT_LITERAL;
    column->default_tag = (uint16_t)tag;
    column->default_size = (uint32_t)size;
    return true;
}

static bool
set_text(struct reading *r, const char *text)
{
    return set_bytes(r, PD_TAG_TEXT, text, strlen(text));
}

static bool
cast_is(const struct literal *literal, const char *type)
{
    return literal->n_casts == 1 && strcmp(literal->cast, type) == 0;
}

/* ---- Numbers ---- */

/* Does it pass unchanged through the cast, if there is one? */
static bool
is_number(const struct reading *r)
{
    static const char *const exact[] = {"smallint", "integer", "bigint", "numeric"};
    const struct literal *literal = &r->literal;
    bool is_whole = !memchr(literal->text, '.', literal->size);

    if (literal->kind != LITERAL_NUMBER && literal->kind != LITERAL_STRING)
        return false;
    if (literal->n_casts == 0)
        return literal->kind == LITERAL_NUMBER;
    if (cast_is(literal, r->base) && literal->n_modifiers == 0)
        return true;
    for (size_t i = 0; i < 4; i++) {
        if (cast_is(literal, exact[i]))
            return literal->n_modifiers == 0 && (is_whole || i == 3);
    }
    return false;
}

/* An optional sign and digits, a point among them. */
static bool
split_decimal(const struct literal *literal, bool *minus, const char **digits, size_t *n_whole,
              size_t *n_fraction)
{
    const char *text = literal->text, *end = text + literal->size, *point;

    *minus = text < end && *text == '-';
    text += *minus;
    while (end - text > 1 && *text == '0' && text[1] != '.')
        text++;
    point = memchr(text, '.', (size_t)(end - text));
    *digits = text;
    *n_whole = (size_t)((point ? point : end) - text);
    *n_fraction = point ? (size_t)(end - point) - 1 : 0;
    for (size_t i = 0; i < (size_t)(end - text); i++) {
        if ((text[i] < '0' || text[i] > '9') && text + i != point)
            return false;
    }
    return *n_whole + *n_fraction > 0;
}

static bool
read_integer(struct reading *r)
{
    char number[32];
    const char *digits;
    size_t n_whole, n_fraction;
    int64_t value;
    bool minus;
    int size;

    if (!is_number(r) || !split_decimal(&r->literal, &minus, &digits, &n_whole, &n_fraction) ||
        n_fraction || n_whole > 19 || n_whole == 0)
        return false;
    snprintf(number, sizeof number, "%s%.*s", minus ? "-" : "", (int)n_whole, digits);
    errno = 0;
    value = strtoll(number, NULL, 10);
    if (errno)
        return false;
    size = snprintf(number, sizeof number, "%lld", (long long)value);
    return set_bytes(r, PD_TAG_INT, number, (size_t)size);
}

static bool
is_word(const struct literal *literal, const char *text)
{
    return literal->size == strlen(text) && memcmp(literal->text, text, literal->size) == 0;
}

static bool
is_special(const struct literal *literal)
{
    return literal->kind == LITERAL_STRING &&
           (is_word(literal, "NaN") || is_word(literal, "Infinity") ||
            is_word(literal, "-Infinity"));
}

/* Digits behind the point as the column keeps them; false: some would be lost. */
static bool
fit_scale(const struct reading *r, const char *fraction, size_t *n_fraction, size_t *n_zeros)
{
    const struct pd_type *type = &r->column->type;
    const struct literal *literal = &r->literal;
    size_t scale = type->scale > 0 ? (size_t)type->scale : 0;

    if (literal->n_modifiers && *n_fraction > (size_t)literal->modifiers[1])
        return false;
    *n_zeros = 0;
    if (type->kind == PD_KIND_DECIMAL && type->precision == 0)
        return literal->n_modifiers == 0;
    while (*n_fraction > scale && fraction[*n_fraction - 1] == '0')
        --*n_fraction;
    *n_zeros = scale - *n_fraction;
    return *n_fraction <= scale && type->scale >= 0;
}

static bool
write_decimal(struct reading *r, bool minus, const char *digits, size_t n_whole, size_t n_fraction)
{
    const char *fraction = digits + n_whole + 1;
    bool is_zero = strspn(digits, "0.") >= n_whole + n_fraction + (n_fraction > 0);
    char number[NUMBER_ROOM];
    size_t n_zeros;
    int size;

    if (n_whole + n_fraction > NUMBER_ROOM / 4 || r->column->type.scale > NUMBER_ROOM / 4 ||
        !fit_scale(r, fraction, &n_fraction, &n_zeros))
        return false;
    size = snprintf(number, sizeof number, "%s%.*s%s%.*s%0*d", minus && !is_zero ? "-" : "",
                    n_whole ? (int)n_whole : 1, n_whole ? digits : "0",
                    n_fraction + n_zeros ? "." : "", (int)n_fraction, n_fraction ? fraction : "",
                    (int)n_zeros, 0);
    /* %0*d writes one digit even where none is wanted. */
    return set_bytes(r, PD_TAG_TEXT, number, (size_t)size - (n_zeros == 0));
}

static bool
read_decimal(struct reading *r)
{
    struct literal *literal = &r->literal;
    size_t n_modifiers = literal->n_modifiers;
    const char *digits;
    size_t n_whole, n_fraction;
    bool minus, is_cast;

    if (is_special(literal))
        return cast_is(literal, "numeric") && !n_modifiers && r->column->type.precision == 0 &&
               r->column->type.kind == PD_KIND_DECIMAL &&
               set_bytes(r, PD_TAG_TEXT, literal->text, literal->size);
    /* numeric(10,2) is looked at by fit_scale() */
    is_cast = cast_is(literal, "numeric") && (n_modifiers == 2 || n_modifiers == 0);
    if ((!is_cast && !is_number(r)) || literal->kind == LITERAL_BOOL)
        return false;
    return split_decimal(literal, &minus, &digits, &n_whole, &n_fraction) &&
           write_decimal(r, minus, digits, n_whole, n_fraction);
}

static bool
read_float(struct reading *r)
{
    const struct literal *literal = &r->literal;
    char text[NUMBER_ROOM], number[64];
    char *end;
    double value;
    size_t size;

    if (literal->size >= sizeof text || !literal->size)
        return false;
    if (!is_number(r) && !(cast_is(literal, "double precision") && !is_special(literal)))
        return false;
    if (is_special(literal))
        return set_bytes(r, PD_TAG_REAL, literal->text, literal->size);
    memcpy(text, literal->text, literal->size);
    text[literal->size] = 0;
    value = strtod(text, &end);
    if (*end)
        return false;
    size = r->m->host->real_text(value, number);
    return set_bytes(r, PD_TAG_REAL, number, size);
}

static bool
read_bool(struct reading *r)
{
    const struct literal *literal = &r->literal;

    return literal->kind == LITERAL_BOOL && literal->n_casts == 0 &&
           set_bytes(r, PD_TAG_INT, *literal->text == 't' ? "1" : "0", 1);
}

/* ---- Text ---- */

/* The column's own type prints it, and reads it again. */
static bool
read_same(struct reading *r)
{
    const struct literal *literal = &r->literal;
    bool is_changed = r->column->type.kind == PD_KIND_ARRAY && strchr(r->column->native, '(');

    return literal->kind == LITERAL_STRING && cast_is(literal, r->base) && !literal->n_modifiers &&
           !is_changed && set_bytes(r, PD_TAG_TEXT, literal->text, literal->size);
}

static bool
is_text_cast(const struct reading *r)
{
    const struct literal *literal = &r->literal;

    if (r->column->type.kind == PD_KIND_CHAR && cast_is(literal, "character"))
        return true;
    return cast_is(literal, r->base) || cast_is(literal, "\"text\"") ||
           cast_is(literal, "character varying");
}

static bool
read_text(struct reading *r)
{
    const struct literal *literal = &r->literal;
    const struct pd_type *type = &r->column->type;
    size_t size = literal->size, n_characters;

    if (literal->kind != LITERAL_STRING || !is_text_cast(r))
        return false;
    while (type->kind == PD_KIND_CHAR && size && literal->text[size - 1] == ' ')
        size--;
    n_characters = utf8_characters(literal->text, size);
    if ((literal->n_modifiers && n_characters > (size_t)literal->modifiers[0]) ||
        (type->length && n_characters > type->length))
        return false;
    return set_bytes(r, PD_TAG_TEXT, literal->text, size);
}

static int
hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* '\x00ff' */
static bool
read_bytes(struct reading *r)
{
    const struct literal *literal = &r->literal;
    size_t n = literal->size / 2;
    char *bytes;

    if (literal->kind != LITERAL_STRING || !cast_is(literal, r->base) || literal->size % 2 ||
        n == 0 || memcmp(literal->text, "\\x", 2) != 0)
        return false;
    bytes = maker_alloc(r->m, &r->m->scratch, n);
    for (size_t i = 1; bytes && i < n; i++) {
        int high = hex_value(literal->text[2 * i]), low = hex_value(literal->text[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        bytes[i - 1] = (char)(high * 16 + low);
    }
    return bytes && set_bytes(r, PD_TAG_BYTES, bytes, n - 1);
}

static bool
read_bits(struct reading *r)
{
    const struct literal *literal = &r->literal;
    const struct pd_type *type = &r->column->type;
    bool fits = type->kind == PD_KIND_BIT ? literal->size == type->length
                                          : !type->length || literal->size <= type->length;

    if (literal->kind != LITERAL_STRING || literal->n_modifiers ||
        (!cast_is(literal, r->base) && !cast_is(literal, "\"bit\"")))
        return false;
    return fits && strspn(literal->text, "01") == literal->size &&
           set_bytes(r, PD_TAG_TEXT, literal->text, literal->size);
}

/* ---- Times ---- */

static bool
read_time(struct reading *r)
{
    const struct literal *literal = &r->literal;
    const struct pd_type *type = &r->column->type;
    const char *point;
    size_t n_digits;

    if (literal->kind != LITERAL_STRING || !cast_is(literal, r->base))
        return false;
    point = memchr(literal->text, '.', literal->size);
    n_digits = point ? strspn(point + 1, "0123456789") : 0;
    if ((type->precision >= 0 && n_digits > (size_t)type->precision) ||
        (literal->n_modifiers && n_digits > (size_t)literal->modifiers[0]))
        return false;
    return set_bytes(r, PD_TAG_TEXT, literal->text, literal->size);
}

struct interval {
    int64_t months;
    int64_t days;
    int64_t us;
};

/* "-12:34:56.5" behind whose hours the colon was seen. */
static bool
read_clock(const char **at, int64_t hours, bool minus, struct interval *interval)
{
    char *end;
    long minutes = strtol(*at, &end, 10), seconds;
    int64_t us = 0, unit = 100000;

    if (*end != ':')
        return false;
    seconds = strtol(end + 1, &end, 10);
    if (*end == '.') {
        for (end++; *end >= '0' && *end <= '9'; end++, unit /= 10)
            us += (*end - '0') * unit;
    }
    us += ((hours * 60 + minutes) * 60 + seconds) * 1000000;
    interval->us = minus ? -us : us;
    *at = end;
    return true;
}

/* "1 year 2 mons -3 days +04:05:06.5", as the server writes it. */
static bool
split_interval(const char *at, struct interval *interval)
{
    static const struct {
        const char *unit;
        int64_t months;
        int64_t days;
    } units[] = {{"year", 12, 0}, {"mon", 1, 0}, {"day", 0, 1}};

    while (*at) {
        char *end;
        bool minus = *at == '-', is_unit = false;
        int64_t number = strtoll(at, &end, 10);

        if (end == at)
            return false;
        at = end + 1;
        if (*end == ':')
            return read_clock(&at, minus ? -number : number, minus, interval) && !*at;
        for (size_t i = 0; *end == ' ' && i < 3 && !is_unit; i++) {
            is_unit = strncmp(at, units[i].unit, strlen(units[i].unit)) == 0;
            interval->months += is_unit ? number * units[i].months : 0;
            interval->days += is_unit ? number * units[i].days : 0;
        }
        if (!is_unit)
            return false;
        at += strcspn(at, " ");
        at += strspn(at, " ");
    }
    return true;
}

static bool
read_interval(struct reading *r)
{
    const struct literal *literal = &r->literal;
    struct interval interval = {0};
    char text[96];
    uint64_t us;
    int n;

    if (literal->kind != LITERAL_STRING || !cast_is(literal, "interval") || literal->n_modifiers ||
        strcmp(r->column->native, "interval") != 0 || !split_interval(literal->text, &interval))
        return false;
    us = interval.us < 0 ? 0 - (uint64_t)interval.us : (uint64_t)interval.us;
    n = snprintf(text, sizeof text, "P%lldM%lldDT%s%llu.%06llu", (long long)interval.months,
                 (long long)interval.days, interval.us < 0 ? "-" : "",
                 (unsigned long long)(us / 1000000), (unsigned long long)(us % 1000000));
    while (text[n - 1] == '0')
        n--;
    n -= text[n - 1] == '.';
    memcpy(text + n, "S", 2);
    return set_text(r, text);
}

/* ---- By the column's kind ---- */

static literal_reader *const readers[PD_KIND_COUNT_] = {
    [PD_KIND_BOOL] = read_bool,        [PD_KIND_INT16] = read_integer,
    [PD_KIND_INT32] = read_integer,    [PD_KIND_INT64] = read_integer,
    [PD_KIND_UINT64] = read_integer,   [PD_KIND_OID] = read_integer,
    [PD_KIND_FLOAT32] = read_float,    [PD_KIND_FLOAT64] = read_float,
    [PD_KIND_DECIMAL] = read_decimal,  [PD_KIND_TEXT] = read_text,
    [PD_KIND_CHAR] = read_text,        [PD_KIND_BINARY] = read_bytes,
    [PD_KIND_DATE] = read_same,        [PD_KIND_TIME] = read_time,
    [PD_KIND_TIMETZ] = read_time,      [PD_KIND_TIMESTAMP] = read_time,
    [PD_KIND_TIMESTAMPTZ] = read_time, [PD_KIND_INTERVAL] = read_interval,
    [PD_KIND_JSON] = read_same,        [PD_KIND_JSONB] = read_same,
    [PD_KIND_XML] = read_same,         [PD_KIND_UUID] = read_same,
    [PD_KIND_BIT] = read_bits,         [PD_KIND_VARBIT] = read_bits,
    [PD_KIND_ENUM] = read_same,        [PD_KIND_INET] = read_same,
    [PD_KIND_CIDR] = read_same,        [PD_KIND_MACADDR] = read_same,
    [PD_KIND_MACADDR8] = read_same,    [PD_KIND_ARRAY] = read_same,
    [PD_KIND_MONEY] = read_decimal,    [PD_KIND_OPAQUE] = read_same,
};

pd_status
literals_read(struct maker *m, const char *base, struct pd_column *column)
{
    struct reading r = {.m = m, .base = base, .column = column, .at = column->default_native};
    literal_reader *reader = readers[column->type.kind];

    if (!cut_literal(&r, 0) || peek(&r).kind != DEPARSE_END)
        return PD_UNSUPPORTED;
    if (r.literal.kind == LITERAL_NULL) {
        column->default_kind = PD_DEFAULT_NULL;
        return PD_OK;
    }
    if (!reader || !reader(&r))
        column->default_kind = PD_DEFAULT_NATIVE;
    return PD_OK;
}
