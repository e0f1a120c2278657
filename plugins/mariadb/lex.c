// SPDX-License-Identifier: Apache-2.0
/* lex - the tokens of the server's SQL. */
#include <string.h>
#include <strings.h>

#include "lex.h"

static bool
is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || (unsigned char)c >= 0x80;
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *
skip_blanks(const char *at)
{
    while (*at == ' ' || (*at >= '\t' && *at <= '\r'))
        at++;
    return at;
}

/* Behind the closing quote, which doubled stands for itself; NULL: there is none. */
static const char *
skip_quoted(const char *at, bool backslashes)
{
    char quote = *at++;

    for (; *at; at++) {
        if (*at == '\\' && backslashes && at[1])
            at++;
        else if (*at == quote && at[1] != quote)
            return at + 1;
        else if (*at == quote)
            at++;
    }
    return NULL;
}

/* 12, 1.5, .5, 1e10, 1.5e-07, 0xff */
static const char *
skip_number(const char *at)
{
    if (*at == '0' && at[1] == 'x') {
        at += 2;
        while (is_word_byte(*at))
            at++;
        return at;
    }
    while (is_digit(*at) || *at == '.')
        at++;
    if ((*at == 'e' || *at == 'E') &&
        (is_digit(at[1]) || ((at[1] == '-' || at[1] == '+') && is_digit(at[2])))) {
        at += 2;
        while (is_digit(*at))
            at++;
    }
    return is_word_byte(*at) ? NULL : at;
}

/* X'ff', b'101': the letter is next. */
static bool
is_bits(const char *at)
{
    return (*at == 'x' || *at == 'X' || *at == 'b' || *at == 'B') && at[1] == '\'';
}

static bool
is_comment(const char *at)
{
    if (*at == '#' || (*at == '/' && at[1] == '*'))
        return true;
    return *at == '-' && at[1] == '-' && (unsigned char)at[2] <= ' ';
}

/* Behind the options that stand next in a comment, of which nothing is run; NULL: there are none.
 */
static const char *
skip_comment(const char *at)
{
    const char *end = strncmp(at, "/* `", 4) == 0 ? strstr(at, "*/") : NULL;

    return end ? end + 2 : NULL;
}

/* What begins a comment that MySQL runs, with the version from which on it does, or ends it. */
static const char *
skip_brackets(const char *at)
{
    for (;; at = skip_blanks(at)) {
        if (strncmp(at, "/*!", 3) == 0)
            for (at += 3; is_digit(*at);)
                at++;
        else if (strncmp(at, "*/", 2) == 0)
            at += 2;
        else
            return at;
    }
}

static const char *
skip_comments(struct lex *lex, const char *at)
{
    const char *end;

    if (lex->runs_comments)
        at = skip_brackets(at);
    while (lex->has_comments && (end = skip_comment(at)) != NULL) {
        lex->comment = at;
        lex->comment_size = (size_t)(end - at);
        at = skip_blanks(end);
    }
    return at;
}

/* The one comment that SHOW CREATE TABLE writes to be run is a word of the language. */
static const char compressed[] = "/*M!100301 COMPRESSED*/";

static const char *
end_of(struct lex *lex, const char *at)
{
    if (strncmp(at, compressed, sizeof compressed - 1) == 0) {
        lex->kind = LEX_WORD;
        return at + sizeof compressed - 1;
    }
    if (is_comment(at)) {
        lex->kind = LEX_BAD;
        return NULL;
    }
    if (*at == '`' || *at == '\'') {
        lex->kind = *at == '`' ? LEX_NAME : LEX_STRING;
        return skip_quoted(at, /* backslashes= */ *at == '\'');
    }
    if (is_bits(at)) {
        lex->kind = LEX_NUMBER;
        return skip_quoted(at + 1, /* backslashes= */ false);
    }
    if (is_digit(*at) || (*at == '.' && is_digit(at[1]))) {
        lex->kind = LEX_NUMBER;
        return skip_number(at);
    }
    if (is_word_byte(*at)) {
        lex->kind = LEX_WORD;
        while (is_word_byte(*at))
            at++;
        return at;
    }
    lex->kind = strchr("(),.;=<>!+-*/%&|^~", *at) ? LEX_MARK : LEX_BAD;
    return at + 1;
}

void
lex_step(struct lex *lex)
{
    const char *at = skip_comments(lex, skip_blanks(lex->next)), *end;

    if (lex->kind == LEX_BAD)
        return;
    lex->text = at;
    lex->size = 0;
    if (!*at) {
        lex->kind = LEX_END;
        lex->next = at;
        return;
    }
    end = end_of(lex, at);
    if (!end)
        lex->kind = LEX_BAD;
    lex->next = end ? end : at;
    lex->size = (size_t)(lex->next - at);
}

void
lex_begin(struct lex *lex, const char *sql)
{
    memset(lex, 0, sizeof *lex);
    lex->next = sql;
    lex_step(lex);
}

bool
lex_is(const struct lex *lex, const char *word)
{
    return (lex->kind == LEX_WORD || lex->kind == LEX_MARK) && strlen(word) == lex->size &&
           strncasecmp(lex->text, word, lex->size) == 0;
}

bool
lex_take(struct lex *lex, const char *word)
{
    if (!lex_is(lex, word))
        return false;
    lex_step(lex);
    return true;
}

bool
lex_take_words(struct lex *lex, const char *words)
{
    struct lex ahead = *lex;

    while (*words) {
        size_t size = strcspn(words, " ");

        if (ahead.kind != LEX_WORD || ahead.size != size ||
            strncasecmp(ahead.text, words, size) != 0)
            return false;
        lex_step(&ahead);
        words += size;
        words += *words == ' ';
    }
    *lex = ahead;
    return true;
}

bool
lex_take_kind(struct lex *lex, enum lex_kind kind)
{
    if (lex->kind != kind)
        return false;
    lex_step(lex);
    return true;
}

const char *
lex_take_name(struct lex *lex, struct pd_pool *pool)
{
    char *name;
    size_t i, size = 0;

    if (lex->kind != LEX_NAME && lex->kind != LEX_WORD)
        return NULL;
    name = pd_pool_copy(pool, lex->text, lex->size);
    if (name && lex->kind == LEX_NAME) {
        for (i = 1; i + 1 < lex->size; i++) {
            name[size++] = lex->text[i];
            i += lex->text[i] == '`';
        }
        name[size] = '\0';
    }
    lex_step(lex);
    return name;
}

static char
unescaped(char c)
{
    switch (c) {
    case '0':
        return '\0';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'b':
        return '\b';
    case 'Z':
        return '\032';
    default:
        return c;
    }
}

const char *
lex_take_string(struct lex *lex, struct pd_pool *pool, size_t *ret_size)
{
    char *text;
    size_t i, size = 0;

    if (lex->kind != LEX_STRING)
        return NULL;
    text = pd_pool_copy(pool, lex->text, lex->size);
    for (i = 1; text && i + 1 < lex->size; i++) {
        char c = lex->text[i];

        i += c == '\'' || c == '\\';
        text[size++] = c == '\\' ? unescaped(lex->text[i]) : c;
    }
    if (text)
        text[size] = '\0';
    *ret_size = size;
    lex_step(lex);
    return text;
}

bool
lex_skip_parentheses(struct lex *lex)
{
    size_t depth = 0;

    do {
        if (lex->kind == LEX_END || lex->kind == LEX_BAD)
            return false;
        depth += lex_is(lex, "(");
        depth -= lex_is(lex, ")") && depth > 0;
        lex_step(lex);
    } while (depth > 0);
    return true;
}
