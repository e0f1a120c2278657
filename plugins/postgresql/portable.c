// SPDX-License-Identifier: Apache-2.0
/* portable - the server's expressions in the portable grammar, where its types allow that. */
#include "maker.h"

#include <string.h>

#include "deparse.h"
#include "dialect.h"

/* What stands before the token that is looked at. */
struct walk {
    const struct pd_table *table;
    struct deparse_token before[2]; /* the last one first */
    const char *at;
};

/* To which types a column of a kind can be cast so that the cast says nothing. */
static const struct {
    const char *type;
    uint16_t kinds[6];
} silent_casts[] = {
    {"\"text\"", {PD_KIND_TEXT, PD_KIND_CHAR, PD_KIND_ENUM}},
    {"character", {PD_KIND_TEXT, PD_KIND_CHAR}}, /* varying: what comes behind is core's to see */
    {"\"bpchar\"", {PD_KIND_CHAR}},
    {"bigint", {PD_KIND_INT16, PD_KIND_INT32, PD_KIND_INT64}},
    {"numeric", {PD_KIND_INT16, PD_KIND_INT32, PD_KIND_INT64, PD_KIND_DECIMAL}},
    {"double", {PD_KIND_INT16, PD_KIND_INT32, PD_KIND_FLOAT32, PD_KIND_FLOAT64}},
};

static bool
same_name(const struct deparse_token *token, const char *name)
{
    const char *at = token->text + 1, *end = token->text + token->size - 1;

    for (; at < end && *name; at++, name++) {
        if (*at != *name)
            return false;
        at += *at == '"';
    }
    return at == end && !*name;
}

static const struct pd_column *
find_column(const struct walk *walk, const struct deparse_token *token)
{
    for (size_t i = 0; i < walk->table->n_columns; i++) {
        if (same_name(token, walk->table->columns[i].name))
            return &walk->table->columns[i];
    }
    return NULL;
}

static bool
is_silent(const struct pd_column *column, const struct deparse_token *type)
{
    for (size_t i = 0; i < sizeof silent_casts / sizeof *silent_casts; i++) {
        if (!deparse_is(type, silent_casts[i].type))
            continue;
        for (size_t k = 0; k < 6; k++) {
            if (silent_casts[i].kinds[k] == column->type.kind)
                return true;
        }
    }
    return false;
}

static bool
is_length(const struct deparse_token *name)
{
    return deparse_is(name, "\"length\"") || deparse_is(name, "\"char_length\"") ||
           deparse_is(name, "\"character_length\"");
}

/* Text has the same length everywhere; other types have functions of that name. */
static bool
is_measured(const struct walk *walk)
{
    return walk->before[0].kind == DEPARSE_SIGN && *walk->before[0].text == '(' &&
           walk->before[1].kind == DEPARSE_QUOTED && is_length(&walk->before[1]);
}

/* A column, which walk->at stands behind: is it used as its kind is used everywhere? */
static bool
column_is_portable(const struct walk *walk, const struct pd_column *column)
{
    const char *at = walk->at;
    struct deparse_token token = deparse_next(&at);

    if (is_measured(walk) && token.kind == DEPARSE_SIGN && *token.text == ')' &&
        column->type.kind != PD_KIND_TEXT && column->type.kind != PD_KIND_CHAR)
        return false;
    if (token.kind == DEPARSE_SIGN && *token.text == ')' && walk->before[0].kind == DEPARSE_SIGN &&
        *walk->before[0].text == '(' && walk->before[1].kind != DEPARSE_QUOTED)
        token = deparse_next(&at);
    if (token.kind != DEPARSE_CAST)
        return true;
    token = deparse_next(&at);
    return is_silent(column, &token);
}

/* Functions and types are in quotes too. */
static bool
is_name_of_column(const struct walk *walk)
{
    const char *at = walk->at;
    struct deparse_token next = deparse_next(&at);

    return walk->before[0].kind != DEPARSE_CAST && !deparse_is(&walk->before[0], "COLLATE") &&
           !(next.kind == DEPARSE_SIGN && *next.text == '(');
}

