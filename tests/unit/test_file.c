// SPDX-License-Identifier: Apache-2.0
/* Tests of base/file.h. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/folder.h"

/* The folder of one test; every test begins in an empty one. */
static char root[] = "/tmp/polydump-test-file-XXXXXX";
static int here = -1;
static struct pd_error err;

static int
begin(void **state)
{
    strcpy(root + strlen(root) - 6, "XXXXXX");
    if (!mkdtemp(root) || chdir(root) < 0)
        return -1;
    here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    memset(&err, 0, sizeof err);
    umask(0);
    return here < 0 ? -1 : 0;
}

static int
end(void **state)
{
    close(here);
    if (chdir("/") < 0)
        return -1;
    return folder_remove(AT_FDCWD, root) ? 0 : -1;
}

static void
put(const char *name, const char *text)
{
    FILE *file = fopen(name, "we");

    assert_non_null(file);
    assert_int_equal(fputs(text, file) < 0, 0);
    assert_int_equal(fclose(file), 0);
}

static void
assert_content(const char *name, const char *expected)
{
    CLEANUP_FREE char *text = NULL;
    size_t size;

    assert_int_equal(file_load(here, name, 1000, &text, &size, &err), PD_OK);
    assert_string_equal(text, expected);
    assert_int_equal(size, strlen(expected));
}

static mode_t
mode_of(const char *name)
{
    struct stat st;

    assert_int_equal(lstat(name, &st), 0);
    return st.st_mode & 07777;
}

static bool
count_visit(void *arg, int folder, const char *name)
{
    ++*(int *)arg;
    return true;
}

/* Names in a folder, hidden ones too. */
static int
count_names(int folder)
{
    int n = 0;

    assert_true(folder_each(folder, count_visit, &n));
    return n;
}

static struct partial *
begin_ok(const char *path, bool is_folder, bool replace)
{
    struct partial *partial;
    pd_status status;

    err.text[0] = '\0';
    status = partial_begin(path, is_folder, replace, &partial, &err);
    assert_string_equal(err.text, "");
    assert_int_equal(status, PD_OK);
    return partial;
}

static void
write_ok(int fd, const char *text)
{
    assert_int_equal(file_write(fd, text, strlen(text), "test", &err), PD_OK);
}

/* ---- Reading and writing --------------------------------------------------------------------- */

static void
what_is_written_is_read(void **state)
{
    char bytes[20];
    size_t got;
    int fd;

    assert_int_equal(file_create(here, "a", &fd, &err), PD_OK);
    write_ok(fd, "hello world");
    assert_int_equal(file_read(fd, bytes, 5, 6, &got, "a", &err), PD_OK);
    assert_int_equal(got, 5);
    assert_memory_equal(bytes, "world", 5);
    assert_int_equal(file_read(fd, bytes, 20, 6, &got, "a", &err), PD_OK);
    assert_int_equal(got, 5);
    assert_int_equal(lseek(fd, 2, SEEK_SET), 2);
    assert_int_equal(file_read(fd, bytes, 3, -1, &got, "a", &err), PD_OK);
    assert_memory_equal(bytes, "llo", 3);
    assert_int_equal(file_close_synced(fd, "a", &err), PD_OK);
    assert_int_equal(mode_of("a"), 0600);
}

static void
a_full_device_is_told_with_its_name(void **state)
{
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

    assert_int_equal(file_write(fd, "x", 1, "rows.pack", &err), PD_FATAL);
    assert_string_equal(err.text, "cannot write 'rows.pack': No space left on device");
    assert_int_equal(err.cause, PD_CAUSE_IO);
    close(fd);
}

static void
a_pipe_that_does_not_block_gets_all_bytes(void **state)
{
    static char bytes[300000];
    char got[4096];
    int ends[2], status;
    ssize_t n;
    size_t total = 0;
    pid_t child;

    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    child = fork();
    if (child == 0) {
        close(ends[0]);
        _exit(file_write(ends[1], bytes, sizeof bytes, "pipe", NULL) == PD_OK ? 0 : 1);
    }
    close(ends[1]);
    assert_int_equal(fcntl(ends[0], F_SETFL, 0), 0);
    while ((n = read(ends[0], got, sizeof got)) > 0)
        total += (size_t)n;
    assert_int_equal(total, sizeof bytes);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    close(ends[0]);
}

