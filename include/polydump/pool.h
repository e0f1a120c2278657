/* SPDX-License-Identifier: Apache-2.0 */
/*
 * polydump/pool.h - memory of a plugin that is given back all at once, all inline: catalogues,
 * names, statements. Optional; a plugin may have its own.
 */
#ifndef POLYDUMP_POOL_H
#define POLYDUMP_POOL_H

#include <string.h>

#include <polydump/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { PD_POOL_CHUNK = 16384, PD_POOL_ALIGN = 16 };

/* 16 bytes on 32-bit machines as well, so that what follows is aligned. */
union pd_pool_chunk {
    struct {
        union pd_pool_chunk *next;
        uint32_t used;
        uint32_t room;
    } head;
    unsigned char align_[PD_POOL_ALIGN];
};

/* host is set by hand; the rest starts as zero. */
struct pd_pool {
    const struct pd_host *host;
    union pd_pool_chunk *chunks;
};

/* Gives everything back; the pool can be used again. */
static inline void
pd_pool_close(struct pd_pool *pool)
{
    while (pool->chunks) {
        union pd_pool_chunk *next = pool->chunks->head.next;

        pool->host->release(pool->host, pool->chunks);
        pool->chunks = next;
    }
}

static inline union pd_pool_chunk *
pd_pool_grow_(struct pd_pool *pool, size_t size)
{
    size_t room = size > (size_t)PD_POOL_CHUNK ? size : (size_t)PD_POOL_CHUNK;
    union pd_pool_chunk *chunk =
        (union pd_pool_chunk *)pool->host->alloc(pool->host, sizeof *chunk + room);

    if (!chunk)
        return NULL;
    chunk->head.used = 0;
    chunk->head.room = (uint32_t)room;
    chunk->head.next = pool->chunks;
    pool->chunks = chunk;
    return chunk;
}

/* Cleared, and aligned for every type of the language; NULL: memory is short. */
static inline void *
pd_pool_alloc(struct pd_pool *pool, size_t size)
{
    union pd_pool_chunk *chunk = pool->chunks;
    unsigned char *memory;

    if (size > (size_t)INT32_MAX)
        return NULL;
    size = (size + PD_POOL_ALIGN) / PD_POOL_ALIGN * PD_POOL_ALIGN;
    if (!chunk || chunk->head.room - chunk->head.used < size)
        chunk = pd_pool_grow_(pool, size);
    if (!chunk)
        return NULL;
    memory = (unsigned char *)(chunk + 1) + chunk->head.used;
    chunk->head.used += (uint32_t)size;
    memset(memory, 0, size);
    return memory;
}

/* A copy of size bytes, with a NUL behind them. */
static inline char *
pd_pool_copy(struct pd_pool *pool, const void *bytes, size_t size)
{
    char *copy = (char *)pd_pool_alloc(pool, size + 1);

    if (copy && size)
        memcpy(copy, bytes, size);
    return copy;
}

/* NULL stays NULL, which is no shortage of memory. */
static inline char *
pd_pool_text(struct pd_pool *pool, const char *text)
{
    return text ? pd_pool_copy(pool, text, strlen(text)) : NULL;
}

/* Element number n, cleared, of an array that grows by doubling. array points to the variable that
   points to the elements; *room counts elements. NULL: memory is short. */
static inline void *
pd_pool_append(struct pd_pool *pool, void *array, size_t n, size_t *room, size_t element_size)
{
    size_t wanted = *room ? *room * 2 : 4;
    void *place, *grown;

    memcpy(&place, array, sizeof place);
    if (n == *room) {
        grown = pd_pool_alloc(pool, wanted * element_size);
        if (!grown)
            return NULL;
        if (n)
            memcpy(grown, place, n * element_size);
        memcpy(array, &grown, sizeof grown);
        place = grown;
        *room = wanted;
    }
    return (char *)place + n * element_size;
}

#ifdef __cplusplus
}
#endif

#endif
