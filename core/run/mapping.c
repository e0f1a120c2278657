// SPDX-License-Identifier: Apache-2.0
// mapping - how the columns of a catalogue are stored in a target.
#include "run/mapping.h"

#include "base/buffer.h"
#include "base/log.h"
#include "model/kind.h"
#include "model/schema.h"

enum { LISTED = 12 /* columns in a refusal; `polydump plan` lists all */ };

static const char *const rung_names[] = {
    [PD_RUNG_NATIVE] = "native",
    [PD_RUNG_PROFILED] = "profiled",
    [PD_RUNG_CARRIER] = "carrier",
    [PD_RUNG_REFUSED] = "refused",
};

const char *
mapping_rung_name(unsigned rung)
{
    return rung < COUNT_OF(rung_names) ? rung_names[rung] : "unknown";
}

static pd_status
answer_check(const struct pd_catalog *catalog, const struct pd_mapping *columns,
             struct pd_error *err)
{
    for (size_t i = 0; i < catalog->n_tables; i++) {
        const struct pd_table *table = &catalog->tables[i];

        for (size_t k = 0; k < table->n_columns; k++, columns++) {
            if (columns->rung > PD_RUNG_REFUSED ||
                (columns->as.kind != PD_KIND_NONE && !kind_name(columns->as.kind)))
                return error_fail(err, PD_FATAL, PD_CAUSE_BUG,
                                  "the sink maps column '%s' of table '%s' to nothing known",
                                  table->columns[k].name, schema_table_name(table));
        }
    }
    return PD_OK;
}

static bool
column_is_made(const struct selection *selection, const struct pd_column *column)
{
    return schema_column_travels(column) && !(column->flags & PD_COLUMN_DROPPED) &&
           (selection->same_engine || !(column->flags & PD_COLUMN_PASSENGER));
}

const struct pd_mapping *
mapping_of(const struct mapping *mapping, const struct selection *selection, size_t table,
           size_t column)
{
    const struct pd_table *t = &selection->catalog->tables[table];

    if (!mapping->columns || !column_is_made(selection, &t->columns[column]))
        return NULL;
    return &mapping->columns[mapping->first[table] + column];
}

/* The tables with the types that write() gets. */
static bool
tables_written(const struct selection *selection, struct arena *arena, struct mapping *mapping)
{
    const struct pd_catalog *catalog = selection->catalog;
    struct pd_table *tables = arena_array(arena, struct pd_table, catalog->n_tables + 1);

    mapping->tables = tables;
    for (size_t i = 0; tables && i < catalog->n_tables; i++) {
        const struct pd_table *t = &catalog->tables[i];
        struct pd_column *columns = arena_array(arena, struct pd_column, t->n_columns + 1);

        if (!columns)
            return false;
        tables[i] = *t;
        for (size_t k = 0; k < t->n_columns; k++) {
            const struct pd_mapping *m = mapping_of(mapping, selection, i, k);

            columns[k] = t->columns[k];
            if (m && m->as.kind != PD_KIND_NONE)
                columns[k].type = m->as;
        }
        tables[i].columns = columns;
    }
    return tables != NULL;
}

/* What the columns lack that are there. */
static pd_status
limits_ask(const struct pd_sink_ops *ops, struct pd_sink *sink, const struct selection *selection,
           const struct pd_load *load, struct arena *arena, struct mapping *mapping,
           struct pd_error *err)
{
    const struct pd_catalog *catalog = selection->catalog;
    size_t n = mapping->first[catalog->n_tables];
    struct pd_limits *limits = arena_array(arena, struct pd_limits, n + 1);
    pd_status status = PD_OK;

    mapping->limits = limits;
    if (!limits)
        return error_memory(err);
    for (uint32_t i = 0; i < catalog->n_tables && status == PD_OK; i++) {
        for (uint32_t k = 0; k < catalog->tables[i].n_columns && status == PD_OK; k++) {
            const struct pd_mapping *m = mapping_of(mapping, selection, i, k);
            struct pd_limits *to = &limits[mapping->first[i] + k];

            to->struct_size = sizeof *to;
            if (m && m->flags & PD_MAPPING_PRESENT)
                status = ops->limits(sink, load, i, k, to, err);
            if (status == PD_UNSUPPORTED)
                status = PD_OK;
        }
    }
    return status;
}

pd_status
mapping_ask(const struct pd_sink_ops *ops, struct pd_sink *sink, const struct selection *selection,
            const struct pd_load *load, struct arena *arena, struct mapping *ret_mapping,
            struct pd_error *err)
{
    const struct pd_catalog *catalog = selection->catalog;
    struct mapping mapping = {0};
    size_t *first = arena_array(arena, size_t, catalog->n_tables + 1), n = 0;
    pd_status status = PD_UNSUPPORTED;

