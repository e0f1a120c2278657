// SPDX-License-Identifier: Apache-2.0
/* defaults - what stands after DEFAULT, told in neutral terms. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog.h"
#include "text.h"
#include "tokens.h"

/* A term cut into its tokens, parentheses around it taken off. */
struct default_term {
    struct token tokens[2]; /* a sign and a literal, or a literal */
    size_t n_tokens;        /* 3: more than that */
    bool in_parentheses;
};

static void
cut_term(const char *text, struct default_term *term)
{
    struct tokens tokens = {text, text + strlen(text)};
    struct token token;

    memset(term, 0, sizeof *term);
    token = token_next(&tokens);
    while (token_is(&token, "(")) {
        term->in_parentheses = true;
        token = token_next(&tokens);
    }
    while (term->n_tokens < 3 && token.kind != TOKEN_END && !token_is(&token, ")")) {
        if (term->n_tokens < 2)
            term->tokens[term->n_tokens] = token;
        term->n_tokens++;
        if (token.kind == TOKEN_BAD)
            term->n_tokens = 3;
        else
            token = token_next(&tokens);
    }
    /* "(a) + (b)" has more behind its first parenthesis. */
    while (term->n_tokens < 3 && token_is(&token, ")"))
        token = token_next(&tokens);
    if (token.kind != TOKEN_END)
        term->n_tokens = 3;
}

static pd_status
set_text(struct catalog_maker *m, struct pd_column *column, int tag, const char *bytes, size_t size)
{
    column->default_kind = PD_DEFAULT_LITERAL;
    column->default_tag = (uint16_t)tag;
    column->default_text = pd_pool_copy(m->pool, bytes, size);
    column->default_size = (uint32_t)size;
    return column->default_text ? PD_OK : sqlite_catalog_no_memory(m);
}

/* SQLite itself says what a number is: 0x10, 9223372036854775808, 1e400. */
static pd_status
set_number(struct catalog_maker *m, const char *sign, const struct token *token,
           struct pd_column *column)
{
    char *sql = sqlite3_mprintf("SELECT %s%.*s", sign, (int)token->size, token->text);
    sqlite3_stmt *stmt = NULL;
    char text[40];
    size_t size;
    pd_status status;
    int rc = sql ? sqlite3_prepare_v2(m->db, sql, -1, &stmt, NULL) : SQLITE_NOMEM;

    sqlite3_free(sql);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    if (rc != SQLITE_ROW) {
        sqlite3_finalize(stmt);
        return sqlite_fail(m->host, m->db, rc, m->err, "cannot read the default of column '%s'",
                           column->name);
    }
    if (sqlite3_column_type(stmt, 0) == SQLITE_INTEGER) {
        size =
            (size_t)snprintf(text, sizeof text, "%lld", (long long)sqlite3_column_int64(stmt, 0));
        status = set_text(m, column, PD_TAG_INT, text, size);
    } else {
        size = m->host->real_text(sqlite3_column_double(stmt, 0), text);
        status = set_text(m, column, PD_TAG_REAL, text, size);
    }
    sqlite3_finalize(stmt);
    return status;
}

