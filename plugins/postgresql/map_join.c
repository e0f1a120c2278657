// SPDX-License-Identifier: Apache-2.0
/* map_join - columns that foreign keys join, however far the chain goes, are one class and get one
   type; where they have nothing in common the foreign key will be left out. */
#include <string.h>
#include <strings.h>

#include "map.h"

/* Types of one family can be joined; the later ones hold what the earlier ones do. */
enum family { FAMILY_OTHER, FAMILY_NUMBER, FAMILY_TEXT, FAMILY_TAGGED, FAMILY_BYTES };

enum { RANK_UINT64 = 4, RANK_NUMERIC = 5 };

/* The classes: each column is in one ring with those that it is joined with. */
struct join {
    struct map *map;
    uint32_t *root; /* of its class, by way of others */
    uint32_t *next; /* in its ring */
    bool *is_done;
    size_t n;
};

/* What a column of a mapping is. */
struct member {
    const struct pd_column *column;
    const struct pd_profile *profile;
};

static enum family
family_of(const struct pd_mapping *m)
{
    if (m->flags & PD_MAPPING_TAGGED)
        return FAMILY_TAGGED;
    switch (m->as.kind) {
    case PD_KIND_INT16:
    case PD_KIND_INT32:
    case PD_KIND_INT64:
    case PD_KIND_DECIMAL:
        return FAMILY_NUMBER;
    case PD_KIND_TEXT:
    case PD_KIND_CHAR:
        return FAMILY_TEXT;
    case PD_KIND_BINARY:
        return FAMILY_BYTES;
    default:
        return FAMILY_OTHER;
    }
}

/* How much a number holds. */
static int
rank_of(const struct pd_mapping *m)
{
    if (m->as.kind != PD_KIND_DECIMAL)
        return m->as.kind - PD_KIND_INT16 + 1;
    return m->as.precision == 20 && m->as.scale == 0 ? RANK_UINT64 : RANK_NUMERIC;
}

bool
map_can_join(const struct pd_mapping *child, const struct pd_mapping *parent)
{
    enum family family = family_of(child);

    if (strcmp(child->native, parent->native) == 0)
        return family == family_of(parent);
    if (family != family_of(parent) || family == FAMILY_OTHER)
        return false;
    /* The server turns an integer into a numeric, and not the other way round. */
    return family != FAMILY_NUMBER || child->as.kind != PD_KIND_DECIMAL ||
           parent->as.kind == PD_KIND_DECIMAL;
}

static bool
same_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

/* SQLite's foreign keys name their parent in any case. */
static bool
folds_names(const struct pd_catalog *catalog)
{
    return catalog->engine && strcmp(catalog->engine, "sqlite") == 0;
}

size_t
map_parent(const struct pd_catalog *catalog, size_t child, const struct pd_foreign *foreign)
{
    const char *schema =
        foreign->to_schema ? foreign->to_schema : pd_table_at(catalog, child)->schema;
    size_t i, folded = catalog->n_tables;

    for (i = 0; i < catalog->n_tables; i++) {
        const struct pd_table *t = pd_table_at(catalog, i);

        if (!same_text(t->schema, schema))
            continue;
        if (strcmp(t->name, foreign->to_table) == 0)
            return i;
        if (folds_names(catalog) && strcasecmp(t->name, foreign->to_table) == 0)
            folded = i;
    }
    return folded;
}

static size_t
column_by_name(const struct pd_table *t, const char *name)
{
    size_t i, folded = t->n_columns;

    for (i = 0; i < t->n_columns; i++) {
        if (strcmp(pd_column_at(t, i)->name, name) == 0)
            return i;
        if (folded == t->n_columns && strcasecmp(pd_column_at(t, i)->name, name) == 0)
            folded = i;
    }
    return folded;
}

size_t
map_parent_column(const struct pd_table *parent, const struct pd_foreign *foreign, size_t i)
{
    const struct pd_key *key = parent->n_keys ? pd_key_at(parent, 0) : NULL;

    if (foreign->to_columns)
        return column_by_name(parent, foreign->to_columns[i]);
    if (!key || key->kind != PD_KEY_PRIMARY || i >= key->n_parts || pd_part_at(key, i)->column < 0)
        return parent->n_columns;
    return (size_t)pd_part_at(key, i)->column;
}

/* ---- The classes ---- */

static uint32_t
find_root(struct join *j, uint32_t i)
{
    while (j->root[i] != i) {
        j->root[i] = j->root[j->root[i]];
        i = j->root[i];
    }
    return i;
}

