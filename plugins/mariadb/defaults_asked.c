// SPDX-License-Identifier: Apache-2.0
/* defaults_asked - defaults that the server prints wrongly, asked for byte by byte: with '?' for
   what it could not print, cut, or as a text that does not come back to the column's bytes. */
#include <string.h>

#include "maker.h"

enum { ASKED_TERMS = 3 };

static struct pd_column *
column_of(const struct maker *m, const struct doubtful *doubtful)
{
    return &m->works[doubtful->table].columns[doubtful->column];
}

static int
hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 0;
}

static bool
is_known_already(const struct pd_column *column, const char *bytes, size_t size)
{
    return column->default_kind == PD_DEFAULT_LITERAL && column->default_tag == PD_TAG_TEXT &&
           column->default_size == size && memcmp(column->default_text, bytes, size) == 0;
}

static void
set_bytes(struct maker *m, const struct doubtful *doubtful, const char *bytes, size_t size)
{
    struct pd_column *column = column_of(m, doubtful);
    struct pd_sql native = {.host = m->host};

    if (is_known_already(column, bytes, size))
        return;
    my_literal(&native, bytes, size);
    column->default_native = maker_built(m, &native);
    literals_set(m, column, bytes, size);
}

static void
set_digits(struct maker *m, const struct doubtful *doubtful, const char *digits)
{
    size_t size = strlen(digits) / 2;
    char *bytes = maker_alloc(m, m->pool, size + 1);

    if (!bytes)
        return;
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)(hex_value(digits[2 * i]) * 16 + hex_value(digits[2 * i + 1]));
    bytes[size] = 0;
    set_bytes(m, doubtful, bytes, size);
}

/* Bytes of the column's character set, which mean nothing to any other. */
static void
set_own(struct maker *m, const struct doubtful *doubtful, const char *digits)
{
    struct pd_column *column = column_of(m, doubtful);
    struct pd_sql native = {.host = m->host};

    pd_sql_printf(&native, "x'%s'", digits);
    column->default_native = maker_built(m, &native);
    column->default_kind = PD_DEFAULT_NATIVE;
    column->default_text = NULL;
    column->default_size = 0;
    column->default_tag = 0;
}

/* The hexadecimal digits of its text and of its own bytes (NULL: those of the text), and whether
   the text comes back to these. */
static void
set_answer(struct maker *m, const struct doubtful *doubtful, MYSQL_ROW row)
{
    bool comes_back = row[2] && *row[2] == '1';

    if (comes_back || !row[1])
        set_digits(m, doubtful, row[0]);
    if (row[1] && (!comes_back || column_of(m, doubtful)->default_kind != PD_DEFAULT_LITERAL))
        set_own(m, doubtful, row[1]);
}

/* A collation begins with its name. NULL: it has none. */
static const char *
charset_of(struct maker *m, const struct doubtful *doubtful)
{
    const char *collation = m->works[doubtful->table].readers[doubtful->column].collation;
    int kind = column_of(m, doubtful)->type.kind;

    if (!collation || (kind != PD_KIND_TEXT && kind != PD_KIND_CHAR))
        return NULL;
    return pd_pool_copy(&m->scratch, collation, strcspn(collation, "_"));
}

/* ---- Asking ---- */

static void
put_text(struct pd_sql *sql, const char *term, const char *charset)
{
    pd_sql_printf(sql,
                  "HEX(CONVERT(%s USING utf8mb4)), HEX(%s), HEX(%s) ="
                  " HEX(CONVERT(CONVERT(%s USING utf8mb4) USING %s))",
                  term, term, term, term, charset);
}

static void
put_default(struct maker *m, const struct doubtful *doubtful, struct pd_sql *sql)
{
    const struct pd_column *column = column_of(m, doubtful);
    const char *charset = charset_of(m, doubtful);
    struct pd_sql term = {.host = m->host};

    pd_sql_add(&term, "DEFAULT(");
    my_name(&term, column->name);
    pd_sql_add(&term, ")");
    if (!pd_sql_text(&term))
        sql->failed = true;
    else if (charset)
        put_text(sql, term.text, charset);
    else if (column->type.kind == PD_KIND_BINARY)
        pd_sql_printf(sql, "HEX(%s), NULL, 1", term.text);
    else if (column->type.kind == PD_KIND_FLOAT32)
        pd_sql_printf(sql, "HEX(CONVERT(CAST(%s AS DOUBLE) USING utf8mb4)), NULL, 1", term.text);
    else
        pd_sql_printf(sql, "HEX(CONVERT(%s USING utf8mb4)), NULL, 1", term.text);
    pd_sql_free(&term);
}

