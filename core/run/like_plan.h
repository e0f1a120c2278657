// SPDX-License-Identifier: Apache-2.0
/* like_plan - how two catalogues belong together: private to like*.c. */
#pragma once

#include "model/convert.h"
#include "run/like.h"

/* A table of a and the one of b that it is compared with. */
struct like_pair {
    const struct pd_table *a;
    const struct pd_table *b;
    uint32_t a_number;
    uint32_t b_number;
    uint32_t *to_b;  /* of each column of a: its number in b, PD_NO_COLUMN: none */
    uint32_t *to_a;  /* of each column of b */
    uint32_t *shown; /* of each column of b: its number in the table shown, PD_NO_COLUMN: none */
    bool *tagged;    /* of each column of a: b holds it as text that tells storage classes apart */
    bool renamed;    /* some column has another name in b */
};

/* A table as it is shown. */
struct like_table {
    uint32_t b_number;
    const uint32_t *columns; /* of each column: its number in b */
    size_t n_columns;
    const struct convert_column *converts; /* one a column of b */
    const bool *exact; /* of each column of b: its values are shown as they are */
};

struct like_plan {
    struct arena *arena;
    struct opened_source *source_a;
    struct opened_source *source_b;
    const struct pd_catalog *a;
    const struct pd_catalog *b;
    const struct like_options *options;
    bool same_engine;
    bool is_strict;            /* ... and what a says of itself is its engine's own word */
    struct like_pair *pairs;   /* of those tables of a that b has, in a's order */
    size_t n_pairs;            /* */
    uint32_t *pair_of_a;       /* of each table of a: its pair, PD_NO_TABLE: none */
    uint32_t *pair_of_b;       /* */
    struct pd_catalog *shown;  /* */
    struct like_table *tables; /* one a table shown */
    struct like_difference *differences;
    size_t n_differences;
    size_t difference_room;
    struct pd_source_ops ops; /* like.c */
};

/* One more difference. */
MUST_USE pd_status like_differs(struct like_plan *plan, uint32_t part, uint32_t table,
                                uint32_t number, struct pd_error *err, const char *fmt, ...)
    PD_PRINTF(6, 7);
bool like_same_text(const char *a, const char *b); /* NULL is "" */
/* Expressions in the portable grammar, both in the names of a's table: to the letter between the
   same engine, else by what they say. */
bool like_same_expression(const struct like_plan *plan, const struct pd_table *table, const char *a,
                          const char *b);
/* An expression of b in a's names; *ret_text is the plan's. NULL stays NULL. */
MUST_USE pd_status like_expression(struct like_plan *plan, const struct like_pair *pair,
                                   const char *text, const char **ret_text, struct pd_error *err);
/* "expression of column", as the parts are called in messages. */
const char *like_part_name(uint32_t part);

/* like_match.c: pairs of tables and columns; names that were changed are differences. */
MUST_USE pd_status like_match(struct like_plan *plan, struct pd_error *err);
/* like_tags.c: which columns are tagged; a's values may have to be read. */
MUST_USE pd_status like_tags(struct like_plan *plan, struct pd_error *err);
/* like_columns.c: the columns of a pair as they are shown, with how they are decoded. */
MUST_USE pd_status like_columns(struct like_plan *plan, struct like_pair *pair,
                                struct pd_table *shown, struct like_table *table,
                                struct pd_error *err);
/* like_bounds.c: a type of b holds no less than that of a column of a, and where both are of one
   kind, its length, digits and labels are the same, or not said by the type. */
bool like_same_bounds(const struct like_pair *pair, uint32_t column);
/* like_keys.c, like_checks.c, like_foreign.c: those parts of the table shown. */
MUST_USE pd_status like_keys(struct like_plan *plan, const struct like_pair *pair,
                             struct pd_table *shown, struct pd_error *err);
MUST_USE pd_status like_checks(struct like_plan *plan, const struct like_pair *pair,
                               struct pd_table *shown, struct pd_error *err);
MUST_USE pd_status like_foreigns(struct like_plan *plan, const struct like_pair *pair,
                                 struct pd_table *shown, struct pd_error *err);
/* Engines that fold case keep the key as it was written. -1: there is none. */
long like_parent(const struct pd_catalog *catalog, const struct pd_table *child,
                 const struct pd_foreign *foreign);
/* The number of the column that part i points to; -1: nobody knows. */
long like_parent_column(const struct pd_table *parent, const struct pd_foreign *foreign, size_t i);
/* like_rest.c: sequences, objects and properties of the catalogue shown. */
MUST_USE pd_status like_rest(struct like_plan *plan, struct pd_error *err);
/* What a counter is limited to when nobody says more: like PostgreSQL's, 1 to the type's end. */
bool like_same_counter(const struct pd_counter *a, const struct pd_counter *b, int kind,
                       bool strict);
