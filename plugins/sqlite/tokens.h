// SPDX-License-Identifier: Apache-2.0
/* tokens - cuts SQL text into tokens as SQLite does; blanks and comments are passed over. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum token_kind {
    TOKEN_END,
    TOKEN_WORD,     /* keyword or bare name */
    TOKEN_NAME,     /* "x", `x` or [x] */
    TOKEN_STRING,   /* 'x' */
    TOKEN_BLOB,     /* x'00' */
    TOKEN_INTEGER,  /* 12 or 0x1f */
    TOKEN_REAL,     /* 1.5e3 */
    TOKEN_VARIABLE, /* ?1 :a @a $a #1 */
    TOKEN_MARK,     /* an operator or one of ( ) , ; . */
    TOKEN_BAD       /* not SQL: an open quote, a NUL, an odd character */
};

struct token {
    enum token_kind kind;
    const char *text; /* into the SQL, quotes included */
    size_t size;
};

/* What is left to read. Filled by hand: text and its end. */
struct tokens {
    const char *next;
    const char *end;
};

/* TOKEN_END and TOKEN_BAD come again and again. */
struct token token_next(struct tokens *tokens);
/* Is it this keyword (any case, not quoted) or this mark? */
bool token_is(const struct token *token, const char *word);
/* The bytes that a quoted name, string or word stands for, into buffer, which has room for
   token->size + 1; ends in NUL. The length is returned. */
size_t token_unquote(const struct token *token, char *buffer);
