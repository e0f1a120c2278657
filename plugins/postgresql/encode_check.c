// SPDX-License-Identifier: Apache-2.0
/* encode_check - values that the server would refuse, or change without a word: numeric(p,s) and
   timestamp(p) are rounded by COPY, varchar(n) loses blanks, name its end. A vector is looked at as
   a whole first, cell by cell only when something in it may be wrong. */
#include "encode.h"

#include <stdio.h>

#include <polydump/json.h>

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

enum {
    NAME_SIZE = 63,  /* of the server's type name */
    SHOWN_SIZE = 60, /* of a text that is refused */
    DECIMAL_DIGITS = 131072,
    DECIMAL_SCALE = 16383,
    DATE_EPOCH = 10957 /* days from 1970 to 2000 */
};
static const int64_t date_min = -2451545 + DATE_EPOCH;    /* 4714-11-24 BC */
static const int64_t date_max = 2145031948 + DATE_EPOCH;  /* 5874897-12-31 */
static const int64_t timestamp_min = -210866803200000000; /* 4714-11-24 BC */
static const int64_t day_us = 86400000000;

#define BIT_(kind) (UINT64_C(1) << PD_KIND_##kind)

/* Kinds whose vectors hold text that is sent as it is. */
static const uint64_t text_kinds = BIT_(TEXT) | BIT_(CHAR) | BIT_(JSON) | BIT_(JSONB) | BIT_(XML) |
                                   BIT_(ENUM) | BIT_(SET) | BIT_(ARRAY) | BIT_(OPAQUE);
static const uint64_t integer_kinds = BIT_(INT8) | BIT_(INT16) | BIT_(INT32) | BIT_(INT64) |
                                      BIT_(UINT8) | BIT_(UINT16) | BIT_(UINT32) | BIT_(UINT64) |
                                      BIT_(YEAR) | BIT_(OID);
static const uint64_t address_kinds = BIT_(INET) | BIT_(CIDR) | BIT_(INET4) | BIT_(INET6);
static const uint64_t instant_kinds = BIT_(TIMESTAMP) | BIT_(TIMESTAMPTZ);

static bool
is_one_of(const struct encode_column *c, uint64_t kinds)
{
    return kinds >> c->as.kind & 1;
}

bool
encode_can(const struct encode_column *c)
{
    static const uint64_t kinds[PG_FORM_COUNT_] = {
        [PG_FORM_BOOL] = BIT_(BOOL),
        [PG_FORM_FLOAT4] = BIT_(FLOAT32),
        [PG_FORM_FLOAT8] = BIT_(FLOAT64),
        [PG_FORM_NUMERIC] = BIT_(DECIMAL),
        [PG_FORM_BYTEA] = BIT_(BINARY) | BIT_(GEOMETRY),
        [PG_FORM_DATE] = BIT_(DATE),
        [PG_FORM_TIME] = BIT_(TIME),
        [PG_FORM_TIMETZ] = BIT_(TIMETZ),
        [PG_FORM_TIMESTAMP] = BIT_(TIMESTAMP) | BIT_(TIMESTAMPTZ),
        [PG_FORM_INTERVAL] = BIT_(INTERVAL),
        [PG_FORM_UUID] = BIT_(UUID),
        [PG_FORM_BIT] = BIT_(BIT) | BIT_(VARBIT),
        [PG_FORM_INET] = BIT_(INET) | BIT_(CIDR) | BIT_(INET4) | BIT_(INET6),
        [PG_FORM_MAC] = BIT_(MACADDR) | BIT_(MACADDR8),
        [PG_FORM_MONEY] = BIT_(MONEY),
    };
    uint64_t can = c->form < PG_FORM_COUNT_ ? kinds[c->form] : 0;

    if (c->as.kind == PD_KIND_NONE || c->as.kind >= PD_KIND_COUNT_)
        return false;
    switch (c->form) {
    case PG_FORM_INT2:
    case PG_FORM_INT4:
    case PG_FORM_INT8:
    case PG_FORM_OID:
        can = integer_kinds;
        break;
    case PG_FORM_STRING:
    case PG_FORM_BPCHAR:
    case PG_FORM_JSONB:
        can = text_kinds;
        break;
    case PG_FORM_TEXT: /* the server parses the canonical text of anything */
        return c->as.kind != PD_KIND_ANY && c->as.kind != PD_KIND_NUMBER;
    default:
        break;
    }
    return is_one_of(c, can);
}

