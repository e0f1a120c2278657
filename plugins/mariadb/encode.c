// SPDX-License-Identifier: Apache-2.0
/* encode - the columns of a table that is written to, their arrays, and the batch. */
#include <stdarg.h>
#include <stdio.h>

#include "encode.h"

/* ---- Columns ---- */

static pd_status
open_labels(struct encoder *e, struct encode_column *c, struct pd_error *err)
{
    if (c->plain != ENCODE_LABEL && c->plain != ENCODE_LABELS)
        return PD_OK;
    c->labels = encode_labels_open(e->host, &c->as);
    return c->labels ? PD_OK : my_no_memory(e->host, err);
}

static pd_status
take_column(struct encoder *e, const struct target_column *target, uint32_t number,
            struct pd_error *err)
{
    struct encode_column *c = &e->columns[e->n_columns++];

    memset(c, 0, sizeof *c);
    c->name = target->name;
    c->native = target->native;
    c->raw_charset = target->form == MY_FORM_RAW ? target->raw_charset : NULL;
    c->as = target->as;
    c->number = number;
    c->form = target->form;
    c->has_error_label = target->has_error_label;
    c->layout = pd_type_layout(&c->as);
    c->step = encode_step(c->native);
    if (c->native && strncmp(c->native, "timestamp", 9) == 0)
        c->stamp_most = my_stamp_most(e->my);
    c->marker = e->n_markers;
    e->n_markers += c->raw_charset ? 2 : 1;
    if (!encode_can(c))
        return e->host->fail(err, PD_FATAL, PD_CAUSE_BUG,
                             "column '%s': values of kind %u cannot be sent as form %u", c->name,
                             c->as.kind, c->form);
    encode_plan(c);
    return open_labels(e, c, err);
}

static void
close_columns(struct encoder *e)
{
    for (uint32_t k = 0; k < e->n_columns; k++)
        encode_labels_close(e->host, e->columns[k].labels);
    e->n_columns = 0;
    e->n_markers = 0;
}

static pd_status
grow_columns(struct encoder *e, size_t n, struct pd_error *err)
{
    struct encode_column *grown;

    if (n <= e->columns_room)
        return PD_OK;
    grown = e->host->resize(e->host, e->columns, n * sizeof *grown);
    if (!grown)
        return my_no_memory(e->host, err);
    e->columns = grown;
    e->columns_room = n;
    return PD_OK;
}

static pd_status
take_columns(struct encoder *e, struct pd_error *err)
{
    const struct target_table *t = e->table;
    uint32_t n = (uint32_t)t->table->n_columns;
    pd_status status = grow_columns(e, n, err);

    for (uint32_t i = 0; i < n && status == PD_OK; i++) {
        if (t->columns[i].is_sent)
            status = take_column(e, &t->columns[i], i, err);
    }
    if (status == PD_OK && e->n_markers > ENCODE_MARKERS)
        status = e->host->fail(err, PD_FATAL, PD_CAUSE_LIMIT, "table '%s' has too many columns",
                               t->name);
    return status;
}

/* ---- Arrays ---- */

enum { ARRAY_ALIGN = 16 };

/* What one row takes in the arrays of a column. */
static size_t
row_size(const struct encode_column *c)
{
    size_t pointer = sizeof *c->pointers + sizeof *c->lengths;
    size_t size = c->width + sizeof *c->nulls;

    if (c->width == sizeof(MYSQL_TIME) || c->width == 0)
        size += pointer;
    if (c->plain == ENCODE_DECIMAL)
        size += ENCODE_TEXT;
    if (c->plain == ENCODE_DIGITS)
        size += sizeof(uint64_t);
    return size + (c->raw_charset ? pointer + sizeof *c->raw_nulls : 0);
}

static void *
slice(uint8_t **at, size_t size)
{
    void *memory = *at;

    *at += (size + ARRAY_ALIGN - 1) / ARRAY_ALIGN * ARRAY_ALIGN;
    return memory;
}

static void
lay_out(const struct encoder *e, struct encode_column *c, uint8_t **at)
{
    size_t n = e->rows_room;
    size_t width = c->plain == ENCODE_DECIMAL  ? (size_t)ENCODE_TEXT
                   : c->plain == ENCODE_DIGITS ? sizeof(uint64_t)
                                               : c->width;

    if (width)
        c->values = slice(at, n * width);
    if (c->width == sizeof(MYSQL_TIME) || c->width == 0)
        c->pointers = slice(at, n * sizeof *c->pointers);
    if (c->width == 0)
        c->lengths = slice(at, n * sizeof *c->lengths);
    c->nulls = slice(at, n);
    if (!c->raw_charset)
        return;
    c->raw_pointers = slice(at, n * sizeof *c->raw_pointers);
    c->raw_lengths = slice(at, n * sizeof *c->raw_lengths);
    c->raw_nulls = slice(at, n);
}

