// SPDX-License-Identifier: Apache-2.0
/* objects_dump - runs pg_dump as a child and reads what it writes. No shell, no search in a folder
   that has a relative name; how to connect stands in its environment, never in its arguments. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "objects_inside.h"
#include "session.h"

enum {
    DUMP_BUFFER = 65536,
    DUMP_COMPLAINT = 512, /* of what it says went wrong */
    DUMP_POLL_MS = 200,   /* how soon a cancelled run is noticed */
    DUMP_VERSION = 64,
    DUMP_PATIENCE = 10,  /* timeouts; it writes nothing before it has read everything */
    DUMP_KILL_MS = 2000, /* what it gets to end by itself */
    DUMP_ENVIRONMENT = 64
};

/* Where pg_dump lies: FOLDER/NUMBER/bin. The distributions' wrapper in /usr/bin is only found
   through PATH, after these. */
static const char *const versioned[] = {"/usr/lib/postgresql/%s/bin/pg_dump",
                                        "/usr/pgsql-%s/bin/pg_dump",
                                        "/usr/local/pgsql-%s/bin/pg_dump"};

struct dump {
    struct pg *pg;
    struct pd_pool pool;
    pid_t pid;     /* 0: not running */
    int out;       /* -1: closed */
    int complaint; /* -1: closed */
    size_t next;   /* in buffer */
    size_t size;
    char *buffer;
    char said[DUMP_COMPLAINT];
    size_t n_said;
    char version[DUMP_VERSION];
};

static const char *const dump_arguments[] = {
    "pg_dump",
    "--format=custom", /* its table of contents says by oid what a text is, and is no SQL itself */
    "--compress=0",
    "--schema-only",
    "--quote-all-identifiers",
    "--no-comments",
    "--no-privileges",
    "--no-security-labels",
    "--no-subscriptions",
    "--no-tablespaces",
    "--no-password",
    "--lock-wait-timeout=10s", /* else it might wait for somebody who waits for this run's locks */
    NULL};

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

