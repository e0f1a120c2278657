// SPDX-License-Identifier: Apache-2.0
/* expr_parse - SQL of an expression into a tree, by climbing precedences. Whatever engines read
   differently is refused, and what they write in several ways becomes one tree. */
#include "model/expr_tree.h"

#include <stdio.h>
#include <string.h>

/* ---- Lists ------------------------------------------------------------------------------- */

struct list {
    struct expr *first;
    struct expr *last;
    size_t n;
};

static bool
append(struct list *list, struct expr *node)
{
    if (!node)
        return false;
    node->next = NULL;
    if (list->last)
        list->last->next = node;
    else
        list->first = node;
    list->last = node;
    list->n++;
    return true;
}

/* Expressions up to a closing sign. */
static struct list
parse_list(struct expr_parser *p, enum symbol close)
{
    struct list list = {0};

    while (append(&list, expr_parse_level(p, LEVEL_OR)) && expr_accept(p, SYMBOL_COMMA))
        continue;
    if (p->status == PD_OK)
        expr_expect(p, close);
    return list;
}

/* ---- Comparisons ------------------------------------------------------------------------- */

static bool
is_by_bytes(const struct expr *node)
{
    return node && node->kind == EXPR_BY_BYTES;
}

static struct expr *
without_collation(struct expr *node)
{
    return is_by_bytes(node) ? node->first : node;
}

static struct expr *
compare(struct expr_parser *p, enum symbol op, struct expr *left, struct expr *right)
{
    bool by_bytes = is_by_bytes(left) || is_by_bytes(right);
    struct expr *node;

    left = without_collation(left);
    right = without_collation(right);
    expr_drop_casts(&left, &right);
    node = expr_binary(p, op, left, right);
    if (node)
        node->by_bytes = by_bytes;
    return node;
}

/* IN of one element is written as = by some engines, so it is = everywhere. */
static struct expr *
new_in(struct expr_parser *p, struct expr *left, struct list list, bool negative)
{
    size_t n_texts = 0;
    struct expr *in;

    if (p->status != PD_OK || !list.first)
        return NULL;
    if (list.n == 1)
        return compare(p, negative ? SYMBOL_NE : SYMBOL_EQ, left, list.first);
    for (const struct expr *element = list.first; element; element = element->next)
        n_texts += element->kind == EXPR_STRING;
    if (n_texts == (left->kind == EXPR_NUMBER_CAST ? 0 : list.n))
        left = expr_without_cast(left);
    left->next = list.first;
    in = expr_node(p, EXPR_IN, 0, left);
    return negative ? expr_node(p, EXPR_NOT, 0, in) : in;
}

static struct expr *
parse_in(struct expr_parser *p, struct expr *left, bool negative)
{
    struct list list;

    if (!expr_expect(p, SYMBOL_OPEN))
        return NULL;
    list = parse_list(p, SYMBOL_CLOSE);
    return new_in(p, left, list, negative);
}

/* = ANY (ARRAY[...]) and <> ALL (ARRAY[...]) are how PostgreSQL keeps IN and NOT IN. */
static struct expr *
parse_any(struct expr_parser *p, struct expr *left, bool negative)
{
    struct list list = {0};
    struct expr *array;

    if (!expr_expect(p, SYMBOL_OPEN))
        return NULL;
    array = expr_parse_level(p, LEVEL_OR);
    if (!array || !expr_expect(p, SYMBOL_CLOSE))
        return NULL;
    if (array->kind != EXPR_ARRAY)
        return expr_fail(p, "ANY or ALL of something else than ARRAY[...]");
    for (struct expr *element = array->first, *next; element; element = next) {
        next = element->next;
        append(&list, element);
    }
    return new_in(p, left, list, negative);
}

