// SPDX-License-Identifier: Apache-2.0
// known - rows by the key of a need. Where rows may be updated, each is kept with who it is, so
// that an update finds it whatever it is called by then.
#include "migrate/known.h"

#include <string.h>
#include <xxhash.h>

#include "migrate/step_value.h"
#include "model/schema.h"
#include "run/fit.h"

pd_status
known_open(struct known *known, const struct planned_need *need, const struct pd_table *table,
           struct patches *patches, struct keyed *keyed, struct arena *arena, struct pd_error *err)
{
    size_t n = need->n_values + need->n_keys + 1;
    struct key_fold *fold = NULL;
    pd_status status;

    *known = (struct known){.need = need, .table = table, .patches = patches};
    known->values = arena_array(arena, struct pd_value, n);
    known->parts = arena_array(arena, struct pd_value, n);
    if (!known->values || !known->parts)
        return error_memory(err);
    status = patches ? keyed_rows_new(keyed, &known->tracked, err)
                     : keyed_table_new(keyed, &known->rows, err);
    if (status == PD_OK)
        status = key_fold_new(table, need->keys, need->n_keys, arena, &fold, err);
    if (status == PD_OK && fold)
        status = alike_new(fold, keyed, known->rows, known->tracked, arena, &known->alike, err);
    return status;
}

void
known_close(struct known *known)
{
    buffer_free(&known->key);
    buffer_free(&known->id);
    buffer_free(&known->bytes);
    buffer_free(&known->other);
    buffer_free(&known->alike_text);
    buffer_free(&known->unsure_text);
    alike_close(known->alike);
}

/* ---- In ---- */

/* Append a part of a key; false: it is NULL, and the row is found by none. */
static bool
put_part(struct buffer *key, const struct pd_table *table, uint32_t column,
         const struct pd_value *value)
{
    struct cell cell = step_value_cell(value);

    return step_key_put(key, &table->columns[column].type, &cell);
}

/* Rows of one key that differ in their values can be told apart, unless the first one counts. */
static uint64_t
kind_of(const struct known *known, const void *bytes, size_t size)
{
    return known->need->takes_first ? 0 : XXH3_64bits(bytes, size);
}

/* What a later value of a column is; false: none was said. */
static bool
find_patch(const struct buffer *said, uint32_t wanted, struct pd_value *ret_value)
{
    struct cursor in = cursor_of(said->data, said->size);

    while (cursor_left(&in) && !in.failed) {
        uint32_t column = cursor_u32(&in);

        *ret_value = step_value_get(&in);
        if (column == wanted)
            return true;
    }
    return false;
}

struct asking {
    struct known *known;
    known_value *value;
    void *arg;
    struct pd_error *err;
};

static pd_status
ask(const struct asking *a, uint32_t column, struct pd_value *ret_value)
{
    if (a->known->tracked && find_patch(&a->known->other, column, ret_value))
        return PD_OK;
    return a->value(a->arg, column, ret_value, a->err);
}

/* Who the row is, and what was said of it before it was there. */
static pd_status
ask_id(const struct asking *a)
{
    struct known *known = a->known;
    const struct pd_key *primary = known->patches->key;

    buffer_clear(&known->id);
    buffer_clear(&known->other);
    for (size_t i = 0; i < primary->n_parts; i++) {
        uint32_t column = (uint32_t)primary->parts[i].column;
        struct pd_value value;
        pd_status status = a->value(a->arg, column, &value, a->err);

        if (status != PD_OK)
            return status;
        if (!put_part(&known->id, known->table, column, &value)) {
            buffer_clear(&known->id); /* nobody can name it */
            return PD_OK;
        }
    }
    patches_fold(known->patches, &known->id);
    return patches_of(known->patches, &known->id, &known->other, a->err);
}

/* Values into bytes, and behind them, of a tracked row, those of the key. */
static pd_status
ask_parts(const struct asking *a, bool *ret_found)
{
    const struct planned_need *need = a->known->need;
    struct known *known = a->known;
    pd_status status = PD_OK;

    buffer_clear(&known->key);
    buffer_clear(&known->bytes);
    for (size_t i = 0; i < need->n_keys && status == PD_OK && *ret_found; i++) {
        struct pd_value value;

        status = ask(a, need->keys[i], &value);
        if (status == PD_OK)
            *ret_found = put_part(&known->key, known->table, need->keys[i], &value);
    }
    for (size_t i = 0; i < need->n_values && status == PD_OK; i++) {
        struct pd_value value;

        status = ask(a, need->values[i], &value);
        if (status == PD_OK)
            step_value_put(&known->bytes, &value);
    }
    return status;
}

static pd_status
ask_keys(const struct asking *a)
{
    const struct planned_need *need = a->known->need;
    pd_status status = PD_OK;

    for (size_t i = 0; i < need->n_keys && status == PD_OK; i++) {
        struct pd_value value;

        status = ask(a, need->keys[i], &value);
        if (status == PD_OK)
            step_value_put(&a->known->bytes, &value);
    }
    return status;
}

