// SPDX-License-Identifier: Apache-2.0
/* statements - SQL of migrations, run on the target before and after the rows. */
#include "run/statements.h"

#include <polydump/schema.h>

#include "base/buffer.h"
#include "base/cancel.h"
#include "base/progress.h"

static const struct run_statement *
statement_at(const struct pd_load *load, size_t i)
{
    return (const struct run_statement *)(const void *)pd_statement_at(load, i);
}

static const char *
when_text(uint32_t when)
{
    return when == PD_BEFORE_ROWS ? "SQL before the rows" : "SQL after the rows";
}

pd_status
statements_load(const struct run_options *options, struct pd_load *load, struct report *report,
                struct pd_error *err)
{
    if (options->n_statements == 0)
        return PD_OK;
    if (options->schema_only)
        return report_left_out(report, true, err,
                               "SQL of migrations: %zu %s run with rows only, and there are none "
                               "with --schema-only",
                               options->n_statements,
                               options->n_statements == 1 ? "statement is" : "statements are");
    load->statements = &options->statements[0].statement;
    load->n_statements = options->n_statements;
    load->statement_size = sizeof options->statements[0];
    return PD_OK;
}

static pd_status
note(const struct run_statement *statement, struct report *report, struct pd_error *err)
{
    CLEANUP_BUFFER struct buffer line = {0};

    /* What they change went through nowhere. */
    buffer_printf(&line, "%s%s (%s): %s", when_text(statement->statement.when),
                  statement->statement.when == PD_AFTER_ROWS ? ", not verified" : "",
                  statement->step, statement->statement.sql);
    return buffer_string(&line) ? report_ran(report, err, buffer_string(&line)) : error_memory(err);
}

pd_status
statements_run(const struct pd_load *load, uint32_t when, const struct pd_sink_ops *ops,
               struct pd_sink *sink, struct report *report, struct pd_error *err)
{
    for (size_t i = 0; i < load->n_statements; i++) {
        const struct run_statement *statement = statement_at(load, i);
        pd_status status;

        if (statement->statement.when != when)
            continue;
        if (cancel_wanted())
            return error_fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "interrupted");
        progress_phase("running SQL");
        status = ops->execute(sink, &statement->statement, err);
        if (status != PD_OK) {
            error_prefix(err, status, "%s: %s", statement->step, when_text(when));
            return PD_FATAL;
        }
        status = note(statement, report, err);
        if (status != PD_OK)
            return status;
    }
    return PD_OK;
}

pd_status
statements_blame(const struct pd_load *load, pd_status status, struct pd_error *err)
{
    if (!pd_load_runs(load, PD_BEFORE_ROWS) || !err || err->cause != PD_CAUSE_DIFFERENT)
        return status;
    return error_prefix(err, status,
                        "SQL before the rows must not leave any of its own; run it after them");
}
