// SPDX-License-Identifier: Apache-2.0
/* utf8 - is text valid UTF-8, as the rest of polydump expects it? */
#pragma once

#include <stdbool.h>
#include <stddef.h>

bool utf8_is_valid(const char *text, size_t size);
/* The size of the text without the cut character that may stand at its end. */
size_t utf8_cut(const char *text, size_t size);
size_t utf8_characters(const char *text, size_t size);
