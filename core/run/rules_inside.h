// SPDX-License-Identifier: Apache-2.0
/* rules_inside - what the files of rules share: the options, one by one as they were given. */
#pragma once

#include "run/rules.h"

enum { PATTERN_MAX = 400 };
enum { RULE_EPOCH, RULE_ZONE, RULE_BOOL, RULE_UUID, RULE_COUNT_ };

/* An option on its way: "PATTERN=VALUE", or a pattern alone. */
struct said {
    int option;
    const char *text;          /* as given */
    bool stands;               /* see struct run_said */
    char pattern[PATTERN_MAX]; /* "": all columns */
    const char *value;         /* NULL: none */
    int64_t number;            /* what the value says */
};

/* Calls `step` for each that was given, as far as all is well. */
MUST_USE pd_status said_each(const struct run_options *options,
                             pd_status (*step)(void *arg, struct said *said, struct pd_error *err),
                             void *arg, struct pd_error *err);
/* Is there one? with_standing: also of those that stand (struct run_said). */
bool said_any(const struct run_options *options, bool with_standing);
const char *said_name(int option);  /* without dashes */
const char *said_about(int option); /* what it reads */
