// SPDX-License-Identifier: Apache-2.0
/* conninfo - a URL taken apart, and what the policy of doc/connections.md makes of it. */
#pragma once

#include "session.h"

enum { CONNINFO_MOST = 96 }; /* libpq 18 knows 56 */

struct conninfo {
    const struct pd_host *host;
    PQconninfoOption *parsed;
    const char *keywords[CONNINFO_MOST + 1]; /* NULL-ended, for PQconnectStartParams() */
    const char *values[CONNINFO_MOST + 1];
    size_t n;
    bool is_insecure;  /* the user said --insecure */
    bool names_socket; /* a Unix socket is asked for, by the URL or for want of a host */
    bool has_password; /* configured: in the URL, by --password-file or PGPASSWORD */
    bool url_has_password;
    bool has_second_try;  /* without TLS, when the server will not have it as it is asked for */
    bool is_deaf;         /* host->cancelled() does not count: something is being tidied up */
    bool has_auth_filter; /* libpq itself refuses to send a password in clear */
    const char *database; /* NULL: none is named */
    int64_t limit_ms;     /* for the whole connect */
};

/* Reads the URL and the options of end; refuses what is not safe. database: instead of the URL's.
   conninfo_close() is due whatever comes back. */
pd_status conninfo_read(const struct pd_host *host, const struct pd_endpoint *end,
                        const char *database, struct conninfo *info, struct pd_error *err);
void conninfo_close(struct conninfo *info);
/* Make it so that the second try is the next one. */
void conninfo_try_plain(struct conninfo *info);

/* ---- auth.c ---- */

enum auth_verdict {
    AUTH_FINE,
    AUTH_WAIT,    /* the question has not come whole */
    AUTH_IN_CLEAR /* the server asks for the password in clear, or tries to hide that it does */
};

/* Bytes at the beginning of a server's message, while it is asked to let us in. */
enum auth_verdict auth_judge(const uint8_t *bytes, size_t size);
/* What the server has sent so far, before PQconnectPoll() reads it. */
enum auth_verdict auth_look(const struct conninfo *info, PGconn *conn);
