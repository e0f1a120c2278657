// SPDX-License-Identifier: Apache-2.0
/* look - what somebody's statement is, as far as its words tell, before it is run. */
#include <string.h>
#include <strings.h>

#include "look.h"

static const char no_statement[] = "it is not one statement";
static const char hidden[] = "it has a comment that the server runs";

/* ---- Tokens ---- */

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_NAME, TOKEN_MARK, TOKEN_TEXT, TOKEN_HIDDEN };

struct token {
    enum token_kind kind;
    const char *text;
    size_t size;
    const char *next;
};

static bool
is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || (unsigned char)c >= 0x80;
}

static bool
is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Behind blanks and comments; *ret_hidden: it stands on one that the server runs. */
static const char *
skip_blanks(const char *at, bool *ret_hidden)
{
    for (;;) {
        if (is_blank(*at)) {
            at++;
        } else if (*at == '#' || (at[0] == '-' && at[1] == '-' && (unsigned char)at[2] <= ' ')) {
            at += strcspn(at, "\n");
        } else if (at[0] == '/' && at[1] == '*') {
            const char *end = strstr(at + 2, "*/");

            *ret_hidden |= at[2] == '!' || (at[2] == 'M' && at[3] == '!');
            at = end ? end + 2 : at + strlen(at);
        } else {
            return at;
        }
    }
}

/* Behind the closing quote, or the end of the text. */
static const char *
skip_quoted(const char *at)
{
    char quote = *at++;

    for (; *at; at++) {
        if (*at == '\\' && quote != '`' && at[1])
            at++;
        else if (*at == quote && at[1] != quote)
            return at + 1;
        else if (*at == quote)
            at++;
    }
    return at;
}

static struct token
token_at(const char *at)
{
    struct token token = {.kind = TOKEN_MARK};
    bool is_hidden = false;

    at = skip_blanks(at, &is_hidden);
    token.text = at;
    if (is_hidden) {
        token.kind = TOKEN_HIDDEN;
    } else if (!*at) {
        token.kind = TOKEN_END;
    } else if (*at == '`') {
        token.kind = TOKEN_NAME;
        at = skip_quoted(at);
    } else if (*at == '\'' || *at == '"') {
        token.kind = TOKEN_TEXT;
        at = skip_quoted(at);
    } else if (is_word_byte(*at)) {
        token.kind = TOKEN_WORD;
        while (is_word_byte(*at))
            at++;
    } else {
        at++;
    }
    token.size = (size_t)(at - token.text);
    token.next = at;
    return token;
}

static bool
is_word(const struct token *token, const char *word)
{
    return token->kind == TOKEN_WORD && strlen(word) == token->size &&
           strncasecmp(token->text, word, token->size) == 0;
}

static bool
is_any(const struct token *token, const char *const *words)
{
    while (*words && !is_word(token, *words))
        words++;
    return *words;
}

static struct token
next_of(const struct token *token)
{
    return token_at(token->next);
}

/* Over any of these words. */
static struct token
skip_words(struct token token, const char *const *words)
{
    while (is_any(&token, words))
        token = next_of(&token);
    return token;
}

/* ---- Statements about one table ---- */

static const char *const if_exists[] = {"IF", "NOT", "EXISTS", NULL};

static void
take_table(struct look *look, struct token token)
{
    struct token behind = next_of(&token);

    if ((token.kind != TOKEN_WORD && token.kind != TOKEN_NAME) ||
        (behind.kind == TOKEN_MARK && *behind.text == '.')) {
        look->reason = "of its table a name without a database must be seen";
        return;
    }
    look->kind = LOOK_TABLE;
    look->table = token.text;
    look->table_size = token.size;
}

/* [ONLINE] [IGNORE] TABLE [IF EXISTS] name */
static void
look_at_alter(struct look *look, struct token token)
{
    static const char *const before[] = {"ONLINE", "IGNORE", NULL};

    token = skip_words(token, before);
    if (!is_word(&token, "TABLE"))
        return;
    take_table(look, skip_words(next_of(&token), if_exists));
}

