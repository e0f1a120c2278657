// SPDX-License-Identifier: Apache-2.0
/* test_archives - the archives of a folder, in the order of their versions. */
#include "cli/test_archives.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/archive.h"
#include "base/log.h"
#include "migrate/version.h"
#include "plugin/url.h"
#include "run/run.h"

#define EXPECTED ".expected"
#define STREAM ".polydump"

enum { HEAD_SIZE = 64 };

void
test_archives_free(struct test_archives *archives)
{
    if (!archives)
        return;
    arena_free(archives->arena);
    free(archives);
}

static bool
ends_in(const char *name, const char *ending)
{
    size_t size = strlen(name), n = strlen(ending);

    return size > n && strcmp(name + size - n, ending) == 0;
}

/* ---- What is an archive? ---- */

static bool
has_file(const char *path, const char *name)
{
    CLEANUP_FREE char *file = NULL;

    if (asprintf(&file, "%s/%s", path, name) < 0) {
        file = NULL;
        return false;
    }
    return access(file, F_OK) == 0;
}

static bool
begins_as_archive(const char *path)
{
    CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char head[HEAD_SIZE];
    ssize_t size = fd >= 0 ? read(fd, head, sizeof head) : -1;

    return size > 0 && archive_plugin.bid(head, (size_t)size) > 0;
}

/* Also one that is damaged or was not finished: that is told, not passed over. */
static bool
looks_like_archive(const char *path, const char *name)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return false;
    if (S_ISDIR(st.st_mode))
        return has_file(path, "manifest.json") || has_file(path, "tables.jsonl");
    return S_ISREG(st.st_mode) && (ends_in(name, STREAM) || begins_as_archive(path));
}

/* ---- The list ---- */

/* "old/1.0.expected" of "old/1.0" and of "old/1.0.polydump". */
static const char *
expected_of(struct arena *arena, const char *path)
{
    size_t size = strlen(path) - (ends_in(path, STREAM) ? strlen(STREAM) : 0);

    return arena_printf(arena, "%.*s" EXPECTED, (int)size, path);
}

static pd_status
archive_add(struct test_archives *archives, const char *path, const char *name,
            struct pd_error *err)
{
    struct test_archive *one;
    size_t n = archives->n;

    if ((n & (n - 1)) == 0) { /* doubles at powers of two */
        struct test_archive *grown = arena_array(archives->arena, struct test_archive, n * 2 + 1);

        if (!grown)
            return error_memory(err);
        if (n)
            memcpy(grown, archives->list, n * sizeof *grown);
        archives->list = grown;
    }
    one = &archives->list[archives->n++];
    one->name = arena_strdup(archives->arena, name);
    one->path = arena_strdup(archives->arena, path);
    one->expected = expected_of(archives->arena, path);
    return one->name && one->path && one->expected ? PD_OK : error_memory(err);
}

static pd_status
name_take(struct test_archives *archives, const char *folder, const char *name,
          struct pd_error *err)
{
    const char *path = arena_printf(archives->arena, "%s/%s", folder, name);

    if (!path)
        return error_memory(err);
    if (name[0] == '.' || ends_in(name, EXPECTED))
        return PD_OK;
    if (looks_like_archive(path, name))
        return archive_add(archives, path, name, err);
    log_debug("'%s' is no archive, and passed over", path);
    return PD_OK;
}

static bool
is_expected_of_one(const struct test_archives *archives, const char *path)
{
    for (size_t i = 0; i < archives->n; i++)
        if (strcmp(archives->list[i].expected, path) == 0)
            return true;
    return false;
}

/* Nobody shall believe that something is compared that is not. */
static pd_status
expected_check(struct test_archives *archives, const char *folder, const char *name,
               struct pd_error *err)
{
    const char *path = arena_printf(archives->arena, "%s/%s", folder, name);

    if (!path)
        return error_memory(err);
    if (name[0] == '.' || !ends_in(name, EXPECTED) || is_expected_of_one(archives, path))
        return PD_OK;
    return error_fail(err, PD_FATAL, PD_CAUSE_MISSING,
                      "'%s' is what is expected of an archive '%.*s' or '%.*s" STREAM
                      "', which is not there",
                      path, (int)(strlen(path) - strlen(EXPECTED)), path,
                      (int)(strlen(path) - strlen(EXPECTED)), path);
}

static pd_status
names_each(struct test_archives *archives, const char *folder,
           pd_status (*visit)(struct test_archives *archives, const char *folder, const char *name,
                              struct pd_error *err),
           struct pd_error *err)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    pd_status status = PD_OK;

    if (!dir)
        return error_errno(err, PD_FATAL, errno, "cannot read the folder '%s'", folder);
    while (status == PD_OK && (errno = 0, entry = readdir(dir)))
        status = visit(archives, folder, entry->d_name, err);
    if (status == PD_OK && errno)
        status = error_errno(err, PD_FATAL, errno, "cannot read the folder '%s'", folder);
    closedir(dir);
    return status;
}

/* ---- Versions ---- */

/* What cannot be opened says no version; why is told when its turn comes. */
static pd_status
archive_ask(struct test_archives *archives, struct test_archive *one, struct pd_error *err)
{
    CLEANUP(end) struct end *end = NULL;
    CLEANUP(opened_source) struct opened_source *source = NULL;
    struct pd_error ignored = {0};
    pd_status status = url_resolve(one->path, END_ARCHIVE_SOURCE, &end, &ignored);

    if (status == PD_OK)
        status = source_open(end, &source, &ignored);
    if (status != PD_OK)
        return PD_OK;
    if (source->catalog->application)
        one->application = arena_strdup(archives->arena, source->catalog->application);
    if (source->catalog->application_version)
        one->version = arena_strdup(archives->arena, source->catalog->application_version);
    if ((source->catalog->application && !one->application) ||
        (source->catalog->application_version && !one->version))
        return error_memory(err);
    return PD_OK;
}

static int
archives_compare(const void *a_, const void *b_)
{
    const struct test_archive *a = a_, *b = b_;
    bool a_says = a->version && version_is_valid(a->version);
    bool b_says = b->version && version_is_valid(b->version);
    int order = a_says && b_says ? version_compare(a->version, b->version) : a_says - b_says;

    return order ? order : strcmp(a->name, b->name);
}

pd_status
test_archives_find(const char *folder, struct test_archives **ret_archives, struct pd_error *err)
{
    CLEANUP(test_archives) struct test_archives *archives = calloc(1, sizeof *archives);
    pd_status status;

    if (!archives || !(archives->arena = arena_new()))
        return error_memory(err);
    status = names_each(archives, folder, name_take, err);
    if (status == PD_OK)
        status = names_each(archives, folder, expected_check, err);
    if (status == PD_OK && archives->n == 0)
        return error_fail(err, PD_FATAL, PD_CAUSE_MISSING,
                          "no archive is in '%s'; polydump dump --text makes one", folder);
    for (size_t i = 0; i < archives->n && status == PD_OK; i++)
        status = archive_ask(archives, &archives->list[i], err);
    if (status != PD_OK)
        return status;
    qsort(archives->list, archives->n, sizeof *archives->list, archives_compare);
    *ret_archives = take(archives);
    return PD_OK;
}
