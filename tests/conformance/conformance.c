// SPDX-License-Identifier: Apache-2.0
/* conformance - runs the suite for every way to use an engine, in a scratch folder. */
#include "conformance.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "archive/archive.h"
#include "base/budget.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/log.h"
#include "plugin/host.h"
#include "plugin/loader.h"

/* A world is kept in batches that all stay alive, more than the run of a program may have. */
enum { BUDGET = 512 << 20 };

const struct quirks *quirks;
struct pd_error err;

static const struct quirks *way;
static char root[512];
static size_t batches_before, memory_before;

/* ---- Files ---- */

struct listing {
    struct buffer *out;
    int depth;
};

static bool
list_entry(void *arg, int folder, const char *name)
{
    struct listing *listing = arg;
    struct listing below = {listing->out, listing->depth + 1};
    struct stat st;
    char *bytes = NULL;
    size_t size = 0;
    int fd;

    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return false;
    for (int i = 0; i < listing->depth; i++)
        buffer_text(listing->out, "  ");
    if (S_ISDIR(st.st_mode)) {
        buffer_printf(listing->out, "%s/\n", name);
        fd = openat(folder, name, O_RDONLY | O_DIRECTORY);
        folder_each(fd, list_entry, &below);
        close(fd);
        return true;
    }
    assert_ok(file_load(folder, name, 1 << 30, &bytes, &size, &err));
    buffer_printf(listing->out, "%s %o %zu %016llx\n", name, (unsigned)st.st_mode & 07777, size,
                  (unsigned long long)XXH3_64bits(bytes, size));
    free(bytes);
    return true;
}

static int
by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names in order: the kernel has its own. Lines of folders stay apart by their depth alone, which
   is enough to see a change. */
static void
sort_lines(struct buffer *out)
{
    char *text = strdup(buffer_string(out)), *lines[4096], *at = text;
    size_t n = 0;

    while (*at && n < COUNT_OF(lines)) {
        lines[n++] = at;
        at += strcspn(at, "\n");
        if (*at)
            *at++ = '\0';
    }
    qsort(lines, n, sizeof *lines, by_text);
    buffer_clear(out);
    for (size_t i = 0; i < n; i++)
        buffer_printf(out, "%s\n", lines[i]);
    free(text);
}

void
files_standing(struct buffer *out)
{
    struct listing listing = {out, 0};
    int fd = open(".", O_RDONLY | O_DIRECTORY);

    assert_true(fd >= 0 && folder_each(fd, list_entry, &listing));
    close(fd);
    buffer_text(out, "");
    if (out->size)
        sort_lines(out);
}

void
files_clear(void)
{
    int fd = open(".", O_RDONLY | O_DIRECTORY);

    assert_true(fd >= 0 && folder_empty(fd));
    close(fd);
}

/* ---- Running ---- */

static int
begin_test(void **state)
{
    quirks = way;
    memset(&err, 0, sizeof err);
    quirks->clear();
    batches_before = budget_used();
    memory_before = host_allocated();
    return 0;
}

/* Whatever a test did, all memory of host and batches is back. */
static int
end_test(void **state)
{
    bool memory_is_back = host_allocated() == memory_before;

    if (!memory_is_back)
        print_error("%zu bytes of the host's memory were not given back\n",
                    host_allocated() - memory_before);
    if (budget_used() != batches_before)
        print_error("batches were not given back\n");
    return memory_is_back && budget_used() == batches_before ? 0 : -1;
}

static int
begin_all(void)
{
    /* In memory where possible: each run is synchronised, and there are thousands. */
    const char *memory = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    const char *parent = getenv("TMPDIR");

    snprintf(root, sizeof root, "%s/conformance-XXXXXX", parent ? parent : memory);
    if (!mkdtemp(root) || chdir(root) < 0)
        return -1;
    budget_set(BUDGET);
    log_set_level(PD_LOG_ERROR);
    if (loader_start(&err) != PD_OK || loader_add(&archive_plugin, &err) != PD_OK) {
        print_error("%s\n", err.text);
        return -1;
    }
    return 0;
}

/* Is the way number i asked for, by a part of its name, or by N/M: the N-th of each M? */
static bool
is_asked_for(size_t i, const char *what)
{
    unsigned n, m;

    if (!what)
        return true;
    if (sscanf(what, "%u/%u", &n, &m) == 2 && m > 0)
        return i % m + 1 == n;
    return strstr(engine_ways[i]->name, what) != NULL;
}

#define SUITE_TEST_(name) {#name, name, begin_test, end_test, NULL},

int
main(int argc, char **argv)
{
    static const struct CMUnitTest suite[] = {SUITE_TABLE(SUITE_TEST_)};
    int n_failed = 0;

    if (begin_all() != 0)
        return 99;
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    for (size_t i = 0; engine_ways[i]; i++) {
        if (!is_asked_for(i, argc > 2 ? argv[2] : NULL))
            continue;
        quirks = way = engine_ways[i];
        print_message("# %s\n", quirks->name);
        n_failed += cmocka_run_group_tests_name(quirks->name, suite, NULL, NULL);
    }
    if (chdir("/") < 0 || !folder_remove(AT_FDCWD, root))
        return 99;
    return n_failed != 0;
}
