// SPDX-License-Identifier: Apache-2.0
/* lex - cuts SQL text of the server into tokens; what could hide something (comments, dollar
   quotes, odd strings) is no token at all. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum lex_kind {
    LEX_END,
    LEX_WORD,   /* a keyword or a bare name */
    LEX_NAME,   /* "x" */
    LEX_STRING, /* 'x' without a backslash, or E'x' */
    LEX_NUMBER, /* 12 or 1.5 */
    LEX_MARK,   /* one character, or :: */
    LEX_BAD
};

enum { LEX_NAME_ROOM = 64 /* of the server, the NUL included */ };

/* Reads token after token; text and size are those of the one that stands at it now. */
struct lex {
    const char *next;
    enum lex_kind kind;
    const char *text; /* quotes included */
    size_t size;
};

void lex_begin(struct lex *lex, const char *sql);
/* To the next one; LEX_END and LEX_BAD stay. */
void lex_step(struct lex *lex);
/* Is it this keyword (in upper case here, any case there, not quoted) or this mark? */
bool lex_is(const struct lex *lex, const char *word);
/* The same, and steps over it. */
bool lex_take(struct lex *lex, const char *word);
/* Words in a row: all of them, or LEX_BAD when only the first ones stand there. */
bool lex_take_words(struct lex *lex, const char *words);
/* A name, quoted or not, as the server understands it; keywords are not looked for. */
bool lex_take_name(struct lex *lex, char name[LEX_NAME_ROOM]);
/* Any token of a kind. */
bool lex_take_kind(struct lex *lex, enum lex_kind kind);
