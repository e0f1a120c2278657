// SPDX-License-Identifier: Apache-2.0
// policed_open - what becomes of each table.
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

/* The run that has set the rows aside has replaced the others, and written its own. */
static pd_status
replace_left(struct policed *policed, uint32_t number, struct pd_error *err)
{
    const struct policy *policy = policed->tables[number].policy;
    const char *name = schema_table_name(&policed->inner->catalog->tables[number]);

    policed->ways[number] = RUN_WAY_ALONG;
    if (!policy->must_fit)
        return PD_OK;
    return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                      "%s '%s=replace': the source has rows that --rejects has set aside, and "
                      "replacing would delete the rows of table '%s' that were written then; leave "
                      "it away, and use --into=append",
                      policy->origin, policy->pattern, name);
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
        if (policed->options->is_left)
            return replace_left(policed, number, err);
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
        if (policed->options->is_left) /* of few tables rows were set aside */
            continue;
        log_warning("policy %s (%s): no table fits '%s'", policy_name(policy->kind), policy->origin,
                    policy->pattern);
    }
    return PD_OK;
}

long
policed_counterpart(const struct policed *policed, uint32_t target)
{
    for (size_t i = 0; i < policed->inner->catalog->n_tables; i++)
        if (policed->tables[i].target == (long)target)
            return (long)i;
    return -1;
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
        status = policed_follow(policed, err);
    if (status == PD_OK)
        status = policed_check(policed, err);
    if (status == PD_OK)
        status = policed_begin(policed, err);
    if (status == PD_OK)
        *ret_policed = take(policed);
    return status;
}
