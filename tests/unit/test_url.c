// SPDX-License-Identifier: Apache-2.0
/* Tests of plugin/url.h, with two descriptors that stand for the archive and a database. */
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

#include "base/folder.h"
#include "plugin/host.h"
#include "plugin/url.h"

static char root[] = "/tmp/polydump-test-url-XXXXXX";
static struct pd_error err;

/* ---- Stand-ins ------------------------------------------------------------------------------- */

static pd_status
no_source(const struct pd_host *host, const struct pd_endpoint *end, struct pd_source **ret_source,
          struct pd_error *e)
{
    return PD_FAILED;
}
static pd_status
no_catalog(struct pd_source *source, const struct pd_catalog **ret_catalog, struct pd_error *e)
{
    return PD_FAILED;
}
static pd_status
no_scan(struct pd_source *source, const struct pd_scan *scan, struct pd_error *e)
{
    return PD_FAILED;
}
static pd_status
no_read(struct pd_source *source, const struct pd_batch **ret_batch, struct pd_error *e)
{
    return PD_FAILED;
}
static void
no_close(struct pd_source *source)
{
}
static pd_status
no_sink(const struct pd_host *host, const struct pd_endpoint *end, struct pd_sink **ret_sink,
        struct pd_error *e)
{
    return PD_FAILED;
}
static pd_status
no_prepare(struct pd_sink *sink, const struct pd_load *load, struct pd_error *e)
{
    return PD_FAILED;
}
static pd_status
no_start(struct pd_sink *sink, const struct pd_scan *scan, uint32_t part, struct pd_error *e)
{
    return PD_FAILED;
}
static pd_status
no_write(struct pd_sink *sink, const struct pd_batch *batch, const struct pd_source_ops *long_ops,
         struct pd_source *long_source, struct pd_rejects *rejects, struct pd_error *e)
{
    return PD_FAILED;
}
static pd_status
no_step(struct pd_sink *sink, struct pd_error *e)
{
    return PD_FAILED;
}
static void
no_end(struct pd_sink *sink)
{
}

static int
bid_archive(const void *head, size_t size)
{
    return size >= 4 && memcmp(head, "PDAR", 4) == 0 ? 100 : 0;
}

static int
bid_sqlite(const void *head, size_t size)
{
    return size >= 6 && memcmp(head, "SQLite", 6) == 0 ? 95 : 0;
}

static const struct pd_source_ops source_ops = {.struct_size = sizeof source_ops,
                                                .open = no_source,
                                                .catalog = no_catalog,
                                                .start = no_scan,
                                                .read = no_read,
                                                .close = no_close};
static const struct pd_sink_ops sink_ops = {.struct_size = sizeof sink_ops,
                                            .open = no_sink,
                                            .prepare = no_prepare,
                                            .start = no_start,
                                            .write = no_write,
                                            .end = no_step,
                                            .complete = no_step,
                                            .finish = no_step,
                                            .close = no_end};
static const struct pd_option archive_options[] = {
    {.name = "level", .type = PD_OPTION_INT, .fallback = "3", .help = "of compression"}};
static const struct pd_plugin archive = {.struct_size = sizeof archive,
                                         .abi = PD_ABI,
                                         .name = "archive",
                                         .version = "1",
                                         .about = "stands for the archive",
                                         .schemes = "archive",
                                         .options = archive_options,
                                         .n_options = 1,
                                         .option_size = sizeof archive_options[0],
                                         .source = &source_ops,
                                         .sink = &sink_ops,
                                         .bid = bid_archive};
static const struct pd_plugin sqlite = {.struct_size = sizeof sqlite,
                                        .abi = PD_ABI,
                                        .name = "sqlite",
                                        .version = "1",
                                        .about = "stands for a database",
                                        .schemes = "sqlite sqlite3",
                                        .source = &source_ops,
                                        .sink = &sink_ops,
                                        .bid = bid_sqlite};
