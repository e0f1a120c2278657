// SPDX-License-Identifier: Apache-2.0
/* Tests of the MariaDB plugin's URLs, options files, names and messages, which need no server. */
#include "fake_host.h"

#include <unistd.h>

#include "session.h"
#include "url.h"

static const char *option_insecure;
static const char *option_timeout;
static const char *option_password;

static const char *
option_here(const char *name)
{
    if (strcmp(name, "insecure") == 0)
        return option_insecure;
    if (strcmp(name, "timeout") == 0)
        return option_timeout;
    return strcmp(name, "password-file") == 0 ? option_password : NULL;
}

static int
begin(void **state)
{
    static const char *const variables[] = {"MYSQL_PWD", "MYSQL_HOST", "MYSQL_TCP_PORT",
                                            "MYSQL_UNIX_PORT"};
    size_t i;

    for (i = 0; i < sizeof variables / sizeof *variables; i++)
        unsetenv(variables[i]);
    setenv("HOME", "/nonexistent", 1);
    n_live = 0;
    option_of = option_here;
    n_until_out = -1;
    said[0] = 0;
    cause_said = 0;
    option_insecure = option_timeout = option_password = NULL;
    return 0;
}

static int
end(void **state)
{
    assert_int_equal(n_live, 0);
    return 0;
}

static pd_status
read_url(const char *text, struct my_url *url)
{
    static int options;
    struct pd_endpoint endpoint = {.struct_size = sizeof endpoint, .url = text};

    endpoint.options = (const struct pd_options *)(void *)&options;
    return url_read(&host, &endpoint, url, NULL);
}

static void
assert_text(const char *text, const char *wanted)
{
    if (!wanted)
        assert_null(text);
    else
        assert_string_equal(text, wanted);
}

/* ---- URLs ---- */

static void
a_url_is_taken_apart(void **state)
{
    struct my_url url;

    assert_int_equal(read_url("mariadb://me:p%40%2Fss:@db.example.org:3307/a%20b?ssl-ca=/c%26a&"
                              "tls_version=TLSv1.3",
                              &url),
                     PD_OK);
    assert_text(url.user, "me");
    assert_text(url.password, "p@/ss:");
    assert_text(url.host, "db.example.org");
    assert_int_equal(url.port_number, 3307);
    assert_text(url.database, "a b");
    assert_text(url.ssl_ca, "/c&a");
    assert_text(url.tls_version, "TLSv1.3");
    assert_text(url.socket, NULL);
    assert_false(url.is_socket);
    assert_true(url.url_has_password);
    url_close(&url);
}

static void
an_address_in_brackets_is_a_host(void **state)
{
    struct my_url url;

    assert_int_equal(read_url("mysql://[::1]:3306/d", &url), PD_OK);
    assert_text(url.host, "::1");
    assert_int_equal(url.port_number, 3306);
    assert_false(url.is_socket);
    url_close(&url);
}

static void
without_a_host_it_is_the_socket(void **state)
{
    static const char *const urls[] = {"mariadb:d", "mariadb:///d", "mariadb://localhost/d",
                                       "mariadb:d?socket=/run/s", "mariadb://me@localhost/d"};
    struct my_url url;

    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        assert_int_equal(read_url(urls[i], &url), PD_OK);
        assert_true(url.is_socket);
        assert_text(url.host, NULL);
        assert_text(url.socket, i == 3 ? "/run/s" : NULL);
        assert_text(url.database, "d");
        url_close(&url);
    }
}

static void
localhost_with_a_port_is_tcp(void **state)
{
    struct my_url url;

    assert_int_equal(read_url("mariadb://localhost:3306/d", &url), PD_OK);
    assert_false(url.is_socket);
    assert_text(url.host, "localhost");
    url_close(&url);
}

static void
a_host_that_is_a_path_is_a_socket(void **state)
{
    struct my_url url;

    assert_int_equal(read_url("mariadb://me@%2Frun%2Fmy%2Fs/d", &url), PD_OK);
    assert_true(url.is_socket);
    assert_text(url.socket, "/run/my/s");
    url_close(&url);
}