static void
a_file_that_is_there_is_not_created_again(void **state)
{
    int fd;

    put("a", "old");
    assert_int_equal(file_create(here, "a", &fd, &err), PD_FATAL);
    assert_string_equal(err.text, "cannot create 'a': File exists");
    assert_content("a", "old");
}

static void
only_regular_files_are_opened(void **state)
{
    int fd;

    assert_int_equal(mkfifo("fifo", 0600), 0);
    assert_int_equal(mkdir("folder", 0700), 0);
    put("real", "x");
    assert_int_equal(symlink("real", "link"), 0);
    assert_int_equal(file_open(here, "fifo", &fd, NULL, &err), PD_FAILED);
    assert_string_equal(err.text, "cannot open 'fifo': it is a FIFO, not a regular file");
    assert_int_equal(file_open(here, "folder", &fd, NULL, &err), PD_FAILED);
    assert_string_equal(err.text, "cannot open 'folder': it is a folder, not a regular file");
    assert_int_equal(file_open(here, "link", &fd, NULL, &err), PD_FAILED);
    assert_string_equal(err.text, "cannot open 'link': it is a symbolic link, not a regular file");
    assert_int_equal(file_open(here, "none", &fd, NULL, &err), PD_FAILED);
    assert_string_equal(err.text, "cannot open 'none': No such file or directory");
}

static void
a_name_stays_below_its_folder(void **state)
{
    uint64_t size;
    int fd, below;

    assert_int_equal(mkdir("in", 0700), 0);
    assert_int_equal(mkdir("in/rows", 0700), 0);
    put("out", "secret");
    put("in/rows/1", "12345");
    assert_int_equal(symlink("..", "in/up"), 0);
    assert_int_equal(folder_open("in", &below, &err), PD_OK);
    assert_int_equal(file_open(below, "rows/1", &fd, &size, &err), PD_OK);
    assert_int_equal(size, 5);
    close(fd);
    assert_int_equal(file_open(below, "../out", &fd, NULL, &err), PD_FAILED);
    assert_int_equal(file_open(below, "rows/../../out", &fd, NULL, &err), PD_FAILED);
    assert_int_equal(file_open(below, "up/out", &fd, NULL, &err), PD_FAILED);
    assert_int_equal(file_open(below, "/etc/passwd", &fd, NULL, &err), PD_FAILED);
    assert_int_equal(file_create(below, "up/new", &fd, &err), PD_FATAL);
    assert_int_equal(access("new", F_OK), -1);
    close(below);
}

static void
the_users_own_path_may_be_a_link_when_it_is_read(void **state)
{
    int fd;

    put("real", "x");
    assert_int_equal(symlink("real", "link"), 0);
    assert_int_equal(file_open(AT_FDCWD, "link", &fd, NULL, &err), PD_OK);
    close(fd);
}

static void
a_small_file_is_loaded_within_its_limit(void **state)
{
    CLEANUP_FREE char *text = NULL;
    size_t size;

    put("a", "12345");
    assert_int_equal(file_load(here, "a", 5, &text, &size, &err), PD_OK);
    assert_string_equal(text, "12345");
    free(take(text));
    assert_int_equal(file_load(here, "a", 4, &text, &size, &err), PD_FAILED);
    assert_string_equal(err.text, "'a' has 5 bytes, more than the limit of 4");
    assert_int_equal(err.cause, PD_CAUSE_LIMIT);
}

static void
a_temporary_file_has_no_name(void **state)
{
    struct stat st;
    int fd;

    assert_int_equal(file_temporary(here, &fd, &err), PD_OK);
    write_ok(fd, "x");
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_nlink, 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(count_names(here), 0);
    close(fd);
}

