// SPDX-License-Identifier: Apache-2.0
/* nearest - what the user may have meant: the known name that is nearest to a misspelt one. */
#pragma once

#include <stddef.h>

struct nearest {
    const char *wanted;
    const char *best;
    size_t distance;
};

struct nearest nearest_to(const char *wanted);
void nearest_offer(struct nearest *nearest, const char *name);
/* NULL: nothing is near enough to be worth a word. */
const char *nearest_get(const struct nearest *nearest);
