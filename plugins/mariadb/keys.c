// SPDX-License-Identifier: Apache-2.0
/* keys - primary keys, unique ones and indexes, as they stand in a table's text. */
#include <stdlib.h>
#include <string.h>

#include "maker.h"

#define FOREIGN_SUPPORT "pd_fk_" /* indexes that restores make for foreign keys */

struct parts {
    struct pd_key_part *list;
    size_t n, room;
    bool is_special; /* a part of a value, an expression of the server's own, or a period */
    const struct items *items;
};

static bool take_parts(struct maker *m, const struct pd_table *table, struct lex *lex,
                       struct parts *parts);

/* Periods do not overlap, so no two begin and end at once: its columns for the period. */
static bool
take_period(struct maker *m, const struct pd_table *table, const char *name, struct parts *parts)
{
    for (size_t i = 0; i < parts->items->n; i++) {
        const struct item *item = &parts->items->list[i];
        const char *other;
        struct lex lex;

        if (item->kind != ITEM_OTHER || !item->whole)
            continue;
        lex_begin(&lex, item->whole);
        if (!lex_take_words(&lex, "PERIOD FOR"))
            continue;
        other = lex_take_name(&lex, &m->lines);
        if (other && strcmp(other, name) == 0)
            return take_parts(m, table, &lex, parts);
    }
    return true;
}

static struct pd_key_part *
append_part(struct maker *m, struct parts *parts)
{
    struct pd_key_part *part =
        maker_append(m, &m->lines, &parts->list, parts->n, &parts->room, sizeof *part);

    if (!part)
        return NULL;
    memset(part, 0, sizeof *part);
    part->struct_size = sizeof *part;
    parts->n++;
    return part;
}

static void
take_direction(struct lex *lex, struct pd_key_part *part)
{
    part->flags = lex_take(lex, "DESC") ? PD_PART_DESC : 0;
    lex_take(lex, "ASC");
}

/* "((`a` * 2))", of MySQL's indexes. */
static bool
take_expression(struct maker *m, const struct pd_table *table, struct lex *lex, struct parts *parts)
{
    const char *begin = lex->text + 1, *end;
    struct pd_key_part *part;

    if (!lex_skip_parentheses(lex))
        return false;
    for (end = lex->text; end[-1] != ')'; end--)
        ;
    part = append_part(m, parts);
    if (!part)
        return false;
    part->column = -1;
    part->expression_native = maker_text(m, begin, (size_t)(end - begin) - 1);
    if (!part->expression_native)
        return false;
    part->expression = portable_read(m, table, part->expression_native);
    parts->is_special = parts->is_special || !part->expression;
    take_direction(lex, part);
    return true;
}

static bool
take_part(struct maker *m, const struct pd_table *table, struct lex *lex, struct parts *parts)
{
    struct pd_key_part *part;
    const char *name;

    if (lex_is(lex, "("))
        return take_expression(m, table, lex, parts);
    name = lex_take_name(lex, &m->lines);
    if (!name)
        return false;
    if (lex_is(lex, "(")) {
        parts->is_special = true;
        lex_skip_parentheses(lex);
    }
    if (lex_take_words(lex, "WITHOUT OVERLAPS")) {
        parts->is_special = true;
        return take_period(m, table, name, parts);
    }
    part = append_part(m, parts);
    if (!part)
        return false;
    part->column = columns_find(table, name);
    take_direction(lex, part);
    return part->column >= 0;
}

/* "(`a`,`b`(10) DESC)"; false: not understood, or memory is short. */
static bool
take_parts(struct maker *m, const struct pd_table *table, struct lex *lex, struct parts *parts)
{
    if (!lex_take(lex, "("))
        return false;
    do {
        if (!take_part(m, table, lex, parts))
            return false;
    } while (lex_take(lex, ","));
    return lex_take(lex, ")");
}

/* IGNORED, or with a parser of its own: not what an index is elsewhere. */
static bool
has_special_option(struct lex *lex)
{
    for (; lex->kind != LEX_END && lex->kind != LEX_BAD; lex_step(lex)) {
        if (lex_is(lex, "IGNORED") || lex_is(lex, "INVISIBLE") || lex_is(lex, "PARSER"))
            return true;
    }
    return false;
}

