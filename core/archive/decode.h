// SPDX-License-Identifier: Apache-2.0
/* decode - bytes that came from outside back to states and cells (doc/format-blocks.md "Streams").
   Nothing is allocated: values go to scratch of a fixed size, or where the caller says; bytes of
   cells stay where they are. */
#pragma once

#include "archive/block.h"
#include "archive/column.h"

/* Scratch for one column of a block: states, 16 bytes of value a row and as much for its making,
   and what the alignment of each tag's cells wastes. */
enum { DECODER_SCRATCH = BLOCK_ROWS * 36 + 64 * 64 };

struct decoder {
    struct cursor in;
    uint8_t *scratch; /* DECODER_SCRATCH bytes, aligned to 64 */
    size_t used;
    const char *wrong; /* what was found first, for the message; NULL: nothing */
};

struct decoded_states {
    const uint8_t *codes; /* a state a row; NULL: all are `same` */
    uint8_t same;
    uint32_t n[PD_TAG_COUNT_ + 1]; /* rows by state, long ones left out */
};

struct decoded_cells {
    uint32_t n;
    uint8_t form;
    uint32_t width;
    const void *values;   /* n elements of width bytes; VAR: sizes */
    const uint8_t *bytes; /* VAR */
    uint64_t n_bytes;     /* VAR */
};

/* Begin a column: scratch is free again. */
void decode_begin(struct decoder *decoder);
/* n integers of width 1, 2, 4 or 8 to `to`. */
MUST_USE bool decode_ints(struct decoder *decoder, void *to, uint32_t width, uint32_t n);
MUST_USE bool decode_states(struct decoder *decoder, const struct column_shape *shape,
                            uint32_t n_rows, struct decoded_states *ret_states);
/* The tag, size and hash of a long cell. */
MUST_USE bool decode_long(struct decoder *decoder, const struct column_shape *shape,
                          struct column_long *ret_long);
/* The n cells of a tag; `into` NULL: the values lie in scratch. Text is checked. */
MUST_USE bool decode_cells(struct decoder *decoder, const struct column_shape *shape, uint32_t tag,
                           uint32_t n, void *into, struct decoded_cells *ret_cells);
/* Does the next column give back this one? */
MUST_USE bool decode_compare(struct decoder *decoder, const struct column *column);
