// SPDX-License-Identifier: Apache-2.0
/* manual_roff - see manual_roff.h. */
#include "cli/manual_roff.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { ROFF_WIDTH = 79 };

/* ---- Letters ---- */

/* A letter of UTF-8 as \[uXXXX]; what is none as '?'. Returns its bytes. */
static size_t
letter_wide(const char *text, size_t size)
{
    unsigned char first = (unsigned char)text[0];
    size_t n = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1;
    uint32_t letter = first & (0xffu >> (n + 1));

    if (n == 1 || n > size) {
        putchar('?');
        return 1;
    }
    for (size_t i = 1; i < n; i++)
        letter = letter << 6 | ((unsigned char)text[i] & 0x3f);
    printf("\\[u%04X]", letter);
    return n;
}

/* A letter that roff would read as something else, or show as something that cannot be copied into
   a shell. */
static const char *
letter_escape(char c)
{
    switch (c) {
    case '\\':
        return "\\e";
    case '\'':
        return "\\(aq";
    case '`':
        return "\\(ga";
    case '"':
        return "\\(dq";
    case '^':
        return "\\(ha";
    case '~':
        return "\\(ti";
    default:
        return NULL;
    }
}

/* A hyphen between letters of a word is one; all others, and those of options, are minus signs. */
static bool
is_hyphen(const char *text, size_t size, size_t at)
{
    size_t from = at;

    if (at == 0 || at + 1 == size || !isalpha((unsigned char)text[at - 1]) ||
        !isalpha((unsigned char)text[at + 1]))
        return false;
    while (from > 0 && (isalnum((unsigned char)text[from - 1]) || text[from - 1] == '-'))
        from--;
    return text[from] != '-';
}

/* verbatim: all hyphens are minus signs, since it is to be typed. */
static void
letters(const char *text, size_t size, bool verbatim)
{
    for (size_t i = 0; i < size; i++) {
        const char *escape = letter_escape(text[i]);

        if (escape)
            fputs(escape, stdout);
        else if (text[i] == '-' && (verbatim || !is_hyphen(text, size, i)))
            fputs("\\-", stdout);
        else if ((unsigned char)text[i] >= 0x80)
            i += letter_wide(text + i, size - i) - 1;
        else
            putchar(isprint((unsigned char)text[i]) ? text[i] : '?');
    }
}

/* What a word takes in the source at most, with a change of the font and back. */
static size_t
source_size(const char *text, size_t size)
{
    size_t sum = 2 * strlen("\\fB");

    for (size_t i = 0; i < size; i++) {
        const char *escape = letter_escape(text[i]);

        sum += escape                           ? strlen(escape)
               : text[i] == '-'                 ? 2
               : (unsigned char)text[i] >= 0x80 ? 8
                                                : 1;
    }
    return sum;
}

/* ---- Lines ---- */

static void
line_end(struct roff *roff)
{
    if (roff->column)
        putchar('\n');
    roff->column = 0;
    roff->is_sentence = false;
}

/* A backquote without another ends here. */
void
roff_end(struct roff *roff)
{
    if (roff->is_bold)
        fputs("\\fR", stdout);
    line_end(roff);
    roff->is_bold = false;
    roff->is_heading = false;
}

void
roff_request(struct roff *roff, const char *request)
{
    roff_end(roff);
    printf("%s\n", request);
}

void
roff_heading(struct roff *roff, const char *macro)
{
    roff_request(roff, macro);
    roff->is_heading = true;
}

/* A blank or a new line before a word. */
static void
word_begin(struct roff *roff, const char *word, size_t length, bool is_plain)
{
    size_t size = source_size(word, length);

    if (roff->column && !roff->is_heading &&
        (roff->is_sentence || roff->column + 1 + size > ROFF_WIDTH))
        line_end(roff);
    if (roff->column) {
        putchar(' ');
        roff->column++;
    }
    if (!roff->column && is_plain && *word == '.')
        fputs("\\&", stdout);
    roff->column += size;
}