static int
hex_value(char c)
{
    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

static pd_status
set_blob(struct catalog_maker *m, const struct token *token, struct pd_column *column)
{
    size_t i, size = (token->size - 3) / 2;
    pd_status status = set_text(m, column, PD_TAG_BYTES, token->text, size);
    char *bytes;

    if (status != PD_OK)
        return status;
    bytes = pd_pool_alloc(m->pool, size + 1);
    if (!bytes)
        return sqlite_catalog_no_memory(m);
    for (i = 0; i < size; i++)
        bytes[i] =
            (char)(hex_value(token->text[2 + 2 * i]) * 16 + hex_value(token->text[3 + 2 * i]));
    column->default_text = bytes;
    return PD_OK;
}

static pd_status
set_string(struct catalog_maker *m, const struct token *token, struct pd_column *column)
{
    char *text = pd_pool_alloc(m->pool, token->size + 1);

    if (!text)
        return sqlite_catalog_no_memory(m);
    return set_text(m, column, PD_TAG_TEXT, text, token_unquote(token, text));
}

static pd_status
set_word(struct catalog_maker *m, const struct token *token, struct pd_column *column)
{
    static const struct {
        const char *word;
        int kind;
    } words[] = {
        {"null", PD_DEFAULT_NULL},
        {"current_timestamp", PD_DEFAULT_NOW},
        {"current_date", PD_DEFAULT_TODAY},
        {"current_time", PD_DEFAULT_CLOCK},
    };
    size_t i;

    for (i = 0; i < sizeof words / sizeof *words; i++) {
        if (!token_is(token, words[i].word))
            continue;
        column->default_kind = (uint16_t)words[i].kind;
        return PD_OK;
    }
    if (token_is(token, "true") || token_is(token, "false"))
        return set_text(m, column, PD_TAG_INT, token_is(token, "true") ? "1" : "0", 1);
    return PD_UNSUPPORTED;
}

/* PD_UNSUPPORTED: no literal, but an expression. A name that is not in parentheses is a string. */
static pd_status
set_literal(struct catalog_maker *m, const struct default_term *term, struct pd_column *column)
{
    const struct token *last = &term->tokens[term->n_tokens - 1];
    const char *sign = term->n_tokens == 2 && token_is(&term->tokens[0], "-") ? "-" : "";
    bool signed_number = term->n_tokens == 2 && (*sign || token_is(&term->tokens[0], "+"));
    pd_status status;

    if (last->kind == TOKEN_INTEGER || last->kind == TOKEN_REAL)
        return term->n_tokens == 1 || signed_number ? set_number(m, sign, last, column)
                                                    : PD_UNSUPPORTED;
    if (term->n_tokens != 1)
        return PD_UNSUPPORTED;
    if (last->kind == TOKEN_BLOB)
        return set_blob(m, last, column);
    if (last->kind == TOKEN_STRING)
        return set_string(m, last, column);
    status = set_word(m, last, column);
    if (status != PD_UNSUPPORTED || term->in_parentheses)
        return status;
    return last->kind == TOKEN_WORD || last->kind == TOKEN_NAME ? set_string(m, last, column)
                                                                : PD_UNSUPPORTED;
}

/* As the sink writes it, in its parentheses or without. */
static bool
is_now_with_zone(const char *text)
{
    static const char wanted[] = SQLITE_NOW_WITH_ZONE;
    size_t inside = sizeof wanted - 3;

    return strcmp(text, wanted) == 0 ||
           (strlen(text) == inside && memcmp(text, wanted + 1, inside) == 0);
}

/* CAST(x'610062' AS TEXT), as the sink writes text that no string can hold. */
static pd_status
read_cast(struct catalog_maker *m, const char *text, struct pd_column *column)
{
    static const char *const marks[] = {"cast", "(", NULL, "as", "text", ")"};
    struct tokens tokens = {text, text + strlen(text)};
    struct token token = token_next(&tokens), bytes = {0};
    bool is_open = token_is(&token, "(");
    pd_status status;
    size_t i;

    for (i = 0, token = is_open ? token_next(&tokens) : token; i < 6; i++) {
        if (marks[i] ? !token_is(&token, marks[i]) : token.kind != TOKEN_BLOB)
            return PD_UNSUPPORTED;
        bytes = marks[i] ? bytes : token;
        token = token_next(&tokens);
    }
    if (is_open && token_is(&token, ")"))
        token = token_next(&tokens);
    if (token.kind != TOKEN_END)
        return PD_UNSUPPORTED;
    status = set_blob(m, &bytes, column);
    if (status == PD_OK)
        column->default_tag =
            text_is_utf8(column->default_text, column->default_size) ? PD_TAG_TEXT : PD_TAG_BADTEXT;
    return status;
}

/* ---- What a column makes of it ---- */

/* The affinity that changes such a literal; NULL: it stays as it is written. */
static const char *
changing_affinity(const struct pd_column *column)
{
    int tag = column->default_tag;
    bool is_number = tag == PD_TAG_INT || tag == PD_TAG_REAL;

    switch (column->type.kind) {
    case PD_KIND_TEXT:
        return is_number ? "TEXT" : NULL;
    case PD_KIND_FLOAT64:
        return is_number || tag == PD_TAG_TEXT ? "REAL" : NULL;
    case PD_KIND_INT64:
    case PD_KIND_NUMBER:
        return tag == PD_TAG_REAL || tag == PD_TAG_TEXT ? "NUMERIC" : NULL;
    default:
        return NULL;
    }
}

static int
insert_literal(sqlite3 *db, const struct pd_column *column)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db, "INSERT INTO t VALUES (?)", -1, &stmt, NULL);

    if (rc == SQLITE_OK && column->default_tag == PD_TAG_INT)
        rc = sqlite3_bind_int64(stmt, 1, strtoll(column->default_text, NULL, 10));
    else if (rc == SQLITE_OK && column->default_tag == PD_TAG_REAL)
        rc = sqlite3_bind_double(stmt, 1, strtod(column->default_text, NULL));
    else if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(stmt, 1, column->default_text, (int)column->default_size,
                               SQLITE_STATIC);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static pd_status
