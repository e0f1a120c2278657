// SPDX-License-Identifier: Apache-2.0
/* diff_schema - what of a table's schema is not the same on both sides, in words. */
#pragma once

#include "base/buffer.h"
#include "run/run.h"

/* Each column, key, check and foreign key that differs, and each other member, is a text given to
   tell(): "column 'n': type.length is 20 in a and 30 in b". */
typedef pd_status diff_tell(void *arg, const char *text, struct pd_error *err);

MUST_USE pd_status diff_schema(const struct pd_table *a, const struct pd_table *b, diff_tell *tell,
                               void *arg, struct pd_error *err);
