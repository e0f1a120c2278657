// SPDX-License-Identifier: Apache-2.0
/* decode_columns - which columns of a table come, in which fields of the stream, and whether the
   server sends them so. */
#include "decode.h"

/* ---- The columns of a table ---- */

/* The layout that values of a form are put into; 0: it follows from the kind. */
static uint8_t
form_layout(uint8_t form)
{
    static const uint8_t layouts[MY_FORM_COUNT_] = {
        [MY_FORM_FLOAT] = PD_LAYOUT_F32,    [MY_FORM_DOUBLE] = PD_LAYOUT_F64,
        [MY_FORM_TEXT] = PD_LAYOUT_VAR,     [MY_FORM_RAW] = PD_LAYOUT_VAR,
        [MY_FORM_BYTES] = PD_LAYOUT_VAR,    [MY_FORM_BIT] = PD_LAYOUT_VAR,
        [MY_FORM_DATE] = PD_LAYOUT_I32,     [MY_FORM_DATETIME] = PD_LAYOUT_I64,
        [MY_FORM_TIME] = PD_LAYOUT_I64,     [MY_FORM_YEAR] = PD_LAYOUT_I16,
        [MY_FORM_ENUM] = PD_LAYOUT_VAR,     [MY_FORM_SET] = PD_LAYOUT_VAR,
        [MY_FORM_UUID] = PD_LAYOUT_FIXED,   [MY_FORM_ADDRESS] = PD_LAYOUT_VAR,
        [MY_FORM_GEOMETRY] = PD_LAYOUT_VAR,
    };

    return layouts[form];
}

/* Bytes of an integer in the layout of a type; 0: it holds none. */
static uint8_t
int_width(const struct pd_type *type)
{
    static const uint8_t widths[] = {[PD_LAYOUT_BITS] = 1,
                                     [PD_LAYOUT_I8] = 1,
                                     [PD_LAYOUT_I16] = 2,
                                     [PD_LAYOUT_I32] = 4,
                                     [PD_LAYOUT_I64] = 8};
    uint8_t layout = pd_type_layout(type);

    return layout < sizeof widths ? widths[layout] : 0;
}

/* Can every value of an integer's size be put into its layout? */
static bool
int_fits(const struct pd_type *type, uint8_t size)
{
    return (size == 1 || size == 2 || size == 4 || size == 8) && size <= int_width(type);
}

/* Unsigned ones may need a wider layout, and those of one bit are packed. */
static bool
is_verbatim(const struct pd_type *type, const struct my_column *plan)
{
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && !plan->is_unsigned &&
           pd_type_layout(type) != PD_LAYOUT_BITS && plan->size == int_width(type);
}

/* Are the type and the form of one another? */
static bool
is_pair(const struct pd_type *type, const struct my_column *plan)
{
    if (type->kind >= PD_KIND_COUNT_ || plan->form >= MY_FORM_COUNT_)
        return false;
    if (plan->form == MY_FORM_INT)
        return int_fits(type, plan->size);
    if (plan->form == MY_FORM_DECIMAL)
        return type->kind == PD_KIND_DECIMAL && type->precision >= 1 && type->precision <= 65 &&
               type->scale >= 0 && type->scale <= type->precision;
    return pd_type_layout(type) == form_layout(plan->form) && type->kind != PD_KIND_DECIMAL;
}

static bool
has_empty_label(const struct pd_type *type)
{
    size_t i;

    for (i = 0; i < type->n_labels; i++) {
        if (!*type->labels[i])
            return true;
    }
    return false;
}

static struct decode_column
column_of(const struct pd_column *column, const struct my_column *plan, uint32_t number)
{
    const struct pd_type *type = &column->type;
    struct decode_column c = {.form = plan->form,
                              .size = plan->size,
                              .kind = (uint8_t)type->kind,
                              .is_unsigned = plan->is_unsigned,
                              .column = number};

    c.is_verbatim = plan->form == MY_FORM_INT && is_verbatim(type, plan);
    if (type->kind == PD_KIND_DECIMAL) {
        c.digits = (uint8_t)type->precision;
        c.scale = (uint8_t)type->scale;
        c.is_i128 = pd_type_layout(type) == PD_LAYOUT_I128;
    }
    if (type->precision > 0 && type->precision <= 6)
        c.fraction = (uint8_t)type->precision;
    c.bits = type->length <= 64 ? (uint32_t)type->length : 0;
    c.has_empty = plan->form == MY_FORM_ENUM && has_empty_label(type);
    c.is_short_year =
        plan->form == MY_FORM_YEAR && column->native && strncmp(column->native, "year(2)", 7) == 0;
    return c;
}

static void
add_column(struct decoder *d, struct decode_column c)
{
    uint8_t extra = c.form == MY_FORM_RAW ? DECODE_BYTES
                    : c.has_empty         ? DECODE_ERROR
                                          : DECODE_VALUE;

    if (extra != DECODE_VALUE)
        d->fields[d->n_fields++] = (struct decode_field){.role = extra, .stream = d->n_columns};
    c.field = d->n_fields;
    d->fields[d->n_fields++] = (struct decode_field){.stream = d->n_columns};
    d->columns[d->n_columns++] = c;
}

