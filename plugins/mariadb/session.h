// SPDX-License-Identifier: Apache-2.0
/* session - what connect.c, query.c, wait.c and errors.c know of a connection beyond struct my. */
#pragma once

#include <pthread.h>

#include "mariadb.h"

/* Why a wait ended although nothing had come. */
enum session_stop {
    STOP_NOT,
    STOP_CANCELLED,
    STOP_SILENT, /* the server said nothing for too long: nothing more is sent to it */
    STOP_LATE,   /* the time for connecting is over */
    STOP_FLOOD   /* the answer is longer than memory is worth */
};

struct session {
    struct my my;         /* first: the others see only this */
    struct session *next; /* in the list of wait.c */
    int fd;               /* negative: on its way in or out, in the thread that follows */
    pthread_t visitor;
    unsigned long thread; /* the server's number for it; 0: not known */
    enum session_stop stopped;
    bool is_deaf;         /* host->cancelled() does not count */
    bool is_probe;        /* it only asks after another one */
    bool is_socket;       /* a Unix socket */
    bool is_stored;       /* an answer is being taken into memory */
    uint64_t stored_from; /* bytes received when that began */
    int64_t deadline;     /* of a connect or a farewell, in wait_now_ms(); 0: none */
    uint64_t n_warnings;  /* that were logged */
};

static inline struct session *
session_of(struct my *my)
{
    return (struct session *)(void *)my;
}

/* ---- wait.c ---- */

int64_t wait_now_ms(void);
/* The library asks this whenever it would block; see wait.c. */
int wait_io(my_socket fd, my_bool is_read, int timeout);
/* Between these its waits are known for its own: by its socket, and as long as fd is negative,
   which is while it connects and says farewell, by the thread that does so. */
void wait_add(struct session *s);
void wait_remove(struct session *s);

/* ---- alive.c ---- */

/* Does the server say, over another connection, that it works for this one? */
bool alive_ask(struct session *s);
/* Ask the server, over another connection, to stop what it does; not one that was silent. It lasts
   two seconds at most. whole: and to end the session. */
void stop_request(struct session *s, bool whole);

/* ---- errors.c ---- */

/* Shall the run end soon? Not asked by what tidies up. */
static inline bool
session_cancelled(struct session *s)
{
    return !s->is_deaf && s->my.host->cancelled(s->my.host);
}

/* Copy what a server said into one line: control characters escaped, line ends blanks. */
void error_line(const char *text, char *buffer, size_t size);
/* The cause that belongs to a number of the server or the library. */
int error_cause(unsigned code);
const char *error_advice(unsigned code); /* what helps; NULL: nothing that is known */
/* What a wait that ended early says; PD_OK: none did. */
pd_status error_stopped(struct session *s, struct pd_error *err);

/* ---- settings.c ---- */

/* Sets what the use of the session wants, and reads it back; reads what struct my says of the
   server. */
pd_status settings_apply(struct my *my, struct pd_error *err);
/* innodb_strict_mode as the server has it: for tables that are made as they were, or that were
   there. */
pd_status settings_loosen(struct my *my, struct pd_error *err);

/* ---- connect.c ---- */

/* A session that asks after another one; it is silent for at most so many seconds. *ret_refused
   when it failed: a server answered, if only to say no. */
pd_status session_probe(struct session *s, int seconds, struct my **ret_my, bool *ret_refused);
