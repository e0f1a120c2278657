// SPDX-License-Identifier: Apache-2.0
/* encode_fill - some rows of a batch into arrays, column after column. */
#include <stdio.h>

#include "encode.h"

/* ---- What a column is sent as ---- */

struct plan {
    uint8_t way;
    enum enum_field_types type;
    uint32_t width;
};

/* By the layout of the neutral type, for columns whose form does not say it. */
static struct plan
plan_of_layout(const struct encode_column *c)
{
    static const struct plan plans[] = {
        [PD_LAYOUT_BITS] = {ENCODE_BITS, MYSQL_TYPE_TINY, 1},
        [PD_LAYOUT_I8] = {ENCODE_DIRECT, MYSQL_TYPE_TINY, 1},
        [PD_LAYOUT_I16] = {ENCODE_DIRECT, MYSQL_TYPE_SHORT, 2},
        [PD_LAYOUT_I32] = {ENCODE_DIRECT, MYSQL_TYPE_LONG, 4},
        [PD_LAYOUT_I64] = {ENCODE_DIRECT, MYSQL_TYPE_LONGLONG, 8},
        [PD_LAYOUT_I128] = {ENCODE_DECIMAL, MYSQL_TYPE_NEWDECIMAL, 0},
        [PD_LAYOUT_F32] = {ENCODE_DIRECT, MYSQL_TYPE_FLOAT, 4},
        [PD_LAYOUT_F64] = {ENCODE_DIRECT, MYSQL_TYPE_DOUBLE, 8},
        [PD_LAYOUT_FIXED] = {ENCODE_UUID, MYSQL_TYPE_BLOB, 0},
        [PD_LAYOUT_VAR] = {ENCODE_VAR, MYSQL_TYPE_STRING, 0},
    };

    return c->layout < sizeof plans / sizeof *plans ? plans[c->layout] : plans[PD_LAYOUT_VAR];
}

static struct plan
plan_of(const struct encode_column *c)
{
    struct plan plan = plan_of_layout(c);

    switch (c->form) {
    case MY_FORM_BYTES:
    case MY_FORM_GEOMETRY:
        plan.type = MYSQL_TYPE_BLOB;
        return plan;
    case MY_FORM_DECIMAL:
        plan.type = c->layout == PD_LAYOUT_VAR ? MYSQL_TYPE_NEWDECIMAL : plan.type;
        return plan;
    case MY_FORM_BIT:
        return (struct plan){ENCODE_DIGITS, MYSQL_TYPE_BLOB, 0};
    case MY_FORM_DATE:
        return (struct plan){ENCODE_DATE, MYSQL_TYPE_DATE, sizeof(MYSQL_TIME)};
    case MY_FORM_DATETIME:
        return (struct plan){ENCODE_TIMESTAMP, MYSQL_TYPE_DATETIME, sizeof(MYSQL_TIME)};
    case MY_FORM_TIME:
        return (struct plan){ENCODE_CLOCK, MYSQL_TYPE_TIME, sizeof(MYSQL_TIME)};
    case MY_FORM_FLOAT:
        return c->most > 0 && c->layout == PD_LAYOUT_F32
                   ? (struct plan){ENCODE_FLOAT, MYSQL_TYPE_DOUBLE, 8}
                   : plan;
    case MY_FORM_ENUM:
        return c->as.kind == PD_KIND_ENUM ? (struct plan){ENCODE_LABEL, MYSQL_TYPE_SHORT, 2} : plan;
    case MY_FORM_SET:
        return c->as.kind == PD_KIND_SET ? (struct plan){ENCODE_LABELS, MYSQL_TYPE_LONGLONG, 8}
                                         : plan;
    default:
        return plan;
    }
}

/* 9999999.999 of "float(10,3)"; 0: it has no such bound. */
static double
bound_of(const char *native)
{
    int digits, scale, n = 0;
    double whole = 1, parts = 1;

    if (!native || sscanf(native, "float(%2d,%2d)%n", &digits, &scale, &n) != 2 || n == 0)
        return 0;
    for (int i = 0; i < digits - scale; i++)
        whole *= 10;
    for (int i = 0; i < scale; i++)
        parts *= 10;
    return whole - 1 / parts;
}

void
encode_plan(struct encode_column *c)
{
    struct plan plan;

    c->most = c->form == MY_FORM_FLOAT ? bound_of(c->native) : 0;
    plan = plan_of(c);
    c->plain = plan.way;
    c->type = plan.type;
    c->width = plan.width;
    c->is_unsigned =
        pd_kind_is_unsigned(c->as.kind) || plan.way == ENCODE_LABEL || plan.way == ENCODE_LABELS;
}

