// SPDX-License-Identifier: Apache-2.0
/* ddl - what the files share that make the schema of the target. */
#pragma once

#include "dialect.h"
#include "map.h"
#include "names.h"
#include "sink.h"

/* What was decided about a table before it is made. */
struct ddl_table {
    struct target_column *columns; /* those of the target's table, to be corrected */
    const char *create;            /* the statement; NULL: there is none to make */
    const char *own_sequence;  /* of the column that counts without an identity; NULL: none yet */
    const char *identity;      /* of its sequence, when the server would find another; or NULL */
    const char **keys;         /* their names, one a key of the table */
    const char **checks;       /* one a check */
    const char **foreigns;     /* one a foreign key */
    struct heritage *heritage; /* NULL: it inherits from nothing here */
    bool has_heirs;
    bool made;
    bool is_early; /* its plain keys are made while others get their rows */
    bool renamed;  /* some column has another name */
};

enum object_state {
    OBJECT_DUE,
    OBJECT_MADE,
    OBJECT_LOST /* there will be none, and it was said */
};

struct sink_ddl {
    struct names relations; /* tables, indexes, sequences */
    struct ddl_table *tables;
    struct present_table *present; /* one a table; NULL: not into tables that are there */
    struct ddl_kin *kin;           /* ddl_kin.c */
    uint8_t *object_states;        /* enum object_state, one an object of the catalogue */
    bool all_first;     /* values may name any table: all are made before the first row */
    const char **later; /* statements that put back what was changed for the time of the load */
    size_t n_later;
    size_t later_room;
    char sqlstate[8];              /* of the last refusal of attempt() */
    struct job_list *early;        /* keys that are made while rows are still written; NULL: none */
    struct foreign_list *foreigns; /* that are on their way; NULL: none */
    struct crew *crew;             /* jobs.c: who is at it; NULL: nobody */
    struct sequence_set *sequences; /* present_sequences.c: that would stay as they were set */
    size_t n_sequences;
    size_t sequences_room;
    const char *path; /* present_late.c: the schemas of search_path, as an array; NULL: not asked */
};

static inline const struct pd_mapping *
ddl_mapping(const struct pd_sink *sink, size_t table, size_t column)
{
    return sink->tables[table].columns[column].mapping;
}

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

/* ---- attempt.c ---- */

/* A statement that may be refused: then *ret_refusal is why, in one line, and nothing has
   happened, also in the middle of a transaction. What says nothing of the statement is an error:
   see attempt_is_trouble(). */
pd_status attempt(struct pd_sink *sink, const char *sql, const char **ret_refusal,
                  struct pd_error *err);
/* Was the last complaint not about what the statement says, but about the server's resources, its
   own faults, other sessions, or a cancelled statement? */
bool attempt_is_trouble(const struct pg *pg);
/* A statement of which one may say "cannot make WHAT: ...". */
pd_status attempt_or_fail(struct pd_sink *sink, struct pg *pg, const char *sql,
                          struct pd_error *err, const char *what, ...) PD_PRINTF(5, 6);
/* The server's last complaint, after "cannot make WHAT: ". PD_FAILED. */
pd_status attempt_fail(struct pd_sink *sink, const struct pg *pg, struct pd_error *err,
                       const char *what);
/* Text that was built, copied to the pool; sql is freed. NULL: memory is short, and told. */
const char *attempt_keep(struct pd_sink *sink, struct pd_sql *sql, struct pd_error *err);

/* ---- ddl_broken.c ---- */

/* "N rows WHAT; the first one has id = '5'"; rows: " FROM ... WHERE ..." of the table. */
pd_status ddl_tell_broken(struct pd_sink *sink, size_t table, const char *n, const char *what,
                          const struct pd_sql *rows, char *text, size_t size, struct pd_error *err);

/* ---- expressions.c ---- */

/* Does canonical text of another engine mean the same here, if the table's columns are mapped so?
   And can the server compute that generated column? It has none that is made of another one.
   (meaning.c) */
bool expression_means(const struct pd_sink *sink, const struct pd_catalog *catalog,
                      const struct pd_table *t, const struct pd_mapping *mappings,
                      const char *portable);
