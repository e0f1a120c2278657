// SPDX-License-Identifier: Apache-2.0
/* sink - what the files of the writing half share. */
#pragma once

#include <polydump/left_out.h>
#include <polydump/options.h>
#include <polydump/schema.h>

#include "feed.h"
#include "parse.h"

/* A table of the catalogue in the target. */
struct sink_table {
    const struct pd_table *table; /* as it is made: a copy when names of its columns change */
    const char *name;             /* in the target */
    const char *dummy;            /* a column that stands for none at all; else NULL */
    bool replayed;                /* made by its own SQL: every column is there */
    bool told;                    /* columns there: what they do not get has been said */
    bool was_begun;               /* rows may be in it */
    bool triggered;               /* triggers that fire may change its rows */
    bool passes; /* its rows are taken and dropped: a passenger that finds no place */
};

/* The table that is being written. */
struct sink_writer {
    bool begun;
    uint32_t number;
    sqlite3_stmt *insert; /* NULL: its rows are let pass */
    uint32_t rows_a_run;  /* rows that one statement takes */
    bool may_defer;       /* a foreign key of it may be looked at late: each row has a savepoint */
    char foreign[256];    /* its only foreign key: "a, b -> t"; "": none, or several */
};

struct pd_sink {
    const struct pd_host *host;
    const struct pd_options *options;
    struct pd_pool pool; /* what lives as long as the sink */

    enum pd_into into;
    enum pd_conflict conflict;
    bool carry;  /* --misfit=carrier */
    bool rename; /* --names=carry: names that SQLite cannot hold get others */
    bool repair; /* counters go past the highest key */
    bool fires;  /* --triggers=fire */
    bool in_place;
    bool checks_foreigns; /* rows that point nowhere are refused (PD_LOAD_REJECTS, in place) */
    bool together;        /* but not now */

    char *path;    /* of the target, links resolved */
    char *partial; /* the new file until it is in its place; NULL: in place, or published */
    bool exists;   /* there was a file, maybe an empty one */
    bool published;
    bool in_transaction;
    bool completed;
    sqlite3 *db;

    struct pd_load load; /* a copy: only what it points to stays */
    const struct pd_catalog *catalog;
    bool same;   /* the catalogue is SQLite's own */
    bool native; /* active objects too */
    struct sink_table *tables;
    const char **names; /* hash of the names of tables and indexes; NULL: an empty slot */
    size_t n_names;
    size_t n_name_slots;

    /* What map() answered for tables that are there, flat; NULL: nothing was asked. */
    const struct pd_mapping *mappings;

    struct feed feed;
    struct sink_writer writer;
    uint8_t skip[PD_BATCH_ROWS / 8];

    struct sink_refs *refs;           /* a new file: rows that are there and pointed to; refs.c */
    struct orphans_links *links;      /* in place: foreign keys to be looked at */
    struct sink_conflicts *conflicts; /* conflict.c; NULL: rows whose key is there are refused */

    struct pd_left_outs left_outs;
    bool memory_short; /* somewhere that could not say so; asked for at the end of each call */
};

/* ---- sink.c ---- */

/* One more line of what is not carried; part: enum pd_part. */
void sink_leave_out(struct pd_sink *sink, int part, uint32_t table, uint32_t number,
                    const char *fmt, ...) PD_PRINTF(5, 6);
/* What is known of a column's values, or NULL. */
const struct pd_profile *sink_profile(const struct pd_sink *sink, size_t table, size_t column);
/* sqlite_fail() for the sink's connection, naming the file when that is the trouble. */
pd_status sink_fail(struct pd_sink *sink, int rc, struct pd_error *err, const char *what, ...)
    PD_PRINTF(4, 5);
/* Run statements; what: for the message, "cannot commit". */
pd_status sink_exec(struct pd_sink *sink, const char *sql, const char *what, struct pd_error *err);
/* Run SQL text that was built up; it is freed. PD_FATAL: also when it could not be built. */
pd_status sink_run(struct pd_sink *sink, sqlite3_str *sql, struct pd_error *err, const char *what,
                   ...) PD_PRINTF(4, 5);
/* The value of a property of the source, or NULL. */
const char *sink_property(const struct pd_sink *sink, const char *name);

/* ---- target.c ---- */

