// SPDX-License-Identifier: Apache-2.0
/* expr_token - cuts the SQL of an expression into tokens, by the quotes of its dialect. */
#include "model/expr_tree.h"

#include <string.h>

struct scan {
    struct arena *arena;
    const struct pd_dialect *dialect;
    const char *at;
    bool short_of_memory;
};

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
begins_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80);
}

static bool
continues_name(char c)
{
    return begins_name(c) || is_digit(c) || c == '$';
}

static struct token
bad_token(const char *why)
{
    return (struct token){.kind = TOKEN_BAD, .why = why};
}

/* Behind blanks and comments; NULL: a comment that not every engine takes for one. */
static const char *
skip_blanks(const char *at, bool backslash)
{
    for (;;) {
        at += strspn(at, " \t\n\r\f\v");
        if (strncmp(at, "--", 2) == 0) {
            if (backslash && at[2] && !strchr(" \t\n", at[2]))
                return NULL; /* two signs in MariaDB */
            at += strcspn(at, "\n");
        } else if (strncmp(at, "/*", 2) == 0) {
            const char *end = strstr(at + 2, "*/");

            if (!end || at[2] == '!' || strncmp(at + 2, "M!", 2) == 0)
                return NULL; /* MariaDB runs what is in it */
            at = end + 2;
        } else {
            return at;
        }
    }
}

/* The character behind a backslash; 0: there is none that text can hold. */
static char
unescape(char c)
{
    static const char pairs[] = "n\nt\tr\rb\bZ\x1a";

    for (const char *pair = pairs; *pair; pair += 2) {
        if (pair[0] == c)
            return pair[1];
    }
    return c == '0' ? 0 : c;
}

/* One character of quoted text; false: the end. */
static bool
next_quoted(struct scan *scan, char close, bool doubled, bool backslash, char *ret_c,
            const char **why)
{
    char c = *scan->at;

    if (c == 0) {
        *why = "a quote that does not end";
        return false;
    }
    scan->at++;
    if (c == close) {
        if (!doubled || *scan->at != close)
            return false;
        scan->at++;
    } else if (c == '\\' && backslash && *scan->at && !strchr("%_", *scan->at)) {
        c = unescape(*scan->at++);
        if (c == 0)
            *why = "U+0000";
    }
    *ret_c = c;
    return *why == NULL;
}

/* Gone through twice by one function, so that the memory is as large as what comes. */
static struct token
quoted_token(struct scan *scan, int kind, char close, bool doubled)
{
    bool backslash = kind == TOKEN_STRING && (scan->dialect->flags & PD_DIALECT_BACKSLASH);
    struct scan ahead;
    const char *why = NULL;
    char *text, ignored;
    size_t n = 0, size = 0;

    scan->at++;
    ahead = *scan;
    while (next_quoted(&ahead, close, doubled, backslash, &ignored, &why))
        n++;
    if (why)
        return bad_token(why);
    text = arena_alloc(scan->arena, n + 1);
    if (!text) {
        scan->short_of_memory = true;
        return bad_token("");
    }
    while (next_quoted(scan, close, doubled, backslash, &text[size], &why))
        size++;
    return (struct token){.kind = (uint8_t)kind, .text = text, .size = size};
}

static struct token
number_token(struct scan *scan)
{
    const char *start = scan->at;

    while (is_digit(*scan->at))
        scan->at++;
    if (*scan->at == '.')
        scan->at++;
    while (is_digit(*scan->at))
        scan->at++;
    if (continues_name(*scan->at) || *scan->at == '.')
        return bad_token("a number that is no exact decimal");
    return (struct token){.kind = TOKEN_NUMBER, .text = start, .size = (size_t)(scan->at - start)};
}

static struct token
name_token(struct scan *scan)
{
    const char *start = scan->at;

    while (continues_name(*scan->at))
        scan->at++;
    return (struct token){.kind = TOKEN_NAME, .text = start, .size = (size_t)(scan->at - start)};
}

/* Longer ones first. */
static const struct {
    const char *text;
    uint8_t symbol;
    bool only_with_casts;
} symbols[] = {
    {"<>", SYMBOL_NE, false},  {"!=", SYMBOL_NE, false},      {"<=", SYMBOL_LE, false},
    {">=", SYMBOL_GE, false},  {"==", SYMBOL_EQ, false},      {"::", SYMBOL_CAST, true},
    {"=", SYMBOL_EQ, false},   {"<", SYMBOL_LT, false},       {">", SYMBOL_GT, false},
    {"+", SYMBOL_PLUS, false}, {"-", SYMBOL_MINUS, false},    {"*", SYMBOL_TIMES, false},
    {"(", SYMBOL_OPEN, false}, {")", SYMBOL_CLOSE, false},    {",", SYMBOL_COMMA, false},
    {".", SYMBOL_DOT, false},  {"[", SYMBOL_OPEN_LIST, true}, {"]", SYMBOL_CLOSE_LIST, true},
};

static struct token
symbol_token(struct scan *scan)
{
    for (size_t i = 0; i < COUNT_OF(symbols); i++) {
        size_t size = strlen(symbols[i].text);

        if (strncmp(scan->at, symbols[i].text, size) != 0)
            continue;
        if (symbols[i].only_with_casts && !(scan->dialect->flags & PD_DIALECT_ANY_ARRAY))
            break;
        scan->at += size;
        return (struct token){.kind = TOKEN_SYMBOL,
                              .symbol = symbols[i].symbol,
                              .text = scan->at - size,
                              .size = size};
    }
    return bad_token("this operator or sign");
}

static struct token
scan_token(struct scan *scan)
{
    const char *quotes = scan->dialect->name_quotes ? scan->dialect->name_quotes : "\"\"";
    char c = *scan->at;

    if (c == 0)
        return (struct token){.kind = TOKEN_END};
    if (c == '\'')
        return quoted_token(scan, TOKEN_STRING, '\'', /* doubled= */ true);
    for (; quotes[0] && quotes[1]; quotes += 2) {
        if (c == quotes[0])
            return quoted_token(scan, TOKEN_QUOTED, quotes[1], quotes[0] == quotes[1]);
    }
    if (is_digit(c) || (c == '.' && is_digit(scan->at[1])))
        return number_token(scan);
    if (begins_name(c))
        return name_token(scan);
    return symbol_token(scan);
}

bool
expr_token(struct arena *arena, const struct pd_dialect *dialect, const char **at,
           struct token *ret_token)
{
    struct scan scan = {arena, dialect, NULL, false};
    const char *start = skip_blanks(*at, dialect->flags & PD_DIALECT_BACKSLASH);

    if (!start) {
        *ret_token = bad_token("a comment that engines read differently");
        ret_token->start = *at;
        return true;
    }
    scan.at = start;
    *ret_token = scan_token(&scan);
    ret_token->start = start;
    *at = scan.at;
    return !scan.short_of_memory;
}

static char
upper_case(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

bool
expr_is_word(const struct token *token, const char *upper)
{
    if (token->kind != TOKEN_NAME || strlen(upper) != token->size)
        return false;
    for (size_t i = 0; i < token->size; i++) {
        if (upper_case(token->text[i]) != upper[i])
            return false;
    }
    return true;
}