static pd_status
start(struct dump *dump, const char *path, const char *const *arguments,
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

/* More output into the buffer; PD_DONE at its end. */
static pd_status
fill(struct dump *dump, struct pd_error *err)
{
    const struct pd_host *host = dump->pg->host;
    int64_t silent_since = wait_now_ms();
    int64_t limit = (int64_t)dump->pg->timeout * DUMP_PATIENCE * 1000;

    dump->next = dump->size = 0;
    for (;;) {
        struct pollfd fds[2] = {{dump->out, POLLIN, 0}, {dump->complaint, POLLIN, 0}};
        ssize_t n;

        if (host->cancelled(host))
            return host->fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "interrupted");
        if (limit && wait_now_ms() - silent_since > limit)
            return host->fail(err, PD_UNSUPPORTED, PD_CAUSE_CONNECT,
                              "pg_dump was silent for %d seconds",
                              dump->pg->timeout * DUMP_PATIENCE);
        if (poll(fds, 2, DUMP_POLL_MS) <= 0)
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

pd_status
dump_read(struct dump *dump, void *buffer, size_t size, struct pd_error *err)
{
    char *to = buffer;

    while (size) {
        size_t n = dump->size - dump->next;
        pd_status status = n ? PD_OK : fill(dump, err);

        if (status == PD_DONE)
            return dump_end(dump, err) == PD_FATAL
                       ? PD_FATAL
                       : dump->pg->host->fail(err, PD_UNSUPPORTED, PD_CAUSE_CORRUPT,
                                              "the output of pg_dump ended early");
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

/* Has it ended, and how? ms: how long to wait. */
static bool
reap(struct dump *dump, int64_t ms, int *ret_how)
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

static void
stop(struct dump *dump)
{
    int how;

    close_fd(&dump->out);
    close_fd(&dump->complaint);
    if (!dump->pid || reap(dump, 0, &how))
        return;
    kill(dump->pid, SIGTERM);
    if (reap(dump, DUMP_KILL_MS, &how))
        return;
    kill(dump->pid, SIGKILL);
    while (!reap(dump, DUMP_KILL_MS, &how))
        ;
}

/* All that it still says, so that it never waits for this side. */
static pd_status
drain(struct dump *dump, struct pd_error *err)
{
    pd_status status;

    do
        status = fill(dump, err);
    while (status == PD_OK);
    while (status == PD_DONE && dump->complaint >= 0) {
        struct pollfd fd = {dump->complaint, POLLIN, 0};

        if (poll(&fd, 1, DUMP_POLL_MS) <= 0)
            break;
        take_complaint(dump);
    }
    return status == PD_DONE ? PD_OK : status;
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
    if (!reap(dump, DUMP_KILL_MS, &how))
        return host->fail(err, PD_UNSUPPORTED, PD_CAUSE_IO, "pg_dump does not end");
    if (WIFEXITED(how) && WEXITSTATUS(how) == 0)
        return PD_OK;
    dump->said[dump->n_said] = 0;
    error_line(dump->said, line, sizeof line);
    if (WIFSIGNALED(how))
        return host->fail(err, PD_UNSUPPORTED, PD_CAUSE_IO, "pg_dump was ended by signal %d",
                          WTERMSIG(how));
    return host->fail(err, PD_UNSUPPORTED, PD_CAUSE_QUERY, "pg_dump failed: %s", line);
}

void
dump_close(struct dump *dump)
{
    struct pd_pool pool;

    if (!dump)
        return;
    stop(dump);
    pool = dump->pool;
    pd_pool_close(&pool);
}

const char *
dump_version(const struct dump *dump)
{
    return dump->version;
}

/* ---- Which one ---- */

/* "pg_dump (PostgreSQL) 15.18 (...)" -> "15.18"; 0: that was something else. */
static int
read_version(struct dump *dump, const char *text)
{
    static const char before[] = "pg_dump (PostgreSQL) ";
    const char *number = strncmp(text, before, sizeof before - 1) ? NULL : text + sizeof before - 1;
    size_t size = number ? strspn(number, "0123456789.") : 0;

    if (!size || size >= sizeof dump->version)
        return 0;
    memcpy(dump->version, number, size);
    dump->version[size] = 0;
    return (int)strtol(number, NULL, 10);
}

/* The major version of a program, 0: it is none. */
static int
ask_version(struct dump *dump, const char *path, struct pd_error *err)
{
    static const char *const arguments[] = {"pg_dump", "--version", NULL};
    static const char *const environment[] = {"LC_ALL=C", "PATH=/usr/bin:/bin", NULL};
    char text[DUMP_VERSION * 2];
    size_t n = 0;
    int how, major = 0;

    if (start(dump, path, arguments, environment, err) == PD_OK) {
        while (n < sizeof text - 1 && fill(dump, err) == PD_OK) {
            size_t part = dump->size < sizeof text - 1 - n ? dump->size : sizeof text - 1 - n;

            memcpy(text + n, dump->buffer, part);
            n += part;
        }
        text[n] = 0;
        if (reap(dump, DUMP_KILL_MS, &how) && WIFEXITED(how) && WEXITSTATUS(how) == 0)
            major = read_version(dump, text);
    }
    stop(dump);
    return major;
}

static int
by_number(const void *a, const void *b)
{
    int one, two;

    memcpy(&one, a, sizeof one);
    memcpy(&two, b, sizeof two);
    return (one > two) - (one < two);
}

/* Numbers of the entries of a folder that begin with prefix and end in a number, ascending. */
static size_t
list_numbers(const char *folder, const char *prefix, int *numbers, size_t room)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    size_t n = 0, skip = strlen(prefix);

    while (dir && n < room && (entry = readdir(dir)) != NULL) {
        const char *number = entry->d_name + skip;

        if (strncmp(entry->d_name, prefix, skip) || !*number || strspn(number, "0123456789") > 4 ||
            number[strspn(number, "0123456789")])
            continue;
        numbers[n++] = (int)strtol(number, NULL, 10);
    }
    if (dir)
        closedir(dir);
    qsort(numbers, n, sizeof *numbers, by_number);
    return n;
}

static bool
is_good(struct dump *dump, const char *path, struct pd_error *err)
{
    return access(path, X_OK) == 0 && ask_version(dump, path, err) >= dump->pg->version / 10000;
}

/* The oldest that is not older than the server, since what a newer one writes need not be
   understood by a server of this version. */
static bool
find_versioned(struct dump *dump, char *path, size_t size, struct pd_error *err)
{
    int numbers[64];
    size_t i, k, n;

    for (i = 0; i < sizeof versioned / sizeof *versioned; i++) {
        const char *percent = strchr(versioned[i], '%');
        const char *slash = percent;
        char folder[64], prefix[32];

        while (slash[-1] != '/')
            slash--;
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - versioned[i]), versioned[i]);
        snprintf(prefix, sizeof prefix, "%.*s", (int)(percent - slash), slash);
        n = list_numbers(folder, prefix, numbers, sizeof numbers / sizeof *numbers);
        for (k = 0; k < n; k++) {
            if (numbers[k] < dump->pg->version / 10000)
                continue;
            snprintf(path, size, "%.*s%d%s", (int)(percent - versioned[i]), versioned[i],
                     numbers[k], percent + 2);
            if (is_good(dump, path, err))
                return true;
        }
    }
    return false;
}

static bool
find_in_path(struct dump *dump, char *path, size_t size, struct pd_error *err)
{
    const char *list = getenv("PATH");

    while (list && *list) {
        size_t n = strcspn(list, ":");

        if (*list == '/' && n + sizeof "/pg_dump" <= size) {
            snprintf(path, size, "%.*s/pg_dump", (int)n, list);
            if (is_good(dump, path, err))
                return true;
        }
        list += n + (list[n] == ':');
    }
    return false;
}

/* ---- How it connects ---- */

static const char *
assign(struct dump *dump, const char *name, const char *value)
{
    size_t n = strlen(name), m = strlen(value);
    char *text = pd_pool_alloc(&dump->pool, n + m + 2);

    if (!text)
        return NULL;
    memcpy(text, name, n);
    text[n] = '=';
    memcpy(text + n + 1, value, m);
    return text;
}

/* Which of several hosts it was, what a service file said, is known by now. */
static const char *
value_of(const struct dump *dump, const PQconninfoOption *option)
{
    const char *address = PQhostaddr(dump->pg->conn);

    if (strcmp(option->keyword, "service") == 0 || strcmp(option->keyword, "options") == 0)
        return NULL;
    if (strcmp(option->keyword, "host") == 0)
        return PQhost(dump->pg->conn);
    if (strcmp(option->keyword, "port") == 0)
        return PQport(dump->pg->conn);
    if (strcmp(option->keyword, "hostaddr") == 0)
        return option->val && address && *address ? address : NULL;
    return option->val && *option->val ? option->val : NULL;
}

/* All that the session has, and nothing else that pg_dump could listen to. */
static const char **
make_environment(struct dump *dump)
{
    static const char *const kept[] = {"HOME", "SSL_CERT_FILE", "SSL_CERT_DIR", "KRB5CCNAME"};
    const char **list = pd_pool_alloc(&dump->pool, DUMP_ENVIRONMENT * sizeof *list);
    PQconninfoOption *options = PQconninfo(dump->pg->conn), *option;
    size_t n = 0, i;

    for (option = options; list && option && option->keyword && n < DUMP_ENVIRONMENT - 8;
         option++) {
        const char *value = option->envvar ? value_of(dump, option) : NULL;

        if (value)
            list[n++] = assign(dump, option->envvar, value);
        if (value && !list[n - 1])
            list = NULL;
    }
    for (i = 0; list && i < sizeof kept / sizeof *kept; i++) {
        const char *value = getenv(kept[i]);

        if (value && !(list[n++] = assign(dump, kept[i], value)))
            list = NULL;
    }
    if (list)
        list[n++] = "LC_ALL=C";
    if (!options)
        list = NULL;
    PQconninfoFree(options);
    return list;
}

static pd_status
run(struct dump *dump, const char *path, const char *snapshot, struct pd_error *err)
{
    enum { FIXED = sizeof dump_arguments / sizeof *dump_arguments - 1 };
    const char *arguments[FIXED + 3] = {NULL};
    const char **environment = make_environment(dump);

    memcpy(arguments, dump_arguments, FIXED * sizeof *arguments);
    arguments[FIXED] = assign(dump, "--snapshot", snapshot);
    /* Texts come as the session has them. */
    arguments[FIXED + 1] = dump->pg->sql_ascii ? "--encoding=SQL_ASCII" : "--encoding=UTF8";
    if (!environment || !arguments[FIXED])
        return pg_no_memory(dump->pg->host, err);
    return start(dump, path, arguments, environment, err);
}

pd_status
dump_open(struct pg *pg, const char *snapshot, struct dump **ret_dump, struct pd_error *err)
{
    struct pd_pool pool = {.host = pg->host};
    struct dump *dump = pd_pool_alloc(&pool, sizeof *dump);
    char *buffer = dump ? pd_pool_alloc(&pool, DUMP_BUFFER) : NULL;
    char path[4096];
    pd_status status;

    if (!buffer) {
        pd_pool_close(&pool);
        return pg_no_memory(pg->host, err);
    }
    *dump = (struct dump){.pg = pg, .pool = pool, .out = -1, .complaint = -1, .buffer = buffer};
    if (find_versioned(dump, path, sizeof path, err) || find_in_path(dump, path, sizeof path, err))
        status = run(dump, path, snapshot, err);
    else if (pg->host->cancelled(pg->host))
        status = pg->host->fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "interrupted");
    else
        status = pg->host->fail(err, PD_UNSUPPORTED, PD_CAUSE_MISSING,
                                "there is no pg_dump of version %d or later", pg->version / 10000);
    if (status != PD_OK)
        dump_close(dump);
    else
        *ret_dump = dump;
    return status;
}