/* x BETWEEN a AND b is kept as two comparisons, since some engines keep it so. */
static struct expr *
parse_between(struct expr_parser *p, struct expr *left, bool negative)
{
    struct expr *low, *high, *again;

    low = expr_parse_level(p, LEVEL_ADD);
    if (!low || !expr_expect_word(p, "AND"))
        return NULL;
    high = expr_parse_level(p, LEVEL_ADD);
    again = high ? expr_copy(p, left) : NULL;
    if (!again)
        return NULL;
    return expr_binary(p, negative ? SYMBOL_OR : SYMBOL_AND,
                       compare(p, negative ? SYMBOL_LT : SYMBOL_GE, left, low),
                       compare(p, negative ? SYMBOL_GT : SYMBOL_LE, again, high));
}

static struct expr *
parse_is(struct expr_parser *p, struct expr *left)
{
    bool negative = expr_accept_word(p, "NOT");

    if (!expr_expect_word(p, "NULL"))
        return NULL;
    return expr_node(p, negative ? EXPR_IS_NOT_NULL : EXPR_IS_NULL, 0, expr_without_cast(left));
}

static struct expr *
parse_comparison_sign(struct expr_parser *p, struct expr *left)
{
    enum symbol op = p->token.symbol;
    bool casts = p->dialect->flags & PD_DIALECT_ANY_ARRAY;

    expr_advance(p);
    if (casts && op == SYMBOL_EQ && expr_accept_word(p, "ANY"))
        return parse_any(p, left, /* negative= */ false);
    if (casts && op == SYMBOL_NE && expr_accept_word(p, "ALL"))
        return parse_any(p, left, /* negative= */ true);
    return compare(p, op, left, expr_parse_level(p, LEVEL_ADD));
}

/* ---- What stands between operators ------------------------------------------------------- */

static struct expr *
parse_case(struct expr_parser *p)
{
    struct list list = {0};
    unsigned what = 0;

    if (!expr_is_word(&p->token, "WHEN")) {
        append(&list, expr_parse_level(p, LEVEL_OR));
        what |= EXPR_CASE_OPERAND;
    }
    do {
        if (!expr_expect_word(p, "WHEN") || !append(&list, expr_parse_level(p, LEVEL_OR)))
            return NULL;
        if (!expr_expect_word(p, "THEN") || !append(&list, expr_parse_level(p, LEVEL_OR)))
            return NULL;
    } while (expr_is_word(&p->token, "WHEN"));
    if (expr_accept_word(p, "ELSE")) {
        struct expr *otherwise = expr_parse_level(p, LEVEL_OR);

        if (!otherwise)
            return NULL;
        if (otherwise->kind != EXPR_NULL) { /* ELSE NULL says nothing */
            append(&list, otherwise);
            what |= EXPR_CASE_ELSE;
        }
    }
    return expr_expect_word(p, "END") ? expr_node(p, EXPR_CASE, (int)what, list.first) : NULL;
}

static bool
is_function(const struct token *name, const char *wanted, size_t size)
{
    bool exact = name->kind == TOKEN_QUOTED;

    if (name->size != size)
        return false;
    return exact ? memcmp(name->text, wanted, size) == 0
                 : strncasecmp(name->text, wanted, size) == 0;
}

/* The dialect has several names for it, separated by blanks. */
static bool
is_char_length(const struct expr_parser *p, const struct token *name)
{
    const char *names = p->dialect->char_length;

    for (names = names ? names : "char_length character_length"; *names;) {
        size_t size = strcspn(names, " ");

        if (is_function(name, names, size))
            return true;
        names += size;
        names += strspn(names, " ");
    }
    return false;
}

static struct expr *
parse_call(struct expr_parser *p, const struct token *name)
{
    struct list list = parse_list(p, SYMBOL_CLOSE);

    if (!list.first)
        return NULL;
    if (list.n >= 2 && is_function(name, "coalesce", 8))
        return expr_node(p, EXPR_CALL, FUNCTION_COALESCE, expr_drop_casts_of_list(list.first));
    if (list.n == 1 && is_function(name, "abs", 3))
        return expr_node(p, EXPR_CALL, FUNCTION_ABS, expr_without_bigint(list.first));
    if (list.n == 1 && is_char_length(p, name))
        return expr_node(p, EXPR_CALL, FUNCTION_CHAR_LENGTH, expr_without_cast(list.first));
    p->token = *name;
    return expr_fail_token(p);
}

