// SPDX-License-Identifier: Apache-2.0
/* transfer - source -> sink: the one pipeline of dump, restore, copy and migrate. */
#pragma once

#include "run/run.h"

/* Move everything that options select from an open source to the end named target. The ledger,
   what was left out and what verification found are added to report; a difference that is found
   before the target is in its place fails the run and leaves the target as it was. */
MUST_USE pd_status transfer_run(struct opened_source *source, const struct end *target,
                                const struct run_options *options, struct report *report,
                                struct pd_error *err);

/* Read everything and write it nowhere: counts, digests and facts must be what the source says. */
MUST_USE pd_status transfer_check(struct opened_source *source, const struct run_options *options,
                                  struct report *report, struct pd_error *err);
