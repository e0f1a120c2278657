// SPDX-License-Identifier: Apache-2.0
/* file - reading, writing and opening; what appears under a final name is in partial.c. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cancel.h"
#include "base/folder.h"

enum { WAIT_SLICE_MS = 100 /* how late a wish to stop is seen */ };

/* After a read() or write() that failed: PD_OK when the same call shall be made again. */
static pd_status
retry_or_fail(int fd, short events, int saved_errno, const char *verb, const char *name,
              struct pd_error *err)
{
    struct pollfd wait = {.fd = fd, .events = events};

    if (saved_errno == EINTR && cancel_signal())
        return error_fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "cannot %s '%s': interrupted", verb,
                          name);
    if (saved_errno == EINTR)
        return PD_OK;
    /* Somebody made the pipe that we were given non-blocking. */
    if (saved_errno == EAGAIN && (poll(&wait, 1, -1) > 0 || errno == EINTR))
        return PD_OK;
    return error_errno(err, PD_FATAL, saved_errno, "cannot %s '%s'", verb, name);
}

/* A pipe may never be ready, and a signal may reach another thread than the one that waits: so
   wait in slices, and look whether the run shall end. Regular files are always ready. */
static pd_status
wait_ready(int fd, bool is_regular, short events, const char *verb, const char *name,
           struct pd_error *err)
{
    struct pollfd wait = {.fd = fd, .events = events};

    int n = is_regular ? 1 : 0;

    while (n == 0) {
        n = poll(&wait, 1, WAIT_SLICE_MS);
        if (n < 0 && errno == EINTR)
            n = 0;
        if (n == 0 && cancel_wanted())
            return error_fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "cannot %s '%s': interrupted",
                              verb, name);
    }
    return PD_OK;
}

