// SPDX-License-Identifier: Apache-2.0
// schema - looks things up in catalogues, and takes parts of them.
#include "model/schema.h"

#include <stdio.h>
#include <string.h>

#include <polydump/schema.h>

const char *
schema_table_name(const struct pd_table *table)
{
    static _Thread_local char ring[8][256];
    static _Thread_local unsigned turn;
    char *name = ring[turn++ % COUNT_OF(ring)];

    if (table->schema && *table->schema)
        snprintf(name, sizeof ring[0], "%s.%s", table->schema, table->name);
    else
        snprintf(name, sizeof ring[0], "%s", table->name);
    return name;
}

static bool
same_schema(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

long
schema_find_table(const struct pd_catalog *catalog, const char *schema, const char *name)
{
    for (size_t i = 0; i < catalog->n_tables; i++) {
        const struct pd_table *table = &catalog->tables[i];

        if (strcmp(table->name, name) == 0 && same_schema(table->schema, schema))
            return (long)i;
    }
    return -1;
}

long
schema_find_column(const struct pd_table *table, const char *name)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        if (strcmp(table->columns[i].name, name) == 0)
            return (long)i;
    }
    return -1;
}

bool
schema_same_type(const struct pd_type *a, const struct pd_type *b)
{
    return a->kind == b->kind && a->flags == b->flags && a->precision == b->precision &&
           a->scale == b->scale && a->length == b->length && a->element == b->element &&
           a->srid == b->srid && pd_same_labels(a, b) &&
           strcmp(a->native_name ? a->native_name : "", b->native_name ? b->native_name : "") == 0;
}

bool
schema_column_travels(const struct pd_column *column)
{
    return column->generated == PD_GENERATED_NO;
}

bool
schema_stored_differ(const struct pd_column *a, const struct pd_column *b)
{
    return a->generated_values && b->generated_values && a->generated_rows == b->generated_rows &&
           strcmp(a->generated_values, b->generated_values) != 0;
}

bool
schema_column_counts(const struct pd_column *column)
{
    return schema_column_travels(column) && !(column->flags & PD_COLUMN_PASSENGER);
}

/* A key orders rows the same in every engine when its parts are columns that are in the digest. */
static bool
is_of_counted_columns(const struct pd_table *table, const struct pd_key *key)
{
    for (size_t i = 0; i < key->n_parts; i++) {
        int32_t column = key->parts[i].column;

        if (column < 0 || !schema_column_counts(&table->columns[column]))
            return false;
    }
    return key->n_parts > 0;
}

static bool
identifies_rows(const struct pd_table *table, const struct pd_key *key)
{
    if (key->kind != PD_KEY_UNIQUE || key->predicate || key->predicate_native ||
        !is_of_counted_columns(table, key))
        return false;
    for (size_t i = 0; i < key->n_parts; i++) {
        if (!(table->columns[key->parts[i].column].flags & PD_COLUMN_NOT_NULL))
            return false;
    }
    return true;
}

/* By name; keys without one come first, in order of their columns. */
static int
compare_keys(const struct pd_key *a, const struct pd_key *b)
{
    int order = strcmp(a->name ? a->name : "", b->name ? b->name : "");

    for (size_t i = 0; !order && i < a->n_parts && i < b->n_parts; i++)
        order =
            (a->parts[i].column > b->parts[i].column) - (a->parts[i].column < b->parts[i].column);
    if (order)
        return order;
    return (a->n_parts > b->n_parts) - (a->n_parts < b->n_parts);
}

const struct pd_key *
schema_order_key(const struct pd_table *table)
{
    const struct pd_key *best = NULL;

    for (size_t i = 0; i < table->n_keys; i++) {
        const struct pd_key *key = &table->keys[i];

        if (key->kind == PD_KEY_PRIMARY && is_of_counted_columns(table, key))
            return key;
        if (identifies_rows(table, key) && (!best || compare_keys(key, best) < 0))
            best = key;
    }
    return best;
}

static bool
has_table(const struct pd_catalog *catalog, const char *schema, const char *name)
{
    return schema_find_table(catalog, schema, name) >= 0;
}

/* Does what hangs on a table of `from` go when the table is not in `selected`? */
static bool
goes(const struct pd_catalog *from, const struct pd_catalog *selected, const char *schema,
     const char *table)
{
    return table && !has_table(selected, schema, table) && has_table(from, schema, table);
}

static bool
select_sequences(struct arena *arena, const struct pd_catalog *from, struct pd_catalog *selected)
{
    struct pd_sequence *sequences = arena_array(arena, struct pd_sequence, from->n_sequences);

    selected->n_sequences = 0;
    for (size_t i = 0; sequences && i < from->n_sequences; i++) {
        const struct pd_sequence *s = &from->sequences[i];

        if (!goes(from, selected, s->schema, s->owner_table))
            sequences[selected->n_sequences++] = *s;
    }
    selected->sequences = sequences;
    return sequences != NULL;
}

static bool
select_objects(struct arena *arena, const struct pd_catalog *from, struct pd_catalog *selected)
{
    struct pd_object *objects = arena_array(arena, struct pd_object, from->n_objects);

    selected->n_objects = 0;
    for (size_t i = 0; objects && i < from->n_objects; i++) {
        const struct pd_object *o = &from->objects[i];

        if (!goes(from, selected, o->schema, o->table))
            objects[selected->n_objects++] = *o;
    }
    selected->objects = objects;
    return objects != NULL;
}

pd_status
schema_select(struct arena *arena, const struct pd_catalog *from, const uint32_t *tables,
              size_t n_tables, struct pd_catalog **ret_catalog, struct pd_error *err)
{
    struct pd_catalog *selected = arena_copy(arena, from, sizeof *from);
    struct pd_table *copies = arena_array(arena, struct pd_table, n_tables);

    if (!selected || !copies)
        return error_memory(err);
    for (size_t i = 0; i < n_tables; i++)
        copies[i] = from->tables[tables[i]];
    selected->tables = copies;
    selected->n_tables = n_tables;
    if (!select_sequences(arena, from, selected) || !select_objects(arena, from, selected))
        return error_memory(err);
    *ret_catalog = selected;
    return PD_OK;
}
