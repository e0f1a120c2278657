// SPDX-License-Identifier: Apache-2.0
/* parts - cuts a table in ranges that several readers can take: a pure function of the exact
   count and the ends of the axis, never of jobs (DECISIONS 10). */
#pragma once

#include <polydump/plugin.h>

/* A part has at least this many rows on an even axis: 16 blocks or more, so that its first and
   last, smaller blocks do not count. */
enum { PART_ROWS = 262144, PARTS_LEAST = 2 * PART_ROWS, PARTS_MAX = 64 };

/* How many parts; 1 when there is no axis. */
uint32_t parts_count(const struct pd_extent *extent);
/* The range of a part, the first open below and the last open above. */
struct pd_range parts_range(const struct pd_extent *extent, uint32_t n_parts, uint32_t part);
