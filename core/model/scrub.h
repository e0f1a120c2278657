// SPDX-License-Identifier: Apache-2.0
/* scrub - text that somebody would not take, as text that anybody takes. Each appends to out, whose
   shortage of memory is remembered there. */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"

/* Without U+0000, or with U+FFFD in its place. */
void scrub_nul(struct buffer *out, const void *text, size_t size, bool replace);
/* U+FFFD for each ill-formed sequence: for each longest beginning of a character that is cut short,
   and for each other byte (Unicode 3.9, "U+FFFD Substitution of Maximal Subparts"). */
void scrub_utf8(struct buffer *out, const void *bytes, size_t size);
/* U+FFFD for each half of a pair that stands alone, and for half a unit at the end. */
void scrub_utf16(struct buffer *out, const void *bytes, size_t size);
/* A character for each byte: of ISO 8859-1, or of windows-1252, where 81, 8D, 8F, 90 and 9D are
   the controls of these numbers. */
void scrub_latin1(struct buffer *out, const void *bytes, size_t size);
void scrub_windows1252(struct buffer *out, const void *bytes, size_t size);
