// SPDX-License-Identifier: Apache-2.0
/* manual - what `polydump manual` prints, in any of its forms: all of it is made from the tables of
   commands, options, plugins and members of the config file. */
#pragma once

#include "cli/command.h"

enum { MANUAL_PLUGINS = 64 };

struct manual {
    const struct pd_plugin *plugins[MANUAL_PLUGINS]; /* by name */
    size_t n_plugins;
};

void manual_markdown(const struct manual *manual);
void manual_man(const struct manual *manual);

struct manual_status {
    int status;
    const char *meaning;
};
/* All exit statuses, ended by a meaning of NULL. */
extern const struct manual_status manual_statuses[];
const char *manual_ends_of(const struct pd_plugin *plugin); /* "Ends" or "Migrations" */
