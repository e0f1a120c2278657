// SPDX-License-Identifier: Apache-2.0
/* lex - cuts SQL text of the server into tokens. */
#include <string.h>

#include "lex.h"

static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80);
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char
upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static const char *
skip_blanks(const char *at)
{
    return at + strspn(at, " \t\n\r");
}

static void
set(struct lex *lex, enum lex_kind kind, const char *end)
{
    lex->kind = kind;
    lex->size = (size_t)(end - lex->text);
    lex->next = end;
}

/* Behind the closing quote, which may be doubled; NULL: there is none. */
static const char *
skip_quoted(const char *at, char quote)
{
    for (at++; *at; at++) {
        if (*at != quote)
            continue;
        if (at[1] != quote)
            return at + 1;
        at++;
    }
    return NULL;
}

/* E'...': a backslash takes what follows with it. */
static const char *
skip_escaped(const char *at)
{
    for (at++; *at; at++) {
        if (*at == '\\' && at[1])
            at++;
        else if (*at == '\'' && at[1] == '\'')
            at++;
        else if (*at == '\'')
            return at + 1;
    }
    return NULL;
}

static void
read_name(struct lex *lex)
{
    const char *end = skip_quoted(lex->text, '"');

    set(lex, end && end - lex->text > 2 ? LEX_NAME : LEX_BAD, end ? end : lex->text);
}

static void
read_string(struct lex *lex)
{
    const char *end = skip_quoted(lex->text, '\'');

    /* What a backslash means here depends on a setting. */
    if (end && memchr(lex->text, '\\', (size_t)(end - lex->text)))
        end = NULL;
    set(lex, end ? LEX_STRING : LEX_BAD, end ? end : lex->text);
}

static void
read_word(struct lex *lex)
{
    const char *end = lex->text;

    while (is_letter(*end) || is_digit(*end) || *end == '$')
        end++;
    if (*end != '\'') {
        set(lex, LEX_WORD, end);
        return;
    }
    /* Of the strings with a letter before them only one is known here. */
    if (end - lex->text == 1 && upper(*lex->text) == 'E')
        end = skip_escaped(end);
    else
        end = NULL;
    set(lex, end ? LEX_STRING : LEX_BAD, end ? end : lex->text);
}

static void
read_number(struct lex *lex)
{
    const char *end = lex->text;

    while (is_digit(*end))
        end++;
    if (*end == '.' && is_digit(end[1]))
        end++;
    while (is_digit(*end))
        end++;
    set(lex, is_letter(*end) || *end == '$' ? LEX_BAD : LEX_NUMBER, end);
}

static void
read_mark(struct lex *lex)
{
    const char *at = lex->text;
    bool is_comment = (at[0] == '-' && at[1] == '-') || (at[0] == '/' && at[1] == '*');

    if (!strchr("()[],.:=<>+-*/;", *at) || is_comment)
        set(lex, LEX_BAD, at);
    else
        set(lex, LEX_MARK, at[0] == ':' && at[1] == ':' ? at + 2 : at + 1);
}

void
lex_step(struct lex *lex)
{
    if (lex->kind == LEX_BAD)
        return;
    lex->text = skip_blanks(lex->next);
    if (!*lex->text)
        set(lex, LEX_END, lex->text);
    else if (*lex->text == '"')
        read_name(lex);
    else if (*lex->text == '\'')
        read_string(lex);
    else if (is_letter(*lex->text))
        read_word(lex);
    else if (is_digit(*lex->text))
        read_number(lex);
    else
        read_mark(lex);
}

void
lex_begin(struct lex *lex, const char *sql)
{
    *lex = (struct lex){.next = sql};
    lex_step(lex);
}

bool
lex_is(const struct lex *lex, const char *word)
{
    size_t i, size = strlen(word);

    if ((lex->kind != LEX_WORD && lex->kind != LEX_MARK) || lex->size != size)
        return false;
    for (i = 0; i < size; i++) {
        if (upper(lex->text[i]) != word[i])
            return false;
    }
    return true;
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
    char word[32];
    bool first = true;

    while (*words) {
        size_t size = strcspn(words, " ");

        if (size >= sizeof word)
            return false;
        memcpy(word, words, size);
        word[size] = 0;
        words += size + (words[size] == ' ');
        if (lex_take(lex, word)) {
            first = false;
            continue;
        }
        if (!first)
            lex->kind = LEX_BAD;
        return false;
    }
    return true;
}

bool
lex_take_name(struct lex *lex, char name[LEX_NAME_ROOM])
{
    size_t i, n = 0, quote = lex->kind == LEX_NAME ? 1 : 0;

    if (lex->kind != LEX_NAME && lex->kind != LEX_WORD)
        return false;
    for (i = quote; i < lex->size - quote; i++) {
        char c = lex->text[i];

        /* The server would cut it and mean another. */
        if (n == LEX_NAME_ROOM - 1)
            return false;
        if (quote && c == '"')
            i++;
        name[n++] = !quote && c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    name[n] = 0;
    lex_step(lex);
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
