// SPDX-License-Identifier: Apache-2.0
/* maker - what the files that read the server's catalogue share. Tables and columns are read by one
   query each for the whole database; what columns do not say is taken out of SHOW CREATE TABLE,
   since information_schema spoils characters of four bytes. */
#pragma once

#include "catalog.h"
#include "labels.h"
#include "lex.h"

/* A column whose literal default the server shows with '?' where it could not print a byte. */
struct doubtful {
    uint32_t table;
    uint32_t column;
};

/* What is known of a table until the catalogue is made. */
struct table_work {
    const char *name;          /* as the server has it */
    struct pd_column *columns; /* those of the tables, while they are made */
    struct my_column *readers;
    struct pd_key *keys;
    struct labels_unknown unknown_labels;
    bool is_versioned;
    bool has_bounds;        /* the columns of a row's life were declared */
    bool is_by_transaction; /* and are numbers of transactions */
    const char *end;        /* the one of its end */
    bool has_geometry;
    uint64_t auto_increment; /* 0: none */
};

/* A sequence as I_S.TABLES lists it. */
struct listed_sequence {
    const char *name;
    const char *comment;
};

enum { MAKER_WORDS = 64 };

/* An identity column, whose counter is read again. */
struct counted {
    const char *table; /* as the server has it */
    struct pd_column *column;
};

/* The catalogue with what may change in it. */
struct made {
    struct my_catalog catalog;
    struct pd_sequence *sequences;
    struct counted *counted; /* by table */
    size_t n_counted;
};

struct maker {
    struct my *my;
    const struct pd_host *host;
    struct pd_error *err;
    struct made *made;
    const struct my_staged *staged;
    struct pd_pool *pool;   /* the result's */
    struct pd_pool scratch; /* given back when the catalogue is made */
    struct pd_pool lines;   /* given back after each table */
    pd_status status;       /* the first failure of a function that has no way to tell */

    struct listed *listed;   /* in tables.c, while names are collected */
    struct pd_table *tables; /* by name */
    struct my_table *my_tables;
    struct table_work *works;
    size_t n_tables, table_room;
    size_t *by_server_name; /* of staged tables the names differ */
    struct listed_sequence *sequences;
    size_t n_sequences, sequence_room;
    struct pending_table *pending;         /* in columns.c, the one whose columns come */
    struct listed_objects *listed_objects; /* in objects*.c, while they are listed */
    struct doubtful *doubtful;
    size_t n_doubtful, doubtful_room;
    const char *words[MAKER_WORDS];
    struct pd_property *properties;
    size_t n_properties, property_room;
};

/* One row of a query, as text. */
struct maker_row {
    size_t n;
    const char *const *text; /* NULL: it is NULL */
    const unsigned long *size;
};

/* What it could not do stands in maker->status. */
typedef void maker_take(struct maker *m, const struct maker_row *row);

/* ---- maker.c, rows.c ---- */

/* Call take() for each row; one row is in memory at a time, and no other statement can be run
   meanwhile. "%s" in sql, if it is there, becomes the database's name as a literal. */
pd_status maker_each(struct maker *m, const char *sql, maker_take *take);
/* Text in the catalogue's pool; NULL stays NULL. Text that is not UTF-8 fails. */
const char *maker_text(struct maker *m, const char *text, size_t size);
const char *maker_cell(struct maker *m, const struct maker_row *row, size_t column);
/* The same for what is never NULL: NULL fails. */
const char *maker_known_cell(struct maker *m, const struct maker_row *row, size_t column);
/* The same, but a comment that is empty or not UTF-8 becomes NULL. */
const char *maker_comment(struct maker *m, const struct maker_row *row, size_t column);
/* Text that comes often: one copy serves all of a kind that come close together. */
const char *maker_word(struct maker *m, const char *text);
bool maker_is(const struct maker_row *row, size_t column, const char *text);
/* Is the word in the text, whatever their case? NULL: it is not. */
bool maker_says(const struct maker_row *row, size_t column, const char *word);
int64_t maker_int(const struct maker_row *row, size_t column);       /* NULL: 0 */
uint64_t maker_unsigned(const struct maker_row *row, size_t column); /* NULL: 0 */
bool maker_is_utf8(const char *text, size_t size);
/* Cleared; NULL: memory is short, which maker->status says. */
void *maker_alloc(struct maker *m, struct pd_pool *pool, size_t size);
void *maker_append(struct maker *m, struct pd_pool *pool, void *array, size_t n, size_t *room,
                   size_t element_size);