static void
what_is_no_url_is_refused(void **state)
{
    static const struct {
        const char *url;
        const char *says;
    } cases[] = {
        {"mariadb://h/d?password_file=x", "behind '?'"},
        {"mariadb://h/d?ssl-ca", "behind '?'"},
        {"mariadb://h/a/b", "more than one name"},
        {"mariadb://h/%zz", "hexadecimal"},
        {"mariadb://h/a%4", "hexadecimal"},
        {"mariadb://h/%00", "hexadecimal"},
        {"mariadb://h:0/d", "port"},
        {"mariadb://h:65536/d", "port"},
        {"mariadb://h:33x/d", "port"},
        {"mariadb://[::1/d", "'['"},
        {"mariadb://[::1]x/d", "']'"},
        {"mariadb://h/d?socket=/s", "a host and a socket"},
        {"mariadb://a,b/d", "characters"},
        {"mariadb://%2Cb/d", "characters"},
        {"mariadb://x%3A%2F%2Fy/d", "characters"},
        {"mariadb://a%3Db/d", "characters"},
    };
    struct my_url url;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        said[0] = 0;
        assert_int_equal(read_url(cases[i].url, &url), PD_FAILED);
        assert_int_equal(cause_said, PD_CAUSE_USAGE);
        assert_non_null(strstr(said, cases[i].says));
        url_close(&url);
    }
}

static void
a_message_never_has_the_password(void **state)
{
    struct my_url url;

    assert_int_equal(read_url("mariadb://u:s3cret@h/a/b", &url), PD_FAILED);
    assert_null(strstr(said, "s3cret"));
    url_close(&url);
    assert_int_equal(read_url("mariadb://u:s3cret%@h/a", &url), PD_FAILED);
    assert_null(strstr(said, "s3cret"));
    url_close(&url);
}

static void
the_environment_says_what_the_url_does_not(void **state)
{
    struct my_url url;

    setenv("MYSQL_HOST", "env.example.org", 1);
    setenv("MYSQL_TCP_PORT", "3310", 1);
    setenv("MYSQL_UNIX_PORT", "/env/socket", 1);
    setenv("MYSQL_PWD", "fromenv", 1);
    assert_int_equal(read_url("mariadb:d", &url), PD_OK);
    assert_text(url.host, "env.example.org");
    assert_int_equal(url.port_number, 3310);
    assert_text(url.password, "fromenv");
    assert_false(url.is_socket);
    assert_false(url.url_has_password);
    url_close(&url);
    assert_int_equal(read_url("mariadb://me:own@localhost/d", &url), PD_OK);
    assert_true(url.is_socket);
    assert_text(url.socket, "/env/socket");
    assert_text(url.password, "own");
    url_close(&url);
    assert_int_equal(read_url("mariadb://other/d", &url), PD_OK);
    assert_text(url.host, "other");
    assert_false(url.is_socket);
    url_close(&url);
}

static void
the_password_of_a_file_counts_most(void **state)
{
    struct my_url url;

    option_password = "fromfile";
    setenv("MYSQL_PWD", "fromenv", 1);
    assert_int_equal(read_url("mariadb://me:own@h/d", &url), PD_OK);
    assert_text(url.password, "fromfile");
    assert_true(url.url_has_password);
    url_close(&url);
}

static void
connecting_takes_no_longer_than_silence(void **state)
{
    struct my_url url;

    assert_int_equal(read_url("mariadb:d", &url), PD_OK);
    assert_int_equal(url.limit_ms, 30000);
    url_close(&url);
    option_timeout = "5";
    assert_int_equal(read_url("mariadb:d", &url), PD_OK);
    assert_int_equal(url.limit_ms, 5000);
    url_close(&url);
    assert_int_equal(read_url("mariadb:d?connect-timeout=90", &url), PD_OK);
    assert_int_equal(url.limit_ms, 90000);
    url_close(&url);
}

