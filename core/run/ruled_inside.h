// SPDX-License-Identifier: Apache-2.0
/* ruled_inside - what the files of a ruled source share. */
#pragma once

#include <pthread.h>

#include "model/value_rule.h"
#include "run/ruled.h"

/* A column that a rule is for. */
struct ruled_column {
    uint32_t column; /* of its table */
    struct value_rules rules;
    bool is_key;            /* of a primary or unique key */
    const char *key;        /* the key or foreign key that has it, for messages; NULL: none */
    struct pd_column shown; /* as it is read */
    struct pd_table alone;  /* a table of it alone */
    uint64_t n[VALUE_RULE_COUNT_]; /* values that rules were for, in the last pass */
    bool is_left;                  /* it does not travel */
    const char *default_was;       /* that followed a rule; NULL: none did */
    int default_rule;              /* which */
};

struct ruled_table {
    struct ruled_column *columns;
    uint32_t n_columns; /* 0: it is read as it is */
};

/* What was said, once more as it was given: "TABLE.COLUMN=null", or "null" for all columns. */
struct ruled_saying {
    int rule;
    bool stands; /* see struct run_said */
    const char *text;
    const char *pattern; /* NULL: all columns */
    struct value_gives gives;
};

/* What is known of where the rows go. */
struct ruled_target {
    bool in_place;        /* into tables that are there */
    bool keeps_defaults;  /* it is of the source's engine, or an archive */
    const char *conflict; /* what becomes of a row whose key is there: "skip"; NULL: an error */
};

struct ruled {
    struct arena *arena;
    struct opened_source *inner;
    struct opened_source source; /* what others read */
    struct pd_source_ops ops;
    struct ruled_target target;
    const struct run_options *options;
    struct ruled_saying *sayings;
    size_t n_sayings;
    struct ruled_table *tables; /* one a table of inner */
    pthread_mutex_t mutex;      /* of all `n` */
};

/* Rules for columns, from what was said: fills tables. */
MUST_USE pd_status ruled_said(struct ruled *ruled, struct pd_error *err);
/* Does the column take NULL? Numbers are those of the source. */
typedef bool ruled_takes_null(const void *arg, uint32_t table, uint32_t column);
/* What was to become NULL in a column that takes none is kept; where it was said by name and there
   is no other such column, it is refused. */
MUST_USE pd_status ruled_nulls(struct ruled *ruled, ruled_takes_null *takes_null, const void *arg,
                               struct pd_error *err);
