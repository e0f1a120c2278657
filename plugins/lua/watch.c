// SPDX-License-Identifier: Apache-2.0
// watch - see watch.h.
#include "watch.h"

#include <errno.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

enum {
    TICK_MS = 100,
    GRACE_MS = 1000, /* a hook has that long to end the call in an orderly way */
    EXIT_FAILED = 1
};

/* What the thread has seen so far, in milliseconds. */
struct seen {
    unsigned turn;
    unsigned in_turn;
    unsigned in_all;
    unsigned since_expired;
};

static enum watch_why
why_expired(const struct watch *watch, const struct seen *seen)
{
    if (watch->call_ms && seen->in_turn >= watch->call_ms)
        return WATCH_CALL;
    return watch->total_ms && seen->in_all >= watch->total_ms ? WATCH_TOTAL : WATCH_FINE;
}

/* The script is trusted, so that this is a mistake of its author; the target is safe as it is
   when the program is killed. */
static void
end_program(const struct watch *watch, const char *function)
{
    watch->host->log(watch->host, PD_LOG_ERROR,
                     "%s: %s takes longer than %s allows and cannot be interrupted where it is; "
                     "polydump ends, and the target stays as after a kill",
                     watch->file, function,
                     atomic_load(&watch->expired) == WATCH_CALL ? "--lua-call" : "--lua-deadline");
    _exit(EXIT_FAILED);
}

static void
look(struct watch *watch, struct seen *seen)
{
    const char *function = atomic_load_explicit(&watch->function, memory_order_acquire);
    unsigned turn = atomic_load_explicit(&watch->turn, memory_order_acquire);
    enum watch_why why;

    if (!function) {
        seen->in_turn = seen->since_expired = 0;
        return;
    }
    seen->in_all += TICK_MS;
    seen->in_turn = turn == seen->turn ? seen->in_turn + TICK_MS : 0;
    seen->turn = turn;
    why = why_expired(watch, seen);
    if (why == WATCH_FINE)
        return;
    atomic_store(&watch->expired, (int)why);
    seen->since_expired += TICK_MS;
    if (seen->since_expired > GRACE_MS)
        end_program(watch, function);
}

static void
add_tick(struct timespec *until)
{
    until->tv_nsec += TICK_MS * 1000000L;
    until->tv_sec += until->tv_nsec / 1000000000;
    until->tv_nsec %= 1000000000;
}

static void *
run(void *arg)
{
    struct watch *watch = arg;
    struct seen seen = {0};
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    pthread_mutex_lock(&watch->lock);
    while (!watch->is_ended) {
        add_tick(&until);
        while (!watch->is_ended &&
               pthread_cond_timedwait(&watch->woken, &watch->lock, &until) != ETIMEDOUT) {
        }
        if (!watch->is_ended)
            look(watch, &seen);
    }
    pthread_mutex_unlock(&watch->lock);
    return NULL;
}

pd_status
watch_open(struct watch *watch, struct pd_error *err)
{
    pthread_condattr_t attributes;
    sigset_t all, before;
    int failed;

    if (!watch->call_ms && !watch->total_ms)
        return PD_OK;
    pthread_mutex_init(&watch->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&watch->woken, &attributes);
    pthread_condattr_destroy(&attributes);
    /* Signals are for the threads of the program. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&watch->thread, NULL, run, watch);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed)
        return watch->host->fail(err, PD_FATAL, PD_CAUSE_MEMORY,
                                 "no thread can be made to watch over '%s'", watch->file);
    watch->is_running = true;
    return PD_OK;
}

void
watch_close(struct watch *watch)
{
    if (!watch->is_running)
        return;
    pthread_mutex_lock(&watch->lock);
    watch->is_ended = true;
    pthread_cond_signal(&watch->woken);
    pthread_mutex_unlock(&watch->lock);
    pthread_join(watch->thread, NULL);
    pthread_cond_destroy(&watch->woken);
    pthread_mutex_destroy(&watch->lock);
    watch->is_running = false;
}
