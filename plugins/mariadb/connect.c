// SPDX-License-Identifier: Apache-2.0
/* connect - from a URL to a session: who is at the other end is made sure of, or it is refused. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <errmsg.h>

#include "reserve.h"
#include "session.h"
#include "url.h"

enum {
    CONNECT_MOST_LISTED = 20,
    CONNECT_LEAST_MARIADB = 100400,
    CONNECT_LEAST_MYSQL = 50700,
    CONNECT_FAREWELL_MS = 1000,
    CONNECT_MOST_PACKET = 1 << 30
};

/* Ways to prove who we are that do not show the password to whoever asks. */
#define CONNECT_PROOFS "mysql_native_password,client_ed25519"
/* Those that show it, for a server that is known to be the right one. */
#define CONNECT_SHOWN                                                                              \
    CONNECT_PROOFS ",caching_sha2_password,sha256_password,dialog,mysql_clear_password"
/* On a socket MySQL's usual one shows it, too, unless the server knows the user already: who may
   listen there is for the file system to say. Nobody gets to ask the user (dialog). */
#define CONNECT_LOCAL CONNECT_PROOFS ",caching_sha2_password"

#ifndef CR_PLUGIN_NOT_ALLOWED
#define CR_PLUGIN_NOT_ALLOWED 5010
#endif

/* ---- What is said when it fails ---- */

static bool
is_about_proof(unsigned code)
{
    return code == CR_AUTH_PLUGIN_CANNOT_LOAD || code == CR_AUTH_PLUGIN_ERR ||
           code == CR_PLUGIN_NOT_ALLOWED;
}

/* Where it is connected to, for messages; never a password. */
static void
describe(const struct my_url *url, const char *database, char *buffer, size_t size)
{
    const char *where = url->is_socket ? url->socket : url->host;
    char line[256];

    snprintf(line, sizeof line, "'%.64s' at '%.96s' as '%.64s'", database ? database : "",
             where ? where : "the default socket", url->user ? url->user : "the system's user");
    error_line(line, buffer, size);
}

static const char *
connect_advice(const struct my_url *url, unsigned code)
{
    if (code == CR_SSL_CONNECTION_ERROR && !url->is_socket && !url->is_insecure)
        return "; TLS with a certificate that is verified is wanted: name the authority in the URL "
               "by ?ssl-ca=FILE, or give --insecure (see doc/connections.md)";
    if (is_about_proof(code))
        return "; the password itself is not sent unless the certificate was verified (see "
               "doc/connections.md)";
    return "";
}

/* The library's own words for it name something that nobody asked for. */
static const char *
connect_message(MYSQL *conn, unsigned code)
{
    return code == CR_PLUGIN_NOT_ALLOWED
               ? "the server asks for the password in another way than as a proof of knowing it"
               : mysql_error(conn);
}

static int
connect_cause(unsigned code)
{
    return is_about_proof(code) ? PD_CAUSE_AUTH : error_cause(code);
}

static pd_status
fail_connect(struct session *s, const struct my_url *url, const char *database, int cause,
             struct pd_error *err, const char *what)
{
    unsigned code = what ? 0 : mysql_errno(s->my.conn);
    char where[320], message[512];

    s->my.broken = true;
    describe(url, database, where, sizeof where);
    if (s->stopped == STOP_CANCELLED)
        return error_stopped(s, err);
    if (s->stopped != STOP_NOT)
        what = "the server does not answer; see connect-timeout in doc/connections.md";
    error_line(what ? what : connect_message(s->my.conn, code), message, sizeof message);
    return s->my.host->fail(err, PD_FATAL, what ? cause : connect_cause(code),
                            "cannot connect to %s: %s%s", where, message,
                            what ? "" : connect_advice(url, code));
}

/* ---- Policy ---- */

/* Two settings of the library that look alike: "verify" refuses a server without TLS and one
   whose certificate is not for this host, "enforce" uses TLS if the server has it. */