/* ---- One cell ---- */

/* The one type of 8 bytes that has no sign. */
static bool
is_xid8(const struct encode_column *c)
{
    return c->native && strcmp(c->native, "xid8") == 0;
}

static const char *
integer_problem(const struct encode_column *c, int64_t value)
{
    bool fits = true;

    if (c->form == PG_FORM_INT2)
        fits = value >= INT16_MIN && value <= INT16_MAX;
    else if (c->form == PG_FORM_INT4)
        fits = value >= INT32_MIN && value <= INT32_MAX;
    else if (c->form == PG_FORM_OID)
        fits = value >= 0 && value <= UINT32_MAX;
    else
        fits = c->as.kind != PD_KIND_UINT64 || value >= 0 || is_xid8(c);
    return fits ? NULL : "the integer is out of range";
}

/* Microseconds that the column's precision counts in. Not every engine has one for intervals. */
static int64_t
precision_step(const struct encode_column *c)
{
    int64_t step = 1;

    if (c->as.kind == PD_KIND_INTERVAL && strcmp(c->native, "interval") == 0)
        return step;
    for (int32_t p = c->as.precision; p >= 0 && p < 6; p++)
        step *= 10;
    return step;
}

static const char *
clock_problem(const struct encode_column *c, int64_t us)
{
    if (us % precision_step(c))
        return "it has more digits after the second, and would be rounded";
    return NULL;
}

static const char *
time_problem(const struct encode_column *c, int64_t us)
{
    if (us < 0 || us > day_us)
        return "the time is beyond a day";
    return clock_problem(c, us);
}

static const char *
decimal128_problem(const struct encode_column *c, const uint8_t *bytes)
{
    uint64_t half[2];
    uint128 value, limit = 1;

    memcpy(half, bytes, sizeof half);
    value = (uint128)half[1] << 64 | half[0];
    if (half[1] >> 63)
        value = -value;
    for (int32_t i = 0; i < c->as.precision; i++)
        limit *= 10;
    return value < limit ? NULL : "it has more digits before the point";
}

/* "-12.50" at the column's scale must be an integer of at most precision digits. */
static const char *
decimal_text_problem(const struct encode_column *c, const uint8_t *text, size_t size)
{
    size_t at = size && text[0] == '-', n_int = 0, n_fraction = 0, leading = 0;
    bool point = false, significant = false;

    for (; at < size; at++) {
        if (text[at] == '.' && !point) {
            point = true;
            continue;
        }
        if (text[at] < '0' || text[at] > '9')
            return "it is no decimal";
        significant |= text[at] != '0';
        leading += !significant;
        *(point ? &n_fraction : &n_int) += 1;
    }
    if (n_int == 0 || (point && n_fraction == 0))
        return "it is no decimal";
    if (c->as.precision == 0)
        return n_int > DECIMAL_DIGITS || n_fraction > DECIMAL_SCALE ? "it has too many digits"
                                                                    : NULL;
    if ((int64_t)n_fraction > (c->as.scale > 0 ? c->as.scale : 0))
        return "it has more digits after the point, and would be rounded";
    if (!significant)
        return NULL;
    for (size_t i = 1; c->as.scale < 0 && i <= (size_t) - (int64_t)c->as.scale; i++) {
        if (i <= n_int && text[size - i] != '0')
            return "it has more digits, and would be rounded";
    }
    if ((int64_t)(n_int + n_fraction - leading) - (int64_t)n_fraction + c->as.scale >
        c->as.precision)
        return "it has more digits before the point";
    return NULL;
}

