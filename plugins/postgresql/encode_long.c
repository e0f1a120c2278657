// SPDX-License-Identifier: Apache-2.0
/* encode_long - cells that are not in their batch: sent slice by slice, so that memory stays flat
   however long they are. */
#include "encode.h"

enum { LONG_BUFFER = 262144 };

static pd_status
cancelled(struct encoder *e)
{
    return e->host->fail(e->err, PD_FATAL, PD_CAUSE_CANCELLED, "the run was interrupted");
}

pd_status
encode_long_slices(struct encoder *e, const struct pd_long *cell, const struct encode_long *from,
                   encode_slice *put, const struct encode_column *c)
{
    uint8_t *buffer = e->host->alloc(e->host, LONG_BUFFER);
    uint64_t at = 0;

    if (!buffer)
        e->status = pg_no_memory(e->host, e->err);
    while (e->status == PD_OK && at < cell->size) {
        size_t n = cell->size - at < LONG_BUFFER ? (size_t)(cell->size - at) : LONG_BUFFER;

        if (e->host->cancelled(e->host))
            e->status = cancelled(e);
        else
            e->status = from->ops->read_long(from->source, cell, at, buffer, n, e->err);
        if (e->status == PD_OK)
            put(e, c, buffer, n);
        at += n;
    }
    e->host->release(e->host, buffer);
    return e->status;
}

/* ---- Before anything of the row is sent ---- */

static void
measure_slice(struct encoder *e, const struct encode_column *c, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        e->n_chars += (bytes[i] & 0xc0) != 0x80;
        e->no_bits |= (bytes[i] | 1) != '1';
    }
}

static bool
has_place(const struct encoder *e, const struct encode_column *c, const struct pd_long *cell)
{
    bool is_text = c->layout == PD_LAYOUT_VAR && c->form != PG_FORM_BYTEA;

    if (c->layout != PD_LAYOUT_VAR || c->form == PG_FORM_NUMERIC || c->form == PG_FORM_INET ||
        c->form == PG_FORM_MAC)
        return false;
    return cell->tag == PD_TAG_PLAIN || (cell->tag == PD_TAG_BYTES && !is_text) ||
           (cell->tag == PD_TAG_TEXT && is_text) ||
           (cell->tag == PD_TAG_BADTEXT && is_text && e->sql_ascii);
}

/* Bytes of the field: digits of bits are packed, bytes become hexadecimal digits in text. */
static uint64_t
field_size(const struct encoder *e, const struct encode_column *c, const struct pd_long *cell)
{
    if (e->by_text && c->form == PG_FORM_BYTEA)
        return cell->size * 2 + 2;
    return !e->by_text && c->form == PG_FORM_BIT ? cell->size / 8 + 5 : cell->size + 1;
}

/* Columns with a bound are read twice, since the field's size is sent before its bytes. */
static const char *
long_problem(struct encoder *e, const struct encode_column *c, const struct pd_long *cell,
             const struct encode_long *from, uint64_t *row_size)
{
    bool is_text = c->as.kind == PD_KIND_TEXT || c->as.kind == PD_KIND_CHAR;

    if (!has_place(e, c, cell))
        return "the value is too long for it";
    *row_size += field_size(e, c, cell);
    if (*row_size >= ENCODE_FIELD)
        return "the row is longer than the 1 GiB that the server admits";
    if (c->form != PG_FORM_BIT && (!is_text || !c->as.length))
        return NULL;
    e->n_chars = 0;
    e->no_bits = false;
    if (encode_long_slices(e, cell, from, measure_slice, c) != PD_OK)
        return NULL;
    if (c->form == PG_FORM_BIT && (e->no_bits || (c->as.length && c->as.length < cell->size)))
        return "the number of bits is another";
    return is_text && e->n_chars > c->as.length ? "the text is too long" : NULL;
}

pd_status
encode_long_check(struct encoder *e, const struct encode_long *from)
{
    uint64_t row_size = e->batch->n_bytes + ENCODE_SLICE;

    for (uint32_t k = 0; k < e->n_columns && e->status == PD_OK; k++) {
        struct encode_column *c = &e->columns[k];
        const struct pd_long *cell = encode_long_of(c);
        const char *problem = cell ? long_problem(e, c, cell, from, &row_size) : NULL;

        if (problem)
            encode_reject(e, 0, row_size >= ENCODE_FIELD ? PD_CAUSE_LIMIT : PD_CAUSE_DATA, NULL,
                          NULL, "column '%s' (%s): %s", c->name, c->native, problem);
    }
    return e->status;
}
