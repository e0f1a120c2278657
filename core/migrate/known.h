// SPDX-License-Identifier: Apache-2.0
/* known - what a step can look up for one of its needs: rows by the need's key, as they are after
   whatever update() has said of them. */
#pragma once

#include "base/arena.h"
#include "migrate/alike.h"
#include "migrate/patches.h"
#include "migrate/planned.h"

struct known {
    const struct planned_need *need;
    const struct pd_table *table;
    struct keyed_table *rows;   /* NULL: its rows may be updated */
    struct keyed_rows *tracked; /* they are, by their primary key; else NULL */
    struct patches *patches;    /* what was said of rows that are to come; else NULL */
    struct buffer key;
    struct buffer id;
    struct buffer bytes; /* of values: those that were found last */
    struct buffer other; /* bytes of another row, or what was said of one */
    struct alike
        *alike;        /* keys that its collations take for the same; NULL: none but equal bytes */
    uint64_t n_alike;  /* lookups that found a row so */
    uint64_t n_unsure; /* that found none, and one may have been meant */
    struct buffer alike_text;  /* the first of them, for people: "code = 'n' is code = 'N'" */
    struct buffer unsure_text; /* of those */
    struct pd_value *values;
    struct pd_value *parts; /* of a tracked row: its values, then its key's columns */
};

/* patches: of its table; NULL: it is never updated. Memory is the arena's, rows are the keyed's. */
MUST_USE pd_status known_open(struct known *known, const struct planned_need *need,
                              const struct pd_table *table, struct patches *patches,
                              struct keyed *keyed, struct arena *arena, struct pd_error *err);
void known_close(struct known *known);

/* The value of a column of a row; its bytes last until the next call. PD_UNSUPPORTED: it is not
   said. */
typedef pd_status known_value(void *arg, uint32_t column, struct pd_value *ret_value,
                              struct pd_error *err);
/* A row of the table is found from now on. Only what the need names is asked for, and of a table
   that may be updated its primary key: PD_UNSUPPORTED, err is not set: that was not said. */
MUST_USE pd_status known_learn(struct known *known, known_value *value, void *arg,
                               struct pd_error *err);
/* Later values of a row; key as in patches_add(). */
MUST_USE pd_status known_update(struct known *known, const struct pd_value *key,
                                const uint32_t *columns, const struct pd_value *values,
                                uint32_t n_columns, struct pd_error *err);
/* keys: one a key column. PD_OK: *ret_values, until the next call for it; PD_DONE: there is no such
   row. PD_FAILED: more than one, and they differ, or a value that does not fit its column. A row
   that only has an equal key as the collations see it is found if none has by its bytes. */
MUST_USE pd_status known_find(struct known *known, const struct pd_value *keys,
                              const struct pd_value **ret_values, struct pd_error *err);
