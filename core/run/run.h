// SPDX-License-Identifier: Apache-2.0
/* run - what every run is told and what it reports: options, ends, the ledger of tables. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <polydump/migration.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "model/digest.h"
#include "model/value_rule.h"
#include "plugin/url.h"

/* What the user wants with objects that only their own engine has. */
enum run_native { RUN_NATIVE_UNSAID = 0, RUN_NATIVE_YES = 1, RUN_NATIVE_NO = 2 };

/* SQL of a step of a migration for the target's engine. */
struct run_statement {
    struct pd_statement statement; /* first: sinks are given an array of these */
    const char *step;              /* for messages: "step '1.0' -> '1.1' (1.0.lua)" */
};

/* What becomes of a table of the source, whatever patterns say (core/migrate/policed.h). */
enum run_way {
    RUN_WAY_ALONG = 0,  /* it travels */
    RUN_WAY_LEFT = 1,   /* the target's own stays as it is */
    RUN_WAY_EMPTIED = 2 /* it travels, and rows of the target's go first */
};

/* What is said of columns that the target has already (rules.h). */
struct run_said {
    const char *const *list; /* NULL-ended; NULL: nothing */
    bool stands;             /* for whatever run: where it fits nothing it says nothing */
};

/* Shared by all commands; zero is the default but where it says otherwise. */
struct run_options {
    unsigned jobs; /* lanes at most; 0: one a processor */
    int order;     /* enum pd_order */
    int native;    /* enum run_native */
    int facts;     /* enum pd_fact_level that the source is asked for; 0: count */
    int verify;    /* enum pd_fact_level of the target after writing; 0: engine, -1: none */
    bool schema_only;
    bool data_only;
    bool quiet;
    const char *const *only;                   /* NULL-ended patterns of table names; NULL: all */
    const char *const *exclude;                /* NULL-ended */
    const char *const *where;                  /* NULL-ended, "table: condition" */
    const char *const *schema_map;             /* NULL-ended, "from=to"; "" is the default schema */
    struct run_said epochs;                    /* "TABLE.COLUMN=UNIT" */
    struct run_said zones;                     /* "ZONE", "TABLE.COLUMN=ZONE" */
    struct run_said bool_texts;                /* "TABLE.COLUMN" */
    struct run_said uuid_bytes;                /* "TABLE.COLUMN" */
    struct run_said drop_columns;              /* "TABLE.COLUMN": left behind */
    struct run_said values[VALUE_RULE_COUNT_]; /* "RULE", "TABLE.COLUMN=RULE" (ruled.h) */
    const char *application;
    const char *application_version;
    const struct run_statement *statements; /* in their order */
    size_t n_statements;
    const uint8_t *ways;       /* enum run_way, one a table of the source; NULL: all travel */
    const struct end *rejects; /* an archive for rows that the target refuses; NULL: they end the
                                  run */
    uint64_t max_rejects;      /* rows that are refused or wait; 0: the default */
    const struct save_hook *save_hook; /* NULL: nobody asks for it */
    const char *identity;              /* of the database that is read; NULL: not known */
    const char *const *unseen; /* is_left: SQL that its rows have not seen; NULL-ended, or NULL */
    bool is_left; /* the source is an archive of --rejects: an earlier run has begun with it */
};

struct pd_answers; /* migration.h */

/* What steps of a migration say of rows on their way into the target. */
struct save_hook {
    void *arg;
    /* Does a step want to see rows of this table of the source? */
    bool (*wants)(void *arg, uint32_t table);
    /* Waits for its turn. */
    pd_status (*ask)(void *arg, uint32_t table, const struct pd_batch *batch,
                     struct pd_answers *answers, struct pd_error *err);
};

/* A line of the ledger: read = written + skipped + rejected, or the run fails. */
struct ledger_table {
    const char *name;      /* with its schema */
    uint64_t rows_counted; /* by the source's engine, when has_count */
    uint64_t rows_read;
    uint64_t rows_written;
    uint64_t rows_filtered; /* left out by --where: counted less read */
    uint64_t rows_rejected;
    uint64_t rows_updated; /* of those written: a row with their key was there before */
    uint64_t rows_skipped; /* a row with their key was there, and stayed as it was */
    bool has_count;
    struct digest digest;
};

/* What a line of what was left out is about; table and number count in the source's catalogue. */
struct report_part {
    uint32_t part; /* enum pd_part; 0: nothing that has a number */
    uint32_t table;
    uint32_t number;
    bool asked_for; /* the user said so */
    bool is_native; /* made with --native only */
    bool is_broken; /* rows break it */
    bool is_more;   /* another statement of what the line before is about */
};

/* Where a table of the source stands in the target. */
struct placement {
    const char *schema;         /* NULL: the default */
    const char *name;           /* NULL: nowhere */
    const char *const *columns; /* see pd_placed */
    bool is_triggered;          /* PD_PLACED_TRIGGERED */
};

/* A column that the target does not store as a type of its own that holds all its values. */
struct mapped_column {
    const char *table; /* with its schema */
    const char *column;
    const char *native; /* the type in the target; NULL: unknown */
    const char *reason; /* NULL: none was said */
    const char *option; /* that would change it; NULL: none */
    unsigned rung;      /* enum pd_rung */
};