bool expression_computes(const struct pd_sink *sink, const struct pd_catalog *catalog,
                         const struct pd_table *t, const struct pd_mapping *mappings,
                         size_t column);
/* Does the server keep values of the columns that it names as what they are? */
bool expression_is_stored_alike(const struct pd_table *t, const struct pd_mapping *mappings,
                                const char *portable);
/* What the server computes an expression with; column: see struct pd_operands. */
struct pd_operands expression_operands(const struct pd_table *t, const struct pd_mapping *mappings,
                                       uint32_t column);
/* Can expression_write() write it? */
bool expression_is_known(const struct pd_sink *sink, size_t table, const char *portable,
                         const char *native);
/* Why it cannot, of canonical text of another engine (NULL: there is none). */
const char *expression_obstacle(const struct pd_sink *sink, size_t table, const char *portable);
/* The same of a generated column. */
bool expression_is_column(const struct pd_sink *sink, size_t table, const struct pd_column *column);
/* Append an expression over the columns of a table: the portable text, or with --native the
   server's own. PD_UNSUPPORTED: it cannot be said. */
pd_status expression_write(struct pd_sink *sink, size_t table, const char *portable,
                           const char *native, struct pd_sql *sql, struct pd_error *err);
/* Append what stands after DEFAULT. PD_UNSUPPORTED: it cannot be said; PD_DONE: there is none. */
pd_status default_write(struct pd_sink *sink, size_t table, size_t column, struct pd_sql *sql,
                        struct pd_error *err);

/* ---- place_names.c ---- */

/* Names of keys, checks and foreign keys, and those of sequences. */
pd_status place_names(struct pd_sink *sink, struct pd_error *err);

/* ---- ddl_types.c ---- */

pd_status ddl_schemas(struct pd_sink *sink, struct pd_error *err);
pd_status ddl_types(struct pd_sink *sink, struct pd_error *err);

/* ---- ddl_table.c ---- */

/* The statement that makes a table, into sink->ddl; what it cannot say is left out. */
pd_status ddl_table_write(struct pd_sink *sink, size_t table, struct pd_error *err);
pd_status ddl_comments(struct pd_sink *sink, struct pd_error *err);
/* One column of that statement. */
pd_status ddl_column_write(struct pd_sink *sink, size_t table, size_t column, struct pd_sql *sql,
                           struct pd_error *err);
/* "GENERATED ... AS IDENTITY (...)" */
void ddl_identity_write(const struct pd_sink *sink, size_t table, size_t column,
                        struct pd_sql *sql);
/* By NOT NULL, or by the primary key. */
bool ddl_forbids_null(const struct pd_table *table, size_t column);
/* A line about a column that has no place, unless there is one. */
void ddl_say_lost_column(struct pd_sink *sink, size_t table, size_t column);

/* ---- ddl_inherit.c, ddl_kin.c ---- */

/* What a table inherits from others that are made with it. */
struct heritage {
    size_t *parents; /* numbers of tables, in their order */
    size_t n_parents;
    bool *columns; /* one a column of the table: declared by itself too */
    bool *checks;  /* one a check */
};
/* Which tables inherit from which, and how they will be made; before the first is. */
pd_status ddl_heritages(struct pd_sink *sink, struct pd_error *err);
/* Does the table inherit, or do others inherit from it? */
static inline bool
ddl_is_kin(const struct pd_sink *sink, size_t table)
{
    return sink->ddl->tables[table].heritage || sink->ddl->tables[table].has_heirs;
}
/* Tables, parents before their heirs: sink->catalog->n_tables numbers. */
const size_t *ddl_by_descent(struct pd_sink *sink, struct pd_error *err);
/* The column of that name in the target, or n_columns. */
size_t ddl_find_column(const struct pd_sink *sink, size_t table, const char *name);
/* How to make all tables that inherit or are inherited from. PD_UNSUPPORTED: columns would not
   stand in their places. */
pd_status ddl_kin_plan(struct pd_sink *sink, struct pd_error *err);
/* Make them. */
pd_status ddl_kin(struct pd_sink *sink, struct pd_error *err);

/* ---- ddl_keys.c, ddl_checks.c, ddl_foreign.c, ddl_defaults.c ---- */

struct job_list;
struct foreign_list;

