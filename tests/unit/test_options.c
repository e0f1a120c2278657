// SPDX-License-Identifier: Apache-2.0
/* Tests of plugin/options.h. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "plugin/options.h"

static const struct pd_option table[] = {
    {.name = "misfit",
     .type = PD_OPTION_CHOICE,
     .choices = "stop carrier",
     .fallback = "stop",
     .help = "what to do with values that the target's type cannot hold"},
    {.name = "busy-timeout",
     .type = PD_OPTION_INT,
     .fallback = "5",
     .argument = "SECONDS",
     .help = "how long to wait for a lock"},
    {.name = "cache", .type = PD_OPTION_SIZE, .fallback = "2m", .help = "of pages"},
    {.name = "text", .type = PD_OPTION_FLAG, .help = "as JSON Lines"},
    {.name = "only", .type = PD_OPTION_TEXT, .help = "tables"},
    {.name = "password-file", .type = PD_OPTION_SECRET, .help = "holds the password"},
};

static struct pd_error err;

static struct pd_options *
new_options(void)
{
    struct pd_options *options;

    assert_int_equal(options_new(table, COUNT_OF(table), sizeof table[0], &options, &err), PD_OK);
    return options;
}

static void
what_is_not_given_has_its_fallback_normalised(void **state)
{
    CLEANUP(pd_options) struct pd_options *o = new_options();

    assert_string_equal(options_get(o, "misfit"), "stop");
    assert_string_equal(options_get(o, "cache"), "2097152");
    assert_int_equal(options_int(o, "busy-timeout"), 5);
    assert_string_equal(options_get(o, "text"), "0");
    assert_false(options_flag(o, "text"));
    assert_null(options_get(o, "only"));
    assert_null(options_get(o, "nothing-of-this-name"));
    assert_null(options_get(NULL, "only"));
    assert_false(options_given(o, "misfit"));
    assert_string_equal(options_get_nth(o, "misfit", 0), "stop");
    assert_null(options_get_nth(o, "misfit", 1));
}

static void
values_are_checked_and_normalised(void **state)
{
    static const struct {
        const char *name, *value, *expected; /* expected NULL: refused, message says why */
        const char *message;
    } cases[] = {
        {"busy-timeout", "-30", "-30", NULL},
        {"busy-timeout", "+7", "7", NULL},
        {"busy-timeout", "12x", NULL, "option '--busy-timeout': '12x' is not a whole number"},
        {"busy-timeout", " 1", NULL, "option '--busy-timeout': ' 1' is not a whole number"},
        {"busy-timeout", "", NULL, "option '--busy-timeout': '' is not a whole number"},
        {"busy-timeout", "99999999999999999999", NULL,
         "option '--busy-timeout': '99999999999999999999' is not a whole number"},
        {"cache", "4096", "4096", NULL},
        {"cache", "64k", "65536", NULL},
        {"cache", "1G", "1073741824", NULL},
        {"cache", "1t", NULL,
         "option '--cache': '1t' is not a size in bytes, such as 4096, 64k, 16m or 1g"},
        {"cache", "-1", NULL,
         "option '--cache': '-1' is not a size in bytes, such as 4096, 64k, 16m or 1g"},
        {"cache", "9000000000000000000k", NULL,
         "option '--cache': '9000000000000000000k' is not a size of less than 2^63 bytes"},
        {"misfit", "carrier", "carrier", NULL},
        {"misfit", "carr", NULL, "option '--misfit': 'carr' is not one of: stop carrier"},
        {"misfit", "", NULL, "option '--misfit': '' is not one of: stop carrier"},
        {"text", "yes", "1", NULL},
        {"text", "no", "0", NULL},
        {"text", NULL, "1", NULL},
        {"text", "maybe", NULL, "option '--text': 'maybe' is not one of yes, no, 1, 0"},
        {"only", "Ünï\xc3", "Ünï\xc3", NULL},
        {"only", NULL, NULL, "option '--only' needs a value"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(pd_options) struct pd_options *o = new_options();
        pd_status status = options_set(o, cases[i].name, cases[i].value, &err);

        if (cases[i].expected) {
            assert_int_equal(status, PD_OK);
            assert_string_equal(options_get(o, cases[i].name), cases[i].expected);
            assert_true(options_given(o, cases[i].name));
        } else {
            assert_int_equal(status, PD_FAILED);
            assert_int_equal(err.cause, PD_CAUSE_USAGE);
            assert_string_equal(err.text, cases[i].message);
            assert_false(options_given(o, cases[i].name));
        }
    }
}

