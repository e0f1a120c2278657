// SPDX-License-Identifier: Apache-2.0
/* like_foreign - the foreign keys of a table, compared with a's. */
#include <string.h>
#include <strings.h>

#include "model/schema.h"
#include "run/like_plan.h"

struct like_foreigns {
    struct like_plan *plan;
    const struct like_pair *pair;
    bool *taken; /* of each one of b */
    struct pd_foreign *shown;
    size_t n;
    struct pd_error *err;
};

/* ---- What a key points to ---- */

/* Engines that fold case keep the key as it was written. -1: there is none. */
long
like_parent(const struct pd_catalog *catalog, const struct pd_table *child,
            const struct pd_foreign *foreign)
{
    const char *schema = foreign->to_schema ? foreign->to_schema : child->schema;
    long at = schema_find_table(catalog, schema, foreign->to_table);

    for (size_t i = 0; i < catalog->n_tables && at < 0; i++)
        if (strcasecmp(catalog->tables[i].name, foreign->to_table) == 0 &&
            like_same_text(catalog->tables[i].schema, schema))
            at = (long)i;
    return at;
}

static long
find_column(const struct pd_table *table, const char *name)
{
    long at = schema_find_column(table, name);

    for (size_t i = 0; i < table->n_columns && at < 0; i++)
        if (strcasecmp(table->columns[i].name, name) == 0)
            at = (long)i;
    return at;
}

/* The number of the column that part i points to; -1: nobody knows. */
long
like_parent_column(const struct pd_table *parent, const struct pd_foreign *foreign, size_t i)
{
    const struct pd_key *key = parent->n_keys ? &parent->keys[0] : NULL;

    if (foreign->to_columns)
        return find_column(parent, foreign->to_columns[i]);
    return key && key->kind == PD_KEY_PRIMARY && i < key->n_parts ? key->parts[i].column : -1;
}

/* A parent that neither side has is compared by name: SQLite admits such keys. */
static bool
same_parent(const struct like_foreigns *f, const struct pd_foreign *a, const struct pd_foreign *b)
{
    const struct like_plan *plan = f->plan;
    long at_a = like_parent(plan->a, f->pair->a, a), at_b = like_parent(plan->b, f->pair->b, b);
    const struct like_pair *parents;

    if (at_a < 0 || at_b < 0)
        return at_a < 0 && at_b < 0 && strcmp(a->to_table, b->to_table) == 0;
    if (plan->pair_of_a[at_a] == PD_NO_TABLE)
        return false;
    parents = &plan->pairs[plan->pair_of_a[at_a]];
    if (parents->b_number != (uint32_t)at_b)
        return false;
    for (size_t i = 0; i < a->n_columns; i++) {
        long x = like_parent_column(parents->a, a, i), y = like_parent_column(parents->b, b, i);

        if (x < 0 || y < 0 || parents->to_b[x] != (uint32_t)y)
            return false;
    }
    return true;
}

/* ---- Equality ---- */

static bool
same_columns(const struct like_foreigns *f, const uint32_t *a, size_t n_a, const uint32_t *b,
             size_t n_b)
{
    if (n_a != n_b)
        return false;
    for (size_t i = 0; i < n_a; i++)
        if (f->pair->to_b[a[i]] != b[i])
            return false;
    return true;
}

/* Whether rows that break a key may be there is known by an engine that checks it when it is made;
   what another engine says of it is no part of the key. */
static bool
same_flags(const struct like_foreigns *f, uint32_t a, uint32_t b)
{
    uint32_t differ = a ^ b;

    if (!f->plan->is_strict && !(a & PD_FOREIGN_NOT_VALIDATED))
        differ &= ~(uint32_t)PD_FOREIGN_NOT_VALIDATED;
    return differ == 0;
}

static bool
same_foreign(const struct like_foreigns *f, const struct pd_foreign *a, const struct pd_foreign *b)
{
    return (!a->name || like_same_text(a->name, b->name)) &&
           same_columns(f, a->columns, a->n_columns, b->columns, b->n_columns) &&
           same_columns(f, a->set_columns, a->n_set_columns, b->set_columns, b->n_set_columns) &&
           a->on_update == b->on_update && a->on_delete == b->on_delete &&
           same_flags(f, a->flags, b->flags) && same_parent(f, a, b);
}

/* ---- What is shown ---- */

static bool
numbers_shown(const struct like_foreigns *f, const uint32_t *columns, size_t n, bool of_a,
              const uint32_t **ret_shown)
{
    uint32_t *shown = arena_array(f->plan->arena, uint32_t, n + 1);

    *ret_shown = n ? shown : NULL;
    for (size_t i = 0; i < n && shown; i++) {
        uint32_t b = of_a ? f->pair->to_b[columns[i]] : columns[i];

        shown[i] = f->pair->shown[b];
        if (shown[i] == PD_NO_COLUMN)
            return false;
    }
    return shown;
}

static void
show(struct like_foreigns *f, const struct pd_foreign *foreign, bool of_a)
{
    struct pd_foreign *shown = &f->shown[f->n];

    *shown = *foreign;
    f->n +=
        numbers_shown(f, foreign->columns, foreign->n_columns, of_a, &shown->columns) &&
        numbers_shown(f, foreign->set_columns, foreign->n_set_columns, of_a, &shown->set_columns);
}

