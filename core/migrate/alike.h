// SPDX-License-Identifier: Apache-2.0
/* alike - keys that are equal for the collations of their columns, though not by their bytes. */
#pragma once

#include "base/arena.h"
#include "migrate/keyed.h"
#include "model/fold.h"

/* Which parts of a key, as step_key_put() makes them, are text that folds. */
struct key_fold {
    const struct pd_table *table;
    const uint32_t *columns; /* one a part; borrowed */
    struct fold *folds;      /* one a part */
    bool *is_folded;         /* one a part */
    size_t n;
    bool is_open; /* more may be alike than what is sure to be */
};

/* *ret_fold is NULL when all parts are compared by their bytes. It is the arena's. */
MUST_USE pd_status key_fold_new(const struct pd_table *table, const uint32_t *columns, size_t n,
                                struct arena *arena, struct key_fold **ret_fold,
                                struct pd_error *err);
/* Append the form that all keys have which are sure to be equal. */
void key_fold_put(const struct key_fold *fold, const void *key, size_t size, struct buffer *out);
/* "code = 'N'": the parts that fold, for people. */
void key_fold_show(const struct key_fold *fold, const struct buffer *key, struct buffer *out);
/* "utf8mb4_general_ci", "NOCASE": of the first part that folds. */
const char *key_fold_name(const struct key_fold *fold);

/* Keys that are there; used by one thread at a time. */
struct alike {
    struct alike *next; /* for whoever has a list of them */
    const struct key_fold *fold;
    struct keyed_folds *folds;
    struct buffer wanted; /* the sure form of the key that is looked for */
    struct buffer form;   /* and of one that is there */
    struct buffer found;
    struct buffer maybe; /* a key of which nobody knows; empty: there is none */
};

/* Of the keys of a table or of rows, one of which is NULL. */
MUST_USE pd_status alike_new(const struct key_fold *fold, struct keyed *keyed,
                             const struct keyed_table *table, const struct keyed_rows *rows,
                             struct arena *arena, struct alike **ret_alike, struct pd_error *err);
void alike_close(struct alike *alike); /* NULL is fine */

/* A key that is there; it lies in the alike until this returns. */
typedef pd_status alike_each(void *arg, const struct buffer *key, struct pd_error *err);
/* Calls each for the keys that are sure to be equal to one; what it returns but PD_OK ends it.
   alike->maybe: one that may be. */
MUST_USE pd_status alike_find(struct alike *alike, const struct buffer *key, alike_each *each,
                              void *arg, struct pd_error *err);
