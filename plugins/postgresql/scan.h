// SPDX-License-Identifier: Apache-2.0
/* scan - state of a reading handle, and what its files share. */
#pragma once

#include <pthread.h>

#include "decode.h"

/* What the planner may do. */
enum source_mode {
    MODE_UNKNOWN,
    MODE_HEAP, /* no index, no workers: rows come in the order in which they lie in the table */
    MODE_FREE  /* as the server likes */
};

/* How a relation comes that is read without a plan. */
enum plain_form {
    PLAIN_NOT,    /* it is read by a SELECT */
    PLAIN_BINARY, /* as if by a SELECT */
    PLAIN_TEXT,   /* all columns are text */
    PLAIN_BOTH    /* columns that are text come over the second connection */
};

/* Where the bytes of a long cell are. */
enum long_place {
    LONG_NOT,    /* it is in the batch */
    LONG_BYTES,  /* in the row as the server sent it */
    LONG_BITS,   /* there too, as bits of which digits are made */
    LONG_SERVER, /* still with the server: the row is too large to be sent */
};

struct long_cell {
    uint8_t place; /* enum long_place */
    const uint8_t *bytes;
    uint64_t size;
};

/* A part of a cell that was fetched from the server. */
struct long_piece {
    char *message; /* of libpq; NULL: none */
    const uint8_t *bytes;
    size_t size;
    uint64_t from;   /* in the cell */
    uint32_t column; /* of the table */
};

/* One table being read. All zero: none. */
struct scan {
    const struct pd_table *table;
    const struct pg_table *plan;
    uint32_t number; /* of the table */
    struct pd_builder builder;
    struct decoder decoder;
    char *condition; /* of the user; NULL: none */
    struct pd_range range;
    uint32_t order; /* enum pd_order */
    bool ended;
    size_t leaf;     /* the one being read */
    uint64_t n_leaf; /* rows of it that came */

    /* The statement under way. */
    bool copying;
    uint8_t plain; /* enum plain_form */
    bool has_head;
    bool has_end;
    uint64_t n_rows; /* rows of it that came */
    char *message;   /* of libpq; NULL: none */
    const uint8_t *at;
    const uint8_t *end;

    uint8_t *joined; /* plain.c: a row made of what came in two forms */
    size_t joined_room;

    /* The batch handed over last has long cells: these, one a column of the table. */
    struct long_cell *cells; /* NULL: it has none */
    bool has_large;          /* the next row is one that is too large to be sent */
    struct long_cell *large_cells;
    char *large_row; /* its place in its leaf */
    uint32_t large_leaf;
    struct long_piece piece;
};

/* How large the leaves of a table are, asked for once by whoever needs it first, so that all
   readers cut alike. */
struct shape {
    bool is_heap;     /* it can be read by ranges of blocks */
    uint32_t *blocks; /* one a leaf */
};

struct pd_source {
    const struct pd_host *host;
    const struct pd_endpoint *end;
    struct pg *pg;
    bool is_review; /* of what was just written: nobody asks for objects beside tables */
    bool is_borrowed;
    bool has_savepoint; /* SOURCE_SAVEPOINT: a failed statement does not end the snapshot */
    bool has_locks;     /* of its own, on all relations */
    uint8_t mode;       /* enum source_mode */
    struct pd_pool pool;
    const char *free_settings; /* the statement that goes back to MODE_FREE */
    struct pd_source *origin;  /* NULL: this is no twin */
    struct pd_source *second;  /* plain.c: a twin for the other half of rows; NULL: none yet */
    struct scan scan;
    const struct pg_leaf *guarded; /* the last that scan_guard() saw */
    struct pd_pool facts;          /* what pg_source_facts() handed out last */

    /* The origin's alone. */
    struct pg_catalog *catalog;
    const char *snapshot;      /* its name, for twins */
    PGresult *relations;       /* snapshot.c: as they were when all were locked */
    const char *relation_oids; /* '{1,2,3}' */
    PGresult *members;         /* of enums and composite types, in the snapshot */
    pthread_mutex_t mutex;     /* of shapes and has_warned */
    bool has_warned;           /* plain_warn() did */
    struct shape *shapes;      /* one a table; NULL: not asked for yet */
    uint32_t *blocks;          /* of all their leaves */
};

#define SOURCE_SAVEPOINT "polydump_read"

enum {
    SOURCE_TRIES = 5,          /* of taking a snapshot while somebody alters tables */
    SOURCE_LOCKS_AT_ONCE = 500 /* relations in one LOCK TABLE */
};

static inline struct pd_source *
pg_source_origin(struct pd_source *source)
{
    return source->origin ? source->origin : source;
}

/* ---- source.c ---- */

/* NULL: there is no such table. */
const struct pd_table *pg_source_table(struct pd_source *source, uint32_t number,
                                       const struct pg_table **ret_plan);
/* Makes the connection ready for the next statement: ends a COPY, leaves a failed transaction. */
pd_status pg_source_settle(struct pd_source *source, struct pd_error *err);
pd_status pg_source_mode(struct pd_source *source, enum source_mode mode, struct pd_error *err);
pd_status pg_source_new(const struct pd_host *host, const struct pd_endpoint *end,
                        struct pd_source **ret_source, struct pd_error *err);
/* After the connection was opened: what is kept of its settings, and the savepoint. */
pd_status pg_source_begin(struct pd_source *source, struct pd_error *err);
void pg_source_close(struct pd_source *source);

/* ---- snapshot.c ---- */

/* Locks all relations, then takes the snapshot, then sees whether both are of the same. */
pd_status snapshot_take(struct pd_source *source, struct pd_error *err);
/* Are the relations still what was locked? */
pd_status snapshot_recheck(struct pd_source *source, struct pd_error *err);
/* LOCK TABLE of the relations of the origin, by this handle's connection. */
pd_status snapshot_lock(struct pd_source *source, const PGresult *relations, bool wait,
                        struct pd_error *err);

