// SPDX-License-Identifier: Apache-2.0
/* placement - where the tables of a run stand in the target. */
#include "run/placement.h"

#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "model/kind.h"
#include "model/schema.h"

/* ---- Places ---- */

static pd_status
columns_copy(struct arena *arena, const struct pd_table *table, const char *const *from,
             const char *const **ret_columns, struct pd_error *err)
{
    const char **columns = arena_array(arena, const char *, table->n_columns + 1);

    if (!columns)
        return error_memory(err);
    for (size_t i = 0; i < table->n_columns; i++) {
        columns[i] = arena_strdup(arena, from[i]);
        if (from[i] && !columns[i])
            return error_memory(err);
    }
    *ret_columns = columns;
    return PD_OK;
}

static pd_status
placement_copy(struct arena *arena, const struct pd_table *table, const struct pd_placed *placed,
               struct placement *ret_place, struct pd_error *err)
{
    ret_place->schema = arena_strdup(arena, placed->schema);
    ret_place->name = arena_strdup(arena, placed->name);
    ret_place->is_triggered = placed->flags & PD_PLACED_TRIGGERED;
    if ((placed->schema && !ret_place->schema) || (placed->name && !ret_place->name))
        return error_memory(err);
    if (!placed->columns)
        return PD_OK;
    return columns_copy(arena, table, placed->columns, &ret_place->columns, err);
}

pd_status
placements_read(struct arena *arena, const struct pd_sink_ops *ops, struct pd_sink *sink,
                const struct pd_catalog *catalog, struct placement **ret_placements,
                struct pd_error *err)
{
    struct placement *places = arena_array(arena, struct placement, catalog->n_tables + 1);
    pd_status status = places ? PD_OK : error_memory(err);

    for (uint32_t i = 0; i < catalog->n_tables && status == PD_OK; i++) {
        const struct pd_table *table = &catalog->tables[i];
        struct pd_placed placed = {
            .struct_size = sizeof placed, .schema = table->schema, .name = table->name};

        if (ops->placed)
            status = ops->placed(sink, i, &placed, err);
        if (status == PD_UNSUPPORTED)
            status = PD_OK; /* the table has no place, and the rest of it stays zero */
        else if (status == PD_OK)
            status = placement_copy(arena, table, &placed, &places[i], err);
    }
    *ret_placements = places;
    return status;
}

const char *
placement_column(const struct placement *place, const struct pd_table *table, size_t column)
{
    return place->columns ? place->columns[column] : table->columns[column].name;
}

void
placements_tell(const struct pd_catalog *catalog, const struct placement *places)
{
    size_t n_tables = 0, n_columns = 0;

    for (size_t i = 0; i < catalog->n_tables; i++) {
        const struct pd_table *table = &catalog->tables[i];

        if (!places[i].name)
            continue;
        n_tables += strcasecmp(places[i].name, table->name) == 0 &&
                    strcmp(places[i].name, table->name) != 0;
        for (size_t k = 0; k < table->n_columns; k++) {
            const char *name = placement_column(&places[i], table, k);

            n_columns += name && strcmp(name, table->columns[k].name) != 0;
        }
    }
    if (n_tables + n_columns)
        log_info(
            "names of %zu tables and %zu columns are the target's but for the case of letters; "
            "--verbose lists the columns",
            n_tables, n_columns);
}

pd_status
placements_report(struct report *report, const struct pd_catalog *source,
                  const struct selection *selection, const struct placement *places,
                  struct pd_error *err)
{
    pd_status status = PD_OK;

    report->n_places = source->n_tables;
    report->places = arena_array(report->arena, struct placement, source->n_tables + 1);
    if (!report->places)
        return error_memory(err);
    for (size_t i = 0; i < selection->catalog->n_tables && status == PD_OK; i++) {
        const struct pd_placed placed = {
            .schema = places[i].schema, .name = places[i].name, .columns = places[i].columns};

        status = placement_copy(report->arena, &selection->catalog->tables[i], &placed,
                                &report->places[selection->origins[i]], err);
    }
    return status;
}

/* ---- What the target's engine says ---- */

