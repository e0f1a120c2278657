// SPDX-License-Identifier: Apache-2.0
/* jsonb - JSON as PostgreSQL's jsonb prints it: names in its order, numbers in digits, one blank
   behind colons and commas. Two texts that are the same there are the same value to it. */
#pragma once

#include "base/buffer.h"

/* What the work needs; zero at first, and used again from one text to the next. */
struct jsonb {
    struct buffer names;   /* of the members of open objects, as they are meant */
    struct buffer members; /* struct jsonb_member of the same */
    struct buffer text;    /* of a number, or of members that change places */
};

void jsonb_free(struct jsonb *jsonb);

/* Appends the text to out. NULL: done; else why jsonb would not hold the value as it is, one
   clause, and out is of no use; "" where memory was short. */
const char *jsonb_write(struct jsonb *jsonb, const uint8_t *text, size_t size, struct buffer *out);
