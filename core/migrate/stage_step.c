// SPDX-License-Identifier: Apache-2.0
// stage_step - what a step asks for while it is at work: lookups, numbers, updates, warnings.
#include <string.h>

#include "migrate/step_inside.h"
#include "migrate/step_value.h"
#include "model/long_cell.h"
#include "model/schema.h"

/* A long cell that is looked up lies in memory whole. */
#define LONG_MAX_BYTES (UINT64_C(256) << 20)

/* ---- Life ---- */

/* Two needs of one column must not get the same number. */
static uint32_t
find_numbers(struct pd_step *step, const struct need *need, uint32_t column)
{
    struct numbers *numbers;

    for (uint32_t i = 0; i < step->n_numbers; i++)
        if (step->numbers[i].table == need->planned->table && step->numbers[i].number == column)
            return i;
    numbers = &step->numbers[step->n_numbers];
    numbers->table = need->planned->table;
    numbers->number = column;
    numbers->column = &need->table->columns[column];
    return (uint32_t)step->n_numbers++;
}

static pd_status
open_need(struct pd_step *step, const struct planned_need *planned, struct pd_error *err)
{
    struct need *need = &step->needs[step->n_needs++];
    struct arena *arena = step->stage->arena;

    need->planned = planned;
    need->table = &step->stage->planned.after->tables[planned->table];
    need->numbers = arena_array(arena, uint32_t, planned->n_values + 1);
    if (!need->numbers)
        return error_memory(err);
    for (size_t i = 0; i < planned->n_values; i++)
        need->numbers[i] = find_numbers(step, need, planned->values[i]);
    return known_open(&need->known, planned, need->table, step->patches[planned->table],
                      step->keyed, arena, err);
}

static pd_status
open_patches(struct pd_step *step, uint32_t table, struct pd_error *err)
{
    struct patches *patches = arena_alloc(step->stage->arena, sizeof *patches);

    if (!patches)
        return error_memory(err);
    step->patches[table] = patches;
    return patches_open(patches, &step->stage->planned.after->tables[table], step->keyed,
                        &step->mutex, step->stage->arena, err);
}

static bool
needs_keys(const struct planned *planned)
{
    bool needs = planned->n_needs > 0;

    for (size_t i = 0; i < planned->after->n_tables; i++)
        needs |= planned->feeds[i].may_update;
    return needs;
}

static pd_status
open_all(struct pd_step *step, struct pd_error *err)
{
    const struct planned *planned = &step->stage->planned;
    struct arena *arena = step->stage->arena;
    size_t n_values = 0;
    pd_status status = PD_OK;

    for (size_t i = 0; i < planned->n_needs; i++)
        n_values += planned->needs[i].n_values;
    step->needs = arena_array(arena, struct need, planned->n_needs + 1);
    step->numbers = arena_array(arena, struct numbers, n_values + 1);
    step->patches = arena_array(arena, struct patches *, planned->after->n_tables + 1);
    step->changes = arena_array(arena, struct change *, planned->before->n_tables + 1);
    if (!step->needs || !step->numbers || !step->patches || !step->changes)
        return error_memory(err);
    if (needs_keys(planned)) {
        status = keyed_new(&step->keyed, err);
        step->stage->memory->n_keyed++;
    }
    for (uint32_t i = 0; i < planned->after->n_tables && status == PD_OK; i++)
        if (planned->feeds[i].may_update)
            status = open_patches(step, i, err);
    for (size_t i = 0; i < planned->n_needs && status == PD_OK; i++)
        status = open_need(step, &planned->needs[i], err);
    return status;
}

pd_status
step_new(struct stage *stage, struct pd_step **ret_step, struct pd_error *err)
{
    struct pd_step *step = arena_alloc(stage->arena, sizeof *step);
    pd_status status;

    if (!step)
        return error_memory(err);
    step->stage = stage;
    pthread_mutex_init(&step->mutex, NULL);
    status = open_all(step, err);
    if (status == PD_OK)
        *ret_step = step;
    else
        step_free(step);
    return status;
}

void
step_free(struct pd_step *step)
{
    if (!step)
        return;
    for (size_t i = 0; i < step->n_needs; i++) {
        known_close(&step->needs[i].known);
        buffer_free(&step->needs[i].fetched);
    }
    for (size_t i = 0; step->patches && i < step->stage->planned.after->n_tables; i++)
        if (step->patches[i])
            patches_close(step->patches[i]);
    keyed_free(step->keyed);
    step_convert_close(step);
    pthread_mutex_destroy(&step->mutex);
}

