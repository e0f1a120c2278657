// SPDX-License-Identifier: Apache-2.0
/* mariadb - the plugin itself: its descriptor and options. */
#include <polydump/options.h>

#include "mariadb.h"

static const struct pd_option mariadb_options[] = {
    PD_OPTION_ROW_INSECURE,
    PD_OPTION_ROW_PASSWORD_FILE,
    PD_OPTION_ROW_TIMEOUT,
    PD_OPTION_ROW_LOCK_TIMEOUT,
    PD_OPTION_ROW_INTO("replace what stands in the way"),
    PD_OPTION_ROW_MISFIT,
    PD_OPTION_ROW_NAMES("names that MariaDB cannot hold: stop, or carry them in others"),
    PD_OPTION_ROW_TRIGGERS(
        "off, which MariaDB cannot, so that the run is refused if there are any, or let them fire"),
    PD_OPTION_ROW_SEQUENCES("into an empty database from MariaDB"),
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
