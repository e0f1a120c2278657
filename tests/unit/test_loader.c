// SPDX-License-Identifier: Apache-2.0
/* Tests of plugin/loader.h: names, folders and files that are refused before anything is loaded,
   and descriptors that are refused after. Modules that are really loaded are in tests/abi. */
#include <dlfcn.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/folder.h"
#include "plugin/adopt.h"
#include "plugin/loader.h"

static char root[] = "/tmp/polydump-test-loader-XXXXXX";
static struct pd_error err;

static int
begin(void **state)
{
    memset(&err, 0, sizeof err);
    strcpy(root + strlen(root) - 6, "XXXXXX");
    umask(022);
    if (!mkdtemp(root) || chdir(root) < 0 || mkdir("p", 0755) < 0)
        return -1;
    return loader_start(&err);
}

static int
end(void **state)
{
    unsetenv("POLYDUMP_PLUGIN_PATH");
    if (chdir("/") < 0)
        return -1;
    return folder_remove(AT_FDCWD, root) ? 0 : -1;
}

/* An absolute path below the test's folder; a ring of two. */
static const char *
below(const char *name)
{
    static char ring[2][200];
    static unsigned turn;
    char *path = ring[turn++ % 2];

    snprintf(path, sizeof ring[0], "%s/%s", root, name);
    return path;
}

static void
put(const char *name, const void *bytes, size_t size, mode_t mode)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(file_write(fd, bytes, size, name, &err), PD_OK);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void
assert_refused(const char *name, pd_status expected, int cause, const char *fmt, ...)
{
    const struct loaded *loaded = NULL;
    char message[ERROR_TEXT_SIZE];
    pd_status status;
    va_list args;

    va_start(args, fmt);
    vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    status = loader_get(name, &loaded, &err);
    assert_string_equal(err.text, message);
    assert_int_equal(status, expected);
    assert_int_equal(err.cause, cause);
    assert_null(loaded);
}

/* ---- Names and folders ----------------------------------------------------------------------- */

static void
libltdl_gets_no_path_from_the_environment(void **state)
{
    assert_null(getenv("LTDL_LIBRARY_PATH"));
}

static void
only_plain_names_are_looked_for(void **state)
{
    static const char *const names[] = {
        "",    "../evil", "/abs", "a;b",  "a\nb", "Abc",
        "a.b", "a-b",     "évil", "x.la", "a b",  "abcdefghijklmnopqrstuvwxyz0123456"};

    setenv("POLYDUMP_PLUGIN_PATH", root, 1);
    for (size_t i = 0; i < COUNT_OF(names); i++)
        assert_refused(names[i], PD_FAILED, PD_CAUSE_USAGE,
                       "'%s' is not the name of a plugin: those have 1 to 32 of a-z, 0-9 and _",
                       names[i]);
}

static void
a_plugin_that_is_not_there_says_where_it_was_looked_for(void **state)
{
    char expected[500];
    const struct loaded *loaded;

    setenv("POLYDUMP_PLUGIN_PATH", below("p"), 1);
    assert_int_equal(loader_get("nowhere", &loaded, &err), PD_UNSUPPORTED);
    snprintf(expected, sizeof expected,
             "there is no plugin 'nowhere': looked for 'nowhere.so' in '%s', '/", below("p"));
    assert_memory_equal(err.text, expected, strlen(expected));
    assert_int_equal(err.cause, PD_CAUSE_MISSING);
}

static void
nothing_is_taken_from_the_current_folder_or_the_environment(void **state)
{
    const struct loaded *loaded;

    put("evil.so", "not even a module", 17, 0755);
    put("evil.la", "dlname='evil.so'\n", 17, 0755);
    setenv("POLYDUMP_PLUGIN_PATH", "", 1);
    setenv("LD_LIBRARY_PATH", root, 1);
    assert_int_equal(loader_get("evil", &loaded, &err), PD_UNSUPPORTED);
    unsetenv("LD_LIBRARY_PATH");
}

