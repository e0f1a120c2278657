// SPDX-License-Identifier: Apache-2.0
/* ddl - what the files share that make the schema of the target. */
#pragma once

#include "drawer.h"
#include "map.h"
#include "sink.h"

#define DDL_COLLATION "utf8mb4_nopad_bin" /* of text from elsewhere: by its bytes */

/* What was decided about a table before it is made. */
struct ddl_table {
    struct target_column *columns; /* those of the target's table, to be corrected */
    size_t owner;                  /* of a table of history: its table's number */
    const char **keys;             /* their names, one a key of the table */
    const char **checks;           /* one a check */
    const char **foreigns;         /* one a foreign key */
    const char *own_sequence; /* of the column that counts without AUTO_INCREMENT; NULL: none yet */
    bool is_native;           /* its own statement is replayed */
    bool renamed;             /* some column has another name */
    bool has_no_place;        /* history of a table that has none here */
};

/* A foreign key that has another name until the tables that were replaced are gone. */
struct ddl_later {
    size_t table;
    const char *name; /* for the time being */
    const char *add;  /* "ADD CONSTRAINT `name` FOREIGN KEY ..." */
};

struct sink_ddl {
    struct drawer relations; /* tables, sequences */
    struct drawer foreigns;  /* names of foreign keys, of all tables */
    struct ddl_table *tables;
    const char **sequences;        /* their names, one a sequence of the catalogue */
    struct present_table *present; /* one a table; NULL: not into tables that are there */
    struct ddl_later *later;
    size_t n_later;
    size_t later_room;
    struct ddl_made *made; /* native objects, for ddl_undo() */
    size_t n_made;
    size_t made_room;
    unsigned code; /* of the last refusal of attempt() */
};

/* Do the rows go into tables that are there? */
bool ddl_is_in_place(const struct pd_sink *sink, const struct pd_load *load);

/* The name of a column in the target; NULL: it has none. */
static inline const char *
ddl_column(const struct pd_sink *sink, size_t table, size_t column)
{
    return sink->tables[table].columns[column].name;
}

/* Make do without a column. */
static inline void
ddl_forget_column(const struct pd_sink *sink, size_t table, size_t column)
{
    sink->ddl->tables[table].columns[column].name = NULL;
    sink->ddl->tables[table].columns[column].is_sent = false;
}

/* Is there a table to be made for this one of the source? */
static inline bool
ddl_is_made(const struct pd_sink *sink, size_t table)
{
    return !sink->tables[table].exists && !sink->tables[table].is_history;
}

/* ---- attempt.c ---- */

/* A statement that may be refused: then *ret_refusal is why, in one line, and nothing has
   happened. */
pd_status attempt(struct pd_sink *sink, const struct pd_sql *sql, const char **ret_refusal,
                  struct pd_error *err);
/* A statement of which one may say "cannot make WHAT: ...". */
pd_status attempt_or_fail(struct pd_sink *sink, struct my *my, const struct pd_sql *sql,
                          struct pd_error *err, const char *what, ...) PD_PRINTF(5, 6);
/* Text that was built, copied to the pool; sql is freed. NULL: memory is short, and told. */
const char *attempt_keep(struct pd_sink *sink, struct pd_sql *sql, struct pd_error *err);
/* One number that a query gives; NULL is 0 with *ret_null. */
pd_status attempt_count(struct pd_sink *sink, const struct pd_sql *sql, long long *ret_count,
                        bool *ret_null, struct pd_error *err);

/* ---- expressions.c ---- */

/* Can expression_write() write it? */
bool expression_is_known(const struct pd_sink *sink, const char *portable, const char *native);
/* Append an expression over the columns of a table: the portable text, or with --native the
   server's own. PD_UNSUPPORTED: it cannot be said. */
pd_status expression_write(struct pd_sink *sink, size_t table, const char *portable,
                           const char *native, struct pd_sql *sql, struct pd_error *err);
/* Append what stands after DEFAULT. PD_UNSUPPORTED: it cannot be said; PD_DONE: there is none. */
pd_status default_write(struct pd_sink *sink, size_t table, size_t column, struct pd_sql *sql,
                        struct pd_error *err);
/* A literal default of text or bytes, in a form that the server stores as it is. PD_UNSUPPORTED:
   there is none. */
pd_status default_literal(const struct pd_column *column, const struct target_column *target,
                          struct pd_sql *sql);

/* ---- place_names.c ---- */

/* Names of sequences, keys, checks and foreign keys. */
pd_status place_names(struct pd_sink *sink, struct pd_error *err);
/* "schema__name" in the pool, or the name itself. NULL: memory is short. */
const char *place_flat(struct pd_pool *pool, const char *schema, const char *name);

/* ---- ddl_table.c, ddl_replay.c ---- */

/* CREATE TABLE of a table; what it cannot say is left out. */
pd_status ddl_table_make(struct pd_sink *sink, size_t table, struct pd_error *err);
pd_status ddl_replay(struct pd_sink *sink, size_t table, struct pd_error *err);
/* Text of a comment, when the server holds it as it is. */
bool ddl_comment_fits(const char *text, size_t most);

