// SPDX-License-Identifier: Apache-2.0
/* labels - SHOW CREATE TABLE prints a character of four bytes in the labels of an enum or set as
   '?', though the table has it; so with defaults. Neither way to the true ones takes a right but
   SELECT, or changes anything. */
#pragma once

#include <polydump/pool.h>

#include "mariadb.h"

/* Columns whose labels cannot be known; starts as zero. MySQL tells those of no column. */
struct labels_unknown {
    const char **columns;
    size_t n, room;
    bool any; /* what the server showed was not understood: it may be any */
};

/* What SHOW CREATE TABLE said of the table, with its labels as they are: sql itself, or a text in
   the pool. unknown may be NULL. */
pd_status labels_repair(struct my *my, struct pd_pool *pool, const char *table, const char *sql,
                        const char **ret_sql, struct labels_unknown *unknown, struct pd_error *err);

/* The text that a column has by itself, as clients are told that ask for a table's fields: as it
   is, up to its first NUL, and perhaps not UTF-8. own: the bytes of the column's own character set.
   NULL: it has none, or that is not known. */
const char *labels_default(struct my *my, struct pd_pool *pool, const char *table,
                           const char *column, bool own);
