// SPDX-License-Identifier: Apache-2.0
/* mariadb - the plugin itself: its descriptor and options. */
#include "mariadb.h"

static const struct pd_option mariadb_options[] = {
    {.name = "insecure",
     .help = "connect although nobody can tell whether it is the right server: over TCP without "
             "TLS, or with a certificate that is not verified",
     .type = PD_OPTION_FLAG},
    {.name = "password-file", .help = "file that holds the password", .type = PD_OPTION_SECRET},
    {.name = "timeout",
     .fallback = "60",
     .help = "how long the server may be silent before it is asked whether it is still at work; "
             "0: for ever",
     .argument = "SECONDS",
     .type = PD_OPTION_INT},
    {.name = "lock-timeout",
     .fallback = "0",
     .help = "how long to wait for a lock that another session holds; 0: for ever",
     .argument = "SECONDS",
     .type = PD_OPTION_INT},
    {.name = "into",
     .fallback = "empty",
     .help = "what to do with a target that is there: refuse it unless it is empty, add rows to "
             "its tables, empty its tables first, or replace what stands in the way",
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
     .help = "names that MariaDB cannot hold: stop, or carry them in others",
     .choices = "stop carry",
     .type = PD_OPTION_CHOICE,
     .flags = PD_OPTION_WRITE},
    {.name = "sequences",
     .help = "next numbers: exact as in the source, or repair: past the highest key too (default: "
             "exact into an empty database from MariaDB, else repair)",
     .choices = "exact repair",
     .type = PD_OPTION_CHOICE,
     .flags = PD_OPTION_WRITE},
    {.name = "grants",
     .help = "with --native: definers of views, routines, triggers and events too; they must be "
             "there",
     .type = PD_OPTION_FLAG,
     .flags = PD_OPTION_WRITE},
};

static const struct pd_plugin mariadb_plugin = {
    .struct_size = sizeof mariadb_plugin,
    .abi = PD_ABI,
    .name = "mariadb",
    .version = "1",
    .about = "MariaDB databases, version 10.4 and later, and servers of MySQL's dialect",
    .schemes = "mariadb mysql",
    .options = mariadb_options,
    .n_options = sizeof mariadb_options / sizeof *mariadb_options,
    .option_size = sizeof *mariadb_options,
    .source = &mariadb_source_ops,
    .sink = &mariadb_sink_ops,
    .scratch = &mariadb_scratch_ops,
};

PD_PLUGIN(mariadb, mariadb_plugin)