static void
a_relative_folder_is_refused(void **state)
{
    setenv("POLYDUMP_PLUGIN_PATH", "p", 1);
    assert_refused("x", PD_FAILED, PD_CAUSE_USAGE,
                   "POLYDUMP_PLUGIN_PATH: 'p' is not trusted: it is not an absolute path");
    setenv("POLYDUMP_PLUGIN_PATH", ".", 1);
    assert_refused("x", PD_FAILED, PD_CAUSE_USAGE,
                   "POLYDUMP_PLUGIN_PATH: '.' is not trusted: it is not an absolute path");
    setenv("POLYDUMP_PLUGIN_PATH", below("p/../p"), 1);
    assert_refused("x", PD_FAILED, PD_CAUSE_USAGE,
                   "POLYDUMP_PLUGIN_PATH: '%s/p/../p' is not trusted: it goes through '..'", root);
}

static void
a_folder_that_others_can_write_to_is_refused(void **state)
{
    assert_int_equal(mkdir("p/deep", 0755), 0);
    setenv("POLYDUMP_PLUGIN_PATH", below("p/deep"), 1);
    assert_int_equal(chmod("p", 0757), 0);
    assert_refused("x", PD_FAILED, PD_CAUSE_USAGE,
                   "POLYDUMP_PLUGIN_PATH: '%s/p' is not trusted: everybody can write to it; use "
                   "chmod o-w",
                   root);
    assert_int_equal(chmod("p", 0775), 0);
    assert_refused("x", PD_FAILED, PD_CAUSE_USAGE,
                   "POLYDUMP_PLUGIN_PATH: '%s/p' is not trusted: its group can write to it; use "
                   "chmod g-w",
                   root);
    assert_int_equal(chmod("p", 0755), 0);
    assert_int_equal(chmod("p/deep", 01777), 0);
    assert_refused("x", PD_FAILED, PD_CAUSE_USAGE,
                   "POLYDUMP_PLUGIN_PATH: '%s/p/deep' is not trusted: everybody can write to it; "
                   "use chmod o-w",
                   root);
}

static void
a_folder_of_another_user_is_refused(void **state)
{
    if (geteuid() != 0)
        skip();
    assert_int_equal(chown("p", 12345, 12345), 0);
    setenv("POLYDUMP_PLUGIN_PATH", below("p"), 1);
    assert_refused("x", PD_FAILED, PD_CAUSE_USAGE,
                   "POLYDUMP_PLUGIN_PATH: '%s/p' is not trusted: it belongs neither to root nor "
                   "to the user",
                   root);
}

static void
a_folder_that_is_a_link_or_a_file_is_refused(void **state)
{
    assert_int_equal(symlink("p", "link"), 0);
    assert_int_equal(mkdir("p/q", 0755), 0);
    setenv("POLYDUMP_PLUGIN_PATH", below("link/q"), 1);
    assert_refused("x", PD_FAILED, PD_CAUSE_USAGE,
                   "POLYDUMP_PLUGIN_PATH: '%s/link' is not trusted: it is a symbolic link; name "
                   "the folder itself",
                   root);
    put("file", "", 0, 0644);
    setenv("POLYDUMP_PLUGIN_PATH", below("file"), 1);
    assert_refused("x", PD_FAILED, PD_CAUSE_USAGE,
                   "POLYDUMP_PLUGIN_PATH: '%s/file' is not trusted: it is not a folder", root);
}

/* ---- Files ----------------------------------------------------------------------------------- */

static void
a_file_that_others_can_write_to_is_refused(void **state)
{
    setenv("POLYDUMP_PLUGIN_PATH", below("p"), 1);
    put("p/x.so", "", 0, 0666);
    assert_refused("x", PD_FAILED, PD_CAUSE_USAGE,
                   "plugin 'x': '%s/p/x.so' is not trusted: everybody can write to it; use chmod "
                   "o-w",
                   root);
    put("p/x.so", "", 0, 0664);
    assert_refused("x", PD_FAILED, PD_CAUSE_USAGE,
                   "plugin 'x': '%s/p/x.so' is not trusted: its group can write to it; use chmod "
                   "g-w",
                   root);
    if (geteuid() != 0)
        return;
    put("p/x.so", "", 0, 0644);
    assert_int_equal(chown("p/x.so", 12345, 12345), 0);
    assert_refused("x", PD_FAILED, PD_CAUSE_USAGE,
                   "plugin 'x': '%s/p/x.so' is not trusted: it belongs neither to root nor to the "
                   "user",
                   root);
}

