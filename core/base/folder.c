// SPDX-License-Identifier: Apache-2.0
/* folder - see folder.h. */
#include "base/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

enum {
    ROUNDS = 3, /* another thread may still be making files in what is removed */
    LIST_SIZE = 4096
};

/* By the system's own call: readdir() asks for memory, and what was begun has to be removed also
   when there is none. */
bool
folder_each(int folder, bool (*visit)(void *arg, int folder, const char *name), void *arg)
{
    _Alignas(struct dirent64) char entries[LIST_SIZE];
    /* An open file description of its own: the place in the list is not shared. */
    CLEANUP_FD int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ssize_t size;

    if (fd < 0)
        return false;
    while ((size = getdents64(fd, entries, sizeof entries)) > 0) {
        for (ssize_t at = 0; at < size;) {
            const struct dirent64 *entry = (const struct dirent64 *)(const void *)(entries + at);

            at += entry->d_reclen;
            if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
                continue;
            if (!visit(arg, folder, entry->d_name))
                return false;
        }
    }
    return size == 0;
}

static bool
open_folder(int folder, const char *name, int *ret_fd)
{
    *ret_fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return *ret_fd >= 0;
}

static bool
remove_visit(void *arg, int folder, const char *name)
{
    return folder_remove(folder, name);
}

bool
folder_empty(int folder)
{
    return folder_each(folder, remove_visit, NULL);
}

bool
folder_remove(int folder, const char *name)
{
    CLEANUP_FD int fd = -1;

    if (unlinkat(folder, name, 0) == 0 || errno == ENOENT)
        return true;
    if (errno != EISDIR && errno != EPERM)
        return false;
    if (!open_folder(folder, name, &fd))
        return false;
    for (int i = 0; i < ROUNDS; i++) {
        folder_empty(fd);
        if (unlinkat(folder, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
            return true;
        if (errno != ENOTEMPTY && errno != EEXIST)
            return false;
    }
    return false;
}

struct sync_walk {
    const char *name;
    bool files; /* too */
    struct pd_error *err;
    pd_status status;
};

static pd_status sync_below(int folder, const char *name, bool files, struct pd_error *err);

static pd_status
sync_file(int folder, const char *name, struct pd_error *err)
{
    CLEANUP_FD int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

    return fd < 0 ? error_errno(err, PD_FATAL, errno, "cannot open '%s'", name)
                  : file_sync(fd, name, err);
}

static bool
sync_visit(void *arg, int folder, const char *name)
{
    CLEANUP_FD int fd = -1;
    struct sync_walk *walk = arg;
    struct stat st;

    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return true;
    if (walk->files && S_ISREG(st.st_mode))
        walk->status = sync_file(folder, name, walk->err);
    if (!S_ISDIR(st.st_mode))
        return walk->status == PD_OK;
    if (!open_folder(folder, name, &fd)) {
        walk->status =
            error_errno(walk->err, PD_FATAL, errno, "cannot open '%s/%s'", walk->name, name);
        return false;
    }
    walk->status = sync_below(fd, name, walk->files, walk->err);
    return walk->status == PD_OK;
}

static pd_status
sync_below(int folder, const char *name, bool files, struct pd_error *err)
{
    struct sync_walk walk = {.name = name, .files = files, .err = err};

    if (!folder_each(folder, sync_visit, &walk)) {
        if (walk.status < 0)
            return walk.status;
        return error_errno(err, PD_FATAL, errno, "cannot read folder '%s'", name);
    }
    return file_sync(folder, name, err);
}

pd_status
folder_sync(int folder, const char *name, struct pd_error *err)
{
    return sync_below(folder, name, /* files= */ false, err);
}

pd_status
folder_sync_all(int folder, const char *name, struct pd_error *err)
{
    return sync_below(folder, name, /* files= */ true, err);
}
