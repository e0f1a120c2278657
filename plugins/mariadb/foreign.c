// SPDX-License-Identifier: Apache-2.0
/* foreign - foreign keys, as they stand in a table's text. */
#include <stdlib.h>
#include <string.h>

#include "maker.h"

struct list {
    const char **names;
    size_t n, room;
};

static bool
take_names(struct maker *m, struct lex *lex, struct list *list)
{
    if (!lex_take(lex, "("))
        return false;
    do {
        const char *name = lex_take_name(lex, m->pool);
        const char **place =
            name ? maker_append(m, m->pool, &list->names, list->n, &list->room, sizeof *place)
                 : NULL;

        if (!place)
            return false;
        *place = name;
        list->n++;
    } while (lex_take(lex, ","));
    return lex_take(lex, ")");
}

static const struct {
    const char *words;
    uint16_t action;
} actions[] = {
    {"NO ACTION", PD_ACTION_NONE},          {"RESTRICT", PD_ACTION_RESTRICT},
    {"CASCADE", PD_ACTION_CASCADE},         {"SET NULL", PD_ACTION_SET_NULL},
    {"SET DEFAULT", PD_ACTION_SET_DEFAULT},
};

static bool
take_action(struct lex *lex, uint16_t *ret_action)
{
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        if (!lex_take_words(lex, actions[i].words))
            continue;
        *ret_action = actions[i].action;
        return true;
    }
    return false;
}

/* What is not said is RESTRICT. MySQL says NO ACTION and leaves out that. */
static bool
take_actions(const struct maker *m, struct lex *lex, struct pd_foreign *foreign)
{
    foreign->on_delete = foreign->on_update =
        m->my->is_mariadb ? PD_ACTION_RESTRICT : PD_ACTION_NONE;
    while (lex_take(lex, "ON")) {
        uint16_t *action = lex_take(lex, "DELETE")   ? &foreign->on_delete
                           : lex_take(lex, "UPDATE") ? &foreign->on_update
                                                     : NULL;

        if (!action || !take_action(lex, action))
            return false;
    }
    return lex->kind == LEX_END;
}

/* "`t`", or of another database "`d`.`t`". */
static bool
take_target(struct maker *m, struct lex *lex, struct pd_foreign *foreign)
{
    foreign->to_table = lex_take_name(lex, m->pool);
    if (!foreign->to_table || !lex_take(lex, "."))
        return foreign->to_table != NULL;
    foreign->to_schema = foreign->to_table;
    foreign->to_table = lex_take_name(lex, m->pool);
    return foreign->to_table != NULL;
}

static bool
set_columns(struct maker *m, const struct pd_table *table, const struct list *from,
            struct pd_foreign *foreign)
{
    uint32_t *columns = maker_alloc(m, m->pool, from->n * sizeof *columns);

    for (size_t i = 0; columns && i < from->n; i++) {
        int32_t column = columns_find(table, from->names[i]);

        if (column < 0)
            return false;
        columns[i] = (uint32_t)column;
    }
    foreign->columns = columns;
    foreign->n_columns = from->n;
    return columns != NULL;
}

/* "(`a`) REFERENCES `t` (`id`) ON DELETE CASCADE" */
static bool
read_one(struct maker *m, const struct pd_table *table, const struct item *item,
         struct pd_foreign *foreign)
{
    struct list from = {0}, to = {0};
    struct lex lex;

    lex_begin(&lex, item->rest);
    foreign->struct_size = sizeof *foreign;
    foreign->name = item->name ? maker_text(m, item->name, strlen(item->name)) : NULL;
    if (!take_names(m, &lex, &from) || !lex_take(&lex, "REFERENCES") ||
        !take_target(m, &lex, foreign) || !take_names(m, &lex, &to) || to.n != from.n)
        return false;
    foreign->to_columns = to.names;
    return set_columns(m, table, &from, foreign) && take_actions(m, &lex, foreign);
}

static int
compare(const void *a, const void *b)
{
    const struct pd_foreign *x = a, *y = b;

    return strcmp(x->name ? x->name : "", y->name ? y->name : "");
}

void
foreign_read(struct maker *m, uint32_t number, const struct items *items)
{
    struct pd_table *table = &m->tables[number];
    struct pd_foreign *foreigns;
    size_t n = 0;

    for (size_t i = 0; i < items->n; i++)
        n += items->list[i].kind == ITEM_FOREIGN;
    if (n == 0 || m->status != PD_OK)
        return;
    foreigns = maker_alloc(m, m->pool, n * sizeof *foreigns);
    for (size_t i = 0; i < items->n && m->status == PD_OK; i++) {
        const struct item *item = &items->list[i];

        if (item->kind == ITEM_FOREIGN &&
            !read_one(m, table, item, &foreigns[table->n_foreigns++]) && m->status == PD_OK)
            m->status = m->host->fail(m->err, PD_FAILED, PD_CAUSE_QUERY,
                                      "what the server tells about foreign key '%s' of table '%s' "
                                      "is not understood",
                                      item->name ? item->name : "", table->name);
    }
    if (m->status != PD_OK)
        return;
    qsort(foreigns, n, sizeof *foreigns, compare);
    table->foreigns = foreigns;
}