/* What stands at the place; refuses what must not be replaced. Changes nothing. */
pd_status target_look(struct pd_sink *sink, const char *location, struct pd_error *err);
/* Begin a new file beside the place, with the properties that a file is born with. */
pd_status target_create(struct pd_sink *sink, struct pd_error *err);
/* Begin to write the file that is there, in one transaction. */
pd_status target_enter(struct pd_sink *sink, struct pd_error *err);
/* Open the new file again, once it is complete, and begin a transaction. */
pd_status target_reopen(struct pd_sink *sink, struct pd_error *err);
/* The switches of every connection that writes rows. */
int target_set_switches(sqlite3 *db);
/* Put the new file into its place. */
pd_status target_publish(struct pd_sink *sink, struct pd_error *err);
/* Without publish: remove what was begun. */
void target_drop(struct pd_sink *sink);

/* ---- names.c ---- */

/* What a table is called there; NULL: memory is short. */
const char *names_table(struct pd_sink *sink, const struct pd_table *table);
/* The names of tables in the target; refuses those that it cannot hold. */
pd_status names_check(struct pd_sink *sink, struct pd_error *err);
/* A name for an index that no table or other index has; says so when it is another one. */
const char *names_index(struct pd_sink *sink, size_t table, const struct pd_key *key);
/* Is it written by a statement of its own, not inside that of its table? has_alias: the primary key
   is the rowid. */
bool names_is_index(const struct pd_table *table, const struct pd_key *key, bool has_alias);

/* ---- rename.c ---- */

/* Columns that SQLite would take for one: listed, or with --names=carry called otherwise in a copy
   of the table. */
pd_status rename_columns(struct pd_sink *sink, size_t table, sqlite3_str *refused,
                         struct pd_error *err);
/* pd_sink_ops.placed */
pd_status rename_placed(struct pd_sink *sink, uint32_t table, struct pd_placed *placed,
                        struct pd_error *err);

/* ---- ddl.c ---- */

/* How a column of a table that is made from the neutral schema is stored. */
void ddl_stored(const struct pd_sink *sink, size_t table, size_t column, struct stored *ret_stored);
/* ---- meaning.c ---- */

/* Are all columns that canonical text names (NULL: none) in the table that is made? Others would be
   strings: SQLite takes a name in double quotes for one when there is no such column. */
bool expression_has_columns(struct pd_sink *sink, const struct pd_table *table,
                            const char *portable);
/* Can SQLite compute it as another engine does, if it is generated, once what it is made of is
   there? */
bool ddl_computes(struct pd_sink *sink, const struct pd_table *table,
                  const struct pd_column *column);
/* Why a generated column is not in the table. */
const char *ddl_why_lost(const struct pd_sink *sink, const struct pd_table *table,
                         const struct pd_column *column);
/* Does canonical text of another engine (NULL: there is none) give the same here? column: see
   struct pd_operands. */
bool expression_is_alike(const struct pd_sink *sink, const struct pd_table *table, uint32_t column,
                         const char *portable);
/* Is the column in the table that is made? A generated one is when it can be computed, and all that
   it is made of. */
bool ddl_has_column(struct pd_sink *sink, const struct pd_table *table,
                    const struct pd_column *column);
/* Does its default ask the clock? */
bool ddl_is_clock(const struct pd_column *column);
#define DDL_CLOCK_OF_SQLITE "the clock of SQLite gives UTC, to the second"
#define DDL_CASE_OF_ASCII "case does not count for ASCII letters only"
/* Why a check is not in the table that is made; NULL: nothing that is known of it beforehand. */
const char *ddl_check_obstacle(struct pd_sink *sink, size_t table, const struct pd_check *check);
/* What says that a column has its labels alone; false: nothing does. */
bool ddl_put_labels(struct pd_sink *sink, size_t table, size_t column, sqlite3_str *sql);
/* Make a table from the neutral schema. */
pd_status ddl_table(struct pd_sink *sink, size_t table, struct pd_error *err);
/* Make an index from the neutral schema, or say that it is left out. */
pd_status ddl_index(struct pd_sink *sink, size_t table, const struct pd_key *key,
                    struct pd_error *err);

/* ---- expressions.c ---- */

/* Would SQLite make something else of it: are values that it uses stored as something else, numbers
   as text, say, or is something computed with doubles that another engine has decimals for? */
