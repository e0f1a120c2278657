// SPDX-License-Identifier: Apache-2.0
/* counted - what the ends of a stream's tables said was counted, kept small until somebody asks.
   Safe from any thread. */
#pragma once

#include <jansson.h>
#include <pthread.h>

#include "archive/spool.h"
#include "base/arena.h"

struct counted {
    pthread_mutex_t lock;
    struct arena *arena; /* of those that were asked for */
    struct spool spool;
    struct counted_table *tables;
    size_t n_tables;
};

MUST_USE pd_status counted_open(struct counted *counted, size_t n_tables, struct pd_error *err);
void counted_close(struct counted *counted);
/* Keep the member "stats" of the end of a table. */
MUST_USE pd_status counted_keep(struct counted *counted, uint32_t table, const json_t *json,
                                struct pd_error *err);
/* PD_UNSUPPORTED: nothing was kept of this table. */
MUST_USE pd_status counted_get(struct counted *counted, uint32_t number,
                               const struct pd_table *table, const struct pd_stats **ret_stats,
                               struct pd_error *err);
