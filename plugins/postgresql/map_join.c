// SPDX-License-Identifier: Apache-2.0
/* map_join - columns that foreign keys join, however far the chain goes, are one class and get one
   type; where they have nothing in common the foreign key will be left out. */
#include <string.h>

#include <polydump/joined.h>

#include "map.h"

enum { RANK_UINT64 = 4, RANK_NUMERIC = 5 };

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
    int family = pd_family_of(child);

    if (strcmp(child->native, parent->native) == 0)
        return family == pd_family_of(parent);
    if (family != pd_family_of(parent) || family == PD_FAMILY_OTHER)
        return false;
    /* The server turns an integer into a numeric, and not the other way round. */
    return family != PD_FAMILY_NUMBER || child->as.kind != PD_KIND_DECIMAL ||
           parent->as.kind == PD_KIND_DECIMAL;
}

/* ---- One class ---- */

/* The one that holds all numbers. */
static void
unite_numbers(struct pd_ring *ring)
{
    struct pd_mapping widest = ring->mappings[ring->first];
    size_t i = ring->first;

    while ((i = pd_ring_next(ring, i)) != ring->first) {
        if (rank_of(&ring->mappings[i]) > rank_of(&widest))
            widest = ring->mappings[i];
    }
    /* Of two that count their digits differently neither holds the other. */
    if (rank_of(&widest) == RANK_NUMERIC) {
        widest.native = "numeric";
        widest.as.precision = 0;
        widest.as.scale = 0;
    }
    pd_ring_take(ring, &widest);
}

/* Times, the values of some of which are all within a day: all as intervals. false: there is
   something else among them. */
static bool
spread_intervals(struct pd_ring *ring)
{
    size_t i = ring->first, interval = ring->first;
    struct pd_mapping *m = ring->mappings;

    do {
        if (m[i].as.kind == PD_KIND_INTERVAL)
            interval = i;
        else if (m[i].as.kind != PD_KIND_TIME)
            return false;
        i = pd_ring_next(ring, i);
    } while (i != ring->first);
    do {
        m[i].rung = m[interval].rung;
        m[i].reason = m[interval].reason;
        i = pd_ring_next(ring, i);
    } while (i != ring->first);
    pd_ring_take(ring, &m[interval]);
    return true;
}

/* Are all enums with the same labels? */
static bool
have_same_labels(const struct pd_ring *ring)
{
    const struct pd_type *first = &ring->mappings[ring->first].as;
    size_t i = ring->first;

    do {
        const struct pd_type *as = &ring->mappings[i].as;

        if (as->kind != PD_KIND_ENUM || !pd_same_labels(as, first))
            return false;
        i = pd_ring_next(ring, i);
    } while (i != ring->first);
    return true;
}

static pd_status
unite(struct pd_ring *ring)
{
    if (ring->families == PD_FAMILY_BIT(PD_FAMILY_TEXT))
        return PD_OK;
    if (ring->families == PD_FAMILY_BIT(PD_FAMILY_NUMBER))
        unite_numbers(ring);
    else if (have_same_labels(ring))
        pd_ring_take(ring, &ring->mappings[ring->first]);
    else if (!spread_intervals(ring))
        return PD_DONE;
    return PD_OK;
}

static pd_status
without_hint(void *own, const struct pd_column *column, const struct pd_profile *profile,
             struct pd_mapping *mapping)
{
    return map_kind(own, column, profile, /* without_hint= */ true, mapping);
}

static const struct pd_join_ways ways = {
    .text = "text",
    .bytes = "bytea",
    .unite = unite,
    .without_hint = without_hint,
};

pd_status
map_join(struct map *map)
{
    pd_status status =
        pd_join_types(&ways, map, map->load, map->first, map->mappings, map->types.pool);

    return status == PD_FATAL ? pg_no_memory(map->sink->host, map->err) : status;
}
