// SPDX-License-Identifier: Apache-2.0
/* version - versions of applications in their order. */
#include "migrate/version.h"

#include <stddef.h>
#include <string.h>

/* In their order: whatever letters follow a release makes it a pre-release, a further number makes
   it a later one. */
enum part_kind { PART_LETTERS, PART_END, PART_NUMBER };

struct part {
    enum part_kind kind;
    const char *text; /* of a number: without leading zeros, so that 0 is empty */
    size_t size;
};

struct reader {
    const char *at;
    size_t n_zeros; /* read before `ahead`, and not given yet */
    bool has_ahead; /* that part was read, and not given yet */
    struct part ahead;
};

/* Not those of <ctype.h>, which ask the locale. */
static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static struct reader
reader_of(const char *text)
{
    if ((text[0] == 'v' || text[0] == 'V') && is_digit(text[1]))
        text++;
    return (struct reader){.at = text};
}

static struct part
part_read(struct reader *reader)
{
    struct part part = {.kind = PART_END};

    while (*reader->at && *reader->at != '+' && !is_digit(*reader->at) && !is_letter(*reader->at))
        reader->at++;
    if (is_digit(*reader->at)) {
        part.kind = PART_NUMBER;
        reader->at += strspn(reader->at, "0");
        part.text = reader->at;
        while (is_digit(*reader->at))
            reader->at++;
    } else if (is_letter(*reader->at)) {
        part.kind = PART_LETTERS;
        part.text = reader->at;
        while (is_letter(*reader->at))
            reader->at++;
    }
    part.size = part.kind == PART_END ? 0 : (size_t)(reader->at - part.text);
    return part;
}

static bool
is_zero(const struct part *part)
{
    return part->kind == PART_NUMBER && part->size == 0;
}

/* Zeros count only when a number follows: 1.4 is 1.4.0, and 1.4-rc1 is 1.4.0-rc1. */
static struct part
part_next(struct reader *reader)
{
    if (!reader->has_ahead) {
        while (reader->ahead = part_read(reader), is_zero(&reader->ahead))
            reader->n_zeros++;
        if (reader->ahead.kind != PART_NUMBER)
            reader->n_zeros = 0;
        reader->has_ahead = true;
    }
    if (reader->n_zeros) {
        reader->n_zeros--;
        return (struct part){.kind = PART_NUMBER, .text = ""};
    }
    reader->has_ahead = false;
    return reader->ahead;
}

static int
order_of(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

static int
bytes_compare(const struct part *a, const struct part *b)
{
    size_t least = a->size < b->size ? a->size : b->size;
    int order = least ? memcmp(a->text, b->text, least) : 0;

    return order ? order : order_of(a->size, b->size);
}

static int
part_compare(const struct part *a, const struct part *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->kind == PART_NUMBER && a->size != b->size)
        return order_of(a->size, b->size);
    return bytes_compare(a, b);
}

int
version_compare(const char *a, const char *b)
{
    struct reader left = reader_of(a), right = reader_of(b);

    for (;;) {
        struct part x = part_next(&left), y = part_next(&right);
        int order = part_compare(&x, &y);

        if (order || x.kind == PART_END)
            return order;
    }
}

bool
version_is_valid(const char *text)
{
    bool has_digit = false, in_build = false;

    for (; *text; text++) {
        if (!is_letter(*text) && !is_digit(*text) && !strchr(".-_+~", *text))
            return false;
        in_build |= *text == '+';
        has_digit |= is_digit(*text) && !in_build;
    }
    return has_digit;
}
