// SPDX-License-Identifier: Apache-2.0
/* order - in which order scans of a table deliver its rows: that of its primary key. */
#include <string.h>

#include "maker.h"

/* Kinds that the server orders as the core does. Dates are not among them: those that no calendar
   has come elsewhere in canonical order. Nor is text, which may hold what is not UTF-8. */
static bool
is_ordered(const struct pd_column *column)
{
    int kind = column->type.kind;

    return (kind >= PD_KIND_INT8 && kind <= PD_KIND_UINT64) || kind == PD_KIND_BINARY;
}

static bool
is_integer(const struct pd_column *column)
{
    int kind = column->type.kind;

    return kind >= PD_KIND_INT8 && kind <= PD_KIND_UINT64;
}

static const struct pd_key *
primary_key(const struct pd_table *table)
{
    if (table->n_keys == 0 || table->keys[0].kind != PD_KEY_PRIMARY ||
        table->keys[0].flags & PD_KEY_NATIVE_ONLY)
        return NULL;
    return &table->keys[0];
}

static const char *
order_list(struct maker *m, const struct pd_table *table, const struct pd_key *key)
{
    struct pd_sql sql = {.host = m->host};

    for (size_t i = 0; i < key->n_parts; i++) {
        pd_sql_add(&sql, i ? ", " : "");
        my_name(&sql, table->columns[key->parts[i].column].name);
        pd_sql_add(&sql, key->parts[i].flags & PD_PART_DESC ? " DESC" : "");
    }
    return maker_built(m, &sql);
}

/* A key with a generated column is not the one that the core goes by. */
static bool
is_canonical(const struct pd_table *table, const struct pd_key *key)
{
    for (size_t i = 0; i < key->n_parts; i++) {
        const struct pd_column *column = &table->columns[key->parts[i].column];

        if (key->parts[i].flags & PD_PART_DESC || column->generated || !is_ordered(column))
            return false;
    }
    return true;
}

static void
set_order(struct maker *m, size_t number)
{
    struct pd_table *table = &m->tables[number];
    struct my_table *reader = &m->my_tables[number];
    const struct pd_key *key = primary_key(table);
    const struct pd_column *leading;
    struct pd_sql sql = {.host = m->host};

    if (!key)
        return;
    leading = &table->columns[key->parts[0].column];
    reader->scan_order = order_list(m, table, key);
    if (is_integer(leading) && !(key->parts[0].flags & PD_PART_DESC)) {
        my_name(&sql, leading->name);
        reader->key_axis = maker_built(m, &sql);
        reader->axis_is_key = key->n_parts == 1;
    }
    /* Elsewhere the index is not where the rows are. */
    if (!reader->is_transactional || !is_canonical(table, key))
        return;
    reader->key_order = reader->scan_order;
    table->flags |= PD_TABLE_KEY_ORDER;
}

void
order_read(struct maker *m)
{
    for (size_t i = 0; i < m->n_tables && m->status == PD_OK; i++)
        set_order(m, i);
}
