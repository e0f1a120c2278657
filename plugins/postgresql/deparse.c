// SPDX-License-Identifier: Apache-2.0
/* deparse - tokens of the SQL that the server makes of stored expressions. */
#include "deparse.h"

#include <string.h>

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80);
}

/* Behind the closing quote, doubled ones passed over; NULL: there is none. */
static const char *
quote_end(const char *at)
{
    char quote = *at++;

    for (;; at++) {
        at = strchr(at, quote);
        if (!at)
            return NULL;
        if (*++at != quote)
            return at;
    }
}

static struct deparse_token
quoted(enum deparse_kind kind, const char *start, const char *quote)
{
    const char *end = quote_end(quote);

    if (!end)
        return (struct deparse_token){DEPARSE_BAD, start, strlen(start)};
    return (struct deparse_token){kind, start, (size_t)(end - start)};
}

static struct deparse_token
word(const char *start)
{
    const char *at = start;

    while (is_letter(*at) || is_digit(*at) || *at == '$')
        at++;
    return (struct deparse_token){DEPARSE_WORD, start, (size_t)(at - start)};
}

static struct deparse_token
number(const char *start)
{
    const char *at = start;

    while (is_digit(*at) || *at == '.')
        at++;
    if ((*at == 'e' || *at == 'E') &&
        (is_digit(at[1]) || ((at[1] == '+' || at[1] == '-') && is_digit(at[2])))) {
        at += 2;
        while (is_digit(*at))
            at++;
    }
    return (struct deparse_token){DEPARSE_NUMBER, start, (size_t)(at - start)};
}

static struct deparse_token
token_at(const char *at)
{
    if (!*at)
        return (struct deparse_token){DEPARSE_END, at, 0};
    if (*at == '"')
        return quoted(DEPARSE_QUOTED, at, at);
    if (*at == '\'')
        return quoted(DEPARSE_STRING, at, at);
    if (*at == 'B' && at[1] == '\'')
        return quoted(DEPARSE_BITS, at, at + 1);
    if (is_letter(*at))
        return word(at);
    if (is_digit(*at) || (*at == '.' && is_digit(at[1])))
        return number(at);
    if (*at == ':' && at[1] == ':')
        return (struct deparse_token){DEPARSE_CAST, at, 2};
    return (struct deparse_token){DEPARSE_SIGN, at, 1};
}

struct deparse_token
deparse_next(const char **at)
{
    struct deparse_token token;

    *at += strspn(*at, " \t\n\r\f\v");
    token = token_at(*at);
    *at += token.size;
    return token;
}

bool
deparse_is(const struct deparse_token *token, const char *text)
{
    return strlen(text) == token->size && memcmp(token->text, text, token->size) == 0;
}

size_t
deparse_unquote(const struct deparse_token *token, char *out)
{
    const char *at = token->text + (token->kind == DEPARSE_BITS), *end = token->text + token->size;
    char quote = *at++;
    size_t size = 0;

    for (end--; at < end; at++) {
        at += *at == quote;
        out[size++] = *at;
    }
    out[size] = 0;
    return size;
}
