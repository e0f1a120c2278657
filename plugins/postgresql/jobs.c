// SPDX-License-Identifier: Apache-2.0
/* jobs - statements on several connections at once. Two that would wait for each other's locks, or
   for each other's tables in a ring, are never at work together. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ddl.h"

enum { JOBS_MOST_WORKERS = 16 };

enum job_state { JOB_READY, JOB_BEGUN };

struct worker {
    struct crew *crew;
    struct pg *pg;
    pthread_t thread;
    const struct job *at_work; /* NULL: waiting */
};

struct crew {
    struct pd_sink *sink;
    struct job *jobs;
    char **refusals; /* one a job, from host->alloc() */
    uint8_t *states; /* enum job_state */
    size_t n;
    size_t n_begun;
    size_t first; /* all before it have begun */
    struct worker workers[JOBS_MOST_WORKERS];
    size_t n_workers;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    pd_status status; /* not PD_OK: nobody begins another job */
    struct pd_error *err;
};

/* ---- Which job is next ---- */

static bool
is_in_the_way(const struct job *a, const struct job *b)
{
    size_t i, k;

    if (!b || (a->is_shared && b->is_shared))
        return false;
    for (i = 0; i < 2; i++) {
        for (k = 0; k < 2; k++) {
            if (a->tables[i] != PD_NO_TABLE && a->tables[i] == b->tables[k])
                return true;
        }
    }
    return false;
}

static bool
can_begin(const struct crew *crew, size_t job)
{
    size_t i;

    if (crew->states[job] != JOB_READY)
        return false;
    for (i = 0; i < crew->n_workers; i++) {
        if (is_in_the_way(&crew->jobs[job], crew->workers[i].at_work))
            return false;
    }
    return true;
}

/* n: there is none at the moment. */
static size_t
next_job(struct crew *crew)
{
    size_t i;

    while (crew->first < crew->n && crew->states[crew->first] != JOB_READY)
        crew->first++;
    for (i = crew->first; i < crew->n; i++) {
        if (can_begin(crew, i))
            return i;
    }
    return crew->n;
}

/* ---- One job ---- */

static char *
copy_refusal(const struct crew *crew, const struct pg *pg)
{
    size_t size = strlen(pg->complaint.text) + 1;
    char *copy = crew->sink->host->alloc(crew->sink->host, size);

    if (copy)
        memcpy(copy, pg->complaint.text, size);
    return copy;
}

/* The crew has one error, that of whoever fails first; the mutex is held. */
static void
tell_failure(struct crew *crew, const struct worker *worker, const struct job *job,
             pd_status status)
{
    if (crew->status != PD_OK)
        return;
    if (crew->sink->host->cancelled(crew->sink->host))
        status = crew->sink->host->fail(crew->err, PD_FATAL, PD_CAUSE_CANCELLED,
                                        "the run was interrupted");
    else if (status == PD_FAILED)
        status = attempt_fail(crew->sink, worker->pg, crew->err, job->label);
    else
        status = crew->sink->host->fail(crew->err, PD_FATAL, PD_CAUSE_CONNECT,
                                        "cannot make %s: the connection to the server is lost",
                                        job->label);
    crew->status = status;
}

/* The mutex is held before and after. */
static void
do_job(struct crew *crew, struct worker *worker, size_t number)
{
    struct job *job = &crew->jobs[number];
    pd_status status;

    crew->states[number] = JOB_BEGUN;
    crew->n_begun++;
    worker->at_work = job;
    pthread_mutex_unlock(&crew->mutex);
    status = pg_run(worker->pg, job->sql, NULL);
    pthread_mutex_lock(&crew->mutex);
    worker->at_work = NULL;
    if (status == PD_FAILED && job->may_fail) {
        crew->refusals[number] = copy_refusal(crew, worker->pg);
        memcpy(job->sqlstate, worker->pg->complaint.sqlstate, sizeof job->sqlstate);
        status = crew->refusals[number] ? PD_OK : pg_no_memory(crew->sink->host, NULL);
    }
    if (status != PD_OK)
        tell_failure(crew, worker, job, status);
    pthread_cond_broadcast(&crew->changed);
}

static void *
work(void *arg)
{
    struct worker *worker = arg;
    struct crew *crew = worker->crew;

    pthread_mutex_lock(&crew->mutex);
    while (crew->status == PD_OK && crew->n_begun < crew->n) {
        size_t job = next_job(crew);

        if (job < crew->n)
            do_job(crew, worker, job);
        else
            pthread_cond_wait(&crew->changed, &crew->mutex);
    }
    pthread_mutex_unlock(&crew->mutex);
    return NULL;
}

/* ---- The crew ---- */

