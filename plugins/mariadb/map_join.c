// SPDX-License-Identifier: Apache-2.0
/* map_join - columns that foreign keys join, however far the chain goes, are one class and get one
   type: the server joins integers of one size and sign only. Where they have nothing in common the
   foreign key will be left out. */
#include <stdlib.h>
#include <string.h>

#include <polydump/joined.h>

#include "map.h"

/* Times and timestamps are stored with as many digits as their type has. */
enum { FAMILY_CLOCK = PD_FAMILY_OWN };

enum { WHOLE_DIGITS = 20 /* of an unsigned integer of 64 bits */ };

static int
family_of(const struct pd_mapping *m)
{
    bool is_clock = m->as.kind == PD_KIND_TIME || m->as.kind == PD_KIND_TIMESTAMP;

    return is_clock && !(m->flags & PD_MAPPING_TAGGED) ? FAMILY_CLOCK : pd_family_of(m);
}

static bool
is_long(const struct pd_mapping *m)
{
    return strncmp(m->native, "long", 4) == 0;
}

static bool
is_padded(const struct pd_mapping *m)
{
    return strncmp(m->native, "char(", 5) == 0;
}

bool
map_can_join(const struct pd_mapping *child, const struct pd_mapping *parent)
{
    int family = family_of(child);

    if (is_long(child) || is_long(parent) || family != family_of(parent))
        return false;
    if (strcmp(child->native, parent->native) == 0)
        return true;
    /* Lengths may differ. The server would take digits that do as well, and then never find a
       parent, since it compares how values are stored. */
    return (family == PD_FAMILY_TEXT || family == PD_FAMILY_TAGGED || family == PD_FAMILY_BYTES) &&
           is_padded(child) == is_padded(parent);
}

/* ---- Numbers ---- */

/* What the numbers of a class have in common. */
struct numbers {
    bool has_signed;
    int signed_kind;   /* PD_KIND_INT8 ...: the least that holds all integers; 0: none does */
    int unsigned_kind; /* the same of those without a sign */
    int32_t whole;     /* decimals: digits before the point */
    int32_t scale;
};

/* The least type with a sign that holds an integer kind; 0: there is none. */
static int
with_sign(int kind)
{
    switch (kind) {
    case PD_KIND_UINT8:
        return PD_KIND_INT16;
    case PD_KIND_UINT16:
        return PD_KIND_INT32;
    case PD_KIND_UINT32:
        return PD_KIND_INT64;
    case PD_KIND_UINT64:
        return 0;
    default:
        return kind;
    }
}

static void
add_number(const struct pd_mapping *m, struct numbers *n)
{
    int kind = m->as.kind, wide = with_sign(kind);
    bool is_decimal = kind == PD_KIND_DECIMAL;
    int32_t whole = is_decimal ? m->as.precision - m->as.scale : WHOLE_DIGITS;
    int32_t scale = is_decimal ? m->as.scale : 0;

    n->whole = whole > n->whole ? whole : n->whole;
    n->scale = scale > n->scale ? scale : n->scale;
    if (is_decimal || wide == 0)
        n->signed_kind = 0;
    else if (n->signed_kind && wide > n->signed_kind)
        n->signed_kind = wide;
    if (is_decimal || wide == kind)
        n->has_signed = true;
    else if (kind > n->unsigned_kind)
        n->unsigned_kind = kind;
}

/* In the sink's pool; what was taken for it is given back. NULL: memory is short. */
static const char *
keep_spelled(const struct map *map, struct pd_sql *sql)
{
    const char *text = pd_sql_text(sql), *kept = text ? pd_pool_text(&map->sink->pool, text) : NULL;

    pd_sql_free(sql);
    return kept;
}

static pd_status
spell_decimal(const struct map *map, const struct numbers *n, struct pd_mapping *m)
{
    struct pd_sql sql = {.host = map->sink->host};
    int32_t precision = n->whole + n->scale;

    if (precision > MAP_MOST_DIGITS)
        return PD_DONE;
    pd_sql_printf(&sql, "decimal(%d,%d)", precision, n->scale);
    pd_mapping_set(m, PD_RUNG_NATIVE, PD_KIND_DECIMAL, keep_spelled(map, &sql), NULL);
    m->as.precision = precision;
    m->as.scale = n->scale;
    return m->native ? PD_OK : PD_FATAL;
}