/* Names without quotes that are no columns in some engine, or not in all. */
static const char *const reserved[] = {
    "ALL",
    "AND",
    "ANY",
    "ARRAY",
    "ASYMMETRIC",
    "BETWEEN",
    "BINARY",
    "BOTH",
    "CASE",
    "CAST",
    "CHECK",
    "COLLATE",
    "CURRENT_DATE",
    "CURRENT_ROLE",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "CURRENT_USER",
    "DEFAULT",
    "DISTINCT",
    "DIV",
    "ELSE",
    "END",
    "ESCAPE",
    "EXISTS",
    "FALSE",
    "FROM",
    "GLOB",
    "ILIKE",
    "IN",
    "INTERVAL",
    "IS",
    "ISNULL",
    "LIKE",
    "LOCALTIME",
    "LOCALTIMESTAMP",
    "MATCH",
    "MOD",
    "NOT",
    "NOTNULL",
    "NULL",
    "ON",
    "OR",
    "OVERLAPS",
    "REGEXP",
    "RLIKE",
    "ROW",
    "SELECT",
    "SESSION_USER",
    "SIMILAR",
    "SOME",
    "SYMMETRIC",
    "THEN",
    "TRUE",
    "UNIQUE",
    "UNKNOWN",
    "USER",
    "UTC_DATE",
    "UTC_TIME",
    "UTC_TIMESTAMP",
    "VALUES",
    "WHEN",
    "WHERE",
    "XOR",
};

static bool
is_reserved(const struct token *name)
{
    for (size_t i = 0; i < COUNT_OF(reserved); i++) {
        if (expr_is_word(name, reserved[i]))
            return true;
    }
    return false;
}

static struct expr *
parse_name(struct expr_parser *p)
{
    struct token name = p->token;

    if (is_reserved(&name))
        return expr_fail_token(p);
    expr_advance(p);
    if (expr_accept(p, SYMBOL_OPEN))
        return parse_call(p, &name);
    if (expr_is_symbol(p, SYMBOL_DOT))
        return expr_fail(p, "a qualified name");
    return expr_leaf(p, EXPR_COLUMN, name.text, name.size);
}

static struct expr *
parse_array(struct expr_parser *p)
{
    struct list list;

    if (!expr_expect(p, SYMBOL_OPEN_LIST))
        return NULL;
    list = parse_list(p, SYMBOL_CLOSE_LIST);
    return expr_node(p, EXPR_ARRAY, 0, list.first);
}

static struct expr *
parse_parentheses(struct expr_parser *p)
{
    struct expr *inner = expr_parse_level(p, LEVEL_OR);

    return inner && expr_expect(p, SYMBOL_CLOSE) ? inner : NULL;
}

static struct expr *
parse_literal(struct expr_parser *p, int kind)
{
    struct token literal = p->token;

    expr_advance(p);
    if (kind == TOKEN_NUMBER)
        return expr_number(p, literal.text, literal.size, /* minus= */ false);
    return expr_leaf(p, EXPR_STRING, literal.text, literal.size);
}

static struct expr *
parse_primary(struct expr_parser *p)
{
    if (expr_accept(p, SYMBOL_OPEN))
        return parse_parentheses(p);
    if (p->token.kind == TOKEN_NUMBER || p->token.kind == TOKEN_STRING)
        return parse_literal(p, p->token.kind);
    if (expr_accept_word(p, "NULL"))
        return expr_leaf(p, EXPR_NULL, "NULL", 4);
    if (expr_accept_word(p, "CASE"))
        return parse_case(p);
    if ((p->dialect->flags & PD_DIALECT_ANY_ARRAY) && expr_accept_word(p, "ARRAY"))
        return parse_array(p);
    if (p->token.kind == TOKEN_NAME || p->token.kind == TOKEN_QUOTED)
        return parse_name(p);
    return expr_fail_token(p);
}

