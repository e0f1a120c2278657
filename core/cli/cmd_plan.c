// SPDX-License-Identifier: Apache-2.0
/* cmd_plan - polydump plan SOURCE TARGET: what a copy would make of each column. */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/log.h"
#include "base/progress.h"
#include "cli/migration.h"
#include "cli/policing.h"
#include "cli/print.h"
#include "model/json.h"
#include "run/mapping.h"
#include "run/plan.h"

enum { NAME_WIDTH_MAX = 30, TYPE_WIDTH_MAX = 24 };

/* What the rows go through. */
struct planned_way {
    struct migration *migration; /* NULL: none */
    struct policing *policing;   /* NULL: none */
};

/* ---- For people ---- */

static int
wider(int width, const char *text, int most)
{
    int size = (int)strlen(text);

    return size > width ? (size > most ? most : size) : width;
}

static const char *
target_type(const struct plan_column *column)
{
    return column->native && *column->native ? column->native : column->neutral;
}

/* "3 of 10 values" that are odd, "10 values" where all have to change. */
static void
put_values(struct buffer *out, const struct plan_column *column)
{
    if (!column->is_known || column->rung == PD_RUNG_NATIVE || column->rung == PD_RUNG_PROFILED)
        return;
    if (column->n_odd && column->n_odd < column->n_values)
        buffer_printf(out, ", %s of %s values", print_count(column->n_odd),
                      print_count(column->n_values));
    else
        buffer_printf(out, ", %s %s", print_count(column->n_values),
                      column->n_values == 1 ? "value" : "values");
}

static void
column_print(const struct plan_column *column, const int widths[3])
{
    CLEANUP_BUFFER struct buffer why = {0};

    buffer_text(&why, mapping_rung_name(column->rung));
    put_values(&why, column);
    if (column->reason)
        buffer_printf(&why, ": %s", column->reason);
    if (column->option)
        buffer_printf(&why, "; --%s", column->option);
    if (column->n_misfits)
        buffer_printf(&why, "; %s %s not fit, as the one in the %s", print_count(column->n_misfits),
                      column->n_misfits == 1 ? "value does" : "values do", column->misfit);
    printf("  %-*s  %-*s -> %-*s  %s\n", widths[0], print_safe(column->name), widths[1],
           print_safe(column->type), widths[2], print_safe(target_type(column)),
           print_safe(buffer_string(&why) ? buffer_string(&why) : ""));
}

static void
table_print(const struct plan_table *table)
{
    int widths[3] = {0};

    for (size_t i = 0; i < table->n_columns; i++) {
        widths[0] = wider(widths[0], table->columns[i].name, NAME_WIDTH_MAX);
        widths[1] = wider(widths[1], table->columns[i].type, TYPE_WIDTH_MAX);
        widths[2] = wider(widths[2], target_type(&table->columns[i]), TYPE_WIDTH_MAX);
    }
    if (table->is_known)
        printf("table '%s', %s %s\n", print_safe(table->name), print_count(table->n_rows),
               table->n_rows == 1 ? "row" : "rows");
    else
        printf("table '%s', by its declarations alone\n", print_safe(table->name));
    for (size_t i = 0; i < table->n_columns; i++)
        column_print(&table->columns[i], widths);
}

static void
steps_print(const struct migration *migration)
{
    CLEANUP_BUFFER struct buffer out = {0};

    migration_put(migration, &out);
    if (buffer_string(&out))
        fputs(buffer_string(&out), stdout);
}

static void
plan_print(const struct plan *plan, const struct report *report)
{
    for (size_t i = 0; i < plan->n_tables; i++)
        table_print(&plan->tables[i]);
    for (size_t i = 0; i < report->n_notes; i++)
        printf("%s\n", print_safe(report->notes[i]));
    for (size_t i = 0; i < report->n_left_out; i++) {
        if (!report->parts[i].is_more)
            printf("left out: %s\n", print_safe(report->left_out[i]));
    }
    if (plan->refusal)
        printf("refused: %s\n", print_safe(plan->refusal));
    log_info("columns: %s native, %s profiled, %s carried, %s refused",
             print_count(plan->n_columns[PD_RUNG_NATIVE]),
             print_count(plan->n_columns[PD_RUNG_PROFILED]),
             print_count(plan->n_columns[PD_RUNG_CARRIER]),
             print_count(plan->n_columns[PD_RUNG_REFUSED]));
}

