// SPDX-License-Identifier: Apache-2.0
/* cmd_move - what dump, restore and copy have in common: one pipe with other ends. */
#pragma once

#include "cli/command.h"

int move_run(struct invocation *invocation, const char *verb, const char *done,
             struct pd_error *err);
