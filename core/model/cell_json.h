// SPDX-License-Identifier: Apache-2.0
/* cell_json - rows as lines of JSON, lossless (doc/format.md "Text encoding"): for the text
   encoding of archives, `polydump cat`, diff and rejects. */
#pragma once

#include "base/buffer.h"
#include "base/error.h"
#include "model/batch.h"

/* Append {"column":value,...} without a line end. Long cells are fetched through ops and source
   (NULL where there are none). */
MUST_USE pd_status cell_json_row(struct buffer *out, const struct pd_table *table,
                                 const struct pd_batch *batch, uint32_t row,
                                 const struct pd_source_ops *ops, struct pd_source *source,
                                 struct pd_error *err);
/* Append the value of one cell, not a long one. */
void cell_json_value(struct buffer *out, const struct pd_type *type, const struct cell *cell);
/* Parse a line into the builder's next row and complete it (pd_builder_row()); the error names the
   column and what was found. After a failure the row is half made: drop the builder's batch. */
MUST_USE pd_status cell_json_parse(const struct pd_table *table, const char *line, size_t size,
                                   struct pd_builder *builder, struct pd_error *err);
