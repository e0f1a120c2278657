// SPDX-License-Identifier: Apache-2.0
/* stop - the request that the server stop a statement, sent by a thread: libpq waits for the
 * server's answer without end, which nobody else may have to. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "session.h"

enum { STOP_SECONDS = 2 };

static void *
send_request(void *cancel)
{
    char text[256];

    PQcancel(cancel, text, sizeof text);
    PQfreeCancel(cancel);
    return NULL;
}

/* The thread and what it holds are left behind when the server does not answer. */
static void
wait_for_thread(const struct pd_host *host, pthread_t thread)
{
    struct timespec limit;

    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += STOP_SECONDS;
    if (pthread_timedjoin_np(thread, NULL, &limit) == 0)
        return;
    pthread_detach(thread);
    host->log(host, PD_LOG_DEBUG, "the server does not answer a request to stop");
}

void
stop_request(struct pg *pg)
{
    PGcancel *cancel;
    pthread_t thread;

    if (session_of(pg)->silent || PQstatus(pg->conn) != CONNECTION_OK)
        return;
    cancel = PQgetCancel(pg->conn);
    if (!cancel)
        return;
    if (pthread_create(&thread, NULL, send_request, cancel) == 0)
        wait_for_thread(pg->host, thread);
    else
        PQfreeCancel(cancel);
}
