// SPDX-License-Identifier: Apache-2.0
/* Tests of base/file.h: reading and writing. */
#include "work_folder.h"

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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
