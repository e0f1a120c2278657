// SPDX-License-Identifier: Apache-2.0
/* passive - CREATE TABLE as SHOW CREATE TABLE writes it, taken apart: what may be run without
   having been asked for, and the same text under another name. */
#pragma once

#include <polydump/sql.h>

#include "lex.h"
#include "mariadb.h"

/* A piece of the statement. */
struct passive_span {
    const char *at;
    size_t size; /* 0: it is not there */
};

struct passive_column {
    const char *name;
    struct passive_span whole;     /* from its name to its last word */
    struct passive_span type;      /* "varchar(10)", "int(10) unsigned" */
    struct passive_span value;     /* "DEFAULT 1" */
    struct passive_span compress;  /* the word that compresses it */
    struct passive_span automatic; /* AUTO_INCREMENT */
    struct my_type_facts facts;
    const char *collation; /* NULL: the table's */
    bool is_generated;     /* its values, or the period's, are the server's own */
    bool is_period;        /* of the latter */
    bool is_auto;
    bool is_not_null;
};

enum passive_item_kind {
    PASSIVE_COLUMN,
    PASSIVE_PRIMARY,
    PASSIVE_UNIQUE,
    PASSIVE_INDEX,
    PASSIVE_FULLTEXT,
    PASSIVE_SPATIAL,
    PASSIVE_VECTOR,
    PASSIVE_CHECK,
    PASSIVE_FOREIGN,
    PASSIVE_PERIOD
};

/* One line of the statement. */
struct passive_item {
    enum passive_item_kind kind;
    const char *name;  /* of a key, a constraint or a period; NULL: the primary key */
    const char *first; /* of a key: its first column */
    const char *to;    /* of a foreign key: the table that it points to */
    struct passive_span whole;
    size_t column; /* PASSIVE_COLUMN: its number */
};

struct passive {
    const char *name;
    struct passive_column *columns;
    size_t n_columns;
    struct passive_item *items;
    size_t n_items;
    struct passive_span options;    /* behind the list: engine ... partitions */
    struct passive_span counter;    /* " AUTO_INCREMENT=5", a part of them */
    struct passive_span partitions; /* "PARTITION BY ...", their end */
    const char *engine;             /* NULL: the server's default */
    const char *charset;            /* of the table; NULL: the database's */
    const char *collation;
    bool is_versioned;
    bool is_partitioned;
    size_t column_room;
    size_t item_room;
};

/* Read CREATE TABLE completely, in its names and lists borrowing from sql and the pool. false: it
   is not passive, or memory is short (which the pool's host knows). */
bool passive_read(const char *sql, struct pd_pool *pool, struct passive *ret_passive);
/* The same of any CREATE TABLE of that form, whatever it calls: for those who asked for it. */
bool passive_read_any(const char *sql, struct pd_pool *pool, struct passive *ret_passive);

/* The next options that SHOW CREATE TABLE writes in a comment, which are lost where the statement
   is run: no engine of its server knows them. lex: begun with the statement, has_comments set.
   false: there are no more. */
bool passive_next_unknown(struct lex *lex, struct passive_span *ret_options);

/* May the statement be run without having been asked for? A complete parse of SHOW CREATE TABLE's
   form (and ALTER TABLE ... ADD KEY); only functions that are known to be harmless. */
bool passive_statement(const char *sql);

/* What a statement about the sequence of this name says, without running anything. *ret_type, of
   PASSIVE_SEQUENCE_TYPE alone: what its numbers are. */
enum passive_sequence {
    PASSIVE_SEQUENCE_NONE, /* something else, or of another one */
    PASSIVE_SEQUENCE_ENGINE,
    PASSIVE_SEQUENCE_TYPE, /* CREATE SEQUENCE says it: ALTER SEQUENCE fails where an earlier CREATE
                              TABLE of the session had a key (11.8) */
    PASSIVE_SEQUENCE_BOUNDS
};
enum passive_sequence passive_sequence(const char *sql, const char *name, const char **ret_type);

/* Is the index one that a foreign key would be made with by itself, as restores make it? */
#define PASSIVE_FOREIGN_KEYS "pd_fk_"

/* ---- passive_write.c ---- */

/* What shall be different in the copy. */
struct passive_change {
    const char *name;      /* of the table */
    bool without_keys;     /* no secondary key, but for one that AUTO_INCREMENT needs */
    bool without_computed; /* neither unique keys nor partitions that they need */
    const char *counter;   /* of AUTO_INCREMENT; NULL: none */
    /* A column's own default ("DEFAULT 'x'", "" for none), or what belongs behind its type (" ...
       REF_SYSTEM_ID=4326"); NULL: as it is. */
    const char *(*value_of)(void *arg, size_t column);
    const char *(*type_tail_of)(void *arg, size_t column);
    void *arg;
};
/* The statement again, without foreign keys. */
void passive_write(const struct passive *p, const struct passive_change *change,
                   struct pd_sql *out);
/* Is something unique, or a partition chosen, by a generated column? */
bool passive_is_by_computed(const struct passive *p);
/* What of an ALTER TABLE makes that once its values are right: ", ADD UNIQUE KEY ..." of every
   unique key that can be made later, and " PARTITION BY ..." for the end. */
void passive_put_unique(const struct passive *p, struct pd_sql *out);
void passive_put_partitions(const struct passive *p, struct pd_sql *out);
/* Is the item a secondary key that can be made later? */
bool passive_is_later(const struct passive *p, const struct passive_item *item);

/* ---- passive_words.c ---- */

/* Behind an expression in parentheses, of which the first is next; false: something in it is not
   known to be harmless. */
bool passive_skip_expression(struct lex *lex);
/* Behind one of the functions, with its arguments, of which the name is next. */
bool passive_skip_call(struct lex *lex);
/* The same for what stands behind PARTITION BY, to the statement's end. */
bool passive_skip_partitions(struct lex *lex);
/* Engines that keep rows in their own files, and nowhere else. */
bool passive_is_engine(const struct lex *lex);

/* ---- passive_column.c ---- */

/* The column whose name is next. charset: of the table is not known yet. */
bool passive_take_column(struct lex *lex, struct pd_pool *pool, struct passive_column *column);
/* Once the table's is known. */
void passive_settle_charset(const struct passive *p, struct pd_pool *pool,
                            struct passive_column *column);
