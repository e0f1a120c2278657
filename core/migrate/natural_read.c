// SPDX-License-Identifier: Apache-2.0
// natural_read - reads the rows of tables that the application makes itself, on both sides, and
// joins them by their natural keys.
#include <stdio.h>
#include <string.h>

#include "base/cancel.h"
#include "migrate/natural_inside.h"
#include "migrate/step_value.h"
#include "model/json.h"
#include "model/schema.h"
#include "model/text.h"
#include "run/fit.h"

struct reading {
    struct natural *natural;
    enum side side;
    const struct pd_table *table;
    const struct pd_batch *batch;
    uint32_t row;
    uint64_t n_before;  /* rows of the table before the batch */
    struct buffer text; /* the natural key: a list in JSON */
    struct buffer key;
    struct buffer value;
    struct buffer piece;
};

static const char *const whose[SIDES] = {"the source", "the target"};

void
ident_text_put(struct buffer *out, const struct ident *ident, const char *text, size_t size)
{
    const char *const *key = ident->natural->policy->natural_key;

    buffer_char(out, '(');
    for (size_t i = 0; key[i]; i++)
        buffer_printf(out, "%s%s", i ? ", " : "", key[i]);
    buffer_text(out, ") = ");
    buffer_append(out, text, size);
    buffer_printf(out, " of table '%s'", schema_table_name(ident_table(ident)));
}

/* ---- Natural keys ---- */

void
natural_text_put(struct buffer *out, const struct pd_type *type, const struct cell *cell)
{
    if (cell->tag == PD_TAG_TEXT)
        buffer_append(out, cell->bytes, cell->size);
    else if (cell->tag == PD_TAG_INT || (cell->tag == PD_TAG_PLAIN && type->kind == PD_KIND_BOOL))
        buffer_printf(out, "%lld", (long long)cell->integer);
    else
        text_append(out, type, cell);
}

static struct cell
cell_of(const struct reading *r, uint32_t column)
{
    return batch_cell(&r->table->columns[column].type, batch_vector(r->batch, column), r->row);
}

/* A row that is not there has no natural key: what stands for it is like none of the other side. */
static pd_status
via_put(struct reading *r, const struct ident *via, uint32_t column, struct pd_error *err)
{
    struct cell cell = cell_of(r, column);
    bool several;
    pd_status status;

    if (!ident_key(r->table, &column, 1, r->batch, r->row, &r->key)) {
        buffer_text(&r->text, "null");
        return PD_OK;
    }
    status =
        ident_get(via->texts[r->side], via->text_alike[r->side], &r->key, &r->value, &several, err);
    if (status < 0)
        return status;
    if (status == PD_OK) {
        buffer_append(&r->text, r->value.data, r->value.size);
        return PD_OK;
    }
    buffer_clear(&r->piece);
    natural_text_put(&r->piece, &r->table->columns[column].type, &cell);
    buffer_printf(&r->text, "{\"not in %s\":", whose[r->side]);
    json_write_string(&r->text, (const char *)r->piece.data, r->piece.size);
    buffer_char(&r->text, '}');
    return PD_OK;
}

static pd_status
part_put(struct reading *r, const struct natural_column *part, struct pd_error *err)
{
    uint32_t column = part->numbers[r->side];
    struct cell cell = cell_of(r, column);

    if (part->via)
        return via_put(r, part->via, column, err);
    if (cell.as_long)
        return error_fail(err, PD_FATAL, PD_CAUSE_LIMIT,
                          "column '%s' is of the natural key and has a value of more than 4 MiB",
                          r->table->columns[column].name);
    if (cell.tag < 0) {
        buffer_text(&r->text, "null");
        return PD_OK;
    }
    buffer_clear(&r->piece);
    natural_text_put(&r->piece, &r->table->columns[column].type, &cell);
    json_write_string(&r->text, r->piece.size ? (const char *)r->piece.data : "", r->piece.size);
    return r->piece.failed ? error_memory(err) : PD_OK;
}

