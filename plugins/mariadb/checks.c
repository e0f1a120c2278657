// SPDX-License-Identifier: Apache-2.0
/* checks - the checks of a table and of its columns; those that only say what json and bool are
   belong to the type. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "maker.h"

/* Is the token this name, in quotes? */
static bool
is_name(const struct lex *lex, const char *name)
{
    const char *at = lex->text + 1, *end = lex->text + lex->size - 1;

    if (lex->kind != LEX_NAME)
        return false;
    for (; at < end && *name; at++, name++) {
        if (*at != *name)
            return false;
        at += *at == '`';
    }
    return at == end && !*name;
}

/* Are the tokens of the check these, "c" standing for the column? */
static bool
is_form(const char *column, const char *check, const char *const *form)
{
    struct lex lex;

    for (lex_begin(&lex, check); *form; form++) {
        bool is_there = strcmp(*form, "c") == 0 ? is_name(&lex, column)
                                                : strlen(*form) == lex.size &&
                                                      strncasecmp(*form, lex.text, lex.size) == 0;

        if (!is_there)
            return false;
        lex_step(&lex);
    }
    return lex.kind == LEX_END;
}

bool
checks_is_json(const char *column, const char *check)
{
    static const char *const form[] = {"json_valid", "(", "c", ")", NULL};

    return is_form(column, check, form);
}

bool
checks_is_bool(const char *column, const char *check)
{
    static const char *const form[] = {"c", "in", "(", "0", ",", "1", ")", NULL};

    return is_form(column, check, form);
}

/* Does the type say it already? */
static bool
is_implied(const struct pd_table *table, const struct item *item)
{
    int32_t number = columns_find(table, item->name);
    int kind = number < 0 ? PD_KIND_NONE : table->columns[number].type.kind;

    return (kind == PD_KIND_JSON && checks_is_json(item->name, item->check)) ||
           (kind == PD_KIND_BOOL && checks_is_bool(item->name, item->check));
}

static bool
is_check(const struct pd_table *table, const struct item *item)
{
    return item->kind == ITEM_CHECK ||
           (item->kind == ITEM_COLUMN && item->check && !is_implied(table, item));
}

/* What stands in the parentheses of "(`a` > 0)". */
static const char *
expression_of(struct maker *m, const struct item *item)
{
    const char *end;

    if (item->kind == ITEM_COLUMN)
        return maker_text(m, item->check, strlen(item->check));
    end = strrchr(item->rest, ')');
    if (*item->rest != '(' || !end)
        return NULL;
    return maker_text(m, item->rest + 1, (size_t)(end - item->rest) - 1);
}

/* Of MySQL's only. */
static bool
is_not_enforced(const struct item *item)
{
    struct lex lex;

    if (item->kind != ITEM_CHECK)
        return false;
    lex_begin(&lex, item->rest);
    return lex_skip_parentheses(&lex) && lex_take_words(&lex, "NOT ENFORCED");
}

/* MySQL calls a check of table t that has no name t_chk_1, and so on. */
static bool
is_named_by_server(const struct maker *m, const struct pd_table *table, const char *name)
{
    size_t size = strlen(table->name);

    if (m->my->is_mariadb || strncmp(name, table->name, size) != 0 ||
        strncmp(name + size, "_chk_", 5) != 0)
        return false;
    name += size + 5;
    return *name && name[strspn(name, "0123456789")] == 0;
}

/* A check while they are sorted: one of a column goes by that column's name, and has none. */
struct named {
    const char *name;
    struct pd_check check;
};

static void
fill(struct maker *m, const struct pd_table *table, const struct item *item, struct named *named)
{
    struct pd_check *check = &named->check;

    bool is_nameless =
        item->kind == ITEM_CHECK && item->name && is_named_by_server(m, table, item->name);

    named->name = item->name && !is_nameless ? item->name : "";
    check->struct_size = sizeof *check;
    if (item->kind == ITEM_CHECK && item->name && !is_nameless)
        check->name = maker_text(m, item->name, strlen(item->name));
    if (is_not_enforced(item))
        check->flags = PD_CHECK_NOT_VALIDATED;
    check->expression_native = expression_of(m, item);
    if (check->expression_native)
        check->expression = portable_read(m, table, check->expression_native);
}

static int
compare(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    int order = strcmp(x->name, y->name);

    order = order ? order : (x->check.name != NULL) - (y->check.name != NULL);
    return order || !x->check.expression_native || !y->check.expression_native
               ? order
               : strcmp(x->check.expression_native, y->check.expression_native);
}

void
checks_read(struct maker *m, uint32_t number, const struct items *items)
{
    struct pd_table *table = &m->tables[number];
    struct pd_check *checks;
    struct named *named;
    size_t n = 0, k = 0;

    for (size_t i = 0; i < items->n; i++)
        n += is_check(table, &items->list[i]);
    if (n == 0 || m->status != PD_OK)
        return;
    checks = maker_alloc(m, m->pool, n * sizeof *checks);
    named = maker_alloc(m, &m->lines, n * sizeof *named);
    for (size_t i = 0; i < items->n && m->status == PD_OK; i++) {
        if (is_check(table, &items->list[i]))
            fill(m, table, &items->list[i], &named[k++]);
    }
    if (m->status != PD_OK)
        return;
    qsort(named, n, sizeof *named, compare);
    for (size_t i = 0; i < n; i++)
        checks[i] = named[i].check;
    table->checks = checks;
    table->n_checks = n;
}
