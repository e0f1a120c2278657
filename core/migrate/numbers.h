// SPDX-License-Identifier: Apache-2.0
/* numbers - the highest number that a column of integers has, and numbers above it. */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "model/batch.h"

struct numbers {
    const struct pd_column *column;
    uint32_t table;  /* */
    uint32_t number; /* of the column in it */
    int64_t highest; /* seen or given; 0 when all are below */
};

void numbers_note_cell(struct numbers *numbers, const struct cell *cell);
void numbers_note_vector(struct numbers *numbers, const struct pd_vector *vector, uint32_t n_rows);
/* Above all that was noted and given. */
MUST_USE pd_status numbers_next(struct numbers *numbers, int64_t *ret_number, struct pd_error *err);
