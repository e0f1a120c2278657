// SPDX-License-Identifier: Apache-2.0
/* fold - which texts are equal for a collation, as far as the catalogue says what it is. */
#pragma once

#include <stdbool.h>

#include <polydump/plugin.h>

#include "base/buffer.h"

enum fold_letters {
    FOLD_NO_LETTERS, /* each letter is itself */
    FOLD_ASCII,      /* A is a */
    FOLD_CASE,       /* Ä is ä */
    FOLD_BASE        /* ä is a */
};

struct fold {
    bool trims;       /* blanks at the end do not count */
    bool skips_marks; /* marks that stand by themselves do not count */
    bool is_plain;    /* letters beyond U+FFFF are all equal */
    bool has_short_s; /* sharp s is s, not ss */
    enum fold_letters sure;
    enum fold_letters at_most; /* languages have letters of their own */
};

/* false: text of the column is compared by its bytes, or nothing is known of how it is. */
bool fold_of_column(const struct pd_column *column, struct fold *ret_fold);
/* Is more possible than what is sure? */
bool fold_is_open(const struct fold *fold);
/* Append valid UTF-8 so that texts with equal bytes are equal for the collation. */
void fold_put(const struct fold *fold, const void *text, size_t size, struct buffer *out);
/* So that texts that are equal for the collation have equal bytes, as far as that is known; others
   may have, too. */
void fold_put_wide(const struct fold *fold, const void *text, size_t size, struct buffer *out);