/* What a comparison of text is done by, when it is the one collation that compares bytes. */
static struct expr *
parse_collation(struct expr_parser *p, struct expr *operand)
{
    const char *name = p->dialect->collate;
    struct expr *node;

    if (!operand || !name || !expr_accept_word(p, "COLLATE"))
        return operand;
    if (p->token.kind != TOKEN_QUOTED || p->token.size != strlen(name) ||
        memcmp(p->token.text, name, p->token.size) != 0)
        return expr_fail_token(p);
    expr_advance(p);
    node = expr_leaf(p, EXPR_BY_BYTES, NULL, 0);
    if (!node)
        return NULL;
    node->first = operand;
    node->depth = operand->depth;
    node->n_nodes = operand->n_nodes;
    return node;
}

static struct expr *
parse_casts(struct expr_parser *p, struct expr *operand)
{
    while (operand && p->status == PD_OK && expr_accept(p, SYMBOL_CAST)) {
        bool is_array = false;
        enum expr_type class = expr_parse_type(p, &is_array);

        operand = p->status == PD_OK ? expr_cast(p, operand, class, is_array) : NULL;
    }
    return parse_collation(p, operand);
}

/* The smallest integer is one more than the largest, so its sign has to be seen with it. */
static struct expr *
parse_minus(struct expr_parser *p)
{
    struct token number = p->token;

    if (number.kind == TOKEN_NUMBER) {
        expr_advance(p);
        return parse_casts(p, expr_number(p, number.text, number.size, /* minus= */ true));
    }
    return expr_negate(p, expr_without_bigint(expr_parse_level(p, LEVEL_UNARY)));
}

static struct expr *
parse_prefix(struct expr_parser *p, enum expr_level level, enum expr_level *highest)
{
    struct expr *operand;

    if (level <= LEVEL_NOT && expr_accept_word(p, "NOT")) {
        *highest = LEVEL_AND;
        operand = expr_parse_level(p, LEVEL_NOT);
        return operand ? expr_node(p, EXPR_NOT, 0, operand) : NULL;
    }
    if (expr_accept(p, SYMBOL_MINUS))
        return parse_minus(p);
    return parse_casts(p, parse_primary(p));
}

/* ---- Operators --------------------------------------------------------------------------- */

static const uint8_t symbol_levels[] = {
    [SYMBOL_OR] = LEVEL_OR,      [SYMBOL_AND] = LEVEL_AND,     [SYMBOL_EQ] = LEVEL_COMPARE,
    [SYMBOL_NE] = LEVEL_COMPARE, [SYMBOL_LT] = LEVEL_COMPARE,  [SYMBOL_LE] = LEVEL_COMPARE,
    [SYMBOL_GT] = LEVEL_COMPARE, [SYMBOL_GE] = LEVEL_COMPARE,  [SYMBOL_PLUS] = LEVEL_ADD,
    [SYMBOL_MINUS] = LEVEL_ADD,  [SYMBOL_TIMES] = LEVEL_TIMES, [SYMBOL_CLOSE_LIST] = LEVEL_NONE,
};

static const struct {
    const char *word;
    uint8_t symbol;
    uint8_t level;
} word_levels[] = {
    {"AND", SYMBOL_AND, LEVEL_AND},         {"OR", SYMBOL_OR, LEVEL_OR},
    {"IS", SYMBOL_NONE, LEVEL_COMPARE},     {"IN", SYMBOL_NONE, LEVEL_COMPARE},
    {"NOT", SYMBOL_NONE, LEVEL_COMPARE},    {"BETWEEN", SYMBOL_NONE, LEVEL_COMPARE},
    {"ISNULL", SYMBOL_NONE, LEVEL_COMPARE}, {"NOTNULL", SYMBOL_NONE, LEVEL_COMPARE},
};

