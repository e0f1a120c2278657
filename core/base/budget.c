// SPDX-License-Identifier: Apache-2.0
/* budget - see budget.h.

   A batch takes chunks and cuts pieces off them without a lock; only chunks are counted and
   shared. A worker is the thread that called budget_begin(); since its batches end in other
   threads, each batch points to a small record of its worker, which lives as long as either. */
#include "base/budget.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "base/cancel.h"

enum {
    DEFAULT_BUDGET = 12 << 20, /* of 64 MiB: three batches in flight and the engines' own caches */
    ALIGNMENT = 64,            /* a cache line, and what pd_host promises */
    /* Two columns of 16,384 rows of 8 bytes with validity, and room for the batch itself. */
    STANDARD_CHUNK = (256 + 16) << 10,
    LARGE_STEP = 64 << 10, /* sizes of large chunks are rounded, so that they fit again */
    WAIT_NS = 200000000,   /* a signal wakes nobody; look after it that often */
    WAITS_IN_VAIN = 25     /* before memory that nobody can give back counts as lost */
};

struct worker {
    atomic_int n_references; /* its thread's, and one a living batch */
    atomic_int n_alive;      /* batches */
};

struct chunk {
    struct chunk *next;
    size_t size; /* with this head */
    size_t used; /* with this head */
};

struct pd_memory {
    struct worker *worker; /* NULL: it belongs to another batch */
    struct chunk *chunks;  /* the first is the one that is being filled */
    size_t size;           /* of all chunks */
};

enum { HEAD_SIZE = (sizeof(struct chunk) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT };

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t worker_key;
static bool has_key;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t given_back;
static size_t limit = DEFAULT_BUDGET;
static size_t used; /* by living batches */
static unsigned long n_given_back;
static size_t peak;
static size_t kept_size;
static struct chunk *kept; /* for the next batch; used + kept_size <= limit */

static void
worker_release(void *arg)
{
    struct worker *worker = arg;

    if (atomic_fetch_sub(&worker->n_references, 1) == 1)
        free(worker);
}

static void
prepare(void)
{
    pthread_condattr_t attributes;

    has_key = pthread_key_create(&worker_key, worker_release) == 0;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&given_back, &attributes);
    pthread_condattr_destroy(&attributes);
}

static struct worker *
this_worker(void)
{
    struct worker *worker;

    pthread_once(&once, prepare);
    if (!has_key)
        return NULL;
    worker = pthread_getspecific(worker_key);
    if (worker)
        return worker;
    worker = calloc(1, sizeof *worker);
    if (!worker)
        return NULL;
    atomic_init(&worker->n_references, 1);
    if (pthread_setspecific(worker_key, worker) != 0) {
        free(worker);
        return NULL;
    }
    return worker;
}

void
budget_set(size_t bytes)
{
    pthread_mutex_lock(&lock);
    limit = bytes ? bytes : DEFAULT_BUDGET;
    pthread_mutex_unlock(&lock);
}

size_t
budget_used(void)
{
    size_t bytes;

    pthread_mutex_lock(&lock);
    bytes = used;
    pthread_mutex_unlock(&lock);
    return bytes;
}

size_t
budget_peak(void)
{
    size_t bytes;

    pthread_mutex_lock(&lock);
    bytes = peak;
    pthread_mutex_unlock(&lock);
    return bytes;
}

/* Batches that this thread gets without waiting. */
static __thread int granted = 1;

/* Of batches that plugins have handed out. */
static atomic_size_t n_handed_out, n_kept;
static __thread unsigned long n_ended;
static __thread bool is_lost;

void
budget_handed_out(void)
{
    atomic_fetch_add(&n_handed_out, 1);
}

void
budget_released(bool is_kept)
{
    if (is_kept)
        atomic_fetch_add(&n_kept, 1);
    atomic_fetch_sub(&n_handed_out, 1);
}

bool
budget_is_lost(void)
{
    return is_lost;
}

unsigned long
budget_n_ended(void)
{
    return n_ended;
}

static void
wait_a_while(void)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += WAIT_NS;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_cond_timedwait(&given_back, &lock, &until);
}

/* False: what is missing will not come back. The lock is held. */
static bool
wait_for_room(const struct worker *worker)
{
    int n_waits = 0;

    while (used >= limit && atomic_load(&worker->n_alive) >= granted && !cancel_wanted()) {
        unsigned long before = n_given_back;

        wait_a_while();
        if (n_given_back != before || atomic_load(&n_handed_out) > 0 || atomic_load(&n_kept) == 0)
            n_waits = 0;
        else if (++n_waits >= WAITS_IN_VAIN)
            return false;
    }
    return true;
}

int
budget_grant(int n)
{
    int before = granted;

    granted = n;
    return before;
}