/* ---- Elements ---- */

static void
put_time(struct encode_column *c, uint32_t i, const MYSQL_TIME *time)
{
    MYSQL_TIME *at = (MYSQL_TIME *)(void *)(c->values + i * sizeof *at);

    *at = *time;
    c->pointers[i] = at;
}

static void
put_bytes(struct encode_column *c, uint32_t i, const void *bytes, size_t size)
{
    /* The library wants to read from somewhere, if only nothing. */
    c->pointers[i] = bytes ? bytes : "";
    c->lengths[i] = (unsigned long)size;
}

__extension__ typedef unsigned __int128 uint128;

static uint64_t
read_half(const uint8_t *bytes)
{
    uint64_t value;

    memcpy(&value, bytes, sizeof value);
    return value;
}

/* Digits of value, at least `least` of them, before `end`; the beginning. */
static char *
put_digits(char *end, uint128 value, unsigned least)
{
    char *at = end;

    while (value > UINT64_MAX) {
        *--at = (char)('0' + (unsigned)(value % 10));
        value /= 10;
    }
    for (uint64_t rest = (uint64_t)value; rest || (size_t)(end - at) < least; rest /= 10)
        *--at = (char)('0' + rest % 10);
    return at;
}

/* "-12.50"; bytes: two's complement, low half first. */
static void
put_decimal(struct encode_column *c, uint32_t i, const uint8_t *bytes)
{
    char *room = (char *)c->values + (size_t)i * ENCODE_TEXT, *end = room + ENCODE_TEXT, *at;
    unsigned scale = c->as.scale > 0 ? (unsigned)c->as.scale : 0;
    uint128 value = (uint128)read_half(bytes + 8) << 64 | read_half(bytes);
    bool is_negative = value >> 127;

    at = put_digits(end, is_negative ? -value : value, scale + 1);
    if (scale) {
        memmove(at - 1, at, (size_t)(end - at) - scale);
        at--;
        *(end - scale - 1) = '.';
    }
    if (is_negative)
        *--at = '-';
    put_bytes(c, i, at, (size_t)(end - at));
}

/* At most 64 digits, which the check has seen to. */
static void
put_digit_bits(struct encode_column *c, uint32_t i, const uint8_t *digits, size_t size)
{
    uint8_t *to = c->values + (size_t)i * 8;
    uint64_t value = 0;
    size_t k, n = (size + 7) / 8;

    for (k = 0; k < size && k < 64; k++)
        value = value << 1 | (digits[k] & 1);
    n = n > 8 ? 8 : n;
    for (k = 0; k < n; k++)
        to[k] = (uint8_t)(value >> (8 * (n - 1 - k)));
    put_bytes(c, i, to, n);
}

static void
put_number(struct encode_column *c, uint32_t i, int64_t number)
{
    uint8_t *to = c->values + (size_t)i * c->width;
    uint8_t v8 = (uint8_t)number;
    uint16_t v16 = (uint16_t)number;
    uint32_t v32 = (uint32_t)number;

    if (c->width == 1)
        memcpy(to, &v8, 1);
    else if (c->width == 2)
        memcpy(to, &v16, 2);
    else if (c->width == 4)
        memcpy(to, &v32, 4);
    else
        memcpy(to, &number, 8);
}

/* The server stores the largest number that the digits can say as the float next to it, which may
   be larger; that one it refuses. */
static void
put_float(struct encode_column *c, uint32_t i, int64_t number)
{
    uint32_t bits = (uint32_t)number;
    double wide;
    float value;

    memcpy(&value, &bits, sizeof value);
    wide = value;
    if (wide > c->most && value <= (float)c->most)
        wide = c->most;
    else if (wide < -c->most && value >= -(float)c->most)
        wide = -c->most;
    memcpy(&number, &wide, sizeof number);
    put_number(c, i, number);
}

static void
put_label(struct encode_column *c, uint32_t i, const uint8_t *text, size_t size)
{
    put_number(c, i, encode_labels_find(c->labels, text, size));
}

static void
put_labels(struct encode_column *c, uint32_t i, const uint8_t *text, size_t size)
{
    uint64_t mask;

    encode_labels_mask(c->labels, text, size, &mask);
    put_number(c, i, (int64_t)mask);
}

