// SPDX-License-Identifier: Apache-2.0
/* facts_columns - the aggregates of a column: their SQL, and how to read what they give.
 *
 * Names of functions and types have their schema. Operators need none: search_path is empty, so
 * that only those of pg_catalog are found. */
#include <stdlib.h>
#include <string.h>

#include <polydump/batch.h>

#include "facts.h"

enum { OID_XID = 28, OID_CID = 29, OID_BPCHAR = 1042 };

#define EPOCH_DAYS 10957 /* from 1970-01-01 to 2000-01-01 */
#define EPOCH_MICROS (EPOCH_DAYS * INT64_C(86400000000))

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

/* ---- Groups ---- */

enum facts_group
facts_group_of(const struct pd_column *column)
{
    static const uint8_t groups[PD_KIND_COUNT_] = {
        [PD_KIND_BOOL] = FACTS_BOOL,       [PD_KIND_INT8] = FACTS_INT,
        [PD_KIND_INT16] = FACTS_INT,       [PD_KIND_INT32] = FACTS_INT,
        [PD_KIND_INT64] = FACTS_INT,       [PD_KIND_UINT64] = FACTS_INT,
        [PD_KIND_OID] = FACTS_INT,         [PD_KIND_MONEY] = FACTS_INT,
        [PD_KIND_FLOAT32] = FACTS_REAL,    [PD_KIND_FLOAT64] = FACTS_REAL,
        [PD_KIND_DECIMAL] = FACTS_DECIMAL, [PD_KIND_TEXT] = FACTS_TEXT,
        [PD_KIND_CHAR] = FACTS_TEXT,       [PD_KIND_ENUM] = FACTS_TEXT,
        [PD_KIND_JSON] = FACTS_TEXT,       [PD_KIND_JSONB] = FACTS_TEXT,
        [PD_KIND_XML] = FACTS_TEXT,        [PD_KIND_BINARY] = FACTS_BLOB,
        [PD_KIND_DATE] = FACTS_DATE,       [PD_KIND_TIME] = FACTS_TIME,
        [PD_KIND_TIMESTAMP] = FACTS_STAMP, [PD_KIND_TIMESTAMPTZ] = FACTS_STAMPTZ,
    };

    return column->type.kind < PD_KIND_COUNT_ ? groups[column->type.kind] : FACTS_OTHER;
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
        return PD_FACT_TEXTS;
    case FACTS_BLOB:
        return PD_FACT_BLOBS;
    default:
        return 0;
    }
}

/* ---- SQL ---- */

/* The formula is PD_FACT_REAL_CHECK's. NaN is above every number. */
#define CHECK_RANGE "pg_catalog.abs($) < 4611686018427387904.0::pg_catalog.float8"
#define CHECK_TERM                                                                                 \
    "pg_catalog.trunc($)::pg_catalog.int8 % 2147483647 + pg_catalog.trunc(($ - "                   \
    "pg_catalog.trunc($)) * 4503599627370496.0::pg_catalog.float8)::pg_catalog.int8 % 2147483647"
#define LEAST "pg_catalog.min($)"
#define MOST "pg_catalog.max($)"
#define NUMBERS " FILTER (WHERE $ <> 'NaN'::pg_catalog.float8)"
#define FINITE " FILTER (WHERE ?)"
#define CALENDAR " FILTER (WHERE pg_catalog.isfinite($))"
/* What lies beyond is an outlier: its microseconds since 1970 need more than 64 bits. */
#define INSTANTS                                                                                   \
    " FILTER (WHERE $ > '-infinity' AND $ <= '294247-01-10 "                                       \
    "04:00:54.775807'::pg_catalog.timestamp)"
#define INSTANTS_UTC                                                                               \
    " FILTER (WHERE $ > '-infinity' AND $ <= "                                                     \
    "'294247-01-10 04:00:54.775807+00'::pg_catalog.timestamptz)"
#define HEX(send, value) "pg_catalog.encode(pg_catalog." send "(" value "), 'hex')"