pd_status
step_begin(struct pd_step *step, struct pd_error *err)
{
    size_t share = STAGE_KEYED_MOST;

    if (!step->keyed)
        return PD_OK;
    if (STAGE_KEYED / step->stage->memory->n_keyed < share)
        share = STAGE_KEYED / step->stage->memory->n_keyed;
    return keyed_bound(step->keyed, share, err);
}

static bool
is_patched(const struct pd_step *step)
{
    for (size_t i = 0; i < step->stage->planned.after->n_tables; i++)
        if (step->patches[i])
            return true;
    return false;
}

static bool
is_asked(const struct pd_step *step)
{
    for (size_t i = 0; i < step->stage->planned.after->n_tables; i++)
        if (step->stage->planned.feeds[i].is_asked)
            return true;
    return false;
}

void
step_end(struct pd_step *step)
{
    step->is_over = true;
    if (step->keyed && (is_patched(step) || is_asked(step)))
        keyed_rest(step->keyed);
    else
        keyed_free(take(step->keyed));
}

/* ---- Rows that are there ---- */

/* Bytes of a long cell too: they are looked up like all others. */
static pd_status
fetch_long(struct stage_rows *rows, struct buffer *out, struct cell *cell, struct pd_error *err)
{
    uint64_t size = cell->as_long->size;
    uint8_t *room;
    pd_status status = PD_OK;

    if (size > LONG_MAX_BYTES)
        return error_fail(err, PD_FAILED, PD_CAUSE_LIMIT,
                          "a value of %llu bytes is too large to be looked up",
                          (unsigned long long)size);
    buffer_clear(out);
    room = buffer_reserve(out, (size_t)size);
    if (!room)
        return error_memory(err);
    for (uint64_t at = 0; at < size && status == PD_OK; at += PD_LONG_SLICE) {
        uint64_t left = size - at;

        status = stage_rows_long(rows, cell->as_long, at, room + at,
                                 left < PD_LONG_SLICE ? (size_t)left : PD_LONG_SLICE, err);
    }
    cell->bytes = room;
    cell->size = (size_t)size;
    cell->as_long = NULL;
    return status;
}

/* A row of a batch. */
struct batch_row {
    struct need *need;
    struct stage_rows *rows;
    const struct pd_batch *batch;
    uint32_t row;
};

static bool
is_value(const struct planned_need *planned, uint32_t column)
{
    for (size_t i = 0; i < planned->n_values; i++)
        if (planned->values[i] == column)
            return true;
    return false;
}

static pd_status
value_of_batch(void *arg, uint32_t number, struct pd_value *ret_value, struct pd_error *err)
{
    const struct batch_row *at = arg;
    const struct pd_column *column = &at->need->table->columns[number];
    struct cell cell = {.tag = -1};
    pd_status status = PD_OK;

    if (schema_column_travels(column))
        cell = batch_cell(&column->type, batch_vector(at->batch, number), at->row);
    if (cell.as_long && is_value(at->need->planned, number))
        status = fetch_long(at->rows, &at->need->fetched, &cell, err);
    else if (cell.as_long)
        cell = (struct cell){.tag = -1}; /* in no key */
    *ret_value = step_value_of(&cell);
    return status;
}

static pd_status
learn_batch(struct pd_step *step, struct stage_rows *rows, uint32_t table,
            const struct pd_batch *batch, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < step->n_needs; i++) {
        struct need *need = &step->needs[i];

        if (need->planned->table != table)
            continue;
        for (uint32_t row = 0; row < batch->n_rows && status == PD_OK; row++) {
            struct batch_row at = {need, rows, batch, row};

            status = known_learn(&need->known, value_of_batch, &at, err);
        }
    }
    step_note(step, table, batch);
    return status;
}

static pd_status
fill_table(struct pd_step *step, struct pd_source *inner, uint32_t table, struct pd_error *err)
{
    struct stage_rows rows = {0};
    const struct pd_batch *batch;
    pd_status status = stage_rows_start(&rows, step->stage, inner, table, NULL, true, err);

    while (status == PD_OK && (status = stage_rows_next(&rows, &batch, err)) == PD_OK) {
        status = learn_batch(step, &rows, table, batch, err);
        batch_release(batch);
    }
    stage_rows_close(&rows);
    if (status == PD_DONE)
        return PD_OK;
    return error_prefix(err, status, "table '%s'",
                        schema_table_name(&step->stage->planned.after->tables[table]));
}

static bool
is_needed(const struct pd_step *step, uint32_t table)
{
    for (size_t i = 0; i < step->n_needs; i++)
        if (step->needs[i].planned->table == table)
            return true;
    return false;
}

