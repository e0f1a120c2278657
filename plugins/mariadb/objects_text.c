// SPDX-License-Identifier: Apache-2.0
/* objects_text - words of SQL as people wrote it: comments, quotes of all kinds, sql_mode. */
#include <string.h>
#include <strings.h>

#include "objects_inside.h"

struct text_mode
text_mode_of(const char *sql_mode)
{
    return (struct text_mode){strstr(sql_mode, "ANSI_QUOTES") != NULL,
                              strstr(sql_mode, "NO_BACKSLASH_ESCAPES") != NULL};
}

static bool
is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || c & 0x80;
}

/* Behind the comment that begins at `at`; NULL: none does. What stands in those that some versions
   run is text. */
static const char *
skip_comment(const char *at)
{
    const char *end;

    if (*at == '#' || (strncmp(at, "--", 2) == 0 && (unsigned char)at[2] <= ' '))
        return at + strcspn(at, "\n");
    if (strncmp(at, "/*!", 3) == 0 || strncmp(at, "/*M!", 4) == 0) {
        at += strcspn(at, "!") + 1;
        return at + strspn(at, "0123456789");
    }
    if (strncmp(at, "*/", 2) == 0)
        return at + 2;
    if (at[0] != '/' || at[1] != '*')
        return NULL;
    end = strstr(at + 2, "*/");
    return end ? end + 2 : at + strlen(at);
}

static const char *
skip_blanks(const char *at)
{
    for (;;) {
        const char *behind = skip_comment(at);

        if (behind)
            at = behind;
        else if (*at && (unsigned char)*at <= ' ')
            at++;
        else
            return at;
    }
}

static size_t
quoted_size(const char *text, bool backslashes)
{
    const char *at = text + 1;

    for (; *at; at++) {
        if (*at == '\\' && backslashes && at[1])
            at++;
        else if (*at == *text && at[1] == *text)
            at++;
        else if (*at == *text)
            return (size_t)(at - text) + 1;
    }
    return (size_t)(at - text);
}

struct word
text_next(const char **at, struct text_mode mode)
{
    struct word word = {.text = skip_blanks(*at), .size = 1};
    char c = *word.text;

    if (c == 0) {
        word.size = 0;
    } else if (c == '`' || (c == '"' && mode.ansi_quotes)) {
        word.kind = WORD_QUOTED;
        word.size = quoted_size(word.text, false);
    } else if (c == '\'' || c == '"') {
        word.kind = WORD_STRING;
        word.size = quoted_size(word.text, !mode.no_backslash);
    } else if (is_word_byte(c)) {
        word.kind = WORD_PLAIN;
        while (is_word_byte(word.text[word.size]))
            word.size++;
    } else {
        word.kind = WORD_MARK;
    }
    *at = word.text + word.size;
    return word;
}

bool
text_is(const struct word *word, const char *keyword)
{
    return word->kind != WORD_QUOTED && strlen(keyword) == word->size &&
           strncasecmp(word->text, keyword, word->size) == 0;
}

bool
text_names(const struct word *word, const char *name, bool fold)
{
    bool is_quoted = word->kind == WORD_QUOTED;
    const char *at = word->text + is_quoted, *end = word->text + word->size - is_quoted;
    char quote = *word->text;

    if (word->kind != WORD_PLAIN && !is_quoted)
        return false;
    for (; at < end && *name; at++, name++) {
        if (fold ? strncasecmp(at, name, 1) != 0 : *at != *name)
            return false;
        at += is_quoted && *at == quote;
    }
    return at == end && !*name;
}

/* What text types and statements that depend on the database's collation are made of. */
static bool
is_of_text(const struct word *word)
{
    static const char *const pieces[] = {"CHAR", "TEXT", "CLOB", "DATABASE", "COLLATION"};
    static const char *const words[] = {"ENUM", "LONG", "LOAD", "ALTER", "PREPARE", "EXECUTE"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (text_is(word, words[i]))
            return true;
    }
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        size_t size = strlen(pieces[i]);

        for (size_t k = 0; k + size <= word->size; k++) {
            if (strncasecmp(word->text + k, pieces[i], size) == 0)
                return true;
        }
    }
    return false;
}

bool
text_uses_database(const char *sql, struct text_mode mode)
{
    struct word before = text_next(&sql, mode), word; /* CREATE */

    for (; (word = text_next(&sql, mode)).kind != WORD_END; before = word) {
        if (text_is(&word, "CREATE") || (text_is(&before, "SET") && text_is(&word, "(")) ||
            (word.kind == WORD_PLAIN && is_of_text(&word)))
            return true;
    }
    return false;
}