static pd_status
read_columns(struct decoder *d, const struct pd_table *table, const struct my_table *plan,
             struct pd_error *err)
{
    uint32_t i;

    for (i = 0; i < table->n_columns; i++) {
        const struct pd_column *column = pd_column_at(table, i);

        if (!is_pair(&column->type, &plan->columns[i]))
            return d->host->fail(err, PD_FAILED, PD_CAUSE_BUG,
                                 "table '%s': column '%s' of kind %u cannot be read in form %u",
                                 table->name, column->name, column->type.kind,
                                 plan->columns[i].form);
        pd_builder_column(d->builder, i, pd_type_layout(&column->type), DECODE_UUID_BYTES);
        if (plan->columns[i].is_stored)
            add_column(d, column_of(column, &plan->columns[i], i));
        else
            d->absent[d->n_absent++] = i;
    }
    return PD_OK;
}

pd_status
decode_open(struct decoder *d, const struct pd_host *host, const struct pd_table *table,
            const struct my_table *plan, struct pd_builder *builder, struct pd_error *err)
{
    size_t n = table->n_columns + 1;

    memset(d, 0, sizeof *d);
    d->host = host;
    d->builder = builder;
    d->columns = host->alloc(host, n * sizeof *d->columns);
    d->absent = host->alloc(host, n * sizeof *d->absent);
    d->fields = host->alloc(host, 2 * n * sizeof *d->fields);
    if (!d->columns || !d->absent || !d->fields)
        return my_no_memory(host, err);
    return read_columns(d, table, plan, err);
}

void
decode_close(struct decoder *d)
{
    if (!d->host)
        return;
    d->host->release(d->host, d->columns);
    d->host->release(d->host, d->absent);
    d->host->release(d->host, d->fields);
    memset(d, 0, sizeof *d);
}

/* ---- What the server says that it sends ---- */

uint8_t
decode_width(enum enum_field_types type)
{
    switch (type) {
    case MYSQL_TYPE_TINY:
        return 1;
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_YEAR:
        return 2;
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_FLOAT:
        return 4;
    case MYSQL_TYPE_LONGLONG:
    case MYSQL_TYPE_DOUBLE:
        return 8;
    case MYSQL_TYPE_NULL:
        return DECODE_NOTHING;
    default:
        return DECODE_LENGTH;
    }
}

bool
decode_is_int_type(enum enum_field_types type)
{
    return type == MYSQL_TYPE_TINY || type == MYSQL_TYPE_SHORT || type == MYSQL_TYPE_LONG ||
           type == MYSQL_TYPE_INT24 || type == MYSQL_TYPE_LONGLONG;
}

bool
decode_is_special_type(enum enum_field_types type)
{
    return type == MYSQL_TYPE_DATE || type == MYSQL_TYPE_DATETIME || type == MYSQL_TYPE_TIMESTAMP ||
           type == MYSQL_TYPE_TIME || type == MYSQL_TYPE_NEWDATE ||
           decode_width(type) != DECODE_LENGTH;
}

static bool
is_wire_of(const struct decode_column *c, enum enum_field_types type)
{
    switch (c->form) {
    case MY_FORM_INT:
        return decode_is_int_type(type) && decode_width(type) == c->size;
    case MY_FORM_FLOAT:
        return type == MYSQL_TYPE_FLOAT;
    case MY_FORM_DOUBLE:
        return type == MYSQL_TYPE_DOUBLE;
    case MY_FORM_YEAR:
        return type == MYSQL_TYPE_YEAR || type == MYSQL_TYPE_SHORT;
    case MY_FORM_DATE:
        return type == MYSQL_TYPE_DATE || type == MYSQL_TYPE_NEWDATE;
    case MY_FORM_DATETIME:
        return type == MYSQL_TYPE_DATETIME || type == MYSQL_TYPE_TIMESTAMP;
    case MY_FORM_TIME:
        return type == MYSQL_TYPE_TIME;
    default:
        return !decode_is_special_type(type);
    }
}

static bool
bind_field(struct decoder *d, struct decode_field *field, enum enum_field_types type)
{
    const struct decode_column *c = &d->columns[field->stream];
    bool fits = field->role == DECODE_ERROR   ? decode_is_int_type(type)
                : field->role == DECODE_BYTES ? !decode_is_special_type(type)
                                              : is_wire_of(c, type);

    field->width = decode_width(type);
    return fits || decode_fault(d, c, "the server sends another type than the catalogue has");
}

bool
decode_bind(struct decoder *d, const MYSQL_FIELD *fields, uint32_t n, unsigned char *const *end)
{
    uint32_t i;

    if (n != d->n_fields || !fields)
        return decode_fault(d, NULL, "the server sends another number of columns");
    d->end = end;
    for (i = 0; i < n; i++) {
        if (!bind_field(d, &d->fields[i], fields[i].type))
            return false;
    }
    return true;
}
