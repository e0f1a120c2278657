// SPDX-License-Identifier: Apache-2.0
/* Loads modules: plugins that were built on older and newer headers, and those that must be
   refused. The argument is the folder where they were built. */
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

#include "base/arena.h"
#include "base/budget.h"
#include "base/file.h"
#include "base/folder.h"
#include "model/batch.h"
#include "model/schema.h"
#include "plugin/host.h"
#include "plugin/loader.h"
#include "plugin/preload.h"
#include "plugin/url.h"

static const char *built; /* where the modules are */
static char root[] = "/tmp/polydump-test-abi-XXXXXX";
static struct pd_error err;

static int
begin(void **state)
{
    memset(&err, 0, sizeof err);
    strcpy(root + strlen(root) - 6, "XXXXXX");
    umask(022);
    unsetenv("POLYDUMP_TEST_CONSTRUCTOR");
    if (!mkdtemp(root) || chdir(root) < 0 || mkdir("p", 0755) < 0)
        return -1;
    return loader_start(&err);
}

static int
end(void **state)
{
    if (chdir("/") < 0)
        return -1;
    return folder_remove(AT_FDCWD, root) ? 0 : -1;
}

static void
trust(const char *folder)
{
    char path[200];

    snprintf(path, sizeof path, "%s/%s", root, folder);
    setenv("POLYDUMP_PLUGIN_PATH", path, 1);
}

/* Copy a module as `to`, with a mode. */
static void
place(const char *module, const char *to, mode_t mode)
{
    CLEANUP_FREE char *bytes = NULL;
    char path[1000];
    size_t size;
    int fd;

    snprintf(path, sizeof path, "%s/%s.so", built, module);
    assert_int_equal(file_load(AT_FDCWD, path, 64 << 20, &bytes, &size, &err), PD_OK);
    assert_int_equal(file_create(AT_FDCWD, to, &fd, &err), PD_OK);
    assert_int_equal(file_write(fd, bytes, size, to, &err), PD_OK);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void
assert_refused(const char *name, const char *message)
{
    const struct loaded *loaded = NULL;
    char expected[ERROR_TEXT_SIZE];

    snprintf(expected, sizeof expected, "plugin '%s': '%s/p/%s.so'%s", name, root, name, message);
    assert_true(loader_get(name, &loaded, &err) < 0);
    assert_string_equal(err.text, expected);
    assert_null(loaded);
}

static void
assert_nothing_ran(void)
{
    assert_null(getenv("POLYDUMP_TEST_CONSTRUCTOR"));
}

/* ---- Ages ------------------------------------------------------------------------------------ */

static void
check_rows(const struct pd_table *table, const struct pd_batch *batch)
{
    struct cell cell;

    assert_int_equal(batch_check(table, batch, &err), PD_OK);
    assert_int_equal(batch->n_rows, 3);
    assert_int_equal(batch->n_columns, 2);
    cell = batch_cell(&table->columns[0].type, batch_vector(batch, 0), 2);
    assert_int_equal(cell.integer, 3);
    cell = batch_cell(&table->columns[1].type, batch_vector(batch, 1), 1);
    assert_int_equal(cell.size, 4);
    assert_memory_equal(cell.bytes, "text", 4);
    cell = batch_cell(&table->columns[1].type, batch_vector(batch, 1), 2);
    assert_int_equal(cell.tag, -1);
}

/* From the source to the sink, as the pipe does it. */
static void
run_through(const struct loaded *loaded, const struct pd_endpoint *endpoint)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    const struct pd_source_ops *source_ops = loaded->plugin.source;
    const struct pd_sink_ops *sink_ops = loaded->plugin.sink;
    struct pd_rejects rejects = {.struct_size = sizeof rejects};
    struct pd_load load = {.struct_size = sizeof load};
    struct pd_scan scan = {.struct_size = sizeof scan};
    const struct pd_catalog *theirs;
    const struct pd_batch *batch;
    struct pd_catalog *catalog;
    struct pd_source *source;
    struct pd_sink *sink;

    assert_int_equal(source_ops->open(host_get(), endpoint, &source, &err), PD_OK);
    assert_int_equal(sink_ops->open(host_get(), endpoint, &sink, &err), PD_OK);
    assert_int_equal(source_ops->catalog(source, &theirs, &err), PD_OK);
    assert_int_equal(schema_adopt(arena, theirs, &catalog, &err), PD_OK);
    assert_int_equal(catalog->n_tables, 1);
    assert_int_equal(catalog->n_properties, 0);
    assert_string_equal(catalog->tables[0].columns[1].name, "s");
    load.catalog = catalog;
    assert_int_equal(sink_ops->prepare(sink, &load, &err), PD_OK);
    assert_int_equal(source_ops->start(source, &scan, &err), PD_OK);
    assert_int_equal(sink_ops->start(sink, &scan, 0, &err), PD_OK);
    assert_int_equal(source_ops->read(source, &batch, &err), PD_OK);
    check_rows(&catalog->tables[0], batch);
    assert_int_equal(sink_ops->write(sink, batch, source_ops, source, &rejects, &err), PD_OK);
    batch->release(batch);
    assert_int_equal(source_ops->read(source, &batch, &err), PD_DONE);
    assert_int_equal(sink_ops->end(sink, &err), PD_OK);
    assert_int_equal(sink_ops->complete(sink, &err), PD_OK);
    assert_int_equal(sink_ops->finish(sink, &err), PD_OK);
    sink_ops->close(sink);
    source_ops->close(source);
}

