// SPDX-License-Identifier: Apache-2.0
// batch_check - whether a batch keeps the rules of plugin.h, so that nobody behind it needs to ask.
// What cannot be seen is believed: a vector does not say how large its data is.

#include "model/kind.h"
#include "model/schema.h"
#include "model/values.h"

MUST_USE static pd_status
wrong(struct pd_error *err, const char *what)
{
    return error_fail(err, PD_FATAL, PD_CAUSE_BUG, "%s", what);
}

/* Is a cell's size right for its tag? Numbers are read as whole words. */
static bool
size_fits(const struct pd_type *type, uint32_t tag, uint64_t size)
{
    if (tag == PD_TAG_INT || tag == PD_TAG_REAL)
        return size == 8;
    if (tag != PD_TAG_PLAIN)
        return true;
    switch (kind_layout(type)) {
    case PD_LAYOUT_VAR:
        return true;
    case PD_LAYOUT_BITS:
        return size == 1;
    case PD_LAYOUT_F32:
    case PD_LAYOUT_I128:
    case PD_LAYOUT_FIXED:
        return size == kind_width(type);
    case PD_LAYOUT_NUM64:
    case PD_LAYOUT_TAGGED:
        return false;
    default:
        return size == 8;
    }
}

static uint32_t
count_valid(const uint8_t *validity, uint32_t n_rows)
{
    uint32_t n = 0, row = 0;

    for (; n_rows - row >= 64; row += 64)
        n += (uint32_t)__builtin_popcountll(values_le64(validity + row / 8));
    for (; row < n_rows; row++)
        n += validity[row >> 3] >> (row & 7) & 1;
    return n;
}

static pd_status
check_nulls(const struct pd_vector *v, uint32_t n_rows, struct pd_error *err)
{
    if (!v->validity && v->n_nulls)
        return wrong(err, "nulls are counted, but there is no validity bitmap");
    if (v->validity && count_valid(v->validity, n_rows) + v->n_nulls != n_rows)
        return wrong(err, "the number of nulls is not that of the validity bitmap");
    return PD_OK;
}

static pd_status
check_offsets(const struct pd_vector *v, uint32_t n_rows, struct pd_error *err)
{
    int32_t falls = 0;

    if (!v->offsets || (uintptr_t)v->offsets % _Alignof(int32_t) || v->offsets[0] != 0)
        return wrong(err, "offsets are missing or do not begin at 0");
    for (uint32_t row = 0; row < n_rows; row++)
        falls |= v->offsets[row + 1] < v->offsets[row];
    if (falls)
        return wrong(err, "offsets do not rise");
    if (!v->data && v->offsets[n_rows])
        return wrong(err, "there is no data");
    return PD_OK;
}

static pd_status
check_number_tags(const struct pd_vector *v, uint32_t n_rows, struct pd_error *err)
{
    uint8_t scratch[PD_BATCH_ROWS / 8];
    const uint8_t *mask = values_mask(v, n_rows, scratch);

    if (!v->tags)
        return wrong(err, "tags are missing");
    for (uint32_t row = 0; row < n_rows; row++) {
        if (v->tags[row] != PD_TAG_INT && v->tags[row] != PD_TAG_REAL && values_bit(mask, row))
            return wrong(err, "a number is tagged neither as an integer nor as a float");
    }
    return PD_OK;
}

static pd_status
check_tagged(const struct pd_type *type, const struct pd_vector *v, uint32_t n_rows,
             struct pd_error *err)
{
    if (!v->tags)
        return wrong(err, "tags are missing");
    if (v->n_outliers)
        return wrong(err, "a tagged vector has a list of outliers");
    for (uint32_t row = 0; row < n_rows; row++) {
        uint64_t size = (uint64_t)(v->offsets[row + 1] - v->offsets[row]);

        if (v->tags[row] >= PD_TAG_COUNT_)
            return wrong(err, "a tag is unknown");
        if (v->n_longs == 0 && !size_fits(type, v->tags[row], size) && values_bit(v->validity, row))
            return wrong(err, "a tagged value has the wrong size");
    }
    return PD_OK;
}

static pd_status
check_outliers(const struct pd_type *type, const struct pd_vector *v, uint32_t n_rows,
               struct pd_error *err)
{
    uint32_t next = 0;

