// SPDX-License-Identifier: Apache-2.0
/* sql - the one place that quotes names and texts. */
#include <string.h>

#include "session.h"

void
sql_name(struct pd_sql *sql, const char *name)
{
    pd_sql_quoted(sql, name, strlen(name), '"');
}

void
sql_table(struct pd_sql *sql, const char *schema, const char *name)
{
    sql_name(sql, schema ? schema : "public");
    pd_sql_add(sql, ".");
    sql_name(sql, name);
}

void
sql_literal(struct pd_sql *sql, const char *text, size_t size)
{
    bool escaped = size && memchr(text, '\\', size);
    size_t at = 0, n;

    pd_sql_add(sql, escaped ? "E'" : "'");
    while (at < size) {
        const char *slash = memchr(text + at, '\\', size - at);

        n = slash ? (size_t)(slash - text) - at : size - at;
        pd_sql_doubled(sql, text + at, n, '\'');
        if (slash)
            pd_sql_add(sql, "\\\\");
        at += n + (slash ? 1 : 0);
    }
    pd_sql_add(sql, "'");
}

pd_status
sql_run(struct pg *pg, const struct pd_sql *sql, struct pd_error *err)
{
    const char *text = pd_sql_text(sql);

    return text ? pg_run(pg, text, err) : pg_no_memory(pg->host, err);
}
