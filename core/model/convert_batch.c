// SPDX-License-Identifier: Apache-2.0
// convert_batch - batches of a table as batches of another: vectors that stay are shared, the
// others are made anew.
#include <stdlib.h>
#include <string.h>

#include "base/budget.h"
#include "base/cancel.h"
#include "model/convert_inside.h"
#include "model/kind.h"
#include "model/long_cell.h"
#include "model/text.h"
#include "model/utf8.h"
#include "model/values.h"

/* A long cell whose bytes must change is fetched whole, and lies in memory twice. */
#define FETCH_MAX (UINT64_C(256) << 20)

struct converter {
    struct pd_table table; /* of the result */
    struct pd_column *columns;
    struct conversion **conversions; /* one a column; NULL: it stays */
    bool *changed;                   /* one a column: there is a conversion */
    bool *forbids_null;              /* one a column */
    struct pd_builder builder;       /* never with a batch of its own: see column_rows() */
    struct pd_vector *vectors;       /* of the batch in the making */
    struct buffer fetched;           /* a long cell */
    bool is_identity;
};

/* What a converted batch gives back. */
struct converted {
    const struct pd_batch *source;
    struct pd_memory *memory;
};

/* A batch on its way. */
struct passage {
    struct converter *converter;
    const struct pd_batch *batch;
    const struct pd_source_ops *long_ops;
    struct pd_source *long_source;
    convert_misfit *misfit;
    void *arg;
    struct pd_memory *memory;
    struct pd_vector *vectors;
    struct pd_error *err;
};

/* ---- Making ---- */

static pd_status
column_open(struct converter *converter, uint32_t i, const struct pd_column *column,
            const struct convert_column *wanted, struct pd_error *err)
{
    struct conversion **c = &converter->conversions[i];
    const char *option;
    pd_status status;

    converter->columns[i] = *column;
    converter->forbids_null[i] =
        wanted->flags & CONVERT_NOT_NULL && column->generated == PD_GENERATED_NO;
    if (!wanted->to || column->generated != PD_GENERATED_NO)
        return PD_OK;
    if (wanted->flags & CONVERT_MEANING)
        status = convert_open_meaning(&column->type, wanted->to, wanted->rules, c, &option, err);
    else
        status = convert_open(&column->type, wanted->to, wanted->flags, c, err);
    if (status != PD_OK)
        return error_prefix(err, status, "column '%s'", column->name);
    (*c)->limits = wanted->limits;
    if (convert_is_identity(*c)) {
        convert_free(take(*c));
        return PD_OK;
    }
    if (!(*c)->is_same_type) {
        converter->is_identity = false;
        converter->columns[i].type = *wanted->to;
    }
    return PD_OK;
}

pd_status
converter_new(const struct pd_table *table, const struct convert_column *columns,
              struct converter **ret_converter, struct pd_error *err)
{
    CLEANUP(converter) struct converter *converter = calloc(1, sizeof *converter);
    size_t n = table->n_columns;
    pd_status status = PD_OK;

    if (!converter)
        return error_memory(err);
    converter->is_identity = true;
    converter->table = *table;
    converter->columns = calloc(n + 1, sizeof *converter->columns);
    converter->conversions = calloc(n + 1, sizeof(struct conversion *));
    converter->changed = calloc(n + 1, sizeof *converter->changed);
    converter->forbids_null = calloc(n + 1, sizeof *converter->forbids_null);
    converter->vectors = calloc(n + 1, sizeof *converter->vectors);
    if (!converter->columns || !converter->conversions || !converter->changed ||
        !converter->forbids_null || !converter->vectors)
        return error_memory(err);
    for (uint32_t i = 0; i < n && status == PD_OK; i++) {
        status = column_open(converter, i, &table->columns[i], &columns[i], err);
        converter->changed[i] = converter->conversions[i] != NULL;
    }
    converter->table.columns = converter->columns;
    converter->table.column_size = sizeof *converter->columns;
    if (status == PD_OK)
        status = batch_builder_open(&converter->builder, &converter->table, err);
    if (status != PD_OK)
        return status;
    *ret_converter = take(converter);
    return PD_OK;
}

void
converter_free(struct converter *converter)
{
    if (!converter)
        return;
    for (size_t i = 0; converter->conversions && i < converter->table.n_columns; i++)
        convert_free(converter->conversions[i]);
    pd_builder_close(&converter->builder);
    buffer_free(&converter->fetched);
    free(converter->vectors);
    free(converter->conversions);
    free(converter->changed);
    free(converter->forbids_null);
    free(converter->columns);
    free(converter);
}

const struct pd_table *
converter_table(const struct converter *converter)
{
    return &converter->table;
}

const bool *
converter_changed(const struct converter *converter)
{
    return converter->changed;
}

const char *
converter_why(const struct converter *converter, uint32_t column, const char **ret_option)
{
    *ret_option = NULL;
    return converter->conversions[column] ? convert_why(converter->conversions[column], ret_option)
                                          : NULL;
}

bool
converter_is_identity(const struct converter *converter)
{
    return converter->is_identity;
}

/* ---- Long cells ---- */

