// SPDX-License-Identifier: Apache-2.0
/* cmd_copy - polydump copy SOURCE TARGET. */
#include "cli/cmd_move.h"

static int
copy_run(struct invocation *invocation, struct pd_error *err)
{
    return move_run(invocation, "copying", "copied", err);
}

const struct command copy_command = {
    .name = "copy",
    .usage = "SOURCE TARGET",
    .about = "write everything in a database into another one",
    .roles = {END_SOURCE, END_TARGET},
    .n_ends = 2,
    .min_words = 2,
    .max_words = 2,
    .bit = FOR_COPY,
    .run = copy_run,
};
