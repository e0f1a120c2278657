// SPDX-License-Identifier: Apache-2.0
/* deparse - tokens of the SQL that the server makes of stored expressions. It always has
   standard_conforming_strings and quote_all_identifiers, so that a backslash is a character and
   what is not in quotes is a key word. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum deparse_kind {
    DEPARSE_END,
    DEPARSE_BAD,
    DEPARSE_WORD,
    DEPARSE_QUOTED, /* with its quotes */
    DEPARSE_NUMBER,
    DEPARSE_STRING, /* with its quotes */
    DEPARSE_BITS,   /* B'0101' */
    DEPARSE_CAST,   /* :: */
    DEPARSE_SIGN    /* any other character */
};

struct deparse_token {
    enum deparse_kind kind;
    const char *text;
    size_t size;
};

/* The token at *at, which moves behind it. */
struct deparse_token deparse_next(const char **at);
bool deparse_is(const struct deparse_token *token, const char *text); /* to the letter */
/* What a string or a quoted name says, into out of token->size bytes; a NUL is put behind it. */
size_t deparse_unquote(const struct deparse_token *token, char *out);
