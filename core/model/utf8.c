// SPDX-License-Identifier: Apache-2.0
// utf8 - strict validation and counting of UTF-8, eight bytes at a time where text is ASCII.
#include "model/utf8.h"

#include <string.h>

#include "model/text.h"

static const uint64_t HIGH_BITS = UINT64_C(0x8080808080808080);
static const uint64_t LOW_BITS = UINT64_C(0x0101010101010101);

static inline uint64_t
word_at(const uint8_t *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, 8);
    return word;
}

/* Non-zero when a byte of the word is 0 or not ASCII. */
static inline uint64_t
word_odd(uint64_t word)
{
    return (word | (word - LOW_BITS)) & HIGH_BITS;
}

/* Fewer than eight bytes, in a word filled up with blanks. */
static inline uint64_t
short_word(const uint8_t *bytes, size_t size)
{
    uint64_t word = UINT64_C(0x2020202020202020);

    for (size_t i = 0; i < size; i++)
        word = word << 8 | bytes[i];
    return word;
}

bool
utf8_is_plain_ascii(const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    size_t i = 0;

    if (size < 8)
        return word_odd(short_word(at, size)) == 0;
    for (; size - i >= 32; i += 32) {
        if (word_odd(word_at(at + i)) | word_odd(word_at(at + i + 8)) |
            word_odd(word_at(at + i + 16)) | word_odd(word_at(at + i + 24)))
            return false;
    }
    for (; size - i >= 8; i += 8) {
        if (word_odd(word_at(at + i)))
            return false;
    }
    return word_odd(word_at(at + size - 8)) == 0; /* some bytes of it for the second time */
}

/* A byte that begins a character of several bytes: how many follow, and bounds of the first. */
static void
begin_sequence(struct utf8_scan *scan, uint8_t byte)
{
    scan->low = 0x80;
    scan->high = 0xbf;
    if (byte >= 0xc2 && byte <= 0xdf) {
        scan->need = 1;
    } else if (byte >= 0xe0 && byte <= 0xef) {
        scan->need = 2;
        scan->low = byte == 0xe0 ? 0xa0 : 0x80;
        scan->high = byte == 0xed ? 0x9f : 0xbf;
    } else if (byte >= 0xf0 && byte <= 0xf4) {
        scan->need = 3;
        scan->low = byte == 0xf0 ? 0x90 : 0x80;
        scan->high = byte == 0xf4 ? 0x8f : 0xbf;
        scan->non_bmp = true;
    } else {
        scan->bad = true;
    }
}

static inline void
feed_byte(struct utf8_scan *scan, uint8_t byte)
{
    scan->n_chars += (byte & 0xc0) != 0x80;
    if (scan->need) {
        if (byte >= scan->low && byte <= scan->high) {
            scan->need--;
            scan->low = 0x80;
            scan->high = 0xbf;
            return;
        }
        scan->bad = true;
        scan->need = 0;
    }
    if (byte >= 0x80)
        begin_sequence(scan, byte);
    else if (byte == 0)
        scan->nul = true;
}

void
utf8_feed(struct utf8_scan *scan, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    size_t i = 0;

    while (i < size) {
        while (scan->need == 0 && size - i >= 8 && word_odd(word_at(at + i)) == 0) {
            scan->n_chars += 8;
            i += 8;
        }
        for (size_t end = size - i < 8 ? size : i + 8; i < end; i++)
            feed_byte(scan, at[i]);
    }
}

void
utf8_end(struct utf8_scan *scan)
{
    if (scan->need)
        scan->bad = true;
    scan->need = 0;
}

bool
text_is_utf8(const void *bytes, size_t size)
{
    struct utf8_scan scan = {0};

    utf8_feed(&scan, bytes, size);
    utf8_end(&scan);
    return !scan.bad;
}