static void
set_tls(MYSQL *conn, const struct my_url *url)
{
    my_bool yes = 1;

    if (url->is_socket)
        return;
    if (url->is_insecure) {
        mysql_options(conn, MYSQL_OPT_SSL_ENFORCE, &yes);
    } else {
        mysql_options(conn, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
        mysql_options(conn, MYSQL_OPT_SSL_CA, url->ssl_ca);
        mysql_options(conn, MYSQL_OPT_SSL_CAPATH, url->ssl_capath);
        mysql_options(conn, MYSQL_OPT_SSL_CRL, url->ssl_crl);
    }
    mysql_options(conn, MYSQL_OPT_SSL_CERT, url->ssl_cert);
    mysql_options(conn, MYSQL_OPT_SSL_KEY, url->ssl_key);
    mysql_options(conn, MARIADB_OPT_TLS_VERSION,
                  url->tls_version ? url->tls_version : "TLSv1.2,TLSv1.3");
}

static const char *
allowed_proofs(const struct my_url *url)
{
    if (url->is_socket)
        return CONNECT_LOCAL;
    return url->is_insecure ? CONNECT_PROOFS : CONNECT_SHOWN;
}

/* The library does not say that it could not copy a text, and would go on without it: without the
   ways of proof, and the authority for certificates. False: memory is short. */
static bool
set_options(MYSQL *conn, const struct my_url *url)
{
    unsigned none = 0, seconds = (unsigned)(url->limit_ms / 1000);
    unsigned protocol = url->is_socket ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
    unsigned long packet = CONNECT_MOST_PACKET;

    if (!conn->options.extension)
        return false;
    errno = 0;
    mysql_options(conn, MYSQL_OPT_LOCAL_INFILE, &none);
    mysql_optionsv(conn, MARIADB_OPT_RESTRICTED_AUTH, allowed_proofs(url));
    mysql_optionsv(conn, MARIADB_OPT_IO_WAIT, (void *)wait_io);
    mysql_options(conn, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
    mysql_options(conn, MYSQL_OPT_PROTOCOL, &protocol);
    mysql_options(conn, MYSQL_OPT_MAX_ALLOWED_PACKET, &packet);
    mysql_options(conn, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    mysql_optionsv(conn, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "polydump");
    set_tls(conn, url);
    return errno != ENOMEM;
}

/* Without an authority the library believes what the system trusts, and for some of its versions
   any name in the certificate. */
static pd_status
check_policy(struct session *s, const struct my_url *url, struct pd_error *err)
{
    if (url->is_socket || url->is_insecure || url->ssl_ca || url->ssl_capath)
        return PD_OK;
    return s->my.host->fail(err, PD_FATAL, PD_CAUSE_AUTH,
                            "'%s' is not a socket of this machine; TLS with a certificate that is "
                            "verified is wanted: name the authority in the URL by ?ssl-ca=FILE or "
                            "?ssl-capath=FOLDER, or give --insecure (see doc/connections.md)",
                            url->host);
}

/* ---- Who answered ---- */

static bool
runs_on_socket(MYSQL *conn)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;

    return getpeername(mysql_get_socket(conn), (struct sockaddr *)(void *)&address, &size) == 0 &&
           address.ss_family == AF_UNIX;
}

static bool
has_name(const char *text, const char *name)
{
    return text && strstr(text, name);
}

/* 101119 of "10.11.19-MariaDB"; 0: it is none. The library's own function reads past the end of one
   that has fewer numbers. */
static int
version_of(const char *text)
{
    static const unsigned long most[] = {999, 99, 99};
    unsigned long version = 0;

    for (size_t i = 0; i < sizeof most / sizeof *most; i++) {
        unsigned long number;
        char *end;

        if (!text || *text < '0' || *text > '9')
            return 0;
        number = strtoul(text, &end, 10);
        if (number > most[i] || (i < 2 && *end != '.'))
            return 0;
        version = version * 100 + number;
        text = end + 1;
    }
    return (int)version;
}

static void
read_peer(struct session *s)
{
    MYSQL *conn = s->my.conn;

    s->fd = mysql_get_socket(conn);
    s->is_socket = runs_on_socket(conn);
    s->thread = mysql_thread_id(conn);
    s->my.version = version_of(mysql_get_server_info(conn));
    s->my.is_mariadb = has_name(mysql_get_server_info(conn), "MariaDB");
}

static pd_status
fail_version(struct my *my, struct pd_error *err)
{
    const char *named = mysql_get_server_info(my->conn);
    char line[72];

    error_line(named ? named : "", line, sizeof line);
    return my->host->fail(err, PD_FATAL, PD_CAUSE_VERSION,
                          "the server says that its version is '%s', which is none of MariaDB's or "
                          "MySQL's; is it one of these?",
                          line);
}

static pd_status
check_peer(struct session *s, const struct my_url *url, const char *database, struct pd_error *err)
{
    struct my *my = &s->my;
    int least = my->is_mariadb ? CONNECT_LEAST_MARIADB : CONNECT_LEAST_MYSQL;

    if (!s->is_socket && !url->is_insecure && !mysql_get_ssl_cipher(my->conn))
        return fail_connect(s, url, database, PD_CAUSE_AUTH, err,
                            "the connection is not encrypted");
    if (my->version >= least)
        return PD_OK;
    if (my->version == 0)
        return fail_version(my, err);
    return my->host->fail(err, PD_FATAL, PD_CAUSE_VERSION,
                          "the server is version %d.%d; MariaDB 10.4 or MySQL 5.7 is the oldest "
                          "that is supported",
                          my->version / 10000, my->version / 100 % 100);
}

/* ---- A URL without a database ---- */

static pd_status
list_databases(struct my *my, struct pd_error *err)
{
    struct pd_sql names = {.host = my->host};
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    char line[512];
    unsigned n = 0;
    pd_status status =
        my_query(my,
                 "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN "
                 "('information_schema', 'mysql', 'performance_schema', 'sys') ORDER BY 1",
                 &result, err);

    if (status != PD_OK)
        return status;
    while ((row = mysql_fetch_row(result)) != NULL && n < CONNECT_MOST_LISTED)
        pd_sql_printf(&names, "%s'%s'", n++ ? ", " : "", row[0] ? row[0] : "");
    error_line(pd_sql_text(&names) ? pd_sql_text(&names) : "", line, sizeof line);
    mysql_free_result(result);
    pd_sql_free(&names);
    return my->host->fail(err, PD_FAILED, PD_CAUSE_USAGE,
                          "the URL names no database; the server has %s%s; write "
                          "mariadb://host/NAME or mariadb:NAME",
                          n ? line : "none", row ? ", ..." : "");
}

/* ---- Opening and closing ---- */

static void
farewell(struct session *s)
{
    struct my *my = &s->my;

    if (!my->broken && my->conn->status != MYSQL_STATUS_READY)
        stop_request(s, true);
    wait_remove(s);
    s->deadline = wait_now_ms() + CONNECT_FAREWELL_MS;
    s->fd = -1;
    s->visitor = pthread_self();
    wait_add(s);
    mysql_close(my->conn);
    wait_remove(s);
}

void
my_close(struct my *my)
{
    if (!my)
        return;
    if (my->conn)
        farewell(session_of(my));
    my->host->release(my->host, my);
}

static int
read_timeout(const struct pd_host *host, const struct pd_endpoint *end)
{
    const char *text = end->options ? host->option(end->options, "timeout") : NULL;
    long long seconds = text ? strtoll(text, NULL, 10) : 0;

    return seconds > 0 && seconds < INT32_MAX / 1000 ? (int)seconds : 0;
}

static struct session *
new_session(const struct pd_host *host, const struct pd_endpoint *end, enum my_use use)
{
    struct session *s = host->alloc(host, sizeof *s);

    if (!s)
        return NULL;
    *s = (struct session){
        .my = {.host = host, .end = end, .use = use, .timeout = read_timeout(host, end)},
        .fd = -1,
        .is_deaf = use == MY_ADMIN};
    return s;
}

/* It is not safe that two threads do this at once for the first time. */
static void
start_library(void)
{
    mysql_server_init(0, NULL, NULL);
}

/* The library trusts that it gets the few bytes that it wants while it connects, and crashes
   without them (3.3.20, for the version of the server): whether they are there is asked before. */
static bool
has_memory(void)
{
    void *volatile probe = malloc(RESERVE_LIBRARY);
    bool is_there = probe != NULL;

    free(probe);
    return is_there;
}

static pd_status
connect_once(struct session *s, const struct my_url *url, const char *database,
             struct pd_error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct my *my = &s->my;
    bool is_connected;

    pthread_once(&once, start_library);
    my->conn = has_memory() ? mysql_init(NULL) : NULL;
    if (!my->conn || !set_options(my->conn, url))
        return my_no_memory(my->host, err);
    s->deadline = wait_now_ms() + url->limit_ms;
    s->visitor = pthread_self();
    wait_add(s);
    is_connected = mysql_real_connect(my->conn, url->host, url->user, url->password, database,
                                      url->port_number, url->socket, 0);
    if (!is_connected)
        return fail_connect(s, url, database, PD_CAUSE_CONNECT, err, NULL);
    wait_remove(s);
    read_peer(s);
    wait_add(s);
    return check_peer(s, url, database, err);
}

static pd_status
establish(struct session *s, const struct my_url *url, const char *database, struct pd_error *err)
{
    struct my *my = &s->my;
    const char *name = database ? database : url->database;
    pd_status status = check_policy(s, url, err);

    if (status == PD_OK && name && strlen(name) >= sizeof my->database)
        status = my->host->fail(err, PD_FAILED, PD_CAUSE_USAGE,
                                "no database has a name of %zu bytes", strlen(name));
    if (status == PD_OK)
        status = connect_once(s, url, name && *name ? name : NULL, err);
    if (status != PD_OK)
        return status;
    snprintf(my->database, sizeof my->database, "%s", name ? name : "");
    s->deadline = s->is_probe ? s->deadline : 0;
    status = settings_apply(my, err);
    return status == PD_OK && !name ? list_databases(my, err) : status;
}

pd_status
my_open(const struct pd_host *host, const struct pd_endpoint *end, enum my_use use,
        const char *database, struct my **ret_my, struct pd_error *err)
{
    struct session *s = new_session(host, end, use);
    struct my_url url;
    pd_status status;

    if (!s)
        return my_no_memory(host, err);
    status = url_read(host, end, &url, err);
    if (status == PD_OK)
        status = establish(s, &url, database, err);
    url_close(&url);
    if (status == PD_OK)
        *ret_my = &s->my;
    else
        my_close(&s->my);
    return status;
}

/* Numbers below 2000 are the server's own. */
static bool
was_refused(const struct session *s)
{
    unsigned code = s->my.conn ? mysql_errno(s->my.conn) : 0;

    return code > 0 && code < CR_MIN_ERROR;
}

pd_status
session_probe(struct session *s, int seconds, struct my **ret_my, bool *ret_refused)
{
    struct session *probe = new_session(s->my.host, s->my.end, MY_ADMIN);
    struct my_url url;
    pd_status status;

    if (!probe)
        return PD_FATAL;
    probe->is_probe = true;
    probe->my.timeout = seconds;
    status = url_read(s->my.host, s->my.end, &url, NULL);
    if (url.limit_ms > seconds * INT64_C(1000))
        url.limit_ms = seconds * INT64_C(1000);
    if (status == PD_OK)
        status = establish(probe, &url, "", NULL);
    url_close(&url);
    if (status == PD_OK) {
        *ret_my = &probe->my;
        return PD_OK;
    }
    *ret_refused = was_refused(probe);
    my_close(&probe->my);
    return status;
}