/* ---- ddl_keys.c ---- */

/* How a key is made here. */
enum ddl_key_form {
    DDL_KEY_NONE,    /* not at all, which was told */
    DDL_KEY_PRIMARY, /**/
    DDL_KEY_UNIQUE,
    DDL_KEY_HASH, /* unique, by a hash of what is too long for a key */
    DDL_KEY_INDEX
};
enum ddl_key_form ddl_key_form(const struct pd_sink *sink, size_t table, size_t key);
/* ", PRIMARY KEY (...)" and the like, for CREATE TABLE: the primary key, that of AUTO_INCREMENT,
   and all others where keys_after is not. What is not made is told. */
pd_status ddl_keys_inline(struct pd_sink *sink, size_t table, struct pd_sql *sql,
                          struct pd_error *err);
/* The others, after the rows. */
pd_status ddl_keys(struct pd_sink *sink, struct pd_error *err);
/* Has the table enough rows for keys to be better made afterwards? */
bool ddl_is_large(const struct pd_sink *sink, size_t table);
bool ddl_has_later_keys(const struct pd_sink *sink, size_t table);
/* Is there a key that begins with these columns, so that a foreign key can be checked by it? Of
   the parent, a unique one where they are all of it. */
bool ddl_key_begins(const struct pd_sink *sink, size_t table, const size_t *columns, size_t n);
/* A word for a key that may have no name. */
const char *ddl_key_label(const struct pd_table *table, const struct pd_key *key);

/* ---- ddl_checks.c ---- */

/* ", CONSTRAINT `c` CHECK (...)", for CREATE TABLE: later they would need a copy of the table. */
pd_status ddl_checks_inline(struct pd_sink *sink, size_t table, struct pd_sql *sql,
                            struct pd_error *err);
/* " CHECK (...)" of the column's own type: labels, lengths. */
void ddl_type_check(const struct pd_sink *sink, size_t table, size_t column, struct pd_sql *sql);
/* After the rows: do all keep to them? */
pd_status ddl_checks(struct pd_sink *sink, struct pd_error *err);

/* ---- ddl_foreign.c, ddl_orphans.c ---- */

pd_status ddl_foreigns(struct pd_sink *sink, struct pd_error *err);
/* Rows of a table that point to none: columns of the child and of the parent, n of them. */
struct ddl_link {
    const char *child;
    const char *parent;
    const char *const *columns;
    const char *const *to;
    size_t n;
    bool full; /* MATCH FULL: one NULL is no excuse for the others */
};
pd_status ddl_count_orphans(struct pd_sink *sink, const struct ddl_link *link, long long *ret_n,
                            struct pd_error *err);

/* ---- ddl_sequences.c, ddl_counters.c ---- */

pd_status ddl_sequences(struct pd_sink *sink, struct pd_error *err);
/* After the rows: where they stand. */
pd_status ddl_counters(struct pd_sink *sink, struct pd_error *err);
/* Is a sequence of the catalogue made at all? Not so that of an identity column of another engine. */
bool ddl_is_sequence_made(const struct pd_sink *sink, size_t sequence);
/* The name in the target of the sequence that a default's text means; NULL: there is none. */
const char *ddl_find_sequence(const struct pd_sink *sink, const char *text);
/* Does the column count by AUTO_INCREMENT? */
bool ddl_is_auto(const struct pd_sink *sink, size_t table, size_t column);
/* Does it count by a sequence that is made for it? */
bool ddl_needs_sequence(const struct pd_sink *sink, size_t table, size_t column);
const char *ddl_own_sequence(struct pd_sink *sink, size_t table, size_t column);
/* " AUTO_INCREMENT=5", when the next number is known and not the first. */
void ddl_put_auto(const struct pd_sink *sink, size_t table, struct pd_sql *sql);
/* What of the column's counter is not carried. */
void ddl_say_counter(struct pd_sink *sink, size_t table, size_t column);

/* ---- present.c, present_map.c, present_load.c ---- */

/* A column of a table that is there. */
struct present_column {
    const char *name;
    const char *spelled;
    const char *raw_charset;
    struct pd_type type;
    uint8_t form;
    uint8_t size;
    bool is_unsigned;
    bool not_null;
    bool has_default; /* or it counts by itself */
    bool is_generated;
    bool is_auto;
};

struct present_table {
    const char *name; /* NULL: it is not there */
    const char *kind; /* TABLE_TYPE */
    const char *engine;
    struct present_column *columns;
    size_t n_columns;
    long long *orphans; /* of each of its foreign keys, before the rows */
};

/* The mappings of columns into what is there. */
pd_status present_map(struct map *map);
/* NULL: there is none of that name. */
const struct present_column *present_find(const struct present_table *there, const char *name);
/* After the rows: foreign keys that the server did not look at, and counters. */
pd_status present_complete(struct pd_sink *sink, struct pd_error *err);
