// SPDX-License-Identifier: Apache-2.0
/* left - what a sink says to have left out, looked at before it is told. */
#pragma once

#include "base/error.h"

/* The n-th of the plugin's sink; catalog is that of its load. PD_DONE: there are no more, or it has
   no left_out(). */
MUST_USE pd_status left_next(const struct pd_plugin *plugin, struct pd_sink *sink,
                             const struct pd_catalog *catalog, size_t n,
                             const struct pd_left_out **ret_left, struct pd_error *err);
