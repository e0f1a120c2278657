// SPDX-License-Identifier: Apache-2.0
/* manual_said - what may be written on the command line, command by command: for completion. */
#include <stdlib.h>
#include <string.h>

#include "archive/archive.h"
#include "cli/manual.h"

const struct manual_status manual_statuses[] = {
    {0, "all done"},
    {1, "failed; the target is as it was"},
    {2, "usage"},
    {3, "done, but rows were rejected or something was left out that was not asked for"},
    {4, "a verification found a difference"},
    {0, NULL},
};

const char *
manual_ends_of(const struct pd_plugin *plugin)
{
    return plugin->source || plugin->sink ? "Ends" : "Migrations";
}

/* ---- Values ---- */

static enum manual_kind
kind_of_role(enum end_role role)
{
    if (role == END_SOURCE)
        return MANUAL_SOURCE;
    return role == END_TARGET ? MANUAL_TARGET : MANUAL_PATH;
}

/* Would every shell read the choices as they stand? */
static bool
is_plain(const char *choices)
{
    return choices[strspn(choices, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789_.+- ")] == '\0';
}

static enum manual_kind
kind_of_option(const struct pd_option *option)
{
    static const struct {
        const char *argument;
        enum manual_kind kind;
    } kinds[] = {
        {"FILE", MANUAL_PATH},         {"ARCHIVE", MANUAL_PATH},  {"DIR", MANUAL_FOLDER},
        {"DIR|PLUGIN", MANUAL_FOLDER}, {"SOURCE", MANUAL_SOURCE}, {"URL", MANUAL_TARGET},
    };
    const char *argument = options_argument(option);

    if (!argument)
        return MANUAL_NOTHING;
    if (option->type == PD_OPTION_CHOICE)
        return is_plain(option->choices) ? MANUAL_CHOICE : MANUAL_TEXT;
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (strcmp(kinds[i].argument, argument) == 0)
            return kinds[i].kind;
    return MANUAL_TEXT;
}

enum manual_kind
manual_word(const struct command *command, size_t n)
{
    const char *usage = command->usage;

    if (n >= command->max_words)
        return MANUAL_NOTHING;
    if (n < command->n_ends)
        return kind_of_role(command->roles[n]);
    for (size_t i = 0; i < n; i++) {
        usage += strcspn(usage, " ");
        usage += strspn(usage, " ");
    }
    return strncmp(usage, "DIR", strcspn(usage, " ")) == 0 ? MANUAL_FOLDER : MANUAL_TEXT;
}

const char *
manual_kind_name(enum manual_kind kind)
{
    static const char *const names[] = {
        [MANUAL_NOTHING] = "nothing", [MANUAL_TEXT] = "text",     [MANUAL_CHOICE] = "choice",
        [MANUAL_PATH] = "path",       [MANUAL_FOLDER] = "folder", [MANUAL_SOURCE] = "source",
        [MANUAL_TARGET] = "target",
    };

    return names[kind];
}

/* ---- Plugins ---- */

static bool
is_archive(const struct pd_plugin *plugin)
{
    return strcmp(plugin->name, archive_plugin.name) == 0;
}

bool
manual_has_end(const struct pd_plugin *plugin, enum manual_kind kind)
{
    if (!plugin->schemes || is_archive(plugin))
        return false;
    return kind == MANUAL_SOURCE ? plugin->source != NULL : plugin->sink != NULL;
}

bool
manual_is_file(const struct pd_plugin *plugin)
{
    return plugin->bid;
}

/* What an end of this role does with a plugin: PD_OPTION_READ, PD_OPTION_WRITE, or nothing. */
static uint32_t
role_use(const struct pd_plugin *plugin, enum end_role role)
{
    switch (role) {
    case END_SOURCE:
        return plugin->source ? PD_OPTION_READ : 0;
    case END_TARGET:
        return plugin->sink && !is_archive(plugin) ? PD_OPTION_WRITE : 0;
    case END_ARCHIVE_SOURCE:
        return is_archive(plugin) ? PD_OPTION_READ : 0;
    default:
        return is_archive(plugin) ? PD_OPTION_WRITE : 0;
    }
}

static bool
takes_migrations(const struct command *command)
{
    for (size_t i = 0; i < n_command_options; i++)
        if (command_options[i].commands & command->bit &&
            strcmp(command_options[i].option.name, "migrations") == 0)
            return true;
    return false;
}

static uint32_t
plugin_uses(const struct pd_plugin *plugin, const struct command *command)
{
    size_t n = command->n_ends + (command->end_option ? 1 : 0);
    uint32_t uses = 0;

    for (size_t i = 0; i < n; i++)
        uses |= role_use(plugin, command->roles[i]);
    /* What a double dump test writes it reads again. */
    if (command->bit & (FOR_DDT | FOR_TEST_MIGRATIONS) && uses & PD_OPTION_WRITE)
        uses |= PD_OPTION_READ;
    if ((plugin->steps || plugin->migrations) && takes_migrations(command))
        uses |= PD_OPTION_READ | PD_OPTION_WRITE;
    return uses;
}

/* ---- All options of a command ---- */

static size_t
option_add(struct manual_option options[MANUAL_OPTIONS], size_t n, const struct pd_option *option)
{
    if (n == MANUAL_OPTIONS || strcmp(option->name, "*") == 0)
        return n;
    for (size_t i = 0; i < n; i++)
        if (strcmp(options[i].name, option->name) == 0)
            return n;
    options[n] = (struct manual_option){.name = option->name,
                                        .help = option->help,
                                        .argument = options_argument(option),
                                        .choices = option->choices,
                                        .kind = kind_of_option(option)};
    return n + 1;
}

size_t
manual_options(const struct manual *manual, const struct command *command,
               struct manual_option options[MANUAL_OPTIONS])
{
    static const struct pd_option help = {
        .name = "help", .type = PD_OPTION_FLAG, .help = "tell what this command does"};
    size_t n = 0;

    for (size_t i = 0; i < n_command_options; i++)
        if (command_options[i].commands & command->bit)
            n = option_add(options, n, &command_options[i].option);
    for (size_t i = 0; i < manual->n_plugins; i++) {
        const struct pd_plugin *plugin = manual->plugins[i];
        uint32_t uses = plugin_uses(plugin, command);

        for (size_t k = 0; uses && k < plugin->n_options; k++) {
            const struct pd_option *option =
                PD_AT(struct pd_option, plugin->options, plugin->option_size, k);

            if (!option->flags || option->flags & uses)
                n = option_add(options, n, option);
        }
    }
    return option_add(options, n, &help);
}
