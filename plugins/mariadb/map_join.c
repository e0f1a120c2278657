// SPDX-License-Identifier: Apache-2.0
/* map_join - columns that foreign keys join, however far the chain goes, are one class and get one
   type: the server joins integers of one size and sign only. Where they have nothing in common the
   foreign key will be left out. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <polydump/joined.h>

#include "map.h"

/* Types of one family can be joined. */
enum family { FAMILY_OTHER, FAMILY_NUMBER, FAMILY_TEXT, FAMILY_TAGGED, FAMILY_BYTES, FAMILY_CLOCK };

enum { WHOLE_DIGITS = 20 /* of an unsigned integer of 64 bits */ };

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
    case PD_KIND_INT8:
    case PD_KIND_INT16:
    case PD_KIND_INT32:
    case PD_KIND_INT64:
    case PD_KIND_UINT8:
    case PD_KIND_UINT16:
    case PD_KIND_UINT32:
    case PD_KIND_UINT64:
    case PD_KIND_DECIMAL:
        return FAMILY_NUMBER;
    case PD_KIND_TEXT:
    case PD_KIND_CHAR:
        return FAMILY_TEXT;
    case PD_KIND_BINARY:
        return FAMILY_BYTES;
    case PD_KIND_TIME:
    case PD_KIND_TIMESTAMP:
        return FAMILY_CLOCK;
    default:
        return FAMILY_OTHER;
    }
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
    enum family family = family_of(child);

    if (is_long(child) || is_long(parent) || family != family_of(parent))
        return false;
    if (strcmp(child->native, parent->native) == 0)
        return true;
    /* Lengths may differ. The server would take digits that do as well, and then never find a
       parent, since it compares how values are stored. */
    return (family == FAMILY_TEXT || family == FAMILY_TAGGED || family == FAMILY_BYTES) &&
           is_padded(child) == is_padded(parent);
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
    unsigned families; /* a bit each */
    size_t first;      /* the first that says something */
    bool any;          /* there is one */
    bool same;         /* all are spelled alike */
    bool has_refused;
    bool has_identities;
    bool has_signed;
    bool has_padded;
    int32_t fraction;  /* clocks: digits after the second */
    int clock;         /* their kind; 0: of several */
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
add_number(const struct pd_mapping *m, struct common *common)
{
    int kind = m->as.kind, wide = with_sign(kind);
    bool is_decimal = kind == PD_KIND_DECIMAL;
    int32_t whole = is_decimal ? m->as.precision - m->as.scale : WHOLE_DIGITS;
    int32_t scale = is_decimal ? m->as.scale : 0;

    common->whole = whole > common->whole ? whole : common->whole;
    common->scale = scale > common->scale ? scale : common->scale;
    if (is_decimal || wide == 0)
        common->signed_kind = 0;
    else if (common->signed_kind && wide > common->signed_kind)
        common->signed_kind = wide;
    if (is_decimal || wide == kind)
        common->has_signed = true;
    else if (kind > common->unsigned_kind)
        common->unsigned_kind = kind;
}

static void
add_clock(const struct pd_mapping *m, struct common *common)
{
    if (m->as.precision > common->fraction)
        common->fraction = m->as.precision;
    if (common->clock && common->clock != m->as.kind)
        common->clock = PD_KIND_NONE;
}

static void
add_member(const struct join *j, size_t i, struct common *common)
{
    const struct pd_mapping *m = &j->map->mappings[i], *first;

    if (says_nothing(j, i))
        return;
    if (!common->any) {
        common->first = i;
        common->same = true;
        common->clock = m->as.kind;
    }
    first = &j->map->mappings[common->first];
    common->any = true;
    common->families |= 1u << family_of(m);
    common->same =
        common->same && strcmp(m->native, first->native) == 0 && family_of(m) == family_of(first);
    common->has_refused = common->has_refused || m->rung == PD_RUNG_REFUSED;
    common->has_identities = common->has_identities || member_of(j, i).column->identity;
    common->has_padded = common->has_padded || is_padded(m);
    if (family_of(m) == FAMILY_NUMBER)
        add_number(m, common);
    if (family_of(m) == FAMILY_CLOCK)
        add_clock(m, common);
}

