// SPDX-License-Identifier: Apache-2.0
/* catalog - the catalogue of a SQLite file, and what the row reader needs to know beside it. */
#pragma once

#include "parse.h"
#include "sqlite.h"

/* One row of sqlite_schema. */
struct schema_row {
    const char *type;
    const char *name;
    const char *table;
    const char *sql; /* NULL: an index that a constraint made */
    uint32_t order;  /* of creation, see set_orders(); 0: none */
    bool is_virtual;
    struct parse_statement *parsed; /* NULL: not understood, or no SQL */
};

/* What reading a table needs, beside its pd_table. */
struct table_plan {
    const char *rowid;     /* SQL that names the rowid; NULL: it cannot be reached */
    uint32_t rowid_column; /* the column of batches that carries it; PD_NO_COLUMN: none */
    /* SQL that names what ranges are cut by: the rowid, or the leading integer of the key of a
       table without one; NULL: nothing. */
    const char *axis;
    bool without_rowid;
    /* Long cells can be fetched in slices: there is a rowid to find them by, bytes are text as it
       is, and no generated column is there, with which SQLite's blob handles lose count. */
    bool has_slices;
    bool *is_computed; /* one a column: generated, but its values travel; NULL: none does */
};

struct sqlite_catalog {
    struct pd_catalog catalog;
    struct table_plan *plans; /* one a table */
    bool utf16;               /* text lies in the file as UTF-16 ... */
    bool big_endian;          /* ... of this order */
};

enum catalog_query {
    CATALOG_COLUMNS,
    CATALOG_INDEXES,
    CATALOG_INDEX_PARTS,
    CATALOG_FOREIGNS,
    CATALOG_QUERIES
};

/* State while the catalogue is made. */
struct catalog_maker {
    const struct pd_host *host;
    struct pd_pool *pool;
    sqlite3 *db;
    struct pd_error *err;
    struct sqlite_catalog *result;
    struct schema_row *rows; /* in their order */
    size_t n_rows;
    struct schema_row **by_name; /* indexes, by name */
    size_t n_by_name;
    struct schema_row **virtuals; /* virtual tables, by name */
    size_t n_virtuals;
    sqlite3_stmt *queries[CATALOG_QUERIES];
    struct pd_property *properties;
    size_t n_properties;
    size_t property_room;
};

/* The catalogue, in pool. */
pd_status sqlite_catalog_make(const struct pd_host *host, sqlite3 *db, struct pd_pool *pool,
                              const struct sqlite_catalog **ret_catalog, struct pd_error *err);

/* ---- What the files that make it share ---- */

/* A query about one name, ready for its first step; NULL: error. */
sqlite3_stmt *sqlite_catalog_query(struct catalog_maker *m, enum catalog_query query,
                                   const char *name);
/* The next row: PD_OK, PD_DONE or an error. */
pd_status sqlite_catalog_step(struct catalog_maker *m, sqlite3_stmt *stmt);
/* A text column in the pool; NULL stays NULL. *ret_status becomes PD_FATAL when memory is short. */
const char *sqlite_catalog_text(struct catalog_maker *m, sqlite3_stmt *stmt, int column,
                                pd_status *ret_status);
pd_status sqlite_catalog_add_property(struct catalog_maker *m, bool is_note, const char *name,
                                      const char *value);
pd_status sqlite_catalog_no_memory(struct catalog_maker *m);
/* A name in quotes, in the catalogue's pool; NULL: memory is short. */
const char *sqlite_catalog_quoted(struct catalog_maker *m, const char *name);
/* A span as text of its own; NULL: memory is short. */
const char *sqlite_catalog_span(struct catalog_maker *m, struct sql_span span);
/* The expression in the portable grammar, *ret_text NULL when it cannot be said there. Names in
   double quotes that are no columns of the table are strings for SQLite: not portable. */
pd_status sqlite_catalog_portable(struct catalog_maker *m, const struct pd_table *table,
                                  const char *sql, const char **ret_text);
enum pd_collation sqlite_catalog_collation(const char *name);

/* columns.c: columns of a table; parsed may be reset to NULL when the text does not tell what
   SQLite tells. */
pd_status sqlite_catalog_read_columns(struct catalog_maker *m, struct schema_row *row,
                                      struct pd_table *table, struct table_plan *plan);
/* defaults.c: what comes after DEFAULT. */
pd_status sqlite_catalog_read_default(struct catalog_maker *m, const struct pd_table *table,
                                      const char *term, struct pd_column *column);
/* keys.c */
pd_status sqlite_catalog_read_keys(struct catalog_maker *m, const struct schema_row *row,
                                   struct pd_table *table, struct table_plan *plan);
/* constraints.c */
pd_status sqlite_catalog_read_checks(struct catalog_maker *m, const struct schema_row *row,
                                     struct pd_table *table);
pd_status sqlite_catalog_read_foreigns(struct catalog_maker *m, const struct schema_row *row,
                                       struct pd_table *table);
/* counters.c: sqlite_sequence into the counters of tables that are sorted by name. */
pd_status sqlite_catalog_read_counters(struct catalog_maker *m, struct pd_table *tables,
                                       size_t n_tables);
