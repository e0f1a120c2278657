// SPDX-License-Identifier: Apache-2.0
/* postgresql - the plugin itself: its descriptor and options. */
#include "postgresql.h"

static const struct pd_option postgresql_options[] = {
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
    {.name = "trust-owners",
     .help = "let functions of the owners of tables run with your rights, as the server may do "
             "when it plans a statement: without it tables of roles other than you and the "
             "superusers are read as a whole, and of their facts only rows are counted",
     .type = PD_OPTION_FLAG,
     .flags = PD_OPTION_READ},
    {.name = "native-provider",
     .fallback = "auto",
     .help = "who writes out the objects that only PostgreSQL has: pg_dump, or the server; auto: "
             "pg_dump if there is one that is not older than the server",
     .choices = "auto pg_dump server",
     .type = PD_OPTION_CHOICE,
     .flags = PD_OPTION_READ},
    {.name = "into",
     .fallback = "empty",
     .help = "what to do with a target that is there: refuse it unless it is empty, add rows to "
             "its tables, empty its tables first, or drop what stands in the way",
     .choices = "empty append truncate replace",
     .type = PD_OPTION_CHOICE,
     .flags = PD_OPTION_WRITE},
    {.name = "atomic",
     .help = "run: all in one transaction of one connection; marked: tables are committed one by "
             "one under a marker, and dropped again if the run fails (default: marked into an "
             "empty database with several jobs, else run)",
     .choices = "run marked",
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
     .help = "names that PostgreSQL cannot hold: stop, or carry them in others",
     .choices = "stop carry",
     .type = PD_OPTION_CHOICE,
     .flags = PD_OPTION_WRITE},
    {.name = "sequences",
     .help = "next numbers: exact as in the source, or repair: past the highest key too (default: "
             "exact into an empty database from PostgreSQL, else repair)",
     .choices = "exact repair",
     .type = PD_OPTION_CHOICE,
     .flags = PD_OPTION_WRITE},
    {.name = "analyze",
     .help = "let the server gather statistics of the tables at once, rather than when it comes "
             "round to it",
     .type = PD_OPTION_FLAG,
     .flags = PD_OPTION_WRITE},
    {.name = "grants",
     .help = "with --native: owners and privileges too; their roles must be there",
     .type = PD_OPTION_FLAG,
     .flags = PD_OPTION_WRITE},
};

static const struct pd_plugin postgresql_plugin = {
    .struct_size = sizeof postgresql_plugin,
    .abi = PD_ABI,
    .name = "postgresql",
    .version = "1",
    .about = "PostgreSQL databases, version 12 and later",
    .schemes = "postgresql postgres",
    .options = postgresql_options,
    .n_options = sizeof postgresql_options / sizeof *postgresql_options,
    .option_size = sizeof *postgresql_options,
    .source = &postgresql_source_ops,
    .sink = &postgresql_sink_ops,
    .scratch = &postgresql_scratch_ops,
};

PD_PLUGIN(postgresql, postgresql_plugin)
