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
        return true;
    default:
        return false;
    }
}

static bool
is_written(const struct passive *p, const struct passive_change *change,
           const struct passive_item *item)
{
    if (item->kind == PASSIVE_FOREIGN)
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
    put_span(out, at, end_of(p->options));
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