static size_t
count_chars(const uint8_t *text, size_t size)
{
    size_t n = 0;

    for (size_t i = 0; i < size; i++)
        n += (text[i] & 0xc0) != 0x80;
    return n;
}

static bool
is_name(const struct encode_column *c)
{
    return c->native && (strcmp(c->native, "name") == 0 || strcmp(c->native, "\"name\"") == 0);
}

static bool
has_length(const struct encode_column *c)
{
    return c->as.length && (c->as.kind == PD_KIND_TEXT || c->as.kind == PD_KIND_CHAR);
}

static bool
is_json(const struct encode_column *c)
{
    return c->as.kind == PD_KIND_JSON || c->as.kind == PD_KIND_JSONB;
}

/* Other engines read more than the letter. */
static bool
is_loose_json(const uint8_t *text, size_t size)
{
    struct pd_json_scan scan;

    memset(&scan, 0, sizeof scan);
    pd_json_feed(&scan, text, size);
    return pd_json_is_wrong(&scan);
}

static const char loose_json[] = "it is no JSON that the server reads";

static const char *
text_problem(const struct encode_column *c, const struct encode_cell *cell)
{
    if (cell->size && memchr(cell->bytes, 0, cell->size))
        return "the text has a NUL, which the server cannot store";
    if (has_length(c) && cell->size > c->as.length &&
        count_chars(cell->bytes, cell->size) > c->as.length)
        return "the text is too long";
    if (is_name(c) && cell->size > NAME_SIZE)
        return "the name is too long";
    return is_json(c) && is_loose_json(cell->bytes, cell->size) ? loose_json : NULL;
}

static const char *
bits_problem(const struct encode_column *c, const struct encode_cell *cell)
{
    for (size_t i = 0; i < cell->size; i++) {
        if ((cell->bytes[i] | 1) != '1')
            return "it is no string of bits";
    }
    if (c->as.kind == PD_KIND_BIT ? c->as.length && cell->size != c->as.length
                                  : c->as.length && cell->size > c->as.length)
        return "the number of bits is another";
    return NULL;
}

static const char *
address_problem(const struct encode_column *c, const struct encode_cell *cell)
{
    uint8_t field[ENCODE_NUMBER];
    size_t size;

    if (is_one_of(c, address_kinds))
        size = encode_inet(cell->bytes, cell->size, c->as.kind == PD_KIND_CIDR, field);
    else
        size = encode_mac(cell->bytes, cell->size, field);
    return size ? NULL : "it is no address";
}

static const char *
plain_problem(const struct encode_column *c, const struct encode_cell *cell)
{
    if (is_one_of(c, text_kinds))
        return text_problem(c, cell);
    if (is_one_of(c, integer_kinds) && c->form != PG_FORM_TEXT)
        return integer_problem(c, cell->number);
    if (is_one_of(c, instant_kinds))
        return cell->number < timestamp_min ? "it is before 4714-11-24 BC"
                                            : clock_problem(c, cell->number);
    if (is_one_of(c, address_kinds | BIT_(MACADDR) | BIT_(MACADDR8)))
        return address_problem(c, cell);
    switch (c->as.kind) {
    case PD_KIND_DATE:
        return cell->number < date_min || cell->number > date_max ? "the date is out of range"
                                                                  : NULL;
    case PD_KIND_TIME:
        return time_problem(c, cell->number);
    case PD_KIND_TIMETZ:
        return time_problem(c, (int64_t)encode_le64(cell->bytes));
    case PD_KIND_INTERVAL:
        return clock_problem(c, (int64_t)encode_le64(cell->bytes));
    case PD_KIND_DECIMAL:
        return c->layout == PD_LAYOUT_I128 ? decimal128_problem(c, cell->bytes)
                                           : decimal_text_problem(c, cell->bytes, cell->size);
    case PD_KIND_BIT:
    case PD_KIND_VARBIT:
        return bits_problem(c, cell);
    default:
        return NULL;
    }
}

