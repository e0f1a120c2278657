// SPDX-License-Identifier: Apache-2.0
/* mapped - batches of a world as a sink's map() wants them, and back. */
#include "mapped.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "model/schema.h"

/* ---- To the sink ---- */

static bool
mapping_converts(const struct pd_mapping *mapping)
{
    return mapping->as.kind != PD_KIND_NONE;
}

static pd_status
table_mapped(struct writing *w, uint32_t number, const struct pd_mapping *mappings,
             struct converter **ret_converter, struct pd_error *error)
{
    const struct pd_table *table = &w->world->tables[number].table;
    CLEANUP_FREE struct convert_column *columns = calloc(table->n_columns + 1, sizeof *columns);
    bool any = false;

    if (!columns)
        return error_memory(error);
    for (size_t i = 0; i < table->n_columns; i++) {
        const struct pd_mapping *mapping = &mappings[i];

        if (mapping->rung == PD_RUNG_REFUSED)
            return error_fail(error, PD_FATAL, PD_CAUSE_DATA, "column '%s' of '%s' is refused: %s",
                              table->columns[i].name, table->name, mapping->reason);
        if (w->tagged)
            w->tagged[number][i] = mapping->flags & PD_MAPPING_TAGGED;
        if (!mapping_converts(mapping))
            continue;
        columns[i] = (struct convert_column){
            .to = &mapping->as, .flags = mapping->flags & PD_MAPPING_TAGGED ? CONVERT_TAGGED : 0};
        any = true;
    }
    *ret_converter = NULL;
    return any ? converter_new(table, columns, ret_converter, error) : PD_OK;
}

pd_status
mapped_open(struct mapped *mapped, struct writing *w, const struct pd_sink_ops *ops,
            struct pd_sink *sink, const struct pd_load *load, struct pd_error *error)
{
    const struct pd_mapping *mappings = NULL;
    pd_status status;

    *mapped = (struct mapped){.n_tables = w->world->n_tables};
    if (!quirks->maps)
        return PD_OK;
    mapped->converters = calloc(mapped->n_tables + 1, sizeof(struct converter *));
    if (!mapped->converters)
        return error_memory(error);
    status = ops->map(sink, load, &mappings, error);
    for (uint32_t i = 0; i < mapped->n_tables && status == PD_OK; i++) {
        status = table_mapped(w, i, mappings, &mapped->converters[i], error);
        mappings += w->world->tables[i].table.n_columns;
    }
    return status;
}

void
mapped_close(struct mapped *mapped)
{
    for (size_t i = 0; mapped->converters && i < mapped->n_tables; i++)
        converter_free(mapped->converters[i]);
    free(mapped->converters);
    *mapped = (struct mapped){0};
}

struct misfits {
    bool *rows;
    uint32_t n;
};

static pd_status
misfit_note(void *arg, uint32_t column, uint32_t row, const struct cell *cell,
            struct pd_error *error)
{
    struct misfits *misfits = arg;

    misfits->n += !misfits->rows[row];
    misfits->rows[row] = true;
    return PD_OK;
}

static void
keep(const struct pd_batch *batch)
{
}

/* The world keeps its batches. */
static pd_status
convert_lent(struct converter *converter, const struct pd_batch *batch, struct pd_batch *lent,
             struct misfits *misfits, const struct pd_batch **ret_batch, struct pd_error *error)
{
    *lent = *batch;
    lent->release = keep;
    return converter_batch(converter, lent, &world_long_ops, NULL, misfit_note, misfits, ret_batch,
                           error);
}

/* The rows of a batch that fit. */
static pd_status
without_misfits(const struct world_table *t, const struct pd_batch *batch, const bool *misfits,
                const struct pd_batch **ret_batch, struct pd_error *error)
{
    struct pd_builder builder;
    pd_status status = batch_builder_open(&builder, &t->table, error);

    if (status != PD_OK)
        return status;
    if (pd_builder_begin(&builder) != PD_OK) {
        pd_builder_close(&builder);
        return error_memory(error);
    }
    for (uint32_t row = 0; row < batch->n_rows; row++) {
        for (uint32_t i = 0; i < batch->n_columns && !misfits[row]; i++) {
            struct cell cell = batch_cell(&t->table.columns[i].type, batch_vector(batch, i), row);

            batch_put_cell(&builder, i, &t->table.columns[i].type, &cell);
        }
        if (!misfits[row])
            pd_builder_row(&builder);
    }
    *ret_batch = pd_builder_finish(&builder);
    pd_builder_close(&builder);
    return *ret_batch ? PD_OK : error_memory(error);
}

static pd_status
batch_fitting(const struct mapped *mapped, const struct world_table *t, uint32_t number,
              const struct pd_batch *batch, bool *misfits, uint32_t *rows,
              const struct pd_batch **ret_batch, struct pd_error *error)
{
    static __thread struct pd_batch lent; /* until it is released, which is before the next one */
    struct converter *converter = mapped->converters ? mapped->converters[number] : NULL;
    struct misfits found = {.rows = misfits};
    const struct pd_batch *fitting = NULL;
    uint32_t n = 0;
    pd_status status;

    for (uint32_t row = 0; row < batch->n_rows; row++)
        rows[row] = row;
    if (!converter) {
        lent = *batch;
        lent.release = keep;
        *ret_batch = &lent;
        return PD_OK;
    }
    status = convert_lent(converter, batch, &lent, &found, ret_batch, error);
    if (status != PD_OK || found.n == 0)
        return status;
    batch_release(*ret_batch);
    *ret_batch = NULL;
    if (found.n == batch->n_rows)
        return PD_OK;
    for (uint32_t row = 0; row < batch->n_rows; row++) {
        if (!misfits[row])
            rows[n++] = row;
    }
    status = without_misfits(t, batch, misfits, &fitting, error);
    if (status == PD_OK)
        status = converter_batch(converter, fitting, &world_long_ops, NULL, misfit_note, &found,
                                 ret_batch, error);
    if (status != PD_OK)
        batch_release(fitting);
    return status;
}

/* Twins share the converters, which one thread uses at a time. */
pd_status
mapped_batch(const struct mapped *mapped, const struct world_table *t, uint32_t number,
             const struct pd_batch *batch, bool *misfits, uint32_t *rows,
             const struct pd_batch **ret_batch, struct pd_error *error)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pd_status status;

    pthread_mutex_lock(&mutex);
    status = batch_fitting(mapped, t, number, batch, misfits, rows, ret_batch, error);
    pthread_mutex_unlock(&mutex);
    return status;
}

/* ---- Back ---- */

struct seen
mapped_read(struct reader *reader, const struct writing *w, uint32_t number)
{
    const struct pd_table *wanted = &w->world->tables[number].table;
    uint32_t at = reader_table(reader, wanted->name);
    const struct pd_table *table = &reader->catalog->tables[at];
    struct convert_column *columns =
        arena_array(reader->arena, struct convert_column, table->n_columns + 1);

    for (size_t i = 0; i < table->n_columns; i++) {
        long k = schema_find_column(wanted, table->columns[i].name);

        if (k < 0)
            continue;
        columns[i].to = &wanted->columns[k].type;
        columns[i].flags = CONVERT_BACK;
        if (w->tagged && w->tagged[number] && w->tagged[number][k])
            columns[i].flags |= CONVERT_UNTAGGED;
    }
    return seen_read_as(reader, reader->source, at, columns);
}
