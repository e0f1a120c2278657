// SPDX-License-Identifier: Apache-2.0
/* parse_inside - what parse.c lends to parse_table.c. */
#pragma once

#include "parse.h"
#include "tokens.h"

/* A statement being read. Tokens lie in the text, which outlives it. */
struct parse {
    struct pd_pool *pool;
    struct tokens tokens;
    struct token token;   /* the one to be decided on */
    struct token ahead;   /* the one behind it */
    const char *last_end; /* where the last token that was taken ends */
    struct parse_statement *statement;
    const char *constraint_name; /* of a CONSTRAINT that waits for what it names */
    size_t column_room;
    size_t constraint_room;
};

void parse_advance(struct parse *p);
bool parse_at(const struct parse *p, const char *word);
bool parse_at2(const struct parse *p, const char *word, const char *next);
bool parse_at_name(const struct parse *p);
bool parse_accept(struct parse *p, const char *word);
pd_status parse_expect(struct parse *p, const char *word);
pd_status parse_name(struct parse *p, const char **ret_name);
/* From begin to the end of the last token taken. */
struct sql_span parse_span(const struct parse *p, const char *begin);
/* Balanced tokens up to a closing parenthesis that is not theirs, or until stops() says so of a
   token outside parentheses; never empty. */
pd_status parse_expression(struct parse *p, bool (*stops)(const struct parse *p),
                           struct sql_span *ret_span);
pd_status parse_in_parentheses(struct parse *p, struct sql_span *ret_inside);
/* "(" and key parts, but not the ")". */
pd_status parse_parts(struct parse *p, struct parse_part **ret_parts, size_t *ret_n_parts);

/* parse_table.c: behind the table's name. */
pd_status parse_table(struct parse *p);
