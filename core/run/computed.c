// SPDX-License-Identifier: Apache-2.0
// computed - generated columns that the target cannot compute travel as plain ones.
#include "run/computed.h"

#include <string.h>

#include "archive/archive.h"
#include "base/buffer.h"
#include "base/log.h"
#include "model/schema.h"

struct computed {
    const struct opened_source *source;
    struct arena *arena;
    struct selection *selection;
    struct pd_stats *stats;
    struct report *report;
    bool is_archive;
    bool is_plan;
    bool any;
    size_t n_lost;
};

static bool
is_uncomputed(const struct mapping *mapping, const struct pd_catalog *catalog, size_t table,
              size_t column)
{
    return catalog->tables[table].columns[column].generated != PD_GENERATED_NO &&
           mapping->columns[mapping->first[table] + column].flags & PD_MAPPING_UNCOMPUTED;
}

static pd_status
column_tell(struct computed *c, size_t table, size_t column, const char *what, struct pd_error *err)
{
    const struct pd_table *t = &c->selection->catalog->tables[table];
    const struct report_part part = {.part = PD_PART_GENERATED,
                                     .table = c->selection->origins[table],
                                     .number = (uint32_t)column};
    CLEANUP_BUFFER struct buffer line = {0};

    buffer_printf(&line, "expression of column '%s' of table '%s': %s", t->columns[column].name,
                  schema_table_name(t), what);
    if (!buffer_string(&line))
        return error_memory(err);
    return report_left_out_part(c->report, &part, buffer_string(&line), err);
}

/* From now on it is a column like others, here and in the source. */
static void
column_make_plain(struct pd_column *column)
{
    column->generated = PD_GENERATED_NO;
    column->expression = NULL;
    column->expression_native = NULL;
    column->generated_values = NULL;
    column->generated_settings = NULL;
}

static pd_status
column_take(struct computed *c, size_t table, size_t column, struct pd_column *columns,
            struct pd_error *err)
{
    const struct opened_source *source = c->source;
    pd_status status = PD_UNSUPPORTED;

    if (source->ops->compute)
        status = source->ops->compute(source->handle, c->selection->origins[table],
                                      (uint32_t)column, err);
    if (status == PD_UNSUPPORTED) {
        c->n_lost++;
        return c->is_plan
                   ? column_tell(c, table, column,
                                 "the target does not know it, so the column is left out", err)
                   : PD_OK;
    }
    if (status != PD_OK)
        return status;
    column_make_plain(&columns[column]);
    memset(&c->stats[table], 0, sizeof c->stats[table]);
    c->any = true;
    return column_tell(c, table, column,
                       "the target does not know it, so the column is a plain one, with the values "
                       "that it has now",
                       err);
}

/* In a copy of its columns, since those of the source's catalogue stay. */
static pd_status
table_take(struct computed *c, const struct mapping *mapping, size_t number, struct pd_table *table,
           struct pd_error *err)
{
    const struct pd_catalog *catalog = c->selection->catalog;
    struct pd_column *columns = NULL;
    pd_status status = PD_OK;

    for (size_t i = 0; i < table->n_columns && status == PD_OK; i++) {
        if (!is_uncomputed(mapping, catalog, number, i))
            continue;
        if (!columns)
            columns = arena_copy(c->arena, table->columns, table->n_columns * sizeof *columns);
        if (!columns)
            return error_memory(err);
        status = column_take(c, number, i, columns, err);
    }
    if (columns)
        table->columns = columns;
    return status;
}

pd_status
computed_take(const struct opened_source *source, const struct mapping *mapping,
              struct arena *arena, struct selection *selection, struct pd_stats *stats,
              struct report *report, bool is_plan, bool *ret_any, struct pd_error *err)
{
    struct computed c = {
        .source = source,
        .arena = arena,
        .selection = selection,
        .stats = stats,
        .report = report,
        .is_plan = is_plan,
        .is_archive = strcmp(source->engine, archive_plugin.name) == 0,
    };
    size_t n = selection->catalog->n_tables;
    struct pd_table *tables;
    pd_status status = PD_OK;

    *ret_any = false;
    if (!mapping->columns)
        return PD_OK;
    tables = arena_copy(arena, selection->catalog->tables, n * sizeof *tables);
    if (n && !tables)
        return error_memory(err);
    for (size_t i = 0; i < n && status == PD_OK; i++)
        status = table_take(&c, mapping, i, &tables[i], err);
    if (c.any)
        selection->catalog->tables = tables;
    if (c.n_lost && c.is_archive)
        log_info("an archive has no values of generated columns: the target does not know %zu of "
                 "them, which 'polydump copy' from the database would take along as plain columns",
                 c.n_lost);
    *ret_any = c.any;
    return status;
}
