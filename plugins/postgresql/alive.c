// SPDX-License-Identifier: Apache-2.0
/* alive - a server that says nothing: is it at work, or will nothing ever come? Long statements say
 * nothing until they end, and so does a peer that is gone; the server is asked, over another
 * connection. */
#include <stdio.h>
#include <string.h>

#include "session.h"

/* A backend that waits for its client, which waits for it, is not to be waited for. */
static bool
is_at_work(const PGresult *result)
{
    if (PQntuples(result) != 1)
        return false;
    if (strcmp(PQgetvalue(result, 0, 0), "disabled") == 0) /* track_activities is off */
        return true;
    return strncmp(PQgetvalue(result, 0, 0), "active", 6) == 0 &&
           strcmp(PQgetvalue(result, 0, 1), "Client") != 0;
}

static bool
ask(struct pg *probe, int backend, struct pd_error *err)
{
    char pid[16];
    const char *params[] = {pid};
    PGresult *result = NULL;
    bool answer;

    snprintf(pid, sizeof pid, "%d", backend);
    if (pg_query(probe,
                 "SELECT pg_catalog.concat(state), pg_catalog.concat(wait_event_type) "
                 "FROM pg_catalog.pg_stat_activity WHERE pid = $1::pg_catalog.int4",
                 1, params, "?tt", &result, err) != PD_OK)
        return false;
    answer = is_at_work(result);
    PQclear(result);
    return answer;
}

bool
alive_ask(struct pg *pg)
{
    struct session *s = session_of(pg);
    struct pg *probe = NULL;
    bool refused = false, answer;

    if (s->is_probe || s->backend == 0)
        return false;
    pg->host->log(pg->host, PD_LOG_DEBUG,
                  "the server has been silent for %d seconds; it is asked whether process %d is at "
                  "work",
                  pg->timeout, s->backend);
    if (session_probe(pg->host, pg->end, PQdb(pg->conn), pg->timeout, &probe, &refused) != PD_OK)
        return refused; /* too many connections, perhaps; but somebody was there */
    answer = ask(probe, s->backend, NULL);
    pg_close(probe);
    return answer;
}
