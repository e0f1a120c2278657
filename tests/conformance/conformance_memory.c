// SPDX-License-Identifier: Apache-2.0
/* conformance_memory - the first, second, third ... request for memory fails, once and for ever:
   whatever comes of it is said, nothing is lost, and nothing is half published. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/budget.h"
#include "base/file.h"
#include "ends.h"
#include "plugin/host.h"
#include "trouble.h"

enum { EVERY_ONE = 400 /* up to here; then ever larger steps */ };

/* What is tried. */
struct trial {
    const char *name;
    pd_status (*run)(struct trial *trial);
    bool writes;
    const struct world *world;
    struct end *end;
    struct count wanted; /* what is read when nothing fails */
    struct count found;
    const char *call;
    char *before; /* what stood there */
};

static pd_status
run_writing(struct trial *trial)
{
    struct writing w = {.world = trial->world,
                        .url = quirks->place(0),
                        .host = trouble_host(),
                        .until = STAGE_FINISHED};
    pd_status status;

    w.load_flags = quirks->tables_first ? PD_LOAD_DATA_ONLY : 0;
    status = write_world(&w, trial->end, &err);
    trial->call = w.call;
    return status;
}

static pd_status
read_facts(const struct pd_source_ops *ops, struct pd_source *source)
{
    struct pd_scan scan = {.struct_size = sizeof scan};
    struct pd_extent extent = {.struct_size = sizeof extent};
    const struct pd_fact *facts;
    size_t n;
    pd_status status = PD_OK;

    if (ops->extent)
        status = ops->extent(source, 0, &extent, &err);
    if (status == PD_OK && ops->facts)
        status = ops->facts(source, &scan, PD_FACTS_ENGINE, &facts, &n, &err);
    return status == PD_UNSUPPORTED ? PD_OK : status;
}

static pd_status
read_twin(const struct pd_source_ops *ops, struct pd_source *source, struct count *count)
{
    struct pd_source *twin = NULL;
    pd_status status = ops->share ? ops->share(source, &twin, &err) : PD_UNSUPPORTED;

    if (status == PD_UNSUPPORTED)
        return PD_OK;
    if (status == PD_OK) {
        status = count_all(ops, twin, count, &err);
        ops->close(twin);
    }
    return status;
}

static pd_status
run_reading(struct trial *trial)
{
    const struct pd_source_ops *ops = &trial->end->loaded->source;
    struct pd_source *source = NULL;
    pd_status status = ops->open(trouble_host(), &trial->end->endpoint, &source, &err);

    trial->call = "reading";
    if (status == PD_OK)
        status = count_all(ops, source, &trial->found, &err);
    if (status == PD_OK)
        status = read_facts(ops, source);
    if (status == PD_OK)
        status = read_twin(ops, source, &trial->found);
    if (status == PD_OK && ops->recheck)
        status = ops->recheck(source, &err);
    ops->close(source);
    return status;
}

/* ---- What has to hold ---- */

/* A world that was written whole, although a request failed. */
static void
check_whole(struct trial *trial)
{
    struct end *end;

    if (quirks->no_source)
        return;
    if (trial->writes) {
        end = end_new(quirks->place(0), END_SOURCE, NULL);
        assert_ok(count_url(end, NULL, &trial->found, &err));
        end_free(end);
    }
    assert_int_equal(trial->found.n_rows, trial->wanted.n_rows);
    assert_true(trial->found.hash == trial->wanted.hash);
}

static void
prepare_place(struct trial *trial)
{
    if (!trial->writes)
        return;
    quirks->clear();
    write_tables(trial->world, quirks->place(0));
}

static void
check_failure(struct trial *trial, unsigned n, bool forever)
{
    char *after = standing_now();

    /* A server's client library may lose an answer and say that instead. */
    if (err.cause != PD_CAUSE_MEMORY && !quirks->is_slow)
        fail_msg("%s, request %u%s, %s: cause %d: %s", trial->name, n, forever ? " and more" : "",
                 trial->call, err.cause, err.text);
    /* All is there, and the server's answer was lost: said so, and not taken for a failure. */
    if (quirks->is_slow && trial->writes && strstr(err.text, "unknown")) {
        free(after);
        prepare_place(trial);
        return;
    }
    if (strcmp(after, trial->before) != 0)
        fail_msg("%s, request %u%s, %s: %s; something is left:\n%s", trial->name, n,
                 forever ? " and more" : "", trial->call, err.text, after);
    free(after);
}

