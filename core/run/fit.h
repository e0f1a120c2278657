// SPDX-License-Identifier: Apache-2.0
/* fit - rows of a table as the target wants them: its mapping at work in a lane. */
#pragma once

#include <pthread.h>

#include "model/convert.h"
#include "run/mapping.h"

struct fit;

/* Values that do not fit, counted rather than refused: for a plan. */
struct misfit_count {
    uint64_t n;
    const char *first; /* of those that were met first: row and value; NULL: none */
};
struct misfits {
    pthread_mutex_t mutex; /* of all below */
    struct arena *arena;
    struct misfit_count *columns; /* as mapping->columns */
};

/* *ret_fit is NULL when the target takes the rows as they are. misfits NULL: what does not fit
   is not counted. */
MUST_USE pd_status fit_new(const struct mapping *mapping, const struct selection *selection,
                           uint32_t table, struct misfits *misfits, struct fit **ret_fit,
                           struct pd_error *err);
void fit_free(struct fit *fit); /* NULL is fine */
CLEANUP_DEFINE(fit, fit_free);
/* Have the rows other facts than those of the source? NULL: no. */
bool fit_changes(const struct fit *fit);
/* The columns that may: one a column, as long as the fit. */
const bool *fit_changed(const struct fit *fit);
/* Who is told of values that do not fit, each with a text that names column, row and value. */
struct fit_listener {
    pd_status (*tell)(void *arg, uint32_t row, const char *text, struct pd_error *err);
    void *arg;
};

/* As converter_batch(). A value that does not fit is an error that names column, row and value, or
   told, and NULL. n_before: rows of the part that came before this batch; listener: NULL: none may
   be. */
MUST_USE pd_status fit_batch(struct fit *fit, const struct pd_batch *batch,
                             const struct pd_source_ops *long_ops, struct pd_source *long_source,
                             uint64_t n_before, const struct fit_listener *listener,
                             const struct pd_batch **ret_batch, struct pd_error *err);

/* Text of a value for people, cut, without characters that would disturb a line. */
void fit_value_put(struct buffer *out, const struct pd_type *type, const struct cell *cell);
/* "row with id = '5', part = 'a'", or the number of the row where no key says which it is. */
void fit_row_put(struct buffer *out, const struct pd_table *table, const struct pd_batch *batch,
                 uint64_t n_before, uint32_t row);
