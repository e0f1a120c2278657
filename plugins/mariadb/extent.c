// SPDX-License-Identifier: Apache-2.0
/* extent - how many rows a table has, and between which ends of its axis. To count the rows of a
   large table takes as long as to send a good part of them, and reads from the disk what is read
   again soon; so it is only done for those who need the number beforehand. */
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

/* ---- Without counting ---- */

enum {
    PROBE_ROWS = 1024,
    PROBE_VALUES = 8 /* that the rows of a probe must have between them to say how close they lie */
};

/* The axis value of the row behind n others that begin at `from`; *ret_has: there is one. */
static pd_status
probe_axis(struct pd_source *source, const struct scan *scan, const char *axis, int64_t from,
           uint64_t n, int64_t *ret_value, bool *ret_has, struct pd_error *err)
{
    struct pd_sql sql = {.host = source->host};
    MYSQL_RES *result = NULL;
    MYSQL_ROW row = NULL;
    pd_status status;

    *ret_has = false;
    pd_sql_printf(&sql, "SELECT MAX(%s), COUNT(*) FROM (SELECT %s", axis, axis);
    select_put(&sql, scan, source->my);
    pd_sql_printf(&sql,
                  " FORCE INDEX (PRIMARY) WHERE %s >= %lld ORDER BY %s LIMIT 1 OFFSET %llu) AS a",
                  axis, (long long)from, axis, (unsigned long long)n);
    status = ask(source, &sql, 2, &result, &row, err);
    pd_sql_free(&sql);
    if (status != PD_OK)
        return status;
    *ret_has = row[0] && read_number(row[0], ret_value);
    mysql_free_result(result);
    return PD_OK;
}

/* Of so many rows, those that lie on the first `part` of `whole` places. */
static double
share_of(double n_rows, uint64_t part, double whole)
{
    return (double)part < whole ? n_rows * ((double)part / whole) : n_rows;
}

/* Probes along the axis; each stands for twice as many rows as the one before it, so that a few of
   them reach the end, and what lies close at one end and far apart at the other is told from each
   other. */
static pd_status
guess_rows(struct pd_source *source, const struct scan *scan, const char *axis,
           struct pd_extent *extent, struct pd_error *err)
{
    uint64_t left = (uint64_t)extent->high - (uint64_t)extent->low, n = PROBE_ROWS;
    double factor = 1, n_rows = 0;

    if (scan->plan->axis_is_key && left < extent->n_whole)
        return PD_OK;
    for (;;) {
        int64_t from = (int64_t)((uint64_t)extent->high - left), value;
        uint64_t reach;
        double step;
        bool has;
        pd_status status = probe_axis(source, scan, axis, from, n, &value, &has, err);

        if (status != PD_OK)
            return status;
        if (!has) {
            n_rows += (double)n / 2; /* fewer than n are left */
            break;
        }
        reach = (uint64_t)value - (uint64_t)from;
        if (reach < PROBE_VALUES && n < extent->n_whole) {
            n *= PROBE_VALUES;
            continue;
        }
        step = ((double)reach + 1) * factor;
        n_rows += share_of((double)n * factor, left, step);
        if ((double)left <= step)
            break;
        left -= (uint64_t)step;
        factor *= 2;
    }
    extent->n_rows = n_rows < 0x1p63 ? (uint64_t)n_rows : UINT64_C(1) << 63;
    return PD_OK;
}

/* ---- All of it ---- */

static pd_status
measure_ends(struct pd_source *source, const struct scan *scan, struct pd_extent *extent,
             struct pd_error *err)
{
    const char *axis = select_axis(scan->plan);
    pd_status status = axis ? find_ends(source, scan, axis, extent, err) : PD_OK;

    extent->n_rows = 0;
    if (status != PD_OK || !extent->has_axis)
        return status;
    return guess_rows(source, scan, axis, extent, err);
}

static pd_status
count_and_ends(struct pd_source *source, const struct scan *scan, struct pd_extent *extent,
               struct pd_error *err)
{
    const char *axis = select_axis(scan->plan);
    uint64_t n = 0;
    pd_status status = count_rows(source, scan, &n, err);

    if (status != PD_OK)
        return status;
    extent->n_rows = n;
    return axis && n ? find_ends(source, scan, axis, extent, err) : PD_OK;
}

pd_status
my_source_extent(struct pd_source *source, uint32_t number, struct pd_extent *extent,
                 struct pd_error *err)
{
    struct scan scan = {.order = extent->order};

    scan.table = my_source_table(source, number, &scan.plan);
    if (!scan.table)
        return source->host->fail(err, PD_FAILED, PD_CAUSE_BUG, "there is no table number %u",
                                  number);
    scan_end(source);
    source->sent = (struct sent){0};
    extent->has_axis = 0;
    extent->low = extent->high = 0;
    if (!(extent->flags & PD_EXTENT_ROUGH_WILL_DO))
        return count_and_ends(source, &scan, extent, err);
    extent->flags |= PD_EXTENT_IS_ROUGH;
    return measure_ends(source, &scan, extent, err);
}
