/* SPDX-License-Identifier: Apache-2.0 */
/*
 * polydump/present.h - rows into tables that are there: what of these stands in the way is looked
 * for column by column, and told all at once, by every sink in the same words; all inline.
 * Optional.
 */
#ifndef POLYDUMP_PRESENT_H
#define POLYDUMP_PRESENT_H

#include <polydump/plugin.h>
#include <polydump/problems.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A column that is there. */
struct pd_present_column {
    const char *name;
    int is_generated;
    int needs_value; /* it forbids NULL, and nothing gives it a value by itself */
};

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

/* A column that is generated in the source alone has its values nowhere, which is to be said with
   enum pd_part PD_PART_GENERATED and this format, of the names of the column and its table. */
#define PD_PRESENT_COMPUTED                                                                        \
    "column '%s' of table '%s' is generated in the source and not in the target, where it gets "   \
    "its default"

/* Is it such a column? to NULL: the target has none that is called like it. */
static inline int
pd_present_is_computed(const struct pd_column *column, const struct pd_present_column *to)
{
    return column->generated && !(column->flags & PD_COLUMN_DROPPED) && to && !to->is_generated;
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

/* A table that is there must have no rows (--into=empty), and has some. */
static inline pd_status
pd_present_has_rows(const struct pd_host *host, const char *table, struct pd_error *err)
{
    return host->fail(err, PD_FAILED, PD_CAUSE_CONFLICT,
                      "table '%s' is not empty: use --into=append or --into=truncate", table);
}

/* pd_problems_tell() with what helps in all these cases. */
static inline pd_status
pd_present_tell(struct pd_problems *problems, struct pd_error *err)
{
    return pd_problems_tell(problems, PD_CAUSE_MISSING,
                            "change them there or by a migration, leave tables out with --exclude, "
                            "or use --into=replace",
                            err);
}

#ifdef __cplusplus
}
#endif

#endif
