// SPDX-License-Identifier: Apache-2.0
/* items - SHOW CREATE TABLE taken apart into its columns, keys and constraints. */
#include <string.h>

#include "maker.h"

struct reading {
    struct maker *m;
    struct lex lex;
    const char *end; /* behind the last token that was passed */
    struct item *item;
};

static void
step(struct reading *r)
{
    r->end = r->lex.text + r->lex.size;
    lex_step(&r->lex);
}

static bool
accept(struct reading *r, const char *word)
{
    if (!lex_is(&r->lex, word))
        return false;
    step(r);
    return true;
}

/* "/" "*!80016 ENFORCED *" "/": what only some versions read belongs to the text as this one shows
   it; "/" "* `colour`='red' *" "/", options that no engine knows, does not. */
static char *
without_comments(struct maker *m, const char *sql)
{
    char *copy = maker_alloc(m, &m->lines, strlen(sql) + 1), *at;
    char quote = 0;

    if (!copy)
        return NULL;
    memcpy(copy, sql, strlen(sql));
    for (at = copy; *at; at++) {
        if (quote) {
            if (*at == '\\' && quote == '\'' && at[1])
                at++;
            else if (*at == quote)
                quote = 0;
        } else if (*at == '`' || *at == '\'') {
            quote = *at;
        } else if (strncmp(at, "*/", 2) == 0) {
            memset(at, ' ', 2);
        } else if (strncmp(at, "/* `", 4) == 0 && strstr(at, "*/")) {
            memset(at, ' ', (size_t)(strstr(at, "*/") + 2 - at));
        } else if (strncmp(at, "/*!", 3) == 0 || strncmp(at, "/*M!", 4) == 0) {
            size_t size = strcspn(at, "!") + 1;

            size += strspn(at + size, "0123456789");
            memset(at, ' ', size);
        }
    }
    return copy;
}

static const char *
keep(struct reading *r, const char *from, const char *end)
{
    /* Where an item is expected and none stands, r->end is still that of the one before. */
    const char *text = pd_pool_copy(&r->m->lines, from, end > from ? (size_t)(end - from) : 0);

    if (!text)
        maker_no_memory(r->m);
    return text;
}

/* What stands in the parentheses of which the first is next. */
static const char *
take_parentheses(struct reading *r)
{
    const char *from = r->lex.text + 1;
    size_t depth = 0;

    do {
        if (r->lex.kind == LEX_END || r->lex.kind == LEX_BAD)
            return NULL;
        depth += lex_is(&r->lex, "(");
        depth -= lex_is(&r->lex, ")");
        step(r);
    } while (depth);
    return keep(r, from, r->end - 1);
}

/* A literal, a call, or an expression in parentheses. */
static const char *
take_value(struct reading *r)
{
    const char *from = r->lex.text;
    bool is_word;

    if (lex_is(&r->lex, "-") || lex_is(&r->lex, "+"))
        step(r);
    if (lex_is(&r->lex, "("))
        return take_parentheses(r) ? keep(r, from, r->end) : NULL;
    is_word = r->lex.kind == LEX_WORD;
    step(r);
    if (is_word && lex_is(&r->lex, "(") && !take_parentheses(r))
        return NULL;
    if (is_word && r->lex.kind == LEX_STRING) /* _utf8mb4'x' */
        step(r);
    return keep(r, from, r->end);
}

static bool
ends_item(const struct lex *lex)
{
    return lex->kind == LEX_END || lex->kind == LEX_BAD || lex_is(lex, ",") || lex_is(lex, ")");
}

/* "ROW START" and "ROW END" stand without parentheses. */
static const char *
take_generated(struct reading *r)
{
    const char *from = r->lex.text;

    if (lex_is(&r->lex, "("))
        return take_parentheses(r);
    step(r);
    step(r);
    return keep(r, from, r->end);
}

static bool
take_column(struct reading *r)
{
    while (!ends_item(&r->lex)) {
        if (accept(r, "DEFAULT")) {
            r->item->value = take_value(r);
        } else if (accept(r, "CHECK") && lex_is(&r->lex, "(")) {
            r->item->check = take_parentheses(r);
        } else if (accept(r, "AS")) {
            r->item->generated = take_generated(r);
        } else if (lex_is(&r->lex, "(")) {
            if (!take_parentheses(r))
                return false;
        } else {
            step(r);
        }
    }
    return true;
}

static bool
skip_item(struct reading *r)
{
    const char *from = r->lex.text;

    while (!ends_item(&r->lex)) {
        if (!lex_is(&r->lex, "("))
            step(r);
        else if (!take_parentheses(r))
            return false;
    }
    r->item->rest = keep(r, from, r->end);
    return true;
}

static const char *
take_name(struct reading *r)
{
    const char *name;

    if (r->lex.kind != LEX_NAME)
        return NULL;
    r->end = r->lex.text + r->lex.size;
    name = lex_take_name(&r->lex, &r->m->lines);
    if (!name)
        maker_no_memory(r->m);
    return name;
}

static enum item_kind
take_constraint(struct reading *r)
{
    r->item->name = take_name(r);
    if (accept(r, "CHECK"))
        return ITEM_CHECK;
    if (!accept(r, "FOREIGN"))
        return ITEM_OTHER;
    accept(r, "KEY");
    return ITEM_FOREIGN;
}

/* Which item begins with these words? */
static const struct {
    const char *words[2];
    enum item_kind kind;
} beginnings[] = {
    {{"PRIMARY", "KEY"}, ITEM_PRIMARY}, {{"UNIQUE", "KEY"}, ITEM_UNIQUE},
    {{"KEY", NULL}, ITEM_INDEX},        {{"FULLTEXT", "KEY"}, ITEM_SPECIAL},
    {{"SPATIAL", "KEY"}, ITEM_SPECIAL}, {{"VECTOR", "KEY"}, ITEM_SPECIAL},
};

static enum item_kind
take_kind(struct reading *r)
{
    if (accept(r, "CONSTRAINT"))
        return take_constraint(r);
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
        if (!lex_is(&r->lex, beginnings[i].words[0]))
            continue;
        step(r);
        if (beginnings[i].words[1])
            accept(r, beginnings[i].words[1]);
        r->item->name = take_name(r);
        return beginnings[i].kind;
    }
    return ITEM_OTHER;
}

static bool
take_item(struct reading *r)
{
    const char *from = r->lex.text;
    bool is_whole;

    if (r->lex.kind == LEX_NAME) {
        r->item->kind = ITEM_COLUMN;
        r->item->name = take_name(r);
        is_whole = take_column(r);
    } else {
        r->item->kind = take_kind(r);
        is_whole = skip_item(r);
    }
    r->item->whole = keep(r, from, r->end);
    return is_whole && r->m->status == PD_OK;
}

bool
items_read(struct maker *m, const struct pd_table *table, struct items *ret_items)
{
    struct reading r = {.m = m};
    char *sql = without_comments(m, table->native_sql);

    memset(ret_items, 0, sizeof *ret_items);
    if (!sql)
        return false;
    lex_begin(&r.lex, sql);
    if (!lex_take_words(&r.lex, "CREATE TABLE") || !take_name(&r) || !accept(&r, "("))
        return false;
    do {
        r.item = maker_append(m, &m->lines, &ret_items->list, ret_items->n, &ret_items->room,
                              sizeof *r.item);
        if (!r.item)
            return false;
        ret_items->n++;
        memset(r.item, 0, sizeof *r.item);
        if (!take_item(&r))
            return false;
    } while (accept(&r, ","));
    return lex_is(&r.lex, ")");
}
