// SPDX-License-Identifier: Apache-2.0
/* decode - rows of COPY ... (FORMAT binary) into the vectors of a batch. The hot path of a dump:
   one switch a value, and nothing is called through a pointer. */
#include "decode.h"

#include "utf8.h"

enum { DECODE_HAS_INFINITE_INTERVALS = 170000 };

struct form_facts {
    uint8_t layout; /* enum pd_layout of the kinds that have this form */
    uint8_t size;   /* of every value; 0: they differ */
    const char *fault;
};

static const struct form_facts form_table[PG_FORM_COUNT_] = {
    [PG_FORM_TEXT] = {PD_LAYOUT_VAR, 0, NULL},
    [PG_FORM_BOOL] = {PD_LAYOUT_BITS, 1, "what the server sent is no bool"},
    [PG_FORM_INT2] = {PD_LAYOUT_I16, 2, "what the server sent is no integer of 2 bytes"},
    [PG_FORM_INT4] = {PD_LAYOUT_I32, 4, "what the server sent is no integer of 4 bytes"},
    [PG_FORM_INT8] = {PD_LAYOUT_I64, 8, "what the server sent is no integer of 8 bytes"},
    [PG_FORM_OID] = {PD_LAYOUT_I32, 4, "what the server sent is no oid"},
    [PG_FORM_FLOAT4] = {PD_LAYOUT_F32, 4, "what the server sent is no float of 4 bytes"},
    [PG_FORM_FLOAT8] = {PD_LAYOUT_F64, 8, "what the server sent is no float of 8 bytes"},
    [PG_FORM_NUMERIC] = {PD_LAYOUT_VAR, 0, NULL}, /* or I128 */
    [PG_FORM_STRING] = {PD_LAYOUT_VAR, 0, NULL},
    [PG_FORM_BPCHAR] = {PD_LAYOUT_VAR, 0, NULL},
    [PG_FORM_BYTEA] = {PD_LAYOUT_VAR, 0, NULL},
    [PG_FORM_DATE] = {PD_LAYOUT_I32, 4, "what the server sent is no date"},
    [PG_FORM_TIME] = {PD_LAYOUT_I64, 8, "what the server sent is no time"},
    [PG_FORM_TIMETZ] = {PD_LAYOUT_FIXED, 12, "what the server sent is no time with a zone"},
    [PG_FORM_TIMESTAMP] = {PD_LAYOUT_I64, 8, "what the server sent is no timestamp"},
    [PG_FORM_INTERVAL] = {PD_LAYOUT_FIXED, 16, "what the server sent is no interval"},
    [PG_FORM_JSONB] = {PD_LAYOUT_VAR, 0, NULL},
    [PG_FORM_UUID] = {PD_LAYOUT_FIXED, 16, "what the server sent is no uuid"},
    [PG_FORM_BIT] = {PD_LAYOUT_VAR, 0, NULL},
    [PG_FORM_INET] = {PD_LAYOUT_VAR, 0, NULL},
    [PG_FORM_MAC] = {PD_LAYOUT_VAR, 6, "what the server sent is no address"}, /* or 8 */
    [PG_FORM_MONEY] = {PD_LAYOUT_I64, 8, "what the server sent is no amount of money"},
};

char *
decode_scratch(struct decoder *d, size_t size)
{
    char *grown;

    if (d->scratch_room >= size)
        return d->scratch;
    grown = d->host->resize(d->host, d->scratch, size + size / 2);
    if (!grown) {
        d->builder->short_of_memory = 1;
        return NULL;
    }
    d->scratch = grown;
    d->scratch_room = size + size / 2;
    return grown;
}

/* ---- Values ---- */

static inline void
put_text(struct decoder *d, const struct decode_column *c, const uint8_t *bytes, size_t size)
{
    if (utf8_is_valid((const char *)bytes, size))
        pd_put_bytes(d->builder, c->column, bytes, size);
    else
        pd_put_tagged(d->builder, c->column, PD_TAG_BADTEXT, bytes, size);
}

static size_t
trimmed(const uint8_t *text, size_t size)
{
    while (size && text[size - 1] == ' ')
        size--;
    return size;
}

static inline void
put_float4(struct decoder *d, const struct decode_column *c, uint32_t bits)
{
    if ((bits & UINT32_C(0x7fffffff)) > UINT32_C(0x7f800000))
        bits = UINT32_C(0x7fc00000);
    pd_put_fixed(d->builder, c->column, &bits);
}

static inline void
put_float8(struct decoder *d, const struct decode_column *c, uint64_t bits)
{
    double value;

    memcpy(&value, &bits, 8);
    pd_put_f64(d->builder, c->column, value);
}

int64_t
decode_bit_count(const uint8_t *bytes, size_t size)
{
    int64_t n;

    if (size < 4)
        return -1;
    n = (int32_t)decode_u32(bytes);
    return n >= 0 && (uint64_t)size - 4 == ((uint64_t)n + 7) / 8 ? n : -1;
}

