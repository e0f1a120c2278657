// SPDX-License-Identifier: Apache-2.0
/* statements - SQL of migrations, run on the target before and after the rows. */
#pragma once

#include "run/run.h"

/* For the sink: which ones there will be. With --schema-only there are none, which is told. */
MUST_USE pd_status statements_load(const struct run_options *options, struct pd_load *load,
                                   struct report *report, struct pd_error *err);
/* All of one time (enum pd_when), in their order; each that was run is a line of the report. */
MUST_USE pd_status statements_run(const struct pd_load *load, uint32_t when,
                                  const struct pd_sink_ops *ops, struct pd_sink *sink,
                                  struct report *report, struct pd_error *err);
/* The verification found a difference, which may be what was run before the rows. */
pd_status statements_blame(const struct pd_load *load, pd_status status, struct pd_error *err);
