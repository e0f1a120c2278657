// SPDX-License-Identifier: Apache-2.0
/* manual_roff - text as source of man(7), on stdout: lines are filled, sentences end lines, and
   nothing in a text is taken for a request or an escape. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct roff {
    size_t column;    /* of the output; 0: a line begins */
    bool is_sentence; /* the last word ended one */
    bool is_bold;     /* between two backquotes */
    bool is_heading;  /* which is one line */
};

/* A heading begins (".SS"), which ends with roff_end(). */
void roff_heading(struct roff *roff, const char *macro);
/* A request or macro with what follows it, as it stands. */
void roff_request(struct roff *roff, const char *request);
/* Words in Markdown: `code` becomes bold, of [text](link) the text is left. */
void roff_words(struct roff *roff, const char *text);
/* The same as a sentence: with a large letter and a stop. */
void roff_sentence(struct roff *roff, const char *text);
/* One word, in bold ('B'), italics ('I') or as it is ('R'), glued to the word before or not. */
void roff_word(struct roff *roff, char font, const char *word, bool is_glued);
/* Usage: names of arguments in italics, options in bold. */
void roff_usage(struct roff *roff, const char *usage);
/* End the line, if one has begun. */
void roff_end(struct roff *roff);
