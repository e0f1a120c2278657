// SPDX-License-Identifier: Apache-2.0
/* arena - memory that is given back all at once: of a run, a table, a batch. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#include "base/cleanup.h"

struct arena;

/* NULL: memory is short. */
MUST_USE struct arena *arena_new(void);
void arena_free(struct arena *arena); /* NULL is fine */
CLEANUP_DEFINE(arena, arena_free);

/* Everything is given back, one chunk is kept for reuse. */
void arena_reset(struct arena *arena);

/* Cleared memory, aligned for any type. NULL: memory is short. size 0 gives a unique pointer. */
MUST_USE void *arena_alloc(struct arena *arena, size_t size);

/* Copies; NULL in gives NULL out, so check the argument when that matters. */
char *arena_strdup(struct arena *arena, const char *text);
void *arena_copy(struct arena *arena, const void *bytes, size_t size);
char *arena_printf(struct arena *arena, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Bytes that were taken from the system. */
size_t arena_size(const struct arena *arena);

#define arena_array(arena, type, n) ((type *)arena_alloc((arena), sizeof(type) * (size_t)(n)))
