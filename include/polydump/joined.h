/* SPDX-License-Identifier: Apache-2.0 */
/*
 * polydump/joined.h - what a sink asks of the foreign keys of a catalogue: which table and columns
 * each refers to, and which columns they join, so that those can be given types that the engine
 * compares; all inline. Optional.
 */
#ifndef POLYDUMP_JOINED_H
#define POLYDUMP_JOINED_H

#include <string.h>
#include <strings.h>

#include <polydump/pool.h>
#include <polydump/schema.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- What a foreign key refers to ---- */

/* The number of the table that a foreign key of table number `child` refers to; catalog->n_tables:
   it is not in the catalogue. SQLite names it in any case (its manual on foreign keys: as other
   names are compared). */
static inline size_t
pd_foreign_parent(const struct pd_catalog *catalog, size_t child, const struct pd_foreign *foreign)
{
    const char *schema =
        foreign->to_schema ? foreign->to_schema : pd_table_at(catalog, child)->schema;
    int folds = catalog->engine && strcmp(catalog->engine, "sqlite") == 0;
    size_t i, folded = catalog->n_tables;

    for (i = 0; i < catalog->n_tables; i++) {
        const struct pd_table *t = pd_table_at(catalog, i);

        if (strcmp(t->schema ? t->schema : "", schema ? schema : "") != 0)
            continue;
        if (strcmp(t->name, foreign->to_table) == 0)
            return i;
        if (folds && strcasecmp(t->name, foreign->to_table) == 0)
            folded = i;
    }
    return folded;
}

/* The number of a table's column by its name, as it is written or else in any case;
   table->n_columns: there is none. */
static inline size_t
pd_column_by_name(const struct pd_table *table, const char *name)
{
    size_t i, folded = table->n_columns;

    for (i = 0; i < table->n_columns; i++) {
        if (strcmp(pd_column_at(table, i)->name, name) == 0)
            return i;
        if (folded == table->n_columns && strcasecmp(pd_column_at(table, i)->name, name) == 0)
            folded = i;
    }
    return folded;
}

/* The number of the column of `parent` that column i of the foreign key refers to: the one that it
   names, or that of the primary key; parent->n_columns: there is none. */
static inline size_t
pd_foreign_parent_column(const struct pd_table *parent, const struct pd_foreign *foreign, size_t i)
{
    const struct pd_key *key = parent->n_keys ? pd_key_at(parent, 0) : NULL;

    if (foreign->to_columns)
        return pd_column_by_name(parent, foreign->to_columns[i]);
    if (!key || key->kind != PD_KEY_PRIMARY || i >= key->n_parts || pd_part_at(key, i)->column < 0)
        return parent->n_columns;
    return (size_t)pd_part_at(key, i)->column;
}

/* ---- Which columns they join ---- */

/* Columns that foreign keys join, however far the chain goes, are one class: a ring. All columns of
   a catalogue have numbers here, one table's after the other's. */
struct pd_joined {
    const struct pd_catalog *catalog; /* borrowed */
    const size_t *first; /* borrowed: of each table the number of its first column; one more: how
                            many columns there are */
    uint32_t *next;      /* of each column the next one of its class; alone: itself */
    uint32_t *root_;     /* of each column one that is less, in the end the least of its class */
};

static inline uint32_t
pd_joined_root_(struct pd_joined *joined, uint32_t i)
{
    while (joined->root_[i] != i) {
        joined->root_[i] = joined->root_[joined->root_[i]];
        i = joined->root_[i];
    }
    return i;
}

static inline void
pd_joined_unite_(struct pd_joined *joined, uint32_t a, uint32_t b)
{
    uint32_t root_a = pd_joined_root_(joined, a), root_b = pd_joined_root_(joined, b);
    uint32_t next = joined->next[a];

    if (root_a == root_b)
        return;
    if (root_a < root_b)
        joined->root_[root_b] = root_a;
    else
        joined->root_[root_a] = root_b;
    joined->next[a] = joined->next[b];
    joined->next[b] = next;
}

static inline void
pd_joined_unite_table_(struct pd_joined *joined, size_t number)
{
    const struct pd_table *table = pd_table_at(joined->catalog, number), *parent;
    size_t i, k;

    for (i = 0; i < table->n_foreigns; i++) {
        const struct pd_foreign *foreign = pd_foreign_at(table, i);
        size_t to = pd_foreign_parent(joined->catalog, number, foreign);

        if (to == joined->catalog->n_tables)
            continue;
        parent = pd_table_at(joined->catalog, to);
        for (k = 0; k < foreign->n_columns; k++) {
            size_t column = pd_foreign_parent_column(parent, foreign, k);

            if (column < parent->n_columns && foreign->columns[k] < table->n_columns)
                pd_joined_unite_(joined, (uint32_t)(joined->first[number] + foreign->columns[k]),
                                 (uint32_t)(joined->first[to] + column));
        }
    }
}

/* Finds the classes; the arrays are the pool's. first: as in struct pd_joined. PD_FATAL: memory is
   short, and err is for the caller to fill. */
static inline pd_status
pd_joined_find(struct pd_joined *joined, const struct pd_catalog *catalog, const size_t *first,
               struct pd_pool *pool)
{
    size_t i, n = catalog->n_tables ? first[catalog->n_tables] : 0;

    joined->catalog = catalog;
    joined->first = first;
    joined->next = (uint32_t *)pd_pool_alloc(pool, (n + 1) * sizeof *joined->next);
    joined->root_ = (uint32_t *)pd_pool_alloc(pool, (n + 1) * sizeof *joined->root_);
    if (!joined->next || !joined->root_)
        return PD_FATAL;
    for (i = 0; i < n; i++)
        joined->next[i] = joined->root_[i] = (uint32_t)i;
    for (i = 0; i < catalog->n_tables; i++)
        pd_joined_unite_table_(joined, i);
    return PD_OK;
}

/* Is it the least of several columns that are joined? So each class is met once. */
static inline int
pd_joined_is_first(const struct pd_joined *joined, size_t column)
{
    return joined->next[column] != column && joined->root_[column] == column;
}

/* The table that a column is of. */
static inline size_t
pd_joined_table(const struct pd_joined *joined, size_t column)
{
    size_t low = 0, high = joined->catalog->n_tables;

    while (high - low > 1) {
        size_t middle = (low + high) / 2;

        if (joined->first[middle] <= column)
            low = middle;
        else
            high = middle;
    }
    return low;
}

#ifdef __cplusplus
}
#endif
#endif