static pd_status
learn_tracked(const struct asking *a)
{
    struct known *known = a->known;
    bool is_found = true;
    size_t n_values;
    pd_status status = ask_id(a);

    if (status == PD_OK)
        status = ask_parts(a, &is_found);
    n_values = known->bytes.size;
    if (status == PD_OK)
        status = ask_keys(a);
    if (status != PD_OK)
        return status;
    return keyed_rows_add(known->tracked, &known->id, is_found ? &known->key : NULL,
                          kind_of(known, known->bytes.data, n_values), &known->bytes, a->err);
}

/* The key was there: is what it stands for the same? */
static pd_status
note_difference(struct known *known, struct pd_error *err)
{
    pd_status status = keyed_get(known->rows, &known->key, &known->other, err);

    if (status != PD_OK)
        return status;
    if (known->other.size == known->bytes.size &&
        (known->other.size == 0 ||
         memcmp(known->other.data, known->bytes.data, known->other.size) == 0))
        return PD_OK;
    return keyed_use(known->rows, &known->key, err);
}

pd_status
known_learn(struct known *known, known_value *value, void *arg, struct pd_error *err)
{
    const struct asking a = {known, value, arg, err};
    bool is_found = true;
    uint64_t n;
    pd_status status;

    if (known->tracked)
        return learn_tracked(&a);
    status = ask_parts(&a, &is_found);
    if (status != PD_OK || !is_found)
        return status;
    n = keyed_count(known->rows);
    status = keyed_add(known->rows, &known->key, &known->bytes, err);
    if (status != PD_OK || known->need->takes_first || keyed_count(known->rows) > n)
        return status;
    return note_difference(known, err);
}

/* ---- Later values ---- */

static const struct pd_value *
find_column(uint32_t column, const uint32_t *columns, const struct pd_value *values, uint32_t n)
{
    while (n--)
        if (columns[n] == column)
            return &values[n]; /* the last one counts */
    return NULL;
}

static bool
is_concerned(const struct planned_need *need, const uint32_t *columns, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        for (size_t k = 0; k < need->n_keys; k++)
            if (need->keys[k] == columns[i])
                return true;
        for (size_t k = 0; k < need->n_values; k++)
            if (need->values[k] == columns[i])
                return true;
    }
    return false;
}

/* The row in other, with what is new, in bytes and key; false: it is found by no key. */
static bool
change_row(struct known *known, const uint32_t *columns, const struct pd_value *values, uint32_t n,
           uint64_t *ret_kind)
{
    const struct planned_need *need = known->need;
    struct cursor in = cursor_of(known->other.data, known->other.size);
    bool is_found = true;

    buffer_clear(&known->bytes);
    buffer_clear(&known->key);
    for (size_t i = 0; i < need->n_values + need->n_keys; i++) {
        uint32_t column = i < need->n_values ? need->values[i] : need->keys[i - need->n_values];
        const struct pd_value *later = find_column(column, columns, values, n);

        if (i == need->n_values)
            *ret_kind = kind_of(known, known->bytes.data, known->bytes.size);
        known->parts[i] = step_value_get(&in);
        if (later)
            known->parts[i] = *later;
        step_value_put(&known->bytes, &known->parts[i]);
        if (i >= need->n_values && is_found)
            is_found = put_part(&known->key, known->table, column, &known->parts[i]);
    }
    return is_found;
}

pd_status
known_update(struct known *known, const struct pd_value *key, const uint32_t *columns,
             const struct pd_value *values, uint32_t n_columns, struct pd_error *err)
{
    const struct pd_key *primary = known->patches->key;
    int64_t number = 0;
    pd_status status;

    if (!is_concerned(known->need, columns, n_columns))
        return PD_OK;
    buffer_clear(&known->id);
    for (size_t i = 0; i < primary->n_parts; i++)
        if (!put_part(&known->id, known->table, (uint32_t)primary->parts[i].column, &key[i]))
            return PD_OK;
    patches_fold(known->patches, &known->id);
    while ((status = keyed_rows_next(known->tracked, &known->id, &number, &known->other, err)) ==
           PD_OK) {
        uint64_t kind = 0;
        bool is_found = change_row(known, columns, values, n_columns, &kind);

        status = keyed_rows_set(known->tracked, number, is_found ? &known->key : NULL, kind,
                                &known->bytes, err);
        if (status != PD_OK)
            return status;
    }
    return status == PD_DONE ? PD_OK : status;
}

/* ---- Out ---- */

/* PD_DONE: a part of it is NULL. */
static pd_status
make_key(struct known *known, const struct pd_value *keys, struct pd_error *err)
{
    buffer_clear(&known->key);
    for (size_t i = 0; i < known->need->n_keys; i++) {
        uint32_t column = known->need->keys[i];
        pd_status status = step_value_check(&known->table->columns[column], &keys[i], err);

        if (status != PD_OK)
            return status;
        if (!put_part(&known->key, known->table, column, &keys[i]))
            return PD_DONE;
    }
    return PD_OK;
}

