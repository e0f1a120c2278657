// SPDX-License-Identifier: Apache-2.0
/* guard - stands between the core and a plugin: hands out handles of its own, and looks at what
   each call gives back before anybody uses it, so that a plugin's mistake ends the run with an
   error that names plugin and call. Nothing is asked a row: one more call through a pointer for
   each call.

   What a plugin breaks may be lost with it: a batch that keeps no rule is not released, since that
   would be done by its own members, and the error says so. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include "plugin/loader.h"

/* One a plugin, for good. */
struct guard {
    const char *name;
    struct pd_source_ops source; /* the plugin's own */
    struct pd_sink_ops sink;
    struct pd_scratch_ops scratch;
    bool has_source;
    atomic_uint n_open;   /* handles */
    atomic_uint n_opened; /* since the program began */
};

/* Put guards in the place of what a plugin offers, from before the first thread; members that are
   NULL stay so. PD_FAILED: there are too many plugins. */
MUST_USE pd_status guard_plugin(struct loaded *loaded, struct pd_error *err);
/* At the end of the program, with --verbose: what plugins have not given back. */
void guard_tell_left(void);

/* ---- For the guards themselves ---- */

/* What a call may return beside PD_OK and failures. */
enum { GUARD_DONE = 1 << 0, GUARD_UNSUPPORTED = 1 << 1 };

/* "plugin 'NAME': ..." as a mistake of the plugin's. */
MUST_USE pd_status guard_blame(const struct guard *guard, struct pd_error *err, const char *fmt,
                               ...) PD_PRINTF(3, 4);
/* What becomes of the status of a call, with the error that it was given (all zero before); err is
   the caller's, and stays as it is where nothing failed. */
MUST_USE pd_status guard_judge(const struct guard *guard, const char *call, unsigned may,
                               pd_status status, struct pd_error *said, struct pd_error *err);

extern const struct pd_source_ops guard_source_ops; /* all but open() */
extern const struct pd_sink_ops guard_sink_ops;     /* all but open() */

MUST_USE pd_status guard_source_open(struct guard *guard, const struct pd_host *host,
                                     const struct pd_endpoint *end, struct pd_source **ret_source,
                                     struct pd_error *err);
/* A handle around one of the plugin's, which is closed when there is no memory. */
MUST_USE pd_status guard_source_wrap(struct guard *guard, struct pd_source *inner,
                                     struct pd_source **ret_source, struct pd_error *err);
MUST_USE pd_status guard_sink_open(struct guard *guard, const struct pd_host *host,
                                   const struct pd_endpoint *end, struct pd_sink **ret_sink,
                                   struct pd_error *err);
