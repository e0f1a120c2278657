// SPDX-License-Identifier: Apache-2.0
/* like_match - which table of b is which of a, and which column. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/schema.h"
#include "run/like_plan.h"
#include "run/schema_map.h"

/* ---- Names ---- */

static bool
same_letters(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (tolower((unsigned char)a[i]) != tolower((unsigned char)b[i]) || !a[i])
            return false;
    return true;
}

/* "Name__1" of "name": what --names=carry makes of it. */
static bool
is_carried_name(const char *name, const char *from)
{
    size_t size = strlen(from);

    if (!same_letters(name, from, size) || name[size] != '_' || name[size + 1] != '_')
        return false;
    name += size + 2;
    return *name && name[strspn(name, "0123456789")] == '\0';
}

/* ---- Tables ---- */

/* b's tables by name, and of one name by schema. */
struct table_index {
    const struct pd_catalog *catalog;
    const uint32_t *sorted;
};

static int
compare_tables(const struct pd_table *table, const char *schema, const char *name)
{
    int order = strcmp(table->name, name);

    return order ? order : strcmp(table->schema ? table->schema : "", schema ? schema : "");
}

static int
compare_numbers(const void *a_, const void *b_, void *catalog_)
{
    const struct pd_catalog *catalog = catalog_;
    const struct pd_table *a = &catalog->tables[*(const uint32_t *)a_];
    const struct pd_table *b = &catalog->tables[*(const uint32_t *)b_];

    return compare_tables(a, b->schema, b->name);
}

static pd_status
index_tables(struct like_plan *plan, struct table_index *ret_index, struct pd_error *err)
{
    size_t n = plan->b->n_tables;
    uint32_t *sorted = arena_array(plan->arena, uint32_t, n + 1);

    if (!sorted)
        return error_memory(err);
    for (uint32_t i = 0; i < n; i++)
        sorted[i] = i;
    qsort_r(sorted, n, sizeof *sorted, compare_numbers, plan->source_b->catalog);
    *ret_index = (struct table_index){plan->b, sorted};
    return PD_OK;
}

