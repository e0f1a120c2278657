// SPDX-License-Identifier: Apache-2.0
/* url - mariadb://user:password@host:port/database?parameter=value, taken apart. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "url.h"

enum { URL_CONNECT_SECONDS = 30, URL_MOST_HOST = 255 };

static const struct url_parameter {
    const char *name;
    size_t offset;
    bool is_in_files; /* it counts in an options file too */
    bool is_in_urls;  /* it is written into the URL of a scratch database */
} url_parameters[] = {
    {"user", offsetof(struct my_url, user), true, true},
    {"password", offsetof(struct my_url, password), true, false},
    {"host", offsetof(struct my_url, host), true, true},
    {"port", offsetof(struct my_url, port), true, true},
    {"socket", offsetof(struct my_url, socket), true, true},
    {"ssl-ca", offsetof(struct my_url, ssl_ca), true, true},
    {"ssl-capath", offsetof(struct my_url, ssl_capath), true, true},
    {"ssl-cert", offsetof(struct my_url, ssl_cert), true, true},
    {"ssl-key", offsetof(struct my_url, ssl_key), true, true},
    {"ssl-crl", offsetof(struct my_url, ssl_crl), true, true},
    {"tls-version", offsetof(struct my_url, tls_version), true, true},
    {"connect-timeout", offsetof(struct my_url, connect_timeout), true, true},
    {"defaults-file", offsetof(struct my_url, defaults_file), false, true},
    {"group", offsetof(struct my_url, group), false, true},
};

static const struct url_parameter *
find_parameter(const char *name, size_t size)
{
    size_t i, k;

    for (i = 0; i < sizeof url_parameters / sizeof *url_parameters; i++) {
        const char *known = url_parameters[i].name;

        for (k = 0; k < size && (known[k] == name[k] || (known[k] == '-' && name[k] == '_')); k++)
            ;
        if (k == size && !known[k])
            return &url_parameters[i];
    }
    return NULL;
}

static const char **
member(struct my_url *url, const struct url_parameter *parameter)
{
    return (const char **)(void *)((char *)url + parameter->offset);
}

const char **
url_parameter(struct my_url *url, const char *name, size_t size)
{
    const struct url_parameter *parameter = find_parameter(name, size);

    return parameter ? member(url, parameter) : NULL;
}

bool
url_is_file_parameter(const char *name, size_t size)
{
    const struct url_parameter *parameter = find_parameter(name, size);

    return parameter && parameter->is_in_files;
}

/* ---- Taking apart ---- */

static pd_status
fail_url(struct my_url *url, struct pd_error *err, const char *what)
{
    return url->pd_host->fail(err, PD_FAILED, PD_CAUSE_USAGE,
                              "the URL is not understood (%s); write "
                              "mariadb://user@host/database, with %%40 for @ and %%2F for / in "
                              "names and passwords",
                              what);
}

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One byte of text at *i, %XX resolved; -1: it cannot be. */
static int
decode_byte(const char *text, size_t size, size_t *i)
{
    int high, low;

    if (text[*i] != '%')
        return (unsigned char)text[(*i)++];
    if (size - *i < 3)
        return -1;
    high = hex_digit(text[*i + 1]);
    low = hex_digit(text[*i + 2]);
    *i += 3;
    return high < 0 || low < 0 || high + low == 0 ? -1 : high * 16 + low;
}

/* A decoded copy; "" becomes NULL, which is nothing. */
static pd_status
put_decoded(struct my_url *url, const char **ret_text, const char *text, size_t size,
            struct pd_error *err)
{
    char *copy = pd_pool_copy(&url->pool, text, size);
    size_t i = 0, used = 0;

    if (!copy)
        return my_no_memory(url->pd_host, err);
    while (i < size) {
        int byte = decode_byte(text, size, &i);

        if (byte < 0)
            return fail_url(url, err, "a % is not followed by two hexadecimal digits");
        copy[used++] = (char)byte;
    }
    memset(copy + used, 0, size - used);
    *ret_text = used ? copy : NULL;
    return PD_OK;
}

/* user:password */
static pd_status
read_user(struct my_url *url, const char *text, size_t size, struct pd_error *err)
{
    const char *colon = memchr(text, ':', size);
    size_t n = colon ? (size_t)(colon - text) : size;
    pd_status status = put_decoded(url, &url->user, text, n, err);

    if (status != PD_OK || !colon)
        return status;
    return put_decoded(url, &url->password, colon + 1, size - n - 1, err);
}

