// SPDX-License-Identifier: Apache-2.0
/* connect - from a URL to a session: who is at the other end is made sure of, or it is refused. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "conninfo.h"

enum {
    CONNECT_SLICE_MS = 100,
    CONNECT_LEAST_VERSION = 120000,
    CONNECT_MOST_LISTED = 20,
    CONNECT_MOST_NOTICES = 200, /* that are logged */
    CONNECT_NAP_MS = 5
};

/* ---- The wait for a connection ---- */

/* Where it is connected to, for messages; never a password. */
static void
describe(PGconn *conn, char *buffer, size_t size)
{
    const char *host = PQhost(conn), *user = PQuser(conn), *database = PQdb(conn);
    char line[256];

    snprintf(line, sizeof line, "'%.64s' at '%.96s' as '%.64s'", database ? database : "",
             host && *host ? host : "the default socket", user ? user : "");
    error_line(line, buffer, size);
}

static const char *
tls_advice(const struct conninfo *info, const char *message)
{
    if (info->is_insecure || (!strstr(message, "SSL") && !strstr(message, "certificate")))
        return "";
    return "; TLS with a certificate that is verified is wanted: name the authority in the URL by "
           "?sslrootcert=FILE, or give --insecure (see doc/connections.md)";
}

static pd_status
fail_connect(const struct conninfo *info, PGconn *conn, int cause, struct pd_error *err,
             const char *what)
{
    char where[320], message[512];

    describe(conn, where, sizeof where);
    error_line(what ? what : PQerrorMessage(conn), message, sizeof message);
    cause = error_is_memory(message) ? PD_CAUSE_MEMORY : cause;
    return info->host->fail(err, PD_FATAL, cause, "cannot connect to %s: %s%s", where, message,
                            what ? "" : tls_advice(info, message));
}

/* Is it the user who was refused, rather than the server that is not there? libpq 15 gives no
   SQLSTATE of a connection. */
static int
refusal_cause(PGconn *conn)
{
    return PQconnectionNeedsPassword(conn) || PQconnectionUsedPassword(conn) ? PD_CAUSE_AUTH
                                                                             : PD_CAUSE_CONNECT;
}

static pd_status
poll_once(const struct conninfo *info, PGconn *conn, PostgresPollingStatusType state, int64_t limit,
          struct pd_error *err)
{
    struct pollfd fd = {.fd = PQsocket(conn),
                        .events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT};

    for (;;) {
        int n = poll(&fd, 1, CONNECT_SLICE_MS);

        if (!info->is_deaf && info->host->cancelled(info->host))
            return info->host->fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "the run was interrupted");
        if (n > 0 && wait_now_ms() < limit)
            return PD_OK;
        if (n < 0 && errno != EINTR)
            return info->host->fail(err, PD_FATAL, PD_CAUSE_IO, "cannot wait for the server: %m");
        if (wait_now_ms() >= limit)
            return fail_connect(info, conn, PD_CAUSE_CONNECT, err,
                                "the server does not answer; see connect_timeout in "
                                "doc/connections.md");
    }
}

static void
nap(void)
{
    const struct timespec time = {.tv_nsec = CONNECT_NAP_MS * 1000000};

    nanosleep(&time, NULL);
}

static pd_status
finish_connect(const struct conninfo *info, PGconn *conn, struct pd_error *err)
{
    int64_t limit = wait_now_ms() + info->limit_ms;
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;

    while (state != PGRES_POLLING_OK) {
        enum auth_verdict look;
        pd_status status;

        if (state == PGRES_POLLING_FAILED || PQstatus(conn) == CONNECTION_BAD)
            return fail_connect(info, conn, refusal_cause(conn), err, NULL);
        status = poll_once(info, conn, state, limit, err);
        if (status != PD_OK)
            return status;
        look = auth_look(info, conn);
        if (look == AUTH_WAIT) {
            nap();
            continue;
        }
        if (look == AUTH_IN_CLEAR)
            return fail_connect(info, conn, PD_CAUSE_AUTH, err,
                                "the server asks for the password in clear, over a connection that "
                                "is not verified; refused");
        state = PQconnectPoll(conn);
    }
    return PD_OK;
}

