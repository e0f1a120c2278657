// SPDX-License-Identifier: Apache-2.0
/* jobs - statements on several connections at once. Two that would wait for each other's locks, or
   for each other's tables in a ring, are never at work together.

   A crew can begin while rows are still written (jobs_begin()): jobs of tables that are complete
   (jobs_ready()) are done meanwhile. jobs_do() adds others, and waits for all. What jobs_spare()
   gave is done beside those whenever nothing else can be; what of it is left is begun again by
   jobs_leave(), by others than the caller, beside whoever reads rows back; jobs_finish() waits. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crew.h"
#include "write.h"

/* ---- One job ---- */

static char *
copy_refusal(const struct crew *crew, const struct pg *pg)
{
    size_t size = strlen(pg->complaint.text) + 1;
    char *copy = crew->host.alloc(crew->sink->host, size);

    if (copy)
        memcpy(copy, pg->complaint.text, size);
    return copy;
}

/* Helpers of the server read a table a little faster, and cost it more in all than one process:
   they are for the time when some of the crew, whose members are as many as there are processors,
   have nothing to do. Of another machine the number of processors is not known. */
static void
choose_helpers(struct worker *worker, bool is_busy)
{
    bool serial = worker->crew->is_local && is_busy;

    if (serial == worker->is_serial)
        return;
    if (pg_run(worker->pg,
               serial ? "SET max_parallel_maintenance_workers = 0"
                      : "RESET max_parallel_maintenance_workers",
               NULL) == PD_OK)
        worker->is_serial = serial;
}

/* The mutex is held. A second statement is a job like others, alone on its tables. */
static void
end_job(struct crew *crew, struct worker *worker, struct job *job, pd_status status)
{
    if (status == PD_OK && job->then && !job->text) {
        job->sql = job->then;
        job->then = NULL;
        job->is_shared = false;
        job->state = JOB_READY;
        crew->first = 0;
        return;
    }
    job->state = JOB_FINISHED;
    crew->n_finished++;
    crew->n_urgent -= !job->is_spare;
    if (!job->is_spare && job->tables[0] != PD_NO_TABLE)
        crew->jobs_left[job->tables[0]]--;
    if (status == PD_OK || crew->status != PD_OK)
        return;
    crew->status = status;
    crew->failed = job;
    crew->complaint = worker->pg->complaint;
}

/* The mutex is held before and after. */
static void
do_job(struct crew *crew, struct worker *worker, struct job *job)
{
    bool is_busy = crew->is_loading || crew->n - crew->n_finished >= crew->n_workers;
    pd_status status;

    job->state = JOB_BEGUN;
    worker->at_work = job;
    pthread_mutex_unlock(&crew->mutex);
    choose_helpers(worker, is_busy);
    status = pg_run(worker->pg, job->sql, NULL);
    pthread_mutex_lock(&crew->mutex);
    worker->at_work = NULL;
    if (status == PD_FAILED && job->may_fail && !attempt_is_trouble(worker->pg)) {
        job->text = copy_refusal(crew, worker->pg);
        memcpy(job->sqlstate, worker->pg->complaint.sqlstate, sizeof job->sqlstate);
        status = job->text ? PD_OK : pg_no_memory(crew->sink->host, NULL);
    }
    end_job(crew, worker, job, status);
    pthread_cond_broadcast(&crew->changed);
}

/* The mutex is held. */
static bool
stays(const struct crew *crew)
{
    if (crew->status != PD_OK || atomic_load(&crew->is_stopped))
        return false;
    return crew->is_open || crew->n_finished < crew->n;
}

/* The mutex is held. The first worker has other things to do as well. */
static bool
may_leave(const struct crew *crew, const struct worker *worker)
{
    return worker == crew->workers &&
           (crew->is_left ? crew->n_finished == crew->n : crew->n_urgent == 0);
}

