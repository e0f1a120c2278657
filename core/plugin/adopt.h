// SPDX-License-Identifier: Apache-2.0
/* adopt - checks what a plugin offers, and copies it into the core's own structs, so that members
   that the plugin does not know are zero. */
#pragma once

#include <stddef.h>

#include "plugin/loader.h"

/* Where a struct ends that has no member behind this one. */
#define ADOPT_END(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))

/* Fill *loaded (which is zero) from a plugin of the given name. Every refusal names the member. */
MUST_USE pd_status adopt_plugin(const struct pd_plugin *theirs, const char *name,
                                struct loaded *loaded, struct pd_error *err);

/* For structs that plugins hand over elsewhere. PD_FAILED, PD_CAUSE_VERSION. */
pd_status adopt_refuse(struct pd_error *err, const char *fmt, ...) PD_PRINTF(2, 3);
/* As many bytes as both sides know, into zeroes; struct_size stands first in all of them, and is
   ours then. least: bytes that every plugin of ABI 1 has. where: in front of "struct_size" in what
   is said. */
MUST_USE pd_status adopt_struct(void *ours, size_t our_size, const void *theirs, size_t least,
                                const char *where, struct pd_error *err);