static const struct loaded *
run_sample(const char *name)
{
    CLEANUP(end) struct end *e = NULL;
    char file[64], url[64];

    snprintf(file, sizeof file, "p/%s.so", name);
    snprintf(url, sizeof url, "%s:", name);
    place(name, file, 0755);
    trust("p");
    assert_int_equal(url_resolve(url, END_SOURCE, &e, &err), PD_OK);
    run_through(e->loaded, &e->endpoint);
    assert_int_equal(host_allocated(), 0);
    assert_int_equal(budget_used(), 0);
    assert_int_equal(e->loaded->abi, 1);
    return e->loaded;
}

static void
a_plugin_of_the_same_age_runs(void **state)
{
    const struct loaded *loaded = run_sample("same");

    assert_non_null(loaded->path);
    assert_null(loaded->source.share);
}

static void
a_plugin_of_an_older_header_runs_and_its_missing_members_are_none(void **state)
{
    const struct loaded *loaded = run_sample("old");

    assert_null(loaded->plugin.bid);
    assert_null(loaded->source.stats);
    assert_null(loaded->sink.left_out);
}

static void
a_plugin_of_a_newer_header_runs_and_its_new_members_are_not_seen(void **state)
{
    const struct loaded *loaded = run_sample("new");

    assert_int_equal(loaded->plugin.struct_size, sizeof loaded->plugin);
    assert_int_equal(loaded->source.struct_size, sizeof loaded->source);
    assert_null(loaded->plugin.bid);
}

static void
a_plugin_is_loaded_once(void **state)
{
    const struct loaded *one = run_sample("same"), *two;

    assert_int_equal(loader_get("same", &two, &err), PD_OK);
    assert_ptr_equal(one, two);
}

static void
a_linked_in_plugin_and_a_file_work_together(void **state)
{
    const struct loaded *null;

    if (!loader_preloaded[0].name || !loader_preloaded[1].name)
        skip(); /* only builds with -Dlink_plugins=static have linked-in ones */
    assert_int_equal(loader_get("null", &null, &err), PD_OK);
    assert_null(null->path);
    assert_non_null(run_sample("same")->path);
}

/* ---- Refused before anything runs ------------------------------------------------------------ */

static void
constructors_are_noticed_when_they_run(void **state)
{
    place("silent", "p/silent.so", 0755);
    trust("p");
    assert_refused("silent",
                   ": it is not a plugin of this name: symbol 'silent_LTX_polydump_plugin' is "
                   "missing");
    assert_string_equal(getenv("POLYDUMP_TEST_CONSTRUCTOR"), "ran");
}

