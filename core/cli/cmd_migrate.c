// SPDX-License-Identifier: Apache-2.0
/* cmd_migrate - polydump migrate ARCHIVE NEW: an archive of a later version, without a database. */
#include "cli/cmd_move.h"

static int
migrate_run(struct invocation *invocation, struct pd_error *err)
{
    if (!invocation->steps)
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                          "polydump migrate needs --migrations: a folder of steps, or a plugin");
    return move_run(invocation, "migrating", "migrated", err);
}

const struct command migrate_command = {
    .name = "migrate",
    .usage = "ARCHIVE NEW --migrations DIR|PLUGIN",
    .about = "make an archive of a later version of the application",
    .more = "The same rows come out of it as when the older one is restored with the same\n"
            "migrations. They are in the order of their keys. A step that runs SQL on the\n"
            "target is refused, since there is none.",
    .roles = {END_ARCHIVE_SOURCE, END_ARCHIVE_TARGET},
    .n_ends = 2,
    .min_words = 2,
    .max_words = 2,
    .bit = FOR_MIGRATE,
    .run = migrate_run,
};
