// SPDX-License-Identifier: Apache-2.0
/* index - the tables of an archive's folder: what they are and where their rows lie, checked
   against the manifest and against the files that are there. After index_open() only index_stats()
   changes it, and takes care of threads itself. */
#pragma once

#include <pthread.h>

#include "archive/catalogue.h"
#include "archive/source.h"
#include "archive/tables.h"

/* Where a table's rows lie, and its line in tables.jsonl. */
struct table_place {
    struct part *parts;
    uint32_t n_parts;
    uint64_t line_offset;
    size_t line_size;
    uint64_t n_rows;
    uint64_t n_bytes;             /* as they lie in the archive */
    const struct pd_stats *stats; /* once they were asked for */
};

struct index {
    const struct manifest *manifest; /* borrowed */
    bool lenient;
    int rows; /* the folder of packs, borrowed */
    struct catalogue catalogue;
    struct table_place *places; /* one a table */
    size_t room;
    int lines; /* tables.jsonl */
    pthread_mutex_t lock;
};

MUST_USE pd_status index_open(struct index *index, const struct manifest *manifest, int folder,
                              int rows, bool lenient, struct pd_error *err);
void index_close(struct index *index);
/* PD_UNSUPPORTED: the archive has the schema alone. */
MUST_USE pd_status index_stats(struct index *index, uint32_t table,
                               const struct pd_stats **ret_stats, struct pd_error *err);
/* Is it the name of a file of rows? */
bool index_knows_file(const struct index *index, const char *name);
