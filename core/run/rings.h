// SPDX-License-Identifier: Apache-2.0
/* rings - rows that wait for each other: none of them gets in before the others. */
#pragma once

#include "run/rejects.h"

struct rings {
    size_t *rows;   /* of the pile, ring after ring; within one by table */
    size_t *ends;   /* where each ring ends in rows */
    size_t n_rings; /* */
};

/* Among the rows that wait. Those before others are what others point to. */
MUST_USE pd_status rings_find(struct rejects *rejects, struct rings *ret_rings,
                              struct pd_error *err);
void rings_free(struct rings *rings); /* leaves it empty */
