// SPDX-License-Identifier: Apache-2.0
/* place - decoded columns into the vectors of a batch. */
#pragma once

#include "archive/decode.h"

struct pd_memory;

struct placer {
    struct decoder *decoder;
    struct pd_memory *memory; /* of the batch */
    uint32_t n_rows;
    size_t n_bytes;    /* of memory so far */
    const void *zeros; /* for all columns that hold nothing; made when first needed */
    bool short_of_memory;
};

/* Memory of the batch, aligned to 64; NULL: it is short, which is noted. */
void *place_alloc(struct placer *placer, size_t size);
/* The vector of a column that does not travel, or is NULL throughout. */
MUST_USE bool place_nothing(struct placer *placer, const struct column_shape *shape,
                            struct pd_vector *vector);
/* The next column of the block. A long cell is told in *ret_long (its size is 0: there is none),
   and gets `cookie`. false: decoder->wrong, or memory is short. */
MUST_USE bool place_column(struct placer *placer, const struct column_shape *shape, uint64_t cookie,
                           struct pd_vector *vector, struct column_long *ret_long);
