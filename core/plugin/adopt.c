// SPDX-License-Identifier: Apache-2.0
/* adopt - see adopt.h. */
#include "plugin/adopt.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "plugin/options.h"

/* The least that a plugin of ABI 1 has: everything up to the last member that it must set. What
   comes after may be missing. These numbers never change. */
enum {
    LEAST_PLUGIN = ADOPT_END(struct pd_plugin, sink),
    LEAST_SOURCE = ADOPT_END(struct pd_source_ops, close),
    LEAST_SINK = ADOPT_END(struct pd_sink_ops, close),
    LEAST_STEPS = ADOPT_END(struct pd_steps_ops, close),
    LEAST_SCRATCH = ADOPT_END(struct pd_scratch_ops, drop)
};

struct member {
    size_t offset;
    const char *name;
};
#define MEMBER(type, member)                                                                       \
    {                                                                                              \
        offsetof(struct type, member), #member                                                     \
    }

static const struct member source_members[] = {
    MEMBER(pd_source_ops, open), MEMBER(pd_source_ops, catalog), MEMBER(pd_source_ops, start),
    MEMBER(pd_source_ops, read), MEMBER(pd_source_ops, close),
};
static const struct member sink_members[] = {
    MEMBER(pd_sink_ops, open),   MEMBER(pd_sink_ops, prepare), MEMBER(pd_sink_ops, start),
    MEMBER(pd_sink_ops, write),  MEMBER(pd_sink_ops, end),     MEMBER(pd_sink_ops, complete),
    MEMBER(pd_sink_ops, finish), MEMBER(pd_sink_ops, close),
};
static const struct member scratch_members[] = {MEMBER(pd_scratch_ops, create),
                                                MEMBER(pd_scratch_ops, drop)};
static const struct member steps_members[] = {MEMBER(pd_steps_ops, open),
                                              MEMBER(pd_steps_ops, close)};
static const struct member plugin_members[] = {MEMBER(pd_plugin, name), MEMBER(pd_plugin, version),
                                               MEMBER(pd_plugin, about)};

pd_status
adopt_refuse(struct pd_error *err, const char *fmt, ...)
{
    char text[ERROR_TEXT_SIZE];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return error_fail(err, PD_FAILED, PD_CAUSE_VERSION, "%s", text);
}

/* Pointers of any type, asked only whether they are set. */
static pd_status
check_members(const void *ops, const char *where, const struct member *members, size_t n,
              struct pd_error *err)
{
    static const unsigned char unset[sizeof(void *)];

    for (size_t i = 0; i < n; i++) {
        if (memcmp((const char *)ops + members[i].offset, unset, sizeof unset) == 0)
            return adopt_refuse(err, "member '%s%s' is not set", where, members[i].name);
    }
    return PD_OK;
}

pd_status
adopt_struct(void *ours, size_t our_size, const void *theirs, size_t least, const char *where,
             struct pd_error *err)
{
    uint32_t size;

    memcpy(&size, theirs, sizeof size);
    if (size < least)
        return adopt_refuse(err, "member '%sstruct_size' is %u, less than the %zu bytes of ABI 1",
                            where, size, least);
    memcpy(ours, theirs, size < our_size ? size : our_size);
    size = (uint32_t)our_size;
    memcpy(ours, &size, sizeof size);
    return PD_OK;
}

static bool
is_made_of(const char *text, size_t size, const char *letters)
{
    return size > 0 && strspn(text, letters) >= size;
}

static pd_status
check_schemes(const char *schemes, struct pd_error *err)
{
    const char *at = schemes;

    while (at) {
        size_t n = strcspn(at, " ");

        if (!is_made_of(at, n, "abcdefghijklmnopqrstuvwxyz0123456789+.-"))
            return adopt_refuse(
                err,
                "member 'schemes' is '%s': it must be names of a-z, 0-9, +, . and -, "
                "with one space between them",
                schemes);
        at = at[n] ? at + n + 1 : NULL;
    }
    return PD_OK;
}

static pd_status
check_option(const struct pd_plugin *plugin, size_t i, struct pd_error *err)
{
    const struct pd_option *option =
        PD_AT(struct pd_option, plugin->options, plugin->option_size, i);
    const char *name = option->name;

    if (!name)
        return adopt_refuse(err, "member 'options[%zu].name' is not set", i);
    if (strcmp(name, "*") != 0 &&
        !is_made_of(name, strlen(name), "abcdefghijklmnopqrstuvwxyz0123456789-"))
        return adopt_refuse(err, "option '%s' has letters other than a-z, 0-9 and -", name);
    if (!option->help)
        return adopt_refuse(err, "option '%s' has no help", name);
    if (option->type > PD_OPTION_CHOICE)
        return adopt_refuse(err, "option '%s' is of unknown type %u", name, option->type);
    if (option->type == PD_OPTION_CHOICE && !option->choices)
        return adopt_refuse(err, "option '%s' has no choices", name);
    if (option->type == PD_OPTION_SECRET && option->fallback)
        return adopt_refuse(err, "option '%s' is a secret and must not have a fallback", name);
    for (size_t k = 0; k < i; k++) {
        if (strcmp(PD_AT(struct pd_option, plugin->options, plugin->option_size, k)->name, name) ==
            0)
            return adopt_refuse(err, "option '%s' is there twice", name);
    }
    return PD_OK;
}

