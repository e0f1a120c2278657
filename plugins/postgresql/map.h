// SPDX-License-Identifier: Apache-2.0
/* map - what the files share that choose a type of the server for each column. */
#pragma once

#include "names.h"
#include "sink.h"

/* How the choice among the target's types is made. */
struct map {
    struct pd_sink *sink;
    const struct pd_load *load;
    const struct pd_catalog *catalog;
    struct pd_mapping *mappings; /* one a column, table after table */
    size_t *first;               /* one a table: the number of its first mapping */
    bool same;                   /* PD_LOAD_SAME_ENGINE */
    bool native;                 /* PD_LOAD_NATIVE */
    bool carry;
    struct names types; /* names of tables and types, which share a drawer */
    struct pd_error *err;
};

/* ---- map_kind.c ---- */

/* By the neutral type, the hint and the values. without_hint: as if the declaration promised
   nothing. PD_FATAL: memory is short. */
pd_status map_kind(struct map *map, const struct pd_column *column,
                   const struct pd_profile *profile, bool without_hint,
                   struct pd_mapping *ret_mapping);
/* How bytes of such values are sent. */
enum pg_form map_form(const struct pd_type *as);

/* ---- map_join.c ---- */

/* Give columns that foreign keys join types that can be joined. */
pd_status map_join(struct map *map);
/* Can a foreign key join them? */
bool map_can_join(const struct pd_mapping *child, const struct pd_mapping *parent);
