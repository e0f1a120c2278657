// SPDX-License-Identifier: Apache-2.0
/* adopt - checks what a plugin offers, and copies it into the core's own structs, so that members
   that the plugin does not know are zero. */
#pragma once

#include "plugin/loader.h"

/* Fill *loaded (which is zero) from a plugin of the given name. Every refusal names the member. */
MUST_USE pd_status adopt_plugin(const struct pd_plugin *theirs, const char *name,
                                struct loaded *loaded, struct pd_error *err);
