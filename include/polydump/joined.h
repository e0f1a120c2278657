/* SPDX-License-Identifier: Apache-2.0 */
/*
 * polydump/joined.h - what a sink asks of the foreign keys of a catalogue: which table and columns
 * each refers to, which columns they join, and how those get types that the engine compares; all
 * inline. Optional.
 */
#ifndef POLYDUMP_JOINED_H
#define POLYDUMP_JOINED_H

#include <string.h>
#include <strings.h>

#include <polydump/choice.h>
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

/* Of each table the number of its first column, and how many there are, as below; the array is the
   pool's. NULL: memory is short. */
static inline size_t *
pd_joined_numbers(const struct pd_catalog *catalog, struct pd_pool *pool)
{
    size_t i, *first = (size_t *)pd_pool_alloc(pool, (catalog->n_tables + 1) * sizeof *first);

    for (i = 0; first && i < catalog->n_tables; i++)
        first[i + 1] = first[i] + pd_table_at(catalog, i)->n_columns;
    return first;
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

/* ---- Which types they get ---- */

/* Types of one family can be joined: as they are, or when they are made one. */
enum pd_family {
    PD_FAMILY_OTHER = 0,
    PD_FAMILY_NUMBER = 1, /* integers and decimals */
    PD_FAMILY_TEXT = 2,
    PD_FAMILY_TAGGED = 3, /* PD_MAPPING_TAGGED */
    PD_FAMILY_BYTES = 4,
    PD_FAMILY_OWN = 8 /* to 31: the plugin's */
};

/* A bit of pd_ring.families. */
#define PD_FAMILY_BIT(family) (1u << (family))

/* enum pd_family, none of the plugin's. */
static inline int
pd_family_of(const struct pd_mapping *mapping)
{
    int kind = mapping->as.kind;

    if (mapping->flags & PD_MAPPING_TAGGED)
        return PD_FAMILY_TAGGED;
    if ((kind >= PD_KIND_INT8 && kind <= PD_KIND_UINT64) || kind == PD_KIND_DECIMAL)
        return PD_FAMILY_NUMBER;
    if (kind == PD_KIND_TEXT || kind == PD_KIND_CHAR)
        return PD_FAMILY_TEXT;
    return kind == PD_KIND_BINARY ? PD_FAMILY_BYTES : PD_FAMILY_OTHER;
}

/* One class, and what those of its columns have in common that say something: one of kind any
   without a value says nothing. Everything is borrowed; columns are numbered as in joined. */
struct pd_ring {
    void *own; /* the plugin's */
    const struct pd_load *load;
    const struct pd_joined *joined;
    struct pd_mapping *mappings; /* of all columns of the catalogue */
    size_t first;                /* a column that says something; counts when families is not 0 */
    unsigned families;           /* PD_FAMILY_BIT() of each that is there */
    int is_same;                 /* all are of one family, and spelled alike */
    int has_refused;             /* a column has no type at all */
    int has_identities;          /* a column counts by itself */
};

/* What one engine does and others do not. Constant; one a plugin. */
struct pd_join_ways {
    const char *text;  /* spelling of text of any length; "": it is chosen later */
    const char *bytes; /* the same of bytes */
    /* enum pd_family of a type: pd_family_of(), or one of the plugin's own. NULL: that alone. */
    int (*family)(const struct pd_mapping *mapping);
    /* The types differ. PD_OK: all that say something have one now that holds what each of them
       held (pd_ring_take()), or the engine compares them as they are. PD_DONE: neither. Then those
       that are text and bytes become one of these, unless one counts by itself; of others the hints
       are dropped, if they have any, and it is asked once more. PD_FATAL: memory is short. */
    pd_status (*unite)(struct pd_ring *ring);
    /* The type that a column has when its hint counts for nothing, as pd_choice_judge() has it.
       PD_FATAL: memory is short. */
    pd_status (*without_hint)(void *own, const struct pd_column *column,
                              const struct pd_profile *profile, struct pd_mapping *mapping);
};

/* Of column number i of the catalogue. */
static inline const struct pd_column *
pd_ring_column(const struct pd_ring *ring, size_t i)
{
    size_t table = pd_joined_table(ring->joined, i);

    return pd_column_at(pd_table_at(ring->load->catalog, table), i - ring->joined->first[table]);
}

/* NULL: nobody has looked at its values. */
static inline const struct pd_profile *
pd_ring_profile(const struct pd_ring *ring, size_t i)
{
    size_t table = pd_joined_table(ring->joined, i);

    return pd_load_profile(ring->load, table, i - ring->joined->first[table]);
}

/* Does it say nothing, neither by its declaration nor by a value? */
static inline int
pd_ring_says_nothing(const struct pd_ring *ring, size_t i)
{
    const struct pd_profile *profile;

    if (pd_ring_column(ring, i)->type.kind != PD_KIND_ANY)
        return 0;
    profile = pd_ring_profile(ring, i);
    if (!profile)
        return (ring->load->flags & PD_LOAD_SCHEMA_ONLY) != 0;
    return pd_values_of(profile) == 0;
}

/* The next one behind column i that says something; behind the last it is ring->first again. */
static inline size_t
pd_ring_next(const struct pd_ring *ring, size_t i)
{
    do
        i = ring->joined->next[i];
    while (i != ring->first && pd_ring_says_nothing(ring, i));
    return i;
}

/* The type of another mapping: everything but the rung and its reason. */
static inline void
pd_mapping_take(struct pd_mapping *to, const struct pd_mapping *from)
{
    to->native = from->native;
    to->as = from->as;
    to->flags = (to->flags & ~(uint32_t)PD_MAPPING_TAGGED) | (from->flags & PD_MAPPING_TAGGED);
}

/* All that say something get that type, which may be one of theirs. */
static inline void
pd_ring_take(struct pd_ring *ring, const struct pd_mapping *type)
{
    const struct pd_mapping from = *type;
    size_t i = ring->first;

    do {
        pd_mapping_take(&ring->mappings[i], &from);
        i = pd_ring_next(ring, i);
    } while (i != ring->first);
}

static inline int
pd_ring_family_(const struct pd_join_ways *ways, const struct pd_mapping *mapping)
{
    return ways->family ? ways->family(mapping) : pd_family_of(mapping);
}

static inline void
pd_ring_add_(struct pd_ring *ring, const struct pd_join_ways *ways, size_t i)
{
    const struct pd_mapping *mapping = &ring->mappings[i], *first;
    int family = pd_ring_family_(ways, mapping);

    if (!ring->families) {
        ring->first = i;
        ring->is_same = 1;
    }
    first = &ring->mappings[ring->first];
    ring->families |= PD_FAMILY_BIT(family);
    ring->is_same = ring->is_same && strcmp(mapping->native, first->native) == 0 &&
                    family == pd_ring_family_(ways, first);
    ring->has_refused = ring->has_refused || mapping->rung == PD_RUNG_REFUSED;
    ring->has_identities = ring->has_identities || pd_ring_column(ring, i)->identity;
}

static inline void
pd_ring_look_(struct pd_ring *ring, const struct pd_join_ways *ways, size_t start)
{
    size_t i = start;

    ring->families = 0;
    ring->is_same = ring->has_refused = ring->has_identities = 0;
    do {
        if (!pd_ring_says_nothing(ring, i))
            pd_ring_add_(ring, ways, i);
        i = ring->joined->next[i];
    } while (i != start);
}

/* All as text, or as the carrier that one of them needs. */
static inline void
pd_ring_spread_(struct pd_ring *ring, const struct pd_join_ways *ways)
{
    int is_tagged = (ring->families & PD_FAMILY_BIT(PD_FAMILY_TAGGED)) != 0;
    int is_bytes = !is_tagged && ring->families & PD_FAMILY_BIT(PD_FAMILY_BYTES);
    size_t i = ring->first;

    do {
        struct pd_mapping *mapping = &ring->mappings[i];

        if (!(mapping->flags & PD_MAPPING_TAGGED)) {
            pd_mapping_set(mapping, PD_RUNG_CARRIER, is_bytes ? PD_KIND_BINARY : PD_KIND_TEXT,
                           is_bytes ? ways->bytes : ways->text,
                           "a foreign key joins it with a column that needs it so");
            if (is_tagged)
                mapping->flags |= PD_MAPPING_TAGGED;
        }
        i = pd_ring_next(ring, i);
    } while (i != ring->first);
}

/* Those that say nothing follow the others. */
static inline void
pd_ring_adopt_(struct pd_ring *ring)
{
    size_t i = ring->joined->next[ring->first];

    for (; i != ring->first; i = ring->joined->next[i]) {
        if (!pd_ring_says_nothing(ring, i))
            continue;
        pd_mapping_take(&ring->mappings[i], &ring->mappings[ring->first]);
        ring->mappings[i].rung = PD_RUNG_PROFILED;
        ring->mappings[i].reason = "there is no value, a foreign key says what there may be";
    }
}

/* PD_DONE: they have nothing in common. */
static inline pd_status
pd_ring_join_(struct pd_ring *ring, const struct pd_join_ways *ways)
{
    const unsigned texts = PD_FAMILY_BIT(PD_FAMILY_TEXT) | PD_FAMILY_BIT(PD_FAMILY_TAGGED) |
                           PD_FAMILY_BIT(PD_FAMILY_BYTES);
    pd_status status = ring->has_refused || ring->is_same ? PD_OK : ways->unite(ring);

    if (status == PD_DONE && !(ring->families & ~texts) && !ring->has_identities) {
        pd_ring_spread_(ring, ways);
        status = PD_OK;
    }
    if (status == PD_OK)
        pd_ring_adopt_(ring);
    return status;
}

/* What the declarations promise differs: take them for what they are. */
static inline pd_status
pd_ring_drop_hints_(struct pd_ring *ring, const struct pd_join_ways *ways, size_t start)
{
    size_t i = start;
    pd_status status = PD_OK;

    do {
        const struct pd_column *column = pd_ring_column(ring, i);

        if (column->hint.kind != PD_KIND_NONE)
            status =
                ways->without_hint(ring->own, column, pd_ring_profile(ring, i), &ring->mappings[i]);
        i = ring->joined->next[i];
    } while (i != start && status == PD_OK);
    return status;
}

static inline pd_status
pd_ring_settle_(struct pd_ring *ring, const struct pd_join_ways *ways, size_t start)
{
    pd_status status;

    pd_ring_look_(ring, ways, start);
    if (!ring->families)
        return PD_OK;
    status = pd_ring_join_(ring, ways);
    if (status != PD_DONE)
        return status;
    status = pd_ring_drop_hints_(ring, ways, start);
    if (status != PD_OK)
        return status;
    pd_ring_look_(ring, ways, start);
    status = pd_ring_join_(ring, ways);
    return status == PD_DONE ? PD_OK : status;
}

/* Gives columns that foreign keys join types that can be joined. Where they have nothing in common
   they stay as they are, and the plugin leaves the foreign key out. own: for the ways, or NULL.
   first: as in struct pd_joined. mappings: one a column, filled. pool: what only this call needs.
   PD_FATAL: memory is short, and err is for the caller to fill. */
static inline pd_status
pd_join_types(const struct pd_join_ways *ways, void *own, const struct pd_load *load,
              const size_t *first, struct pd_mapping *mappings, struct pd_pool *pool)
{
    struct pd_joined joined;
    struct pd_ring ring;
    size_t i;
    pd_status status = pd_joined_find(&joined, load->catalog, first, pool);

    memset(&ring, 0, sizeof ring);
    ring.own = own;
    ring.load = load;
    ring.joined = &joined;
    ring.mappings = mappings;
    for (i = 0; status == PD_OK && i < first[load->catalog->n_tables]; i++) {
        if (pd_joined_is_first(&joined, i))
            status = pd_ring_settle_(&ring, ways, i);
    }
    return status;
}

#ifdef __cplusplus
}
#endif
#endif
