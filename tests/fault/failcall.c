// SPDX-License-Identifier: Apache-2.0
/* failcall - LD_PRELOAD: lets the n-th file system call of a process fail, be cut short, or kill
   it.

   FAULT_CALLS   names of calls that count, separated by commas; "all" when not set
   FAULT_AT      the call (from 1) that is hit, once
   FAULT_FROM    every call from this one on is hit
   FAULT_DO      KILL; SIG:n (the signal is raised, the call made); SHORT (reads and writes move at
                 most 7 bytes); or a number, the errno that the call fails with
   FAULT_REPORT  file that gets "hit NAME", "again NAME" (fsync() of a descriptor whose fsync() had
                 failed) and at the end "calls N"

   Counted across all threads, from the first constructor on. The calls go to the kernel directly,
   so that nothing here allocates. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum action { ACTION_NONE, ACTION_KILL, ACTION_SIGNAL, ACTION_SHORT, ACTION_FAIL };

static const char *wanted_calls;
static const char *report_path;
static enum action action;
static int action_number; /* of the signal or errno */
static long hit_at = -1;
static long hit_from = -1;
static long n_calls;
static bool started;
static unsigned char sync_failed[1024];

static void
report(const char *word, const char *name)
{
    char line[80];
    int size = snprintf(line, sizeof line, "%s %s\n", word, name);
    long fd;

    if (!report_path)
        return;
    fd =
        syscall(SYS_openat, AT_FDCWD, report_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    syscall(SYS_write, fd, line, (size_t)size);
    syscall(SYS_close, fd);
}

static long
number(const char *name)
{
    const char *text = getenv(name);

    return text ? strtol(text, NULL, 10) : -1;
}

__attribute__((constructor)) static void
start(void)
{
    const char *what = getenv("FAULT_DO");

    wanted_calls = getenv("FAULT_CALLS");
    report_path = getenv("FAULT_REPORT");
    hit_at = number("FAULT_AT");
    hit_from = number("FAULT_FROM");
    if (!what)
        action = ACTION_NONE;
    else if (strcmp(what, "KILL") == 0)
        action = ACTION_KILL;
    else if (strcmp(what, "SHORT") == 0)
        action = ACTION_SHORT;
    else if (strncmp(what, "SIG:", 4) == 0) {
        action = ACTION_SIGNAL;
        action_number = (int)strtol(what + 4, NULL, 10);
    } else {
        action = ACTION_FAIL;
        action_number = (int)strtol(what, NULL, 10);
    }
    started = true;
}

__attribute__((destructor)) static void
end(void)
{
    char text[32];

    snprintf(text, sizeof text, "%ld", __atomic_load_n(&n_calls, __ATOMIC_RELAXED));
    report("calls", text);
}

static bool
is_wanted(const char *name)
{
    size_t size = strlen(name);
    const char *at = wanted_calls;

    if (!started)
        return false;
    if (!at || strcmp(at, "all") == 0)
        return true;
    while ((at = strstr(at, name))) {
        if ((at == wanted_calls || at[-1] == ',') && (at[size] == '\0' || at[size] == ','))
            return true;
        at += size;
    }
    return false;
}

/* Count a call; true: it shall fail, and errno says how. */
static bool
is_hit(const char *name)
{
    long n;

    if (!is_wanted(name))
        return false;
    n = __atomic_add_fetch(&n_calls, 1, __ATOMIC_RELAXED);
    if (action == ACTION_NONE || action == ACTION_SHORT)
        return false;
    if (n != hit_at && (hit_from < 0 || n < hit_from))
        return false;
    report("hit", name);
    if (action == ACTION_KILL) {
        syscall(SYS_kill, getpid(), SIGKILL);
        for (;;)
            pause();
    }
    if (action == ACTION_SIGNAL) {
        syscall(SYS_kill, getpid(), action_number);
        return false;
    }
    errno = action_number;
    return true;
}

static size_t
shortened(size_t size)
{
    return started && action == ACTION_SHORT && size > 7 ? 7 : size;
}

/* What is said on stderr always arrives: it is the message that is looked for. */
ssize_t
write(int fd, const void *bytes, size_t size)
{
    return fd != STDERR_FILENO && is_hit("write") ? -1
                                                  : syscall(SYS_write, fd, bytes, shortened(size));
}

ssize_t
pwrite64(int fd, const void *bytes, size_t size, off64_t offset)
{
    return is_hit("pwrite") ? -1 : syscall(SYS_pwrite64, fd, bytes, shortened(size), offset);
}

ssize_t
pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
    return pwrite64(fd, bytes, size, offset);
}

ssize_t
writev(int fd, const struct iovec *parts, int n)
{
    return fd != STDERR_FILENO && is_hit("writev") ? -1 : syscall(SYS_writev, fd, parts, n);
}

ssize_t
read(int fd, void *bytes, size_t size)
{
    return is_hit("read") ? -1 : syscall(SYS_read, fd, bytes, shortened(size));
}

