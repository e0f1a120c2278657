// SPDX-License-Identifier: Apache-2.0
// policed_open - what becomes of each table, and which foreign keys follow.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "migrate/policed_inside.h"
#include "model/schema.h"
#include "run/schema_map.h"

/* ---- The tables ---- */

/* As the target calls it: names have their schema in front where an engine has no schemas, and
   engines differ in case. */
static long
find_target(const struct policed *policed, const struct pd_table *table)
{
    const struct pd_catalog *there = policed->target.source->catalog;
    const char *schema = schema_mapped(policed->options->schema_map, table->schema);
    long found = schema_find_table(there, schema, table->name);
    char flat[600];

    if (found >= 0)
        return found;
    snprintf(flat, sizeof flat, "%s%s%s", schema ? schema : "", schema && *schema ? "__" : "",
             table->name);
    found = schema_find_table(there, NULL, flat);
    for (size_t i = 0; found < 0 && i < there->n_tables; i++)
        if (!there->tables[i].schema && strcasecmp(there->tables[i].name, flat) == 0)
            found = (long)i;
    return found;
}

static pd_status
recreate_check(const struct policed *policed, uint32_t number, struct pd_error *err)
{
    const struct policed_table *t = &policed->tables[number];
    const struct pd_table *table = &policed->inner->catalog->tables[number];

    if (policed->target.is_rebuilt)
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                          "--into=replace makes tables anew, and the rows of table '%s' are the "
                          "application's own (%s): use --into=append or --into=truncate, or "
                          "--policy '%s=keep'",
                          schema_table_name(table), t->policy->origin, schema_table_name(table));
    if (t->target >= 0)
        return PD_OK;
    return error_fail(err, PD_FATAL, PD_CAUSE_MISSING,
                      "table '%s' is to be recreated (%s), and '%s' does not have it: let the "
                      "application make its tables there first, or use --policy '%s=keep'",
                      schema_table_name(table), t->policy->origin, policed->target.name,
                      schema_table_name(table));
}

static pd_status
table_decide(struct policed *policed, uint32_t number, struct pd_error *err)
{
    struct policed_table *t = &policed->tables[number];
    const struct policed_target *target = &policed->target;
    bool is_there = t->target >= 0 && !target->is_rebuilt;

    if (target->is_archive) {
        t->has_no_rows = policed_kind(policed, number) == PD_POLICY_SKIP;
        return PD_OK;
    }
    switch (policed_kind(policed, number)) {
    case PD_POLICY_SKIP:
        policed->ways[number] = is_there ? RUN_WAY_LEFT : RUN_WAY_ALONG;
        t->has_no_rows = !is_there;
        return PD_OK;
    case PD_POLICY_RECREATE:
        policed->ways[number] = RUN_WAY_LEFT;
        return recreate_check(policed, number, err);
    case PD_POLICY_REPLACE:
        policed->ways[number] = is_there ? RUN_WAY_EMPTIED : RUN_WAY_ALONG;
        return PD_OK;
    default:
        return PD_OK;
    }
}

static pd_status
tables_decide(struct policed *policed, struct pd_error *err)
{
    const struct pd_catalog *catalog = policed->inner->catalog;
    pd_status status = PD_OK;

    policed->tables = arena_array(policed->arena, struct policed_table, catalog->n_tables + 1);
    policed->ways = arena_array(policed->arena, uint8_t, catalog->n_tables + 1);
    if (!policed->tables || !policed->ways)
        return error_memory(err);
    for (uint32_t i = 0; i < catalog->n_tables && status == PD_OK; i++) {
        struct policed_table *t = &policed->tables[i];

        t->policy = policies_of(policed->policies, &catalog->tables[i]);
        t->target = policed->target.source ? find_target(policed, &catalog->tables[i]) : -1;
        status = table_decide(policed, i, err);
    }
    return status;
}

static pd_status
patterns_check(const struct policed *policed, struct pd_error *err)
{
    for (size_t i = 0; i < policed->policies->n; i++) {
        const struct policy *policy = &policed->policies->list[i];

        if (policy_fits_any(policy, policed->inner->catalog))
            continue;
        if (policy->must_fit)
            return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                              "%s '%s=%s': no table fits; `polydump info` lists them",
                              policy->origin, policy->pattern, policy_name(policy->kind));
        log_warning("policy %s (%s): no table fits '%s'", policy_name(policy->kind), policy->origin,
                    policy->pattern);
    }
    return PD_OK;
}

/* ---- Foreign keys ---- */

