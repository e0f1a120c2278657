// SPDX-License-Identifier: Apache-2.0
/* crew - which job is next: never two at once that would wait for each other's locks. */
#include "crew.h"

#include <stdlib.h>

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
has_rows(const struct crew *crew, const struct job *job)
{
    return !crew->is_loading || job->tables[0] == PD_NO_TABLE || crew->ready[job->tables[0]];
}

/* A spare one waits for all that its tables still get, and never begins when the urgent ones are
   done, since whoever waited for those then goes on with statements that its locks would hinder. */
static bool
is_its_time(const struct crew *crew, const struct job *job)
{
    size_t i;

    if (!job->is_spare)
        return has_rows(crew, job);
    if (crew->is_loading || (!crew->is_left && crew->n_urgent == 0))
        return false;
    for (i = 0; i < 2; i++) {
        if (job->tables[i] != PD_NO_TABLE && crew->jobs_left[job->tables[i]])
            return false;
    }
    return true;
}

static bool
can_begin(const struct crew *crew, const struct job *job)
{
    size_t i;

    if (job->state != JOB_READY || !is_its_time(crew, job))
        return false;
    for (i = 0; i < crew->n_workers; i++) {
        if (is_in_the_way(job, crew->workers[i].at_work))
            return false;
    }
    return true;
}

struct job *
crew_next(struct crew *crew)
{
    size_t i;

    while (crew->first < crew->n && crew->jobs[crew->first]->state != JOB_READY)
        crew->first++;
    for (i = crew->first; i < crew->n; i++) {
        if (can_begin(crew, crew->jobs[i]))
            return crew->jobs[i];
    }
    return NULL;
}

static int
compare_jobs(const void *a_, const void *b_)
{
    const struct job *a = *(struct job *const *)a_, *b = *(struct job *const *)b_;

    if (a->is_spare != b->is_spare)
        return a->is_spare ? 1 : -1;
    if (a->weight != b->weight)
        return a->weight > b->weight ? -1 : 1;
    return a->place < b->place ? -1 : a->place > b->place;
}

void
crew_sort(struct crew *crew)
{
    if (crew->n)
        qsort(crew->jobs, crew->n, sizeof(struct job *), compare_jobs);
    crew->first = 0;
}
