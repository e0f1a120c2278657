// SPDX-License-Identifier: Apache-2.0
/* utf8 - is text valid UTF-8? */
#include "utf8.h"

#include <string.h>

static inline bool
is_more(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

/* Bytes of the character at `at`, which does not begin like ASCII; 0: it is none. */
static size_t
character_size(const uint8_t *at, size_t room)
{
    uint8_t first = at[0];
    uint32_t pair;

    if (first < 0xc2 || first > 0xf4 || room < 2 || !is_more(at[1]))
        return 0;
    if (first < 0xe0)
        return 2;
    if (room < 3 || !is_more(at[2]))
        return 0;
    pair = (uint32_t)first << 8 | at[1];
    if (first < 0xf0)
        /* Neither too long a spelling nor half of a surrogate pair. */
        return pair >= 0xe0a0 && !(pair >= 0xeda0 && pair <= 0xedbf) ? 3 : 0;
    if (room < 4 || !is_more(at[3]))
        return 0;
    return pair >= 0xf090 && pair <= 0xf48f ? 4 : 0;
}

bool
utf8_is_valid(const uint8_t *text, size_t size)
{
    const uint8_t *at = text, *end = text + size;

    while (at < end) {
        uint64_t word;
        size_t n;

        if (end - at >= 8 && (memcpy(&word, at, 8), !(word & UINT64_C(0x8080808080808080)))) {
            at += 8;
            continue;
        }
        n = *at < 0x80 ? 1 : character_size(at, (size_t)(end - at));
        if (n == 0)
            return false;
        at += n;
    }
    return true;
}