/* A count or sum of the stream; one that it does not have is 0. */
static uint64_t
stream_count(const struct review_table *table, uint32_t column, uint32_t id)
{
    for (size_t i = 0; i < table->n_stream; i++)
        if (table->stream[i].column == column && table->stream[i].id == id)
            return table->stream[i].low;
    return 0;
}

/* Cells of an enum that are no labels: its error value is of no class (PD_FACT_TABLE), and a text
   where the engine has no enums. */
static uint64_t
spelled_count(const struct review_table *table, uint32_t column, const struct pd_type *there)
{
    static const uint32_t classes[] = {PD_FACT_NULLS, PD_FACT_INTS, PD_FACT_REALS, PD_FACT_TEXTS,
                                       PD_FACT_BLOBS};
    uint64_t n = stream_count(table, PD_NO_COLUMN, PD_FACT_ROWS);

    if (table->table->columns[column].type.kind != PD_KIND_ENUM || there->kind == PD_KIND_ENUM)
        return 0;
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        n -= stream_count(table, column, classes[i]);
    return n;
}

/* Texts of all sorts are counted as text, and so with bytes. */
static int
facts_class(int kind)
{
    int class = kind_class(kind);

    if (class == PD_CLASS_JSON || kind == PD_KIND_XML)
        return PD_CLASS_TEXT;
    return class == PD_CLASS_GEOMETRY ? PD_CLASS_BYTES : class;
}

/* Facts count cells of one class (PD_FACT_TABLE): they mean the same where the class is the same,
   and where every value of it can be had: SQLite has no NaN. */
static bool
is_partly(const struct review_table *table, uint32_t column, const struct pd_type *there)
{
    const struct pd_type *here = &table->table->columns[column].type;

    return facts_class(here->kind) != facts_class(there->kind) ||
           stream_count(table, column, PD_FACT_REAL_NANS);
}

static pd_status
column_find(const struct pd_table *table, const struct placement *place, size_t column,
            const struct pd_table *there, long *ret_at, struct pd_error *err)
{
    const char *name = placement_column(place, table, column);

    *ret_at = name ? schema_find_column(there, name) : -1;
    if (*ret_at >= 0 || !name || !schema_column_counts(&table->columns[column]))
        return PD_OK;
    return error_fail(err, PD_FATAL, PD_CAUSE_DIFFERENT,
                      "column '%s' of table '%s' is not in the target after it was written", name,
                      schema_table_name(table));
}

pd_status
placement_review(struct arena *arena, const struct pd_table *table, const struct placement *place,
                 const struct pd_catalog *target, bool same_engine, struct review_table *ret_table,
                 struct pd_error *err)
{
    long at = schema_find_table(target, place->schema, place->name);
    const struct pd_table *there = at >= 0 ? &target->tables[at] : NULL;
    bool *partly = arena_array(arena, bool, table->n_columns + 1);
    uint64_t *spelled = arena_array(arena, uint64_t, table->n_columns + 1);
    uint32_t *columns;
    pd_status status = PD_OK;

    if (!there)
        return error_fail(err, PD_FATAL, PD_CAUSE_DIFFERENT,
                          "table '%s' is not in the target after it was written",
                          schema_table_name(table));
    columns = arena_array(arena, uint32_t, there->n_columns + 1);
    if (!partly || !spelled || !columns)
        return error_memory(err);
    for (size_t i = 0; i < there->n_columns; i++)
        columns[i] = PD_NO_COLUMN;
    ret_table->table = table;
    ret_table->number = (uint32_t)at;
    ret_table->columns = columns;
    ret_table->n_columns = there->n_columns;
    ret_table->is_triggered = place->is_triggered;
    ret_table->partly = partly;
    ret_table->spelled = spelled;
    for (size_t i = 0; i < table->n_columns && status == PD_OK; i++) {
        long k;

        status = column_find(table, place, i, there, &k, err);
        if (status != PD_OK || k < 0)
            continue;
        columns[k] = (uint32_t)i;
        partly[i] = (!same_engine || table->columns[i].flags & PD_COLUMN_NEUTRAL) &&
                    is_partly(ret_table, (uint32_t)i, &there->columns[k].type);
        spelled[i] = spelled_count(ret_table, (uint32_t)i, &there->columns[k].type);
    }
    return status;
}
