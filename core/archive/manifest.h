// SPDX-License-Identifier: Apache-2.0
/* manifest - manifest.json, and the last section of a stream: what an archive says of itself, in
   constant size, sealed by a hash over its own bytes (doc/format.md "Manifest"). */
#pragma once

#include <jansson.h>

#include "archive/archive.h"
#include "archive/format.h"
#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"

struct manifest {
    unsigned minor;   /* of the version it was written in */
    char version[16]; /* the same, as text */
    enum format_shape shape;
    enum format_encoding encoding;
    int order; /* enum pd_order */
    bool schema_only;
    bool has_stamp;
    bool has_rejects;
    const char *application; /* NULL: none */
    const char *application_version;
    /* SQL of steps that the rows have not seen, for people, NULL-ended; NULL: none */
    const char *const *unseen;
    const char *stamp; /* the text of stamp.json, once it was read */
    uint64_t n_tables;
    uint64_t n_sequences;
    uint64_t n_rows;
    uint64_t n_blocks;
    uint64_t n_row_bytes;    /* of all blocks, or lines */
    uint64_t n_small_packs;  /* directory, binary */
    struct file_seal tables; /* directory */
    struct file_seal origin; /* directory */
    struct file_seal stamp_seal;
    struct file_seal rejects_seal;
    struct file_seal stream; /* stream: everything before the manifest's section */
    char content_id[33];
    uint64_t n_bytes; /* of the whole archive; not in the text */
    const char *features[4];
};

/* Words of enum format_shape, format_encoding and pd_order in archives. */
extern const char *const manifest_shapes[2];
extern const char *const manifest_encodings[2];
extern const char *const manifest_orders[2];

/* Fill features from what the archive is. */
void manifest_set_features(struct manifest *manifest);
/* Append the text, sealed. */
MUST_USE pd_status manifest_write(struct buffer *out, const struct manifest *manifest,
                                  struct pd_error *err);
/* Parse and check the text. lenient: the seal need not fit (after an edit by hand). */
MUST_USE pd_status manifest_read(struct arena *arena, const char *text, size_t size, bool lenient,
                                 struct manifest *ret_manifest, struct pd_error *err);

/* The members that the begin of a stream has in common with the manifest. */
void manifest_write_head(struct buffer *out, const struct manifest *manifest);
MUST_USE pd_status manifest_read_head(struct arena *arena, const json_t *json,
                                      struct manifest *manifest, struct pd_error *err);
/* Does the manifest say what the head said? */
MUST_USE pd_status manifest_check_head(const struct manifest *manifest, const struct manifest *head,
                                       struct pd_error *err);

void manifest_identity(const struct manifest *manifest, struct archive_identity *ret_identity);
