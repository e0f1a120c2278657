// SPDX-License-Identifier: Apache-2.0
// canonical - one value at a time; digest.c has the same by columns.
#include "model/canonical.h"

#include "model/kind.h"
#include "model/values.h"

unsigned
canonical_class(const struct pd_type *type, int tag)
{
    switch (tag) {
    case -1:
        return PD_CLASS_NULL;
    case PD_TAG_PLAIN:
        return (unsigned)kind_class(type->kind);
    case PD_TAG_INT:
        return PD_CLASS_INTEGER;
    case PD_TAG_REAL:
        return PD_CLASS_FLOAT;
    case PD_TAG_TEXT:
        return PD_CLASS_TEXT;
    case PD_TAG_BYTES:
        return PD_CLASS_BYTES;
    default:
        return PD_CLASS_OUTLIER + (unsigned)tag;
    }
}

static void
set_word(struct canonical *out, uint64_t word)
{
    values_put_le64(out->room, word);
    out->bytes = out->room;
    out->size = 8;
}

static void
set_decimal(struct canonical *out, int128 value, unsigned scale)
{
    if (scale == 0 && value >= INT64_MIN && value <= INT64_MAX) {
        out->class = PD_CLASS_INTEGER;
        set_word(out, (uint64_t)value);
        return;
    }
    out->class = PD_CLASS_DECIMAL;
    out->size = decimal_write(value, scale, (char *)out->room);
    out->bytes = out->room;
}

static void
set_decimal_text(struct canonical *out)
{
    struct decimal decimal;
    int64_t integer;

    if (!decimal_parse((const char *)out->bytes, out->size, &decimal) ||
        !decimal_int64(&decimal, &integer))
        return;
    out->class = PD_CLASS_INTEGER;
    set_word(out, (uint64_t)integer);
}

static void
set_plain(const struct pd_type *type, const struct cell *cell, struct canonical *out)
{
    switch (kind_layout(type)) {
    case PD_LAYOUT_BITS:
        out->room[0] = cell->integer != 0;
        out->bytes = out->room;
        out->size = 1;
        return;
    case PD_LAYOUT_I64:
        if (type->kind == PD_KIND_UINT64 && cell->integer < 0) {
            set_decimal(out, (int128)(uint64_t)cell->integer, 0);
            return;
        }
        set_word(out, (uint64_t)cell->integer);
        return;
    case PD_LAYOUT_I8:
    case PD_LAYOUT_I16:
    case PD_LAYOUT_I32:
        set_word(out, (uint64_t)cell->integer);
        return;
    case PD_LAYOUT_F32:
    case PD_LAYOUT_F64:
        set_word(out, values_real_bits(cell->real));
        return;
    case PD_LAYOUT_I128:
        set_decimal(out, values_int128(cell->bytes), (unsigned)type->scale);
        return;
    default:
        if (type->kind == PD_KIND_DECIMAL)
            set_decimal_text(out);
    }
}

void
canonical_cell(const struct pd_type *type, const struct cell *cell, struct canonical *out)
{
    out->class = canonical_class(type, cell->tag);
    out->bytes = cell->bytes;
    out->size = cell->size;
    if (cell->tag == PD_TAG_PLAIN)
        set_plain(type, cell, out);
    else if (cell->tag == PD_TAG_INT)
        set_word(out, (uint64_t)cell->integer);
    else if (cell->tag == PD_TAG_REAL)
        set_word(out, values_real_bits(cell->real));
}
