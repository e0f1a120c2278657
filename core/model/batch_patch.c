// SPDX-License-Identifier: Apache-2.0
// batch_patch - a batch of which some vectors are others, and nothing is copied.
#include "model/batch_patch.h"

#include <stdlib.h>

#include "base/budget.h"
#include "base/cancel.h"

struct patched {
    struct pd_batch batch;
    const struct pd_batch *inner;
    const struct pd_batch **made; /* NULL-ended, behind the vectors */
    struct pd_vector vectors[];
};

static void
patched_release(const struct pd_batch *batch)
{
    struct patched *patched = batch->owner;

    batch_release(patched->inner);
    for (size_t i = 0; patched->made[i]; i++)
        batch_release(patched->made[i]);
    free(patched);
}

static void
vector_copy(struct pd_vector *to, const struct pd_batch *batch, uint32_t column)
{
    memset(to, 0, sizeof *to);
    memcpy(to, batch_vector(batch, column),
           batch->vector_size < sizeof *to ? batch->vector_size : sizeof *to);
}

pd_status
batch_patched(const struct pd_batch *batch, const struct batch_patch *patches, size_t n,
              const struct pd_batch **ret_batch, struct pd_error *err)
{
    size_t size = sizeof(struct patched) + batch->n_columns * sizeof(struct pd_vector);
    struct patched *patched = calloc(1, size + (n + 1) * sizeof(const struct pd_batch *));
    size_t n_made = 0;

    if (!patched)
        return error_memory(err);
    patched->made = (const struct pd_batch **)(void *)((char *)patched + size);
    patched->batch = (struct pd_batch){
        .struct_size = sizeof patched->batch,
        .vector_size = sizeof patched->vectors[0],
        .n_rows = batch->n_rows,
        .n_columns = batch->n_columns,
        .vectors = patched->vectors,
        .n_bytes = batch->n_bytes,
        .release = patched_release,
        .owner = patched,
    };
    for (uint32_t i = 0; i < batch->n_columns; i++)
        vector_copy(&patched->vectors[i], batch, i);
    for (size_t i = 0; i < n; i++) {
        vector_copy(&patched->vectors[patches[i].column], patches[i].made, patches[i].vector);
        if (patches[i].is_shared)
            continue;
        patched->made[n_made++] = patches[i].made;
        patched->batch.n_bytes += patches[i].made->n_bytes;
    }
    patched->inner = batch;
    *ret_batch = &patched->batch;
    return PD_OK;
}

pd_status
batch_builder_beside(struct pd_builder *builder, uint32_t n_rows, struct pd_error *err)
{
    bool is_short = false;

    builder->max_rows = n_rows;
    builder->n_rows = 0;
    builder->n_bytes = 0;
    builder->short_of_memory = 0;
    builder->memory = budget_begin_more();
    for (uint32_t i = 0; builder->memory && i < builder->n_columns && !is_short; i++)
        is_short = !pd_column_begin_(builder, &builder->columns[i]);
    if (builder->memory && !is_short)
        return PD_OK;
    return cancel_wanted() ? error_fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "interrupted")
                           : error_memory(err);
}
