// SPDX-License-Identifier: Apache-2.0
// ruled_tell - what rules for values did, in words.
#include <stdio.h>
#include <string.h>

#include "model/schema.h"
#include "run/ruled_inside.h"

/* ---- Once the target has answered ---- */

struct settling {
    const struct ruled *ruled;
    const struct selection *selection;
    const struct mapping *mapping;
};

/* Does the column go anywhere? *ret_mapping: how; NULL: as it is, or there is no mapping. */
static bool
column_goes(const struct settling *settling, uint32_t table, uint32_t column,
            const struct pd_mapping **ret_mapping)
{
    const struct selection *selection = settling->selection;
    size_t i = 0;

    *ret_mapping = NULL;
    while (i < selection->catalog->n_tables && selection->origins[i] != table)
        i++;
    if (i == selection->catalog->n_tables ||
        selection->catalog->tables[i].columns[column].flags & PD_COLUMN_DROPPED)
        return false;
    *ret_mapping = mapping_of(settling->mapping, selection, i, column);
    return true;
}

static bool
target_takes_null(const void *arg, uint32_t table, uint32_t column)
{
    const struct pd_mapping *m;

    return !column_goes(arg, table, column, &m) || !m || !(m->flags & PD_MAPPING_NOT_NULL);
}

pd_status
ruled_settle(struct ruled *ruled, const struct selection *selection, const struct mapping *mapping,
             struct pd_error *err)
{
    const struct settling settling = {ruled, selection, mapping};
    const struct pd_mapping *m;

    if (!ruled)
        return PD_OK;
    for (uint32_t i = 0; i < ruled->inner->catalog->n_tables; i++) {
        for (uint32_t k = 0; k < ruled->tables[i].n_columns; k++) {
            struct ruled_column *c = &ruled->tables[i].columns[k];

            c->is_left = !column_goes(&settling, i, c->column, &m);
        }
    }
    return ruled->target.in_place ? ruled_nulls(ruled, target_takes_null, &settling, err) : PD_OK;
}

/* ---- Lines ---- */

static const struct pd_table *
table_at(const struct ruled *ruled, size_t number)
{
    return &ruled->inner->catalog->tables[number];
}

/* "zero-date: 12 values of column 'd' of table 't' " */
static void
count_put(struct buffer *out, int rule, uint64_t n, const struct pd_table *table,
          const struct ruled_column *c)
{
    buffer_printf(out, "%s: %llu %s of column '%s' of table '%s' ", value_rule_option(rule),
                  (unsigned long long)n, n == 1 ? "value" : "values", c->shown.name,
                  schema_table_name(table));
}

static pd_status
column_report(const struct pd_table *table, const struct ruled_column *c, int rule, bool would,
              struct report *report, struct pd_error *err)
{
    CLEANUP_BUFFER struct buffer line = {0};
    uint64_t n = c->n[rule];

    count_put(&line, rule, n, table, c);
    if (c->rules.gives[rule].gift != VALUE_KEPT) {
        value_gives_put(&line, rule, &c->rules.gives[rule], would);
        return buffer_string(&line) ? report_note(report, err, "%s", buffer_string(&line))
                                    : error_memory(err);
    }
    buffer_printf(&line, "%s, since it takes no NULL; --%s '%s.%s=DATE' gives %s a date",
                  would    ? "would stay"
                  : n == 1 ? "stays as it is"
                           : "stay as they are",
                  value_rule_option(rule), schema_table_name(table), c->shown.name,
                  n == 1 ? "it" : "them");
    return buffer_string(&line)
               ? report_left_out(report, /* asked_for= */ false, err, "%s", buffer_string(&line))
               : error_memory(err);
}

static pd_status
default_report(const struct pd_table *table, const struct ruled_column *c, int rule, bool would,
               struct report *report, struct pd_error *err)
{
    CLEANUP_BUFFER struct buffer line = {0};
    bool is_quoted = c->default_was && *c->default_was == '\'';
    struct value_gives gives = c->rules.gives[rule];

