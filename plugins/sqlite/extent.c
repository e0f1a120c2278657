// SPDX-License-Identifier: Apache-2.0
/* extent - how many rows a table has, and between which ends of its axis. */
#include "source.h"

/* Numbers that a query gives in its first row; *ret_other: one of them is no integer. */
static pd_status
ask_numbers(struct pd_source *source, const struct pd_table *table, sqlite3_str *sql, int n,
            int64_t *numbers, bool *ret_other, struct pd_error *err)
{
    sqlite3_stmt *stmt;
    pd_status status = sqlite_source_prepare(source, table, sql, &stmt, err);
    int rc, i;

    if (status != PD_OK)
        return status;
    rc = sqlite3_step(stmt);
    *ret_other = false;
    for (i = 0; i < n && rc == SQLITE_ROW; i++) {
        numbers[i] = sqlite3_column_int64(stmt, i);
        *ret_other |= sqlite3_column_type(stmt, i) != SQLITE_INTEGER;
    }
    if (rc != SQLITE_ROW)
        status =
            sqlite_fail(source->host, source->db, rc, err, "cannot count table '%s'", table->name);
    sqlite3_finalize(stmt);
    return status;
}

pd_status
sqlite_source_extent(struct pd_source *source, uint32_t number, struct pd_extent *extent,
                     struct pd_error *err)
{
    const struct pd_table *table = sqlite_source_table(source, number);
    const char *axis = source->catalog->plans[number].axis;
    sqlite3_str *sql;
    int64_t numbers[2] = {0, 0};
    bool is_other;
    pd_status status = PD_OK;

    if (!(extent->flags & PD_EXTENT_UNCOUNTED)) {
        sql = sqlite3_str_new(source->db);
        sqlite3_str_appendf(sql, "SELECT count(*) FROM main.\"%w\"", table->name);
        status = ask_numbers(source, table, sql, 1, numbers, &is_other, err);
        extent->n_rows = (uint64_t)numbers[0];
    }
    if (status != PD_OK)
        return status;
    extent->struct_size = sizeof *extent;
    extent->has_axis = 0;
    extent->low = extent->high = 0;
    if (!axis || extent->n_rows == 0)
        return PD_OK;
    sql = sqlite3_str_new(source->db);
    sqlite3_str_appendf(sql,
                        "SELECT a, b FROM (SELECT (SELECT min(%s) FROM main.\"%w\") AS a,"
                        " (SELECT max(%s) FROM main.\"%w\") AS b)",
                        axis, table->name, axis, table->name);
    status = ask_numbers(source, table, sql, 2, numbers, &is_other, err);
    if (status != PD_OK || is_other)
        return status;
    extent->has_axis = 1;
    extent->low = numbers[0];
    extent->high = numbers[1];
    return PD_OK;
}
