// SPDX-License-Identifier: Apache-2.0
/* cancel - see cancel.h. */
#include "base/cancel.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

#include "base/cleanup.h"

/* Lock-free, so that a handler may write them. */
static atomic_int noted_signal;
static atomic_bool noted_failure;
static atomic_bool wish_held;

void
cancel_request(int signal_number)
{
    if (signal_number)
        atomic_store_explicit(&noted_signal, signal_number, memory_order_relaxed);
    else
        atomic_store_explicit(&noted_failure, true, memory_order_relaxed);
}

bool
cancel_wanted(void)
{
    if (atomic_load_explicit(&wish_held, memory_order_relaxed))
        return false;
    return atomic_load_explicit(&noted_signal, memory_order_relaxed) ||
           atomic_load_explicit(&noted_failure, memory_order_relaxed);
}

void
cancel_hold(bool held)
{
    atomic_store_explicit(&wish_held, held, memory_order_relaxed);
}

int
cancel_signal(void)
{
    return atomic_load_explicit(&noted_signal, memory_order_relaxed);
}

void
cancel_reset(void)
{
    atomic_store_explicit(&noted_failure, false, memory_order_relaxed);
}

void
cancel_install(void)
{
    static const int noted[] = {SIGINT, SIGTERM, SIGHUP};
    /* Reset: the second signal finds the default action. No restart: a wait shall end. */
    struct sigaction note = {.sa_handler = cancel_request, .sa_flags = SA_RESETHAND};
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    sigemptyset(&note.sa_mask);
    sigemptyset(&ignore.sa_mask);
    for (size_t i = 0; i < COUNT_OF(noted); i++) {
        struct sigaction old;

        /* What the parent ignores stays ignored (nohup, a shell's background job). */
        if (sigaction(noted[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(noted[i], &note, NULL);
    }
    /* Writing beyond the end of a pipe or a limit is an errno with a message. */
    sigaction(SIGPIPE, &ignore, NULL);
    sigaction(SIGXFSZ, &ignore, NULL);
}