pd_status
step_fill(struct pd_step *step, struct pd_source *inner, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (uint32_t i = 0; i < step->stage->planned.after->n_tables && status == PD_OK; i++)
        if (is_needed(step, i))
            status = fill_table(step, inner, i, err);
    return status;
}

void
step_note(struct pd_step *step, uint32_t table, const struct pd_batch *batch)
{
    for (size_t i = 0; i < step->n_numbers; i++) {
        struct numbers *numbers = &step->numbers[i];

        if (numbers->table == table && schema_column_travels(numbers->column))
            numbers_note_vector(numbers, batch_vector(batch, numbers->number), batch->n_rows);
    }
}

struct patches *
step_patches(struct pd_step *step, uint32_t table)
{
    return step->patches[table];
}

/* ---- What the step calls ---- */

static pd_status
find_need(struct pd_step *step, uint32_t number, struct need **ret_need, struct pd_error *err)
{
    if (number >= step->n_needs)
        return error_fail(err, PD_FAILED, PD_CAUSE_BUG, "there is no need number %u", number);
    if (step->is_over && !step->is_saving)
        return error_fail(err, PD_FAILED, PD_CAUSE_BUG, "the step is over");
    *ret_need = &step->needs[number];
    return PD_OK;
}

static pd_status
need_prefix(const struct need *need, pd_status status, struct pd_error *err)
{
    if (status >= 0) /* the name is not made for nothing */
        return status;
    return error_prefix(err, status, "lookup in table '%s'", schema_table_name(need->table));
}

static pd_status
step_lookup(struct pd_step *step, uint32_t number, const struct pd_value *keys,
            const struct pd_value **ret_values, struct pd_error *err)
{
    struct need *need = NULL;
    pd_status status = find_need(step, number, &need, err);

    if (status != PD_OK)
        return status;
    return need_prefix(need, known_find(&need->known, keys, ret_values, err), err);
}

void
step_saving(struct pd_step *step, bool begins)
{
    if (begins)
        pthread_mutex_lock(&step->mutex);
    step->is_saving = begins;
    if (!begins)
        pthread_mutex_unlock(&step->mutex);
}

/* Rows have been made, and are on their way. */
static pd_status
check_saving(const struct pd_step *step, const char *call, struct pd_error *err)
{
    if (!step->is_saving)
        return PD_OK;
    return error_fail(err, PD_FAILED, PD_CAUSE_BUG, "%s cannot be called by before_save()", call);
}

/* What learn() was given, or learn_row(). */
struct given_row {
    const struct planned_need *need;
    const struct pd_value *keys, *values; /* NULL: all values of the row are there */
    const struct pd_value *all;
};

static const struct pd_value *
find_given(const struct given_row *given, uint32_t column)
{
    for (size_t i = 0; i < given->need->n_keys; i++)
        if (given->need->keys[i] == column)
            return &given->keys[i];
    for (size_t i = 0; i < given->need->n_values; i++)
        if (given->need->values[i] == column)
            return &given->values[i];
    return NULL;
}

static pd_status
value_given(void *arg, uint32_t column, struct pd_value *ret_value, struct pd_error *err)
{
    const struct given_row *given = arg;
    const struct pd_value *value = given->all ? &given->all[column] : find_given(given, column);

    if (!value)
        return PD_UNSUPPORTED;
    *ret_value = *value;
    if (value->size > INT32_MAX) /* a long cell, in no key: check_given() has seen all others */
        ret_value->tag = -1;
    return PD_OK;
}

static pd_status
learn(struct need *need, const struct given_row *given, struct pd_error *err)
{
    pd_status status = known_learn(&need->known, value_given, (void *)(uintptr_t)given, err);

    if (status == PD_UNSUPPORTED)
        status = error_fail(err, PD_FAILED, PD_CAUSE_BUG,
                            "rows of it may be updated, so that a row is known by its primary "
                            "key, which learn() does not say; learn_row() does");
    return need_prefix(need, status, err);
}

static pd_status
check_given(const struct need *need, uint32_t column, const struct pd_value *value,
            struct pd_error *err)
{
    return need_prefix(need, step_value_check(&need->table->columns[column], value, err), err);
}

