// SPDX-License-Identifier: Apache-2.0
// policed - the rows of a source as policies make them.
#include "migrate/policed.h"

#include <stdlib.h>
#include <string.h>

#include "archive/archive.h"
#include "migrate/policed_inside.h"
#include "migrate/step_value.h"
#include "model/batch_patch.h"
#include "model/kind.h"
#include "model/schema.h"
#include "model/value.h"
#include "run/fit.h"

/* What stands behind struct pd_source *. */
struct policed_handle {
    struct policed *policed;
    struct pd_source *inner;
    bool is_twin; /* inner is this handle's to close */
    uint32_t table;
    bool is_whole; /* all rows of the table are read */
    uint64_t n_rows;
    struct pd_builder builder; /* of the recoded columns, when has_builder */
    bool has_builder;
    struct translation translation;
    struct cell *found; /* of one reference */
    uint8_t bytes[16];  /* of one value */
};

static struct policed_handle *
handle_of(struct pd_source *source)
{
    return (struct policed_handle *)(void *)source;
}

static const struct policed_table *
handle_table(const struct policed_handle *handle)
{
    return &handle->policed->tables[handle->table];
}

static const struct pd_table *
catalog_table(const struct policed_handle *handle)
{
    return &handle->policed->inner->catalog->tables[handle->table];
}

/* ---- Columns that get other values ---- */

static pd_status
refuse_row(struct policed_handle *handle, const struct reference *reference,
           const struct pd_batch *batch, uint32_t row, struct pd_error *err)
{
    const struct pd_table *table = catalog_table(handle);
    CLEANUP_BUFFER struct buffer text = {0};

    fit_row_put(&text, table, batch, handle->n_rows, row);
    buffer_printf(&text, ": column '%s' refers to ",
                  table->columns[reference->foreign->columns[0]].name);
    buffer_append(&text, handle->translation.text.data, handle->translation.text.size);
    if (!buffer_string(&text))
        return error_memory(err);
    return error_fail(err, PD_FATAL, PD_CAUSE_MISSING, "table '%s', %s", schema_table_name(table),
                      buffer_string(&text));
}

static bool
refers(const struct reference *reference, const struct pd_table *table,
       const struct pd_batch *batch, uint32_t row)
{
    for (size_t i = 0; i < reference->foreign->n_columns; i++) {
        uint32_t column = reference->foreign->columns[i];

        if (batch_cell(&table->columns[column].type, batch_vector(batch, column), row).tag < 0)
            return false;
    }
    return true;
}

/* A value that stays, though its column gets values of another type: of a reference that is NULL in
   part. As that type by its text, or not at all. */
static pd_status
kept_read(struct policed_handle *handle, const struct pd_column *from, const struct pd_column *to,
          const struct pd_batch *batch, uint32_t row, struct cell *cell, struct pd_error *err)
{
    struct buffer *text = &handle->translation.text;
    CLEANUP_BUFFER struct buffer where = {0};
    struct pd_value value;
    pd_status status = PD_FAILED;

    if (cell->tag < 0 || (from->type.kind == to->type.kind && from->type.scale == to->type.scale))
        return PD_OK;
    buffer_clear(text);
    natural_text_put(text, &from->type, cell);
    if (text->failed)
        return error_memory(err);
    if (!cell->as_long)
        status = value_read(&to->type, text->size ? (const char *)text->data : "", text->size,
                            &value, handle->bytes, err);
    if (status == PD_OK) {
        *cell = step_value_cell(&value);
        return PD_OK;
    }
    fit_row_put(&where, catalog_table(handle), batch, handle->n_rows, row);
    if (!buffer_string(&where))
        return error_memory(err);
    return error_fail(
        err, PD_FATAL, PD_CAUSE_DATA,
        "table '%s', %s: column '%s' holds a part of a reference, which is NULL in "
        "another column, so that no key of the target is found for it, and its value "
        "means nothing as '%s' (policy recreate): make all of the reference NULL by a "
        "migration",
        schema_table_name(catalog_table(handle)), buffer_string(&where), to->name,
        kind_name(to->type.kind));
}

static pd_status
reference_keep(struct policed_handle *handle, const struct reference *reference,
               const struct pd_batch *batch, uint32_t row, struct pd_error *err)
{
    const struct pd_table *table = catalog_table(handle);
    const struct pd_table *recoded = &handle_table(handle)->recoded_table;
    pd_status status = PD_OK;

    for (size_t i = 0; i < reference->foreign->n_columns && status == PD_OK; i++) {
        uint32_t column = reference->foreign->columns[i], slot = reference->slots[i];
        struct cell cell =
            batch_cell(&table->columns[column].type, batch_vector(batch, column), row);

        status = kept_read(handle, &table->columns[column], &recoded->columns[slot], batch, row,
                           &cell, err);
        if (status == PD_OK)
            batch_put_cell(&handle->builder, slot, &recoded->columns[slot].type, &cell);
    }
    return status;
}