ssize_t
pread64(int fd, void *bytes, size_t size, off64_t offset)
{
    return is_hit("pread") ? -1 : syscall(SYS_pread64, fd, bytes, shortened(size), offset);
}

ssize_t
pread(int fd, void *bytes, size_t size, off_t offset)
{
    return pread64(fd, bytes, size, offset);
}

static int
sync_call(const char *name, long call, int fd)
{
    bool known = fd >= 0 && fd < (int)sizeof sync_failed;

    if (known && sync_failed[fd])
        report("again", name);
    if (is_hit(name)) {
        if (known)
            sync_failed[fd] = 1;
        return -1;
    }
    return (int)syscall(call, fd);
}

int
fsync(int fd)
{
    return sync_call("fsync", SYS_fsync, fd);
}

int
fdatasync(int fd)
{
    return sync_call("fdatasync", SYS_fdatasync, fd);
}

/* The descriptor is gone even when close() fails, as on Linux. */
int
close(int fd)
{
    bool hit = is_hit("close");
    int saved = errno;
    int status = (int)syscall(SYS_close, fd);

    if (fd >= 0 && fd < (int)sizeof sync_failed)
        sync_failed[fd] = 0;
    if (!hit)
        return status;
    errno = saved;
    return -1;
}

static bool
makes_file(int flags)
{
    return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
}

static int
open_call(int folder, const char *path, int flags, mode_t mode)
{
    return is_hit(makes_file(flags) ? "create" : "open")
               ? -1
               : (int)syscall(SYS_openat, folder, path, flags, mode);
}

#define OPEN_MODE(mode, flags, last)                                                               \
    do {                                                                                           \
        if (makes_file(flags)) {                                                                   \
            va_list list_;                                                                         \
            va_start(list_, last);                                                                 \
            (mode) = va_arg(list_, mode_t);                                                        \
            va_end(list_);                                                                         \
        }                                                                                          \
    } while (0)

int
openat64(int folder, const char *path, int flags, ...)
{
    mode_t mode = 0;

    OPEN_MODE(mode, flags, flags);
    return open_call(folder, path, flags, mode);
}

int
openat(int folder, const char *path, int flags, ...)
{
    mode_t mode = 0;

    OPEN_MODE(mode, flags, flags);
    return open_call(folder, path, flags, mode);
}

int
open64(const char *path, int flags, ...)
{
    mode_t mode = 0;

    OPEN_MODE(mode, flags, flags);
    return open_call(AT_FDCWD, path, flags, mode);
}

int
open(const char *path, int flags, ...)
{
    mode_t mode = 0;

    OPEN_MODE(mode, flags, flags);
    return open_call(AT_FDCWD, path, flags, mode);
}

int
renameat2(int folder, const char *path, int to_folder, const char *to, unsigned flags)
{
    return is_hit("rename") ? -1 : (int)syscall(SYS_renameat2, folder, path, to_folder, to, flags);
}

int
renameat(int folder, const char *path, int to_folder, const char *to)
{
    return renameat2(folder, path, to_folder, to, 0);
}

int
rename(const char *path, const char *to)
{
    return renameat2(AT_FDCWD, path, AT_FDCWD, to, 0);
}

int
mkdirat(int folder, const char *path, mode_t mode)
{
    return is_hit("mkdir") ? -1 : (int)syscall(SYS_mkdirat, folder, path, mode);
}

int
mkdir(const char *path, mode_t mode)
{
    return mkdirat(AT_FDCWD, path, mode);
}

int
unlinkat(int folder, const char *path, int flags)
{
    return is_hit("unlink") ? -1 : (int)syscall(SYS_unlinkat, folder, path, flags);
}

int
unlink(const char *path)
{
    return unlinkat(AT_FDCWD, path, 0);
}

int
rmdir(const char *path)
{
    return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

int
linkat(int folder, const char *path, int to_folder, const char *to, int flags)
{
    return is_hit("link") ? -1 : (int)syscall(SYS_linkat, folder, path, to_folder, to, flags);
}

int
ftruncate64(int fd, off64_t size)
{
    return is_hit("ftruncate") ? -1 : (int)syscall(SYS_ftruncate, fd, size);
}

int
ftruncate(int fd, off_t size)
{
    return ftruncate64(fd, size);
}

int
fallocate64(int fd, int mode, off64_t offset, off64_t size)
{
    return is_hit("fallocate") ? -1 : (int)syscall(SYS_fallocate, fd, mode, offset, size);
}

int
fallocate(int fd, int mode, off_t offset, off_t size)
{
    return fallocate64(fd, mode, offset, size);
}

int
flock(int fd, int operation)
{
    return is_hit("flock") ? -1 : (int)syscall(SYS_flock, fd, operation);
}

int
fchmod(int fd, mode_t mode)
{
    return is_hit("fchmod") ? -1 : (int)syscall(SYS_fchmod, fd, mode);
}
