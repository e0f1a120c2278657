// SPDX-License-Identifier: Apache-2.0
/* command_load - what must be known before options can be read: the config file, and plugins, which
   have options of their own. */
#include "cli/command_load.h"

#include <stdio.h>
#include <string.h>

#include "cli/config_file.h"
#include "plugin/loader.h"

static void
place_load(const char *place)
{
    const char *const places[] = {place, NULL};
    CLEANUP(steps) struct steps *steps = NULL;
    struct pd_error ignored = {0};

    (void)!steps_new(places, &steps, &ignored);
}

/* The value of an option of this name in the words, before options are known; NULL: not there. */
static const char *
word_of(int argc, char **argv, const char *name)
{
    const char *value = NULL;
    size_t size = strlen(name);

    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strncmp(argv[i], "--", 2) != 0 || strncmp(argv[i] + 2, name, size) != 0)
            continue;
        if (argv[i][2 + size] == '=')
            value = argv[i] + 2 + size + 1;
        else if (!argv[i][2 + size] && i + 1 < argc)
            value = argv[++i];
    }
    return value;
}

static pd_status
config_load(struct invocation *invocation, int argc, char **argv, struct pd_error *err)
{
    const char *const *places;
    pd_status status = PD_OK;

    if (invocation->command->bit & FOR_CONFIG)
        status = config_read(word_of(argc, argv, "config"), &invocation->config, err);
    if (status != PD_OK || !invocation->config)
        return status;
    for (places = invocation->config->migrations; places && *places; places++)
        place_load(*places);
    return PD_OK;
}

static void
end_load(const char *word)
{
    size_t size = strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789_");
    const struct loaded *loaded;
    struct pd_error ignored = {0};
    char name[33];

    if (!size || word[size] != ':' || size >= sizeof name)
        return;
    snprintf(name, sizeof name, "%.*s", (int)size, word);
    (void)!loader_get(name, &loaded, &ignored);
}

/* Load plugins that words of the command line name, so that their options are known. What cannot
   be loaded is told when the end is resolved. */
static void
plugins_load(int argc, char **argv)
{
    static const char migrations[] = "--migrations";
    const struct loaded *loaded;
    struct pd_error ignored = {0};

    (void)!loader_get("sqlite", &loaded, &ignored);
    for (int i = 0; i < argc; i++) {
        const char *equals = strncmp(argv[i], "--", 2) == 0 ? strchr(argv[i], '=') : NULL;
        const char *word = equals ? equals + 1 : argv[i];

        if (strcmp(argv[i], migrations) == 0 && i + 1 < argc)
            place_load(argv[++i]);
        else if (equals && strncmp(argv[i], migrations, (size_t)(equals - argv[i])) == 0)
            place_load(word);
        else
            end_load(word);
    }
}

pd_status
command_load(struct invocation *invocation, int argc, char **argv, struct pd_error *err)
{
    pd_status status = config_load(invocation, argc, argv, err);

    if (status == PD_OK)
        plugins_load(argc, argv);
    return status;
}