/* host:port, [host]:port */
static pd_status
read_host(struct my_url *url, const char *text, size_t size, struct pd_error *err)
{
    const char *end = text + size, *rest;
    pd_status status;

    if (size && *text == '[') {
        rest = memchr(text, ']', size);
        if (!rest)
            return fail_url(url, err, "'[' without ']'");
        status = put_decoded(url, &url->host, text + 1, (size_t)(rest - text) - 1, err);
        rest++;
    } else {
        rest = memchr(text, ':', size);
        rest = rest ? rest : end;
        status = put_decoded(url, &url->host, text, (size_t)(rest - text), err);
    }
    if (status != PD_OK || rest == end)
        return status;
    if (*rest != ':')
        return fail_url(url, err, "something stands between ']' and the port");
    return put_decoded(url, &url->port, rest + 1, (size_t)(end - rest) - 1, err);
}

static pd_status
read_parameter(struct my_url *url, const char *text, size_t size, struct pd_error *err)
{
    const char *equals = memchr(text, '=', size);
    size_t n = equals ? (size_t)(equals - text) : size;
    const char **at = url_parameter(url, text, n);

    if (size == 0)
        return PD_OK;
    if (!at || !equals)
        return fail_url(url, err,
                        "behind '?' there may be user, host, port, socket, ssl-ca, ssl-capath, "
                        "ssl-cert, ssl-key, ssl-crl, tls-version, connect-timeout, defaults-file, "
                        "group, each with '=' and a value");
    return put_decoded(url, at, equals + 1, size - n - 1, err);
}

static pd_status
read_parameters(struct my_url *url, const char *text, struct pd_error *err)
{
    pd_status status = PD_OK;

    while (status == PD_OK && *text) {
        size_t n = strcspn(text, "&");

        status = read_parameter(url, text, n, err);
        text += n + (text[n] == '&');
    }
    return status;
}

/* What stands between "//" and the path; a password may hold '@' and '/' when they are encoded. */
static pd_status
read_authority(struct my_url *url, const char *text, size_t size, struct pd_error *err)
{
    const char *at = memrchr(text, '@', size);
    pd_status status = PD_OK;

    if (at)
        status = read_user(url, text, (size_t)(at - text), err);
    if (status != PD_OK)
        return status;
    at = at ? at + 1 : text;
    return read_host(url, at, size - (size_t)(at - text), err);
}

static pd_status
read_text(struct my_url *url, const char *text, struct pd_error *err)
{
    const char *mark;
    pd_status status = PD_OK;
    size_t n;

    if (strncmp(text, "//", 2) == 0) {
        text += 2;
        n = strcspn(text, "/?");
        status = read_authority(url, text, n, err);
        text += n;
        text += *text == '/';
        n = strcspn(text, "/?");
        if (status == PD_OK && text[n] == '/')
            return fail_url(url, err, "more than one name behind the host");
        if (status == PD_OK)
            status = put_decoded(url, &url->database, text, n, err);
    } else {
        mark = strchr(text, '?');
        n = mark ? (size_t)(mark - text) : strlen(text);
        url->database = n ? pd_pool_copy(&url->pool, text, n) : NULL;
        if (n && !url->database)
            return my_no_memory(url->pd_host, err);
    }
    text += n;
    return status == PD_OK && *text == '?' ? read_parameters(url, text + 1, err) : status;
}

/* ---- What the URL leaves open ---- */

static const char *
variable(const char *name)
{
    const char *value = getenv(name);

    return value && *value ? value : NULL;
}

static void
read_environment(struct my_url *url)
{
    if (!url->host && !url->socket)
        url->host = variable("MYSQL_HOST");
    if (url->host && !url->port)
        url->port = strcmp(url->host, "localhost") == 0 ? NULL : variable("MYSQL_TCP_PORT");
    if (!url->socket && (!url->host || strcmp(url->host, "localhost") == 0))
        url->socket = variable("MYSQL_UNIX_PORT");
    if (!url->password)
        url->password = variable("MYSQL_PWD");
}

static const char *
option_text(const struct pd_host *host, const struct pd_endpoint *end, const char *name)
{
    return end->options ? host->option(end->options, name) : NULL;
}

static long
read_seconds(const char *text, long fallback)
{
    long seconds = text ? strtol(text, NULL, 10) : fallback;

    return seconds > 0 && seconds < 86400 ? seconds : fallback;
}

