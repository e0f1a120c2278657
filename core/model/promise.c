// SPDX-License-Identifier: Apache-2.0
/* promise - see promise.h. */
#include "model/promise.h"

#include <string.h>

#include <polydump/plugin.h>

#include "model/text.h"

enum { UUID_SIZE = 36, TIME_SIZE = 8, FRACTION_DIGITS = 6, JSON_LEVELS = 1000 };

bool
promise_is_checked(int hint)
{
    return hint == PD_KIND_UUID || hint == PD_KIND_TIME || hint == PD_KIND_JSON ||
           hint == PD_KIND_JSONB;
}

static bool
is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool
is_uuid(const uint8_t *text, size_t size)
{
    if (size != UUID_SIZE)
        return false;
    for (size_t i = 0; i < size; i++) {
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (is_dash ? text[i] != '-' : !is_digit(text[i]) && (text[i] < 'a' || text[i] > 'f'))
            return false;
    }
    return true;
}

static int
two_digits(const uint8_t *text)
{
    return is_digit(text[0]) && is_digit(text[1]) ? (text[0] - '0') * 10 + text[1] - '0' : 100;
}

static bool
is_fraction(const uint8_t *text, size_t size)
{
    if (size == 0)
        return true;
    if (size < 2 || size > 1 + FRACTION_DIGITS || text[0] != '.' || text[size - 1] == '0')
        return false;
    for (size_t i = 1; i < size; i++) {
        if (!is_digit(text[i]))
            return false;
    }
    return true;
}

static bool
is_time(const uint8_t *text, size_t size)
{
    return size >= TIME_SIZE && two_digits(text) < 24 && text[2] == ':' &&
           two_digits(text + 3) < 60 && text[5] == ':' && two_digits(text + 6) < 60 &&
           is_fraction(text + TIME_SIZE, size - TIME_SIZE);
}

/* ---- JSON ---- */

struct json_text {
    const uint8_t *at;
    const uint8_t *end;
    size_t n_open;
    char close[JSON_LEVELS]; /* the bracket that ends each of the lists that are open */
};

static void
skip_blanks(struct json_text *j)
{
    while (j->at < j->end && (*j->at == ' ' || *j->at == '\t' || *j->at == '\n' || *j->at == '\r'))
        j->at++;
}

static bool
skip(struct json_text *j, char c)
{
    if (j->at == j->end || *j->at != (uint8_t)c)
        return false;
    j->at++;
    return true;
}

static bool
take_word(struct json_text *j, const char *word)
{
    size_t size = strlen(word);

    if ((size_t)(j->end - j->at) < size || memcmp(j->at, word, size) != 0)
        return false;
    j->at += size;
    return true;
}

static bool
take_digits(struct json_text *j)
{
    const uint8_t *start = j->at;

    while (j->at < j->end && is_digit(*j->at))
        j->at++;
    return j->at > start;
}

static bool
take_number(struct json_text *j)
{
    skip(j, '-');
    if (!skip(j, '0') && !take_digits(j))
        return false;
    if (skip(j, '.') && !take_digits(j))
        return false;
    if (!skip(j, 'e') && !skip(j, 'E'))
        return true;
    if (!skip(j, '+'))
        skip(j, '-');
    return take_digits(j);
}

static bool
take_escape(struct json_text *j)
{
    if (j->at == j->end)
        return false;
    if (*j->at != 'u')
        return *j->at && strchr("\"\\/bfnrt", *j->at++) != NULL;
    j->at++;
    for (int i = 0; i < 4; i++, j->at++) {
        if (j->at == j->end ||
            (!is_digit(*j->at) && ((*j->at | 0x20) < 'a' || (*j->at | 0x20) > 'f')))
            return false;
    }
    return true;
}

static bool
take_string(struct json_text *j)
{
    if (!skip(j, '"'))
        return false;
    while (j->at < j->end && *j->at >= 0x20) {
        uint8_t c = *j->at++;

        if (c == '"')
            return true;
        if (c == '\\' && !take_escape(j))
            return false;
    }
    return false;
}

/* What stands in front of a value of the innermost list: in an object its name. */
static bool
take_name(struct json_text *j)
{
    if (j->n_open == 0 || j->close[j->n_open - 1] == ']')
        return true;
    skip_blanks(j);
    if (!take_string(j))
        return false;
    skip_blanks(j);
    return skip(j, ':');
}

static bool
take_scalar(struct json_text *j)
{
    if (j->at < j->end && *j->at == '"')
        return take_string(j);
    return take_word(j, "true") || take_word(j, "false") || take_word(j, "null") || take_number(j);
}

/* Values down to the first that is no list with something in it. */
static bool
take_down(struct json_text *j)
{
    for (;;) {
        char close;

        skip_blanks(j);
        close = skip(j, '{') ? '}' : skip(j, '[') ? ']' : 0;
        if (!close)
            return take_scalar(j);
        skip_blanks(j);
        if (skip(j, close))
            return true;
        if (j->n_open == JSON_LEVELS)
            return false;
        j->close[j->n_open++] = close;
        if (!take_name(j))
            return false;
    }
}

/* Behind a value: out of the lists that end here, to the next one of a list that does not. */
static bool
take_up(struct json_text *j, bool *ret_more)
{
    *ret_more = false;
    skip_blanks(j);
    while (j->n_open) {
        if (skip(j, ',')) {
            *ret_more = true;
            return take_name(j);
        }
        if (!skip(j, j->close[j->n_open - 1]))
            return false;
        j->n_open--;
        skip_blanks(j);
    }
    return true;
}

static bool
is_json(const uint8_t *text, size_t size)
{
    struct json_text j;
    bool more = true;

    if (!text || !text_is_utf8(text, size))
        return false;
    j.at = text;
    j.end = text + size;
    j.n_open = 0;
    while (more) {
        if (!take_down(&j) || !take_up(&j, &more))
            return false;
    }
    return j.at == j.end;
}

bool
promise_is_odd_uuid(const uint8_t *text)
{
    static const char nil[] = "00000000-0000-0000-0000-000000000000";
    static const char max[] = "ffffffff-ffff-ffff-ffff-ffffffffffff";
    uint8_t version = text[14], variant = text[19];

    if (version >= '1' && version <= '7' &&
        (variant == '8' || variant == '9' || variant == 'a' || variant == 'b'))
        return false;
    return memcmp(text, nil, sizeof nil - 1) != 0 && memcmp(text, max, sizeof max - 1) != 0;
}

bool
promise_is_kept(int hint, const uint8_t *bytes, size_t size)
{
    switch (hint) {
    case PD_KIND_UUID:
        return is_uuid(bytes, size);
    case PD_KIND_TIME:
        return is_time(bytes, size);
    case PD_KIND_JSON:
    case PD_KIND_JSONB:
        return is_json(bytes, size);
    default:
        return false;
    }
}
