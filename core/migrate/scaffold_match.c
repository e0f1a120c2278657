// SPDX-License-Identifier: Apache-2.0
/* scaffold_match - which old table is which new one: by name, else by their columns and rows. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "migrate/scaffold_inside.h"
#include "run/select.h"

enum {
    POINTS_WHOLE = 100, /* all columns are the same; as many more: all rows */
    POINTS_LEAST = 50,  /* below that two tables have nothing to do with each other */
    POINTS_APART = 15   /* the next best has to be that far away */
};

/* ---- Names ---- */

bool
match_wanted(const struct scaffold *s, const struct pd_table *table)
{
    const char *const *p;

    if (table->flags & PD_TABLE_PASSENGER)
        return false;
    for (p = s->options->exclude; p && *p; p++) {
        if (fnmatch(*p, table->name, 0) == 0)
            return false;
    }
    for (p = s->options->only; p && *p; p++) {
        if (fnmatch(*p, table->name, 0) == 0)
            return true;
    }
    return !s->options->only;
}

/* "schema__table" is what an engine without schemas calls it. */
static bool
is_flat(const struct pd_table *table, const struct pd_table *flat)
{
    size_t size = table->schema ? strlen(table->schema) : 0;

    return size && !(flat->schema && *flat->schema) &&
           strncmp(flat->name, table->schema, size) == 0 &&
           strncmp(flat->name + size, "__", 2) == 0 &&
           strcmp(flat->name + size + 2, table->name) == 0;
}

static uint32_t
find_named(const struct scaffold *s, const struct pd_table *now)
{
    const struct pd_catalog *old = s->catalogs[SIDE_OLD];
    long number = schema_find_table(old, now->schema, now->name);

    for (size_t i = 0; i < old->n_tables && number < 0 && !s->same_engine; i++) {
        if (is_flat(&old->tables[i], now) || is_flat(now, &old->tables[i]))
            number = (long)i;
    }
    if (number < 0 || !match_wanted(s, &old->tables[number]))
        return PD_NO_TABLE;
    return (uint32_t)number;
}

/* ---- Likeness ---- */

/* Two tables that may be one. */
struct candidate {
    uint32_t numbers[SIDES];
    unsigned points;
    size_t n_named;  /* columns of the same name */
    size_t n_same;   /* of the same name and type */
    size_t n_shared; /* columns that rows were compared by */
    size_t n_old, n_new;
    struct evidence rows;
};

static size_t
count_columns(const struct pd_table *table)
{
    size_t n = 0;

    for (size_t i = 0; i < table->n_columns; i++)
        n += !(table->columns[i].flags & PD_COLUMN_PASSENGER);
    return n;
}

static bool
is_paired_type(const struct scaffold *s, const struct pd_column *a, const struct pd_column *b)
{
    return same_types(s, a, b) && !a->generated == !b->generated;
}

/* The columns in order, when all types are the same. */
static bool
pair_in_order(const struct scaffold *s, const struct pd_table *old, const struct pd_table *now,
              uint32_t *columns)
{
    if (old->n_columns != now->n_columns)
        return false;
    for (uint32_t i = 0; i < old->n_columns; i++) {
        if (!is_paired_type(s, &old->columns[i], &now->columns[i]))
            return false;
        columns[i] = i;
    }
    return true;
}

static size_t
pair_named(const struct scaffold *s, const struct pd_table *old, const struct pd_table *now,
           uint32_t *columns)
{
    size_t n = 0;

    for (size_t i = 0; i < old->n_columns; i++) {
        long k = schema_find_column(now, old->columns[i].name);

        columns[i] = PD_NO_COLUMN;
        if (k < 0 || old->columns[i].flags & PD_COLUMN_PASSENGER ||
            !is_paired_type(s, &old->columns[i], &now->columns[k]))
            continue;
        columns[i] = (uint32_t)k;
        n++;
    }
    return n;
}

static size_t
count_named(const struct pd_table *old, const struct pd_table *now)
{
    size_t n = 0;

    for (size_t i = 0; i < old->n_columns; i++)
        n += !(old->columns[i].flags & PD_COLUMN_PASSENGER) &&
             schema_find_column(now, old->columns[i].name) >= 0;
    return n;
}

/* Columns of the larger one. */
static size_t
count_most(const struct candidate *c)
{
    return c->n_old > c->n_new ? c->n_old : c->n_new;
}

static pd_status
compare_tables(struct scaffold *s, uint32_t old_number, uint32_t new_number,
               struct candidate *candidate)
{
    const struct pd_table *old = &s->catalogs[SIDE_OLD]->tables[old_number];
    const struct pd_table *now = &s->catalogs[SIDE_NEW]->tables[new_number];
    CLEANUP_FREE uint32_t *columns = malloc((old->n_columns + 1) * sizeof *columns);
    pd_status status = PD_OK;

