// SPDX-License-Identifier: Apache-2.0
/* conflict - what the files share that bring rows into a table that has some of them already. */
#pragma once

#include "ddl.h"
#include "write.h"

/* The column of the staged rows that numbers them as they came. */
#define CONFLICT_ROW "`pd$row`"
/* Numbers of the staged rows of a batch whose key is there. */
#define CONFLICT_HITS "`pd$hits`"

struct conflict_part {
    const char *column;
    unsigned long prefix; /* only so many characters (or bytes) count; 0: all */
};

/* A unique key of the target by which a row can be found: all its columns come with the data. */
struct conflict_key {
    const char *name;
    bool is_primary;
    bool is_indexed; /* it can be looked up, rather than only be compared with */
    struct conflict_part *parts;
    size_t n_parts;
    size_t room;
};

struct conflict_table {
    struct conflict_key *keys;
    size_t n_keys;
    size_t room;
    const struct conflict_key *primary; /* NULL: it is not among them */
    const char *stage;                  /* name of the temporary table; NULL: not made yet */
    bool has_triggers;                  /* that may change a row on its way */
    long long last; /* number of the last row that has gone from the stage into the table */
    uint64_t n_added;
    uint64_t n_updated;
    uint64_t n_skipped;
};

struct sink_conflicts {
    struct conflict_table *tables; /* one a table of the catalogue */
};

/* ---- conflict.c ---- */

/* Reads the unique keys of the tables; refuses those in which rows cannot be told to be there. */
pd_status conflict_check(struct pd_sink *sink, struct pd_error *err);
/* pd_sink_ops.outcome */
pd_status conflict_outcome(struct pd_sink *sink, uint32_t table, struct pd_outcome *outcome,
                           struct pd_error *err);
/* Does a column of the target get values of the data, or is it computed? */
bool conflict_comes(const struct pd_sink *sink, size_t table, const char *column);

/* ---- conflict_stage.c ---- */

/* The temporary tables that take the rows first. Before the transaction: the server calls a
   rollback in one that made a temporary table incomplete, even to a savepoint behind that. */
pd_status conflict_stage(struct pd_sink *sink, struct pd_error *err);

/* ---- conflict_rows.c ---- */

/* The rows of the batch, which are staged, go into the table; those that it refuses are told. */
pd_status conflict_rows(struct pd_sink *sink, struct pd_error *err);