static void *
work(void *arg)
{
    struct worker *worker = arg;
    struct crew *crew = worker->crew;

    pthread_mutex_lock(&crew->mutex);
    while (stays(crew) && !may_leave(crew, worker)) {
        struct job *job = crew_next(crew);

        if (job)
            do_job(crew, worker, job);
        else
            pthread_cond_wait(&crew->changed, &crew->mutex);
    }
    pthread_mutex_unlock(&crew->mutex);
    return NULL;
}

/* ---- Workers ---- */

static size_t
wanted_workers(const struct pd_sink *sink, size_t n)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    size_t wanted = cpus > 0 ? (size_t)cpus : 1;

    if (sink->atomic == ATOMIC_RUN)
        return 1;
    wanted = wanted < 2 ? 2 : wanted; /* the server's processors are not these */
    wanted = wanted > JOBS_MOST_WORKERS ? JOBS_MOST_WORKERS : wanted;
    return wanted < n ? wanted : n;
}

/* An index is sorted in memory rather than on disk, as far as that goes. */
static pd_status
give_memory(const struct pd_sink *sink, struct pg *pg, struct pd_error *err)
{
    unsigned kb = JOBS_MEMORY_KB / (unsigned)wanted_workers(sink, JOBS_MOST_WORKERS);

    return pg_runf(pg, err,
                   "SELECT pg_catalog.set_config('maintenance_work_mem', '%ukB', false) FROM "
                   "pg_catalog.pg_settings WHERE name = 'maintenance_work_mem' AND "
                   "setting::pg_catalog.int8 < %u",
                   kb, kb);
}

/* As the sink's own session is in a marked run. */
static pd_status
open_worker(struct crew *crew, struct pg **ret_pg)
{
    struct pd_sink *sink = crew->sink;
    pd_status status = pg_open(&crew->host, sink->end, PG_WRITE, NULL, ret_pg, NULL);

    if (status == PD_OK)
        status = sink_enter_marked(sink, *ret_pg, NULL);
    if (status == PD_OK)
        status = give_memory(sink, *ret_pg, NULL);
    if (status == PD_OK)
        return PD_OK;
    pg_close(*ret_pg);
    *ret_pg = NULL;
    return status;
}

/* A server that has no more connections has few workers. */
static bool
hire(struct crew *crew)
{
    struct worker *worker = &crew->workers[crew->n_workers];
    struct pg *pg = NULL;
    bool done;

    if (open_worker(crew, &pg) != PD_OK)
        return false;
    pthread_mutex_lock(&crew->mutex);
    *worker = (struct worker){.crew = crew, .pg = pg};
    done = pthread_create(&worker->thread, NULL, work, worker) == 0;
    crew->n_workers += done;
    pthread_mutex_unlock(&crew->mutex);
    if (!done)
        pg_close(pg);
    return done;
}

/* ---- The crew ---- */

static int
crew_cancelled(const struct pd_host *host)
{
    const struct crew *crew = (const struct crew *)(const void *)host;

    return atomic_load(&crew->is_stopped) || crew->sink->host->cancelled(crew->sink->host);
}

static void
crew_free(struct crew *crew)
{
    const struct pd_host *host = crew->sink->host;
    size_t i;

    for (i = 0; i < crew->n; i++)
        host->release(host, crew->jobs[i]->text);
    pthread_cond_destroy(&crew->changed);
    pthread_mutex_destroy(&crew->mutex);
    host->release(host, crew->jobs);
    host->release(host, crew->jobs_left);
    host->release(host, crew->ready);
    host->release(host, crew);
}

static bool
crew_room(struct crew *crew, size_t n_tables)
{
    const struct pd_host *host = crew->sink->host;

    crew->jobs_left = host->alloc(host, (n_tables + 1) * sizeof *crew->jobs_left);
    crew->ready = host->alloc(host, (n_tables + 1) * sizeof *crew->ready);
    if (!crew->jobs_left || !crew->ready)
        return false;
    memset(crew->jobs_left, 0, (n_tables + 1) * sizeof *crew->jobs_left);
    memset(crew->ready, 0, (n_tables + 1) * sizeof *crew->ready);
    return true;
}

