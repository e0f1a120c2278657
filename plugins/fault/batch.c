// SPDX-License-Identifier: Apache-2.0
/* batch - batches that lose their last row on the way. */
#include <string.h>

#include "fault.h"

struct shorter {
    struct pd_batch batch;
    const struct pd_host *host;
    const struct pd_batch *whole; /* released with it, unless it is borrowed */
    int is_borrowed;
};

static void
release_shorter(const struct pd_batch *batch)
{
    struct shorter *shorter = batch->owner;

    if (!shorter->is_borrowed)
        shorter->whole->release(shorter->whole);
    shorter->host->release(shorter->host, shorter);
}

/* A vector without its last row. */
static struct pd_vector
shorten(const struct pd_vector *whole, uint32_t last)
{
    struct pd_vector vector = *whole;

    if (vector.validity && !(vector.validity[last >> 3] >> (last & 7) & 1))
        vector.n_nulls--;
    if (vector.n_outliers && vector.outliers[vector.n_outliers - 1].row == last)
        vector.n_outliers--;
    return vector;
}

/* The batch without its last row, which has at least two; NULL: memory is short. */
struct pd_batch *
fault_shorter(const struct pd_host *host, const struct pd_batch *whole, int is_borrowed)
{
    size_t n = whole->n_columns;
    struct shorter *shorter =
        host->alloc(host, sizeof *shorter + (n + 1) * sizeof(struct pd_vector));
    struct pd_vector *vectors;

    if (!shorter)
        return NULL;
    memset(shorter, 0, sizeof *shorter);
    vectors = (struct pd_vector *)(void *)(shorter + 1);
    for (size_t i = 0; i < n; i++)
        vectors[i] = shorten(PD_AT(struct pd_vector, whole->vectors, whole->vector_size, i),
                             whole->n_rows - 1);
    shorter->host = host;
    shorter->whole = whole;
    shorter->is_borrowed = is_borrowed;
    shorter->batch.struct_size = sizeof shorter->batch;
    shorter->batch.vector_size = sizeof *vectors;
    shorter->batch.n_rows = whole->n_rows - 1;
    shorter->batch.n_columns = whole->n_columns;
    shorter->batch.vectors = vectors;
    shorter->batch.n_bytes = whole->n_bytes;
    shorter->batch.release = release_shorter;
    shorter->batch.owner = shorter;
    return &shorter->batch;
}

int
fault_drops(struct fault_plan *plan)
{
    return plan->drop && atomic_fetch_add(&plan->n_batches, 1) + 1 == plan->drop;
}
