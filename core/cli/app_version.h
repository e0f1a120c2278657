// SPDX-License-Identifier: Apache-2.0
/* app_version - of which application and version the data of a source is. */
#pragma once

#include "cli/command.h"

/* Fill invocation->run.application and .application_version from the config for a source that does
   not say itself, by asking the database if need be. What the command line says stays. */
MUST_USE pd_status app_version_find(struct invocation *invocation, struct opened_source *source,
                                    struct pd_error *err);