/* ---- Notices ---- */

static void
take_notice(void *arg, const PGresult *result)
{
    struct session *s = arg;
    const struct pd_host *host = s->pg.host;
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    char line[512];

    error_line(message ? message : PQresultErrorMessage(result), line, sizeof line);
    if (s->pg.n_warnings++ == 0)
        snprintf(s->pg.warning, sizeof s->pg.warning, "%s", line);
    if (++s->n_notices > CONNECT_MOST_NOTICES)
        return;
    host->log(host, PD_LOG_DEBUG, "the server says %s: %s%s", severity ? severity : "", line,
              s->n_notices == CONNECT_MOST_NOTICES ? " (and says more, which is not shown)" : "");
}

/* ---- What is known of a new connection ---- */

static bool
runs_on_socket(PGconn *conn)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;

    return getpeername(PQsocket(conn), (struct sockaddr *)(void *)&address, &size) == 0 &&
           address.ss_family == AF_UNIX;
}

static bool
is_parameter(PGconn *conn, const char *name, const char *value)
{
    const char *text = PQparameterStatus(conn, name);

    return text && strcmp(text, value) == 0;
}

static pd_status
check_peer(struct session *s, const struct conninfo *info, struct pd_error *err)
{
    const struct pd_host *host = s->pg.host;
    PGconn *conn = s->pg.conn;

    if (!s->is_socket && !s->has_tls && !PQgssEncInUse(conn) && !info->is_insecure)
        return fail_connect(info, conn, PD_CAUSE_AUTH, err, "the connection is not encrypted");
    if (s->pg.version < CONNECT_LEAST_VERSION)
        return host->fail(err, PD_FATAL, PD_CAUSE_VERSION,
                          "the server is PostgreSQL %d.%d; 12 is the oldest that is supported",
                          s->pg.version / 10000, s->pg.version / 100 % 100);
    if (info->has_password && !PQconnectionUsedPassword(conn))
        host->log(host, PD_LOG_WARNING,
                  "a password is configured, but the server asked for none: is it the right one?");
    return PD_OK;
}

static void
read_peer(struct session *s)
{
    PGconn *conn = s->pg.conn;

    s->is_socket = runs_on_socket(conn);
    s->has_tls = PQsslInUse(conn) || PQgssEncInUse(conn);
    s->pg.version = PQserverVersion(conn);
    s->pg.is_superuser = is_parameter(conn, "is_superuser", "on");
    s->pg.sql_ascii = is_parameter(conn, "server_encoding", "SQL_ASCII");
}

/* ---- A URL without a database ---- */

static pd_status
list_databases(struct pg *pg, struct pd_error *err)
{
    struct pd_sql names = {.host = pg->host};
    PGresult *result = NULL;
    char line[512];
    int i, n;
    pd_status status = pg_query(pg,
                                "SELECT datname FROM pg_catalog.pg_database WHERE datallowconn AND "
                                "NOT datistemplate ORDER BY datname",
                                0, NULL, "t", &result, err);

    if (status != PD_OK)
        return status;
    n = PQntuples(result);
    for (i = 0; i < n && i < CONNECT_MOST_LISTED; i++)
        pd_sql_printf(&names, "%s'%s'", i ? ", " : "", PQgetvalue(result, i, 0));
    PQclear(result);
    error_line(pd_sql_text(&names) ? pd_sql_text(&names) : "", line, sizeof line);
    pd_sql_free(&names);
    return pg->host->fail(err, PD_FAILED, PD_CAUSE_USAGE,
                          "the URL names no database; the server has %s%s; write "
                          "postgresql://host/NAME or postgresql:NAME",
                          line, n > i ? ", ..." : "");
}

/* ---- Opening and closing ---- */

void
pg_close(struct pg *pg)
{
    if (!pg)
        return;
    if (pg->conn && PQtransactionStatus(pg->conn) == PQTRANS_ACTIVE)
        stop_request(pg);
    PQfinish(pg->conn);
    pg->host->release(pg->host, pg);
}

static int
read_timeout(const struct pd_host *host, const struct pd_endpoint *end)
{
    const char *text = end->options ? host->option(end->options, "timeout") : NULL;
    long long seconds = text ? strtoll(text, NULL, 10) : 0;

    return seconds > 0 && seconds < INT32_MAX / 1000 ? (int)seconds : 0;
}

