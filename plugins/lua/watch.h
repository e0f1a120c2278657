// SPDX-License-Identifier: Apache-2.0
/* watch - a thread that ends what Lua's own hook cannot: a call that stays in one C function, as
   string.find() can for hours. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include <polydump/plugin.h>

struct watch {
    const struct pd_host *host;
    const char *file;  /* for messages */
    unsigned call_ms;  /* that one call may take; 0: no bound */
    unsigned total_ms; /* that all calls together may take; 0: no bound */

    _Atomic(const char *) function; /* that is being called; NULL: none */
    atomic_uint turn;               /* goes up with each call */
    atomic_int expired;             /* enum watch_why: the next hook shall end it */

    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t woken;
    bool is_running;
    bool is_ended;
};

enum watch_why { WATCH_FINE = 0, WATCH_CALL = 1, WATCH_TOTAL = 2 };

/* call_ms and total_ms are set; without either there is no thread. */
pd_status watch_open(struct watch *watch, struct pd_error *err);
void watch_close(struct watch *watch);

static inline void
watch_enter(struct watch *watch, const char *function)
{
    atomic_store_explicit(&watch->function, function, memory_order_relaxed);
    atomic_fetch_add_explicit(&watch->turn, 1, memory_order_release);
}

static inline void
watch_leave(struct watch *watch)
{
    atomic_store_explicit(&watch->function, NULL, memory_order_release);
}