bool expression_is_of_others(const struct pd_sink *sink, size_t table, const char *portable);
#define EXPRESSION_OF_OTHERS "SQLite stores or computes its values otherwise"
/* Can expression_write() write it? */
bool expression_is_portable(struct pd_sink *sink, const char *portable, const char *native);
/* SQL of an expression, to be given to host->release(): of the portable text, or of the engine's
   own when it is SQLite's and harmless. PD_UNSUPPORTED: it cannot be carried. */
pd_status expression_write(struct pd_sink *sink, const char *portable, const char *native,
                           char **ret_sql, struct pd_error *err);
/* The term after DEFAULT, appended to sql. PD_UNSUPPORTED: it cannot be carried. */
pd_status default_write(struct pd_sink *sink, const struct pd_column *column,
                        const struct stored *stored, sqlite3_str *sql, struct pd_error *err);

/* ---- foreign.c ---- */

/* Append the foreign keys of a table that is made, each behind a comma. */
pd_status foreign_write(struct pd_sink *sink, size_t table, sqlite3_str *sql, struct pd_error *err);
/* Once all rows and keys are there: foreign keys that rows break. */
pd_status foreign_tell(struct pd_sink *sink, struct pd_error *err);

/* ---- refs.c ---- */

/* Once the tables of a new file are made. */
pd_status refs_open(struct pd_sink *sink, struct pd_error *err);
/* Rows on their way into a table. */
void refs_note(struct pd_sink *sink, size_t table, const struct pd_batch *batch);
void refs_close(struct pd_sink *sink);

/* ---- broken.c ---- */

/* Something that rows break: "LABEL: N rows WHAT, so it holds for new rows only; the first ...". */
struct broken {
    int part; /* enum pd_part */
    uint32_t table;
    uint32_t number;
    const char *label; /* "check 'c' of 't'" */
    const char *what;  /* "break it" */
    int64_t n;
    const char *first; /* "id = '5'" */
    bool is_left_out;  /* else it is a warning */
};

/* Is it told as left out what rows of the table break? Else they may have done so in the file that
   they come from, and are what they were. t NULL: a table that is none of the run's. */
bool broken_is_left_out(const struct pd_sink *sink, const struct sink_table *t);
void broken_tell(struct pd_sink *sink, const struct broken *broken);
/* Once all rows are there: checks that they break. */
pd_status broken_checks(struct pd_sink *sink, struct pd_error *err);

/* ---- replay.c ---- */

enum replay_kind { REPLAY_TABLE, REPLAY_INDEX, REPLAY_VIEW, REPLAY_TRIGGER, REPLAY_VIRTUAL };
/* May the SQL be replayed without having been asked for? */
bool replay_is_passive(struct pd_sink *sink, const char *sql);
/* Run one statement, which may make one object and nothing else. */
pd_status replay(struct pd_sink *sink, enum replay_kind kind, const char *name, const char *table,
                 const char *sql, struct pd_error *err);

/* One statement; *ret_more: the SQL is none, or several. */
int replay_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret_stmt, bool *ret_more);

/* ---- execute.c ---- */

/* pd_sink_ops.execute */
pd_status execute_run(struct pd_sink *sink, const struct pd_statement *statement,
                      struct pd_error *err);
/* Refuses before anything is written what would be refused then. */
pd_status execute_check(struct pd_sink *sink, const struct pd_load *load, struct pd_error *err);

/* ---- create.c ---- */

/* Make the tables of a new file. */
pd_status create_tables(struct pd_sink *sink, struct pd_error *err);
/* What stands after the rows: indexes, counters, native objects, properties. */
pd_status create_rest(struct pd_sink *sink, struct pd_error *err);

/* ---- present.c ---- */

/* Columns of a table that is there. */
struct there {
    const char *name;
    const char *declared;
    bool generated;
    bool strict;   /* as is its table */
    bool not_null; /* and nothing gives it a value by itself */
    bool forbids_null;
};

/* A table there; without columns there is none. */
struct there_table {
    const char *name;
    struct there *columns;
    size_t n_columns;
    bool without_rowid;
};

pd_status present_read(struct pd_sink *sink, struct pd_pool *pool, const char *table,
                       struct there_table *ret_there, struct pd_error *err);
const struct there *present_find(const struct there_table *there, const char *name);
/* pd_sink_ops.look */
pd_status present_look(struct pd_sink *sink, const struct pd_load *load, struct pd_found *ret_found,
                       struct pd_error *err);
