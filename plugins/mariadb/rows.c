// SPDX-License-Identifier: Apache-2.0
/* rows - the rows of a query about the catalogue, as text, one at a time: what ten thousand tables
   say about themselves is too much to be stored. */
#include "maker.h"

#include <string.h>

enum { ROW_FIELDS = 24, ROW_FIRST_ROOM = 256 };

struct rows {
    struct maker *m;
    MYSQL_STMT *stmt;
    size_t n;
    MYSQL_BIND binds[ROW_FIELDS];
    unsigned long sizes[ROW_FIELDS];
    my_bool is_null[ROW_FIELDS];
    my_bool is_cut[ROW_FIELDS];
    char *room[ROW_FIELDS]; /* one byte more than the bind knows of, for a NUL */
    const char *text[ROW_FIELDS];
};

static pd_status
set_room(struct rows *rows, size_t field, size_t size)
{
    char *grown = rows->m->host->resize(rows->m->host, rows->room[field], size + 1);

    if (!grown)
        return my_no_memory(rows->m->host, rows->m->err);
    rows->room[field] = grown;
    rows->binds[field].buffer = grown;
    rows->binds[field].buffer_length = (unsigned long)size;
    return PD_OK;
}

static pd_status
bind(struct rows *rows)
{
    if (mysql_stmt_bind_result(rows->stmt, rows->binds) != 0)
        return my_fail(rows->m->my, rows->stmt, PD_FAILED, rows->m->err,
                       "the catalogue cannot be read");
    return PD_OK;
}

static pd_status
prepare(struct rows *rows)
{
    pd_status status = PD_OK;

    rows->n = mysql_stmt_field_count(rows->stmt);
    if (rows->n > ROW_FIELDS)
        return rows->m->host->fail(rows->m->err, PD_FAILED, PD_CAUSE_BUG,
                                   "a query about the catalogue gives %zu columns", rows->n);
    for (size_t i = 0; i < rows->n && status == PD_OK; i++) {
        rows->binds[i].buffer_type = MYSQL_TYPE_STRING;
        rows->binds[i].length = &rows->sizes[i];
        rows->binds[i].is_null = &rows->is_null[i];
        rows->binds[i].error = &rows->is_cut[i];
        status = set_room(rows, i, ROW_FIRST_ROOM);
    }
    return status == PD_OK ? bind(rows) : status;
}

/* Cells that were cut are fetched again into more room, which stays. */
static pd_status
complete(struct rows *rows)
{
    bool is_grown = false;
    pd_status status = PD_OK;

    for (size_t i = 0; i < rows->n && status == PD_OK; i++) {
        if (rows->is_null[i] || rows->sizes[i] <= rows->binds[i].buffer_length)
            continue;
        is_grown = true;
        status = set_room(rows, i, rows->sizes[i]);
        if (status == PD_OK &&
            mysql_stmt_fetch_column(rows->stmt, &rows->binds[i], (unsigned)i, 0) != 0)
            status = my_fail(rows->m->my, rows->stmt, PD_FAILED, rows->m->err,
                             "the catalogue cannot be read");
    }
    return status == PD_OK && is_grown ? bind(rows) : status;
}

static pd_status
take_row(struct rows *rows, maker_take *take)
{
    struct maker_row row = {rows->n, rows->text, rows->sizes};
    pd_status status = complete(rows);

    if (status != PD_OK)
        return status;
    for (size_t i = 0; i < rows->n; i++) {
        rows->room[i][rows->is_null[i] ? 0 : rows->sizes[i]] = 0;
        rows->text[i] = rows->is_null[i] ? NULL : rows->room[i];
    }
    take(rows->m, &row);
    return rows->m->status;
}

static pd_status
take_rows(struct rows *rows, maker_take *take)
{
    pd_status status = my_execute(rows->m->my, rows->stmt, rows->m->err);

    if (status == PD_OK)
        status = prepare(rows);
    while (status == PD_OK) {
        status = my_fetch(rows->m->my, rows->stmt, rows->m->err);
        if (status == PD_OK)
            status = take_row(rows, take);
    }
    return status == PD_DONE ? PD_OK : status;
}

pd_status
maker_each(struct maker *m, const char *sql, maker_take *take)
{
    struct rows rows = {.m = m};
    struct pd_sql text = {.host = m->host};
    const char *mark = strstr(sql, "%s");
    pd_status status;

    pd_sql_bytes(&text, sql, mark ? (size_t)(mark - sql) : strlen(sql));
    if (mark) {
        my_literal(&text, m->my->database, strlen(m->my->database));
        pd_sql_add(&text, mark + 2);
    }
    status = my_prepare(m->my, &text, &rows.stmt, m->err);
    pd_sql_free(&text);
    if (status == PD_OK)
        status = take_rows(&rows, take);
    my_stmt_close(m->my, rows.stmt);
    for (size_t i = 0; i < ROW_FIELDS; i++)
        m->host->release(m->host, rows.room[i]);
    return status;
}