static struct session *
new_session(const struct pd_host *host, const struct pd_endpoint *end, enum pg_use use)
{
    struct session *s = host->alloc(host, sizeof *s);

    if (!s)
        return NULL;
    *s = (struct session){
        .pg = {.host = host, .end = end, .use = use, .timeout = read_timeout(host, end)}};
    return s;
}

static pd_status
connect_once(struct session *s, const struct conninfo *info, struct pd_error *err)
{
    struct pg *pg = &s->pg;

    PQfinish(pg->conn);
    /* A database's name is never taken for a conninfo. */
    pg->conn = PQconnectStartParams(info->keywords, info->values, 0);
    if (!pg->conn)
        return pg_no_memory(pg->host, err);
    PQsetNoticeReceiver(pg->conn, take_notice, s);
    return finish_connect(info, pg->conn, err);
}

/* Of two tries that fail, the first tells why if the server had TLS. */
static pd_status
connect_tries(struct session *s, struct conninfo *info, struct pd_error *err)
{
    pd_status status = connect_once(s, info, err);
    bool had_tls;

    if (status == PD_OK || !info->has_second_try || PQconnectionUsedPassword(s->pg.conn) ||
        session_cancelled(&s->pg))
        return status;
    had_tls = strstr(PQerrorMessage(s->pg.conn), "channel binding");
    conninfo_try_plain(info);
    return connect_once(s, info, had_tls ? NULL : err) == PD_OK ? PD_OK : status;
}

static pd_status
establish(struct session *s, struct conninfo *info, struct pd_error *err)
{
    struct pg *pg = &s->pg;
    pd_status status = connect_tries(s, info, err);

    if (status != PD_OK)
        return status;
    if (PQsetnonblocking(pg->conn, 1) != 0)
        return pg_fail(pg, NULL, PD_FATAL, err, "cannot connect");
    read_peer(s);
    status = check_peer(s, info, err);
    if (status == PD_OK)
        status = settings_apply(pg, err);
    return status == PD_OK && !info->database ? list_databases(pg, err) : status;
}

static pd_status
open_session(struct conninfo *info, struct session *s, struct pd_error *err)
{
    pd_status status = s ? establish(s, info, err) : pg_no_memory(info->host, err);

    conninfo_close(info);
    return status;
}

pd_status
pg_open(const struct pd_host *host, const struct pd_endpoint *end, enum pg_use use,
        const char *database, struct pg **ret_pg, struct pd_error *err)
{
    struct session *s;
    struct conninfo info;
    pd_status status = conninfo_read(host, end, database, &info, err);

    if (status != PD_OK) {
        conninfo_close(&info);
        return status;
    }
    s = new_session(host, end, use);
    info.is_deaf = use == PG_ADMIN;
    if (s)
        s->is_deaf = info.is_deaf;
    status = open_session(&info, s, err);
    if (status == PD_OK)
        *ret_pg = &s->pg;
    else if (s)
        pg_close(&s->pg);
    return status;
}

pd_status
session_probe(const struct pd_host *host, const struct pd_endpoint *end, const char *database,
              int seconds, struct pg **ret_pg, bool *ret_refused)
{
    struct session *s;
    struct conninfo info;
    pd_status status = conninfo_read(host, end, database, &info, NULL);

    if (status != PD_OK) {
        conninfo_close(&info);
        return status;
    }
    if (info.limit_ms > seconds * INT64_C(1000))
        info.limit_ms = seconds * INT64_C(1000);
    info.has_password = false; /* if nobody asked for it, that was said before */
    s = new_session(host, end, PG_ADMIN);
    if (s) {
        s->is_probe = true;
        s->pg.timeout = seconds;
    }
    status = open_session(&info, s, NULL);
    if (status == PD_OK) {
        *ret_pg = &s->pg;
        return PD_OK;
    }
    *ret_refused = s && s->pg.conn && strstr(PQerrorMessage(s->pg.conn), "FATAL:");
    if (s)
        pg_close(&s->pg);
    return status;
}
