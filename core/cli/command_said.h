// SPDX-License-Identifier: Apache-2.0
/* command_said - what command line and config file say of the target's own tables. */
#pragma once

#include "cli/command.h"

/* All values of an option that may be given several times, as a list that ends in NULL and is to be
   given to free(); NULL: it is not given. */
MUST_USE pd_status command_list(const struct pd_options *options, const char *name,
                                const char *const **ret_list, struct pd_error *err);
/* Fills in the invocation's run what is said of columns, and the options of its target that the
   config file has and the command line has not. */
MUST_USE pd_status command_said(struct invocation *invocation, struct pd_error *err);
void command_said_free(struct invocation *invocation);
