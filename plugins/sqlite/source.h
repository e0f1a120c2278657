// SPDX-License-Identifier: Apache-2.0
/* source - state of a reading handle. */
#pragma once

#include <polydump/batch.h>

#include "catalog.h"

/* How a column of the statement is put into the batch. */
enum cell_mode { CELL_INTEGER, CELL_REAL, CELL_NUMBER, CELL_TEXT, CELL_BINARY, CELL_ANY };

struct scan_column {
    uint8_t mode;    /* enum cell_mode */
    uint32_t column; /* of the table and the batch */
};

/* One table being read. All zero: none. */
struct scan {
    const struct pd_table *table;
    const struct table_plan *plan;
    sqlite3_stmt *stmt;
    struct pd_builder builder;
    struct scan_column *columns; /* of the statement, generated ones left out */
    uint32_t n_columns;
    char *condition; /* of the user; NULL: none */
    int64_t low;     /* where to begin, and after a long row to go on */
    int64_t high;
    bool has_low;
    bool has_high;
    bool has_last; /* last counts */
    int64_t last;  /* rowid of the last row read */
    bool ended;
    bool row_is_long; /* the next row has to be read with care */
    /* The row of the batch with long cells. */
    sqlite3_blob *blob;
    uint32_t blob_column;
    uint64_t blob_size;
    int64_t long_row;
};

enum { SOURCE_MAX_SPARES = 7, SOURCE_TRIES = 10, SOURCE_CELL_LIMIT = 1000000000 };

struct pd_source {
    const struct pd_host *host;
    const struct pd_options *options;
    char *path;
    sqlite3 *db;
    bool is_borrowed;
    int old_limit; /* borrowed: to be put back */
    struct pd_pool pool;
    const struct sqlite_catalog *catalog; /* of a twin: its origin's */
    struct scan scan;
    uint8_t *scratch; /* converted text; slices of long cells */
    size_t scratch_room;
    /* share.c */
    struct pd_source *origin;           /* NULL: this is no twin */
    sqlite3 *watch;                     /* outside any transaction: sees whether somebody wrote */
    int64_t version;                    /* what it saw before the snapshot was opened */
    sqlite3 *spares[SOURCE_MAX_SPARES]; /* connections on the same snapshot, for twins */
    size_t n_spares;
    /* facts.c */
    struct pd_fact *facts;
    size_t n_facts;
    size_t fact_room;
};

/* ask.c */
pd_status sqlite_source_ask(struct pd_source *source, const char *sql, char *buffer, size_t size,
                            struct pd_error *err);

/* source.c */
const struct pd_table *sqlite_source_table(const struct pd_source *source, uint32_t number);
/* Are the values of the column of a table read? */
static inline bool
sqlite_source_reads(const struct pd_table *table, const struct table_plan *plan, uint32_t column)
{
    return !table->columns[column].generated || (plan->is_computed && plan->is_computed[column]);
}
/* NULL: memory is short. */
uint8_t *sqlite_source_scratch(struct pd_source *source, size_t size);
/* " FROM main.t NOT INDEXED WHERE ... ORDER BY ...": the rows of the scan, ?1 being where to begin
   and ?2 where to end. */
void sqlite_source_put_rows(const struct scan *scan, sqlite3_str *sql);
pd_status sqlite_source_bind_rows(struct pd_source *source, sqlite3_stmt *stmt,
                                  struct pd_error *err);
/* The statement of sql, which is freed; the error names the table. */
pd_status sqlite_source_prepare(struct pd_source *source, const struct pd_table *table,
                                sqlite3_str *sql, sqlite3_stmt **ret_stmt, struct pd_error *err);
/* Put text of the database's encoding; tag_in_domain is what valid text is here. */
void sqlite_source_put_text(struct pd_source *source, uint32_t column, bool in_domain,
                            const uint8_t *bytes, size_t size);
/* Put one value into a cell of the row in the making; its end. */
void sqlite_source_put_cell(struct pd_source *source, const struct scan_column *column,
                            sqlite3_value *value);
void sqlite_source_end_row(struct pd_source *source);
/* A builder could not begin or finish its batch. */
pd_status sqlite_source_batch_failed(struct pd_source *source, struct pd_error *err);

pd_status sqlite_source_new_twin(struct pd_source *origin, sqlite3 *db, struct pd_source **ret_twin,
                                 struct pd_error *err);

/* share.c */
pd_status sqlite_source_open_snapshot(struct pd_source *source, struct pd_error *err);
pd_status sqlite_source_share(struct pd_source *source, struct pd_source **ret_twin,
                              struct pd_error *err);
void sqlite_source_close_spares(struct pd_source *source);

/* longcell.c: the next row, as a batch of its own; PD_DONE: there is none. */
pd_status sqlite_source_read_long_row(struct pd_source *source, const struct pd_batch **ret_batch,
                                      struct pd_error *err);
pd_status sqlite_source_read_long(struct pd_source *source, const struct pd_long *cell,
                                  uint64_t offset, void *buffer, size_t size, struct pd_error *err);
void sqlite_source_close_blob(struct pd_source *source);

/* extent.c */
pd_status sqlite_source_extent(struct pd_source *source, uint32_t number, struct pd_extent *extent,
                               struct pd_error *err);

/* facts.c */
pd_status sqlite_source_facts(struct pd_source *source, const struct pd_scan *scan, int level,
                              const struct pd_fact **ret_facts, size_t *ret_n_facts,
                              struct pd_error *err);
