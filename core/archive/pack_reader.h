// SPDX-License-Identifier: Apache-2.0
/* pack_reader - the blocks of one part of a table, out of packs, checked against what tables.jsonl
   says of them. */
#pragma once

#include "archive/format.h"
#include "base/error.h"

struct pack_reader;

/* rows: the folder of packs, borrowed. */
MUST_USE pd_status pack_reader_new(int rows, struct pack_reader **ret_reader, struct pd_error *err);
void pack_reader_free(struct pack_reader *reader);
CLEANUP_DEFINE(pack_reader, pack_reader_free);
void pack_reader_start(struct pack_reader *reader, const struct pd_table *table,
                       uint32_t table_number, uint32_t part_number, const struct part *part);
/* The next batch; PD_DONE: the part is complete and whole. */
MUST_USE pd_status pack_reader_next(struct pack_reader *reader, const struct pd_batch **ret_batch,
                                    struct pd_error *err);
MUST_USE pd_status pack_reader_long(struct pack_reader *reader, const struct pd_long *cell,
                                    uint64_t offset, void *buffer, size_t size,
                                    struct pd_error *err);
