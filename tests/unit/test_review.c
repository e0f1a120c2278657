// SPDX-License-Identifier: Apache-2.0
/* Tests of run/review: how many tables are read back at once, beside a sink that is still at work,
   and that a difference ends it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "run/review.h"

enum { TABLES = 6, ROWS = 7 };

/* The one database that all handles of a test read, and the sink that is at work in it. */
struct pd_source {
    int unused;
};
struct pd_sink {
    atomic_uint n_statements;
};

static atomic_uint n_inside, n_most, n_asked;
static bool is_patient; /* each stays inside until another one comes, or long enough */

static pd_status
fake_facts(struct pd_source *source, const struct pd_scan *scan, int level,
           const struct pd_fact **ret_facts, size_t *ret_n, struct pd_error *err)
{
    static const struct pd_fact rows = {.column = PD_NO_COLUMN, .id = PD_FACT_ROWS, .low = ROWS};
    const struct timespec moment = {.tv_nsec = 1000000};
    unsigned n = ++n_inside, most = n_most;

    n_asked++;
    while (n > most && !atomic_compare_exchange_weak(&n_most, &most, n))
        continue;
    for (int i = 0; is_patient && n_most < 2 && i < 20000; i++)
        nanosleep(&moment, NULL);
    for (int i = 0; i < 3; i++)
        nanosleep(&moment, NULL);
    n_inside--;
    *ret_facts = &rows;
    *ret_n = 1;
    return PD_OK;
}

static pd_status
fake_share(struct pd_source *source, struct pd_source **ret_twin, struct pd_error *err)
{
    *ret_twin = source;
    return PD_OK;
}

static void
fake_close(struct pd_source *source)
{
}

static uint32_t
fake_at_work(struct pd_sink *sink)
{
    return sink->n_statements;
}

static const struct pd_sink_ops sink_ops = {
    .struct_size = sizeof sink_ops,
    .at_work = fake_at_work,
};
static const struct pd_source_ops source_ops = {
    .struct_size = sizeof source_ops,
    .facts = fake_facts,
    .share = fake_share,
    .close = fake_close,
};

/* So many rows are said to have gone into the last table. */
static pd_status
look(const struct review_crew *crew, uint64_t rows_in_last, struct report *report,
     struct pd_error *err)
{
    static const struct pd_table table = {.struct_size = sizeof table, .name = "t"};
    struct pd_source handle = {0};
    struct opened_source source = {.ops = &source_ops, .handle = &handle, .engine = "fake"};
    struct review_table tables[TABLES];
    struct pd_fact stream[TABLES];

    n_inside = n_most = n_asked = 0;
    for (uint32_t i = 0; i < TABLES; i++) {
        stream[i] = (struct pd_fact){.column = PD_NO_COLUMN, .id = PD_FACT_ROWS, .low = ROWS};
        tables[i] = (struct review_table){
            .table = &table, .number = i, .stream = &stream[i], .n_stream = 1};
    }
    stream[TABLES - 1].low = rows_in_last;
    memset(report, 0, sizeof *report);
    return review_run(&source, tables, TABLES, PD_FACTS_ENGINE, crew, report, err);
}

static void
all_threads_read_where_no_sink_is_at_work(void **state)
{
    struct pd_sink idle = {0};
    const struct review_crew crews[] = {{2, NULL, NULL}, {2, &idle, &sink_ops}};

    is_patient = true;
    for (size_t i = 0; i < sizeof crews / sizeof *crews; i++) {
        struct report report;

        assert_int_equal(look(&crews[i], ROWS, &report, NULL), PD_OK);
        assert_int_equal(n_most, 2);
        assert_int_equal(n_asked, TABLES);
        assert_int_equal(report.tables_verified, TABLES);
    }
}

static void
statements_of_the_sink_take_the_place_of_readers_but_one_reads_always(void **state)
{
    static const unsigned threads[] = {2, 3, 2}, statements[] = {1, 2, 9};

    is_patient = false;
    for (size_t i = 0; i < 3; i++) {
        struct pd_sink sink = {.n_statements = statements[i]};
        const struct review_crew crew = {threads[i], &sink, &sink_ops};
        struct report report;

        assert_int_equal(look(&crew, ROWS, &report, NULL), PD_OK);
        assert_int_equal(n_most, 1);
        assert_int_equal(n_asked, TABLES);
        assert_int_equal(report.tables_verified, TABLES);
    }
}

static void
a_difference_ends_it_and_wakes_who_waits(void **state)
{
    struct pd_sink sink = {.n_statements = 1};
    const struct review_crew crew = {3, &sink, &sink_ops};
    struct report report;
    struct pd_error err = {0};

    is_patient = false;
    assert_int_equal(look(&crew, ROWS + 1, &report, &err), PD_FATAL);
    assert_int_equal(err.cause, PD_CAUSE_DIFFERENT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_threads_read_where_no_sink_is_at_work),
        cmocka_unit_test(statements_of_the_sink_take_the_place_of_readers_but_one_reads_always),
        cmocka_unit_test(a_difference_ends_it_and_wakes_who_waits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
