// SPDX-License-Identifier: Apache-2.0
/* text - is it valid UTF-8, and UTF-16 into UTF-8. */
#include "text.h"

/* The state: how many bytes are to come in the low byte, then the least and the greatest value
   that the next one may have. */
#define STATE(left, least, greatest) ((uint32_t)(left) | (least) << 8 | (uint32_t)(greatest) << 16)

static uint32_t
begin_character(uint8_t c)
{
    if (c >= 0xc2 && c <= 0xdf)
        return STATE(1, 0x80u, 0xbfu);
    if ((c & 0xf0) == 0xe0)
        return STATE(2, c == 0xe0 ? 0xa0u : 0x80u, c == 0xed ? 0x9fu : 0xbfu);
    if (c >= 0xf0 && c <= 0xf4)
        return STATE(3, c == 0xf0 ? 0x90u : 0x80u, c == 0xf4 ? 0x8fu : 0xbfu);
    return 0;
}

bool
sqlite_text_check_piece(const void *bytes, size_t size, uint32_t *state)
{
    const uint8_t *p = bytes, *end = p + size;
    uint32_t now = *state;

    for (; p < end; p++) {
        if (now) {
            if (*p < (now >> 8 & 0xff) || *p > (now >> 16 & 0xff))
                return false;
            now = (now & 0xff) == 1 ? 0 : STATE((now & 0xff) - 1, 0x80u, 0xbfu);
        } else if (*p >= 0x80) {
            now = begin_character(*p);
            if (!now)
                return false;
        }
    }
    *state = now;
    return true;
}

static uint32_t
unit_at(const uint8_t *bytes, bool big_endian)
{
    return big_endian ? (uint32_t)bytes[0] << 8 | bytes[1] : (uint32_t)bytes[1] << 8 | bytes[0];
}

static size_t
put_character(uint32_t c, uint8_t *out)
{
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (uint8_t)(0xc0 | c >> 6);
        out[1] = (uint8_t)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (uint8_t)(0xe0 | c >> 12);
        out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        out[2] = (uint8_t)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (uint8_t)(0xf0 | c >> 18);
    out[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
    out[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
    out[3] = (uint8_t)(0x80 | (c & 0x3f));
    return 4;
}

bool
sqlite_text_from_utf16(const uint8_t *bytes, size_t n, bool big_endian, uint8_t *out,
                       size_t *ret_size)
{
    size_t i, size = 0;

    if (n % 2)
        return false;
    for (i = 0; i < n; i += 2) {
        uint32_t c = unit_at(bytes + i, big_endian), low;

        if (c >= 0xd800 && c <= 0xdfff) {
            if (c > 0xdbff || i + 2 == n)
                return false;
            low = unit_at(bytes + i + 2, big_endian);
            if (low < 0xdc00 || low > 0xdfff)
                return false;
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
            i += 2;
        }
        size += put_character(c, out + size);
    }
    *ret_size = size;
    return true;
}