    *ret_mapping = mapping;
    if (!first)
        return error_memory(err);
    if (ops->map)
        status = ops->map(sink, load, &mapping.columns, err);
    if (status != PD_OK)
        return status == PD_UNSUPPORTED ? PD_OK : status;
    for (size_t i = 0; i < catalog->n_tables; i++) {
        first[i] = n;
        n += catalog->tables[i].n_columns;
    }
    first[catalog->n_tables] = n;
    mapping.first = first;
    status = answer_check(catalog, mapping.columns, err);
    if (status != PD_OK)
        return status;
    if (!tables_written(selection, arena, &mapping))
        return error_memory(err);
    if (ops->limits)
        status = limits_ask(ops, sink, selection, load, arena, &mapping, err);
    if (status != PD_OK)
        return status;
    *ret_mapping = mapping;
    return PD_OK;
}

bool
mapping_spells_json(const struct pd_column *column, const struct pd_mapping *mapping)
{
    return column->type.kind == PD_KIND_JSONB && column->flags & PD_COLUMN_NEUTRAL &&
           mapping->as.kind == PD_KIND_JSONB;
}

bool
mapping_is_guess(const struct mapping *mapping, const struct selection *selection, size_t table)
{
    size_t n = selection->catalog->tables[table].n_columns;

    for (size_t i = 0; i < n; i++) {
        const struct pd_mapping *m = mapping_of(mapping, selection, table, i);

        if (m && m->flags & PD_MAPPING_GUESS)
            return true;
    }
    return false;
}

/* "'t.c' as 'REAL': why: --option" */
static void
refusal_append(struct buffer *out, const struct pd_table *table, const struct pd_column *column,
               const struct pd_mapping *mapping)
{
    buffer_printf(
        out, "%s'%s.%s' (%s)", out->size ? "; " : "", schema_table_name(table), column->name,
        column->native && *column->native ? column->native : kind_name(column->type.kind));
    if (mapping->native && *mapping->native)
        buffer_printf(out, " as '%s'", mapping->native);
    if (mapping->reason)
        buffer_printf(out, ": %s", mapping->reason);
    if (mapping->option)
        buffer_printf(out, ", use --%s", mapping->option);
}

pd_status
mapping_refuse(const struct mapping *mapping, const struct selection *selection,
               struct pd_error *err)
{
    const struct pd_catalog *catalog = selection->catalog;
    CLEANUP_BUFFER struct buffer list = {0};
    size_t n = 0;

    for (size_t i = 0; mapping->columns && i < catalog->n_tables; i++) {
        const struct pd_table *table = &catalog->tables[i];

        for (size_t k = 0; k < table->n_columns; k++) {
            const struct pd_mapping *m = mapping_of(mapping, selection, i, k);

            if (m && m->rung == PD_RUNG_REFUSED && n++ < LISTED)
                refusal_append(&list, table, &table->columns[k], m);
        }
    }
    if (n == 0)
        return PD_OK;
    if (n > LISTED)
        buffer_printf(&list, "; and %zu more, `polydump plan` lists them", n - LISTED);
    if (!buffer_string(&list))
        return error_memory(err);
    return error_fail(err, PD_FATAL, PD_CAUSE_DATA, "%zu %s cannot be stored in the target: %s", n,
                      n == 1 ? "column" : "columns", buffer_string(&list));
}

static pd_status
column_report(const struct pd_table *table, const struct pd_column *column,
              const struct pd_mapping *mapping, struct report *report, struct pd_error *err)
{
    const struct mapped_column mapped = {
        .table = schema_table_name(table),
        .column = column->name,
        .native = mapping->native,
        .reason = mapping->reason,
        .option = mapping->option,
        .rung = mapping->rung,
    };

    log_debug("column '%s' of table '%s' is stored as '%s' (%s)%s%s", mapped.column, mapped.table,
              mapped.native ? mapped.native : "", mapping_rung_name(mapped.rung),
              mapped.reason ? ": " : "", mapped.reason ? mapped.reason : "");
    return report_mapped(report, &mapped, err);
}

pd_status
mapping_report(const struct mapping *mapping, const struct selection *selection,
               struct report *report, struct pd_error *err)
{
    const struct pd_catalog *catalog = selection->catalog;
    pd_status status = PD_OK;

    for (size_t i = 0; mapping->columns && i < catalog->n_tables; i++) {
        const struct pd_table *table = &catalog->tables[i];

        for (size_t k = 0; k < table->n_columns && status == PD_OK; k++) {
            const struct pd_mapping *m = mapping_of(mapping, selection, i, k);

            if (m && m->rung != PD_RUNG_NATIVE)
                status = column_report(table, &table->columns[k], m, report, err);
        }
    }
    return status;
}
