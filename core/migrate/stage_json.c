// SPDX-License-Identifier: Apache-2.0
/* stage_json - rows that a step has made: what it put into columns of JSON is JSON. Values that it
   only hands on from such a column are not looked at again. */
#include <string.h>

#include "migrate/stage_inside.h"
#include "model/kind.h"
#include "model/long_cell.h"
#include "model/promise.h"
#include "model/schema.h"
#include "run/fit.h"

enum { AHEAD = 16 /* rows that a step may have dropped in between */ };

/* A long value that is looked at lies in memory whole. */
#define LONG_MAX_BYTES (UINT64_C(256) << 20)

/* A column of made rows, and the one that its values may have been handed on from. */
struct handed {
    const struct pd_type *type;
    const struct pd_vector *vector;
    const struct pd_type *from_type; /* NULL: there is none */
    const struct pd_vector *from;
    uint32_t n_from;
    uint32_t at; /* the next row of it that is expected */
};

static void
find_origin(struct handed *h, const struct stage *stage, const struct stage_made *given,
            uint32_t column)
{
    const struct pd_table *before;
    const struct flow *flow;
    uint32_t from;

    if (!given->source)
        return;
    flow = &stage->planned.flows[given->table];
    before = &stage->inner->catalog->tables[given->table];
    if (flow->to_table != given->to_table || !flow->columns)
        return;
    from = flow->columns[column];
    if (from == PD_NO_COLUMN || kind_class(before->columns[from].type.kind) != PD_CLASS_JSON)
        return;
    h->from_type = &before->columns[from].type;
    h->from = batch_vector(given->source, from);
    h->n_from = given->source->n_rows;
}

static bool
is_same(const struct handed *h, uint32_t row, const struct cell *cell)
{
    struct cell other = batch_cell(h->from_type, h->from, row);

    if (other.tag != PD_TAG_PLAIN)
        return false;
    if (cell->as_long || other.as_long)
        return cell->as_long && other.as_long && cell->as_long->cookie == other.as_long->cookie;
    return other.size == cell->size &&
           (other.size == 0 || memcmp(other.bytes, cell->bytes, other.size) == 0);
}

/* Rows come mostly as they were; most is how many are looked at. */
static bool
is_handed_on(struct handed *h, const struct cell *cell, uint32_t most)
{
    for (uint32_t n = 0, row = h->at; h->from && n < most && n < h->n_from; n++, row++) {
        if (row == h->n_from)
            row = 0;
        if (!is_same(h, row, cell))
            continue;
        h->at = row + 1;
        return true;
    }
    return false;
}

static void
slice_append(void *arg, const uint8_t *bytes, size_t size)
{
    buffer_append(arg, bytes, size);
}

/* PD_DONE: it is none. */
static pd_status
look_at(const struct stage *stage, const struct stage_made *given, const struct cell *cell,
        struct pd_error *err)
{
    CLEANUP_BUFFER struct buffer bytes = {0};
    pd_status status;

    if (!cell->as_long)
        return promise_is_kept(PD_KIND_JSON, cell->bytes, cell->size) ? PD_OK : PD_DONE;
    if (cell->as_long->size > LONG_MAX_BYTES)
        return error_fail(err, PD_FATAL, PD_CAUSE_LIMIT,
                          "a value of %llu bytes is too large to be looked at, at most %llu are",
                          (unsigned long long)cell->as_long->size,
                          (unsigned long long)LONG_MAX_BYTES);
    status =
        long_cell_read(stage->inner->ops, given->inner, cell->as_long, slice_append, &bytes, err);
    if (status == PD_OK && bytes.failed)
        return error_memory(err);
    if (status != PD_OK)
        return status;
    return promise_is_kept(PD_KIND_JSON, bytes.data, bytes.size) ? PD_OK : PD_DONE;
}

static pd_status
refuse(const struct pd_table *table, const struct pd_batch *batch, uint32_t column, uint32_t row,
       const struct cell *cell, struct pd_error *err)
{
    const struct pd_column *c = &table->columns[column];
    CLEANUP_BUFFER struct buffer text = {0};

    fit_row_put(&text, table, batch, 0, row);
    buffer_text(&text, ": ");
    fit_value_put(&text, &c->type, cell);
    if (!buffer_string(&text))
        return error_memory(err);
    return error_fail(err, PD_FATAL, PD_CAUSE_DATA,
                      "column '%s', %s is not exactly a value of '%s': it is no JSON", c->name,
                      buffer_string(&text), kind_name(c->type.kind));
}

static pd_status
check_column(const struct stage *stage, const struct stage_made *given,
             const struct pd_table *table, uint32_t column, struct pd_error *err)
{
    struct handed h = {.type = &table->columns[column].type,
                       .vector = batch_vector(given->batch, column)};
    pd_status status = PD_OK;

    find_origin(&h, stage, given, column);
    h.at = h.from && given->first_row < h.n_from ? given->first_row : 0;
    for (uint32_t row = 0; row < given->batch->n_rows && status == PD_OK; row++) {
        struct cell cell = batch_cell(h.type, h.vector, row);

        if (cell.tag != PD_TAG_PLAIN || is_handed_on(&h, &cell, AHEAD))
            continue;
        status = look_at(stage, given, &cell, err);
        if (status == PD_DONE)
            status = is_handed_on(&h, &cell, UINT32_MAX)
                         ? PD_OK
                         : refuse(table, given->batch, column, row, &cell, err);
    }
    return status;
}

pd_status
stage_check_json(const struct stage *stage, const struct stage_made *given,
                 const struct pd_table *table, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (uint32_t i = 0; i < table->n_columns && status == PD_OK; i++)
        if (kind_class(table->columns[i].type.kind) == PD_CLASS_JSON &&
            schema_column_travels(&table->columns[i]))
            status = check_column(stage, given, table, i, err);
    return status;
}
