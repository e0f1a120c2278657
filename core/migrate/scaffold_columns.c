// SPDX-License-Identifier: Apache-2.0
/* scaffold_columns - which column of a table is which one of the other: by name, else by type,
   place, values and what it points to. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "migrate/scaffold_inside.h"

enum {
    POINTS_VALUES = 20, /* all values are equal */
    POINTS_MOST = 6,    /* most of them are */
    POINTS_TYPE = 4,
    POINTS_TARGET = 3, /* both point to the same table */
    POINTS_NAME = 2,   /* the names have a word in common */
    POINTS_PLACE = 2,
    POINTS_LEAST = POINTS_TYPE + POINTS_PLACE,
    VALUES_ALONE = 5 /* equal ones that prove it where the types differ */
};

/* Two columns that may be one. */
struct candidate {
    uint32_t old, now;
    int points;
    struct evidence values;
    bool is_type, is_place, is_name, is_target;
};

struct matching {
    struct scaffold *s;
    struct pair *pair;
    struct joined *joined;
    struct candidate *all;
    size_t n, room;
};

/* ---- By name ---- */

static bool
counts(const struct pd_column *column)
{
    return !(column->flags & PD_COLUMN_PASSENGER);
}

static bool
same_fold(const char *a, const char *b)
{
    while (*a && tolower((unsigned char)*a) == tolower((unsigned char)*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

static void
pair_up(struct pair *pair, uint32_t old, uint32_t now, enum likeness like, const char *why)
{
    pair->origins[now] = (struct origin){.old = old, .likeness = like, .why = why};
    pair->to_new[old] = now;
}

/* Letters of another case are another spelling of the same name to some engines. */
static void
match_named(struct pair *pair, bool fold)
{
    for (uint32_t i = 0; i < pair->now->n_columns; i++) {
        const struct pd_column *now = &pair->now->columns[i];

        for (uint32_t k = 0; k < pair->old->n_columns; k++) {
            const struct pd_column *old = &pair->old->columns[k];

            if (pair->origins[i].old != PD_NO_COLUMN || pair->to_new[k] != PD_NO_COLUMN ||
                !counts(now) || !counts(old))
                continue;
            if (strcmp(old->name, now->name) == 0 || (fold && same_fold(old->name, now->name)))
                pair_up(pair, k, i, LIKE_NAME, NULL);
        }
    }
}

/* ---- Likeness ---- */

/* Some word of three letters or more is in both. */
static bool
share_word(const char *a, const char *b)
{
    while (*a) {
        size_t size = strcspn(a, "_- .");

        for (const char *at = b; size >= 3 && strlen(at) >= size; at++) {
            if (strncasecmp(at, a, size) == 0)
                return true;
        }
        a += size;
        a += strspn(a, "_- .");
    }
    return false;
}

/* Between the same neighbours. */
static bool
is_place(const struct pair *pair, uint32_t old, uint32_t now)
{
    uint32_t i = old, k = now;

    while (i && k) {
        bool old_free = pair->to_new[--i] == PD_NO_COLUMN;
        bool new_free = pair->origins[--k].old == PD_NO_COLUMN;

        if (!old_free || !new_free)
            return pair->to_new[i] == k;
    }
    return i == k;
}

/* What the column points to, if it is a foreign key of its own. */
static const struct pair *
target_of(const struct scaffold *s, int side, const struct pd_table *table, uint32_t column)
{
    for (size_t i = 0; i < table->n_foreigns; i++) {
        const struct pd_foreign *f = &table->foreigns[i];
        uint32_t number, pair;

        if (f->n_columns != 1 || f->columns[0] != column ||
            !match_target(s, side, table, f, &number))
            continue;
        pair = s->pair_of[side][number];
        return pair == PD_NO_TABLE ? NULL : &s->pairs[pair];
    }
    return NULL;
}

static bool
speak_against(const struct evidence *e)
{
    return e->n_compared >= 3 && e->n_equal * 2 < e->n_compared;
}

static void
count_points(struct matching *m, struct candidate *c)
{
    const struct pd_column *old = &m->pair->old->columns[c->old];
    const struct pd_column *now = &m->pair->now->columns[c->now];
    const struct pair *target = target_of(m->s, SIDE_OLD, m->pair->old, c->old);
    const struct evidence *e = &c->values;

    c->is_type = same_types(m->s, old, now) && !old->generated == !now->generated;
    c->is_place = is_place(m->pair, c->old, c->now);
    c->is_name = share_word(old->name, now->name) || share_word(now->name, old->name);
    c->is_target = target && target == target_of(m->s, SIDE_NEW, m->pair->now, c->now);
    c->points = (c->is_type ? POINTS_TYPE : 0) + (c->is_place ? POINTS_PLACE : 0) +
                (c->is_name ? POINTS_NAME : 0) + (c->is_target ? POINTS_TARGET : 0);
    if (speak_against(e))
        c->points = 0;
    else if (e->is_varied && e->n_equal == e->n_compared && e->n_compared >= 2)
        c->points += POINTS_VALUES;
    else if (e->n_compared && e->n_equal * 5 >= e->n_compared * 4)
        c->points += POINTS_MOST;
}

static bool
is_free(const struct matching *m, const struct candidate *c)
{
    return m->pair->to_new[c->old] == PD_NO_COLUMN && m->pair->origins[c->now].old == PD_NO_COLUMN;
}

static pd_status
find_candidates(struct matching *m)
{
    const struct pair *pair = m->pair;
    pd_status status = PD_OK;

    for (uint32_t i = 0; i < pair->old->n_columns; i++) {
        for (uint32_t k = 0; k < pair->now->n_columns && status == PD_OK; k++) {
            struct candidate c = {.old = i, .now = k}, *grown;

            if (!is_free(m, &c) || !counts(&pair->old->columns[i]) ||
                !counts(&pair->now->columns[k]))
                continue;
            status = sample_columns(m->s, m->joined, i, k, &c.values);
            count_points(m, &c);
            if (c.points < POINTS_LEAST)
                continue;
            if (m->n == m->room) {
                m->room = m->room ? m->room * 2 : 16;
                grown = realloc(m->all, m->room * sizeof *grown);
                if (!grown)
                    return error_memory(m->s->err);
                m->all = grown;
            }
            m->all[m->n++] = c;
        }
    }
    return status;
}

/* ---- Decisions ---- */

static bool
is_proved(const struct candidate *c)
{
    return c->points >= POINTS_VALUES;
}

/* What speaks for it. The place says nothing against values that are equal in both columns. */
static int
weight(const struct candidate *c)
{
    return c->points - (is_proved(c) && c->is_place ? POINTS_PLACE : 0);
}

static int
compare_candidates(const void *a_, const void *b_)
{
    const struct candidate *a = a_, *b = b_;

    if (weight(a) != weight(b))
        return weight(a) > weight(b) ? -1 : 1;
    if (a->points != b->points)
        return a->points > b->points ? -1 : 1;
    if (a->now != b->now)
        return a->now < b->now ? -1 : 1;
    return a->old < b->old ? -1 : a->old > b->old;
}

/* Has exactly one of the columns another candidate? */
static bool
competes(const struct candidate *c, const struct candidate *other)
{
    return (other->old == c->old) != (other->now == c->now);
}

static bool
is_ambiguous(const struct matching *m, size_t at)
{
    const struct candidate *c = &m->all[at];

    for (size_t i = 0; i < m->n; i++) {
        const struct candidate *other = &m->all[i];

        if (competes(c, other) && weight(other) == weight(c) && is_free(m, other))
            return true;
    }
    return false;
}

/* Is another column proved as well, by the same values? It may be taken by now. */
static bool
has_rival(const struct matching *m, const struct candidate *c)
{
    for (size_t i = 0; i < m->n; i++) {
        if (competes(c, &m->all[i]) && is_proved(&m->all[i]))
            return true;
    }
    return false;
}

static const char *
why(struct scaffold *s, const struct candidate *c)
{
    const char *rows = "";

    if (c->values.n_equal)
        rows = arena_printf(s->arena, "%s of %s %s equal", say_count(s, c->values.n_equal),
                            say_count(s, c->values.n_compared),
                            c->values.is_joined ? "rows" : "values");
    return arena_printf(s->arena, "%s%s%s%s%s%s", c->is_type ? "same type" : "another type",
                        c->is_place ? ", same place" : "", c->is_name ? ", names alike" : "",
                        c->is_target ? ", same foreign key" : "", rows && *rows ? ", " : "", rows);
}

/* Small numbers are equal by chance. */
static bool
is_sure(const struct candidate *c)
{
    return is_proved(c) && (c->is_type || c->values.n_equal >= VALUES_ALONE);
}

static pd_status
decide(struct matching *m, size_t at)
{
    const struct candidate *c = &m->all[at];
    struct origin *origin = &m->pair->origins[c->now];
    const char *text = why(m->s, c);

    if (!text)
        return error_memory(m->s->err);
    if (!is_ambiguous(m, at)) {
        if (origin->likeness != LIKE_DOUBT)
            pair_up(m->pair, c->old, c->now,
                    is_sure(c) && !has_rival(m, c) ? LIKE_SURE : LIKE_GUESS, text);
        return PD_OK;
    }
    origin->why =
        arena_printf(m->s->arena, "%s%s'%s' (%s)", origin->why ? origin->why : "",
                     origin->why ? ", or " : "", m->pair->old->columns[c->old].name, text);
    origin->likeness = LIKE_DOUBT;
    return origin->why ? PD_OK : error_memory(m->s->err);
}

static bool
has_free(const struct pair *pair)
{
    bool has_old = false, has_new = false;

    for (size_t i = 0; i < pair->old->n_columns; i++)
        has_old = has_old || (pair->to_new[i] == PD_NO_COLUMN && counts(&pair->old->columns[i]));
    for (size_t i = 0; i < pair->now->n_columns; i++)
        has_new =
            has_new || (pair->origins[i].old == PD_NO_COLUMN && counts(&pair->now->columns[i]));
    return has_old && has_new;
}

pd_status
match_columns(struct scaffold *s, struct pair *pair)
{
    struct matching m = {.s = s, .pair = pair};
    pd_status status = PD_OK;

    match_named(pair, /* fold= */ false);
    if (!s->same_engine)
        match_named(pair, /* fold= */ true);
    if (!has_free(pair))
        return PD_OK;
    status = sample_join(s, pair, &m.joined);
    if (status == PD_OK)
        status = find_candidates(&m);
    if (status == PD_OK && m.n)
        qsort(m.all, m.n, sizeof *m.all, compare_candidates);
    for (size_t i = 0; i < m.n && status == PD_OK; i++) {
        if (is_free(&m, &m.all[i]))
            status = decide(&m, i);
    }
    free(m.all);
    return status;
}