take_value(struct catalog_maker *m, sqlite3_stmt *stmt, struct pd_column *column)
{
    char text[40];
    const char *stored;

    switch (sqlite3_column_type(stmt, 0)) {
    case SQLITE_NULL:
        column->default_kind = PD_DEFAULT_NULL;
        return PD_OK;
    case SQLITE_BLOB:
        stored = sqlite3_column_blob(stmt, 0);
        return set_text(m, column, PD_TAG_BYTES, stored ? stored : "",
                        (size_t)sqlite3_column_bytes(stmt, 0));
    case SQLITE_INTEGER:
        snprintf(text, sizeof text, "%lld", (long long)sqlite3_column_int64(stmt, 0));
        return set_text(m, column, PD_TAG_INT, text, strlen(text));
    case SQLITE_FLOAT:
        return set_text(m, column, PD_TAG_REAL, text,
                        m->host->real_text(sqlite3_column_double(stmt, 0), text));
    default:
        stored = (const char *)sqlite3_column_text(stmt, 0);
        return stored
                   ? set_text(m, column, PD_TAG_TEXT, stored, (size_t)sqlite3_column_bytes(stmt, 0))
                   : sqlite_catalog_no_memory(m);
    }
}

/* '1' is 1 in a column of integers, 1 is '1' in one of text: SQLite says what it stores. */
static pd_status
set_stored(struct catalog_maker *m, struct pd_column *column)
{
    const char *affinity = changing_affinity(column);
    sqlite3_stmt *stmt = NULL;
    sqlite3 *db = NULL;
    char sql[40];
    pd_status status;
    int rc;

    if (column->default_kind != PD_DEFAULT_LITERAL || !affinity)
        return PD_OK;
    snprintf(sql, sizeof sql, "CREATE TABLE t (c %s)", affinity);
    rc = sqlite3_open(":memory:", &db);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = insert_literal(db, column);
    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v2(db, "SELECT c FROM t", -1, &stmt, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        status = take_value(m, stmt, column);
    else
        status = sqlite_fail(m->host, db, rc, m->err, "cannot read the default of column '%s'",
                             column->name);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return status;
}

/* Sums and the like of whole numbers, and functions of them: key words are in upper case. */
static bool
is_of_integers(const char *portable)
{
    return strspn(portable, "abcdefghijklmnopqrstuvwxyz_0123456789 (),+-*/%") == strlen(portable);
}

static pd_status
set_expression(const char *portable, struct pd_column *column)
{
    column->default_kind = PD_DEFAULT_EXPRESSION;
    column->default_text = portable;
    column->default_size = (uint32_t)strlen(portable);
    return PD_OK;
}

/* What is portable asks neither the clock nor for chance, and a default no column. Engines compute
   the same of whole numbers; of all others what counts is what SQLite computes: others would do it
   with decimals, and have truths that are no numbers. */
static pd_status
set_computed(struct catalog_maker *m, const char *text, const char *portable,
             struct pd_column *column)
{
    char *sql = sqlite3_mprintf("SELECT %s", text);
    sqlite3_stmt *stmt = NULL;
    int rc = sql ? sqlite3_prepare_v2(m->db, sql, -1, &stmt, NULL) : SQLITE_NOMEM;
    pd_status status = PD_OK;

    sqlite3_free(sql);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    /* No row: it fails, as every INSERT does. */
    if (rc == SQLITE_ROW && sqlite3_column_type(stmt, 0) == SQLITE_INTEGER &&
        is_of_integers(portable))
        status = set_expression(portable, column);
    else if (rc == SQLITE_ROW)
        status = take_value(m, stmt, column);
    sqlite3_finalize(stmt);
    if (rc == SQLITE_NOMEM)
        return sqlite_catalog_no_memory(m);
    return status == PD_OK ? set_stored(m, column) : status;
}

pd_status
sqlite_catalog_read_default(struct catalog_maker *m, const struct pd_table *table, const char *text,
                            struct pd_column *column)
{
    struct default_term term;
    const char *portable = NULL;
    pd_status status = PD_UNSUPPORTED;

    column->default_native = text;
    if (is_now_with_zone(text)) {
        column->default_kind = PD_DEFAULT_NOW;
        return PD_OK;
    }
    cut_term(text, &term);
    if (term.n_tokens == 1 || term.n_tokens == 2)
        status = set_literal(m, &term, column);
    else
        status = read_cast(m, text, column);
    if (status == PD_OK)
        return set_stored(m, column);
    if (status != PD_UNSUPPORTED)
        return status;
    column->default_kind = PD_DEFAULT_NATIVE;
    status = sqlite_catalog_portable(m, table, text, &portable);
    return status == PD_OK && portable ? set_computed(m, text, portable, column) : status;
}