static pd_status
reference_apply(struct policed_handle *handle, const struct reference *reference,
                const struct pd_batch *batch, uint32_t row, struct pd_error *err)
{
    const struct pd_table *table = catalog_table(handle);
    const struct pd_foreign *foreign = reference->foreign;
    bool is_null = !reference->ident && refers(reference, table, batch, row);
    pd_status status = PD_DONE;

    if (reference->ident)
        status = naturals_find(reference->ident, table, foreign->columns, batch, row,
                               &handle->translation, handle->found, err);
    if (status == PD_FAILED)
        return refuse_row(handle, reference, batch, row, err);
    if (status < 0)
        return status;
    if (status == PD_DONE && !is_null)
        return reference_keep(handle, reference, batch, row, err);
    for (size_t i = 0; i < foreign->n_columns; i++) {
        uint32_t slot = reference->slots[i];
        struct cell cell = is_null ? (struct cell){.tag = -1} : handle->found[i];

        batch_put_cell(&handle->builder, slot,
                       &handle_table(handle)->recoded_table.columns[slot].type, &cell);
    }
    return PD_OK;
}

static pd_status
row_recode(struct policed_handle *handle, const struct pd_batch *batch, uint32_t row,
           struct pd_error *err)
{
    const struct policed_table *t = handle_table(handle);
    pd_status status = PD_OK;

    for (size_t i = 0; i < t->n_references && status == PD_OK; i++)
        status = reference_apply(handle, &t->references[i], batch, row, err);
    pd_builder_row(&handle->builder);
    return status;
}

static pd_status
builder_want(struct policed_handle *handle, uint32_t n_rows, struct pd_error *err)
{
    const struct policed_table *t = handle_table(handle);
    struct pd_builder *builder = &handle->builder;
    pd_status status = PD_OK;

    if (!handle->has_builder) {
        status = batch_builder_open(builder, &t->recoded_table, err);
        handle->has_builder = status == PD_OK;
    }
    return status == PD_OK ? batch_builder_beside(builder, n_rows, err) : status;
}

/* Takes both over when it succeeds. */
static pd_status
recoded_join(const struct policed_table *t, const struct pd_batch *inner,
             const struct pd_batch *made, const struct pd_batch **ret_batch, struct pd_error *err)
{
    CLEANUP_FREE struct batch_patch *patches = calloc(t->n_recoded, sizeof *patches);

    if (!patches)
        return error_memory(err);
    for (uint32_t i = 0; i < t->n_recoded; i++)
        patches[i] = (struct batch_patch){t->recoded[i], i, made, .is_shared = i > 0};
    return batch_patched(inner, patches, t->n_recoded, ret_batch, err);
}

static pd_status
batch_recode(struct policed_handle *handle, const struct pd_batch *batch,
             const struct pd_batch **ret_batch, struct pd_error *err)
{
    struct naturals *naturals = handle->policed->naturals;
    const struct pd_batch *made;
    pd_status status = batch_check(catalog_table(handle), batch, err);

    if (status == PD_OK)
        status = builder_want(handle, batch->n_rows, err);
    if (naturals)
        naturals_lock(naturals);
    for (uint32_t row = 0; row < batch->n_rows && status == PD_OK; row++)
        status = row_recode(handle, batch, row, err);
    if (naturals)
        naturals_unlock(naturals);
    if (status != PD_OK)
        return status;
    made = pd_builder_finish(&handle->builder);
    if (!made)
        return error_memory(err);
    status = recoded_join(handle_table(handle), batch, made, ret_batch, err);
    if (status != PD_OK)
        batch_release(made);
    return status;
}

/* ---- Operations ---- */

static pd_status
handle_catalog(struct pd_source *source, const struct pd_catalog **ret_catalog,
               struct pd_error *err)
{
    *ret_catalog = handle_of(source)->policed->source.catalog;
    return PD_OK;
}

static void
table_drop(struct policed_handle *handle)
{
    if (handle->has_builder)
        pd_builder_close(&handle->builder);
    handle->has_builder = false;
    free(take(handle->found));
}