    if (!columns)
        return error_memory(s->err);
    *candidate = (struct candidate){
        .numbers = {old_number, new_number},
        .n_old = count_columns(old),
        .n_new = count_columns(now),
        .n_same = pair_named(s, old, now, columns),
    };
    if (!candidate->n_old || !candidate->n_new)
        return PD_OK;
    candidate->n_named = count_named(old, now);
    candidate->n_shared = candidate->n_same;
    candidate->points =
        (unsigned)(2 * POINTS_WHOLE * candidate->n_named / (candidate->n_old + candidate->n_new));
    if (candidate->n_shared * 2 < candidate->n_old && pair_in_order(s, old, now, columns))
        candidate->n_shared = candidate->n_old;
    if (candidate->n_shared >= 2)
        status = sample_rows(s, old_number, new_number, columns, &candidate->rows);
    if (status == PD_OK && candidate->rows.n_compared && candidate->rows.is_varied)
        candidate->points +=
            (unsigned)(POINTS_WHOLE * candidate->rows.n_equal * candidate->n_shared /
                       (candidate->rows.n_compared * count_most(candidate)));
    return status;
}

/* What speaks for it, in words. */
static const char *
why(struct scaffold *s, const struct candidate *c)
{
    const char *rows = "", *text;

    if (c->rows.n_compared && c->rows.n_equal)
        rows = arena_printf(s->arena, "%s of %s rows equal", say_count(s, c->rows.n_equal),
                            say_count(s, c->rows.n_compared));
    if (c->n_same == c->n_old && c->n_same == c->n_new)
        text = arena_printf(s->arena, "same %zu %s%s%s", c->n_same,
                            c->n_same == 1 ? "column" : "columns", rows && *rows ? ", " : "", rows);
    else
        text = arena_printf(s->arena, "%zu of %zu columns the same%s%s", c->n_same, c->n_old,
                            rows && *rows ? ", " : "", rows);
    return text;
}

static enum likeness
likeness(const struct candidate *c)
{
    /* Rows of a part that was split off are equal in its few columns, too. */
    bool rows =
        c->rows.is_varied && c->rows.n_compared >= 2 && c->n_shared * 3 >= count_most(c) * 2;

    if (rows && c->rows.n_equal * 10 >= c->rows.n_compared * 9)
        return LIKE_SURE;
    if (rows && c->rows.n_equal * 2 < c->rows.n_compared)
        return LIKE_GUESS;
    return c->n_same >= 3 && c->n_same == c->n_old && c->n_same == c->n_new ? LIKE_SURE
                                                                            : LIKE_GUESS;
}

/* Best first; of equals the one by names. */
static int
compare_candidates(const void *a_, const void *b_)
{
    const struct candidate *a = a_, *b = b_;

    if (a->points != b->points)
        return a->points > b->points ? -1 : 1;
    if (a->numbers[SIDE_NEW] != b->numbers[SIDE_NEW])
        return a->numbers[SIDE_NEW] < b->numbers[SIDE_NEW] ? -1 : 1;
    return a->numbers[SIDE_OLD] < b->numbers[SIDE_OLD] ? -1 : 1;
}

/* Is there another table for one of both, about as good? */
static bool
is_ambiguous(const struct candidate *all, size_t n, size_t at, uint32_t *const taken[SIDES])
{
    for (size_t i = 0; i < n; i++) {
        const struct candidate *other = &all[i];
        bool shares_old = other->numbers[SIDE_OLD] == all[at].numbers[SIDE_OLD];
        bool shares_new = other->numbers[SIDE_NEW] == all[at].numbers[SIDE_NEW];

        if (i == at || shares_old == shares_new || other->points + POINTS_APART < all[at].points)
            continue;
        if (taken[SIDE_OLD][other->numbers[SIDE_OLD]] == PD_NO_TABLE &&
            taken[SIDE_NEW][other->numbers[SIDE_NEW]] == PD_NO_TABLE)
            return true;
    }
    return false;
}

/* ---- Pairs ---- */

static pd_status
new_pair(struct scaffold *s, uint32_t old, uint32_t now, enum likeness like, const char *text)
{
    struct pair *pair = &s->pairs[s->n_pairs];

    *pair = (struct pair){
        .numbers = {old, now},
        .old = &s->catalogs[SIDE_OLD]->tables[old],
        .now = &s->catalogs[SIDE_NEW]->tables[now],
        .likeness = like,
        .why = text,
    };
    pair->origins = arena_array(s->arena, struct origin, pair->now->n_columns);
    pair->to_new = arena_array(s->arena, uint32_t, pair->old->n_columns);
    pair->reasons = arena_array(s->arena, struct row_reason, pair->now->n_columns + 1);
    if (!pair->origins || !pair->to_new || !pair->reasons)
        return error_memory(s->err);
    for (size_t i = 0; i < pair->now->n_columns; i++)
        pair->origins[i].old = PD_NO_COLUMN;
    for (size_t i = 0; i < pair->old->n_columns; i++)
        pair->to_new[i] = PD_NO_COLUMN;
    s->pair_of[SIDE_OLD][old] = s->pair_of[SIDE_NEW][now] = (uint32_t)s->n_pairs++;
    return PD_OK;
}

