// SPDX-License-Identifier: Apache-2.0
// ruled - the rows of a source as rules for values make them.
#include "run/ruled_inside.h"

#include <stdlib.h>
#include <string.h>

#include <polydump/options.h>

#include "archive/archive.h"
#include "model/batch_patch.h"
#include "model/long_cell.h"
#include "model/schema.h"
#include "plugin/host.h"
#include "run/fit.h"

/* What stands behind struct pd_source *. */
struct ruled_handle {
    struct ruled *ruled;
    struct pd_source *inner;
    bool is_twin; /* inner is this handle's to close */
    uint32_t table;
    uint64_t n_rows;
    struct pd_builder *builders; /* one a ruled column; host NULL: not opened yet */
    struct batch_patch *patches; /* as many */
    struct buffer scratch[2];
    struct buffer fetched; /* a long cell */
};

static struct ruled_handle *
handle_of(struct pd_source *source)
{
    return (struct ruled_handle *)(void *)source;
}

static const struct pd_source_ops *
inner_ops(const struct ruled_handle *handle)
{
    return handle->ruled->inner->ops;
}

/* ---- Values ---- */

/* A long cell that a rule changes is taken into memory. */
#define LONG_MAX_CHANGED (UINT64_C(1) << 28)

/* Is a rule for a long cell? */
struct long_look {
    const struct ruled_column *column;
    int tag;
    bool is_met;
};

static void
slice_look(void *arg, const uint8_t *bytes, size_t size)
{
    struct long_look *look = arg;

    look->is_met |= value_rules_meet_long(&look->column->rules, &look->column->shown.type,
                                          look->tag, bytes, size);
}

static void
slice_append(void *arg, const uint8_t *bytes, size_t size)
{
    buffer_append(arg, bytes, size);
}

/* The cell is no long one any more where a rule is for it. */
static pd_status
long_take(struct ruled_handle *handle, const struct ruled_column *c, struct cell *cell,
          struct pd_error *err)
{
    struct long_look look = {.column = c, .tag = cell->tag};
    struct buffer *bytes = &handle->fetched;
    pd_status status =
        long_cell_read(inner_ops(handle), handle->inner, cell->as_long, slice_look, &look, err);

    if (status != PD_OK || !look.is_met)
        return status;
    if (cell->as_long->size > LONG_MAX_CHANGED)
        return error_fail(err, PD_FATAL, PD_CAUSE_LIMIT,
                          "column '%s': a rule is for a value of %llu bytes, and it changes those "
                          "of up to %llu",
                          c->shown.name, (unsigned long long)cell->as_long->size,
                          (unsigned long long)LONG_MAX_CHANGED);
    buffer_clear(bytes);
    status =
        long_cell_read(inner_ops(handle), handle->inner, cell->as_long, slice_append, bytes, err);
    if (bytes->failed)
        return error_memory(err);
    *cell = (struct cell){.tag = cell->tag, .bytes = bytes->data, .size = bytes->size};
    return status;
}

/* Rows that become equal to others would be dropped without a word. */
static pd_status
refuse_conflict(const struct ruled_handle *handle, const struct ruled_column *c, uint32_t rules,
                const struct pd_batch *batch, uint32_t row, struct pd_error *err)
{
    const struct pd_table *table = &handle->ruled->inner->catalog->tables[handle->table];
    CLEANUP_BUFFER struct buffer where = {0};

    fit_row_put(&where, table, batch, handle->n_rows, row);
    if (!buffer_string(&where))
        return error_memory(err);
    return error_fail(err, PD_FATAL, PD_CAUSE_DATA,
                      "table '%s', %s: --%s would change column '%s', which %s has, and "
                      "--on-conflict=%s takes rows that become equal by it for one; use "
                      "--on-conflict=error",
                      schema_table_name(table), buffer_string(&where),
                      value_rule_option(__builtin_ctz(rules)), c->shown.name, c->key,
                      handle->ruled->target.conflict);
}

static pd_status
column_fill(struct ruled_handle *handle, struct ruled_column *c, struct pd_builder *builder,
            const struct pd_batch *batch, uint64_t n[VALUE_RULE_COUNT_], bool *ret_changed,
            struct pd_error *err)
{
    const struct pd_type *type = &c->shown.type;
    const struct pd_vector *vector = batch_vector(batch, c->column);