static pd_status
handle_start(struct pd_source *source, const struct pd_scan *scan, struct pd_error *err)
{
    struct policed_handle *handle = handle_of(source);
    const struct policed_table *t;

    table_drop(handle);
    handle->table = scan->table;
    handle->is_whole = !scan->where && !scan->range.flags;
    handle->n_rows = 0;
    t = handle_table(handle);
    if (t->has_no_rows)
        return PD_OK;
    if (t->n_recoded) {
        handle->found = calloc(t->n_recoded, sizeof *handle->found);
        if (!handle->found)
            return error_memory(err);
    }
    return handle->policed->inner->ops->start(handle->inner, scan, err);
}

/* Nobody else can compare what was read with what was written, since the rows are others now. */
static pd_status
count_check(struct policed_handle *handle, struct pd_error *err)
{
    const struct pd_source_ops *ops = handle->policed->inner->ops;
    const struct pd_stats *known = NULL;
    pd_status status = PD_UNSUPPORTED;

    if (handle->is_whole && ops->stats)
        status = ops->stats(handle->inner, handle->table, &known, err);
    if (status == PD_OK && known->n_rows != handle->n_rows)
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT,
                          "table '%s': %llu rows were written and %llu read",
                          schema_table_name(catalog_table(handle)),
                          (unsigned long long)known->n_rows, (unsigned long long)handle->n_rows);
    return status == PD_OK || status == PD_UNSUPPORTED ? PD_DONE : status;
}

static pd_status
handle_read(struct pd_source *source, const struct pd_batch **ret_batch, struct pd_error *err)
{
    struct policed_handle *handle = handle_of(source);
    const struct policed_table *t = handle_table(handle);
    const struct pd_batch *batch = NULL;
    pd_status status;

    if (t->has_no_rows)
        return PD_DONE;
    status = handle->policed->inner->ops->read(handle->inner, &batch, err);
    if (!t->n_recoded) {
        *ret_batch = batch;
        return status;
    }
    if (status == PD_DONE)
        return count_check(handle, err);
    if (status != PD_OK)
        return status;
    status = batch_recode(handle, batch, ret_batch, err);
    handle->n_rows += batch->n_rows;
    if (status != PD_OK)
        batch_release(batch);
    return status;
}

static void
handle_free(struct policed_handle *handle)
{
    if (!handle)
        return;
    table_drop(handle);
    translation_free(&handle->translation);
    if (handle->is_twin)
        handle->policed->inner->ops->close(handle->inner);
    free(handle);
}

static void
handle_close(struct pd_source *source)
{
    handle_free(handle_of(source));
}

static pd_status
handle_share(struct pd_source *source, struct pd_source **ret_twin, struct pd_error *err)
{
    struct policed_handle *handle = handle_of(source);
    struct policed_handle *twin = calloc(1, sizeof *twin);
    pd_status status = twin ? PD_OK : error_memory(err);

    if (status == PD_OK)
        status = handle->policed->inner->ops->share(handle->inner, &twin->inner, err);
    if (status != PD_OK) {
        free(twin);
        return status;
    }
    twin->policed = handle->policed;
    twin->is_twin = true;
    *ret_twin = (struct pd_source *)(void *)twin;
    return PD_OK;
}

static pd_status
handle_extent(struct pd_source *source, uint32_t table, struct pd_extent *extent,
              struct pd_error *err)
{
    struct policed_handle *handle = handle_of(source);

    if (!handle->policed->tables[table].has_no_rows)
        return handle->policed->inner->ops->extent(handle->inner, table, extent, err);
    extent->has_axis = 0;
    extent->n_rows = 0;
    return PD_OK;
}

/* The engine knows the rows as they were: how many there are is still true. */
static pd_status
handle_facts(struct pd_source *source, const struct pd_scan *scan, int level,
             const struct pd_fact **ret_facts, size_t *ret_n_facts, struct pd_error *err)
{
    struct policed_handle *handle = handle_of(source);
    const struct policed_table *t = &handle->policed->tables[scan->table];

    if (t->has_no_rows)
        return PD_UNSUPPORTED;
    return handle->policed->inner->ops->facts(
        handle->inner, scan, t->n_recoded ? PD_FACTS_COUNT : level, ret_facts, ret_n_facts, err);
}

static pd_status
handle_read_long(struct pd_source *source, const struct pd_long *cell, uint64_t offset,
                 void *buffer, size_t size, struct pd_error *err)
{
    struct policed_handle *handle = handle_of(source);

    return handle->policed->inner->ops->read_long(handle->inner, cell, offset, buffer, size, err);
}

static pd_status
handle_recheck(struct pd_source *source, struct pd_error *err)
{
    struct policed_handle *handle = handle_of(source);

    return handle->policed->inner->ops->recheck(handle->inner, err);
}