static void
a_file_that_is_not_trusted_does_not_run(void **state)
{
    place("evil", "p/evil.so", 0757);
    trust("p");
    assert_refused("evil", " is not trusted: everybody can write to it; use chmod o-w");
    assert_int_equal(chmod("p/evil.so", 0755), 0);
    assert_int_equal(chmod("p", 0777), 0);
    assert_true(loader_get("evil", &(const struct loaded *){NULL}, &err) < 0);
    assert_int_equal(chmod("p", 0755), 0);
    assert_int_equal(rename("p/evil.so", "real"), 0);
    assert_int_equal(symlink("../real", "p/evil.so"), 0);
    assert_refused("evil", " is not trusted: it is a symbolic link; put the file itself there");
    loader_load_all(NULL, NULL);
    assert_nothing_ran();
}

static void
nothing_runs_from_the_current_folder_or_by_a_search_path(void **state)
{
    const struct loaded *loaded;

    place("evil", "evil.so", 0755);
    place("evil", "libevil.so", 0755);
    trust("p");
    setenv("LTDL_LIBRARY_PATH", root, 1);
    setenv("LD_LIBRARY_PATH", root, 1);
    assert_int_equal(loader_get("evil", &loaded, &err), PD_UNSUPPORTED);
    assert_true(loader_get("../evil", &loaded, &err) < 0);
    assert_true(loader_get("./evil", &loaded, &err) < 0);
    setenv("POLYDUMP_PLUGIN_PATH", ".", 1);
    assert_true(loader_get("evil", &loaded, &err) < 0);
    unsetenv("LTDL_LIBRARY_PATH");
    unsetenv("LD_LIBRARY_PATH");
    assert_nothing_ran();
}

static void
a_libtool_file_leads_nowhere(void **state)
{
    static const char text[] = "# evil.la - a libtool library file\n"
                               "dlname='evil.so'\nlibrary_names='evil.so'\nold_library=''\n"
                               "installed=no\nshouldnotlink=yes\n";
    const struct loaded *loaded;
    FILE *file = fopen("p/redirected.la", "we");

    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    place("evil", "p/evil.so", 0755);
    trust("p");
    assert_int_equal(loader_get("redirected", &loaded, &err), PD_UNSUPPORTED);
    assert_nothing_ran();
}

/* ---- Refused after --------------------------------------------------------------------------- */

static void
a_plugin_for_another_abi_is_refused(void **state)
{
    place("no_abi", "p/no_abi.so", 0755);
    trust("p");
    assert_refused("no_abi", ": it was built for another polydump: it does not speak ABI 1 to 1");
}

static void
a_plugin_of_another_name_is_refused(void **state)
{
    place("other_name", "p/other_name.so", 0755);
    trust("p");
    assert_refused("other_name", ": member 'name' is 'other', which is not the name of the file");
    place("same", "p/renamed.so", 0755);
    assert_refused("renamed",
                   ": it is not a plugin of this name: symbol 'renamed_LTX_polydump_plugin' is "
                   "missing");
}

static void
a_plugin_with_an_undefined_symbol_is_refused_at_once(void **state)
{
    char message[500];

    place("undefined", "p/undefined.so", 0755);
    trust("p");
    snprintf(message, sizeof message,
             ": cannot be loaded: %s/p/undefined.so: undefined symbol: function_that_nobody_has",
             root);
    assert_refused("undefined", message);
}

int
main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_file_that_is_not_trusted_does_not_run),
        TEST(nothing_runs_from_the_current_folder_or_by_a_search_path),
        TEST(a_libtool_file_leads_nowhere),
        TEST(constructors_are_noticed_when_they_run),
        TEST(a_plugin_of_the_same_age_runs),
        TEST(a_plugin_of_an_older_header_runs_and_its_missing_members_are_none),
        TEST(a_plugin_of_a_newer_header_runs_and_its_new_members_are_not_seen),
        TEST(a_plugin_is_loaded_once),
        TEST(a_linked_in_plugin_and_a_file_work_together),
        TEST(a_plugin_for_another_abi_is_refused),
        TEST(a_plugin_of_another_name_is_refused),
        TEST(a_plugin_with_an_undefined_symbol_is_refused_at_once),
    };

    if (argc != 2)
        return 2;
    built = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