static void
policies_print(const struct policing *policing)
{
    CLEANUP_BUFFER struct buffer out = {0};

    if (policing->policed)
        policed_put(policing->policed, &out);
    for (char *at = buffer_string(&out) ? (char *)out.data : NULL, *end;
         at && (end = strchr(at, '\n')); at = end + 1) {
        *end = '\0';
        puts(print_safe(at));
    }
}

static void
all_print(const struct plan *plan, const struct planned_way *way, const struct report *report)
{
    if (way->migration)
        steps_print(way->migration);
    if (way->policing)
        policies_print(way->policing);
    plan_print(plan, report);
}

/* ---- For programs ---- */

static void
json_column(struct buffer *out, const struct plan_column *column)
{
    static const struct {
        const char *name;
        size_t offset;
    } texts[] = {
        {"column", offsetof(struct plan_column, name)},
        {"type", offsetof(struct plan_column, type)},
        {"neutral", offsetof(struct plan_column, neutral)},
        {"target", offsetof(struct plan_column, native)},
        {"reason", offsetof(struct plan_column, reason)},
        {"option", offsetof(struct plan_column, option)},
    };

    buffer_char(out, '{');
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        const char *text;

        memcpy(&text, (const char *)column + texts[i].offset, sizeof text);
        print_json_member(out, texts[i].name, text);
        buffer_char(out, ',');
    }
    print_json_member(out, "rung", mapping_rung_name(column->rung));
    if (column->misfit) {
        buffer_char(out, ',');
        print_json_member(out, "misfit", column->misfit);
        buffer_printf(out, ",\"misfits\":%llu", (unsigned long long)column->n_misfits);
    }
    if (column->is_known)
        buffer_printf(out, ",\"values\":%llu,\"odd\":%llu", (unsigned long long)column->n_values,
                      (unsigned long long)column->n_odd);
    buffer_char(out, '}');
}

static void
json_table(struct buffer *out, const struct plan_table *table)
{
    buffer_char(out, '{');
    print_json_member(out, "table", table->name);
    if (table->is_known)
        buffer_printf(out, ",\"rows\":%llu", (unsigned long long)table->n_rows);
    buffer_text(out, ",\"columns\":[");
    for (size_t i = 0; i < table->n_columns; i++) {
        if (i)
            buffer_char(out, ',');
        json_column(out, &table->columns[i]);
    }
    buffer_text(out, "]}");
}

static void
json_print(const struct plan *plan, const struct planned_way *way, const struct report *report,
           int status)
{
    CLEANUP_BUFFER struct buffer out = {0};

    buffer_printf(&out, "{\"result\":\"planned\",\"exit_status\":%d,\"seconds\":%.3f", status,
                  report->seconds);
    for (unsigned rung = PD_RUNG_NATIVE; rung <= PD_RUNG_REFUSED; rung++)
        buffer_printf(&out, ",\"%s\":%zu", mapping_rung_name(rung), plan->n_columns[rung]);
    if (way->migration) {
        buffer_char(&out, ',');
        print_json_member(&out, "migration", report->migration);
        buffer_text(&out, ",\"steps\":");
        migration_json(way->migration, &out);
    }
    if (way->policing && way->policing->policed) {
        buffer_text(&out, ",\"policies\":");
        policed_json(way->policing->policed, &out);
    }
    buffer_char(&out, ',');
    print_json_member(&out, "refusal", plan->refusal);
    buffer_text(&out, ",\"tables\":[");
    for (size_t i = 0; i < plan->n_tables; i++) {
        if (i)
            buffer_char(&out, ',');
        json_table(&out, &plan->tables[i]);
    }
    buffer_char(&out, ']');
    if (report->n_notes)
        print_json_lines(&out, "notes", report->notes, report->n_notes);
    buffer_text(&out, ",\"left_out\":[");
    for (size_t i = 0; i < report->n_left_out; i++) {
        if (i)
            buffer_char(&out, ',');
        json_write_string(&out, report->left_out[i], strlen(report->left_out[i]));
    }
    buffer_text(&out, "]}\n");
    if (buffer_string(&out))
        fputs(buffer_string(&out), stdout);
}

