// SPDX-License-Identifier: Apache-2.0
/* parse - reads CREATE statements: the shared parts and everything but tables. */
#include <string.h>

#include "parse_inside.h"

void
parse_advance(struct parse *p)
{
    p->last_end = p->token.text + p->token.size;
    p->token = p->ahead;
    p->ahead = token_next(&p->tokens);
}

bool
parse_at(const struct parse *p, const char *word)
{
    return token_is(&p->token, word);
}

bool
parse_at2(const struct parse *p, const char *word, const char *next)
{
    return token_is(&p->token, word) && token_is(&p->ahead, next);
}

bool
parse_accept(struct parse *p, const char *word)
{
    if (!parse_at(p, word))
        return false;
    parse_advance(p);
    return true;
}

pd_status
parse_expect(struct parse *p, const char *word)
{
    return parse_accept(p, word) ? PD_OK : PD_UNSUPPORTED;
}

bool
parse_at_name(const struct parse *p)
{
    return p->token.kind == TOKEN_WORD || p->token.kind == TOKEN_NAME ||
           p->token.kind == TOKEN_STRING;
}

pd_status
parse_name(struct parse *p, const char **ret_name)
{
    char *name;

    if (!parse_at_name(p))
        return PD_UNSUPPORTED;
    name = pd_pool_alloc(p->pool, p->token.size + 1);
    if (!name)
        return PD_FATAL;
    token_unquote(&p->token, name);
    parse_advance(p);
    *ret_name = name;
    return PD_OK;
}

struct sql_span
parse_span(const struct parse *p, const char *begin)
{
    struct sql_span span = {begin, p->last_end > begin ? (size_t)(p->last_end - begin) : 0};

    return span;
}

/* Words that stand before "(" in an expression without being a function. */
static bool
is_reserved(const struct token *token)
{
    static const char *const words[] = {"and",  "or",   "not",     "in",      "is",   "case",
                                        "when", "then", "else",    "between", "null", "cast",
                                        "like", "glob", "collate", "escape",  "end",  "as"};
    size_t i;

    for (i = 0; i < sizeof words / sizeof *words; i++) {
        if (token_is(token, words[i]))
            return true;
    }
    return false;
}

/* Words that reach code of the application, or more than the row itself. */
static bool
is_stray_word(const struct token *token)
{
    static const char *const words[] = {"match",  "regexp", "select", "with",  "raise",
                                        "exists", "values", "over",   "filter"};
    size_t i;

    for (i = 0; i < sizeof words / sizeof *words; i++) {
        if (token_is(token, words[i]))
            return true;
    }
    return false;
}

/* Note the first call of a function that is not known to be harmless. */
static pd_status
note_function(struct parse *p)
{
    bool called = token_is(&p->ahead, "(");
    char *name;

    if (p->statement->stray_function || (p->token.kind != TOKEN_WORD && !called))
        return PD_OK;
    if (p->token.kind != TOKEN_WORD && p->token.kind != TOKEN_NAME)
        return PD_OK;
    if (!is_stray_word(&p->token) && (!called || is_reserved(&p->token)))
        return PD_OK;
    name = pd_pool_alloc(p->pool, p->token.size + 1);
    if (!name)
        return PD_FATAL;
    token_unquote(&p->token, name);
    if (is_stray_word(&p->token) || !parse_function_is_harmless(name))
        p->statement->stray_function = name;
    return PD_OK;
}

/* Depth of parentheses behind this token. */
static int
depth_behind(const struct parse *p, int depth)
{
    return depth + parse_at(p, "(") - parse_at(p, ")");
}

pd_status
parse_expression(struct parse *p, bool (*stops)(const struct parse *p), struct sql_span *ret_span)
{
    const char *begin = p->token.text;
    int depth = 0;
    pd_status status;

    while (p->token.kind != TOKEN_END && !parse_at(p, ";")) {
        if (p->token.kind == TOKEN_BAD || p->token.kind == TOKEN_VARIABLE)
            return PD_UNSUPPORTED;
        /* The first token is never a stop: "desc" may be a column. */
        if (depth == 0 && (parse_at(p, ")") || (p->token.text != begin && stops(p))))
            break;
        status = note_function(p);
        if (status != PD_OK)
            return status;
        depth = depth_behind(p, depth);
        parse_advance(p);
    }
    *ret_span = parse_span(p, begin);
    return depth == 0 && ret_span->size ? PD_OK : PD_UNSUPPORTED;
}

