// SPDX-License-Identifier: Apache-2.0
/* manual_bash - completion for bash: complete.bash, and a table in which it looks things up.
   Nothing that a user types is expanded or evaluated. */
#include <stdio.h>
#include <string.h>

#include "cli/manual.h"

static void
schemes_array(const struct manual *manual, const char *name, enum manual_kind kind)
{
    printf("    %s=(", name);
    for (size_t i = 0; i < manual->n_plugins; i++)
        if (manual_has_end(manual->plugins[i], kind))
            printf(" %.*s", MANUAL_SCHEME(manual->plugins[i]));
    printf(" )\n");
}

/* All names of all schemes, since a user may have typed any. */
static void
files_array(const struct manual *manual)
{
    printf("    files=(");
    for (size_t i = 0; i < manual->n_plugins; i++)
        if (manual->plugins[i]->schemes && manual_is_file(manual->plugins[i]))
            printf(" %s", manual->plugins[i]->schemes);
    printf(" )\n");
}

static void
option_entry(const struct manual_option *option)
{
    printf("            --%s", option->name);
    if (option->kind == MANUAL_CHOICE)
        printf("='choice %s'", option->choices);
    else if (option->kind != MANUAL_NOTHING)
        printf("=%s", manual_kind_name(option->kind));
    printf("\n");
}

static void
command_entry(const struct manual *manual, const struct command *command)
{
    struct manual_option options[MANUAL_OPTIONS];
    size_t n = manual_options(manual, command, options);

    printf("    %s)\n        kinds=(", command->name);
    for (size_t i = 0; i < command->max_words; i++)
        printf(" %s", manual_kind_name(manual_word(command, i)));
    printf(" )\n        options=(\n");
    for (size_t i = 0; i < n; i++)
        option_entry(&options[i]);
    printf("        )\n        ;;\n");
}

void
manual_bash(const struct manual *manual)
{
    printf("# shellcheck shell=bash disable=SC2034,SC2054\n"
           "# Made by \"polydump manual --as=bash\"; do not edit.\n\n%s\n"
           "# Kinds of the words of a command, and its options as NAME or NAME=KIND.\n"
           "_polydump_table()\n{\n    commands=(",
           complete_bash);
    for (size_t i = 0; commands[i]; i++)
        printf(" %s", commands[i]->name);
    printf(" )\n");
    schemes_array(manual, "sources", MANUAL_SOURCE);
    schemes_array(manual, "targets", MANUAL_TARGET);
    files_array(manual);
    printf("    kinds=() options=()\n    case $1 in\n");
    for (size_t i = 0; commands[i]; i++)
        command_entry(manual, commands[i]);
    printf("    esac\n}\n");
}
