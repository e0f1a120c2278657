// SPDX-License-Identifier: Apache-2.0
/* lex - the tokens of the server's SQL, as SHOW CREATE writes it with sql_mode=''. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <polydump/pool.h>

enum lex_kind {
    LEX_END,
    LEX_BAD,    /* not closed, a comment, a variable, or no character of the language */
    LEX_WORD,   /* keyword, function, or the introducer of a string (_latin1) */
    LEX_NAME,   /* in back quotes */
    LEX_STRING, /* in single quotes */
    LEX_NUMBER, /* also 0xff, X'ff', b'101' */
    LEX_MARK    /* one character */
};

/* The token that is next. */
struct lex {
    enum lex_kind kind;
    const char *text; /* where it begins */
    size_t size;
    const char *next; /* what stands behind it */
    bool any;         /* set by who reads it: nothing is asked of functions and words */
    /* Set by who reads it: a comment of SHOW CREATE TABLE with options that no engine of the
       server's knows is a blank. */
    bool has_comments;
    /* Set by who reads it: what MySQL writes into comments that it runs (INVISIBLE, SRID, with the
       version from which on it knows them) is words of the language. */
    bool runs_comments;
    const char *comment; /* the last one before the token that is next; NULL: none yet */
    size_t comment_size;
};

void lex_begin(struct lex *lex, const char *sql);
void lex_step(struct lex *lex);
/* Is it this keyword (in any case), or this mark? */
bool lex_is(const struct lex *lex, const char *word);
/* Then go on behind it. */
bool lex_take(struct lex *lex, const char *word);
/* The same for several, or for none of them: "PRIMARY KEY". */
bool lex_take_words(struct lex *lex, const char *words);
bool lex_take_kind(struct lex *lex, enum lex_kind kind);
/* A name, without its quotes, in the pool; a word is one too. NULL: it is none, or memory is short.
 */
const char *lex_take_name(struct lex *lex, struct pd_pool *pool);
/* A string's bytes, with a NUL behind them. NULL as above. */
const char *lex_take_string(struct lex *lex, struct pd_pool *pool, size_t *ret_size);
/* Behind what is in parentheses, of which the first is next. */
bool lex_skip_parentheses(struct lex *lex);
