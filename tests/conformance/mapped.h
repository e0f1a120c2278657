// SPDX-License-Identifier: Apache-2.0
/* mapped - batches of a world as a sink's map() wants them, and what is read as the world had it.
 */
#pragma once

#include "ends.h"
#include "model/convert.h"

/* Of a sink that is open; zero: it takes everything as it is. */
struct mapped {
    struct converter **converters; /* one a table; NULL: nothing is to be done */
    size_t n_tables;
};

/* Ask map(), and keep what it says; w->tagged tells from then on which columns are tagged. */
pd_status mapped_open(struct mapped *mapped, struct writing *w, const struct pd_sink_ops *ops,
                      struct pd_sink *sink, const struct pd_load *load, struct pd_error *error);
void mapped_close(struct mapped *mapped);

/* A batch as the sink wants it: the rows of it that can be had, row i being row rows[i] of the
   world's batch. misfits[row] is set for the others. To be released. */
pd_status mapped_batch(const struct mapped *mapped, const struct world_table *t, uint32_t number,
                       const struct pd_batch *batch, bool *misfits, uint32_t *rows,
                       const struct pd_batch **ret_batch, struct pd_error *error);

/* All rows of a table that was read, under the types that the world's table has. */
struct seen mapped_read(struct reader *reader, const struct writing *w, uint32_t number);
