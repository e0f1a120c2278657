// SPDX-License-Identifier: Apache-2.0
/* like_source - what --like makes of a source. */
#pragma once

#include "cli/command.h"
#include "run/like.h"

struct like_source {
    struct end *end; /* what --like names */
    struct opened_source *model;
    struct opened_source *source; /* to read from */
};

void like_source_close(struct like_source *like);
CLEANUP_DEFINE(like_source, like_source_close);
/* *ret_like is NULL without --like. What differs is told in the report. */
MUST_USE pd_status like_wrap(const struct invocation *invocation, struct opened_source *source,
                             struct like_source **ret_like, struct report *report,
                             struct pd_error *err);
