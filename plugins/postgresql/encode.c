// SPDX-License-Identifier: Apache-2.0
/* encode - what both formats of COPY share: columns, cells taken out of vectors, the buffer. */
#include "encode.h"

#include <stdarg.h>
#include <stdio.h>

/* ---- Columns ---- */

static pd_status
take_column(struct encoder *e, const struct target_column *target, uint32_t number,
            struct pd_error *err)
{
    struct encode_column *c = &e->columns[e->n_columns++];

    memset(c, 0, sizeof *c);
    c->name = target->name;
    c->native = target->native;
    c->as = target->as;
    c->number = number;
    c->form = target->form;
    c->layout = pd_type_layout(&c->as);
    if (!encode_can(c))
        return e->host->fail(err, PD_FATAL, PD_CAUSE_BUG,
                             "column '%s': values of kind %u cannot be sent as form %u", c->name,
                             c->as.kind, c->form);
    c->plain = (uint8_t)encode_binary_way(c);
    return PD_OK;
}

static pd_status
grow_columns(struct encoder *e, size_t n, struct pd_error *err)
{
    struct encode_column *grown;

    if (n <= e->columns_room)
        return PD_OK;
    grown = e->host->resize(e->host, e->columns, n * sizeof *grown);
    if (!grown)
        return pg_no_memory(e->host, err);
    e->columns = grown;
    e->columns_room = n;
    return PD_OK;
}

pd_status
encode_open(struct encoder *e, const struct pd_host *host, const struct target_table *t,
            struct pd_error *err)
{
    uint32_t n = (uint32_t)t->table->n_columns;
    pd_status status;

    e->host = host;
    e->by_text = t->by_text;
    e->n_columns = 0;
    e->batch = NULL;
    e->size = 0;
    if (!e->out)
        e->out = host->alloc(host, ENCODE_ROOM);
    status = e->out ? grow_columns(e, n, err) : pg_no_memory(host, err);
    for (uint32_t i = 0; i < n && status == PD_OK; i++) {
        if (t->columns[i].is_sent)
            status = take_column(e, &t->columns[i], i, err);
    }
    e->has_dummy = t->dummy && e->n_columns == 0;
    return status;
}

void
encode_close(struct encoder *e)
{
    if (!e->host)
        return;
    e->host->release(e->host, e->columns);
    e->host->release(e->host, e->out);
    e->host->release(e->host, e->scratch);
    memset(e, 0, sizeof *e);
}

/* ---- Cells ---- */

static int64_t
plain_number(const struct encode_column *c, uint32_t row)
{
    const uint8_t *data = c->v->data;
    bool is_signed = !pd_kind_is_unsigned(c->as.kind) && c->layout != PD_LAYOUT_F32;
    int64_t v64;
    int32_t v32;
    int16_t v16;

    switch (c->v->layout) {
    case PD_LAYOUT_BITS:
        return data[row >> 3] >> (row & 7) & 1;
    case PD_LAYOUT_I8:
        return is_signed ? (int64_t)(int8_t)data[row] : (int64_t)data[row];
    case PD_LAYOUT_I16:
        memcpy(&v16, data + (size_t)row * 2, 2);
        return is_signed ? (int64_t)v16 : (int64_t)(uint16_t)v16;
    case PD_LAYOUT_I32:
    case PD_LAYOUT_F32:
        memcpy(&v32, data + (size_t)row * 4, 4);
        return is_signed ? (int64_t)v32 : (int64_t)(uint32_t)v32;
    default:
        memcpy(&v64, data + (size_t)row * 8, 8);
        return v64;
    }
}

static uint32_t
layout_width(const struct encode_column *c)
{
    if (c->layout == PD_LAYOUT_I128)
        return 16;
    return c->as.kind == PD_KIND_TIMETZ ? 12 : 16;
}

static void
fetch_plain(const struct encode_column *c, uint32_t row, struct encode_cell *cell)
{
    const struct pd_vector *v = c->v;

    switch (v->layout) {
    case PD_LAYOUT_VAR:
        cell->size = (size_t)(v->offsets[row + 1] - v->offsets[row]);
        cell->bytes = cell->size ? (const uint8_t *)v->data + v->offsets[row] : NULL;
        return;
    case PD_LAYOUT_I128:
    case PD_LAYOUT_FIXED:
        cell->size = layout_width(c);
        cell->bytes = (const uint8_t *)v->data + (size_t)row * cell->size;
        return;
    default:
        cell->number = plain_number(c, row);
        return;
    }
}

/* The bytes of a plain value in layout TAGGED are those of the plain layout, but numbers are 8
   bytes, little endian. */
static void
untag_plain(const struct encode_column *c, struct encode_cell *cell)
{
    uint32_t bits;

    switch (c->layout) {
    case PD_LAYOUT_VAR:
    case PD_LAYOUT_I128:
    case PD_LAYOUT_FIXED:
        return;
    case PD_LAYOUT_BITS:
        cell->number = cell->size ? cell->bytes[0] : 0;
        return;
    case PD_LAYOUT_F32:
        memcpy(&bits, cell->bytes, 4);
        cell->number = bits;
        return;
    default:
        cell->number = (int64_t)encode_le64(cell->bytes);
        if (c->layout == PD_LAYOUT_I8)
            cell->number =
                c->as.kind == PD_KIND_UINT8 ? (uint8_t)cell->number : (int8_t)cell->number;
        else if (c->layout == PD_LAYOUT_I16)
            cell->number =
                c->as.kind == PD_KIND_UINT16 ? (uint16_t)cell->number : (int16_t)cell->number;
        else if (c->layout == PD_LAYOUT_I32)
            cell->number = c->as.kind == PD_KIND_UINT32 || c->as.kind == PD_KIND_OID
                               ? (int64_t)(uint32_t)cell->number
                               : (int64_t)(int32_t)cell->number;
        return;
    }
}

