// SPDX-License-Identifier: Apache-2.0
/* turns - in which order several lanes take tables. */
#include "run/turns.h"

#include <stdbool.h>
#include <stdlib.h>

enum { ROW_BYTES = 64 /* where only rows were counted; most are of about this size */ };

struct turn {
    uint64_t n_bytes; /* 0: not large */
    uint32_t table;
};

static uint64_t
rows_of(const struct pd_catalog *catalog, const struct pd_stats *stats, size_t table)
{
    bool is_known = stats[table].profiles || stats[table].n_rows;

    return is_known ? stats[table].n_rows : catalog->tables[table].n_rows_estimate;
}

static uint64_t
bytes_of(const struct pd_catalog *catalog, const struct pd_stats *stats, size_t table)
{
    uint64_t n_bytes = catalog->tables[table].n_bytes_estimate;
    uint64_t n_rows = rows_of(catalog, stats, table);

    if (n_bytes)
        return n_bytes;
    return n_rows < UINT64_MAX / ROW_BYTES ? n_rows * ROW_BYTES : UINT64_MAX;
}

static int
compare_turns(const void *a_, const void *b_)
{
    const struct turn *a = a_, *b = b_;

    if (a->n_bytes != b->n_bytes)
        return a->n_bytes > b->n_bytes ? -1 : 1;
    return a->table < b->table ? -1 : a->table > b->table;
}

const uint32_t *
turns_order(const struct pd_catalog *catalog, const struct pd_stats *stats, uint64_t large,
            struct arena *arena)
{
    size_t n = catalog->n_tables;
    struct turn *turns = arena_array(arena, struct turn, n + 1);
    uint32_t *order = arena_array(arena, uint32_t, n + 1);

    if (!turns || !order)
        return NULL;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t n_bytes = bytes_of(catalog, stats, i);

        turns[i] = (struct turn){.n_bytes = n_bytes >= large ? n_bytes : 0, .table = i};
    }
    if (n)
        qsort(turns, n, sizeof *turns, compare_turns);
    for (size_t i = 0; i < n; i++)
        order[i] = turns[i].table;
    return order;
}

uint64_t
turns_whole(const struct pd_catalog *catalog, const struct pd_stats *stats, unsigned n_lanes)
{
    uint64_t n_rows = 0;

    for (size_t i = 0; i < catalog->n_tables; i++)
        n_rows += rows_of(catalog, stats, i);
    return n_rows / (n_lanes * UINT64_C(3)) * 4;
}
