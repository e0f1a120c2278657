// SPDX-License-Identifier: Apache-2.0
// value_advice - which rule for values would help where one is refused.
#include "run/value_advice.h"

#include "model/schema.h"
#include "model/value_rule.h"

bool
value_advice_put(struct buffer *out, const struct pd_table *table, const struct pd_column *column,
                 int to, bool takes_null, const struct cell *cell)
{
    bool is_unseen = cell->as_long && cell->tag != PD_TAG_BADTEXT;
    int rule = is_unseen ? -1 : value_rule_of(&column->type, cell);
    bool gives_text = rule == VALUE_RULE_NUL || rule == VALUE_RULE_BAD_TEXT;

    if (rule < 0 || (gives_text && to != PD_KIND_NONE && to != PD_KIND_TEXT && to != PD_KIND_CHAR))
        return false;
    value_rule_put(out, rule, schema_table_name(table), column->name, takes_null);
    return true;
}

/* What a profile says of the values. */
static void
rules_put_all(struct buffer *out, const struct pd_table *table, const struct pd_column *column,
              const struct pd_profile *profile)
{
    for (int rule = 0; rule < VALUE_RULE_COUNT_; rule++) {
        if (!(profile->flags & value_rule_flags(rule)) ||
            !value_rule_fits(rule, &column->type, /* is_loose= */ false))
            continue;
        buffer_text(out, out->size ? " and --" : "");
        value_rule_put(out, rule, schema_table_name(table), column->name,
                       !(column->flags & PD_COLUMN_NOT_NULL));
    }
}

static pd_status
column_advise(const struct pd_table *table, const struct pd_column *column,
              const struct pd_stats *stats, const struct pd_profile *profile, bool with_counts,
              struct arena *arena, struct pd_mapping *m, struct pd_error *err)
{
    CLEANUP_BUFFER struct buffer option = {0};
    unsigned long long n_values = stats->n_rows - profile->n_nulls;

    rules_put_all(&option, table, column, profile);
    if (option.size == 0 && !option.failed)
        return PD_OK;
    if (m->option)
        buffer_printf(&option, ", or --%s", m->option);
    m->option = buffer_string(&option) ? arena_strdup(arena, buffer_string(&option)) : NULL;
    if (!m->option)
        return error_memory(err);
    /* How many texts have U+0000 nobody knows. */
    if (!with_counts || !m->reason || !profile->n_outliers ||
        profile->flags & value_rule_flags(VALUE_RULE_NUL))
        return PD_OK;
    m->reason = arena_printf(arena, "%llu of %llu %s: %s", (unsigned long long)profile->n_outliers,
                             n_values, n_values == 1 ? "value" : "values", m->reason);
    return m->reason ? PD_OK : error_memory(err);
}

static bool
is_refused(const struct pd_mapping *m)
{
    return m && m->rung == PD_RUNG_REFUSED && !(m->flags & PD_MAPPING_PRESENT);
}

pd_status
value_advice(const struct selection *selection, const struct pd_stats *stats, bool with_counts,
             struct arena *arena, struct mapping *mapping, struct pd_error *err)
{
    const struct pd_catalog *catalog = selection->catalog;
    struct pd_mapping *columns = NULL;
    pd_status status = PD_OK;

    for (size_t i = 0; mapping->columns && i < catalog->n_tables; i++) {
        const struct pd_table *table = &catalog->tables[i];

        for (size_t k = 0; k < table->n_columns && status == PD_OK; k++) {
            size_t at = mapping->first[i] + k;

            if (!stats[i].profiles || !is_refused(mapping_of(mapping, selection, i, k)))
                continue;
            if (!columns)
                columns = arena_copy(arena, mapping->columns,
                                     mapping->first[catalog->n_tables] * sizeof *columns);
            if (!columns)
                return error_memory(err);
            status =
                column_advise(table, &table->columns[k], &stats[i],
                              PD_AT(struct pd_profile, stats[i].profiles, stats[i].profile_size, k),
                              with_counts, arena, &columns[at], err);
        }
    }
    mapping->columns = columns ? columns : mapping->columns;
    return status;
}
