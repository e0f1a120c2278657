// SPDX-License-Identifier: Apache-2.0
/* utf8 - is text valid UTF-8, as the rest of polydump expects it? The server's utf8mb4 takes halves
   of surrogate pairs too. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool utf8_is_valid(const uint8_t *text, size_t size);
