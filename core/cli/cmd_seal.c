// SPDX-License-Identifier: Apache-2.0
/* cmd_seal - polydump seal DIR: renew the manifest of a text archive after an edit by hand. */
#include "archive/archive.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/print.h"

static int
seal_run(struct invocation *invocation, struct pd_error *err)
{
    uint64_t changed = 0;
    pd_status status = archive_seal(invocation->words[0], &changed, err);

    if (status == PD_OK)
        log_info("sealed; %s %s changed", print_count(changed),
                 changed == 1 ? "table has" : "tables have");
    return status;
}

const struct command seal_command = {
    .name = "seal",
    .usage = "DIR",
    .about = "renew the manifest of a text archive after an edit by hand",
    .min_words = 1,
    .max_words = 1,
    .bit = FOR_SEAL,
    .run = seal_run,
};
