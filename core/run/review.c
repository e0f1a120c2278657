// SPDX-License-Identifier: Apache-2.0
/* review - what an engine computes about its tables, compared with the facts of the stream. */
#include "run/review.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/cancel.h"
#include "base/progress.h"
#include "model/schema.h"
#include "run/parts.h"

struct review_state {
    struct fact_set facts; /* of the parts that are done */
    struct pd_extent extent;
    uint32_t n_parts;
    uint32_t parts_left;
};

struct review {
    const struct pd_source_ops *ops;
    const struct review_table *tables;
    size_t n_tables;
    uint32_t *order; /* the tables as reviewers take them: large ones first, to end together */
    const struct review_crew *crew;
    int level;
    struct report *report;
    struct review_state *states;

    pthread_mutex_t mutex;  /* of all below, and of the states */
    pthread_cond_t changed; /* a part is done */
    unsigned n_reading;     /* parts that are read at this moment */
    size_t next_table;      /* its place in the order */
    uint32_t next_part;
    struct pd_error error; /* the first one */
    pd_status status;
};

struct reviewer {
    struct review *review;
    struct pd_source *source;
    pthread_t thread;
    bool twin; /* source is this reviewer's to close */
};

struct review_part {
    size_t table;
    struct pd_scan scan;
};

/* So many rows went through. */
static uint64_t
rows_expected(const struct review_table *table)
{
    for (size_t i = 0; i < table->n_stream; i++) {
        if (table->stream[i].id == PD_FACT_ROWS)
            return table->stream[i].low;
    }
    return 0;
}

/* Only the cut depends on the number of rows that is given here: the facts of the parts say how
   many there are. */
static pd_status
table_begin(struct reviewer *reviewer, size_t table, struct pd_error *err)
{
    struct review *review = reviewer->review;
    struct review_state *state = &review->states[table];
    pd_status status = PD_UNSUPPORTED;

    state->extent.struct_size = sizeof state->extent;
    state->extent.flags = PD_EXTENT_UNCOUNTED;
    state->extent.n_rows = rows_expected(&review->tables[table]);
    if (review->ops->extent && review->level >= PD_FACTS_ENGINE)
        status = review->ops->extent(reviewer->source, review->tables[table].number, &state->extent,
                                     err);
    if (status != PD_OK && status != PD_UNSUPPORTED)
        return status;
    state->n_parts = status == PD_OK ? parts_count(&state->extent) : 1;
    state->parts_left = state->n_parts;
    return PD_OK;
}

/* The mutex is held. One part is always read; others only where a processor is left for them. */
static bool
must_wait(const struct review *review)
{
    const struct review_crew *crew = review->crew;

    if (review->n_reading == 0 || review->status != PD_OK || !crew->sink || !crew->ops->at_work)
        return false;
    return review->n_reading + crew->ops->at_work(crew->sink) >= crew->n_threads;
}

/* The next part that nobody has taken; PD_DONE: none, or somebody failed. */
static pd_status
part_next(struct reviewer *reviewer, struct review_part *ret_part, struct pd_error *err)
{
    struct review *review = reviewer->review;
    pd_status status = PD_OK;

    pthread_mutex_lock(&review->mutex);
    while (must_wait(review))
        pthread_cond_wait(&review->changed, &review->mutex);
    if (review->next_table >= review->n_tables || review->status != PD_OK)
        status = PD_DONE;
    if (status == PD_OK)
        ret_part->table = review->order[review->next_table];
    if (status == PD_OK && review->next_part == 0)
        status = table_begin(reviewer, ret_part->table, err);
    if (status == PD_OK) {
        struct review_state *state = &review->states[ret_part->table];

        ret_part->scan = (struct pd_scan){
            .struct_size = sizeof ret_part->scan,
            .table = review->tables[ret_part->table].number,
            .range = parts_range(&state->extent, state->n_parts, review->next_part),
        };
        if (++review->next_part == state->n_parts) {
            review->next_part = 0;
            review->next_table++;
        }
        review->n_reading++;
    }
    pthread_mutex_unlock(&review->mutex);
    return status;
}

