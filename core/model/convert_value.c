// SPDX-License-Identifier: Apache-2.0
// convert_value - what a cell means, whatever the kind of its column.
#include "model/convert_inside.h"
#include "model/kind.h"
#include "model/text.h"

static void
set_canonical(struct conversion *c, enum value_class class, const struct cell *cell,
              struct value *value)
{
    conversion_clear(c, &c->text);
    text_append(&c->text, c->from, cell);
    value->class = class;
    value->bytes = c->text.data;
    value->size = c->text.size;
}

static void
set_whole(struct conversion *c, const struct cell *cell, struct value *value)
{
    if (c->from->kind == PD_KIND_MONEY) {
        set_canonical(c, VALUE_DECIMAL, cell, value);
        value->is_fixed_scale = true;
        return;
    }
    value->class = VALUE_INT;
    value->integer = cell->integer;
    if (c->from->kind == PD_KIND_UINT64)
        value->integer = (uint64_t)cell->integer;
}

static void
set_plain(struct conversion *c, const struct cell *cell, struct value *value)
{
    switch (kind_class(c->from->kind)) {
    case PD_CLASS_BOOL:
    case PD_CLASS_INTEGER:
        set_whole(c, cell, value);
        return;
    case PD_CLASS_FLOAT:
        value->class = VALUE_REAL;
        value->real = cell->real;
        return;
    case PD_CLASS_DECIMAL:
        set_canonical(c, VALUE_DECIMAL, cell, value);
        value->is_fixed_scale = c->from->precision > 0;
        return;
    case PD_CLASS_BYTES:
    case PD_CLASS_GEOMETRY:
        value->class = VALUE_BYTES;
        return;
    case PD_CLASS_DATE:
    case PD_CLASS_TIME:
    case PD_CLASS_TIMESTAMP:
    case PD_CLASS_INSTANT:
    case PD_CLASS_TIMETZ:
    case PD_CLASS_INTERVAL:
    case PD_CLASS_UUID:
        set_canonical(c, VALUE_TYPED, cell, value);
        return;
    default:
        value->class = VALUE_TEXT;
    }
}

static const uint8_t loose_classes[] = {
    [PD_TAG_INT] = VALUE_INT,
    [PD_TAG_REAL] = VALUE_REAL,
    [PD_TAG_TEXT] = VALUE_TEXT,
    [PD_TAG_BYTES] = VALUE_BYTES,
};

static void
set_tagged(const struct cell *cell, struct value *value)
{
    value->integer = cell->integer;
    value->real = cell->real;
    if (cell->tag > PD_TAG_BYTES) {
        value->class = VALUE_ODD;
        return;
    }
    value->class = loose_classes[cell->tag];
    value->is_loose = true;
}

bool
value_of(struct conversion *c, const struct cell *cell, struct value *value)
{
    *value = (struct value){.tag = cell->tag, .bytes = cell->bytes, .size = cell->size};
    if (cell->tag < 0)
        value->class = VALUE_NULL;
    else if (cell->tag != PD_TAG_PLAIN)
        set_tagged(cell, value);
    else
        set_plain(c, cell, value);
    return !c->text.failed;
}