/* b's key in a's names, as far as its parent is known. */
static pd_status
show_as_in_b(struct like_foreigns *f, const struct pd_foreign *foreign)
{
    const struct like_plan *plan = f->plan;
    struct pd_foreign renamed = *foreign;
    long at = like_parent(plan->b, f->pair->b, foreign);
    const struct like_pair *parents =
        at >= 0 && plan->pair_of_b[at] != PD_NO_TABLE ? &plan->pairs[plan->pair_of_b[at]] : NULL;
    const char **names = arena_array(plan->arena, const char *, foreign->n_columns + 1);

    if (!names)
        return error_memory(f->err);
    if (parents) {
        renamed.to_table = parents->a->name;
        renamed.to_schema = like_same_text(parents->a->schema, f->pair->a->schema)
                                ? NULL
                                : (parents->a->schema ? parents->a->schema : "");
    }
    for (size_t i = 0; parents && foreign->to_columns && i < foreign->n_columns; i++) {
        long column = find_column(parents->b, foreign->to_columns[i]);
        uint32_t of_a = column >= 0 ? parents->to_a[column] : PD_NO_COLUMN;

        names[i] = of_a == PD_NO_COLUMN ? foreign->to_columns[i] : parents->a->columns[of_a].name;
        renamed.to_columns = names;
    }
    show(f, &renamed, false);
    return PD_OK;
}

static const char *
label_of(const struct pd_table *table, const struct pd_foreign *foreign)
{
    if (foreign->name)
        return foreign->name;
    return foreign->n_columns ? table->columns[foreign->columns[0]].name : "";
}

/* The key of b that became of one of a's: of its name, or of its columns. */
static long
find_changed(const struct like_foreigns *f, const struct pd_foreign *a)
{
    const struct pd_table *b = f->pair->b;

    for (size_t i = 0; i < b->n_foreigns; i++)
        if (!f->taken[i] && a->name && like_same_text(a->name, b->foreigns[i].name))
            return (long)i;
    for (size_t i = 0; i < b->n_foreigns; i++)
        if (!f->taken[i] && same_columns(f, a->columns, a->n_columns, b->foreigns[i].columns,
                                         b->foreigns[i].n_columns))
            return (long)i;
    return -1;
}

static bool
show_equal(struct like_foreigns *f, const struct pd_foreign *foreign)
{
    for (size_t i = 0; i < f->pair->b->n_foreigns; i++) {
        if (f->taken[i] || !same_foreign(f, foreign, &f->pair->b->foreigns[i]))
            continue;
        f->taken[i] = true;
        show(f, foreign, true);
        return true;
    }
    return false;
}

/* Equal ones first, so that none is taken for another's change. */
static pd_status
show_changed(struct like_foreigns *f, size_t number)
{
    const struct pd_table *a = f->pair->a;
    const struct pd_foreign *foreign = &a->foreigns[number];
    long at = find_changed(f, foreign);
    pd_status status = like_differs(f->plan, PD_PART_FOREIGN, f->pair->a_number, (uint32_t)number,
                                    f->err, "foreign key '%s' of '%s' %s", label_of(a, foreign),
                                    schema_table_name(a), at < 0 ? "is missing" : "differs");

    if (status != PD_OK || at < 0)
        return status;
    f->taken[at] = true;
    return show_as_in_b(f, &f->pair->b->foreigns[at]);
}

static pd_status
show_extra(struct like_foreigns *f, size_t number)
{
    const struct pd_foreign *foreign = &f->pair->b->foreigns[number];
    pd_status status = like_differs(f->plan, PD_PART_FOREIGN, f->pair->a_number, PD_NO_COLUMN,
                                    f->err, "foreign key '%s' of '%s' is additional",
                                    label_of(f->pair->b, foreign), schema_table_name(f->pair->a));

    return status == PD_OK ? show_as_in_b(f, foreign) : status;
}

pd_status
like_foreigns(struct like_plan *plan, const struct like_pair *pair, struct pd_table *shown,
              struct pd_error *err)
{
    size_t n_a = pair->a->n_foreigns, n_b = pair->b->n_foreigns;
    bool *equal = arena_array(plan->arena, bool, n_a + 1);
    struct like_foreigns f = {
        .plan = plan,
        .pair = pair,
        .taken = arena_array(plan->arena, bool, n_b + 1),
        .shown = arena_array(plan->arena, struct pd_foreign, n_a + n_b + 1),
        .err = err,
    };
    pd_status status = equal && f.taken && f.shown ? PD_OK : error_memory(err);

    for (size_t i = 0; i < n_a && status == PD_OK; i++)
        equal[i] = show_equal(&f, &pair->a->foreigns[i]);
    for (size_t i = 0; i < n_a && status == PD_OK; i++)
        if (!equal[i])
            status = show_changed(&f, i);
    for (size_t i = 0; i < n_b && status == PD_OK; i++)
        if (!f.taken[i])
            status = show_extra(&f, i);
    shown->foreigns = f.shown;
    shown->n_foreigns = f.n;
    return status;
}
