// SPDX-License-Identifier: Apache-2.0
/* review - what an engine computes about its tables, in parts and on several threads, compared
   with the facts of the stream. */
#pragma once

#include "model/profile.h"
#include "run/run.h"

/* One table to be looked at. */
struct review_table {
    const struct pd_table *table; /* as it went through the pipe */
    uint32_t number;              /* in the catalogue of the source that is asked */
    const uint32_t *columns; /* of each column there: its number in table, PD_NO_COLUMN: none */
    const bool *partly; /* of each column of table: kept in another form, so that only its NULLs can
                           be compared; NULL: none is */
    const uint64_t *spelled; /* of each column of table: cells of a tag without a class that are
                                text there, by their spelling; NULL: none is */
    size_t n_columns;        /* there */
    bool is_triggered;       /* its rows may have been changed on request: differences are told */
    const struct pd_fact *stream; /* what went through */
    size_t n_stream;
};

/* Who is to look, and what else keeps the processors busy. */
struct review_crew {
    unsigned n_threads;   /* at most, with what the sink does by itself */
    struct pd_sink *sink; /* NULL: nothing else goes on */
    const struct pd_sink_ops *ops;
};

/* Facts of all tables at a level (enum pd_fact_level). The first difference ends it with
   PD_CAUSE_DIFFERENT, naming the table; of those that triggers may have changed it is a line of
   what was left out. Counts go to report. */
MUST_USE pd_status review_run(struct opened_source *source, const struct review_table *tables,
                              size_t n_tables, int level, const struct review_crew *crew,
                              struct report *report, struct pd_error *err);
