// SPDX-License-Identifier: Apache-2.0
/* manual - what `polydump manual` prints, in any of its forms: all of it is made from the tables of
   commands, options, plugins and members of the config file. */
#pragma once

#include "cli/command.h"

enum { MANUAL_PLUGINS = 64, MANUAL_OPTIONS = 256 /* that may be given to one command */ };

struct manual {
    const struct pd_plugin *plugins[MANUAL_PLUGINS]; /* by name */
    size_t n_plugins;
};

void manual_markdown(const struct manual *manual);
void manual_man(const struct manual *manual);
void manual_bash(const struct manual *manual);
void manual_zsh(const struct manual *manual);
void manual_fish(const struct manual *manual);

struct manual_status {
    int status;
    const char *meaning;
};
/* All exit statuses, ended by a meaning of NULL. */
extern const struct manual_status manual_statuses[];
const char *manual_ends_of(const struct pd_plugin *plugin); /* "Ends" or "Migrations" */

/* ---- What may be written on the command line, for completion ---- */

enum manual_kind {
    MANUAL_NOTHING, /* an option without a value, or no word */
    MANUAL_TEXT,    /* something that nobody can guess */
    MANUAL_CHOICE,
    MANUAL_PATH,
    MANUAL_FOLDER,
    MANUAL_SOURCE, /* an end that is read */
    MANUAL_TARGET  /* an end that is written to */
};

struct manual_option {
    const char *name;
    const char *help;
    const char *argument; /* the word for its value; NULL: it has none */
    const char *choices;  /* of MANUAL_CHOICE: separated by spaces, in letters, digits and "_.+-" */
    enum manual_kind kind;
};

/* What a command takes, by itself and from the plugins whose ends it has, and --help; each name
   once. An archive's options are only offered where an archive is meant. */
size_t manual_options(const struct manual *manual, const struct command *command,
                      struct manual_option options[MANUAL_OPTIONS]);
/* Its n-th word, counted from 0. */
enum manual_kind manual_word(const struct command *command, size_t n);
const char *manual_kind_name(enum manual_kind kind);
/* Is this a plugin that has such ends, and that a user would name by its scheme? */
bool manual_has_end(const struct pd_plugin *plugin, enum manual_kind kind);
/* Are its ends files? */
bool manual_is_file(const struct pd_plugin *plugin);
/* The arguments of "%.*s" that print the first of its schemes. */
#define MANUAL_SCHEME(plugin) (int)strcspn((plugin)->schemes, " "), (plugin)->schemes

/* Files of these names: the functions of which nothing depends on the tables. */
extern const char complete_bash[], complete_zsh[], complete_fish[];