static void
a_file_that_is_a_link_or_a_fifo_is_refused(void **state)
{
    setenv("POLYDUMP_PLUGIN_PATH", below("p"), 1);
    put("p/real.so", "", 0, 0644);
    assert_int_equal(symlink("real.so", "p/x.so"), 0);
    assert_refused("x", PD_FAILED, PD_CAUSE_USAGE,
                   "plugin 'x': '%s/p/x.so' is not trusted: it is a symbolic link; put the file "
                   "itself there",
                   root);
    assert_int_equal(mkfifo("p/y.so", 0644), 0);
    assert_refused("y", PD_FAILED, PD_CAUSE_USAGE,
                   "plugin 'y': '%s/p/y.so' is not trusted: it is not a regular file", root);
    assert_int_equal(mkdir("p/z.so", 0755), 0);
    assert_refused("z", PD_FAILED, PD_CAUSE_USAGE,
                   "plugin 'z': '%s/p/z.so' is not trusted: it is not a regular file", root);
}

static void
a_file_that_is_no_module_gives_the_linkers_own_words(void **state)
{
    setenv("POLYDUMP_PLUGIN_PATH", below("p"), 1);
    put("p/x.so", "hello world, this is a text file and not a module at all........", 64, 0644);
    assert_refused("x", PD_FAILED, PD_CAUSE_VERSION,
                   "plugin 'x': '%s/p/x.so': cannot be loaded: %s/p/x.so: invalid ELF header", root,
                   root);
}

static void
a_module_that_was_cut_short_is_refused_at_any_length(void **state)
{
    CLEANUP_FREE char *bytes = NULL;
    Dl_info info;
    size_t size;

    assert_true(dladdr((void *)(uintptr_t)cmocka_set_message_output, &info) != 0);
    assert_int_equal(file_load(AT_FDCWD, info.dli_fname, 64 << 20, &bytes, &size, &err), PD_OK);
    setenv("POLYDUMP_PLUGIN_PATH", below("p"), 1);
    for (size_t n = 64; n < size; n += size / 7) {
        put("p/x.so", bytes, n, 0644);
        assert_refused("x", PD_FAILED, PD_CAUSE_CORRUPT,
                       "plugin 'x': '%s/p/x.so' is not a whole shared object: it was cut short",
                       root);
    }
}

static void
a_library_that_is_no_plugin_is_refused(void **state)
{
    CLEANUP_FREE char *bytes = NULL;
    Dl_info info;
    size_t size;

    assert_true(dladdr((void *)(uintptr_t)cmocka_set_message_output, &info) != 0);
    assert_int_equal(file_load(AT_FDCWD, info.dli_fname, 64 << 20, &bytes, &size, &err), PD_OK);
    setenv("POLYDUMP_PLUGIN_PATH", below("p"), 1);
    put("p/x.so", bytes, size, 0755);
    assert_refused("x", PD_FAILED, PD_CAUSE_VERSION,
                   "plugin 'x': '%s/p/x.so': it is not a plugin of this name: symbol "
                   "'x_LTX_polydump_plugin' is missing",
                   root);
}

static void
note_path(void *arg, const char *path, const struct pd_error *error)
{
    char *paths = arg;

    snprintf(paths + strlen(paths), 500 - strlen(paths), "%s;", strrchr(path, '/') + 1);
}

static void
loading_all_goes_on_behind_those_that_are_refused(void **state)
{
    char paths[500] = "";

    put("p/b.so", "no", 2, 0644);
    put("p/a.so", "no", 2, 0644);
    put("p/B-c.so", "no", 2, 0644);
    put("p/readme.txt", "no", 2, 0644);
    put("p/c.la", "no", 2, 0644);
    setenv("POLYDUMP_PLUGIN_PATH", below("p"), 1);
    loader_load_all(note_path, paths);
    assert_memory_equal(paths, "B-c.so;a.so;b.so;", 17);
}

/* ---- Descriptors ----------------------------------------------------------------------------- */

static pd_status
any_open(const struct pd_host *host, const struct pd_endpoint *e, struct pd_source **ret_source,
         struct pd_error *error)
{
    return PD_FAILED;
}
static pd_status
any_catalog(struct pd_source *source, const struct pd_catalog **ret_catalog, struct pd_error *error)
{
    return PD_FAILED;
}
static pd_status
any_start(struct pd_source *source, const struct pd_scan *scan, struct pd_error *error)
{
    return PD_FAILED;
}
static pd_status
any_read(struct pd_source *source, const struct pd_batch **ret_batch, struct pd_error *error)
{
    return PD_FAILED;
}
static void
any_close(struct pd_source *source)
{
}