/* What the engine counts as text beyond the texts of the stream: error values of enums. */
static void
take_spelled(struct pd_fact *fact, uint64_t n_spelled)
{
    static const size_t size = sizeof "#0" - 1;

    if (fact->id == PD_FACT_TEXTS)
        fact->low -= n_spelled;
    else if (fact->id == PD_FACT_OCTETS)
        fact->low -= n_spelled * size;
}

/* The facts that can be compared, by the numbers of the columns as they went through. */
static size_t
facts_translate(const struct review_table *table, const struct pd_fact *facts, size_t n_facts,
                struct pd_fact *ret_facts)
{
    size_t n = 0;

    for (size_t i = 0; i < n_facts; i++) {
        struct pd_fact fact = facts[i];

        if (fact.column != PD_NO_COLUMN && fact.column >= table->n_columns)
            continue;
        if (fact.column != PD_NO_COLUMN) {
            fact.column = table->columns[fact.column];
            if (fact.column == PD_NO_COLUMN ||
                (table->partly && table->partly[fact.column] && fact.id != PD_FACT_NULLS))
                continue;
            if (table->spelled)
                take_spelled(&fact, table->spelled[fact.column]);
        }
        ret_facts[n++] = fact;
    }
    return n;
}

static pd_status
table_compare(struct review *review, size_t number, const struct pd_fact *facts, size_t n_facts,
              struct pd_error *err)
{
    const struct review_table *table = &review->tables[number];
    CLEANUP_FREE struct pd_fact *translated = calloc(n_facts + 1, sizeof *translated);
    size_t compared;
    char first[512];
    size_t n;

    if (!translated)
        return error_memory(err);
    n_facts = facts_translate(table, facts, n_facts, translated);
    n = facts_compare(table->table, translated, n_facts, table->stream, table->n_stream, &compared,
                      first, sizeof first);
    if (n && table->is_triggered)
        return report_left_out(review->report, false, err,
                               "table '%s': it is not verified, since triggers fired; what the "
                               "engine has is not what went through: %s",
                               schema_table_name(table->table), first);
    review->report->facts_compared += compared;
    review->report->tables_verified++;
    if (n)
        return error_fail(err, PD_FATAL, PD_CAUSE_DIFFERENT,
                          "what the engine has is not what went through: %s", first);
    return PD_OK;
}

/* Add the facts of a part; the last one of a table leads to the comparison. */
static pd_status
part_add(struct review *review, const struct review_part *part, const struct pd_fact *facts,
         size_t n_facts, struct pd_error *err)
{
    struct review_state *state = &review->states[part->table];
    pd_status status;

    if (state->n_parts == 1)
        return table_compare(review, part->table, facts, n_facts, err);
    status = facts_add(&state->facts, facts, n_facts, err);
    if (status == PD_OK && --state->parts_left == 0) {
        facts_known(&state->facts);
        status = table_compare(review, part->table, state->facts.facts, state->facts.n, err);
        facts_free(&state->facts);
    }
    return status;
}

static pd_status
part_review(struct reviewer *reviewer, const struct review_part *part, struct pd_error *err)
{
    struct review *review = reviewer->review;
    const struct pd_fact *facts;
    size_t n_facts;
    pd_status status;

    if (cancel_wanted())
        return error_fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "interrupted");
    progress_table(review->tables[part->table].table->name);
    status =
        review->ops->facts(reviewer->source, &part->scan, review->level, &facts, &n_facts, err);
    if (status == PD_UNSUPPORTED)
        return PD_OK;
    if (status == PD_OK) {
        pthread_mutex_lock(&review->mutex);
        status = part_add(review, part, facts, n_facts, err);
        pthread_mutex_unlock(&review->mutex);
    }
    return status;
}

/* With what came of it, for all others to see. */
static void
part_leave(struct review *review)
{
    pthread_mutex_lock(&review->mutex);
    review->n_reading--;
    pthread_cond_broadcast(&review->changed);
    pthread_mutex_unlock(&review->mutex);
}

