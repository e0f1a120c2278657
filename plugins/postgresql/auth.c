// SPDX-License-Identifier: Apache-2.0
/* auth - looks at what a server asks for before libpq answers it, so that no password leaves in
 * clear. From 16 on libpq can do it by itself (require_auth); this is for those before it.
 *
 * The bytes are peeked at in the socket, so this works only without TLS. A server that asks for
 * something harmless first must wait for the answer before it goes on; one that does not is
 * refused, since libpq would read its second question unseen. */
#include <string.h>
#include <sys/socket.h>

#include "conninfo.h"

enum {
    AUTH_HEAD = 9, /* 'R', the length without the 'R', the kind */
    AUTH_LOOK = 4096,
    AUTH_CLEARTEXT = 3,
    AUTH_MD5 = 5,
    AUTH_SASL = 10,
    AUTH_SASL_CONTINUE = 11
};

static uint32_t
read_be32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

enum auth_verdict
auth_judge(const uint8_t *bytes, size_t size)
{
    uint32_t kind, length;

    if (size == 0 || bytes[0] != 'R')
        return AUTH_FINE;
    if (size < AUTH_HEAD)
        return AUTH_WAIT;
    length = read_be32(bytes + 1) + 1;
    kind = read_be32(bytes + 5);
    if (kind == AUTH_CLEARTEXT || length > AUTH_LOOK)
        return AUTH_IN_CLEAR;
    if (kind != AUTH_MD5 && kind != AUTH_SASL && kind != AUTH_SASL_CONTINUE)
        return AUTH_FINE;
    if (size < length)
        return AUTH_WAIT;
    return size > length ? AUTH_IN_CLEAR : AUTH_FINE;
}

enum auth_verdict
auth_look(const struct conninfo *info, PGconn *conn)
{
    uint8_t bytes[AUTH_LOOK + 1];
    ssize_t n;

    if (info->has_auth_filter || info->names_socket || PQsslInUse(conn) ||
        PQstatus(conn) != CONNECTION_AWAITING_RESPONSE)
        return AUTH_FINE;
    n = recv(PQsocket(conn), bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
    return auth_judge(bytes, n > 0 ? (size_t)n : 0);
}
