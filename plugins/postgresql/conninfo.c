// SPDX-License-Identifier: Apache-2.0
/* conninfo - a URL taken apart by libpq, and the policy that is put over it. */
#include "conninfo.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CONNECT_SECONDS = 30 };

/* ---- Taking apart ---- */

/* Is it "host=... dbname=..." rather than the name of a database? */
static bool
is_keywords(const char *text)
{
    text += strspn(text, " ");
    text += strspn(text, "abcdefghijklmnopqrstuvwxyz_");
    return text[strspn(text, " ")] == '=';
}

/* The conninfo that libpq shall parse, in its own spelling of the scheme. */
static void
put_source(struct pd_sql *text, const struct pd_endpoint *end)
{
    const char *rest = strchr(end->url, ':');

    rest = rest ? rest + 1 : "";
    if (strncmp(rest, "//", 2) == 0) {
        pd_sql_add(text, "postgresql:");
        pd_sql_add(text, rest);
    } else if (is_keywords(rest)) {
        pd_sql_add(text, rest);
    }
}

/* What libpq says, up to the first quote: behind it may be a password. */
static pd_status
bad_url(const struct pd_host *host, const char *message, struct pd_error *err)
{
    char line[256];

    if (error_is_memory(message))
        return pg_no_memory(host, err);
    error_line(message ? message : "", line, sizeof line);
    line[strcspn(line, "\"")] = 0;
    return host->fail(err, PD_FAILED, PD_CAUSE_USAGE,
                      "the URL is not understood (%s...); write postgresql://user@host/database, "
                      "with %%40 for @ and %%2F for / in names and passwords",
                      line);
}

static pd_status
parse(struct conninfo *info, const struct pd_endpoint *end, struct pd_error *err)
{
    struct pd_sql text = {.host = info->host};
    char *message = NULL;
    pd_status status = PD_OK;

    put_source(&text, end);
    if (!pd_sql_text(&text)) {
        pd_sql_free(&text);
        return pg_no_memory(info->host, err);
    }
    info->parsed = PQconninfoParse(pd_sql_text(&text), &message);
    if (!info->parsed)
        status = message ? bad_url(info->host, message, err) : pg_no_memory(info->host, err);
    PQfreemem(message);
    if (text.text)
        explicit_bzero(text.text, text.size);
    pd_sql_free(&text);
    return status;
}

void
conninfo_close(struct conninfo *info)
{
    PQconninfoOption *option;

    for (option = info->parsed; option && option->keyword; option++) {
        if (option->val && strcmp(option->keyword, "password") == 0)
            explicit_bzero(option->val, strlen(option->val));
    }
    PQconninfoFree(info->parsed);
    info->parsed = NULL;
}

/* ---- Looking up ---- */

static const PQconninfoOption *
find_option(const struct conninfo *info, const char *keyword)
{
    const PQconninfoOption *option = info->parsed;

    while (option->keyword && strcmp(option->keyword, keyword) != 0)
        option++;
    return option->keyword ? option : NULL;
}

/* What the URL says; NULL: nothing. */
static const char *
given(const struct conninfo *info, const char *keyword)
{
    const PQconninfoOption *option = find_option(info, keyword);

    return option && option->val && *option->val ? option->val : NULL;
}

/* What the URL or, failing that, the environment says. */
static const char *
known(const struct conninfo *info, const char *keyword, const char *variable)
{
    const char *value = given(info, keyword);

    if (!value)
        value = getenv(variable);
    return value && *value ? value : NULL;
}

static void
put(struct conninfo *info, const char *keyword, const char *value)
{
    size_t i = 0;

    while (i < info->n && strcmp(info->keywords[i], keyword) != 0)
        i++;
    if (i == CONNINFO_MOST || !value || !*value)
        return;
    info->keywords[i] = keyword;
    info->values[i] = value;
    info->n += i == info->n;
}

static void
put_unless_given(struct conninfo *info, const char *keyword, const char *value)
{
    if (!given(info, keyword))
        put(info, keyword, value);
}

/* ---- Policy ---- */

/* Every host of a list must be a socket. */
static bool
are_sockets(const char *hosts)
{
    for (;;) {
        if (*hosts != '/' && *hosts != '@' && *hosts != ',' && *hosts)
            return false;
        hosts += strcspn(hosts, ",");
        if (!*hosts++)
            return true;
    }
}

static bool
names_socket(const struct conninfo *info)
{
    const char *host = known(info, "host", "PGHOST");

    /* A service may name any host. */
    if (known(info, "hostaddr", "PGHOSTADDR") || known(info, "service", "PGSERVICE"))
        return false;
    return !host || are_sockets(host);
}

/* Is the URL's own sslmode as good as ours? */
static bool
is_verifying(const char *sslmode)
{
    return strcmp(sslmode, "verify-full") == 0;
}

static bool
gss_is_wanted(const struct conninfo *info)
{
    const char *mode = given(info, "gssencmode");

    return mode && strcmp(mode, "require") == 0;
}

