// SPDX-License-Identifier: Apache-2.0
/* world - a database in memory that goes through an engine and must come back. */
#pragma once

#include "base/arena.h"
#include "conformance.h"
#include "values.h"

enum { MANY_ROWS = 40000, MANY_PARTS = 4, LONG_TEXT = 5000001, LONG_BYTES = 9437184 };

struct world_table {
    struct pd_table table;
    struct cell *cells; /* row by row */
    uint32_t n_rows;
    const char **comments; /* one a row: what is nasty about it; NULL: none */
    uint32_t n_parts;
    const struct pd_batch **batches;
    uint32_t *parts; /* one a batch: the part that it belongs to, rising */
    size_t n_batches;
    struct tally *tally;
    struct pd_stats stats; /* of all its rows; the tally's */
};

struct world {
    struct arena *arena;
    struct pd_catalog catalog;
    struct world_table *tables;
    size_t n_tables;
};

/* What is in a world. */
enum {
    WORLD_NASTY = 1 << 0, /* each column of values.c in two tables: odd cells dense, and rare */
    WORLD_MANY = 1 << 1,  /* a table of several batches and parts */
    WORLD_LONG = 1 << 2,
    WORLD_SHAPES = 1 << 3, /* keys, names, no rows, no columns */
    WORLD_SMALL = 1 << 4,  /* a little of everything */
    WORLD_DOUBLE = 1 << 5  /* a key that is there twice */
};

struct world *world_new(unsigned what);
void world_free(struct world *world);
const struct world_table *world_find(const struct world *world, const char *name);

/* Where its long cells are read from. */
extern const struct pd_source_ops world_long_ops;
/* Let its long cells fail behind their first slice. */
extern bool world_longs_fail;

/* Byte number `at` of a long cell; a pure function. */
uint8_t long_byte(uint64_t cookie, uint64_t at);