    for (uint32_t row = 0; row < batch->n_rows; row++) {
        struct cell cell = batch_cell(type, vector, row);
        pd_status status = cell.as_long ? long_take(handle, c, &cell, err) : PD_OK;
        uint32_t met = value_rules_apply(&c->rules, type, &cell, handle->scratch);

        if (status != PD_OK)
            return status;
        if (met && c->is_key && handle->ruled->target.conflict)
            return refuse_conflict(handle, c, met, batch, row, err);
        for (int rule = 0; met && rule < VALUE_RULE_COUNT_; rule++) {
            bool is_met = met >> rule & 1;

            n[rule] += is_met;
            *ret_changed |= is_met && c->rules.gives[rule].gift != VALUE_KEPT;
        }
        batch_put_cell(builder, 0, type, &cell);
        pd_builder_row(builder);
    }
    return handle->scratch[0].failed || handle->scratch[1].failed ? error_memory(err) : PD_OK;
}

/* *ret_made is NULL when no value of the column is another. */
static pd_status
column_make(struct ruled_handle *handle, uint32_t number, const struct pd_batch *batch,
            const struct pd_batch **ret_made, struct pd_error *err)
{
    struct ruled_column *c = &handle->ruled->tables[handle->table].columns[number];
    struct pd_builder *builder = &handle->builders[number];
    uint64_t n[VALUE_RULE_COUNT_] = {0};
    bool is_changed = false;
    pd_status status = builder->host ? PD_OK : batch_builder_open(builder, &c->alone, err);

    *ret_made = NULL;
    if (status == PD_OK)
        status = batch_builder_beside(builder, batch->n_rows, err);
    if (status == PD_OK)
        status = column_fill(handle, c, builder, batch, n, &is_changed, err);
    if (status != PD_OK)
        return status;
    pthread_mutex_lock(&handle->ruled->mutex);
    for (int rule = 0; rule < VALUE_RULE_COUNT_; rule++)
        c->n[rule] += n[rule];
    pthread_mutex_unlock(&handle->ruled->mutex);
    if (!is_changed) {
        pd_builder_drop(builder);
        return PD_OK;
    }
    *ret_made = pd_builder_finish(builder);
    return *ret_made ? PD_OK : error_memory(err);
}

static bool
column_meets(const struct ruled_column *c, const struct pd_batch *batch)
{
    return value_rules_meet(&c->rules, &c->shown.type, batch_vector(batch, c->column),
                            batch->n_rows);
}

/* Does any column need a look? Then the batch is checked, too: nobody else has done so yet. */
static pd_status
batch_meets(const struct ruled_handle *handle, const struct pd_batch *batch, bool *ret_meets,
            struct pd_error *err)
{
    const struct pd_table *table = &handle->ruled->inner->catalog->tables[handle->table];
    const struct ruled_table *t = &handle->ruled->tables[handle->table];
    pd_status status = batch_check(table, batch, err);

    *ret_meets = false;
    for (uint32_t i = 0; status == PD_OK && i < t->n_columns && !*ret_meets; i++)
        *ret_meets = column_meets(&t->columns[i], batch);
    return status;
}

static pd_status
batch_rule(struct ruled_handle *handle, const struct pd_batch *batch,
           const struct pd_batch **ret_batch, struct pd_error *err)
{
    const struct ruled_table *t = &handle->ruled->tables[handle->table];
    uint32_t n = 0;
    pd_status status = PD_OK;

    for (uint32_t i = 0; i < t->n_columns && status == PD_OK; i++) {
        const struct pd_batch *made = NULL;

        if (!column_meets(&t->columns[i], batch))
            continue;
        status = column_make(handle, i, batch, &made, err);
        if (made)
            handle->patches[n++] = (struct batch_patch){t->columns[i].column, 0, made, false};
    }
    *ret_batch = batch;
    if (status == PD_OK && n)
        status = batch_patched(batch, handle->patches, n, ret_batch, err);
    for (uint32_t i = 0; status != PD_OK && i < n; i++)
        batch_release(handle->patches[i].made);
    return status;
}

