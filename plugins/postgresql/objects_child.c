// SPDX-License-Identifier: Apache-2.0
/* objects_child - a child process whose output is read. The only place that starts a program. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "objects_child.h"
#include "session.h"

enum {
    CHILD_POLL_MS = 200, /* how soon a cancelled run is noticed */
    CHILD_PATIENCE = 10  /* timeouts; pg_dump writes nothing before it has read everything */
};

static void
close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* ---- Starting it ---- */

static int
spawn(struct dump *dump, const char *path, const char *const *arguments,
      const char *const *environment, const int out[2], const int complaint[2])
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    int rc;

    if (posix_spawn_file_actions_init(&actions))
        return ENOMEM;
    if (posix_spawnattr_init(&attributes)) {
        posix_spawn_file_actions_destroy(&actions);
        return ENOMEM;
    }
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    /* No terminal, so that nobody is asked for a password. */
    posix_spawnattr_setflags(
        &attributes, (short)(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID));
    rc = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (!rc)
        rc = posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    if (!rc)
        rc = posix_spawn_file_actions_adddup2(&actions, complaint[1], 2);
    if (!rc)
        rc =
            posix_spawn(&dump->pid, path, &actions, &attributes,
                        (char *const *)(uintptr_t)arguments, (char *const *)(uintptr_t)environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return rc;
}

pd_status
child_start(struct dump *dump, const char *path, const char *const *arguments,
            const char *const *environment, struct pd_error *err)
{
    const struct pd_host *host = dump->pg->host;
    int out[2], complaint[2], rc;

    if (pipe2(out, O_CLOEXEC))
        return host->fail(err, PD_FATAL, PD_CAUSE_IO, "cannot make a pipe: %m");
    if (pipe2(complaint, O_CLOEXEC)) {
        rc = errno;
        close(out[0]);
        close(out[1]);
        errno = rc;
        return host->fail(err, PD_FATAL, PD_CAUSE_IO, "cannot make a pipe: %m");
    }
    rc = spawn(dump, path, arguments, environment, out, complaint);
    close(out[1]);
    close(complaint[1]);
    dump->out = out[0];
    dump->complaint = complaint[0];
    dump->next = dump->size = dump->n_said = 0;
    if (!rc)
        return PD_OK;
    dump->pid = 0;
    errno = rc;
    return host->fail(err, PD_UNSUPPORTED, PD_CAUSE_IO, "cannot start '%s': %m", path);
}

/* ---- Reading ---- */

static void
take_complaint(struct dump *dump)
{
    char waste[256];
    size_t room = sizeof dump->said - 1 - dump->n_said;
    ssize_t n =
        read(dump->complaint, room ? dump->said + dump->n_said : waste, room ? room : sizeof waste);

    if (n > 0 && room)
        dump->n_said += (size_t)n;
    else if (n == 0 || (n < 0 && errno != EINTR))
        close_fd(&dump->complaint);
}

pd_status
child_fill(struct dump *dump, struct pd_error *err)
{
    const struct pd_host *host = dump->pg->host;
    int64_t silent_since = wait_now_ms();
    int64_t limit = (int64_t)dump->pg->timeout * CHILD_PATIENCE * 1000;

    dump->next = dump->size = 0;
    for (;;) {
        struct pollfd fds[2] = {{dump->out, POLLIN, 0}, {dump->complaint, POLLIN, 0}};
        ssize_t n;

        if (host->cancelled(host))
            return host->fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "interrupted");
        if (limit && wait_now_ms() - silent_since > limit)
            return host->fail(err, PD_UNSUPPORTED, PD_CAUSE_CONNECT,
                              "pg_dump was silent for %d seconds",
                              dump->pg->timeout * CHILD_PATIENCE);
        if (poll(fds, 2, CHILD_POLL_MS) <= 0)
            continue;
        if (fds[1].revents)
            take_complaint(dump);
        if (!fds[0].revents)
            continue;
        n = read(dump->out, dump->buffer, DUMP_BUFFER);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return PD_DONE;
        dump->size = (size_t)n;
        return PD_OK;
    }
}

/* It says why, or it is no fault of which it knows. */
static pd_status
end_early(struct dump *dump, struct pd_error *err)
{
    pd_status status = dump_end(dump, err);

    if (status != PD_OK)
        return status;
    return dump->pg->host->fail(err, PD_UNSUPPORTED, PD_CAUSE_CORRUPT,
                                "the output of pg_dump ended early");
}

