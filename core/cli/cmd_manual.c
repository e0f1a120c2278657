// SPDX-License-Identifier: Apache-2.0
/* cmd_manual - polydump manual: doc/commands.md, made from the tables of commands and options. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/config_file.h"

enum { MANUAL_PLUGINS = 64 };

static void
option_row(const struct pd_option *option)
{
    printf("| `--%s`", option->name);
    if (option->choices)
        printf(" `%s`", option->choices);
    else if (option->argument)
        printf(" `%s`", option->argument);
    printf(" | %s | %s |\n", option->help, option->fallback ? option->fallback : "");
}

static void
table_head(void)
{
    printf("\n| option | meaning | default |\n|---|---|---|\n");
}

static void
command_section(const struct command *command)
{
    printf("\n## polydump %s %s\n\n%s.\n", command->name, command->usage, command->about);
    if (command->more)
        printf("%s\n", command->more);
    table_head();
    for (size_t i = 0; i < n_command_options; i++)
        if (command_options[i].commands & command->bit)
            option_row(&command_options[i].option);
}

static void
plugin_section(const struct pd_plugin *plugin)
{
    const char *what = plugin->source || plugin->sink ? "Ends" : "Migrations";

    printf("\n## %s of plugin %s\n\n%s.\n", what, plugin->name, plugin->about);
    if (!plugin->n_options)
        return;
    table_head();
    for (size_t i = 0; i < plugin->n_options; i++)
        option_row(PD_AT(struct pd_option, plugin->options, plugin->option_size, i));
}

static void
config_section(void)
{
    CLEANUP_BUFFER struct buffer out = {0};

    config_manual(&out);
    printf("\n## The config file\n\nA file in YAML: `polydump.yaml` in the current folder, when it "
           "belongs to the user or to root\nand not everybody can write to it, or what `--config` "
           "names. Paths are relative to its folder.\n"
           "\n| member | value | meaning |\n|---|---|---|\n%s",
           buffer_string(&out) ? buffer_string(&out) : "");
}

static void
causes_section(void)
{
    printf("\n## Exit status and causes of errors\n\n"
           "| exit status | meaning |\n|---|---|\n"
           "| 0 | all done |\n| 1 | failed; the target is as it was |\n| 2 | usage |\n"
           "| 3 | done, but rows were rejected or something was left out that was not asked for |\n"
           "| 4 | a verification found a difference |\n\n"
           "| cause | exit status | meaning |\n|---|---|---|\n");
    for (int cause = 1; cause < PD_CAUSE_COUNT_; cause++)
        printf("| %s | %d | %s |\n", error_cause_name(cause), error_exit_status(cause),
               error_cause_meaning(cause));
}

static void
ignore_refused(void *arg, const char *path, const struct pd_error *err)
{
}

static int
loaded_compare(const void *a, const void *b)
{
    const struct loaded *const *left = a;
    const struct loaded *const *right = b;

    return strcmp((*left)->plugin.name, (*right)->plugin.name);
}

/* By name, not in the order in which folders list their files. */
static void
plugin_sections(void)
{
    const struct loaded *all[MANUAL_PLUGINS];
    size_t n = 0;

    while (n < MANUAL_PLUGINS && (all[n] = loader_nth(n)))
        n++;
    qsort(all, n, sizeof all[0], loaded_compare);
    for (size_t i = 0; i < n; i++)
        plugin_section(&all[i]->plugin);
}

static int
manual_run(struct invocation *invocation, struct pd_error *err)
{
    loader_load_all(ignore_refused, NULL);
    printf("# Commands\n\nMade by `polydump manual`; do not edit.\n");
    for (size_t i = 0; commands[i]; i++)
        command_section(commands[i]);
    plugin_sections();
    config_section();
    causes_section();
    return 0;
}

const struct command manual_command = {
    .name = "manual",
    .usage = "",
    .about = "print the reference of all commands and options as Markdown",
    .bit = FOR_MANUAL,
    .run = manual_run,
};
