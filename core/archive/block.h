// SPDX-License-Identifier: Apache-2.0
/* block - the binary row encoding: rows of one part of a table, cut into blocks by the data alone,
   encoded column by column, compressed, hashed, decoded again (doc/format.md "Blocks"). */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"
#include "base/error.h"
#include "model/batch.h"

/* The rule of the cut: a block closes before the row that would make it more than BLOCK_ROWS rows
   or bring its canonical size above BLOCK_BYTES; a row that is larger alone has its own block. */
enum { BLOCK_ROWS = 16384, BLOCK_BYTES = 1048576, BLOCK_HEADER_SIZE = 64, BLOCK_LEVEL = 1 };

/* What a block header says. kind tells rows from slices of a long cell; slices of the long cells
   of a block follow it at once, in row and column order. */
enum block_kind { BLOCK_KIND_ROWS = 1, BLOCK_KIND_LONG = 2 };
struct block_header {
    uint32_t kind;
    uint32_t table;        /* number of the table in the archive */
    uint32_t part;         /* number of the range */
    uint64_t number;       /* of the block in its part, from 0; slices count */
    uint32_t n_rows;       /* LONG: 0 */
    uint32_t encoded_size; /* of the zstd frame that follows the header */
    uint32_t decoded_size;
    uint64_t hash_low; /* XXH3-128 of the decoded bytes and of the fields above */
    uint64_t hash_high;
    uint64_t frame_hash; /* XXH3-64 of the frame */
};

/* Check magic, header hash and limits, so that encoded_size may be allocated; the frame is not
   touched. That table, part and number are those of its place is for the caller to check. */
MUST_USE pd_status block_read_header(const uint8_t bytes[BLOCK_HEADER_SIZE],
                                     struct block_header *ret_header, struct pd_error *err);

/* Called with each finished block: header and frame in one piece, ready to be written. */
typedef pd_status block_emit(void *arg, const struct block_header *header, const void *bytes,
                             size_t size, struct pd_error *err);

struct block_writer;
/* recheck: decode each block again and compare with what was to be written, before emit. The
   table is borrowed. Buffers are reused from table to table. level: zstd's, 0: BLOCK_LEVEL. */
MUST_USE pd_status block_writer_new(int level, bool recheck, block_emit *emit, void *arg,
                                    struct block_writer **ret_writer, struct pd_error *err);
void block_writer_free(struct block_writer *writer);
CLEANUP_DEFINE(block_writer, block_writer_free);
MUST_USE pd_status block_writer_start(struct block_writer *writer, const struct pd_table *table,
                                      uint32_t table_number, uint32_t part, struct pd_error *err);
/* Long cells are fetched in slices through ops and source. */
MUST_USE pd_status block_writer_add(struct block_writer *writer, const struct pd_batch *batch,
                                    const struct pd_source_ops *ops, struct pd_source *source,
                                    struct pd_error *err);
/* Emit what is left. */
MUST_USE pd_status block_writer_end(struct block_writer *writer, struct pd_error *err);

struct block_reader; /* decompression context and scratch of one thread */
MUST_USE pd_status block_reader_new(struct block_reader **ret_reader, struct pd_error *err);
void block_reader_free(struct block_reader *reader);
CLEANUP_DEFINE(block_reader, block_reader_free);
/* Decode a ROWS block into a batch of the run's budget. Everything is checked: the hash, sizes
   against limits before any allocation, offsets, tags, UTF-8 of text, trailing bytes. A long cell
   comes as pd_long whose cookie is the running number of the long cell in its block, from 0. */
MUST_USE pd_status block_decode(struct block_reader *reader, const struct pd_table *table,
                                const struct block_header *header, const void *frame,
                                const struct pd_batch **ret_batch, struct pd_error *err);
/* Decode a LONG slice into bytes (at most PD_LONG_SLICE), valid until the next call. It has to be
   one of the block that this reader decoded last; slices may be read in any order and again. All
   slices of a cell read in a row prove the cell's hash too. */
MUST_USE pd_status block_decode_slice(struct block_reader *reader,
                                      const struct block_header *header, const void *frame,
                                      const void **ret_bytes, size_t *ret_size,
                                      struct pd_error *err);
