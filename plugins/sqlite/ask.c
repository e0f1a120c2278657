// SPDX-License-Identifier: Apache-2.0
/* ask - one value of the database, by a query of the user's. */
#include <string.h>

#include "source.h"

enum { ASK_SHOWN = 200 };

static pd_status
refuse(struct pd_source *source, const char *sql, const char *found, struct pd_error *err)
{
    return source->host->fail(err, PD_FAILED, PD_CAUSE_DATA,
                              "'%.*s' gives %s; it shall give one row of one text", ASK_SHOWN, sql,
                              found);
}

static pd_status
value_take(struct pd_source *source, sqlite3_stmt *stmt, const char *sql, char *buffer, size_t size,
           struct pd_error *err)
{
    int type = sqlite3_column_type(stmt, 0); /* before it is converted */
    const char *text = (const char *)sqlite3_column_text(stmt, 0);
    size_t length = (size_t)sqlite3_column_bytes(stmt, 0);

    if (type == SQLITE_NULL)
        return refuse(source, sql, "NULL", err);
    if (!text)
        return sqlite_no_memory(source->host, err);
    if (length >= size || memchr(text, 0, length))
        return refuse(source, sql, "something else", err);
    memcpy(buffer, text, length + 1);
    return PD_OK;
}

pd_status
sqlite_source_ask(struct pd_source *source, const char *sql, char *buffer, size_t size,
                  struct pd_error *err)
{
    sqlite3_stmt *stmt = NULL;
    const char *rest = "";
    int rc = sqlite3_prepare_v2(source->db, sql, -1, &stmt, &rest);
    pd_status status;

    if (rc != SQLITE_OK)
        return sqlite_fail(source->host, source->db, rc, err, "cannot run '%.*s'", ASK_SHOWN, sql);
    if (rest[strspn(rest, " \t\r\n;")] || sqlite3_column_count(stmt) != 1) {
        sqlite3_finalize(stmt);
        return refuse(source, sql, "something else", err);
    }
    rc = sqlite3_step(stmt);
    status = rc == SQLITE_ROW ? value_take(source, stmt, sql, buffer, size, err) : PD_OK;
    if (rc == SQLITE_DONE)
        status = refuse(source, sql, "no row", err);
    if (rc == SQLITE_ROW && status == PD_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
        status = refuse(source, sql, "several rows", err);
    sqlite3_finalize(stmt);
    if (status == PD_OK && rc != SQLITE_DONE)
        return sqlite_fail(source->host, source->db, rc, err, "cannot run '%.*s'", ASK_SHOWN, sql);
    return status;
}