static struct crew *
crew_new(struct pd_sink *sink)
{
    const struct pd_host *host = sink->host;
    size_t size = host->struct_size < sizeof *host ? host->struct_size : sizeof *host;
    struct crew *crew = host->alloc(host, sizeof *crew);
    const char *where = PQhost(sink->pg->conn);

    if (!crew)
        return NULL;
    memset(crew, 0, sizeof *crew);
    memcpy(&crew->host, host, size);
    crew->host.struct_size = (uint32_t)size;
    crew->host.cancelled = crew_cancelled;
    crew->sink = sink;
    crew->is_local = where && *where == '/';
    crew->is_open = true;
    crew->n_workers = 1;
    crew->workers[0] = (struct worker){.crew = crew, .pg = sink->pg};
    if (pthread_mutex_init(&crew->mutex, NULL) != 0) {
        host->release(host, crew);
        return NULL;
    }
    pthread_cond_init(&crew->changed, NULL);
    if (crew_room(crew, sink->catalog->n_tables))
        return crew;
    crew_free(crew);
    return NULL;
}

/* Nobody else adds. */
static bool
crew_add(struct crew *crew, struct job *jobs, size_t n)
{
    const struct pd_host *host = crew->sink->host;
    size_t i;

    if (crew->n + n > crew->room) {
        struct job **grown = host->resize(host, crew->jobs, (crew->n + n) * sizeof *grown);

        if (!grown)
            return false;
        crew->jobs = grown;
        crew->room = crew->n + n;
    }
    for (i = 0; i < n; i++) {
        jobs[i].place = crew->n;
        crew->jobs[crew->n++] = &jobs[i];
        crew->n_urgent += !jobs[i].is_spare;
        if (!jobs[i].is_spare && jobs[i].tables[0] != PD_NO_TABLE)
            crew->jobs_left[jobs[i].tables[0]]++;
    }
    return true;
}

static void
crew_leave(struct crew *crew)
{
    for (size_t i = 1; i < crew->n_workers; i++) {
        pthread_join(crew->workers[i].thread, NULL);
        pg_close(crew->workers[i].pg);
    }
}

/* ---- While rows are written ---- */

pd_status
jobs_begin(struct pd_sink *sink, struct job *jobs, size_t n, struct pd_error *err)
{
    struct crew *crew;

    if (n == 0 || sink->ddl->crew)
        return PD_OK;
    crew = sink->ddl->crew = crew_new(sink);
    if (!crew || !crew_add(crew, jobs, n))
        return pg_no_memory(sink->host, err);
    crew->is_loading = true;
    crew_sort(crew);
    return PD_OK;
}

void
jobs_ready(struct pd_sink *sink, uint32_t table)
{
    struct crew *crew = sink->ddl ? sink->ddl->crew : NULL;
    bool hires;

    if (!crew)
        return;
    pthread_mutex_lock(&crew->mutex);
    crew->ready[table] = true;
    hires = crew->jobs_left[table] && !crew->is_hiring &&
            crew->n_workers < wanted_workers(sink, crew->n + 1);
    crew->is_hiring |= hires;
    pthread_cond_broadcast(&crew->changed);
    pthread_mutex_unlock(&crew->mutex);
    if (!hires)
        return;
    hire(crew);
    pthread_mutex_lock(&crew->mutex);
    crew->is_hiring = false;
    pthread_mutex_unlock(&crew->mutex);
}