static void
a_folder_that_is_not_there_is_told(void **state)
{
    int fd;

    put("file", "");
    assert_int_equal(folder_open("none", &fd, &err), PD_FAILED);
    assert_string_equal(err.text, "cannot open folder 'none': No such file or directory");
    assert_int_equal(folder_open("file", &fd, &err), PD_FAILED);
    assert_string_equal(err.text, "cannot open folder 'file': Not a directory");
}

/* ---- Partials -------------------------------------------------------------------------------- */

static void
a_file_appears_only_when_it_is_published(void **state)
{
    struct partial *partial = begin_ok("a", false, false);

    write_ok(partial_fd(partial), "new");
    assert_int_equal(access("a", F_OK), -1);
    assert_int_equal(mode_of(partial_path(partial)), 0600);
    assert_int_equal(partial_publish(partial, &err), PD_OK);
    assert_content("a", "new");
    assert_int_equal(mode_of("a"), 0600);
    assert_int_equal(count_names(here), 1);
}

static void
a_folder_appears_whole_with_its_folders(void **state)
{
    struct partial *partial = begin_ok("dump/", true, false);
    int fd;

    assert_int_equal(mode_of(partial_path(partial)), 0700);
    assert_int_equal(mkdirat(partial_fd(partial), "rows", 0700), 0);
    assert_int_equal(file_create(partial_fd(partial), "rows/1", &fd, &err), PD_OK);
    write_ok(fd, "x");
    assert_int_equal(file_close_synced(fd, "rows/1", &err), PD_OK);
    assert_int_equal(access("dump", F_OK), -1);
    assert_int_equal(partial_publish(partial, &err), PD_OK);
    assert_content("dump/rows/1", "x");
    assert_int_equal(count_names(here), 1);
}

static void
an_absolute_path_is_published_there(void **state)
{
    char path[100];
    struct partial *partial;

    snprintf(path, sizeof path, "%s/deep", root);
    partial = begin_ok(path, false, false);
    assert_int_equal(partial_publish(partial, &err), PD_OK);
    assert_content("deep", "");
}

static void
nothing_is_left_of_what_was_given_up(void **state)
{
    struct partial *partial = begin_ok("dump", true, false);
    int fd;

    assert_int_equal(mkdirat(partial_fd(partial), "rows", 0700), 0);
    assert_int_equal(file_create(partial_fd(partial), "rows/1", &fd, &err), PD_OK);
    close(fd);
    partial_free(partial);
    assert_int_equal(count_names(here), 0);
    partial_free(NULL);
}

static void
what_is_there_is_not_touched_unless_it_is_to_be_replaced(void **state)
{
    struct partial *partial;

    put("a", "old");
    assert_int_equal(mkdir("dump", 0700), 0);
    assert_int_equal(partial_begin("a", false, false, &partial, &err), PD_FAILED);
    assert_string_equal(err.text, "'a' is already there; remove it or choose another name");
    assert_int_equal(err.cause, PD_CAUSE_CONFLICT);
    assert_int_equal(partial_begin("dump", true, false, &partial, &err), PD_FAILED);
    assert_string_equal(err.text, "'dump' is already there; remove it or choose another name");
    assert_content("a", "old");
    assert_int_equal(count_names(here), 2);
}

static void
a_file_is_replaced_at_the_end_only(void **state)
{
    struct partial *partial;

    put("a", "old");
    partial = begin_ok("a", false, true);
    write_ok(partial_fd(partial), "new");
    assert_content("a", "old");
    assert_int_equal(partial_publish(partial, &err), PD_OK);
    assert_content("a", "new");
    assert_int_equal(count_names(here), 1);
}

static void
a_folder_is_replaced_at_the_end_only(void **state)
{
    struct partial *partial;
    int fd;

    assert_int_equal(mkdir("dump", 0700), 0);
    assert_int_equal(mkdir("dump/rows", 0700), 0);
    put("dump/rows/old", "old");
    partial = begin_ok("dump", true, true);
    assert_int_equal(file_create(partial_fd(partial), "new", &fd, &err), PD_OK);
    close(fd);
    assert_content("dump/rows/old", "old");
    assert_int_equal(partial_publish(partial, &err), PD_OK);
    assert_content("dump/new", "");
    assert_int_equal(access("dump/rows", F_OK), -1);
    assert_int_equal(count_names(here), 1);
}

