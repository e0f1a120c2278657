// SPDX-License-Identifier: Apache-2.0
// long_cell - one slice in memory at a time.
#include "model/long_cell.h"

#include <stdlib.h>

pd_status
long_cell_read(const struct pd_source_ops *ops, struct pd_source *source,
               const struct pd_long *cell, long_slice_visit *visit, void *arg, struct pd_error *err)
{
    CLEANUP_FREE uint8_t *slice = NULL;

    if (!ops || !PD_HAS(struct pd_source_ops, ops, read_long))
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG,
                          "a long cell comes from a source without "
                          "read_long()");
    slice = malloc(PD_LONG_SLICE);
    if (!slice)
        return error_memory(err);
    for (uint64_t at = 0; at < cell->size;) {
        uint64_t left = cell->size - at;
        size_t size = left < PD_LONG_SLICE ? (size_t)left : PD_LONG_SLICE;
        pd_status status = ops->read_long(source, cell, at, slice, size, err);

        if (status)
            return status;
        visit(arg, slice, size);
        at += size;
    }
    return PD_OK;
}
