// SPDX-License-Identifier: Apache-2.0
/* drawer - which names are taken where names have to differ, and names that the server can hold. */
#pragma once

#include <stdbool.h>

#include <polydump/pool.h>

#include "mariadb.h"

enum { DRAWER_MOST_CHARACTERS = 64, DRAWER_MOST_FILE = 250 /* 255 less an ending of four */ };

struct drawer_slot {
    const char *key;  /* the name, folded where names fold; NULL: free */
    const char *name; /* as it was given */
};

/* A set of names; pool is set by hand, the rest starts as zero. */
struct drawer {
    struct pd_pool *pool;
    struct my *my; /* asked how it folds letters that are not ASCII; NULL: those stay */
    bool folds;
    struct drawer_slot *slots;
    size_t n;
    size_t n_slots;
};

/* PD_OK: it is taken now; PD_FAILED: it was before; PD_FATAL: memory is short. */
pd_status drawer_take(struct drawer *drawer, const char *name);
/* As it was given when it was taken; NULL: it is free. */
const char *drawer_find(struct drawer *drawer, const char *name);
/* The name as the server keeps it where names have no case. NULL: memory is short. */
const char *drawer_fold(struct drawer *drawer, const char *name);
/* Why the server holds no such name, one clause; NULL: it does. */
const char *drawer_trouble(const char *name);
/* Of a table it is the name of a file too. */
const char *drawer_file_trouble(const char *name);
/* A name that the server holds: itself, or what of it can be and a hash of all of it. is_file: of a
   table. NULL: memory is short. */
const char *drawer_fit(struct pd_pool *pool, const char *name, bool is_file);
/* Take base, or base and separator and the first number from 1 on that is free, each cut to fit.
   NULL: memory is short. */
const char *drawer_choose(struct drawer *drawer, const char *base, const char *separator,
                          bool is_file);
/* parts joined by "_", NULL-ended; not cut. NULL: memory is short. */
const char *drawer_join(struct pd_pool *pool, const char *const *parts);
