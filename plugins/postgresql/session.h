// SPDX-License-Identifier: Apache-2.0
/* session - what connect.c, query.c, wait.c and errors.c know of a connection beyond struct pg. */
#pragma once

#include "postgresql.h"

struct session {
    struct pg pg; /* first: the others see only this */
    int backend;  /* the server's process; 0: not known */
    bool is_socket;
    bool has_tls;
    bool drained;           /* TLS: what its library held back was asked for since the last wait */
    bool is_probe;          /* it only asks what another session does */
    bool is_deaf;           /* host->cancelled() does not count */
    bool silent;            /* the server said nothing for too long: nothing more is sent to it */
    uint64_t n_received;    /* bytes since the statement was sent, about */
    uint64_t n_notices;     /* of the connection's life */
    char copy_name[64 * 2]; /* the table of COPY ... FROM STDIN, as CONTEXT names it; "" unknown */
};

static inline struct session *
session_of(struct pg *pg)
{
    return (struct session *)(void *)pg;
}

/* ---- wait.c ---- */

int64_t wait_now_ms(void);
/* Until the socket has one of poll()'s events, or something was wrong with it; PD_FATAL when the
   run was cancelled (the server is told) or the server is silent. */
pd_status wait_socket(struct pg *pg, short events, struct pd_error *err);
/* Wait for input and take it in. */
pd_status wait_input(struct pg *pg, struct pd_error *err);
/* Send what libpq holds; takes input in meanwhile, so that neither side waits for the other. */
pd_status wait_flush(struct pg *pg, struct pd_error *err);
/* The next result of the statement, NULL: it is over. */
pd_status wait_result(struct pg *pg, PGresult **ret_result, struct pd_error *err);
/* Drop all further results of the statement. */
pd_status wait_end(struct pg *pg, struct pd_error *err);

/* ---- stop.c ---- */

/* Ask the server to stop what it does; not one that was silent. It lasts two seconds at most. */
void stop_request(struct pg *pg);

/* ---- errors.c ---- */

/* Shall the run end soon? Not asked by what tidies up. */
static inline bool
session_cancelled(struct pg *pg)
{
    return !session_of(pg)->is_deaf && pg->host->cancelled(pg->host);
}

/* Copy what a server said into one line: control characters escaped, line ends blanks. */
void error_line(const char *text, char *buffer, size_t size);
/* The beginning of a statement, for messages; "..." if it goes on. */
void error_shown(const char *sql, char *buffer, size_t size);
/* Is it libpq that found memory short, here and not on the server? It has no number for that. */
bool error_is_memory(const char *message);
pd_status error_cancelled(struct pg *pg, struct pd_error *err);
/* As pg_fail(), of a statement that the server refused: its word first, then what was asked. */
pd_status error_of_statement(struct pg *pg, const PGresult *result, struct pd_error *err,
                             const char *shown);

/* ---- answer.c ---- */

/* Is the result what was asked for? answer: as for pg_query(), not NULL. PD_FATAL: it is not. */
pd_status answer_check(const struct pg *pg, const PGresult *result, const char *answer,
                       const char *sql, struct pd_error *err);

/* ---- settings.c ---- */

/* Sets what the use of the session wants, and reads it back. */
pd_status settings_apply(struct pg *pg, struct pd_error *err);
/* The same once more, after a statement of somebody else. */
pd_status settings_again(struct pg *pg, struct pd_error *err);

/* ---- connect.c ---- */

/* A session that asks after another one; it is silent for at most so many seconds. *ret_refused
   when it failed: a server answered, if only to say no. */
pd_status session_probe(const struct pd_host *host, const struct pd_endpoint *end,
                        const char *database, int seconds, struct pg **ret_pg, bool *ret_refused);

/* ---- alive.c ---- */

/* Does the server say, over another connection, that it works for this one? */
bool alive_ask(struct pg *pg);
