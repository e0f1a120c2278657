// SPDX-License-Identifier: Apache-2.0
/* transfer_inside - what the files of a transfer share. */
#pragma once

#include "run/lane.h"
#include "run/mapping.h"
#include "run/transfer.h"

struct ruled; /* ruled.h */

struct transfer {
    struct opened_source *source;
    struct ruled *ruled;            /* what source is, with rules for values; NULL: without */
    const struct pd_plugin *plugin; /* of the target */
    const struct pd_endpoint *endpoint;
    const struct run_options *options;
    struct report *report;
    const struct pd_sink_ops *ops;
    struct pd_sink *sink;
    bool to_archive;
    struct arena *arena;
    double begun;
    struct run_options present; /* options, where the tables were found to be there */
    struct selection selection;
    struct placement *places; /* of the selection's tables, once the sink has completed them */
    struct pd_load load;
    struct pd_stats *stats; /* one a table: load.stats, to be added to */
    const bool *surveyed;   /* one a table: stats come from a scan of our own; NULL: none */
    struct mapping mapping;
    struct rejects *rejects;         /* rows that are not taken; NULL: an archive takes all */
    const struct pd_catalog *linked; /* the selection's, with the foreign keys of the target; NULL:
                                        they are not asked for */
    struct opened_source *left;      /* those that are left; NULL: none */
    struct transfer *set_aside;      /* into the archive that was asked for; NULL: none */
    const struct report *about;      /* what it gets beside its rows; NULL: nothing */
    const char *const *unseen;       /* SQL that its rows have not seen; NULL: none */
    struct report *own_report;       /* its own; NULL: the caller's */
    struct lanes lanes;
};

/* ---- transfer.c ---- */

/* All but what puts the target in its place; transfer_end() is due in any case. */
MUST_USE pd_status transfer_begin(struct transfer *t, struct pd_error *err);
MUST_USE pd_status transfer_finish(struct transfer *t, struct pd_error *err);
void transfer_end(struct transfer *t);
/* Do rows go into tables that are there, be it that these were recognised? Once load is made. */
bool transfer_is_in_place(const struct transfer *t);

/* ---- set_aside.c: the archive of --rejects ---- */

/* Can it be made at all? Rather now than after hours. */
MUST_USE pd_status set_aside_check(const struct transfer *t, struct pd_error *err);
/* Before prepare(): the foreign keys that rows will meet. */
MUST_USE pd_status set_aside_look(struct transfer *t, struct pd_error *err);
/* Rows that the target may refuse, and the order of tables in which fewest of them have to wait. */
MUST_USE pd_status set_aside_prepare(struct transfer *t, struct pd_error *err);
/* Into an archive with those that are left, which is complete then, but in its place only after
   the target is. */
MUST_USE pd_status set_aside_begin(struct transfer *t, struct pd_error *err);
/* archive_read of what is told of the rows; arg: the transfer into the archive. */
MUST_USE pd_status set_aside_lines(void *arg, uint64_t at, void *bytes, size_t size,
                                   size_t *ret_size, struct pd_error *err);
MUST_USE pd_status set_aside_publish(struct transfer *t, struct pd_error *err);
void set_aside_end(struct transfer *t);
