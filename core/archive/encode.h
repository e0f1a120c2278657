// SPDX-License-Identifier: Apache-2.0
/* encode - columns to bytes (doc/format-blocks.md "Streams"). The same cells always give the same
   bytes. Shortage of memory is remembered in the buffers. */
#pragma once

#include "archive/column.h"

/* How a stream of integers is laid out; part of the format. */
enum {
    INTS_WIDTH = 0x0f, /* bytes an element, 0..8, or: */
    INTS_BIT = 9,      /* one bit an element */
    INTS_DELTA = 0x10  /* elements are differences of neighbours */
};

/* Stream of reals: a power of ten in 0..REALS_MAX_SCALE, or REALS_RAW. */
enum { REALS_MAX_SCALE = 9, REALS_RAW = 255 };

/* n integers of width 1, 2, 4 or 8 in the machine's byte order, as they lie in memory. */
void encode_ints(struct buffer *out, const void *values, uint32_t width, uint32_t n);
/* scratch loses its contents. */
void encode_column(struct buffer *out, struct buffer *scratch, const struct column *column);

/* Powers of ten for reals. */
extern const double reals_scale[REALS_MAX_SCALE + 1];
