// SPDX-License-Identifier: Apache-2.0
/* config_policies - "tables" of the config file: patterns of tables, and what becomes of them. */
#include <string.h>

#include "cli/config_inside.h"

static pd_status
key_take(struct config_reading *reading, struct policy *policy)
{
    enum { MOST = 32 };
    const char **key = arena_array(reading->config->arena, const char *, MOST + 1);
    size_t n = 0;
    pd_status status = PD_OK;

    if (!key)
        return error_memory(reading->err);
    policy->natural_key = key;
    if (reading->event.type != YAML_SEQUENCE_START_EVENT)
        return config_text_take(reading, "'natural-key'", &key[0]);
    while ((status = config_event_next(reading)) == PD_OK &&
           reading->event.type != YAML_SEQUENCE_END_EVENT) {
        if (n == MOST)
            return config_refuse(reading, "'natural-key' has more than %d columns", (int)MOST);
        status = config_text_take(reading, "'natural-key'", &key[n++]);
        if (status != PD_OK)
            return status;
    }
    return status;
}

static pd_status
kind_take(struct config_reading *reading, struct policy *policy)
{
    const char *name;
    pd_status status = config_text_take(reading, "a policy", &name);

    if (status != PD_OK)
        return status;
    status = policy_kind_of(name, &policy->kind, reading->err);
    return error_prefix(reading->err, status, "'%s' line %zu", reading->config->path,
                        reading->event.start_mark.line + 1);
}

static pd_status
references_take(struct config_reading *reading, struct policy *policy)
{
    const char *text;
    pd_status status = config_text_take(reading, "'references'", &text);

    if (status == PD_OK && strcmp(text, "null") != 0)
        return config_refuse(reading, "'references' is '%s'; only 'null' is known", text);
    policy->references_null = true;
    return status;
}

/* policy: recreate, natural-key: [app, name] */
static pd_status
policy_members_take(struct config_reading *reading, struct policy *policy)
{
    pd_status status = PD_OK;

    while ((status = config_event_next(reading)) == PD_OK &&
           reading->event.type != YAML_MAPPING_END_EVENT) {
        const char *name;

        status = config_text_take(reading, "a name", &name);
        if (status == PD_OK)
            status = config_event_next(reading);
        if (status != PD_OK)
            return status;
        if (strcmp(name, "policy") == 0)
            status = kind_take(reading, policy);
        else if (strcmp(name, "natural-key") == 0)
            status = key_take(reading, policy);
        else if (strcmp(name, "references") == 0)
            status = references_take(reading, policy);
        else
            status =
                config_refuse(reading,
                              "there is no '%s' of a table; there are 'policy', 'natural-key' and "
                              "'references'",
                              name);
        if (status != PD_OK)
            return status;
    }
    return status;
}

static bool
has_pattern(const struct policies *policies, const char *pattern)
{
    for (size_t i = 0; i < policies->n; i++)
        if (strcmp(policies->list[i].pattern, pattern) == 0)
            return true;
    return false;
}

static pd_status
policy_take(struct config_reading *reading, struct policies *policies)
{
    struct policy policy = {0};
    pd_status status = config_text_take(reading, "a pattern of tables", &policy.pattern);

    if (status == PD_OK && has_pattern(policies, policy.pattern))
        return config_refuse(reading, "'tables' has '%s' twice", policy.pattern);
    policy.origin = arena_printf(reading->config->arena, "'%s' line %zu", reading->config->path,
                                 reading->event.start_mark.line + 1);
    if (status == PD_OK && !policy.origin)
        return error_memory(reading->err);
    if (status == PD_OK)
        status = config_event_next(reading);
    if (status != PD_OK)
        return status;
    status = reading->event.type == YAML_MAPPING_START_EVENT ? policy_members_take(reading, &policy)
                                                             : kind_take(reading, &policy);
    return status == PD_OK ? policies_add(policies, &policy, reading->err) : status;
}

static pd_status
policies_map_take(struct config_reading *reading, struct policies *policies)
{
    pd_status status = PD_OK;

    if (reading->event.type != YAML_MAPPING_START_EVENT)
        return config_refuse(reading, "'tables' is not a mapping of patterns to policies, as in "
                                      "'session: skip'");
    while ((status = config_event_next(reading)) == PD_OK &&
           reading->event.type != YAML_MAPPING_END_EVENT) {
        status = policy_take(reading, policies);
        if (status != PD_OK)
            return status;
    }
    return status;
}

/* A mapping, or a list of them. */
pd_status
config_tables_take(struct config_reading *reading, struct policies *policies)
{
    pd_status status = PD_OK;

    policies->arena = reading->config->arena;
    if (reading->event.type != YAML_SEQUENCE_START_EVENT)
        return policies_map_take(reading, policies);
    while ((status = config_event_next(reading)) == PD_OK &&
           reading->event.type != YAML_SEQUENCE_END_EVENT) {
        status = policies_map_take(reading, policies);
        if (status != PD_OK)
            return status;
    }
    return status;
}
