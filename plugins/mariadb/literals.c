// SPDX-License-Identifier: Apache-2.0
/* literals - constants behind DEFAULT as canonical values of their column. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "maker.h"

enum { NUMBER_ROOM = 160, BIT_ROOM = 64 };

/* A constant as it was cut. */
struct literal {
    enum lex_kind kind; /* LEX_STRING or LEX_NUMBER */
    const char *text; /* a string's bytes; a number with its sign, or X'ff', b'101' as it stands */
    size_t size;
};

typedef bool literal_reader(struct maker *m, struct pd_column *column,
                            const struct literal *literal);

/* ---- Cutting ---- */

/* A sign belongs to a number only; an introducer (_utf8mb4) says what the session does anyway. To
   long text MySQL gives constants in parentheses alone. */
static bool
cut(struct maker *m, const char *text, struct literal *ret_literal)
{
    struct lex lex;
    bool minus, is_enclosed;

    lex_begin(&lex, text);
    is_enclosed = !m->my->is_mariadb && lex_take(&lex, "(");
    minus = lex_take(&lex, "-");
    if (lex.kind == LEX_NUMBER && !is_enclosed) {
        ret_literal->kind = LEX_NUMBER;
        ret_literal->text = text;
        ret_literal->size = (size_t)(lex.text + lex.size - text);
        lex_step(&lex);
        return lex.kind == LEX_END && (!minus || ret_literal->text[1] != ' ');
    }
    lex_take(&lex, "_utf8mb4");
    if (minus || lex.kind != LEX_STRING)
        return false;
    ret_literal->kind = LEX_STRING;
    ret_literal->text = lex_take_string(&lex, &m->scratch, &ret_literal->size);
    if (!ret_literal->text)
        maker_no_memory(m);
    if (is_enclosed && !lex_take(&lex, ")"))
        return false;
    return ret_literal->text && lex.kind == LEX_END;
}

/* ---- Results ---- */

static bool
set(struct maker *m, struct pd_column *column, int tag, const char *bytes, size_t size)
{
    column->default_text = pd_pool_copy(m->pool, bytes, size);
    if (!column->default_text) {
        maker_no_memory(m);
        return false;
    }
    column->default_kind = PD_DEFAULT_LITERAL;
    column->default_tag = (uint16_t)tag;
    column->default_size = (uint32_t)size;
    return true;
}

/* ---- Numbers ---- */

/* An optional sign, digits without needless zeros, perhaps a point and digits. */
static bool
split(const struct literal *literal, bool *minus, const char **digits, size_t *n_whole,
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
    for (; text < end; text++) {
        if ((*text < '0' || *text > '9') && text != point)
            return false;
    }
    return *n_whole > 0;
}

/* Beyond the integers of a literal its text says what it is. */
static bool
read_integer(struct maker *m, struct pd_column *column, const struct literal *literal)
{
    char number[32];
    const char *digits;
    size_t n_whole, n_fraction;
    int64_t value;
    bool minus;
    int size;

    if (!split(literal, &minus, &digits, &n_whole, &n_fraction) || n_fraction || n_whole > 20)
        return false;
    snprintf(number, sizeof number, "%s%.*s", minus ? "-" : "", (int)n_whole, digits);
    errno = 0;
    value = strtoll(number, NULL, 10);
    if (errno && column->type.kind == PD_KIND_UINT64 && !minus)
        return set(m, column, PD_TAG_TEXT, number, n_whole);
    if (errno)
        return false;
    size = snprintf(number, sizeof number, "%lld", (long long)value);
    return set(m, column, PD_TAG_INT, number, (size_t)size);
}

static bool
read_bool(struct maker *m, struct pd_column *column, const struct literal *literal)
{
    return literal->size == 1 && (*literal->text == '0' || *literal->text == '1') &&
           set(m, column, PD_TAG_INT, literal->text, 1);
}