static bool
is_descending(const struct pd_key *key)
{
    for (size_t i = 0; i < key->n_parts; i++) {
        if (key->parts[i].flags & PD_PART_DESC)
            return true;
    }
    return false;
}

static void
set_native(struct maker *m, const struct pd_table *table, const struct item *item,
           struct pd_key *key)
{
    struct pd_sql sql = {.host = m->host};

    pd_sql_add(&sql, "ALTER TABLE ");
    my_name(&sql, table->name);
    pd_sql_printf(&sql, " ADD %s", item->whole);
    key->native_sql = maker_built(m, &sql);
}

static uint16_t
kind_of(enum item_kind kind)
{
    if (kind == ITEM_PRIMARY)
        return PD_KEY_PRIMARY;
    return kind == ITEM_UNIQUE ? PD_KEY_UNIQUE : PD_KEY_INDEX;
}

static bool
is_key(const struct item *item)
{
    bool is_index = item->kind == ITEM_INDEX || item->kind == ITEM_SPECIAL;

    return item->kind == ITEM_PRIMARY || item->kind == ITEM_UNIQUE ||
           (is_index &&
            strncmp(item->name ? item->name : "", FOREIGN_SUPPORT, strlen(FOREIGN_SUPPORT)) != 0);
}

static const struct pd_key_part *
keep_parts(struct maker *m, const struct parts *parts)
{
    struct pd_key_part *list = parts->n ? maker_alloc(m, m->pool, parts->n * sizeof *list) : NULL;

    if (list)
        memcpy(list, parts->list, parts->n * sizeof *list);
    return list;
}

static void
fill(struct maker *m, const struct pd_table *table, const struct items *items,
     const struct item *item, struct pd_key *key)
{
    struct parts parts = {.items = items};
    struct lex lex;

    lex_begin(&lex, item->rest);
    if (!take_parts(m, table, &lex, &parts) && m->status == PD_OK)
        m->status = m->host->fail(m->err, PD_FAILED, PD_CAUSE_QUERY,
                                  "what the server tells about key '%s' of table '%s' is not "
                                  "understood",
                                  item->name ? item->name : "PRIMARY", table->name);
    if (m->status != PD_OK)
        return;
    key->struct_size = sizeof *key;
    key->kind = kind_of(item->kind);
    key->name = item->name ? pd_pool_text(m->pool, item->name) : NULL;
    key->parts = keep_parts(m, &parts);
    key->n_parts = parts.n;
    key->part_size = sizeof *parts.list;
    if (item->kind == ITEM_SPECIAL || parts.is_special || parts.n == 0 || has_special_option(&lex))
        key->flags |= PD_KEY_NATIVE_ONLY;
    if (key->kind == PD_KEY_PRIMARY || (key->kind == PD_KEY_UNIQUE && !is_descending(key)))
        key->flags |= PD_KEY_CONSTRAINT;
    set_native(m, table, item, key);
}

static int
compare(const void *a, const void *b)
{
    const struct pd_key *x = a, *y = b;

    if (x->kind == PD_KEY_PRIMARY || y->kind == PD_KEY_PRIMARY)
        return (int)x->kind - (int)y->kind;
    return strcmp(x->name ? x->name : "", y->name ? y->name : "");
}

void
keys_read(struct maker *m, uint32_t number, const struct items *items)
{
    struct pd_table *table = &m->tables[number];
    struct pd_key *keys;
    size_t n = 0;

    for (size_t i = 0; i < items->n; i++)
        n += is_key(&items->list[i]);
    if (n == 0)
        return;
    keys = maker_alloc(m, m->pool, n * sizeof *keys);
    for (size_t i = 0; i < items->n && m->status == PD_OK; i++) {
        if (is_key(&items->list[i]))
            fill(m, table, items, &items->list[i], &keys[table->n_keys++]);
    }
    if (m->status != PD_OK)
        return;
    qsort(keys, n, sizeof *keys, compare);
    table->keys = keys;
    m->works[number].keys = keys;
}