/* What the URL says; else no longer than the server may be silent. */
static int64_t
connect_limit(const struct my_url *url, const struct pd_endpoint *end)
{
    long silence = read_seconds(option_text(url->pd_host, end, "timeout"), URL_CONNECT_SECONDS);
    long seconds = silence < URL_CONNECT_SECONDS ? silence : URL_CONNECT_SECONDS;

    return read_seconds(url->connect_timeout, seconds) * INT64_C(1000);
}

/* The library takes some texts for a list of hosts, for settings, or for a plugin to be loaded. */
static bool
is_host(const char *text)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_:%";

    return strlen(text) <= URL_MOST_HOST && strspn(text, letters) == strlen(text);
}

static pd_status
check_port(struct my_url *url, struct pd_error *err)
{
    char *rest;
    unsigned long port;

    if (!url->port)
        return PD_OK;
    port = isdigit((unsigned char)*url->port) ? strtoul(url->port, &rest, 10) : 0;
    if (port == 0 || port > 65535 || *rest)
        return fail_url(url, err, "a port is a number from 1 to 65535");
    url->port_number = (unsigned)port;
    return PD_OK;
}

/* As every program of this engine has it, "localhost" is the socket; with a port it is TCP. */
static pd_status
decide_way(struct my_url *url, struct pd_error *err)
{
    bool is_local = !url->host || strcmp(url->host, "localhost") == 0;

    if (url->host && *url->host == '/' && !url->socket) {
        url->socket = url->host;
        url->host = NULL;
        is_local = true;
    }
    if (url->socket && !is_local)
        return fail_url(url, err, "it names a host and a socket");
    url->is_socket = url->socket || (is_local && !url->port);
    if (url->is_socket)
        url->host = NULL;
    else if (!url->host)
        url->host = "localhost";
    if (url->host && !is_host(url->host))
        return fail_url(url, err, "the host's name has characters that names of hosts do not have");
    return check_port(url, err);
}

/* What the user says beside the URL counts more than what stands in files. */
static pd_status
read_rest(struct my_url *url, const struct pd_endpoint *end, struct pd_error *err)
{
    const char *insecure = option_text(url->pd_host, end, "insecure");
    const char *password = option_text(url->pd_host, end, "password-file");
    pd_status status = PD_OK;

    url->is_insecure = insecure && *insecure == '1';
    url->url_has_password = url->password;
    if (password && *password) {
        url->password = pd_pool_text(&url->pool, password);
        if (!url->password)
            return my_no_memory(url->pd_host, err);
    }
    if (url->defaults_file || url->group)
        status = optionfile_read(url, err);
    if (status != PD_OK)
        return status;
    read_environment(url);
    url->limit_ms = connect_limit(url, end);
    return decide_way(url, err);
}

pd_status
url_read(const struct pd_host *host, const struct pd_endpoint *end, struct my_url *url,
         struct pd_error *err)
{
    const char *text = strchr(end->url, ':');
    pd_status status;

    *url = (struct my_url){.pd_host = host, .pool = {.host = host}};
    status = read_text(url, text ? text + 1 : "", err);
    return status == PD_OK ? read_rest(url, end, err) : status;
}

void
url_close(struct my_url *url)
{
    union pd_pool_chunk *chunk;

    for (chunk = url->pool.chunks; chunk; chunk = chunk->head.next)
        explicit_bzero(chunk + 1, chunk->head.used);
    if (url->pool.host)
        pd_pool_close(&url->pool);
}

/* ---- The way back ---- */

static void
put_encoded(struct pd_sql *text, const char *value)
{
    for (; *value; value++) {
        unsigned char c = (unsigned char)*value;

        if (isalnum(c) || strchr("-._~", c))
            pd_sql_bytes(text, value, 1);
        else
            pd_sql_printf(text, "%%%02X", c);
    }
}

pd_status
url_write(const struct my_url *url, const char *database, char **ret_text, struct pd_error *err)
{
    struct pd_sql text = {.host = url->pd_host};
    struct my_url copy = *url;
    char mark = '?';
    size_t i;

    pd_sql_add(&text, "mariadb:///");
    put_encoded(&text, database);
    for (i = 0; i < sizeof url_parameters / sizeof *url_parameters; i++) {
        const char *value = *member(&copy, &url_parameters[i]);

        if (!value || !url_parameters[i].is_in_urls)
            continue;
        pd_sql_printf(&text, "%c%s=", mark, url_parameters[i].name);
        put_encoded(&text, value);
        mark = '&';
    }
    if (!pd_sql_text(&text)) {
        pd_sql_free(&text);
        return my_no_memory(url->pd_host, err);
    }
    *ret_text = text.text;
    return PD_OK;
}
