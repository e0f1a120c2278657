// SPDX-License-Identifier: Apache-2.0
/* objects_split - cuts SQL text into statements as the server's own scanner would. */
#include <string.h>

#include "objects_inside.h"

static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool
is_word(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '$';
}

static bool
is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* p stands on the quote; what is open ends with the text. A doubled quote is two texts side by
   side, which comes to the same. */
static const char *
skip_quoted(const char *p, bool backslash)
{
    char quote = *p++;

    while (*p && *p != quote)
        p += *p == '\\' && backslash && p[1] ? 2 : 1;
    return *p ? p + 1 : p;
}

/* p stands on "/" of a comment; they nest. */
static const char *
skip_comment(const char *p)
{
    size_t depth = 0;

    do {
        if (p[0] == '/' && p[1] == '*') {
            depth++;
            p += 2;
        } else if (p[0] == '*' && p[1] == '/') {
            depth--;
            p += 2;
        } else if (*p) {
            p++;
        }
    } while (depth && *p);
    return p;
}

/* p stands on "$"; NULL: it begins no quoted text. */
static const char *
skip_dollars(const char *p)
{
    const char *end = p + 1;
    size_t size;

    if (is_letter(*end)) {
        while (is_word(*end) && *end != '$')
            end++;
    }
    if (*end != '$')
        return NULL;
    size = (size_t)(end + 1 - p);
    for (end++; *end; end++) {
        if (*end == '$' && strncmp(end, p, size) == 0)
            return end + size;
    }
    return end;
}

/* What stands between statements and tokens. */
static const char *
skip_blanks(const char *p)
{
    for (;;) {
        if (is_blank(*p))
            p++;
        else if (p[0] == '-' && p[1] == '-')
            p += strcspn(p, "\n");
        else if (p[0] == '/' && p[1] == '*')
            p = skip_comment(p);
        else
            return p;
    }
}

static bool
is_keyword(const char *p, size_t size, const char *word)
{
    size_t i;

    for (i = 0; i < size && word[i]; i++) {
        if ((p[i] & ~0x20) != word[i])
            return false;
    }
    return i == size && !word[i];
}

/* Semicolons inside of parentheses (rules) and of BEGIN ATOMIC ... END (functions) do not end a
   statement. */
struct depth {
    size_t parentheses;
    size_t blocks;
    bool begun; /* the word before was BEGIN */
};

static void
count_word(struct depth *depth, const char *p, size_t size)
{
    bool begun = depth->begun;

    depth->begun = is_keyword(p, size, "BEGIN");
    if (begun && is_keyword(p, size, "ATOMIC"))
        depth->blocks++;
    else if (depth->blocks && is_keyword(p, size, "CASE"))
        depth->blocks++;
    else if (depth->blocks && is_keyword(p, size, "END"))
        depth->blocks--;
}

static const char *
skip_word(const char *p, struct depth *depth)
{
    const char *start = p;

    while (is_word(*p))
        p++;
    if (*p == '\'' && is_keyword(start, (size_t)(p - start), "E"))
        return skip_quoted(p, true);
    count_word(depth, start, (size_t)(p - start));
    return p;
}

static const char *
skip_mark(const char *p, struct depth *depth)
{
    const char *end = *p == '$' ? skip_dollars(p) : NULL;

    depth->begun = false;
    if (end)
        return end;
    if (*p == '\'' || *p == '"')
        return skip_quoted(p, false);
    if (*p == '(')
        depth->parentheses++;
    else if (*p == ')' && depth->parentheses)
        depth->parentheses--;
    return p + 1;
}

bool
objects_split(const char **next, const char **ret_start, size_t *ret_size)
{
    struct depth depth = {0};
    const char *p = skip_blanks(*next), *end;

    while (*p == ';')
        p = skip_blanks(p + 1);
    *ret_start = end = p;
    while (*p && !(*p == ';' && !depth.parentheses && !depth.blocks)) {
        p = is_word(*p) && *p != '$' ? skip_word(p, &depth) : skip_mark(p, &depth);
        end = p;
        p = skip_blanks(p);
    }
    *next = *p ? p + 1 : p;
    *ret_size = (size_t)(end - *ret_start);
    return *ret_size > 0;
}