static void
what_was_there_survives_giving_up(void **state)
{
    put("a", "old");
    partial_free(begin_ok("a", false, true));
    assert_content("a", "old");
    assert_int_equal(count_names(here), 1);
}

static void
what_appears_meanwhile_is_not_touched(void **state)
{
    struct partial *partial = begin_ok("a", false, false), *folder = begin_ok("b", true, false);

    put("a", "another's");
    assert_int_equal(mkdir("b", 0700), 0);
    assert_int_equal(partial_publish(partial, &err), PD_FAILED);
    assert_int_equal(err.cause, PD_CAUSE_CONFLICT);
    assert_content("a", "another's");
    partial_free(partial);
    assert_int_equal(partial_publish(folder, &err), PD_FAILED);
    partial_free(folder);
    assert_content("a", "another's");
    assert_int_equal(count_names(here), 2);
}

static void
a_link_is_never_written_through(void **state)
{
    struct partial *partial;

    put("victim", "precious");
    assert_int_equal(symlink("victim", "link"), 0);
    assert_int_equal(symlink("nowhere", "dangling"), 0);
    assert_int_equal(partial_begin("link", false, true, &partial, &err), PD_FAILED);
    assert_string_equal(err.text, "'link' is a symbolic link and cannot be replaced by a file");
    assert_int_equal(partial_begin("dangling", false, true, &partial, &err), PD_FAILED);
    assert_int_equal(partial_begin("dangling", true, false, &partial, &err), PD_FAILED);
    partial = begin_ok("late", false, true);
    assert_int_equal(symlink("victim", "late"), 0);
    assert_int_equal(partial_publish(partial, &err), PD_FAILED);
    partial_free(partial);
    assert_content("victim", "precious");
    assert_int_equal(access("nowhere", F_OK), -1);
}

static void
a_file_and_a_folder_do_not_replace_each_other(void **state)
{
    struct partial *partial;

    put("a", "");
    assert_int_equal(mkdir("d", 0700), 0);
    assert_int_equal(partial_begin("a", true, true, &partial, &err), PD_FAILED);
    assert_string_equal(err.text, "'a' is a file and cannot be replaced by a folder");
    assert_int_equal(partial_begin("d", false, true, &partial, &err), PD_FAILED);
    assert_string_equal(err.text, "'d' is a folder and cannot be replaced by a file");
}

static void
names_that_are_none_are_refused(void **state)
{
    static const char *const names[] = {"", "/", ".", "..", "x/..", "x/.", "//"};
    struct partial *partial;

    assert_int_equal(mkdir("x", 0700), 0);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_int_equal(partial_begin(names[i], true, true, &partial, &err), PD_FAILED);
        assert_int_equal(err.cause, PD_CAUSE_USAGE);
    }
    assert_int_equal(partial_begin("none/a", true, false, &partial, &err), PD_FAILED);
    assert_string_equal(
        err.text, "cannot write 'none/a': cannot open folder 'none': No such file or directory");
    assert_int_equal(count_names(here), 1);
}

static void
a_parent_that_is_swapped_misleads_nobody(void **state)
{
    struct partial *partial;

    assert_int_equal(mkdir("out", 0700), 0);
    assert_int_equal(mkdir("evil", 0700), 0);
    partial = begin_ok("out/a", false, false);
    write_ok(partial_fd(partial), "mine");
    assert_int_equal(rename("out", "moved"), 0);
    assert_int_equal(rename("evil", "out"), 0);
    assert_int_equal(partial_publish(partial, &err), PD_OK);
    assert_content("moved/a", "mine");
    assert_int_equal(access("out/a", F_OK), -1);
}

static void
a_partial_that_somebody_replaced_is_not_published(void **state)
{
    struct partial *partial = begin_ok("a", false, false);

    assert_int_equal(unlink(partial_path(partial)), 0);
    put(partial_path(partial), "not mine");
    assert_int_equal(partial_publish(partial, &err), PD_FATAL);
    assert_int_equal(err.cause, PD_CAUSE_CHANGED);
    assert_int_equal(access("a", F_OK), -1);
    partial_free(partial);
    assert_int_equal(count_names(here), 1);
}

