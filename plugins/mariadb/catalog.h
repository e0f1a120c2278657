// SPDX-License-Identifier: Apache-2.0
/* catalog - the server's catalogue as polydump's, with what the reader needs beside it. */
#pragma once

#include "mariadb.h"

/* How the reader gets at a column. */
struct my_column {
    const char *name;
    uint8_t form;            /* enum my_form */
    uint8_t size;            /* MY_FORM_INT: bytes on the wire */
    bool is_unsigned;        /* */
    bool is_stored;          /* false: generated, not read, NULL in batches */
    const char *raw_charset; /* MY_FORM_RAW: its character set; else NULL */
    const char *collation;   /* COLLATION_NAME; NULL: none */
};

enum my_table_kind {
    MY_TABLE_PLAIN,
    MY_TABLE_HISTORY /* the rows of a system-versioned table that are over, with row_start and
                        row_end: a table of its own in the catalogue, PD_TABLE_PASSENGER, whose
                        pd_table.owner is the table */
};

struct my_table {
    enum my_table_kind kind;
    const char *name;      /* as the server has it: of the versioned table for MY_TABLE_HISTORY, of
                              the staged one in a review */
    const char *engine;    /* "InnoDB" */
    bool is_transactional; /* its rows are in the snapshot; else they are read under a lock */
    bool is_versioned;     /* WITH SYSTEM VERSIONING */
    uint64_t n_rows_estimate;  /* TABLE_ROWS */
    struct my_column *columns; /* as many as the catalogue's table has */
    /* ORDER BY list of the primary key when its order is the canonical one (integers, dates, bytes,
       utf8mb4_nopad_bin ...), so that the clustered index delivers PD_ORDER_KEY; NULL: it is not.
     */
    const char *key_order;
    /* ORDER BY list of the primary key, whatever its order: what PD_ORDER_SOURCE means here, so
       that ranges and readers agree; NULL: there is no key. */
    const char *scan_order;
    const char *key_axis; /* its leading column, quoted, when it is an integer; NULL: none */
    bool axis_is_key;     /* that column is the whole key: no two rows have the same value */
    const char *row_end;  /* MY_TABLE_HISTORY: the column that says when a row was over */
};

/* What the name of a table of past rows has behind that of its table. */
#define MY_HISTORY_SUFFIX "$history"

struct my_catalog {
    struct pd_pool pool;
    struct pd_catalog catalog;
    struct my_table *tables; /* one a table of the catalogue */
};

/* Read everything, over a connection that holds the locks or the snapshot. objects: also the
   objects that only this engine has (objects.h), and what its stored generated columns hold.
   staged: see mariadb_source_staged(); NULL: the database as it is, without what unfinished runs
   left. Tables, keys and checks that only this engine can say carry their native_sql.
   AUTO_INCREMENT and sequences are live: they are read under the lock by catalog_counters(). */
pd_status catalog_read(struct my *my, bool objects, const struct my_staged *staged,
                       struct my_catalog **ret_catalog, struct pd_error *err);
/* The counters again, into a catalogue that was read before. */
pd_status catalog_counters(struct my *my, struct my_catalog *catalog, struct pd_error *err);
/* The counters of a catalogue that was read at another moment, for what both have. */
void catalog_keep_counters(const struct my_catalog *from, struct my_catalog *to);
void catalog_free(struct my_catalog *catalog); /* NULL is fine */

/* One text that is equal if and only if tables, columns, keys and objects of the database are what
   they were: for the recheck after the last row (SHOW CREATE of all, in order of names). */
pd_status catalog_fingerprint(struct my *my, struct pd_sql *text, struct pd_error *err);

/* Are all tables and sequences of the database in the catalogue, and no more? Cheap: nothing of
   them but names is asked. PD_RETRY: they are not. */
pd_status catalog_check_names(struct my *my, const struct my_catalog *catalog,
                              struct pd_error *err);

/* names.c: a table that a run of polydump left or is making: "pd$HEX$N", 16 digits. */
bool catalog_is_staged(const char *name);
