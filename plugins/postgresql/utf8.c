// SPDX-License-Identifier: Apache-2.0
/* utf8 - is text valid UTF-8, as the rest of polydump expects it? */
#include "utf8.h"

#include <stdint.h>
#include <string.h>

/* Bytes of the character at text, of which size are there; 0: it is none. */
static size_t
character_size(const uint8_t *text, size_t size)
{
    uint8_t first = text[0], least = 0x80, greatest = 0xbf;
    size_t n = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

    if (n == 1)
        return 1;
    if (first < 0xc2 || first > 0xf4 || n > size)
        return 0;
    if (first == 0xe0)
        least = 0xa0;
    if (first == 0xf0)
        least = 0x90;
    if (first == 0xed)
        greatest = 0x9f;
    if (first == 0xf4)
        greatest = 0x8f;
    if (text[1] < least || text[1] > greatest)
        return 0;
    for (size_t i = 2; i < n; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    }
    return n;
}

bool
utf8_is_valid(const char *text, size_t size)
{
    const uint8_t *at = (const uint8_t *)text, *end = at + size;

    while (at < end) {
        uint64_t eight;
        size_t n;

        /* Mostly ASCII. */
        if (end - at >= 8 && (memcpy(&eight, at, 8), !(eight & UINT64_C(0x8080808080808080)))) {
            at += 8;
            continue;
        }
        n = character_size(at, (size_t)(end - at));
        if (n == 0)
            return false;
        at += n;
    }
    return true;
}

size_t
utf8_cut(const char *text, size_t size)
{
    size_t start = size;

    while (start > 0 && size - start < 4 && ((uint8_t)text[start - 1] & 0xc0) == 0x80)
        start--;
    if (start == 0 || (uint8_t)text[start - 1] < 0xc0)
        return size;
    start--;
    return character_size((const uint8_t *)text + start, size - start) ? size : start;
}

size_t
utf8_characters(const char *text, size_t size)
{
    size_t n = 0;

    for (size_t i = 0; i < size; i++)
        n += ((uint8_t)text[i] & 0xc0) != 0x80;
    return n;
}
