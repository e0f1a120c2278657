// SPDX-License-Identifier: Apache-2.0
/* expr_node - what the parser is made of: failing, taking tokens, making nodes within limits. */
#include "model/expr_tree.h"

#include <stdio.h>
#include <string.h>

struct expr *
expr_fail(struct expr_parser *p, const char *why)
{
    if (p->status == PD_OK)
        p->status =
            error_fail(p->err, PD_UNSUPPORTED, PD_CAUSE_DATA, "byte %zu: %s is not portable",
                       (size_t)(p->token.start - p->sql), why);
    return NULL;
}

struct expr *
expr_fail_memory(struct expr_parser *p)
{
    if (p->status == PD_OK)
        p->status = error_memory(p->err);
    return NULL;
}

/* The token is not what the grammar wants here. */
struct expr *
expr_fail_token(struct expr_parser *p)
{
    char why[128];

    if (p->token.kind == TOKEN_BAD)
        return expr_fail(p, p->token.why);
    if (p->token.kind == TOKEN_END)
        return expr_fail(p, "an expression that ends early");
    snprintf(why, sizeof why, "'%.*s'", p->token.size > 40 ? 40 : (int)p->token.size,
             p->token.text);
    return expr_fail(p, why);
}

void
expr_advance(struct expr_parser *p)
{
    if (!expr_token(p->arena, p->dialect, &p->at, &p->token))
        expr_fail_memory(p);
}

bool
expr_is_symbol(const struct expr_parser *p, enum symbol symbol)
{
    return p->token.kind == TOKEN_SYMBOL && p->token.symbol == symbol;
}

bool
expr_accept(struct expr_parser *p, enum symbol symbol)
{
    if (!expr_is_symbol(p, symbol))
        return false;
    expr_advance(p);
    return true;
}

bool
expr_accept_word(struct expr_parser *p, const char *upper)
{
    if (!expr_is_word(&p->token, upper))
        return false;
    expr_advance(p);
    return true;
}

bool
expr_expect(struct expr_parser *p, enum symbol symbol)
{
    if (!expr_accept(p, symbol))
        expr_fail_token(p);
    return p->status == PD_OK;
}

bool
expr_expect_word(struct expr_parser *p, const char *upper)
{
    if (!expr_accept_word(p, upper))
        expr_fail_token(p);
    return p->status == PD_OK;
}

struct expr *
expr_leaf(struct expr_parser *p, int kind, const char *text, size_t size)
{
    struct expr *node = arena_alloc(p->arena, sizeof *node);

    if (!node)
        return expr_fail_memory(p);
    *node =
        (struct expr){.kind = (uint8_t)kind, .depth = 1, .n_nodes = 1, .text = text, .size = size};
    return node;
}

static bool
is_pending(const struct expr *node)
{
    return node->kind == EXPR_TEXT_CAST || node->kind == EXPR_NUMBER_CAST ||
           node->kind == EXPR_ARRAY || node->kind == EXPR_BY_BYTES;
}

struct expr *
expr_node(struct expr_parser *p, int kind, int what, struct expr *children)
{
    struct expr *node;

    if (!children || p->status != PD_OK)
        return NULL;
    node = expr_leaf(p, kind, NULL, 0);
    if (!node)
        return NULL;
    node->what = (uint8_t)what;
    node->first = children;
    for (const struct expr *child = children; child; child = child->next) {
        if (is_pending(child))
            return expr_fail(p, "a cast");
        if (child->depth >= node->depth)
            node->depth = (uint16_t)(child->depth + 1);
        node->n_nodes += child->n_nodes;
        if (node->depth > EXPR_MAX_DEPTH || node->n_nodes > EXPR_MAX_NODES)
            return expr_fail(p, "an expression that is too deep or too long");
    }
    return node;
}

struct expr *
expr_binary(struct expr_parser *p, enum symbol op, struct expr *left, struct expr *right)
{
    if (!left || !right)
        return NULL;
    left->next = right;
    return expr_node(p, EXPR_BINARY, op, left);
}