static bool
is_regular_file(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

pd_status
file_write(int fd, const void *bytes, size_t size, const char *name, struct pd_error *err)
{
    const unsigned char *at = bytes;
    bool is_regular = is_regular_file(fd);

    while (size > 0) {
        /* So much a pipe that is ready takes without waiting. */
        size_t chunk = is_regular || size < PIPE_BUF ? size : PIPE_BUF;
        pd_status status = wait_ready(fd, is_regular, POLLOUT, "write", name, err);
        ssize_t n;

        if (status < 0)
            return status;
        n = write(fd, at, chunk);
        if (n > 0) {
            at += n;
            size -= (size_t)n;
            continue;
        }
        /* Nothing written and no reason given: a full device, as far as one can tell. */
        status = retry_or_fail(fd, POLLOUT, n < 0 ? errno : ENOSPC, "write", name, err);
        if (status < 0)
            return status;
    }
    return PD_OK;
}

pd_status
file_read(int fd, void *bytes, size_t size, int64_t offset, size_t *ret_got, const char *name,
          struct pd_error *err)
{
    unsigned char *at = bytes;
    size_t got = 0;
    bool is_regular = offset >= 0 || is_regular_file(fd);

    while (got < size) {
        pd_status status = wait_ready(fd, is_regular, POLLIN, "read", name, err);
        ssize_t n;

        if (status < 0)
            return status;
        n = offset < 0 ? read(fd, at + got, size - got)
                       : pread(fd, at + got, size - got, (off_t)offset + (off_t)got);
        if (n > 0) {
            got += (size_t)n;
            continue;
        }
        if (n == 0)
            break;
        status = retry_or_fail(fd, POLLIN, errno, "read", name, err);
        if (status < 0)
            return status;
    }
    *ret_got = got;
    return PD_OK;
}

pd_status
file_sync(int fd, const char *name, struct pd_error *err)
{
    int saved_errno;

    if (fsync(fd) == 0)
        return PD_OK;
    saved_errno = errno;
    /* A pipe, or a file system that has nothing to sync in a folder. */
    if (saved_errno == EINVAL)
        return PD_OK;
    return error_errno(err, PD_FATAL, saved_errno, "cannot sync '%s' to its device", name);
}

pd_status
file_close_synced(int fd, const char *name, struct pd_error *err)
{
    pd_status status = file_sync(fd, name, err);

    /* EINTR: it is closed, and all bytes were synced before. */
    if (close(fd) < 0 && errno != EINTR && status == PD_OK)
        return error_errno(err, PD_FATAL, errno, "cannot close '%s'", name);
    return status;
}

const char *
folder_kind_of(mode_t mode)
{
    return S_ISREG(mode)    ? "a file"
           : S_ISDIR(mode)  ? "a folder"
           : S_ISLNK(mode)  ? "a symbolic link"
           : S_ISFIFO(mode) ? "a FIFO"
           : S_ISSOCK(mode) ? "a socket"
                            : "a device";
}

/* Open the next folder of a path below *fd, which is closed and replaced. */
static bool
descend(int *fd, const char *name, size_t size)
{
    char part[NAME_MAX + 1];
    int next;

    if (size > NAME_MAX) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(part, name, size);
    part[size] = '\0';
    if (strcmp(part, "..") == 0) {
        errno = ENOTDIR;
        return false;
    }
    next = openat(*fd, part, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (next < 0)
        return false;
    close(*fd);
    *fd = next;
    return true;
}

/* openat() that follows a link in no part of the name when there is a held folder. With AT_FDCWD
   the name is the user's own path, whose links are as meant. */
static int
open_below(int folder, const char *name, int flags, mode_t mode)
{
    CLEANUP_FD int fd = -1;
    const char *slash;

    if (folder == AT_FDCWD)
        return openat(folder, name, flags | O_CLOEXEC | O_NOCTTY, mode);
    if (name[0] == '/' || strcmp(name, "..") == 0) {
        errno = EINVAL;
        return -1;
    }
    fd = fcntl(folder, F_DUPFD_CLOEXEC, 0);
    for (; fd >= 0 && (slash = strchr(name, '/')); name = slash + 1) {
        if (!descend(&fd, name, (size_t)(slash - name)))
            return -1;
    }
    if (fd < 0)
        return -1;
    return openat(fd, name, flags | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, mode);
}

pd_status
file_open(int folder, const char *name, int *ret_fd, uint64_t *ret_size, struct pd_error *err)
{
    CLEANUP_FD int fd = -1;
    struct stat st;

    /* Non-blocking: opening a FIFO must not wait for a writer. */
    fd = open_below(folder, name, O_RDONLY | O_NONBLOCK, 0);
    if (fd < 0 && errno == ELOOP)
        return error_fail(err, PD_FAILED, PD_CAUSE_IO,
                          "cannot open '%s': it is a symbolic link, not a regular file", name);
    if (fd < 0)
        return error_errno(err, PD_FAILED, errno, "cannot open '%s'", name);
    if (fstat(fd, &st) < 0)
        return error_errno(err, PD_FAILED, errno, "cannot examine '%s'", name);
    if (!S_ISREG(st.st_mode))
        return error_fail(err, PD_FAILED, PD_CAUSE_IO,
                          "cannot open '%s': it is %s, not a regular file", name,
                          folder_kind_of(st.st_mode));
    if (ret_size)
        *ret_size = (uint64_t)st.st_size;
    *ret_fd = fd;
    fd = -1;
    return PD_OK;
}

pd_status
file_create(int folder, const char *name, int *ret_fd, struct pd_error *err)
{
    int fd = open_below(folder, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);

    if (fd < 0)
        return error_errno(err, PD_FATAL, errno, "cannot create '%s'", name);
    *ret_fd = fd;
    return PD_OK;
}

pd_status
file_temporary(int folder, int *ret_fd, struct pd_error *err)
{
    char name[64];
    uint64_t number;
    int fd = openat(folder, ".", O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);

    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT || errno == EINVAL)) {
        if (getrandom(&number, sizeof number, 0) != sizeof number)
            return error_errno(err, PD_FATAL, errno, "cannot get a random number");
        snprintf(name, sizeof name, ".temporary.%ld-%016" PRIx64 ".partial", (long)getpid(),
                 number);
        fd = openat(folder, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd >= 0)
            unlinkat(folder, name, 0);
    }
    if (fd < 0)
        return error_errno(err, PD_FATAL, errno, "cannot create a temporary file");
    *ret_fd = fd;
    return PD_OK;
}

pd_status
file_load(int folder, const char *name, size_t limit, char **ret_text, size_t *ret_size,
          struct pd_error *err)
{
    CLEANUP_FREE char *text = NULL;
    CLEANUP_FD int fd = -1;
    uint64_t size;
    size_t got;
    pd_status status;

    status = file_open(folder, name, &fd, &size, err);
    if (status < 0)
        return status;
    if (size > limit)
        return error_fail(err, PD_FAILED, PD_CAUSE_LIMIT,
                          "'%s' has %" PRIu64 " bytes, more than the limit of %zu", name, size,
                          limit);
    text = malloc((size_t)size + 1);
    if (!text)
        return error_memory(err);
    status = file_read(fd, text, (size_t)size, 0, &got, name, err);
    if (status < 0)
        return status;
    text[got] = '\0';
    *ret_text = take(text);
    *ret_size = got;
    return PD_OK;
}

pd_status
folder_open(const char *path, int *ret_folder, struct pd_error *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return error_errno(err, PD_FAILED, errno, "cannot open folder '%s'", path);
    *ret_folder = fd;
    return PD_OK;
}