static bool
is_understood(const struct pd_table *table, const char *sql)
{
    struct walk walk = {.table = table, .at = sql};

    for (;;) {
        struct deparse_token token = deparse_next(&walk.at);
        const struct pd_column *column;

        if (token.kind == DEPARSE_END || token.kind == DEPARSE_BAD)
            return token.kind == DEPARSE_END;
        if (deparse_is(&walk.before[0], "COLLATE") && !deparse_is(&token, "\"C\""))
            return false;
        if (token.kind == DEPARSE_QUOTED && is_name_of_column(&walk)) {
            column = find_column(&walk, &token);
            if (!column || !column_is_portable(&walk, column))
                return false;
        }
        walk.before[1] = walk.before[0];
        walk.before[0] = token;
    }
}

/* ---- Labels ---- */

/* An enum that is asked which label it is, which walk->at stands behind: "w" = 'a'::mood, also ANY
   and ALL. What is asked for its order is not. */
static bool
asks_for_labels(const struct walk *walk, const struct pd_column *column)
{
    const char *at = walk->at;
    struct deparse_token token = deparse_next(&at);

    if (column->type.kind != PD_KIND_ENUM || !column->native || token.kind != DEPARSE_SIGN)
        return false;
    return *token.text == '=' || (*token.text == '<' && *at == '>');
}

/* What stands between such an enum and its labels. */
static bool
is_before_labels(const struct deparse_token *token)
{
    return token->kind == DEPARSE_STRING || deparse_is(token, "ANY") || deparse_is(token, "ALL") ||
           deparse_is(token, "ARRAY") ||
           (token->kind == DEPARSE_SIGN && strchr("=<>([,", *token->text));
}

/* Behind the cast of a label to its type, or where it stood. */
static const char *
skip_cast(const char *at, const char *native)
{
    const char *from = at;
    struct deparse_token cast = deparse_next(&at);
    size_t size = strlen(native);

    if (cast.kind != DEPARSE_CAST || strncmp(at, native, size) != 0 ||
        (at[size] && strchr(".[(", at[size])))
        return from;
    return at + size;
}

/* The labels that an enum is compared with, without the casts to its type: they are labels of it,
   and no other label is equal to them. */
static void
put_plain_labels(const struct pd_table *table, const char *sql, struct pd_sql *out)
{
    struct walk walk = {.table = table, .at = sql};
    const struct pd_column *asked = NULL;

    for (;;) {
        const char *from = walk.at;
        struct deparse_token token = deparse_next(&walk.at);

        pd_sql_bytes(out, from, (size_t)(walk.at - from));
        if (token.kind == DEPARSE_END || token.kind == DEPARSE_BAD)
            return;
        if (asked && token.kind == DEPARSE_STRING)
            walk.at = skip_cast(walk.at, asked->native);
        else if (asked && !is_before_labels(&token))
            asked = NULL;
        if (token.kind == DEPARSE_QUOTED && is_name_of_column(&walk)) {
            asked = find_column(&walk, &token);
            if (asked && !asks_for_labels(&walk, asked))
                asked = NULL;
        }
        walk.before[1] = walk.before[0];
        walk.before[0] = token;
    }
}

const char *
portable_read(struct maker *m, const struct pd_table *table, const char *sql)
{
    const struct pd_operands operands = {
        .struct_size = sizeof operands, .column = PD_NO_COLUMN, .table = table};
    struct pd_dialect dialect = postgresql_dialect;
    struct pd_sql plain = {.host = m->host};
    char *text = NULL;
    const char *copy;
    pd_status status = PD_FATAL;

    dialect.operands = &operands;
    dialect.flags |= m->bytewise ? 0u : (uint32_t)PD_DIALECT_BY_LANGUAGE;
    put_plain_labels(table, sql, &plain);
    if (pd_sql_text(&plain))
        status = is_understood(table, pd_sql_text(&plain))
                     ? m->host->expr_read(m->host, &dialect, pd_sql_text(&plain), &text, NULL)
                     : PD_UNSUPPORTED;
    pd_sql_free(&plain);
    if (status == PD_UNSUPPORTED)
        return NULL;
    copy = status == PD_OK ? pd_pool_text(m->pool, text) : NULL;
    m->host->release(m->host, text);
    if (!copy && m->status == PD_OK)
        m->status = pg_no_memory(m->host, m->err);
    return copy;
}