static pd_status
handle_stats(struct pd_source *source, uint32_t table, const struct pd_stats **ret_stats,
             struct pd_error *err)
{
    struct policed_handle *handle = handle_of(source);
    const struct policed_table *t = &handle->policed->tables[table];

    if (t->has_no_rows || t->n_recoded)
        return PD_UNSUPPORTED;
    return handle->policed->inner->ops->stats(handle->inner, table, ret_stats, err);
}

/* Never called: a source of this kind is made by policed_open(). */
static pd_status
handle_no_open(const struct pd_host *host, const struct pd_endpoint *end,
               struct pd_source **ret_source, struct pd_error *err)
{
    return error_fail(err, PD_FATAL, PD_CAUSE_BUG, "a policed source is not opened by itself");
}

static void
set_operations(struct policed *policed)
{
    const struct pd_source_ops *inner = policed->inner->ops;

    policed->ops = (struct pd_source_ops){
        .struct_size = sizeof policed->ops,
        .open = handle_no_open,
        .catalog = handle_catalog,
        .start = handle_start,
        .read = handle_read,
        .close = handle_close,
        .share = inner->share ? handle_share : NULL,
        .extent = inner->extent ? handle_extent : NULL,
        .facts = inner->facts ? handle_facts : NULL,
        .read_long = inner->read_long ? handle_read_long : NULL,
        .recheck = inner->recheck ? handle_recheck : NULL,
        .stats = inner->stats ? handle_stats : NULL,
    };
}

/* ---- Life ---- */

/* Rows that get other keys come in another order. */
static bool
keeps_order(const struct policed_table *t, const struct pd_table *table)
{
    const struct pd_key *key = schema_order_key(table);

    for (size_t i = 0; i < t->n_recoded; i++)
        for (size_t k = 0; key && k < key->n_parts; k++)
            if ((uint32_t)key->parts[k].column == t->recoded[i])
                return false;
    return t->n_recoded == 0 || key;
}

static pd_status
catalog_show(struct policed *policed, struct pd_error *err)
{
    const struct pd_catalog *inner = policed->inner->catalog;
    struct pd_catalog *shown = arena_copy(policed->arena, inner, sizeof *shown);
    struct pd_table *tables = arena_array(policed->arena, struct pd_table, inner->n_tables + 1);

    if (!shown || !tables)
        return error_memory(err);
    for (size_t i = 0; i < inner->n_tables; i++) {
        const struct policed_table *t = &policed->tables[i];

        tables[i] = inner->tables[i];
        if (t->shown) {
            tables[i].columns = t->shown;
            tables[i].column_size = sizeof *t->shown;
        }
        if (!keeps_order(t, &inner->tables[i]))
            tables[i].flags &= ~(uint32_t)PD_TABLE_KEY_ORDER;
        if (t->has_no_rows)
            tables[i].n_rows_estimate = tables[i].n_bytes_estimate = 0;
    }
    shown->tables = tables;
    policed->source.catalog = shown;
    return PD_OK;
}

/* Tables that are changed have no profiles any more, and can be read twice for them: streams have
   been unpacked. */
static const char *
engine_of(const struct policed *policed)
{
    const struct opened_source *inner = policed->inner;

    for (size_t i = 0; i < inner->catalog->n_tables; i++)
        if ((policed->tables[i].n_recoded || policed->tables[i].has_no_rows) &&
            strcmp(inner->engine, archive_plugin.name) == 0)
            return "policies";
    return inner->engine;
}

pd_status
policed_begin(struct policed *policed, struct pd_error *err)
{
    struct policed_handle *handle;
    pd_status status = catalog_show(policed, err);

    if (status != PD_OK)
        return status;
    set_operations(policed);
    handle = calloc(1, sizeof *handle);
    if (!handle)
        return error_memory(err);
    handle->policed = policed;
    handle->inner = policed->inner->handle;
    policed->source.ops = &policed->ops;
    policed->source.handle = (struct pd_source *)(void *)handle;
    policed->source.engine = engine_of(policed);
    policed->source.arena = policed->arena;
    return PD_OK;
}

void
policed_close(struct policed *policed)
{
    if (!policed)
        return;
    if (policed->source.handle)
        handle_close(policed->source.handle);
    naturals_free(policed->naturals);
    arena_free(policed->arena);
    free(policed);
}

struct opened_source *
policed_source(struct policed *policed)
{
    return &policed->source;
}

const uint8_t *
policed_ways(const struct policed *policed)
{
    return policed->ways;
}
