// SPDX-License-Identifier: Apache-2.0
/* null - what the sink that throws all rows away cannot do: to give them back. */
#include "conformance.h"

static const char *
place(unsigned n)
{
    return "null:";
}

static void
standing(struct buffer *out)
{
}

static void
clear(void)
{
}

static const struct quirks null = {
    .name = "null",
    .no_source = "rows are thrown away",
    .no_marks = "there is no place that could keep anything",
    .no_rejects = "every row is thrown away alike",
    .place = place,
    .clear = clear,
    .standing = standing,
};

const struct quirks *const engine_ways[] = {&null, NULL};
