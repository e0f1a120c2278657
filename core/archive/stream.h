// SPDX-License-Identifier: Apache-2.0
/* stream - the framing of the stream shape: the magic, then sections of a tag of four letters, a
   size and bytes, the last of them the manifest (doc/format.md "Stream"). */
#pragma once

#include <stdbool.h>

#include "archive/output.h"
#include "base/buffer.h"
#include "base/error.h"

/* Sections: X(name, tag, most bytes, meaning). */
#define STREAM_SECTION_TABLE(X)                                                                    \
    X(HEAD, "HEAD", FORMAT_MAX_MANIFEST, "what the manifest says, as far as it is known")          \
    X(TABLE, "TABL", FORMAT_MAX_LINE, "a table: its neutral schema")                               \
    X(SEQUENCE, "SEQU", FORMAT_MAX_LINE, "a sequence")                                             \
    X(ORIGIN, "ORIG", FORMAT_MAX_LINE, "a line of origin.jsonl")                                   \
    X(BLOCK, "BLCK", UINT32_MAX, "a block")                                                        \
    X(DONE, "DONE", FORMAT_MAX_LINE, "the end of a table: what was counted")                       \
    X(STAMP, "STMP", FORMAT_MAX_STAMP, "stamp.json")                                               \
    X(LAST, "LAST", FORMAT_MAX_MANIFEST, "the manifest")
#define STREAM_SECTION_MEMBER_(name, tag, limit, meaning) STREAM_##name,
enum stream_section { STREAM_SECTION_TABLE(STREAM_SECTION_MEMBER_) STREAM_COUNT_ };
#undef STREAM_SECTION_MEMBER_

enum { STREAM_HEADER_SIZE = 8 };

MUST_USE pd_status stream_write_section(struct output *output, enum stream_section section,
                                        const void *bytes, size_t size, struct pd_error *err);

/* Reading, from a file or a pipe, once. */
struct stream_in;
/* fd is borrowed. Checks the magic. */
MUST_USE pd_status stream_in_new(int fd, const char *name, struct stream_in **ret_in,
                                 struct pd_error *err);
void stream_in_free(struct stream_in *in);
CLEANUP_DEFINE(stream_in, stream_in_free);
/* What the next section is. It stays the next one until its bytes are taken. */
MUST_USE pd_status stream_in_peek(struct stream_in *in, enum stream_section *ret_section,
                                  struct pd_error *err);
/* The bytes of the next section, followed by a NUL, valid until the next call. */
MUST_USE pd_status stream_in_take(struct stream_in *in, const uint8_t **ret_bytes, size_t *ret_size,
                                  struct pd_error *err);
/* Nothing may follow the last section. */
MUST_USE pd_status stream_in_end(struct stream_in *in, struct pd_error *err);
/* Of everything before the last section. */
struct file_seal stream_in_seal(const struct stream_in *in);
/* Bytes read so far. */
uint64_t stream_in_offset(const struct stream_in *in);