/* What was built in the catalogue's pool; sql is freed. */
const char *maker_built(struct maker *m, struct pd_sql *sql);
void maker_no_memory(struct maker *m);
/* Something that is seen and not carried: nowhere, or to no other engine. */
void maker_note(struct maker *m, const char *name, const char *fmt, ...) PD_PRINTF(3, 4);
/* The last note is about this table, whose name lives as long as the catalogue. */
void maker_note_table(struct maker *m, const char *table);
/* In an order that depends on their text alone. */
void maker_sort_notes(struct maker *m);
/* What MariaDB gets back with the table's own statement; of MySQL's tables that is not replayed. */
void maker_note_elsewhere(struct maker *m, const char *name, const char *fmt, ...) PD_PRINTF(3, 4);

/* ---- tables.c, create.c, partitions.c ---- */

/* Which tables and sequences there are. */
pd_status tables_read(struct maker *m);
/* By the server's name; PD_NO_TABLE. */
uint32_t tables_find(const struct maker *m, const char *server_name);
/* SHOW CREATE TABLE of all, as native_sql. */
pd_status create_read(struct maker *m);
/* Are the values of its partitions in native_sql those that the server has? Else they go, which is
   told. */
pd_status partitions_check(struct maker *m, size_t number);

/* ---- columns.c, defaults.c, literals.c, portable.c ---- */

pd_status columns_read(struct maker *m);
/* Number of the column with that name; -1: none. */
int32_t columns_find(const struct pd_table *table, const char *name);
/* What stands behind DEFAULT, as text. */
void defaults_read(struct maker *m, uint32_t table, uint32_t column, const char *text);
/* Defaults that were shown with '?', asked for byte by byte. */
pd_status defaults_repair(struct maker *m);
/* A literal; PD_OK: it is in column, or native when the column would change it; PD_UNSUPPORTED: it
   is none. */
pd_status literals_read(struct maker *m, struct pd_column *column);
/* The same for bytes that are known: of text in UTF-8. */
void literals_set(struct maker *m, struct pd_column *column, const char *bytes, size_t size);
/* The expression in the portable grammar; NULL: it cannot be said there. table NULL: an expression
   that names no column. */
const char *portable_read(struct maker *m, const struct pd_table *table, const char *sql);

/* ---- items.c, keys.c, checks.c, foreign.c: the lines of SHOW CREATE TABLE ---- */

enum item_kind {
    ITEM_COLUMN,
    ITEM_PRIMARY,
    ITEM_UNIQUE,
    ITEM_INDEX,
    ITEM_SPECIAL, /* FULLTEXT, SPATIAL, VECTOR */
    ITEM_CHECK,
    ITEM_FOREIGN,
    ITEM_OTHER
};

struct item {
    enum item_kind kind;
    const char *name;      /* of the column, key or constraint; NULL: it has none */
    const char *whole;     /* the line without its comma */
    const char *check;     /* of a column: the expression of its CHECK; NULL */
    const char *value;     /* of a column: what stands behind DEFAULT; NULL */
    const char *generated; /* of a column: the expression that generates it; NULL */
    const char *rest;      /* of all others: what stands behind the name */
};

struct items {
    struct item *list;
    size_t n, room;
};

/* The lines of the table's native_sql, in m->lines. false: it is not what the server writes, or
   memory is short, which maker->status says. */
bool items_read(struct maker *m, const struct pd_table *table, struct items *ret_items);

void keys_read(struct maker *m, uint32_t table, const struct items *items);
void checks_read(struct maker *m, uint32_t table, const struct items *items);
void foreign_read(struct maker *m, uint32_t table, const struct items *items);
/* Are these the checks that json and bool are declared with? */
bool checks_is_json(const char *column, const char *check);
bool checks_is_bool(const char *column, const char *check);

/* ---- order.c, sequences.c, history.c ---- */

/* In which order scans deliver a table. */
void order_read(struct maker *m);
/* The server shall tell where AUTO_INCREMENT is, not where it was. */
pd_status counters_freshen(struct maker *m);
void counters_set(struct pd_column *column, uint64_t next);
/* The counters of the catalogue's identity columns again. */
pd_status counters_read(struct maker *m);
pd_status sequences_read(struct maker *m);
/* The states of the catalogue's sequences, in the order of their names. */
pd_status sequences_states(struct my *my, struct pd_sequence *list, size_t n, struct pd_error *err);
/* Puts the histories of system-versioned tables beside them. */
void history_add(struct maker *m);
