// SPDX-License-Identifier: Apache-2.0
/* natural_inside - what the files of natural keys share. */
#pragma once

#include <pthread.h>

#include "migrate/alike.h"
#include "migrate/natural.h"

struct natural_column {
    uint32_t numbers[SIDES];
    struct ident *via; /* it refers to a row of another such table, whose natural key stands for
                          it; NULL: its value does */
};

/* What stands in front of what is kept for a row of the source. */
enum { IDENT_MISSING = 0, IDENT_THERE = 1 };

struct ident {
    struct ident *next; /* of the same table */
    struct natural *natural;
    const uint32_t *columns[SIDES];
    size_t n_columns;
    struct keyed_table *texts[SIDES]; /* by these columns: the natural key */
    struct keyed_table *targets;      /* by the natural key: the target's values */
    struct keyed_table *rows; /* by these columns in the source: IDENT_THERE and those values, or
                                 IDENT_MISSING and the natural key */
    struct alike *text_alike[SIDES]; /* keys of texts; NULL: only equal bytes are */
    struct alike *row_alike;         /* keys of rows */
    uint64_t n_missing;
};

struct natural {
    struct natural *next;
    struct naturals *of;
    const struct policy *policy;
    uint32_t numbers[SIDES];
    struct natural_column *columns;
    size_t n_columns;
    struct ident *idents;
    struct keyed_table *seen[SIDES]; /* natural keys */
    uint64_t n_rows[SIDES];
    enum { NATURAL_NEW, NATURAL_BEGUN, NATURAL_READ } state;
};

struct naturals {
    struct opened_source *sources[SIDES];
    struct arena *arena;
    struct keyed *keyed;
    struct natural *first;
    struct alike *alikes;
    pthread_mutex_t mutex; /* of keyed, once rows are translated */
};

const struct pd_table *natural_table(const struct natural *natural, enum side side);
/* The key of a row, by these columns; false: one is NULL. */
bool ident_key(const struct pd_table *table, const uint32_t *columns, size_t n,
               const struct pd_batch *batch, uint32_t row, struct buffer *out);
/* As keyed_get(), with a key that is equal for its collations if none is by its bytes. PD_DONE:
   none is, or several are. alike NULL: by bytes alone. */
MUST_USE pd_status ident_get(struct keyed_table *table, struct alike *alike,
                             const struct buffer *key, struct buffer *value, bool *ret_several,
                             struct pd_error *err);
/* "(app, name) = ["blog","post"] of table 't'" */
void ident_text_put(struct buffer *out, const struct ident *ident, const char *text, size_t size);
