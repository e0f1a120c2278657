// SPDX-License-Identifier: Apache-2.0
/* trust - see trust.h. */
#include "plugin/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static pd_status
refuse(struct pd_error *err, const char *path, const char *what)
{
    return error_fail(err, PD_FAILED, PD_CAUSE_USAGE, "'%s' is not trusted: %s", path, what);
}

/* Owner and mode, of a file or of a folder. */
static pd_status
check_owner(const struct stat *st, const char *path, struct pd_error *err)
{
    if (st->st_uid != 0 && st->st_uid != geteuid())
        return refuse(err, path, "it belongs neither to root nor to the user");
    if (st->st_mode & S_IWOTH)
        return refuse(err, path, "everybody can write to it; use chmod o-w");
    if (st->st_mode & S_IWGRP)
        return refuse(err, path, "its group can write to it; use chmod g-w");
    return PD_OK;
}

static pd_status
check_folder(int fd, const char *path, bool is_last, struct pd_error *err)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return error_errno(err, PD_FAILED, errno, "cannot examine '%s'", path);
    if (S_ISLNK(st.st_mode))
        return refuse(err, path, "it is a symbolic link; name the folder itself");
    if (!S_ISDIR(st.st_mode))
        return refuse(err, path, "it is not a folder");
    /* In a sticky folder nobody can rename what is another's. */
    if (!is_last && st.st_uid == 0 && (st.st_mode & S_ISVTX))
        return PD_OK;
    return check_owner(&st, path, err);
}

pd_status
trust_folder(const char *path, struct pd_error *err)
{
    char part[PATH_MAX];
    CLEANUP_FD int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    size_t size = strlen(path);
    pd_status status;

    if (path[0] != '/')
        return refuse(err, path, "it is not an absolute path");
    if (size >= sizeof part)
        return error_errno(err, PD_FAILED, ENAMETOOLONG, "'%s'", path);
    if (fd < 0)
        return error_errno(err, PD_FAILED, errno, "cannot open '/'");
    status = check_folder(fd, "/", /* is_last= */ false, err);
    for (const char *at = path + strspn(path, "/"); status == PD_OK && *at;) {
        size_t n = strcspn(at, "/");
        const char *next = at + n + strspn(at + n, "/");
        int below;

        memcpy(part, at, n);
        part[n] = '\0';
        if (strcmp(part, "..") == 0)
            return refuse(err, path, "it goes through '..'");
        below = openat(fd, part, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (below < 0 && errno == ENOENT)
            return error_fail(err, PD_UNSUPPORTED, PD_CAUSE_MISSING, "there is no '%s'", path);
        if (below < 0)
            return error_errno(err, PD_FAILED, errno, "cannot examine '%s'", path);
        fd_cleanup_(&fd);
        fd = below;
        snprintf(part, sizeof part, "%.*s", (int)(at + n - path), path);
        status = check_folder(fd, part, /* is_last= */ *next == '\0', err);
        at = next;
    }
    return status;
}

static bool
read_whole(int fd, void *bytes, size_t size, off_t at)
{
    size_t got = 0;

    return file_read(fd, bytes, size, at, &got, "plugin", NULL) == PD_OK && got == size;
}

/* Are all parts that the header speaks of in the file? The run-time linker does not ask, and dies
   of SIGBUS when it touches what is missing. */
static bool
is_whole(int fd, uint64_t size)
{
    ElfW(Ehdr) header;
    ElfW(Phdr) segment;

    if (!read_whole(fd, &header, sizeof header, 0))
        return false;
    if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
        header.e_ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32))
        return true; /* it is something else, as the linker will say */
    if (header.e_shoff > size ||
        (uint64_t)header.e_shnum * header.e_shentsize > size - header.e_shoff)
        return false;
    for (size_t i = 0; i < header.e_phnum && header.e_phentsize >= sizeof segment; i++) {
        off_t at = (off_t)(header.e_phoff + i * header.e_phentsize);

        if (!read_whole(fd, &segment, sizeof segment, at))
            return false;
        if (segment.p_offset > size || segment.p_filesz > size - segment.p_offset)
            return false;
    }
    return true;
}

pd_status
trust_file(const char *folder, const char *name, struct pd_error *err)
{
    char path[PATH_MAX];
    CLEANUP_FD int fd = -1;
    struct stat st;
    pd_status status;

    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        return error_errno(err, PD_FAILED, ENAMETOOLONG, "'%s'", folder);
    fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return error_fail(err, PD_UNSUPPORTED, PD_CAUSE_MISSING, "there is no '%s'", path);
    if (fd < 0 && errno == ELOOP)
        return refuse(err, path, "it is a symbolic link; put the file itself there");
    if (fd < 0)
        return error_errno(err, PD_FAILED, errno, "cannot open '%s'", path);
    if (fstat(fd, &st) < 0)
        return error_errno(err, PD_FAILED, errno, "cannot examine '%s'", path);
    if (!S_ISREG(st.st_mode))
        return refuse(err, path, "it is not a regular file");
    status = check_owner(&st, path, err);
    if (status < 0)
        return status;
    if (!is_whole(fd, (uint64_t)st.st_size))
        return error_fail(err, PD_FAILED, PD_CAUSE_CORRUPT,
                          "'%s' is not a whole shared object: it was cut short", path);
    return PD_OK;
}