static void
an_option_given_several_times_keeps_all_and_the_last_counts(void **state)
{
    CLEANUP(pd_options) struct pd_options *o = new_options();

    assert_int_equal(options_set(o, "only", "a", &err), PD_OK);
    assert_int_equal(options_set(o, "only", "b", &err), PD_OK);
    assert_string_equal(options_get(o, "only"), "b");
    assert_string_equal(options_get_nth(o, "only", 0), "a");
    assert_string_equal(options_get_nth(o, "only", 1), "b");
    assert_null(options_get_nth(o, "only", 2));
}

static void
an_unknown_name_is_told_with_the_nearest_one(void **state)
{
    CLEANUP(pd_options) struct pd_options *o = new_options();

    assert_int_equal(options_set(o, "bussy-timeout", "1", &err), PD_UNSUPPORTED);
    assert_string_equal(err.text,
                        "there is no option '--bussy-timeout'; did you mean '--busy-timeout'?");
    assert_int_equal(options_set(o, "xyzzy", "1", &err), PD_UNSUPPORTED);
    assert_string_equal(err.text, "there is no option '--xyzzy'");
    assert_int_equal(options_set(o, "*", "1", &err), PD_UNSUPPORTED);
}

/* ---- Secrets --------------------------------------------------------------------------------- */

static const char *
put_secret(const void *bytes, size_t size, mode_t mode)
{
    static const char path[] = "/tmp/polydump-test-secret";
    int fd;

    unlink(path);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), size);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
    return path;
}

static void
a_secret_is_what_its_file_holds_without_one_line_end(void **state)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {{"s3cret\n", "s3cret"},
                 {"s3cret\r\n", "s3cret"},
                 {"a b\n\n", "a b\n"},
                 {"\xff\xfe", "\xff\xfe"}};

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(pd_options) struct pd_options *o = new_options();
        const char *path = put_secret(cases[i].text, strlen(cases[i].text), 0600);

        assert_int_equal(options_set(o, "password-file", path, &err), PD_OK);
        assert_string_equal(options_get(o, "password-file"), cases[i].expected);
        unlink(path);
    }
}

static void
a_secret_that_others_can_read_is_refused(void **state)
{
    CLEANUP(pd_options) struct pd_options *o = new_options();
    const char *path = put_secret("s3cret\n", 7, 0640);

    assert_int_equal(options_set(o, "password-file", path, &err), PD_FAILED);
    assert_string_equal(err.text, "option '--password-file': '/tmp/polydump-test-secret' is open "
                                  "to other users (mode 0640); use chmod 600");
    if (geteuid() == 0) {
        path = put_secret("s3cret\n", 7, 0600);
        assert_int_equal(chown(path, 12345, 12345), 0);
        assert_int_equal(options_set(o, "password-file", path, &err), PD_FAILED);
        assert_string_equal(err.text, "option '--password-file': '/tmp/polydump-test-secret' "
                                      "belongs to another user");
    }
    unlink(path);
    assert_false(options_given(o, "password-file"));
}

static void
a_file_that_holds_no_secret_is_refused(void **state)
{
    static char large[5000];
    static const struct {
        const void *bytes;
        size_t size;
        int cause;
    } cases[] = {{"", 0, PD_CAUSE_USAGE},
                 {"\n", 1, PD_CAUSE_USAGE},
                 {"a\0b", 3, PD_CAUSE_USAGE},
                 {large, sizeof large, PD_CAUSE_LIMIT}};

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(pd_options) struct pd_options *o = new_options();
        const char *path = put_secret(cases[i].bytes, cases[i].size, 0600);

        assert_int_equal(options_set(o, "password-file", path, &err), PD_FAILED);
        assert_int_equal(err.cause, cases[i].cause);
        unlink(path);
    }
    CLEANUP(pd_options) struct pd_options *o = new_options();

    assert_int_equal(options_set(o, "password-file", "/tmp", &err), PD_FAILED);
    assert_string_equal(err.text, "option '--password-file': cannot open '/tmp': it is a folder, "
                                  "not a regular file");
}

