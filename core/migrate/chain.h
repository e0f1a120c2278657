// SPDX-License-Identifier: Apache-2.0
/* chain - the steps from one version to another, proved before anything is written. */
#pragma once

#include <polydump/migration.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"

/* Every step that was found, and every version that is known. */
struct step_list {
    const struct pd_migration *const *steps;
    size_t n_steps;
    const char *const
        *versions; /* those that a plugin lists; the ends of the steps are known anyway */
    size_t n_versions;
};

struct chain {
    const struct pd_migration **steps; /* in their order; the arena's */
    size_t n_steps;                    /* 0: the data is of that version already */
    const char *from;                  /* what the data is */
    const char *to;                    /* what it shall be */
};

/* to NULL: the newest version that is known. PD_CAUSE_VERSION, with the chain as far as it goes in
   the error: a version that no step leaves, a cycle, two steps that leave and reach the same, a
   step that does not lead upwards, data that is newer than `to`, a version that is no version. */
MUST_USE pd_status chain_find(const struct step_list *list, const char *from, const char *to,
                              struct arena *arena, struct chain *ret_chain, struct pd_error *err);
/* "1.0 -> 1.1 -> 2.0", of its versions. */
void chain_put(const struct chain *chain, struct buffer *out);
