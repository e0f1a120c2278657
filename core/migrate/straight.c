// SPDX-License-Identifier: Apache-2.0
// straight - rows of a table that no step sees: columns are picked, and converted where they must.
#include "migrate/straight.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/budget.h"
#include "base/cancel.h"
#include "migrate/literal.h"
#include "model/convert.h"
#include "model/kind.h"
#include "model/schema.h"
#include "model/utf8.h"
#include "run/fit.h"

/* A default of more bytes than this does not stand in every row of a shared vector. */
enum { LARGE_DEFAULT = 256 };

/* Vectors that are the same in every row, for all batches of up to n_rows. */
struct constants {
    atomic_int n_references;
    const struct pd_batch *batch;
};

struct straight {
    struct arena *arena;
    const struct pd_table *from;
    const struct pd_table *to;
    const uint32_t *columns;
    struct converter *converter; /* NULL: no type changes */
    bool passes;                 /* batches are as they shall be */
    struct cell *cells;          /* one a column of `to`: what has no other source */
    uint32_t *slots;             /* of its constant vector; PD_NO_COLUMN: it comes from a column */
    struct pd_table constant_table;
    uint32_t n_constants;
    struct constants *constants; /* made when they are needed */
    bool has_large;
    uint32_t unfilled; /* see straight_unfilled() */
};

bool
straight_forbids_null(const struct pd_column *from, const struct pd_column *to)
{
    return to->flags & PD_COLUMN_NOT_NULL && !(from->flags & PD_COLUMN_NOT_NULL) &&
           schema_column_travels(from) && schema_column_travels(to);
}

static bool
is_in_primary(const struct pd_table *table, uint32_t column)
{
    const struct pd_key *key = table->n_keys ? &table->keys[0] : NULL;

    if (!key || key->kind != PD_KEY_PRIMARY || key->flags & PD_KEY_NULLS_ADMITTED)
        return false;
    for (size_t i = 0; i < key->n_parts; i++)
        if (key->parts[i].column == (int32_t)column)
            return true;
    return false;
}

uint32_t
straight_unfilled(const struct pd_table *to, const uint32_t *columns)
{
    for (uint32_t i = 0; i < to->n_columns; i++) {
        const struct pd_column *column = &to->columns[i];

        if (columns[i] == PD_NO_COLUMN && !column->generated &&
            !(column->flags & PD_COLUMN_PASSENGER) && column->default_kind != PD_DEFAULT_LITERAL &&
            (column->flags & PD_COLUMN_NOT_NULL || is_in_primary(to, i)))
            return i;
    }
    return PD_NO_COLUMN;
}

pd_status
straight_refuse_unfilled(const struct pd_table *from, const struct pd_table *to, uint32_t column,
                         struct pd_error *err)
{
    return error_fail(err, PD_FAILED, PD_CAUSE_DATA,
                      "column '%s' of table '%s' must not be NULL, and rows of table '%s' have no "
                      "value for it; give it a default that is a value, or see these rows and "
                      "give them one",
                      to->columns[column].name, schema_table_name(to), schema_table_name(from));
}

/* ---- Constants ---- */

static void
constants_release(struct constants *constants)
{
    if (!constants || atomic_fetch_sub(&constants->n_references, 1) > 1)
        return;
    batch_release(constants->batch);
    free(constants);
}

static bool
is_large(const struct cell *cell)
{
    return cell->tag >= 0 && cell->size > LARGE_DEFAULT;
}

static void
constants_fill(const struct straight *straight, struct pd_builder *builder, uint32_t n_rows)
{
    static const struct cell none = {.tag = -1};

    for (uint32_t row = 0; row < n_rows; row++) {
        for (size_t i = 0; i < straight->to->n_columns; i++) {
            const struct cell *cell = &straight->cells[i];

            if (straight->slots[i] != PD_NO_COLUMN)
                batch_put_cell(builder, straight->slots[i], &straight->to->columns[i].type,
                               is_large(cell) ? &none : cell);
        }
        pd_builder_row(builder);
    }
}

