// SPDX-License-Identifier: Apache-2.0
/* migration_print - what each step of a migration does to the schema. */
#include <string.h>

#include "cli/migration.h"
#include "cli/print.h"
#include "model/json.h"
#include "model/schema.h"

/* ---- One table ---- */

/* A clause behind the name of a table: "table 't': renamed 'u'; column 'c' dropped". */
static void
clause(struct buffer *out, size_t begin, const char *fmt, const char *name)
{
    buffer_text(out, out->size == begin ? ": " : "; ");
    buffer_printf(out, fmt, name);
}

static bool
is_taken(const struct flow *flow, size_t n_columns, uint32_t column)
{
    for (size_t i = 0; i < n_columns; i++) {
        if (flow->columns[i] == column)
            return true;
    }
    return false;
}

/* What becomes of the columns: gone, renamed, new. */
static void
columns_put(struct buffer *out, size_t begin, const struct pd_table *before,
            const struct pd_table *after, const struct flow *flow)
{
    for (uint32_t i = 0; i < before->n_columns; i++) {
        if (!is_taken(flow, after->n_columns, i))
            clause(out, begin, "column '%s' dropped", before->columns[i].name);
    }
    for (size_t i = 0; i < after->n_columns; i++) {
        uint32_t from = flow->columns[i];

        if (from == PD_NO_COLUMN) {
            clause(out, begin, "column '%s' added", after->columns[i].name);
        } else if (strcmp(before->columns[from].name, after->columns[i].name) != 0) {
            clause(out, begin, "column '%s'", before->columns[from].name);
            buffer_printf(out, " renamed '%s'", after->columns[i].name);
        }
    }
}

static bool
is_first(const struct planned *planned, const struct flow *flow, uint32_t table)
{
    const struct feed *feed = &planned->feeds[flow->to_table];

    return feed->n_tables > 0 && feed->tables[0] == table;
}

static void
fate_put(struct buffer *out, size_t begin, const struct planned *planned, uint32_t number)
{
    const struct pd_table *before = &planned->before->tables[number];
    const struct flow *flow = &planned->flows[number];
    const struct pd_table *after;

    if (flow->to_table == PD_NO_TABLE) {
        clause(out, begin, "%s", "dropped");
        return;
    }
    after = &planned->after->tables[flow->to_table];
    if (!is_first(planned, flow, number)) {
        clause(out, begin, "merged into '%s'", schema_table_name(after));
        return;
    }
    if (strcmp(schema_table_name(before), schema_table_name(after)) != 0)
        clause(out, begin, "renamed '%s'", schema_table_name(after));
    columns_put(out, begin, before, after, flow);
}

static void
seen_put(struct buffer *out, size_t begin, const struct planned *planned, const struct flow *flow)
{
    if (!flow->seen)
        return;
    clause(out, begin, "%s", "its rows are seen");
    for (size_t i = 0; i < flow->n_emits; i++)
        buffer_printf(out, "%s '%s'", i ? "," : " and may become rows of",
                      schema_table_name(&planned->after->tables[flow->emits[i]]));
}

/* "table 't': ..." of a table of the schema before; false: nothing happens to it. */
static bool
before_put(struct buffer *out, const struct planned *planned, uint32_t number)
{
    size_t at = out->size, begin;

    buffer_printf(out, "table '%s'", schema_table_name(&planned->before->tables[number]));
    begin = out->size;
    fate_put(out, begin, planned, number);
    seen_put(out, begin, planned, &planned->flows[number]);
    if (out->size > begin)
        return true;
    out->size = at;
    return false;
}

/* Of a table that none was before. */
static bool
after_put(struct buffer *out, const struct planned *planned, uint32_t number)
{
    if (planned->feeds[number].n_tables)
        return false;
    buffer_printf(out, "table '%s': added", schema_table_name(&planned->after->tables[number]));
    return true;
}