void
roff_word(struct roff *roff, char font, const char *word, bool is_glued)
{
    if (!is_glued)
        word_begin(roff, word, strlen(word), font == 'R');
    roff->is_sentence = false;
    if (font != 'R')
        printf("\\f%c", font);
    letters(word, strlen(word), font == 'B');
    if (font != 'R')
        fputs("\\fR", stdout);
}

/* ---- Markdown ---- */

/* One word as it stands in Markdown: backquotes switch to bold and back. */
static void
word_marked(struct roff *roff, const char *word, size_t size, bool is_large)
{
    while (size > 0) {
        const char *mark = memchr(word, '`', size);
        size_t n = mark ? (size_t)(mark - word) : size;

        if (is_large && n > 0 && isalpha((unsigned char)word[0]) && !roff->is_bold) {
            putchar(toupper((unsigned char)word[0]));
            letters(word + 1, n - 1, false);
        } else {
            letters(word, n, roff->is_bold);
        }
        is_large = false;
        if (!mark)
            return;
        roff->is_bold = !roff->is_bold;
        fputs(roff->is_bold ? "\\fB" : "\\fR", stdout);
        word += n + 1;
        size -= n + 1;
    }
}

/* "[text](link)" somewhere in a word, without a blank in it: where text begins, and its end. */
static bool
find_link(const char *word, size_t size, const char **ret_text, size_t *ret_size,
          const char **ret_rest)
{
    const char *open = memchr(word, '[', size), *end = word + size;
    const char *middle = open ? memmem(open, (size_t)(end - open), "](", 2) : NULL;
    const char *close = middle ? memchr(middle, ')', (size_t)(end - middle)) : NULL;

    if (!close)
        return false;
    *ret_text = open + 1;
    *ret_size = (size_t)(middle - open - 1);
    *ret_rest = close + 1;
    return true;
}

static bool
ends_sentence(const char *word, size_t size)
{
    return size > 1 && strchr(".!?", word[size - 1]) && word[size - 2] != '.';
}

static void
words_put(struct roff *roff, const char *text, bool is_large)
{
    for (text += strspn(text, " \n\t"); *text; text += strspn(text, " \n\t")) {
        size_t size = strcspn(text, " \n\t"), link_size;
        const char *link, *rest;

        word_begin(roff, text, size, true);
        if (find_link(text, size, &link, &link_size, &rest)) {
            word_marked(roff, text, (size_t)(link - 1 - text), is_large);
            word_marked(roff, link, link_size, false);
            word_marked(roff, rest, size - (size_t)(rest - text), false);
        } else {
            word_marked(roff, text, size, is_large);
        }
        roff->is_sentence = ends_sentence(text, size);
        is_large = false;
        text += size;
    }
}

void
roff_words(struct roff *roff, const char *text)
{
    words_put(roff, text, false);
}

void
roff_sentence(struct roff *roff, const char *text)
{
    size_t size = strlen(text);

    words_put(roff, text, true);
    if (size && !strchr(".!?", text[size - 1]))
        putchar('.');
    roff->is_sentence = true;
}

/* ---- Usage ---- */

void
roff_usage(struct roff *roff, const char *usage)
{
    for (usage += strspn(usage, " "); *usage; usage += strspn(usage, " ")) {
        size_t size = strcspn(usage, " ");
        bool is_option = strncmp(usage, "--", 2) == 0, glued = false;

        for (size_t at = 0, n; at < size; at += n, glued = true) {
            char part[64];
            bool is_name = isalpha((unsigned char)usage[at]);

            for (n = 1; at + n < size && !is_option; n++)
                if (!isalpha((unsigned char)usage[at + n]) == is_name)
                    break;
            n = is_option ? size : n;
            snprintf(part, sizeof part, "%.*s", (int)n, usage + at);
            roff_word(roff, is_option ? 'B' : is_name ? 'I' : 'R', part, glued);
        }
        usage += size;
    }
}
