// SPDX-License-Identifier: Apache-2.0
/* wait - every wait on the server's socket: it ends when the run is cancelled, and when the server
 * says nothing for too long. */
#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <time.h>

#include "session.h"

enum {
    WAIT_SLICE_MS = 100,        /* how often host->cancelled() is asked */
    WAIT_MOST_RESULTS = 16,     /* of one statement, which has one */
    WAIT_LEAST_READ = 16384,    /* libpq reads so much at once, if it is there */
    WAIT_MOST_BYTES = 256 << 20 /* of an answer that is held in memory */
};

int64_t
wait_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static pd_status
wait_silent(struct pg *pg, struct pd_error *err)
{
    session_of(pg)->silent = true;
    pg->broken = true;
    return pg->host->fail(err, PD_FATAL, PD_CAUSE_CONNECT,
                          "the server was silent for %d seconds, and does not say that it is at "
                          "work; see --timeout",
                          pg->timeout);
}

pd_status
wait_socket(struct pg *pg, short events, struct pd_error *err)
{
    struct pollfd fd = {.fd = PQsocket(pg->conn), .events = events};
    int64_t began = wait_now_ms();

    if (fd.fd < 0)
        return pg_fail(pg, NULL, PD_FATAL, err, "the connection to the server is lost");
    for (;;) {
        int n = poll(&fd, 1, WAIT_SLICE_MS);

        if (session_cancelled(pg)) {
            stop_request(pg);
            return error_cancelled(pg, err);
        }
        if (n > 0)
            return PD_OK;
        if (n < 0 && errno != EINTR)
            return pg->host->fail(err, PD_FATAL, PD_CAUSE_IO, "cannot wait for the server: %m");
        if (pg->timeout > 0 && wait_now_ms() - began >= (int64_t)pg->timeout * 1000) {
            if (!alive_ask(pg) && poll(&fd, 1, 0) <= 0)
                return wait_silent(pg, err);
            began = wait_now_ms();
        }
    }
}

static uint64_t
waiting_bytes(const struct pg *pg)
{
    int n = 0;

    return ioctl(PQsocket(pg->conn), FIONREAD, &n) == 0 && n > 0 ? (uint64_t)n : 0;
}

/* Takes in what has come, and counts it as well as can be seen from outside of libpq: a wild answer
   must not fill the memory. */
static pd_status
wait_take(struct pg *pg, struct pd_error *err)
{
    uint64_t before = waiting_bytes(pg), after, least;

    if (!PQconsumeInput(pg->conn))
        return pg_fail(pg, NULL, PD_FATAL, err, "the connection to the server is lost");
    after = waiting_bytes(pg);
    least = before < WAIT_LEAST_READ ? before : WAIT_LEAST_READ;
    session_of(pg)->n_received += before > after + least ? before - after : least;
    return PD_OK;
}

pd_status
wait_input(struct pg *pg, struct pd_error *err)
{
    struct session *s = session_of(pg);
    pd_status status = PD_OK;

    /* What the library of TLS has decoded already is not seen by poll(). */
    if (s->has_tls && !s->drained) {
        s->drained = true;
        return wait_take(pg, err);
    }
    status = wait_socket(pg, POLLIN, err);
    if (status != PD_OK)
        return status;
    s->drained = false;
    return wait_take(pg, err);
}

pd_status
wait_flush(struct pg *pg, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (;;) {
        int left = PQflush(pg->conn);

        if (left == 0)
            return PD_OK;
        if (left < 0)
            return pg_fail(pg, NULL, PD_FATAL, err, "the connection to the server is lost");
        status = wait_socket(pg, POLLIN | POLLOUT, err);
        if (status == PD_OK)
            status = wait_take(pg, err);
        if (status != PD_OK)
            return status;
    }
}

static pd_status
wait_too_much(struct pg *pg, struct pd_error *err)
{
    pg->broken = true;
    stop_request(pg);
    return pg->host->fail(err, PD_FATAL, PD_CAUSE_LIMIT,
                          "the server's answer is longer than %d MiB; is it a PostgreSQL server?",
                          WAIT_MOST_BYTES >> 20);
}

pd_status
wait_result(struct pg *pg, PGresult **ret_result, struct pd_error *err)
{
    pd_status status = PD_OK;

    while (PQisBusy(pg->conn)) {
        if (session_of(pg)->n_received > WAIT_MOST_BYTES)
            return wait_too_much(pg, err);
        status = wait_input(pg, err);
        if (status != PD_OK)
            return status;
    }
    *ret_result = PQgetResult(pg->conn);
    return PD_OK;
}

pd_status
wait_end(struct pg *pg, struct pd_error *err)
{
    PGresult *result = NULL;
    int n;

    for (n = 0; n < WAIT_MOST_RESULTS; n++) {
        pd_status status = wait_result(pg, &result, err);

        if (status != PD_OK || !result)
            return status;
        PQclear(result);
    }
    pg->broken = true;
    return pg->host->fail(err, PD_FATAL, PD_CAUSE_CONNECT, "the server's answer has no end");
}