static void
slice_append(void *arg, const uint8_t *bytes, size_t size)
{
    buffer_append(arg, bytes, size);
}

/* What the bytes of a long cell are. */
struct long_look {
    struct utf8_scan utf8;
    bool has_begun;
    bool is_marked;
};

static void
slice_look(void *arg, const uint8_t *bytes, size_t size)
{
    struct long_look *look = arg;

    if (!look->has_begun)
        look->is_marked = place_is_marked(bytes, size);
    look->has_begun = true;
    utf8_feed(&look->utf8, bytes, size);
}

/* The whole cell in memory. */
static pd_status
long_fetch(struct passage *p, struct cell *cell)
{
    struct buffer *fetched = &p->converter->fetched;
    pd_status status;

    if (cell->as_long->size > FETCH_MAX)
        return error_fail(p->err, PD_FATAL, PD_CAUSE_LIMIT,
                          "a value of %llu bytes is too large to be converted, at most %llu are",
                          (unsigned long long)cell->as_long->size, (unsigned long long)FETCH_MAX);
    buffer_clear(fetched);
    status =
        long_cell_read(p->long_ops, p->long_source, cell->as_long, slice_append, fetched, p->err);
    if (status == PD_OK && fetched->failed)
        status = error_memory(p->err);
    cell->bytes = fetched->data;
    cell->size = fetched->size;
    cell->as_long = NULL;
    return status;
}

/* Text that is not valid as bytes, and bytes as text: the same bytes, if they have no mark. */
static pd_status
long_look(struct passage *p, struct cell *cell, int *ret_tag)
{
    struct long_look look = {0};
    pd_status status =
        long_cell_read(p->long_ops, p->long_source, cell->as_long, slice_look, &look, p->err);

    utf8_end(&look.utf8);
    *ret_tag = look.utf8.bad ? PD_TAG_BADTEXT : PD_TAG_PLAIN;
    return status == PD_OK && look.is_marked ? PD_UNSUPPORTED : status;
}

/* A long cell whose bytes stay, with the tag that it has in the target. PD_UNSUPPORTED: they do
   not. */
static pd_status
long_pass(struct passage *p, const struct conversion *c, struct cell *cell)
{
    bool is_plain = cell->tag == PD_TAG_PLAIN, is_bad = cell->tag == PD_TAG_BADTEXT;
    pd_status status;
    int tag;

    if (c->checks_size || c->checks_json)
        return PD_UNSUPPORTED;
    if (c->is_same_type)
        return place_stays(c, cell->tag) ? PD_OK : PD_UNSUPPORTED;
    if (c->way == WAY_SAME && (is_plain || (is_bad && c->to->kind != PD_KIND_BINARY)))
        return PD_OK;
    if (!(c->way == WAY_SAME && is_bad) && !(c->way == WAY_TO_UTF8 && is_plain))
        return PD_UNSUPPORTED;
    status = long_look(p, cell, &tag);
    if (status == PD_OK)
        cell->tag = c->way == WAY_TO_UTF8 ? tag : PD_TAG_PLAIN;
    return status;
}

/* ---- What a column lacks ---- */

struct long_limits {
    struct conversion *c;
    bool fits;
};

static void
slice_admit(void *arg, const uint8_t *bytes, size_t size)
{
    struct long_limits *look = arg;

    look->fits = look->fits && limits_admit_bytes(look->c, bytes, size);
}

/* PD_FAILED: the column does not hold it, and c->why says why. */
static pd_status
long_admit(struct passage *p, struct conversion *c, const struct cell *cell)
{
    struct long_limits look = {.c = c, .fits = true};
    pd_status status = PD_OK;

    c->why = c->option = NULL;
    if (!c->limits)
        return PD_OK;
    if (!limits_admit_long(c, cell))
        return PD_FAILED;
    if (limits_look(c))
        status =
            long_cell_read(p->long_ops, p->long_source, cell->as_long, slice_admit, &look, p->err);
    if (status == PD_OK && !look.fits)
        return PD_FAILED;
    return status == PD_OK ? PD_OK : PD_FATAL;
}

/* ---- Columns ---- */

static bool
memory_begin(struct passage *p)
{
    if (!p->memory)
        p->memory = budget_begin_more(); /* the source's batch is held */
    return p->memory != NULL;
}

static pd_status
memory_fail(const struct passage *p)
{
    if (cancel_wanted())
        return error_fail(p->err, PD_FATAL, PD_CAUSE_CANCELLED, "interrupted");
    return error_memory(p->err);
}

/* *ret_cell: what goes into the new vector, a NULL for a misfit that was noted. */
static pd_status
row_convert(struct passage *p, uint32_t column, uint32_t row, struct cell *ret_cell)
{
    struct conversion *c = p->converter->conversions[column];
    struct cell cell = batch_cell(c->from, batch_vector(p->batch, column), row), original = cell;
    pd_status status = PD_UNSUPPORTED;

    if (cell.as_long) {
        status = long_pass(p, c, &cell);
        if (status == PD_OK)
            status = long_admit(p, c, &cell);
        if (status == PD_OK)
            *ret_cell = cell;
        else if (status == PD_UNSUPPORTED && long_fetch(p, &cell) != PD_OK)
            status = PD_FATAL;
        if (status == PD_FATAL)
            return error_prefix(p->err, status, "column '%s'", p->converter->columns[column].name);
    }
    if (status == PD_UNSUPPORTED)
        status = convert_cell(c, &cell, ret_cell, p->err);
    if (status != PD_FAILED)
        return status;
    *ret_cell = (struct cell){.tag = -1};
    return p->misfit(p->arg, column, row, &original, p->err);
}