static void
fetch_tagged(const struct encode_column *c, uint32_t row, struct encode_cell *cell)
{
    const struct pd_vector *v = c->v;

    cell->tag = v->tags[row];
    cell->size = (size_t)(v->offsets[row + 1] - v->offsets[row]);
    cell->bytes = cell->size ? (const uint8_t *)v->data + v->offsets[row] : NULL;
    if (cell->tag == PD_TAG_PLAIN)
        untag_plain(c, cell);
}

static bool
fetch_outlier(struct encode_column *c, uint32_t row, struct encode_cell *cell)
{
    const struct pd_vector *v = c->v;
    const struct pd_outlier *o;

    while (c->next_outlier < v->n_outliers && v->outliers[c->next_outlier].row < row)
        c->next_outlier++;
    if (c->next_outlier == v->n_outliers || v->outliers[c->next_outlier].row != row)
        return false;
    o = &v->outliers[c->next_outlier];
    cell->tag = (uint8_t)o->tag;
    cell->bytes = o->bytes;
    cell->size = (size_t)o->size;
    return true;
}

void
encode_rewind(struct encoder *e, uint32_t first)
{
    for (uint32_t i = 0; i < e->n_columns; i++)
        e->columns[i].next_outlier = pd_first_outlier(e->columns[i].v, first);
}

void
encode_fetch(struct encode_column *c, uint32_t row, struct encode_cell *cell)
{
    *cell = (struct encode_cell){.is_null = !pd_is_valid(c->v->validity, row)};
    if (cell->is_null)
        return;
    if (c->v->layout == PD_LAYOUT_TAGGED)
        fetch_tagged(c, row, cell);
    else if (!c->v->n_outliers || !fetch_outlier(c, row, cell))
        fetch_plain(c, row, cell);
}

/* ---- Batches ---- */

/* Plain vectors of most kinds go by column, all others cell by cell. */
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
encode_batch(struct encoder *e, const struct pd_batch *batch, bool sql_ascii,
             struct pd_rejects *rejects, struct pd_error *err)
{
    pd_status status = PD_OK;

    if (batch->n_rows > PD_BATCH_ROWS)
        return e->host->fail(err, PD_FATAL, PD_CAUSE_BUG, "a batch of %u rows", batch->n_rows);
    e->batch = batch;
    e->rejects = rejects;
    e->sql_ascii = sql_ascii;
    e->err = err;
    e->status = PD_OK;
    e->n_skipped = 0;
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

/* ---- The buffer ---- */

void
encode_flush(struct encoder *e)
{
    if (e->size && e->status == PD_OK)
        e->status = pg_copy_write(e->pg, e->out, e->size, e->err);
    e->size = 0;
}

void
encode_put(struct encoder *e, const void *bytes, size_t size)
{
    const uint8_t *from = bytes;

    while (size) {
        size_t n = size < ENCODE_FLUSH ? size : ENCODE_FLUSH;

        memcpy(encode_room(e, n), from, n);
        e->size += n;
        from += n;
        size -= n;
    }
}

/* ---- Rows ---- */

/* Signature, flags, size of the header's extension. */
static const uint8_t copy_header[19] = "PGCOPY\n\377\r\n\0";
static const uint8_t copy_trailer[2] = {0xff, 0xff};

void
encode_begin(struct encoder *e, struct pg *pg, struct pd_error *err)
{
    e->pg = pg;
    e->err = err;
    e->size = 0;
    e->status = PD_OK;
    if (!e->by_text)
        encode_put(e, copy_header, sizeof copy_header);
}

pd_status
encode_end(struct encoder *e, struct pd_error *err)
{
    e->err = err;
    if (!e->by_text)
        encode_put(e, copy_trailer, sizeof copy_trailer);
    encode_flush(e);
    return e->status;
}

static pd_status
text_rows(struct encoder *e, uint32_t first, uint32_t end)
{
    encode_rewind(e, first);
    for (uint32_t row = first; row < end && e->status == PD_OK; row++)
        encode_text_row(e, row, NULL);
    return e->status;
}

pd_status
encode_rows(struct encoder *e, uint32_t first, uint32_t end)
{
    pd_status status = PD_OK;

    while (first < end && status == PD_OK) {
        uint32_t stop = first;

        if (encode_is_skipped(e, first)) {
            first++;
            continue;
        }
        while (stop < end && !encode_is_skipped(e, stop))
            stop = e->n_skipped ? stop + 1 : end;
        status = e->by_text ? text_rows(e, first, stop) : encode_binary_rows(e, first, stop);
        first = stop;
    }
    return status;
}

pd_status
encode_long_row(struct encoder *e, const struct encode_long *from)
{
    encode_rewind(e, 0);
    if (encode_is_skipped(e, 0))
        return PD_OK;
    if (e->by_text)
        encode_text_row(e, 0, from);
    else
        encode_binary_row(e, 0, from);
    return e->status;
}