struct pd_memory *
budget_begin(void)
{
    struct worker *worker = this_worker();
    struct pd_memory *memory;

    if (!worker)
        return NULL;
    pthread_mutex_lock(&lock);
    is_lost = !wait_for_room(worker);
    pthread_mutex_unlock(&lock);
    if (cancel_wanted() || is_lost)
        return NULL;
    memory = calloc(1, sizeof *memory);
    if (!memory)
        return NULL;
    memory->worker = worker;
    atomic_fetch_add(&worker->n_references, 1);
    atomic_fetch_add(&worker->n_alive, 1);
    return memory;
}

struct pd_memory *
budget_begin_more(void)
{
    return cancel_wanted() ? NULL : calloc(1, sizeof(struct pd_memory));
}

/* The smallest kept chunk that has size and is not much larger; the lock is held. */
static struct chunk *
take_kept(size_t size)
{
    struct chunk **best = NULL, *chunk;

    for (struct chunk **at = &kept; *at; at = &(*at)->next) {
        size_t has = (*at)->size;

        if (has >= size && has <= size + size / 2 && (!best || has < (*best)->size))
            best = at;
        if (best && (*best)->size == size)
            break;
    }
    if (!best)
        return NULL;
    chunk = *best;
    *best = chunk->next;
    kept_size -= chunk->size;
    return chunk;
}

/* Free kept chunks until living and kept ones are within the budget; the lock is held. */
static void
trim_kept(size_t bound)
{
    while (kept && used + kept_size > bound) {
        struct chunk *chunk = kept;

        kept = chunk->next;
        kept_size -= chunk->size;
        free(chunk);
    }
}

static void
count_chunk(struct pd_memory *memory, const struct chunk *chunk)
{
    memory->size += chunk->size;
    used += chunk->size;
    if (used > peak)
        peak = used;
    trim_kept(limit);
}

static struct chunk *
get_chunk(struct pd_memory *memory, size_t size)
{
    struct chunk *chunk;

    pthread_mutex_lock(&lock);
    chunk = take_kept(size);
    if (chunk)
        count_chunk(memory, chunk);
    pthread_mutex_unlock(&lock);
    if (chunk)
        return chunk;
    chunk = aligned_alloc(ALIGNMENT, size);
    if (!chunk)
        return NULL;
    chunk->size = size;
    pthread_mutex_lock(&lock);
    count_chunk(memory, chunk);
    pthread_mutex_unlock(&lock);
    return chunk;
}

static size_t
room_of(const struct chunk *chunk)
{
    return chunk ? chunk->size - chunk->used : 0;
}

static void *
alloc_from_new(struct pd_memory *memory, size_t size)
{
    size_t wanted = size + HEAD_SIZE;
    struct chunk *chunk, *current = memory->chunks;

    if (wanted <= STANDARD_CHUNK)
        wanted = STANDARD_CHUNK;
    else
        wanted = (wanted + LARGE_STEP - 1) / LARGE_STEP * LARGE_STEP;
    chunk = get_chunk(memory, wanted);
    if (!chunk)
        return NULL;
    chunk->used = HEAD_SIZE + size;
    /* Go on filling the one that has more room left. */
    if (!current || room_of(chunk) > room_of(current)) {
        chunk->next = current;
        memory->chunks = chunk;
    } else {
        chunk->next = current->next;
        current->next = chunk;
    }
    return (unsigned char *)chunk + HEAD_SIZE;
}

void *
budget_alloc(struct pd_memory *memory, size_t size)
{
    struct chunk *chunk = memory->chunks;
    void *piece;

    if (size > SIZE_MAX / 2)
        return NULL;
    size = (size + (size == 0) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (room_of(chunk) < size)
        return alloc_from_new(memory, size);
    piece = (unsigned char *)chunk + chunk->used;
    chunk->used += size;
    return piece;
}

void
budget_end(struct pd_memory *memory)
{
    struct worker *worker;

    n_ended++;
    if (!memory)
        return;
    worker = memory->worker;
    pthread_mutex_lock(&lock);
    used -= memory->size;
    n_given_back++;
    while (memory->chunks) {
        struct chunk *chunk = memory->chunks;

        memory->chunks = chunk->next;
        chunk->next = kept;
        kept = chunk;
        kept_size += chunk->size;
    }
    trim_kept(limit);
    if (worker)
        atomic_fetch_sub(&worker->n_alive, 1);
    pthread_cond_broadcast(&given_back);
    pthread_mutex_unlock(&lock);
    if (worker)
        worker_release(worker);
    free(memory);
}

void
budget_wake(void)
{
    pthread_once(&once, prepare);
    pthread_mutex_lock(&lock);
    pthread_cond_broadcast(&given_back);
    pthread_mutex_unlock(&lock);
}

void
budget_trim(void)
{
    pthread_mutex_lock(&lock);
    trim_kept(used);
    pthread_mutex_unlock(&lock);
}