static const struct pd_source_ops good_source = {.struct_size = sizeof good_source,
                                                 .open = any_open,
                                                 .catalog = any_catalog,
                                                 .start = any_start,
                                                 .read = any_read,
                                                 .close = any_close};
static const struct pd_option good_options[] = {
    {.name = "n", .type = PD_OPTION_INT, .fallback = "1", .help = "a number"}};
static const struct pd_plugin good = {.struct_size = sizeof good,
                                      .abi = PD_ABI,
                                      .name = "x",
                                      .version = "1",
                                      .about = "for tests",
                                      .schemes = "x",
                                      .options = good_options,
                                      .n_options = 1,
                                      .option_size = sizeof good_options[0],
                                      .source = &good_source};

static void
assert_not_adopted(const struct pd_plugin *plugin, const char *message)
{
    struct loaded loaded = {0};

    assert_int_equal(adopt_plugin(plugin, "x", &loaded, &err), PD_FAILED);
    assert_string_equal(err.text, message);
}

static void
a_good_descriptor_is_copied(void **state)
{
    struct loaded loaded = {0};

    assert_int_equal(adopt_plugin(&good, "x", &loaded, &err), PD_OK);
    assert_ptr_equal(loaded.plugin.source, &loaded.source);
    assert_ptr_equal(loaded.source.read, any_read);
    assert_null(loaded.plugin.sink);
    assert_int_equal(loaded.abi, PD_ABI);
}

static void
each_member_that_is_missing_is_named(void **state)
{
    struct pd_plugin p;
    struct pd_source_ops s;
    struct pd_sink_ops k = {.struct_size = sizeof k};
    struct pd_steps_ops m = {.struct_size = sizeof m};

#define WITHOUT(member) (p = good, p.member = 0, &p)
    assert_not_adopted(WITHOUT(name), "member 'name' is not set");
    assert_not_adopted(WITHOUT(version), "member 'version' is not set");
    assert_not_adopted(WITHOUT(about), "member 'about' is not set");
    assert_not_adopted(WITHOUT(abi), "member 'abi' is not set");
    assert_not_adopted((p = good, p.abi = PD_ABI + 1, &p),
                       "member 'abi' is 2, and no more than 1 was asked for");
    assert_not_adopted(WITHOUT(source),
                       "none of the members 'source', 'sink', 'migrations' and 'steps' is set");
    assert_not_adopted(WITHOUT(options), "member 'options' is not set, but 'n_options' is 1");
#define WITHOUT_SOURCE(member) (p = good, s = good_source, s.member = NULL, p.source = &s, &p)
    assert_not_adopted(WITHOUT_SOURCE(open), "member 'source.open' is not set");
    assert_not_adopted(WITHOUT_SOURCE(catalog), "member 'source.catalog' is not set");
    assert_not_adopted(WITHOUT_SOURCE(start), "member 'source.start' is not set");
    assert_not_adopted(WITHOUT_SOURCE(read), "member 'source.read' is not set");
    assert_not_adopted(WITHOUT_SOURCE(close), "member 'source.close' is not set");
    p = good;
    p.sink = &k;
    assert_not_adopted(&p, "member 'sink.open' is not set");
    p = good;
    p.steps = &m;
    assert_not_adopted(&p, "member 'steps.open' is not set");
}

static void
a_name_that_is_not_the_files_is_refused(void **state)
{
    struct pd_plugin p = good;

    p.name = "other";
    assert_not_adopted(&p, "member 'name' is 'other', which is not the name of the file");
}

static void
structs_smaller_than_abi_1_are_refused(void **state)
{
    struct pd_plugin p = good;
    struct pd_source_ops s = good_source;
    char expected[100];

    p.struct_size = 16;
    snprintf(expected, sizeof expected,
             "member 'struct_size' is 16, less than the %zu bytes of ABI 1",
             offsetof(struct pd_plugin, sink) + sizeof p.sink);
    assert_not_adopted(&p, expected);
    p = good;
    s.struct_size = 8;
    p.source = &s;
    snprintf(expected, sizeof expected,
             "member 'source.struct_size' is 8, less than the %zu bytes of ABI 1",
             offsetof(struct pd_source_ops, close) + sizeof s.close);
    assert_not_adopted(&p, expected);
}

