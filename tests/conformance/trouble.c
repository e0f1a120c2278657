// SPDX-License-Identifier: Apache-2.0
/* trouble - memory that runs short on demand: that of the host, and that of the system. */
#include "trouble.h"

#include <errno.h>
#include <stdatomic.h>

#include "plugin/host.h"

static atomic_int armed; /* enum trouble + 1 */
static atomic_uint asked;
static atomic_uint failed;
static unsigned fails_at;
static bool fails_forever;
static __thread bool is_spared;

static bool
strikes(enum trouble trouble)
{
    unsigned number;

    if (atomic_load_explicit(&armed, memory_order_relaxed) != (int)trouble + 1)
        return false;
    if (is_spared && trouble == TROUBLE_SYSTEM)
        return false;
    number = atomic_fetch_add(&asked, 1) + 1;
    if (number != fails_at && !(fails_forever && number > fails_at))
        return false;
    atomic_fetch_add(&failed, 1);
    return true;
}

void
trouble_begin(enum trouble trouble, unsigned n, bool forever)
{
    fails_at = n;
    fails_forever = forever;
    atomic_store(&asked, 0);
    atomic_store(&failed, 0);
    atomic_store(&armed, (int)trouble + 1);
}

bool
trouble_end(void)
{
    atomic_store(&armed, 0);
    return atomic_load(&failed) > 0;
}

void
trouble_spare(bool spare)
{
    is_spared = spare;
}

/* ---- The host ---- */

static void *
spoilt_alloc(const struct pd_host *host, size_t size)
{
    return strikes(TROUBLE_HOST) ? NULL : host_get()->alloc(host, size);
}

static void *
spoilt_resize(const struct pd_host *host, void *ptr, size_t size)
{
    return strikes(TROUBLE_HOST) ? NULL : host_get()->resize(host, ptr, size);
}

static struct pd_memory *
spoilt_batch_begin(const struct pd_host *host)
{
    return strikes(TROUBLE_HOST) ? NULL : host_get()->batch_begin(host);
}

static void *
spoilt_batch_alloc(struct pd_memory *memory, size_t size)
{
    return strikes(TROUBLE_HOST) ? NULL : host_get()->batch_alloc(memory, size);
}

const struct pd_host *
trouble_host(void)
{
    static struct pd_host host;

    host = *host_get();
    host.alloc = spoilt_alloc;
    host.resize = spoilt_resize;
    host.batch_begin = spoilt_batch_begin;
    host.batch_alloc = spoilt_batch_alloc;
    return &host;
}

/* ---- The system: these take the place of the C library's for the whole program ---- */

#if defined(HAVE_LIBC_MALLOC) && !defined(__SANITIZE_ADDRESS__)

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *ptr, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *ptr);
void *aligned_alloc(size_t alignment, size_t size);
void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void *realloc(void *ptr, size_t size);
void free(void *ptr);

static atomic_long n_live;

static void *
counted(void *ptr)
{
    if (ptr)
        atomic_fetch_add_explicit(&n_live, 1, memory_order_relaxed);
    return ptr;
}

static bool
is_short(void)
{
    bool is = strikes(TROUBLE_SYSTEM);

    if (is)
        errno = ENOMEM;
    return is;
}

void *
malloc(size_t size)
{
    return is_short() ? NULL : counted(__libc_malloc(size));
}

void *
calloc(size_t n, size_t size)
{
    return is_short() ? NULL : counted(__libc_calloc(n, size));
}

void *
realloc(void *ptr, size_t size)
{
    if (is_short())
        return NULL;
    return ptr ? __libc_realloc(ptr, size) : counted(__libc_realloc(NULL, size));
}

void *
aligned_alloc(size_t alignment, size_t size)
{
    return is_short() ? NULL : counted(__libc_memalign(alignment, size));
}

void
free(void *ptr)
{
    if (ptr)
        atomic_fetch_sub_explicit(&n_live, 1, memory_order_relaxed);
    __libc_free(ptr);
}

bool
trouble_has_system(void)
{
    return true;
}

long
trouble_live(void)
{
    return atomic_load(&n_live);
}

#else

bool
trouble_has_system(void)
{
    return false;
}

long
trouble_live(void)
{
    return 0;
}

#endif
