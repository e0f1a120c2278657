// SPDX-License-Identifier: Apache-2.0
/* policed - a source as policies make it: tables without their rows, and references to rows that
   the application has made in the target, under other keys. */
#pragma once

#include "base/buffer.h"
#include "migrate/policies.h"
#include "run/run.h"

struct policed;

/* What is known of the target. */
struct policed_target {
    bool is_archive;
    bool is_rebuilt;              /* tables that are there are dropped and made anew */
    bool is_truncated;            /* tables that rows go into are emptied first */
    struct opened_source *source; /* NULL: there is none to be read; borrowed */
    const char *name;             /* for messages */
};

/* Everything is borrowed. Decides what becomes of each table, reads natural keys on both sides,
   and refuses what would be lost: rows that refer to rows that stay behind. Nothing is written.
   *ret_policed is NULL when there are no policies, or no rows. */
MUST_USE pd_status policed_open(struct opened_source *inner, const struct policies *policies,
                                const struct policed_target *target,
                                const struct run_options *options, struct policed **ret_policed,
                                struct pd_error *err);
void policed_close(struct policed *policed); /* NULL is fine; before inner and the target */
CLEANUP_DEFINE(policed, policed_close);

struct opened_source *policed_source(struct policed *policed);
/* For run_options; the policed's. */
const uint8_t *policed_ways(const struct policed *policed);

/* What each policy does to which table, a line each: "policy skip ('polydump.yaml' line 3), table
   't': its rows stay behind". */
void policed_put(const struct policed *policed, struct buffer *out);
/* For programs: a list of objects. */
void policed_json(const struct policed *policed, struct buffer *out);
