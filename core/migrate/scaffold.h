// SPDX-License-Identifier: Apache-2.0
/* scaffold - the first draft of a migration in Lua, out of two databases: what became of tables and
   columns as calls, what is only likely as calls that say so, what no script can say as comments,
   and a function for each table whose rows have to be looked at (doc/migrations.md). */
#pragma once

#include "base/buffer.h"
#include "run/run.h"

struct scaffold_options {
    const char *from; /* version of the old one; NULL: whoever edits the script fills it in */
    const char *to;   /* version of the new one; NULL: the same */
    uint64_t n_rows;  /* of each table at most that are looked at; 0: none */
    const char *const *only;    /* NULL-ended patterns of table names; NULL: all */
    const char *const *exclude; /* NULL-ended */
};

/* What is in the script. */
struct scaffold_counts {
    size_t n_calls;
    size_t n_guesses;   /* of them, or instead of them: what whoever edits it has to decide */
    size_t n_unsaid;    /* comments on what a script cannot say */
    size_t n_functions; /* for rows */
};

/* The text of the script goes behind what is in *out. The sources are read up to n_rows of those
   tables that do not explain themselves by their names. */
MUST_USE pd_status scaffold(struct opened_source *old, struct opened_source *now,
                            const struct scaffold_options *options, struct buffer *out,
                            struct scaffold_counts *ret_counts, struct pd_error *err);