static void
schemes_and_options_must_be_well_formed(void **state)
{
    static const struct {
        struct pd_option option;
        const char *message;
    } cases[] = {
        {{.name = NULL}, "member 'options[0].name' is not set"},
        {{.name = "A"}, "option 'A' has letters other than a-z, 0-9 and -"},
        {{.name = ""}, "option '' has letters other than a-z, 0-9 and -"},
        {{.name = "a"}, "option 'a' has no help"},
        {{.name = "a", .help = "", .type = 99}, "option 'a' is of unknown type 99"},
        {{.name = "a", .help = "", .type = PD_OPTION_CHOICE}, "option 'a' has no choices"},
        {{.name = "a", .help = "", .type = PD_OPTION_SECRET, .fallback = "/x"},
         "option 'a' is a secret and must not have a fallback"},
        {{.name = "a", .help = "", .type = PD_OPTION_INT, .fallback = "one"},
         "fallback of option 'a': 'one' is not a whole number"},
    };
    static const struct pd_option twice[] = {{.name = "a", .help = ""}, {.name = "a", .help = ""}};
    static const char *const schemes[] = {"", "a  b", " a", "a ", "A", "a/b", "a:"};
    struct pd_plugin p = good;
    char expected[200];

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        p.options = &cases[i].option;
        assert_not_adopted(&p, cases[i].message);
    }
    p.options = twice;
    p.n_options = 2;
    assert_not_adopted(&p, "option 'a' is there twice");
    p.option_size = 8;
    snprintf(expected, sizeof expected,
             "member 'option_size' is 8, less than the %zu bytes of ABI 1",
             offsetof(struct pd_option, flags) + sizeof(uint32_t));
    assert_not_adopted(&p, expected);
    p = good;
    for (size_t i = 0; i < COUNT_OF(schemes); i++) {
        p.schemes = schemes[i];
        snprintf(expected, sizeof expected,
                 "member 'schemes' is '%s': it must be names of a-z, 0-9, +, . and -, with one "
                 "space between them",
                 schemes[i]);
        assert_not_adopted(&p, expected);
    }
}

static void
a_scheme_belongs_to_one_plugin(void **state)
{
    struct pd_plugin first = good, second = good;
    const struct loaded *loaded;

    first.name = "first";
    first.schemes = "one two";
    second.name = "second";
    second.schemes = "three two";
    assert_int_equal(loader_add(&first, &err), PD_OK);
    assert_int_equal(loader_add(&first, &err), PD_OK);
    assert_int_equal(loader_add(&second, &err), PD_FAILED);
    assert_string_equal(err.text,
                        "plugin 'second': member 'schemes': 'two' belongs to plugin 'first'");
    assert_int_equal(loader_get("first", &loaded, &err), PD_OK);
    assert_null(loaded->path);
    assert_ptr_equal(loader_find_scheme("two"), loaded);
    assert_null(loader_find_scheme("three"));
    assert_null(loader_find_scheme("tw"));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(libltdl_gets_no_path_from_the_environment),
        TEST(only_plain_names_are_looked_for),
        TEST(a_plugin_that_is_not_there_says_where_it_was_looked_for),
        TEST(nothing_is_taken_from_the_current_folder_or_the_environment),
        TEST(a_relative_folder_is_refused),
        TEST(a_folder_that_others_can_write_to_is_refused),
        TEST(a_folder_of_another_user_is_refused),
        TEST(a_folder_that_is_a_link_or_a_file_is_refused),
        TEST(a_file_that_others_can_write_to_is_refused),
        TEST(a_file_that_is_a_link_or_a_fifo_is_refused),
        TEST(a_file_that_is_no_module_gives_the_linkers_own_words),
        TEST(a_module_that_was_cut_short_is_refused_at_any_length),
        TEST(a_library_that_is_no_plugin_is_refused),
        TEST(loading_all_goes_on_behind_those_that_are_refused),
        TEST(a_good_descriptor_is_copied),
        TEST(each_member_that_is_missing_is_named),
        TEST(a_name_that_is_not_the_files_is_refused),
        TEST(structs_smaller_than_abi_1_are_refused),
        TEST(schemes_and_options_must_be_well_formed),
        TEST(a_scheme_belongs_to_one_plugin),
    };

    setenv("LTDL_LIBRARY_PATH", "/tmp", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