static bool
stops_never(const struct parse *p)
{
    (void)p;
    return false;
}

pd_status
parse_in_parentheses(struct parse *p, struct sql_span *ret_inside)
{
    pd_status status;

    if (!parse_accept(p, "("))
        return PD_UNSUPPORTED;
    status = parse_expression(p, stops_never, ret_inside);
    return status == PD_OK ? parse_expect(p, ")") : status;
}

static bool
stops_part(const struct parse *p)
{
    bool plain_end = token_is(&p->ahead, ",") || token_is(&p->ahead, ")") ||
                     token_is(&p->ahead, "autoincrement");

    if (parse_at(p, ",") || parse_at(p, "autoincrement"))
        return true;
    if (parse_at(p, "asc") || parse_at(p, "desc"))
        return plain_end;
    return parse_at(p, "collate");
}

/* The rest of a part after its expression. COLLATE in the middle makes it all an expression. */
static pd_status
parse_part_end(struct parse *p, const char *begin, struct parse_part *part)
{
    pd_status status = PD_OK;

    while (parse_at(p, "collate")) {
        parse_advance(p);
        status = parse_name(p, &part->collation);
        if (status != PD_OK)
            return status;
        if (parse_at(p, ",") || parse_at(p, ")") || parse_at(p, "asc") || parse_at(p, "desc") ||
            parse_at(p, "autoincrement"))
            break;
        part->collation = NULL;
        part->column = NULL;
        if (!parse_at(p, "collate"))
            status = parse_expression(p, stops_part, &part->expression);
        part->expression = parse_span(p, begin);
        if (status != PD_OK)
            return status;
    }
    part->descending = parse_at(p, "desc");
    if (parse_at(p, "asc") || parse_at(p, "desc"))
        parse_advance(p);
    return PD_OK;
}

static pd_status
parse_part(struct parse *p, struct parse_part *part)
{
    const char *begin = p->token.text;
    struct token first = p->token;
    bool is_name = parse_at_name(p);
    char *name;
    pd_status status = parse_expression(p, stops_part, &part->expression);

    if (status != PD_OK)
        return status;
    if (is_name && part->expression.size == first.size) {
        name = pd_pool_alloc(p->pool, first.size + 1);
        if (!name)
            return PD_FATAL;
        token_unquote(&first, name);
        part->column = name;
    }
    return parse_part_end(p, begin, part);
}

pd_status
parse_parts(struct parse *p, struct parse_part **ret_parts, size_t *ret_n_parts)
{
    size_t room = 0;
    struct parse_part *part;
    pd_status status;

    *ret_n_parts = 0;
    if (!parse_accept(p, "("))
        return PD_UNSUPPORTED;
    do {
        part = pd_pool_append(p->pool, ret_parts, *ret_n_parts, &room, sizeof *part);
        if (!part)
            return PD_FATAL;
        status = parse_part(p, part);
        if (status != PD_OK)
            return status;
        ++*ret_n_parts;
    } while (parse_accept(p, ","));
    return PD_OK;
}

/* [schema.]name */
static pd_status
parse_full_name(struct parse *p)
{
    struct parse_statement *s = p->statement;
    pd_status status = parse_name(p, &s->name);

    if (status != PD_OK || !parse_accept(p, "."))
        return status;
    s->schema = s->name;
    return parse_name(p, &s->name);
}

static void
parse_if_not_exists(struct parse *p)
{
    if (!parse_at2(p, "if", "not"))
        return;
    parse_advance(p);
    parse_advance(p);
    parse_accept(p, "exists");
    p->statement->if_not_exists = true;
}

/* Up to the end of the statement as one span. */
static pd_status
parse_body(struct parse *p)
{
    const char *begin = p->token.text;

    while (p->token.kind != TOKEN_END && !parse_at(p, ";")) {
        if (p->token.kind == TOKEN_BAD)
            return PD_UNSUPPORTED;
        parse_advance(p);
    }
    p->statement->body = parse_span(p, begin);
    return PD_OK;
}

