// SPDX-License-Identifier: Apache-2.0
/* decode - rows of the binary protocol into the vectors of a batch. The hot path of a dump: the
   library's callback only notes where a value is; one switch a value puts it into its vector. */
#include "decode.h"

#include "utf8.h"

enum { UUID_DIGITS = 36 };

/* ---- Fields: what the library's callback notes ---- */

/* The number before bytes, as they are long; false: it does not fit into the memory. */
static inline bool
take_length(const uint8_t **at, const uint8_t *end, uint64_t *ret_length)
{
    const uint8_t *p = *at;
    size_t n, k;
    uint64_t length = 0;

    if (p >= end)
        return false;
    if (*p <= 250) {
        *ret_length = *p;
        *at = p + 1;
        return true;
    }
    if (*p < 252 || *p > 254)
        return false; /* 251 and 255 are no lengths */
    n = *p == 254 ? 8 : *p - 250u;
    if ((size_t)(end - p) <= n)
        return false;
    for (k = 0; k < n; k++)
        length |= (uint64_t)p[1 + k] << (8 * k);
    *ret_length = length;
    *at = p + 1 + n;
    return true;
}

void
decode_take(void *decoder, unsigned number, unsigned char **at)
{
    struct decoder *d = decoder;
    struct decode_field *field;
    const uint8_t *bytes, *end;
    uint64_t size;

    /* What the server says when it executes is another thing than what it said before. */
    if (number >= d->n_fields) {
        decode_fault(d, NULL, "the server sends another number of columns");
        return;
    }
    field = &d->fields[number];
    field->bytes = NULL;
    if (!at || d->fault)
        return;
    end = *d->end;
    size = field->width;
    bytes = *at;
    if (bytes > end || (size == DECODE_LENGTH && !take_length(&bytes, end, &size)) ||
        size > (size_t)(end - bytes)) {
        decode_fault(d, &d->columns[field->stream], "a row that the server sent ends within it");
        return;
    }
    field->bytes = bytes;
    field->size = (size_t)size;
    d->is_long |= size > PD_LONG_CELL;
    *at = (unsigned char *)(uintptr_t)bytes + size;
}

static inline const struct decode_field *
value_field(const struct decoder *d, const struct decode_column *c)
{
    return &d->fields[c->field];
}

/* ---- Values ---- */

static inline void
put_text(struct decoder *d, const struct decode_column *c, const uint8_t *bytes, size_t size)
{
    if (utf8_is_valid(bytes, size))
        pd_put_bytes(d->builder, c->column, bytes, size);
    else
        pd_put_tagged(d->builder, c->column, PD_TAG_BADTEXT, bytes, size);
}

static void
put_float(struct decoder *d, const struct decode_column *c, uint32_t bits)
{
    if ((bits & UINT32_C(0x7fffffff)) > UINT32_C(0x7f800000))
        bits = UINT32_C(0x7fc00000);
    pd_put_fixed(d->builder, c->column, &bits);
}

static void
put_double(struct decoder *d, const struct decode_column *c, uint64_t bits)
{
    double value;

    memcpy(&value, &bits, 8);
    pd_put_f64(d->builder, c->column, value);
}

/* A column of year(2) sends two digits. */
static void
put_year(struct decoder *d, const struct decode_column *c, uint16_t year)
{
    if (c->is_short_year && year < 100)
        year = (uint16_t)(year + (year < 70 ? 2000 : 1900));
    pd_put_int(d->builder, c->column, year);
}

/* The text that UTF-8 gives back, or the column's own bytes. */
static void
put_raw(struct decoder *d, const struct decode_column *c, const uint8_t *bytes, size_t size)
{
    const struct decode_field *own = value_field(d, c) - 1;

    if (own->bytes)
        pd_put_tagged(d->builder, c->column, PD_TAG_BADTEXT, own->bytes, own->size);
    else
        put_text(d, c, bytes, size);
}

/* The error value looks like an empty label. */
static void
put_enum(struct decoder *d, const struct decode_column *c, const uint8_t *bytes, size_t size)
{
    const struct decode_field *mark = value_field(d, c) - 1;

    if (size == 0 && (!c->has_empty || (mark->bytes && mark->bytes[0])))
        pd_put_tagged(d->builder, c->column, PD_TAG_ENUM0, NULL, 0);
    else
        put_text(d, c, bytes, size);
}

