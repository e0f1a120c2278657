// SPDX-License-Identifier: Apache-2.0
/* canonical - the bytes by which a single value is known (doc/format.md "Canonical bytes"). */
#pragma once

#include "model/batch.h"
#include "model/decimal.h"

/* A value's digest class and bytes; bytes may point into room, so do not copy the struct. */
struct canonical {
    unsigned class;
    const uint8_t *bytes;
    size_t size;
    uint8_t room[DECIMAL_TEXT_SIZE];
};

/* Not for long cells, whose bytes are elsewhere. A NULL has class 0 and no bytes. */
void canonical_cell(const struct pd_type *type, const struct cell *cell, struct canonical *out);
/* The class of the bytes of a cell with a tag, if no more than the tag decides it. */
unsigned canonical_class(const struct pd_type *type, int tag);