/* Up to the END that follows a semicolon; that of a CASE never does. */
static pd_status
parse_trigger_body(struct parse *p)
{
    const char *begin = p->token.text;

    while (!parse_at2(p, ";", "end")) {
        if (p->token.kind == TOKEN_BAD || p->token.kind == TOKEN_END)
            return PD_UNSUPPORTED;
        parse_advance(p);
    }
    parse_advance(p);
    parse_advance(p);
    p->statement->body = parse_span(p, begin);
    return PD_OK;
}

static pd_status
parse_index(struct parse *p)
{
    struct parse_statement *s = p->statement;
    pd_status status = parse_full_name(p);

    s->kind = PARSE_INDEX;
    if (status == PD_OK)
        status = parse_expect(p, "on");
    if (status == PD_OK)
        status = parse_name(p, &s->table);
    if (status == PD_OK)
        status = parse_parts(p, &s->parts, &s->n_parts);
    if (status == PD_OK)
        status = parse_expect(p, ")");
    if (status != PD_OK || !parse_accept(p, "where"))
        return status;
    return parse_expression(p, stops_never, &s->predicate);
}

static pd_status
parse_virtual(struct parse *p)
{
    struct parse_statement *s = p->statement;
    pd_status status = parse_full_name(p);

    s->kind = PARSE_VIRTUAL;
    if (status == PD_OK)
        status = parse_expect(p, "using");
    if (status == PD_OK)
        status = parse_name(p, &s->module);
    return status == PD_OK ? parse_body(p) : status;
}

static pd_status
parse_view(struct parse *p)
{
    pd_status status = parse_full_name(p);

    p->statement->kind = PARSE_VIEW;
    return status == PD_OK ? parse_body(p) : status;
}

/* Up to its table: the first ON, since columns after UPDATE OF cannot have that word as a name. */
static pd_status
parse_trigger(struct parse *p)
{
    struct parse_statement *s = p->statement;
    pd_status status = parse_full_name(p);

    s->kind = PARSE_TRIGGER;
    while (status == PD_OK && !parse_at(p, "on")) {
        if (p->token.kind == TOKEN_BAD || p->token.kind == TOKEN_END)
            return PD_UNSUPPORTED;
        parse_advance(p);
    }
    if (status == PD_OK)
        status = parse_expect(p, "on");
    if (status == PD_OK)
        status = parse_name(p, &s->table);
    return status == PD_OK ? parse_trigger_body(p) : status;
}

static pd_status
parse_plain_table(struct parse *p)
{
    pd_status status = parse_full_name(p);

    p->statement->kind = PARSE_TABLE;
    return status == PD_OK ? parse_table(p) : status;
}

static pd_status
parse_kind(struct parse *p)
{
    static const struct {
        const char *word;
        const char *next; /* NULL: one word is enough */
        pd_status (*read)(struct parse *p);
    } kinds[] = {
        {"table", NULL, parse_plain_table}, {"virtual", "table", parse_virtual},
        {"index", NULL, parse_index},       {"unique", "index", parse_index},
        {"view", NULL, parse_view},         {"trigger", NULL, parse_trigger},
    };
    size_t i;

    p->statement->temporary = parse_accept(p, "temp") || parse_accept(p, "temporary");
    p->statement->unique = parse_at(p, "unique");
    for (i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!parse_accept(p, kinds[i].word))
            continue;
        if (kinds[i].next && !parse_accept(p, kinds[i].next))
            return PD_UNSUPPORTED;
        parse_if_not_exists(p);
        return kinds[i].read(p);
    }
    return PD_UNSUPPORTED;
}

pd_status
parse_create(struct pd_pool *pool, const char *sql, struct parse_statement **ret_statement)
{
    struct parse p = {.pool = pool, .tokens = {sql, sql + strlen(sql)}};
    pd_status status;

    p.statement = pd_pool_alloc(pool, sizeof *p.statement);
    if (!p.statement)
        return PD_FATAL;
    p.token = token_next(&p.tokens);
    p.ahead = token_next(&p.tokens);
    status = parse_expect(&p, "create");
    if (status == PD_OK)
        status = parse_kind(&p);
    if (status != PD_OK)
        return status;
    parse_accept(&p, ";");
    if (p.token.kind != TOKEN_END)
        return PD_UNSUPPORTED;
    *ret_statement = p.statement;
    return PD_OK;
}

bool
parse_is_passive(const struct parse_statement *s)
{
    return (s->kind == PARSE_TABLE || s->kind == PARSE_INDEX) && !s->stray_function &&
           !s->temporary;
}
