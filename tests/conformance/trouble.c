// SPDX-License-Identifier: Apache-2.0
/* trouble - memory that runs short on demand: that of the host, and that of the system. */
#include "trouble.h"

#include <errno.h>
#include <link.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

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

#ifdef __has_feature /* clang's; gcc has a macro */
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

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

/* ---- What a careless library asked for last; trials have one thread ---- */

enum { RECENT = 8 };

static const char *library_name;
static uintptr_t library_begin, library_end;
static void *recent[RECENT];
static unsigned n_recent;
static bool is_library_refused;

static int
find_library(struct dl_phdr_info *info, size_t size, void *cookie)
{
    if (!strstr(info->dlpi_name, library_name))
        return 0;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];

        if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X))
            continue;
        library_begin = info->dlpi_addr + segment->p_vaddr;
        library_end = library_begin + segment->p_memsz;
    }
    return 1;
}

void
trouble_careless(const char *library)
{
    library_name = library;
    dl_iterate_phdr(find_library, NULL);
}

static void
forget_recent(void)
{
    memset(recent, 0, sizeof recent);
    is_library_refused = false;
}

long
trouble_left_by_library(void)
{
    long n = 0;

    for (size_t i = 0; i < RECENT && is_library_refused; i++)
        n += recent[i] != NULL;
    return n;
}

static bool
is_in_library(const void *caller)
{
    return (uintptr_t)caller >= library_begin && (uintptr_t)caller < library_end;
}

static bool
is_recorded(void)
{
    return library_name && atomic_load_explicit(&armed, memory_order_relaxed) == TROUBLE_SYSTEM + 1;
}

static void
note_given(void *ptr, const void *caller)
{
    if (is_recorded() && atomic_load(&failed) == 0 && is_in_library(caller))
        recent[n_recent++ % RECENT] = ptr;
}

static void
note_back(const void *ptr)
{
    for (size_t i = 0; i < RECENT && is_recorded(); i++) {
        if (recent[i] == ptr)
            recent[i] = NULL;
    }
}

/* ---- What was kept for the worst ---- */

enum { ROUNDING = 8192 };

static size_t reserve_size;
static bool is_reserve_used;
static size_t available;

void
trouble_reserve(size_t size)
{
    reserve_size = size;
}

static void
forget_reserve(void)
{
    is_reserve_used = false;
    available = 0;
}

static void
give_back(void *ptr)
{
    size_t size;

    if (!reserve_size || !fails_forever || atomic_load(&failed) == 0 ||
        atomic_load_explicit(&armed, memory_order_relaxed) != TROUBLE_SYSTEM + 1)
        return;
    size = malloc_usable_size(ptr);
    is_reserve_used |= size >= reserve_size && size < reserve_size + ROUNDING;
    if (is_reserve_used)
        available += size;
}

static bool
is_available(size_t size)
{
    if (!is_reserve_used || available < size)
        return false;
    available -= size;
    return true;
}

/* ---- The functions ---- */

static void *
counted(void *ptr, const void *caller)
{
    if (!ptr)
        return NULL;
    atomic_fetch_add_explicit(&n_live, 1, memory_order_relaxed);
    note_given(ptr, caller);
    return ptr;
}

static bool
is_short(size_t size, const void *caller)
{
    if (!strikes(TROUBLE_SYSTEM) || is_available(size))
        return false;
    if (atomic_load(&failed) == 1)
        is_library_refused = is_in_library(caller);
    errno = ENOMEM;
    return true;
}

#define CALLER __builtin_return_address(0)

void *
malloc(size_t size)
{
    return is_short(size, CALLER) ? NULL : counted(__libc_malloc(size), CALLER);
}

void *
calloc(size_t n, size_t size)
{
    return is_short(n * size, CALLER) ? NULL : counted(__libc_calloc(n, size), CALLER);
}

void *
realloc(void *ptr, size_t size)
{
    if (is_short(size, CALLER))
        return NULL;
    if (!ptr)
        return counted(__libc_realloc(NULL, size), CALLER);
    note_back(ptr);
    give_back(ptr);
    ptr = __libc_realloc(ptr, size);
    note_given(ptr, CALLER);
    return ptr;
}

void *
aligned_alloc(size_t alignment, size_t size)
{
    return is_short(size, CALLER) ? NULL : counted(__libc_memalign(alignment, size), CALLER);
}

void
free(void *ptr)
{
    if (ptr) {
        atomic_fetch_sub_explicit(&n_live, 1, memory_order_relaxed);
        note_back(ptr);
        give_back(ptr);
    }
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

static void
forget_recent(void)
{
}

static void
forget_reserve(void)
{
}

void
trouble_reserve(size_t size)
{
}

void
trouble_careless(const char *library)
{
}

long
trouble_left_by_library(void)
{
    return 0;
}

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

/* ---- Both ---- */

void
trouble_begin(enum trouble trouble, unsigned n, bool forever)
{
    fails_at = n;
    fails_forever = forever;
    atomic_store(&asked, 0);
    atomic_store(&failed, 0);
    forget_recent();
    forget_reserve();
    atomic_store(&armed, (int)trouble + 1);
}

bool
trouble_end(void)
{
    atomic_store(&armed, 0);
    return atomic_load(&failed) > 0;
}
