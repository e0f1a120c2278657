// SPDX-License-Identifier: Apache-2.0
/* partial - files and folders in the making, and the one way to put them in place. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/folder.h"
#include "base/stale.h"

enum {
    TRIES = 16 /* a name is taken, or a cleaner of another process was quicker than our lock */
};

struct partial {
    struct partial *next;
    int parent; /* held, so that a parent that is swapped meanwhile misleads nobody */
    int fd;     /* of the file or folder; holds the lock */
    bool is_folder;
    bool replace;
    bool is_named; /* its user knows it by path only, so it is freed here */
    bool is_gone;  /* removed by partial_remove_all() */
    char *path;
    char *final_path;
    const char *name; /* below parent; in path */
    const char *final_name;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct partial *partials;

static void
destroy(struct partial *partial)
{
    fd_cleanup_(&partial->fd);
    fd_cleanup_(&partial->parent);
    free(partial->path);
    free(partial->final_path);
    free(partial);
}

static void
destroy_cleanup(struct partial **partial)
{
    if (*partial)
        destroy(*partial);
}

static void
forget(const struct partial *partial)
{
    for (struct partial **at = &partials; *at; at = &(*at)->next) {
        if (*at == partial) {
            *at = partial->next;
            return;
        }
    }
}

/* ---- Removing -------------------------------------------------------------------------------- */

/* Does the name still stand for what we hold open? */
static bool
is_ours(const struct partial *partial)
{
    struct stat held, named;

    return fstat(partial->fd, &held) == 0 &&
           fstatat(partial->parent, partial->name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

static void
remove_begun(struct partial *partial)
{
    if (partial->is_gone || partial->fd < 0)
        return;
    partial->is_gone = true;
    if (partial->is_folder)
        folder_empty(partial->fd);
    if (is_ours(partial))
        folder_remove(partial->parent, partial->name);
    if (!partial->is_folder)
        stale_remove_sidecars(partial->parent, partial->name);
}

static bool
is_living_here(const char *name)
{
    for (const struct partial *p = partials; p; p = p->next) {
        if (strcmp(p->name, name) == 0)
            return true;
    }
    return false;
}

/* ---- Beginning ------------------------------------------------------------------------------- */

static pd_status
open_parent(struct partial *partial, const char *path, struct pd_error *err)
{
    CLEANUP_FREE char *parent = NULL;
    char *slash;
    size_t size = strlen(path);

    while (size > 1 && path[size - 1] == '/')
        size--;
    partial->final_path = strndup(path, size);
    parent = strndup(path, size);
    if (!partial->final_path || !parent)
        return error_memory(err);
    slash = strrchr(parent, '/');
    partial->final_name = partial->final_path + (slash ? slash + 1 - parent : 0);
    if (partial->final_name[0] == '\0' || strcmp(partial->final_name, ".") == 0 ||
        strcmp(partial->final_name, "..") == 0)
        return error_fail(err, PD_FAILED, PD_CAUSE_USAGE,
                          "'%s' does not end in the name of something new", path);
    if (!slash)
        return folder_open(".", &partial->parent, err);
    slash[slash == parent] = '\0';
    return folder_open(parent, &partial->parent, err);
}

/* May what stands under the final name be replaced, if anything does? */
static pd_status
check_final(const struct partial *partial, bool *ret_exists, struct pd_error *err)
{
    const char *path = partial->final_path;
    const char *kind = partial->is_folder ? "a folder" : "a file";
    struct stat st;

    *ret_exists = fstatat(partial->parent, partial->final_name, &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (!*ret_exists && errno != ENOENT)
        return error_errno(err, PD_FAILED, errno, "cannot write '%s'", path);
    if (!*ret_exists)
        return PD_OK;
    if (partial->is_folder ? !S_ISDIR(st.st_mode) : !S_ISREG(st.st_mode))
        return error_fail(err, PD_FAILED, PD_CAUSE_CONFLICT,
                          "'%s' is %s and cannot be replaced by %s", path,
                          folder_kind_of(st.st_mode), kind);
    if (!partial->replace)
        return error_fail(err, PD_FAILED, PD_CAUSE_CONFLICT,
                          "'%s' is already there; remove it or choose another name", path);
    return PD_OK;
}

static pd_status
make_name(struct partial *partial, struct pd_error *err)
{
    int folder_size = (int)(partial->final_name - partial->final_path);
    uint64_t number;

    free(partial->path);
    partial->path = NULL;
    if (getrandom(&number, sizeof number, 0) != sizeof number)
        return error_errno(err, PD_FATAL, errno, "cannot get a random number");
    if (asprintf(&partial->path, "%.*s.%s.%ld-%0*" PRIx64 ".partial", folder_size,
                 partial->final_path, partial->final_name, (long)getpid(), STALE_DIGITS,
                 number) < 0) {
        partial->path = NULL;
        return error_memory(err);
    }
    partial->name = partial->path + folder_size;
    return PD_OK;
}

/* Make and open the file or folder; -1 with errno. */
static int
make(const struct partial *partial)
{
    int parent = partial->parent, fd;

    if (!partial->is_folder)
        return openat(parent, partial->name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                      0600);
    if (mkdirat(parent, partial->name, 0700) < 0)
        return -1;
    fd = openat(parent, partial->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) { /* what was made must not stay behind */
        int saved = errno;

        unlinkat(parent, partial->name, AT_REMOVEDIR);
        errno = saved;
    }
    return fd;
}

static pd_status
make_locked(struct partial *partial, struct pd_error *err)
{
    pd_status status;

    for (int i = 0; i < TRIES; i++) {
        status = make_name(partial, err);
        if (status < 0)
            return status;
        partial->fd = make(partial);
        if (partial->fd < 0 && errno != EEXIST)
            return error_errno(err, PD_FATAL, errno, "cannot create '%s'", partial->path);
        if (partial->fd < 0)
            continue;
        /* A file system without locks has no cleaners either; a cleaner that holds the lock, or
           has removed the name between our two calls, took it for a stale one. */
        if ((flock(partial->fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) &&
            is_ours(partial))
            return PD_OK;
        fd_cleanup_(&partial->fd);
        partial->fd = -1;
    }
    return error_fail(err, PD_FATAL, PD_CAUSE_IO, "cannot create '%s': no free name",
                      partial->path);
}

pd_status
partial_begin(const char *path, bool is_folder, bool replace, struct partial **ret_partial,
              struct pd_error *err)
{
    __attribute__((cleanup(destroy_cleanup))) struct partial *partial = NULL;
    bool exists;
    pd_status status;

    partial = calloc(1, sizeof *partial);
    if (!partial)
        return error_memory(err);
    partial->parent = partial->fd = -1;
    partial->is_folder = is_folder;
    partial->replace = replace;
    status = open_parent(partial, path, err);
    if (status < 0)
        return error_prefix(err, status, "cannot write '%s'", path);
    status = check_final(partial, &exists, err);
    if (status < 0)
        return status;
    pthread_mutex_lock(&lock);
    stale_sweep(partial->parent, partial->final_name, is_living_here);
    status = make_locked(partial, err);
    if (status == PD_OK) {
        partial->next = partials;
        partials = partial;
        *ret_partial = take(partial);
    }
    pthread_mutex_unlock(&lock);
    return status;
}

int
partial_fd(const struct partial *partial)
{
    return partial->fd;
}

const char *
partial_path(const struct partial *partial)
{
    return partial->path;
}

/* ---- Publishing ------------------------------------------------------------------------------ */

static bool
is_unsupported(int saved_errno)
{
    return saved_errno == EINVAL || saved_errno == ENOSYS || saved_errno == EOPNOTSUPP;
}

/* How the final name was taken. */
enum placing { PLACED_NEW, PLACED_EXCHANGED, PLACED_OVER };

/* 0, or -1 with errno EEXIST when something has appeared under the final name. */
static int
rename_new(const struct partial *partial)
{
    int parent = partial->parent;
    struct stat st;

    if (renameat2(parent, partial->name, parent, partial->final_name, RENAME_NOREPLACE) == 0)
        return 0;
    if (!is_unsupported(errno))
        return -1;
    if (!partial->is_folder && linkat(parent, partial->name, parent, partial->final_name, 0) == 0)
        return unlinkat(parent, partial->name, 0);
    if (!partial->is_folder && errno == EEXIST)
        return -1;
    /* Neither: look, then rename. A folder still cannot overwrite one that has something in it. */
    if (fstatat(parent, partial->final_name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
        errno = EEXIST;
        return -1;
    }
    return renameat(parent, partial->name, parent, partial->final_name);
}

/* Put the new under the final name and the old one under the partial's. */
static int
exchange(const struct partial *partial)
{
    return renameat2(partial->parent, partial->name, partial->parent, partial->final_name,
                     RENAME_EXCHANGE);
}

static pd_status
place_new(const struct partial *partial, struct pd_error *err)
{
    if (rename_new(partial) == 0)
        return PD_OK;
    if (errno == EEXIST)
        return error_fail(err, PD_FAILED, PD_CAUSE_CONFLICT,
                          "'%s' has appeared while it was written; it was not touched",
                          partial->final_path);
    return error_errno(err, PD_FATAL, errno, "cannot rename '%s' to '%s'", partial->path,
                       partial->final_path);
}

static pd_status
place_over(const struct partial *partial, enum placing *ret_placing, struct pd_error *err)
{
    int parent = partial->parent;

    *ret_placing = PLACED_EXCHANGED;
    if (exchange(partial) == 0)
        return PD_OK;
    if (is_unsupported(errno) && partial->is_folder)
        return error_fail(err, PD_FAILED, PD_CAUSE_IO,
                          "'%s' cannot be replaced at once on this file system; remove it or "
                          "choose another name",
                          partial->final_path);
    *ret_placing = PLACED_OVER;
    if (is_unsupported(errno) && renameat(parent, partial->name, parent, partial->final_name) == 0)
        return PD_OK;
    return error_errno(err, PD_FATAL, errno, "cannot rename '%s' to '%s'", partial->path,
                       partial->final_path);
}

static pd_status
put_in_place(const struct partial *partial, enum placing *ret_placing, struct pd_error *err)
{
    bool exists;
    pd_status status = check_final(partial, &exists, err);

    if (status < 0)
        return status;
    if (exists)
        return place_over(partial, ret_placing, err);
    *ret_placing = PLACED_NEW;
    return place_new(partial, err);
}

/* The folder could not be synced: what is not surely there shall not look as if it were, unless
   there is nothing else left to be there. */
static void
take_back(struct partial *partial, enum placing placing)
{
    int parent = partial->parent, result = -1;

    if (placing == PLACED_EXCHANGED)
        result = exchange(partial);
    else if (placing == PLACED_NEW)
        result = renameat2(parent, partial->final_name, parent, partial->name, RENAME_NOREPLACE);
    if (result < 0)
        partial->is_gone = true; /* from its name; what is in it stays */
}

/* SQLite left something that belongs to the file: without it the file is not whole. */
static pd_status
check_sidecars(const struct partial *partial, struct pd_error *err)
{
    char sidecar[NAME_MAX + 1];
    struct stat st;

    for (size_t i = 0; i < STALE_SIDECARS; i++) {
        snprintf(sidecar, sizeof sidecar, "%s%s", partial->name, stale_sidecars[i]);
        if (fstatat(partial->parent, sidecar, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_size > 0)
            return error_fail(err, PD_FATAL, PD_CAUSE_BUG,
                              "'%s%s' is still there: the file was not closed before it was "
                              "published",
                              partial->path, stale_sidecars[i]);
    }
    return PD_OK;
}

static pd_status
check_whole(const struct partial *partial, struct pd_error *err)
{
    if (partial->is_gone)
        return error_fail(err, PD_FATAL, PD_CAUSE_CANCELLED,
                          "'%s' was not finished before the run was ended", partial->final_path);
    if (!is_ours(partial))
        return error_fail(err, PD_FATAL, PD_CAUSE_CHANGED,
                          "'%s' was removed or replaced by somebody while it was written",
                          partial->path);
    if (partial->is_folder)
        return partial->is_named ? folder_sync_all(partial->fd, partial->path, err)
                                 : folder_sync(partial->fd, partial->path, err);
    pd_status status = check_sidecars(partial, err);

    if (status < 0)
        return status;
    return file_sync(partial->fd, partial->path, err);
}

/* The lock is held, so that partial_remove_all() finds it begun or published. */
static pd_status
publish(struct partial *partial, struct pd_error *err)
{
    enum placing placing;
    pd_status status = check_whole(partial, err);

    if (status < 0)
        return status;
    status = put_in_place(partial, &placing, err);
    if (status < 0)
        return status;
    status = file_sync(partial->parent, partial->final_path, err);
    if (status < 0) {
        take_back(partial, placing);
        return status;
    }
    if (placing == PLACED_EXCHANGED)
        folder_remove(partial->parent, partial->name);
    if (!partial->is_folder)
        stale_remove_sidecars(partial->parent, partial->name);
    forget(partial);
    return PD_OK;
}

pd_status
partial_publish(struct partial *partial, struct pd_error *err)
{
    pd_status status;

    pthread_mutex_lock(&lock);
    status = publish(partial, err);
    pthread_mutex_unlock(&lock);
    if (status == PD_OK)
        destroy(partial);
    return status;
}

void
partial_free(struct partial *partial)
{
    if (!partial)
        return;
    pthread_mutex_lock(&lock);
    remove_begun(partial);
    forget(partial);
    pthread_mutex_unlock(&lock);
    destroy(partial);
}

/* ---- Files and folders that others write ------------------------------------------------------
 */

/* Give up those that their makers have removed themselves. */
static void
drop_removed(void)
{
    struct partial **at = &partials;

    while (*at) {
        struct partial *partial = *at;
        struct stat st;

        if (partial->is_named && fstat(partial->fd, &st) == 0 && st.st_nlink == 0) {
            *at = partial->next;
            destroy(partial);
        } else {
            at = &partial->next;
        }
    }
}

pd_status
partial_name(const char *path, bool is_folder, char **ret_partial, struct pd_error *err)
{
    CLEANUP_FREE char *name = NULL;
    struct partial *partial;
    pd_status status;

    pthread_mutex_lock(&lock);
    drop_removed();
    pthread_mutex_unlock(&lock);
    /* Whether it may replace is told when it is published. */
    status = partial_begin(path, is_folder, /* replace= */ true, &partial, err);
    if (status < 0)
        return status;
    name = strdup(partial->path);
    if (!name) {
        partial_free(partial);
        return error_memory(err);
    }
    partial->is_named = true;
    *ret_partial = take(name);
    return PD_OK;
}

pd_status
partial_publish_name(const char *partial, const char *path, bool replace, struct pd_error *err)
{
    struct partial *found;
    pd_status status;

    pthread_mutex_lock(&lock);
    for (found = partials; found; found = found->next) {
        if (found->is_named && strcmp(found->path, partial) == 0)
            break;
    }
    if (!found || strcmp(found->final_path, path) != 0) {
        pthread_mutex_unlock(&lock);
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG, "'%s' was not begun as '%s'", partial, path);
    }
    found->replace = replace;
    status = publish(found, err);
    pthread_mutex_unlock(&lock);
    if (status == PD_OK)
        destroy(found);
    return status;
}

void
partial_remove_all(void)
{
    pthread_mutex_lock(&lock);
    for (struct partial *partial = partials; partial; partial = partial->next)
        remove_begun(partial);
    pthread_mutex_unlock(&lock);
}
