// SPDX-License-Identifier: Apache-2.0
/* defects - readers that lose things on purpose (meson -Ddefects=true, PD_DEFECT=1..10), for the
   proof that the checks find them. Otherwise nothing of it is compiled. */
#pragma once

#include "source.h"

enum defect {
    DEFECT_NONE,
    DEFECT_LAST_ROW,      /* the last row of a table, or of a part of it, is lost */
    DEFECT_TEXT_CUT,      /* texts end after 10 bytes */
    DEFECT_REAL_ROUNDED,  /* reals have 6 digits */
    DEFECT_NULL_EMPTY,    /* NULL becomes '' */
    DEFECT_INT_CUT,       /* integers have 32 bits */
    DEFECT_BLOB_CUT,      /* blobs end at their first NUL */
    DEFECT_COLUMNS_MIXED, /* two columns of the same kind are exchanged */
    DEFECT_TRIMMED,       /* blanks at the end are lost */
    DEFECT_ROW_TWICE,     /* a row comes twice */
    DEFECT_SIGN_LOST      /* negative integers become positive */
};

#ifdef PD_DEFECTS
bool defect_is(enum defect defect);
/* Put what is read instead of column i of the scan; false: nothing else. */
bool defect_put_column(sqlite3_str *sql, const struct scan *scan, uint32_t i);
/* Put what ends the statement too early. */
void defect_put_limit(sqlite3_str *sql, const struct scan *scan);
#else
static inline bool
defect_is(enum defect defect)
{
    (void)defect;
    return false;
}

static inline bool
defect_put_column(sqlite3_str *sql, const struct scan *scan, uint32_t i)
{
    (void)sql;
    (void)scan;
    (void)i;
    return false;
}

static inline void
defect_put_limit(sqlite3_str *sql, const struct scan *scan)
{
    (void)sql;
    (void)scan;
}
#endif
