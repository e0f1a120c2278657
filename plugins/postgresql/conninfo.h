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
    bool is_insecure;     /* the user said --insecure */
    bool names_socket;    /* a Unix socket is asked for, by the URL or for want of a host */
    bool has_password;    /* configured: in the URL, by --password-file or PGPASSWORD */
    bool has_auth_filter; /* libpq itself refuses to send a password in clear */
    const char *database; /* NULL: none is named */
    int64_t limit_ms;     /* for the whole connect */
};

/* Reads the URL and the options of end; refuses what is not safe. database: instead of the URL's.
   conninfo_close() is due whatever comes back. */
pd_status conninfo_read(const struct pd_host *host, const struct pd_endpoint *end,
                        const char *database, struct conninfo *info, struct pd_error *err);
void conninfo_close(struct conninfo *info);
