// SPDX-License-Identifier: Apache-2.0
/* batch - reads cells out of any layout, shares batches among threads, and copies rows. */
#pragma once

#include <polydump/batch.h>

#include "base/error.h"

/* One cell, decoded: what it is and where its bytes are. */
struct cell {
    int tag;              /* -1: NULL; PD_TAG_PLAIN or another tag */
    int64_t integer;      /* plain values of integer layouts, BITS and tag INT */
    double real;          /* plain values of F32, F64 and tag REAL */
    const uint8_t *bytes; /* VAR, FIXED, I128 and tags with bytes; borrowed from the batch */
    size_t size;
    const struct pd_long *as_long; /* the cell is long: bytes is NULL */
};

/* Slow and general: for cat, diff, sort, text; hot loops go by layout themselves. Outliers are
   searched by bisection. The tag of plain NUM64 values is INT or REAL. */
struct cell batch_cell(const struct pd_type *type, const struct pd_vector *vector, uint32_t row);

static inline const struct pd_vector *
batch_vector(const struct pd_batch *batch, uint32_t column)
{
    return PD_AT(struct pd_vector, batch->vectors, batch->vector_size, column);
}

/* Check a batch from a plugin against its table: counts, layouts, offsets that rise, outliers in
   order, sizes within limits. PD_CAUSE_BUG, naming the column. Cheap: O(rows) on offsets only. */
MUST_USE pd_status batch_check(const struct pd_table *table, const struct pd_batch *batch,
                               struct pd_error *err);

/* Release if not NULL. */
void batch_release(const struct pd_batch *batch);

/* A builder with a table's layouts, in batches of the run's budget; for those parts of the core
   that make rows (archive reader, sort, migrations). */
MUST_USE pd_status batch_builder_open(struct pd_builder *builder, const struct pd_table *table,
                                      struct pd_error *err);
/* Append one cell of any tag to the row in the making. */
void batch_put_cell(struct pd_builder *builder, uint32_t column, const struct pd_type *type,
                    const struct cell *cell);
