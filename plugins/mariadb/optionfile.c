// SPDX-License-Identifier: Apache-2.0
/* optionfile - the my.cnf that a URL names: who and where, and nothing else of it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "url.h"

enum { OPTIONFILE_LINE = 4096 };

#define OPTIONFILE_BLANKS " \t\r\n"

/* ---- One line ---- */

static void
cut_blanks(char *text)
{
    size_t n = strlen(text);

    while (n && strchr(OPTIONFILE_BLANKS, text[n - 1]))
        n--;
    text[n] = 0;
}

static char
escaped(char c)
{
    static const char marks[] = "ntrbs", meant[] = "\n\t\r\b ";
    const char *at = strchr(marks, c);

    return at && c ? meant[at - marks] : c;
}

/* In place: quotes go, escapes are resolved. */
static void
read_value(char *value)
{
    size_t n = strlen(value), i, used = 0;

    if (n >= 2 && (*value == '"' || *value == '\'') && value[n - 1] == *value) {
        memmove(value, value + 1, n - 2);
        n -= 2;
    }
    for (i = 0; i < n; i++) {
        if (value[i] == '\\' && i + 1 < n)
            value[used++] = escaped(value[++i]);
        else
            value[used++] = value[i];
    }
    value[used] = 0;
}

/* Behind a blank '#' begins a comment, unless the value is quoted. */
static void
cut_comment(char *value)
{
    char *at;

    if (*value == '"' || *value == '\'') {
        at = strchr(value + 1, *value);
        if (at)
            at[1] = 0;
        return;
    }
    for (at = strchr(value, '#'); at; at = strchr(at + 1, '#')) {
        if (at == value || at[-1] == ' ' || at[-1] == '\t') {
            *at = 0;
            break;
        }
    }
    cut_blanks(value);
}

bool
optionfile_line(char *line, char **ret_key, char **ret_value)
{
    char *equals;

    line += strspn(line, OPTIONFILE_BLANKS);
    cut_blanks(line);
    if (!*line || *line == '#' || *line == ';' || *line == '!')
        return false;
    *ret_key = line;
    *ret_value = NULL;
    equals = *line == '[' ? NULL : strchr(line, '=');
    if (!equals)
        return true;
    *equals = 0;
    cut_blanks(line);
    *ret_value = equals + 1 + strspn(equals + 1, OPTIONFILE_BLANKS);
    cut_comment(*ret_value);
    read_value(*ret_value);
    return true;
}

/* ---- The file ---- */

/* "[name]"; without a group in the URL: client, client-mariadb. */
static bool
is_group(const struct my_url *url, const char *key)
{
    size_t n = strlen(key);

    if (url->group)
        return n == strlen(url->group) + 2 && strncmp(key + 1, url->group, n - 2) == 0;
    return strcmp(key, "[client]") == 0 || strcmp(key, "[client-mariadb]") == 0;
}

/* In a file the last one counts; over all of them the URL. */
static pd_status
take(struct my_url *url, struct my_url *found, const char *key, const char *value,
     struct pd_error *err)
{
    size_t n = strlen(key);

    if (!value || !*value || !url_is_file_parameter(key, n))
        return PD_OK;
    *url_parameter(found, key, n) = pd_pool_text(&url->pool, value);
    return *url_parameter(found, key, n) ? PD_OK : my_no_memory(url->pd_host, err);
}

static pd_status
read_lines(struct my_url *url, struct my_url *found, FILE *file, bool *ret_has_group,
           struct pd_error *err)
{
    char line[OPTIONFILE_LINE], *key, *value;
    bool inside = false;
    pd_status status = PD_OK;

    while (status == PD_OK && fgets(line, sizeof line, file)) {
        if (!optionfile_line(line, &key, &value))
            continue;
        if (*key == '[') {
            inside = is_group(url, key);
            *ret_has_group = *ret_has_group || inside;
        } else if (inside) {
            status = take(url, found, key, value, err);
        }
    }
    explicit_bzero(line, sizeof line);
    return status;
}

static void
merge(struct my_url *url, struct my_url *found)
{
    static const char *const names[] = {"user",       "password",    "ssl-ca",
                                        "ssl-capath", "ssl-cert",    "ssl-key",
                                        "ssl-crl",    "tls-version", "connect-timeout"};
    size_t i;

    /* A socket of the file does not go with a host of the URL. */
    if (!url->host && !url->socket) {
        url->host = found->host;
        url->socket = found->host && strcmp(found->host, "localhost") != 0 ? NULL : found->socket;
        url->port = url->port ? url->port : found->port;
    } else if (url->host && !url->port) {
        url->port = strcmp(url->host, "localhost") == 0 ? NULL : found->port;
    }
    for (i = 0; i < sizeof names / sizeof *names; i++) {
        const char **to = url_parameter(url, names[i], strlen(names[i]));

        if (!*to)
            *to = *url_parameter(found, names[i], strlen(names[i]));
    }
}

static pd_status
open_file(struct my_url *url, FILE **ret_file, struct pd_error *err)
{
    const char *home = getenv("HOME"), *name = url->defaults_file;
    char path[1024];

    if (!name) {
        snprintf(path, sizeof path, "%s/.my.cnf", home ? home : "");
        name = path;
    }
    *ret_file = fopen(name, "re");
    if (*ret_file)
        return PD_OK;
    return url->pd_host->fail(err, PD_FAILED, PD_CAUSE_USAGE, "options file '%s': %m", name);
}

pd_status
optionfile_read(struct my_url *url, struct pd_error *err)
{
    struct my_url found = {0};
    bool has_group = false;
    FILE *file;
    pd_status status = open_file(url, &file, err);

    if (status != PD_OK)
        return status;
    status = read_lines(url, &found, file, &has_group, err);
    fclose(file);
    if (status == PD_OK && !has_group)
        return url->pd_host->fail(err, PD_FAILED, PD_CAUSE_USAGE,
                                  "the options file has no group '%s'",
                                  url->group ? url->group : "client");
    if (status == PD_OK)
        merge(url, &found);
    return status;
}