/* ---- A line a table, and one a statement ---- */

static void
statement_put(struct buffer *out, const struct pd_statement *statement, const char *engine)
{
    bool is_run = strcmp(statement->engine, engine) == 0;

    buffer_printf(out, "SQL on %s, %s the rows%s: %s", statement->engine,
                  statement->when == PD_BEFORE_ROWS ? "before" : "after",
                  is_run ? "" : " (not run on this target)", statement->sql);
}

/* The n-th line of a step; false: it has no line of that number. *ret_any: there may be more. */
static bool
line_put(struct buffer *out, const struct migration *migration, const struct planned *planned,
         size_t n, bool *ret_any)
{
    size_t n_before = planned->before->n_tables, n_after = planned->after->n_tables;

    *ret_any = true;
    if (n < n_before)
        return before_put(out, planned, (uint32_t)n);
    n -= n_before;
    if (n < n_after)
        return after_put(out, planned, (uint32_t)n);
    n -= n_after;
    if (n < planned->n_statements) {
        statement_put(out, &planned->statements[n], migration->engine);
        return true;
    }
    n -= planned->n_statements;
    if (n < n_after) {
        buffer_printf(out, "table '%s': asked about rows before they are saved",
                      schema_table_name(&planned->after->tables[n]));
        return planned->feeds[n].is_asked;
    }
    *ret_any = false;
    return false;
}

/* Of the plugin's and the data's words nothing shall reach the terminal as it is. */
static void
safe_line(struct buffer *out, struct buffer *line)
{
    const char *text = buffer_string(line);
    char safe[ERROR_TEXT_SIZE];

    if (!text) {
        out->failed = true;
        return;
    }
    error_printable(text, safe, sizeof safe);
    buffer_printf(out, "%s\n", safe);
}

void
migration_put(const struct migration *migration, struct buffer *out)
{
    CLEANUP_BUFFER struct buffer line = {0};

    for (size_t i = 0; i < migration->chain.n_steps; i++) {
        const struct pd_migration *step = migration->chain.steps[i];
        const struct planned *planned = migrated_planned(migration->migrated, i);
        bool any = true;

        buffer_clear(&line);
        buffer_printf(&line, "%s -> %s%s%s  (%s)", step->from, step->to, step->about ? "  " : "",
                      step->about ? step->about : "", step->origin);
        safe_line(out, &line);
        for (size_t n = 0; any; n++) {
            buffer_clear(&line);
            buffer_text(&line, "  ");
            if (line_put(&line, migration, planned, n, &any))
                safe_line(out, &line);
        }
    }
}

/* ---- For programs ---- */

static void
json_step(struct buffer *out, const struct migration *migration, size_t number)
{
    CLEANUP_BUFFER struct buffer line = {0};
    const struct pd_migration *step = migration->chain.steps[number];
    const struct planned *planned = migrated_planned(migration->migrated, number);
    bool any = true, is_first_line = true;

    buffer_char(out, '{');
    print_json_member(out, "from", step->from);
    buffer_char(out, ',');
    print_json_member(out, "to", step->to);
    buffer_char(out, ',');
    print_json_member(out, "about", step->about);
    buffer_char(out, ',');
    print_json_member(out, "origin", step->origin);
    buffer_text(out, ",\"changes\":[");
    for (size_t n = 0; any; n++) {
        buffer_clear(&line);
        if (!line_put(&line, migration, planned, n, &any))
            continue;
        if (!is_first_line)
            buffer_char(out, ',');
        is_first_line = false;
        json_write_string(out, (const char *)line.data, line.size);
    }
    buffer_text(out, "]}");
}

void
migration_json(const struct migration *migration, struct buffer *out)
{
    buffer_char(out, '[');
    for (size_t i = 0; i < migration->chain.n_steps; i++) {
        if (i)
            buffer_char(out, ',');
        json_step(out, migration, i);
    }
    buffer_char(out, ']');
}
