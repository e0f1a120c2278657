// SPDX-License-Identifier: Apache-2.0
/* dialect - how the server spells the portable grammar, for reading what it deparses and for
   writing. */
#pragma once

#include <stdbool.h>

#include <polydump/plugin.h>

extern const struct pd_dialect postgresql_dialect;

/* Is a default's own text one of the calls for a moment or a new uuid that defaults.c knows? They
   are the server's own and run no code of anybody else. */
bool defaults_is_moment(const char *native);
