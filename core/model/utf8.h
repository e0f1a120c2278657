// SPDX-License-Identifier: Apache-2.0
/* utf8 - what a piece of text is made of, in one pass that can be fed in slices. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed at the start of each text. */
struct utf8_scan {
    uint64_t n_chars; /* code points; of text that is not valid: bytes that begin one */
    bool bad;         /* not valid UTF-8: overlong, surrogate, above U+10FFFF, cut */
    bool nul;         /* has U+0000 */
    bool non_bmp;     /* has a character of 4 bytes */
    uint8_t need;     /* continuation bytes that are still to come */
    uint8_t low;      /* bounds of the next one */
    uint8_t high;
};

void utf8_feed(struct utf8_scan *scan, const void *bytes, size_t size);
/* After the last slice. */
void utf8_end(struct utf8_scan *scan);
/* Are all bytes ASCII other than NUL? */
bool utf8_is_plain_ascii(const void *bytes, size_t size);
