// SPDX-License-Identifier: Apache-2.0
/* create - SHOW CREATE TABLE of every table, without what belongs to this very database: its name,
   and the state of AUTO_INCREMENT. */
#include <string.h>

#include "create.h"
#include "labels.h"

enum { ERROR_TABLE_ACCESS = 1142 };

/* Behind a quoted piece. */
static const char *
skip_quoted(const char *at)
{
    char quote = *at++;

    for (; *at; at++) {
        if (*at == '\\' && quote == '\'' && at[1])
            at++;
        else if (*at == quote && at[1] != quote)
            return at + 1;
        else if (*at == quote)
            at++;
    }
    return at;
}

/* Behind the list of columns and keys. */
static const char *
list_end(const char *sql)
{
    size_t depth = 0;

    while (*sql) {
        if (*sql == '`' || *sql == '\'') {
            sql = skip_quoted(sql);
            continue;
        }
        depth += *sql == '(';
        if (*sql == ')' && --depth == 0)
            return sql + 1;
        sql++;
    }
    return sql;
}

/* The name in quotes that stands at `at`; its size. */
static bool
is_name(const char *at, const char *name, size_t *ret_size)
{
    const char *start = at++;

    for (; *name; name++) {
        if (*at++ != *name || (*name == '`' && *at++ != '`'))
            return false;
    }
    *ret_size = (size_t)(at - start) + 1;
    return *at == '`' && at[1] != '`';
}

/* A name in quotes: of the database before another one, which is dropped; of a staged table, which
   gets its final one; any other. */
static const char *
put_name(const struct create_strip *strip, const char *at, struct pd_sql *out)
{
    const char *end = skip_quoted(at);
    size_t size;

    if (is_name(at, strip->database, &size) && at[size] == '.' && at[size + 1] == '`')
        return at + size + 1;
    for (size_t i = 0; strip->staged && i < strip->staged->n; i++) {
        if (!is_name(at, strip->staged->names[i], &size))
            continue;
        my_name(out, strip->staged->finals[i]);
        return at + size;
    }
    pd_sql_bytes(out, at, (size_t)(end - at));
    return end;
}

/* What \\ stands before. */
static char
unescape(char c)
{
    switch (c) {
    case '0':
        return 0;
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    default:
        return c;
    }
}

/* A default of bytes is shown as they are: x'ff00' is text, and means the same. */
static void
put_bytes(const char *at, const char *end, struct pd_sql *out)
{
    struct pd_sql bytes = {.host = out->host};

    for (at++; at < end - 1; at++) {
        char c = *at == '\\' ? unescape(*++at) : *at;

        at += at[0] == '\'' && at[1] == '\'' && c == '\'';
        pd_sql_bytes(&bytes, &c, 1);
    }
    out->failed |= bytes.failed;
    if (!bytes.failed)
        my_literal(out, pd_sql_text(&bytes), bytes.size);
    pd_sql_free(&bytes);
}

static void
put_string(const char *at, const char *end, struct pd_sql *out)
{
    if (maker_is_utf8(at, (size_t)(end - at)))
        pd_sql_bytes(out, at, (size_t)(end - at));
    else
        put_bytes(at, end, out);
}

static void
put_stripped(const struct create_strip *strip, const char *at, const char *end, struct pd_sql *out)
{
    while (at < end) {
        const char *from = at;

        while (at < end && *at != '`' && *at != '\'')
            at++;
        pd_sql_bytes(out, from, (size_t)(at - from));
        from = at;
        if (at < end && *at == '\'') {
            at = skip_quoted(at);
            put_string(from, at, out);
        } else if (at < end) {
            at = put_name(strip, at, out);
        }
    }
}

void
create_strip(const struct create_strip *strip, const char *sql, struct pd_sql *out)
{
    put_stripped(strip, sql, sql + strlen(sql), out);
}

void
create_strip_table(const struct create_strip *strip, const char *sql, struct pd_sql *out)
{
    static const char counter[] = " AUTO_INCREMENT=";
    const char *options = list_end(sql), *at = strstr(options, counter);
    const char *quote = strchr(options, '\'');

    if (at && (!quote || at < quote)) {
        put_stripped(strip, sql, at, out);
        at += sizeof counter - 1;
        sql = at + strspn(at, "0123456789");
    }
    put_stripped(strip, sql, sql + strlen(sql), out);
}

/* ---- All tables ---- */

static pd_status
read_table(struct maker *m, const struct create_strip *strip, size_t number)
{
    struct pd_sql sql = {.host = m->host}, text = {.host = m->host};
    MYSQL_RES *result = NULL;
    MYSQL_ROW row = NULL;
    pd_status status;

    pd_sql_add(&sql, "SHOW CREATE TABLE ");
    my_name(&sql, m->works[number].name);
    status = pd_sql_text(&sql) ? my_query(m->my, pd_sql_text(&sql), &result, m->err)
                               : my_no_memory(m->host, m->err);
    pd_sql_free(&sql);
    if (status == PD_FAILED && m->my->complaint.code == ERROR_TABLE_ACCESS)
        status = m->host->fail(m->err, PD_FAILED, PD_CAUSE_AUTH,
                               "user %s may not see how table '%s' is made: %s; a right on some of "
                               "its columns is not enough: grant SELECT on the table",
                               m->my->user, m->works[number].name, m->my->complaint.text);
    if (status == PD_OK)
        row = mysql_num_fields(result) == 2 ? mysql_fetch_row(result) : NULL;
    if (row && row[1]) {
        create_strip_table(strip, row[1], &text);
        m->tables[number].native_sql = maker_built(m, &text);
        status = m->status;
    } else if (status == PD_OK) {
        status =
            m->host->fail(m->err, PD_FAILED, PD_CAUSE_AUTH,
                          "the server does not tell how table '%s' is made", m->works[number].name);
    }
    if (result)
        mysql_free_result(result);
    return status;
}

/* column "": it may be any. */
static void
note_labels(struct maker *m, const char *column, const char *table, const char *so)
{
    maker_note(m, "labels are not verifiable",
               "column '%s' of table '%s': the server shows '?' in them, and does not tell which "
               "character of four bytes, or which byte, that stands for%s",
               column, table, so);
    maker_note_table(m, table);
}

static pd_status
repair_labels(struct maker *m, size_t number)
{
    struct pd_table *table = &m->tables[number];
    struct labels_unknown *unknown = &m->works[number].unknown_labels;
    pd_status status = labels_repair(m->my, m->pool, m->works[number].name, table->native_sql,
                                     &table->native_sql, unknown, m->err);

    if (status != PD_OK)
        return status;
    for (size_t i = 0; i < unknown->n; i++)
        note_labels(m, unknown->columns[i], table->name, "; its values are text");
    if (unknown->any)
        note_labels(m, "", table->name, "");
    return m->status;
}

pd_status
create_read(struct maker *m)
{
    struct create_strip strip = {m->my->database, m->staged};
    pd_status status = PD_OK;

    for (size_t i = 0; i < m->n_tables && status == PD_OK; i++) {
        status = read_table(m, &strip, i);
        if (status == PD_OK)
            status = repair_labels(m, i);
        if (status == PD_OK)
            status = partitions_check(m, i);
    }
    return status;
}