static pd_status
memory_fail(struct pd_error *err)
{
    return cancel_wanted() ? error_fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "interrupted")
                           : error_memory(err);
}

/* Their memory belongs to no batch of a worker: it stays while others come and go. */
static pd_status
constants_build(struct straight *straight, uint32_t n_rows, const struct pd_batch **ret_batch,
                struct pd_error *err)
{
    struct pd_builder builder;
    bool is_short = false;
    pd_status status = batch_builder_open(&builder, &straight->constant_table, err);

    if (status != PD_OK)
        return status;
    builder.max_rows = n_rows;
    builder.memory = budget_begin_more();
    for (uint32_t i = 0; builder.memory && i < builder.n_columns && !is_short; i++)
        is_short = !pd_column_begin_(&builder, &builder.columns[i]);
    if (builder.memory && !is_short) {
        constants_fill(straight, &builder, n_rows);
        *ret_batch = pd_builder_finish(&builder);
        is_short = !*ret_batch;
    } else {
        is_short = true;
    }
    pd_builder_close(&builder);
    return is_short ? memory_fail(err) : PD_OK;
}

static pd_status
constants_want(struct straight *straight, uint32_t n_rows, struct pd_error *err)
{
    struct constants *made;
    pd_status status;

    if (straight->constants && straight->constants->batch->n_rows >= n_rows)
        return PD_OK;
    made = calloc(1, sizeof *made);
    if (!made)
        return error_memory(err);
    status = constants_build(straight, n_rows, &made->batch, err);
    if (status != PD_OK) {
        free(made);
        return status;
    }
    atomic_init(&made->n_references, 1);
    constants_release(straight->constants);
    straight->constants = made;
    return PD_OK;
}

/* ---- Life ---- */

/* Does the value of a column of `to` come from one of `from`? */
static bool
has_source(const struct straight *straight, size_t i)
{
    uint32_t at = straight->columns[i];

    return at != PD_NO_COLUMN && (schema_column_travels(&straight->from->columns[at]) ||
                                  !schema_column_travels(&straight->to->columns[i]));
}

static pd_status
find_constants(struct straight *straight, struct pd_error *err)
{
    size_t n = straight->to->n_columns;
    struct pd_column *columns = arena_array(straight->arena, struct pd_column, n + 1);
    pd_status status = PD_OK;

    straight->cells = arena_array(straight->arena, struct cell, n + 1);
    straight->slots = arena_array(straight->arena, uint32_t, n + 1);
    if (!columns || !straight->cells || !straight->slots)
        return error_memory(err);
    for (size_t i = 0; i < n && status == PD_OK; i++) {
        straight->slots[i] = PD_NO_COLUMN;
        if (has_source(straight, i))
            continue;
        straight->slots[i] = straight->n_constants;
        columns[straight->n_constants++] = straight->to->columns[i];
        straight->cells[i].tag = -1;
        if (schema_column_travels(&straight->to->columns[i]))
            status =
                literal_cell(&straight->to->columns[i], straight->arena, &straight->cells[i], err);
        straight->has_large |= is_large(&straight->cells[i]);
    }
    straight->constant_table = *straight->to;
    straight->constant_table.columns = columns;
    straight->constant_table.n_columns = straight->n_constants;
    return status;
}

static pd_status
find_changes(struct straight *straight, struct pd_error *err)
{
    const struct pd_table *from = straight->from, *to = straight->to;
    struct convert_column *converts =
        arena_array(straight->arena, struct convert_column, from->n_columns + 1);
    bool changes = false;
    pd_status status;

    if (!converts)
        return error_memory(err);
    straight->passes = from->n_columns == to->n_columns;
    for (size_t i = 0; i < to->n_columns; i++) {
        uint32_t at = straight->columns[i];

        straight->passes &= at == i && straight->slots[i] == PD_NO_COLUMN;
        if (straight->slots[i] != PD_NO_COLUMN ||
            schema_same_type(&from->columns[at].type, &to->columns[i].type))
            continue;
        converts[at].to = &to->columns[i].type;
        converts[at].flags = CONVERT_JSON;
        changes = true;
    }
    if (!changes)
        return PD_OK;
    status = converter_new(from, converts, &straight->converter, err);
    return status == PD_UNSUPPORTED ? PD_FATAL : status;
}

