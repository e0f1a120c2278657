// SPDX-License-Identifier: Apache-2.0
/* batch_patch - a batch of which some vectors are others, and nothing is copied. */
#pragma once

#include <stdbool.h>

#include "model/batch.h"

struct batch_patch {
    uint32_t column;             /* of the batch */
    uint32_t vector;             /* of made */
    const struct pd_batch *made; /* as many rows */
    bool is_shared;              /* another patch, before this one, has the same `made` */
};

/* The batch and all that was made are the new one's when it succeeds, and go with it. Long cells
   are read from where they were. */
MUST_USE pd_status batch_patched(const struct pd_batch *batch, const struct batch_patch *patches,
                                 size_t n, const struct pd_batch **ret_batch, struct pd_error *err);
/* Begin a batch of n_rows in a builder, while another is held that it is made of. */
MUST_USE pd_status batch_builder_beside(struct pd_builder *builder, uint32_t n_rows,
                                        struct pd_error *err);
