// SPDX-License-Identifier: Apache-2.0
/* expr_tree - expressions as trees, between expr_parse.c, which builds them, and expr.c, which
   writes them. Private to those two and expr_token.c. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "model/expr.h"

enum {
    /* Writing recurses once a level, and so does every engine that reads the result. */
    EXPR_MAX_DEPTH = 200,
    /* Reading takes up to two calls a level, and parentheses that say nothing. */
    EXPR_MAX_NESTING = 3 * EXPR_MAX_DEPTH,
    /* BETWEEN says its operand twice: nested, the tree would grow without bound. */
    EXPR_MAX_NODES = 20000,
    /* The widest exact decimal that a 128-bit integer holds at any scale. */
    EXPR_MAX_DIGITS = 38
};

/* ---- Tokens ------------------------------------------------------------------------------ */

enum token_kind {
    TOKEN_END = 0,
    TOKEN_BAD,    /* no token of the grammar: `why` says what it is */
    TOKEN_NAME,   /* without quotes */
    TOKEN_QUOTED, /* a name in quotes, decoded */
    TOKEN_NUMBER,
    TOKEN_STRING, /* decoded */
    TOKEN_SYMBOL
};

enum symbol {
    SYMBOL_NONE = 0,
    SYMBOL_EQ,
    SYMBOL_NE,
    SYMBOL_LT,
    SYMBOL_LE,
    SYMBOL_GT,
    SYMBOL_GE,
    SYMBOL_PLUS,
    SYMBOL_MINUS,
    SYMBOL_TIMES,
    SYMBOL_AND, /* AND and OR are names until the parser meets them */
    SYMBOL_OR,
    SYMBOL_OPEN,
    SYMBOL_CLOSE,
    SYMBOL_COMMA,
    SYMBOL_DOT,
    SYMBOL_CAST,
    SYMBOL_OPEN_LIST,
    SYMBOL_CLOSE_LIST
};

struct token {
    uint8_t kind;     /* enum token_kind */
    uint8_t symbol;   /* enum symbol */
    const char *text; /* borrowed from the source, or decoded in the arena; not ended by NUL */
    size_t size;
    const char *start; /* where it stands in the source */
    const char *why;
};

/* The token at *at, which moves behind it. false: memory is short. */
MUST_USE bool expr_token(struct arena *arena, const struct pd_dialect *dialect, const char **at,
                         struct token *ret_token);
bool expr_is_word(const struct token *token, const char *upper); /* ASCII case does not count */

/* ---- Trees ------------------------------------------------------------------------------- */

enum expr_kind {
    EXPR_COLUMN,
    EXPR_NUMBER,
    EXPR_STRING,
    EXPR_NULL,
    EXPR_BINARY, /* enum symbol in `what` */
    EXPR_NOT,
    EXPR_MINUS,
    EXPR_IS_NULL,
    EXPR_IS_NOT_NULL,
    EXPR_IN,
    EXPR_CALL, /* enum expr_function in `what` */
    EXPR_CASE, /* EXPR_CASE_* in `what`; children: operand, (when, then)..., else */
    /* Only while reading: what must find a parent that makes it superfluous. */
    EXPR_TEXT_CAST,
    EXPR_NUMBER_CAST,
    EXPR_ARRAY,
    EXPR_BY_BYTES
};
enum { EXPR_CASE_OPERAND = 1, EXPR_CASE_ELSE = 2 };
enum expr_function { FUNCTION_COALESCE, FUNCTION_ABS, FUNCTION_CHAR_LENGTH };

struct expr {
    uint8_t kind;
    uint8_t what;     /* see the kinds; of casts the type, of EXPR_STRING: TYPE_DATE, if it was
                         cast to that */
    uint16_t depth;   /* 1: a leaf */
    uint32_t n_nodes; /* with all below */
    const char *text; /* of leaves */
    size_t size;
    struct expr *first; /* child */
    struct expr *next;  /* sibling */
    bool by_bytes;      /* of a comparison: an operand had COLLATE, which says so */
    bool orders_text;   /* see expr_uses.h */
};