static void
unite(struct join *j, size_t a, size_t b)
{
    uint32_t root_a = find_root(j, (uint32_t)a), root_b = find_root(j, (uint32_t)b);
    uint32_t next = j->next[a];

    if (root_a == root_b)
        return;
    j->root[root_b] = root_a;
    j->next[a] = j->next[b];
    j->next[b] = next;
}

static void
unite_table(struct join *j, size_t number)
{
    const struct map *map = j->map;
    const struct pd_table *table = pd_table_at(map->catalog, number);
    size_t i, k;

    for (i = 0; i < table->n_foreigns; i++) {
        const struct pd_foreign *foreign = pd_foreign_at(table, i);
        size_t to = map_parent(map->catalog, number, foreign);

        if (to == map->catalog->n_tables)
            continue;
        for (k = 0; k < foreign->n_columns; k++) {
            const struct pd_table *parent = pd_table_at(map->catalog, to);
            size_t column = map_parent_column(parent, foreign, k);

            if (column < parent->n_columns && foreign->columns[k] < table->n_columns)
                unite(j, map->first[number] + foreign->columns[k], map->first[to] + column);
        }
    }
}

static struct member
member_of(const struct map *map, size_t i)
{
    size_t low = 0, high = map->catalog->n_tables;
    struct member member;

    while (high - low > 1) {
        size_t middle = (low + high) / 2;

        if (map->first[middle] <= i)
            low = middle;
        else
            high = middle;
    }
    member.column = pd_column_at(pd_table_at(map->catalog, low), i - map->first[low]);
    member.profile = pd_load_profile(map->load, low, i - map->first[low]);
    return member;
}

/* A column that says nothing, neither by its declaration nor by a value. */
static bool
says_nothing(const struct map *map, size_t i)
{
    struct member m = member_of(map, i);

    if (m.column->type.kind != PD_KIND_ANY)
        return false;
    if (!m.profile)
        return map->load->flags & PD_LOAD_SCHEMA_ONLY;
    return m.profile->n_ints + m.profile->n_reals + m.profile->n_texts + m.profile->n_blobs == 0;
}

/* ---- One class ---- */

/* What the members of a class have in common. */
struct common {
    unsigned families;   /* a bit each */
    size_t widest;       /* number: the one that holds most */
    size_t first;        /* the first that says something */
    bool any;            /* there is one */
    bool same;           /* all are spelled alike */
    bool same_labels;    /* all are enums with the same labels */
    bool has_refused;    /* */
    bool has_identities; /* */
};

static bool
labels_are_same(const struct pd_type *a, const struct pd_type *b)
{
    return a->kind == PD_KIND_ENUM && b->kind == PD_KIND_ENUM && pd_same_labels(a, b);
}

static void
add_member(const struct join *j, size_t i, struct common *common)
{
    const struct pd_mapping *m = &j->map->mappings[i], *first;

    if (says_nothing(j->map, i))
        return;
    if (!common->any) {
        common->first = common->widest = i;
        common->same = true;
        common->same_labels = m->as.kind == PD_KIND_ENUM;
    }
    first = &j->map->mappings[common->first];
    common->any = true;
    common->families |= 1u << family_of(m);
    common->same =
        common->same && strcmp(m->native, first->native) == 0 && family_of(m) == family_of(first);
    common->same_labels = common->same_labels && labels_are_same(&m->as, &first->as);
    common->has_refused = common->has_refused || m->rung == PD_RUNG_REFUSED;
    common->has_identities = common->has_identities || member_of(j->map, i).column->identity;
    if (family_of(m) == FAMILY_NUMBER &&
        (family_of(&j->map->mappings[common->widest]) != FAMILY_NUMBER ||
         rank_of(m) > rank_of(&j->map->mappings[common->widest])))
        common->widest = i;
}

static struct common
look_at(const struct join *j, size_t start)
{
    struct common common = {0};
    size_t i = start;

    do {
        add_member(j, i, &common);
        i = j->next[i];
    } while (i != start);
    return common;
}

/* Everything but the rung and its reason. */
static void
take_type(struct pd_mapping *to, const struct pd_mapping *from)
{
    to->native = from->native;
    to->as = from->as;
    to->flags = (to->flags & ~(uint32_t)PD_MAPPING_TAGGED) | (from->flags & PD_MAPPING_TAGGED);
}

static void
widen(struct join *j, size_t start, const struct common *common)
{
    struct pd_mapping *m, widest = j->map->mappings[common->widest];
    size_t i = start;

    /* Of two that count their digits differently neither holds the other. */
    if (rank_of(&widest) == RANK_NUMERIC && !common->same) {
        widest.native = "numeric";
        widest.as.precision = 0;
        widest.as.scale = 0;
    }
    do {
        m = &j->map->mappings[i];
        if (!says_nothing(j->map, i))
            take_type(m, &widest);
        i = j->next[i];
    } while (i != start);
}

