// SPDX-License-Identifier: Apache-2.0
/* config_inside - what the files that read the config file share. */
#pragma once

#include <yaml.h>

#include "cli/config_file.h"

enum { CONFIG_MEMBERS = 32 /* of the file, at most */ };

struct config_reading {
    struct config *config;
    yaml_parser_t parser;
    yaml_event_t event;        /* the current one */
    bool has_event;            /* it is to be deleted */
    bool seen[CONFIG_MEMBERS]; /* members that were there */
    size_t version;            /* 1 + the number of the member that said it; 0: none did */
    struct pd_error *err;
};

/* The error names file and line of the event that is read. */
MUST_USE pd_status config_refuse(struct config_reading *reading, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
MUST_USE pd_status config_event_next(struct config_reading *reading);
/* The text that the current event is, in the config's arena. */
MUST_USE pd_status config_text_take(struct config_reading *reading, const char *whose,
                                    const char **ret_text);
/* "tables", whose first event is the current one. */
MUST_USE pd_status config_tables_take(struct config_reading *reading, struct policies *policies);