static void *
reviewer_main(void *arg)
{
    struct reviewer *reviewer = arg;
    struct review *review = reviewer->review;
    struct review_part part = {0};
    struct pd_error err = {0};
    pd_status status;

    while ((status = part_next(reviewer, &part, &err)) == PD_OK) {
        status = part_review(reviewer, &part, &err);
        part_leave(review);
        if (status != PD_OK)
            break;
    }
    if (status == PD_DONE)
        return NULL;
    error_prefix(&err, status, "table '%s'", schema_table_name(review->tables[part.table].table));
    pthread_mutex_lock(&review->mutex);
    if (review->status == PD_OK) {
        review->status = status;
        review->error = err;
    }
    pthread_mutex_unlock(&review->mutex);
    return NULL;
}

/* As many twins as can be had; one fewer is no harm. */
static unsigned
reviewers_open(struct review *review, struct pd_source *source, struct reviewer *reviewers,
               unsigned n_threads)
{
    unsigned n = 1;

    reviewers[0] = (struct reviewer){.review = review, .source = source};
    while (n < n_threads && review->ops->share) {
        struct pd_error ignored = {0};

        reviewers[n] = (struct reviewer){.review = review, .twin = true};
        if (review->ops->share(source, &reviewers[n].source, &ignored) != PD_OK)
            break;
        n++;
    }
    return n;
}

static void
reviewers_run(struct reviewer *reviewers, unsigned n)
{
    unsigned n_started = 1;

    while (n_started < n && pthread_create(&reviewers[n_started].thread, NULL, reviewer_main,
                                           &reviewers[n_started]) == 0)
        n_started++;
    reviewer_main(&reviewers[0]);
    for (unsigned i = 1; i < n_started; i++)
        pthread_join(reviewers[i].thread, NULL);
    for (unsigned i = n; i-- > 1;)
        reviewers[i].review->ops->close(reviewers[i].source);
}

static int
compare_sizes(const void *a_, const void *b_, void *review_)
{
    const struct review *review = review_;
    uint32_t a = *(const uint32_t *)a_, b = *(const uint32_t *)b_;
    uint64_t n = rows_expected(&review->tables[a]), m = rows_expected(&review->tables[b]);

    if (n != m)
        return n > m ? -1 : 1;
    return a < b ? -1 : a > b;
}

static void
review_sort(struct review *review)
{
    for (uint32_t i = 0; i < review->n_tables; i++)
        review->order[i] = i;
    if (review->n_tables)
        qsort_r(review->order, review->n_tables, sizeof *review->order, compare_sizes, review);
}

pd_status
review_run(struct opened_source *source, const struct review_table *tables, size_t n_tables,
           int level, const struct review_crew *crew, struct report *report, struct pd_error *err)
{
    CLEANUP_FREE struct reviewer *reviewers = calloc(crew->n_threads, sizeof *reviewers);
    CLEANUP_FREE struct review_state *states = calloc(n_tables + 1, sizeof *states);
    CLEANUP_FREE uint32_t *order = calloc(n_tables + 1, sizeof *order);
    struct review review = {
        .ops = source->ops,
        .tables = tables,
        .n_tables = n_tables,
        .crew = crew,
        .level = level,
        .report = report,
        .states = states,
        .order = order,
    };

    if (!reviewers || !states || !order)
        return error_memory(err);
    if (!source->ops->facts)
        return PD_OK;
    review_sort(&review);
    pthread_mutex_init(&review.mutex, NULL);
    pthread_cond_init(&review.changed, NULL);
    reviewers_run(reviewers, reviewers_open(&review, source->handle, reviewers, crew->n_threads));
    pthread_cond_destroy(&review.changed);
    pthread_mutex_destroy(&review.mutex);
    for (size_t i = 0; i < n_tables; i++)
        facts_free(&states[i].facts);
    if (review.status != PD_OK && err)
        *err = review.error;
    return review.status;
}
