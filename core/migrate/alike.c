// SPDX-License-Identifier: Apache-2.0
// alike - keys by the forms that fold.h makes of their texts.
#include "migrate/alike.h"

#include <string.h>

#include "run/fit.h"

/* ---- Forms ---- */

pd_status
key_fold_new(const struct pd_table *table, const uint32_t *columns, size_t n, struct arena *arena,
             struct key_fold **ret_fold, struct pd_error *err)
{
    struct key_fold *fold = arena_alloc(arena, sizeof *fold);
    bool folds = false;

    *ret_fold = NULL;
    if (!fold)
        return error_memory(err);
    *fold = (struct key_fold){.table = table, .columns = columns, .n = n};
    fold->folds = arena_array(arena, struct fold, n + 1);
    fold->is_folded = arena_array(arena, bool, n + 1);
    if (!fold->folds || !fold->is_folded)
        return error_memory(err);
    for (size_t i = 0; i < n; i++) {
        fold->is_folded[i] = fold_of_column(&table->columns[columns[i]], &fold->folds[i]);
        fold->is_open |= fold->is_folded[i] && fold_is_open(&fold->folds[i]);
        folds |= fold->is_folded[i];
    }
    if (folds)
        *ret_fold = fold;
    return PD_OK;
}

/* Types that another engine's text is, of an extension say, are native to it. */
static bool
is_text(const struct key_fold *fold, size_t i, uint8_t class)
{
    return fold->is_folded[i] && (class == PD_CLASS_TEXT || class == PD_CLASS_NATIVE);
}

typedef void put_text(const struct fold *fold, const void *text, size_t size, struct buffer *out);

static void
put_parts(const struct key_fold *fold, put_text *put, const void *key, size_t size,
          struct buffer *out)
{
    struct cursor in = cursor_of(key, size);

    for (size_t i = 0; i < fold->n && cursor_left(&in); i++) {
        uint8_t class = cursor_u8(&in);
        uint32_t part = cursor_u32(&in);
        const uint8_t *bytes = cursor_bytes(&in, part);

        buffer_u8(out, class);
        if (is_text(fold, i, class) && !in.failed) {
            put(&fold->folds[i], bytes, part, out);
            buffer_u8(out, 0xff); /* which is in no text */
            continue;
        }
        buffer_u32(out, part);
        if (!in.failed)
            buffer_append(out, bytes, part);
    }
}

void
key_fold_put(const struct key_fold *fold, const void *key, size_t size, struct buffer *out)
{
    put_parts(fold, fold_put, key, size, out);
}

void
key_fold_show(const struct key_fold *fold, const struct buffer *key, struct buffer *out)
{
    static const struct pd_type text = {.kind = PD_KIND_TEXT};
    struct cursor in = cursor_of(key->data, key->size);
    size_t n = 0;

    for (size_t i = 0; i < fold->n && cursor_left(&in); i++) {
        uint8_t class = cursor_u8(&in);
        struct cell cell = {.size = cursor_u32(&in)};

        cell.bytes = cursor_bytes(&in, cell.size);
        if (!is_text(fold, i, class) || in.failed)
            continue;
        buffer_printf(out, "%s%s = ", n++ ? ", " : "", fold->table->columns[fold->columns[i]].name);
        fit_value_put(out, &text, &cell);
    }
}

const char *
key_fold_name(const struct key_fold *fold)
{
    for (size_t i = 0; i < fold->n; i++) {
        const struct pd_column *column = &fold->table->columns[fold->columns[i]];

        if (!fold->is_folded[i])
            continue;
        if (column->collation == PD_COLLATION_NOCASE)
            return "NOCASE";
        if (column->collation == PD_COLLATION_RTRIM)
            return "RTRIM";
        return column->collation_native ? column->collation_native : column->native;
    }
    return "";
}

/* ---- Keys that are there ---- */

static void
put_wide(void *arg, const void *key, size_t size, struct buffer *out)
{
    const struct alike *alike = arg;

    put_parts(alike->fold, fold_put_wide, key, size, out);
}

pd_status
alike_new(const struct key_fold *fold, struct keyed *keyed, const struct keyed_table *table,
          const struct keyed_rows *rows, struct arena *arena, struct alike **ret_alike,
          struct pd_error *err)
{
    struct alike *alike = arena_alloc(arena, sizeof *alike);

    if (!alike)
        return error_memory(err);
    *alike = (struct alike){.fold = fold};
    *ret_alike = alike;
    return keyed_folds_new(keyed, table, rows, put_wide, alike, &alike->folds, err);
}

void
alike_close(struct alike *alike)
{
    if (!alike)
        return;
    buffer_free(&alike->wanted);
    buffer_free(&alike->form);
    buffer_free(&alike->found);
    buffer_free(&alike->maybe);
}

static bool
is_sure(struct alike *alike)
{
    if (!alike->fold->is_open)
        return true;
    buffer_clear(&alike->form);
    key_fold_put(alike->fold, alike->found.data, alike->found.size, &alike->form);
    return alike->form.size == alike->wanted.size &&
           memcmp(alike->form.data, alike->wanted.data, alike->form.size) == 0;
}

pd_status
alike_find(struct alike *alike, const struct buffer *key, alike_each *each, void *arg,
           struct pd_error *err)
{
    pd_status status;

    buffer_clear(&alike->wanted);
    buffer_clear(&alike->found);
    buffer_clear(&alike->maybe);
    key_fold_put(alike->fold, key->data, key->size, &alike->wanted);
    while ((status = keyed_folds_next(alike->folds, key, &alike->found, err)) == PD_OK) {
        bool sure = is_sure(alike);

        if (sure)
            status = each(arg, &alike->found, err);
        else if (!alike->maybe.size)
            buffer_append(&alike->maybe, alike->found.data, alike->found.size);
        if (alike->wanted.failed || alike->form.failed || alike->maybe.failed)
            return error_memory(err);
        if (status != PD_OK)
            return status;
    }
    return status == PD_DONE ? PD_OK : status;
}
