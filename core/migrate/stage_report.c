// SPDX-License-Identifier: Apache-2.0
// stage_report - what a step warns of, and what its updates have not found.
#include <stdarg.h>
#include <stdio.h>

#include "migrate/step_inside.h"
#include "model/schema.h"

pd_status
step_warn(struct pd_step *step, struct pd_error *err, const char *fmt, ...)
{
    char text[ERROR_TEXT_SIZE];
    va_list args;

    if (step->n_warnings++ >= WARNINGS_MAX)
        return PD_OK;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    step->warnings[step->n_warnings - 1] = arena_strdup(step->stage->arena, text);
    if (step->warnings[step->n_warnings - 1])
        return PD_OK;
    step->n_warnings--;
    return error_memory(err);
}

/* ---- The report ---- */

/* Keys whose rows nobody has read yet may be there all the same. */
static pd_status
read_all(struct pd_step *step, uint32_t table, struct pd_error *err)
{
    struct stage_rows rows = {0};
    const struct pd_batch *batch;
    pd_status status =
        stage_rows_start(&rows, step->stage, step->stage->inner->handle, table, NULL, false, err);

    while (status == PD_OK && (status = stage_rows_next(&rows, &batch, err)) == PD_OK)
        batch_release(batch);
    stage_rows_close(&rows);
    return status == PD_DONE ? PD_OK : status;
}

static pd_status
report_unused(struct pd_step *step, uint32_t table, struct report *report, struct pd_error *err)
{
    const struct pd_migration *migration = step->stage->migration;
    struct patches *patches = step->patches[table];
    unsigned long long n;
    pd_status status = PD_OK;

    if (patches && patches_unused(patches))
        status = read_all(step, table, err);
    n = patches ? patches_unused(patches) : 0;
    if (status != PD_OK || n == 0)
        return status;
    return report_left_out(report, false, err,
                           "step '%s' -> '%s': update() named %llu %s of table '%s' that %s not "
                           "there",
                           migration->from, migration->to, n, n == 1 ? "row" : "rows",
                           schema_table_name(patches->table), n == 1 ? "is" : "are");
}

/* Keys that were found by their collations, and those that may have been meant so. */
static pd_status
report_alike(const struct pd_step *step, struct known *known, struct report *report,
             struct pd_error *err)
{
    const struct pd_migration *migration = step->stage->migration;
    unsigned long long n = known->n_alike, n_unsure = known->n_unsure;
    pd_status status = PD_OK;

    if (n && !buffer_string(&known->alike_text))
        return error_memory(err);
    if (n_unsure && !buffer_string(&known->unsure_text))
        return error_memory(err);
    if (n)
        status = report_note(report, err,
                             "step '%s' -> '%s': %llu %s in table '%s' found a row that has the "
                             "key by its collation (%s), not by its bytes: %s",
                             migration->from, migration->to, n, n == 1 ? "lookup" : "lookups",
                             schema_table_name(known->table), key_fold_name(known->alike->fold),
                             buffer_string(&known->alike_text));
    if (status != PD_OK || !n_unsure)
        return status;
    return report_left_out(
        report, false, err,
        "step '%s' -> '%s': %llu %s in table '%s' found no row, and there may be one for the "
        "collation %s, which is not known here so well: %s; bring the keys of both sides into one "
        "form",
        migration->from, migration->to, n_unsure, n_unsure == 1 ? "lookup" : "lookups",
        schema_table_name(known->table), key_fold_name(known->alike->fold),
        buffer_string(&known->unsure_text));
}

pd_status
step_report(struct pd_step *step, struct report *report, struct pd_error *err)
{
    const struct pd_migration *migration = step->stage->migration;
    size_t n = step->n_warnings < WARNINGS_MAX ? step->n_warnings : WARNINGS_MAX;
    pd_status status = PD_OK;

    for (size_t i = 0; i < n && status == PD_OK; i++)
        status = report_left_out(report, false, err, "step '%s' -> '%s': %s", migration->from,
                                 migration->to, step->warnings[i]);
    if (status == PD_OK && step->n_warnings > n)
        status = report_left_out(report, false, err, "step '%s' -> '%s': %zu more warnings",
                                 migration->from, migration->to, step->n_warnings - n);
    for (uint32_t i = 0; i < step->stage->planned.after->n_tables && status == PD_OK; i++)
        status = report_unused(step, i, report, err);
    for (size_t i = 0; i < step->n_needs && status == PD_OK; i++)
        status = report_alike(step, &step->needs[i].known, report, err);
    return status;
}
