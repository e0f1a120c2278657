// SPDX-License-Identifier: Apache-2.0
/* lane - a reader thread and a writer thread with handles of their own, joined by a queue; lanes
   take parts of tables from one list until it is empty. */
#pragma once

#include <pthread.h>

#include "model/profile.h"
#include "run/fit.h"
#include "run/rejects.h"
#include "run/run.h"
#include "run/select.h"

/* A part of a table on its way. */
struct unit {
    uint32_t table; /* in the selection's catalogue */
    uint32_t part;
    uint32_t n_parts;
    struct pd_range range;
    struct tally *tally;   /* of what was read */
    struct tally *written; /* of the columns that are converted, as written; NULL: none is */
    uint64_t rows_counted; /* by the engine, as it handed them out; when the extent is rough */
    uint64_t rows_written;
    uint64_t rows_rejected;
    uint64_t rows_waiting;
};

/* What is known of a table while its parts are under way. */
struct table_state {
    struct tally *tally; /* of the parts that have ended */
    struct tally *written;
    struct pd_extent extent;
    uint32_t n_parts;
    uint32_t parts_left;
    uint64_t rows_counted; /* of parts that have ended; when the extent is rough */
    bool counted;          /* extent says how many rows there are */
    uint64_t vain_rows;    /* that others had when its waiting rows were tried in vain ... */
    bool was_vain;         /* ... which they were */
    bool is_late; /* all parts have ended, and rows of it are still waiting: table_end() is due */
};

struct lanes {
    const struct pd_source_ops *source_ops;
    const struct pd_sink_ops *sink_ops;
    const struct selection *selection;
    const struct mapping *mapping; /* how the target wants the rows; NULL: as they are */
    struct misfits *misfits; /* values that do not fit are counted there; NULL: they end the run */
    const struct run_options *options;
    struct report *report;
    struct rejects *rejects; /* rows that are not taken; NULL: all are (archives) */
    struct table_state *tables;
    const uint32_t *order;         /* the tables as several lanes take them; NULL: ascending */
    const uint32_t *parents_first; /* and as one lane does; NULL: ascending */
    uint64_t whole_rows;           /* tables of at most so many rows are not cut */
    struct pd_fact **facts;        /* of each table, kept for the verification; NULL: not wanted */
    size_t *n_facts;
    bool keep_facts;
    bool source_facts;       /* ask the source's engine for facts of each table, and compare */
    bool may_carry;          /* --misfit=carrier would keep what the target's type does not */
    bool is_silent;          /* rows are read for another purpose: no progress */
    const char *stream_path; /* temporary files lie beside it; NULL: anywhere */
    int temporary_folder;

    pthread_mutex_t mutex; /* of all below */
    bool is_shared;        /* there are several lanes */
    uint32_t next_table;   /* its place in the order */
    uint32_t next_part;
    struct pd_error error; /* the first one */
    pd_status status;
};

/* Run up to n lanes; the first uses the handles given, the others twins of them. Waits for all. */
MUST_USE pd_status lanes_run(struct lanes *lanes, struct pd_source *source, struct pd_sink *sink,
                             unsigned n, struct pd_error *err);
/* What is counted of the rows of a table that get in; *ret_written is NULL where what was read says
   it, or where nobody asks. */
MUST_USE pd_status lanes_written(const struct lanes *lanes, const struct fit *fit, uint32_t table,
                                 struct tally **ret_written, struct pd_error *err);
/* In front of an error of a table: "table 'NAME': ", unless it says so itself. */
pd_status lanes_prefix(const struct lanes *lanes, uint32_t table, pd_status status,
                       struct pd_error *err);
/* All rows of a table are in, or lost: the ledger, the proofs, the seal. */
MUST_USE pd_status lanes_end(struct lanes *lanes, struct pd_source *source, struct pd_sink *sink,
                             uint32_t table, struct pd_error *err);
/* Give back what the states of n tables still hold. */
void lanes_forget(struct lanes *lanes, size_t n);
