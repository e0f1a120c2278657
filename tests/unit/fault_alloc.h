// SPDX-License-Identifier: Apache-2.0
/* fault_alloc - lets the n-th allocation of the program fail, and those behind it if wanted. Only
   with glibc and without a sanitizer, which has an allocator of its own. */
#pragma once

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

static atomic_long fault_living;    /* pieces that were not given back yet */
static atomic_long fault_left = -1; /* allocations that still succeed; below 0: all do */
static bool fault_hit;

#ifdef __has_feature /* clang's; gcc has macros */
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define FAULT_SANITIZED
#endif
#endif

#if defined(FAULT_SANITIZED) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||   \
    !defined(__GLIBC__)
enum { FAULT_ALLOC = 0 };
#else
enum { FAULT_ALLOC = 1 };

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *ptr, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *ptr);

static bool
fault_now(void)
{
    if (atomic_load(&fault_left) < 0 || atomic_fetch_sub(&fault_left, 1) > 0)
        return false;
    fault_left = -1;
    fault_hit = true;
    errno = ENOMEM;
    return true;
}

static void *
fault_count(void *ptr)
{
    if (ptr)
        fault_living++;
    return ptr;
}

void *
malloc(size_t size)
{
    return fault_now() ? NULL : fault_count(__libc_malloc(size));
}

void *
calloc(size_t n, size_t size)
{
    return fault_now() ? NULL : fault_count(__libc_calloc(n, size));
}

void *
realloc(void *ptr, size_t size)
{
    void *grown;

    if (fault_now())
        return NULL;
    grown = __libc_realloc(ptr, size);
    return ptr ? grown : fault_count(grown);
}

void *
aligned_alloc(size_t alignment, size_t size)
{
    return fault_now() ? NULL : fault_count(__libc_memalign(alignment, size));
}

void
free(void *ptr)
{
    if (ptr)
        fault_living--;
    __libc_free(ptr);
}
#endif

/* The n-th allocation from now on fails, from 0; -1: none. */
static inline void
fault_alloc_at(long n)
{
    fault_hit = false;
    fault_left = n;
}