static const char *
far_problem(const struct encode_column *c, const struct encode_cell *cell)
{
    int64_t value;

    if (!encode_far(cell->bytes, cell->size, &value))
        return "it is beyond what the server knows";
    return clock_problem(c, value);
}

/* Values outside of the domain that the server has a place for. */
static const char *
outlier_problem(const struct encode_column *c, const struct encode_cell *cell, bool sql_ascii)
{
#define TAG_REASON_(name, number, text, meaning)                                                   \
    [number] = "a value of tag '" text "' has no place in it: use --misfit=carrier",
    static const char *const reasons[PD_TAG_COUNT_] = {PD_TAG_TABLE(TAG_REASON_)};
#undef TAG_REASON_
    bool is_infinite = cell->tag == PD_TAG_POS_INF || cell->tag == PD_TAG_NEG_INF;

    if (is_infinite && is_one_of(c, instant_kinds | BIT_(DATE)))
        return NULL;
    if (c->as.kind == PD_KIND_DECIMAL && cell->tag == PD_TAG_NAN)
        return NULL;
    if (c->as.kind == PD_KIND_DECIMAL && is_infinite)
        return c->as.precision ? "only numeric without a precision can be infinite" : NULL;
    if (cell->tag == PD_TAG_FAR && is_one_of(c, instant_kinds))
        return far_problem(c, cell);
    if (is_one_of(c, text_kinds) &&
        (cell->tag == PD_TAG_TEXT || (cell->tag == PD_TAG_BADTEXT && sql_ascii)))
        return text_problem(c, cell);
    if (c->form == PG_FORM_TEXT && cell->tag == PD_TAG_NATIVE)
        return text_problem(c, cell);
    if (c->form == PG_FORM_BYTEA && cell->tag == PD_TAG_BYTES)
        return NULL;
    return cell->tag < PD_TAG_COUNT_ ? reasons[cell->tag] : "a value of an unknown tag";
}

const char *
encode_problem(const struct encode_column *c, const struct encode_cell *cell, bool sql_ascii)
{
    if (cell->is_null)
        return NULL;
    return cell->tag == PD_TAG_PLAIN ? plain_problem(c, cell) : outlier_problem(c, cell, sql_ascii);
}

/* ---- A whole vector; rows that are NULL are zero or empty, and never look wrong ---- */

static bool
scan_range(const struct pd_vector *v, uint32_t n, int64_t low, int64_t high)
{
    int32_t narrow;
    int64_t value;
    bool odd = false;

    for (uint32_t i = 0; i < n; i++) {
        if (v->layout == PD_LAYOUT_I32) {
            memcpy(&narrow, (const uint8_t *)v->data + (size_t)i * 4, 4);
            value = narrow;
        } else {
            memcpy(&value, (const uint8_t *)v->data + (size_t)i * 8, 8);
        }
        odd |= value < low || value > high;
    }
    return odd;
}

static bool
scan_step(const struct pd_vector *v, uint32_t n, int64_t step)
{
    int64_t value;
    bool odd = false;

    for (uint32_t i = 0; i < n && step > 1; i++) {
        memcpy(&value, (const uint8_t *)v->data + (size_t)i * 8, 8);
        odd |= value % step != 0;
    }
    return odd;
}

static bool
scan_decimal128(const struct encode_column *c, uint32_t n)
{
    int128 limit = 1, value;
    bool odd = false;

    for (int32_t i = 0; i < c->as.precision; i++)
        limit *= 10;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t half[2];

        memcpy(half, (const uint8_t *)c->v->data + (size_t)i * 16, sizeof half);
        value = (int128)((uint128)half[1] << 64 | half[0]);
        odd |= value >= limit || value <= -limit;
    }
    return odd;
}

