// SPDX-License-Identifier: Apache-2.0
/* compare_facts - facts that two engines compute about the same tables. */
#include "run/compare_facts.h"

#include "base/cancel.h"
#include "base/progress.h"
#include "model/profile.h"
#include "model/schema.h"

struct facts {
    const struct pd_fact *facts;
    size_t n;
};

static pd_status
facts_of(struct opened_source *source, uint32_t table, struct facts *ret_facts,
         struct pd_error *err)
{
    struct pd_scan whole = {.struct_size = sizeof whole, .table = table};
    pd_status status = PD_UNSUPPORTED;

    if (source->ops->facts)
        status = source->ops->facts(source->handle, &whole, PD_FACTS_ENGINE, &ret_facts->facts,
                                    &ret_facts->n, err);
    if (status == PD_UNSUPPORTED)
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                          "'%s' computes no facts; use `polydump diff`", source->engine);
    return status;
}

static pd_status
table_verify(struct opened_source *a, uint32_t a_table, struct opened_source *b, uint32_t b_table,
             struct report *report, struct pd_error *err)
{
    const struct pd_table *table = &a->catalog->tables[a_table];
    struct facts left, right;
    size_t compared = 0, n;
    char first[512];
    pd_status status = facts_of(a, a_table, &left, err);

    if (status == PD_OK)
        status = facts_of(b, b_table, &right, err);
    if (status != PD_OK)
        return error_prefix(err, status, "table '%s'", schema_table_name(table));
    n = facts_compare(table, left.facts, left.n, right.facts, right.n, &compared, first,
                      sizeof first);
    report->facts_compared += compared;
    report->tables_verified++;
    if (n)
        return report_difference(report, err, "table '%s': %s%s", schema_table_name(table), first,
                                 n > 1 ? ", and more" : "");
    return PD_OK;
}

pd_status
facts_verify(struct opened_source *a, struct opened_source *b, const struct run_options *options,
             struct report *report, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (uint32_t i = 0; i < a->catalog->n_tables && status == PD_OK; i++) {
        const struct pd_table *table = &a->catalog->tables[i];
        long at = schema_find_table(b->catalog, table->schema, table->name);

        progress_table(table->name);
        if (table->flags & PD_TABLE_PASSENGER)
            continue;
        if (cancel_wanted())
            return error_fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "interrupted");
        status = at < 0 ? report_difference(report, err, "table '%s': only in the first",
                                            schema_table_name(table))
                        : table_verify(a, i, b, (uint32_t)at, report, err);
    }
    for (uint32_t i = 0; i < b->catalog->n_tables && status == PD_OK; i++) {
        const struct pd_table *table = &b->catalog->tables[i];

        if (!(table->flags & PD_TABLE_PASSENGER) &&
            schema_find_table(a->catalog, table->schema, table->name) < 0)
            status = report_difference(report, err, "table '%s': only in the second",
                                       schema_table_name(table));
    }
    return status;
}