/* What the core keeps for the next time is given back, or always the same: the name of a partial
   that a plugin has removed is forgotten when the next one is begun. */
static void
settle(void)
{
    char *partial;

    assert_ok(partial_name("settle", false, &partial, &err));
    assert_int_equal(unlink(partial), 0);
    free(partial);
    budget_trim();
}

/* One run with the n-th request failing. False: there were not so many. */
static bool
run_trial(struct trial *trial, enum trouble trouble, unsigned n, bool forever)
{
    long live, lost;
    size_t batches = budget_used(), memory = host_allocated();
    pd_status status;
    bool struck;

    memset(&err, 0, sizeof err);
    settle();
    live = trouble_live();
    trouble_begin(trouble, n, forever);
    status = trial->run(trial);
    struck = trouble_end();
    assert_int_equal(host_allocated(), memory);
    assert_int_equal(budget_used(), batches);
    settle();
    lost = trouble_live() - live - trouble_left_by_library();
    if (lost != 0)
        fail_msg("%s, request %u%s, %s: %ld pieces of memory are lost", trial->name, n,
                 forever ? " and more" : "", trial->call, lost);
    if (status != PD_OK && !struck)
        fail_msg("%s, %s: %s", trial->name, trial->call, err.text);
    if (status == PD_OK) {
        check_whole(trial);
        prepare_place(trial);
    } else {
        check_failure(trial, n, forever);
    }
    return struck;
}

/* POLYDUMP_TEST_EVERY: a server's are all tried too, which takes minutes. */
static unsigned
next_request(unsigned n)
{
    if (quirks->is_slow)
        return getenv("POLYDUMP_TEST_EVERY") ? n + 1 : n + 1 + n / 8;
    return n < EVERY_ONE ? n + 1 : n + n / 40;
}

static void
run_trials(struct trial *trial, enum trouble trouble)
{
    prepare_place(trial);
    trial->before = standing_now();
    for (int forever = 0; forever < 2; forever++) {
        unsigned n = 1;

        while (run_trial(trial, trouble, n, forever))
            n = next_request(n);
        if (n == 1 && trouble == TROUBLE_SYSTEM)
            fail_msg("%s never asks for memory", trial->name);
    }
    free(trial->before);
}

/* ---- Writing and reading ---- */

static void *
meet(void *barrier)
{
    pthread_barrier_wait(barrier);
    return NULL;
}

/* The C library keeps the stacks of threads that have ended, some of it in the heap: let it have
   them before anything is counted. */
static void
keep_stacks(void)
{
    pthread_t threads[4];
    pthread_barrier_t barrier;

    pthread_barrier_init(&barrier, NULL, COUNT_OF(threads));
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, meet, &barrier), 0);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&barrier);
}

static void
try_all(enum trouble trouble)
{
    struct trial write = {.name = "writing", .run = run_writing, .writes = true};
    struct trial read = {.name = "reading", .run = run_reading};
    struct world *world = world_new(WORLD_SMALL);
    struct writing w = {.world = world, .url = quirks->place(0)};

    keep_stacks();
    trouble_reserve(quirks->reserve);
    if (quirks->careless_library)
        trouble_careless(quirks->careless_library);
    write.world = world;
    write_all(&w);
    if (!quirks->no_source) {
        read.end = end_new(w.url, END_SOURCE, quirks->impatient);
        assert_ok(count_url(read.end, NULL, &read.wanted, &err));
        write.wanted = read.wanted;
        run_trials(&read, trouble);
        end_free(read.end);
    }
    write.end = end_new(w.url, END_TARGET, quirks->impatient);
    run_trials(&write, trouble);
    end_free(write.end);
    world_free(world);
}

void
memory_that_the_host_refuses_is_reported(void **state)
{
    try_all(TROUBLE_HOST);
}

void
memory_that_the_system_refuses_is_reported(void **state)
{
    unless(trouble_has_system() ? NULL : "this build has another allocator");
    try_all(TROUBLE_SYSTEM);
}
