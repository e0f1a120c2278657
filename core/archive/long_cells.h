// SPDX-License-Identifier: Apache-2.0
/* long_cells - the long cells of the row that was read last: where their slices lie, and any range
   of their bytes. */
#pragma once

#include "archive/block.h"
#include "archive/spool.h"
#include "base/buffer.h"
#include "base/error.h"

/* Where a slice's frame lies: a pack of the part, or a piece of a temporary file. */
struct long_place {
    uint32_t pack;
    uint64_t offset;
};

/* Read size bytes at a place. */
typedef pd_status long_fetch(void *arg, const struct long_place *place, void *bytes, size_t size,
                             struct pd_error *err);

struct long_cells {
    struct block_reader *reader; /* borrowed */
    uint64_t *sizes;             /* one a cell, by cookie */
    size_t n_cells;
    size_t n_wanted; /* slices that these cells have */
    struct long_slice *slices;
    size_t n_slices;
    size_t room;
    size_t current; /* slice in bytes; SIZE_MAX: none */
    const uint8_t *bytes;
    size_t n_bytes;
    struct buffer frame;
};

void long_cells_free(struct long_cells *cells);
/* A row block was decoded: forget the slices of the one before, count those to come. */
MUST_USE pd_status long_cells_begin(struct long_cells *cells, const struct pd_batch *batch,
                                    struct pd_error *err);
/* The next slice. */
MUST_USE pd_status long_cells_note(struct long_cells *cells, const struct block_header *header,
                                   const struct long_place *place, struct pd_error *err);
MUST_USE pd_status long_cells_read(struct long_cells *cells, const struct pd_long *cell,
                                   uint64_t offset, void *buffer, size_t size, long_fetch *fetch,
                                   void *arg, struct pd_error *err);

/* Frames of slices that cannot be read again where they came from. */
struct long_store {
    struct spool spool;
    struct piece *pieces;
    size_t n;
};

void long_store_open(struct long_store *store);
void long_store_clear(struct long_store *store);
void long_store_close(struct long_store *store);
MUST_USE pd_status long_store_add(struct long_store *store, const void *frame, size_t size,
                                  struct long_place *ret_place, struct pd_error *err);
/* A long_fetch; arg is the store. */
MUST_USE pd_status long_store_fetch(void *arg, const struct long_place *place, void *bytes,
                                    size_t size, struct pd_error *err);