struct expr_parser {
    struct arena *arena;
    const struct pd_dialect *dialect;
    const char *sql;
    const char *at;     /* behind token */
    struct token token; /* the next one */
    unsigned nesting;
    pd_status status;
    struct pd_error *err;
};

/* Higher ones bind tighter. Behind a comparison none above LEVEL_AND may follow. */
enum expr_level {
    LEVEL_NONE = 0,
    LEVEL_OR,
    LEVEL_AND,
    LEVEL_NOT,
    LEVEL_COMPARE,
    LEVEL_ADD,
    LEVEL_TIMES,
    LEVEL_UNARY
};

/* What fails is told once, in the parser's status and error; NULL is returned. */
struct expr *expr_fail(struct expr_parser *parser, const char *why);
struct expr *expr_fail_memory(struct expr_parser *parser);
/* The token is not what the grammar wants here. */
struct expr *expr_fail_token(struct expr_parser *parser);

void expr_advance(struct expr_parser *parser);
bool expr_is_symbol(const struct expr_parser *parser, enum symbol symbol);
bool expr_accept(struct expr_parser *parser, enum symbol symbol); /* take it if it is there */
bool expr_accept_word(struct expr_parser *parser, const char *upper);
bool expr_expect(struct expr_parser *parser, enum symbol symbol); /* or fail */
bool expr_expect_word(struct expr_parser *parser, const char *upper);

struct expr *expr_leaf(struct expr_parser *parser, int kind, const char *text, size_t size);
/* A node above a list of siblings, which is NULL after a failure. */
struct expr *expr_node(struct expr_parser *parser, int kind, int what, struct expr *children);
struct expr *expr_binary(struct expr_parser *parser, enum symbol op, struct expr *left,
                         struct expr *right);
/* The same operand for another parent. */
struct expr *expr_copy(struct expr_parser *parser, const struct expr *node);
/* Digits with at most one point. */
struct expr *expr_number(struct expr_parser *parser, const char *text, size_t size, bool minus);
struct expr *expr_negate(struct expr_parser *parser, struct expr *operand);
/* Is it a text that every engine reads and shows as the same day of the calendar? As text it is in
   the order of days, too. */
bool expr_is_day(const struct expr *node);
/* The text of a string as a number; NULL without a failure: it is none. */
struct expr *expr_number_of_string(struct expr_parser *parser, const struct expr *string);

/* What a cast makes of its operand. */
enum expr_type {
    TYPE_OTHER = 0,
    TYPE_TEXT,
    TYPE_CHAR,
    TYPE_INTEGER,
    TYPE_BIGINT,
    TYPE_NUMBER,
    TYPE_DATE
};
/* The name behind "::". */
enum expr_type expr_parse_type(struct expr_parser *parser, bool *ret_is_array);
struct expr *expr_cast(struct expr_parser *parser, struct expr *operand, enum expr_type type,
                       bool is_array);
struct expr *expr_without_cast(struct expr *node);
/* The opposite and the absolute value of an integer: elsewhere it has 64 bits anyway. */
struct expr *expr_without_bigint(struct expr *node);
/* In a comparison of text with text, or of numbers, the casts say nothing. */
void expr_drop_casts(struct expr **left, struct expr **right);
/* In + - * the other side says what kind of number comes out. */
void expr_drop_cast_of_operand(struct expr **left, struct expr **right);
/* So do the others of a list. */
struct expr *expr_drop_casts_of_list(struct expr *first);

/* Operators of this level and above. It is public to itself: parentheses are recursive. */
struct expr *expr_parse_level(struct expr_parser *parser, enum expr_level level);
/* The tree of sql, which must outlive it as must arena. */
MUST_USE pd_status expr_parse(struct arena *arena, const struct pd_dialect *dialect,
                              const char *sql, struct expr **ret_tree, struct pd_error *err);
