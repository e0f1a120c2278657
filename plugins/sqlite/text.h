// SPDX-License-Identifier: Apache-2.0
/* text - is it valid UTF-8, and UTF-16 into UTF-8. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Strict, also when text comes in pieces: *state is 0 before the first piece and after the last
   one of valid text. false: never valid. */
bool sqlite_text_check_piece(const void *bytes, size_t size, uint32_t *state);

static inline bool
text_is_ascii(const uint8_t *bytes, size_t size)
{
    uint64_t all = 0, word;

    for (; size >= 8; bytes += 8, size -= 8) {
        memcpy(&word, bytes, 8);
        all |= word;
    }
    for (; size; bytes++, size--)
        all |= *bytes;
    return (all & UINT64_C(0x8080808080808080)) == 0;
}

static inline bool
text_is_utf8(const void *bytes, size_t size)
{
    uint32_t state = 0;

    return text_is_ascii((const uint8_t *)bytes, size) ||
           (sqlite_text_check_piece(bytes, size, &state) && state == 0);
}

/* UTF-16 of n bytes into UTF-8, which takes at most n / 2 * 3 bytes. *ret_size is its size.
   false: a lone surrogate or an odd byte. */
bool sqlite_text_from_utf16(const uint8_t *bytes, size_t n, bool big_endian, uint8_t *out,
                            size_t *ret_size);
