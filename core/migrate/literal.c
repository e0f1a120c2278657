// SPDX-License-Identifier: Apache-2.0
// literal - the literal default of a column as a cell of it.
#include "migrate/literal.h"

#include "model/convert.h"
#include "model/kind.h"
#include "model/text.h"

static const struct pd_type any_type = {.struct_size = sizeof any_type, .kind = PD_KIND_NUMBER};
static const struct pd_type int_type = {.struct_size = sizeof int_type, .kind = PD_KIND_INT64};
static const struct pd_type real_type = {.struct_size = sizeof real_type, .kind = PD_KIND_FLOAT64};

/* The default as what it is written as, whatever the column. */
static pd_status
loose_cell(const struct pd_column *column, struct buffer *scratch, struct cell *ret_cell,
           struct pd_error *err)
{
    const struct pd_type *type = column->default_tag == PD_TAG_INT ? &int_type : &real_type;
    pd_status status;

    *ret_cell = (struct cell){.tag = column->default_tag,
                              .bytes = (const uint8_t *)column->default_text,
                              .size = column->default_size};
    if (column->default_tag != PD_TAG_INT && column->default_tag != PD_TAG_REAL)
        return PD_OK;
    status = text_parse(type, column->default_text, column->default_size, scratch, ret_cell, err);
    ret_cell->tag = column->default_tag;
    return status == PD_OK ? status : error_prefix(err, status, "its default");
}

static bool
is_loose(const struct pd_type *type)
{
    return type->kind == PD_KIND_ANY || type->kind == PD_KIND_NUMBER;
}

static bool
is_bytes(const struct pd_type *type)
{
    return type->kind == PD_KIND_BINARY || type->kind == PD_KIND_GEOMETRY;
}

/* A number as the column has numbers: 1.5 in a decimal of two digits, 1 in a bool. PD_DONE: it is
   none there. */
static pd_status
number_cell(const struct pd_column *column, const struct cell *loose, struct arena *arena,
            struct cell *ret_cell, struct pd_error *err)
{
    CLEANUP(conversion) struct conversion *conversion = NULL;
    pd_status status;

    if (loose->tag != PD_TAG_INT && loose->tag != PD_TAG_REAL)
        return PD_DONE;
    status = convert_open(&any_type, &column->type, CONVERT_BACK, &conversion, err);
    if (status == PD_UNSUPPORTED)
        return PD_DONE;
    if (status == PD_OK)
        status = convert_cell(conversion, loose, ret_cell, err);
    if (status == PD_OK && ret_cell->bytes) {
        ret_cell->bytes = arena_copy(arena, ret_cell->bytes, ret_cell->size);
        return ret_cell->bytes ? PD_OK : error_memory(err);
    }
    return status == PD_FAILED ? PD_DONE : status;
}

pd_status
literal_cell(const struct pd_column *column, struct arena *arena, struct cell *ret_cell,
             struct pd_error *err)
{
    CLEANUP_BUFFER struct buffer scratch = {0};
    struct cell loose;
    pd_status status;

    *ret_cell = (struct cell){.tag = -1};
    if (column->default_kind != PD_DEFAULT_LITERAL || !column->default_text)
        return PD_OK;
    status = loose_cell(column, &scratch, &loose, err);
    if (status != PD_OK)
        return error_prefix(err, status, "column '%s'", column->name);
    *ret_cell = loose;
    if (is_loose(&column->type))
        return PD_OK;
    if (column->default_tag == PD_TAG_BYTES) {
        ret_cell->tag = is_bytes(&column->type) ? PD_TAG_PLAIN : PD_TAG_BYTES;
        return PD_OK;
    }
    status = number_cell(column, &loose, arena, ret_cell, err);
    if (status != PD_DONE)
        return status;
    status = text_parse(&column->type, column->default_text, column->default_size, &scratch,
                        ret_cell, err);
    if (status == PD_OK && ret_cell->bytes) {
        ret_cell->bytes = arena_copy(arena, ret_cell->bytes, ret_cell->size);
        return ret_cell->bytes ? PD_OK : error_memory(err);
    }
    if (status == PD_FAILED)
        *ret_cell = loose;
    return status == PD_FAILED ? PD_OK : status;
}
