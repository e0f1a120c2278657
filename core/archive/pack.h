// SPDX-License-Identifier: Apache-2.0
/* pack - the blocks of one part while a lane writes them: in memory as long as the part is small,
   then in packs of its own. */
#pragma once

#include "archive/units.h"
#include "base/buffer.h"
#include "base/error.h"

struct pack_writer;

MUST_USE pd_status pack_writer_new(struct units *units, int rows, bool recheck,
                                   struct pack_writer **ret_writer, struct pd_error *err);
void pack_writer_free(struct pack_writer *writer);
CLEANUP_DEFINE(pack_writer, pack_writer_free);

MUST_USE pd_status pack_start(struct pack_writer *writer, uint32_t table, uint32_t part,
                              uint32_t n_parts, struct pd_error *err);
/* A block of so many rows. */
MUST_USE pd_status pack_append(struct pack_writer *writer, uint32_t n_rows, const void *bytes,
                               size_t size, struct pd_error *err);
MUST_USE pd_status pack_end(struct pack_writer *writer, struct pd_error *err);
