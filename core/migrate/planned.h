// SPDX-License-Identifier: Apache-2.0
/* planned - what a step has said that it will do: the schema after it, and the way of each table's
   rows. Made by changes.c, carried out by stage.c. */
#pragma once

#include <polydump/migration.h>

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"

struct opened_source;

/* The way of the rows of a table of `before`. */
struct flow {
    uint32_t to_table; /* number in `after`; PD_NO_TABLE: nowhere, unless rows() emits them */
    bool seen;         /* they go through rows(); else straight, column by column */
    uint32_t turn;     /* of those that are seen: 0 is first */
    /* One a column of to_table: the number of the column of `before` that it comes from, or
       PD_NO_COLUMN: it has its literal default, or NULL. NULL: there is no to_table. */
    const uint32_t *columns;
    const uint32_t *emits; /* numbers in `after`, ascending, to_table not among them */
    size_t n_emits;
    /* One a column of `before`: it is generated, and rows() has its values all the same. NULL: none
       is. */
    const bool *computed;
};

/* Where the rows of a table of `after` come from, in this order: */
struct feed {
    const uint32_t *tables; /* numbers in `before` whose to_table it is: its own first, then merged
                               ones in the order of the calls; those that are seen, too */
    size_t n_tables;
    bool is_emitted; /* some other table's rows() may make rows of it: they come last */
    bool may_update;
    bool is_asked; /* its rows go through before_save() */
    /* The same rows, columns and types in the same order as tables[0] of `before`: whatever is
       known of that one holds (facts, digests, native SQL). */
    bool is_untouched;
};

struct planned_need {
    uint32_t table;       /* number in `after` */
    const uint32_t *keys; /* numbers of columns in it */
    size_t n_keys;
    const uint32_t *values; /* numbers of columns in it */
    size_t n_values;
    bool takes_first; /* of several rows of one key; else they are told apart */
};

struct planned {
    const struct pd_catalog *before; /* borrowed */
    struct pd_catalog *after;        /* the arena's, checked like a plugin's */
    struct flow *flows;              /* one a table of `before` */
    struct feed *feeds;              /* one a table of `after` */
    const uint32_t *made; /* tables of `after` that rows come into before and behind all others */
    size_t n_made;
    const uint32_t *seen; /* tables of `before` that are seen, in their turns */
    size_t n_seen;
    struct planned_need *needs;
    size_t n_needs;
    struct pd_statement *statements;
    size_t n_statements;
    const char **left_out; /* lines: native objects that a changed table does not let stand */
    size_t n_left_out;
    const char **told; /* lines: what the step itself takes away, and people may miss */
    size_t n_told;
};

/* Let a migrator plan; everything in *ret_planned is the arena's. `from` and `to` of the migration
   become the versions of `before` and `after`. migrator may be NULL. */
MUST_USE pd_status changes_plan(const struct pd_migration *migration, struct pd_migrator *migrator,
                                const struct pd_catalog *before, struct arena *arena,
                                struct planned **ret_planned, struct pd_error *err);
/* The same of a source's catalogue, which may have values of generated columns. */
MUST_USE pd_status changes_plan_on(const struct pd_migration *migration,
                                   struct pd_migrator *migrator, struct opened_source *source,
                                   struct arena *arena, struct planned **ret_planned,
                                   struct pd_error *err);
