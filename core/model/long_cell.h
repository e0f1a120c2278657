// SPDX-License-Identifier: Apache-2.0
/* long_cell - cells that are kept out of line, read in slices, once for all who want them. */
#pragma once

#include "base/error.h"
#include "model/digest.h"

typedef void long_slice_visit(void *arg, const uint8_t *bytes, size_t size);

/* Call visit for each slice of a cell, in order. ops may be NULL: then it is a bug of the caller.
 */
MUST_USE pd_status long_cell_read(const struct pd_source_ops *ops, struct pd_source *source,
                                  const struct pd_long *cell, long_slice_visit *visit, void *arg,
                                  struct pd_error *err);

/* Where long cells come from, and who else sees them while they are hashed. */
struct long_reader {
    const struct pd_source_ops *ops;
    struct pd_source *source;
    /* Optional: begin(arg, column) gives what visit gets for the slices of that column. */
    void *(*begin)(void *arg, uint32_t column);
    long_slice_visit *visit;
    void *arg;
};

/* digest_batch() with a view of long cells for the profile. */
MUST_USE pd_status digest_read(struct digest_table *digest, const struct pd_batch *batch,
                               const struct long_reader *reader, struct digest *sum,
                               struct digest *rows, struct pd_error *err);
