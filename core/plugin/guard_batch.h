// SPDX-License-Identifier: Apache-2.0
/* guard_batch - a batch of a plugin, looked at before anything in it is used. */
#pragma once

#include "plugin/guard.h"

/* The batch that read() gave, as one of the core's that forwards release(). n_columns: of its
   table; SIZE_MAX: not known. What is refused is not released. */
MUST_USE pd_status guard_batch(struct guard *guard, size_t n_columns, const struct pd_batch *inner,
                               const struct pd_batch **ret_batch, struct pd_error *err);
/* What an error of read() is, if the reason is that memory of batches never came back. */
pd_status guard_batch_lost(pd_status status, struct pd_error *err);
