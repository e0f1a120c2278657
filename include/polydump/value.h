/* SPDX-License-Identifier: Apache-2.0 */
/*
 * polydump/value.h - single values in and out of batches, for migrations; all inline, C99.
 *
 *     pd_value_at(&column->type, pd_vector_at(batch, i), row, &value)   whatever the layout
 *     pd_put_value(&builder, i, &value)                                 whatever the tag
 *     pd_builder_table(&builder, host, table)                           a builder for such rows
 *
 * What pd_value_at() gave can be put into any column of the same type, also if it is an outlier or
 * a long cell. Loops over one column are faster still when they go by layout themselves.
 */
#ifndef POLYDUMP_VALUE_H
#define POLYDUMP_VALUE_H

#include <string.h>

#include <polydump/batch.h>
#include <polydump/migration.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Types ---- */

/* The layout of plain values; a vector of the type may be TAGGED instead. */
static inline uint8_t
pd_type_layout(const struct pd_type *type)
{
#define PD_KIND_LAYOUT_(name, number, text, layout, class_) PD_LAYOUT_##layout,
    static const uint8_t layouts[PD_KIND_COUNT_] = {PD_LAYOUT_NONE, PD_KIND_TABLE(PD_KIND_LAYOUT_)};
#undef PD_KIND_LAYOUT_

    if (type->kind == PD_KIND_DECIMAL && type->precision >= 1 && type->precision <= 38 &&
        type->scale >= 0 && type->scale <= type->precision)
        return PD_LAYOUT_I128;
    return type->kind < PD_KIND_COUNT_ ? layouts[type->kind] : (uint8_t)PD_LAYOUT_NONE;
}

/* Bytes a row of that layout; 0: VAR, TAGGED, BITS. */
static inline uint32_t
pd_type_width(const struct pd_type *type)
{
    return pd_layout_width(pd_type_layout(type), type->kind == PD_KIND_TIMETZ ? 12 : 16);
}

static inline int
pd_kind_is_unsigned(int kind)
{
    return (kind >= PD_KIND_UINT8 && kind <= PD_KIND_UINT64) || kind == PD_KIND_OID;
}

/* ---- Out of a batch ---- */

static inline uint64_t
pd_short_le64_(const uint8_t *bytes, size_t size)
{
    uint64_t bits = 0;
    size_t k;

    for (k = 0; k < size && k < 8; k++)
        bits |= (uint64_t)bytes[k] << (8 * k);
    return bits;
}

static inline double
pd_real_of_(uint64_t bits)
{
    double real;

    memcpy(&real, &bits, 8);
    return real;
}

/* The low bytes of an integer, as wide as its layout. */
static inline int64_t
pd_widened_(const struct pd_type *type, uint32_t width, uint64_t bits)
{
    unsigned shift = 64 - 8 * (width ? width : 1);

    if (pd_kind_is_unsigned(type->kind))
        return (int64_t)(bits << shift >> shift);
    return (int64_t)(bits << shift) >> shift;
}

/* A plain value in TAGGED is in the bytes of its plain layout, an integer in 8. */
static inline void
pd_value_of_plain_(const struct pd_type *type, const uint8_t *bytes, struct pd_value *value)
{
    uint8_t layout = pd_type_layout(type);
    float narrow = 0;

    switch (layout) {
    case PD_LAYOUT_BITS:
        value->integer = value->size && bytes[0];
        break;
    case PD_LAYOUT_I8:
    case PD_LAYOUT_I16:
    case PD_LAYOUT_I32:
    case PD_LAYOUT_I64:
        value->integer =
            pd_widened_(type, pd_layout_width(layout, 0), pd_short_le64_(bytes, value->size));
        break;
    case PD_LAYOUT_F32:
        if (value->size == 4)
            memcpy(&narrow, bytes, 4);
        value->real = (double)narrow;
        break;
    case PD_LAYOUT_F64:
        value->real = pd_real_of_(pd_short_le64_(bytes, value->size));
        break;
    default:
        break;
    }
}

