// SPDX-License-Identifier: Apache-2.0
/* objects_inside - what the files share that read views, routines, triggers and events. */
#pragma once

#include "maker.h"
#include "objects.h"

/* ---- objects_text.c: SQL as people wrote it, under the mode that they wrote it in ---- */

enum word_kind {
    WORD_END,
    WORD_PLAIN,  /* keyword, name without quotes, number */
    WORD_QUOTED, /* a name in quotes */
    WORD_STRING, /* */
    WORD_MARK    /* one character */
};

struct word {
    enum word_kind kind;
    const char *text; /* with its quotes */
    size_t size;
};

struct text_mode {
    bool ansi_quotes;  /* "x" is a name */
    bool no_backslash; /* \ is a character */
};

struct text_mode text_mode_of(const char *sql_mode);
/* The word at *at, behind blanks and comments; *at moves behind it. */
struct word text_next(const char **at, struct text_mode mode);
bool text_is(const struct word *word, const char *keyword); /* in any case, without quotes */
/* Is it the name, in quotes or without? fold: whatever the case. */
bool text_names(const struct word *word, const char *name, bool fold);
/* The text without the database's own name before others. false: it may go on naming the database,
   since that word stands there for something else too, or without a point; the text was left as it
   is. */
bool text_strip(const char *sql, struct text_mode mode, const char *database, bool fold,
                struct pd_sql *out);

/* ---- objects.c ---- */

/* What an object was made under. */
struct made_under {
    const char *sql_mode;
    const char *collation; /* of the connection */
    const char *time_zone; /* NULL: it does not matter */
};

struct objects {
    struct maker m; /* with the catalogue's pool */
    struct pd_object *list;
    size_t n, room;
    size_t n_settings;
    const char *settings; /* the last ones */
    bool is_verbatim;     /* texts are for this very database */
};

/* Something that is listed, before its text is asked for. */
struct listed_object {
    const char *kind; /* as in SHOW CREATE: "PACKAGE BODY" */
    const char *name;
    const char *table; /* of a trigger */
    const char *timing, *event;
    int64_t order;
    const char *sql; /* once it was asked for */
    bool is_broken;  /* the server warns that what it uses is not there */
    struct made_under under;
};

struct listed_objects {
    struct listed_object *list;
    size_t n, room;
};

/* Its text, from column number `text` of SHOW CREATE, into listed->sql and ->under; a note and NULL
   where the user may not see it. mode and zone: numbers of columns; -1: there is none. */
pd_status objects_show(struct objects *o, struct listed_object *listed, int text, int mode,
                       int zone, int collation);
/* Appends it, and settings before it where it needs others than the one before. */
void objects_add(struct objects *o, const struct listed_object *listed, const char *kind);

pd_status views_read(struct objects *o);    /* objects_views.c */
pd_status routines_read(struct objects *o); /* objects_routines.c */
pd_status triggers_read(struct objects *o); /* objects_triggers.c */
pd_status events_read(struct objects *o);   /* objects_routines.c */
/* objects_grants.c: notes of what the user may not see. */
pd_status grants_check(struct objects *o);