/* The vector row by row, by a builder that has this column alone. */
static pd_status
column_rows(struct passage *p, uint32_t column)
{
    struct pd_builder *all = &p->converter->builder, one = *all;
    const struct pd_type *type = &p->converter->columns[column].type;
    pd_status status = PD_OK;

    if (!memory_begin(p))
        return memory_fail(p);
    one.memory = p->memory;
    one.columns = &all->columns[column];
    one.n_columns = 1;
    one.max_rows = p->batch->n_rows;
    one.short_of_memory = 0;
    if (!pd_column_begin_(&one, one.columns))
        return memory_fail(p);
    for (uint32_t row = 0; row < p->batch->n_rows && status == PD_OK; row++) {
        struct cell cell;

        one.n_rows = row;
        status = row_convert(p, column, row, &cell);
        if (status == PD_OK)
            batch_put_cell(&one, 0, type, &cell);
    }
    if (status != PD_OK)
        return status;
    one.n_rows = p->batch->n_rows;
    if (one.short_of_memory || !pd_column_finish_(&one, one.columns, &p->vectors[column]) ||
        one.short_of_memory)
        return memory_fail(p);
    return PD_OK;
}

static pd_status
nulls_refuse(struct passage *p, uint32_t column, const struct pd_vector *from)
{
    static const struct cell null = {.tag = -1};
    pd_status status = PD_OK;

    for (uint32_t row = 0; row < p->batch->n_rows && status == PD_OK; row++)
        if (!(from->validity[row / 8] >> row % 8 & 1))
            status = p->misfit(p->arg, column, row, &null, p->err);
    return status;
}

static pd_status
column_convert(struct passage *p, uint32_t column)
{
    const struct conversion *c = p->converter->conversions[column];
    const struct pd_vector *from = batch_vector(p->batch, column);
    pd_status status = PD_OK;

    if (p->converter->forbids_null[column] && from->n_nulls && from->validity)
        status = nulls_refuse(p, column, from);
    if (status != PD_OK)
        return status;
    if (!c) {
        p->vectors[column] = *from;
        return PD_OK;
    }
    status = vector_convert(c, from, p->batch->n_rows, &p->memory, &p->vectors[column], p->err);
    if (status == PD_OK && c->limits && !limits_admit_all(c, &p->vectors[column], p->batch->n_rows))
        status = PD_UNSUPPORTED;
    return status == PD_UNSUPPORTED ? column_rows(p, column) : status;
}

/* ---- Batches ---- */

static void
converted_release(const struct pd_batch *batch)
{
    struct converted *converted = batch->owner;
    struct pd_memory *memory = converted->memory;

    batch_release(converted->source);
    budget_end(memory);
}

static pd_status
batch_wrap(struct passage *p, const struct pd_batch **ret_batch)
{
    uint32_t n = p->batch->n_columns;
    struct pd_vector *vectors = budget_alloc(p->memory, (n + 1) * sizeof *vectors);
    struct converted *converted = budget_alloc(p->memory, sizeof *converted);
    struct pd_batch *batch = budget_alloc(p->memory, sizeof *batch);

    if (!vectors || !converted || !batch)
        return memory_fail(p);
    memcpy(vectors, p->vectors, n * sizeof *vectors);
    *converted = (struct converted){p->batch, p->memory};
    *batch = (struct pd_batch){
        .struct_size = sizeof *batch,
        .vector_size = sizeof *vectors,
        .n_rows = p->batch->n_rows,
        .n_columns = n,
        .vectors = vectors,
        .n_bytes = p->batch->n_bytes,
        .release = converted_release,
        .owner = converted,
    };
    *ret_batch = batch;
    return PD_OK;
}

pd_status
converter_batch(struct converter *converter, const struct pd_batch *batch,
                const struct pd_source_ops *long_ops, struct pd_source *long_source,
                convert_misfit *misfit, void *arg, const struct pd_batch **ret_batch,
                struct pd_error *err)
{
    struct passage p = {
        .converter = converter,
        .batch = batch,
        .long_ops = long_ops,
        .long_source = long_source,
        .misfit = misfit,
        .arg = arg,
        .vectors = converter->vectors,
        .err = err,
    };
    pd_status status = PD_OK;

    for (uint32_t i = 0; i < batch->n_columns && status == PD_OK; i++)
        status = column_convert(&p, i);
    /* No memory was needed: all vectors serve as they are. */
    if (status == PD_OK && !p.memory)
        *ret_batch = batch;
    else if (status == PD_OK)
        status = batch_wrap(&p, ret_batch);
    if (status != PD_OK)
        budget_end(p.memory);
    return status;
}
