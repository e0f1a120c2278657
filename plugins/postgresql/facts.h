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
    FACTS_BLOB,
    FACTS_DATE,
    FACTS_TIME,
    FACTS_STAMP,
    FACTS_STAMPTZ
};

/* How an aggregate's text is read, and what its NULL means. */
enum facts_form {
    FACTS_NUMBER,  /* an integer of up to 128 bits; NULL: 0 */
    FACTS_EXTREME, /* the same; NULL: there is none */
    FACTS_FLOAT,   /* a double, as its bits */
    FACTS_TOTAL,   /* a decimal; NULL: 0 */
    FACTS_DIGITS,  /* a decimal */
    FACTS_DAYS,    /* the bytes of a date in hexadecimal digits */
    FACTS_MICROS,  /* of a time */
    FACTS_INSTANT  /* of a timestamp */
};

/* One aggregate. In its SQL $ stands for the column's value, and ? for "is finite". */
struct facts_item {
    uint8_t group;
    uint8_t id; /* enum pd_fact_id */
    uint8_t form;
    const char *sql;
};

enum facts_group facts_group_of(const struct pd_column *column);
/* The items of a group, in the order of their ids. */
const struct facts_item *facts_items(enum facts_group group, size_t *ret_n);
/* The fact that counts the values of a group that are not NULL: PD_FACT_INTS ...; 0: none. */
uint32_t facts_class(enum facts_group group);
/* Append the item for a column. */
void facts_put(struct sql *sql, const struct pg *pg, const struct facts_item *item,
               const struct pd_column *column, const struct pg_column *plan);
/* The value of an item. text NULL: that of NULL. false: it is not what was asked for. *ret_none:
   there is no such fact. */
bool facts_take(enum facts_form form, const char *text, struct pd_fact *fact, bool *ret_none);