/* In a marked run, before the first row: keys that are made as soon as a table has its rows. */
pd_status ddl_keys_early(struct pd_sink *sink, struct pd_error *err);
pd_status ddl_keys(struct pd_sink *sink, struct pd_error *err);
pd_status ddl_checks(struct pd_sink *sink, struct pd_error *err);
/* Says which there will be, and lets them be made beside the keys; begins with those that were
   not; and says what became of them. */
pd_status ddl_foreigns_plan(struct pd_sink *sink, struct pd_error *err);
pd_status ddl_foreigns_begin(struct pd_sink *sink, struct pd_error *err);
pd_status ddl_foreigns_end(struct pd_sink *sink, struct pd_error *err);
pd_status ddl_defaults(struct pd_sink *sink, struct pd_error *err);
/* Is there a key of these columns, in any order, that a foreign key may point to? */
bool ddl_key_covers(const struct pd_sink *sink, size_t table, const size_t *columns, size_t n);
/* A word for a key that may have no name. */
const char *ddl_key_label(const struct pd_table *table, const struct pd_key *key);

/* ---- ddl_sequences.c, ddl_counters.c ---- */

/* CREATE SEQUENCE of all, before the tables. */
pd_status ddl_sequences(struct pd_sink *sink, struct pd_error *err);
/* After the rows: whose they are and where they stand. */
pd_status ddl_counters(struct pd_sink *sink, struct pd_error *err);
/* Does a column of the same engine count by the sequence and own it (serial)? */
bool ddl_is_serial_of(const struct pd_sink *sink, size_t table, size_t column,
                      const struct pd_sequence *sequence);
/* That sequence, or NULL. */
const struct pd_sequence *ddl_serial(const struct pd_sink *sink, size_t table, size_t column);
/* Is it the one that a default's text "schema.name" means? */
bool ddl_is_named(const struct pd_sequence *sequence, const char *text);
/* That one; NULL: there is none. */
const struct pd_sequence *ddl_find_sequence(const struct pd_sink *sink, const char *text);
/* default_native of an identity column says by this and a name in quotes what its sequence is
   called, when that is not what the server would call it. */
#define DDL_SEQUENCE_NAME "SEQUENCE NAME "
/* Is the counter of a column that of an identity column in the target, and not of a sequence? */
bool ddl_is_identity(const struct pd_sink *sink, size_t table, size_t column);
/* Does a column count by a sequence that is made for it, since its type has no identity? */
bool ddl_needs_sequence(const struct pd_sink *sink, size_t table, size_t column);
/* The name of that sequence, which is in the schema of the table. */
const char *ddl_own_sequence(struct pd_sink *sink, size_t table, size_t column);
/* What a counter of a type does when nothing is said, and what the type bounds. */
struct ddl_counter {
    int64_t next;
    int64_t increment;
    int64_t start;
    int64_t minimum;
    int64_t maximum;
    int64_t cache;
    bool cycle;
    bool bounded; /* not as it would be by itself */
};
struct ddl_counter ddl_counter_of(const struct pd_counter *counter, int kind);
/* "INCREMENT BY 2 ..." */
void ddl_put_counter(struct pd_sql *sql, const struct pd_counter *counter, int kind);

/* ---- ddl_objects.c ---- */

enum ddl_phase {
    DDL_BEFORE_TABLES,
    DDL_AFTER_TABLES,
    DDL_AFTER_ROWS,
    DDL_LAST,  /* what changes things that were there before */
    DDL_EVENTS /* event triggers, which would fire for every other statement */
};
/* Native objects of a phase; those before the rows that fail are tried again in the next. */
pd_status ddl_objects(struct pd_sink *sink, enum ddl_phase phase, struct pd_error *err);
/* All of the last two phases. Where the run is marked they are tried before its end, so that what
   is refused is known, and undone; and made in the transaction that drops the marker, since no
   marker can undo what they change. */
pd_status ddl_objects_last(struct pd_sink *sink, struct pd_error *err);
pd_status ddl_objects_try_last(struct pd_sink *sink, struct pd_error *err);
/* Has the table objects that have to be there before its rows? */
bool ddl_has_objects(const struct pd_sink *sink, size_t table);

/* ---- jobs.c ---- */

