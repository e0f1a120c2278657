// SPDX-License-Identifier: Apache-2.0
/* extent - how many rows a table has, and between which ends of its axis. */
#include <errno.h>
#include <stdlib.h>

#include "scan.h"

/* False: it is no number of 64 bits. */
static bool
read_number(const char *text, int64_t *ret_number)
{
    char *end;

    errno = 0;
    *ret_number = strtoll(text, &end, 10);
    return errno == 0 && end != text && *end == 0;
}

/* One row; PD_CAUSE_CONNECT when there is another number. */
static pd_status
ask(struct pd_source *source, const struct pd_sql *sql, unsigned n, MYSQL_RES **ret_result,
    MYSQL_ROW *ret_row, struct pd_error *err)
{
    const char *text = pd_sql_text(sql);
    MYSQL_RES *result = NULL;
    pd_status status =
        text ? my_query(source->my, text, &result, err) : my_no_memory(source->host, err);

    if (status != PD_OK)
        return status;
    *ret_row = mysql_num_fields(result) == n ? mysql_fetch_row(result) : NULL;
    if (*ret_row) {
        *ret_result = result;
        return PD_OK;
    }
    mysql_free_result(result);
    return source->host->fail(err, PD_FAILED, PD_CAUSE_CONNECT,
                              "the server does not answer how many rows there are");
}

static pd_status
count_rows(struct pd_source *source, const struct scan *scan, uint64_t *ret_n, struct pd_error *err)
{
    struct pd_sql sql = {.host = source->host};
    MYSQL_RES *result = NULL;
    MYSQL_ROW row = NULL;
    int64_t n = -1;
    pd_status status;

    select_put_word(&sql, scan->plan);
    pd_sql_add(&sql, "COUNT(*)");
    select_put(&sql, scan, source->my);
    status = ask(source, &sql, 1, &result, &row, err);
    pd_sql_free(&sql);
    if (status != PD_OK)
        return status;
    if (!row[0] || !read_number(row[0], &n) || n < 0)
        status = source->host->fail(err, PD_FAILED, PD_CAUSE_CONNECT, "cannot count table '%s'",
                                    scan->table->name);
    mysql_free_result(result);
    *ret_n = (uint64_t)n;
    return status;
}

/* Keys beyond 64 bits with a sign are on no axis. */
static pd_status
find_ends(struct pd_source *source, const struct scan *scan, const char *axis,
          struct pd_extent *extent, struct pd_error *err)
{
    struct pd_sql sql = {.host = source->host};
    MYSQL_RES *result = NULL;
    MYSQL_ROW row = NULL;
    pd_status status;

    select_put_word(&sql, scan->plan);
    pd_sql_printf(&sql, "MIN(%s), MAX(%s)", axis, axis);
    select_put(&sql, scan, source->my);
    status = ask(source, &sql, 2, &result, &row, err);
    pd_sql_free(&sql);
    if (status != PD_OK)
        return status;
    extent->has_axis =
        row[0] && row[1] && read_number(row[0], &extent->low) && read_number(row[1], &extent->high);
    if (!extent->has_axis)
        extent->low = extent->high = 0;
    mysql_free_result(result);
    return PD_OK;
}

pd_status
my_source_extent(struct pd_source *source, uint32_t number, struct pd_extent *extent,
                 struct pd_error *err)
{
    struct scan scan = {.order = extent->order};
    const char *axis;
    uint64_t n = 0;
    pd_status status;

    scan.table = my_source_table(source, number, &scan.plan);
    if (!scan.table)
        return source->host->fail(err, PD_FAILED, PD_CAUSE_BUG, "there is no table number %u",
                                  number);
    scan_end(source);
    extent->has_axis = 0;
    extent->low = extent->high = 0;
    status = count_rows(source, &scan, &n, err);
    if (status != PD_OK)
        return status;
    extent->n_rows = n;
    axis = select_axis(scan.plan);
    return axis && n ? find_ends(source, &scan, axis, extent, err) : PD_OK;
}
