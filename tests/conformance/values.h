// SPDX-License-Identifier: Apache-2.0
/* values - the nasty values that every engine is asked to take and to give back: one table, with a
   comment on each. */
#pragma once

#include <polydump/plugin.h>

/* A plain value stands in its canonical text (doc/types.md), INT and REAL as decimal text, the
   bytes of every other tag as they are. */
struct nasty {
    int tag; /* enum pd_tag */
    const char *bytes;
    size_t size;
    const char *comment;
};

/* A column whose values go together. */
struct nasty_column {
    const char *name;
    struct pd_type type;
    const struct nasty *values;
    size_t n_values;
};

extern const struct nasty_column nasty_columns[];
extern const size_t n_nasty_columns;

/* One of each tag but PLAIN: they may turn up in a column of any kind. */
extern const struct nasty nasty_strangers[];
extern const size_t n_nasty_strangers;