/* ---- The command ---- */

/* What steps have warned of while their rows were read, which may have been more than once. Adds to
   the report what is new; *ret_any: there is something. */
static pd_status
warnings_take(const struct migration *migration, struct report *report, bool *ret_any,
              struct pd_error *err)
{
    CLEANUP(report) struct report *all = NULL;
    pd_status status = report_new(&all, err);

    if (status == PD_OK)
        status = migrated_report(migration->migrated, all, err);
    for (size_t i = 0; status == PD_OK && i < all->n_left_out; i++) {
        size_t k = 0;

        while (k < i && strcmp(all->left_out[k], all->left_out[i]) != 0)
            k++;
        if (k == i)
            status = report_left_out(report, false, err, "%s", all->left_out[i]);
        *ret_any = true;
    }
    return status;
}

static int
plan_status(const struct plan *plan, bool is_warned)
{
    if (plan->n_columns[PD_RUNG_REFUSED] || plan->n_misfits || plan->refusal)
        return 1;
    return is_warned ? 3 : 0;
}

static int
plan_command_run(struct invocation *invocation, struct pd_error *err)
{
    CLEANUP(opened_source) struct opened_source *source = NULL;
    CLEANUP(migration) struct migration *migration = NULL;
    CLEANUP(policing) struct policing *policing = NULL;
    CLEANUP(report) struct report *report = NULL;
    struct run_options options;
    struct opened_source *from;
    struct plan *plan = NULL;
    bool is_warned = false;
    char identity[RUN_IDENTITY_SIZE];
    int result = report_new(&report, err);

    if (result == PD_OK)
        result = source_open(invocation->ends[0], &source, err);
    if (result == PD_OK)
        result = source_identify(source, identity, err);
    if (result == PD_OK)
        result = migration_open(invocation, source, &migration, report, err);
    if (result != PD_OK)
        return result;
    source_continue(source, &invocation->run);
    options = invocation->run; /* as the migration wants it */
    options.identity = identity;
    from = migration ? migration->source : source;
    result = policing_open(invocation, from, &options, &policing, err);
    if (result != PD_OK)
        return result;
    from = policing ? policing->source : from;
    progress_start("planning", from->catalog->n_tables, 0, invocation->run.quiet);
    result = plan_run(from, invocation->ends[1], &options, report, &plan, err);
    if (result == PD_OK && migration && !options.schema_only)
        result = warnings_take(migration, report, &is_warned, err);
    progress_stop();
    if (result != PD_OK)
        return result;
    result = plan_status(plan, is_warned);
    if (options_get(invocation->options, "json") && options_flag(invocation->options, "json"))
        json_print(plan, &(struct planned_way){migration, policing}, report, result);
    else
        all_print(plan, &(struct planned_way){migration, policing}, report);
    return result;
}

const struct command plan_command = {
    .name = "plan",
    .usage = "SOURCE TARGET",
    .about = "what a copy would make of each column, and what leave out",
    .more = "All rows are read once, nothing is written. The exit status is 1 when some\n"
            "column, or the table that it is of, cannot be stored, or some value does not\n"
            "fit a column that is there; 3 when steps of a migration warn of something. What\n"
            "would be left out is listed, which is no failure of a plan. What depends on a\n"
            "target that is being written (a key that is there twice, a CHECK) shows only in\n"
            "a copy.\n"
            "With --migrations each step is listed with what it does to tables, and the\n"
            "columns are those after the last one.",
    .roles = {END_SOURCE, END_TARGET},
    .n_ends = 2,
    .min_words = 2,
    .max_words = 2,
    .bit = FOR_PLAN,
    .run = plan_command_run,
};