static pd_status
text_make(struct reading *r, struct pd_error *err)
{
    pd_status status = PD_OK;

    buffer_clear(&r->text);
    buffer_char(&r->text, '[');
    for (size_t i = 0; i < r->natural->n_columns && status == PD_OK; i++) {
        if (i)
            buffer_char(&r->text, ',');
        status = part_put(r, &r->natural->columns[i], err);
    }
    buffer_char(&r->text, ']');
    return status == PD_OK && r->text.failed ? error_memory(err) : status;
}

static pd_status
twin_refuse(const struct reading *r, struct pd_error *err)
{
    CLEANUP_BUFFER struct buffer row = {0};
    char shown[300];

    fit_row_put(&row, r->table, r->batch, r->n_before, r->row);
    snprintf(shown, sizeof shown, "%.*s", (int)(r->text.size < 280 ? r->text.size : 280),
             (const char *)r->text.data);
    return error_fail(err, PD_FATAL, PD_CAUSE_DATA,
                      "table '%s' of %s, %s: another row has the natural key %s, too; policy "
                      "recreate (%s) needs columns that tell rows apart",
                      schema_table_name(r->table), whose[r->side],
                      buffer_string(&row) ? buffer_string(&row) : "a row", shown,
                      r->natural->policy->origin);
}

/* ---- Rows ---- */

/* The target's own values of these columns. */
static bool
values_make(struct reading *r, const struct ident *ident)
{
    buffer_clear(&r->value);
    for (size_t i = 0; i < ident->n_columns; i++) {
        uint32_t column = ident->columns[SIDE_TARGET][i];
        struct cell cell = cell_of(r, column);
        struct pd_value value = step_value_of(&cell);

        if (cell.tag < 0 || cell.as_long)
            return false;
        step_value_put(&r->value, &value);
    }
    return true;
}

static pd_status
target_note(struct reading *r, const struct ident *ident, struct pd_error *err)
{
    return values_make(r, ident) ? keyed_add(ident->targets, &r->text, &r->value, err) : PD_OK;
}

/* Join it with the row of the target, which has been read before. */
static pd_status
source_note(struct reading *r, struct ident *ident, struct pd_error *err)
{
    pd_status status = keyed_get(ident->targets, &r->text, &r->piece, err);

    if (status < 0)
        return status;
    buffer_clear(&r->value);
    buffer_u8(&r->value, status == PD_OK ? IDENT_THERE : IDENT_MISSING);
    if (status == PD_OK)
        buffer_append(&r->value, r->piece.data, r->piece.size);
    else
        buffer_append(&r->value, r->text.data, r->text.size);
    ident->n_missing += status != PD_OK;
    return keyed_add(ident->rows, &r->key, &r->value, err);
}

static pd_status
ident_note(struct reading *r, struct ident *ident, struct pd_error *err)
{
    pd_status status;

    if (!ident_key(r->table, ident->columns[r->side], ident->n_columns, r->batch, r->row, &r->key))
        return PD_OK;
    status = keyed_add(ident->texts[r->side], &r->key, &r->text, err);
    if (status != PD_OK)
        return status;
    return r->side == SIDE_TARGET ? target_note(r, ident, err) : source_note(r, ident, err);
}

static pd_status
row_read(struct reading *r, struct pd_error *err)
{
    static const struct buffer nothing;
    struct keyed_table *seen = r->natural->seen[r->side];
    uint64_t n = keyed_count(seen);
    pd_status status = text_make(r, err);

    if (status == PD_OK)
        status = keyed_add(seen, &r->text, &nothing, err);
    if (status == PD_OK && keyed_count(seen) == n)
        status = twin_refuse(r, err);
    for (struct ident *ident = r->natural->idents; ident && status == PD_OK; ident = ident->next)
        status = ident_note(r, ident, err);
    return status;
}

