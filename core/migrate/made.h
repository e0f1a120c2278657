// SPDX-License-Identifier: Apache-2.0
/* made - rows that a step has made, kept as blocks of an archive until they are read: a few MiB in
   memory, the rest in a file without a name. */
#pragma once

#include <stdatomic.h>

#include "archive/block.h"
#include "archive/long_cells.h"
#include "base/buffer.h"
#include "base/error.h"
#include "model/batch.h"

/* Memory that any number of files may take of; what finds none lies on disk. */
struct made_room {
    atomic_size_t left;
};

enum { MADE_MEMORY = 4 << 20 }; /* bytes of blocks that need no file, of a whole chain */

/* Bytes of all the rows that one step has made. Written by one thread, then read by any. */
struct made_file {
    int folder;             /* borrowed; -1: where TMPDIR says */
    int fd;                 /* -1: none yet */
    struct made_room *room; /* borrowed */
    struct buffer memory;   /* what comes first */
    uint64_t end;           /* of all, and what does not lie in memory lies in the file */
};

void made_file_open(struct made_file *file, int folder, struct made_room *room);
void made_file_close(struct made_file *file);

/* Rows of one table, in their order. */
struct made {
    struct made_file *file;
    const struct pd_table *table;
    uint32_t table_number;
    uint32_t part;               /* tells the makers of one table apart */
    struct block_writer *writer; /* NULL: before the first row, and after the last */
    struct buffer blocks;        /* of struct made_block */
    uint64_t n_rows;
};

void made_free(struct made *made); /* leaves it empty */
/* Append the rows of a batch, which stays the caller's. Long cells are fetched now. */
MUST_USE pd_status made_add(struct made *made, const struct pd_batch *batch,
                            const struct pd_source_ops *ops, struct pd_source *source,
                            struct pd_error *err);
/* There are no more. */
MUST_USE pd_status made_end(struct made *made, struct pd_error *err);

/* Reads made rows, those of one table after those of another; used by one thread at a time. */
struct made_reader {
    const struct made *made;
    size_t next; /* its number in blocks */
    struct block_reader *blocks;
    struct long_cells longs;
    struct buffer frame;
};

void made_reader_close(struct made_reader *reader); /* leaves it usable */
MUST_USE pd_status made_reader_start(struct made_reader *reader, const struct made *made,
                                     struct pd_error *err);
/* The next batch, the caller's to release; then PD_DONE. */
MUST_USE pd_status made_reader_next(struct made_reader *reader, const struct pd_batch **ret_batch,
                                    struct pd_error *err);
/* Of a long cell in the batch that was read last. */
MUST_USE pd_status made_reader_long(struct made_reader *reader, const struct pd_long *cell,
                                    uint64_t offset, void *buffer, size_t size,
                                    struct pd_error *err);