long
policed_counterpart(const struct policed *policed, uint32_t target)
{
    for (size_t i = 0; i < policed->inner->catalog->n_tables; i++)
        if (policed->tables[i].target == (long)target)
            return (long)i;
    return -1;
}

static pd_status
naturals_make(struct policed *policed, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (uint32_t i = 0; i < policed->inner->catalog->n_tables && status == PD_OK; i++) {
        struct policed_table *t = &policed->tables[i];

        if (policed->target.is_archive || policed_kind(policed, i) != PD_POLICY_RECREATE)
            continue;
        if (!policed->naturals)
            status = naturals_new(policed->inner, policed->target.source, &policed->naturals, err);
        if (status == PD_OK)
            status = naturals_add(policed->naturals, i, (uint32_t)t->target, t->policy, err);
    }
    return status;
}

static bool
is_recoded(const struct policed_table *t, uint32_t column)
{
    for (size_t i = 0; i < t->n_recoded; i++)
        if (t->recoded[i] == column)
            return true;
    return false;
}

static pd_status
columns_take(struct policed *policed, uint32_t number, const struct pd_foreign *foreign,
             uint32_t *slots, bool becomes_null, struct pd_error *err)
{
    struct policed_table *t = &policed->tables[number];
    const struct pd_table *table = &policed->inner->catalog->tables[number];

    for (size_t i = 0; i < foreign->n_columns; i++) {
        const struct pd_column *column = &table->columns[foreign->columns[i]];

        if (is_recoded(t, foreign->columns[i]))
            return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                              "table '%s': column '%s' is in two foreign keys to tables that have "
                              "policies, which is not followed; leave one of the policies out",
                              schema_table_name(table), column->name);
        if (becomes_null && column->flags & PD_COLUMN_NOT_NULL)
            return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                              "table '%s': column '%s' cannot become NULL, as policy skip of '%s' "
                              "says of references to it",
                              schema_table_name(table), column->name, foreign->to_table);
        slots[i] = (uint32_t)t->n_recoded;
        t->recoded[t->n_recoded++] = foreign->columns[i];
    }
    return PD_OK;
}

static pd_status
reference_add(struct policed *policed, uint32_t number, const struct pd_foreign *foreign,
              uint32_t to, const struct ident *ident, struct pd_error *err)
{
    struct policed_table *t = &policed->tables[number];
    struct reference *reference = &t->references[t->n_references];
    uint32_t *slots = arena_array(policed->arena, uint32_t, foreign->n_columns + 1);

    if (!slots)
        return error_memory(err);
    *reference = (struct reference){.foreign = foreign, .slots = slots, .ident = ident, .to = to};
    t->n_references++;
    return columns_take(policed, number, foreign, slots, !ident, err);
}

static pd_status
foreign_follow(struct policed *policed, uint32_t number, const struct pd_foreign *foreign,
               struct pd_error *err)
{
    const struct pd_catalog *catalog = policed->inner->catalog;
    const struct pd_table *table = &catalog->tables[number];
    long to = natural_referred(catalog, table, foreign);
    const struct policy *policy = to >= 0 ? policed->tables[to].policy : NULL;
    struct ident *ident = NULL;
    pd_status status;

    if (!policy || (uint32_t)to == number)
        return PD_OK;
    if (policy->kind == PD_POLICY_SKIP && policy->references_null)
        return reference_add(policed, number, foreign, (uint32_t)to, NULL, err);
    if (!policed->naturals)
        return PD_OK;
    status = naturals_ident(policed->naturals, table, foreign, &ident, err);
    return status == PD_OK && ident
               ? reference_add(policed, number, foreign, (uint32_t)to, ident, err)
               : status;
}

static bool
is_followed(const struct policed_table *t, const uint32_t *columns, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!is_recoded(t, columns[i]))
            return false;
    return true;
}

/* A foreign key of the target as one of the source's table. PD_DONE: it is none of them. */
static pd_status
foreign_translate(const struct policed *policed, uint32_t number, const struct pd_foreign *there,
                  struct pd_foreign *ret_foreign, struct pd_error *err)
{
    const struct pd_catalog *here = policed->inner->catalog,
                            *other = policed->target.source->catalog;
    const struct pd_table *from = &other->tables[policed->tables[number].target];
    long target = natural_referred(other, from, there);
    long to = target >= 0 ? policed_counterpart(policed, (uint32_t)target) : -1;
    uint32_t *columns = arena_array(policed->arena, uint32_t, there->n_columns + 1);

