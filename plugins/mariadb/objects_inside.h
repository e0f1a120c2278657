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
/* May what it does depend on the collation of the database that it is made in? Its variables have
   that one unless they say another, and so have tables that it makes. */
bool text_uses_database(const char *sql, struct text_mode mode);

/* ---- objects_strip.c: the database's own name in a text ---- */

/* What stands for something else, or would, without the database before it. */
struct own_names {
    const char *database;
    bool fold;            /* names of databases and tables are the same in any case */
    bool is_taken;        /* a package or sequence has its name: NAME.x may be a part of that */
    const char **natives; /* functions of the database that the server has, too */
    size_t n_natives, room;
    const char **packages;
    size_t n_packages, package_room;
};

/* Stands for the database that a text is made in, where it cannot do without: before a package and
   its routine, which two names alone would look for in a database of the package's name. */
#define OWN_DATABASE "`pd$database`"

/* The text without the database's own name before others, or with OWN_DATABASE for it. false: it
   may go on naming the database, since that word, or one that it stands before, is there for
   something else too, or it stands without a point; the text was left as it is but for what surely
   is the database. is_written: by the server, as those of views are. */
bool text_strip(const char *sql, struct text_mode mode, const struct own_names *names,
                bool is_written, struct pd_sql *out);

/* ---- objects_strings.c ---- */

/* Has one of its strings the database's name, alone or before a point? It may be a statement, or
   ask for what is in the database; nobody can tell. */
bool text_has_in_string(const char *sql, struct text_mode mode, const struct own_names *names);

/* ---- objects_under.c ---- */

/* What stands in quotes behind the name in settings; NULL: nothing. */
const char *under_value(const char *settings, const char *name, size_t *ret_size);
pd_status under_apply(struct my *my, const char *settings, struct pd_error *err);
/* A statement that was made under settings (NULL: the session's own), after under_apply(). Its
   warnings can be asked for before under_end(), after which other statements may follow. */
pd_status under_run(struct my *my, const char *settings, const char *sql, struct pd_error *err);
pd_status under_end(struct my *my, const char *settings, struct pd_error *err);

/* ---- objects.c ---- */

/* In settings, before the collation of the database and the character set of who typed it. */
#define MY_OF_DATABASE "collation_database = "
#define MY_OF_CLIENT "character_set_client = "

/* What an object was made under. */
struct made_under {
    const char *sql_mode;
    const char *collation; /* of the connection */
    const char *client;    /* the character set that it was typed in; NULL: unknown */
    const char *database;  /* the collation of the database; NULL: it does not matter */
    const char *time_zone; /* NULL: it does not matter */
};

struct objects {
    struct maker m; /* with the catalogue's pool */
    struct pd_object *list;
    size_t n, room;
    size_t n_settings;
    const char *settings; /* the last ones */
    bool is_verbatim;     /* texts are for this very database */
    struct own_names names;
};

/* Something that is listed, before its text is asked for. */
struct listed_object {
    const char *kind; /* as in SHOW CREATE: "PACKAGE BODY" */
    const char *name;
    const char *table; /* of a trigger */
    const char *timing, *event;
    int64_t order;
    const char *comment; /* of a routine or event */
    const char *sql;     /* once it was asked for */
    bool is_broken;      /* the server warns that what it uses is not there */
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

/* As objects_add(), of what runs nothing and needs no settings: it is replayed without asking. */
void objects_add_passive(struct objects *o, const char *kind, const char *name, const char *sql);

/* ---- objects_shown.c ---- */

/* Its text, as objects_show(), and whether the source can use it. other: a session out of the
   readers' transactions, which is opened when it is wanted; to be given to my_close(). */
pd_status shown_view(struct objects *o, struct my **other, struct listed_object *view);
/* What the server's catalogue has of a view, or of none: its name, its text and more. */
pd_status shown_definition(struct my *my, const char *name, MYSQL_RES **ret_result,
                           struct pd_error *err);

/* ---- One kind after the other ---- */

pd_status names_read(struct objects *o);   /* objects_names.c: o->names */
pd_status engines_read(struct objects *o); /* objects_engines.c */
pd_status sequence_types_read(struct objects *o);
pd_status views_read(struct objects *o);    /* objects_views.c */
pd_status routines_read(struct objects *o); /* objects_routines.c */
pd_status triggers_read(struct objects *o); /* objects_triggers.c */
pd_status events_read(struct objects *o);   /* objects_routines.c */
/* objects_grants.c: notes of what the user may not see. */
pd_status grants_check(struct objects *o);
