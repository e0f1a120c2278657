// SPDX-License-Identifier: Apache-2.0
/* natural - tables whose rows the application makes itself, on both sides of a run: their rows are
   found again by natural keys, whatever their other keys are. */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"
#include "migrate/policies.h"
#include "model/batch.h"
#include "run/run.h"

enum side { SIDE_SOURCE = 0, SIDE_TARGET = 1, SIDES = 2 };

struct naturals;
struct natural; /* a table */
struct ident;   /* columns of it by which others refer to its rows */

/* Both are borrowed, and are read from by their own handles. */
MUST_USE pd_status naturals_new(struct opened_source *source, struct opened_source *target,
                                struct naturals **ret_naturals, struct pd_error *err);
void naturals_free(struct naturals *naturals); /* NULL is fine */
CLEANUP_DEFINE(naturals, naturals_free);

/* Table numbers on both sides. Refuses a natural key that either side has not. */
MUST_USE pd_status naturals_add(struct naturals *naturals, uint32_t table, uint32_t target_table,
                                const struct policy *policy, struct pd_error *err);
/* What a foreign key of a table of the source refers to, once all have been added. *ret_ident is
   NULL when it refers to no table of these. */
MUST_USE pd_status naturals_ident(struct naturals *naturals, const struct pd_table *table,
                                  const struct pd_foreign *foreign, struct ident **ret_ident,
                                  struct pd_error *err);
/* Read all rows of the tables, on both sides, once all idents are known. Refuses two rows with one
   natural key. */
MUST_USE pd_status naturals_read(struct naturals *naturals, struct pd_error *err);

/* The table of the catalogue that a foreign key of a table refers to; -1: it is not there. */
long natural_referred(const struct pd_catalog *catalog, const struct pd_table *table,
                      const struct pd_foreign *foreign);

/* The column that the i-th of a foreign key refers to: by name, else of the primary key. NULL:
 * none. */
const char *natural_referred_name(const struct pd_table *to, const struct pd_foreign *foreign,
                                  size_t i);

/* A column by its name, in whatever case; -1: there is none. */
long natural_column(const struct pd_table *table, const char *name);

/* ---- After that ---- */

const struct pd_table *ident_table(const struct ident *ident);
const struct policy *ident_policy(const struct ident *ident);
/* Rows of the source that the target has not. */
uint64_t ident_n_missing(const struct ident *ident);
uint64_t ident_n_rows(const struct ident *ident);
/* The i-th column in the target. */
const struct pd_column *ident_target_column(const struct ident *ident, size_t i);
/* Are the i-th column of one and the k-th of another the same column of the same table? */
bool ident_is_same(const struct ident *a, size_t i, const struct ident *b, size_t k);

/* A reference at work; one a thread. */
struct translation {
    struct buffer key;
    struct buffer found;
    struct buffer text; /* where PD_FAILED: what has no row in the target, for people */
};
void translation_free(struct translation *translation);
/* naturals_find() is called with them locked. */
void naturals_lock(struct naturals *naturals);
void naturals_unlock(struct naturals *naturals);
/* The row that a row refers to: into cells, one a column, as values of ident_target_column(). They
   borrow from the translation. PD_DONE: a column is NULL, so that it refers to none. PD_FAILED: the
   source or the target has no such row; translation->text says which. */
MUST_USE pd_status naturals_find(const struct ident *ident, const struct pd_table *table,
                                 const uint32_t *columns, const struct pd_batch *batch,
                                 uint32_t row, struct translation *translation, struct cell *cells,
                                 struct pd_error *err);
/* Text that is the same for a value in every engine. */
void natural_text_put(struct buffer *out, const struct pd_type *type, const struct cell *cell);