static size_t
wanted_workers(const struct pd_sink *sink, size_t n)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    size_t wanted = cpus > 0 ? (size_t)cpus : 1;

    if (sink->atomic == ATOMIC_RUN || PQtransactionStatus(sink->pg->conn) != PQTRANS_IDLE)
        return 1;
    wanted = wanted < 2 ? 2 : wanted; /* the server's processors are not these */
    wanted = wanted > JOBS_MOST_WORKERS ? JOBS_MOST_WORKERS : wanted;
    return wanted < n ? wanted : n;
}

/* The first works on the sink's own connection. A server that has no more has few workers. */
static void
hire(struct crew *crew)
{
    size_t wanted = wanted_workers(crew->sink, crew->n);

    crew->workers[0] = (struct worker){.crew = crew, .pg = crew->sink->pg};
    for (crew->n_workers = 1; crew->n_workers < wanted; crew->n_workers++) {
        struct worker *worker = &crew->workers[crew->n_workers];

        *worker = (struct worker){.crew = crew};
        if (pg_open(crew->sink->host, crew->sink->end, PG_WRITE, NULL, &worker->pg, NULL) != PD_OK)
            break;
    }
}

static void
run_crew(struct crew *crew)
{
    size_t i, n_threads = 1;

    while (n_threads < crew->n_workers && pthread_create(&crew->workers[n_threads].thread, NULL,
                                                         work, &crew->workers[n_threads]) == 0)
        n_threads++;
    work(&crew->workers[0]);
    for (i = 1; i < n_threads; i++)
        pthread_join(crew->workers[i].thread, NULL);
    for (i = 1; i < crew->n_workers; i++)
        pg_close(crew->workers[i].pg);
}

static pd_status
take_refusals(struct crew *crew)
{
    const struct pd_host *host = crew->sink->host;
    size_t i;
    pd_status status = crew->status;

    for (i = 0; i < crew->n; i++) {
        if (crew->refusals[i]) {
            crew->jobs[i].refusal = pd_pool_text(&crew->sink->pool, crew->refusals[i]);
            if (!crew->jobs[i].refusal && status == PD_OK)
                status = pg_no_memory(host, crew->err);
        }
        host->release(host, crew->refusals[i]);
    }
    return status;
}

static pd_status
do_together(struct pd_sink *sink, struct job *jobs, size_t n, struct pd_error *err)
{
    struct crew crew = {.sink = sink, .jobs = jobs, .n = n, .err = err};
    struct pd_pool pool = {.host = sink->host};
    pd_status status;

    crew.refusals = pd_pool_alloc(&pool, n * sizeof *crew.refusals);
    crew.states = pd_pool_alloc(&pool, n);
    if (!crew.refusals || !crew.states) {
        pd_pool_close(&pool);
        return pg_no_memory(sink->host, err);
    }
    pthread_mutex_init(&crew.mutex, NULL);
    pthread_cond_init(&crew.changed, NULL);
    hire(&crew);
    run_crew(&crew);
    pthread_cond_destroy(&crew.changed);
    pthread_mutex_destroy(&crew.mutex);
    status = take_refusals(&crew);
    pd_pool_close(&pool);
    return status;
}

static pd_status
do_one(struct pd_sink *sink, struct job *job, struct pd_error *err)
{
    pd_status status;

    if (job->may_fail) {
        status = attempt(sink, job->sql, &job->refusal, err);
        if (job->refusal)
            memcpy(job->sqlstate, sink->ddl->sqlstate, sizeof job->sqlstate);
        return status;
    }
    return attempt_or_fail(sink, sink->pg, job->sql, err, "%s", job->label);
}

static int
compare_weights(const void *a_, const void *b_)
{
    const struct job *a = a_, *b = b_;

    if (a->weight != b->weight)
        return a->weight > b->weight ? -1 : 1;
    return a->place < b->place ? -1 : a->place > b->place;
}

pd_status
jobs_do(struct pd_sink *sink, struct job *jobs, size_t n, struct pd_error *err)
{
    size_t i;
    pd_status status = PD_OK;

    if (n > 1 && wanted_workers(sink, n) > 1) {
        for (i = 0; i < n; i++)
            jobs[i].place = i;
        qsort(jobs, n, sizeof *jobs, compare_weights);
        return do_together(sink, jobs, n, err);
    }
    for (i = 0; i < n && status == PD_OK; i++)
        status = do_one(sink, &jobs[i], err);
    return status;
}

pd_status
jobs_run(struct pd_sink *sink, const char *const *statements, const char *const *labels, size_t n,
         struct pd_error *err)
{
    struct pd_pool pool = {.host = sink->host};
    struct job *jobs = pd_pool_alloc(&pool, (n + 1) * sizeof *jobs);
    size_t i;
    pd_status status;

    for (i = 0; jobs && i < n; i++)
        jobs[i] = (struct job){
            .sql = statements[i], .label = labels[i], .tables = {PD_NO_TABLE, PD_NO_TABLE}};
    status = jobs ? jobs_do(sink, jobs, n, err) : pg_no_memory(sink->host, err);
    pd_pool_close(&pool);
    return status;
}
