// SPDX-License-Identifier: Apache-2.0
// patches - what update() has said of the rows of a table, by primary key.
#include "migrate/patches.h"

#include <string.h>

#include "model/kind.h"
#include "model/schema.h"

/* ---- Life ---- */

static pd_status
fold_open(struct patches *patches, struct arena *arena, struct pd_error *err)
{
    size_t n = patches->key->n_parts;
    uint32_t *columns = arena_array(arena, uint32_t, n);

    if (!columns)
        return error_memory(err);
    for (size_t i = 0; i < n; i++)
        columns[i] = (uint32_t)patches->key->parts[i].column;
    return key_fold_new(patches->table, columns, n, arena, &patches->fold, err);
}

pd_status
patches_open(struct patches *patches, const struct pd_table *table, struct keyed *keyed,
             pthread_mutex_t *mutex, struct arena *arena, struct pd_error *err)
{
    pd_status status;

    *patches = (struct patches){.table = table, .mutex = mutex};
    if (table->n_keys == 0 || table->keys[0].kind != PD_KEY_PRIMARY)
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG, "table '%s' has no primary key",
                          schema_table_name(table));
    patches->key = &table->keys[0];
    for (size_t i = 0; i < patches->key->n_parts; i++)
        if (patches->key->parts[i].column < 0)
            return error_fail(err, PD_FATAL, PD_CAUSE_DATA,
                              "the primary key of table '%s' has an expression, so that no row of "
                              "it can be updated",
                              schema_table_name(table));
    status = keyed_table_new(keyed, &patches->rows, err);
    if (status == PD_OK)
        status = fold_open(patches, arena, err);
    if (status == PD_OK && patches->fold)
        status = keyed_table_new(keyed, &patches->named, err);
    return status;
}

void
patches_close(struct patches *patches)
{
    buffer_free(&patches->key_bytes);
    buffer_free(&patches->old_bytes);
    buffer_free(&patches->new_bytes);
    buffer_free(&patches->row_bytes);
}

/* ---- Keys ---- */

void
patches_fold(struct patches *patches, struct buffer *key)
{
    if (!patches->fold)
        return;
    buffer_clear(&patches->row_bytes);
    buffer_append(&patches->row_bytes, key->data, key->size);
    patches->row_bytes.failed |= key->failed;
    buffer_clear(key);
    key_fold_put(patches->fold, patches->row_bytes.data, patches->row_bytes.size, key);
    key->failed |= patches->row_bytes.failed;
}

/* Of the rows that come only one may be meant. */
static pd_status
check_named(struct patches *patches, struct pd_error *err)
{
    CLEANUP_BUFFER struct buffer text = {0};
    pd_status status = keyed_add(patches->named, &patches->key_bytes, &patches->row_bytes, err);

    if (status == PD_OK)
        status = keyed_get(patches->named, &patches->key_bytes, &patches->new_bytes, err);
    if (status != PD_OK ||
        (patches->new_bytes.size == patches->row_bytes.size &&
         memcmp(patches->new_bytes.data, patches->row_bytes.data, patches->row_bytes.size) == 0))
        return status;
    key_fold_show(patches->fold, &patches->new_bytes, &text);
    buffer_text(&text, " and ");
    key_fold_show(patches->fold, &patches->row_bytes, &text);
    if (!buffer_string(&text))
        return error_memory(err);
    return error_fail(err, PD_FATAL, PD_CAUSE_DATA,
                      "update() of table '%s' names a row, and two have its key for the collation "
                      "%s: %s; let their keys differ in more, or set the values where the rows "
                      "are made",
                      schema_table_name(patches->table), key_fold_name(patches->fold),
                      buffer_string(&text));
}

/* ---- In ---- */

static const struct pd_column *
key_column(const struct patches *patches, size_t i)
{
    return &patches->table->columns[patches->key->parts[i].column];
}

static pd_status
key_of_values(struct patches *patches, const struct pd_value *key, struct pd_error *err)
{
    buffer_clear(&patches->key_bytes);
    for (size_t i = 0; i < patches->key->n_parts; i++) {
        const struct pd_column *column = key_column(patches, i);
        struct cell cell = step_value_cell(&key[i]);
        pd_status status = step_value_check(column, &key[i], err);

        if (status != PD_OK)
            return status;
        if (!step_key_put(&patches->key_bytes, &column->type, &cell))
            return error_fail(err, PD_FAILED, PD_CAUSE_DATA,
                              "column '%s' of the key of a row to be updated is NULL",
                              column->name);
    }
    patches_fold(patches, &patches->key_bytes);
    return PD_OK;
}

static pd_status
values_check(const struct patches *patches, const uint32_t *columns, const struct pd_value *values,
             uint32_t n_columns, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (uint32_t i = 0; i < n_columns && status == PD_OK; i++) {
        if (columns[i] >= patches->table->n_columns)
            return error_fail(err, PD_FAILED, PD_CAUSE_BUG, "there is no column number %u",
                              columns[i]);
        status = step_value_check(&patches->table->columns[columns[i]], &values[i], err);
        if (status == PD_OK && !schema_column_travels(&patches->table->columns[columns[i]]))
            return error_fail(err, PD_FAILED, PD_CAUSE_BUG,
                              "column '%s' is generated and cannot be updated",
                              patches->table->columns[columns[i]].name);
        if (status == PD_OK &&
            !step_value_is_json(&patches->table->columns[columns[i]], &values[i]))
            return error_fail(err, PD_FAILED, PD_CAUSE_DATA,
                              "column '%s': the value is no JSON, and its type is '%s'",
                              patches->table->columns[columns[i]].name,
                              kind_name(patches->table->columns[columns[i]].type.kind));
    }
    return status;
}