struct expr *
expr_copy(struct expr_parser *p, const struct expr *node)
{
    struct expr *copy = expr_leaf(p, node->kind, NULL, 0);

    if (!copy)
        return NULL;
    *copy = *node;
    copy->next = NULL;
    /* What is under a cast may get a place in a list of its own. */
    if (is_pending(node))
        copy->first = expr_copy(p, node->first);
    return p->status == PD_OK ? copy : NULL;
}

/* ---- Numbers ----------------------------------------------------------------------------- */

static bool
is_above(const char *digits, size_t size, const char *limit)
{
    size_t n = strlen(limit);

    return size > n || (size == n && memcmp(digits, limit, n) > 0);
}

static const char *
number_too_large(const char *digits, size_t n_whole, size_t n_fraction, bool minus)
{
    if (n_whole + n_fraction > EXPR_MAX_DIGITS)
        return "a number of more than 38 digits";
    if (n_fraction == 0 &&
        is_above(digits, n_whole, minus ? "9223372036854775808" : "9223372036854775807"))
        return "an integer of more than 64 bits";
    return NULL;
}

/* Digits with at most one point: no leading zeros but one before the point, no sign of zero. */
struct expr *
expr_number(struct expr_parser *p, const char *text, size_t size, bool minus)
{
    const char *point = memchr(text, '.', size);
    size_t n_whole = point ? (size_t)(point - text) : size;
    size_t n_fraction = point ? size - n_whole - 1 : 0;
    bool is_zero = strspn(text, "0.") >= size;
    const char *why, *number;

    for (; n_whole > 0 && *text == '0'; n_whole--)
        text++;
    if (point && n_fraction == 0) {
        point = ".0"; /* "5." is no integer */
        n_fraction = 1;
    }
    why = number_too_large(text, n_whole, n_fraction, minus);
    if (why)
        return expr_fail(p, why);
    number = arena_printf(p->arena, "%s%.*s%.*s", minus && !is_zero ? "-" : "",
                          n_whole ? (int)n_whole : 1, n_whole ? text : "0",
                          point ? (int)n_fraction + 1 : 0, point ? point : "");
    return number ? expr_leaf(p, EXPR_NUMBER, number, strlen(number)) : expr_fail_memory(p);
}

struct expr *
expr_negate(struct expr_parser *p, struct expr *operand)
{
    if (!operand)
        return NULL;
    if (operand->kind == EXPR_NUMBER && operand->text[0] != '-')
        return expr_number(p, operand->text, operand->size, /* minus= */ true);
    return expr_node(p, EXPR_MINUS, 0, operand);
}

/* The text of a literal as a number; NULL without a failure: it is none. */
struct expr *
expr_number_of_string(struct expr_parser *p, const struct expr *string)
{
    const char *text = string->text;
    size_t size = string->size;
    bool minus = size > 0 && *text == '-';
    size_t n_points = 0;

    text += minus;
    size -= minus;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '.' && i > 0 && i + 1 < size)
            n_points++;
        else if (text[i] < '0' || text[i] > '9')
            return NULL;
    }
    return size > 0 && n_points <= 1 ? expr_number(p, text, size, minus) : NULL;
}

/* ---- Days of the calendar -------------------------------------------------------------------- */

static unsigned
digits(const char *text, size_t n)
{
    unsigned value = 0;

    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return 0;
        value = value * 10 + (unsigned)(text[i] - '0');
    }
    return value;
}

bool
expr_is_day(const struct expr *node)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    unsigned year, month, day;

    if (node->kind != EXPR_STRING || node->size != 10 || node->text[4] != '-' ||
        node->text[7] != '-')
        return false;
    year = digits(node->text, 4);
    month = digits(node->text + 5, 2);
    day = digits(node->text + 8, 2);
    if (!year || !month || month > 12 || !day)
        return false;
    return day <= days[month - 1] ||
           (month == 2 && day == 29 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
}
