// SPDX-License-Identifier: Apache-2.0
/* like_tags - which columns of b hold text that tells storage classes apart. Nothing in b says so:
   it follows from a's values and foreign keys, as sinks choose it (doc/types.md, "Carriers"). */
#include <string.h>

#include "model/kind.h"
#include "model/schema.h"
#include "run/like_plan.h"
#include "run/survey.h"

/* Columns that foreign keys join, however far the chain goes, are one class and are stored alike.
   They are numbered through all pairs. */
struct tags {
    struct like_plan *plan;
    uint32_t *first;              /* of each pair: the number of its first column */
    uint32_t *root;               /* of each column's class, by way of others */
    bool *is_tagged;              /* of each column, by its own values */
    bool *class_tagged;           /* of each root: a column of the class is */
    bool *class_blocked;          /* of each root: one of its columns is no text in b */
    const struct pd_stats **have; /* of each pair; NULL: nobody has looked */
    uint32_t n;
};

/* ---- What is known of a's values ---- */

/* Engines that keep any value in a column of any type. */
static bool
is_loose(const char *engine)
{
    static const char *const loose[] = {"sqlite"};

    for (size_t i = 0; engine && i < COUNT_OF(loose); i++)
        if (strcmp(engine, loose[i]) == 0)
            return true;
    return false;
}

static bool
is_text(const struct pd_type *type)
{
    return type->kind == PD_KIND_TEXT || type->kind == PD_KIND_CHAR || type->kind == PD_KIND_BINARY;
}

/* A column whose values alone tell whether it is tagged. */
static bool
depends_on_values(const struct like_pair *pair)
{
    for (uint32_t i = 0; i < pair->a->n_columns; i++) {
        uint32_t at = pair->to_b[i];

        if (at != PD_NO_COLUMN && is_text(&pair->b->columns[at].type))
            return true;
    }
    return false;
}

static const struct pd_stats *
stats_of(const struct like_plan *plan, uint32_t table)
{
    const struct opened_source *a = plan->source_a;
    const struct pd_stats *stats = NULL;

    if (!a->ops->stats || a->ops->stats(a->handle, table, &stats, NULL) != PD_OK)
        return NULL;
    return stats && stats->profiles ? stats : NULL;
}

/* An archive knows; a database has to be looked at, like it was when its types were chosen. */
static pd_status
survey_tables(struct tags *t, const bool *wanted, struct pd_error *err)
{
    struct like_plan *plan = t->plan;
    size_t n = plan->a->n_tables;
    uint32_t *origins = arena_array(plan->arena, uint32_t, n + 1);
    const char **wheres = arena_array(plan->arena, const char *, n + 1);
    struct pd_stats *stats = arena_array(plan->arena, struct pd_stats, n + 1);
    struct selection selection = {
        .catalog = plan->source_a->catalog, .origins = origins, .wheres = wheres};
    const struct run_options options = {0};
    pd_status status;

    if (!origins || !wheres || !stats)
        return error_memory(err);
    for (uint32_t i = 0; i < n; i++)
        origins[i] = i;
    status = survey_run(plan->source_a, &selection, &options, wanted, plan->arena, stats, err);
    for (size_t i = 0; i < plan->n_pairs && status == PD_OK; i++)
        if (wanted[plan->pairs[i].a_number])
            t->have[i] = &stats[plan->pairs[i].a_number];
    return status;
}

static pd_status
take_stats(struct tags *t, struct pd_error *err)
{
    struct like_plan *plan = t->plan;
    bool *wanted = arena_array(plan->arena, bool, plan->a->n_tables + 1);
    bool can_look = is_loose(plan->a->engine) && survey_is_possible(plan->source_a), any = false;

    if (!wanted)
        return error_memory(err);
    for (size_t i = 0; i < plan->n_pairs; i++) {
        t->have[i] = stats_of(plan, plan->pairs[i].a_number);
        if (!t->have[i] && can_look && depends_on_values(&plan->pairs[i]))
            any = wanted[plan->pairs[i].a_number] = true;
    }
    return any ? survey_tables(t, wanted, err) : PD_OK;
}

static const struct pd_profile *
profile_of(const struct tags *t, size_t pair, uint32_t column)
{
    const struct pd_stats *stats = t->have[pair];

    return stats ? PD_AT(struct pd_profile, stats->profiles, stats->profile_size, column) : NULL;
}

/* ---- One column ---- */

/* Values of storage classes that are not the column's own. */
static uint64_t
other_classes(const struct pd_type *type, const struct pd_profile *profile)
{
    uint64_t all = profile->n_ints + profile->n_reals + profile->n_texts + profile->n_blobs;

    if (type->kind == PD_KIND_NUMBER)
        return profile->n_texts + profile->n_blobs;
    if (type->kind == PD_KIND_XML)
        return all - profile->n_texts;
    switch (kind_class(type->kind)) {
    case PD_CLASS_INTEGER:
        return all - profile->n_ints;
    case PD_CLASS_FLOAT:
        return all - profile->n_reals;
    case PD_CLASS_TEXT:
    case PD_CLASS_JSON:
        return all - profile->n_texts;
    case PD_CLASS_BYTES:
    case PD_CLASS_GEOMETRY:
        return all - profile->n_blobs;
    default:
        return all;
    }
}