    if (!c->default_was || c->default_rule != rule)
        return PD_OK;
    gives.day = *c->default_was == '-' ? gives.early : gives.day;
    gives.early = gives.day;
    buffer_printf(&line, "%s: the default %s%s%s of column '%s' of table '%s' ",
                  value_rule_option(rule), is_quoted ? "" : "'", c->default_was,
                  is_quoted ? "" : "'", c->shown.name, schema_table_name(table));
    value_gives_put(&line, rule, &gives, would);
    return buffer_string(&line) ? report_note(report, err, "%s", buffer_string(&line))
                                : error_memory(err);
}

static pd_status
rule_report(const struct ruled *ruled, int rule, bool would, struct report *report,
            struct pd_error *err)
{
    bool is_said = ruled->options->values[rule].list && !ruled->options->values[rule].stands;
    uint64_t n = 0;
    pd_status status = PD_OK;

    for (size_t i = 0; i < ruled->inner->catalog->n_tables; i++) {
        for (uint32_t k = 0; k < ruled->tables[i].n_columns && status == PD_OK; k++) {
            const struct ruled_column *c = &ruled->tables[i].columns[k];

            if (c->is_left)
                continue;
            n += c->n[rule];
            if (c->n[rule])
                status = column_report(table_at(ruled, i), c, rule, would, report, err);
            if (status == PD_OK)
                status = default_report(table_at(ruled, i), c, rule, would, report, err);
        }
    }
    if (status != PD_OK || n || !is_said || ruled->options->schema_only)
        return status;
    return report_note(report, err, "%s: no value that it is for was met", value_rule_option(rule));
}

pd_status
ruled_report(const struct ruled *ruled, bool would, struct report *report, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (int rule = 0; ruled && rule < VALUE_RULE_COUNT_ && status == PD_OK; rule++)
        status = rule_report(ruled, rule, would, report, err);
    return status;
}

/* ---- Errors ---- */

static void
column_blame(const struct pd_table *table, const struct ruled_column *c, struct pd_error *err)
{
    for (int rule = 0; rule < VALUE_RULE_COUNT_; rule++) {
        size_t size = strlen(err->text);
        unsigned long long n = c->n[rule];

        if (!n || c->rules.gives[rule].gift == VALUE_KEPT)
            continue;
        snprintf(err->text + size, sizeof err->text - size,
                 "; --%s has changed %llu %s of column '%s' of table '%s', which %s has",
                 value_rule_option(rule), n, n == 1 ? "value" : "values", c->shown.name,
                 schema_table_name(table), c->key);
    }
}

static bool
is_told(const struct pd_error *err, const struct pd_table *table)
{
    char name[ERROR_TEXT_SIZE];

    snprintf(name, sizeof name, "table '%s'", schema_table_name(table));
    return strstr(err->text, name);
}

/* Only of the table that the error is about, and not where it is about a value of a column. */
pd_status
ruled_blame(const struct ruled *ruled, pd_status status, struct pd_error *err)
{
    bool is_refused = err && (err->cause == PD_CAUSE_DATA || err->cause == PD_CAUSE_QUERY ||
                              err->cause == PD_CAUSE_MISSING || err->cause == PD_CAUSE_CONFLICT);

    is_refused = is_refused && !strstr(err->text, "column '");
    for (size_t i = 0; ruled && is_refused && i < ruled->inner->catalog->n_tables; i++) {
        const struct ruled_table *t = &ruled->tables[i];

        if (t->n_columns == 0 || !is_told(err, table_at(ruled, i)))
            continue;
        for (uint32_t k = 0; k < t->n_columns; k++)
            if (t->columns[k].key)
                column_blame(table_at(ruled, i), &t->columns[k], err);
        break;
    }
    return status;
}