/* PD_NO_TABLE: there is none. */
static uint32_t
find_table(const struct table_index *index, const char *schema, const char *name)
{
    size_t low = 0, high = index->catalog->n_tables;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct pd_table *table = &index->catalog->tables[index->sorted[middle]];
        int order = compare_tables(table, schema, name);

        if (order == 0)
            return index->sorted[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return PD_NO_TABLE;
}

/* "schema__table", as it is called in engines that have no schemas. */
static const char *
flat_name(struct like_plan *plan, const char *schema, const char *name)
{
    return schema && *schema ? arena_printf(plan->arena, "%s__%s", schema, name) : name;
}

static bool
is_free(const struct like_plan *plan, uint32_t number)
{
    return number != PD_NO_TABLE && plan->pair_of_b[number] == PD_NO_TABLE;
}

/* Where the rules of naming put a table of a; PD_NO_TABLE: not there. */
static uint32_t
find_by_rule(struct like_plan *plan, const struct table_index *index, const struct pd_table *table)
{
    const char *schema = schema_mapped(plan->options->schema_map, table->schema);
    const char *flat = flat_name(plan, schema, table->name);
    uint32_t at = find_table(index, schema, table->name);

    if (!is_free(plan, at) && flat)
        at = find_table(index, NULL, flat);
    return is_free(plan, at) ? at : PD_NO_TABLE;
}

static uint32_t
find_by_placement(struct like_plan *plan, const struct table_index *index, uint32_t number)
{
    const struct placement *placement = &plan->options->placements[number];
    uint32_t at;

    if (!placement->name)
        return PD_NO_TABLE;
    at = find_table(index, placement->schema, placement->name);
    return is_free(plan, at) ? at : PD_NO_TABLE;
}

/* A name that was changed since the target could not hold it. */
static uint32_t
find_carried(struct like_plan *plan, const struct pd_table *table)
{
    const char *schema = schema_mapped(plan->options->schema_map, table->schema);
    const char *flat = flat_name(plan, schema, table->name);

    for (uint32_t i = 0; flat && i < plan->b->n_tables; i++)
        if (is_free(plan, i) && is_carried_name(plan->b->tables[i].name, flat))
            return i;
    return PD_NO_TABLE;
}

/* Is it called as the rules say, so that nothing was changed? */
static bool
has_name_by_rule(struct like_plan *plan, const struct pd_table *a, const struct pd_table *b)
{
    const char *schema = schema_mapped(plan->options->schema_map, a->schema);
    const char *flat = flat_name(plan, schema, a->name);

    if (strcmp(a->name, b->name) == 0 && like_same_text(schema, b->schema))
        return true;
    return flat && strcmp(flat, b->name) == 0 && like_same_text(NULL, b->schema);
}

static pd_status
pair_tables(struct like_plan *plan, uint32_t a_number, uint32_t b_number, struct pd_error *err)
{
    const struct pd_table *a = &plan->a->tables[a_number];
    const struct pd_table *b = &plan->b->tables[b_number];

    plan->pair_of_a[a_number] = b_number; /* until pairs are made of them */
    plan->pair_of_b[b_number] = a_number;
    if (has_name_by_rule(plan, a, b))
        return PD_OK;
    return like_differs(plan, PD_PART_NAME, a_number, PD_NO_COLUMN, err,
                        "table '%s' is called '%s'", schema_table_name(a), schema_table_name(b));
}

static pd_status
match_tables(struct like_plan *plan, struct pd_error *err)
{
    struct table_index index = {0};
    pd_status status = index_tables(plan, &index, err);

    for (uint32_t i = 0; i < plan->a->n_tables && status == PD_OK; i++) {
        uint32_t at = plan->options->placements ? find_by_placement(plan, &index, i)
                                                : find_by_rule(plan, &index, &plan->a->tables[i]);

        if (at != PD_NO_TABLE)
            status = pair_tables(plan, i, at, err);
    }
    for (uint32_t i = 0; i < plan->a->n_tables && status == PD_OK && !plan->options->placements;
         i++) {
        uint32_t at = plan->pair_of_a[i] == PD_NO_TABLE ? find_carried(plan, &plan->a->tables[i])
                                                        : PD_NO_TABLE;

        if (at != PD_NO_TABLE)
            status = pair_tables(plan, i, at, err);
    }
    return status;
}

/* ---- Columns ---- */

static void
pair_columns(struct like_pair *pair, uint32_t a, uint32_t b)
{
    pair->to_b[a] = b;
    pair->to_a[b] = a;
    pair->renamed |= strcmp(pair->a->columns[a].name, pair->b->columns[b].name) != 0;
}

static bool
waits(const struct like_pair *pair, uint32_t a)
{
    return pair->to_b[a] == PD_NO_COLUMN && !(pair->a->columns[a].flags & PD_COLUMN_PASSENGER);
}

static bool
waits_in_b(const struct like_pair *pair, uint32_t b)
{
    return pair->to_a[b] == PD_NO_COLUMN && !(pair->b->columns[b].flags & PD_COLUMN_PASSENGER);
}

static void
match_by_name(const struct like_plan *plan, struct like_pair *pair)
{
    const struct placement *placement =
        plan->options->placements ? &plan->options->placements[pair->a_number] : NULL;

    for (uint32_t i = 0; i < pair->a->n_columns; i++) {
        const char *name =
            placement && placement->columns ? placement->columns[i] : pair->a->columns[i].name;
        long at = name ? schema_find_column(pair->b, name) : -1;

        if (at >= 0 && pair->to_a[at] == PD_NO_COLUMN)
            pair_columns(pair, i, (uint32_t)at);
    }
}

static void
match_carried(struct like_pair *pair)
{
    for (uint32_t i = 0; i < pair->a->n_columns; i++)
        for (uint32_t k = 0; waits(pair, i) && k < pair->b->n_columns; k++)
            if (waits_in_b(pair, k) &&
                is_carried_name(pair->b->columns[k].name, pair->a->columns[i].name))
                pair_columns(pair, i, k);
}

/* As many are left on both sides: they belong together in their order. */
static void
match_by_place(struct like_pair *pair)
{
    size_t n_a = 0, n_b = 0;
    uint32_t k = 0;

    for (uint32_t i = 0; i < pair->a->n_columns; i++)
        n_a += waits(pair, i);
    for (uint32_t i = 0; i < pair->b->n_columns; i++)
        n_b += waits_in_b(pair, i);
    if (n_a != n_b)
        return;
    for (uint32_t i = 0; i < pair->a->n_columns; i++) {
        if (!waits(pair, i))
            continue;
        while (!waits_in_b(pair, k))
            k++;
        pair_columns(pair, i, k);
    }
}

static pd_status
tell_names(struct like_plan *plan, const struct like_pair *pair, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (uint32_t i = 0; i < pair->a->n_columns && status == PD_OK && pair->renamed; i++) {
        const char *name = pair->a->columns[i].name;
        const char *there =
            pair->to_b[i] == PD_NO_COLUMN ? name : pair->b->columns[pair->to_b[i]].name;

        if (strcmp(name, there) != 0)
            status = like_differs(plan, PD_PART_NAME, pair->a_number, i, err,
                                  "column '%s' of '%s' is called '%s'", name,
                                  schema_table_name(pair->a), there);
    }
    return status;
}

static uint32_t *
no_columns(struct like_plan *plan, size_t n)
{
    uint32_t *list = arena_array(plan->arena, uint32_t, n + 1);

    for (size_t i = 0; list && i < n; i++)
        list[i] = PD_NO_COLUMN;
    return list;
}

static pd_status
match_columns(struct like_plan *plan, struct like_pair *pair, struct pd_error *err)
{
    pair->to_b = no_columns(plan, pair->a->n_columns);
    pair->to_a = no_columns(plan, pair->b->n_columns);
    pair->shown = no_columns(plan, pair->b->n_columns);
    if (!pair->to_b || !pair->to_a || !pair->shown)
        return error_memory(err);
    match_by_name(plan, pair);
    if (!plan->options->placements) {
        match_carried(pair);
        match_by_place(pair);
    }
    return tell_names(plan, pair, err);
}

/* ---- All of it ---- */

static pd_status
tell_missing(struct like_plan *plan, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (uint32_t i = 0; i < plan->a->n_tables && status == PD_OK; i++)
        if (plan->pair_of_a[i] == PD_NO_TABLE && !(plan->a->tables[i].flags & PD_TABLE_PASSENGER))
            status = like_differs(plan, PD_PART_TABLE, i, 0, err, "table '%s' is missing",
                                  schema_table_name(&plan->a->tables[i]));
    for (uint32_t i = 0; i < plan->b->n_tables && status == PD_OK; i++)
        if (plan->pair_of_b[i] == PD_NO_TABLE && !(plan->b->tables[i].flags & PD_TABLE_PASSENGER))
            status =
                like_differs(plan, PD_PART_TABLE, PD_NO_TABLE, PD_NO_COLUMN, err,
                             "table '%s' is additional", schema_table_name(&plan->b->tables[i]));
    return status;
}

pd_status
like_match(struct like_plan *plan, struct pd_error *err)
{
    pd_status status;

    plan->pair_of_a = no_columns(plan, plan->a->n_tables);
    plan->pair_of_b = no_columns(plan, plan->b->n_tables);
    plan->pairs = arena_array(plan->arena, struct like_pair, plan->a->n_tables + 1);
    if (!plan->pair_of_a || !plan->pair_of_b || !plan->pairs)
        return error_memory(err);
    status = match_tables(plan, err);
    if (status == PD_OK)
        status = tell_missing(plan, err);
    for (uint32_t i = 0; i < plan->a->n_tables && status == PD_OK; i++) {
        uint32_t at = plan->pair_of_a[i];

        if (at == PD_NO_TABLE)
            continue;
        plan->pairs[plan->n_pairs] = (struct like_pair){
            .a = &plan->a->tables[i],
            .b = &plan->b->tables[at],
            .a_number = i,
            .b_number = at,
        };
        plan->pair_of_a[i] = plan->pair_of_b[at] = (uint32_t)plan->n_pairs;
        status = match_columns(plan, &plan->pairs[plan->n_pairs++], err);
    }
    return status;
}