void
jobs_stop(struct pd_sink *sink)
{
    struct crew *crew = sink->ddl ? sink->ddl->crew : NULL;

    if (!crew)
        return;
    sink->ddl->crew = NULL;
    atomic_store(&crew->is_stopped, true);
    pthread_mutex_lock(&crew->mutex);
    pthread_cond_broadcast(&crew->changed);
    pthread_mutex_unlock(&crew->mutex);
    crew_leave(crew);
    crew_free(crew);
}

/* ---- All of them ---- */

static pd_status
tell_failure(struct crew *crew, struct pd_error *err)
{
    struct pd_sink *sink = crew->sink;
    const struct pg pg = {.complaint = crew->complaint};

    if (sink->host->cancelled(sink->host))
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "the run was interrupted");
    if (crew->status == PD_FAILED)
        return attempt_fail(sink, &pg, err, crew->failed->label);
    return sink->host->fail(err, PD_FATAL, PD_CAUSE_CONNECT,
                            "cannot make %s: the connection to the server is lost",
                            crew->failed->label);
}

/* Of jobs that are finished. */
static pd_status
take_refusals(struct crew *crew, struct pd_error *err)
{
    struct pd_sink *sink = crew->sink;
    pd_status status = PD_OK;
    size_t i;

    pthread_mutex_lock(&crew->mutex);
    for (i = 0; i < crew->n && status == PD_OK; i++) {
        struct job *job = crew->jobs[i];

        if (!job->text || job->refusal)
            continue;
        job->refusal = pd_pool_text(&sink->pool, job->text);
        status = job->refusal ? PD_OK : pg_no_memory(sink->host, err);
    }
    pthread_mutex_unlock(&crew->mutex);
    return status;
}

static pd_status
crew_hire(struct crew *crew, size_t wanted)
{
    struct pd_sink *sink = crew->sink;
    pd_status status = give_memory(sink, sink->pg, NULL);

    while (status == PD_OK && crew->n_workers < wanted && hire(crew))
        continue;
    return status;
}

static pd_status
crew_result(struct crew *crew, struct pd_error *err)
{
    pd_status status;

    pthread_mutex_lock(&crew->mutex);
    status = crew->status;
    pthread_mutex_unlock(&crew->mutex);
    return status == PD_OK ? take_refusals(crew, err) : tell_failure(crew, err);
}

/* More jobs, after the last row. */
static pd_status
crew_extend(struct pd_sink *sink, struct job *jobs, size_t n, struct pd_error *err)
{
    struct crew *crew = sink->ddl->crew ? sink->ddl->crew : crew_new(sink);
    bool is_added;

    sink->ddl->crew = crew;
    if (!crew)
        return pg_no_memory(sink->host, err);
    pthread_mutex_lock(&crew->mutex);
    is_added = crew_add(crew, jobs, n);
    crew_sort(crew);
    crew->is_loading = false;
    pthread_cond_broadcast(&crew->changed);
    pthread_mutex_unlock(&crew->mutex);
    return is_added ? PD_OK : pg_no_memory(sink->host, err);
}

uint32_t
jobs_at_work(struct pd_sink *sink)
{
    struct crew *crew = sink->ddl ? sink->ddl->crew : NULL;
    uint32_t n = 0;
    size_t i;

    if (!crew)
        return 0;
    pthread_mutex_lock(&crew->mutex);
    for (i = 0; i < crew->n_workers; i++)
        n += crew->workers[i].at_work != NULL;
    pthread_mutex_unlock(&crew->mutex);
    return n;
}

/* The sink's own thread and connection are one of the crew. */
static pd_status
do_together(struct pd_sink *sink, struct job *jobs, size_t n, struct pd_error *err)
{
    pd_status status = crew_extend(sink, jobs, n, err);
    struct crew *crew = sink->ddl->crew;

    if (status != PD_OK)
        return status;
    status = crew_hire(crew, wanted_workers(sink, crew->n));
    if (status != PD_OK)
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_CONNECT,
                                "the connection to the server is lost");
    work(&crew->workers[0]);
    choose_helpers(&crew->workers[0], false);
    return crew_result(crew, err);
}

