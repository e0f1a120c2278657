// SPDX-License-Identifier: Apache-2.0
/* ddl_broken - what rows break, told: how many of them, and which is the first. */
#include <stdio.h>
#include <string.h>

#include "ddl.h"

/* "SELECT format(...)" and " ORDER BY ..." of the primary key; false: there is none. */
static bool
put_key(const struct pd_sink *sink, size_t table, struct pd_sql *sql, struct pd_sql *order)
{
    const struct pd_table *t = sink->tables[table].table;
    const struct pd_key *key = t->n_keys ? pd_key_at(t, 0) : NULL;

    if (!key || key->kind != PD_KEY_PRIMARY)
        return false;
    for (size_t i = 0; i < key->n_parts; i++) {
        int32_t column = pd_part_at(key, i)->column;
        const char *name = column < 0 ? NULL : ddl_column(sink, table, (size_t)column);

        if (!name)
            return false;
        pd_sql_add(sql, i ? ", " : "SELECT concat_ws(', ', ");
        pd_sql_add(sql, "concat(");
        sql_literal(sql, name, strlen(name));
        pd_sql_add(sql, "::text, ' = ''', left(");
        sql_name(sql, name);
        pd_sql_add(sql, "::text, 40), '''')");
        pd_sql_add(order, i ? ", " : " ORDER BY ");
        sql_name(order, name);
    }
    return true;
}

static pd_status
read_first(struct pd_sink *sink, const char *key, const char *rows, const char *order, char *text,
           size_t size, struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    PGresult *result = NULL;
    pd_status status;

    pd_sql_printf(&sql, "%s)%s%s LIMIT 1", key, rows, order);
    status = pd_sql_text(&sql) ? pg_query(sink->pg, sql.text, 0, NULL, "?t", &result, err)
                               : pg_no_memory(sink->host, err);
    pd_sql_free(&sql);
    if (status != PD_OK)
        return status;
    if (PQntuples(result) > 0)
        snprintf(text, size, "; the first one has %s", PQgetvalue(result, 0, 0));
    PQclear(result);
    return PD_OK;
}

pd_status
ddl_tell_broken(struct pd_sink *sink, size_t table, const char *n, const char *what,
                const struct pd_sql *rows, char *text, size_t size, struct pd_error *err)
{
    struct pd_sql key = {.host = sink->host}, order = {.host = sink->host};
    int length = snprintf(text, size, "%s rows %s", n, what);
    pd_status status = PD_OK;

    if (length > 0 && (size_t)length < size && put_key(sink, table, &key, &order)) {
        status = pd_sql_text(&key) && pd_sql_text(&order) && rows->text
                     ? read_first(sink, key.text, rows->text, order.text, text + length,
                                  size - (size_t)length, err)
                     : pg_no_memory(sink->host, err);
    }
    pd_sql_free(&key);
    pd_sql_free(&order);
    return status;
}
