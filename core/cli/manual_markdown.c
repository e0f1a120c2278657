// SPDX-License-Identifier: Apache-2.0
/* manual_markdown - the reference as Markdown: doc/commands.md. */
#include <stdio.h>

#include "cli/config_file.h"
#include "cli/manual.h"

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
    printf("\n## %s of plugin %s\n\n%s.\n", manual_ends_of(plugin), plugin->name, plugin->about);
    if (!plugin->n_options)
        return;
    table_head();
    for (size_t i = 0; i < plugin->n_options; i++)
        option_row(PD_AT(struct pd_option, plugin->options, plugin->option_size, i));
}

static void
config_section(void)
{
    struct config_said said;

    printf("\n## The config file\n\n%s\n\n| member | value | meaning |\n|---|---|---|\n",
           config_about);
    for (size_t i = 0; config_said_nth(i, &said); i++)
        printf("| `%s` | %s | %s |\n", said.name, said.kind, said.help);
}

static void
causes_section(void)
{
    printf("\n## Exit status and causes of errors\n\n"
           "| exit status | meaning |\n|---|---|\n");
    for (size_t i = 0; manual_statuses[i].meaning; i++)
        printf("| %d | %s |\n", manual_statuses[i].status, manual_statuses[i].meaning);
    printf("\n| cause | exit status | meaning |\n|---|---|---|\n");
    for (int cause = 1; cause < PD_CAUSE_COUNT_; cause++)
        printf("| %s | %d | %s |\n", error_cause_name(cause), error_exit_status(cause),
               error_cause_meaning(cause));
}

void
manual_markdown(const struct manual *manual)
{
    printf("# Commands\n\nMade by `polydump manual`; do not edit.\n");
    for (size_t i = 0; commands[i]; i++)
        command_section(commands[i]);
    for (size_t i = 0; i < manual->n_plugins; i++)
        plugin_section(manual->plugins[i]);
    config_section();
    causes_section();
}
