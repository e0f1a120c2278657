// SPDX-License-Identifier: Apache-2.0
/* encode_check - values that the server would change without a word: fractions of seconds are cut,
   -0 becomes 0, years of one or two digits get a century, labels are compared by collation. A
   vector is looked at as a whole first, cell by cell only when something in it may be wrong. What
   the server refuses or warns of is left to it. */
#include <math.h>

#include "encode.h"

enum {
    DATE_MIN = -719528,       /* 0000-01-01 */
    DATE_MAX = 2932896,       /* 9999-12-31 */
    DATE_LEAP_ZERO = -719469, /* 0000-02-29: here that year has no such day */
    YEAR_MIN = 1901,
    YEAR_MAX = 2155,
    BITS_MOST = 64,
    UUID_BYTES = 16
};

static const int64_t day_us = INT64_C(86400000000);
static const int64_t clock_max = INT64_C(3020399999999); /* 838:59:59.999999 */

#define BIT_(kind) (UINT64_C(1) << PD_KIND_##kind)

static const uint64_t integer_kinds = BIT_(BOOL) | BIT_(INT8) | BIT_(INT16) | BIT_(INT32) |
                                      BIT_(INT64) | BIT_(UINT8) | BIT_(UINT16) | BIT_(UINT32) |
                                      BIT_(UINT64) | BIT_(YEAR) | BIT_(OID) | BIT_(MONEY);
static const uint64_t text_kinds = BIT_(TEXT) | BIT_(CHAR) | BIT_(JSON) | BIT_(JSONB) | BIT_(XML) |
                                   BIT_(ENUM) | BIT_(SET) | BIT_(ARRAY) | BIT_(OPAQUE) |
                                   BIT_(INET) | BIT_(CIDR) | BIT_(INET4) | BIT_(INET6) |
                                   BIT_(MACADDR) | BIT_(MACADDR8) | BIT_(BIT) | BIT_(VARBIT);

bool
encode_can(const struct encode_column *c)
{
    static const uint64_t kinds[MY_FORM_COUNT_] = {
        [MY_FORM_FLOAT] = BIT_(FLOAT32),
        [MY_FORM_DOUBLE] = BIT_(FLOAT32) | BIT_(FLOAT64),
        [MY_FORM_BYTES] = BIT_(BINARY) | BIT_(GEOMETRY),
        [MY_FORM_BIT] = BIT_(BIT) | BIT_(VARBIT),
        [MY_FORM_DATE] = BIT_(DATE),
        [MY_FORM_DATETIME] = BIT_(TIMESTAMP) | BIT_(TIMESTAMPTZ),
        [MY_FORM_TIME] = BIT_(TIME),
        [MY_FORM_ENUM] = BIT_(ENUM) | BIT_(TEXT),
        [MY_FORM_SET] = BIT_(SET) | BIT_(TEXT),
        [MY_FORM_UUID] = BIT_(UUID),
        [MY_FORM_ADDRESS] = BIT_(INET) | BIT_(INET4) | BIT_(INET6),
        [MY_FORM_GEOMETRY] = BIT_(GEOMETRY) | BIT_(BINARY),
    };
    uint64_t can = c->form < MY_FORM_COUNT_ ? kinds[c->form] : 0;

    if (c->as.kind == PD_KIND_NONE || c->as.kind >= PD_KIND_COUNT_)
        return false;
    if (c->form == MY_FORM_INT || c->form == MY_FORM_YEAR)
        can = integer_kinds;
    else if (c->form == MY_FORM_DECIMAL)
        can = integer_kinds | BIT_(DECIMAL);
    else if (c->form == MY_FORM_TEXT || c->form == MY_FORM_RAW)
        can = text_kinds;
    return can >> c->as.kind & 1;
}

/* ---- One cell ---- */

static const char *
real_problem(double value)
{
    if (!isfinite(value))
        return "the server has no infinities, nor NaN";
    return value == 0 && signbit(value) ? "it is -0, and would become 0" : NULL;
}

static double
real_of(const struct encode_column *c, int64_t number)
{
    uint32_t narrow = (uint32_t)number;
    double wide;
    float value;

    if (c->layout == PD_LAYOUT_F32) {
        memcpy(&value, &narrow, sizeof value);
        return (double)value;
    }
    memcpy(&wide, &number, sizeof wide);
    return wide;
}

