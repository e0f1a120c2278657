// SPDX-License-Identifier: Apache-2.0
/* format - names, sizes and limits of the archive (doc/format.md), in one place. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "model/digest.h"

#define FORMAT_NAME "polydump archive"
#define FORMAT_MANIFEST "manifest.json"
#define FORMAT_TABLES "tables.jsonl"
#define FORMAT_ORIGIN "origin.jsonl"
#define FORMAT_STAMP "stamp.json"
#define FORMAT_REJECTS "rejects.jsonl"
#define FORMAT_ROWS "rows"
/* The first 16 bytes of the stream shape. */
#define FORMAT_STREAM_MAGIC "polydump stream\n"

enum { FORMAT_MAJOR = 1, FORMAT_MINOR = 0, FORMAT_STREAM_MAGIC_SIZE = 16 };

/* Features that a reader must know to read the archive. */
#define FORMAT_FEATURE_BLOCKS "zstd-blocks"
#define FORMAT_FEATURE_TEXT "json-rows"
#define FORMAT_FEATURE_SCHEMA_ONLY "schema-only"

enum {
    /* A part whose blocks take more than this has packs of its own. */
    FORMAT_SMALL_UNIT = 1 << 20,
    /* A pack closes before the block, or the small part, that would make it larger. */
    FORMAT_PACK_BYTES = 64 << 20,
    /* Units out of order wait in this much memory, then in a temporary file. */
    FORMAT_SPOOL_BYTES = 4 << 20,
    FORMAT_MAX_MANIFEST = 64 << 10,
    FORMAT_MAX_STAMP = 64 << 10,
    /* A line of a table with 32767 columns and its profiles stays below this. */
    FORMAT_MAX_LINE = 64 << 20,
    FORMAT_MAX_PARTS = 1 << 24,
    FORMAT_NAME_SIZE = 48
};

enum format_shape { FORMAT_DIRECTORY, FORMAT_STREAM };
enum format_encoding { FORMAT_BINARY, FORMAT_TEXT };

/* A file, or a run of bytes, that a manifest answers for: XXH3-128 of its bytes. */
struct file_seal {
    uint64_t size;
    struct digest hash;
};

/* One part of a table where it lies. */
struct part {
    uint64_t n_rows;
    uint64_t n_blocks;
    struct file_seal bytes; /* of all its blocks, or lines */
    /* Packs of its own, and the size of each; 0: it lies in a shared pack, or is empty. */
    uint32_t n_packs;
    uint32_t small; /* number of the shared pack */
    uint64_t *pack_sizes;
    uint64_t offset; /* in the shared pack */
};
