// SPDX-License-Identifier: Apache-2.0
/* keyed - bytes that are found by a key, of any number: in memory up to a bound, beyond it in a
   file without a name. Used by one thread at a time. */
#pragma once

#include "base/buffer.h"
#include "base/error.h"

struct keyed;       /* all of them share one bound */
struct keyed_table; /* one namespace of keys */

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
uint64_t keyed_unused(const struct keyed_table *table); /* keys that nobody had a use for */
uint64_t keyed_count(const struct keyed_table *table);