/* ---- Operations ---- */

static pd_status
handle_catalog(struct pd_source *source, const struct pd_catalog **ret_catalog,
               struct pd_error *err)
{
    *ret_catalog = handle_of(source)->ruled->source.catalog;
    return PD_OK;
}

static void
table_drop(struct ruled_handle *handle)
{
    uint32_t n = handle->builders ? handle->ruled->tables[handle->table].n_columns : 0;

    for (uint32_t i = 0; i < n; i++)
        pd_builder_close(&handle->builders[i]);
    free(take(handle->builders));
    free(take(handle->patches));
}

static pd_status
handle_start(struct pd_source *source, const struct pd_scan *scan, struct pd_error *err)
{
    struct ruled_handle *handle = handle_of(source);
    uint32_t n = handle->ruled->tables[scan->table].n_columns;

    table_drop(handle);
    handle->table = scan->table;
    handle->n_rows = 0;
    if (n) {
        handle->builders = calloc(n, sizeof *handle->builders);
        handle->patches = calloc(n, sizeof *handle->patches);
        if (!handle->builders || !handle->patches)
            return error_memory(err);
    }
    return inner_ops(handle)->start(handle->inner, scan, err);
}

static pd_status
handle_read(struct pd_source *source, const struct pd_batch **ret_batch, struct pd_error *err)
{
    struct ruled_handle *handle = handle_of(source);
    const struct pd_batch *batch = NULL;
    bool meets = false;
    pd_status status = inner_ops(handle)->read(handle->inner, &batch, err);

    if (status != PD_OK)
        return status;
    *ret_batch = batch;
    if (handle->ruled->tables[handle->table].n_columns == 0)
        return PD_OK;
    status = batch_meets(handle, batch, &meets, err);
    if (status == PD_OK && meets)
        status = batch_rule(handle, batch, ret_batch, err);
    handle->n_rows += batch->n_rows;
    if (status != PD_OK)
        batch_release(batch);
    return status;
}

static void
handle_close(struct pd_source *source)
{
    struct ruled_handle *handle = handle_of(source);

    if (!handle)
        return;
    table_drop(handle);
    buffer_free(&handle->scratch[0]);
    buffer_free(&handle->scratch[1]);
    buffer_free(&handle->fetched);
    if (handle->is_twin)
        inner_ops(handle)->close(handle->inner);
    free(handle);
}

static pd_status
handle_share(struct pd_source *source, struct pd_source **ret_twin, struct pd_error *err)
{
    struct ruled_handle *handle = handle_of(source);
    struct ruled_handle *twin = calloc(1, sizeof *twin);
    pd_status status = twin ? PD_OK : error_memory(err);

    if (status == PD_OK)
        status = inner_ops(handle)->share(handle->inner, &twin->inner, err);
    if (status != PD_OK) {
        free(twin);
        return status;
    }
    twin->ruled = handle->ruled;
    twin->is_twin = true;
    *ret_twin = (struct pd_source *)(void *)twin;
    return PD_OK;
}

/* Asked for once whenever a table is read, before its first part: what was counted when it was read
   before (for its profile) counts no more. */
static pd_status
handle_extent(struct pd_source *source, uint32_t table, struct pd_extent *extent,
              struct pd_error *err)
{
    struct ruled_handle *handle = handle_of(source);
    struct ruled_table *t = &handle->ruled->tables[table];

    pthread_mutex_lock(&handle->ruled->mutex);
    for (uint32_t i = 0; i < t->n_columns; i++)
        memset(t->columns[i].n, 0, sizeof t->columns[i].n);
    pthread_mutex_unlock(&handle->ruled->mutex);
    if (!inner_ops(handle)->extent)
        return PD_UNSUPPORTED;
    return inner_ops(handle)->extent(handle->inner, table, extent, err);
}

/* The engine knows the rows as they were: how many there are is still true. */
static pd_status
handle_facts(struct pd_source *source, const struct pd_scan *scan, int level,
             const struct pd_fact **ret_facts, size_t *ret_n_facts, struct pd_error *err)
{
    struct ruled_handle *handle = handle_of(source);
    bool is_ruled = handle->ruled->tables[scan->table].n_columns > 0;

    return inner_ops(handle)->facts(handle->inner, scan, is_ruled ? PD_FACTS_COUNT : level,
                                    ret_facts, ret_n_facts, err);
}

