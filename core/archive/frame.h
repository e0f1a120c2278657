// SPDX-License-Identifier: Apache-2.0
/* frame - what is around the decoded bytes of a block: its header, the zstd frame, the hashes. */
#pragma once

#include <xxhash.h>
#include <zstd.h>

#include "archive/block.h"

enum { FRAME_CUT = 16384 };

/* Contexts of one thread, used again and again. */
struct frame_codec {
    ZSTD_CCtx *compressor; /* NULL: for reading only */
    ZSTD_DCtx *decompressor;
    XXH3_state_t *hash;
};

/* What is compressed. At each cut, a place in bytes, zstd begins a block of its own, because what
   follows is of another kind: that costs nothing and makes frames smaller. */
struct frame_body {
    const void *bytes;
    size_t size;
    const size_t *cuts; /* ascending, at least FRAME_CUT apart */
    size_t n_cuts;
};

/* level 0: for reading only. Whether it succeeds or not, frame_close() may follow. */
MUST_USE pd_status frame_open(struct frame_codec *codec, int level, struct pd_error *err);
void frame_close(struct frame_codec *codec);

/* Write header and frame to out. The caller has filled the members of the header up to n_rows. */
MUST_USE pd_status frame_write(struct frame_codec *codec, struct block_header *header,
                               const struct frame_body *body, struct buffer *out,
                               struct pd_error *err);
/* The decoded bytes of a frame whose header was read, into body; everything is checked. */
MUST_USE pd_status frame_read(struct frame_codec *codec, const struct block_header *header,
                              const void *frame, struct buffer *body, struct pd_error *err);
