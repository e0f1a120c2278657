// SPDX-License-Identifier: Apache-2.0
/* facts_columns - the aggregates of a column: their SQL, and how to read what they give. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "facts.h"

#define DAY_MICROS INT64_C(86400000000)

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

/* ---- Groups ---- */

enum facts_group
facts_group_of(const struct pd_column *column, const struct my_column *plan)
{
    static const uint8_t groups[PD_KIND_COUNT_] = {
        [PD_KIND_BOOL] = FACTS_BOOL,       [PD_KIND_INT8] = FACTS_INT,
        [PD_KIND_INT16] = FACTS_INT,       [PD_KIND_INT32] = FACTS_INT,
        [PD_KIND_INT64] = FACTS_INT,       [PD_KIND_UINT8] = FACTS_INT,
        [PD_KIND_UINT16] = FACTS_INT,      [PD_KIND_UINT32] = FACTS_INT,
        [PD_KIND_UINT64] = FACTS_INT,      [PD_KIND_YEAR] = FACTS_INT,
        [PD_KIND_FLOAT32] = FACTS_REAL,    [PD_KIND_FLOAT64] = FACTS_REAL,
        [PD_KIND_DECIMAL] = FACTS_DECIMAL, [PD_KIND_TEXT] = FACTS_TEXT,
        [PD_KIND_CHAR] = FACTS_TEXT,       [PD_KIND_SET] = FACTS_SET,
        [PD_KIND_JSON] = FACTS_TEXT,       [PD_KIND_ENUM] = FACTS_ENUM,
        [PD_KIND_BINARY] = FACTS_BLOB,     [PD_KIND_GEOMETRY] = FACTS_BLOB,
        [PD_KIND_DATE] = FACTS_DATE,       [PD_KIND_TIME] = FACTS_TIME,
        [PD_KIND_TIMESTAMP] = FACTS_STAMP, [PD_KIND_TIMESTAMPTZ] = FACTS_STAMP,
    };
    enum facts_group group =
        column->type.kind < PD_KIND_COUNT_ ? groups[column->type.kind] : FACTS_OTHER;

    return group == FACTS_TEXT && plan->form == MY_FORM_RAW ? FACTS_RAW : group;
}

uint32_t
facts_class(enum facts_group group)
{
    switch (group) {
    case FACTS_INT:
        return PD_FACT_INTS;
    case FACTS_REAL:
        return PD_FACT_REALS;
    case FACTS_TEXT:
    case FACTS_RAW:
    case FACTS_SET:
        return PD_FACT_TEXTS;
    case FACTS_BLOB:
        return PD_FACT_BLOBS;
    default:
        return 0;
    }
}

/* ---- SQL ---- */

/* The formula is PD_FACT_REAL_CHECK's. */
#define CHECK                                                                                      \
    "SUM(IF(ABS($) < 4611686018427387904e0, CAST(TRUNCATE($, 0) AS SIGNED) % 2147483647 + "        \
    "CAST(TRUNCATE(($ - TRUNCATE($, 0)) * 4503599627370496e0, 0) AS SIGNED) % 2147483647, 0))"
#define LEAST "MIN($)"
#define MOST "MAX($)"
/* The server's year 0 has no leap day, as LAST_DAY() knows, and no zero is a month or day. */
#define CALENDAR "IF(DAYOFMONTH($) BETWEEN 1 AND DAYOFMONTH(LAST_DAY($)), $, NULL)"
#define OCTETS "SUM(OCTET_LENGTH($))"