static inline void
pd_value_of_tagged_(const struct pd_type *type, uint32_t tag, const uint8_t *bytes, size_t size,
                    struct pd_value *value)
{
    value->tag = (int32_t)tag;
    value->bytes = bytes;
    value->size = (uint32_t)size;
    if (tag == PD_TAG_PLAIN)
        pd_value_of_plain_(type, bytes, value);
    else if (tag == PD_TAG_INT)
        value->integer = (int64_t)pd_short_le64_(bytes, size);
    else if (tag == PD_TAG_REAL)
        value->real = pd_real_of_(pd_short_le64_(bytes, size));
}

/* The place of the first outlier at or after a row. */
static inline uint32_t
pd_first_outlier(const struct pd_vector *vector, uint32_t row)
{
    uint32_t low = 0, high = vector->n_outliers;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (vector->outliers[middle].row < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Is the row in one of the vector's lists? */
static inline int
pd_value_of_lists_(const struct pd_type *type, const struct pd_vector *vector, uint32_t row,
                   struct pd_value *value)
{
    uint32_t i = pd_first_outlier(vector, row);

    if (i < vector->n_outliers && vector->outliers[i].row == row) {
        const struct pd_outlier *outlier = &vector->outliers[i];

        pd_value_of_tagged_(type, outlier->tag, outlier->bytes, (size_t)outlier->size, value);
        return 1;
    }
    for (i = 0; i < vector->n_longs; i++) {
        if (vector->longs[i].row != row)
            continue;
        value->tag = (int32_t)vector->longs[i].tag;
        value->size = UINT32_MAX;
        value->integer = (int64_t)(intptr_t)&vector->longs[i];
        return 1;
    }
    return 0;
}

static inline void
pd_value_of_variable_(const struct pd_type *type, const struct pd_vector *vector, uint32_t row,
                      struct pd_value *value)
{
    const uint8_t *bytes = (const uint8_t *)vector->data;

    if (bytes)
        bytes += vector->offsets[row];
    value->bytes = bytes;
    value->size = (uint32_t)(vector->offsets[row + 1] - vector->offsets[row]);
    if (vector->layout == PD_LAYOUT_TAGGED)
        pd_value_of_tagged_(type, vector->tags[row], bytes, value->size, value);
}

/* One element of a layout of a fixed width but FIXED; data may lie at any address. */
#define PD_ELEMENT_(element)                                                                       \
    do {                                                                                           \
        element element_;                                                                          \
        memcpy(&element_, data + (size_t)row * sizeof element_, sizeof element_);                  \
        bits = (uint64_t)element_;                                                                 \
    } while (0)

static inline void
pd_value_of_fixed_(const struct pd_type *type, const struct pd_vector *vector, uint32_t row,
                   struct pd_value *value)
{
    const uint8_t *data = (const uint8_t *)vector->data;
    uint64_t bits = 0;
    float narrow;

    switch (vector->layout) {
    case PD_LAYOUT_BITS:
        value->integer = data[row >> 3] >> (row & 7) & 1;
        return;
    case PD_LAYOUT_I8:
        bits = data[row];
        break;
    case PD_LAYOUT_I16:
        PD_ELEMENT_(uint16_t);
        break;
    case PD_LAYOUT_I32:
        PD_ELEMENT_(uint32_t);
        break;
    case PD_LAYOUT_I64:
    case PD_LAYOUT_NUM64:
    case PD_LAYOUT_F64:
        PD_ELEMENT_(uint64_t);
        break;
    case PD_LAYOUT_F32:
        memcpy(&narrow, data + (size_t)row * 4, 4);
        value->real = narrow == narrow ? (double)narrow : pd_real_of_(pd_real_bits(narrow));
        return;
    default:
        value->size = pd_type_width(type);
        value->bytes = data + (size_t)row * value->size;
        return;
    }
    if (vector->layout == PD_LAYOUT_NUM64)
        value->tag = vector->tags[row];
    if (value->tag == PD_TAG_REAL || vector->layout == PD_LAYOUT_F64)
        value->real = pd_real_of_(pd_real_bits(pd_real_of_(bits)));
    else
        value->integer = pd_widened_(type, pd_layout_width(vector->layout, 0), bits);
}
#undef PD_ELEMENT_

/* The value of a row; its bytes are borrowed from the batch. Plain values of kind number have tag
   INT or REAL. A long cell has bytes NULL and a size that is not 0: see pd_value_long(). */
static inline void
pd_value_at(const struct pd_type *type, const struct pd_vector *vector, uint32_t row,
            struct pd_value *value)
{
    value->tag = -1;
    value->size = 0;
    value->integer = 0;
    value->real = 0;
    value->bytes = NULL;
    if (!pd_is_valid(vector->validity, row))
        return;
    value->tag = PD_TAG_PLAIN;
    if ((vector->n_outliers || vector->n_longs) && pd_value_of_lists_(type, vector, row, value))
        return;
    if (vector->layout == PD_LAYOUT_VAR || vector->layout == PD_LAYOUT_TAGGED)
        pd_value_of_variable_(type, vector, row, value);
    else
        pd_value_of_fixed_(type, vector, row, value);
}

/* The batch's own record of a long cell; NULL: the value is none. */
static inline const struct pd_long *
pd_value_long(const struct pd_value *value)
{
    if (value->tag < 0 || value->bytes || value->size != UINT32_MAX)
        return NULL;
    return (const struct pd_long *)(intptr_t)value->integer;
}

/* ---- Into a batch ---- */

static inline void
pd_put_plain_value_(struct pd_builder *b, uint32_t i, const struct pd_value *value)
{
    static const uint32_t nan = UINT32_C(0x7fc00000);
    float narrow = (float)value->real;

    switch (b->columns[i].layout) {
    case PD_LAYOUT_F32:
        if (value->real != value->real)
            memcpy(&narrow, &nan, 4);
        pd_put_fixed(b, i, &narrow);
        break;
    case PD_LAYOUT_F64:
        pd_put_f64(b, i, value->real);
        break;
    case PD_LAYOUT_I128:
    case PD_LAYOUT_FIXED:
        pd_put_fixed(b, i, value->bytes);
        break;
    case PD_LAYOUT_VAR:
        pd_put_bytes(b, i, value->bytes, value->size);
        break;
    default:
        pd_put_int(b, i, value->integer);
    }
}

/* A value of any tag, in a column of its type. A long cell goes only into a batch of one row that
   is made for the batch that it came in. */
static inline void
pd_put_value(struct pd_builder *b, uint32_t i, const struct pd_value *value)
{
    int is_number = b->columns[i].layout == PD_LAYOUT_NUM64;
    const struct pd_long *far_away = pd_value_long(value);

    if (value->tag < 0)
        pd_put_null(b, i);
    else if (far_away)
        pd_put_long(b, i, (uint32_t)value->tag, far_away->size, far_away->cookie);
    else if (value->tag == PD_TAG_PLAIN)
        pd_put_plain_value_(b, i, value);
    else if (value->tag == PD_TAG_INT && is_number)
        pd_put_number_int(b, i, value->integer);
    else if (value->tag == PD_TAG_INT)
        pd_put_tagged_int(b, i, value->integer);
    else if (value->tag == PD_TAG_REAL && is_number)
        pd_put_number_real(b, i, value->real);
    else if (value->tag == PD_TAG_REAL)
        pd_put_tagged_real(b, i, value->real);
    else
        pd_put_tagged(b, i, (uint32_t)value->tag, value->bytes, value->size);
}

/* A builder with the layouts of a table's columns, to be closed by pd_builder_close().
   PD_FATAL: memory is short. */
static inline pd_status
pd_builder_table(struct pd_builder *b, const struct pd_host *host, const struct pd_table *table)
{
    pd_status status = pd_builder_open(b, host, (uint32_t)table->n_columns);
    uint32_t i;

    for (i = 0; status == PD_OK && i < b->n_columns; i++) {
        const struct pd_column *column =
            PD_AT(struct pd_column, table->columns, table->column_size, i);

        pd_builder_column(b, i, pd_type_layout(&column->type), pd_type_width(&column->type));
    }
    return status;
}

#ifdef __cplusplus
}
#endif

#endif