enum job_state { JOB_READY, JOB_BEGUN, JOB_FINISHED };

/* One statement. Jobs that share a table do not run at the same time, unless both are shared. */
struct job {
    const char *sql;
    const char *then;    /* a second one, alone on its table, when the first is done; NULL: none */
    const char *label;   /* "index 'i' of table 't'" */
    size_t tables[2];    /* PD_NO_TABLE: none */
    bool is_shared;      /* it only reads its table */
    bool is_spare;       /* jobs.c: of jobs_spare() */
    bool may_fail;       /* refused: why is in refusal */
    uint64_t weight;     /* those that take longest begin first */
    size_t number;       /* the maker's own */
    const char *refusal; /* in the sink's pool */
    char sqlstate[8];    /* of it */

    size_t place;  /* jobs.c: among jobs of the same weight */
    uint8_t state; /* jobs.c: enum job_state */
    char *text;    /* jobs.c: why it was refused */
};
struct job_list {
    struct job *list;
    size_t n;
    size_t room;
};
/* All of them, and those that were begun: on several connections at once (ATOMIC_MARKED), or one
   after the other on the sink's own. */
pd_status jobs_do(struct pd_sink *sink, struct job *jobs, size_t n, struct pd_error *err);
/* If there is a crew, these are begun beside those of jobs_do() as soon as its others leave their
   tables alone, and are nothing that jobs_do() waits for; else nothing is done. */
pd_status jobs_spare(struct pd_sink *sink, struct job *jobs, size_t n, struct pd_error *err);
/* As jobs_do(), if there are several connections without waiting for them; or all that is left of
   those that jobs_spare() took. */
pd_status jobs_leave(struct pd_sink *sink, struct job *jobs, size_t n, struct pd_error *err);
/* So many of them are under way at this moment; from any thread. */
uint32_t jobs_at_work(struct pd_sink *sink);
/* Wait for those that were left. */
pd_status jobs_finish(struct pd_sink *sink, struct pd_error *err);
/* Jobs that may be done from now on, each when its table is ready; before the first row. They stay
   where they are. */
pd_status jobs_begin(struct pd_sink *sink, struct job *jobs, size_t n, struct pd_error *err);
/* All rows of a table are in; from any thread that writes. */
void jobs_ready(struct pd_sink *sink, uint32_t table);
/* What is under way ends as if interrupted. */
void jobs_stop(struct pd_sink *sink);

/* ---- counting.c ---- */

/* A column that counts by it. */
struct counted_column {
    const char *schema; /* NULL: public */
    const char *table;
    const char *column;
    bool is_text;
};

/* A counter that is to be set after the rows. */
struct counting {
    struct pd_sink *sink;
    struct ddl_counter c;
    bool exact;      /* as it was, wherever its column went */
    bool unused;     /* it never gave a number */
    bool any;        /* some column that counts by it has a value */
    int64_t extreme; /* the value that it went furthest to */
    struct counted_column *columns;
    size_t n_columns;
    size_t columns_room;
    const char *what; /* for messages: "column 'a' of table 't'" */
    int part;         /* of the schema, as in struct pd_left_out */
    uint32_t table;
    uint32_t number;
    struct pd_error *err;
};
/* A column counts by it: see how far that went. Names stay as they are until counting_set(). */
pd_status counting_look(struct counting *k, const char *schema, const char *table,
                        const char *column);
/* What the sequence's last_value and is_called shall be: as they were, or with repair so that an
   INSERT has a number. */
pd_status counting_place(struct counting *k, int64_t *ret_last, bool *ret_called);
/* Set the sequence that an expression over $3 and $4 names: as it was, or with repair to a number
   that an INSERT can have. */
pd_status counting_set(struct counting *k, const char *sequence, const char *third,
                       const char *fourth);

/* ---- present.c, present_map.c, present_load.c, present_counters.c ---- */

/* A column of a table that is there. */
struct present_column {
    const char *name;
    const char *spelled;
    struct pd_type type;
    uint8_t form;
    bool not_null;
    bool has_default; /* or an identity */
    bool is_generated;
};

struct present_table {
    const char *oid;  /* NULL: it is not there */
    const char *name; /* as it is called there */
    char kind;        /* relkind */
    struct present_column *columns;
    size_t n_columns;
};