static const char *
date_problem(int64_t days)
{
    if (days < DATE_MIN || days > DATE_MAX)
        return "the date is not of the years 0 to 9999";
    return days == DATE_LEAP_ZERO ? "the server's calendar has no such day" : NULL;
}

static const char *
step_problem(const struct encode_column *c, int64_t us)
{
    return us % c->step ? "it has more digits after the second, and they would be cut" : NULL;
}

static const char *
timestamp_problem(const struct encode_column *c, int64_t us)
{
    int64_t days = us / day_us - (us % day_us < 0);
    const char *problem = date_problem(days);

    if (!problem && c->stamp_most && (us <= 0 || us > c->stamp_most))
        problem = c->stamp_most > INT64_C(2147483647999999)
                      ? "a timestamp is of the years 1970 to 2106"
                      : "a timestamp is of the years 1970 to 2038";
    return problem ? problem : step_problem(c, us);
}

static const char *
clock_problem(const struct encode_column *c, int64_t us)
{
    if (us < -clock_max || us > clock_max)
        return "a time ends at 838:59:59.999999";
    return step_problem(c, us);
}

static const char *
bits_problem(const struct encode_column *c, const struct encode_cell *cell)
{
    for (size_t i = 0; i < cell->size; i++) {
        if ((cell->bytes[i] | 1) != '1')
            return "it has other digits than 0 and 1";
    }
    if (cell->size > BITS_MOST || cell->size == 0 || (c->as.length && cell->size != c->as.length))
        return "the number of bits is another";
    return NULL;
}

static const char *
direct_problem(const struct encode_column *c, int64_t number)
{
    if (c->form == MY_FORM_FLOAT || c->form == MY_FORM_DOUBLE)
        return real_problem(real_of(c, number));
    if (c->form == MY_FORM_YEAR && number != 0 && (number < YEAR_MIN || number > YEAR_MAX))
        return "a year is 0, or from 1901 to 2155";
    return NULL;
}

/* Such ones the server stores as they are, and takes for another form when it reads them: their
   parts change places. As text it refuses them. */
static bool
is_uuid_garbled(const uint8_t *bytes)
{
    return bytes[6] & 0x80 && bytes[8] >= 0x01 && bytes[8] <= 0x80;
}

static bool
are_uuids_clean(const struct encode_column *c, uint32_t n)
{
    const uint8_t *data = c->v->data;
    bool clean = true;

    for (uint32_t i = 0; i < n; i++)
        clean &= !is_uuid_garbled(data + (size_t)i * UUID_BYTES);
    return clean;
}

static const char *
plain_problem(const struct encode_column *c, const struct encode_cell *cell)
{
    uint64_t mask;

    switch (c->plain) {
    case ENCODE_DIRECT:
    case ENCODE_FLOAT:
        return direct_problem(c, cell->number);
    case ENCODE_DATE:
        return date_problem(cell->number);
    case ENCODE_TIMESTAMP:
        return timestamp_problem(c, cell->number);
    case ENCODE_CLOCK:
        return clock_problem(c, cell->number);
    case ENCODE_DIGITS:
        return bits_problem(c, cell);
    case ENCODE_UUID:
        return c->form == MY_FORM_UUID && is_uuid_garbled(cell->bytes)
                   ? "MariaDB cannot tell it from a uuid whose parts are in another order"
                   : NULL;
    case ENCODE_LABEL:
        return encode_labels_find(c->labels, cell->bytes, cell->size) ? NULL
                                                                      : "it is none of the labels";
    case ENCODE_LABELS:
        return encode_labels_mask(c->labels, cell->bytes, cell->size, &mask)
                   ? NULL
                   : "it has something that is none of the labels";
    default:
        return NULL;
    }
}

static const char *
ymd_problem(const struct encode_column *c, const struct encode_cell *cell)
{
    MYSQL_TIME time;

    if (c->form != MY_FORM_DATE && c->form != MY_FORM_DATETIME)
        return "the column's type has no such dates";
    if (!encode_parse_time(cell->bytes, cell->size, &time))
        return "it is no date";
    if (c->form == MY_FORM_DATE && cell->size != sizeof "2024-02-31" - 1)
        return "it is no date without a time";
    return step_problem(c, (int64_t)time.second_part);
}