static bool
scan_text(const struct encode_column *c, uint32_t n)
{
    const struct pd_vector *v = c->v;
    size_t size = (size_t)v->offsets[n];
    uint64_t limit = has_length(c) ? c->as.length : is_name(c) ? (uint64_t)NAME_SIZE : UINT64_MAX;
    bool odd = false;

    if (size && memchr(v->data, 0, size))
        return true;
    if (is_json(c))
        return true;
    if (size <= limit)
        return false;
    for (uint32_t i = 0; i < n; i++)
        odd |= (uint64_t)(v->offsets[i + 1] - v->offsets[i]) > limit;
    return odd;
}

/* May a cell of the vector be a problem? */
static bool
is_suspicious(const struct encode_column *c, uint32_t n)
{
    const struct pd_vector *v = c->v;

    if (v->layout == PD_LAYOUT_TAGGED || v->n_outliers)
        return true;
    if (is_one_of(c, text_kinds))
        return scan_text(c, n);
    if (is_one_of(c, instant_kinds))
        return scan_range(v, n, timestamp_min, INT64_MAX) || scan_step(v, n, precision_step(c));
    switch (c->as.kind) {
    case PD_KIND_BOOL:
    case PD_KIND_FLOAT32:
    case PD_KIND_FLOAT64:
    case PD_KIND_UUID:
    case PD_KIND_MONEY:
    case PD_KIND_BINARY:
    case PD_KIND_GEOMETRY:
        return false;
    case PD_KIND_INT16:
    case PD_KIND_YEAR:
        return false;
    case PD_KIND_INT32:
        return c->form == PG_FORM_INT2 || c->form == PG_FORM_OID;
    case PD_KIND_INT64:
        return c->form != PG_FORM_INT8 && c->form != PG_FORM_TEXT;
    case PD_KIND_OID:
        return c->form != PG_FORM_OID;
    case PD_KIND_DATE:
        return scan_range(v, n, date_min, date_max);
    case PD_KIND_TIME:
        return scan_range(v, n, 0, day_us) || scan_step(v, n, precision_step(c));
    case PD_KIND_DECIMAL:
        return c->layout != PD_LAYOUT_I128 || scan_decimal128(c, n);
    default:
        return true;
    }
}

/* What is shown of a text in an error: whole characters. */
static int
shown_size(const struct encode_cell *cell)
{
    size_t size = cell->size < SHOWN_SIZE ? cell->size : SHOWN_SIZE;

    while (size < cell->size && size > 0 && (cell->bytes[size] & 0xc0) == 0x80)
        size--;
    return (int)size;
}

static void
check_column(struct encoder *e, struct encode_column *c)
{
    struct encode_cell cell;

    for (uint32_t row = 0; row < e->batch->n_rows; row++) {
        const char *problem;

        encode_fetch(c, row, &cell);
        problem = encode_problem(c, &cell, e->sql_ascii);
        if (problem == loose_json)
            encode_reject(e, row, PD_CAUSE_DATA, NULL, NULL, "column '%s' (%s), '%.*s': %s",
                          c->name, c->native, shown_size(&cell), (const char *)cell.bytes, problem);
        else if (problem)
            encode_reject(e, row, PD_CAUSE_DATA, NULL, NULL, "column '%s' (%s): %s", c->name,
                          c->native, problem);
    }
}

void
encode_check(struct encoder *e)
{
    encode_rewind(e, 0);
    for (uint32_t i = 0; i < e->n_columns; i++) {
        struct encode_column *c = &e->columns[i];

        /* The only row of a batch with a long cell: encode_long_check() looks at that cell. */
        if (!c->v->n_longs && is_suspicious(c, e->batch->n_rows))
            check_column(e, c);
    }
}
