// SPDX-License-Identifier: Apache-2.0
/* write - what the files that write rows share beyond sink.h. */
#pragma once

#include <pthread.h>

#include "encode.h"

/* A table that the run makes, as far as it is known to all who write. */
enum write_state { TABLE_MISSING, TABLE_IN_MAKING, TABLE_MADE, TABLE_LOST };

/* The origin's, shared by all its twins. */
struct write_tables {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    uint8_t *states; /* enum write_state, one a table of the catalogue */
};

struct sink_writer {
    struct write_tables *tables;
    struct encoder encoder;
    bool is_open;        /* whether the run is one transaction is not settled yet; see sink.c */
    bool in_run;         /* that transaction was begun */
    bool is_prepared;    /* */
    bool is_completed;   /* */
    bool is_finished;    /* */
    bool begun;          /* start() was called */
    uint32_t number;     /* of the table */
    uint32_t n_parts;    /* of it, 0: unknown */
    bool in_transaction; /* of this table alone (ATOMIC_MARKED) */
    bool has_made;       /* the table, in that transaction */
    bool in_copy;
    uint64_t n_sent;    /* rows of the COPY that goes on */
    bool lo_begun;      /* the places for large objects were made */
    uint64_t n_objects; /* large objects that were made */
};

/* ---- write.c ---- */

/* Nothing asked for twins before the first table: the run is one transaction. */
void write_settle(struct pd_sink *sink);
/* The writer of a sink, or of a twin (of: the sink it is shared from). */
pd_status write_open(struct pd_sink *sink, struct pd_sink *of, struct pd_error *err);
/* COPY table (columns) FROM STDIN, and what comes before the first row. */
pd_status write_copy(struct pd_sink *sink, const char *sql, struct pd_error *err);
/* Ends a COPY; the server must have stored all that was sent. *ret_line as pg_copy_end(). */
/* Of an SQLSTATE: what a statement names is not there. */
bool write_is_unknown(const char *sqlstate);
pd_status write_copy_end(struct pd_sink *sink, uint64_t *ret_line, struct pd_error *err);
/* Rows first <= row < end of the batch that was given to the encoder. */
pd_status write_rows(struct pd_sink *sink, uint32_t first, uint32_t end,
                     const struct encode_long *from, struct pd_error *err);
/* "COPY t (a, b) FROM STDIN ..." */
void write_copy_sql(const struct pd_sink *sink, const struct target_table *t, struct pd_sql *sql);

/* ---- rejects.c ---- */

/* A batch into a table with constraints: what the server refuses is found out row by row. */
pd_status rejects_batch(struct pd_sink *sink, const struct pd_batch *batch,
                        const struct encode_long *from, struct pd_rejects *rejects,
                        struct pd_error *err);

/* Is what the server complained of about a row, so that others may get in? */
bool rejects_is_about_rows(const struct pg *pg);
/* ---- orphans.c ---- */

/* Rejects those rows first <= row < end that point to rows which are not there. Some may be
   missed. */
pd_status orphans_reject(struct pd_sink *sink, uint32_t first, uint32_t end, struct pd_error *err);

/* ---- large_objects.c ---- */

pd_status large_objects_batch(struct pd_sink *sink, const struct encode_long *from,
                              struct pd_error *err);
/* Before the first: those that are there go when tables are emptied first. */
pd_status large_objects_empty(struct pd_sink *sink, struct pd_error *err);
/* Nothing of the passage stays. */
pd_status large_objects_end(struct pd_sink *sink, struct pd_error *err);

/* ---- review.c ---- */

pd_status review_open(struct pd_sink *sink, struct pd_source **ret_source, struct pd_error *err);

/* ---- commit.c ---- */

/* Commits what is open on pg, for good: it is durable when this returns PD_OK. What became of it
   is found out when the connection is lost meanwhile, if that can be found out. */
pd_status commit_run(struct pd_sink *sink, struct pd_error *err);

/* ---- marker.c ---- */

#define MARKER_NAME "polydump_run"
#define MARKER_TABLE "\"public\".\"" MARKER_NAME "\""
/* The comment on it, before the run's id: a table that has no such comment is not ours. */
#define MARKER_COMMENT "polydump: an unfinished restore, run "

enum { MARKER_RUN = 33 };

struct marker_object {
    const char *kind;
    const char *schema; /* NULL: public */
    const char *name;
};

struct sink_marker {
    struct pd_host calm;  /* the core's, but never cancelled: for what has to be done in any case */
    char run[MARKER_RUN]; /* id */
    bool is_made;         /* the table is there, or will be with the open transaction */
    bool is_kept;         /* the transaction that made it was committed */
    struct marker_object *objects; /* made so far, in case that the table will be made */
    size_t n_objects;
    size_t objects_room;
};

/* Before anything is changed: keeps other runs out, and cleans up behind one that was not ended. */
pd_status marker_enter(struct pd_sink *sink, struct pd_error *err);
/* Names the session after the run, so that whoever cleans up finds it. */
pd_status marker_name_session(const struct pd_sink *sink, struct pg *pg, struct pd_error *err);
/* The id of the run that left a marker in the database, "" when there is none. */
pd_status marker_read(struct pg *pg, char run[MARKER_RUN], struct pd_error *err);
/* Another connection, which also works when the run was cancelled. */
pd_status marker_connect(struct pd_sink *sink, struct pg **ret_pg, struct pd_error *err);
/* A run whose marker this thread passes by in marker_refuse(); NULL: none. */
void marker_admit(const char *run);

/* ---- marker_clean.c ---- */

/* Puts those objects that the open transaction has made, and that are not known by a name, on the
   marker's list. */
pd_status marker_number(struct pg *pg, struct pd_error *err);
/* Drops what the marker lists, then the marker, over pg; the marker stays if something else does.
 */
pd_status marker_drop_all(struct pg *pg, struct pd_error *err);
