// SPDX-License-Identifier: Apache-2.0
/* policed_inside - what the files of the policed source share. */
#pragma once

#include "migrate/natural.h"
#include "migrate/policed.h"
#include "run/select.h"

/* A foreign key whose columns get other values: of the table itself, or of another one that it
   leads to over foreign keys to columns that get them. */
struct reference {
    const struct pd_foreign *foreign;
    const uint32_t *slots;     /* one a column: its place among the table's recoded columns */
    const struct ident *ident; /* NULL: the columns become NULL */
    uint32_t to;               /* number of the table that it refers to */
};

struct policed_table {
    const struct policy *policy; /* NULL: none was said */
    bool has_no_rows;
    bool
        is_torn; /* it has no rows in this run, and its keys would get values by ways that differ */
    struct pd_foreign *foreigns; /* of the source's table, declared there or in the target */
    size_t n_foreigns;
    struct reference *references;
    size_t n_references;
    uint32_t *recoded; /* numbers of columns */
    size_t n_recoded;
    struct pd_table recoded_table; /* of these columns only, as they are afterwards */
    struct pd_column *shown;       /* all columns as they are afterwards; NULL: as they were */
    long target;                   /* number in the target's catalogue, -1: none */
};

struct policed {
    struct opened_source source; /* what others read from */
    struct pd_source_ops ops;
    struct opened_source *inner;
    struct policed_target target;
    const struct policies *policies;
    const struct run_options *options;
    struct arena *arena;
    struct naturals *naturals; /* NULL: nothing is recreated */
    struct policed_table *tables;
    uint8_t *ways;
};

static inline enum pd_policy_kind
policed_kind(const struct policed *policed, uint32_t table)
{
    const struct policy *policy = policed->tables[table].policy;

    return policy ? policy->kind : PD_POLICY_KEEP;
}

/* Do rows of the table come to the target? */
static inline bool
policed_has_rows(const struct policed *policed, uint32_t table)
{
    return policed->ways[table] != RUN_WAY_LEFT && !policed->tables[table].has_no_rows &&
           select_wants(policed->options, &policed->inner->catalog->tables[table]);
}

/* policed_open.c: what table of the source a table of the target is; -1: none. */
long policed_counterpart(const struct policed *policed, uint32_t target);
/* policed_follow.c: which columns get other values. */
MUST_USE pd_status policed_follow(struct policed *policed, struct pd_error *err);
/* policed_types.c: which of these are of another type then. */
MUST_USE pd_status policed_types(struct policed *policed, struct pd_error *err);
/* Not both are integers, nor both of one kind: what is said of values of one is not said of the
   other. */
bool policed_is_other_kind(const struct pd_column *a, const struct pd_column *b);
/* policed_check.c: refuse rows that refer to rows that are not there any more, or will not be. */
MUST_USE pd_status policed_check(struct policed *policed, struct pd_error *err);
/* policed.c */
MUST_USE pd_status policed_begin(struct policed *policed, struct pd_error *err);