/* ---- share.c ---- */

pd_status pg_source_share(struct pd_source *source, struct pd_source **ret_twin,
                          struct pd_error *err);

/* ---- extent.c ---- */

pd_status pg_source_extent(struct pd_source *source, uint32_t number, struct pd_extent *extent,
                           struct pd_error *err);
/* *ret_shape stays the origin's. */
pd_status pg_source_shape(struct pd_source *source, uint32_t number, const struct shape **ret_shape,
                          struct pd_error *err);

/* ---- facts.c ---- */

pd_status pg_source_facts(struct pd_source *source, const struct pd_scan *scan, int level,
                          const struct pd_fact **ret_facts, size_t *ret_n_facts,
                          struct pd_error *err);

/* ---- rows.c: the SQL of a scan ---- */

/* " FROM ... WHERE ... ORDER BY ...": the rows of the scan's present leaf. */
void rows_put(struct pd_sql *sql, const struct scan *scan, const struct shape *shape);
/* A column of PG_FORM_TEXT as text, by nobody's function but the server's. */
void rows_put_text(struct pd_sql *sql, const struct pg_column *column);
/* "SELECT a, b::text FROM ...", without those that came already. */
void rows_put_select(struct pd_sql *sql, const struct scan *scan, const struct shape *shape);
/* Does the leaf have rows in the scan's range? */
bool rows_has_leaf(const struct scan *scan, const struct shape *shape, size_t leaf);
/* The pages of all large objects, as a table in a FROM list. */
void rows_put_large_objects(struct pd_sql *sql);

/* ---- where.c ---- */

/* Is the user's condition one, and nothing besides? */
pd_status where_check(struct pd_source *source, struct pd_error *err);

/* ---- scan.c ---- */

pd_status scan_start(struct pd_source *source, const struct pd_scan *order, struct pd_error *err);
pd_status scan_read(struct pd_source *source, const struct pd_batch **ret_batch,
                    struct pd_error *err);
void scan_free(struct pd_source *source);
/* Drops what was begun. */
pd_status scan_end(struct pd_source *source, struct pd_error *err);
/* Locks a leaf when all are not locked yet, and sees that its name is still its own. */
pd_status scan_guard(struct pd_source *source, const struct pg_table *plan, size_t leaf,
                     struct pd_error *err);
/* The COPY of the present leaf, from its row number n_leaf on. */
pd_status scan_copy(struct pd_source *source, struct pd_error *err);
/* The row that the stream stands on is broken. */
pd_status scan_broken(struct pd_source *source, struct pd_error *err);
pd_status scan_no_batch(struct pd_source *source, struct pd_error *err);
/* What stands before the first row of a stream; *at moves behind it. */
bool scan_head(const uint8_t **at, const uint8_t *end);

/* ---- plain.c: relations whose owners may have planned statements run their functions ---- */

/* The first leaf of that sort; NULL: none. */
const struct pg_leaf *plain_leaf(const struct pg_table *plan);
/* Can the table be read so, under the scan's condition if it has one? */
pd_status plain_check(struct pd_source *source, const struct pd_scan *order, struct pd_error *err);
/* What only a planned statement can do is not done: fmt says what, with the table's name. */
pd_status plain_refuse(struct pd_source *source, const struct pg_leaf *leaf, struct pd_error *err,
                       const char *fmt, ...) PD_PRINTF(4, 5);
/* Begins to read the present leaf. */
pd_status plain_copy(struct pd_source *source, struct pd_error *err);
/* The next row, or the stream's head or end, from scan->at to scan->end; PD_DONE: it was all. */
pd_status plain_read(struct pd_source *source, uint64_t *ret_rows, struct pd_error *err);
/* Ends what plain_copy() began on the second connection. */
pd_status plain_end(struct pd_source *source, struct pd_error *err);
/* The rows of all leaves. */
pd_status plain_count(struct pd_source *source, const struct pd_table *table,
                      const struct pg_table *plan, uint64_t *ret_rows, struct pd_error *err);
/* Tell that of its facts only the rows were counted. */
void plain_warn(struct pd_source *source, const struct pd_table *table,
                const struct pg_table *plan);

/* ---- longcell.c ---- */

/* Has the row (its fields) a cell that is not to be in a batch? */
bool long_row(const struct scan *scan, const uint8_t *at, const uint8_t *end);
/* The row that the stream stands on, as a batch of its own. */
pd_status long_read_row(struct pd_source *source, const struct pd_batch **ret_batch,
                        struct pd_error *err);
/* Forget the row of the batch before. */
void long_end(struct pd_source *source);
pd_status pg_source_read_long(struct pd_source *source, const struct pd_long *cell, uint64_t offset,
                              void *buffer, size_t size, struct pd_error *err);

/* ---- largerow.c: rows that are too large to be sent in one piece ---- */

/* After a COPY failed: was it because of the size of its next row? Then that one is found, and
   scan->has_large set. PD_UNSUPPORTED: it was not. */
pd_status large_find(struct pd_source *source);
/* That row as a batch of its own; behind it the COPY goes on. */
pd_status large_read(struct pd_source *source, const struct pd_batch **ret_batch,
                     struct pd_error *err);
/* Have bytes of a cell that is with the server, from `from` on, in scan->piece. */
pd_status large_fetch(struct pd_source *source, uint32_t column, uint64_t from,
                      struct pd_error *err);
void large_end(struct pd_source *source);

/* ---- identity.c: pd_source_ops.identity ---- */

pd_status identity_of_source(struct pd_source *source, char *buffer, size_t size,
                             struct pd_error *err);
