// SPDX-License-Identifier: Apache-2.0
/* ddl_broken - what rows break, told: how many of them, and which is the first. */
#include <stdio.h>
#include <string.h>

#include "ddl.h"

/* A cell of the key as text: "id = '5'". */
static void
put_cell(const struct pd_column *column, const char *name, bool first, struct pd_sql *sql)
{
    char label[300];
    int size = snprintf(label, sizeof label, "%s%.250s = '", first ? "" : ", ", column->name);

    pd_sql_add(sql, first ? "" : ", ");
    my_literal(sql, label, (size_t)size);
    pd_sql_add(sql, column->type.kind == PD_KIND_BINARY ? ", LEFT(HEX(" : ", LEFT(");
    my_name(sql, name);
    pd_sql_add(sql, column->type.kind == PD_KIND_BINARY ? "), 40), ''''" : ", 40), ''''");
}

/* "SELECT CONCAT(...)" and " ORDER BY ..." of the primary key; false: there is none. */
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
        pd_sql_add(sql, i ? "" : "SELECT CONCAT(");
        put_cell(pd_column_at(t, (size_t)column), name, i == 0, sql);
        pd_sql_add(order, i ? ", " : " ORDER BY ");
        my_name(order, name);
    }
    return true;
}

/* rows: " FROM ... WHERE ...". */
static pd_status
read_first(struct pd_sink *sink, const char *key, const char *rows, const char *order, char *text,
           size_t size, struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status;

    pd_sql_printf(&sql, "%s)%s%s LIMIT 1", key, rows, order);
    status = pd_sql_text(&sql) ? my_query(sink->my, sql.text, &result, err)
                               : my_no_memory(sink->host, err);
    pd_sql_free(&sql);
    if (status != PD_OK)
        return status;
    row = mysql_fetch_row(result);
    if (row && row[0])
        snprintf(text, size, "; the first one has %s", row[0]);
    mysql_free_result(result);
    return PD_OK;
}

pd_status
ddl_tell_broken(struct pd_sink *sink, size_t table, long long n, const char *what,
                const struct pd_sql *rows, char *text, size_t size, struct pd_error *err)
{
    struct pd_sql key = {.host = sink->host}, order = {.host = sink->host};
    int length = snprintf(text, size, "%lld rows %s, so it holds for new rows only", n, what);
    pd_status status = PD_OK;

    if (length > 0 && (size_t)length < size && put_key(sink, table, &key, &order)) {
        status = pd_sql_text(&key) && pd_sql_text(&order) && rows->text
                     ? read_first(sink, key.text, rows->text, order.text, text + length,
                                  size - (size_t)length, err)
                     : my_no_memory(sink->host, err);
    }
    pd_sql_free(&key);
    pd_sql_free(&order);
    return status;
}

bool
ddl_is_changed(const struct pd_sink *sink, size_t table)
{
    return !sink->same || sink->tables[table].table->flags & PD_TABLE_CHANGED;
}