void
decode_bits(const uint8_t *bits, uint64_t from, char *digits, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++, from++)
        digits[i] = (char)('0' + (bits[from >> 3] >> (7 - (from & 7)) & 1));
}

static bool
put_bits(struct decoder *d, const struct decode_column *c, const uint8_t *bytes, size_t size)
{
    int64_t n = decode_bit_count(bytes, size);
    char *digits;

    if (n < 0)
        return decode_fault(d, c, "what the server sent is no bit string");
    digits = decode_scratch(d, (size_t)n + 1);
    if (digits)
        decode_bits(bytes + 4, 0, digits, (size_t)n);
    pd_put_bytes(d->builder, c->column, digits ? digits : "", digits ? (size_t)n : 0);
    return true;
}

static bool
put_time(struct decoder *d, const struct decode_column *c, int64_t micros)
{
    if (micros < 0 || micros > INT64_C(86400000000))
        return decode_fault(d, c, "what the server sent is no time");
    pd_put_i64(d->builder, c->column, micros);
    return true;
}

static bool
put_jsonb(struct decoder *d, const struct decode_column *c, const uint8_t *bytes, size_t size)
{
    if (size < 1 || bytes[0] != 1)
        return decode_fault(d, c, "what the server sent is no jsonb of version 1");
    put_text(d, c, bytes + 1, size - 1);
    return true;
}

static inline bool
put_cell(struct decoder *d, const struct decode_column *c, const uint8_t *bytes, size_t size)
{
    struct pd_builder *b = d->builder;

    if (c->size && size != c->size)
        return decode_fault(d, c, form_table[c->form].fault);
    switch (c->form) {
    case PG_FORM_BOOL:
        if (bytes[0] > 1)
            return decode_fault(d, c, form_table[c->form].fault);
        pd_put_int(b, c->column, bytes[0]);
        return true;
    case PG_FORM_INT2:
        pd_put_int(b, c->column, (int16_t)decode_u16(bytes));
        return true;
    case PG_FORM_INT4:
        pd_put_int(b, c->column, (int32_t)decode_u32(bytes));
        return true;
    case PG_FORM_OID:
        pd_put_int(b, c->column, decode_u32(bytes));
        return true;
    case PG_FORM_INT8:
    case PG_FORM_MONEY:
        pd_put_i64(b, c->column, (int64_t)decode_u64(bytes));
        return true;
    case PG_FORM_FLOAT4:
        put_float4(d, c, decode_u32(bytes));
        return true;
    case PG_FORM_FLOAT8:
        put_float8(d, c, decode_u64(bytes));
        return true;
    case PG_FORM_NUMERIC:
        return decode_numeric(d, c, bytes, size);
    case PG_FORM_TEXT:
    case PG_FORM_STRING:
        put_text(d, c, bytes, size);
        return true;
    case PG_FORM_BPCHAR:
        put_text(d, c, bytes, trimmed(bytes, size));
        return true;
    case PG_FORM_BYTEA:
        pd_put_bytes(b, c->column, bytes, size);
        return true;
    case PG_FORM_DATE:
        return decode_date(d, c, (int32_t)decode_u32(bytes));
    case PG_FORM_TIME:
        return put_time(d, c, (int64_t)decode_u64(bytes));
    case PG_FORM_TIMETZ:
        return decode_timetz(d, c, bytes, size);
    case PG_FORM_TIMESTAMP:
        return decode_timestamp(d, c, (int64_t)decode_u64(bytes));
    case PG_FORM_INTERVAL:
        return decode_interval(d, c, bytes, size);
    case PG_FORM_JSONB:
        return put_jsonb(d, c, bytes, size);
    case PG_FORM_UUID:
        pd_put_fixed(b, c->column, bytes);
        return true;
    case PG_FORM_BIT:
        return put_bits(d, c, bytes, size);
    case PG_FORM_INET:
        return decode_inet(d, c, bytes, size);
    case PG_FORM_MAC:
        decode_mac(d, c, bytes);
        return true;
    default:
        return decode_fault(d, c, "there is no such form");
    }
}

bool
decode_cell(struct decoder *d, const struct decode_column *c, const uint8_t *bytes, size_t size)
{
    return put_cell(d, c, bytes, size);
}

/* ---- Rows ---- */

static inline bool
next_field(const uint8_t **at, const uint8_t *end, struct decode_field *field)
{
    uint32_t size;

    if (end - *at < 4)
        return false;
    size = decode_u32(*at);
    *at += 4;
    field->bytes = *at;
    field->size = 0;
    field->is_null = size == UINT32_MAX;
    if (field->is_null)
        return true;
    if (size > (size_t)(end - *at))
        return false;
    field->size = size;
    *at += size;
    return true;
}

bool
decode_next(const uint8_t **at, const uint8_t *end, struct decode_field *field)
{
    return next_field(at, end, field);
}

