// SPDX-License-Identifier: Apache-2.0
/* wait - every wait on the server's socket: it ends when the run is cancelled, and when the server
 * says nothing for too long. The library asks wait_io() wherever it would block. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <time.h>

#include "session.h"

enum {
    WAIT_SLICE_MS = 100,        /* how often host->cancelled() is asked */
    WAIT_MOST_BYTES = 256 << 20 /* of an answer that is held in memory */
};

static pthread_mutex_t wait_lock = PTHREAD_MUTEX_INITIALIZER;
static struct session *wait_sessions;

int64_t
wait_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
wait_add(struct session *s)
{
    pthread_mutex_lock(&wait_lock);
    s->next = wait_sessions;
    wait_sessions = s;
    pthread_mutex_unlock(&wait_lock);
}

void
wait_remove(struct session *s)
{
    struct session **at;

    pthread_mutex_lock(&wait_lock);
    for (at = &wait_sessions; *at && *at != s; at = &(*at)->next)
        ;
    if (*at)
        *at = s->next;
    pthread_mutex_unlock(&wait_lock);
}

/* Who is on its way in or out in this thread, the last one first; else whose socket it is. The
   library closes the socket of a session that failed, which stays here until it is closed itself,
   and the next one to come in gets its number. */
static struct session *
find_session(int fd)
{
    struct session *s, *visitor = NULL, *owner = NULL;

    pthread_mutex_lock(&wait_lock);
    for (s = wait_sessions; s && !visitor; s = s->next) {
        if (s->fd < 0 && pthread_equal(s->visitor, pthread_self()))
            visitor = s;
        else if (s->fd == fd && !owner)
            owner = s;
    }
    pthread_mutex_unlock(&wait_lock);
    return visitor ? visitor : owner;
}

static int
give_up(struct session *s, enum session_stop why)
{
    s->stopped = why;
    errno = why == STOP_CANCELLED ? ECANCELED : ETIMEDOUT;
    return -1;
}

/* A wild answer must not fill the memory. */
static bool
is_flood(struct session *s)
{
    uint64_t received = 0;

    return s->is_stored && s->my.conn->net.pvio &&
           mariadb_get_infov(s->my.conn, MARIADB_CONNECTION_BYTES_READ, &received) == 0 &&
           received - s->stored_from > WAIT_MOST_BYTES;
}

static int
wait_slice(struct session *s, struct pollfd *fd)
{
    int n = poll(fd, 1, WAIT_SLICE_MS);

    if (session_cancelled(s)) {
        stop_request(s, true);
        return give_up(s, STOP_CANCELLED);
    }
    if (n > 0)
        return is_flood(s) ? give_up(s, STOP_FLOOD) : 1;
    if (n < 0 && errno != EINTR)
        return -1;
    return s->deadline && wait_now_ms() >= s->deadline ? give_up(s, STOP_LATE) : 0;
}

/* 1: go on, -1: it is over. */
static int
wait_socket(struct session *s, struct pollfd *fd)
{
    int64_t began = wait_now_ms(), limit = (int64_t)s->my.timeout * 1000;

    if (s->stopped != STOP_NOT)
        return give_up(s, s->stopped);
    for (;;) {
        int n = wait_slice(s, fd);

        if (n != 0)
            return n;
        if (limit > 0 && wait_now_ms() - began >= limit) {
            if (!alive_ask(s) && poll(fd, 1, 0) <= 0)
                return give_up(s, STOP_SILENT);
            began = wait_now_ms();
        }
    }
}

int
wait_io(my_socket fd, my_bool is_read, int timeout)
{
    struct pollfd wanted = {.fd = fd, .events = is_read ? POLLIN : POLLOUT};
    struct session *s = find_session(fd);

    return s ? wait_socket(s, &wanted) : poll(&wanted, 1, timeout);
}