pd_status
jobs_finish(struct pd_sink *sink, struct pd_error *err)
{
    struct crew *crew = sink->ddl->crew;
    pd_status status;

    if (!crew)
        return PD_OK;
    pthread_mutex_lock(&crew->mutex);
    crew->is_open = false;
    crew->is_left = true;
    pthread_cond_broadcast(&crew->changed);
    pthread_mutex_unlock(&crew->mutex);
    work(&crew->workers[0]);
    crew_leave(crew);
    sink->ddl->crew = NULL;
    status = crew_result(crew, err);
    crew_free(crew);
    return status;
}

static pd_status
do_statement(struct pd_sink *sink, struct job *job, const char *sql, struct pd_error *err)
{
    pd_status status;

    if (!job->may_fail)
        return attempt_or_fail(sink, sink->pg, sql, err, "%s", job->label);
    status = attempt(sink, sql, &job->refusal, err);
    if (status == PD_FAILED && attempt_is_trouble(sink->pg))
        return attempt_fail(sink, sink->pg, err, job->label);
    if (job->refusal)
        memcpy(job->sqlstate, sink->ddl->sqlstate, sizeof job->sqlstate);
    return status;
}

static pd_status
do_one(struct pd_sink *sink, struct job *job, struct pd_error *err)
{
    pd_status status = do_statement(sink, job, job->sql, err);

    return status == PD_OK && job->then && !job->refusal ? do_statement(sink, job, job->then, err)
                                                         : status;
}

static bool
are_shared(const struct pd_sink *sink, size_t n)
{
    return PQtransactionStatus(sink->pg->conn) == PQTRANS_IDLE && wanted_workers(sink, n) > 1;
}

pd_status
jobs_do(struct pd_sink *sink, struct job *jobs, size_t n, struct pd_error *err)
{
    size_t i;
    pd_status status;

    if (sink->ddl->crew || (n > 1 && are_shared(sink, n)))
        return do_together(sink, jobs, n, err);
    status = n ? give_memory(sink, sink->pg, err) : PD_OK;
    for (i = 0; i < n && status == PD_OK; i++)
        status = do_one(sink, &jobs[i], err);
    return status;
}

pd_status
jobs_spare(struct pd_sink *sink, struct job *jobs, size_t n, struct pd_error *err)
{
    struct crew *crew = sink->ddl->crew;
    bool is_added;
    size_t i;

    if (!crew || !are_shared(sink, n + 1))
        return PD_OK;
    for (i = 0; i < n; i++)
        jobs[i].is_spare = true;
    pthread_mutex_lock(&crew->mutex);
    is_added = crew_add(crew, jobs, n);
    crew_sort(crew);
    pthread_mutex_unlock(&crew->mutex);
    return is_added ? PD_OK : pg_no_memory(sink->host, err);
}

static void
release_spare(struct crew *crew)
{
    pthread_mutex_lock(&crew->mutex);
    crew->is_left = true;
    pthread_cond_broadcast(&crew->changed);
    pthread_mutex_unlock(&crew->mutex);
}

pd_status
jobs_leave(struct pd_sink *sink, struct job *jobs, size_t n, struct pd_error *err)
{
    bool is_taken = sink->ddl->crew && n && jobs[0].is_spare;
    pd_status status = PD_OK;

    if (!is_taken && (n == 0 || !are_shared(sink, n + 1)))
        return jobs_do(sink, jobs, n, err);
    if (!is_taken)
        status = crew_extend(sink, jobs, n, err);
    if (status == PD_OK)
        release_spare(sink->ddl->crew);
    if (status == PD_OK && crew_hire(sink->ddl->crew, wanted_workers(sink, n + 1)) != PD_OK)
        status = sink->host->fail(err, PD_FATAL, PD_CAUSE_CONNECT,
                                  "the connection to the server is lost");
    return status;
}
