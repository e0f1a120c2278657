// SPDX-License-Identifier: Apache-2.0
/* patches - what update() has said of the rows of a table, by primary key. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include "migrate/alike.h"
#include "migrate/step_value.h"

struct patches {
    const struct pd_table *table;
    const struct pd_key *key; /* the primary one */
    struct keyed_table *rows;
    struct key_fold
        *fold; /* its keys are kept in the form that equal ones have; NULL: as they are */
    struct keyed_table *named; /* with fold: the key of the row that one has been said of */
    pthread_mutex_t *mutex;    /* of the store; borrowed */
    struct buffer key_bytes;
    struct buffer old_bytes;
    struct buffer new_bytes;
    struct buffer row_bytes; /* with fold: the key as the row has it */
};

/* What is patched in a batch: rows ascending, each with its bytes. */
struct patch_hits {
    struct buffer hits;  /* of struct patch_hit */
    struct buffer bytes; /* of all of them */
};
struct patch_hit {
    uint32_t row;
    uint32_t size;
    size_t offset; /* in bytes */
};

MUST_USE pd_status patches_open(struct patches *patches, const struct pd_table *table,
                                struct keyed *keyed, pthread_mutex_t *mutex, struct arena *arena,
                                struct pd_error *err);
void patches_close(struct patches *patches);
/* Later values of a column win. key: one a column of the primary key. */
MUST_USE pd_status patches_add(struct patches *patches, const struct pd_value *key,
                               const uint32_t *columns, const struct pd_value *values,
                               uint32_t n_columns, struct pd_error *err);
/* The form that all keys have which the primary key's collations take for the same. */
void patches_fold(struct patches *patches, struct buffer *key);
/* What was said of the row of a key in that form: columns (u32), each with its value
   (step_value_get()), into *ret_bytes; empty: nothing. */
MUST_USE pd_status patches_of(struct patches *patches, const struct buffer *key,
                              struct buffer *ret_bytes, struct pd_error *err);
/* Which rows of a batch are patched; the keys have been of use then. */
MUST_USE pd_status patches_find(struct patches *patches, const struct pd_batch *batch,
                                struct patch_hits *hits, struct pd_error *err);
/* The values of a hit, into cells and is_set, one a column of the table; others are left alone. */
void patches_values(const struct patch_hits *hits, size_t i, struct cell *cells, bool *is_set);
/* Keys that no row has had so far. */
uint64_t patches_unused(const struct patches *patches);

void patch_hits_free(struct patch_hits *hits);
size_t patch_hits_count(const struct patch_hits *hits);
const struct patch_hit *patch_hit_at(const struct patch_hits *hits, size_t i);
