// SPDX-License-Identifier: Apache-2.0
/* ddl - what the files share that make the schema of the target. */
#pragma once

#include "drawer.h"
#include "map.h"
#include "sink.h"

#define DDL_COLLATION "utf8mb4_nopad_bin" /* of text from elsewhere: by its bytes */

/* What was decided about a table before it is made. */
struct ddl_table {
    struct target_column *columns;     /* those of the target's table, to be corrected */
    const struct pd_mapping *mappings; /* of its columns */
    size_t owner;                      /* of a table of history: its table's number */
    uint64_t n_rows;                   /* that were counted, or are thought to come */
    bool *may_be_null;                 /* one a column: of what is known of its values */
    const char **keys;                 /* their names, one a key of the table */
    const char **checks;               /* one a check */
    const char **foreigns;             /* one a foreign key */
    const char **own_sequences; /* of columns that count without AUTO_INCREMENT; NULL: none yet */
    bool is_native;             /* its own statement is replayed */
    bool is_late;               /* and what is unique, or a partition, by generated columns comes
                                   with their values: ddl_values.c */
    bool renamed;               /* some column has another name */
    bool has_no_place;          /* history of a table that has none here */
};

/* A foreign key that has another name until the tables that were replaced are gone. */
struct ddl_later {
    size_t table;
    size_t number;
    const char *name; /* for the time being */
    const char *add;  /* "ADD CONSTRAINT `name` FOREIGN KEY ..." */
};

