// SPDX-License-Identifier: Apache-2.0
// step_value - single values of a step as cells, as kept bytes, and as keys.
#include "migrate/step_value.h"

#include <string.h>

#include "model/canonical.h"
#include "model/kind.h"
#include "model/promise.h"
#include "model/text.h"
#include "model/values.h"

/* The first byte of a kept value: the tag and one more, 0 for NULL; and what follows. */
enum { HEAD_TAG = 0x0f, HEAD_INTEGER = 0x10, HEAD_REAL = 0x20, HEAD_BYTES = 0x40 };

/* ---- What a plugin gives ---- */

MUST_USE static pd_status
wrong(const struct pd_column *column, int cause, struct pd_error *err, const char *what)
{
    return error_fail(err, PD_FAILED, cause, "column '%s': %s", column->name, what);
}

static bool
integer_fits(const struct pd_type *type, int64_t integer)
{
    unsigned bits = 8 * kind_width(type);

    if (kind_layout(type) == PD_LAYOUT_BITS)
        return integer == 0 || integer == 1;
    if (bits == 64)
        return true;
    if (kind_is_unsigned(type->kind))
        return integer >= 0 && integer < INT64_C(1) << bits;
    return integer >= -(INT64_C(1) << (bits - 1)) && integer < INT64_C(1) << (bits - 1);
}

static bool
is_text(const struct pd_type *type)
{
    return type->kind != PD_KIND_BINARY && type->kind != PD_KIND_GEOMETRY;
}

static pd_status
check_plain(const struct pd_column *column, const struct pd_value *value, struct pd_error *err)
{
    const struct pd_type *type = &column->type;

    switch (kind_layout(type)) {
    case PD_LAYOUT_F32:
    case PD_LAYOUT_F64:
        return PD_OK;
    case PD_LAYOUT_NUM64:
    case PD_LAYOUT_TAGGED:
        return wrong(column, PD_CAUSE_BUG, err, "a value of it needs a tag");
    case PD_LAYOUT_VAR:
        if (is_text(type) && value->size && !text_is_utf8(value->bytes, value->size))
            return wrong(column, PD_CAUSE_DATA, err, "a text is not valid UTF-8");
        return PD_OK;
    case PD_LAYOUT_FIXED:
    case PD_LAYOUT_I128:
        if (value->size != kind_width(type))
            return error_fail(err, PD_FAILED, PD_CAUSE_BUG,
                              "column '%s': a value of %u bytes, and '%s' has %u", column->name,
                              value->size, kind_name(type->kind), kind_width(type));
        return PD_OK;
    default:
        if (!integer_fits(type, value->integer))
            return error_fail(err, PD_FAILED, PD_CAUSE_DATA, "column '%s': %lld is none of '%s'",
                              column->name, (long long)value->integer, kind_name(type->kind));
        return PD_OK;
    }
}

pd_status
step_value_check(const struct pd_column *column, const struct pd_value *value, struct pd_error *err)
{
    if (value->tag < -1 || value->tag >= PD_TAG_COUNT_)
        return error_fail(err, PD_FAILED, PD_CAUSE_BUG, "column '%s': a value has the tag %d",
                          column->name, value->tag);
    if (value->tag < 0)
        return PD_OK;
    if (value->size > INT32_MAX || (value->size && !value->bytes))
        return wrong(column, PD_CAUSE_DATA, err, "a long value can only be handed on in a row");
    if (value->tag == PD_TAG_PLAIN)
        return check_plain(column, value, err);
    if (value->tag == PD_TAG_TEXT && value->size && !text_is_utf8(value->bytes, value->size))
        return wrong(column, PD_CAUSE_DATA, err, "a text is not valid UTF-8");
    return PD_OK;
}

bool
step_value_is_json(const struct pd_column *column, const struct pd_value *value)
{
    return kind_class(column->type.kind) != PD_CLASS_JSON || value->tag != PD_TAG_PLAIN ||
           promise_is_kept(PD_KIND_JSON, value->bytes, value->size);
}

/* ---- Cells ---- */

struct cell
step_value_cell(const struct pd_value *value)
{
    return (struct cell){
        .tag = value->tag,
        .integer = value->integer,
        .real = value->real,
        .bytes = value->bytes,
        .size = value->size,
    };
}

struct pd_value
step_value_of(const struct cell *cell)
{
    return (struct pd_value){
        .tag = cell->tag,
        .integer = cell->integer,
        .real = cell->real,
        .bytes = cell->bytes,
        .size = (uint32_t)cell->size,
    };
}

/* ---- Bytes ---- */

void
step_value_put(struct buffer *out, const struct pd_value *value)
{
    uint64_t bits;
    unsigned head;

    if (value->tag < 0) {
        buffer_u8(out, 0);
        return;
    }
    memcpy(&bits, &value->real, sizeof bits);
    head = (unsigned)value->tag + 1;
    head |= (value->integer ? HEAD_INTEGER : 0u) | (bits ? HEAD_REAL : 0u) |
            (value->bytes ? HEAD_BYTES : 0u);
    buffer_u8(out, (uint8_t)head);
    if (head & HEAD_INTEGER)
        buffer_u64(out, (uint64_t)value->integer);
    if (head & HEAD_REAL)
        buffer_u64(out, bits);
    if (head & HEAD_BYTES) {
        buffer_u32(out, value->size);
        buffer_append(out, value->bytes, value->size);
    }
}

struct pd_value
step_value_get(struct cursor *in)
{
    unsigned head = cursor_u8(in);
    struct pd_value value = {.tag = (int32_t)(head & HEAD_TAG) - 1};
    uint64_t bits;

    if (head & HEAD_INTEGER)
        value.integer = (int64_t)cursor_u64(in);
    if (head & HEAD_REAL) {
        bits = cursor_u64(in);
        memcpy(&value.real, &bits, sizeof bits);
    }
    if (head & HEAD_BYTES) {
        value.size = cursor_u32(in);
        value.bytes = cursor_bytes(in, value.size);
    }
    return value;
}

/* ---- Keys ---- */

bool
step_key_put(struct buffer *out, const struct pd_type *type, const struct cell *cell)
{
    struct canonical canonical;

    if (cell->tag < 0 || cell->as_long)
        return false;
    canonical_cell(type, cell, &canonical);
    buffer_u8(out, (uint8_t)canonical.class);
    buffer_u32(out, (uint32_t)canonical.size);
    buffer_append(out, canonical.bytes, canonical.size);
    return true;
}
