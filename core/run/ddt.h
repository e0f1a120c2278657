// SPDX-License-Identifier: Apache-2.0
/* ddt - the double dump test: dump a, restore it to a scratch database, dump b, compare; and what
   that cannot see is compared by facts of the engine on both sides. Through another engine
   (--via) b is read under the schema of a, and every difference must be one that the restore
   said it left out. */
#pragma once

#include "run/run.h"

struct ddt_options {
    const char *keep;      /* folder for a and b, made new; NULL: a temporary one, removed after */
    const struct end *via; /* the empty database to go through; NULL: a scratch one of the source's
                              engine. With keep, what was restored stays in it. */
};

/* What is found is added to report as differences; report's ledger is that of dump a. */
MUST_USE pd_status ddt_run(const struct end *source, const struct run_options *options,
                           const struct ddt_options *ddt_options, struct report *report,
                           struct pd_error *err);
