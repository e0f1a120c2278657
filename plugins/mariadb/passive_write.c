// SPDX-License-Identifier: Apache-2.0
/* passive_write - CREATE TABLE again, piece by piece, with what shall be different in it. */
#include <string.h>

#include "passive.h"
#include "sink.h"

static void
put_span(struct pd_sql *out, const char *from, const char *to)
{
    if (to > from)
        pd_sql_bytes(out, from, (size_t)(to - from));
}

static const char *
end_of(struct passive_span span)
{
    return span.at + span.size;
}

static void
put_column(const struct passive *p, const struct passive_change *change, size_t number,
           struct pd_sql *out)
{
    const struct passive_column *c = &p->columns[number];
    const char *tail = change->type_tail_of ? change->type_tail_of(change->arg, number) : NULL;
    const char *value = change->value_of ? change->value_of(change->arg, number) : NULL;
    const char *at = c->whole.at, *behind = end_of(c->type);

    put_span(out, at, behind);
    pd_sql_add(out, tail ? tail : "");
    if (value && c->value.size) {
        put_span(out, behind, c->value.at);
        behind = end_of(c->value);
        pd_sql_add(out, value);
    }
    put_span(out, behind, end_of(c->whole));
    if (value && !c->value.size)
        pd_sql_printf(out, " %s", value);
}

/* The column that counts has to be the first of a key. */
static bool
is_needed(const struct passive *p, const struct passive_item *item)
{
    size_t i;

    for (i = 0; i < p->n_columns; i++) {
        if (p->columns[i].is_auto)
            return item->first && strcmp(item->first, p->columns[i].name) == 0;
    }
    return false;
}

bool
passive_is_later(const struct passive *p, const struct passive_item *item)
{
    switch (item->kind) {
    case PASSIVE_UNIQUE:
    case PASSIVE_INDEX:
        return !is_needed(p, item);
    case PASSIVE_FULLTEXT:
    case PASSIVE_SPATIAL:
    case PASSIVE_VECTOR:
        return true;
    default:
        return false;
    }
}

/* Does a name in it belong to a generated column? */
static bool
has_computed(const struct passive *p, struct passive_span span)
{
    struct lex lex;

    if (!span.size)
        return false;
    for (lex_begin(&lex, span.at);
         lex.kind != LEX_END && lex.kind != LEX_BAD && lex.text < end_of(span); lex_step(&lex)) {
        for (size_t i = 0; lex.kind == LEX_NAME && i < p->n_columns; i++) {
            if (p->columns[i].is_generated && !p->columns[i].is_period &&
                pd_quoted_is(lex.text, lex.size, p->columns[i].name))
                return true;
        }
    }
    return false;
}

static bool
is_late_unique(const struct passive *p, const struct passive_item *item)
{
    return item->kind == PASSIVE_UNIQUE && passive_is_later(p, item);
}

bool
passive_is_by_computed(const struct passive *p)
{
    for (size_t i = 0; i < p->n_items; i++) {
        if (is_late_unique(p, &p->items[i]) && has_computed(p, p->items[i].whole))
            return true;
    }
    return has_computed(p, p->partitions);
}

void
passive_put_unique(const struct passive *p, struct pd_sql *out)
{
    for (size_t i = 0; i < p->n_items; i++) {
        if (!is_late_unique(p, &p->items[i]))
            continue;
        pd_sql_add(out, ", ADD ");
        pd_sql_bytes(out, p->items[i].whole.at, p->items[i].whole.size);
    }
}

void
passive_put_partitions(const struct passive *p, struct pd_sql *out)
{
    if (!has_computed(p, p->partitions))
        return;
    pd_sql_add(out, " ");
    pd_sql_bytes(out, p->partitions.at, p->partitions.size);
}

static bool
is_written(const struct passive *p, const struct passive_change *change,
           const struct passive_item *item)
{
    if (item->kind == PASSIVE_FOREIGN)
        return false;
    if (change->without_computed && is_late_unique(p, item))
        return false;
    return !change->without_keys || !passive_is_later(p, item);
}

static void
put_options(const struct passive *p, const struct passive_change *change, struct pd_sql *out)
{
    const char *at = p->options.at;

    if (p->counter.size) {
        put_span(out, at, p->counter.at);
        at = end_of(p->counter);
    }
    put_span(out, at,
             change->without_computed && has_computed(p, p->partitions) ? p->partitions.at
                                                                        : end_of(p->options));
}

/* The counter stands before the others, where nothing else can follow that it could be part of. */
void
passive_write(const struct passive *p, const struct passive_change *change, struct pd_sql *out)
{
    size_t i, n = 0;

    pd_sql_add(out, "CREATE TABLE ");
    pd_sql_quoted(out, change->name, strlen(change->name), '`');
    pd_sql_add(out, " (");
    for (i = 0; i < p->n_items; i++) {
        const struct passive_item *item = &p->items[i];

        if (!is_written(p, change, item))
            continue;
        pd_sql_add(out, n++ ? ",\n  " : "\n  ");
        if (item->kind == PASSIVE_COLUMN)
            put_column(p, change, item->column, out);
        else
            pd_sql_bytes(out, item->whole.at, item->whole.size);
    }
    pd_sql_add(out, "\n) ");
    if (change->counter)
        pd_sql_printf(out, "AUTO_INCREMENT=%s ", change->counter);
    put_options(p, change, out);
}
