// SPDX-License-Identifier: Apache-2.0
/* Tests of the partials of base/file.h: what appears under a final name, and what does not. */
#include "work_folder.h"

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
    assert_int_equal(partial_name("db", false, &name, &err), PD_OK);
    assert_int_equal(count_names(here), 3);
    partial_remove_all();
    assert_int_equal(count_names(here), 0);
    partial_remove_all();
    assert_int_equal(partial_publish(folder, &err), PD_FATAL);
    assert_int_equal(err.cause, PD_CAUSE_CANCELLED);
    assert_int_equal(partial_publish_name(name, "db", false, &err), PD_FATAL);
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

    assert_int_equal(partial_name("db", false, &name, &err), PD_OK);
    assert_int_equal(mode_of(name), 0600);
    put(name, "content");
    assert_int_equal(partial_publish_name(name, "db", false, &err), PD_OK);
    assert_content("db", "content");
    assert_int_equal(count_names(here), 1);
    assert_int_equal(partial_publish_name(name, "db", false, &err), PD_FATAL);
    assert_int_equal(err.cause, PD_CAUSE_BUG);
    free(name);
}

static void
a_file_by_name_replaces_only_when_told_so(void **state)
{
    char *name;

    put("db", "old");
    assert_int_equal(partial_name("db", false, &name, &err), PD_OK);
    put(name, "new");
    assert_int_equal(partial_publish_name(name, "other", true, &err), PD_FATAL);
    assert_int_equal(partial_publish_name(name, "db", false, &err), PD_FAILED);
    assert_string_equal(err.text, "'db' is already there; remove it or choose another name");
    assert_content("db", "old");
    assert_int_equal(partial_publish_name(name, "db", true, &err), PD_OK);
    assert_content("db", "new");
    assert_int_equal(count_names(here), 1);
    free(name);
}

static void
a_folder_by_name_is_published_with_all_that_is_in_it(void **state)
{
    char *name, path[120];

    assert_int_equal(partial_name("f", true, &name, &err), PD_OK);
    assert_int_equal(mode_of(name), 0700);
    snprintf(path, sizeof path, "%s/rows", name);
    put(path, "content");
    snprintf(path, sizeof path, "%s/below", name);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/below/more", name);
    put(path, "content");
    assert_int_equal(partial_publish_name(name, "f", false, &err), PD_OK);
    assert_content("f/below/more", "content");
    assert_int_equal(count_names(here), 1);
    free(name);
    assert_int_equal(partial_name("f", true, &name, &err), PD_OK);
    assert_int_equal(partial_publish_name(name, "f", false, &err), PD_FAILED);
    assert_string_equal(err.text, "'f' is already there; remove it or choose another name");
    assert_int_equal(partial_publish_name(name, "f", true, &err), PD_OK);
    assert_int_equal(access("f/rows", F_OK), -1);
    assert_int_equal(count_names(here), 1);
    free(name);
    assert_int_equal(rmdir("f"), 0);
}

static void
a_folder_by_name_that_is_given_up_leaves_nothing(void **state)
{
    char *name, *next, path[120];

    assert_int_equal(partial_name("f", true, &name, &err), PD_OK);
    assert_int_equal(rmdir(name), 0);
    assert_int_equal(partial_publish_name(name, "f", false, &err), PD_FATAL);
    assert_int_equal(err.cause, PD_CAUSE_CHANGED);
    assert_int_equal(partial_name("f", true, &next, &err), PD_OK);
    assert_int_equal(partial_publish_name(name, "f", false, &err), PD_FATAL);
    assert_int_equal(err.cause, PD_CAUSE_BUG);
    snprintf(path, sizeof path, "%s/rows", next);
    put(path, "content");
    partial_remove_all();
    assert_int_equal(count_names(here), 0);
    free(name);
    free(next);
}

static void
a_database_that_was_not_closed_is_not_published(void **state)
{
    char *name, wal[100];

    assert_int_equal(partial_name("db", false, &name, &err), PD_OK);
    snprintf(wal, sizeof wal, "%s-wal", name);
    put(wal, "pages");
    assert_int_equal(partial_publish_name(name, "db", false, &err), PD_FATAL);
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
        TEST(a_folder_by_name_is_published_with_all_that_is_in_it),
        TEST(a_folder_by_name_that_is_given_up_leaves_nothing),
        TEST(a_database_that_was_not_closed_is_not_published),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
