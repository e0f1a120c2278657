// SPDX-License-Identifier: Apache-2.0
/* sqlite - the plugin itself: its descriptor and options. */
#include <string.h>

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
    {.name = "into",
     .fallback = "empty",
     .help = "what to do with a target that is there: refuse it unless it is empty, add rows to "
             "its tables, empty its tables first, or put a new file in its place",
     .choices = "empty append truncate replace",
     .type = PD_OPTION_CHOICE,
     .flags = PD_OPTION_WRITE},
    {.name = "misfit",
     .fallback = "stop",
     .help = "single values that the type in the target would change: stop, or carry their whole "
             "column in a type that keeps them",
     .choices = "stop carrier",
     .type = PD_OPTION_CHOICE,
     .flags = PD_OPTION_WRITE},
    {.name = "names",
     .fallback = "stop",
     .help = "tables and columns whose names SQLite does not tell apart: stop, or call the later "
             "ones name__1, name__2 ...",
     .choices = "stop carry",
     .type = PD_OPTION_CHOICE,
     .flags = PD_OPTION_WRITE},
    {.name = "sequences",
     .help = "next numbers: exact as in the source, or repair: past the highest key too (default: "
             "exact into a new SQLite file from SQLite, else repair)",
     .choices = "exact repair",
     .type = PD_OPTION_CHOICE,
     .flags = PD_OPTION_WRITE},
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
