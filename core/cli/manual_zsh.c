// SPDX-License-Identifier: Apache-2.0
/* manual_zsh - completion for zsh: complete.zsh, and the arguments of each command in the words of
   _arguments. */
#include <stdio.h>
#include <string.h>

#include "cli/manual.h"
#include "cli/print.h"

/* Inside single quotes, and a backslash before each of these. */
static void
quoted(const char *text, const char *special)
{
    for (text = print_safe(text); *text; text++) {
        if (*text == '\'')
            printf("'\\''");
        else if (*text == '\\' || strchr(special, *text))
            printf("\\%c", *text);
        else
            putchar(*text);
    }
}

static void
action(const struct manual *manual, enum manual_kind kind, const char *choices)
{
    switch (kind) {
    case MANUAL_CHOICE:
        printf("(%s)", choices ? choices : "");
        return;
    case MANUAL_PATH:
        printf("_files");
        return;
    case MANUAL_FOLDER:
        printf("_files -/");
        return;
    case MANUAL_SOURCE:
    case MANUAL_TARGET:
        printf(" _polydump_end"); /* with a blank in front: no options of compadd are put in */
        for (size_t i = 0; i < manual->n_plugins; i++)
            if (manual_has_end(manual->plugins[i], kind))
                printf(" %.*s", MANUAL_SCHEME(manual->plugins[i]));
        return;
    default:
        printf(" ");
    }
}

static void
option_entry(const struct manual *manual, const struct manual_option *option)
{
    bool is_guess = option->kind != MANUAL_NOTHING && option->kind != MANUAL_CHOICE;

    /* Most of what takes any value may be given several times. */
    printf("            '%s--%s", is_guess ? "*" : "", option->name);
    if (option->kind != MANUAL_NOTHING)
        putchar('=');
    putchar('[');
    quoted(option->help, "[]:");
    putchar(']');
    if (option->kind != MANUAL_NOTHING) {
        putchar(':');
        quoted(option->argument, ":");
        putchar(':');
        action(manual, option->kind, option->choices);
    }
    printf("' \\\n");
}

static void
command_entry(const struct manual *manual, const struct command *command)
{
    struct manual_option options[MANUAL_OPTIONS];
    size_t n = manual_options(manual, command, options);

    printf("    %s)\n        _arguments -S \\\n", command->name);
    for (size_t i = 0; i < n; i++)
        option_entry(manual, &options[i]);
    for (size_t i = 0; i < command->max_words; i++) {
        enum manual_kind kind = manual_word(command, i);

        printf("            '%zu:%s:", i + 1, manual_kind_name(kind));
        action(manual, kind, NULL);
        printf("' \\\n");
    }
    printf("            && return\n        ;;\n");
}

void
manual_zsh(const struct manual *manual)
{
    printf("#compdef polydump\n# Made by \"polydump manual --as=zsh\"; do not edit.\n\n"
           "_polydump_files=(");
    for (size_t i = 0; i < manual->n_plugins; i++)
        if (manual->plugins[i]->schemes && manual_is_file(manual->plugins[i]))
            printf(" %s", manual->plugins[i]->schemes);
    printf(" )\n\n%s\n_polydump_commands()\n{\n    local -a all\n    all=(\n", complete_zsh);
    for (size_t i = 0; commands[i]; i++) {
        printf("        '%s:", commands[i]->name);
        quoted(commands[i]->about, ":");
        printf("'\n");
    }
    printf("    )\n    _describe command all\n}\n\n"
           "_polydump()\n{\n"
           "    if (( CURRENT == 2 )); then\n"
           "        _polydump_commands\n"
           "        compadd -- help --help --version\n"
           "        return\n"
           "    fi\n"
           "    shift words\n"
           "    (( CURRENT-- ))\n"
           "    case $words[1] in\n"
           "    help) (( CURRENT > 2 )) || _polydump_commands ;;\n");
    for (size_t i = 0; commands[i]; i++)
        command_entry(manual, commands[i]);
    /* Autoloaded for the first time it is called; sourced it makes itself known. */
    printf("    esac\n}\n\n"
           "if [[ $funcstack[1] == _polydump ]]; then\n    _polydump \"$@\"\n"
           "else\n    compdef _polydump polydump\nfi\n");
}
