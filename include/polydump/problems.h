/* SPDX-License-Identifier: Apache-2.0 */
/*
 * polydump/problems.h - what stands in the way of a run, collected and told in one error, so that
 * nobody mends one thing only to hear of the next; all inline. Optional.
 */
#ifndef POLYDUMP_PROBLEMS_H
#define POLYDUMP_PROBLEMS_H

#include <polydump/sql.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { PD_PROBLEMS_TOLD = 12, PD_PROBLEMS_BYTES = 700 /* of what is told; others are counted */ };

/* text.host is set by hand; the rest starts as zero. */
struct pd_problems {
    struct pd_sql text; /* one after the other */
    size_t n;
    size_t n_told;
};

/* One more, without a way out that it has in common with the others. */
static inline void PD_PRINTF(2, 3) pd_problem(struct pd_problems *problems, const char *fmt, ...)
{
    va_list list;

    if (problems->n++ != problems->n_told || problems->n > PD_PROBLEMS_TOLD ||
        problems->text.size > PD_PROBLEMS_BYTES)
        return;
    problems->n_told++;
    if (problems->text.size)
        pd_sql_add(&problems->text, "; ");
    va_start(list, fmt);
    pd_sql_vprintf(&problems->text, fmt, list);
    va_end(list);
}

static inline void
pd_problems_free(struct pd_problems *problems)
{
    pd_sql_free(&problems->text);
    problems->n = problems->n_told = 0;
}

/* Ends the list: an error of this cause with all of them and the way out that they have in common
   (NULL: none). PD_OK: there is nothing on it. */
static inline pd_status
pd_problems_tell(struct pd_problems *problems, int cause, const char *way_out, struct pd_error *err)
{
    const struct pd_host *host = problems->text.host;
    const char *text = pd_sql_text(&problems->text);
    char more[40] = "";
    pd_status status = PD_OK;

    if (problems->n > problems->n_told)
        snprintf(more, sizeof more, "; and %llu more",
                 (unsigned long long)(problems->n - problems->n_told));
    if (!text)
        status = host->fail(err, PD_FATAL, PD_CAUSE_MEMORY, "memory is short");
    else if (problems->n)
        status = host->fail(err, PD_FAILED, cause, "%s%s%s%s", text, more, way_out ? ": " : "",
                            way_out ? way_out : "");
    pd_problems_free(problems);
    return status;
}

#ifdef __cplusplus
}
#endif

#endif
