// SPDX-License-Identifier: Apache-2.0
// policies - lists of policies, and which of them counts.
#include "migrate/policies.h"

#include <stdio.h>
#include <string.h>

#include "plugin/nearest.h"
#include "run/select.h"

static const char *const names[] = {
    [PD_POLICY_KEEP] = "keep",
    [PD_POLICY_SKIP] = "skip",
    [PD_POLICY_RECREATE] = "recreate",
    [PD_POLICY_REPLACE] = "replace",
};

const char *
policy_name(enum pd_policy_kind kind)
{
    return names[kind];
}

pd_status
policy_kind_of(const char *name, enum pd_policy_kind *ret_kind, struct pd_error *err)
{
    struct nearest nearest = nearest_to(name);

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        nearest_offer(&nearest, names[i]);
        if (strcmp(names[i], name) != 0)
            continue;
        *ret_kind = (enum pd_policy_kind)i;
        return PD_OK;
    }
    if (nearest_get(&nearest))
        return error_fail(err, PD_FAILED, PD_CAUSE_USAGE,
                          "there is no policy '%s'; did you mean '%s'?", name,
                          nearest_get(&nearest));
    return error_fail(err, PD_FAILED, PD_CAUSE_USAGE,
                      "there is no policy '%s'; there are keep, skip, recreate and replace", name);
}

/* ---- The list ---- */

static pd_status
policy_check(const struct policy *policy, struct pd_error *err)
{
    bool has_key = policy->natural_key && policy->natural_key[0];

    if (policy->kind == PD_POLICY_RECREATE && !has_key)
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                          "%s: policy recreate of '%s' needs a natural key: the columns by which "
                          "its rows are found again in the target",
                          policy->origin, policy->pattern);
    if (policy->kind != PD_POLICY_RECREATE && has_key)
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                          "%s: policy %s of '%s' has no natural key, only recreate has one",
                          policy->origin, names[policy->kind], policy->pattern);
    if (policy->kind != PD_POLICY_SKIP && policy->references_null)
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                          "%s: policy %s of '%s' says nothing about references, only skip does",
                          policy->origin, names[policy->kind], policy->pattern);
    for (size_t i = 0; has_key && policy->natural_key[i]; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(policy->natural_key[i], policy->natural_key[k]) == 0)
                return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                                  "%s: the natural key of '%s' names column '%s' twice",
                                  policy->origin, policy->pattern, policy->natural_key[i]);
    return PD_OK;
}

static pd_status
key_copy(struct arena *arena, const char *const *key, const char *const **ret_key,
         struct pd_error *err)
{
    size_t n = 0;
    const char **copy;

    while (key[n])
        n++;
    copy = arena_array(arena, const char *, n + 1);
    if (!copy)
        return error_memory(err);
    for (size_t i = 0; i < n; i++) {
        copy[i] = arena_strdup(arena, key[i]);
        if (!copy[i])
            return error_memory(err);
    }
    copy[n] = NULL;
    *ret_key = copy;
    return PD_OK;
}

static pd_status
list_grow(struct policies *policies, struct pd_error *err)
{
    size_t room = policies->room * 2 + 8;
    struct policy *grown;

    if (policies->n < policies->room)
        return PD_OK;
    grown = arena_array(policies->arena, struct policy, room);
    if (!grown)
        return error_memory(err);
    if (policies->n)
        memcpy(grown, policies->list, policies->n * sizeof *grown);
    policies->list = grown;
    policies->room = room;
    return PD_OK;
}

pd_status
policies_add(struct policies *policies, const struct policy *policy, struct pd_error *err)
{
    struct policy copy = *policy;
    pd_status status = policy_check(policy, err);

    if (status == PD_OK)
        status = list_grow(policies, err);
    if (status != PD_OK)
        return status;
    copy.pattern = arena_strdup(policies->arena, policy->pattern);
    copy.origin = arena_strdup(policies->arena, policy->origin);
    if (!copy.pattern || !copy.origin)
        return error_memory(err);
    if (policy->natural_key)
        status = key_copy(policies->arena, policy->natural_key, &copy.natural_key, err);
    if (status == PD_OK)
        policies->list[policies->n++] = copy;
    return status;
}

/* ---- Where they come from ---- */