static pd_status
refuse_several(const struct known *known, const struct pd_value *keys, struct pd_error *err)
{
    CLEANUP_BUFFER struct buffer text = {0};

    for (size_t i = 0; i < known->need->n_keys; i++) {
        const struct pd_column *column = &known->table->columns[known->need->keys[i]];
        struct cell cell = step_value_cell(&keys[i]);

        buffer_printf(&text, "%s%s = ", i ? ", " : "", column->name);
        fit_value_put(&text, &column->type, &cell);
    }
    if (!buffer_string(&text))
        return error_memory(err);
    return error_fail(err, PD_FAILED, PD_CAUSE_DATA,
                      "several rows have %s, and differ in what is looked up; let the need have "
                      "more keys, or say that the first row counts (first=true, PD_NEED_FIRST)",
                      buffer_string(&text));
}

/* What a key stands for, into bytes. */
static pd_status
get_rows(struct known *known, const struct buffer *key, struct buffer *bytes, bool *ret_differ,
         struct pd_error *err)
{
    pd_status status;

    if (known->tracked)
        return keyed_rows_get(known->tracked, key, bytes, ret_differ, err);
    status = keyed_get(known->rows, key, bytes, err);
    if (status == PD_OK && keyed_used(known->rows))
        status = keyed_is_used(known->rows, key, ret_differ, err);
    return status;
}

struct looking {
    struct known *known;
    const struct pd_value *keys;
    size_t n;
};

/* "code = 'n' as code = 'N'" */
static void
note_pair(struct known *known, const struct buffer *key, struct buffer *text)
{
    buffer_clear(text);
    key_fold_show(known->alike->fold, &known->key, text);
    buffer_text(text, " as ");
    key_fold_show(known->alike->fold, key, text);
}

/* The key that was found first, and another. */
static pd_status
refuse_alike(struct known *known, const struct buffer *key, struct pd_error *err)
{
    const struct key_fold *fold = known->alike->fold;
    CLEANUP_BUFFER struct buffer text = {0};

    key_fold_show(fold, &known->key, &text);
    buffer_text(&text, ": there are rows with ");
    key_fold_show(fold, &known->id, &text);
    buffer_text(&text, " and with ");
    key_fold_show(fold, key, &text);
    if (!buffer_string(&text))
        return error_memory(err);
    return error_fail(err, PD_FAILED, PD_CAUSE_DATA,
                      "%s, the same for the collation %s, which differ in what is looked up; bring "
                      "the keys of both sides into one form",
                      buffer_string(&text), key_fold_name(fold));
}

static pd_status
take_alike(void *arg, const struct buffer *key, struct pd_error *err)
{
    struct looking *l = arg;
    struct known *known = l->known;
    struct buffer *bytes = l->n ? &known->other : &known->bytes;
    bool differ = false;
    pd_status status = get_rows(known, key, bytes, &differ, err);

    if (status != PD_OK)
        return status == PD_DONE ? PD_OK : status;
    if (differ)
        return refuse_several(known, l->keys, err);
    if (l->n++ == 0) {
        buffer_clear(&known->id);
        buffer_append(&known->id, key->data, key->size);
        return known->id.failed ? error_memory(err) : PD_OK;
    }
    if (known->other.size == known->bytes.size &&
        (known->bytes.size == 0 ||
         memcmp(known->other.data, known->bytes.data, known->bytes.size) == 0))
        return PD_OK;
    return refuse_alike(known, key, err);
}

static pd_status
find_alike(struct known *known, const struct pd_value *keys, struct pd_error *err)
{
    struct looking l = {.known = known, .keys = keys};
    pd_status status = alike_find(known->alike, &known->key, take_alike, &l, err);

    if (status != PD_OK)
        return status;
    if (l.n && known->n_alike++ == 0)
        note_pair(known, &known->id, &known->alike_text);
    if (!l.n && known->alike->maybe.size && known->n_unsure++ == 0)
        note_pair(known, &known->alike->maybe, &known->unsure_text);
    return l.n ? PD_OK : PD_DONE;
}

pd_status
known_find(struct known *known, const struct pd_value *keys, const struct pd_value **ret_values,
           struct pd_error *err)
{
    bool differ = false;
    struct cursor in;
    pd_status status = make_key(known, keys, err);

    if (status != PD_OK)
        return status;
    status = get_rows(known, &known->key, &known->bytes, &differ, err);
    if (status == PD_DONE && known->alike)
        status = find_alike(known, keys, err);
    if (status != PD_OK)
        return status;
    if (differ)
        return refuse_several(known, keys, err);
    in = cursor_of(known->bytes.data, known->bytes.size);
    for (size_t i = 0; i < known->need->n_values; i++)
        known->values[i] = step_value_get(&in);
    *ret_values = known->values;
    return PD_OK;
}
