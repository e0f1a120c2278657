// SPDX-License-Identifier: Apache-2.0
/* expressions - checks, generated columns, predicates and defaults as SQLite spells them. */
#include <stdlib.h>
#include <string.h>

#include "sink.h"

/* Does SQLite's own text do nothing but compute? Asked by parsing a statement around it. */
static bool
native_is_harmless(struct pd_sink *sink, const char *before, const char *native, const char *after)
{
    char *sql = sqlite3_mprintf("CREATE TABLE t(c %s%s%s)", before, native, after);
    bool harmless = sql && replay_is_passive(sink, sql);

    if (!sql)
        sink->memory_short = true;
    sqlite3_free(sql);
    return harmless;
}

static pd_status
copy_native(struct pd_sink *sink, const char *native, char **ret_sql, struct pd_error *err)
{
    size_t size = strlen(native) + 1;
    char *copy = sink->host->alloc(sink->host, size);

    if (!copy)
        return sqlite_no_memory(sink->host, err);
    memcpy(copy, native, size);
    *ret_sql = copy;
    return PD_OK;
}

static bool
is_textual(int kind)
{
    return kind == PD_KIND_TEXT || kind == PD_KIND_CHAR || kind == PD_KIND_ENUM ||
           kind == PD_KIND_SET || kind == PD_KIND_JSON || kind == PD_KIND_JSONB ||
           kind == PD_KIND_XML || kind == PD_KIND_UUID;
}

/* Floats are stored as floats everywhere. */
static bool
is_stored_otherwise(const struct pd_sink *sink, size_t table, size_t column)
{
    struct stored stored;

    ddl_stored(sink, table, column, &stored);
    return stored.rung == PD_RUNG_CARRIER && stored.form != FORM_REAL &&
           !is_textual(pd_column_at(sink->tables[table].table, column)->type.kind);
}

bool
expression_is_of_others(const struct pd_sink *sink, size_t table, const char *portable)
{
    const struct pd_table *t = sink->tables[table].table;
    const char *text = portable;
    size_t column;

    if (sink->same || !portable)
        return false;
    while ((column = pd_column_used(t, &portable, NULL)) < t->n_columns) {
        if (is_stored_otherwise(sink, table, column))
            return true;
    }
    return !expression_is_alike(sink, t, PD_NO_COLUMN, text);
}

bool
expression_is_portable(struct pd_sink *sink, const char *portable, const char *native)
{
    return portable || (sink->same && native && native_is_harmless(sink, "CHECK (", native, ")"));
}

pd_status
expression_write(struct pd_sink *sink, const char *portable, const char *native, char **ret_sql,
                 struct pd_error *err)
{
    if (sink->same && native && native_is_harmless(sink, "CHECK (", native, ")"))
        return copy_native(sink, native, ret_sql, err);
    if (!portable)
        return PD_UNSUPPORTED;
    return sink->host->expr_write(sink->host, &sqlite_dialect, portable, ret_sql, err);
}

/* What host->default_value() says. */
struct literal {
    int tag;
    const char *text;
    size_t size;
};

/* A string literal ends at a NUL, so text with one is written as bytes. */
static void
put_text(sqlite3_str *sql, const char *text, size_t size)
{
    size_t i;

    if (!memchr(text, 0, size)) {
        sqlite3_str_appendchar(sql, 1, '\'');
        for (i = 0; i < size; i++)
            sqlite3_str_appendchar(sql, text[i] == '\'' ? 2 : 1, text[i]);
        sqlite3_str_appendchar(sql, 1, '\'');
        return;
    }
    sqlite3_str_appendall(sql, "(CAST(x'");
    for (i = 0; i < size; i++)
        sqlite3_str_appendf(sql, "%02x", (unsigned char)text[i]);
    sqlite3_str_appendall(sql, "' AS TEXT))");
}

static void
put_bytes(sqlite3_str *sql, const char *bytes, size_t size)
{
    size_t i;

    sqlite3_str_appendall(sql, "x'");
    for (i = 0; i < size; i++)
        sqlite3_str_appendf(sql, "%02x", (unsigned char)bytes[i]);
    sqlite3_str_appendchar(sql, 1, '\'');
}

static bool
is_word(const struct literal *literal, const char *word)
{
    return literal->size == strlen(word) && memcmp(literal->text, word, literal->size) == 0;
}

/* NaN cannot be said, and a column of floats keeps -0 as 0. */
static pd_status
put_real(const struct stored *stored, const struct literal *literal, sqlite3_str *sql)
{
    bool is_any = stored->form == FORM_ANY || stored->form == FORM_NUMBER;

    if (is_word(literal, "Infinity"))
        sqlite3_str_appendall(sql, "9e999");
    else if (is_word(literal, "-Infinity"))
        sqlite3_str_appendall(sql, "-9e999");
    else if (is_word(literal, "NaN") || (!is_any && is_word(literal, "-0.0")))
        return PD_UNSUPPORTED;
    else
        sqlite3_str_append(sql, literal->text, (int)literal->size);
    return PD_OK;
}

/* A single is stored as a double: 0.1 as 0.10000000149011612. */
static pd_status
put_float(const struct pd_sink *sink, const struct pd_column *column, const struct stored *stored,
          const struct literal *literal, sqlite3_str *sql)
{
    char text[40];
    struct literal wide = {PD_TAG_PLAIN, text, 0};

    if (column->type.kind != PD_KIND_FLOAT32)
        return put_real(stored, literal, sql);
    wide.size = sink->host->real_text(strtof(literal->text, NULL), text);
    text[wide.size] = 0;
    return put_real(stored, &wide, sql);
}

