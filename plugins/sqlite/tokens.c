// SPDX-License-Identifier: Apache-2.0
/* tokens - cuts SQL text into tokens as SQLite does. */
#include <string.h>

#include "tokens.h"

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* What may stand inside a bare name: also "$", and every byte above ASCII. */
static bool
is_name(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '$' || (unsigned char)c >= 0x80;
}

static bool
is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r' && c != '\v');
}

static char
fold(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

/* The byte at p, 0 behind the end. */
static char
peek(const struct tokens *tokens, const char *p)
{
    return p < tokens->end ? *p : 0;
}

static const char *
skip_comment(const struct tokens *tokens, const char *p)
{
    if (*p == '-') {
        while (p < tokens->end && *p != '\n')
            p++;
        return p;
    }
    for (p += 2; p < tokens->end; p++) {
        if (*p == '*' && peek(tokens, p + 1) == '/')
            return p + 2;
    }
    return p; /* SQLite lets the end of the text end it */
}

static const char *
skip_blanks(const struct tokens *tokens, const char *p)
{
    while (p < tokens->end) {
        char next = peek(tokens, p + 1);

        if (is_blank(*p))
            p++;
        else if ((*p == '-' && next == '-') || (*p == '/' && next == '*'))
            p = skip_comment(tokens, p);
        else
            break;
    }
    return p;
}

/* The end of a text in quotes, NULL when it is open. A doubled quote stands for itself; "[" has
   no such rule. */
static const char *
skip_quoted(const struct tokens *tokens, const char *p)
{
    char quote = *p == '[' ? ']' : *p;

    for (p++; p < tokens->end; p++) {
        if (*p == 0)
            return NULL;
        if (*p != quote)
            continue;
        if (quote == ']' || peek(tokens, p + 1) != quote)
            return p + 1;
        p++;
    }
    return NULL;
}

static const char *
skip_name(const struct tokens *tokens, const char *p)
{
    while (p < tokens->end && is_name(*p))
        p++;
    return p;
}

static const char *
skip_digits(const struct tokens *tokens, const char *p)
{
    while (p < tokens->end && is_digit(*p))
        p++;
    return p;
}

static const char *
skip_exponent(const struct tokens *tokens, const char *p)
{
    const char *digits = p + 1;

    if (fold(peek(tokens, p)) != 'e')
        return p;
    if (peek(tokens, digits) == '+' || peek(tokens, digits) == '-')
        digits++;
    return is_digit(peek(tokens, digits)) ? skip_digits(tokens, digits) : p;
}

static const char *
read_number(const struct tokens *tokens, const char *p, enum token_kind *ret_kind)
{
    const char *end;

    *ret_kind = TOKEN_INTEGER;
    if (*p == '0' && fold(peek(tokens, p + 1)) == 'x' && is_hex(peek(tokens, p + 2))) {
        for (end = p + 2; end < tokens->end && is_hex(*end); end++)
            ;
    } else {
        end = skip_digits(tokens, p);
        if (peek(tokens, end) == '.')
            end = skip_digits(tokens, end + 1);
        end = skip_exponent(tokens, end);
        if (memchr(p, '.', (size_t)(end - p)) || end != skip_digits(tokens, p))
            *ret_kind = TOKEN_REAL;
    }
    if (is_name(peek(tokens, end)))
        *ret_kind = TOKEN_BAD; /* "12ab" */
    return end;
}

static const char *
read_blob(const struct tokens *tokens, const char *p, enum token_kind *ret_kind)
{
    const char *end = p + 2;

    while (end < tokens->end && is_hex(*end))
        end++;
    *ret_kind = peek(tokens, end) == '\'' && (end - p) % 2 == 0 ? TOKEN_BLOB : TOKEN_BAD;
    return end + 1;
}

static const char *
read_quoted(const struct tokens *tokens, const char *p, enum token_kind *ret_kind)
{
    const char *end = skip_quoted(tokens, p);

    *ret_kind = !end ? TOKEN_BAD : *p == '\'' ? TOKEN_STRING : TOKEN_NAME;
    return end ? end : tokens->end;
}

static const char *
read_variable(const struct tokens *tokens, const char *p, enum token_kind *ret_kind)
{
    const char *end = *p == '?' ? skip_digits(tokens, p + 1) : skip_name(tokens, p + 1);

    *ret_kind = *p == '?' || end > p + 1 ? TOKEN_VARIABLE : TOKEN_BAD;
    return end;
}

static const char *
read_mark(const struct tokens *tokens, const char *p, enum token_kind *ret_kind)
{
    static const char *const marks[] = {"->>", "->", "||", "<<", ">>",
                                        "<=",  ">=", "<>", "==", "!="};
    size_t i, size;

    *ret_kind = TOKEN_MARK;
    for (i = 0; i < sizeof marks / sizeof *marks; i++) {
        size = strlen(marks[i]);
        if ((size_t)(tokens->end - p) >= size && memcmp(p, marks[i], size) == 0)
            return p + size;
    }
    if (!*p || !strchr("()+-*/%,;.<>=&|~", *p))
        *ret_kind = TOKEN_BAD;
    return p + 1;
}

static const char *
read_any(const struct tokens *tokens, const char *p, enum token_kind *ret_kind)
{
    char next = peek(tokens, p + 1);

    if (is_digit(*p) || (*p == '.' && is_digit(next)))
        return read_number(tokens, p, ret_kind);
    if (fold(*p) == 'x' && next == '\'')
        return read_blob(tokens, p, ret_kind);
    if (*p == '\'' || *p == '"' || *p == '`' || *p == '[')
        return read_quoted(tokens, p, ret_kind);
    if (*p && strchr("?:@#$", *p))
        return read_variable(tokens, p, ret_kind);
    if (!is_name(*p))
        return read_mark(tokens, p, ret_kind);
    *ret_kind = TOKEN_WORD;
    return skip_name(tokens, p);
}

struct token
token_next(struct tokens *tokens)
{
    const char *p = skip_blanks(tokens, tokens->next);
    struct token token = {TOKEN_END, p, 0};
    const char *end;

    tokens->next = p;
    if (p == tokens->end)
        return token;
    end = read_any(tokens, p, &token.kind);
    if (token.kind == TOKEN_BAD)
        return token;
    token.size = (size_t)(end - p);
    tokens->next = end;
    return token;
}

bool
token_is(const struct token *token, const char *word)
{
    size_t i;

    if (token->kind != TOKEN_WORD && token->kind != TOKEN_MARK)
        return false;
    for (i = 0; i < token->size; i++) {
        if (fold(token->text[i]) != fold(word[i])) /* a shorter word ends in NUL, which differs */
            return false;
    }
    return word[i] == 0;
}

size_t
token_unquote(const struct token *token, char *buffer)
{
    bool quoted = token->kind == TOKEN_NAME || token->kind == TOKEN_STRING;
    char quote = token->text[0];
    size_t i, n = 0;

    if (!quoted) {
        memcpy(buffer, token->text, token->size);
        buffer[token->size] = 0;
        return token->size;
    }
    for (i = 1; i + 1 < token->size; i++) {
        buffer[n++] = token->text[i];
        if (token->text[i] == quote && quote != '[')
            i++;
    }
    buffer[n] = 0;
    return n;
}