static const struct pd_plugin hole = {.struct_size = sizeof hole,
                                      .abi = PD_ABI,
                                      .name = "hole",
                                      .version = "1",
                                      .about = "is only written to",
                                      .schemes = "hole",
                                      .sink = &sink_ops};

static int
begin(void **state)
{
    memset(&err, 0, sizeof err);
    setenv("POLYDUMP_PLUGIN_PATH", "/nonexistent", 1);
    if (!mkdtemp(root) || chdir(root) < 0 || loader_start(&err) < 0)
        return -1;
    return loader_add(&archive, &err) | loader_add(&sqlite, &err) | loader_add(&hole, &err);
}

static int
end(void **state)
{
    if (chdir("/") < 0)
        return -1;
    return folder_remove(AT_FDCWD, root) ? 0 : -1;
}

static void
put(const char *name, const char *text)
{
    FILE *file = fopen(name, "we");

    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void
assert_end(const char *text, enum end_role role, const char *plugin, const char *location)
{
    CLEANUP(end) struct end *e = NULL;
    pd_status status;

    err.text[0] = '\0';
    status = url_resolve(text, role, &e, &err);
    assert_string_equal(err.text, "");
    assert_int_equal(status, PD_OK);
    assert_string_equal(e->loaded->plugin.name, plugin);
    assert_string_equal(e->endpoint.location, location);
    assert_string_equal(e->endpoint.url, text);
    assert_ptr_equal(e->endpoint.options, e->options);
}

static void
assert_refused(const char *text, enum end_role role, int cause, const char *message)
{
    CLEANUP(end) struct end *e = NULL;
    pd_status status = url_resolve(text, role, &e, &err);

    assert_true(status < 0);
    assert_string_equal(err.text, message);
    assert_int_equal(err.cause, cause);
    assert_null(e);
}

/* ---- Tests ----------------------------------------------------------------------------------- */

static void
a_scheme_names_its_plugin(void **state)
{
    assert_end("sqlite:app.db", END_SOURCE, "sqlite", "app.db");
    assert_end("sqlite3:app.db", END_TARGET, "sqlite", "app.db");
    assert_end("SQLite:app.db", END_TARGET, "sqlite", "app.db");
    assert_end("archive:dump", END_ARCHIVE_TARGET, "archive", "dump");
    assert_end("hole:", END_ARCHIVE_TARGET, "hole", "");
    assert_end("sqlite:a:b%20c", END_SOURCE, "sqlite", "a:b%20c");
}

static void
only_urls_with_slashes_are_decoded(void **state)
{
    assert_end("sqlite:///srv/my%20app.db", END_SOURCE, "sqlite", "/srv/my app.db");
    assert_end("sqlite://host/db%41", END_SOURCE, "sqlite", "//host/dbA");
    assert_refused("sqlite:///a%2", END_SOURCE, PD_CAUSE_USAGE,
                   "'sqlite:///a%2': '%' must be followed by two hexadecimal digits, not both 0");
    assert_refused("sqlite:///a%00b", END_SOURCE, PD_CAUSE_USAGE,
                   "'sqlite:///a%00b': '%' must be followed by two hexadecimal digits, not both 0");
    assert_refused("sqlite:///a%zz", END_SOURCE, PD_CAUSE_USAGE,
                   "'sqlite:///a%zz': '%' must be followed by two hexadecimal digits, not both 0");
}

static void
a_dash_is_an_archive_stream(void **state)
{
    assert_end("-", END_ARCHIVE_SOURCE, "archive", "-");
    assert_end("-", END_ARCHIVE_TARGET, "archive", "-");
}

static void
a_path_that_is_there_is_what_it_looks_like(void **state)
{
    put("x1", "SQLite format 3");
    put("x2", "PDAR....");
    put("x3", "hello");
    put("empty.db", "");
    assert_int_equal(mkdir("folder", 0700), 0);
    assert_end("x1", END_SOURCE, "sqlite", "x1");
    assert_end("./x2", END_SOURCE, "archive", "./x2");
    assert_end("folder", END_SOURCE, "archive", "folder");
    assert_end("folder/", END_ARCHIVE_SOURCE, "archive", "folder/");
    assert_end("empty.db", END_SOURCE, "sqlite", "empty.db");
    assert_end("x3", END_ARCHIVE_TARGET, "archive", "x3");
    assert_end("x1", END_WRAPPED, "sqlite", "x1");
    assert_refused("x3", END_SOURCE, PD_CAUSE_USAGE,
                   "'x3' is neither an archive nor a database that a loaded plugin knows; write "
                   "SCHEME:x3, such as sqlite:x3, if it is one");
}

static void
a_path_with_a_colon_that_is_there_is_a_path(void **state)
{
    put("notes:2024", "SQLite format 3");
    assert_end("notes:2024", END_SOURCE, "sqlite", "notes:2024");
    put("sqlite:odd", "PDAR");
    assert_end("sqlite:odd", END_SOURCE, "archive", "sqlite:odd");
    assert_end("./new:1.db", END_TARGET, "sqlite", "./new:1.db");
}

static void
a_path_that_is_not_there_is_what_it_shall_become(void **state)
{
    assert_refused("gone", END_SOURCE, PD_CAUSE_CONNECT, "there is no file or folder 'gone'");
    assert_refused("gone", END_ARCHIVE_SOURCE, PD_CAUSE_CONNECT,
                   "there is no file or folder 'gone'");
    assert_end("new", END_ARCHIVE_TARGET, "archive", "new");
    assert_end("new.db", END_ARCHIVE_TARGET, "archive", "new.db");
    assert_end("new.db", END_TARGET, "sqlite", "new.db");
    assert_end("new.sqlite", END_TARGET, "sqlite", "new.sqlite");
    assert_end("NEW.SQLITE3", END_TARGET, "sqlite", "NEW.SQLITE3");
    assert_end("new.polydump", END_TARGET, "archive", "new.polydump");
    assert_end("new.db", END_WRAPPED, "sqlite", "new.db");
    assert_end("new", END_WRAPPED, "archive", "new");
    assert_refused("new", END_TARGET, PD_CAUSE_USAGE,
                   "'new' is not there, and its name does not say what it shall become; write "
                   "sqlite:new for a database, archive:new for an archive");
    assert_refused("", END_TARGET, PD_CAUSE_USAGE, "an end of the pipe is empty");
}

static void
an_unknown_scheme_is_told_with_the_nearest_one(void **state)
{
    CLEANUP(end) struct end *e = NULL;

    assert_true(url_resolve("sqllite:app.db", END_SOURCE, &e, &err) < 0);
    assert_non_null(strstr(err.text, "'sqllite:app.db': there is no file of this name, and "
                                     "'sqllite' is not a known scheme; did you mean 'sqlite:'? "
                                     "(known: archive, sqlite, sqlite3, hole"));
    assert_true(url_resolve("../x://y", END_SOURCE, &e, &err) < 0);
    assert_true(url_resolve("gopher://y", END_SOURCE, &e, &err) < 0);
    assert_non_null(strstr(err.text, "'gopher' is not a known scheme (known: "));
}

static void
a_known_scheme_without_its_plugin_says_where_it_was_looked_for(void **state)
{
    CLEANUP(end) struct end *e = NULL;

    /* One that is part of the program need not be looked for. */
    if (url_resolve("mysql://root:s3cret@db/shop", END_SOURCE, &e, &err) == PD_OK) {
        assert_null(e->loaded->path);
        assert_string_equal(e->loaded->plugin.name, "mariadb");
        return;
    }
    assert_int_equal(err.cause, PD_CAUSE_MISSING);
    assert_non_null(strstr(err.text, "'mysql://root:***@db/shop': there is no plugin 'mariadb': "
                                     "looked for 'mariadb.so' in '/nonexistent', '"));
    assert_null(strstr(err.text, "s3cret"));
}

static void
an_end_that_cannot_be_read_or_written_is_refused(void **state)
{
    assert_refused("hole:", END_SOURCE, PD_CAUSE_USAGE,
                   "'hole:': plugin 'hole' cannot be read from, only written to");
}

static void
an_end_has_the_options_of_its_plugin(void **state)
{
    CLEANUP(end) struct end *e = NULL;

    assert_int_equal(url_resolve("archive:x", END_ARCHIVE_TARGET, &e, &err), PD_OK);
    assert_int_equal(options_int(e->options, "level"), 3);
    assert_int_equal(options_set(e->options, "level", "9", &err), PD_OK);
    assert_string_equal(host_get()->option(e->endpoint.options, "level"), "9");
}

static void
the_host_resolves_for_wrappers(void **state)
{
    const struct pd_host *host = host_get();
    const struct pd_plugin *plugin;
    const struct pd_endpoint *endpoint;

    assert_int_equal(host->resolve(host, "sqlite:x.db", NULL, &plugin, &endpoint, &err), PD_OK);
    assert_string_equal(plugin->name, "sqlite");
    assert_string_equal(endpoint->location, "x.db");
    host->unresolve(host, endpoint);
    host->unresolve(host, NULL);
    assert_true(host->resolve(host, "sqllite:x.db", NULL, &plugin, &endpoint, &err) < 0);
}

static void
passwords_are_never_printed(void **state)
{
    static const struct {
        const char *url, *expected;
    } cases[] = {
        {"postgresql://me:s3cret@host/db", "postgresql://me:***@host/db"},
        {"postgresql://me@host:5432/db", "postgresql://me@host:5432/db"},
        {"postgresql://host:5432/a@b", "postgresql://host:5432/a@b"},
        {"mysql://me:s3@cr@et@host/db", "mysql://me:***@host/db"},
        {"mysql://me:s3/cr?et@host/db", "mysql://me:***@host/db"},
        {"mysql://me:@host/db", "mysql://me:***@host/db"},
        {"postgresql:///db?user=me&password=s3cret&x=1",
         "postgresql:///db?user=me&password=***&x=1"},
        {"postgresql:///db?sslpassword=s3cret", "postgresql:///db?sslpassword=***"},
        {"fault:at=read:n=1:mysql://me:s3cret@h/d", "fault:at=read:n=1:mysql://me:***@h/d"},
        {"sqlite:app.db", "sqlite:app.db"},
        {"", ""},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_string_equal(url_redacted(cases[i].url), cases[i].expected);
}

static void
four_redacted_urls_can_stand_in_one_message(void **state)
{
    const char *a = url_redacted("a://1"), *b = url_redacted("b://2"), *c = url_redacted("c://3"),
               *d = url_redacted("d://4");
    char huge[5000];

    assert_string_equal(a, "a://1");
    assert_string_equal(b, "b://2");
    assert_string_equal(c, "c://3");
    assert_string_equal(d, "d://4");
    memset(huge, 'x', sizeof huge);
    memcpy(huge, "mysql://u:", 10);
    huge[sizeof huge - 1] = '\0';
    assert_true(strlen(url_redacted(huge)) < 1024);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_scheme_names_its_plugin),
        cmocka_unit_test(only_urls_with_slashes_are_decoded),
        cmocka_unit_test(a_dash_is_an_archive_stream),
        cmocka_unit_test(a_path_that_is_there_is_what_it_looks_like),
        cmocka_unit_test(a_path_with_a_colon_that_is_there_is_a_path),
        cmocka_unit_test(a_path_that_is_not_there_is_what_it_shall_become),
        cmocka_unit_test(an_unknown_scheme_is_told_with_the_nearest_one),
        cmocka_unit_test(a_known_scheme_without_its_plugin_says_where_it_was_looked_for),
        cmocka_unit_test(an_end_that_cannot_be_read_or_written_is_refused),
        cmocka_unit_test(an_end_has_the_options_of_its_plugin),
        cmocka_unit_test(the_host_resolves_for_wrappers),
        cmocka_unit_test(passwords_are_never_printed),
        cmocka_unit_test(four_redacted_urls_can_stand_in_one_message),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