static int
hex_value(uint8_t digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    digit |= 0x20;
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static bool
put_uuid(struct decoder *d, const struct decode_column *c, const uint8_t *text, size_t size)
{
    uint8_t bytes[DECODE_UUID_BYTES];
    const uint8_t *at = text;
    unsigned i;

    if (size != UUID_DIGITS)
        return decode_fault(d, c, "what the server sent is no uuid");
    for (i = 0; i < DECODE_UUID_BYTES; i++, at += 2) {
        int high, low;

        if (i == 4 || i == 6 || i == 8 || i == 10)
            if (*at++ != '-')
                return decode_fault(d, c, "what the server sent is no uuid");
        high = hex_value(at[0]);
        low = hex_value(at[1]);
        if (high < 0 || low < 0)
            return decode_fault(d, c, "what the server sent is no uuid");
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    pd_put_fixed(d->builder, c->column, bytes);
    return true;
}

static inline bool
put_int(struct decoder *d, const struct decode_column *c, const uint8_t *bytes)
{
    struct pd_column_builder *to = &d->builder->columns[c->column];
    size_t row = d->builder->n_rows;

    if (!c->is_verbatim || to->tagged)
        return decode_int(d, c, bytes);
    if (c->size == 4) /* sizes that the compiler knows: one instruction each */
        memcpy(to->data + row * 4, bytes, 4);
    else if (c->size == 8)
        memcpy(to->data + row * 8, bytes, 8);
    else if (c->size == 2)
        memcpy(to->data + row * 2, bytes, 2);
    else
        to->data[row] = bytes[0];
    return true;
}

static inline bool
put_cell(struct decoder *d, const struct decode_column *c, const uint8_t *bytes, size_t size)
{
    switch (c->form) {
    case MY_FORM_INT:
        return put_int(d, c, bytes);
    case MY_FORM_FLOAT:
        put_float(d, c, decode_u32(bytes));
        return true;
    case MY_FORM_DOUBLE:
        put_double(d, c, decode_u64(bytes));
        return true;
    case MY_FORM_DECIMAL:
        return decode_decimal(d, c, bytes, size);
    case MY_FORM_TEXT:
    case MY_FORM_SET:
    case MY_FORM_ADDRESS:
        put_text(d, c, bytes, size);
        return true;
    case MY_FORM_RAW:
        put_raw(d, c, bytes, size);
        return true;
    case MY_FORM_BYTES:
    case MY_FORM_GEOMETRY:
        pd_put_bytes(d->builder, c->column, bytes, size);
        return true;
    case MY_FORM_BIT:
        return decode_bits(d, c, bytes, size);
    case MY_FORM_DATE:
        return decode_date(d, c, bytes, size);
    case MY_FORM_DATETIME:
        return decode_datetime(d, c, bytes, size);
    case MY_FORM_TIME:
        return decode_time(d, c, bytes, size);
    case MY_FORM_YEAR:
        put_year(d, c, decode_u16(bytes));
        return true;
    case MY_FORM_ENUM:
        put_enum(d, c, bytes, size);
        return true;
    case MY_FORM_UUID:
        return put_uuid(d, c, bytes, size);
    default:
        return decode_fault(d, c, "there is no such form");
    }
}

static inline bool
put_field(struct decoder *d, const struct decode_column *c)
{
    const struct decode_field *field = value_field(d, c);

    if (field->bytes)
        return put_cell(d, c, field->bytes, field->size);
    pd_put_null(d->builder, c->column);
    return true;
}

bool
decode_cell(struct decoder *d, const struct decode_column *c)
{
    return put_field(d, c);
}

/* ---- Rows ---- */

void
decode_row_end(struct decoder *d)
{
    uint32_t i;

    d->is_long = false;
    for (i = 0; i < d->n_absent; i++)
        pd_put_null(d->builder, d->absent[i]);
    pd_builder_row(d->builder);
}

bool
decode_row(struct decoder *d)
{
    const struct decode_column *c = d->columns, *behind = c + d->n_columns;

    if (d->fault)
        return false;
    for (; c < behind; c++) {
        if (!put_field(d, c))
            return false;
    }
    decode_row_end(d);
    return true;
}

bool
decode_has_long(const struct decode_column *c)
{
    return c->form == MY_FORM_TEXT || c->form == MY_FORM_RAW || c->form == MY_FORM_BYTES ||
           c->form == MY_FORM_GEOMETRY;
}

const uint8_t *
decode_long_bytes(const struct decoder *d, const struct decode_column *c, size_t *ret_size,
                  uint32_t *ret_tag)
{
    const struct decode_field *field = value_field(d, c);

    *ret_tag = PD_TAG_PLAIN;
    if (c->form == MY_FORM_RAW && field->bytes && field[-1].bytes) {
        field--;
        *ret_tag = PD_TAG_BADTEXT;
    } else if (field->bytes && c->form != MY_FORM_BYTES && c->form != MY_FORM_GEOMETRY &&
               !utf8_is_valid(field->bytes, field->size)) {
        *ret_tag = PD_TAG_BADTEXT;
    }
    *ret_size = field->size;
    return field->bytes;
}
