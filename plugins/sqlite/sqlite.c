// SPDX-License-Identifier: Apache-2.0
/* sqlite - the plugin itself: its descriptor and options. */
#include <string.h>

#include <polydump/options.h>

#include "sqlite.h"

static int
sqlite_bid(const void *head, size_t size)
{
    static const char magic[16] = "SQLite format 3";

    /* A file without a byte is an empty database to SQLite, and an archive that was cut to us: its
       user has to say which. */
    return size >= sizeof magic && memcmp(head, magic, sizeof magic) == 0 ? 100 : 0;
}

static const struct pd_option sqlite_options[] = {
    {.name = "busy-timeout",
     .fallback = "30",
     .help = "how long to wait for a lock that another process holds",
     .argument = "SECONDS",
     .type = PD_OPTION_INT},
    PD_OPTION_ROW_INTO("put a new file in its place"),
    PD_OPTION_ROW_MISFIT,
    PD_OPTION_ROW_NAMES("tables and columns whose names SQLite does not tell apart: stop, or call "
                        "the later ones name__1, name__2 ..."),
    PD_OPTION_ROW_TRIGGERS("off, or let them fire"),
    PD_OPTION_ROW_SEQUENCES("into a new SQLite file from SQLite"),
};

static const struct pd_plugin sqlite_plugin = {
    .struct_size = sizeof sqlite_plugin,
    .abi = PD_ABI,
    .name = "sqlite",
    .version = "1",
    .about = "SQLite database files",
    .schemes = "sqlite sqlite3",
    .options = sqlite_options,
    .n_options = sizeof sqlite_options / sizeof *sqlite_options,
    .option_size = sizeof *sqlite_options,
    .source = &sqlite_source_ops,
    .sink = &sqlite_sink_ops,
    .bid = sqlite_bid,
};

PD_PLUGIN(sqlite, sqlite_plugin)
