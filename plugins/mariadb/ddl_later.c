// SPDX-License-Identifier: Apache-2.0
/* ddl_later - keys that are made after the rows: those of a table in one statement, which sorts
   them rather than putting in row after row, and several tables at once on connections of their
   own. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ddl.h"
#include "write.h"

enum { LATER_MOST_WORKERS = 8, CODE_DUPLICATE = 1062, CODE_DUPLICATE_KEY = 1022 };

/* One table. */
struct job {
    size_t table;
    uint64_t weight;
    const char **statements; /* one for all keys, but one for each full-text key */
    size_t n;
    size_t room;
    size_t n_done;
    bool is_refused;
};

struct crew {
    struct pd_sink *sink;
    struct job *jobs;
    size_t n;
    size_t room;
    size_t next;
    pthread_mutex_t mutex;
    pd_status status; /* not PD_OK: nobody begins another job */
    struct pd_error *err;
};

struct worker {
    struct crew *crew;
    struct my *my;
    pthread_t thread;
};

/* ---- Statements ---- */

static pd_status
add_statement(struct crew *crew, struct job *job, struct pd_sql *sql)
{
    struct pd_pool *pool = &crew->sink->pool;
    const char **place = pd_pool_append(pool, &job->statements, job->n, &job->room, sizeof *place);

    if (place)
        *place = attempt_keep(crew->sink, sql, crew->err);
    else
        pd_sql_free(sql);
    if (!place || !*place)
        return my_no_memory(crew->sink->host, crew->err);
    job->n++;
    return PD_OK;
}

static void
begin_piece(const struct crew *crew, size_t table, struct pd_sql *sql, size_t *n)
{
    if ((*n)++ == 0)
        ddl_put_alter(crew->sink, table, sql);
    else
        pd_sql_add(sql, ",");
    pd_sql_add(sql, " ADD ");
}

static pd_status
write_neutral(struct crew *crew, struct job *job, struct pd_sql *sql, size_t *n)
{
    struct pd_sink *sink = crew->sink;
    const struct pd_table *t = sink->tables[job->table].table;
    struct ddl_link link;
    size_t i;

    for (i = 0; i < t->n_keys; i++) {
        if (ddl_key_form(sink, job->table, i) == DDL_KEY_NONE ||
            ddl_is_key_inline(sink, job->table, i))
            continue;
        begin_piece(crew, job->table, sql, n);
        ddl_put_key(sink, job->table, i, sql);
    }
    for (i = 0; i < t->n_foreigns && sink->tables[job->table].keys_after; i++) {
        if (ddl_link(sink, job->table, i, &link) || !link.needs_index)
            continue;
        begin_piece(crew, job->table, sql, n);
        ddl_put_support(sink, job->table, i, &link, sql);
    }
    return PD_OK;
}

/* A table makes one full-text key at a time; those of vectors have files of their own, too. */
static pd_status
write_native(struct crew *crew, struct job *job, struct pd_sql *sql, size_t *n)
{
    struct pd_sink *sink = crew->sink;
    struct pd_pool pool = {.host = sink->host};
    struct passive p;
    const char *why;
    size_t i;
    pd_status status = map_native(sink, sink->load, job->table, &pool, &p, &why);

    for (i = 0; i < p.n_items && status == PD_OK; i++) {
        const struct passive_item *item = &p.items[i];
        struct pd_sql own = {.host = sink->host};
        size_t n_own = 0;

        if (!passive_is_later(&p, item))
            continue;
        if (item->kind != PASSIVE_FULLTEXT && item->kind != PASSIVE_VECTOR) {
            begin_piece(crew, job->table, sql, n);
            pd_sql_bytes(sql, item->whole.at, item->whole.size);
            continue;
        }
        begin_piece(crew, job->table, &own, &n_own);
        pd_sql_bytes(&own, item->whole.at, item->whole.size);
        status = add_statement(crew, job, &own);
    }
    pd_pool_close(&pool);
    return status;
}

static bool
has_later(const struct pd_sink *sink, size_t table)
{
    if (!ddl_is_made(sink, table))
        return false;
    if (sink->ddl->tables[table].is_native)
        return sink->tables[table].keys_after;
    return sink->tables[table].keys_after || ddl_has_later_keys(sink, table);
}