static pd_status
check_options(const struct pd_plugin *plugin, struct pd_error *err)
{
    CLEANUP(pd_options) struct pd_options *options = NULL;
    pd_status status = PD_OK;

    if (plugin->n_options == 0)
        return PD_OK;
    if (!plugin->options)
        return adopt_refuse(err, "member 'options' is not set, but 'n_options' is %zu",
                            plugin->n_options);
    if (plugin->option_size < ADOPT_END(struct pd_option, flags))
        return adopt_refuse(err, "member 'option_size' is %zu, less than the %zu bytes of ABI 1",
                            plugin->option_size, ADOPT_END(struct pd_option, flags));
    for (size_t i = 0; i < plugin->n_options && status == PD_OK; i++)
        status = check_option(plugin, i, err);
    if (status < 0)
        return status;
    /* This checks the fallbacks. */
    return options_new(plugin->options, plugin->n_options, plugin->option_size, &options, err);
}

static pd_status
adopt_source(const struct pd_source_ops *theirs, struct loaded *loaded, struct pd_error *err)
{
    pd_status status =
        adopt_struct(&loaded->source, sizeof loaded->source, theirs, LEAST_SOURCE, "source.", err);

    if (status < 0)
        return status;
    loaded->plugin.source = &loaded->source;
    return check_members(&loaded->source, "source.", source_members, COUNT_OF(source_members), err);
}

static pd_status
adopt_sink(const struct pd_sink_ops *theirs, struct loaded *loaded, struct pd_error *err)
{
    pd_status status =
        adopt_struct(&loaded->sink, sizeof loaded->sink, theirs, LEAST_SINK, "sink.", err);

    if (status < 0)
        return status;
    loaded->plugin.sink = &loaded->sink;
    return check_members(&loaded->sink, "sink.", sink_members, COUNT_OF(sink_members), err);
}

static pd_status
adopt_scratch(const struct pd_scratch_ops *theirs, struct loaded *loaded, struct pd_error *err)
{
    pd_status status = adopt_struct(&loaded->scratch, sizeof loaded->scratch, theirs, LEAST_SCRATCH,
                                    "scratch.", err);

    if (status < 0)
        return status;
    loaded->plugin.scratch = &loaded->scratch;
    return check_members(&loaded->scratch, "scratch.", scratch_members, COUNT_OF(scratch_members),
                         err);
}

static pd_status
adopt_steps(const struct pd_steps_ops *theirs, struct loaded *loaded, struct pd_error *err)
{
    pd_status status =
        adopt_struct(&loaded->steps, sizeof loaded->steps, theirs, LEAST_STEPS, "steps.", err);

    if (status < 0)
        return status;
    loaded->plugin.steps = &loaded->steps;
    return check_members(&loaded->steps, "steps.", steps_members, COUNT_OF(steps_members), err);
}

static pd_status
check_plugin(const struct pd_plugin *plugin, const char *name, struct pd_error *err)
{
    pd_status status = check_members(plugin, "", plugin_members, COUNT_OF(plugin_members), err);

    if (status < 0)
        return status;
    if (strcmp(plugin->name, name) != 0)
        return adopt_refuse(err, "member 'name' is '%s', which is not the name of the file",
                            plugin->name);
    if (plugin->abi == 0)
        return adopt_refuse(err, "member 'abi' is not set");
    if (plugin->abi > PD_ABI)
        return adopt_refuse(err, "member 'abi' is %u, and no more than %d was asked for",
                            plugin->abi, PD_ABI);
    if (!plugin->source && !plugin->sink && !plugin->migrations && !plugin->steps)
        return adopt_refuse(
            err, "none of the members 'source', 'sink', 'migrations' and 'steps' is set");
    status = check_schemes(plugin->schemes, err);
    if (status < 0)
        return status;
    return check_options(plugin, err);
}

pd_status
adopt_plugin(const struct pd_plugin *theirs, const char *name, struct loaded *loaded,
             struct pd_error *err)
{
    pd_status status =
        adopt_struct(&loaded->plugin, sizeof loaded->plugin, theirs, LEAST_PLUGIN, "", err);

    if (status == PD_OK)
        status = check_plugin(&loaded->plugin, name, err);
    if (status == PD_OK && loaded->plugin.source)
        status = adopt_source(loaded->plugin.source, loaded, err);
    if (status == PD_OK && loaded->plugin.sink)
        status = adopt_sink(loaded->plugin.sink, loaded, err);
    if (status == PD_OK && loaded->plugin.scratch)
        status = adopt_scratch(loaded->plugin.scratch, loaded, err);
    if (status == PD_OK && loaded->plugin.steps)
        status = adopt_steps(loaded->plugin.steps, loaded, err);
    loaded->abi = loaded->plugin.abi;
    return status;
}