static void
a_scratch_url_names_all_but_the_password(void **state)
{
    struct my_url url, again;
    char *text = NULL;

    assert_int_equal(read_url("mariadb://m%20e:pw@h.org:3307/d?ssl-ca=/a%26b", &url), PD_OK);
    assert_int_equal(url_write(&url, "x y", &text, NULL), PD_OK);
    assert_string_equal(text, "mariadb:///x%20y?user=m%20e&host=h.org&port=3307&ssl-ca=%2Fa%26b");
    assert_int_equal(read_url(text, &again), PD_OK);
    assert_text(again.database, "x y");
    assert_text(again.host, "h.org");
    assert_text(again.password, NULL);
    url_close(&again);
    url_close(&url);
    host.release(&host, text);
}

static void
short_memory_is_an_error_everywhere(void **state)
{
    long n;

    for (n = 0; n < 40; n++) {
        struct my_url url;
        pd_status status;

        n_until_out = n;
        status = read_url("mariadb://me:pw@h:1/d?ssl-ca=/ca", &url);
        url_close(&url);
        assert_true(status == PD_OK || (status == PD_FATAL && cause_said == PD_CAUSE_MEMORY));
        if (status == PD_OK)
            break;
    }
    assert_true(n > 0 && n < 40);
    n_until_out = -1;
}

/* ---- Options files ---- */

static void
assert_line(const char *text, const char *key, const char *value)
{
    char line[128], *got_key = NULL, *got_value = NULL;

    snprintf(line, sizeof line, "%s", text);
    assert_int_equal(optionfile_line(line, &got_key, &got_value), key != NULL);
    if (!key)
        return;
    assert_string_equal(got_key, key);
    assert_text(got_value, value);
}

static void
lines_of_an_options_file_are_taken_apart(void **state)
{
    assert_line("", NULL, NULL);
    assert_line("  # user=x\n", NULL, NULL);
    assert_line("; user=x", NULL, NULL);
    assert_line("!include /etc/other.cnf\n", NULL, NULL);
    assert_line(" [client] \n", "[client]", NULL);
    assert_line("skip-ssl\n", "skip-ssl", NULL);
    assert_line("user = me \n", "user", "me");
    assert_line("password=\"a # b\" # not\n", "password", "a # b");
    assert_line("password='it\n", "password", "'it");
    assert_line("password=a#b\n", "password", "a#b");
    assert_line("password=a #b\n", "password", "a");
    assert_line("password=a\\sb\\\\\n", "password", "a b\\");
    assert_line("password=\n", "password", "");
    assert_line("a=b=c\n", "a", "b=c");
}

static void
write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void
an_options_file_says_who_and_where_alone(void **state)
{
    char path[] = "/tmp/polydump-my-XXXXXX", text[128];
    struct my_url url;
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    close(fd);
    write_file(path, "[mysqldump]\nuser=wrong\n[client]\nuser=file\npassword=filepw\n"
                     "host=file.example.org\nport=3399\nlocal-infile=1\ninit-command=DROP\n"
                     "ssl_ca=/file/ca\n[other]\nuser=else\nsocket=/else/s\n");
    snprintf(text, sizeof text, "mariadb:d?defaults-file=%s", path);
    assert_int_equal(read_url(text, &url), PD_OK);
    assert_text(url.user, "file");
    assert_text(url.password, "filepw");
    assert_text(url.host, "file.example.org");
    assert_text(url.ssl_ca, "/file/ca");
    assert_int_equal(url.port_number, 3399);
    assert_false(url.url_has_password);
    url_close(&url);
    snprintf(text, sizeof text, "mariadb://own@h/d?defaults-file=%s&group=other", path);
    assert_int_equal(read_url(text, &url), PD_OK);
    assert_text(url.user, "own");
    assert_text(url.host, "h");
    assert_text(url.socket, NULL);
    assert_int_equal(url.port_number, 0);
    url_close(&url);
    snprintf(text, sizeof text, "mariadb:d?defaults-file=%s&group=none", path);
    assert_int_equal(read_url(text, &url), PD_FAILED);
    assert_non_null(strstr(said, "'none'"));
    url_close(&url);
    unlink(path);
    assert_int_equal(read_url(text, &url), PD_FAILED);
    assert_non_null(strstr(said, path));
    url_close(&url);
}

