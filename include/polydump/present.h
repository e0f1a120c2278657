/* SPDX-License-Identifier: Apache-2.0 */
/*
 * polydump/present.h - rows into tables that are there: what of these stands in the way is looked
 * for column by column, and told all at once, by every sink in the same words; all inline.
 * Optional.
 */
#ifndef POLYDUMP_PRESENT_H
#define POLYDUMP_PRESENT_H

#include <string.h>

#include <polydump/schema.h>
#include <polydump/sql.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { PD_PRESENT_TOLD = 12, PD_PRESENT_BYTES = 700 /* of what is told; the rest is counted */ };

/* What was found. text.host is set by hand; the rest starts as zero. */
struct pd_problems {
    struct pd_sql text;
    size_t n;
    size_t n_told;
};

/* A column that is there. */
struct pd_present_column {
    const char *name;
    int is_generated;
    int needs_value; /* it forbids NULL, and nothing gives it a value by itself */
};

static inline void PD_PRINTF(2, 3) pd_problem(struct pd_problems *problems, const char *fmt, ...)
{
    va_list list;

    if (problems->n++ != problems->n_told || problems->n > PD_PRESENT_TOLD ||
        problems->text.size > PD_PRESENT_BYTES)
        return;
    problems->n_told++;
    if (problems->text.size)
        pd_sql_add(&problems->text, "; ");
    va_start(list, fmt);
    pd_sql_vprintf(&problems->text, fmt, list);
    va_end(list);
}

/* Can a column of table `from` go into column `to` of the table that is called `table` there? to
   NULL: there is no column that is called like it. is_taken: another one goes there already. 0: no,
   which is told. */
static inline int
pd_present_takes(struct pd_problems *problems, const struct pd_table *from,
                 const struct pd_column *column, const char *table,
                 const struct pd_present_column *to, int is_taken)
{
    if (!to)
        pd_problem(problems,
                   "table '%s' of the target has no column '%s', --drop-column '%s.%s' would leave "
                   "it behind",
                   table, column->name, from->name, column->name);
    else if (to->is_generated)
        pd_problem(problems,
                   "column '%s' of table '%s' is generated in the target, --drop-column '%s.%s' "
                   "lets it be so",
                   column->name, table, from->name, column->name);
    else if (is_taken)
        pd_problem(problems,
                   "column '%s' of table '%s' of the target would take two columns of the source",
                   to->name, table);
    return to && !to->is_generated && !is_taken;
}

/* A column that nothing goes into takes its default, if it has one. */
static inline void
pd_present_gets_none(struct pd_problems *problems, const char *table,
                     const struct pd_present_column *column)
{
    if (column->needs_value && !column->is_generated)
        pd_problem(problems,
                   "column '%s' of table '%s' of the target forbids NULL, has no default, and the "
                   "source does not have it",
                   column->name, table);
}

/* Names that differ by the case of letters alone may be one name there. */
static inline void
pd_present_takes_two(struct pd_problems *problems, const struct pd_table *a,
                     const struct pd_table *b, const char *table)
{
    pd_problem(problems, "tables '%s' and '%s' would both go into table '%s' of the target",
               a->name, b->name, table);
}

/* Ends the list. PD_OK: there is nothing on it. */
static inline pd_status
pd_problems_tell(struct pd_problems *problems, struct pd_error *err)
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
        status = host->fail(err, PD_FAILED, PD_CAUSE_MISSING,
                            "%s%s: change them there or by a migration, leave tables out with "
                            "--exclude, or use --into=replace",
                            text, more);
    pd_sql_free(&problems->text);
    problems->n = problems->n_told = 0;
    return status;
}

#ifdef __cplusplus
}
#endif

#endif