static pd_status
check_tls(const struct conninfo *info, struct pd_error *err)
{
    const char *sslmode = given(info, "sslmode");

    if (info->is_insecure || info->names_socket || !sslmode || is_verifying(sslmode) ||
        gss_is_wanted(info))
        return PD_OK;
    return info->host->fail(err, PD_FAILED, PD_CAUSE_USAGE,
                            "sslmode=%s does not make sure that it is the right server; leave it "
                            "out, or give --insecure (see doc/connections.md)",
                            sslmode);
}

/* May libpq find a password that was not given here? */
static bool
has_password_file(const struct conninfo *info)
{
    const char *file = known(info, "passfile", "PGPASSFILE"), *home = getenv("HOME");
    char path[1024];

    snprintf(path, sizeof path, "%s/.pgpass", home ? home : "");
    return access(file ? file : path, R_OK) == 0;
}

/* Nobody vouches for the server, so that it must not get the password itself, only a proof of
   knowing it. libpq 16 has a filter for that. An older one is made to insist on channel binding,
   which excludes all but SCRAM; without TLS, auth.c looks at what the server asks for. */
static void
put_insecure(struct conninfo *info)
{
    const char *sslmode = given(info, "sslmode");
    bool is_plain = sslmode && strcmp(sslmode, "disable") == 0;

    if (info->has_auth_filter) {
        put_unless_given(info, "sslmode", "prefer");
        put_unless_given(info, "require_auth", "!password");
    } else if (!is_plain && (info->has_password || has_password_file(info))) {
        info->has_second_try = !sslmode && !given(info, "channel_binding");
        put_unless_given(info, "sslmode", "require");
        put_unless_given(info, "channel_binding", "require");
    } else {
        put_unless_given(info, "sslmode", "prefer");
    }
}

void
conninfo_try_plain(struct conninfo *info)
{
    info->has_second_try = false;
    put(info, "sslmode", "disable");
    put(info, "channel_binding", "prefer");
}

static void
put_security(struct conninfo *info)
{
    info->has_auth_filter = find_option(info, "require_auth");
    put_unless_given(info, "gssencmode", "disable");
    if (!info->is_insecure)
        put(info, "sslmode", "verify-full");
    else if (!info->names_socket)
        put_insecure(info);
}

/* What the environment must not decide, and what notices a dead peer. */
static void
put_habits(struct conninfo *info)
{
    put_unless_given(info, "fallback_application_name", "polydump");
    put_unless_given(info, "target_session_attrs", "any");
    put_unless_given(info, "keepalives_idle", "30");
    put_unless_given(info, "keepalives_interval", "10");
    put_unless_given(info, "keepalives_count", "3");
    put(info, "client_encoding", "UTF8");
    if (getenv("PGOPTIONS"))
        put_unless_given(info, "options", " "); /* nothing, but not the variable's text */
}

static void
put_given(struct conninfo *info)
{
    const PQconninfoOption *option;

    for (option = info->parsed; option->keyword; option++) {
        if (option->val)
            put(info, option->keyword, option->val);
    }
}

/* "postgresql:NAME" */
static const char *
plain_database(const struct pd_endpoint *end)
{
    const char *rest = strchr(end->url, ':');

    rest = rest ? rest + 1 : "";
    return strncmp(rest, "//", 2) == 0 || is_keywords(rest) || !*rest ? NULL : rest;
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
connect_limit(const struct conninfo *info, const struct pd_endpoint *end)
{
    const char *own = known(info, "connect_timeout", "PGCONNECT_TIMEOUT");
    long silence = read_seconds(option_text(info->host, end, "timeout"), CONNECT_SECONDS);
    long seconds = silence < CONNECT_SECONDS ? silence : CONNECT_SECONDS;

    return read_seconds(own, seconds) * INT64_C(1000);
}

static void
read_rest(struct conninfo *info, const struct pd_endpoint *end, const char *database)
{
    const char *insecure = option_text(info->host, end, "insecure");
    const char *password = option_text(info->host, end, "password-file");

    info->is_insecure = insecure && *insecure == '1';
    info->names_socket = names_socket(info);
    info->limit_ms = connect_limit(info, end);
    put_given(info);
    put(info, "dbname", plain_database(end));
    put(info, "dbname", database);
    put(info, "password", password);
    info->url_has_password = given(info, "password") && !password;
    info->has_password = password || known(info, "password", "PGPASSWORD");
    info->database = database ? database : plain_database(end);
    if (!info->database)
        info->database = known(info, "dbname", "PGDATABASE");
    if (!info->database)
        info->database = known(info, "service", "PGSERVICE"); /* which may name one */
    if (!info->database)
        put(info, "dbname", "postgres"); /* only to list those that there are */
    put_habits(info);
}

pd_status
conninfo_read(const struct pd_host *host, const struct pd_endpoint *end, const char *database,
              struct conninfo *info, struct pd_error *err)
{
    pd_status status;

    *info = (struct conninfo){.host = host};
    status = parse(info, end, err);
    if (status != PD_OK)
        return status;
    read_rest(info, end, database);
    status = check_tls(info, err);
    if (status == PD_OK)
        put_security(info);
    return status;
}
