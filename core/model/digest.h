// SPDX-License-Identifier: Apache-2.0
/* digest - the order-free 128-bit digest of rows (doc/format.md "Digest"): cell = XXH3-64 of the
   canonical bytes seeded with the class, row = XXH3-128 over its cells' hashes in column order,
   table = sum of rows modulo 2^128. It finds accidents, not forgery. */
#pragma once

#include <stdbool.h>

#include "base/error.h"

struct digest {
    uint64_t low;
    uint64_t high;
};

struct digest_table; /* scratch and columns of one table */

/* Columns that do not count (generated, passengers) are left out. */
MUST_USE pd_status digest_new(const struct pd_table *table, struct digest_table **ret_digest,
                              struct pd_error *err);
void digest_free(struct digest_table *digest);
CLEANUP_DEFINE(digest_table, digest_free);

/* Add the rows of a batch to *sum. When rows is not NULL it gets each row's digest (n_rows of
   them). Long cells are fetched through ops and source. */
MUST_USE pd_status digest_batch(struct digest_table *digest, const struct pd_batch *batch,
                                const struct pd_source_ops *ops, struct pd_source *source,
                                struct digest *sum, struct digest *rows, struct pd_error *err);
void digest_add(struct digest *sum, const struct digest *more);
/* 32 hexadecimal digits, high half first, and NUL. */
void digest_text(const struct digest *digest, char text[33]);
bool digest_parse(const char *text, struct digest *ret_digest);
