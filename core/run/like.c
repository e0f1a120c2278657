// SPDX-License-Identifier: Apache-2.0
/* like - a source read under the schema of another one: what two catalogues have in common, and
   the rows of the one as those of the other. like_*.c compare the parts. */
#include "run/like.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/expr.h"
#include "model/schema.h"
#include "run/like_plan.h"

/* ---- What all parts use ---- */

#define PART_NAME(name, number, text) [number] = text,
static const char *const part_names[] = {PD_PART_TABLE(PART_NAME)[PD_PART_COUNT_] = NULL};

const char *
like_part_name(uint32_t part)
{
    return part < PD_PART_COUNT_ && part_names[part] ? part_names[part] : "part";
}

bool
like_same_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

bool
like_same_expression(const struct like_plan *plan, const struct pd_table *table, const char *a,
                     const char *b)
{
    bool same = like_same_text(a, b);

    if (same || !a || !b || plan->is_strict)
        return same;
    return expr_same(table, a, b, &same, NULL) == PD_OK && same;
}

pd_status
like_differs(struct like_plan *plan, uint32_t part, uint32_t table, uint32_t number,
             struct pd_error *err, const char *fmt, ...)
{
    struct like_difference *grown = plan->differences;
    size_t room = plan->difference_room;
    char text[ERROR_TEXT_SIZE];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (plan->n_differences == room) {
        room = room * 2 + 16;
        grown = arena_array(plan->arena, struct like_difference, room);
        if (!grown)
            return error_memory(err);
        if (plan->n_differences)
            memcpy(grown, plan->differences, plan->n_differences * sizeof *grown);
        plan->differences = grown;
        plan->difference_room = room;
    }
    grown[plan->n_differences] =
        (struct like_difference){part, table, number, arena_strdup(plan->arena, text)};
    return grown[plan->n_differences++].text ? PD_OK : error_memory(err);
}

static const char *
name_in_a(const void *arg, const char *name)
{
    const struct like_pair *pair = arg;
    long at = schema_find_column(pair->b, name);

    return at >= 0 && pair->to_a[at] != PD_NO_COLUMN ? pair->a->columns[pair->to_a[at]].name : NULL;
}

pd_status
like_expression(struct like_plan *plan, const struct like_pair *pair, const char *text,
                const char **ret_text, struct pd_error *err)
{
    CLEANUP_FREE char *renamed = NULL;
    pd_status status;

    *ret_text = text;
    if (!text || !pair->renamed)
        return PD_OK;
    status = expr_rename(text, name_in_a, pair, &renamed, err);
    if (status == PD_OK)
        *ret_text = arena_strdup(plan->arena, renamed);
    return status == PD_OK && !*ret_text ? error_memory(err) : status;
}

/* ---- Tables ---- */

static pd_status
show_comment(struct like_plan *plan, const struct like_pair *pair, struct pd_table *shown,
             struct pd_error *err)
{
    if (like_same_text(pair->a->comment, pair->b->comment))
        return PD_OK;
    shown->comment = pair->b->comment;
    return like_differs(plan, PD_PART_COMMENT, pair->a_number, PD_NO_COLUMN, err,
                        "comment of '%s' is %s, not %s", schema_table_name(pair->a),
                        pair->b->comment ? pair->b->comment : "none",
                        pair->a->comment ? pair->a->comment : "none");
}

/* Do b's rows come in the order of the key as it is shown? */
static bool
has_key_order(const struct like_pair *pair, const struct pd_table *shown,
              const struct like_table *table)
{
    const struct pd_key *a = schema_order_key(shown), *b = schema_order_key(pair->b);

    if (!(pair->b->flags & PD_TABLE_KEY_ORDER) || !a || !b || a->n_parts != b->n_parts)
        return false;
    for (size_t i = 0; i < a->n_parts; i++) {
        uint32_t column = table->columns[a->parts[i].column];

        if (column != (uint32_t)b->parts[i].column || !table->exact[column])
            return false;
    }
    return true;
}

static pd_status
show_pair(struct like_plan *plan, struct like_pair *pair, struct pd_table *shown,
          struct like_table *table, struct pd_error *err)
{
    size_t before = plan->n_differences;
    pd_status status;

    *shown = *pair->a;
    shown->n_rows_estimate = pair->b->n_rows_estimate;
    shown->n_bytes_estimate = pair->b->n_bytes_estimate;
    table->b_number = pair->b_number;
    status = like_columns(plan, pair, shown, table, err);
    if (status == PD_OK)
        status = like_keys(plan, pair, shown, err);
    if (status == PD_OK)
        status = like_checks(plan, pair, shown, err);
    if (status == PD_OK)
        status = like_foreigns(plan, pair, shown, err);
    if (status == PD_OK)
        status = show_comment(plan, pair, shown, err);
    if (status != PD_OK)
        return status;
    if (plan->n_differences > before) /* the text of a's table would say what is not so */
        shown->native_sql = NULL;
    shown->flags &= ~(uint32_t)PD_TABLE_KEY_ORDER;
    if (has_key_order(pair, shown, table))
        shown->flags |= PD_TABLE_KEY_ORDER;
    return PD_OK;
}

