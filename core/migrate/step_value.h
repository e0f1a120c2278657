// SPDX-License-Identifier: Apache-2.0
/* step_value - single values of a step: as cells, as bytes that are kept, and as keys that compare
   by value. */
#pragma once

#include <polydump/migration.h>

#include "base/buffer.h"
#include "base/error.h"
#include "model/batch.h"

/* Does a plugin's value fit the column? PD_CAUSE_DATA or _BUG, naming the column. */
MUST_USE pd_status step_value_check(const struct pd_column *column, const struct pd_value *value,
                                    struct pd_error *err);
/* false: the column is one of JSON, and the plain value is none. */
bool step_value_is_json(const struct pd_column *column, const struct pd_value *value);
struct cell step_value_cell(const struct pd_value *value);
/* Not of a long cell. Borrows what the cell borrows. */
struct pd_value step_value_of(const struct cell *cell);

/* All of a value, exactly. Shortage of memory is remembered in the buffer. */
void step_value_put(struct buffer *out, const struct pd_value *value);
/* Bytes stay where they are. */
struct pd_value step_value_get(struct cursor *in);

/* Append a part of a key: values that are equal have equal bytes, whatever the kinds of their
   columns. false: NULL, or a long cell, which are in no key. */
bool step_key_put(struct buffer *out, const struct pd_type *type, const struct cell *cell);
