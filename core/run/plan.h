// SPDX-License-Identifier: Apache-2.0
/* plan - what a copy would make of each column, and what it would leave out; nothing is written. */
#pragma once

#include "run/run.h"

struct plan_column {
    const char *name;
    const char *type;    /* as the source spells it, else the neutral type */
    const char *neutral; /* "decimal(10,2)" */
    const char *native;  /* in the target; NULL: as neutral */
    const char *reason;  /* NULL: none */
    const char *option;  /* that would change it; NULL: none */
    unsigned rung;       /* enum pd_rung */
    bool is_known;       /* the counts below were counted */
    uint64_t n_values;   /* that are not NULL */
    uint64_t n_odd;      /* of them: outliers of the source's type */
    uint64_t n_misfits;  /* of them: that a column that is there cannot hold */
    const char *misfit;  /* one of those, its row, and what to do; NULL: there is none */
};

struct plan_table {
    const char *name; /* with its schema */
    uint64_t n_rows;  /* when is_known */
    bool is_known;
    struct plan_column *columns;
    size_t n_columns;
};

struct plan {
    struct plan_table *tables;
    size_t n_tables;
    size_t n_columns[PD_RUNG_REFUSED + 1]; /* by rung */
    uint64_t n_misfits;                    /* of all columns */
    const char *refusal; /* why the tables cannot be made of such columns; NULL: they can */
};

/* Everything is report's: its arena holds the plan, its lines say what would be left out. */
MUST_USE pd_status plan_run(struct opened_source *source, const struct end *target,
                            const struct run_options *options, struct report *report,
                            struct plan **ret_plan, struct pd_error *err);
