// SPDX-License-Identifier: Apache-2.0
/* loader - finds, checks and loads plugins with libltdl, before the first thread, for good. */
#pragma once

#include <stdbool.h>

#include <polydump/migration.h>

#include "base/error.h"

struct loaded {
    struct pd_plugin plugin;     /* adopted: members that it lacks are zero */
    struct pd_source_ops source; /* adopted copies, which members of plugin point to; guards of the
                                    plugin's own (guard.h), unless it is the core itself */
    struct pd_sink_ops sink;
    struct pd_scratch_ops scratch;
    struct pd_steps_ops steps;
    const char *path; /* of the file; NULL: linked in */
    uint32_t abi;     /* that it was built on */
};

/* Start libltdl with the plugins that are linked in. Once. */
MUST_USE pd_status loader_start(struct pd_error *err);
/* Which names of options are the program's own, so that no plugin may have them. Once. */
void loader_reserve(bool (*is_own)(const char *name));
/* The plugin of a name ([a-z0-9_]{1,32}): linked in, else NAME.so in the folders of
   POLYDUMP_PLUGIN_PATH, else in $libdir/polydump. Loaded at most once. PD_UNSUPPORTED: there is
   none. */
MUST_USE pd_status loader_get(const char *name, const struct loaded **ret_loaded,
                              struct pd_error *err);
/* Could loader_get() give a plugin of this name? Nothing is loaded. */
bool loader_has(const char *name);
/* Load everything there is; what is refused is passed to refused(arg, path, err). */
void loader_load_all(void (*refused)(void *arg, const char *path, const struct pd_error *err),
                     void *arg);
/* What is loaded so far, n-th; NULL: no more. */
const struct loaded *loader_nth(size_t n);
/* The plugin among those loaded so far that has this URL scheme; NULL: none. */
const struct loaded *loader_find_scheme(const char *scheme);
/* Make a descriptor of the core itself (the archive) known as if it were linked in. */
MUST_USE pd_status loader_add(const struct pd_plugin *plugin, struct pd_error *err);
