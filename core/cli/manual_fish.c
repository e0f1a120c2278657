// SPDX-License-Identifier: Apache-2.0
/* manual_fish - completion for fish: complete.fish, and one line an option of a command. */
#include <stdio.h>
#include <string.h>

#include "cli/manual.h"
#include "cli/print.h"

static void
described(const char *text)
{
    printf(" -d '");
    for (text = print_safe(text); *text; text++) {
        if (*text == '\'' || *text == '\\')
            putchar('\\');
        putchar(*text);
    }
    printf("'\n");
}

/* What may stand there; required: behind an option. */
static void
value(const struct manual *manual, enum manual_kind kind, const char *choices, const char *required)
{
    switch (kind) {
    case MANUAL_NOTHING:
        return;
    case MANUAL_CHOICE:
        printf("%s -f -a '%s'", required, choices);
        return;
    case MANUAL_PATH:
        printf("%s -F", required);
        return;
    case MANUAL_FOLDER:
        printf("%s -f -a '(__fish_complete_directories)'", required);
        return;
    case MANUAL_SOURCE:
    case MANUAL_TARGET:
        printf("%s -F -a '", required);
        for (size_t i = 0; i < manual->n_plugins; i++)
            if (manual_has_end(manual->plugins[i], kind))
                printf(" %.*s:", MANUAL_SCHEME(manual->plugins[i]));
        printf("'");
        return;
    default:
        printf("%s -f", required);
    }
}

static void
command_lines(const struct manual *manual, const struct command *command)
{
    struct manual_option options[MANUAL_OPTIONS];
    size_t n = manual_options(manual, command, options);

    printf("\ncomplete -c polydump -n __polydump_no_command -a %s", command->name);
    described(command->about);
    for (size_t i = 0; i < command->max_words; i++) {
        enum manual_kind kind = manual_word(command, i);

        if (kind == MANUAL_TEXT)
            continue;
        printf("complete -c polydump -n '__polydump_word %s %zu'", command->name, i + 1);
        value(manual, kind, NULL, "");
        printf("\n");
    }
    for (size_t i = 0; i < n; i++) {
        printf("complete -c polydump -n '__polydump_command %s' -l %s", command->name,
               options[i].name);
        value(manual, options[i].kind, options[i].choices, " -r");
        described(options[i].help);
    }
}

static void
valued_function(const struct manual *manual)
{
    printf("\n# The options of a command that take a value.\n"
           "function __polydump_valued\n    switch $argv[1]\n");
    for (size_t i = 0; commands[i]; i++) {
        struct manual_option options[MANUAL_OPTIONS];
        size_t n = manual_options(manual, commands[i], options);

        printf("        case %s\n            printf '%%s\\n'", commands[i]->name);
        for (size_t k = 0; k < n; k++)
            if (options[k].kind != MANUAL_NOTHING)
                printf(" --%s", options[k].name);
        printf("\n");
    }
    printf("    end\nend\n");
}

void
manual_fish(const struct manual *manual)
{
    printf("# Made by \"polydump manual --as=fish\"; do not edit.\n\n%s", complete_fish);
    valued_function(manual);
    printf("\ncomplete -c polydump -f\n"
           "complete -c polydump -n __polydump_no_command -l help -d 'list the commands'\n"
           "complete -c polydump -n __polydump_no_command -l version -d 'tell the version'\n"
           "complete -c polydump -n __polydump_no_command -a help -d 'tell what a command does'\n"
           "complete -c polydump -n '__polydump_word help 1' -a '");
    for (size_t i = 0; commands[i]; i++)
        printf("%s%s", i ? " " : "", commands[i]->name);
    printf("'\n");
    for (size_t i = 0; commands[i]; i++)
        command_lines(manual, commands[i]);
}
