// SPDX-License-Identifier: Apache-2.0
/* objects_strings - the database's own name in strings of a text: statements that it makes itself,
   and what it asks the server's catalogue for. Nobody can rewrite those. */
#include <string.h>
#include <strings.h>

#include "objects_inside.h"

/* What stands between quotes. */
struct inside {
    const char *text;
    size_t size;
    bool backslashes;
};

static struct inside
inside_of(const struct word *word, struct text_mode mode)
{
    bool is_closed = word->size > 1 && word->text[word->size - 1] == *word->text;

    return (struct inside){word->text + 1, word->size - 1 - is_closed, !mode.no_backslash};
}

static bool
is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || c & 0x80;
}

static bool
has_at(const struct inside *in, size_t at, const struct own_names *names)
{
    size_t size = strlen(names->database);

    if (at + size > in->size)
        return false;
    return names->fold ? strncasecmp(in->text + at, names->database, size) == 0
                       : memcmp(in->text + at, names->database, size) == 0;
}

static size_t
skip_blanks(const struct inside *in, size_t at)
{
    while (at < in->size && (unsigned char)in->text[at] <= ' ')
        at++;
    return at;
}

/* Is it the name and nothing else, but for blanks and quotes? */
static bool
is_alone(const struct inside *in, const struct own_names *names)
{
    size_t at = skip_blanks(in, 0);
    bool is_quoted = at < in->size && in->text[at] == '`';

    at += is_quoted;
    if (!has_at(in, at, names))
        return false;
    at += strlen(names->database);
    at += is_quoted && at < in->size && in->text[at] == '`';
    return skip_blanks(in, at) == in->size;
}

/* Can a name begin there? Not behind another one and a point, nor in an address. */
static bool
begins_name(const struct inside *in, size_t at)
{
    if (at && in->text[at - 1] == '`')
        return at == 1 || in->text[at - 2] != '.';
    if (at == 0)
        return true;
    if (is_word_byte(in->text[at - 1])) /* but the n of \n */
        return in->backslashes && at > 1 && in->text[at - 2] == '\\';
    if (at > 1 && in->text[at - 1] == '/' && in->text[at - 2] == '/')
        return false;
    return in->text[at - 1] != '.' && in->text[at - 1] != '@';
}

static bool
is_before_point(const struct inside *in, size_t at)
{
    at += at < in->size && in->text[at] == '`';
    at = skip_blanks(in, at);
    return at < in->size && in->text[at] == '.';
}

static bool
says(const struct inside *in, const struct own_names *names)
{
    size_t size = strlen(names->database);

    for (size_t at = 0; size && at + size <= in->size; at++) {
        if (has_at(in, at, names) && begins_name(in, at) && is_before_point(in, at + size))
            return true;
    }
    return size && is_alone(in, names);
}

bool
text_has_in_string(const char *sql, struct text_mode mode, const struct own_names *names)
{
    struct word before = {.text = ""}, word;

    for (; (word = text_next(&sql, mode)).kind != WORD_END; before = word) {
        struct inside in;

        if (word.kind != WORD_STRING || text_is(&before, "COMMENT"))
            continue;
        in = inside_of(&word, mode);
        if (says(&in, names))
            return true;
    }
    return false;
}