static pd_status
handle_read_long(struct pd_source *source, const struct pd_long *cell, uint64_t offset,
                 void *buffer, size_t size, struct pd_error *err)
{
    struct ruled_handle *handle = handle_of(source);

    return inner_ops(handle)->read_long(handle->inner, cell, offset, buffer, size, err);
}

static pd_status
handle_recheck(struct pd_source *source, struct pd_error *err)
{
    struct ruled_handle *handle = handle_of(source);

    return inner_ops(handle)->recheck(handle->inner, err);
}

static pd_status
handle_stats(struct pd_source *source, uint32_t table, const struct pd_stats **ret_stats,
             struct pd_error *err)
{
    struct ruled_handle *handle = handle_of(source);

    if (handle->ruled->tables[table].n_columns)
        return PD_UNSUPPORTED;
    return inner_ops(handle)->stats(handle->inner, table, ret_stats, err);
}

static pd_status
handle_compute(struct pd_source *source, uint32_t table, uint32_t column, struct pd_error *err)
{
    struct ruled_handle *handle = handle_of(source);

    return inner_ops(handle)->compute(handle->inner, table, column, err);
}

/* Never called: a source of this kind is made by ruled_open(). */
static pd_status
handle_no_open(const struct pd_host *host, const struct pd_endpoint *end,
               struct pd_source **ret_source, struct pd_error *err)
{
    return error_fail(err, PD_FATAL, PD_CAUSE_BUG, "a ruled source is not opened by itself");
}

static void
set_operations(struct ruled *ruled)
{
    const struct pd_source_ops *inner = ruled->inner->ops;

    ruled->ops = (struct pd_source_ops){
        .struct_size = sizeof ruled->ops,
        .open = handle_no_open,
        .catalog = handle_catalog,
        .start = handle_start,
        .read = handle_read,
        .close = handle_close,
        .share = inner->share ? handle_share : NULL,
        .extent = handle_extent,
        .facts = inner->facts ? handle_facts : NULL,
        .read_long = inner->read_long ? handle_read_long : NULL,
        .recheck = inner->recheck ? handle_recheck : NULL,
        .stats = inner->stats ? handle_stats : NULL,
        .compute = inner->compute ? handle_compute : NULL,
    };
}

/* ---- The catalogue ---- */

/* Rows that get other keys come in another order. */
static bool
keeps_order(const struct ruled_table *t, const struct pd_table *table)
{
    const struct pd_key *key = schema_order_key(table);

    for (uint32_t i = 0; i < t->n_columns; i++)
        for (size_t k = 0; key && k < key->n_parts; k++)
            if ((uint32_t)key->parts[k].column == t->columns[i].column)
                return false;
    return t->n_columns == 0 || key;
}

static pd_status
table_show(const struct ruled *ruled, const struct ruled_table *t, struct pd_table *table,
           struct pd_error *err)
{
    struct pd_column *columns;

    if (!keeps_order(t, table))
        table->flags &= ~(uint32_t)PD_TABLE_KEY_ORDER;
    if (t->n_columns == 0)
        return PD_OK;
    table->flags |= PD_TABLE_CHANGED;
    columns = arena_copy(ruled->arena, table->columns, table->n_columns * sizeof *columns);
    if (!columns)
        return error_memory(err);
    for (uint32_t i = 0; i < t->n_columns; i++)
        columns[t->columns[i].column] = t->columns[i].shown;
    for (size_t i = 0; i < table->n_columns; i++)
        columns[i].generated_values = NULL; /* of rows as they were */
    table->columns = columns;
    table->column_size = sizeof *columns;
    return PD_OK;
}