/* [OR REPLACE] [UNIQUE] INDEX [IF NOT EXISTS] name [USING BTREE] ON name */
static void
look_at_index(struct look *look, struct token token)
{
    static const char *const before[] = {"OR",       "REPLACE", "ONLINE", "OFFLINE", "UNIQUE",
                                         "FULLTEXT", "SPATIAL", "VECTOR", NULL};

    token = skip_words(token, before);
    if (!is_word(&token, "INDEX"))
        return;
    token = skip_words(next_of(&token), if_exists);
    token = next_of(&token);
    if (is_word(&token, "USING")) {
        token = next_of(&token);
        token = next_of(&token);
    }
    if (is_word(&token, "ON"))
        take_table(look, next_of(&token));
}

/* ALTER TABLE can also move rows or the table to where they would stay. */
static const char *
table_reason(const struct token *token)
{
    static const char *const harmless[] = {"COLUMN", "INDEX", "KEY", NULL};
    static const char *const moving[] = {"EXCHANGE", "DISCARD", "IMPORT", NULL};
    static const char *const parts[] = {"TABLE", "PARTITION", NULL};
    struct token behind = next_of(token);

    if ((is_word(token, "RENAME") && !is_any(&behind, harmless)) || is_any(token, moving) ||
        (is_word(token, "CONVERT") && is_any(&behind, parts)))
        return "it takes a table or its rows to where they would stay";
    return NULL;
}

/* ---- All ---- */

static void
look_inside(struct look *look, const char *sql)
{
    static const char *const files[] = {"OUTFILE", "DUMPFILE", NULL};
    struct token token = token_at(sql);

    for (; token.kind != TOKEN_END && !look->reason; token = next_of(&token)) {
        struct token behind = next_of(&token);

        if (token.kind == TOKEN_HIDDEN || behind.kind == TOKEN_HIDDEN)
            look->reason = hidden;
        else if (is_any(&token, files))
            look->reason = "it writes a file of the server";
        else if (*token.text == ';' && behind.kind != TOKEN_END)
            look->reason = no_statement;
        else if (look->kind == LOOK_TABLE)
            look->reason = table_reason(&token);
    }
}

struct look
look_at_statement(const char *sql)
{
    static const char *const rows[] = {"INSERT", "REPLACE", "UPDATE", "DELETE", "SELECT",
                                       "WITH",   "VALUES",  "DO",     NULL};
    struct look look = {LOOK_OTHER, NULL, NULL, 0};
    struct token token = token_at(sql), behind;

    if (token.kind == TOKEN_END) {
        look.reason = no_statement;
        return look;
    }
    behind = next_of(&token);
    if (is_any(&token, rows))
        look.kind = LOOK_ROWS;
    else if (is_word(&token, "ALTER"))
        look_at_alter(&look, behind);
    else if (is_word(&token, "CREATE") || is_word(&token, "DROP"))
        look_at_index(&look, behind);
    if (!look.reason)
        look_inside(&look, sql);
    return look;
}

/* ---- Names ---- */

bool
look_next_name(const char **at, struct look_name *ret_name)
{
    struct token token = token_at(*at), behind;
    bool is_qualified = false;

    while (token.kind != TOKEN_END && token.kind != TOKEN_WORD && token.kind != TOKEN_NAME) {
        is_qualified = *token.text == '.';
        token = next_of(&token);
    }
    if (token.kind == TOKEN_END)
        return false;
    behind = next_of(&token);
    *ret_name = (struct look_name){token.text, token.size, is_qualified,
                                   behind.kind == TOKEN_MARK && *behind.text == '.'};
    /* The point is read again, so that the next one knows of it. */
    *at = token.next;
    return true;
}

bool
look_is_name(const char *text, size_t size, const char *name)
{
    if (*text != '`')
        return strlen(name) == size && strncasecmp(text, name, size) == 0;
    for (size_t i = 1; i + 1 < size; i++, name++) {
        if (strncasecmp(text + i, name, 1) != 0)
            return false;
        i += text[i] == '`';
    }
    return !*name;
}