/* A table that only b has is shown as it is, without the SQL of its engine. */
static pd_status
show_extra(struct like_plan *plan, uint32_t number, struct pd_table *shown,
           struct like_table *table, struct pd_error *err)
{
    const struct pd_table *b = &plan->b->tables[number];
    struct pd_column *columns = arena_array(plan->arena, struct pd_column, b->n_columns + 1);
    uint32_t *numbers = arena_array(plan->arena, uint32_t, b->n_columns + 1);
    bool *exact = arena_array(plan->arena, bool, b->n_columns + 1);

    table->converts = arena_array(plan->arena, struct convert_column, b->n_columns + 1);
    if (!columns || !numbers || !exact || !table->converts)
        return error_memory(err);
    for (uint32_t i = 0; i < b->n_columns; i++) {
        columns[i] = b->columns[i];
        numbers[i] = i;
        exact[i] = true;
        if (!plan->same_engine)
            columns[i].native = "";
    }
    *shown = *b;
    shown->columns = columns;
    if (!plan->same_engine)
        shown->native_sql = NULL;
    table->b_number = number;
    table->columns = numbers;
    table->n_columns = b->n_columns;
    table->exact = exact;
    return PD_OK;
}

static pd_status
show_tables(struct like_plan *plan, struct pd_error *err)
{
    size_t room = plan->n_pairs + plan->b->n_tables + 1, n = 0;
    struct pd_table *shown = arena_array(plan->arena, struct pd_table, room);
    pd_status status;

    plan->tables = arena_array(plan->arena, struct like_table, room);
    status = shown && plan->tables ? PD_OK : error_memory(err);
    for (; n < plan->n_pairs && status == PD_OK; n++)
        status = show_pair(plan, &plan->pairs[n], &shown[n], &plan->tables[n], err);
    for (uint32_t i = 0; i < plan->b->n_tables && status == PD_OK; i++) {
        if (plan->pair_of_b[i] != PD_NO_TABLE || plan->b->tables[i].flags & PD_TABLE_PASSENGER)
            continue;
        status = show_extra(plan, i, &shown[n], &plan->tables[n], err);
        n++;
    }
    plan->shown->tables = shown;
    plan->shown->n_tables = n;
    return status;
}

static pd_status
plan_make(struct like_plan *plan, struct pd_error *err)
{
    pd_status status;

    plan->shown = arena_copy(plan->arena, plan->a, sizeof *plan->a);
    if (!plan->shown)
        return error_memory(err);
    plan->same_engine = like_same_text(plan->a->engine, plan->b->engine);
    plan->is_strict = plan->same_engine && !plan->options->is_made;
    status = like_match(plan, err);
    if (status == PD_OK)
        status = like_tags(plan, err);
    if (status == PD_OK)
        status = show_tables(plan, err);
    return status == PD_OK ? like_rest(plan, err) : status;
}

/* ---- Rows ---- */

/* What stands behind struct pd_source *. */
struct like_handle {
    struct like_plan *plan;
    struct pd_source *inner; /* of b */
    bool twin;               /* inner is this handle's to close */
    const struct like_table *table;
    struct converter *converter;
    struct pd_fact *facts;
    size_t fact_room;
};

static struct like_handle *
handle_of(struct pd_source *source)
{
    return (struct like_handle *)(void *)source;
}

static const struct pd_source_ops *
inner_ops(const struct like_handle *handle)
{
    return handle->plan->source_b->ops;
}

static pd_status
like_catalog(struct pd_source *source, const struct pd_catalog **ret_catalog, struct pd_error *err)
{
    *ret_catalog = handle_of(source)->plan->shown;
    return PD_OK;
}

static pd_status
like_start(struct pd_source *source, const struct pd_scan *scan, struct pd_error *err)
{
    struct like_handle *handle = handle_of(source);
    struct pd_scan inner = *scan;
    pd_status status;

    handle->table = &handle->plan->tables[scan->table];
    inner.table = handle->table->b_number;
    converter_free(take(handle->converter));
    status = converter_new(&handle->plan->b->tables[inner.table], handle->table->converts,
                           &handle->converter, err);
    return status == PD_OK ? inner_ops(handle)->start(handle->inner, &inner, err) : status;
}

/* A batch with the columns of another in another order. */
struct like_batch {
    struct pd_batch batch;
    const struct pd_batch *inner;
    struct pd_vector vectors[];
};