/* A column of numbers that has texts alone is one of text, without letters. */
static bool
is_all_text(const struct pd_type *type, const struct pd_profile *profile)
{
    int class = kind_class(type->kind);

    return (type->kind == PD_KIND_NUMBER || class == PD_CLASS_INTEGER || class == PD_CLASS_FLOAT) &&
           profile->n_ints + profile->n_reals + profile->n_blobs == 0 &&
           !(profile->flags & (PD_PROFILE_NUL | PD_PROFILE_BAD_TEXT));
}

static bool
is_tagged(const struct pd_column *a, const struct pd_column *b, const struct pd_profile *profile)
{
    if (!is_text(&b->type))
        return false;
    if (a->type.kind == PD_KIND_ANY)
        return true;
    return profile && other_classes(&a->type, profile) > 0 && !is_all_text(&a->type, profile);
}

/* It says nothing, neither by its declaration nor by a value, and follows the others. */
static bool
is_silent(const struct pd_column *a, const struct pd_profile *profile)
{
    return a->type.kind == PD_KIND_ANY && profile &&
           profile->n_ints + profile->n_reals + profile->n_texts + profile->n_blobs == 0;
}

/* ---- Classes ---- */

static uint32_t
find_root(struct tags *t, uint32_t i)
{
    while (t->root[i] != i)
        i = t->root[i] = t->root[t->root[i]];
    return i;
}

static void
unite_key(struct tags *t, uint32_t pair, const struct pd_foreign *foreign)
{
    const struct like_plan *plan = t->plan;
    const struct pd_table *child = plan->pairs[pair].a;
    long at = like_parent(plan->a, child, foreign);
    uint32_t to = at < 0 ? PD_NO_TABLE : plan->pair_of_a[at];

    for (size_t i = 0; to != PD_NO_TABLE && i < foreign->n_columns; i++) {
        long column = like_parent_column(plan->pairs[to].a, foreign, i);

        if (column >= 0)
            t->root[find_root(t, t->first[pair] + foreign->columns[i])] =
                find_root(t, t->first[to] + (uint32_t)column);
    }
}

static void
look_at(struct tags *t, uint32_t pair, uint32_t column)
{
    const struct like_pair *p = &t->plan->pairs[pair];
    const struct pd_column *a = &p->a->columns[column];
    const struct pd_profile *profile = profile_of(t, pair, column);
    uint32_t number = t->first[pair] + column, root = find_root(t, number);

    if (p->to_b[column] == PD_NO_COLUMN || is_silent(a, profile))
        return;
    t->is_tagged[number] = is_tagged(a, &p->b->columns[p->to_b[column]], profile);
    t->class_tagged[root] |= t->is_tagged[number];
    t->class_blocked[root] |= !is_text(&p->b->columns[p->to_b[column]].type);
}

static void
decide(struct tags *t, uint32_t pair)
{
    struct like_pair *p = &t->plan->pairs[pair];

    for (uint32_t i = 0; i < p->a->n_columns; i++) {
        uint32_t number = t->first[pair] + i, root = find_root(t, number);

        p->tagged[i] = t->is_tagged[number] || (t->class_tagged[root] && !t->class_blocked[root] &&
                                                p->to_b[i] != PD_NO_COLUMN);
    }
}

static pd_status
tags_new(struct like_plan *plan, struct tags *t, struct pd_error *err)
{
    *t = (struct tags){.plan = plan};
    t->first = arena_array(plan->arena, uint32_t, plan->n_pairs + 1);
    t->have = arena_array(plan->arena, const struct pd_stats *, plan->n_pairs + 1);
    for (size_t i = 0; t->first && i < plan->n_pairs; i++) {
        t->first[i] = t->n;
        t->n += (uint32_t)plan->pairs[i].a->n_columns;
    }
    t->root = arena_array(plan->arena, uint32_t, t->n + 1);
    t->is_tagged = arena_array(plan->arena, bool, t->n + 1);
    t->class_tagged = arena_array(plan->arena, bool, t->n + 1);
    t->class_blocked = arena_array(plan->arena, bool, t->n + 1);
    if (!t->first || !t->have || !t->root || !t->is_tagged || !t->class_tagged || !t->class_blocked)
        return error_memory(err);
    for (uint32_t i = 0; i < t->n; i++)
        t->root[i] = i;
    return PD_OK;
}

pd_status
like_tags(struct like_plan *plan, struct pd_error *err)
{
    struct tags t;
    pd_status status = PD_OK;

    for (size_t i = 0; i < plan->n_pairs; i++) {
        plan->pairs[i].tagged = arena_array(plan->arena, bool, plan->pairs[i].a->n_columns + 1);
        if (!plan->pairs[i].tagged)
            return error_memory(err);
    }
    if (plan->same_engine) /* its own values never are */
        return PD_OK;
    status = tags_new(plan, &t, err);
    if (status == PD_OK)
        status = take_stats(&t, err);
    if (status != PD_OK)
        return status;
    for (uint32_t i = 0; i < plan->n_pairs; i++)
        for (size_t k = 0; k < plan->pairs[i].a->n_foreigns; k++)
            unite_key(&t, i, &plan->pairs[i].a->foreigns[k]);
    for (uint32_t i = 0; i < plan->n_pairs; i++)
        for (uint32_t k = 0; k < plan->pairs[i].a->n_columns; k++)
            look_at(&t, i, k);
    for (uint32_t i = 0; i < plan->n_pairs; i++)
        decide(&t, i);
    return PD_OK;
}
