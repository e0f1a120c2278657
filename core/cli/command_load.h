// SPDX-License-Identifier: Apache-2.0
/* command_load - what must be known before options can be read. */
#pragma once

#include "cli/command.h"

/* Read the config file, when the command has one, and load the plugins that the words of the
   command line or the file name. */
MUST_USE pd_status command_load(struct invocation *invocation, int argc, char **argv,
                                struct pd_error *err);
