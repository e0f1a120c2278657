// SPDX-License-Identifier: Apache-2.0
/* feed - shows a batch to SQLite as a table-valued source, so that one INSERT ... SELECT takes all
   its rows: nearly twice as fast as binding row by row. */
#pragma once

#include "render.h"
#include "types.h"

/* No table can be called so, since its name begins with sqlite_. */
#define FEED_TABLE "sqlite_polydump_batch"

/* A column of the batch as SQLite shall see it. The first group stays for a table. */
struct feed_column {
    uint32_t number; /* of the column in the batch */
    struct stored stored;
    const struct pd_column *column;

    uint8_t mode; /* how plain cells are taken; private */
    const uint8_t *validity;
    const uint8_t *data;
    const uint8_t *tags;
    const int32_t *offsets;
    const struct pd_vector *vector;
    uint32_t odd;     /* outlier that comes next */
    uint32_t odd_row; /* its row, UINT32_MAX: none */
    /* The long cell of a batch of one row. */
    const struct pd_long *long_cell;
    const void *long_bytes; /* NULL: zeros, to be filled through a blob handle */
};

struct feed {
    const struct pd_host *host;
    uint32_t width; /* columns that the table-valued source has, at most */
    bool utf16;     /* the database keeps text in UTF-16 */

    struct feed_column *columns; /* of the table being written */
    uint32_t n_columns;

    uint32_t row; /* the row that SQLite stands on; when it failed, the one that failed */
    uint32_t end; /* the first row that is not shown */
    uint32_t n_shown;
    uint8_t *skip; /* bit per row: is not shown; room for a whole batch */
    bool skips;    /* some bit is set */

    /* An ascending rowid that is one above the last is left to SQLite, which then appends without
       looking for its place. */
    struct feed_column *rowid; /* NULL: none */
    int64_t top;               /* highest rowid in the table */
    int64_t top_before;        /* the same before the present row */
    bool has_top;              /* the table has rows */
    bool had_top;
    bool row_appends;
};

/* Registers the source with a connection. */
int feed_register(struct feed *feed, sqlite3 *db);
/* Takes a batch; its long cells are set by the caller. */
void feed_begin(struct feed *feed, const struct pd_batch *batch);
/* Shows rows first <= row < end with the next statement. */
void feed_show(struct feed *feed, uint32_t first, uint32_t end);
/* The present row did not get in. */
void feed_take_back(struct feed *feed);
