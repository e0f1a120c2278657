// SPDX-License-Identifier: Apache-2.0
/* sql - SQL text that is built up, and the one place that quotes names. */
#include <stdio.h>
#include <string.h>

#include "session.h"

enum { SQL_FIRST_ROOM = 512 };

/* Room for size more bytes and a NUL. */
static bool
sql_reserve(struct sql *sql, size_t size)
{
    size_t room = sql->room ? sql->room : SQL_FIRST_ROOM;
    char *grown;

    if (sql->failed || size > SIZE_MAX / 4 - sql->size) {
        sql->failed = true;
        return false;
    }
    if (sql->text && sql->room - sql->size > size)
        return true;
    while (room - sql->size <= size)
        room *= 2;
    grown = sql->host->resize(sql->host, sql->text, room);
    if (!grown) {
        sql->failed = true;
        return false;
    }
    sql->text = grown;
    sql->room = room;
    return true;
}

void
sql_bytes(struct sql *sql, const char *bytes, size_t size)
{
    if (!sql_reserve(sql, size))
        return;
    if (size)
        memcpy(sql->text + sql->size, bytes, size);
    sql->size += size;
    sql->text[sql->size] = 0;
}

void
sql_add(struct sql *sql, const char *text)
{
    sql_bytes(sql, text, strlen(text));
}

void
sql_vprintf(struct sql *sql, const char *fmt, va_list list)
{
    va_list again;
    int size;

    va_copy(again, list);
    size = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (size < 0)
        sql->failed = true;
    if (size < 0 || !sql_reserve(sql, (size_t)size))
        return;
    vsnprintf(sql->text + sql->size, (size_t)size + 1, fmt, list);
    sql->size += (size_t)size;
}

void
sql_printf(struct sql *sql, const char *fmt, ...)
{
    va_list list;

    va_start(list, fmt);
    sql_vprintf(sql, fmt, list);
    va_end(list);
}

/* Append bytes with each `mark` doubled. */
static void
sql_doubled(struct sql *sql, const char *bytes, size_t size, char mark)
{
    while (size) {
        const char *at = memchr(bytes, mark, size);
        size_t n = at ? (size_t)(at - bytes) + 1 : size;

        sql_bytes(sql, bytes, n);
        if (at)
            sql_bytes(sql, &mark, 1);
        bytes += n;
        size -= n;
    }
}

void
sql_name(struct sql *sql, const char *name)
{
    sql_add(sql, "\"");
    sql_doubled(sql, name, strlen(name), '"');
    sql_add(sql, "\"");
}

void
sql_table(struct sql *sql, const char *schema, const char *name)
{
    sql_name(sql, schema ? schema : "public");
    sql_add(sql, ".");
    sql_name(sql, name);
}

void
sql_literal(struct sql *sql, const char *text, size_t size)
{
    bool escaped = size && memchr(text, '\\', size);
    size_t at = 0, n;

    sql_add(sql, escaped ? "E'" : "'");
    while (at < size) {
        const char *slash = memchr(text + at, '\\', size - at);

        n = slash ? (size_t)(slash - text) - at : size - at;
        sql_doubled(sql, text + at, n, '\'');
        if (slash)
            sql_add(sql, "\\\\");
        at += n + (slash ? 1 : 0);
    }
    sql_add(sql, "'");
}

const char *
sql_text(const struct sql *sql)
{
    if (sql->failed)
        return NULL;
    return sql->text ? sql->text : "";
}

void
sql_clear(struct sql *sql)
{
    sql->size = 0;
    sql->failed = false;
    if (sql->text)
        sql->text[0] = 0;
}

void
sql_free(struct sql *sql)
{
    if (sql->host)
        sql->host->release(sql->host, sql->text);
    *sql = (struct sql){.host = sql->host};
}

pd_status
sql_run(struct pg *pg, const struct sql *sql, struct pd_error *err)
{
    const char *text = sql_text(sql);

    return text ? pg_run(pg, text, err) : pg_no_memory(pg->host, err);
}