/* The server shows all digits of the column's scale. */
static bool
read_decimal(struct maker *m, struct pd_column *column, const struct literal *literal)
{
    char number[NUMBER_ROOM];
    const char *digits;
    size_t n_whole, n_fraction;
    bool minus, is_zero;
    int size;

    if (!split(literal, &minus, &digits, &n_whole, &n_fraction) ||
        n_fraction != (size_t)column->type.scale || n_whole + n_fraction > NUMBER_ROOM / 2)
        return false;
    is_zero = strspn(digits, "0.") >= n_whole + n_fraction;
    size = snprintf(number, sizeof number, "%s%.*s", minus && !is_zero ? "-" : "",
                    (int)(n_whole + n_fraction + (n_fraction > 0)), digits);
    return set(m, column, PD_TAG_TEXT, number, (size_t)size);
}

static bool
read_float(struct maker *m, struct pd_column *column, const struct literal *literal)
{
    char text[NUMBER_ROOM], number[64], *end;
    double value;
    size_t size;

    if (literal->size >= sizeof text || !literal->size || strpbrk(literal->text, "xX'"))
        return false;
    memcpy(text, literal->text, literal->size);
    text[literal->size] = 0;
    value = strtod(text, &end);
    if (*end)
        return false;
    size = m->host->real_text(value, number);
    return set(m, column, PD_TAG_REAL, number, size);
}

/* ---- Text and bytes ---- */

static bool
read_text(struct maker *m, struct pd_column *column, const struct literal *literal)
{
    return literal->kind == LEX_STRING && maker_is_utf8(literal->text, literal->size) &&
           set(m, column, PD_TAG_TEXT, literal->text, literal->size);
}

static int
hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* X'00ff', of a blob. */
static bool
read_hex(struct maker *m, struct pd_column *column, const struct literal *literal)
{
    size_t n = literal->size < 3 ? 0 : (literal->size - 3) / 2;
    char *bytes = maker_alloc(m, &m->scratch, n + 1);

    if (!bytes || literal->size < 3 || literal->size % 2 == 0 || literal->text[1] != '\'')
        return false;
    for (size_t i = 0; i < n; i++) {
        int high = hex_value(literal->text[2 + 2 * i]), low = hex_value(literal->text[3 + 2 * i]);

        if (high < 0 || low < 0)
            return false;
        bytes[i] = (char)(high * 16 + low);
    }
    return set(m, column, PD_TAG_BYTES, bytes, n);
}

static bool
read_bytes(struct maker *m, struct pd_column *column, const struct literal *literal)
{
    if (literal->kind == LEX_STRING)
        return set(m, column, PD_TAG_BYTES, literal->text, literal->size);
    return (*literal->text == 'X' || *literal->text == 'x') && read_hex(m, column, literal);
}

/* b'101', without zeros in front. */
static bool
read_bits(struct maker *m, struct pd_column *column, const struct literal *literal)
{
    char bits[BIT_ROOM];
    size_t length = (size_t)column->type.length, n;

    if (literal->kind != LEX_NUMBER || literal->size < 3 || *literal->text != 'b')
        return false;
    n = literal->size - 3;
    if (n > length || length > BIT_ROOM)
        return false;
    memset(bits, '0', length);
    memcpy(bits + length - n, literal->text + 2, n);
    return set(m, column, PD_TAG_TEXT, bits, length);
}

/* ---- Times ---- */