static void
put_parsed(struct encode_column *c, uint32_t i, const struct encode_cell *cell)
{
    MYSQL_TIME time;

    encode_parse_time(cell->bytes, cell->size, &time);
    if (c->form == MY_FORM_DATE)
        time.time_type = MYSQL_TIMESTAMP_DATE;
    put_time(c, i, &time);
}

/* ---- Cell by cell ---- */

static void
put_plain(struct encode_column *c, uint32_t i, const struct encode_cell *cell)
{
    MYSQL_TIME time;

    switch (c->plain) {
    case ENCODE_DIRECT:
    case ENCODE_BITS:
        put_number(c, i, cell->number);
        return;
    case ENCODE_FLOAT:
        put_float(c, i, cell->number);
        return;
    case ENCODE_DECIMAL:
        put_decimal(c, i, cell->bytes);
        return;
    case ENCODE_DIGITS:
        put_digit_bits(c, i, cell->bytes, cell->size);
        return;
    case ENCODE_DATE:
        encode_date(cell->number, &time);
        put_time(c, i, &time);
        return;
    case ENCODE_TIMESTAMP:
        encode_timestamp(cell->number, &time);
        put_time(c, i, &time);
        return;
    case ENCODE_CLOCK:
        encode_clock(cell->number, &time);
        put_time(c, i, &time);
        return;
    case ENCODE_LABEL:
        put_label(c, i, cell->bytes, cell->size);
        return;
    case ENCODE_LABELS:
        put_labels(c, i, cell->bytes, cell->size);
        return;
    default:
        put_bytes(c, i, cell->bytes, cell->size);
        return;
    }
}

/* Something that can be sent though it is of no use: of NULL, of rows that are not sent. */
static void
put_nothing(struct encode_column *c, uint32_t i)
{
    static const MYSQL_TIME zero;

    if (c->width == sizeof(MYSQL_TIME))
        put_time(c, i, &zero);
    else if (c->width)
        put_number(c, i, 0);
    else
        put_bytes(c, i, NULL, 0);
}

static void
put_cell(struct encode_column *c, uint32_t i, const struct encode_cell *cell)
{
    put_nothing(c, i);
    if (cell->is_null)
        return;
    if (cell->tag == PD_TAG_PLAIN)
        put_plain(c, i, cell);
    else if (cell->tag == PD_TAG_INT)
        put_number(c, i, cell->number);
    else if (cell->tag == PD_TAG_YMD && c->width == sizeof(MYSQL_TIME))
        put_parsed(c, i, cell);
    else if (c->width == 0)
        put_bytes(c, i, cell->bytes, cell->size);
}

static void
fill_cells(struct encode_column *c, uint32_t first, uint32_t n)
{
    struct encode_cell cell;

    encode_rewind(c, first);
    for (uint32_t i = 0; i < n; i++) {
        encode_fetch(c, first + i, &cell);
        put_cell(c, i, &cell);
        if (!c->raw_charset)
            continue;
        /* Its bytes by the second marker, NULL by the first. */
        c->raw_nulls[i] = cell.tag != PD_TAG_BADTEXT;
        c->raw_pointers[i] = c->pointers[i];
        c->raw_lengths[i] = c->lengths[i];
        c->nulls[i] = cell.is_null || cell.tag == PD_TAG_BADTEXT;
    }
}

/* ---- Plain vectors ---- */

static void
fill_var(struct encode_column *c, uint32_t first, uint32_t n)
{
    const char *data = c->v->data ? c->v->data : "";
    const int32_t *offsets = c->v->offsets + first;

    for (uint32_t i = 0; i < n; i++) {
        c->pointers[i] = data + offsets[i];
        c->lengths[i] = (unsigned long)(offsets[i + 1] - offsets[i]);
    }
}

static void
fill_fixed(struct encode_column *c, uint32_t first, uint32_t n)
{
    const uint8_t *data = (const uint8_t *)c->v->data + (size_t)first * 16;

    for (uint32_t i = 0; i < n; i++)
        put_bytes(c, i, data + (size_t)i * 16, 16);
}

static void
fill_decimals(struct encode_column *c, uint32_t first, uint32_t n)
{
    const uint8_t *data = (const uint8_t *)c->v->data + (size_t)first * 16;

    for (uint32_t i = 0; i < n; i++)
        put_decimal(c, i, data + (size_t)i * 16);
}

static void
fill_bits(struct encode_column *c, uint32_t first, uint32_t n)
{
    const uint8_t *data = c->v->data;

    for (uint32_t i = 0; i < n; i++)
        c->values[i] = data[(first + i) >> 3] >> ((first + i) & 7) & 1;
}