static bool
is_among(uint32_t column, const uint32_t *columns, uint32_t n_columns)
{
    for (uint32_t i = 0; i < n_columns; i++)
        if (columns[i] == column)
            return true;
    return false;
}

/* What was said before of other columns, and what is said now. */
static void
merge(struct patches *patches, const uint32_t *columns, const struct pd_value *values,
      uint32_t n_columns)
{
    struct cursor in = cursor_of(patches->old_bytes.data, patches->old_bytes.size);
    struct buffer *out = &patches->new_bytes;

    buffer_clear(out);
    while (cursor_left(&in) && !in.failed) {
        uint32_t column = cursor_u32(&in);
        struct pd_value value = step_value_get(&in);

        if (is_among(column, columns, n_columns))
            continue;
        buffer_u32(out, column);
        step_value_put(out, &value);
    }
    for (uint32_t i = 0; i < n_columns; i++) {
        if (is_among(columns[i], columns + i + 1, n_columns - i - 1))
            continue;
        buffer_u32(out, columns[i]);
        step_value_put(out, &values[i]);
    }
}

pd_status
patches_add(struct patches *patches, const struct pd_value *key, const uint32_t *columns,
            const struct pd_value *values, uint32_t n_columns, struct pd_error *err)
{
    pd_status status = values_check(patches, columns, values, n_columns, err);

    if (status == PD_OK)
        status = key_of_values(patches, key, err);
    if (status != PD_OK)
        return status;
    status = keyed_get(patches->rows, &patches->key_bytes, &patches->old_bytes, err);
    if (status != PD_OK && status != PD_DONE)
        return status;
    merge(patches, columns, values, n_columns);
    return keyed_set(patches->rows, &patches->key_bytes, &patches->new_bytes, err);
}

/* ---- Out ---- */

pd_status
patches_of(struct patches *patches, const struct buffer *key, struct buffer *ret_bytes,
           struct pd_error *err)
{
    pd_status status = keyed_get(patches->rows, key, ret_bytes, err);

    return status == PD_DONE ? PD_OK : status;
}

static bool
key_of_row(struct patches *patches, const struct pd_batch *batch, uint32_t row)
{
    buffer_clear(&patches->key_bytes);
    for (size_t i = 0; i < patches->key->n_parts; i++) {
        uint32_t number = (uint32_t)patches->key->parts[i].column;
        const struct pd_type *type = &patches->table->columns[number].type;
        struct cell cell = batch_cell(type, batch_vector(batch, number), row);

        if (!step_key_put(&patches->key_bytes, type, &cell))
            return false;
    }
    patches_fold(patches, &patches->key_bytes);
    return true;
}

static pd_status
find_row(struct patches *patches, const struct pd_batch *batch, uint32_t row,
         struct patch_hits *hits, struct pd_error *err)
{
    struct patch_hit hit = {.row = row, .offset = hits->bytes.size};
    pd_status status;

    if (!key_of_row(patches, batch, row))
        return PD_OK;
    status = keyed_get(patches->rows, &patches->key_bytes, &patches->old_bytes, err);
    if (status == PD_OK && patches->fold)
        status = check_named(patches, err);
    if (status != PD_OK)
        return status == PD_DONE ? PD_OK : status;
    hit.size = (uint32_t)patches->old_bytes.size;
    buffer_append(&hits->bytes, patches->old_bytes.data, patches->old_bytes.size);
    buffer_append(&hits->hits, &hit, sizeof hit);
    if (hits->bytes.failed || hits->hits.failed)
        return error_memory(err);
    return keyed_use(patches->rows, &patches->key_bytes, err);
}

pd_status
patches_find(struct patches *patches, const struct pd_batch *batch, struct patch_hits *hits,
             struct pd_error *err)
{
    pd_status status = PD_OK;

    buffer_clear(&hits->hits);
    buffer_clear(&hits->bytes);
    pthread_mutex_lock(patches->mutex);
    for (uint32_t row = 0; keyed_count(patches->rows) && row < batch->n_rows && status == PD_OK;
         row++)
        status = find_row(patches, batch, row, hits, err);
    pthread_mutex_unlock(patches->mutex);
    return status;
}

void
patches_values(const struct patch_hits *hits, size_t i, struct cell *cells, bool *is_set)
{
    const struct patch_hit *hit = patch_hit_at(hits, i);
    struct cursor in = cursor_of(hit->size ? hits->bytes.data + hit->offset : NULL, hit->size);

    while (cursor_left(&in) && !in.failed) {
        uint32_t column = cursor_u32(&in);
        struct pd_value value = step_value_get(&in);

        cells[column] = step_value_cell(&value);
        is_set[column] = true;
    }
}

uint64_t
patches_unused(const struct patches *patches)
{
    return keyed_unused(patches->rows);
}

void
patch_hits_free(struct patch_hits *hits)
{
    buffer_free(&hits->hits);
    buffer_free(&hits->bytes);
}

size_t
patch_hits_count(const struct patch_hits *hits)
{
    return hits->hits.size / sizeof(struct patch_hit);
}

const struct patch_hit *
patch_hit_at(const struct patch_hits *hits, size_t i)
{
    return (const struct patch_hit *)(const void *)hits->hits.data + i;
}
