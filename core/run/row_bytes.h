// SPDX-License-Identifier: Apache-2.0
/* row_bytes - one row as a string of bytes and back, for rows that wait on disk or in memory in
   another order than they came. Private to one process: no format that lasts. */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"
#include "model/batch.h"

/* Where a long cell was put: asked for each long cell of the row. */
typedef pd_status row_bytes_keep(void *arg, const struct pd_long *cell, uint64_t *ret_offset,
                                 struct pd_error *err);

/* Append the cells of a row that travel. */
MUST_USE pd_status row_bytes_write(struct buffer *out, const struct pd_table *table,
                                   const struct pd_batch *batch, uint32_t row, row_bytes_keep *keep,
                                   void *arg, struct pd_error *err);
/* Put them into the builder's row in the making; the caller then calls pd_builder_row(). Long
   cells get their offset as cookie. *ret_long tells whether there was one. */
void row_bytes_read(const uint8_t *bytes, size_t size, const struct pd_table *table,
                    struct pd_builder *builder, bool *ret_long);
/* Does the row have a long cell? Then it must be alone in its batch. */
bool row_bytes_has_long(const uint8_t *bytes);