const struct facts_item *
facts_items(enum facts_group group, size_t *ret_n)
{
    static const struct facts_item items[] = {
        {FACTS_BOOL, PD_FACT_INTS, FACTS_NUMBER, "SUM($ NOT IN (0, 1))", NULL},
        {FACTS_BOOL, PD_FACT_INT_SUM, FACTS_NUMBER, "SUM(IF($ NOT IN (0, 1), $, 0))", NULL},
        {FACTS_BOOL, PD_FACT_TRUES, FACTS_NUMBER, "SUM($ = 1)", NULL},
        {FACTS_INT, PD_FACT_INT_SUM, FACTS_NUMBER, "SUM($)", NULL},
        {FACTS_INT, PD_FACT_INT_MIN, FACTS_EXTREME, LEAST, NULL},
        {FACTS_INT, PD_FACT_INT_MAX, FACTS_EXTREME, MOST, NULL},
        {FACTS_REAL, PD_FACT_REAL_MIN, FACTS_FLOAT, LEAST, NULL},
        {FACTS_REAL, PD_FACT_REAL_MAX, FACTS_FLOAT, MOST, NULL},
        {FACTS_REAL, PD_FACT_REAL_NEGATIVES, FACTS_NUMBER, "SUM($ < 0)", NULL},
        {FACTS_REAL, PD_FACT_REAL_CHECK, FACTS_NUMBER, CHECK, NULL},
        {FACTS_DECIMAL, PD_FACT_DECIMAL_SUM, FACTS_TOTAL, "SUM($)", NULL},
        {FACTS_DECIMAL, PD_FACT_DECIMAL_MIN, FACTS_DIGITS, LEAST, NULL},
        {FACTS_DECIMAL, PD_FACT_DECIMAL_MAX, FACTS_DIGITS, MOST, NULL},
        {FACTS_TEXT, PD_FACT_OCTETS, FACTS_NUMBER, OCTETS, NULL},
        {FACTS_RAW, PD_FACT_OCTETS, FACTS_NUMBER,
         "SUM(IF(?, OCTET_LENGTH(CAST($ AS BINARY)), OCTET_LENGTH(CONVERT($ USING utf8mb4))))",
         NULL},
        {FACTS_ENUM, PD_FACT_TEXTS, FACTS_NUMBER, "SUM($ <> 0)", NULL},
        {FACTS_ENUM, PD_FACT_OCTETS, FACTS_NUMBER, "SUM(OCTET_LENGTH(CONVERT($ USING utf8mb4)))",
         NULL},
        {FACTS_ENUM, PD_FACT_LABEL_CHECK, FACTS_NUMBER, "SUM(CRC32(CONVERT($ USING utf8mb4)))",
         NULL},
        {FACTS_SET, PD_FACT_OCTETS, FACTS_NUMBER, OCTETS, NULL},
        {FACTS_SET, PD_FACT_LABEL_CHECK, FACTS_NUMBER, "SUM(#)", NULL},
        {FACTS_BLOB, PD_FACT_OCTETS, FACTS_NUMBER, OCTETS, NULL},
        {FACTS_DATE, PD_FACT_TIME_MIN, FACTS_DAYS, "MIN(" CALENDAR ")", LEAST},
        {FACTS_DATE, PD_FACT_TIME_MAX, FACTS_DAYS, "MAX(" CALENDAR ")", MOST},
        {FACTS_TIME, PD_FACT_TIME_MIN, FACTS_MICROS, LEAST, NULL},
        {FACTS_TIME, PD_FACT_TIME_MAX, FACTS_MICROS, MOST, NULL},
        {FACTS_STAMP, PD_FACT_TIME_MIN, FACTS_INSTANT, "MIN(" CALENDAR ")", LEAST},
        {FACTS_STAMP, PD_FACT_TIME_MAX, FACTS_INSTANT, "MAX(" CALENDAR ")", MOST},
    };
    size_t first = 0, n = sizeof items / sizeof *items, behind;

    while (first < n && items[first].group != group)
        first++;
    for (behind = first; behind < n && items[behind].group == group;)
        behind++;
    *ret_n = behind - first;
    return items + first;
}

/* Wraps the column's name: what comes before and behind it. */
struct wrap {
    const char *before;
    const char *behind;
};

/* Are its octets those of UTF-8? */
static bool
is_utf8(const struct my_column *plan)
{
    return !plan->collation || strncmp(plan->collation, "utf8", 4) == 0;
}