static struct common
look_at(const struct join *j, size_t start)
{
    struct common common = {.signed_kind = PD_KIND_INT8};
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

static pd_status
spell_decimal(struct join *j, const struct common *common, struct pd_mapping *m)
{
    struct pd_sql sql = {.host = j->map->sink->host};
    int32_t precision = common->whole + common->scale;

    if (precision > MAP_MOST_DIGITS)
        return PD_DONE;
    pd_sql_printf(&sql, "decimal(%d,%d)", precision, common->scale);
    m->native = pd_sql_text(&sql) ? pd_pool_text(&j->map->sink->pool, sql.text) : NULL;
    m->as.kind = PD_KIND_DECIMAL;
    m->as.precision = precision;
    m->as.scale = common->scale;
    pd_sql_free(&sql);
    return m->native ? PD_OK : my_no_memory(j->map->sink->host, j->map->err);
}

/* The least type that holds all numbers of the class. PD_DONE: there is none. */
static pd_status
spell_number(struct join *j, const struct common *common, struct pd_mapping *m)
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
    int kind = common->has_signed ? common->signed_kind : common->unsigned_kind;

    memset(m, 0, sizeof *m);
    m->as.struct_size = sizeof m->as;
    if (kind == 0)
        return spell_decimal(j, common, m);
    m->as.kind = (uint16_t)kind;
    m->native = names[kind];
    return PD_OK;
}

static pd_status
widen(struct join *j, size_t start, const struct common *common)
{
    struct pd_mapping widest;
    size_t i = start;
    pd_status status = spell_number(j, common, &widest);

    if (status != PD_OK)
        return status;
    do {
        if (!says_nothing(j, i))
            take_type(&j->map->mappings[i], &widest);
        i = j->joined.next[i];
    } while (i != start);
    return PD_OK;
}

/* As many digits after the second as the one with most. */
static pd_status
widen_clock(struct join *j, size_t start, const struct common *common)
{
    struct pd_sql sql = {.host = j->map->sink->host};
    const char *native;
    size_t i = start;

    if (common->clock == PD_KIND_NONE)
        return PD_DONE;
    pd_sql_printf(&sql, "%s(%d)", common->clock == PD_KIND_TIME ? "time" : "datetime",
                  common->fraction);
    native = pd_sql_text(&sql) ? pd_pool_text(&j->map->sink->pool, sql.text) : NULL;
    pd_sql_free(&sql);
    if (!native)
        return my_no_memory(j->map->sink->host, j->map->err);
    do {
        j->map->mappings[i].native = native;
        j->map->mappings[i].as.precision = common->fraction;
        i = j->joined.next[i];
    } while (i != start);
    return PD_OK;
}

/* Text of a fixed length is stored with blanks, that of a varying one without. */
static void
unpad(struct join *j, size_t start)
{
    size_t i = start;

    do {
        struct pd_mapping *m = &j->map->mappings[i];

        if (is_padded(m)) {
            if (m->as.length == 0)
                m->as.length = strtoul(m->native + 5, NULL, 10);
            m->native = "";
        }
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
static void
spread(struct join *j, size_t start, unsigned families)
{
    size_t i = start;

    do {
        struct pd_mapping *m = &j->map->mappings[i];

        if (family_of(m) != FAMILY_TAGGED && !says_nothing(j, i)) {
            int kind = families & 1u << FAMILY_BYTES && !(families & 1u << FAMILY_TAGGED)
                           ? PD_KIND_BINARY
                           : PD_KIND_TEXT;

            map_loose(kind, "a foreign key joins it with a column that needs it so", m);
            if (families & 1u << FAMILY_TAGGED)
                m->flags |= PD_MAPPING_TAGGED;
        }
        i = j->joined.next[i];
    } while (i != start);
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
    pd_status status = PD_OK;

    if (common->has_refused || common->same) {
        /* as they are */
    } else if (only(common->families, 1u << FAMILY_TEXT)) {
        if (common->has_padded)
            unpad(j, start);
    } else if (only(common->families, 1u << FAMILY_CLOCK)) {
        status = widen_clock(j, start, common);
    } else if (only(common->families, 1u << FAMILY_NUMBER)) {
        status = widen(j, start, common);
    } else if (only(common->families, texts) && !common->has_identities) {
        spread(j, start, common->families);
    } else {
        return PD_DONE;
    }
    if (status == PD_OK)
        adopt(j, start, common);
    return status;
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
        status = my_no_memory(map->sink->host, map->err);
    for (i = 0; i < n && status == PD_OK; i++) {
        if (pd_joined_is_first(&j.joined, i))
            status = join_class(&j, i);
    }
    pd_pool_close(&pool);
    return status;
}