static pd_status
add_job(struct crew *crew, size_t table)
{
    struct pd_sink *sink = crew->sink;
    struct pd_sql sql = {.host = sink->host};
    struct job *job = pd_pool_append(&sink->pool, &crew->jobs, crew->n, &crew->room, sizeof *job);
    size_t n = 0;
    pd_status status;

    if (!job)
        return my_no_memory(sink->host, crew->err);
    memset(job, 0, sizeof *job);
    job->table = table;
    job->weight = sink->ddl->tables[table].n_rows;
    status =
        (sink->ddl->tables[table].is_native ? write_native : write_neutral)(crew, job, &sql, &n);
    if (status == PD_OK && n)
        status = add_statement(crew, job, &sql);
    pd_sql_free(&sql);
    crew->n += status == PD_OK && job->n > 0;
    return status;
}

/* ---- Working ---- */

/* NULL: there are no more, or somebody failed. */
static struct job *
next_job(struct crew *crew)
{
    struct job *job = NULL;

    pthread_mutex_lock(&crew->mutex);
    if (crew->status == PD_OK && crew->next < crew->n)
        job = &crew->jobs[crew->next++];
    pthread_mutex_unlock(&crew->mutex);
    return job;
}

/* A key that was made, but not as it was to be: of a part of a column, say. */
static pd_status
heed(struct crew *crew, struct my *my, const struct job *job)
{
    char what[300];
    pd_status status = PD_OK;

    snprintf(what, sizeof what, "keys of table '%s'", crew->sink->tables[job->table].table->name);
    if (my->n_warnings == 0)
        return PD_OK;
    pthread_mutex_lock(&crew->mutex);
    if (crew->status == PD_OK)
        status = crew->status = attempt_heed(my, /* is_own= */ false, what, crew->err);
    pthread_mutex_unlock(&crew->mutex);
    return status;
}

/* Of two that fail, the first is told. */
static void
tell_failure(struct crew *crew, struct my *my, const struct job *job)
{
    pthread_mutex_lock(&crew->mutex);
    if (crew->status == PD_OK)
        crew->status = my_fail(my, NULL, PD_FAILED, crew->err, "cannot make keys of table '%s'",
                               crew->sink->tables[job->table].table->name);
    pthread_mutex_unlock(&crew->mutex);
}

static void
do_job(struct crew *crew, struct my *my, struct job *job)
{
    while (job->n_done < job->n && !job->is_refused) {
        pd_status status = my_run_quietly(my, job->statements[job->n_done], NULL);

        if (status == PD_FATAL)
            tell_failure(crew, my, job);
        if (status == PD_OK && heed(crew, my, job) != PD_OK)
            return;
        job->is_refused = status != PD_OK;
        job->n_done += status == PD_OK;
    }
}

static void *
work(void *arg)
{
    struct worker *worker = arg;
    struct job *job;

    while ((job = next_job(worker->crew)))
        do_job(worker->crew, worker->my, job);
    return NULL;
}

static size_t
wanted_workers(const struct crew *crew)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    size_t n = crew->sink->end && crew->sink->end->n_handles ? crew->sink->end->n_handles
               : cpus > 0                                    ? (size_t)cpus
                                                             : 1;

    n = n > LATER_MOST_WORKERS ? LATER_MOST_WORKERS : n;
    return n < crew->n ? n : crew->n;
}

/* The first works on the sink's own connection. A server that has no more has few workers. */
static void
run_crew(struct crew *crew)
{
    struct worker workers[LATER_MOST_WORKERS] = {{.crew = crew, .my = crew->sink->my}};
    size_t i, n_workers = 1, n_threads = 1, wanted = wanted_workers(crew);

    while (n_workers < wanted) {
        workers[n_workers] = (struct worker){.crew = crew};
        if (my_open(crew->sink->host, crew->sink->end, MY_WRITE, NULL, &workers[n_workers].my,
                    NULL) != PD_OK)
            break;
        if (stage_join(crew->sink, workers[n_workers].my, NULL) != PD_OK ||
            write_relax(crew->sink, workers[n_workers].my, NULL) != PD_OK) {
            my_close(workers[n_workers].my);
            break;
        }
        n_workers++;
    }
    while (n_threads < n_workers &&
           pthread_create(&workers[n_threads].thread, NULL, work, &workers[n_threads]) == 0)
        n_threads++;
    work(&workers[0]);
    for (i = 1; i < n_threads; i++)
        pthread_join(workers[i].thread, NULL);
    for (i = 1; i < n_workers; i++)
        my_close(workers[i].my);
}

/* ---- What was refused ---- */

/* An index may be done without, and so may what the server has no means for; not so a key that the
   rows break. */