/* "a,b": columns by commas. */
static pd_status
key_parse(struct arena *arena, char *text, const char *const **ret_key, struct pd_error *err)
{
    size_t n = 0;
    const char **key = arena_array(arena, const char *, strlen(text) + 2);

    if (!key)
        return error_memory(err);
    for (char *at = text; at; n++) {
        char *comma = strchr(at, ',');

        if (comma)
            *comma++ = '\0';
        key[n] = at;
        if (!*at)
            return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                              "expected names of columns with commas between them");
        at = comma;
    }
    key[n] = NULL;
    *ret_key = key;
    return PD_OK;
}

pd_status
policies_parse(struct policies *policies, const char *text, const char *origin,
               struct pd_error *err)
{
    char *copy = arena_strdup(policies->arena, text);
    char *equals = copy ? strrchr(copy, '=') : NULL;
    char *colon = equals ? strchr(equals, ':') : NULL;
    struct policy policy = {.pattern = copy, .origin = origin, .must_fit = true};
    pd_status status;

    if (!copy)
        return error_memory(err);
    if (!equals || equals == copy)
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                          "%s '%s': expected PATTERN=POLICY, as in 'session=skip' or "
                          "'type=recreate:app,name'",
                          origin, text);
    *equals = '\0';
    if (colon)
        *colon++ = '\0';
    status = policy_kind_of(equals + 1, &policy.kind, err);
    if (status == PD_OK && colon)
        status = key_parse(policies->arena, colon, &policy.natural_key, err);
    if (status != PD_OK)
        return error_prefix(err, PD_FATAL, "%s '%s'", origin, text);
    return policies_add(policies, &policy, err);
}

/* As many bytes as both sides know. */
static pd_status
adopt_one(struct policies *policies, const struct pd_policy *theirs, const char *origin,
          struct pd_error *err)
{
    enum { LEAST = offsetof(struct pd_policy, natural_key) + sizeof theirs->natural_key };
    struct pd_policy ours = {0};
    struct policy policy = {.origin = origin};

    if (theirs->struct_size < LEAST)
        return error_fail(err, PD_FATAL, PD_CAUSE_VERSION,
                          "%s: a policy's 'struct_size' is %u, less than the %d bytes of ABI 1",
                          origin, theirs->struct_size, (int)LEAST);
    memcpy(&ours, theirs, theirs->struct_size < sizeof ours ? theirs->struct_size : sizeof ours);
    if (!ours.tables || !*ours.tables || ours.kind >= COUNT_OF(names))
        return error_fail(err, PD_FATAL, PD_CAUSE_VERSION,
                          "%s: a policy has no pattern, or is of the unknown kind %u", origin,
                          ours.kind);
    policy.pattern = ours.tables;
    policy.kind = (enum pd_policy_kind)ours.kind;
    policy.references_null = ours.flags & PD_POLICY_REFERENCES_NULL;
    policy.natural_key = ours.natural_key;
    return policies_add(policies, &policy, err);
}

pd_status
policies_adopt(struct policies *policies, const struct pd_policy *const *theirs, const char *origin,
               struct pd_error *err)
{
    pd_status status = PD_OK;

    for (; theirs && *theirs && status == PD_OK; theirs++)
        status = adopt_one(policies, *theirs, origin, err);
    return status;
}

/* ---- Which counts ---- */

const struct policy *
policies_of(const struct policies *policies, const struct pd_table *table)
{
    for (size_t i = 0; i < policies->n; i++)
        if (select_pattern_fits(policies->list[i].pattern, table))
            return &policies->list[i];
    return NULL;
}

const struct policy *
policies_passed_over(const struct policies *policies, const struct policy *counts,
                     const struct pd_table *table)
{
    const struct policy *end = policies->list + policies->n;

    for (const struct policy *policy = counts + 1; policy < end; policy++)
        if (policy->kind != counts->kind && select_pattern_fits(policy->pattern, table))
            return policy;
    return NULL;
}

bool
policy_fits_any(const struct policy *policy, const struct pd_catalog *catalog)
{
    for (size_t i = 0; i < catalog->n_tables; i++)
        if (select_pattern_fits(policy->pattern, &catalog->tables[i]))
            return true;
    return false;
}