    if (!columns)
        return error_memory(err);
    if (to < 0 || policed_kind(policed, (uint32_t)to) != PD_POLICY_RECREATE)
        return PD_DONE;
    for (size_t i = 0; i < there->n_columns; i++) {
        long at = natural_column(&here->tables[number], from->columns[there->columns[i]].name);

        if (at < 0)
            return PD_DONE;
        columns[i] = (uint32_t)at;
    }
    *ret_foreign = *there;
    ret_foreign->columns = columns;
    ret_foreign->to_schema = here->tables[to].schema ? here->tables[to].schema : "";
    ret_foreign->to_table = here->tables[to].name;
    return PD_OK;
}

/* The source may not declare what the target does: keys are other ones there all the same. */
static pd_status
target_follow(struct policed *policed, uint32_t number, struct pd_error *err)
{
    struct policed_table *t = &policed->tables[number];
    const struct pd_table *there =
        t->target >= 0 ? &policed->target.source->catalog->tables[t->target] : NULL;
    pd_status status = PD_OK;

    for (size_t i = 0; there && i < there->n_foreigns && status == PD_OK; i++) {
        struct pd_foreign *foreign = arena_alloc(policed->arena, sizeof *foreign);

        if (!foreign)
            return error_memory(err);
        status = foreign_translate(policed, number, &there->foreigns[i], foreign, err);
        if (status == PD_OK && !is_followed(t, foreign->columns, foreign->n_columns))
            status = foreign_follow(policed, number, foreign, err);
        if (status == PD_DONE)
            status = PD_OK;
    }
    return status;
}

/* The columns that get other values, as a table of their own. */
static pd_status
recoded_describe(struct policed *policed, uint32_t number, struct pd_error *err)
{
    struct policed_table *t = &policed->tables[number];
    const struct pd_table *table = &policed->inner->catalog->tables[number];
    struct pd_column *columns = arena_array(policed->arena, struct pd_column, t->n_recoded + 1);

    if (!columns)
        return error_memory(err);
    for (size_t i = 0; i < t->n_recoded; i++)
        columns[i] = table->columns[t->recoded[i]];
    t->recoded_table = *table;
    t->recoded_table.columns = columns;
    t->recoded_table.n_columns = t->n_recoded;
    return PD_OK;
}

static pd_status
table_follow(struct policed *policed, uint32_t number, struct pd_error *err)
{
    struct policed_table *t = &policed->tables[number];
    const struct pd_table *table = &policed->inner->catalog->tables[number];
    size_t n = table->n_foreigns;
    pd_status status = PD_OK;

    if (t->target >= 0)
        n += policed->target.source->catalog->tables[t->target].n_foreigns;
    t->references = arena_array(policed->arena, struct reference, n + 1);
    /* No column is in there twice. */
    t->recoded = arena_array(policed->arena, uint32_t, table->n_columns + 1);
    if (!t->references || !t->recoded)
        return error_memory(err);
    for (size_t i = 0; i < table->n_foreigns && status == PD_OK; i++)
        status = foreign_follow(policed, number, &table->foreigns[i], err);
    if (status == PD_OK)
        status = target_follow(policed, number, err);
    return status == PD_OK ? recoded_describe(policed, number, err) : status;
}

static pd_status
tables_follow(struct policed *policed, struct pd_error *err)
{
    pd_status status = naturals_make(policed, err);

    for (uint32_t i = 0; i < policed->inner->catalog->n_tables && status == PD_OK; i++)
        if (policed_has_rows(policed, i))
            status = table_follow(policed, i, err);
    if (status == PD_OK && policed->naturals)
        status = naturals_read(policed->naturals, err);
    return status;
}

/* ---- All of it ---- */

pd_status
policed_open(struct opened_source *inner, const struct policies *policies,
             const struct policed_target *target, const struct run_options *options,
             struct policed **ret_policed, struct pd_error *err)
{
    CLEANUP(policed) struct policed *policed = NULL;
    pd_status status;

    *ret_policed = NULL;
    if (policies->n == 0 || options->schema_only)
        return PD_OK;
    policed = calloc(1, sizeof *policed);
    if (!policed)
        return error_memory(err);
    policed->inner = inner;
    policed->policies = policies;
    policed->target = *target;
    policed->options = options;
    policed->arena = arena_new();
    if (!policed->arena)
        return error_memory(err);
    status = patterns_check(policed, err);
    if (status == PD_OK)
        status = tables_decide(policed, err);
    if (status == PD_OK)
        status = tables_follow(policed, err);
    if (status == PD_OK)
        status = policed_check(policed, err);
    if (status == PD_OK)
        status = policed_begin(policed, err);
    if (status == PD_OK)
        *ret_policed = take(policed);
    return status;
}
