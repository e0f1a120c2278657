// SPDX-License-Identifier: Apache-2.0
/* stage - what stage.c and stage_clean.c share: the marker of a run that is not finished. */
#pragma once

#include <stdatomic.h>

#include "reserve.h"
#include "write.h"

enum {
    STAGE_WAIT = 5,
    STAGE_RUN = 17,
    STAGE_NAME = 48,
    STAGE_LIST = 256,         /* rows of one INSERT */
    STAGE_RESERVE = 64 * 1024 /* a connection and short statements */
};

/* Before the run's id in the comment of its marker: a table that has no such comment is not ours.
 */
#define STAGE_COMMENT "polydump: an unfinished restore, run "
/* A table's name to hold against a pattern, by its letters: MySQL takes no bytes (BINARY) there. */
#define STAGE_LETTERS "CONVERT(TABLE_NAME USING utf8mb4) COLLATE utf8mb4_bin"
/* Names of everything that a run makes beside final names: staged tables, the marker, and what was
   moved aside. */
#define STAGE_PATTERN "^pd[$][0-9a-f]{16}[$](run|[0-9]+|o[0-9]+)$"

/* Something that stood in the way (--into=replace). */
struct stage_moved {
    const char *name; /* where it stood */
    const char *aside;
    bool is_moved; /* before the rows came: sequences, which are made under their final names */
};

/* A row of the marker. */
struct stage_entry {
    const char *kind;
    const char *name;
    const char *final;
    const char *text;     /* NULL: none */
    const char *settings; /* of the session, for the text; NULL: none */
};

/* A routine, trigger or event that gives way to one of the archive. */
struct stage_kept {
    const char *kind;
    const char *name;
};

struct sink_stage {
    struct reserve reserve; /* for what has to be done in any case; from before the marker on */
    char run[STAGE_RUN];
    bool is_made;         /* the marker is there, or may be */
    bool is_done;         /* the marker says so */
    atomic_uint n_joined; /* sessions of the run */
    struct stage_kept *kept;
    size_t n_kept;
    size_t kept_room;
    struct stage_moved *moved;
    size_t n_moved;
    size_t moved_room;
};

/* ---- stage.c ---- */

pd_status stage_put(struct pd_sink *sink, const struct stage_entry *entries, size_t n,
                    struct pd_error *err);
/* Does a table, view or sequence of that name give way? */
bool stage_will_move(const struct pd_sink *sink, const char *name);
/* As the server compares names of tables. */
bool stage_is_same_name(const struct pd_sink *sink, const char *a, const char *b);

/* Before anything is changed: keeps other runs out, and cleans up behind one that was not ended. */
pd_status stage_enter(struct pd_sink *sink, struct pd_error *err);

/* ---- stage_clean.c ---- */

/* Only one run at a time is at work in a database, for as long as its connection lives. */
pd_status stage_lock(struct my *my, int seconds, struct pd_error *err);
/* The run whose marker is in the database, "" when there is none. */
pd_status stage_read(struct my *my, char run[STAGE_RUN], struct pd_error *err);
/* Drops what the run has made and puts back what it had moved, then drops its marker; after
   stage_end() has begun, finishes that, which *ret_done tells; NULL: nobody asks. */
pd_status stage_drop_run(struct my *my, const char *run, bool *ret_done, struct pd_error *err);
/* What a finished run left behind: the past. */
pd_status stage_drop_past(struct my *my, const char *run, struct pd_error *err);
pd_status stage_drop_marker(struct my *my, const char *run, struct pd_error *err);
/* A view, sequence, routine, package, trigger or event, where it is there; nothing of other kinds.
 */
pd_status stage_drop_object(struct my *my, const char *kind, const char *name,
                            struct pd_error *err);
/* Staged tables that no marker lists. */
pd_status stage_drop_rest(struct my *my, struct pd_error *err);

/* ---- stage_lost.c ---- */

/* A line for each trigger of a table that gives way, unless the run makes one of its name. */
pd_status stage_say_lost(struct pd_sink *sink, struct pd_error *err);

/* ---- stage_kept.c ---- */

/* What is there of the objects that stage_keep() lists is made again as it was, where the run had
   begun to replace it. */
pd_status stage_put_back(struct my *my, const char *run, struct pd_error *err);
