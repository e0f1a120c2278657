// SPDX-License-Identifier: Apache-2.0
/* order - where an index gives the rows in canonical key order: the key that the core takes, in
   columns whose order in the server is that of canonical values. */
#include "maker.h"

#include <string.h>

/* Kinds that the server orders as the core does, whatever the collation. */
static const uint16_t ordered_kinds[] = {
    PD_KIND_BOOL,   PD_KIND_INT16, PD_KIND_INT32, PD_KIND_INT64,     PD_KIND_OID,
    PD_KIND_BINARY, PD_KIND_UUID,  PD_KIND_DATE,  PD_KIND_TIMESTAMP, PD_KIND_TIMESTAMPTZ,
};

static bool
is_integer(const struct pd_column *column)
{
    return column->type.kind == PD_KIND_INT16 || column->type.kind == PD_KIND_INT32 ||
           column->type.kind == PD_KIND_INT64;
}

/* ---- Which key the core takes: the primary one, else the first by name of those that are unique
   and without NULL (schema_order_key) ---- */

static bool
is_of_stored_columns(const struct pd_table *table, const struct pd_key *key, bool not_null)
{
    for (size_t i = 0; i < key->n_parts; i++) {
        int32_t column = key->parts[i].column;

        if (column < 0 || table->columns[column].generated ||
            (not_null && !(table->columns[column].flags & PD_COLUMN_NOT_NULL)))
            return false;
    }
    return key->n_parts > 0;
}

static const struct pd_key *
order_key(const struct pd_table *table)
{
    const struct pd_key *best = NULL;

    for (size_t i = 0; i < table->n_keys; i++) {
        const struct pd_key *key = &table->keys[i];

        if (key->kind == PD_KEY_PRIMARY && is_of_stored_columns(table, key, false))
            return key;
        if (key->kind == PD_KEY_UNIQUE && !key->predicate_native &&
            is_of_stored_columns(table, key, true) && (!best || strcmp(key->name, best->name) < 0))
            best = key;
    }
    return best;
}

/* ---- Does its index give that order? ---- */

static bool
is_ordered(const struct maker *m, const struct table_work *work, const struct pd_key_part *part)
{
    const struct pd_column *column = &work->columns[part->column];
    bool is_text = column->type.kind == PD_KIND_TEXT || column->type.kind == PD_KIND_CHAR;

    if (part->flags & PD_PART_DESC || part->collation != PD_COLLATION_DEFAULT)
        return false;
    if (is_text)
        return columns_bytewise(m, work->collations[part->column]);
    for (size_t i = 0; i < sizeof ordered_kinds / sizeof *ordered_kinds; i++) {
        if (ordered_kinds[i] == column->type.kind)
            return true;
    }
    return false;
}

static const char *
quoted(struct maker *m, const char *name)
{
    struct pd_sql sql = {.host = m->host};

    sql_name(&sql, name);
    return maker_built(m, &sql);
}

static const char *
order_list(struct maker *m, const struct table_work *work, const struct pd_key *key)
{
    struct pd_sql sql = {.host = m->host};

    for (size_t i = 0; i < key->n_parts; i++) {
        pd_sql_add(&sql, i ? ", " : "");
        sql_name(&sql, work->columns[key->parts[i].column].name);
    }
    return maker_built(m, &sql);
}

/* What makes a key unfit for other engines makes its index unfit too: its method, its operators. A
   deferrable one merely is not carried there, but it is rare. */
static void
set_order(struct maker *m, size_t number)
{
    struct pd_table *table = &m->tables[number];
    struct pg_table *reader = &m->pg_tables[number];
    const struct table_work *work = &m->works[number];
    const struct pd_key *key = order_key(table);

    if (!key || key->flags & PD_KEY_NATIVE_ONLY || reader->n_leaves != 1 ||
        reader->leaves[0].oid != reader->oid || reader->leaves[0].stranger)
        return;
    for (size_t i = 0; i < key->n_parts; i++) {
        if (!is_ordered(m, work, &key->parts[i]))
            return;
    }
    reader->key_order = order_list(m, work, key);
    if (is_integer(&work->columns[key->parts[0].column]))
        reader->key_axis = quoted(m, work->columns[key->parts[0].column].name);
    table->flags |= PD_TABLE_KEY_ORDER;
}

pd_status
order_read(struct maker *m)
{
    for (size_t i = 0; i < m->n_tables && m->status == PD_OK; i++)
        set_order(m, i);
    return m->status;
}