/* The level of the operator that the next token is or begins; LEVEL_NONE: it is none. */
static enum expr_level
operator_level(const struct token *token, enum symbol *ret_symbol)
{
    if (token->kind == TOKEN_SYMBOL) {
        *ret_symbol = token->symbol;
        return symbol_levels[token->symbol];
    }
    for (size_t i = 0; i < COUNT_OF(word_levels); i++) {
        if (expr_is_word(token, word_levels[i].word)) {
            *ret_symbol = word_levels[i].symbol;
            return word_levels[i].level;
        }
    }
    return LEVEL_NONE;
}

static struct expr *
parse_comparison(struct expr_parser *p, struct expr *left)
{
    bool negative;

    if (p->token.kind == TOKEN_SYMBOL)
        return parse_comparison_sign(p, left);
    if (expr_accept_word(p, "IS"))
        return parse_is(p, left);
    if (expr_accept_word(p, "ISNULL"))
        return expr_node(p, EXPR_IS_NULL, 0, expr_without_cast(left));
    if (expr_accept_word(p, "NOTNULL"))
        return expr_node(p, EXPR_IS_NOT_NULL, 0, expr_without_cast(left));
    negative = expr_accept_word(p, "NOT");
    if (expr_accept_word(p, "IN"))
        return parse_in(p, left, negative);
    if (expr_accept_word(p, "BETWEEN"))
        return parse_between(p, left, negative);
    if (negative && expr_accept_word(p, "NULL"))
        return expr_node(p, EXPR_IS_NOT_NULL, 0, expr_without_cast(left));
    return expr_fail_token(p);
}

static struct expr *
parse_operand(struct expr_parser *p, enum symbol symbol, struct expr *left, enum expr_level level)
{
    struct expr *right = expr_parse_level(p, level + 1);

    if (level >= LEVEL_ADD)
        expr_drop_cast_of_operand(&left, &right);
    return expr_binary(p, symbol, left, right);
}

/* Engines group comparisons of comparisons differently, so behind one there is none. */
static struct expr *
climb(struct expr_parser *p, enum expr_level level)
{
    enum expr_level highest = LEVEL_TIMES;
    struct expr *left = parse_prefix(p, level, &highest);

    while (left && p->status == PD_OK) {
        enum symbol symbol = SYMBOL_NONE;
        enum expr_level found = operator_level(&p->token, &symbol);

        if (found == LEVEL_NONE || found < level || found > highest)
            break;
        if (found == LEVEL_COMPARE) {
            left = parse_comparison(p, left);
            highest = LEVEL_AND;
            continue;
        }
        expr_advance(p);
        left = parse_operand(p, symbol, left, found);
    }
    return p->status == PD_OK ? left : NULL;
}

struct expr *
expr_parse_level(struct expr_parser *p, enum expr_level level)
{
    struct expr *tree;

    if (p->status != PD_OK)
        return NULL;
    if (p->nesting == EXPR_MAX_NESTING)
        return expr_fail(p, "an expression that is too deep");
    p->nesting++;
    tree = climb(p, level);
    p->nesting--;
    return tree;
}

pd_status
expr_parse(struct arena *arena, const struct pd_dialect *dialect, const char *sql,
           struct expr **ret_tree, struct pd_error *err)
{
    struct expr_parser parser = {
        .arena = arena, .dialect = dialect, .sql = sql, .at = sql, .err = err};
    struct expr *tree;

    expr_advance(&parser);
    tree = expr_parse_level(&parser, LEVEL_OR);
    if (parser.status == PD_OK && parser.token.kind != TOKEN_END)
        expr_fail_token(&parser);
    if (tree && (tree->kind == EXPR_ARRAY || is_by_bytes(tree) || expr_without_cast(tree) != tree))
        expr_fail(&parser, "a cast");
    if (parser.status == PD_OK)
        *ret_tree = tree;
    return parser.status;
}
