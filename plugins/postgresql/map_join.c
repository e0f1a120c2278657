// SPDX-License-Identifier: Apache-2.0
/* map_join - columns that foreign keys join, however far the chain goes, are one class and get one
   type; where they have nothing in common the foreign key will be left out. */
#include <string.h>
#include <strings.h>

#include <polydump/joined.h>

#include "map.h"

/* Types of one family can be joined; the later ones hold what the earlier ones do. */
enum family { FAMILY_OTHER, FAMILY_NUMBER, FAMILY_TEXT, FAMILY_TAGGED, FAMILY_BYTES };

enum { RANK_UINT64 = 4, RANK_NUMERIC = 5 };

struct join {
    struct map *map;
    struct pd_joined joined;
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

/* ---- The members ---- */

static struct member
member_of(const struct join *j, size_t i)
{
    size_t table = pd_joined_table(&j->joined, i), column = i - j->map->first[table];
    struct member member = {
        .column = pd_column_at(pd_table_at(j->map->catalog, table), column),
        .profile = pd_load_profile(j->map->load, table, column),
    };

    return member;
}

/* A column that says nothing, neither by its declaration nor by a value. */
static bool
says_nothing(const struct join *j, size_t i)
{
    struct member m = member_of(j, i);

    if (m.column->type.kind != PD_KIND_ANY)
        return false;
    if (!m.profile)
        return j->map->load->flags & PD_LOAD_SCHEMA_ONLY;
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

    if (says_nothing(j, i))
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
    common->has_identities = common->has_identities || member_of(j, i).column->identity;
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
        i = j->joined.next[i];
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
        if (!says_nothing(j, i))
            take_type(m, &widest);
        i = j->joined.next[i];
    } while (i != start);
}

/* Those that say nothing follow the others. */
static void
adopt(struct join *j, size_t start, const struct common *common)
{
    const struct pd_mapping *first = &j->map->mappings[common->first];
    size_t i = start;

    do {
        if (says_nothing(j, i)) {
            take_type(&j->map->mappings[i], first);
            j->map->mappings[i].rung = PD_RUNG_PROFILED;
            j->map->mappings[i].reason = "there is no value, a foreign key says what there may be";
        }
        i = j->joined.next[i];
    } while (i != start);
}

/* What the declarations promise differs: take them for what they are. */
static pd_status
drop_hints(struct join *j, size_t start)
{
    size_t i = start;
    pd_status status = PD_OK;

    do {
        struct member member = member_of(j, i);

        if (member.column->hint.kind != PD_KIND_NONE)
            status = map_kind(j->map, member.column, member.profile, /* without_hint= */ true,
                              &j->map->mappings[i]);
        i = j->joined.next[i];
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

        if (family_of(m) != FAMILY_TAGGED && !says_nothing(j, i)) {
            status = map_text(j->map, "a foreign key joins it with a column that needs it so", m);
            if (families & 1u << FAMILY_TAGGED) {
                m->flags |= PD_MAPPING_TAGGED;
            } else if (families & 1u << FAMILY_BYTES) {
                m->native = "bytea";
                m->as.kind = PD_KIND_BINARY;
            }
        }
        i = j->joined.next[i];
    } while (i != start && status == PD_OK);
    return status;
}

/* Times, the values of some of which are all within a day: all as intervals. false: there is
   something else among them. */
static bool
spread_intervals(struct join *j, size_t start)
{
    size_t i = start, interval = start;
    struct pd_mapping *m = j->map->mappings;

    do {
        if (m[i].as.kind == PD_KIND_INTERVAL)
            interval = i;
        else if (m[i].as.kind != PD_KIND_TIME)
            return false;
        i = j->joined.next[i];
    } while (i != start);
    do {
        take_type(&m[i], &m[interval]);
        m[i].rung = m[interval].rung;
        m[i].reason = m[interval].reason;
        i = j->joined.next[i];
    } while (i != start);
    return true;
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
            i = j->joined.next[i];
        } while (i != start);
    } else if (only(common->families, texts) && !common->has_identities) {
        pd_status status = spread(j, start, common->families);

        if (status != PD_OK)
            return status;
    } else if (!spread_intervals(j, start)) {
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
    size_t i, n = c->n_tables ? map->first[c->n_tables] : 0;
    pd_status status = pd_joined_find(&j.joined, c, map->first, &pool);

    if (status != PD_OK)
        status = pg_no_memory(map->sink->host, map->err);
    for (i = 0; i < n && status == PD_OK; i++) {
        if (pd_joined_is_first(&j.joined, i))
            status = join_class(&j, i);
    }
    pd_pool_close(&pool);
    return status;
}
