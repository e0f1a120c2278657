// SPDX-License-Identifier: Apache-2.0
/* sortkey - byte-comparable encoding of keys: memcmp of two encodings orders rows canonically.

   NULL first, then numbers (integers, floats and decimals by value, an integer before the equal
   float), then text by UTF-8 bytes, then other plain values in their natural order, then bytes,
   then other outliers by tag and bytes. Self-delimiting, so that keys of several parts and keys
   followed by a row digest compare rightly. doc/format.md "Key order" is the specification. */
#pragma once

#include "base/buffer.h"
#include "model/batch.h"
#include "model/digest.h"

/* Append the encoding of one cell. */
void sortkey_cell(struct buffer *out, const struct pd_type *type, const struct cell *cell);
/* Append the whole sort key of a row: the parts of key (schema_order_key()), each ascending
   whatever its declaration, then the row's digest, which decides among equals. */
void sortkey_row(struct buffer *out, const struct pd_table *table, const struct pd_key *key,
                 const struct pd_batch *batch, uint32_t row, const struct digest *row_digest);
