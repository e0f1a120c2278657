// SPDX-License-Identifier: Apache-2.0
/* facts - what facts.c and facts_columns.c share: the aggregates of each group of types. */
#pragma once

#include "scan.h"

/* Types whose values count alike; as in the core's tally of a stream. */
enum facts_group {
    FACTS_OTHER, /* only NULL is told from the rest */
    FACTS_BOOL,
    FACTS_INT,
    FACTS_REAL,
    FACTS_DECIMAL,
    FACTS_TEXT,
    FACTS_RAW, /* text that UTF-8 may not give back */
    FACTS_ENUM,
    FACTS_SET,
    FACTS_BLOB,
    FACTS_DATE,
    FACTS_TIME,
    FACTS_STAMP
};

/* How an aggregate's text is read, and what its NULL means. */
enum facts_form {
    FACTS_NUMBER,  /* an integer of up to 128 bits; NULL: 0 */
    FACTS_EXTREME, /* the same; NULL: there is none */
    FACTS_FLOAT,   /* a double, as its bits */
    FACTS_TOTAL,   /* a decimal; NULL: 0 */
    FACTS_DIGITS,  /* a decimal */
    FACTS_DAYS,    /* a date */
    FACTS_MICROS,  /* a time */
    FACTS_INSTANT  /* a date and time */
};

/* One aggregate. In its SQL $ stands for the column's value, ? for the condition that its text does
   not come back from UTF-8. */
struct facts_item {
    uint8_t group;
    uint8_t id; /* enum pd_fact_id */
    uint8_t form;
    const char *sql;
    /* Cheaper, and right unless the extreme is a date that no calendar has. NULL: sql. */
    const char *hopeful;
};

/* What an aggregate's text turned out to be. */
enum facts_answer {
    FACTS_TAKEN,
    FACTS_NONE,  /* there is no such fact */
    FACTS_AGAIN, /* a date that no calendar has: ask without hope */
    FACTS_WRONG  /* not what was asked for */
};

/* Room for the longest text of a decimal, a sum of them included. */
enum { FACTS_TEXT_SIZE = 160 };

enum facts_group facts_group_of(const struct pd_column *column, const struct my_column *plan);
/* The items of a group, in the order of their ids. */
const struct facts_item *facts_items(enum facts_group group, size_t *ret_n);
/* The fact that counts the values of a group that are not NULL: PD_FACT_INTS ...; 0: none, or an
   item of the group does. */
uint32_t facts_class(enum facts_group group);
/* Append the item for a column. */
void facts_put(struct pd_sql *sql, const struct facts_item *item, bool hopeful,
               const struct pd_column *column, const struct my_column *plan);
/* The value of an item; text NULL: that of NULL. The fact's text is in buffer. */
enum facts_answer facts_take(enum facts_form form, const char *text, char buffer[FACTS_TEXT_SIZE],
                             struct pd_fact *fact);
/* Does a sum of so many values surely have its digits? The server's arithmetic has 81. */
bool facts_sum_fits(const struct pd_type *type, uint64_t n_values);