pd_status
straight_new(const struct pd_table *from, const struct pd_table *to, const uint32_t *columns,
             struct straight **ret_straight, struct pd_error *err)
{
    CLEANUP(straight) struct straight *straight = calloc(1, sizeof *straight);
    pd_status status;

    if (!straight || !(straight->arena = arena_new()))
        return error_memory(err);
    straight->from = from;
    straight->to = to;
    straight->columns = columns;
    straight->unfilled = straight_unfilled(to, columns);
    status = find_constants(straight, err);
    if (status == PD_OK)
        status = find_changes(straight, err);
    if (status == PD_OK)
        *ret_straight = take(straight);
    return status;
}

void
straight_free(struct straight *straight)
{
    if (!straight)
        return;
    converter_free(straight->converter);
    constants_release(straight->constants);
    arena_free(straight->arena);
    free(straight);
}

/* ---- Batches ---- */

/* A batch whose vectors are those of another, and constants. */
struct picked {
    struct pd_batch batch;
    const struct pd_batch *inner;
    struct constants *constants;
    struct pd_vector vectors[];
};

static void
picked_release(const struct pd_batch *batch)
{
    struct picked *picked = batch->owner;

    batch_release(picked->inner);
    constants_release(picked->constants);
    free(picked);
}

static void
vector_copy(struct pd_vector *to, const struct pd_batch *batch, uint32_t column)
{
    memcpy(to, batch_vector(batch, column),
           batch->vector_size < sizeof *to ? batch->vector_size : sizeof *to);
}

static void
pick_vectors(const struct straight *straight, const struct pd_batch *batch, struct picked *picked)
{
    for (uint32_t i = 0; i < straight->to->n_columns; i++) {
        struct pd_vector *vector = &picked->vectors[i];

        if (straight->slots[i] == PD_NO_COLUMN) {
            vector_copy(vector, batch, straight->columns[i]);
            continue;
        }
        vector_copy(vector, straight->constants->batch, straight->slots[i]);
        if (vector->n_nulls)
            vector->n_nulls = batch->n_rows;
    }
}

static pd_status
pick(struct straight *straight, const struct pd_batch *batch, const struct pd_batch **ret_batch,
     struct pd_error *err)
{
    uint32_t n = (uint32_t)straight->to->n_columns;
    struct picked *picked;
    pd_status status = PD_OK;

    if (straight->passes) {
        *ret_batch = batch;
        return PD_OK;
    }
    if (straight->n_constants)
        status = constants_want(straight, batch->n_rows, err);
    if (status != PD_OK)
        return status;
    picked = calloc(1, sizeof *picked + (n + 1) * sizeof picked->vectors[0]);
    if (!picked)
        return error_memory(err);
    pick_vectors(straight, batch, picked);
    picked->inner = batch;
    picked->constants = straight->constants;
    if (picked->constants)
        atomic_fetch_add(&picked->constants->n_references, 1);
    picked->batch = (struct pd_batch){
        .struct_size = sizeof picked->batch,
        .vector_size = sizeof picked->vectors[0],
        .n_rows = batch->n_rows,
        .n_columns = n,
        .vectors = picked->vectors,
        .n_bytes = batch->n_bytes,
        .release = picked_release,
        .owner = picked,
    };
    *ret_batch = &picked->batch;
    return PD_OK;
}

/* For messages. */
struct place {
    const struct straight *straight;
    const struct pd_batch *batch;
    uint64_t n_before;
};

