// SPDX-License-Identifier: Apache-2.0
/* expr_cast - drops casts that say nothing, as PostgreSQL writes them into everything, and refuses
   all others. */
#include "model/expr_tree.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    uint8_t class;
} types[] = {
    {"text", TYPE_TEXT},     {"character varying", TYPE_TEXT}, {"varchar", TYPE_TEXT},
    {"bpchar", TYPE_CHAR},   {"smallint", TYPE_INTEGER},       {"integer", TYPE_INTEGER},
    {"bigint", TYPE_BIGINT}, {"numeric", TYPE_NUMBER},         {"double precision", TYPE_NUMBER},
    {"date", TYPE_DATE},
};

static void
skip_modifier(struct expr_parser *p)
{
    do {
        if (p->token.kind == TOKEN_NUMBER)
            expr_advance(p);
        else
            expr_fail_token(p);
    } while (p->status == PD_OK && expr_accept(p, SYMBOL_COMMA));
    expr_expect(p, SYMBOL_CLOSE);
}

/* The name behind "::"; a modifier such as (10) cuts or rounds, so such a type is another. */
enum expr_type
expr_parse_type(struct expr_parser *p, bool *ret_is_array)
{
    char name[64];
    enum expr_type class = TYPE_OTHER;

    if (p->token.kind != TOKEN_NAME && p->token.kind != TOKEN_QUOTED)
        expr_fail_token(p);
    snprintf(name, sizeof name, "%.*s", p->token.size > 40 ? 40 : (int)p->token.size,
             p->token.text ? p->token.text : "");
    expr_advance(p);
    if (strcmp(name, "character") == 0 && expr_accept_word(p, "VARYING"))
        memcpy(name, "character varying", sizeof "character varying");
    else if (strcmp(name, "double") == 0 && expr_accept_word(p, "PRECISION"))
        memcpy(name, "double precision", sizeof "double precision");
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (strcmp(types[i].name, name) == 0)
            class = types[i].class;
    }
    if (expr_accept(p, SYMBOL_OPEN)) {
        skip_modifier(p);
        class = TYPE_OTHER;
    }
    *ret_is_array = expr_accept(p, SYMBOL_OPEN_LIST);
    if (*ret_is_array)
        expr_expect(p, SYMBOL_CLOSE_LIST);
    return class;
}

static bool is_text_type(enum expr_type class)
{
    return class == TYPE_TEXT || class == TYPE_CHAR;
}

/* A literal that is cast to the type that it is compared as says the same without the cast, and a
   day is compared with dates alone (expr_compares_alike). Blanks at the end of what is compared as
   char do not count, and no value has them. */
static struct expr *
cast_literal(struct expr_parser *p, struct expr *operand, enum expr_type class)
{
    struct expr *number = operand;

    if (operand->kind == EXPR_STRING && operand->what == TYPE_DATE)
        return NULL; /* how a date becomes text depends on settings */
    if (class == TYPE_DATE) {
        operand->what = TYPE_DATE;
        return expr_is_day(operand) ? operand : NULL;
    }
    if (operand->kind == EXPR_STRING && is_text_type(class)) {
        while (class == TYPE_CHAR && operand->size && operand->text[operand->size - 1] == ' ')
            operand->size--;
        return operand;
    }
    if (class == TYPE_OTHER || is_text_type(class))
        return NULL;
    if (operand->kind == EXPR_STRING)
        number = expr_number_of_string(p, operand);
    if (!number || number->kind != EXPR_NUMBER)
        return NULL;
    if (class != TYPE_NUMBER && memchr(number->text, '.', number->size))
        return NULL;
    return number;
}

struct expr *
expr_cast(struct expr_parser *p, struct expr *operand, enum expr_type class, bool is_array)
{
    struct expr *literal;

    if (operand->kind == EXPR_NULL)
        return operand;
    if (operand->kind == EXPR_ARRAY)
        return is_array && is_text_type(class) ? operand : expr_fail(p, "a cast of an array");
    if (is_array)
        return expr_fail(p, "a cast to an array");
    if (operand->kind == EXPR_COLUMN && class != TYPE_OTHER && class != TYPE_DATE &&
        class != TYPE_INTEGER)
        return expr_node(p, is_text_type(class) ? EXPR_TEXT_CAST : EXPR_NUMBER_CAST, (int)class,
                         operand);
    literal = cast_literal(p, operand, class);
    return literal ? literal : expr_fail(p, "a cast");
}

static bool
is_cast(const struct expr *node)
{
    return node->kind == EXPR_TEXT_CAST || node->kind == EXPR_NUMBER_CAST;
}

struct expr *
expr_without_cast(struct expr *node)
{
    return is_cast(node) ? node->first : node;
}

struct expr *
expr_without_bigint(struct expr *node)
{
    return node && node->kind == EXPR_NUMBER_CAST && node->what == TYPE_BIGINT ? node->first : node;
}

static bool
is_textual(const struct expr *node)
{
    return node->kind == EXPR_TEXT_CAST || node->kind == EXPR_STRING;
}

/* What is compared with text needs no cast when it is text itself. */
static bool
compares_text(const struct expr *left, const struct expr *right)
{
    return (is_textual(left) && (is_textual(right) || right->kind == EXPR_COLUMN)) ||
           (is_textual(right) && left->kind == EXPR_COLUMN);
}

static bool
compares_numbers(const struct expr *left, const struct expr *right)
{
    return (left->kind == EXPR_NUMBER_CAST || right->kind == EXPR_NUMBER_CAST) &&
           !is_textual(left) && !is_textual(right);
}

void
expr_drop_casts(struct expr **left, struct expr **right)
{
    if (!*left || !*right)
        return;
    if (!compares_text(*left, *right) && !compares_numbers(*left, *right))
        return;
    *left = expr_without_cast(*left);
    *right = expr_without_cast(*right);
}

/* Is it a number of the kind that it was cast to, also without the cast? */
static bool
decides(const struct expr *node)
{
    if (node->kind == EXPR_NUMBER)
        return memchr(node->text, '.', node->size) != NULL;
    return !is_cast(node) && node->kind != EXPR_STRING && node->kind != EXPR_NULL;
}

void
expr_drop_cast_of_operand(struct expr **left, struct expr **right)
{
    if (!*left || !*right)
        return;
    if ((*left)->kind == EXPR_NUMBER_CAST && decides(*right))
        *left = expr_without_cast(*left);
    else if ((*right)->kind == EXPR_NUMBER_CAST && decides(*left))
        *right = expr_without_cast(*right);
}

struct expr *
expr_drop_casts_of_list(struct expr *first)
{
    struct expr **place = &first;
    bool decided = false;

    for (const struct expr *node = first; node; node = node->next)
        decided = decided || decides(node);
    for (; decided && *place; place = &(*place)->next) {
        struct expr *inner = (*place)->kind == EXPR_NUMBER_CAST ? (*place)->first : *place;

        inner->next = (*place)->next;
        *place = inner;
    }
    return first;
}