/* Of a column of text: what clients are told, which is text or the own bytes. */
static pd_status
ask_term(struct maker *m, const struct doubtful *doubtful, const char *bytes, bool is_own)
{
    const char *charset = charset_of(m, doubtful);
    struct pd_sql term = {.host = m->host}, sql = {.host = m->host};
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status;

    pd_sql_add(&term, is_own ? "CONVERT(" : "CONVERT(CONVERT(");
    my_bytes_literal(&term, bytes, strlen(bytes));
    pd_sql_printf(&term, is_own ? " USING %s)" : " USING utf8mb4) USING %s)", charset);
    pd_sql_add(&sql, "SELECT ");
    if (pd_sql_text(&term))
        put_text(&sql, term.text, charset);
    status = pd_sql_text(&term) && pd_sql_text(&sql) ? my_query(m->my, sql.text, &result, m->err)
                                                     : my_no_memory(m->host, m->err);
    pd_sql_free(&term);
    pd_sql_free(&sql);
    if (status != PD_OK)
        return status;
    row = mysql_num_fields(result) == ASKED_TERMS ? mysql_fetch_row(result) : NULL;
    if (row && row[0])
        set_answer(m, doubtful, row);
    mysql_free_result(result);
    return m->status;
}

/* Where nothing is NULL a table without rows has a default of NULL to show. */
static pd_status
ask_listed(struct maker *m, const struct doubtful *doubtful)
{
    const struct pd_column *column = column_of(m, doubtful);
    const char *table = m->works[doubtful->table].name, *charset = charset_of(m, doubtful);
    bool is_own = charset && !my_charset_comes_back(charset);
    const char *text;

    if (column->type.kind == PD_KIND_BINARY || strstr(column->default_native, "\\0"))
        return PD_OK;
    text = labels_default(m->my, m->pool, table, column->name, is_own);
    if (text && charset && (is_own || !maker_is_utf8(text, strlen(text))))
        return ask_term(m, doubtful, text, is_own);
    if (text && maker_is_utf8(text, strlen(text)))
        set_bytes(m, doubtful, text, strlen(text));
    return m->status;
}

/* It works on an empty table too. */
static pd_status
ask_table(struct maker *m, const struct doubtful *first, size_t n)
{
    struct pd_sql sql = {.host = m->host};
    MYSQL_RES *result = NULL;
    bool *is_listed = maker_alloc(m, &m->scratch, n);
    MYSQL_ROW row;
    pd_status status;

    for (size_t i = 0; i < n; i++) {
        pd_sql_add(&sql, i ? ", " : "SELECT ");
        put_default(m, first + i, &sql);
    }
    pd_sql_add(&sql, " FROM (SELECT 1) one LEFT JOIN ");
    my_name(&sql, m->works[first->table].name);
    pd_sql_add(&sql, " ON FALSE");
    status = is_listed && pd_sql_text(&sql) ? my_query(m->my, sql.text, &result, m->err)
                                            : my_no_memory(m->host, m->err);
    pd_sql_free(&sql);
    if (status != PD_OK)
        return status;
    row = mysql_num_fields(result) == n * ASKED_TERMS ? mysql_fetch_row(result) : NULL;
    for (size_t i = 0; row && i < n && m->status == PD_OK; i++) {
        is_listed[i] = !row[i * ASKED_TERMS];
        if (!is_listed[i])
            set_answer(m, first + i, row + i * ASKED_TERMS);
    }
    mysql_free_result(result);
    for (size_t i = 0; i < n && m->status == PD_OK && status == PD_OK; i++)
        status = is_listed[i] ? ask_listed(m, first + i) : PD_OK;
    return status == PD_OK ? m->status : status;
}

pd_status
defaults_repair(struct maker *m)
{
    pd_status status = PD_OK;
    size_t n;

    for (size_t i = 0; i < m->n_doubtful && status == PD_OK; i += n) {
        n = 1;
        while (i + n < m->n_doubtful && m->doubtful[i + n].table == m->doubtful[i].table)
            n++;
        status = ask_table(m, &m->doubtful[i], n);
    }
    return status;
}