struct report {
    struct arena *arena; /* all strings and lists; the report's own */
    struct ledger_table *tables;
    size_t n_tables;
    uint64_t rows_read;
    uint64_t rows_written;
    uint64_t rows_rejected;
    uint64_t rows_updated; /* see struct ledger_table */
    uint64_t rows_skipped;
    uint64_t bytes; /* of batches, uncompressed */
    double seconds;
    const char **left_out;     /* lines: what was not carried */
    struct report_part *parts; /* one a line of left_out */
    size_t n_left_out;
    size_t left_out_room;
    size_t n_asked_for;       /* of them: left out because the user said so */
    const char **differences; /* lines: what a verification found */
    size_t n_differences;
    uint64_t n_unshown; /* differences beyond those lines */
    size_t difference_room;
    const char **ran; /* lines: SQL that was run on the target */
    size_t n_ran;
    size_t ran_room;
    const char **notes; /* lines: what was done as the source has it, and is worth knowing */
    size_t n_notes;
    size_t note_room;
    struct placement
        *places; /* of the source's tables, once the target is written; NULL: an archive */
    size_t n_places;
    struct mapped_column *mapped;
    size_t n_mapped;
    size_t mapped_room;
    uint64_t facts_compared;
    bool is_believed; /* what was written was to be compared, and cannot be read back */
    uint64_t tables_verified;
    const char **rejects; /* lines for people about rows that were rejected, the first ones */
    size_t n_rejects;
    size_t reject_room;
    int reject_lines;         /* a temporary file: a line of JSON about each of them; -1: none */
    uint64_t n_reject_bytes;  /* of it */
    const char *rejects_path; /* of the archive that they are in; NULL: there are none */
    const char *migration;    /* "1.0 -> 1.1 -> 2.0"; NULL: none was asked for */
    char content_id[33];      /* of the archive that was read or written; "" when there is none */
};

MUST_USE pd_status report_new(struct report **ret_report, struct pd_error *err);
void report_free(struct report *report);
CLEANUP_DEFINE(report, report_free);
/* Add a line; a shortage of memory is an error like any other. */
MUST_USE pd_status report_left_out(struct report *report, bool asked_for, struct pd_error *err,
                                   const char *fmt, ...) PD_PRINTF(4, 5);
/* The same for a line that says what it is about. */
MUST_USE pd_status report_left_out_part(struct report *report, const struct report_part *part,
                                        const char *text, struct pd_error *err);
/* Is the line for people? What --no-native left out is told in one line for all. */
bool report_left_out_shows(const struct report *report, size_t i);
/* How many that one is about. */
size_t report_n_unmissed(const struct report *report);
/* Whatever has been left out so far: the tables are there, and the rest of the schema is theirs. */
void report_forgive(struct report *report);
MUST_USE pd_status report_difference(struct report *report, struct pd_error *err, const char *fmt,
                                     ...) PD_PRINTF(3, 4);
uint64_t report_n_found(const struct report *report); /* differences, shown or not */
MUST_USE pd_status report_ran(struct report *report, struct pd_error *err, const char *text);
MUST_USE pd_status report_note(struct report *report, struct pd_error *err, const char *fmt, ...)
    PD_PRINTF(3, 4);
MUST_USE pd_status report_reject(struct report *report, const char *text, struct pd_error *err);
/* Lines of JSON about rejected rows, each with its end; the buffer is empty then. */
MUST_USE pd_status report_reject_lines(struct report *report, struct buffer *lines,
                                       struct pd_error *err);
/* Read them again, from their begin to their end: *ret_size 0. */
MUST_USE pd_status report_reject_read(const struct report *report, uint64_t at, void *bytes,
                                      size_t size, size_t *ret_size, struct pd_error *err);
/* Strings are copied. */
MUST_USE pd_status report_mapped(struct report *report, const struct mapped_column *column,
                                 struct pd_error *err);
/* 0, 3 or 4, from what the report holds. */
int report_exit_status(const struct report *report);

/* A source that is open, with its catalogue as the core owns it. */
struct opened_source {
    const struct pd_source_ops *ops;
    struct pd_source *handle;
    const char *engine; /* name of the plugin that reads it */
    struct arena *arena;
    struct pd_catalog *catalog;
};

/* Open an end for reading and adopt its catalogue. */
MUST_USE pd_status source_open(const struct end *end, struct opened_source **ret_source,
                               struct pd_error *err);
/* Wrap a handle that is open already (a sink's review); it is closed with it. */
MUST_USE pd_status source_wrap(const struct pd_source_ops *ops, struct pd_source *handle,
                               const char *engine, struct opened_source **ret_source,
                               struct pd_error *err);
/* For run_options.identity, of the source that an end opened; "": not known. */
enum { RUN_IDENTITY_SIZE = 1024 };
MUST_USE pd_status source_identify(const struct opened_source *source,
                                   char identity[RUN_IDENTITY_SIZE], struct pd_error *err);
/* Sets is_left and unseen, which is the source's. */
void source_continue(const struct opened_source *source, struct run_options *options);
/* Refuses a sink that would write to what is read. */
MUST_USE pd_status sink_meet(const struct pd_sink_ops *ops, struct pd_sink *sink,
                             const struct run_options *options, struct pd_error *err);
void source_close(struct opened_source *source);
CLEANUP_DEFINE(opened_source, source_close);

/* Lanes for options.jobs: processors when it is 0, at least 1, at most 64. */
unsigned run_lanes(const struct run_options *options);
/* A folder for temporary files: beside path, or TMPDIR or /tmp when path is NULL. */
MUST_USE pd_status run_temporary_folder(const char *path, int *ret_folder, struct pd_error *err);
double run_clock(void); /* seconds, monotonic */
