// SPDX-License-Identifier: Apache-2.0
/* names - which names are taken in a schema, and names that the server can hold. */
#pragma once

#include <stdbool.h>

#include <polydump/pool.h>

enum { NAMES_MAX_BYTES = 63 };

struct name_slot {
    const char *schema;
    const char *name; /* NULL: free */
};

/* A set of pairs; pool is set by hand, the rest starts as zero. schema NULL: public. */
struct names {
    struct pd_pool *pool;
    struct name_slot *slots;
    size_t n;
    size_t n_slots;
};

/* PD_OK: it is taken now; PD_FAILED: it was before; PD_FATAL: memory is short. */
pd_status names_take(struct names *names, const char *schema, const char *name);
bool names_has(const struct names *names, const char *schema, const char *name);
/* A name of at most 63 bytes: itself, or its beginning and a hash of all of it. NULL: memory is
   short. */
const char *names_fit(struct pd_pool *pool, const char *name);
/* Take base, or base and separator and the first number from 1 on that is free, each cut to fit.
   NULL: memory is short. */
const char *names_choose(struct names *names, const char *schema, const char *base,
                         const char *separator);
/* parts joined by "_", NULL-ended; not cut. NULL: memory is short. */
const char *names_join(struct pd_pool *pool, const char *const *parts);
