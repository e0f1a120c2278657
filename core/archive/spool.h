// SPDX-License-Identifier: Apache-2.0
/* spool - bytes that wait for their turn: a few MiB in memory, the rest in a temporary file. */
#pragma once

#include <stdint.h>

#include "archive/output.h"
#include "base/buffer.h"
#include "base/error.h"

struct spool {
    int folder; /* where a temporary file is made; -1: where TMPDIR says */
    int fd;     /* of it, -1: none yet */
    uint64_t end;
    size_t n_memory; /* bytes */
    size_t n_filed;  /* pieces in the file */
};

struct piece {
    uint8_t *bytes; /* NULL: in the file, or empty */
    uint64_t offset;
    size_t size;
};

void spool_open(struct spool *spool, int folder); /* folder is borrowed */
void spool_close(struct spool *spool);
MUST_USE pd_status spool_put(struct spool *spool, const void *bytes, size_t size,
                             struct piece *ret_piece, struct pd_error *err);
/* Append what the piece holds; it stays. */
MUST_USE pd_status spool_get(struct spool *spool, const struct piece *piece, struct buffer *out,
                             struct pd_error *err);
/* The first size bytes of the piece. */
MUST_USE pd_status spool_read(struct spool *spool, const struct piece *piece, void *bytes,
                              size_t size, struct pd_error *err);
void spool_drop(struct spool *spool, struct piece *piece);