static pd_status
make_arrays(struct encoder *e, struct pd_error *err)
{
    size_t a_row = 1, room;
    uint8_t *at;

    for (uint32_t k = 0; k < e->n_columns; k++)
        a_row += row_size(&e->columns[k]);
    e->rows_room = (uint32_t)(ENCODE_ARRAYS / a_row);
    if (e->rows_room > ENCODE_ROWS)
        e->rows_room = ENCODE_ROWS;
    if (e->rows_room < 1)
        e->rows_room = 1;
    room = e->rows_room * a_row + (size_t)e->n_columns * 7 * ARRAY_ALIGN + ARRAY_ALIGN;
    e->host->release(e->host, e->arrays);
    e->host->release(e->host, e->binds);
    e->arrays = e->host->alloc(e->host, room);
    e->binds = e->host->alloc(e->host, (e->n_markers + 1) * sizeof *e->binds);
    if (!e->arrays || !e->binds)
        return my_no_memory(e->host, err);
    memset(e->binds, 0, (e->n_markers + 1) * sizeof *e->binds);
    at = e->arrays;
    for (uint32_t k = 0; k < e->n_columns; k++)
        lay_out(e, &e->columns[k], &at);
    return PD_OK;
}

pd_status
encode_open(struct encoder *e, struct my *my, const struct target_table *t, struct pd_error *err)
{
    pd_status status;

    e->host = my->host;
    e->my = my;
    encode_finish(e);
    close_columns(e);
    e->table = t;
    e->batch = NULL;
    status = take_columns(e, err);
    return status == PD_OK ? make_arrays(e, err) : status;
}

void
encode_close(struct encoder *e)
{
    if (!e->host)
        return;
    encode_finish(e);
    close_columns(e);
    e->host->release(e->host, e->columns);
    e->host->release(e->host, e->arrays);
    e->host->release(e->host, e->binds);
    memset(e, 0, sizeof *e);
}

/* ---- Batches ---- */

static pd_status
bind_column(struct encoder *e, struct encode_column *c, const struct pd_batch *batch,
            struct pd_error *err)
{
    const struct pd_vector *v =
        PD_AT(struct pd_vector, batch->vectors, batch->vector_size, c->number);

    c->v = v;
    c->next_outlier = 0;
    if (v->layout != c->layout && v->layout != PD_LAYOUT_TAGGED)
        return e->host->fail(err, PD_FATAL, PD_CAUSE_BUG,
                             "column '%s': a vector of layout %u where %u was asked for", c->name,
                             v->layout, c->layout);
    c->way = v->layout == PD_LAYOUT_TAGGED || v->n_outliers || v->n_longs ? (uint8_t)ENCODE_CELLS
                                                                          : c->plain;
    return PD_OK;
}

pd_status
encode_batch(struct encoder *e, const struct pd_batch *batch, struct pd_rejects *rejects,
             struct pd_error *err)
{
    pd_status status = PD_OK;

    if (batch->n_rows > PD_BATCH_ROWS)
        return e->host->fail(err, PD_FATAL, PD_CAUSE_BUG, "a batch of %u rows", batch->n_rows);
    e->batch = batch;
    e->rejects = rejects;
    e->n_skipped = 0;
    e->n_lax = 0;
    for (uint32_t i = 0; i < e->n_columns && status == PD_OK; i++)
        status = bind_column(e, &e->columns[i], batch, err);
    if (status == PD_OK)
        encode_check(e);
    return status;
}

void
encode_reject(struct encoder *e, uint32_t row, int cause, const char *code, const char *constraint,
              const char *fmt, ...)
{
    char text[512];
    va_list list;

    if (encode_is_skipped(e, row))
        return;
    if (e->n_skipped == 0)
        memset(e->skip, 0, sizeof e->skip);
    e->n_skipped++;
    e->skip[row >> 3] |= (uint8_t)(1u << (row & 7));
    va_start(list, fmt);
    vsnprintf(text, sizeof text, fmt, list);
    va_end(list);
    e->rejects->add(e->rejects, row, cause, code, constraint, text);
}

void
encode_mark_lax(struct encoder *e, uint32_t row)
{
    if (e->n_lax == 0)
        memset(e->lax, 0, sizeof e->lax);
    e->n_lax++;
    e->lax[row >> 3] |= (uint8_t)(1u << (row & 7));
}

uint32_t
encode_count(const struct encoder *e, uint32_t first, uint32_t end)
{
    uint32_t n = end - first;

    for (uint32_t row = first; e->n_skipped && row < end; row++)
        n -= encode_is_skipped(e, row);
    return n;
}

uint32_t
encode_nth(const struct encoder *e, uint32_t first, uint64_t nth)
{
    uint32_t row = first;

    for (; row < e->batch->n_rows; row++) {
        if (!encode_is_skipped(e, row) && nth-- == 0)
            break;
    }
    return row;
}