/* Above 2^63-1 SQLite would make a double of it. */
static pd_status
put_unsigned(const struct literal *literal, sqlite3_str *sql)
{
    if (strtoull(literal->text, NULL, 10) > INT64_MAX)
        return PD_UNSUPPORTED;
    sqlite3_str_append(sql, literal->text, (int)literal->size);
    return PD_OK;
}

static pd_status
put_plain(const struct pd_sink *sink, const struct pd_column *column, const struct stored *stored,
          const struct literal *literal, sqlite3_str *sql)
{
    switch (stored->form) {
    case FORM_REAL:
        if (!stored->as_text)
            return put_float(sink, column, stored, literal, sql);
        break;
    case FORM_UNSIGNED:
        return put_unsigned(literal, sql);
    case FORM_INTEGER:
        if (column->type.kind == PD_KIND_BOOL)
            sqlite3_str_appendall(sql, *literal->text == 't' ? "1" : "0");
        else
            sqlite3_str_append(sql, literal->text, (int)literal->size);
        return PD_OK;
    case FORM_DECIMAL_NUMBER:
        sqlite3_str_append(sql, literal->text, (int)literal->size);
        return PD_OK;
    case FORM_BYTES:
        put_bytes(sql, literal->text, literal->size);
        return PD_OK;
    default:
        break;
    }
    put_text(sql, literal->text, literal->size);
    return PD_OK;
}

/* As the column's values are stored. */
static pd_status
put_literal(const struct pd_sink *sink, const struct pd_column *column, const struct stored *stored,
            sqlite3_str *sql, struct pd_error *err)
{
    struct literal literal = {0};
    char *text = NULL;
    pd_status status = sink->host->default_value(sink->host, column, NULL, 0, &literal.tag, &text,
                                                 &literal.size, err);

    if (status != PD_OK)
        return status;
    literal.text = text;
    if (literal.tag == PD_TAG_PLAIN)
        status = put_plain(sink, column, stored, &literal, sql);
    else if (literal.tag == PD_TAG_BYTES)
        put_bytes(sql, text, literal.size);
    else if (literal.tag == PD_TAG_INT)
        sqlite3_str_append(sql, text, (int)literal.size);
    else if (literal.tag == PD_TAG_REAL)
        status = put_real(stored, &literal, sql);
    else
        put_text(sql, text, literal.size);
    sink->host->release(sink->host, text);
    return status;
}

/* A default must not name columns; SQLite itself says whether an expression does. */
static bool
is_constant(struct pd_sink *sink, const char *expression)
{
    char *sql = sqlite3_mprintf("SELECT (%s)", expression);
    sqlite3_stmt *stmt = NULL;
    int rc = sql ? sqlite3_prepare_v2(sink->db, sql, -1, &stmt, NULL) : SQLITE_NOMEM;

    sqlite3_free(sql);
    sqlite3_finalize(stmt);
    if (rc == SQLITE_NOMEM)
        sink->memory_short = true;
    return rc == SQLITE_OK;
}

static pd_status
put_expression(struct pd_sink *sink, const char *portable, sqlite3_str *sql, struct pd_error *err)
{
    char *text = NULL;
    pd_status status = expression_write(sink, portable, NULL, &text, err);

    if (status != PD_OK)
        return status;
    if (is_constant(sink, text))
        sqlite3_str_appendf(sql, "(%s)", text);
    else
        status = PD_UNSUPPORTED;
    sink->host->release(sink->host, text);
    return status;
}

pd_status
default_write(struct pd_sink *sink, const struct pd_column *column, const struct stored *stored,
              sqlite3_str *sql, struct pd_error *err)
{
    static const char *const words[] = {
        [PD_DEFAULT_NULL] = "NULL",
        [PD_DEFAULT_NOW] = "CURRENT_TIMESTAMP",
        [PD_DEFAULT_TODAY] = "CURRENT_DATE",
        [PD_DEFAULT_CLOCK] = "CURRENT_TIME",
    };
    const char *native = column->default_native;
    int kind = column->default_kind;

    if (sink->same && native && native_is_harmless(sink, "DEFAULT ", native, "")) {
        sqlite3_str_appendall(sql, native);
        return PD_OK;
    }
    if (kind == PD_DEFAULT_LITERAL)
        return put_literal(sink, column, stored, sql, err);
    if (kind == PD_DEFAULT_EXPRESSION)
        return put_expression(sink, column->default_text, sql, err);
    if (kind == PD_DEFAULT_NOW && column->type.kind == PD_KIND_TIMESTAMPTZ) {
        sqlite3_str_appendall(sql, SQLITE_NOW_WITH_ZONE);
        return PD_OK;
    }
    if (kind == PD_DEFAULT_CLOCK && column->type.kind == PD_KIND_TIMETZ) {
        sqlite3_str_appendall(sql, "(strftime('%H:%M:%S+00', 'now'))");
        return PD_OK;
    }
    if (kind < (int)(sizeof words / sizeof *words) && words[kind]) {
        sqlite3_str_appendall(sql, words[kind]);
        return PD_OK;
    }
    return PD_UNSUPPORTED;
}
