// SPDX-License-Identifier: Apache-2.0
/* recognise - are the tables of a run in the target already? */
#pragma once

#include "run/select.h"

/* Refuses (PD_CAUSE_USAGE) --data-only into an end whose plugin does not know of tables that are
   there. */
MUST_USE pd_status recognise_able(const struct pd_plugin *plugin, const struct run_options *options,
                                  struct pd_error *err);
/* *ret_present: all of them are, and none has rows, so that the rows go into them as with
   --data-only; or --into says that they are there. The target is asked only where the user has not
   said what shall become of what is there. Refuses
   (PD_CAUSE_CONFLICT) where only some are there, or some have rows. */
MUST_USE pd_status recognise(const struct opened_source *source, const struct pd_plugin *plugin,
                             const struct pd_endpoint *endpoint, struct pd_sink *sink,
                             const struct run_options *options, struct arena *arena,
                             bool *ret_present, struct pd_error *err);
