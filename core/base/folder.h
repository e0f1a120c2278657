// SPDX-License-Identifier: Apache-2.0
/* folder - what file and partial share: walking and removing, always below a held folder. */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

#include "base/error.h"

/* "a folder", "a symbolic link" ... */
const char *folder_kind_of(mode_t mode);
/* Call visit(arg, name) for each name in folder but "." and "..". False with errno: not readable,
   or visit returned false. */
bool folder_each(int folder, bool (*visit)(void *arg, int folder, const char *name), void *arg);
/* Remove all that is in a folder. False with errno when something stays. */
bool folder_empty(int folder);
/* Remove a name with all that is below it; a link itself, never what it points to. */
bool folder_remove(int folder, const char *name);
/* Sync all folders below folder, and folder itself. name is for the message. */
MUST_USE pd_status folder_sync(int folder, const char *name, struct pd_error *err);
/* All files in them, too, when nobody has said that they are. */
MUST_USE pd_status folder_sync_all(int folder, const char *name, struct pd_error *err);
