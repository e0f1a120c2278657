// SPDX-License-Identifier: Apache-2.0
/* straight - rows of a table that no step sees: columns are picked, never copied, and converted
   where their type changes. */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "model/batch.h"

struct straight;

/* Does a step forbid NULL where it was admitted? */
bool straight_forbids_null(const struct pd_column *from, const struct pd_column *to);
/* A column of `to` that must not be NULL, comes from none, and has no default that is a value;
   columns as in struct flow. PD_NO_COLUMN: there is none. */
uint32_t straight_unfilled(const struct pd_table *to, const uint32_t *columns);
/* There are rows of `from`, and so the target would refuse every one of them. */
pd_status straight_refuse_unfilled(const struct pd_table *from, const struct pd_table *to,
                                   uint32_t column, struct pd_error *err);
/* from's rows as those of `to`: columns has one number a column of `to`, as in struct flow. All is
   borrowed. */
MUST_USE pd_status straight_new(const struct pd_table *from, const struct pd_table *to,
                                const uint32_t *columns, struct straight **ret_straight,
                                struct pd_error *err);
void straight_free(struct straight *straight); /* NULL is fine */
CLEANUP_DEFINE(straight, straight_free);
/* Takes the batch over, whatever it returns. It is checked first. n_before: rows of the table that
   came before, for messages. */
MUST_USE pd_status straight_batch(struct straight *straight, const struct pd_batch *batch,
                                  const struct pd_source_ops *ops, struct pd_source *source,
                                  uint64_t n_before, const struct pd_batch **ret_batch,
                                  struct pd_error *err);
/* What stands in each row of a column of `to`, and is NULL in the batches because it is too large
   to be in each of them; NULL: nothing. */
const struct cell *straight_large(const struct straight *straight, uint32_t column);
bool straight_has_large(const struct straight *straight);
