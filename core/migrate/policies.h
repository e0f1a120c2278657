// SPDX-License-Identifier: Apache-2.0
/* policies - what the user, the configuration and plugins say of the rows of tables, by patterns;
   and which of it counts for each table (doc/policies.md). */
#pragma once

#include <polydump/migration.h>

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"

/* Strings belong to the list. */
struct policy {
    const char *pattern;
    enum pd_policy_kind kind;
    bool references_null;           /* SKIP: foreign keys to it become NULL */
    const char *const *natural_key; /* RECREATE: NULL-ended; else NULL */
    const char *origin;             /* for people: "'polydump.yaml' line 7" */
    bool must_fit;                  /* a pattern that fits no table is an error */
};

/* In the order in which they count: of several that fit a table the first one. */
struct policies {
    struct arena *arena; /* borrowed */
    struct policy *list;
    size_t n;
    size_t room;
};

const char *policy_name(enum pd_policy_kind kind);
/* PD_FAILED: there is no such policy; a near one is named. */
MUST_USE pd_status policy_kind_of(const char *name, enum pd_policy_kind *ret_kind,
                                  struct pd_error *err);
/* Everything is copied. Refuses what does not go together. */
MUST_USE pd_status policies_add(struct policies *policies, const struct policy *policy,
                                struct pd_error *err);
/* "PATTERN=skip", "PATTERN=recreate:column,column"; the pattern must fit. */
MUST_USE pd_status policies_parse(struct policies *policies, const char *text, const char *origin,
                                  struct pd_error *err);
/* Those of a plugin, NULL-ended; NULL: none. */
MUST_USE pd_status policies_adopt(struct policies *policies, const struct pd_policy *const *theirs,
                                  const char *origin, struct pd_error *err);

/* Which policy counts for a table, NULL: none. */
const struct policy *policies_of(const struct policies *policies, const struct pd_table *table);
/* The first one behind `counts` that says something else of the table, NULL: none. */
const struct policy *policies_passed_over(const struct policies *policies,
                                          const struct policy *counts,
                                          const struct pd_table *table);
bool policy_fits_any(const struct policy *policy, const struct pd_catalog *catalog);