void
decode_row_end(struct decoder *d)
{
    uint32_t i;

    for (i = 0; i < d->n_absent; i++)
        pd_put_null(d->builder, d->absent[i]);
    pd_builder_row(d->builder);
}

bool
decode_row(struct decoder *d, const uint8_t *at, const uint8_t *end)
{
    const struct decode_column *c = d->columns, *behind = c + d->n_columns;
    struct decode_field field;

    for (; c < behind; c++) {
        if (!next_field(&at, end, &field))
            return decode_fault(d, c, "a row that the server sent ends within this column");
        if (field.is_null)
            pd_put_null(d->builder, c->column);
        else if (!put_cell(d, c, field.bytes, field.size))
            return false;
    }
    if (at != end)
        return decode_fault(d, NULL, "a row that the server sent has more than its columns");
    decode_row_end(d);
    return true;
}

/* ---- Long cells ---- */

const uint8_t *
decode_plain_bytes(const struct decode_column *c, const uint8_t *bytes, size_t size,
                   size_t *ret_size)
{
    *ret_size = size;
    switch (c->form) {
    case PG_FORM_TEXT:
    case PG_FORM_STRING:
    case PG_FORM_BYTEA:
        return bytes;
    case PG_FORM_BPCHAR:
        *ret_size = trimmed(bytes, size);
        return bytes;
    case PG_FORM_JSONB:
        if (size < 1 || bytes[0] != 1)
            return NULL;
        *ret_size = size - 1;
        return bytes + 1;
    default:
        return NULL;
    }
}

bool
decode_is_plain(const struct decode_column *c, const uint8_t *bytes, size_t size)
{
    return c->form == PG_FORM_BYTEA || utf8_is_valid((const char *)bytes, size);
}

/* ---- The columns of a table ---- */

/* False: the type has another layout than the values. */
static bool
column_read(const struct pd_column *column, const struct pg_column *plan, struct decode_column *c)
{
    const struct pd_type *type = &column->type;
    uint8_t layout = pd_type_layout(type);

    if (plan->form >= PG_FORM_COUNT_ || type->kind >= PD_KIND_COUNT_)
        return false;
    c->form = plan->form;
    c->size = type->kind == PD_KIND_MACADDR8 ? 8 : form_table[c->form].size;
    c->is_zone = type->kind == PD_KIND_TIMESTAMPTZ;
    c->is_cidr = type->kind == PD_KIND_CIDR;
    if (c->form == PG_FORM_NUMERIC && layout == PD_LAYOUT_I128) {
        c->digits = (uint8_t)type->precision;
        c->scale = (uint8_t)type->scale;
        return true;
    }
    return layout == form_table[c->form].layout;
}

static pd_status
columns_read(struct decoder *d, const struct pd_table *table, const struct pg_table *plan,
             struct pd_error *err)
{
    uint32_t i;

    d->long_row = PD_LONG_CELL;
    for (i = 0; i < table->n_columns; i++) {
        const struct pd_column *column =
            PD_AT(struct pd_column, table->columns, table->column_size, i);
        struct decode_column c = {.column = i};

        if (!column_read(column, &plan->columns[i], &c))
            return d->host->fail(err, PD_FAILED, PD_CAUSE_BUG,
                                 "table '%s': column '%s' of kind %u cannot be read in form %u",
                                 table->name, column->name, column->type.kind,
                                 plan->columns[i].form);
        pd_builder_column(d->builder, i, pd_type_layout(&column->type),
                          column->type.kind == PD_KIND_TIMETZ ? 12 : 16);
        if (c.form == PG_FORM_BIT)
            d->long_row = PD_LONG_CELL / 8; /* a byte becomes eight digits */
        if (plan->columns[i].is_stored)
            d->columns[d->n_columns++] = c;
        else
            d->absent[d->n_absent++] = i;
    }
    return PD_OK;
}

pd_status
decode_open(struct decoder *d, const struct pg *pg, const struct pd_table *table,
            const struct pg_table *plan, struct pd_builder *builder, struct pd_error *err)
{
    const struct pd_host *host = pg->host;
    size_t n = table->n_columns + 1;

    memset(d, 0, sizeof *d);
    d->host = host;
    d->builder = builder;
    d->infinite_intervals = pg->version >= DECODE_HAS_INFINITE_INTERVALS;
    d->columns = host->alloc(host, n * sizeof *d->columns);
    d->absent = host->alloc(host, n * sizeof *d->absent);
    if (!d->columns || !d->absent)
        return pg_no_memory(host, err);
    return columns_read(d, table, plan, err);
}

void
decode_close(struct decoder *d)
{
    if (!d->host)
        return;
    d->host->release(d->host, d->columns);
    d->host->release(d->host, d->absent);
    d->host->release(d->host, d->scratch);
    memset(d, 0, sizeof *d);
}