    if (v->n_outliers > n_rows || (v->n_outliers && !v->outliers))
        return wrong(err, "the list of outliers is missing or longer than the batch");
    for (uint32_t i = 0; i < v->n_outliers; i++) {
        const struct pd_outlier *o = &v->outliers[i];

        if (o->row < next || o->row >= n_rows || !values_bit(v->validity, o->row))
            return wrong(err, "outliers are not in order of their rows, or in a row that is null");
        if (o->tag == PD_TAG_PLAIN || o->tag >= PD_TAG_COUNT_)
            return wrong(err, "an outlier's tag is unknown");
        if (!size_fits(type, o->tag, o->size) || (o->size && !o->bytes) || o->size > INT32_MAX)
            return wrong(err, "an outlier has the wrong size");
        next = o->row + 1;
    }
    return PD_OK;
}

static bool
may_be_long(const struct pd_type *type, uint32_t tag)
{
    if (tag == PD_TAG_PLAIN)
        return kind_layout(type) == PD_LAYOUT_VAR;
    return tag == PD_TAG_TEXT || tag == PD_TAG_BYTES || tag == PD_TAG_BADTEXT;
}

static pd_status
check_longs(const struct pd_type *type, const struct pd_vector *v, uint32_t n_rows,
            struct pd_error *err)
{
    if (v->n_longs == 0)
        return PD_OK;
    if (v->n_longs > 1 || n_rows != 1 || !v->longs || v->longs[0].row != 0)
        return wrong(err, "a long cell is not alone in its batch");
    if (v->n_outliers || v->n_nulls || !may_be_long(type, v->longs[0].tag))
        return wrong(err, "a long cell is neither text nor bytes");
    return PD_OK;
}

static pd_status
check_layout(const struct pd_type *type, const struct pd_vector *v, uint32_t n_rows,
             struct pd_error *err)
{
    pd_status status;

    if (v->layout != kind_layout(type) && v->layout != PD_LAYOUT_TAGGED)
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG, "layout %d is not that of '%s'", v->layout,
                          kind_name(type->kind));
    if (v->layout == PD_LAYOUT_FIXED && v->width != kind_width(type))
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG, "%u bytes a row are not the width of '%s'",
                          v->width, kind_name(type->kind));
    if (v->layout != PD_LAYOUT_VAR && v->layout != PD_LAYOUT_TAGGED)
        return v->data ? PD_OK : wrong(err, "there is no data");
    status = check_offsets(v, n_rows, err);
    if (status || v->layout == PD_LAYOUT_VAR)
        return status;
    return check_tagged(type, v, n_rows, err);
}

static pd_status
check_vector(const struct pd_type *type, const struct pd_vector *v, uint32_t n_rows,
             struct pd_error *err)
{
    pd_status status = check_nulls(v, n_rows, err);

    if (!status)
        status = check_layout(type, v, n_rows, err);
    if (!status)
        status = check_outliers(type, v, n_rows, err);
    if (!status)
        status = check_longs(type, v, n_rows, err);
    if (!status && v->layout == PD_LAYOUT_NUM64)
        status = check_number_tags(v, n_rows, err);
    return status;
}

static pd_status
check_shape(const struct pd_table *table, const struct pd_batch *batch, struct pd_error *err)
{
    if (batch->n_columns != table->n_columns)
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG,
                          "table '%s': a batch has %u columns, the table has %zu",
                          schema_table_name(table), batch->n_columns, table->n_columns);
    if (batch->n_rows == 0 || batch->n_rows > PD_BATCH_ROWS)
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG,
                          "table '%s': a batch has %u rows, not 1 to %d", schema_table_name(table),
                          batch->n_rows, PD_BATCH_ROWS);
    if (batch->struct_size < offsetof(struct pd_batch, owner) ||
        (batch->n_columns && (!batch->vectors || batch->vector_size < sizeof(struct pd_vector) ||
                              batch->vector_size % _Alignof(struct pd_vector))))
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG,
                          "table '%s': a batch is not made by plugin.h", schema_table_name(table));
    return PD_OK;
}

pd_status
batch_check(const struct pd_table *table, const struct pd_batch *batch, struct pd_error *err)
{
    pd_status status = check_shape(table, batch, err);

    for (uint32_t i = 0; !status && i < batch->n_columns; i++) {
        const struct pd_column *column = &table->columns[i];

        if (!schema_column_travels(column))
            continue;
        status = check_vector(&column->type, batch_vector(batch, i), batch->n_rows, err);
        if (status)
            return error_prefix(err, status, "table '%s': column '%s'", schema_table_name(table),
                                column->name);
    }
    return status;
}
