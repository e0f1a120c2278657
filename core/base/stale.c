// SPDX-License-Identifier: Apache-2.0
/* stale - see stale.h. */
#include "base/stale.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/folder.h"

const char *const stale_sidecars[STALE_SIDECARS] = {"-journal", "-wal", "-shm"};

struct sweep {
    const char *final_name;
    bool (*is_living)(const char *name);
};

void
stale_remove_sidecars(int parent, const char *name)
{
    char sidecar[NAME_MAX + 1];

    for (size_t i = 0; i < STALE_SIDECARS; i++) {
        if (snprintf(sidecar, sizeof sidecar, "%s%s", name, stale_sidecars[i]) <
            (int)sizeof sidecar)
            unlinkat(parent, sidecar, 0);
    }
}

/* The length of a partial's name of final_name, without a sidecar's ending; 0: it is none. */
static size_t
partial_name_size(const char *name, const char *final_name)
{
    size_t size = strlen(final_name);
    const char *at;

    if (name[0] != '.' || strncmp(name + 1, final_name, size) != 0 || name[1 + size] != '.')
        return 0;
    at = name + 1 + size + 1;
    size = strspn(at, "0123456789");
    if (size == 0 || at[size] != '-')
        return 0;
    at += size + 1;
    if (strspn(at, "0123456789abcdef") != STALE_DIGITS)
        return 0;
    at += STALE_DIGITS;
    if (strncmp(at, ".partial", strlen(".partial")) != 0)
        return 0;
    return (size_t)(at - name) + strlen(".partial");
}

/* Remove name when its maker is gone: then nobody holds the lock. */
static void
remove_if_stale(const struct sweep *sweep, int parent, const char *name)
{
    CLEANUP_FD int fd = -1;
    struct stat st;

    /* Closing a second descriptor of a file of this process would drop SQLite's locks on it. */
    if (sweep->is_living(name))
        return;
    fd = openat(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0 || st.st_uid != geteuid())
        return;
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        return;
    if (flock(fd, LOCK_EX | LOCK_NB) < 0)
        return;
    if (folder_remove(parent, name) && S_ISREG(st.st_mode))
        stale_remove_sidecars(parent, name);
}

static bool
sweep_visit(void *arg, int parent, const char *name)
{
    const struct sweep *sweep = arg;
    size_t size = partial_name_size(name, sweep->final_name);
    char owner[NAME_MAX + 1];
    struct stat st;

    if (size == 0)
        return true;
    if (name[size] == '\0') {
        remove_if_stale(sweep, parent, name);
        return true;
    }
    for (size_t i = 0; i < STALE_SIDECARS; i++) {
        if (strcmp(name + size, stale_sidecars[i]) != 0)
            continue;
        snprintf(owner, sizeof owner, "%.*s", (int)size, name);
        if (fstatat(parent, owner, &st, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
            unlinkat(parent, name, 0);
    }
    return true;
}

void
stale_sweep(int parent, const char *final_name, bool (*is_living)(const char *name))
{
    struct sweep sweep = {.final_name = final_name, .is_living = is_living};

    /* What cannot be read or removed is left for another time. */
    folder_each(parent, sweep_visit, &sweep);
}
