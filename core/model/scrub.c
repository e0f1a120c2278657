// SPDX-License-Identifier: Apache-2.0
// scrub - text that somebody would not take, as text that anybody takes.
#include "model/scrub.h"

#include <string.h>

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

static void
put_character(struct buffer *out, uint32_t c)
{
    uint8_t *at = buffer_reserve(out, 4);
    size_t n = 0;

    if (!at)
        return;
    if (c < 0x80) {
        at[n++] = (uint8_t)c;
    } else if (c < 0x800) {
        at[n++] = (uint8_t)(0xc0 | c >> 6);
        at[n++] = (uint8_t)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        at[n++] = (uint8_t)(0xe0 | c >> 12);
        at[n++] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        at[n++] = (uint8_t)(0x80 | (c & 0x3f));
    } else {
        at[n++] = (uint8_t)(0xf0 | c >> 18);
        at[n++] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
        at[n++] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        at[n++] = (uint8_t)(0x80 | (c & 0x3f));
    }
    out->size += n;
}

void
scrub_nul(struct buffer *out, const void *text, size_t size, bool replace)
{
    const uint8_t *at = text, *end = at + size, *nul;

    while (at < end && (nul = memchr(at, 0, (size_t)(end - at)))) {
        buffer_append(out, at, (size_t)(nul - at));
        if (replace)
            buffer_text(out, replacement);
        at = nul + 1;
    }
    buffer_append(out, at, (size_t)(end - at));
}

/* How many bytes the character, or what there is of one, has that begins here; *ret_whole: it is a
   character. */
static size_t
sequence_size(const uint8_t *at, size_t size, bool *ret_whole)
{
    uint8_t first = at[0], low = 0x80, high = 0xbf;
    size_t n = 1, needed;

    *ret_whole = first < 0x80;
    if (first < 0xc2 || first > 0xf4)
        return 1;
    needed = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : low;
    high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : high;
    while (n < needed && n < size && at[n] >= low && at[n] <= high) {
        low = 0x80;
        high = 0xbf;
        n++;
    }
    *ret_whole = n == needed;
    return n;
}

void
scrub_utf8(struct buffer *out, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    size_t done = 0, i = 0;

    while (i < size) {
        bool is_whole;
        size_t n = sequence_size(at + i, size - i, &is_whole);

        if (!is_whole) {
            buffer_append(out, at + done, i - done);
            buffer_text(out, replacement);
            done = i + n;
        }
        i += n;
    }
    if (done < size)
        buffer_append(out, at + done, size - done);
}

void
scrub_utf16(struct buffer *out, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    size_t i = 0;

    for (; size - i >= 2; i += 2) {
        uint32_t unit = at[i] | (uint32_t)at[i + 1] << 8, next = 0;

        if (size - i >= 4)
            next = at[i + 2] | (uint32_t)at[i + 3] << 8;
        if (unit >= 0xd800 && unit < 0xdc00 && next >= 0xdc00 && next < 0xe000) {
            put_character(out, 0x10000 + ((unit - 0xd800) << 10) + (next - 0xdc00));
            i += 2;
        } else {
            put_character(out, unit >= 0xd800 && unit < 0xe000 ? 0xfffd : unit);
        }
    }
    if (i < size)
        buffer_text(out, replacement);
}

void
scrub_latin1(struct buffer *out, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;

    for (size_t i = 0; i < size; i++)
        put_character(out, at[i]);
}

void
scrub_windows1252(struct buffer *out, const void *bytes, size_t size)
{
    static const uint16_t others[32] = {
        0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021, 0x2c6,  0x2030, 0x160,
        0x2039, 0x152,  0x8d,   0x17d,  0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
        0x2013, 0x2014, 0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0x9d,   0x17e,  0x178};
    const uint8_t *at = bytes;

    for (size_t i = 0; i < size; i++)
        put_character(out, at[i] >= 0x80 && at[i] < 0xa0 ? others[at[i] - 0x80] : at[i]);
}