const struct facts_item *
facts_items(enum facts_group group, size_t *ret_n)
{
    static const struct facts_item items[] = {
        {FACTS_BOOL, PD_FACT_TRUES, FACTS_NUMBER, "pg_catalog.count(*) FILTER (WHERE $)", NULL},
        {FACTS_INT, PD_FACT_INT_SUM, FACTS_NUMBER, "pg_catalog.sum($)", NULL},
        {FACTS_INT, PD_FACT_INT_MIN, FACTS_EXTREME, LEAST, NULL},
        {FACTS_INT, PD_FACT_INT_MAX, FACTS_EXTREME, MOST, NULL},
        {FACTS_REAL, PD_FACT_REAL_MIN, FACTS_FLOAT, LEAST NUMBERS, LEAST},
        {FACTS_REAL, PD_FACT_REAL_MAX, FACTS_FLOAT, MOST NUMBERS, MOST},
        {FACTS_REAL, PD_FACT_REAL_NANS, FACTS_NUMBER,
         "pg_catalog.count(*) FILTER (WHERE $ = 'NaN'::pg_catalog.float8)", ""},
        {FACTS_REAL, PD_FACT_REAL_NEGATIVES, FACTS_NUMBER,
         "pg_catalog.count(*) FILTER (WHERE $ < 0::pg_catalog.float8)", NULL},
        {FACTS_REAL, PD_FACT_REAL_CHECK, FACTS_NUMBER,
         "pg_catalog.sum(" CHECK_TERM ") FILTER (WHERE " CHECK_RANGE ")", NULL},
        {FACTS_DECIMAL, PD_FACT_DECIMAL_SUM, FACTS_TOTAL, "pg_catalog.sum($)" FINITE,
         "pg_catalog.sum($)"},
        {FACTS_DECIMAL, PD_FACT_DECIMAL_MIN, FACTS_DIGITS, LEAST FINITE, LEAST},
        {FACTS_DECIMAL, PD_FACT_DECIMAL_MAX, FACTS_DIGITS, MOST FINITE, MOST},
        {FACTS_TEXT, PD_FACT_OCTETS, FACTS_NUMBER, "pg_catalog.sum(pg_catalog.octet_length($))",
         NULL},
        {FACTS_BLOB, PD_FACT_OCTETS, FACTS_NUMBER, "pg_catalog.sum(pg_catalog.octet_length($))",
         NULL},
        {FACTS_DATE, PD_FACT_TIME_MIN, FACTS_DAYS, HEX("date_send", LEAST CALENDAR),
         HEX("date_send", LEAST)},
        {FACTS_DATE, PD_FACT_TIME_MAX, FACTS_DAYS, HEX("date_send", MOST CALENDAR),
         HEX("date_send", MOST)},
        {FACTS_TIME, PD_FACT_TIME_MIN, FACTS_MICROS, HEX("time_send", LEAST), NULL},
        {FACTS_TIME, PD_FACT_TIME_MAX, FACTS_MICROS, HEX("time_send", MOST), NULL},
        {FACTS_STAMP, PD_FACT_TIME_MIN, FACTS_INSTANT, HEX("timestamp_send", LEAST INSTANTS),
         HEX("timestamp_send", LEAST)},
        {FACTS_STAMP, PD_FACT_TIME_MAX, FACTS_INSTANT, HEX("timestamp_send", MOST INSTANTS),
         HEX("timestamp_send", MOST)},
        {FACTS_STAMPTZ, PD_FACT_TIME_MIN, FACTS_INSTANT,
         HEX("timestamptz_send", LEAST INSTANTS_UTC), HEX("timestamptz_send", LEAST)},
        {FACTS_STAMPTZ, PD_FACT_TIME_MAX, FACTS_INSTANT, HEX("timestamptz_send", MOST INSTANTS_UTC),
         HEX("timestamptz_send", MOST)},
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

/* Integers whose type knows no arithmetic. Money is its cents, whatever the locale's. */
static struct wrap
wrap_int(const struct pd_column *column, uint32_t oid)
{
    switch (column->type.kind) {
    case PD_KIND_OID:
        if (oid == OID_XID || oid == OID_CID)
            return (struct wrap){"", "::pg_catalog.text::pg_catalog.int8"};
        return (struct wrap){"", "::pg_catalog.int8"};
    case PD_KIND_UINT64: /* xid8 */
        return (struct wrap){"", "::pg_catalog.text::pg_catalog.numeric"};
    case PD_KIND_MONEY:
        return (struct wrap){"('x' || pg_catalog.encode(pg_catalog.cash_send(",
                             "), 'hex'))::pg_catalog.bit(64)::pg_catalog.int8"};
    default:
        return (struct wrap){"", ""};
    }
}

/* Bytes are those of UTF-8, as the reader gets them. A bpchar without a length keeps its blanks,
   which its text has not. */
static struct wrap
wrap_text(const struct pg *pg, const struct pd_column *column, uint32_t oid)
{
    const char *encoding = PQparameterStatus(pg->conn, "server_encoding");
    bool is_utf8 = pg->sql_ascii || (encoding && strcmp(encoding, "UTF8") == 0);

    if (oid == OID_BPCHAR && column->type.kind == PD_KIND_TEXT)
        return (struct wrap){"pg_catalog.bpcharsend(", ")"};
    /* See rows_put_text(); its '' for NULL has no octets either. */
    if (oid >= PG_FIRST_USER_OID && !is_utf8)
        return (struct wrap){"pg_catalog.convert_to(pg_catalog.format('%s', ", "), 'UTF8')"};
    if (oid >= PG_FIRST_USER_OID)
        return (struct wrap){"pg_catalog.format('%s', ", ")"};
    if (is_utf8)
        return (struct wrap){"", "::pg_catalog.text"};
    return (struct wrap){"pg_catalog.convert_to(", "::pg_catalog.text, 'UTF8')"};
}

static struct wrap
wrap_of(const struct pg *pg, enum facts_group group, const struct pd_column *column, uint32_t oid)
{
    switch (group) {
    case FACTS_INT:
        return wrap_int(column, oid);
    case FACTS_REAL:
        return (struct wrap){"", "::pg_catalog.float8"};
    case FACTS_TEXT:
        return wrap_text(pg, column, oid);
    default:
        return (struct wrap){"", ""};
    }
}

static void
put_template(struct pd_sql *sql, const char *text, const struct wrap *wrap, const char *finite,
             const char *name)
{
    size_t n;

    for (; *text; text += n) {
        n = strcspn(text, "$?");
        pd_sql_bytes(sql, text, n);
        if (text[n] == '?') {
            put_template(sql, finite, wrap, "", name);
        } else if (text[n] == '$') {
            pd_sql_add(sql, wrap->before);
            sql_name(sql, name);
            pd_sql_add(sql, wrap->behind);
        }
        n += text[n] != 0;
    }
}

void
facts_put(struct pd_sql *sql, const struct pg *pg, const struct facts_item *item, bool hopeful,
          const struct pd_column *column, const struct pg_column *plan)
{
    struct wrap wrap = wrap_of(pg, item->group, column, plan->type_oid);
    /* NaN is above infinity, which there is from 14 on. */
    const char *finite = pg->version >= 140000 ? "$ < 'Infinity'::pg_catalog.numeric AND $ > "
                                                 "'-Infinity'::pg_catalog.numeric"
                                               : "$ <> 'NaN'::pg_catalog.numeric";

    put_template(sql, hopeful && item->hopeful ? item->hopeful : item->sql, &wrap, finite,
                 plan->name);
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
    if (value != value)
        return FACTS_AGAIN;
    return end != text && *end == 0 ? FACTS_TAKEN : FACTS_WRONG;
}

/* The digits stay text. */
static enum facts_answer
read_decimal(const char *text)
{
    if (strcmp(text, "NaN") == 0 || strcmp(text, "Infinity") == 0 || strcmp(text, "-Infinity") == 0)
        return FACTS_AGAIN;
    return *text && strspn(text, "-0123456789.") == strlen(text) ? FACTS_TAKEN : FACTS_WRONG;
}

/* Of n bytes, most significant first, a signed number. */
static bool
read_hex(const char *text, size_t n, int64_t *ret_value)
{
    uint64_t value;

    if (strlen(text) != 2 * n || strspn(text, "0123456789abcdef") != 2 * n)
        return false;
    value = strtoull(text, NULL, 16);
    *ret_value = n == 4 ? (int32_t)(uint32_t)value : (int64_t)value;
    return true;
}

static enum facts_answer
read_days(const char *text, int128 *ret_value)
{
    int64_t days;

    if (!read_hex(text, 4, &days))
        return FACTS_WRONG;
    *ret_value = days + EPOCH_DAYS;
    return days == INT32_MAX || days == INT32_MIN ? FACTS_AGAIN : FACTS_TAKEN;
}

/* An infinity is beyond 64 bits too, when it is counted from 1970, or the smallest number. */
static enum facts_answer
read_micros(const char *text, int64_t epoch, int128 *ret_value)
{
    int64_t micros;

    if (!read_hex(text, 8, &micros))
        return FACTS_WRONG;
    *ret_value = (int128)micros + epoch;
    return *ret_value > INT64_MAX || micros == INT64_MIN ? FACTS_AGAIN : FACTS_TAKEN;
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
        return read_micros(text, 0, ret_value);
    case FACTS_INSTANT:
        return read_micros(text, EPOCH_MICROS, ret_value);
    case FACTS_TOTAL:
    case FACTS_DIGITS:
        return read_decimal(text);
    default:
        return read_int(text, ret_value);
    }
}

enum facts_answer
facts_take(enum facts_form form, const char *text, struct pd_fact *fact)
{
    int128 value = 0;
    enum facts_answer answer = FACTS_TAKEN;

    if (!text && form != FACTS_NUMBER && form != FACTS_TOTAL)
        return FACTS_NONE;
    if (text)
        answer = read_value(form, text, &value);
    fact->high = (int64_t)(value >> 64);
    fact->low = (uint64_t)value;
    if (form == FACTS_TOTAL || form == FACTS_DIGITS)
        fact->text = text ? text : "0";
    return answer;
}