static pd_status
judge(struct pd_sink *sink, size_t table, size_t number, const char *refusal, struct pd_error *err)
{
    const struct pd_table *t = sink->tables[table].table;
    const struct pd_key *key = pd_key_at(t, number);
    unsigned code = sink->ddl->code;

    if (key->kind != PD_KEY_INDEX && (code == CODE_DUPLICATE || code == CODE_DUPLICATE_KEY))
        return sink->host->fail(err, PD_FAILED, PD_CAUSE_DATA,
                                "cannot make key '%s' of table '%s': "
                                "%s",
                                ddl_key_label(t, key), t->name, refusal);
    if (attempt_is_trouble(code))
        return sink->host->fail(err, PD_FAILED, PD_CAUSE_IO,
                                "cannot make key '%s' of table '%s': %s", ddl_key_label(t, key),
                                t->name, refusal);
    sink_leave_out(sink, PD_PART_KEY, (uint32_t)table, (uint32_t)number,
                   "key '%s' of table '%s': %s", ddl_key_label(t, key), t->name, refusal);
    return PD_OK;
}

static pd_status
make_keys(struct pd_sink *sink, size_t table, struct pd_sql *sql, struct pd_error *err)
{
    const struct pd_table *t = sink->tables[table].table;
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < t->n_keys && status == PD_OK; i++) {
        const char *refusal = NULL;

        if (ddl_key_form(sink, table, i) == DDL_KEY_NONE || ddl_is_key_inline(sink, table, i))
            continue;
        ddl_put_alter(sink, table, sql);
        pd_sql_add(sql, " ADD ");
        ddl_put_key(sink, table, i, sql);
        status = attempt(sink, sql, &refusal, err);
        if (refusal)
            status = judge(sink, table, i, refusal, err);
    }
    return status;
}

static pd_status
make_supports(struct pd_sink *sink, size_t table, struct pd_sql *sql, struct pd_error *err)
{
    const struct pd_table *t = sink->tables[table].table;
    struct ddl_link link;
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < t->n_foreigns && status == PD_OK; i++) {
        const char *refusal = NULL;

        if (!sink->tables[table].keys_after || ddl_link(sink, table, i, &link) || !link.needs_index)
            continue;
        ddl_put_alter(sink, table, sql);
        pd_sql_add(sql, " ADD ");
        ddl_put_support(sink, table, i, &link, sql);
        status = attempt(sink, sql, &refusal, err);
    }
    return status;
}

/* By their own statement they all have to be there. */
static pd_status
make_again(struct crew *crew, const struct job *job)
{
    struct pd_sink *sink = crew->sink;
    struct pd_sql sql = {.host = sink->host};
    size_t i;
    pd_status status = PD_OK;

    for (i = job->n_done; sink->ddl->tables[job->table].is_native && i < job->n && status == PD_OK;
         i++) {
        pd_sql_clear(&sql);
        pd_sql_add(&sql, job->statements[i]);
        status = attempt_or_fail(sink, sink->my, &sql, crew->err, "keys of table '%s'",
                                 sink->tables[job->table].table->name);
    }
    if (!sink->ddl->tables[job->table].is_native) {
        sink->ddl->table = sink->tables[job->table].table->name;
        status = make_keys(sink, job->table, &sql, crew->err);
        if (status == PD_OK)
            status = make_supports(sink, job->table, &sql, crew->err);
        sink->ddl->table = NULL;
    }
    pd_sql_free(&sql);
    return status;
}

static int
compare_jobs(const void *a_, const void *b_)
{
    const struct job *a = a_, *b = b_;

    if (a->weight != b->weight)
        return a->weight > b->weight ? -1 : 1;
    return a->table < b->table ? -1 : a->table > b->table;
}

pd_status
ddl_keys(struct pd_sink *sink, struct pd_error *err)
{
    struct crew crew = {.sink = sink, .err = err};
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < sink->catalog->n_tables && status == PD_OK; i++) {
        if (has_later(sink, i))
            status = add_job(&crew, i);
    }
    if (status != PD_OK || crew.n == 0)
        return status;
    qsort(crew.jobs, crew.n, sizeof *crew.jobs, compare_jobs);
    pthread_mutex_init(&crew.mutex, NULL);
    run_crew(&crew);
    pthread_mutex_destroy(&crew.mutex);
    status = crew.status;
    for (i = 0; i < crew.n && status == PD_OK; i++) {
        if (crew.jobs[i].is_refused)
            status = make_again(&crew, &crew.jobs[i]);
    }
    return status;
}
