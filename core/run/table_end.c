// SPDX-License-Identifier: Apache-2.0
// table_end - what is due when all parts of a table are in: the ledger, the proofs, the seal.
#include "run/table_end.h"

#include <stdlib.h>
#include <string.h>

static bool
fact_copy(struct lanes *lanes, uint32_t table, const struct pd_fact *fact)
{
    struct pd_fact *kept = &lanes->facts[table][lanes->n_facts[table]];

    *kept = *fact;
    if (fact->text && !(kept->text = strdup(fact->text)))
        return false;
    lanes->n_facts[table]++;
    return true;
}

/* Keep the facts of a table for the verification of the target: of columns that were converted
   those of what was written. Both lists ascend by columns, and end with the table's own. */
static pd_status
facts_keep(struct lanes *lanes, uint32_t table, const struct pd_stats *stats,
           const struct pd_stats *written, struct pd_error *err)
{
    size_t w = 0, i = 0;

    lanes->facts[table] = calloc(stats->n_facts + written->n_facts + 1, sizeof(struct pd_fact));
    if (!lanes->facts[table])
        return error_memory(err);
    while (i < stats->n_facts) {
        uint32_t column = stats->facts[i].column;
        bool is_written = w < written->n_facts && written->facts[w].column == column;

        for (; w < written->n_facts && written->facts[w].column == column; w++) {
            if (!fact_copy(lanes, table, &written->facts[w]))
                return error_memory(err);
        }
        for (; i < stats->n_facts && stats->facts[i].column == column; i++) {
            if (!is_written && !fact_copy(lanes, table, &stats->facts[i]))
                return error_memory(err);
        }
    }
    return PD_OK;
}

static pd_status
facts_check(struct lanes *lanes, struct pd_source *source, uint32_t table,
            const struct pd_stats *stats, struct pd_error *err)
{
    const struct pd_fact *facts;
    size_t n_facts, compared;
    char first[512];
    size_t n;
    struct pd_scan whole = {.struct_size = sizeof whole, .table = lanes->selection->origins[table]};
    pd_status status =
        lanes->source_ops->facts(source, &whole, PD_FACTS_ENGINE, &facts, &n_facts, err);

    if (status == PD_UNSUPPORTED)
        return PD_OK;
    if (status != PD_OK)
        return status;
    n = facts_compare(&lanes->selection->catalog->tables[table], facts, n_facts, stats->facts,
                      stats->n_facts, &compared, first, sizeof first);
    pthread_mutex_lock(&lanes->mutex);
    lanes->report->facts_compared += compared;
    pthread_mutex_unlock(&lanes->mutex);
    if (n)
        return error_fail(err, PD_FATAL, PD_CAUSE_DIFFERENT,
                          "what was read is not what the engine has: %s", first);
    return PD_OK;
}

pd_status
table_end(struct lanes *lanes, struct pd_source *source, struct pd_sink *sink, uint32_t table,
          struct pd_error *err)
{
    struct table_state *state = &lanes->tables[table];
    struct ledger_table *ledger = &lanes->report->tables[table];
    struct pd_stats stats = {.struct_size = sizeof stats},
                    written = {.struct_size = sizeof written};
    bool all_rows = !lanes->selection->wheres[table] && !lanes->options->schema_only;
    pd_status status = tally_stats(state->tally, &stats, err);

    if (status != PD_OK)
        return status;
    if (state->extent.flags & PD_EXTENT_IS_ROUGH)
        state->extent.n_rows = state->rows_counted;
    ledger->digest = (struct digest){stats.digest_low, stats.digest_high};
    ledger->has_count = state->counted;
    ledger->rows_counted = state->extent.n_rows;
    if (state->counted && lanes->selection->wheres[table])
        ledger->rows_filtered = state->extent.n_rows - stats.n_rows;
    if (state->counted && all_rows && state->extent.n_rows != stats.n_rows)
        return error_fail(
            err, PD_FATAL, PD_CAUSE_DIFFERENT, "the engine counts %llu rows and %llu were read",
            (unsigned long long)state->extent.n_rows, (unsigned long long)stats.n_rows);
    if (ledger->rows_read != ledger->rows_written + ledger->rows_rejected)
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG, "%llu rows were read and %llu written",
                          (unsigned long long)ledger->rows_read,
                          (unsigned long long)ledger->rows_written);
    if (lanes->source_facts && all_rows && lanes->source_ops->facts)
        status = facts_check(lanes, source, table, &stats, err);
    if (status == PD_OK && lanes->keep_facts && state->written)
        status = tally_stats(state->written, &written, err);
    if (status == PD_OK && lanes->keep_facts)
        status = facts_keep(lanes, table, &stats, &written, err);
    if (status == PD_OK && lanes->sink_ops->seal)
        status = lanes->sink_ops->seal(sink, table, &stats, err);
    return status;
}
