// SPDX-License-Identifier: Apache-2.0
/* config_file - polydump.yaml, or what --config names: what does not fit on a line. */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"
#include "migrate/policies.h"
#include "model/value_rule.h"

/* How a database of an engine says of which version it is. */
struct config_query {
    const char *engine; /* name of its plugin */
    const char *sql;
};

struct config {
    struct arena *arena;
    const char *path;
    /* Members of the file; NULL: not there. Relative paths are made relative to the file's folder
       already. */
    const char *application;
    const char *app_version;
    const char *version_file;
    const struct config_query *version_query; /* ended by engine NULL */
    const char *const *migrations;            /* NULL-ended */
    const char *to;
    /* Of the target's own tables, as the options of these names; lists are NULL-ended. */
    const char *const *epochs;
    const char *const *zones;
    const char *const *bool_texts;
    const char *const *uuid_bytes;
    const char *const *drop_columns;
    const char *const *values[VALUE_RULE_COUNT_]; /* of any target */
    const char *on_conflict;
    const char *triggers;
    struct policies tables;
};

/* path NULL: polydump.yaml in the current folder, if it is there and belongs to the user or to root
   and to nobody else; else *ret_config is NULL. Each refusal names file and line. */
MUST_USE pd_status config_read(const char *path, struct config **ret_config, struct pd_error *err);
void config_free(struct config *config); /* NULL is fine */
CLEANUP_DEFINE(config, config_free);

/* What the manual says of the file, and of its n-th member, in Markdown; false: no more. */
extern const char config_about[];
struct config_said {
    const char *name;
    const char *kind; /* of value */
    const char *help;
};
bool config_said_nth(size_t n, struct config_said *said);
