// SPDX-License-Identifier: Apache-2.0
/* commit - the end of the last transaction, and what became of it when the answer did not come. */
#include <stdio.h>
#include <time.h>

#include "write.h"

enum { COMMIT_TRIES = 50, COMMIT_PAUSE_MS = 200, COMMIT_PATIENCE = 5, COMMIT_CONNECTS = 5 };
enum fate { FATE_UNKNOWN, FATE_COMMITTED, FATE_ABORTED, FATE_OPEN };

/* The transaction and the session that it is in. */
struct last {
    char transaction[24];
    char backend[16];
};

static pd_status
read_last(struct pg *pg, struct last *last, struct pd_error *err)
{
    PGresult *result = NULL;
    pd_status status =
        pg_query(pg, "SELECT txid_current(), pg_backend_pid()", 0, NULL, "1ii", &result, err);

    if (status != PD_OK)
        return status;
    snprintf(last->transaction, sizeof last->transaction, "%s", PQgetvalue(result, 0, 0));
    snprintf(last->backend, sizeof last->backend, "%s", PQgetvalue(result, 0, 1));
    PQclear(result);
    return PD_OK;
}

/* COMMIT of a transaction that has failed is no error; it says ROLLBACK. */
static pd_status
commit(struct pg *pg, struct pd_error *err)
{
    PGresult *result = NULL;
    bool is_committed;
    pd_status status = pg_query(pg, "COMMIT", 0, NULL, NULL, &result, err);

    if (status != PD_OK)
        return PD_FATAL;
    is_committed = strcmp(PQcmdStatus(result), "COMMIT") == 0;
    PQclear(result);
    if (!is_committed)
        return pg->host->fail(err, PD_FATAL, PD_CAUSE_QUERY,
                              "the server rolled the transaction back instead of committing it");
    return PD_OK;
}

static void
pause_a_bit(void)
{
    struct timespec pause = {.tv_nsec = COMMIT_PAUSE_MS * 1000000L};

    nanosleep(&pause, NULL);
}

static enum fate
ask_once(struct pg *pg, const struct last *last)
{
    static const struct {
        const char *text;
        enum fate fate;
    } fates[] = {
        {"committed", FATE_COMMITTED}, {"aborted", FATE_ABORTED}, {"in progress", FATE_OPEN}};
    PGresult *result = NULL;
    enum fate fate = FATE_UNKNOWN;

    if (pg_query(pg, "SELECT txid_status($1::bigint)", 1, (const char *const[]){last->transaction},
                 "1T", &result, NULL) != PD_OK)
        return FATE_UNKNOWN;
    for (size_t i = 0; i < sizeof fates / sizeof *fates; i++) {
        if (strcmp(PQgetvalue(result, 0, 0), fates[i].text) == 0)
            fate = fates[i].fate;
    }
    PQclear(result);
    return fate;
}

/* A session that does not know that its client has gone would stay. */
static void
end_session(struct pg *pg, const struct last *last)
{
    PGresult *result = NULL;

    if (pg_query(pg,
                 "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1::integer "
                 "AND datname = current_database() AND usename = session_user AND backend_xid IS "
                 "NOT NULL",
                 1, (const char *const[]){last->backend}, NULL, &result, NULL) == PD_OK)
        PQclear(result);
}

static enum fate
ask(struct pg *pg, const struct last *last)
{
    enum fate fate = FATE_OPEN;

    for (int i = 0; i < COMMIT_TRIES && fate == FATE_OPEN; i++) {
        if (i)
            pause_a_bit();
        if (i == COMMIT_PATIENCE)
            end_session(pg, last);
        fate = ask_once(pg, last);
    }
    return fate == FATE_OPEN ? FATE_UNKNOWN : fate;
}

/* Over another connection; the server may be about to start again. */
static enum fate
find_out(struct pd_sink *sink, const struct last *last)
{
    enum fate fate = FATE_UNKNOWN;

    for (int i = 0; i < COMMIT_CONNECTS && fate == FATE_UNKNOWN; i++) {
        struct pg *pg = NULL;

        if (i)
            pause_a_bit();
        if (marker_connect(sink, &pg, NULL) == PD_OK)
            fate = ask(pg, last);
        pg_close(pg);
    }
    return fate;
}

pd_status
commit_run(struct pd_sink *sink, struct pd_error *err)
{
    struct last last;
    pd_status status = pg_run(sink->pg, "SET LOCAL synchronous_commit = on", err);

    if (status == PD_OK)
        status = read_last(sink->pg, &last, err);
    if (status != PD_OK)
        return PD_FATAL;
    status = commit(sink->pg, err);
    if (status == PD_OK || !sink->pg->broken)
        return status;
    pg_close(sink->pg);
    sink->pg = NULL;
    switch (find_out(sink, &last)) {
    case FATE_COMMITTED:
        return PD_OK;
    case FATE_ABORTED:
        return status;
    default:
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_CONNECT,
                                "the connection was lost while the restore was being committed, "
                                "and whether it was is unknown: check with 'polydump verify', or "
                                "diff, before anything else");
    }
}