/* ---- What others have left ------------------------------------------------------------------- */

enum { PATH_SIZE = 100 };

/* A child that begins name, tells the partial's path, and lives until it is killed. */
static pid_t
begin_elsewhere(const char *name, bool is_folder, char path[PATH_SIZE])
{
    int ends[2];
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        char told[PATH_SIZE] = "";
        struct partial *partial;
        int fd;

        if (partial_begin(name, is_folder, false, &partial, NULL) != PD_OK)
            _exit(1);
        if (is_folder && file_create(partial_fd(partial), "rows", &fd, NULL) != PD_OK)
            _exit(1);
        snprintf(told, sizeof told, "%s", partial_path(partial));
        if (file_write(ends[1], told, sizeof told, "pipe", NULL) != PD_OK)
            _exit(1);
        for (;;)
            pause();
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], path, PATH_SIZE), PATH_SIZE);
    close(ends[0]);
    return child;
}

static void
kill_child(pid_t child)
{
    int status;

    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
}

static void
what_killed_runs_have_left_is_removed(void **state)
{
    char file[PATH_SIZE], folder[PATH_SIZE], journal[PATH_SIZE + 20], orphan[PATH_SIZE + 20];
    struct partial *partial;

    kill_child(begin_elsewhere("a", false, file));
    kill_child(begin_elsewhere("b", true, folder));
    assert_int_equal(access(file, F_OK), 0);
    assert_int_equal(access(folder, F_OK), 0);
    snprintf(journal, sizeof journal, "%s-journal", file);
    put(journal, "x");
    snprintf(orphan, sizeof orphan, "%.*s0000000000000000.partial-wal",
             (int)(strrchr(file, '-') + 1 - file), file);
    put(orphan, "x");
    assert_int_equal(count_names(here), 4);
    partial = begin_ok("a", false, false);
    assert_int_equal(count_names(here), 2);
    partial_free(partial);
    partial = begin_ok("b", true, false);
    assert_int_equal(access(folder, F_OK), -1);
    partial_free(partial);
    assert_int_equal(count_names(here), 0);
}

static void
what_is_not_ours_or_not_stale_stays(void **state)
{
    static const char *const names[] = {
        ".ab.1-0123456789abcdef.partial", ".b.1-0123456789abcdef.partial",
        ".a.1-0123456789abcdeX.partial",  ".a.1-0123456789abcdef.partial.bak",
        ".a.x-0123456789abcdef.partial",  "a.1-0123456789abcdef.partial",
    };
    struct partial *living = begin_ok("a", false, false), *second;

    for (size_t i = 0; i < COUNT_OF(names); i++)
        put(names[i], "");
    second = begin_ok("a", false, false);
    assert_int_equal(count_names(here), COUNT_OF(names) + 2);
    assert_int_equal(partial_publish(living, &err), PD_OK);
    assert_int_equal(partial_publish(second, &err), PD_FAILED);
    partial_free(second);
    assert_int_equal(count_names(here), COUNT_OF(names) + 1);
}

static void
a_partial_of_a_living_process_stays(void **state)
{
    char path[PATH_SIZE];
    pid_t child = begin_elsewhere("a", true, path);

    partial_free(begin_ok("a", true, false));
    assert_int_equal(access(path, F_OK), 0);
    kill_child(child);
    partial_free(begin_ok("a", true, false));
    assert_int_equal(count_names(here), 0);
}