struct sink_ddl {
    struct drawer relations; /* tables, sequences */
    struct drawer checks;    /* names of checks, where they are the database's: in MySQL */
    struct drawer foreigns;  /* names of foreign keys, of all tables */
    struct ddl_table *tables;
    const char **sequences;        /* their names, one a sequence of the catalogue */
    struct present_table *present; /* one a table; NULL: not into tables that are there */
    struct present_links *links;   /* foreign keys of those */
    struct ddl_later *later;
    size_t n_later;
    size_t later_room;
    unsigned code;                    /* of the last refusal of attempt() */
    const char *table;                /* that attempt() works for, for messages; NULL: none */
    struct present_counter *counters; /* present_counters.c: to be set back when the run fails */
    size_t n_counters;
    size_t counters_room;
    bool is_raised; /* sequences are behind the rows */
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
/* An error when the server warned of the last statement, but that two keys are alike. what: "table
   't'", or "". is_own: a server has said the same when it made that first, and one may take it for
   granted that a default is cut. */
pd_status attempt_heed(struct my *my, bool is_own, const char *what, struct pd_error *err);
/* The server lacks something that has to do with no key or table: room, say. */
bool attempt_is_trouble(unsigned code);
/* A statement of which one may say "cannot make WHAT: ...". */
pd_status attempt_or_fail(struct pd_sink *sink, struct my *my, const struct pd_sql *sql,
                          struct pd_error *err, const char *what, ...) PD_PRINTF(5, 6);
/* Text that was built, copied to the pool; sql is freed. NULL: memory is short, and told. */
const char *attempt_keep(struct pd_sink *sink, struct pd_sql *sql, struct pd_error *err);
/* One number that a query gives; NULL is 0 with *ret_null. */
pd_status attempt_count(struct pd_sink *sink, const struct pd_sql *sql, long long *ret_count,
                        bool *ret_null, struct pd_error *err);

/* ---- expressions.c ---- */

/* Does canonical text of another engine mean the same here, if the table's columns are mapped so?
   And that of a generated column, if it has one? (meaning.c) */
bool expression_means(const struct pd_sink *sink, const struct pd_catalog *catalog,
                      const struct pd_table *t, const struct pd_mapping *mappings,
                      const char *portable);
bool expression_computes(const struct pd_sink *sink, const struct pd_catalog *catalog,
                         const struct pd_table *t, const struct pd_mapping *mappings,
                         size_t column);
/* Can expression_write() write it, and does it mean the same here? */
bool expression_is_known(const struct pd_sink *sink, size_t table, const char *portable,
                         const char *native);
/* The same of a generated column. */
bool expression_is_column(const struct pd_sink *sink, size_t table, const struct pd_column *column);
/* Append an expression over the columns of a table: the portable text, or with --native the
   server's own. PD_UNSUPPORTED: it cannot be said. */
pd_status expression_write(struct pd_sink *sink, size_t table, const char *portable,
                           const char *native, struct pd_sql *sql, struct pd_error *err);
/* Append what stands after DEFAULT. PD_UNSUPPORTED: it cannot be said; PD_DONE: there is none. */
pd_status default_write(struct pd_sink *sink, size_t table, size_t column, struct pd_sql *sql,
                        struct pd_error *err);
/* A literal default of text or bytes, in a form that the server stores as it is. PD_UNSUPPORTED:
   there is none. */
pd_status default_literal(const struct pd_host *host, const struct pd_column *column,
                          const struct target_column *target, struct pd_sql *sql,
                          struct pd_error *err);

/* ---- place_names.c ---- */

/* Names of sequences, keys, checks and foreign keys. */
pd_status place_names(struct pd_sink *sink, struct pd_error *err);
/* "schema__name" in the pool, or the name itself. NULL: memory is short. */
const char *place_flat(struct pd_pool *pool, const char *schema, const char *name);

/* ---- ddl_table.c, ddl_pieces.c, ddl_replay.c ---- */

/* CREATE TABLE of a table; what it cannot say is left out. */
pd_status ddl_table_make(struct pd_sink *sink, size_t table, struct pd_error *err);
pd_status ddl_replay(struct pd_sink *sink, size_t table, struct pd_error *err);
/* Tables whose rows of the past are in other partitions than they were, once all rows are in. */
void ddl_say_past(struct pd_sink *sink);

/* Does the server hold the comment as it is? most: characters. */
bool ddl_comment_fits(const char *text, size_t most);

/* What a statement that makes a table is to have. */
enum {
    DDL_WITH_DEFAULTS = 1 << 0,
    DDL_WITH_KEYS = 1 << 1, /* but for the primary key, which is always there */
    DDL_WITH_CHECKS = 1 << 2,
    DDL_WITH_GENERATED = 1 << 3,
    DDL_WITH_ALL = (1 << 4) - 1
};
pd_status ddl_put_table(struct pd_sink *sink, size_t table, unsigned with, struct pd_sql *sql,
                        struct pd_error *err);
/* "`c` int NOT NULL DEFAULT 1" */
pd_status ddl_put_column(struct pd_sink *sink, size_t table, size_t column, unsigned with,
                         struct pd_sql *sql, struct pd_error *err);
/* The server refused the statement: first the table without what may be done without, then each
   piece by itself, and what is refused is left out. */
pd_status ddl_make_pieces(struct pd_sink *sink, size_t table, struct pd_error *err);
/* "ALTER TABLE `pd$1$1`" */
void ddl_put_alter(const struct pd_sink *sink, size_t table, struct pd_sql *sql);

/* ---- ddl_values.c ---- */

pd_status ddl_values(struct pd_sink *sink, struct pd_error *err);

/* ---- ddl_keys.c, ddl_later.c ---- */

/* How a key is made here. */
enum ddl_key_form {
    DDL_KEY_NONE, /* not at all */
    DDL_KEY_PRIMARY,
    DDL_KEY_UNIQUE,
    DDL_KEY_HASH, /* unique, by a hash of what is too long for a key */
    DDL_KEY_INDEX,
    DDL_KEY_PREFIX, /* an index of the beginnings of what is too long */
    DDL_KEY_NATIVE  /* by its engine's own statement */
};
enum ddl_key_form ddl_key_form(const struct pd_sink *sink, size_t table, size_t key);
/* Is it part of CREATE TABLE? */
bool ddl_is_key_inline(const struct pd_sink *sink, size_t table, size_t key);
/* "UNIQUE KEY `k` (`a`)"; of DDL_KEY_NATIVE what stands behind ADD. */
void ddl_put_key(const struct pd_sink *sink, size_t table, size_t key, struct pd_sql *sql);
/* What of the table's keys is another here, or not there. */
void ddl_say_keys(struct pd_sink *sink, size_t table);
/* Has the table enough rows for keys to be better made afterwards? */
bool ddl_keys_can_wait(const struct pd_sink *sink, size_t table);
bool ddl_has_later_keys(const struct pd_sink *sink, size_t table);
/* A word for a key that may have no name. */
const char *ddl_key_label(const struct pd_table *table, const struct pd_key *key);
/* Those that are made after the rows. */
pd_status ddl_keys(struct pd_sink *sink, struct pd_error *err);

/* ---- ddl_checks.c ---- */

/* "CONSTRAINT `c` CHECK (...)". PD_UNSUPPORTED: it cannot be said; PD_DONE: it need not. */
pd_status ddl_put_check(struct pd_sink *sink, size_t table, size_t check, struct pd_sql *sql,
                        struct pd_error *err);
void ddl_say_check(struct pd_sink *sink, size_t table, size_t check, const char *why);
/* " CHECK (...)" of what the column's own type says: labels, a length. */
void ddl_put_type_check(const struct pd_sink *sink, size_t table, size_t column,
                        struct pd_sql *sql);
/* After the rows: do all keep to them? */
pd_status ddl_checks(struct pd_sink *sink, struct pd_error *err);

/* ---- ddl_foreign.c, ddl_link.c ---- */

enum { DDL_MOST_LINKED = 32 /* columns of a foreign key */ };

/* A foreign key as it is made here. */
struct ddl_link {
    size_t parent;
    size_t n;
    size_t columns[DDL_MOST_LINKED]; /* of the child */
    size_t to[DDL_MOST_LINKED];      /* of the parent */
    bool is_reordered;               /* as the key is that it points to */
    bool needs_index;                /* no key of the child begins with its columns */
};
/* NULL: *link says how; else why it cannot be made. */
const char *ddl_link(const struct pd_sink *sink, size_t table, size_t foreign,
                     struct ddl_link *link);
/* "KEY `pd_fk_1` (...)", for a link that needs it. */
void ddl_put_support(const struct pd_sink *sink, size_t table, size_t foreign,
                     const struct ddl_link *link, struct pd_sql *sql);
/* Rows that point to none: of a child with columns `from` that point to `to`. */
struct ddl_orphans {
    const char *child_schema; /* NULL: the database of the run */
    const char *child;
    const char *parent_schema;
    const char *parent;
    const char *from[DDL_MOST_LINKED];
    const char *to[DDL_MOST_LINKED];
    size_t n;
    bool full; /* MATCH FULL: one NULL is no excuse for the others */
};
/* " FROM child c WHERE ..." */
void ddl_put_orphans(const struct ddl_orphans *orphans, struct pd_sql *sql);
pd_status ddl_count_orphans(struct pd_sink *sink, const struct ddl_orphans *orphans,
                            long long *ret_n, struct pd_error *err);
pd_status ddl_foreigns(struct pd_sink *sink, struct pd_error *err);

/* ---- ddl_broken.c ---- */

/* "N rows WHAT, so it holds for new rows only; the first one has id = '5'"; rows: " FROM ... WHERE
   ..." of the table, which are not none. */
pd_status ddl_tell_broken(struct pd_sink *sink, size_t table, long long n, const char *what,
                          const struct pd_sql *rows, char *text, size_t size, struct pd_error *err);
/* Is it the run's, what rows of the table break? Else they may have done so in the server that they
   come from, and are what they were. */
bool ddl_is_changed(const struct pd_sink *sink, size_t table);

/* ---- ddl_sequences.c, ddl_counters.c ---- */

pd_status ddl_sequences(struct pd_sink *sink, struct pd_error *err);
/* After the rows: where they stand. */
pd_status ddl_counters(struct pd_sink *sink, struct pd_error *err);
/* Is a sequence of the catalogue made at all? Not so that of an identity column of another engine.
 */
bool ddl_is_sequence_made(const struct pd_sink *sink, size_t sequence);
/* The name in the target of the sequence that a default's text means; NULL: there is none. */
const char *ddl_find_sequence(const struct pd_sink *sink, const char *text);
/* Has it another name than the rule gives it? */
bool ddl_is_sequence_renamed(const struct pd_sink *sink, const char *text);
/* Does the column count by AUTO_INCREMENT? */
bool ddl_is_auto(const struct pd_sink *sink, size_t table, size_t column);
/* Where a default counts by a sequence a server that logs statements takes no row, not even one
   that has the number already. */
#define DDL_NO_NEXTVAL                                                                             \
    "the server logs statements (binlog_format=STATEMENT), and takes no rows into a table that "   \
    "counts by a sequence; SET GLOBAL binlog_format = MIXED keeps it"
/* Does it count by a sequence that is made for it? */
bool ddl_needs_sequence(const struct pd_sink *sink, size_t table, size_t column);
/* And is the table made by polydump, rather than by the source's own statement? */
bool ddl_is_sequence_owned(const struct pd_sink *sink, size_t table, size_t column);
const char *ddl_own_sequence(struct pd_sink *sink, size_t table, size_t column);
/* " AUTO_INCREMENT=5", when the next number is known and not the first. */
void ddl_put_auto(const struct pd_sink *sink, size_t table, struct pd_sql *sql);
/* What of the column's counter is not carried. */
void ddl_say_counter(struct pd_sink *sink, size_t table, size_t column);
/* What a counter does when nothing is said, and what the server bounds. */
struct ddl_counter {
    int64_t next;
    int64_t increment;
    int64_t start;
    int64_t minimum;
    int64_t maximum;
    bool cycle;
};
struct ddl_counter ddl_counter_of(const struct pd_counter *counter);

/* ---- present.c, present_map.c, present_load.c, present_orphans.c ---- */

/* A column of a table that is there. */
struct present_column {
    const char *name;
    const char *spelled;
    const char *raw_charset;
    const char *charset; /* of text; NULL: it has none */
    struct pd_type type;
    uint8_t form;
    uint8_t size;
    bool is_unsigned;
    bool not_null;
    bool has_default; /* or it counts by itself */
    bool is_generated;
    bool is_auto;
    const char *sequence; /* that its default counts by; NULL: none */
};

struct present_table {
    const char *name; /* NULL: it is not there */
    const char *kind; /* TABLE_TYPE */
    const char *engine;
    struct present_column *columns;
    size_t n_columns;
};

/* The mappings of columns into what is there. */
pd_status present_map(struct map *map);
/* pd_sink_ops.limits */
pd_status present_limits(struct pd_sink *sink, const struct pd_load *load, uint32_t table,
                         uint32_t column, struct pd_limits *limits, struct pd_error *err);
/* --triggers=fire */
bool present_fires(const struct pd_sink *sink);
/* By its name, else by a name that is the same but for the case of letters. NULL: there is none. */
const struct present_column *present_find(const struct present_table *there, const char *name);
/* Is it a table of the run? */
bool present_is_target(const struct pd_sink *sink, const char *name);
/* Do the rows that it has go before others come? */
bool present_is_emptied(const struct pd_sink *sink, const char *name);
/* Foreign keys of the tables, and of others that point to them, which the server does not look at:
   rows that point nowhere, before and after. */
pd_status orphans_before(struct pd_sink *sink, struct pd_error *err);
pd_status orphans_after(struct pd_sink *sink, struct pd_error *err);
/* A condition on I_S.KEY_COLUMN_USAGE for foreign keys from or to tables of this database. Those of
   others are asked for only where there are any, since the server opens all its tables for that,
   and waits for each that somebody has locked. */
pd_status orphans_scope(struct my *my, const char **ret_condition, struct pd_error *err);

/* ---- outside.c ---- */

/* Foreign keys of other databases to tables whose rows go, which the user may not see: refused
   where the server tells of one, and told where it cannot be known. Commits. */
pd_status outside_check(struct pd_sink *sink, struct pd_error *err);
/* A table's name there: the same, else the same but for the case of letters, if there is one only;
   "": there is none. has_rows may be NULL. */
pd_status present_name(struct pd_sink *sink, const char *name, const char **ret_name,
                       bool *ret_has_rows, struct pd_error *err);
/* After the rows: foreign keys that the server did not look at, and counters. */
pd_status present_complete(struct pd_sink *sink, struct pd_error *err);

/* ---- present_counters.c ---- */

/* Before the rows: where the counters stand. */
pd_status present_counters_look(struct pd_sink *sink, struct pd_error *err);
/* Sequences past the highest key, once; after the verification, and before whoever may want a
   number of them. */
pd_status present_counters_raise(struct pd_sink *sink, struct pd_error *err);
/* The run has come to nothing: they go back. */
void present_counters_undo(struct pd_sink *sink);
