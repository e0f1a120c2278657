// SPDX-License-Identifier: Apache-2.0
/* guard_batch - see guard_batch.h. */
#include "plugin/guard_batch.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/budget.h"

struct guarded_batch {
    struct pd_batch batch; /* first: what the core sees */
    const struct pd_batch *inner;
    struct guard *guard;
};

/* The last plugin whose release() has given no memory back. */
static struct guard *_Atomic keeper;

static void
batch_release_guarded(const struct pd_batch *batch)
{
    struct guarded_batch *guarded = batch->owner;
    unsigned long before = budget_n_ended();

    guarded->inner->release(guarded->inner);
    if (budget_n_ended() == before) {
        atomic_store(&keeper, guarded->guard);
        budget_released(/* is_kept= */ true);
    } else {
        budget_released(/* is_kept= */ false);
    }
    free(guarded);
}

/* Whatever is NULL or too small would be used before anybody could say so. */
static pd_status
batch_check_shape(const struct guard *guard, size_t n_columns, const struct pd_batch *inner,
                  struct pd_error *err)
{
    if (!inner)
        return guard_blame(guard, err, "read() gave no batch");
    if (inner->struct_size < offsetof(struct pd_batch, owner))
        return guard_blame(
            guard, err,
            "read() gave a batch whose struct_size is %u, less than the %zu bytes of "
            "ABI 1; its memory is lost",
            inner->struct_size, sizeof *inner);
    if (!inner->release)
        return guard_blame(guard, err,
                           "read() gave a batch whose release() is NULL; its memory is lost");
    if (n_columns != SIZE_MAX && inner->n_columns != n_columns)
        return guard_blame(
            guard, err,
            "read() gave a batch of %u columns, and its table has %zu; its memory is "
            "lost",
            inner->n_columns, n_columns);
    if (inner->n_columns && !inner->vectors)
        return guard_blame(guard, err,
                           "read() gave a batch whose vectors are NULL; its memory is lost");
    return PD_OK;
}

pd_status
guard_batch(struct guard *guard, size_t n_columns, const struct pd_batch *inner,
            const struct pd_batch **ret_batch, struct pd_error *err)
{
    pd_status status = batch_check_shape(guard, n_columns, inner, err);
    struct guarded_batch *guarded;

    if (status != PD_OK)
        return status;
    guarded = calloc(1, sizeof *guarded);
    if (!guarded) {
        inner->release(inner);
        return error_memory(err);
    }
    memcpy(&guarded->batch, inner,
           inner->struct_size < sizeof *inner ? inner->struct_size : sizeof *inner);
    guarded->batch.struct_size = sizeof guarded->batch;
    guarded->batch.release = batch_release_guarded;
    guarded->batch.owner = guarded;
    guarded->inner = inner;
    guarded->guard = guard;
    budget_handed_out();
    *ret_batch = &guarded->batch;
    return PD_OK;
}

pd_status
guard_batch_lost(pd_status status, struct pd_error *err)
{
    const struct guard *guard = atomic_load(&keeper);

    if (status >= 0 || !guard || !budget_is_lost())
        return status;
    return guard_blame(guard, err, "release() of its batches does not give their memory back");
}
