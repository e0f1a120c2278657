/* SPDX-License-Identifier: Apache-2.0 */
/*
 * polydump/sql.h - text of a statement that is built up, all inline. A shortage of memory shows
 * once, at the end: pd_sql_text() is NULL then. Optional; a plugin may have its own.
 */
#ifndef POLYDUMP_SQL_H
#define POLYDUMP_SQL_H

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <polydump/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { PD_SQL_FIRST_ROOM = 512 };

/* host is set by hand; the rest starts as zero. */
struct pd_sql {
    const struct pd_host *host;
    char *text;
    size_t size;
    size_t room;
    int failed;
};

/* Room for size more bytes and a NUL; 0: there is none. */
static inline int
pd_sql_reserve_(struct pd_sql *sql, size_t size)
{
    size_t room = sql->room ? sql->room : (size_t)PD_SQL_FIRST_ROOM;
    char *grown;

    if (sql->failed || size > SIZE_MAX / 4 - sql->size) {
        sql->failed = 1;
        return 0;
    }
    if (sql->text && sql->room - sql->size > size)
        return 1;
    while (room - sql->size <= size)
        room *= 2;
    grown = (char *)sql->host->resize(sql->host, sql->text, room);
    if (!grown) {
        sql->failed = 1;
        return 0;
    }
    sql->text = grown;
    sql->room = room;
    return 1;
}

static inline void
pd_sql_bytes(struct pd_sql *sql, const void *bytes, size_t size)
{
    if (!pd_sql_reserve_(sql, size))
        return;
    if (size)
        memcpy(sql->text + sql->size, bytes, size);
    sql->size += size;
    sql->text[sql->size] = 0;
}

static inline void
pd_sql_add(struct pd_sql *sql, const char *text)
{
    pd_sql_bytes(sql, text, strlen(text));
}

static inline void PD_PRINTF(2, 0) pd_sql_vprintf(struct pd_sql *sql, const char *fmt, va_list list)
{
    va_list again;
    int size;

    va_copy(again, list);
    size = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (size < 0)
        sql->failed = 1;
    if (size < 0 || !pd_sql_reserve_(sql, (size_t)size))
        return;
    vsnprintf(sql->text + sql->size, (size_t)size + 1, fmt, list);
    sql->size += (size_t)size;
}

static inline void PD_PRINTF(2, 3) pd_sql_printf(struct pd_sql *sql, const char *fmt, ...)
{
    va_list list;

    va_start(list, fmt);
    pd_sql_vprintf(sql, fmt, list);
    va_end(list);
}

/* The bytes with each `mark` doubled; the marks around them are the caller's. */
static inline void
pd_sql_doubled(struct pd_sql *sql, const char *bytes, size_t size, char mark)
{
    while (size) {
        const char *at = (const char *)memchr(bytes, mark, size);
        size_t n = at ? (size_t)(at - bytes) + 1 : size;

        pd_sql_bytes(sql, bytes, n);
        if (at)
            pd_sql_bytes(sql, &mark, 1);
        bytes += n;
        size -= n;
    }
}

/* The same in the marks: a name, a string. */
static inline void
pd_sql_quoted(struct pd_sql *sql, const char *bytes, size_t size, char mark)
{
    pd_sql_bytes(sql, &mark, 1);
    pd_sql_doubled(sql, bytes, size, mark);
    pd_sql_bytes(sql, &mark, 1);
}

/* What was built, "" when that is nothing, NULL: memory is short. It stays the struct's. */
static inline const char *
pd_sql_text(const struct pd_sql *sql)
{
    if (sql->failed)
        return NULL;
    return sql->text ? sql->text : "";
}

/* Empty; the memory is kept. */
static inline void
pd_sql_clear(struct pd_sql *sql)
{
    sql->size = 0;
    sql->failed = 0;
    if (sql->text)
        sql->text[0] = 0;
}

static inline void
pd_sql_free(struct pd_sql *sql)
{
    if (sql->host)
        sql->host->release(sql->host, sql->text);
    sql->text = NULL;
    sql->size = sql->room = 0;
    sql->failed = 0;
}

#ifdef __cplusplus
}
#endif

#endif
