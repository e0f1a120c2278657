// SPDX-License-Identifier: Apache-2.0
/* temporary - see temporary.h. */
#include "base/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/folder.h"

enum { RANDOM_LETTERS = 6 /* of mkdtemp() */, TRIES = 10 };

static const char *
parent_of_all(void)
{
    const char *tmp = getenv("TMPDIR");

    return tmp && *tmp == '/' ? tmp : "/tmp";
}

/* ---- What killed runs have left ---- */

/* Its maker is gone when nobody holds the lock. */
static bool
sweep_visit(void *prefix, int parent, const char *name)
{
    CLEANUP_FD int fd = -1;
    struct stat st;
    size_t size = strlen(prefix);

    if (strncmp(name, prefix, size) != 0 || strlen(name) != size + RANDOM_LETTERS)
        return true;
    fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
        flock(fd, LOCK_EX | LOCK_NB) == 0)
        folder_remove(parent, name);
    return true;
}

/* What cannot be read or removed is left for another time. */
static void
sweep(const char *name)
{
    CLEANUP_FREE char *prefix = NULL;
    CLEANUP_FD int parent = open(parent_of_all(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (asprintf(&prefix, "polydump-%s-", name) < 0)
        prefix = NULL;
    if (prefix && parent >= 0)
        folder_each(parent, sweep_visit, prefix);
}

/* ---- A new one ---- */

/* false: another run took it for a left one before it was locked. */
static bool
lock_take(const char *path, int *ret_lock)
{
    CLEANUP_FD int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;

    if (fd < 0 || flock(fd, LOCK_EX) != 0 || stat(path, &st) != 0)
        return false;
    *ret_lock = fd;
    fd = -1;
    return true;
}

pd_status
temporary_make(const char *name, struct temporary *ret_temporary, struct pd_error *err)
{
    sweep(name);
    for (int i = 0; i < TRIES; i++) {
        CLEANUP_FREE char *path = NULL;
        int lock;

        if (asprintf(&path, "%s/polydump-%s-XXXXXX", parent_of_all(), name) < 0) {
            path = NULL;
            return error_memory(err);
        }
        if (!mkdtemp(path))
            return error_errno(err, PD_FATAL, errno, "cannot make a folder '%s'", path);
        if (lock_take(path, &lock)) {
            *ret_temporary = (struct temporary){.path = take(path), .lock = lock};
            return PD_OK;
        }
        rmdir(path);
    }
    return error_fail(err, PD_FATAL, PD_CAUSE_IO, "cannot hold a folder in '%s'", parent_of_all());
}

void
temporary_remove(struct temporary *temporary)
{
    if (!temporary->path)
        return;
    folder_remove(AT_FDCWD, temporary->path);
    close(temporary->lock);
    free(temporary->path);
    temporary->path = NULL;
}
