// SPDX-License-Identifier: Apache-2.0
/* rejects - rows that the target, or a step of a migration, did not take: those that are tried
   again, those that are left, and what is told of them. */
#pragma once

#include <pthread.h>

#include "run/pile.h"
#include "run/run.h"
#include "run/select.h"

struct rejects {
    pthread_mutex_t mutex; /* of all below, while lanes are at work */
    struct pile *pile;
    bool asked;                      /* --rejects: a row that is refused does not end the run */
    bool defers;                     /* rows that miss a reference wait for it */
    const struct pd_catalog *linked; /* the run's, with the foreign keys of the target */
    const struct save_hook *hook;    /* NULL: no step wants to be asked */
};

/* folder: for the pile's file, borrowed. in_place: rows go into tables that are there. */
MUST_USE pd_status rejects_new(const struct run_options *options, int folder, bool in_place,
                               struct rejects **ret_rejects, struct pd_error *err);
void rejects_free(struct rejects *rejects); /* NULL is fine */
CLEANUP_DEFINE(rejects, rejects_free);

/* A line of JSON, without its end, about row i of the pile. */
MUST_USE pd_status rejects_line(struct rejects *rejects, const struct selection *selection,
                                size_t i, struct buffer *out, struct pd_error *err);
/* What is left, into the report: counts, some lines for people, all of them as JSON. */
MUST_USE pd_status rejects_report(struct rejects *rejects, const struct selection *selection,
                                  struct report *report, struct pd_error *err);
/* Without --rejects the rows that are still waiting end the run: one line about them. */
MUST_USE pd_status rejects_fail(struct rejects *rejects, const struct selection *selection,
                                struct pd_error *err);

/* The rows that are left, as a source to be dumped: only the tables that have some. */
MUST_USE pd_status rejects_source(struct rejects *rejects, const struct selection *selection,
                                  struct arena *arena, struct opened_source **ret_source,
                                  struct pd_error *err);
void rejects_source_close(struct opened_source *source); /* NULL is fine */

/* Rows of the pile as a batch of their table: as many of n as a batch may have, a row with a long
   cell alone. *ret_n is how many of rows[] it holds. The batch is the caller's. */
MUST_USE pd_status rejects_batch(struct rejects *rejects, const struct pd_table *table,
                                 struct pd_builder *builder, const size_t *rows, size_t n,
                                 const struct pd_batch **ret_batch, size_t *ret_n,
                                 struct pd_error *err);
