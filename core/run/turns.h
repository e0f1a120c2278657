// SPDX-License-Identifier: Apache-2.0
/* turns - in which order several lanes take tables, and which of these are not worth a cut: large
   tables begin first, so that the lanes end together, and what a target makes of a table that is
   complete has time. No byte of an archive depends on the order. */
#pragma once

#include <polydump/plugin.h>

#include "base/arena.h"

/* A table of so many bytes is large, whatever others there are: it takes longer than to find out.
 */
enum { TURNS_LARGE = 4 << 20 };

/* The numbers of all tables, in the arena. From the largest on, those that have `large` bytes or
   more; the others behind them, ascending, as an archive puts them together with the least waiting.
   stats: one a table; what they count goes before estimates. NULL: memory is short. */
const uint32_t *turns_order(const struct pd_catalog *catalog, const struct pd_stats *stats,
                            uint64_t large, struct arena *arena);
/* Tables of at most so many rows are not much larger than a lane's share. A target may load one at
   less cost in one piece (PostgreSQL without a log). */
uint64_t turns_whole(const struct pd_catalog *catalog, const struct pd_stats *stats,
                     unsigned n_lanes);