static pd_status
catalog_show(struct ruled *ruled, struct pd_error *err)
{
    const struct pd_catalog *inner = ruled->inner->catalog;
    struct pd_catalog *shown = arena_copy(ruled->arena, inner, sizeof *shown);
    struct pd_table *tables =
        arena_copy(ruled->arena, inner->tables, inner->n_tables * sizeof *tables);
    pd_status status = shown && (tables || !inner->n_tables) ? PD_OK : error_memory(err);

    for (size_t i = 0; i < inner->n_tables && status == PD_OK; i++)
        status = table_show(ruled, &ruled->tables[i], &tables[i], err);
    if (status != PD_OK)
        return status;
    shown->tables = tables;
    ruled->source.catalog = shown;
    return PD_OK;
}

/* ---- Life ---- */

/* Tables that rules are for have no profiles any more. Those of an archive can be made by a scan,
   as those of a database, unless it is a stream, which is read once. */
static const char *
engine_of(const struct ruled *ruled)
{
    const struct opened_source *inner = ruled->inner;
    const struct pd_stats *stats;
    bool any = false;

    for (size_t i = 0; i < inner->catalog->n_tables; i++)
        any |= ruled->tables[i].n_columns > 0;
    if (!any || strcmp(inner->engine, archive_plugin.name) != 0 || !inner->ops->stats ||
        inner->ops->stats(inner->handle, 0, &stats, NULL) != PD_OK)
        return inner->engine;
    return "rules";
}

static bool
is_any_said(const struct run_options *options)
{
    for (int i = 0; i < VALUE_RULE_COUNT_; i++)
        if (options->values[i].list)
            return true;
    return false;
}

static pd_status
source_make(struct ruled *ruled, struct pd_error *err)
{
    struct ruled_handle *handle;
    pd_status status = ruled_said(ruled, err);

    if (status == PD_OK)
        status = catalog_show(ruled, err);
    if (status != PD_OK)
        return status;
    handle = calloc(1, sizeof *handle);
    if (!handle)
        return error_memory(err);
    set_operations(ruled);
    handle->ruled = ruled;
    handle->inner = ruled->inner->handle;
    ruled->source.ops = &ruled->ops;
    ruled->source.handle = (struct pd_source *)(void *)handle;
    ruled->source.engine = engine_of(ruled);
    ruled->source.arena = ruled->arena;
    return PD_OK;
}

static struct ruled_target
target_of(const struct opened_source *inner, const struct pd_plugin *plugin,
          const struct pd_endpoint *endpoint, const struct run_options *options)
{
    const struct pd_load load = {.flags = options->data_only ? PD_LOAD_DATA_ONLY : 0u};
    const struct pd_host *host = host_get();
    const char *engine = inner->catalog->engine;
    struct ruled_target target = {
        .in_place = pd_load_is_in_place(&load, pd_option_into(host, endpoint->options)),
        .keeps_defaults = (engine && strcmp(engine, plugin->name) == 0) ||
                          strcmp(plugin->name, archive_plugin.name) == 0,
    };

    if (pd_option_is(host, endpoint->options, "on-conflict", "skip"))
        target.conflict = "skip";
    else if (pd_option_is(host, endpoint->options, "on-conflict", "update"))
        target.conflict = "update";
    return target;
}

pd_status
ruled_for(struct opened_source *inner, const struct pd_plugin *plugin,
          const struct pd_endpoint *endpoint, const struct run_options *options,
          struct ruled **ret_ruled, struct pd_error *err)
{
    struct ruled *ruled;
    pd_status status;

    *ret_ruled = NULL;
    if (!is_any_said(options))
        return PD_OK;
    ruled = calloc(1, sizeof *ruled);
    if (!ruled)
        return error_memory(err);
    pthread_mutex_init(&ruled->mutex, NULL);
    ruled->inner = inner;
    ruled->options = options;
    ruled->target = target_of(inner, plugin, endpoint, options);
    ruled->arena = arena_new();
    status = ruled->arena ? source_make(ruled, err) : error_memory(err);
    if (status != PD_OK)
        ruled_close(ruled);
    else
        *ret_ruled = ruled;
    return status;
}

void
ruled_close(struct ruled *ruled)
{
    if (!ruled)
        return;
    handle_close(ruled->source.handle);
    arena_free(ruled->arena);
    pthread_mutex_destroy(&ruled->mutex);
    free(ruled);
}

struct opened_source *
ruled_source(struct ruled *ruled)
{
    return &ruled->source;
}
