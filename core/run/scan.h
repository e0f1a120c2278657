// SPDX-License-Identifier: Apache-2.0
/* scan - the rows of a table, or a part of it, as checked and counted batches in the wanted
   order, sorted here when the source cannot. */
#pragma once

#include "base/error.h"
#include "model/batch.h"
#include "model/profile.h"

struct scan;

/* table is number request->table of the source's catalogue. tally may be NULL: not counted.
   When the source's order is not the wanted one, all rows are read and sorted at the first
   scan_next(); temporary_folder is where, borrowed. */
MUST_USE pd_status scan_open(const struct pd_source_ops *ops, struct pd_source *source,
                             const struct pd_table *table, const struct pd_scan *request,
                             struct tally *tally, int temporary_folder, struct scan **ret_scan,
                             struct pd_error *err);
void scan_close(struct scan *scan);
CLEANUP_DEFINE(scan, scan_close);
/* The next batch, the caller's to release; then PD_DONE. */
MUST_USE pd_status scan_next(struct scan *scan, const struct pd_batch **ret_batch,
                             struct pd_error *err);
/* What long cells of the batches are read from. */
void scan_long_source(const struct scan *scan, const struct pd_source_ops **ret_ops,
                      struct pd_source **ret_source);
