// SPDX-License-Identifier: Apache-2.0
/* discard - a sink for rows that are only to be read and counted. */
#pragma once

#include <polydump/plugin.h>

extern const struct pd_sink_ops discard_sink;
extern const struct pd_plugin discard_plugin;
