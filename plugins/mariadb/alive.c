// SPDX-License-Identifier: Apache-2.0
/* alive - a server that says nothing: is it at work, or will nothing ever come? Long statements say
 * nothing until they end, and so does a peer that is gone; the server is asked, over another
 * connection. That is also how it is told to stop. */
#include <string.h>

#include "session.h"

enum { ALIVE_STOP_SECONDS = 2 };

/* A thread that waits for its client, which waits for it, is not to be waited for. */
static bool
is_at_work(MYSQL_RES *result)
{
    MYSQL_ROW row = mysql_fetch_row(result);

    if (!row || mysql_num_fields(result) != 2 || !row[0])
        return false;
    if (strcmp(row[0], "Sleep") == 0)
        return false;
    return !row[1] ||
           (strcmp(row[1], "Reading from net") != 0 &&
            strcmp(row[1], "Receiving from client") != 0 && strcmp(row[1], "Writing to net") != 0 &&
            strcmp(row[1], "Sending to client") != 0);
}

static bool
ask(struct my *probe, unsigned long thread)
{
    MYSQL_RES *result = NULL;
    bool answer;

    if (my_queryf(probe, &result, NULL,
                  "SELECT COMMAND, STATE FROM information_schema.PROCESSLIST WHERE ID = %lu",
                  thread) != PD_OK)
        return false;
    answer = is_at_work(result);
    mysql_free_result(result);
    return answer;
}

bool
alive_ask(struct session *s)
{
    const struct pd_host *host = s->my.host;
    struct my *probe = NULL;
    bool refused = false, answer;

    if (s->is_probe || s->thread == 0)
        return false;
    host->log(
        host, PD_LOG_DEBUG,
        "the server has been silent for %d seconds; it is asked whether thread %lu is at work",
        s->my.timeout, s->thread);
    if (session_probe(s, s->my.timeout, &probe, &refused) != PD_OK)
        return refused; /* too many connections, perhaps; but somebody was there */
    answer = ask(probe, s->thread);
    my_close(probe);
    return answer;
}

void
stop_request(struct session *s, bool whole)
{
    struct my *probe = NULL;
    bool refused = false;

    if (s->is_probe || s->thread == 0 || s->stopped == STOP_SILENT)
        return;
    if (session_probe(s, ALIVE_STOP_SECONDS, &probe, &refused) != PD_OK ||
        my_runf(probe, NULL, "KILL %s %lu", whole ? "CONNECTION" : "QUERY", s->thread) != PD_OK)
        s->my.host->log(s->my.host, PD_LOG_DEBUG, "the server does not take a request to stop");
    my_close(probe);
}
