// SPDX-License-Identifier: Apache-2.0
/* parse - reads the CREATE statements that sqlite_schema keeps. It knows the shape of statements,
   not of expressions: these are spans of balanced tokens. */
#pragma once

#include <stdbool.h>

#include <polydump/pool.h>

/* A piece of the statement's text, not NUL-ended; text NULL: it is not there. */
struct sql_span {
    const char *text;
    size_t size;
};

enum parse_kind { PARSE_TABLE = 1, PARSE_VIRTUAL, PARSE_INDEX, PARSE_VIEW, PARSE_TRIGGER };

/* A column or an expression in a key. */
struct parse_part {
    const char *column;         /* NULL: an expression (or a quoted name that may be one) */
    struct sql_span expression; /* without COLLATE, ASC and DESC at its end */
    const char *collation;      /* NULL: none written */
    bool descending;
};

enum parse_constraint_kind {
    PARSE_PRIMARY = 1,
    PARSE_UNIQUE,
    PARSE_CHECK,
    PARSE_FOREIGN,
    PARSE_NOT_NULL
};

struct parse_constraint {
    enum parse_constraint_kind kind;
    const char *name;         /* NULL: none */
    int column;               /* number of the column that it is written at; -1: it stands alone */
    const char *conflict;     /* "REPLACE" ... as written; NULL: none */
    struct parse_part *parts; /* PRIMARY, UNIQUE, FOREIGN: never empty */
    size_t n_parts;
    struct sql_span expression; /* CHECK, without the parentheses around it */
    bool autoincrement;         /* PRIMARY */
    const char *to_table;       /* FOREIGN */
    const char **to_columns;    /* NULL: the parent's primary key */
    size_t n_to_columns;
    int on_update; /* enum pd_action */
    int on_delete;
    const char *match; /* NULL: none */
    bool deferrable;
    bool deferred; /* initially */
};

struct parse_column {
    const char *name;
    struct sql_span type;  /* as it is written, "" when there is none */
    const char *collation; /* NULL: none */
    /* The term after DEFAULT, parentheses included. */
    struct sql_span default_term;
    int generated;              /* enum pd_generated */
    struct sql_span expression; /* generated: without the parentheses around it */
};

struct parse_statement {
    enum parse_kind kind;
    const char *schema; /* NULL: none written */
    const char *name;
    const char *table;    /* INDEX, TRIGGER: on which */
    struct sql_span body; /* VIRTUAL: the arguments of the module; VIEW, TRIGGER: the rest */
    const char *module;   /* VIRTUAL */
    struct parse_column *columns;
    size_t n_columns;
    struct parse_constraint *constraints; /* in the order of the text */
    size_t n_constraints;
    bool without_rowid;
    bool strict;
    bool unique;              /* INDEX */
    struct parse_part *parts; /* INDEX */
    size_t n_parts;
    struct sql_span predicate; /* INDEX ... WHERE */
    bool temporary;     /* never in sqlite_schema; a text that says so is refused by a replay */
    bool if_not_exists; /* idem */
    /* The first function called that is not on the list of harmless ones, or operator that calls
       one; NULL: none. In a table or index without it the statement is passive. */
    const char *stray_function;
};

/* PD_OK; PD_UNSUPPORTED: not one whole CREATE statement that is understood to its last token;
   PD_FATAL: memory is short. A semicolon at the end is admitted. The result lies in the pool and
   points into sql. */
pd_status parse_create(struct pd_pool *pool, const char *sql,
                       struct parse_statement **ret_statement);
/* A table or an index that runs nothing but harmless built-in functions, and nothing odd. */
bool parse_is_passive(const struct parse_statement *statement);
/* Is a function known to be built in, free of effects and bounded? */
bool parse_function_is_harmless(const char *name);
