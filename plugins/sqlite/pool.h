// SPDX-License-Identifier: Apache-2.0
/* pool - memory that is given back all at once: catalogues and parsed statements. */
#pragma once

#include <stddef.h>

#include <polydump/plugin.h>

struct pool_chunk;
struct pool {
    const struct pd_host *host;
    struct pool_chunk *chunks;
};

/* pool->host is set by hand; the rest starts as zero. */
void pool_close(struct pool *pool);
/* Cleared and aligned for every type; NULL: memory is short. */
void *pool_alloc(struct pool *pool, size_t size);
/* A copy that ends in NUL. */
char *pool_copy(struct pool *pool, const char *text, size_t size);
char *pool_text(struct pool *pool, const char *text); /* NULL stays NULL */
/* Element number n, cleared, of an array that grows by doubling. array points to the variable that
   points to the elements; *room counts elements. NULL: memory is short. */
void *pool_append(struct pool *pool, void *array, size_t n, size_t *room, size_t element_size);