static void
like_batch_release(const struct pd_batch *batch)
{
    struct like_batch *own = batch->owner;

    batch_release(own->inner);
    free(own);
}

static bool
is_in_order(const struct like_table *table, const struct pd_batch *batch)
{
    if (table->n_columns != batch->n_columns)
        return false;
    for (uint32_t i = 0; i < table->n_columns; i++)
        if (table->columns[i] != i)
            return false;
    return true;
}

/* Takes the batch over when it returns PD_OK. */
static pd_status
batch_arrange(const struct like_table *table, const struct pd_batch *batch,
              const struct pd_batch **ret_batch, struct pd_error *err)
{
    struct like_batch *own;

    if (is_in_order(table, batch)) {
        *ret_batch = batch;
        return PD_OK;
    }
    own = calloc(1, sizeof *own + (table->n_columns + 1) * sizeof own->vectors[0]);
    if (!own)
        return error_memory(err);
    own->inner = batch;
    own->batch = (struct pd_batch){
        .struct_size = sizeof own->batch,
        .vector_size = sizeof own->vectors[0],
        .n_rows = batch->n_rows,
        .n_columns = (uint32_t)table->n_columns,
        .vectors = own->vectors,
        .n_bytes = batch->n_bytes,
        .release = like_batch_release,
        .owner = own,
    };
    for (size_t i = 0; i < table->n_columns; i++)
        memcpy(&own->vectors[i], batch_vector(batch, table->columns[i]),
               batch->vector_size < sizeof own->vectors[0] ? batch->vector_size
                                                           : sizeof own->vectors[0]);
    *ret_batch = &own->batch;
    return PD_OK;
}

static pd_status
like_misfit(void *arg, uint32_t column, uint32_t row, const struct cell *cell, struct pd_error *err)
{
    const struct like_handle *handle = arg;
    const struct pd_table *table = &handle->plan->b->tables[handle->table->b_number];

    return error_fail(err, PD_FAILED, PD_CAUSE_DATA,
                      "column '%s', row %u of its batch: the value is none of the type that --like "
                      "gives it",
                      table->columns[column].name, row);
}

static pd_status
like_read(struct pd_source *source, const struct pd_batch **ret_batch, struct pd_error *err)
{
    struct like_handle *handle = handle_of(source);
    const struct pd_batch *batch = NULL, *converted = NULL;
    pd_status status = inner_ops(handle)->read(handle->inner, &batch, err);

    if (status != PD_OK)
        return status;
    status = batch_check(&handle->plan->b->tables[handle->table->b_number], batch, err);
    if (status == PD_OK)
        status = converter_batch(handle->converter, batch, inner_ops(handle), handle->inner,
                                 like_misfit, handle, &converted, err);
    if (status != PD_OK) {
        batch_release(batch);
        return status;
    }
    status = batch_arrange(handle->table, converted, ret_batch, err);
    if (status != PD_OK)
        batch_release(converted);
    return status;
}

static void
like_close(struct pd_source *source)
{
    struct like_handle *handle = handle_of(source);

    if (!handle)
        return;
    converter_free(handle->converter);
    free(handle->facts);
    if (handle->twin)
        inner_ops(handle)->close(handle->inner);
    else
        arena_free(handle->plan->arena);
    free(handle);
}

static pd_status
like_share(struct pd_source *source, struct pd_source **ret_twin, struct pd_error *err)
{
    struct like_handle *handle = handle_of(source);
    struct like_handle *twin = calloc(1, sizeof *twin);
    pd_status status = twin ? PD_OK : error_memory(err);

    if (status == PD_OK)
        status = inner_ops(handle)->share(handle->inner, &twin->inner, err);
    if (status != PD_OK) {
        free(twin);
        return status;
    }
    twin->plan = handle->plan;
    twin->twin = true;
    *ret_twin = (struct pd_source *)(void *)twin;
    return PD_OK;
}

static pd_status
like_extent(struct pd_source *source, uint32_t table, struct pd_extent *extent,
            struct pd_error *err)
{
    struct like_handle *handle = handle_of(source);

    return inner_ops(handle)->extent(handle->inner, handle->plan->tables[table].b_number, extent,
                                     err);
}

/* ---- Facts ---- */

/* Of each column of b: its number in the table shown, PD_NO_COLUMN: none. */
static uint32_t
fact_column(const struct like_table *table, const struct pd_fact *fact)
{
    for (uint32_t i = 0; i < table->n_columns; i++)
        if (table->columns[i] == fact->column)
            return table->exact[fact->column] || fact->id == PD_FACT_NULLS ? i : PD_NO_COLUMN;
    return PD_NO_COLUMN;
}

/* The engine speaks of what it stores: beyond NULL, that is only the same where nothing is decoded.
 */