/* Of a cell that is not NULL. */
static const char *
cell_problem(const struct encode_column *c, const struct encode_cell *cell)
{
    bool is_text = c->form == MY_FORM_TEXT || c->form == MY_FORM_RAW;

    switch (cell->tag) {
    case PD_TAG_PLAIN:
        return plain_problem(c, cell);
    case PD_TAG_YMD:
        return ymd_problem(c, cell);
    case PD_TAG_ENUM0:
        return c->plain == ENCODE_LABEL ? NULL : "only an enum has an error value";
    case PD_TAG_TEXT:
    case PD_TAG_BADTEXT:
        return is_text && c->layout == PD_LAYOUT_VAR ? NULL : "the column's type has no such text";
    case PD_TAG_INT:
        return c->plain == ENCODE_BITS && cell->number == (int8_t)cell->number
                   ? NULL
                   : "the column's type has no such number";
    case PD_TAG_BYTES:
        return c->form == MY_FORM_BYTES ? NULL : "the column's type has no such bytes";
    default:
        return "the column's type has no such value";
    }
}

/* ---- A whole vector ---- */

static bool
are_reals_clean(const struct encode_column *c, uint32_t n)
{
    const uint8_t *data = c->v->data;
    bool clean = true;

    for (uint32_t i = 0; i < n; i++) {
        int64_t bits = 0;
        double value;

        memcpy(&bits, data + (size_t)i * c->width, c->width);
        if (c->layout == PD_LAYOUT_F32) {
            uint32_t narrow;

            memcpy(&narrow, data + (size_t)i * 4, 4);
            bits = narrow;
        }
        value = real_of(c, bits);
        clean &= isfinite(value) && (value != 0 || !signbit(value));
    }
    return clean;
}

static bool
are_dates_clean(const struct encode_column *c, uint32_t n)
{
    bool clean = true;
    int32_t days;

    for (uint32_t i = 0; i < n; i++) {
        memcpy(&days, (const uint8_t *)c->v->data + (size_t)i * 4, 4);
        clean &= days >= DATE_MIN && days <= DATE_MAX && days != DATE_LEAP_ZERO;
    }
    return clean;
}

/* The year 0 is looked at cell by cell. */
static bool
are_timestamps_clean(const struct encode_column *c, uint32_t n)
{
    int64_t low = c->stamp_most ? 1 : (DATE_LEAP_ZERO + 1) * day_us;
    int64_t high = c->stamp_most ? c->stamp_most : (DATE_MAX + 1) * day_us - 1, us;
    bool clean = true;

    for (uint32_t i = 0; i < n; i++) {
        memcpy(&us, (const uint8_t *)c->v->data + (size_t)i * 8, 8);
        clean &= us >= low && us <= high;
        if (c->step > 1)
            clean &= us % c->step == 0;
    }
    return clean;
}

static bool
is_clean(const struct encode_column *c, uint32_t n)
{
    switch (c->way) {
    case ENCODE_DIRECT:
        if (c->form == MY_FORM_FLOAT || c->form == MY_FORM_DOUBLE)
            return are_reals_clean(c, n);
        return c->form != MY_FORM_YEAR;
    case ENCODE_DATE:
        return are_dates_clean(c, n);
    case ENCODE_TIMESTAMP:
        return are_timestamps_clean(c, n);
    case ENCODE_BITS:
    case ENCODE_VAR:
    case ENCODE_DECIMAL:
        return true;
    case ENCODE_UUID:
        return c->form != MY_FORM_UUID || are_uuids_clean(c, n);
    default:
        return false;
    }
}

static void
check_cells(struct encoder *e, struct encode_column *c)
{
    struct encode_cell cell;

    encode_rewind(c, 0);
    for (uint32_t row = 0; row < e->batch->n_rows; row++) {
        const char *problem;

        encode_fetch(c, row, &cell);
        /* What is not in the batch has its own check. */
        if (cell.is_null || c->v->n_longs)
            continue;
        problem = cell_problem(c, &cell);
        if (problem)
            encode_reject(e, row, PD_CAUSE_DATA, NULL, NULL, "column '%s' (%s): %s", c->name,
                          c->native ? c->native : "", problem);
        else if (cell.tag == PD_TAG_ENUM0)
            encode_mark_lax(e, row);
    }
}

void
encode_check(struct encoder *e)
{
    for (uint32_t k = 0; k < e->n_columns; k++) {
        struct encode_column *c = &e->columns[k];

        if (!is_clean(c, e->batch->n_rows))
            check_cells(e, c);
    }
}