/* oids: of tables that are dropped. Refuses those of publications; tells what is lost. */
pd_status present_taken(struct pd_sink *sink, const char *oids, struct pd_error *err);
/* The mappings of columns into what is there. */
pd_status present_map(struct map *map);
/* pd_sink_ops.limits */
pd_status present_limits(struct pd_sink *sink, const struct pd_load *load, uint32_t table,
                         uint32_t column, struct pd_limits *limits, struct pd_error *err);
/* --triggers=fire */
bool present_fires(const struct pd_sink *sink);
/* By its name, else by a name that is the same but for the case of letters, if there is one only.
   NULL: there is none. */
const struct present_column *present_find(const struct present_table *there, const char *name);
enum { PRESENT_OID = 12 };
/* The oid of the table, or of whatever else has its name; "": nothing has. By its name, else by one
   that is the same but for the case of letters, if there is one only. */
pd_status present_oid(struct pd_sink *sink, const struct pd_table *table, char oid[PRESENT_OID],
                      struct pd_error *err);
/* Is a table there, and has it rows? */
pd_status present_look_at(struct pd_sink *sink, const struct pd_table *table, bool *ret_is,
                          bool *ret_has_rows, struct pd_error *err);
/* pd_sink_ops.look */
pd_status present_look(struct pd_sink *sink, const struct pd_load *load, struct pd_found *ret_found,
                       struct pd_error *err);
/* For a plan: what present_check() would refuse, without changing anything. */
pd_status present_judge(struct pd_sink *sink, struct pd_error *err);
/* After the rows: what was put off, and the counters. */
pd_status present_complete(struct pd_sink *sink, struct pd_error *err);
/* Counters that columns of the tables have, past the highest key. */
pd_status present_counters(struct pd_sink *sink, struct pd_error *err);
/* Before the rows: those that give numbers to columns that the data do not have. */
pd_status present_counters_early(struct pd_sink *sink, struct pd_error *err);

/* The type of pg_attribute a is one of numbers or texts, or a domain over one. */
#define PRESENT_COUNTABLE                                                                          \
    "(WITH RECURSIVE b AS (SELECT y.typtype, y.oid, y.typbasetype FROM pg_type y WHERE y.oid = "   \
    "a.atttypid UNION ALL SELECT z.typtype, z.oid, z.typbasetype FROM b JOIN pg_type z ON z.oid "  \
    "= "                                                                                           \
    "b.typbasetype WHERE b.typtype = 'd') SELECT b.oid FROM b WHERE b.typtype <> 'd') IN (20, "    \
    "21, "                                                                                         \
    "23, 25, 1042, 1043, 1700)"

/* ---- present_late.c ---- */

/* "{...}", one element each: sequences, and the numbers of the columns that count by them. */
struct late_sequences {
    struct pd_sql sequences;
    struct pd_sql columns;
    size_t n;
};

/* Sequences that defaults of the table look up by a text when they are needed. tells: what is not
   known of a column that rows fill is told. */
pd_status present_late(struct pd_sink *sink, size_t table, bool tells, struct late_sequences *late,
                       struct pd_error *err);
void present_late_free(struct late_sequences *late);

/* ---- present_sequences.c ---- */

/* Where a sequence stands. */
struct sequence_state {
    int64_t last;
    bool is_called;
};

/* Nobody else gets numbers of it until the transaction ends. *ret_held: the server allows that, as
   it does its owner; name: as regclass prints it. */
pd_status sequence_hold(struct pd_sink *sink, const char *name, int64_t increment, bool *ret_held,
                        struct pd_error *err);
pd_status sequence_read(struct pd_sink *sink, const char *name, struct sequence_state *ret_state,
                        struct pd_error *err);
/* What setval() does stays when a transaction does not. One that is held is made anew inside of it
   before, and so goes with it; of others sequences_undo() knows where they were. */
pd_status sequence_set(struct pd_sink *sink, const char *name, bool held,
                       const struct sequence_state *was, const struct sequence_state *to,
                       struct pd_error *err);
/* The transaction has come to nothing: those that were not held go back; with --into=append unless
   somebody else has gone on with them. */
void sequences_undo(struct pd_sink *sink);
