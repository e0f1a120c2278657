// SPDX-License-Identifier: Apache-2.0
/* counters - where AUTO_INCREMENT is: live, whatever the snapshot. */
#include <stdlib.h>
#include <string.h>

#include "maker.h"

enum column_of_counter { COUNTER_TABLE, COUNTER_NEXT };

static const char counters_sql[] =
    "SELECT TABLE_NAME, AUTO_INCREMENT FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s"
    " AND AUTO_INCREMENT IS NOT NULL";

/* Otherwise MySQL tells what it knew a day ago. */
static const char fresh_sql[] = "SET SESSION information_schema_stats_expiry = 0";
enum { VERSION_MYSQL_8 = 80000 };

static int
compare(const void *key, const void *element)
{
    return strcmp(key, ((const struct counted *)element)->table);
}

/* Above 2^63-1 it is beyond what a counter holds, and wraps: the last one can be had back. */
void
counters_set(struct pd_column *column, uint64_t next)
{
    column->counter.next = (int64_t)next;
    column->counter.increment = 1;
}

static void
take_counter(struct maker *m, const struct maker_row *row)
{
    struct counted *counted = row->text[COUNTER_TABLE] && m->made->n_counted
                                  ? bsearch(row->text[COUNTER_TABLE], m->made->counted,
                                            m->made->n_counted, sizeof *m->made->counted, compare)
                                  : NULL;

    if (counted)
        counters_set(counted->column, maker_unsigned(row, COUNTER_NEXT));
}

pd_status
counters_freshen(struct maker *m)
{
    return m->my->is_mariadb || m->my->version < VERSION_MYSQL_8
               ? PD_OK
               : my_run_quietly(m->my, fresh_sql, m->err);
}

pd_status
counters_read(struct maker *m)
{
    pd_status status = m->made->n_counted ? counters_freshen(m) : PD_DONE;

    if (status == PD_DONE)
        return PD_OK;
    return status == PD_OK ? maker_each(m, counters_sql, take_counter) : status;
}

static void
keep_sequences(const struct made *from, struct made *to)
{
    size_t n_from = from->catalog.catalog.n_sequences, n = to->catalog.catalog.n_sequences, k = 0;

    /* Both are in the order of their names. */
    for (size_t i = 0; i < n; i++) {
        while (k < n_from && strcmp(from->sequences[k].name, to->sequences[i].name) < 0)
            k++;
        if (k < n_from && strcmp(from->sequences[k].name, to->sequences[i].name) == 0)
            to->sequences[i].counter = from->sequences[k].counter;
    }
}

void
catalog_keep_counters(const struct my_catalog *from, struct my_catalog *to)
{
    const struct made *old = (const struct made *)(const void *)from; /* its first member */
    struct made *new = (struct made *)(void *)to;

    for (size_t i = 0; i < new->n_counted; i++) {
        const struct counted *counted = old->n_counted
                                            ? bsearch(new->counted[i].table, old->counted,
                                                      old->n_counted, sizeof *old->counted, compare)
                                            : NULL;

        if (counted)
            new->counted[i].column->counter = counted->column->counter;
    }
    keep_sequences(old, new);
}