pd_status
dump_read(struct dump *dump, void *buffer, size_t size, struct pd_error *err)
{
    char *to = buffer;

    while (size) {
        size_t n = dump->size - dump->next;
        pd_status status = n ? PD_OK : child_fill(dump, err);

        if (status == PD_DONE)
            return end_early(dump, err);
        if (status != PD_OK)
            return status;
        n = dump->size - dump->next;
        if (n > size)
            n = size;
        if (to)
            memcpy(to, dump->buffer + dump->next, n);
        to = to ? to + n : NULL;
        dump->next += n;
        size -= n;
    }
    return PD_OK;
}

/* ---- Ending it ---- */

bool
child_reap(struct dump *dump, int64_t ms, int *ret_how)
{
    int64_t until = wait_now_ms() + ms;
    pid_t pid;

    for (;;) {
        pid = waitpid(dump->pid, ret_how, WNOHANG);
        if (pid == dump->pid || (pid < 0 && errno != EINTR)) {
            dump->pid = 0;
            return true;
        }
        if (wait_now_ms() >= until)
            return false;
        poll(NULL, 0, 5);
    }
}

void
child_stop(struct dump *dump)
{
    int how;

    close_fd(&dump->out);
    close_fd(&dump->complaint);
    if (!dump->pid || child_reap(dump, 0, &how))
        return;
    kill(dump->pid, SIGTERM);
    if (child_reap(dump, DUMP_KILL_MS, &how))
        return;
    kill(dump->pid, SIGKILL);
    while (!child_reap(dump, DUMP_KILL_MS, &how))
        ;
}

/* All that it still says, so that it never waits for this side. */
static pd_status
drain(struct dump *dump, struct pd_error *err)
{
    pd_status status;

    do
        status = child_fill(dump, err);
    while (status == PD_OK);
    while (status == PD_DONE && dump->complaint >= 0) {
        struct pollfd fd = {dump->complaint, POLLIN, 0};

        if (poll(&fd, 1, CHILD_POLL_MS) <= 0)
            break;
        take_complaint(dump);
    }
    return status == PD_DONE ? PD_OK : status;
}

/* What libpq says in the C locale when a connection ends under it, and a server that ends one. That
   is no reason to do without pg_dump, as a missing privilege is. */
static bool
lost_connection(const char *said)
{
    static const char *const phrases[] = {"server closed the connection unexpectedly",
                                          "could not receive data from server",
                                          "could not send data to server",
                                          "SSL connection has been closed",
                                          "SSL SYSCALL error",
                                          "no connection to the server",
                                          "terminating connection",
                                          "invalid client encoding", /* as it connects */
                                          "the database system is"};
    size_t i;

    for (i = 0; i < sizeof phrases / sizeof *phrases; i++) {
        if (strstr(said, phrases[i]))
            return true;
    }
    return false;
}

/* It was not started by its path, about which it wonders first. */
static const char *
without_noise(const char *said)
{
    const char *end = strchr(said, '\n');
    const char *noise = strstr(said, "could not find a \"pg_dump\" to execute");

    return noise && end && noise < end ? end + 1 : said;
}

pd_status
dump_end(struct dump *dump, struct pd_error *err)
{
    const struct pd_host *host = dump->pg->host;
    char line[DUMP_COMPLAINT * 2];
    int how = 0;
    pd_status status = drain(dump, err);

    if (status != PD_OK)
        return status;
    if (!child_reap(dump, DUMP_KILL_MS, &how))
        return host->fail(err, PD_UNSUPPORTED, PD_CAUSE_IO, "pg_dump does not end");
    if (WIFEXITED(how) && WEXITSTATUS(how) == 0)
        return PD_OK;
    dump->said[dump->n_said] = 0;
    error_line(without_noise(dump->said), line, sizeof line);
    if (lost_connection(dump->said))
        return host->fail(err, PD_FATAL, PD_CAUSE_CONNECT, "pg_dump lost its connection: %s", line);
    if (WIFSIGNALED(how))
        return host->fail(err, PD_UNSUPPORTED, PD_CAUSE_IO, "pg_dump was ended by signal %d",
                          WTERMSIG(how));
    return host->fail(err, PD_UNSUPPORTED, PD_CAUSE_QUERY, "pg_dump failed: %s", line);
}