static pd_status
batch_read(struct reading *r, struct pd_error *err)
{
    pd_status status = batch_check(r->table, r->batch, err);

    for (r->row = 0; r->row < r->batch->n_rows && status == PD_OK; r->row++)
        status = row_read(r, err);
    r->n_before += r->batch->n_rows;
    return status;
}

static pd_status
rows_read(struct reading *r, struct pd_error *err)
{
    struct opened_source *source = r->natural->of->sources[r->side];
    const struct pd_scan scan = {.struct_size = sizeof scan, .table = r->natural->numbers[r->side]};
    pd_status status = source->ops->start(source->handle, &scan, err);

    while (status == PD_OK) {
        if (cancel_wanted())
            return error_fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "interrupted");
        status = source->ops->read(source->handle, &r->batch, err);
        if (status != PD_OK)
            break;
        status = batch_read(r, err);
        batch_release(r->batch);
    }
    r->natural->n_rows[r->side] = r->n_before;
    return status == PD_DONE ? PD_OK : status;
}

static pd_status
side_read(struct natural *natural, enum side side, struct pd_error *err)
{
    struct reading r = {.natural = natural, .side = side, .table = natural_table(natural, side)};
    pd_status status = rows_read(&r, err);

    buffer_free(&r.text);
    buffer_free(&r.key);
    buffer_free(&r.value);
    buffer_free(&r.piece);
    return status;
}

/* ---- Tables ---- */

static bool
has_column(const struct pd_foreign *foreign, uint32_t column)
{
    for (size_t i = 0; i < foreign->n_columns; i++)
        if (foreign->columns[i] == column)
            return true;
    return false;
}

/* Which parts of a natural key reach through another table. */
static pd_status
vias_find(struct natural *natural, struct pd_error *err)
{
    const struct pd_table *table = natural_table(natural, SIDE_SOURCE);
    pd_status status = PD_OK;

    for (size_t i = 0; i < natural->n_columns; i++) {
        struct natural_column *part = &natural->columns[i];

        for (size_t k = 0; k < table->n_foreigns && status == PD_OK; k++) {
            const struct pd_foreign *foreign = &table->foreigns[k];
            struct ident *via = NULL;

            if (!has_column(foreign, part->numbers[SIDE_SOURCE]))
                continue;
            status = naturals_ident(natural->of, table, foreign, &via, err);
            if (status == PD_OK && via && foreign->n_columns > 1)
                return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                                  "table '%s': column '%s' of its natural key is part of a foreign "
                                  "key of several columns, which is not followed; name other "
                                  "columns",
                                  schema_table_name(table),
                                  table->columns[part->numbers[SIDE_SOURCE]].name);
            part->via = via ? via : part->via;
        }
    }
    return status;
}

/* Those that its natural key reaches through come first. */
static pd_status
natural_read(struct natural *natural, struct pd_error *err)
{
    const struct pd_table *table = natural_table(natural, SIDE_SOURCE);
    pd_status status = PD_OK;

    if (natural->state == NATURAL_READ)
        return PD_OK;
    if (natural->state == NATURAL_BEGUN)
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                          "%s: the natural key of table '%s' reaches through itself; name other "
                          "columns",
                          natural->policy->origin, schema_table_name(table));
    natural->state = NATURAL_BEGUN;
    for (size_t i = 0; i < natural->n_columns && status == PD_OK; i++)
        if (natural->columns[i].via)
            status = natural_read(natural->columns[i].via->natural, err);
    if (status == PD_OK)
        status = side_read(natural, SIDE_TARGET, err);
    if (status == PD_OK)
        status = side_read(natural, SIDE_SOURCE, err);
    natural->state = NATURAL_READ;
    return status;
}

pd_status
naturals_read(struct naturals *naturals, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (struct natural *n = naturals->first; n && status == PD_OK; n = n->next)
        status = vias_find(n, err);
    for (struct natural *n = naturals->first; n && status == PD_OK; n = n->next)
        status = natural_read(n, err);
    return status;
}