/* ---- Tables ---------------------------------------------------------------------------------- */

static void
a_fallback_that_is_wrong_is_told(void **state)
{
    static const struct pd_option wrong[] = {
        {.name = "n", .type = PD_OPTION_INT, .fallback = "many", .help = ""}};
    struct pd_options *o;

    assert_int_equal(options_new(wrong, 1, sizeof wrong[0], &o, &err), PD_FAILED);
    assert_string_equal(err.text, "fallback of option 'n': 'many' is not a whole number");
}

static void
a_table_of_a_newer_plugin_is_read_by_its_stride(void **state)
{
    static const struct newer {
        struct pd_option option;
        const void *more;
    } newer[] = {
        {.option = {.name = "a", .fallback = "1", .help = ""}, .more = newer},
        {.option = {.name = "b", .fallback = "2", .help = ""}, .more = newer},
    };
    struct pd_options *o;

    assert_int_equal(options_new(&newer[0].option, 2, sizeof newer[0], &o, &err), PD_OK);
    assert_string_equal(options_get(o, "b"), "2");
    options_free(o);
}

static void
what_a_wrapper_is_given_is_checked_by_the_end_that_it_wraps(void **state)
{
    static const struct pd_option any[] = {{.name = "*", .help = ""}};
    CLEANUP(pd_options) struct pd_options *outer = NULL;
    CLEANUP(pd_options) struct pd_options *inner = new_options();

    assert_int_equal(options_new(any, 1, sizeof any[0], &outer, &err), PD_OK);
    assert_int_equal(options_set(outer, "cache", "1k", &err), PD_OK);
    assert_int_equal(options_set(outer, "text", NULL, &err), PD_OK);
    assert_int_equal(options_pass(inner, outer, &err), PD_OK);
    assert_int_equal(options_int(inner, "cache"), 1024);
    assert_true(options_flag(inner, "text"));
    assert_int_equal(options_set(outer, "cash", "1k", &err), PD_OK);
    assert_int_equal(options_pass(inner, outer, &err), PD_UNSUPPORTED);
    assert_string_equal(err.text, "there is no option '--cash'; did you mean '--cache'?");
    assert_int_equal(options_pass(inner, NULL, &err), PD_OK);
}

static void
the_help_is_made_of_the_table(void **state)
{
    static const char expected[] =
        "  --misfit CHOICE           what to do with values that the target's type cannot\n"
        "                            hold (one of: stop carrier) (default: stop)\n"
        "  --busy-timeout SECONDS    how long to wait for a lock (default: 5)\n"
        "  --cache BYTES             of pages (default: 2m)\n"
        "  --text                    as JSON Lines\n"
        "  --only TEXT               tables\n"
        "  --password-file FILE      holds the password\n";
    CLEANUP_BUFFER struct buffer out = {0};

    options_help(&out, table, COUNT_OF(table), sizeof table[0]);
    assert_string_equal(buffer_string(&out), expected);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_given_has_its_fallback_normalised),
        cmocka_unit_test(values_are_checked_and_normalised),
        cmocka_unit_test(an_option_given_several_times_keeps_all_and_the_last_counts),
        cmocka_unit_test(an_unknown_name_is_told_with_the_nearest_one),
        cmocka_unit_test(a_secret_is_what_its_file_holds_without_one_line_end),
        cmocka_unit_test(a_secret_that_others_can_read_is_refused),
        cmocka_unit_test(a_file_that_holds_no_secret_is_refused),
        cmocka_unit_test(a_fallback_that_is_wrong_is_told),
        cmocka_unit_test(a_table_of_a_newer_plugin_is_read_by_its_stride),
        cmocka_unit_test(what_a_wrapper_is_given_is_checked_by_the_end_that_it_wraps),
        cmocka_unit_test(the_help_is_made_of_the_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
