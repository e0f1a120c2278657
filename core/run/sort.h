// SPDX-License-Identifier: Apache-2.0
/* sort - brings the rows of a table into canonical key order, in bounded memory: runs that are
   sorted in memory, compressed into one nameless temporary file, and merged. */
#pragma once

#include "base/error.h"
#include "model/batch.h"
#include "model/digest.h"

enum {
    SORT_RUN_BYTES = 8388608, /* rows in memory before a run is written */
    SORT_CHUNK_BYTES = 65536, /* of a run that are compressed at once */
    SORT_FAN_IN = 64          /* runs merged at once: 64 chunks are 4 MiB */
};

struct sorter;

/* temporary_folder is borrowed; the file in it has no name and mode 0600. run_bytes 0:
   SORT_RUN_BYTES (tests use less). */
MUST_USE pd_status sorter_new(const struct pd_table *table, int temporary_folder, size_t run_bytes,
                              struct sorter **ret_sorter, struct pd_error *err);
void sorter_free(struct sorter *sorter);
CLEANUP_DEFINE(sorter, sorter_free);

/* Take the rows of a batch, which stays the caller's. row_digests has one a row. Long cells are
   fetched now, into the temporary file. */
MUST_USE pd_status sorter_add(struct sorter *sorter, const struct pd_batch *batch,
                              const struct digest *row_digests, const struct pd_source_ops *ops,
                              struct pd_source *source, struct pd_error *err);
/* No more rows: get ready to give them back. */
MUST_USE pd_status sorter_finish(struct sorter *sorter, struct pd_error *err);
/* The next batch in order, the caller's to release; then PD_DONE. */
MUST_USE pd_status sorter_next(struct sorter *sorter, const struct pd_batch **ret_batch,
                               struct pd_error *err);

/* What long cells of its batches are read from: cast the sorter to struct pd_source *. */
extern const struct pd_source_ops sorter_source_ops;
