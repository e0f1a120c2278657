// SPDX-License-Identifier: Apache-2.0
/* test_my_wait - whose wait it is when the library waits for a socket: numbers of sockets come
   again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "fake_host.h"

#include "session.h" /* of the plugin that is tested */

/* What wait.c wants of the rest of the plugin. */
bool
alive_ask(struct session *s)
{
    return false;
}

void
stop_request(struct session *s, bool whole)
{
}

/* A byte can be read from ends[0]. */
static void
fill_pipe(int ends[2])
{
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
}

static void
who_comes_in_waits_for_itself_though_its_socket_has_the_number_of_a_dead_one(void **state)
{
    struct session dead = {.my.host = &host, .stopped = STOP_CANCELLED};
    struct session coming = {.my.host = &host, .fd = -1, .visitor = pthread_self()};
    int ends[2];

    fill_pipe(ends);
    dead.fd = ends[0];
    wait_add(&coming);
    wait_add(&dead);
    assert_int_equal(wait_io(ends[0], 1, 0), 1);
    assert_int_equal(coming.stopped, STOP_NOT);
    wait_remove(&coming);
    errno = 0;
    assert_int_equal(wait_io(ends[0], 1, 0), -1);
    assert_int_equal(errno, ECANCELED);
    wait_remove(&dead);
    close(ends[0]);
    close(ends[1]);
}

static void
the_last_one_that_came_in_waits(void **state)
{
    struct session first = {.my.host = &host, .fd = -1, .visitor = pthread_self()};
    struct session probe = first;
    int ends[2];

    first.stopped = STOP_LATE;
    fill_pipe(ends);
    wait_add(&first);
    wait_add(&probe);
    assert_int_equal(wait_io(ends[0], 1, 0), 1);
    wait_remove(&probe);
    errno = 0;
    assert_int_equal(wait_io(ends[0], 1, 0), -1);
    assert_int_equal(errno, ETIMEDOUT);
    wait_remove(&first);
    close(ends[0]);
    close(ends[1]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            who_comes_in_waits_for_itself_though_its_socket_has_the_number_of_a_dead_one),
        cmocka_unit_test(the_last_one_that_came_in_waits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
