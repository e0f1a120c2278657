// SPDX-License-Identifier: Apache-2.0
/* hash - XXH3-128 of bytes as a struct digest. */
#pragma once

#include <xxhash.h>

#include "base/cleanup.h"
#include "model/digest.h"

static inline struct digest
hash_digest(XXH128_hash_t hash)
{
    return (struct digest){.low = hash.low64, .high = hash.high64};
}

static inline struct digest
hash_of(const void *bytes, size_t size)
{
    return hash_digest(XXH3_128bits(size ? bytes : "", size));
}

static inline bool
hash_equal(const struct digest *a, const struct digest *b)
{
    return a->low == b->low && a->high == b->high;
}

static inline void
hash_free_(XXH3_state_t **state)
{
    XXH3_freeState(*state);
}
#define CLEANUP_HASH __attribute__((cleanup(hash_free_)))
