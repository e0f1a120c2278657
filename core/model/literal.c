// SPDX-License-Identifier: Apache-2.0
// literal - the literal default of a column as a cell of it, and as one of another engine's.
#include "model/literal.h"

#include <string.h>

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

/* ---- As another engine's ---- */

/* What the column's own declaration does not admit (text that is longer, another label) is no value
   there either: an INSERT that leaves the column out fails. */
static pd_status
own_cell(const struct pd_column *column, const struct cell *cell, struct arena *arena,
         struct cell *ret_cell, struct pd_error *err)
{
    CLEANUP(conversion) struct conversion *conversion = NULL;
    struct pd_type free = column->type;
    pd_status status;

    if (cell->tag != PD_TAG_PLAIN || kind_class(free.kind) == PD_CLASS_FLOAT) {
        *ret_cell = *cell;
        return PD_OK;
    }
    free.length = 0;
    free.labels = NULL;
    free.n_labels = 0;
    free.precision = kind_class(free.kind) == PD_CLASS_DECIMAL ? free.precision : -1;
    status = convert_open(&free, &column->type, 0, &conversion, err);
    if (status == PD_OK)
        status = convert_cell(conversion, cell, ret_cell, err);
    if (status == PD_OK && ret_cell->bytes)
        ret_cell->bytes = arena_copy(arena, ret_cell->bytes, ret_cell->size);
    return status != PD_OK || !ret_cell->size || ret_cell->bytes ? status : error_memory(err);
}

/* Text of a typed column that is no plain value of it: an infinity, a day beyond all calendars. */
static pd_status
odd_cell(const struct pd_column *column, const struct cell *cell, struct arena *arena,
         struct cell *ret_cell, struct pd_error *err)
{
    static const struct pd_type text_type = {.struct_size = sizeof text_type, .kind = PD_KIND_TEXT};
    CLEANUP(conversion) struct conversion *conversion = NULL;
    struct cell text = *cell;
    pd_status status = convert_open(&text_type, &column->type, CONVERT_BACK, &conversion, err);

    text.tag = PD_TAG_PLAIN;
    if (status == PD_OK)
        status = convert_cell(conversion, &text, ret_cell, err);
    if (status == PD_OK && ret_cell->bytes)
        ret_cell->bytes = arena_copy(arena, ret_cell->bytes, ret_cell->size);
    return status != PD_OK || !ret_cell->size || ret_cell->bytes ? status : error_memory(err);
}

/* A float is the nearest one, however many digits say it. */
static bool
float_cell(const struct pd_column *column, struct cell *cell)
{
    CLEANUP_BUFFER struct buffer scratch = {0};

    if (column->type.kind != PD_KIND_FLOAT32 || column->default_tag != PD_TAG_REAL ||
        text_parse(&real_type, column->default_text, column->default_size, &scratch, cell, NULL) !=
            PD_OK)
        return false;
    cell->real = (float)cell->real;
    return true;
}

/* Storage classes: text among numbers is text, whatever it looks like. */
static bool
is_class_of_its_own(const struct pd_column *column)
{
    int kind = column->type.kind;

    return column->default_tag == PD_TAG_TEXT &&
           (kind == PD_KIND_INT64 || kind == PD_KIND_FLOAT64 || kind == PD_KIND_BINARY);
}

static pd_status
stored_cell(const struct pd_column *column, struct arena *arena, struct cell *ret_cell,
            struct pd_error *err)
{
    struct cell cell = {.tag = PD_TAG_TEXT,
                        .bytes = (const uint8_t *)column->default_text,
                        .size = column->default_size};
    pd_status status = PD_OK;

    if (column->default_kind != PD_DEFAULT_LITERAL || !column->default_text)
        return PD_UNSUPPORTED;
    if (!is_class_of_its_own(column) && !float_cell(column, &cell))
        status = literal_cell(column, arena, &cell, err);
    if (status == PD_OK && cell.tag == PD_TAG_TEXT && !is_class_of_its_own(column) &&
        !is_loose(&column->type)) {
        const struct cell text = cell;

        status = odd_cell(column, &text, arena, &cell, err);
    }
    return status == PD_OK ? own_cell(column, &cell, arena, ret_cell, err) : status;
}

static bool
is_raw(const struct pd_type *type, int tag)
{
    return tag == PD_TAG_TEXT || tag == PD_TAG_BYTES || (tag == PD_TAG_PLAIN && is_bytes(type));
}

pd_status
literal_convert(const struct pd_column *column, const struct pd_type *as, bool is_tagged,
                struct buffer *out, int *ret_tag, struct pd_error *err)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    CLEANUP(conversion) struct conversion *conversion = NULL;
    const struct pd_type *to = as && as->kind != PD_KIND_NONE ? as : &column->type;
    unsigned flags = CONVERT_JSON | (is_tagged ? CONVERT_TAGGED : 0u);
    struct cell stored = {0}, cell;
    pd_status status = arena ? stored_cell(column, arena, &stored, err) : error_memory(err);

    cell = stored;
    if (status == PD_OK && to != &column->type)
        status = convert_open(&column->type, to, flags, &conversion, err);
    if (status == PD_OK && conversion)
        status = convert_cell(conversion, &stored, &cell, err);
    if (status != PD_OK)
        return status == PD_FAILED ? PD_UNSUPPORTED : status;
    /* The text 'infinity' is one, and no date, where text may be. */
    if (cell.tag > PD_TAG_BYTES && cell.tag != stored.tag)
        return PD_UNSUPPORTED;
    if (is_raw(to, cell.tag))
        buffer_append(out, cell.bytes, cell.size);
    else
        text_append(out, to, &cell);
    *ret_tag = cell.tag;
    return buffer_string(out) ? PD_OK : error_memory(err);
}
