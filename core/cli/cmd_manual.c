// SPDX-License-Identifier: Apache-2.0
/* cmd_manual - polydump manual: the reference of all commands and options, as doc/commands.md, as a
   man page, or as what completes them in a shell. */
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/command_said.h"
#include "cli/manual.h"

static void
ignore_refused(void *arg, const char *path, const struct pd_error *err)
{
}

static int
plugin_compare(const void *a, const void *b)
{
    const struct pd_plugin *const *left = a;
    const struct pd_plugin *const *right = b;

    return strcmp((*left)->name, (*right)->name);
}

static void
plugin_add(struct manual *manual, const struct pd_plugin *plugin)
{
    for (size_t i = 0; i < manual->n_plugins; i++)
        if (manual->plugins[i] == plugin)
            return;
    if (manual->n_plugins < MANUAL_PLUGINS)
        manual->plugins[manual->n_plugins++] = plugin;
}

/* All that there are; or those that were named, of which none may be missing. */
static pd_status
plugins_take(const struct pd_options *options, struct manual *manual, struct pd_error *err)
{
    CLEANUP_FREE const char *const *names = NULL;
    const struct loaded *loaded;
    pd_status status = command_list(options, "plugin", &names, err);

    for (size_t i = 0; names && names[i] && status == PD_OK; i++) {
        status = error_prefix(err, loader_get(names[i], &loaded, err), "--plugin");
        if (status == PD_OK)
            plugin_add(manual, &loaded->plugin);
    }
    if (!names && status == PD_OK) {
        loader_load_all(ignore_refused, NULL);
        for (size_t i = 0; (loaded = loader_nth(i)); i++)
            plugin_add(manual, &loaded->plugin);
    }
    /* Not in the order in which folders list their files. */
    qsort(manual->plugins, manual->n_plugins, sizeof(struct pd_plugin *), plugin_compare);
    return status;
}

static int
manual_run(struct invocation *invocation, struct pd_error *err)
{
    static const struct {
        const char *name;
        void (*print)(const struct manual *manual);
    } forms[] = {
        {"markdown", manual_markdown}, {"man", manual_man},   {"bash", manual_bash},
        {"zsh", manual_zsh},           {"fish", manual_fish},
    };
    const char *wanted = options_get(invocation->options, "as");
    struct manual manual = {0};
    pd_status status = plugins_take(invocation->options, &manual, err);

    if (status != PD_OK)
        return status;
    for (size_t i = 0; i < COUNT_OF(forms); i++)
        if (strcmp(forms[i].name, wanted) == 0)
            forms[i].print(&manual);
    return 0;
}

const struct command manual_command = {
    .name = "manual",
    .usage = "",
    .about = "print the reference: text, man page or completion of a shell",
    .more = "A build installs all of these but the first, with the plugins that were built.\n"
            "With a plugin of your own, put what this prints in their place.",
    .bit = FOR_MANUAL,
    .run = manual_run,
};
