// SPDX-License-Identifier: Apache-2.0
/* cmd_restore - polydump restore ARCHIVE TARGET. */
#include "cli/cmd_move.h"

static int
restore_run(struct invocation *invocation, struct pd_error *err)
{
    return move_run(invocation, "restoring", "restored", err);
}

const struct command restore_command = {
    .name = "restore",
    .usage = "ARCHIVE TARGET",
    .about = "write everything in an archive into a database",
    .roles = {END_ARCHIVE_SOURCE, END_TARGET},
    .n_ends = 2,
    .min_words = 2,
    .max_words = 2,
    .bit = FOR_RESTORE,
    .run = restore_run,
};
