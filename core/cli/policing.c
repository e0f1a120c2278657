// SPDX-License-Identifier: Apache-2.0
/* policing - what --policy, the configuration and migrations say of tables, applied to a source. */
#include "cli/policing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <polydump/options.h>

#include "archive/archive.h"
#include "base/log.h"
#include "cli/config_file.h"
#include "cli/print.h"
#include "plugin/host.h"

enum { TOLD = 20 /* tables, before a run */ };

void
policing_close(struct policing *policing)
{
    if (!policing)
        return;
    policed_close(policing->policed);
    source_close(policing->target);
    unpacked_close(policing->unpacked);
    arena_free(policing->arena);
    free(policing);
}

/* What goes before others stands before them. */
static pd_status
policies_collect(struct policing *policing, const struct invocation *invocation,
                 struct pd_error *err)
{
    struct policies *policies = &policing->policies;
    const struct config *config = invocation->config;
    const char *text;
    pd_status status = PD_OK;

    policies->arena = policing->arena;
    for (size_t i = 0;
         status == PD_OK && (text = options_get_nth(invocation->options, "policy", i)); i++)
        status = policies_parse(policies, text, "--policy", err);
    for (size_t i = 0; config && i < config->tables.n && status == PD_OK; i++)
        status = policies_add(policies, &config->tables.list[i], err);
    if (invocation->steps && status == PD_OK)
        status = steps_policies(invocation->steps, policies, err);
    return status;
}

static bool
has_kind(const struct policies *policies, enum pd_policy_kind kind)
{
    for (size_t i = 0; i < policies->n; i++)
        if (policies->list[i].kind == kind)
            return true;
    return false;
}

/* A database that is a file and not there yet, or has nothing in it. */
static bool
is_new(const struct end *end)
{
    struct stat st;

    if (end->loaded->plugin.scratch || !end->endpoint.location)
        return false;
    if (stat(end->endpoint.location, &st) != 0)
        return errno == ENOENT;
    return S_ISREG(st.st_mode) && st.st_size == 0;
}

static pd_status
target_look(struct policing *policing, const struct end *end, const struct run_options *options,
            struct policed_target *target, struct pd_error *err)
{
    enum pd_into into = pd_option_into(host_get(), end->endpoint.options);
    pd_status status = PD_OK;

    target->is_rebuilt = into == PD_INTO_REPLACE && !options->data_only;
    target->is_truncated =
        into == PD_INTO_TRUNCATE || (into == PD_INTO_REPLACE && options->data_only);
    if (target->is_rebuilt || options->schema_only || is_new(end))
        return PD_OK;
    status = source_open(end, &policing->target, err);
    target->source = policing->target;
    return error_prefix(err, status, "policies of tables: reading the target");
}

/* What is locked or held for the reader would be in the way of the writer. */
static void
target_leave(struct policing *policing)
{
    struct opened_source *target = policing->target;

    if (!target)
        return;
    target->ops->close(target->handle);
    target->handle = NULL;
}

static void
policies_tell(const struct policing *policing)
{
    CLEANUP_BUFFER struct buffer out = {0};
    size_t n = 0;
    char *at;

    policed_put(policing->policed, &out);
    if (!buffer_string(&out))
        return;
    at = (char *)out.data;
    for (char *end; (end = strchr(at, '\n')); at = end + 1) {
        *end = '\0';
        if (n++ < TOLD)
            log_info("%s", print_safe(at));
    }
    if (n > TOLD)
        log_info("and %zu more tables with policies; `polydump plan` lists them", n - TOLD);
}

static pd_status
source_police(struct policing *policing, struct invocation *invocation,
              struct opened_source *source, struct run_options *options, struct pd_error *err)
{
    const struct end *end = invocation->ends[1];
    const struct policies *policies = &policing->policies;
    struct policed_target target = {.name = url_redacted(end->endpoint.url)};
    pd_status status = PD_OK;

    target.is_archive = strcmp(end->loaded->plugin.name, archive_plugin.name) == 0;
    if (!target.is_archive)
        status = target_look(policing, end, options, &target, err);
    if (status == PD_OK &&
        (has_kind(policies, PD_POLICY_SKIP) || has_kind(policies, PD_POLICY_RECREATE)))
        status = unpack(source, options, &policing->unpacked, err);
    if (policing->unpacked)
        source = policing->unpacked->source;
    if (status == PD_OK)
        status = policed_open(source, policies, &target, options, &policing->policed, err);
    target_leave(policing);
    policing->source = policing->policed ? policed_source(policing->policed) : source;
    if (status == PD_OK && policing->policed)
        options->ways = policed_ways(policing->policed);
    return status;
}

pd_status
policing_open(struct invocation *invocation, struct opened_source *source,
              struct run_options *options, struct policing **ret_policing, struct pd_error *err)
{
    CLEANUP(policing) struct policing *policing = calloc(1, sizeof *policing);
    pd_status status;

    *ret_policing = NULL;
    if (!policing || !(policing->arena = arena_new()))
        return error_memory(err);
    status = policies_collect(policing, invocation, err);
    if (status != PD_OK || policing->policies.n == 0)
        return status;
    status = source_police(policing, invocation, source, options, err);
    if (status != PD_OK)
        return status;
    if (policing->policed && invocation->command->bit != FOR_PLAN)
        policies_tell(policing);
    *ret_policing = take(policing);
    return PD_OK;
}
