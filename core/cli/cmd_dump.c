// SPDX-License-Identifier: Apache-2.0
/* cmd_dump - polydump dump SOURCE ARCHIVE. */
#include "cli/cmd_move.h"

static int
dump_run(struct invocation *invocation, struct pd_error *err)
{
    return move_run(invocation, "dumping", "dumped", err);
}

const struct command dump_command = {
    .name = "dump",
    .usage = "SOURCE ARCHIVE",
    .about = "write everything in a database into an archive",
    .roles = {END_SOURCE, END_ARCHIVE_TARGET},
    .n_ends = 2,
    .min_words = 2,
    .max_words = 2,
    .bit = FOR_DUMP,
    .run = dump_run,
};