/* The least type that holds all numbers of the class. PD_DONE: there is none. */
static pd_status
unite_numbers(struct pd_ring *ring)
{
    static const char *const names[] = {
        [PD_KIND_INT8] = "tinyint",
        [PD_KIND_INT16] = "smallint",
        [PD_KIND_INT32] = "int",
        [PD_KIND_INT64] = "bigint",
        [PD_KIND_UINT8] = "tinyint unsigned",
        [PD_KIND_UINT16] = "smallint unsigned",
        [PD_KIND_UINT32] = "int unsigned",
        [PD_KIND_UINT64] = "bigint unsigned",
    };
    struct numbers n = {.signed_kind = PD_KIND_INT8};
    struct pd_mapping widest = {.flags = 0};
    size_t i = ring->first;
    pd_status status = PD_OK;
    int kind;

    do {
        add_number(&ring->mappings[i], &n);
        i = pd_ring_next(ring, i);
    } while (i != ring->first);
    kind = n.has_signed ? n.signed_kind : n.unsigned_kind;
    if (kind == 0)
        status = spell_decimal(ring->own, &n, &widest);
    else
        pd_mapping_set(&widest, PD_RUNG_NATIVE, kind, names[kind], NULL);
    if (status == PD_OK)
        pd_ring_take(ring, &widest);
    return status;
}

/* ---- Others ---- */

/* As many digits after the second as the one with most. PD_DONE: they are of both kinds. */
static pd_status
unite_clocks(struct pd_ring *ring)
{
    const struct map *map = ring->own;
    struct pd_mapping *mappings = ring->mappings;
    struct pd_sql sql = {.host = map->sink->host};
    int kind = mappings[ring->first].as.kind;
    int32_t digits = 0;
    const char *native;
    size_t i = ring->first;

    do {
        if (mappings[i].as.kind != kind)
            return PD_DONE;
        if (mappings[i].as.precision > digits)
            digits = mappings[i].as.precision;
        i = pd_ring_next(ring, i);
    } while (i != ring->first);
    pd_sql_printf(&sql, "%s(%d)", kind == PD_KIND_TIME ? "time" : "datetime", digits);
    native = keep_spelled(map, &sql);
    if (!native)
        return PD_FATAL;
    do {
        mappings[i].native = native;
        mappings[i].as.precision = digits;
        i = pd_ring_next(ring, i);
    } while (i != ring->first);
    return PD_OK;
}

/* Text of a fixed length is stored with blanks, that of a varying one without. */
static void
unpad(struct pd_ring *ring)
{
    size_t i = ring->first;

    do {
        struct pd_mapping *m = &ring->mappings[i];

        if (is_padded(m)) {
            if (m->as.length == 0)
                m->as.length = strtoul(m->native + 5, NULL, 10);
            m->native = "";
        }
        i = pd_ring_next(ring, i);
    } while (i != ring->first);
}

static pd_status
unite(struct pd_ring *ring)
{
    switch (ring->families) {
    case PD_FAMILY_BIT(PD_FAMILY_TEXT):
        unpad(ring);
        return PD_OK;
    case PD_FAMILY_BIT(FAMILY_CLOCK):
        return unite_clocks(ring);
    case PD_FAMILY_BIT(PD_FAMILY_NUMBER):
        return unite_numbers(ring);
    default:
        return PD_DONE;
    }
}

/* ---- All ---- */

static pd_status
without_hint(void *own, const struct pd_column *column, const struct pd_profile *profile,
             struct pd_mapping *mapping)
{
    return map_kind(own, column, profile, /* without_hint= */ true, mapping);
}

static const struct pd_join_ways ways = {
    .text = "",
    .bytes = "",
    .family = family_of,
    .unite = unite,
    .without_hint = without_hint,
};

pd_status
map_join(struct map *map)
{
    pd_status status = pd_join_types(&ways, map, map->load, map->first, map->mappings, map->pool);

    return status == PD_FATAL ? my_no_memory(map->sink->host, map->err) : status;
}