/* The mappings of columns into what is there; for a plan also what present_check() would refuse. */
pd_status present_map(struct pd_sink *sink, const struct pd_load *load,
                      const struct pd_mapping **ret_mappings, struct pd_error *err);
/* pd_sink_ops.limits */
pd_status present_limits(struct pd_sink *sink, const struct pd_load *load, uint32_t table,
                         uint32_t column, struct pd_limits *limits, struct pd_error *err);
/* Has the table a row? */
pd_status present_has_rows(struct pd_sink *sink, const char *table, bool *ret_has,
                           struct pd_error *err);
/* Find the tables and columns in a file that is there; refuses what does not fit. */
pd_status present_judge(struct pd_sink *sink, struct pd_error *err);
/* The same, and truncate if that is wanted. */
pd_status present_check(struct pd_sink *sink, struct pd_error *err);
/* How the columns of a table that is there take values: fills the feed's columns. */
pd_status present_columns(struct pd_sink *sink, size_t table, struct pd_error *err);
/* After the rows. */
pd_status present_rest(struct pd_sink *sink, struct pd_error *err);

/* ---- present_orphans.c ---- */

/* Before rows go or come: the foreign keys to be looked at, and which rows break them already. */
pd_status orphans_before(struct pd_sink *sink, struct pd_error *err);
/* When all rows are in: refuses those that point nowhere, and did not before. */
pd_status orphans_after(struct pd_sink *sink, struct pd_error *err);

/* ---- conflict.c ---- */

/* Refuses tables of the target, as db sees it, in which rows cannot be told to be there. */
pd_status conflict_check(struct pd_sink *sink, sqlite3 *db, struct pd_error *err);
/* Before the first row, when all tables are known to be there. */
pd_status conflict_open(struct pd_sink *sink, struct pd_error *err);
/* insert: the statement that takes rows of the table as they are. */
pd_status conflict_begin(struct pd_sink *sink, const char *insert, struct pd_error *err);
void conflict_end(struct pd_sink *sink);
/* Append what such a statement says of rows that are there. */
pd_status conflict_put(struct pd_sink *sink, const struct sink_table *t, sqlite3_str *sql,
                       struct pd_error *err);
/* The row that is shown, before it goes into the target: SQLITE_DONE, or what *ret_db says of it.
   Then it is either kept, once the target has it, or forgotten. */
int conflict_see(struct pd_sink *sink, sqlite3 **ret_db);
pd_status conflict_keep(struct pd_sink *sink, struct pd_error *err);
pd_status conflict_forget(struct pd_sink *sink, struct pd_error *err);
/* Does the target have as many rows as it should? */
pd_status conflict_complete(struct pd_sink *sink, struct pd_error *err);
/* pd_sink_ops.outcome */
pd_status conflict_outcome(struct pd_sink *sink, uint32_t table, struct pd_outcome *outcome,
                           struct pd_error *err);
void conflict_close(struct pd_sink *sink);

/* ---- autoincrement.c ---- */

/* Set the counters of AUTOINCREMENT columns. */
pd_status autoincrement_write(struct pd_sink *sink, struct pd_error *err);

/* ---- load.c ---- */

pd_status load_start(struct pd_sink *sink, const struct pd_scan *scan, uint32_t part,
                     struct pd_error *err);
pd_status load_write(struct pd_sink *sink, const struct pd_batch *batch,
                     const struct pd_source_ops *long_ops, struct pd_source *long_source,
                     struct pd_rejects *rejects, struct pd_error *err);
/* Forget the table that was written. */
void load_end(struct pd_sink *sink);

/* ---- together.c ---- */

/* From now on rows that point nowhere are refused. */
pd_status together_check(struct pd_sink *sink, struct pd_error *err);
/* What is to be known of the foreign keys of the table that is being written. */
pd_status together_table(struct pd_sink *sink, struct pd_error *err);
/* Do rows point nowhere that SQLite has not refused yet? */
bool together_is_open(struct pd_sink *sink);
/* pd_sink_ops.together */
pd_status together_sink(struct pd_sink *sink, int what, struct pd_error *err);

/* ---- misfit.c ---- */

/* Rejects the rows of a batch with values that would change, and sets their bits in skip. */
void misfit_reject(struct pd_sink *sink, const struct pd_batch *batch, struct pd_rejects *rejects);