static void
all_that_was_begun_can_be_removed_at_once(void **state)
{
    struct partial *folder = begin_ok("d", true, false), *file = begin_ok("a", false, false);
    char *name;
    int fd;

    assert_int_equal(file_create(partial_fd(folder), "rows", &fd, &err), PD_OK);
    close(fd);
    assert_int_equal(file_partial_name("db", &name, &err), PD_OK);
    assert_int_equal(count_names(here), 3);
    partial_remove_all();
    assert_int_equal(count_names(here), 0);
    partial_remove_all();
    assert_int_equal(partial_publish(folder, &err), PD_FATAL);
    assert_int_equal(err.cause, PD_CAUSE_CANCELLED);
    assert_int_equal(file_publish(name, "db", false, &err), PD_FATAL);
    assert_int_equal(count_names(here), 0);
    partial_free(folder);
    partial_free(file);
    free(name);
}

/* ---- Files of other libraries ---------------------------------------------------------------- */

static void
a_file_by_name_is_published(void **state)
{
    char *name;

    assert_int_equal(file_partial_name("db", &name, &err), PD_OK);
    assert_int_equal(mode_of(name), 0600);
    put(name, "content");
    assert_int_equal(file_publish(name, "db", false, &err), PD_OK);
    assert_content("db", "content");
    assert_int_equal(count_names(here), 1);
    assert_int_equal(file_publish(name, "db", false, &err), PD_FATAL);
    assert_int_equal(err.cause, PD_CAUSE_BUG);
    free(name);
}

static void
a_file_by_name_replaces_only_when_told_so(void **state)
{
    char *name;

    put("db", "old");
    assert_int_equal(file_partial_name("db", &name, &err), PD_OK);
    put(name, "new");
    assert_int_equal(file_publish(name, "other", true, &err), PD_FATAL);
    assert_int_equal(file_publish(name, "db", false, &err), PD_FAILED);
    assert_string_equal(err.text, "'db' is already there; remove it or choose another name");
    assert_content("db", "old");
    assert_int_equal(file_publish(name, "db", true, &err), PD_OK);
    assert_content("db", "new");
    assert_int_equal(count_names(here), 1);
    free(name);
}

static void
a_database_that_was_not_closed_is_not_published(void **state)
{
    char *name, wal[100];

    assert_int_equal(file_partial_name("db", &name, &err), PD_OK);
    snprintf(wal, sizeof wal, "%s-wal", name);
    put(wal, "pages");
    assert_int_equal(file_publish(name, "db", false, &err), PD_FATAL);
    assert_int_equal(access("db", F_OK), -1);
    partial_remove_all();
    assert_int_equal(count_names(here), 0);
    free(name);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(what_is_written_is_read),
        TEST(a_full_device_is_told_with_its_name),
        TEST(a_pipe_that_does_not_block_gets_all_bytes),
        TEST(a_file_that_is_there_is_not_created_again),
        TEST(only_regular_files_are_opened),
        TEST(a_name_stays_below_its_folder),
        TEST(the_users_own_path_may_be_a_link_when_it_is_read),
        TEST(a_small_file_is_loaded_within_its_limit),
        TEST(a_temporary_file_has_no_name),
        TEST(a_folder_that_is_not_there_is_told),
        TEST(a_file_appears_only_when_it_is_published),
        TEST(a_folder_appears_whole_with_its_folders),
        TEST(an_absolute_path_is_published_there),
        TEST(nothing_is_left_of_what_was_given_up),
        TEST(what_is_there_is_not_touched_unless_it_is_to_be_replaced),
        TEST(a_file_is_replaced_at_the_end_only),
        TEST(a_folder_is_replaced_at_the_end_only),
        TEST(what_was_there_survives_giving_up),
        TEST(what_appears_meanwhile_is_not_touched),
        TEST(a_link_is_never_written_through),
        TEST(a_file_and_a_folder_do_not_replace_each_other),
        TEST(names_that_are_none_are_refused),
        TEST(a_parent_that_is_swapped_misleads_nobody),
        TEST(a_partial_that_somebody_replaced_is_not_published),
        TEST(what_killed_runs_have_left_is_removed),
        TEST(what_is_not_ours_or_not_stale_stays),
        TEST(a_partial_of_a_living_process_stays),
        TEST(all_that_was_begun_can_be_removed_at_once),
        TEST(a_file_by_name_is_published),
        TEST(a_file_by_name_replaces_only_when_told_so),
        TEST(a_database_that_was_not_closed_is_not_published),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