static void
fill_dates(struct encode_column *c, uint32_t first, uint32_t n)
{
    MYSQL_TIME time;
    int32_t days;

    for (uint32_t i = 0; i < n; i++) {
        memcpy(&days, (const uint8_t *)c->v->data + (size_t)(first + i) * 4, 4);
        encode_date(days, &time);
        put_time(c, i, &time);
    }
}

static void
fill_timestamps(struct encode_column *c, uint32_t first, uint32_t n)
{
    MYSQL_TIME time;
    int64_t us;

    for (uint32_t i = 0; i < n; i++) {
        memcpy(&us, (const uint8_t *)c->v->data + (size_t)(first + i) * 8, 8);
        encode_timestamp(us, &time);
        put_time(c, i, &time);
    }
}

static void
fill_column(struct encode_column *c, uint32_t first, uint32_t n)
{
    switch (c->way) {
    case ENCODE_DIRECT:
        return;
    case ENCODE_BITS:
        fill_bits(c, first, n);
        return;
    case ENCODE_VAR:
        fill_var(c, first, n);
        return;
    case ENCODE_UUID:
        fill_fixed(c, first, n);
        return;
    case ENCODE_DECIMAL:
        fill_decimals(c, first, n);
        return;
    case ENCODE_DATE:
        fill_dates(c, first, n);
        return;
    case ENCODE_TIMESTAMP:
        fill_timestamps(c, first, n);
        return;
    default:
        fill_cells(c, first, n);
        return;
    }
}

static void
fill_nulls(struct encode_column *c, uint32_t first, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        c->nulls[i] = !pd_is_valid(c->v->validity, first + i);
    if (!c->raw_charset)
        return;
    /* The library sizes its packet by the lengths of NULLs as well. */
    memset(c->raw_nulls, 1, n);
    memset(c->raw_pointers, 0, n * sizeof *c->raw_pointers);
    memset(c->raw_lengths, 0, n * sizeof *c->raw_lengths);
}

void
encode_fill(struct encoder *e, uint32_t first, uint32_t n)
{
    for (uint32_t k = 0; k < e->n_columns; k++) {
        struct encode_column *c = &e->columns[k];

        if (c->v->n_nulls || c->raw_charset)
            fill_nulls(c, first, n);
        fill_column(c, first, n);
    }
}

/* ---- Binds ---- */

static void *
unconst(const void *memory)
{
    void *plain;

    memcpy(&plain, &memory, sizeof plain);
    return plain;
}

/* The array of a column's elements. */
static void *
elements(const struct encode_column *c, uint32_t first)
{
    if (c->way == ENCODE_DIRECT)
        return unconst((const uint8_t *)c->v->data + (size_t)first * c->width);
    return c->pointers ? (void *)c->pointers : (void *)c->values;
}

void
encode_bind(const struct encode_column *c, uint32_t first, MYSQL_BIND *binds)
{
    memset(binds, 0, sizeof *binds);
    binds->buffer_type = c->type;
    binds->is_unsigned = c->is_unsigned;
    binds->buffer = elements(c, first);
    binds->length = c->lengths;
    binds->u.indicator = c->v->n_nulls || c->raw_charset ? c->nulls : NULL;
    if (!c->raw_charset)
        return;
    memset(&binds[1], 0, sizeof *binds);
    binds[1].buffer_type = MYSQL_TYPE_BLOB;
    binds[1].buffer = (void *)c->raw_pointers;
    binds[1].length = c->raw_lengths;
    binds[1].u.indicator = c->raw_nulls;
}

void
encode_bind_one(const struct encode_column *c, uint32_t first, uint32_t i, MYSQL_BIND *binds,
                my_bool *nulls)
{
    encode_bind(c, first, binds);
    nulls[0] = binds->u.indicator && binds->u.indicator[i];
    binds->is_null = &nulls[0];
    binds->u.indicator = NULL;
    if (c->pointers)
        binds->buffer = unconst(c->pointers[i]);
    else
        binds->buffer = (uint8_t *)binds->buffer + (size_t)i * c->width;
    binds->length = c->lengths ? &c->lengths[i] : NULL;
    if (!c->raw_charset)
        return;
    nulls[1] = c->raw_nulls[i];
    binds[1].is_null = &nulls[1];
    binds[1].u.indicator = NULL;
    binds[1].buffer = unconst(c->raw_pointers[i]);
    binds[1].length = &c->raw_lengths[i];
}