static void
put_reason(struct buffer *out, const struct pd_type *type, const struct cell *cell)
{
    bool is_text = (type->kind == PD_KIND_TEXT || type->kind == PD_KIND_CHAR) && !cell->as_long &&
                   (cell->tag == PD_TAG_PLAIN || cell->tag == PD_TAG_TEXT) && cell->bytes;
    struct utf8_scan scan = {0};

    if (is_text)
        utf8_feed(&scan, cell->bytes, cell->size);
    buffer_text(out, " is not exactly a value of '");
    kind_put(out, type);
    buffer_char(out, '\'');
    if (is_text && type->length && scan.n_chars > type->length)
        buffer_printf(out, ": it has %llu characters", (unsigned long long)scan.n_chars);
}

static pd_status
misfit(void *arg, uint32_t column, uint32_t row, const struct cell *cell, struct pd_error *err)
{
    const struct place *place = arg;
    const struct straight *straight = place->straight;
    const struct pd_column *c = &straight->from->columns[column];
    CLEANUP_BUFFER struct buffer text = {0};

    fit_row_put(&text, straight->from, place->batch, place->n_before, row);
    buffer_text(&text, ": ");
    fit_value_put(&text, &c->type, cell);
    for (size_t i = 0; i < straight->to->n_columns; i++)
        if (straight->columns[i] == column)
            put_reason(&text, &straight->to->columns[i].type, cell);
    if (!buffer_string(&text))
        return error_memory(err);
    return error_fail(err, PD_FATAL, PD_CAUSE_DATA,
                      "column '%s', %s; let the step see the rows and make the value itself",
                      c->name, buffer_string(&text));
}

static uint32_t
first_null(const struct pd_vector *vector, uint32_t n_rows)
{
    uint32_t row = 0;

    while (row < n_rows && vector->validity[row / 8] >> row % 8 & 1)
        row++;
    return row;
}

/* The target would refuse the row, and not say which one it is. */
static pd_status
check_nulls(const struct straight *straight, const struct pd_batch *batch, uint64_t n_before,
            struct pd_error *err)
{
    for (uint32_t i = 0; i < straight->to->n_columns; i++) {
        uint32_t at = straight->columns[i];
        CLEANUP_BUFFER struct buffer text = {0};

        if (at == PD_NO_COLUMN ||
            !straight_forbids_null(&straight->from->columns[at], &straight->to->columns[i]) ||
            batch_vector(batch, at)->n_nulls == 0)
            continue;
        fit_row_put(&text, straight->from, batch, n_before,
                    first_null(batch_vector(batch, at), batch->n_rows));
        if (!buffer_string(&text))
            return error_memory(err);
        return error_fail(err, PD_FATAL, PD_CAUSE_DATA,
                          "column '%s', %s: it is NULL, and must not be NULL after the step; let "
                          "the step see the rows and give it a value",
                          straight->from->columns[at].name, buffer_string(&text));
    }
    return PD_OK;
}

pd_status
straight_batch(struct straight *straight, const struct pd_batch *batch,
               const struct pd_source_ops *ops, struct pd_source *source, uint64_t n_before,
               const struct pd_batch **ret_batch, struct pd_error *err)
{
    struct place place = {straight, batch, n_before};
    const struct pd_batch *converted = batch;
    pd_status status = batch_check(straight->from, batch, err);

    if (status == PD_OK && straight->unfilled != PD_NO_COLUMN && batch->n_rows)
        status = straight_refuse_unfilled(straight->from, straight->to, straight->unfilled, err);
    if (status == PD_OK)
        status = check_nulls(straight, batch, n_before, err);
    if (status == PD_OK && straight->converter)
        status = converter_batch(straight->converter, batch, ops, source, misfit, &place,
                                 &converted, err);
    if (status == PD_OK)
        status = pick(straight, converted, ret_batch, err);
    if (status != PD_OK)
        batch_release(converted);
    return status;
}

const struct cell *
straight_large(const struct straight *straight, uint32_t column)
{
    const struct cell *cell = &straight->cells[column];

    return straight->slots[column] != PD_NO_COLUMN && is_large(cell) ? cell : NULL;
}

bool
straight_has_large(const struct straight *straight)
{
    return straight->has_large;
}
