// SPDX-License-Identifier: Apache-2.0
/* parts - cuts a table in ranges. */
#include "run/parts.h"

static unsigned __int128
extent_span(const struct pd_extent *extent)
{
    return (unsigned __int128)((__int128)extent->high - extent->low) + 1;
}

uint32_t
parts_count(const struct pd_extent *extent)
{
    uint64_t n = extent->n_rows / PART_ROWS;

    if (!extent->has_axis || extent->high < extent->low || n < 2)
        return 1;
    if (n > PARTS_MAX)
        n = PARTS_MAX;
    return extent_span(extent) < n ? (uint32_t)extent_span(extent) : (uint32_t)n;
}

static int64_t
parts_border(const struct pd_extent *extent, uint32_t n_parts, uint32_t part)
{
    return (int64_t)(extent->low + (__int128)(extent_span(extent) * part / n_parts));
}

struct pd_range
parts_range(const struct pd_extent *extent, uint32_t n_parts, uint32_t part)
{
    struct pd_range range = {.struct_size = sizeof range};

    if (part > 0) {
        range.flags |= PD_RANGE_LOW;
        range.low = parts_border(extent, n_parts, part);
    }
    if (part + 1 < n_parts) {
        range.flags |= PD_RANGE_HIGH;
        range.high = parts_border(extent, n_parts, part + 1);
    }
    return range;
}