static struct wrap
wrap_of(enum facts_group group, const struct pd_column *column, const struct my_column *plan)
{
    switch (group) {
    case FACTS_REAL: /* a double with all its digits, whatever the column prints */
        return (struct wrap){"(", " + 0e0)"};
    case FACTS_INT:
        if (plan->form == MY_FORM_YEAR && column->native &&
            strncmp(column->native, "year(2)", 7) == 0)
            return (struct wrap){"(MOD(", " + 30, 100) + 1970)"};
        return (struct wrap){"", ""};
    case FACTS_TEXT:
    case FACTS_SET:
        return is_utf8(plan) ? (struct wrap){"", ""} : (struct wrap){"CONVERT(", " USING utf8mb4)"};
    default:
        return (struct wrap){"", ""};
    }
}

static void
put_wrapped(struct pd_sql *sql, const struct pd_column *column, const struct my_column *plan)
{
    enum facts_group group = facts_group_of(column, plan);
    struct wrap wrap = wrap_of(group, column, plan);

    pd_sql_add(sql, wrap.before);
    if (group == FACTS_SET)
        select_put_set(sql, plan->name, &column->type);
    else
        my_name(sql, plan->name);
    pd_sql_add(sql, wrap.behind);
}

/* Of each label that a set has, whichever their order. */
static void
put_set_check(struct pd_sql *sql, const struct pd_column *column, const struct my_column *plan)
{
    const struct pd_type *type = &column->type;

    pd_sql_add(sql, "0");
    for (size_t i = 0; i < type->n_labels && i < 64; i++) {
        pd_sql_add(sql, " + IF(");
        my_name(sql, plan->name);
        pd_sql_printf(sql, " & %llu, CRC32(", 1ULL << i);
        my_literal(sql, type->labels[i], strlen(type->labels[i]));
        pd_sql_add(sql, "), 0)");
    }
}

void
facts_put(struct pd_sql *sql, const struct facts_item *item, bool hopeful,
          const struct pd_column *column, const struct my_column *plan)
{
    const char *text = hopeful && item->hopeful ? item->hopeful : item->sql;
    size_t n;

    for (; *text; text += n) {
        n = strcspn(text, "$?#");
        pd_sql_bytes(sql, text, n);
        if (text[n] == '#') {
            put_set_check(sql, column, plan);
        } else if (text[n] == '?') {
            select_put_is_raw(sql, plan);
        } else if (text[n] == '$') {
            put_wrapped(sql, column, plan);
        }
        n += text[n] != 0;
    }
}

bool
facts_sum_fits(const struct pd_type *type, uint64_t n_values)
{
    int words = 9 - (type->scale + 8) / 9, digits = type->precision - type->scale;

    for (; n_values; n_values /= 10)
        digits++;
    return digits <= 9 * words;
}

/* ---- Answers ---- */

static enum facts_answer
read_int(const char *text, int128 *ret_value)
{
    bool is_negative = *text == '-';
    uint128 value = 0;
    size_t n = 0;

    for (text += is_negative; *text >= '0' && *text <= '9' && n < 38; text++, n++)
        value = value * 10 + (unsigned)(*text - '0');
    *ret_value = is_negative ? -(int128)value : (int128)value;
    return n > 0 && *text == 0 ? FACTS_TAKEN : FACTS_WRONG;
}

static enum facts_answer
read_float(const char *text, int128 *ret_value)
{
    char *end;
    double value = strtod(text, &end);

    *ret_value = (int128)pd_real_bits(value + 0.0); /* zero without its sign */
    return end != text && *end == 0 && value == value ? FACTS_TAKEN : FACTS_WRONG;
}

/* A number of exactly n digits; *at moves behind it. */
static bool
read_digits(const char **at, unsigned n, unsigned *ret_value)
{
    unsigned value = 0;

    for (; n && **at >= '0' && **at <= '9'; n--, ++*at)
        value = value * 10 + (unsigned)(**at - '0');
    *ret_value = value;
    return n == 0;
}

static bool
read_char(const char **at, char c)
{
    return **at == c && ++*at;
}

