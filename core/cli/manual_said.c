// SPDX-License-Identifier: Apache-2.0
/* manual_said - what all forms of the manual say. */
#include "cli/manual.h"

const struct manual_status manual_statuses[] = {
    {0, "all done"},
    {1, "failed; the target is as it was"},
    {2, "usage"},
    {3, "done, but rows were rejected or something was left out that was not asked for"},
    {4, "a verification found a difference"},
    {0, NULL},
};

const char *
manual_ends_of(const struct pd_plugin *plugin)
{
    return plugin->source || plugin->sink ? "Ends" : "Migrations";
}
