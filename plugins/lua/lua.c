// SPDX-License-Identifier: Apache-2.0
/* lua - migrations that are scripts in Lua 5.4: a folder with a file for each step.
   doc/migrations.md is what their authors read. */
#include "script.h"

static const struct pd_option options[] = {
    {
        .name = "lua-memory",
        .fallback = "64m",
        .help = "memory that the script of one step may have",
        .type = PD_OPTION_SIZE,
    },
    {
        .name = "lua-steps",
        .fallback = "1000000000",
        .help = "instructions of Lua that one call of a function may take; 0: no bound",
        .argument = "N",
        .type = PD_OPTION_INT,
    },
    {
        .name = "lua-call",
        .fallback = "60",
        .help = "how long one call of a function may take; 0: no bound",
        .argument = "SECONDS",
        .type = PD_OPTION_INT,
    },
    {
        .name = "lua-deadline",
        .fallback = "0",
        .help = "how long all calls of one step together may take; 0: no bound",
        .argument = "SECONDS",
        .type = PD_OPTION_INT,
    },
};

static const struct pd_plugin plugin = {
    .struct_size = sizeof plugin,
    .abi = PD_ABI,
    .name = "lua",
    .version = "0.1.0",
    .about = "migrations that are scripts in Lua 5.4",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .option_size = sizeof *options,
    .steps = &lua_steps_ops,
};

PD_PLUGIN(lua, plugin)
