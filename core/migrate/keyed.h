// SPDX-License-Identifier: Apache-2.0
/* keyed - bytes that are found by a key, of any number: in memory up to a bound, beyond it in a
   file without a name. Used by one thread at a time. */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"
#include "base/error.h"

struct keyed;       /* all of them share one bound */
struct keyed_table; /* one namespace of keys */
struct keyed_folds; /* keys of one of these that are alike */
struct keyed_rows;  /* rows that are found by a key, and can get another one */

MUST_USE pd_status keyed_new(struct keyed **ret_keyed, struct pd_error *err);
void keyed_free(struct keyed *keyed); /* NULL is fine; with its tables */
CLEANUP_DEFINE(keyed, keyed_free);
/* Bytes of memory that it may take from now on; before this it is little. */
MUST_USE pd_status keyed_bound(struct keyed *keyed, size_t bytes, struct pd_error *err);
/* It gives back what memory it can: from now on it is looked into here and there. */
void keyed_rest(struct keyed *keyed);
/* The keyed's, until its end. */
MUST_USE pd_status keyed_table_new(struct keyed *keyed, struct keyed_table **ret_table,
                                   struct pd_error *err);

/* A key that is there keeps its value. */
MUST_USE pd_status keyed_add(struct keyed_table *table, const struct buffer *key,
                             const struct buffer *value, struct pd_error *err);
/* A key that is there gets another value. */
MUST_USE pd_status keyed_set(struct keyed_table *table, const struct buffer *key,
                             const struct buffer *value, struct pd_error *err);
/* Into *value, which is cleared first. PD_DONE: there is no such key. */
MUST_USE pd_status keyed_get(struct keyed_table *table, const struct buffer *key,
                             struct buffer *value, struct pd_error *err);
/* Note that somebody had a use for a key that is there. */
MUST_USE pd_status keyed_use(struct keyed_table *table, const struct buffer *key,
                             struct pd_error *err);
/* Has somebody had a use for the key? */
MUST_USE pd_status keyed_is_used(struct keyed_table *table, const struct buffer *key,
                                 bool *ret_used, struct pd_error *err);
uint64_t keyed_used(const struct keyed_table *table);   /* keys that somebody had a use for */
uint64_t keyed_unused(const struct keyed_table *table); /* keys that nobody had a use for */
uint64_t keyed_count(const struct keyed_table *table);

/* The keyed's, until its end. */
MUST_USE pd_status keyed_rows_new(struct keyed *keyed, struct keyed_rows **ret_rows,
                                  struct pd_error *err);
/* id: by which its changes find it; several may have one. key NULL: nobody finds it by a key. kind:
   rows of one key that differ in it are told apart by keyed_rows_get(). */
MUST_USE pd_status keyed_rows_add(struct keyed_rows *rows, const struct buffer *id,
                                  const struct buffer *key, uint64_t kind,
                                  const struct buffer *value, struct pd_error *err);
/* A row of a key, of the smallest kind the one that was added first; PD_DONE: there is none.
 *ret_differ: there is one of another kind. */
MUST_USE pd_status keyed_rows_get(struct keyed_rows *rows, const struct buffer *key,
                                  struct buffer *value, bool *ret_differ, struct pd_error *err);
/* Rows of an id, one after the other: *number is 0 at first; PD_DONE: there are no more. */
MUST_USE pd_status keyed_rows_next(struct keyed_rows *rows, const struct buffer *id,
                                   int64_t *number, struct buffer *value, struct pd_error *err);
/* The row of a number has another key and value. */
MUST_USE pd_status keyed_rows_set(struct keyed_rows *rows, int64_t number, const struct buffer *key,
                                  uint64_t kind, const struct buffer *value, struct pd_error *err);

/* The form of a key that is the same for all that are alike. Shortage of memory is remembered in
   the buffer. */
typedef void keyed_fold(void *arg, const void *key, size_t size, struct buffer *out);
/* The keyed's, until its end; arg is borrowed until then. It costs nothing before the first
   question. Of a table, or of rows, one of which is NULL. */
MUST_USE pd_status keyed_folds_new(struct keyed *keyed, const struct keyed_table *table,
                                   const struct keyed_rows *rows, keyed_fold *fold, void *arg,
                                   struct keyed_folds **ret_folds, struct pd_error *err);
/* Keys that are like one, one after the other, each once: *found is the one before, empty at first.
   PD_DONE: there are no more. */
MUST_USE pd_status keyed_folds_next(struct keyed_folds *folds, const struct buffer *key,
                                    struct buffer *found, struct pd_error *err);
