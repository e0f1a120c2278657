// SPDX-License-Identifier: Apache-2.0
/* decode_text - is text valid UTF-8? A server's database may have no encoding, or be damaged. */
#include "decode.h"

/* Bytes of the character that begins here, 0 when none does. */
static size_t
character(const uint8_t *text, size_t left)
{
    /* The second byte decides whether a form is overlong, a surrogate or beyond U+10FFFF. */
    uint8_t low = 0x80, high = 0xbf;
    size_t size, i;

    if (text[0] < 0x80)
        return 1;
    if (text[0] < 0xc2 || text[0] > 0xf4)
        return 0;
    size = text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
    if (left < size)
        return 0;
    if (text[0] == 0xe0)
        low = 0xa0;
    else if (text[0] == 0xed)
        high = 0x9f;
    else if (text[0] == 0xf0)
        low = 0x90;
    else if (text[0] == 0xf4)
        high = 0x8f;
    if (text[1] < low || text[1] > high)
        return 0;
    for (i = 2; i < size; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    }
    return size;
}

bool
decode_is_utf8(const uint8_t *text, size_t size)
{
    size_t at = 0, step;
    uint64_t eight;

    while (at < size) {
        /* Mostly ASCII: eight characters at once. */
        if (size - at >= 8) {
            memcpy(&eight, text + at, 8);
            if (!(eight & UINT64_C(0x8080808080808080))) {
                at += 8;
                continue;
            }
        }
        step = character(text + at, size - at);
        if (!step)
            return false;
        at += step;
    }
    return true;
}
