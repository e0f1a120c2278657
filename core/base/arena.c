// SPDX-License-Identifier: Apache-2.0
/* arena - see arena.h. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_CHUNK = 1024,    /* a catalogue of one small table */
    LARGEST_CHUNK = 65536, /* what is larger is taken as it is */
    ALIGNMENT = alignof(max_align_t)
};

struct chunk {
    struct chunk *next;
    size_t size; /* of data */
    size_t used;
    alignas(max_align_t) unsigned char data[];
};

struct arena {
    struct chunk *chunks; /* the first is the one that is being filled */
    size_t next_size;
    size_t total;
};

struct arena *
arena_new(void)
{
    struct arena *arena = calloc(1, sizeof *arena);

    if (arena)
        arena->next_size = FIRST_CHUNK;
    return arena;
}

static void
free_chunks(struct chunk *chunk)
{
    while (chunk) {
        struct chunk *next = chunk->next;

        free(chunk);
        chunk = next;
    }
}

void
arena_free(struct arena *arena)
{
    if (!arena)
        return;
    free_chunks(arena->chunks);
    free(arena);
}

void
arena_reset(struct arena *arena)
{
    struct chunk *kept = arena->chunks;

    if (!kept)
        return;
    free_chunks(kept->next);
    kept->next = NULL;
    kept->used = 0;
    arena->total = sizeof *kept + kept->size;
}

static struct chunk *
new_chunk(struct arena *arena, size_t size)
{
    struct chunk *chunk;

    chunk = malloc(sizeof *chunk + size);
    if (!chunk)
        return NULL;
    chunk->size = size;
    chunk->used = 0;
    arena->total += sizeof *chunk + size;
    return chunk;
}

/* A chunk of its own for a large piece; it stands behind the one that is being filled. */
static void *
alloc_large(struct arena *arena, size_t size)
{
    struct chunk *chunk = new_chunk(arena, size);

    if (!chunk)
        return NULL;
    chunk->used = size;
    if (arena->chunks) {
        chunk->next = arena->chunks->next;
        arena->chunks->next = chunk;
    } else {
        chunk->next = NULL;
        arena->chunks = chunk;
    }
    return memset(chunk->data, 0, size);
}

void *
arena_alloc(struct arena *arena, size_t size)
{
    struct chunk *chunk = arena->chunks;
    void *piece;

    if (size > PTRDIFF_MAX / 2) /* a product that went wrong */
        return NULL;
    size = (size + (size == 0) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (!chunk || chunk->size - chunk->used < size) {
        if (size > LARGEST_CHUNK / 4)
            return alloc_large(arena, size);
        if (arena->next_size < LARGEST_CHUNK)
            arena->next_size *= 2;
        chunk = new_chunk(arena, arena->next_size > size ? arena->next_size : size);
        if (!chunk)
            return NULL;
        chunk->next = arena->chunks;
        arena->chunks = chunk;
    }
    piece = chunk->data + chunk->used;
    chunk->used += size;
    return memset(piece, 0, size);
}

void *
arena_copy(struct arena *arena, const void *bytes, size_t size)
{
    void *copy;

    if (!bytes)
        return NULL;
    copy = arena_alloc(arena, size);
    return copy ? memcpy(copy, bytes, size) : NULL;
}

char *
arena_strdup(struct arena *arena, const char *text)
{
    return text ? arena_copy(arena, text, strlen(text) + 1) : NULL;
}

char *
arena_printf(struct arena *arena, const char *fmt, ...)
{
    va_list args;
    char *text;
    int size;

    va_start(args, fmt);
    size = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (size < 0)
        return NULL;
    text = arena_alloc(arena, (size_t)size + 1);
    if (!text)
        return NULL;
    va_start(args, fmt);
    vsnprintf(text, (size_t)size + 1, fmt, args);
    va_end(args);
    return text;
}

size_t
arena_size(const struct arena *arena)
{
    return arena->total;
}
