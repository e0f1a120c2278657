// SPDX-License-Identifier: Apache-2.0
/* pool - memory that is given back all at once. */
#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "pool.h"

struct pool_chunk {
    struct pool_chunk *next;
    size_t used;
    size_t room;
    alignas(max_align_t) unsigned char bytes[];
};

enum { POOL_CHUNK = 16384 };

void
pool_close(struct pool *pool)
{
    while (pool->chunks) {
        struct pool_chunk *next = pool->chunks->next;

        pool->host->release(pool->host, pool->chunks);
        pool->chunks = next;
    }
}

static struct pool_chunk *
pool_grow(struct pool *pool, size_t size)
{
    size_t room = size > POOL_CHUNK ? size : POOL_CHUNK;
    struct pool_chunk *chunk = pool->host->alloc(pool->host, sizeof *chunk + room);

    if (!chunk)
        return NULL;
    chunk->used = 0;
    chunk->room = room;
    chunk->next = pool->chunks;
    pool->chunks = chunk;
    return chunk;
}

void *
pool_alloc(struct pool *pool, size_t size)
{
    struct pool_chunk *chunk = pool->chunks;
    void *memory;

    if (size > SIZE_MAX / 2)
        return NULL;
    size = (size + alignof(max_align_t)) / alignof(max_align_t) * alignof(max_align_t);
    if (!chunk || chunk->room - chunk->used < size)
        chunk = pool_grow(pool, size);
    if (!chunk)
        return NULL;
    memory = chunk->bytes + chunk->used;
    chunk->used += size;
    return memset(memory, 0, size);
}

char *
pool_copy(struct pool *pool, const char *text, size_t size)
{
    char *copy = pool_alloc(pool, size + 1);

    if (copy && size)
        memcpy(copy, text, size);
    return copy;
}

char *
pool_text(struct pool *pool, const char *text)
{
    return text ? pool_copy(pool, text, strlen(text)) : NULL;
}

void *
pool_append(struct pool *pool, void *array, size_t n, size_t *room, size_t element_size)
{
    void *place = array;
    size_t wanted = *room ? *room * 2 : 4;
    void *grown;

    if (n == *room) {
        memcpy(&place, array, sizeof place);
        grown = pool_alloc(pool, wanted * element_size);
        if (!grown)
            return NULL;
        if (n)
            memcpy(grown, place, n * element_size);
        memcpy(array, &grown, sizeof grown);
        *room = wanted;
    }
    memcpy(&place, array, sizeof place);
    return (char *)place + n * element_size;
}