/* No call moves a table into a schema that is not there yet. */
static bool
has_schema(const struct pd_catalog *old, const char *schema)
{
    if (!schema || !*schema)
        return true;
    for (size_t i = 0; i < old->n_tables; i++) {
        if (old->tables[i].schema && strcmp(old->tables[i].schema, schema) == 0)
            return true;
    }
    for (size_t i = 0; i < old->n_objects; i++) {
        if (object_is_schema(&old->objects[i]) && strcmp(old->objects[i].name, schema) == 0)
            return true;
    }
    return false;
}

static pd_status
add_doubt(struct scaffold *s, const struct candidate *c)
{
    const char **doubt = &s->doubts[c->numbers[SIDE_NEW]];
    const char *old = say_table(s, &s->catalogs[SIDE_OLD]->tables[c->numbers[SIDE_OLD]]);
    const struct pd_table *now = &s->catalogs[SIDE_NEW]->tables[c->numbers[SIDE_NEW]];
    const char *text = why(s, c);

    *doubt = arena_printf(s->arena, "%s%s'%s' (%s)%s", *doubt ? *doubt : "", *doubt ? ", or " : "",
                          old, text ? text : "",
                          has_schema(s->catalogs[SIDE_OLD], now->schema)
                              ? ""
                              : ", whose rows ctx:emit() has to put there, as the schema is new");
    return *doubt ? PD_OK : error_memory(s->err);
}

static pd_status
take_candidates(struct scaffold *s, const struct candidate *all, size_t n)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < n && status == PD_OK; i++) {
        const struct candidate *c = &all[i];
        const char *text;

        if (s->pair_of[SIDE_OLD][c->numbers[SIDE_OLD]] != PD_NO_TABLE ||
            s->pair_of[SIDE_NEW][c->numbers[SIDE_NEW]] != PD_NO_TABLE)
            continue;
        if (is_ambiguous(all, n, i, s->pair_of) ||
            !has_schema(s->catalogs[SIDE_OLD],
                        s->catalogs[SIDE_NEW]->tables[c->numbers[SIDE_NEW]].schema)) {
            status = add_doubt(s, c);
            continue;
        }
        if (s->doubts[c->numbers[SIDE_NEW]])
            continue;
        text = why(s, c);
        status = text ? new_pair(s, c->numbers[SIDE_OLD], c->numbers[SIDE_NEW], likeness(c), text)
                      : error_memory(s->err);
    }
    return status;
}

static bool
is_free(const struct scaffold *s, int side, uint32_t number)
{
    return s->pair_of[side][number] == PD_NO_TABLE &&
           match_wanted(s, &s->catalogs[side]->tables[number]);
}

static pd_status
match_likely(struct scaffold *s)
{
    const struct pd_catalog *old = s->catalogs[SIDE_OLD], *now = s->catalogs[SIDE_NEW];
    CLEANUP_FREE struct candidate *all = NULL;
    size_t n = 0, room = 0;
    pd_status status = PD_OK;

    for (uint32_t i = 0; i < old->n_tables; i++) {
        for (uint32_t k = 0; k < now->n_tables && status == PD_OK && is_free(s, SIDE_OLD, i); k++) {
            struct candidate candidate, *grown;

            if (!is_free(s, SIDE_NEW, k))
                continue;
            status = compare_tables(s, i, k, &candidate);
            if (status != PD_OK || candidate.points < POINTS_LEAST)
                continue;
            if (n == room) {
                room = room ? room * 2 : 64;
                grown = realloc(all, room * sizeof *all);
                if (!grown)
                    return error_memory(s->err);
                all = grown;
            }
            all[n++] = candidate;
        }
    }
    if (status == PD_OK && n) {
        qsort(all, n, sizeof *all, compare_candidates);
        status = take_candidates(s, all, n);
    }
    return status;
}

static int
compare_pairs(const void *a_, const void *b_)
{
    const struct pair *a = a_, *b = b_;

    return a->numbers[SIDE_NEW] < b->numbers[SIDE_NEW] ? -1 : 1;
}

pd_status
match_tables(struct scaffold *s)
{
    const struct pd_catalog *now = s->catalogs[SIDE_NEW];
    pd_status status = PD_OK;

    for (uint32_t i = 0; i < now->n_tables && status == PD_OK; i++) {
        uint32_t old =
            match_wanted(s, &now->tables[i]) ? find_named(s, &now->tables[i]) : PD_NO_TABLE;

        if (old != PD_NO_TABLE && s->pair_of[SIDE_OLD][old] == PD_NO_TABLE)
            status = new_pair(s, old, i, LIKE_NAME, NULL);
    }
    if (status == PD_OK)
        status = match_likely(s);
    if (status != PD_OK)
        return status;
    if (s->n_pairs)
        qsort(s->pairs, s->n_pairs, sizeof *s->pairs, compare_pairs);
    for (uint32_t i = 0; i < s->n_pairs; i++) {
        s->pair_of[SIDE_OLD][s->pairs[i].numbers[SIDE_OLD]] = i;
        s->pair_of[SIDE_NEW][s->pairs[i].numbers[SIDE_NEW]] = i;
    }
    return PD_OK;
}
