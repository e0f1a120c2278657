// SPDX-License-Identifier: Apache-2.0
/* facts - what facts.c and facts_columns.c share: a table's columns and what is known of them. */
#pragma once

#include "source.h"

/* What is asked of a column in one scan of the table. */
enum facts_plan {
    FACTS_ROWIDS,   /* integers, none of them NULL */
    FACTS_INTEGERS, /* hopes for integers and NULL only */
    FACTS_REALS,
    FACTS_TEXTS,
    FACTS_BLOBS,
    FACTS_OUTLINE, /* hopes for numbers only, or texts only, or blobs only */
    FACTS_PROBE,   /* counts the classes */
    FACTS_CLASSES, /* the aggregates of the classes that are there */
    FACTS_DONE
};

enum { FACTS_GROUP = 100 };

#define FACTS_OCTETS "polydump_octets"

__extension__ typedef __int128 facts_int;

struct facts_column {
    uint8_t plan; /* enum facts_plan */
    bool has_octets;
    bool has_int_max;
    bool has_int_min;
    bool has_real_extremes;
    uint32_t column;
    uint64_t n_filled; /* not NULL */
    uint64_t n_ints;
    uint64_t n_reals;
    uint64_t n_texts;
    uint64_t n_blobs;
    facts_int int_sum;
    int64_t int_min;
    int64_t int_max;
    double real_min;
    double real_max;
    int64_t real_check;
    uint64_t octets;
};

struct facts_maker {
    struct pd_source *source;
    const struct pd_table *table;
    const struct table_plan *plan;
    struct facts_column *columns;
    uint32_t n_columns;
    const struct pd_range *range;
    uint32_t rowid_column;
    const char *axis; /* what ranges are cut by; NULL: nothing */
    uint64_t n_rows;
    bool no_loading; /* there are cells that are too large to be loaded */
    bool no_sums;    /* a plain sum() overflowed */
    struct pd_error *err;
};

/* facts.c */

/* Append the condition for the part of the table that is asked for, behind word, or nothing. */
void sqlite_facts_put_range(const struct facts_maker *m, sqlite3_str *sql, const char *word);

/* The statement of sql, which is freed. Returns SQLite's code. */
int sqlite_facts_prepare(const struct facts_maker *m, sqlite3_str *sql, sqlite3_stmt **ret_stmt);

/* octets.c */

/* Make FACTS_OCTETS known: bytes of a text in UTF-8. For databases of UTF-16. */
int sqlite_octets_register(sqlite3 *db);
/* Add the bytes of a column's texts, none of which is loaded. Returns SQLite's code. */
int sqlite_octets_add(const struct facts_maker *m, struct facts_column *c);

/* facts_columns.c */

/* Append the expressions that a column's plan asks for. */
void sqlite_facts_put(const struct facts_maker *m, sqlite3_str *sql, const struct facts_column *c);
/* Take what they gave, from column *next of the row on, and plan what comes next. */
void sqlite_facts_take(const struct facts_maker *m, struct facts_column *c, sqlite3_stmt *stmt,
                       int *next);
