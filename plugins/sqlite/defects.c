// SPDX-License-Identifier: Apache-2.0
/* defects - readers that lose things on purpose. */
#include "defects.h"

#include <stdlib.h>

#ifdef PD_DEFECTS

bool
defect_is(enum defect defect)
{
    const char *wanted = getenv("PD_DEFECT");

    return wanted && strtol(wanted, NULL, 10) == (long)defect;
}

static const char *
defect_expression(void)
{
    static const struct {
        enum defect defect;
        const char *expression; /* %s is the column */
    } expressions[] = {
        {DEFECT_TEXT_CUT, "CASE typeof(%s) WHEN 'text' THEN"
                          " CAST(substr(CAST(%s AS BLOB), 1, 10) AS TEXT) ELSE %s END"},
        {DEFECT_REAL_ROUNDED, "CASE typeof(%s) WHEN 'real' THEN"
                              " CAST(printf('%%.6g', %s) AS REAL) ELSE %s END"},
        {DEFECT_NULL_EMPTY, "CASE WHEN %s IS NULL THEN '' ELSE %s END"},
        {DEFECT_INT_CUT, "CASE typeof(%s) WHEN 'integer' THEN (%s << 32) >> 32 ELSE %s END"},
        {DEFECT_BLOB_CUT, "CASE WHEN typeof(%s) = 'blob' AND instr(%s, x'00') THEN"
                          " substr(%s, 1, instr(%s, x'00') - 1) ELSE %s END"},
        {DEFECT_TRIMMED, "CASE typeof(%s) WHEN 'text' THEN rtrim(%s, ' ') ELSE %s END"},
        {DEFECT_SIGN_LOST, "CASE WHEN typeof(%s) = 'integer' AND %s < 0 THEN -(%s + 1) + 1"
                           " ELSE %s END"},
    };
    size_t i;

    for (i = 0; i < sizeof expressions / sizeof *expressions; i++) {
        if (defect_is(expressions[i].defect))
            return expressions[i].expression;
    }
    return NULL;
}

static void
put_name(sqlite3_str *sql, const struct pd_column *column)
{
    if (column->flags & PD_COLUMN_PASSENGER)
        sqlite3_str_appendall(sql, column->name);
    else
        sqlite_put_name(sql, column->name);
}

/* The other one of the first two columns of one kind that are no key of the scan; i itself
   otherwise. */
static uint32_t
exchanged(const struct scan *scan, uint32_t i)
{
    uint32_t a, b;

    for (a = 0; a < scan->n_columns; a++) {
        for (b = a + 1; b < scan->n_columns; b++) {
            if (scan->columns[a].mode == scan->columns[b].mode &&
                scan->columns[a].column != scan->plan->rowid_column &&
                scan->columns[b].column != scan->plan->rowid_column)
                return i == a ? b : i == b ? a : i;
        }
    }
    return i;
}

bool
defect_put_column(sqlite3_str *sql, const struct scan *scan, uint32_t i)
{
    const char *p = defect_expression();
    const struct pd_column *column = &scan->table->columns[scan->columns[i].column];

    if (defect_is(DEFECT_COLUMNS_MIXED)) {
        put_name(sql, &scan->table->columns[scan->columns[exchanged(scan, i)].column]);
        return true;
    }
    /* The row's number stays, so that the defect is in the data and not in the way through it. */
    if (!p || scan->columns[i].column == scan->plan->rowid_column)
        return false;
    for (; *p; p++) {
        if (p[0] == '%' && p[1] == 's')
            put_name(sql, column);
        else
            sqlite3_str_appendchar(sql, 1, *p);
        p += p[0] == '%';
    }
    return true;
}

void
defect_put_limit(sqlite3_str *sql, const struct scan *scan)
{
    if (!defect_is(DEFECT_LAST_ROW))
        return;
    sqlite3_str_appendall(sql, " LIMIT max(0, (SELECT count(*) - 1");
    sqlite_source_put_rows(scan, sql);
    sqlite3_str_appendall(sql, "))");
}

#else
typedef int defects_are_not_compiled;
#endif