static pd_status
step_learn(struct pd_step *step, uint32_t number, const struct pd_value *keys,
           const struct pd_value *values, struct pd_error *err)
{
    struct need *need = NULL;
    struct given_row given = {.keys = keys, .values = values};
    pd_status status = find_need(step, number, &need, err);

    if (status == PD_OK)
        status = check_saving(step, "learn()", err);
    if (status != PD_OK)
        return status;
    given.need = need->planned;
    for (size_t i = 0; i < given.need->n_keys && status == PD_OK; i++)
        status = check_given(need, given.need->keys[i], &keys[i], err);
    for (size_t i = 0; i < given.need->n_values && status == PD_OK; i++) {
        struct cell cell = step_value_cell(&values[i]);

        status = check_given(need, given.need->values[i], &values[i], err);
        if (status == PD_OK)
            numbers_note_cell(&step->numbers[need->numbers[i]], &cell);
    }
    return status == PD_OK ? learn(need, &given, err) : status;
}

static pd_status
step_learn_row(struct pd_step *step, uint32_t table, const struct pd_value *values,
               struct pd_error *err)
{
    pd_status status = check_saving(step, "learn_row()", err);

    if (status == PD_OK && step->is_over)
        status = error_fail(err, PD_FAILED, PD_CAUSE_BUG, "the step is over");
    for (size_t i = 0; i < step->n_numbers && status == PD_OK; i++) {
        struct numbers *numbers = &step->numbers[i];
        struct cell cell;

        if (numbers->table != table)
            continue;
        cell = step_value_cell(&values[numbers->number]);
        numbers_note_cell(numbers, &cell);
    }
    for (size_t i = 0; i < step->n_needs && status == PD_OK; i++) {
        struct need *need = &step->needs[i];
        const struct given_row given = {.need = need->planned, .all = values};

        if (need->planned->table != table)
            continue;
        for (size_t k = 0; k < given.need->n_keys && status == PD_OK; k++)
            status = check_given(need, given.need->keys[k], &values[given.need->keys[k]], err);
        for (size_t k = 0; k < given.need->n_values && status == PD_OK; k++)
            status = check_given(need, given.need->values[k], &values[given.need->values[k]], err);
        if (status == PD_OK)
            status = learn(need, &given, err);
    }
    return status;
}

static pd_status
step_next_number(struct pd_step *step, uint32_t number, uint32_t value, int64_t *ret_number,
                 struct pd_error *err)
{
    struct need *need = NULL;
    pd_status status = find_need(step, number, &need, err);

    if (status != PD_OK)
        return status;
    if (value >= need->planned->n_values)
        status = error_fail(err, PD_FAILED, PD_CAUSE_BUG, "there is no value number %u", value);
    else
        status = numbers_next(&step->numbers[need->numbers[value]], ret_number, err);
    return error_prefix(err, status, "next number of table '%s'", schema_table_name(need->table));
}

static pd_status
step_update(struct pd_step *step, uint32_t table, const struct pd_value *key,
            const uint32_t *columns, const struct pd_value *values, uint32_t n_columns,
            struct pd_error *err)
{
    const struct pd_catalog *after = step->stage->planned.after;
    pd_status status;

    if (table >= after->n_tables)
        return error_fail(err, PD_FAILED, PD_CAUSE_BUG, "there is no table number %u", table);
    status = check_saving(step, "update()", err);
    if (status != PD_OK)
        return status;
    if (step->is_over)
        return error_fail(err, PD_FAILED, PD_CAUSE_BUG, "the step is over");
    if (!step->patches[table])
        return error_fail(err, PD_FAILED, PD_CAUSE_BUG,
                          "update of table '%s', which the step has not planned",
                          schema_table_name(&after->tables[table]));
    pthread_mutex_lock(&step->mutex);
    status = patches_add(step->patches[table], key, columns, values, n_columns, err);
    for (size_t i = 0; i < step->n_needs && status == PD_OK; i++)
        if (step->needs[i].planned->table == table)
            status = known_update(&step->needs[i].known, key, columns, values, n_columns, err);
    pthread_mutex_unlock(&step->mutex);
    for (size_t i = 0; i < step->n_numbers && status == PD_OK; i++)
        for (uint32_t k = 0; k < n_columns; k++) {
            struct cell cell = step_value_cell(&values[k]);

            if (step->numbers[i].table == table && step->numbers[i].number == columns[k])
                numbers_note_cell(&step->numbers[i], &cell);
        }
    return error_prefix(err, status, "update of table '%s'",
                        schema_table_name(&after->tables[table]));
}

const struct pd_step_ops step_ops = {
    .struct_size = sizeof step_ops,
    .lookup = step_lookup,
    .learn = step_learn,
    .next_number = step_next_number,
    .update = step_update,
    .warn = step_warn,
    .learn_row = step_learn_row,
    .convert = step_convert,
};
