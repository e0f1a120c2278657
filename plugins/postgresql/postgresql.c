// SPDX-License-Identifier: Apache-2.0
/* postgresql - the plugin itself: its descriptor and options. */
#include <polydump/options.h>

#include "postgresql.h"

static const struct pd_option postgresql_options[] = {
    PD_OPTION_ROW_INSECURE,
    PD_OPTION_ROW_PASSWORD_FILE,
    PD_OPTION_ROW_TIMEOUT,
    PD_OPTION_ROW_LOCK_TIMEOUT,
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
    PD_OPTION_ROW_INTO("drop what stands in the way"),
    PD_OPTION_ROW_ATOMIC("run: all in one transaction of one connection; marked: tables are "
                         "committed one by one under a marker, and dropped again if the run fails "
                         "(default: marked into an empty database with several jobs, else run)"),
    PD_OPTION_ROW_MISFIT,
    PD_OPTION_ROW_NAMES("names that PostgreSQL cannot hold: stop, or carry them in others"),
    PD_OPTION_ROW_TRIGGERS(
        "off, they are disabled until all is in (as only the owner may), or let them fire"),
    PD_OPTION_ROW_SEQUENCES("into an empty database from PostgreSQL"),
    PD_OPTION_ROW_ANALYZE,
    PD_OPTION_ROW_GRANTS("their roles"),
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