/* Those that say nothing follow the others. */
static void
adopt(struct join *j, size_t start, const struct common *common)
{
    const struct pd_mapping *first = &j->map->mappings[common->first];
    size_t i = start;

    do {
        if (says_nothing(j->map, i)) {
            take_type(&j->map->mappings[i], first);
            j->map->mappings[i].rung = PD_RUNG_PROFILED;
            j->map->mappings[i].reason = "there is no value, a foreign key says what there may be";
        }
        i = j->next[i];
    } while (i != start);
}

/* What the declarations promise differs: take them for what they are. */
static pd_status
drop_hints(struct join *j, size_t start)
{
    size_t i = start;
    pd_status status = PD_OK;

    do {
        struct member member = member_of(j->map, i);

        if (member.column->hint.kind != PD_KIND_NONE)
            status = map_kind(j->map, member.column, member.profile, /* without_hint= */ true,
                              &j->map->mappings[i]);
        i = j->next[i];
    } while (i != start && status == PD_OK);
    return status;
}

/* All of a class as text, or as the carrier that one of them needs. */
static pd_status
spread(struct join *j, size_t start, unsigned families)
{
    size_t i = start;
    pd_status status = PD_OK;

    do {
        struct pd_mapping *m = &j->map->mappings[i];

        if (family_of(m) != FAMILY_TAGGED && !says_nothing(j->map, i)) {
            status = map_text(j->map, "a foreign key joins it with a column that needs it so", m);
            if (families & 1u << FAMILY_TAGGED) {
                m->flags |= PD_MAPPING_TAGGED;
            } else if (families & 1u << FAMILY_BYTES) {
                m->native = "bytea";
                m->as.kind = PD_KIND_BINARY;
            }
        }
        i = j->next[i];
    } while (i != start && status == PD_OK);
    return status;
}

static bool
only(unsigned families, unsigned allowed)
{
    return (families & ~allowed) == 0;
}

/* PD_DONE: they have nothing in common. */
static pd_status
join_by(struct join *j, size_t start, const struct common *common)
{
    const unsigned texts = 1u << FAMILY_TEXT | 1u << FAMILY_TAGGED | 1u << FAMILY_BYTES;
    bool is_number = only(common->families, 1u << FAMILY_NUMBER);

    if (common->has_refused || common->same || only(common->families, 1u << FAMILY_TEXT)) {
        /* as they are */
    } else if (is_number) {
        widen(j, start, common);
    } else if (common->same_labels) {
        size_t i = start;

        do {
            take_type(&j->map->mappings[i], &j->map->mappings[common->first]);
            i = j->next[i];
        } while (i != start);
    } else if (only(common->families, texts) && !common->has_identities) {
        pd_status status = spread(j, start, common->families);

        if (status != PD_OK)
            return status;
    } else {
        return PD_DONE;
    }
    adopt(j, start, common);
    return PD_OK;
}

static pd_status
join_class(struct join *j, size_t start)
{
    struct common common = look_at(j, start);
    pd_status status;
    size_t i = start;

    do {
        j->is_done[i] = true;
        i = j->next[i];
    } while (i != start);
    if (!common.any)
        return PD_OK;
    status = join_by(j, start, &common);
    if (status != PD_DONE)
        return status;
    status = drop_hints(j, start);
    if (status != PD_OK)
        return status;
    common = look_at(j, start);
    status = join_by(j, start, &common);
    return status == PD_DONE ? PD_OK : status;
}

pd_status
map_join(struct map *map)
{
    const struct pd_catalog *c = map->catalog;
    struct join j = {.map = map};
    struct pd_pool pool = {.host = map->sink->host};
    size_t i;
    pd_status status = PD_OK;

    j.n = c->n_tables ? map->first[c->n_tables] : 0;
    j.root = pd_pool_alloc(&pool, (j.n + 1) * sizeof *j.root);
    j.next = pd_pool_alloc(&pool, (j.n + 1) * sizeof *j.next);
    j.is_done = pd_pool_alloc(&pool, j.n + 1);
    if (!j.root || !j.next || !j.is_done)
        status = pg_no_memory(map->sink->host, map->err);
    for (i = 0; i < j.n && status == PD_OK; i++)
        j.root[i] = j.next[i] = (uint32_t)i;
    for (i = 0; i < c->n_tables && status == PD_OK; i++)
        unite_table(&j, i);
    for (i = 0; i < j.n && status == PD_OK; i++) {
        if (j.next[i] != i && !j.is_done[i])
            status = join_class(&j, i);
    }
    pd_pool_close(&pool);
    return status;
}
