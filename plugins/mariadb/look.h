// SPDX-License-Identifier: Apache-2.0
/* look - what somebody's statement is, as far as its words tell, before it is run. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum look_kind {
    LOOK_OTHER,
    LOOK_ROWS, /* it reads or changes rows, and commits nothing */
    LOOK_TABLE /* it changes one table or an index of it, and commits */
};

struct look {
    enum look_kind kind;
    const char *reason; /* why it must not be run at all; NULL: nothing is seen against it */
    const char *table;  /* LOOK_TABLE: where its name stands in the text, quotes included */
    size_t table_size;
};

struct look look_at_statement(const char *sql);

/* A word or quoted name of a statement. */
struct look_name {
    const char *text; /* quotes included */
    size_t size;
    bool is_qualified;  /* a point stands in front of it */
    bool is_qualifying; /* one stands behind it */
};

/* The next one from *at on, which is moved behind it; false: there are no more. */
bool look_next_name(const char **at, struct look_name *ret_name);
/* Is it this name? The case of ASCII letters does not count. */
bool look_is_name(const char *text, size_t size, const char *name);
