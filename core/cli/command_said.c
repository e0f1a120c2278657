// SPDX-License-Identifier: Apache-2.0
/* command_said - what command line and config file say of the target's own tables. Of each option
   the command line goes before the file. */
#include "cli/command_said.h"

#include <stdlib.h>
#include <string.h>

#include <polydump/options.h>

#include "cli/config_file.h"
#include "plugin/host.h"

pd_status
command_list(const struct pd_options *options, const char *name, const char *const **ret_list,
             struct pd_error *err)
{
    size_t n = 0;
    const char **list;

    *ret_list = NULL;
    while (options_get_nth(options, name, n))
        n++;
    if (n == 0)
        return PD_OK;
    list = calloc(n + 1, sizeof *list);
    if (!list)
        return error_memory(err);
    for (size_t i = 0; i < n; i++)
        list[i] = options_get_nth(options, name, i);
    *ret_list = list;
    return PD_OK;
}

/* ---- Columns ---- */

static const struct said_option {
    const char *name;
    size_t to;   /* struct run_said in struct run_options */
    size_t from; /* list in struct config */
} said_options[] = {
    {"epoch", offsetof(struct run_options, epochs), offsetof(struct config, epochs)},
    {"assume-zone", offsetof(struct run_options, zones), offsetof(struct config, zones)},
    {"bool-text", offsetof(struct run_options, bool_texts), offsetof(struct config, bool_texts)},
    {"uuid-bytes", offsetof(struct run_options, uuid_bytes), offsetof(struct config, uuid_bytes)},
    {"drop-column", offsetof(struct run_options, drop_columns),
     offsetof(struct config, drop_columns)},
#define VALUE_RULE_SAID_(id, option, about, first, others, help)                                   \
    {option, offsetof(struct run_options, values[VALUE_RULE_##id]),                                \
     offsetof(struct config, values[VALUE_RULE_##id])},
    VALUE_RULE_TABLE(VALUE_RULE_SAID_)
#undef VALUE_RULE_SAID_
};

static struct run_said *
said_of(struct invocation *invocation, size_t i)
{
    return (struct run_said *)(void *)((char *)&invocation->run + said_options[i].to);
}

static pd_status
said_fill(struct invocation *invocation, size_t i, struct pd_error *err)
{
    struct run_said *said = said_of(invocation, i);
    const char *const *from = NULL;
    pd_status status = command_list(invocation->options, said_options[i].name, &said->list, err);

    if (status != PD_OK || said->list || !invocation->config)
        return status;
    memcpy(&from, (const char *)invocation->config + said_options[i].from, sizeof from);
    said->list = from;
    said->stands = from != NULL;
    return PD_OK;
}

/* ---- The target ---- */

/* What the config file says of a target that takes it; others have no such option. */
static pd_status
target_set(struct invocation *invocation, const char *name, const char *value, struct pd_error *err)
{
    struct end *end = invocation->ends[invocation->command->n_ends - 1];
    pd_status status;

    if (!value || options_given(end->options, name))
        return PD_OK;
    status = options_set(end->options, name, value, err);
    if (status == PD_UNSUPPORTED)
        return PD_OK;
    return error_prefix(err, status, "'%s'", invocation->config->path);
}

static pd_status
target_fill(struct invocation *invocation, struct pd_error *err)
{
    const struct config *config = invocation->config;
    const struct end *end = invocation->ends[invocation->command->n_ends - 1];
    pd_status status = target_set(invocation, "triggers", config->triggers, err);

    /* Only rows that are added to others can meet any. */
    if (status == PD_OK && pd_option_into(host_get(), end->options) == PD_INTO_APPEND)
        status = target_set(invocation, "on-conflict", config->on_conflict, err);
    return status;
}

pd_status
command_said(struct invocation *invocation, struct pd_error *err)
{
    bool writes = invocation->command->bit & (FOR_RESTORE | FOR_COPY | FOR_PLAN);
    pd_status status = PD_OK;

    if (!writes)
        return PD_OK;
    for (size_t i = 0; i < COUNT_OF(said_options) && status == PD_OK; i++)
        status = said_fill(invocation, i, err);
    return status == PD_OK && invocation->config ? target_fill(invocation, err) : status;
}

/* Lists of the file are the file's. */
void
command_said_free(struct invocation *invocation)
{
    for (size_t i = 0; i < COUNT_OF(said_options); i++) {
        struct run_said *said = said_of(invocation, i);

        if (!said->stands)
            free((void *)(uintptr_t)said->list);
    }
}
