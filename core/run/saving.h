// SPDX-License-Identifier: Apache-2.0
/* saving - a batch on its way into the sink, and what becomes of each of its rows: it is in, waits,
   or is refused, by a step, by the type of a column in the target, or by the target. */
#pragma once

#include "run/fit.h"
#include "run/lane.h"
#include "run/rejects.h"

struct saving {
    const struct lanes *lanes;
    struct pd_sink *sink;
    struct fit *fit; /* NULL: rows go as they are */
    uint32_t table;
    uint32_t n_parts;      /* of the table, for messages */
    struct tally *written; /* counts what is in; NULL: not wanted */
    /* What the batches consist of: rows of the pile, one a row; NULL: rows that come for the first
       time. */
    const size_t *rows;
    uint32_t round;

    uint64_t n_written;
    uint64_t n_rejected;
    uint64_t n_waiting;
};

/* The batch is released. */
MUST_USE pd_status saving_batch(struct saving *saving, const struct pd_batch *batch,
                                const struct pd_source_ops *long_ops, struct pd_source *long_source,
                                struct pd_error *err);