static pd_status
like_facts(struct pd_source *source, const struct pd_scan *scan, int level,
           const struct pd_fact **ret_facts, size_t *ret_n_facts, struct pd_error *err)
{
    struct like_handle *handle = handle_of(source);
    const struct like_table *table = &handle->plan->tables[scan->table];
    struct pd_scan inner = *scan;
    const struct pd_fact *facts;
    size_t n_facts, n = 0;
    pd_status status;

    inner.table = table->b_number;
    status = inner_ops(handle)->facts(handle->inner, &inner, level, &facts, &n_facts, err);
    if (status != PD_OK)
        return status;
    if (n_facts > handle->fact_room) {
        struct pd_fact *grown = realloc(handle->facts, n_facts * sizeof *grown);

        if (!grown)
            return error_memory(err);
        handle->facts = grown;
        handle->fact_room = n_facts;
    }
    for (size_t i = 0; i < n_facts; i++) {
        struct pd_fact fact = facts[i];

        if (fact.column != PD_NO_COLUMN &&
            (fact.column = fact_column(table, &fact)) == PD_NO_COLUMN)
            continue;
        handle->facts[n++] = fact;
    }
    *ret_facts = handle->facts;
    *ret_n_facts = n;
    return PD_OK;
}

/* ---- The rest ---- */

static pd_status
like_read_long(struct pd_source *source, const struct pd_long *cell, uint64_t offset, void *buffer,
               size_t size, struct pd_error *err)
{
    struct like_handle *handle = handle_of(source);

    return inner_ops(handle)->read_long(handle->inner, cell, offset, buffer, size, err);
}

static pd_status
like_recheck(struct pd_source *source, struct pd_error *err)
{
    struct like_handle *handle = handle_of(source);

    return inner_ops(handle)->recheck(handle->inner, err);
}

/* Never called: a source of this kind is made by like_open(). */
static pd_status
like_no_open(const struct pd_host *host, const struct pd_endpoint *end,
             struct pd_source **ret_source, struct pd_error *err)
{
    return error_fail(err, PD_FATAL, PD_CAUSE_BUG, "a wrapped source is not opened by itself");
}

/* The operations that b has. What an archive counted under its own types says nothing here. */
static void
plan_operations(struct like_plan *plan)
{
    const struct pd_source_ops *b = plan->source_b->ops;

    plan->ops = (struct pd_source_ops){
        .struct_size = sizeof plan->ops,
        .open = like_no_open,
        .catalog = like_catalog,
        .start = like_start,
        .read = like_read,
        .close = like_close,
        .share = b->share ? like_share : NULL,
        .extent = b->extent ? like_extent : NULL,
        .facts = b->facts ? like_facts : NULL,
        .read_long = b->read_long ? like_read_long : NULL,
        .recheck = b->recheck ? like_recheck : NULL,
    };
}

pd_status
like_open(struct opened_source *a, struct opened_source *b, const struct like_options *options,
          struct opened_source **ret_source, struct pd_error *err)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct like_plan *plan = arena ? arena_alloc(arena, sizeof *plan) : NULL;
    CLEANUP_FREE struct like_handle *handle = calloc(1, sizeof *handle);
    pd_status status;

    if (!plan || !handle)
        return error_memory(err);
    plan->arena = arena;
    plan->source_a = a;
    plan->source_b = b;
    plan->a = a->catalog;
    plan->b = b->catalog;
    plan->options = options;
    status = plan_make(plan, err);
    if (status != PD_OK)
        return status;
    plan_operations(plan);
    handle->plan = plan;
    handle->inner = b->handle;
    (void)take(arena); /* the handle's now */
    return source_wrap(&plan->ops, (struct pd_source *)(void *)take(handle), b->engine, ret_source,
                       err);
}

const struct like_difference *
like_differences(const struct opened_source *source, size_t *ret_n)
{
    const struct like_plan *plan = handle_of(source->handle)->plan;

    *ret_n = plan->n_differences;
    return plan->differences;
}

pd_status
like_report(const struct opened_source *source, struct report *report, struct pd_error *err)
{
    size_t n;
    const struct like_difference *differences = like_differences(source, &n);
    pd_status status = PD_OK;

    for (size_t i = 0; i < n && status == PD_OK; i++) {
        struct report_part part = {.part = differences[i].part,
                                   .table = differences[i].table,
                                   .number = differences[i].number};

        status = report_left_out_part(report, &part, differences[i].text, err);
    }
    return status;
}

bool
like_is_tagged(const struct opened_source *source, uint32_t table, uint32_t column)
{
    const struct like_plan *plan = handle_of(source->handle)->plan;
    uint32_t at = plan->pair_of_b[table];
    const struct like_pair *pair = at == PD_NO_TABLE ? NULL : &plan->pairs[at];

    return pair && pair->to_a[column] != PD_NO_COLUMN && pair->tagged[pair->to_a[column]];
}
