// SPDX-License-Identifier: Apache-2.0
/* crew - several connections that make indexes and constraints, and the jobs that they share. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "ddl.h"

enum {
    JOBS_MOST_WORKERS = 16,
    /* Memory that all sessions together may sort in, where the server gives each one less. */
    JOBS_MEMORY_KB = 256 << 10
};

struct worker {
    struct crew *crew;
    struct pg *pg;
    pthread_t thread;
    const struct job *at_work; /* NULL: waiting */
    bool is_serial;            /* the server's own helpers are switched off */
};

struct crew {
    struct pd_host host; /* first: the core's, but cancelled by is_stopped too */
    atomic_bool is_stopped;
    struct pd_sink *sink;
    struct job **jobs;
    size_t n;
    size_t room;
    size_t n_finished;
    size_t n_urgent;     /* those that are not spare and not finished */
    size_t first;        /* all before it have begun */
    uint32_t *jobs_left; /* one a table: urgent jobs of it */
    bool *ready;         /* one a table: its rows are complete */
    bool is_loading;     /* rows are still written */
    bool is_open;        /* more jobs may come */
    bool is_left;        /* nobody waits for urgent jobs any more */
    bool is_hiring;
    bool is_local; /* the server's processors are these */
    struct worker workers[JOBS_MOST_WORKERS];
    size_t n_workers; /* the first works on the sink's own connection, at the end */
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    pd_status status; /* not PD_OK: nobody begins another job */
    const struct job *failed;
    struct pg_complaint complaint; /* about it */
};

/* The mutex is held. NULL: there is none that could begin at the moment. */
struct job *crew_next(struct crew *crew);
/* The mutex is held, or nobody is at work yet: the order in which jobs begin. */
void crew_sort(struct crew *crew);
