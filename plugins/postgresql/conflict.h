// SPDX-License-Identifier: Apache-2.0
/* conflict - what the files share that bring rows into a table that has some of them already. */
#pragma once

#include "ddl.h"
#include "write.h"

/* The column of the staged rows that numbers them as they came. */
#define CONFLICT_ROW "\"pd$row\""

struct conflict_part {
    const char *expression; /* SQL over the columns of the table: mostly one of them */
    const char *equals;     /* "OPERATOR(pg_catalog.=)" */
    const char *collation;  /* "pg_catalog.\"C\""; NULL: none */
};

/* A unique index of the target by which a row can be found: all its columns come with the data. */
struct conflict_key {
    const char *name;
    const char *predicate; /* of a partial index; NULL: none */
    bool is_primary;
    bool nulls_match; /* NULLS NOT DISTINCT */
    struct conflict_part *parts;
    size_t n_parts;
    size_t room;
};

struct conflict_table {
    struct conflict_key *keys; /* the primary key first, if it is among them */
    size_t n_keys;
    size_t room;
    const char *stage; /* "pg_temp.\"pd$stage_1\""; NULL: not made yet */
    bool has_triggers; /* that may change a row on its way, and could not be kept from firing */
    long long last;    /* number of the last row that has gone from the stage into the table */
    uint64_t n_added;
    uint64_t n_updated;
    uint64_t n_skipped;
};

struct sink_conflicts {
    struct conflict_table *tables; /* one a table of the catalogue */
    bool is_tuned;
};

/* ---- conflict.c ---- */

/* Reads the unique keys of the tables; refuses those in which rows cannot be told to be there. */
pd_status conflict_check(struct pd_sink *sink, struct pd_error *err);
/* pd_sink_ops.outcome */
pd_status conflict_outcome(struct pd_sink *sink, uint32_t table, struct pd_outcome *outcome,
                           struct pd_error *err);

/* ---- conflict_stage.c ---- */

/* The temporary table that takes the rows first. */
pd_status conflict_stage(struct pd_sink *sink, uint32_t table, struct pd_error *err);

/* ---- conflict_rows.c ---- */

/* The rows of the batch, which are staged, go into the table; those that it refuses are told. */
pd_status conflict_rows(struct pd_sink *sink, struct pd_error *err);