static bool
is_day(const char *text)
{
    static const char days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year, month, day;

    if (sscanf(text, "%4d-%2d-%2d", &year, &month, &day) != 3 || year < 1 || month < 1 ||
        month > 12 || day < 1 || day > days[month - 1])
        return false;
    return month != 2 || day < 29 || (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
}

/* One that the server keeps as it is written. In its year 0 there are days, too, which are called
   otherwise elsewhere. */
static bool
is_odd_day(const char *text)
{
    static const char pattern[] = "dddd-dd-dd";

    for (size_t i = 0; pattern[i]; i++) {
        if (pattern[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != pattern[i])
            return false;
    }
    return !is_day(text) && (memcmp(text, "0000", 4) != 0 || memcmp(text + 5, "00", 2) == 0 ||
                             memcmp(text + 8, "00", 2) == 0);
}

static bool
read_date(struct maker *m, struct pd_column *column, const struct literal *literal)
{
    return literal->kind == LEX_STRING && literal->size == strlen("2020-01-02") &&
           (is_day(literal->text) || is_odd_day(literal->text)) &&
           set(m, column, PD_TAG_TEXT, literal->text, literal->size);
}

/* Without zeros at the end of the fraction. */
static size_t
canonical_size(const struct literal *literal)
{
    size_t size = literal->size;

    if (!memchr(literal->text, '.', size))
        return size;
    while (literal->text[size - 1] == '0')
        size--;
    return size - (literal->text[size - 1] == '.');
}

static bool
read_time(struct maker *m, struct pd_column *column, const struct literal *literal)
{
    return literal->kind == LEX_STRING &&
           set(m, column, PD_TAG_TEXT, literal->text, canonical_size(literal));
}

/* An instant is shown in the session's time zone, which is UTC; one of no calendar has none. */
static bool
read_timestamp(struct maker *m, struct pd_column *column, const struct literal *literal)
{
    char text[48];
    size_t size;

    if (literal->kind != LEX_STRING || literal->size < strlen("2020-01-02 03:04:05") ||
        literal->size > 32 || (!is_day(literal->text) && !is_odd_day(literal->text)))
        return false;
    size = canonical_size(literal);
    memcpy(text, literal->text, size);
    if (column->type.kind == PD_KIND_TIMESTAMPTZ && is_day(literal->text)) {
        memcpy(text + size, "+00", 3);
        size += 3;
    }
    return set(m, column, PD_TAG_TEXT, text, size);
}

/* ---- By the column's kind ---- */

static literal_reader *const readers[PD_KIND_COUNT_] = {
    [PD_KIND_BOOL] = read_bool,
    [PD_KIND_INT8] = read_integer,
    [PD_KIND_INT16] = read_integer,
    [PD_KIND_INT32] = read_integer,
    [PD_KIND_INT64] = read_integer,
    [PD_KIND_UINT8] = read_integer,
    [PD_KIND_UINT16] = read_integer,
    [PD_KIND_UINT32] = read_integer,
    [PD_KIND_UINT64] = read_integer,
    [PD_KIND_YEAR] = read_integer,
    [PD_KIND_FLOAT32] = read_float,
    [PD_KIND_FLOAT64] = read_float,
    [PD_KIND_DECIMAL] = read_decimal,
    [PD_KIND_TEXT] = read_text,
    [PD_KIND_CHAR] = read_text,
    [PD_KIND_JSON] = read_text,
    [PD_KIND_ENUM] = read_text,
    [PD_KIND_SET] = read_text,
    [PD_KIND_UUID] = read_text,
    [PD_KIND_INET4] = read_text,
    [PD_KIND_INET6] = read_text,
    [PD_KIND_BINARY] = read_bytes,
    [PD_KIND_BIT] = read_bits,
    [PD_KIND_DATE] = read_date,
    [PD_KIND_TIME] = read_time,
    [PD_KIND_TIMESTAMP] = read_timestamp,
    [PD_KIND_TIMESTAMPTZ] = read_timestamp,
};

static void
apply(struct maker *m, struct pd_column *column, const struct literal *literal)
{
    literal_reader *reader = readers[column->type.kind];

    if (!reader || !reader(m, column, literal))
        column->default_kind = PD_DEFAULT_NATIVE;
}

void
literals_set(struct maker *m, struct pd_column *column, const char *bytes, size_t size)
{
    struct literal literal = {LEX_STRING, bytes, size};

    apply(m, column, &literal);
}

pd_status
literals_read(struct maker *m, struct pd_column *column)
{
    struct literal literal;

    if (!cut(m, column->default_native, &literal))
        return PD_UNSUPPORTED;
    apply(m, column, &literal);
    return PD_OK;
}