/* ---- Names, literals, messages ---- */

static void
names_and_literals_are_quoted(void **state)
{
    struct pd_sql sql = {.host = &host};

    my_table(&sql, NULL, "a`b");
    pd_sql_add(&sql, " ");
    my_table(&sql, "S", "t");
    pd_sql_add(&sql, " ");
    my_literal(&sql, "it's \\ \0\xc3\xa9", 10);
    pd_sql_add(&sql, " ");
    my_literal(&sql, "", 0);
    pd_sql_add(&sql, " ");
    my_literal(&sql, "a\xff", 2);
    pd_sql_add(&sql, " ");
    my_literal(&sql, "\xed\xa0\x80", 3);
    assert_string_equal(pd_sql_text(&sql),
                        "`a``b` `S`.`t` 'it''s \\\\ \\0\xc3\xa9' '' x'61ff' x'eda080'");
    pd_sql_free(&sql);
}

static void
what_a_server_says_is_one_line(void **state)
{
    char line[64];

    error_line(" one\n\t two\x1b[31m three.\n", line, sizeof line);
    assert_string_equal(line, "one two\\x1b[31m three");
}

static void
every_number_has_a_cause(void **state)
{
    static const struct {
        unsigned code;
        int cause;
    } cases[] = {{1045, PD_CAUSE_AUTH},    {1062, PD_CAUSE_DATA},    {1205, PD_CAUSE_CONFLICT},
                 {1412, PD_CAUSE_CHANGED}, {2013, PD_CAUSE_CONNECT}, {2008, PD_CAUSE_MEMORY},
                 {1114, PD_CAUSE_IO},      {1064, PD_CAUSE_QUERY},   {99999, PD_CAUSE_QUERY},
                 {0, PD_CAUSE_MEMORY},     {1050, PD_CAUSE_CONFLICT}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(error_cause(cases[i].code), cases[i].cause);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_url_is_taken_apart, begin, end),
        cmocka_unit_test_setup_teardown(an_address_in_brackets_is_a_host, begin, end),
        cmocka_unit_test_setup_teardown(without_a_host_it_is_the_socket, begin, end),
        cmocka_unit_test_setup_teardown(localhost_with_a_port_is_tcp, begin, end),
        cmocka_unit_test_setup_teardown(a_host_that_is_a_path_is_a_socket, begin, end),
        cmocka_unit_test_setup_teardown(what_is_no_url_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(a_message_never_has_the_password, begin, end),
        cmocka_unit_test_setup_teardown(the_environment_says_what_the_url_does_not, begin, end),
        cmocka_unit_test_setup_teardown(the_password_of_a_file_counts_most, begin, end),
        cmocka_unit_test_setup_teardown(connecting_takes_no_longer_than_silence, begin, end),
        cmocka_unit_test_setup_teardown(a_scratch_url_names_all_but_the_password, begin, end),
        cmocka_unit_test_setup_teardown(short_memory_is_an_error_everywhere, begin, end),
        cmocka_unit_test_setup_teardown(lines_of_an_options_file_are_taken_apart, begin, end),
        cmocka_unit_test_setup_teardown(an_options_file_says_who_and_where_alone, begin, end),
        cmocka_unit_test_setup_teardown(names_and_literals_are_quoted, begin, end),
        cmocka_unit_test_setup_teardown(what_a_server_says_is_one_line, begin, end),
        cmocka_unit_test_setup_teardown(every_number_has_a_cause, begin, end),
    };

    return cmocka_run_group_tests_name("my_url", tests, NULL, NULL);
}
