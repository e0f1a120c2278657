// SPDX-License-Identifier: Apache-2.0
// batch - reads single cells, appends them, and lends a builder to those parts that make rows.
#include "model/batch.h"

#include <stdlib.h>

#include <polydump/value.h>

#include "base/budget.h"

struct cell
batch_cell(const struct pd_type *type, const struct pd_vector *vector, uint32_t row)
{
    const struct pd_long *as_long;
    struct pd_value value;
    struct cell cell;

    pd_value_at(type, vector, row, &value);
    as_long = pd_value_long(&value);
    cell.tag = value.tag;
    cell.integer = as_long ? 0 : value.integer;
    cell.real = value.real;
    cell.bytes = value.bytes;
    cell.size = as_long ? (size_t)as_long->size : value.size;
    cell.as_long = as_long;
    return cell;
}

void
batch_release(const struct pd_batch *batch)
{
    if (batch && batch->release)
        batch->release(batch);
}

/* The few services of a host that a builder asks for. */
static void *
host_alloc(const struct pd_host *host, size_t size)
{
    return malloc(size ? size : 1);
}

static void
host_release(const struct pd_host *host, void *ptr)
{
    free(ptr);
}

static struct pd_memory *
host_batch_begin(const struct pd_host *host)
{
    return budget_begin();
}

static const struct pd_host builder_host = {
    .struct_size = sizeof builder_host,
    .abi = PD_ABI,
    .alloc = host_alloc,
    .release = host_release,
    .batch_begin = host_batch_begin,
    .batch_alloc = budget_alloc,
    .batch_end = budget_end,
};

pd_status
batch_builder_open(struct pd_builder *builder, const struct pd_table *table, struct pd_error *err)
{
    struct pd_table own = *table; /* the core's tables need not say how large their columns are */

    own.column_size = sizeof *table->columns;
    return pd_builder_table(builder, &builder_host, &own) ? error_memory(err) : PD_OK;
}

void
batch_put_cell(struct pd_builder *builder, uint32_t column, const struct pd_type *type,
               const struct cell *cell)
{
    struct pd_value value = {
        .tag = cell->tag,
        .size = cell->as_long ? UINT32_MAX : (uint32_t)cell->size,
        .integer = cell->as_long ? (int64_t)(intptr_t)cell->as_long : cell->integer,
        .real = cell->real,
        .bytes = cell->bytes,
    };

    pd_put_value(builder, column, &value);
}