/* ".123" or nothing, as microseconds. */
static bool
read_fraction(const char **at, int64_t *ret_micros)
{
    int64_t unit = 100000, micros = 0;

    if (read_char(at, '.')) {
        for (; **at >= '0' && **at <= '9' && unit; ++*at, unit /= 10)
            micros += (**at - '0') * unit;
    }
    *ret_micros = micros;
    return **at == 0;
}

static enum facts_answer
read_day(const char **at, int64_t *ret_days)
{
    unsigned year, month, day;
    int32_t days = 0;

    if (!read_digits(at, 4, &year) || !read_char(at, '-') || !read_digits(at, 2, &month) ||
        !read_char(at, '-') || !read_digits(at, 2, &day))
        return FACTS_WRONG;
    *ret_days = 0;
    if (!decode_days(year, month, day, &days))
        return FACTS_AGAIN;
    *ret_days = days;
    return FACTS_TAKEN;
}

/* "12:34:56.7", hours of more digits included. */
static bool
read_clock(const char *text, int64_t *ret_micros)
{
    unsigned hours = 0, minutes, seconds;
    int64_t micros;
    size_t n = strspn(text, "0123456789");

    if (n < 2 || n > 3 || !read_digits(&text, (unsigned)n, &hours) || !read_char(&text, ':') ||
        !read_digits(&text, 2, &minutes) || !read_char(&text, ':') ||
        !read_digits(&text, 2, &seconds) || !read_fraction(&text, &micros))
        return false;
    *ret_micros = ((hours * INT64_C(60) + minutes) * 60 + seconds) * 1000000 + micros;
    return true;
}

static enum facts_answer
read_days(const char *text, int128 *ret_value)
{
    int64_t days = 0;
    enum facts_answer answer = read_day(&text, &days);

    *ret_value = days;
    return answer == FACTS_TAKEN && *text ? FACTS_WRONG : answer;
}

static enum facts_answer
read_micros(const char *text, int128 *ret_value)
{
    bool is_negative = read_char(&text, '-');
    int64_t micros = 0;

    if (!read_clock(text, &micros))
        return FACTS_WRONG;
    *ret_value = is_negative ? -micros : micros;
    return FACTS_TAKEN;
}

static enum facts_answer
read_instant(const char *text, int128 *ret_value)
{
    int64_t days = 0, micros = 0;
    enum facts_answer answer = read_day(&text, &days);

    if (answer != FACTS_TAKEN)
        return answer;
    if (!read_char(&text, ' ') || !read_clock(text, &micros))
        return FACTS_WRONG;
    *ret_value = (int128)days * DAY_MICROS + micros;
    return FACTS_TAKEN;
}

static enum facts_answer
read_value(enum facts_form form, const char *text, int128 *ret_value)
{
    switch (form) {
    case FACTS_FLOAT:
        return read_float(text, ret_value);
    case FACTS_DAYS:
        return read_days(text, ret_value);
    case FACTS_MICROS:
        return read_micros(text, ret_value);
    case FACTS_INSTANT:
        return read_instant(text, ret_value);
    default:
        return read_int(text, ret_value);
    }
}

/* The digits stay text. */
static enum facts_answer
take_digits(const char *text, char buffer[FACTS_TEXT_SIZE], struct pd_fact *fact)
{
    size_t n, size = strlen(text);

    if (size + 2 >= FACTS_TEXT_SIZE)
        return FACTS_WRONG;
    n = decode_decimal_text(text, size, buffer);
    buffer[n] = 0;
    fact->text = buffer;
    return n ? FACTS_TAKEN : FACTS_WRONG;
}

enum facts_answer
facts_take(enum facts_form form, const char *text, char buffer[FACTS_TEXT_SIZE],
           struct pd_fact *fact)
{
    int128 value = 0;
    enum facts_answer answer = FACTS_TAKEN;

    if (!text && form != FACTS_NUMBER && form != FACTS_TOTAL)
        return FACTS_NONE;
    if (form == FACTS_TOTAL || form == FACTS_DIGITS)
        return take_digits(text ? text : "0", buffer, fact);
    if (text)
        answer = read_value(form, text, &value);
    fact->high = (int64_t)(value >> 64);
    fact->low = (uint64_t)value;
    return answer;
}
