/* SPDX-License-Identifier: Apache-2.0 */
/*
 * polydump/batch.h - builds batches from values, all inline, for sources.
 *
 * A source keeps one struct pd_builder a scan:
 *
 *     pd_builder_open(&b, host, n_columns)         once; then b.columns[i] = layout and width by
 *     pd_builder_column(&b, i, layout, width)      column
 *     pd_builder_begin(&b)                         for each batch: waits for memory
 *       pd_put_i64(&b, i, value) ...               one put a column, in any order ...
 *       pd_builder_row(&b)                         ... and the row is done
 *       until pd_builder_full(&b) or no more rows
 *     pd_builder_finish(&b)                        the batch, or NULL: memory is short
 *     pd_builder_close(&b)
 *
 * No put can fail: shortage of memory is remembered and told by pd_builder_finish(). A column
 * that gets no put in a row must get pd_put_null(). Growing is the only call of a function.
 */
#ifndef POLYDUMP_BATCH_H
#define POLYDUMP_BATCH_H

#include <string.h>

#include <polydump/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

/* More than one row in PD_TAGGED_SHARE being an outlier turns a vector into layout TAGGED. */
enum { PD_TAGGED_SHARE = 8 };

/* One column in the making. The first group is set by pd_builder_column(). */
struct pd_column_builder {
    uint8_t layout;    /* the plain layout: any but TAGGED, unless the kind's own is TAGGED */
    uint8_t tagged;    /* this batch is built as TAGGED, because the one before ended so */
    uint8_t plain_tag; /* tag of a plain value in TAGGED; NUM64: PD_TAG_INT or REAL by put */
    uint8_t no_sign;   /* a narrow integer was put whose highest bit is no sign */
    uint32_t width;    /* bytes a row of the plain layout; 0: VAR */

    uint8_t *data;
    uint8_t *validity;
    uint8_t *tags;
    int32_t *offsets;
    size_t data_size; /* of VAR and TAGGED: bytes in use */
    size_t data_room;
    uint8_t *side; /* bytes of outliers */
    size_t side_size;
    size_t side_room;
    struct pd_outlier *outliers; /* bytes holds an offset into side until the batch is finished */
    uint32_t n_outliers;
    uint32_t outlier_room;
    struct pd_long *longs;
    uint32_t n_longs;
    uint32_t n_nulls;
    uint32_t n_odd;       /* cells that are outliers, whatever the layout */
    size_t expected_size; /* what the batch before needed */
};

struct pd_builder {
    const struct pd_host *host;
    struct pd_memory *memory; /* of the batch in the making; NULL: none */
    struct pd_column_builder *columns;
    uint32_t n_columns;
    uint32_t n_rows;
    uint32_t max_rows;
    uint32_t short_of_memory;
    size_t fixed_size; /* bytes a row of all fixed parts */
    size_t n_bytes;    /* of rows so far, as a bound for the batch */
};

static inline uint32_t
pd_layout_width(uint8_t layout, uint32_t fixed_width)
{
    switch (layout) {
    case PD_LAYOUT_I8:
        return 1;
    case PD_LAYOUT_I16:
        return 2;
    case PD_LAYOUT_I32:
    case PD_LAYOUT_F32:
        return 4;
    case PD_LAYOUT_I64:
    case PD_LAYOUT_F64:
    case PD_LAYOUT_NUM64:
        return 8;
    case PD_LAYOUT_I128:
        return 16;
    case PD_LAYOUT_FIXED:
        return fixed_width;
    default: /* BITS has an eighth; VAR and TAGGED have none */
        return 0;
    }
}

/* The builder of a table with n_columns columns; their layouts are still to be set. */
static inline pd_status
pd_builder_open(struct pd_builder *b, const struct pd_host *host, uint32_t n_columns)
{
    memset(b, 0, sizeof *b);
    b->host = host;
    b->n_columns = n_columns;
    b->max_rows = PD_BATCH_ROWS;
    if (n_columns == 0)
        return PD_OK;
    b->columns = (struct pd_column_builder *)host->alloc(host, n_columns * sizeof *b->columns);
    if (!b->columns)
        return PD_FATAL;
    memset(b->columns, 0, n_columns * sizeof *b->columns);
    return PD_OK;
}

static inline void
pd_builder_column(struct pd_builder *b, uint32_t i, uint8_t layout, uint32_t fixed_width)
{
    struct pd_column_builder *c = &b->columns[i];

    c->layout = layout;
    c->width = pd_layout_width(layout, fixed_width);
    c->tagged = layout == PD_LAYOUT_TAGGED;
    b->fixed_size += c->width + (layout >= PD_LAYOUT_VAR ? 5u : 1u);
    /* A wide table has fewer rows a batch, so that those who read it after us find it in the cache;
       a very wide one has as few as keep the bound of memory. */
    while ((b->max_rows > 128 && (size_t)b->max_rows * b->fixed_size > PD_BATCH_FIXED) ||
           (b->max_rows > 64 && (size_t)b->max_rows * b->fixed_size > PD_BATCH_BYTES))
        b->max_rows /= 2;
}

static inline void
pd_builder_drop(struct pd_builder *b)
{
    if (b->memory)
        b->host->batch_end(b->memory);
    b->memory = NULL;
    b->n_rows = 0;
}

static inline void
pd_builder_close(struct pd_builder *b)
{
    if (!b->host)
        return;
    pd_builder_drop(b);
    b->host->release(b->host, b->columns);
    memset(b, 0, sizeof *b);
}

/* Room for at least `more` bytes behind *size of a growing area of the batch's memory. */
static inline int
pd_grow_(struct pd_builder *b, uint8_t **area, size_t size, size_t *room, size_t more)
{
    size_t wanted = *room ? *room * 2 : 4096;
    uint8_t *grown;

    while (wanted - size < more)
        wanted *= 2;
    grown = (uint8_t *)b->host->batch_alloc(b->memory, wanted);
    if (!grown) {
        b->short_of_memory = 1;
        return 0;
    }
    if (size)
        memcpy(grown, *area, size);
    *area = grown;
    *room = wanted;
    return 1;
}

static inline int
pd_column_begin_(struct pd_builder *b, struct pd_column_builder *c)
{
    size_t rows = b->max_rows;
    int has_tags = c->tagged || c->layout == PD_LAYOUT_NUM64;
    int has_offsets = c->tagged || c->layout == PD_LAYOUT_VAR;
    size_t fixed = c->layout == PD_LAYOUT_BITS ? (rows + 7) / 8 : rows * c->width;

    c->data = NULL;
    c->validity = NULL;
    c->tags = NULL;
    c->offsets = NULL;
    c->side = NULL;
    c->outliers = NULL;
    c->longs = NULL;
    c->data_size = c->data_room = c->side_size = c->side_room = 0;
    c->n_outliers = c->outlier_room = c->n_longs = c->n_nulls = c->n_odd = 0;
    c->validity = (uint8_t *)b->host->batch_alloc(b->memory, (rows + 7) / 8);
    if (!c->validity)
        return 0;
    memset(c->validity, 0xff, (rows + 7) / 8);
    if (has_tags && !(c->tags = (uint8_t *)b->host->batch_alloc(b->memory, rows)))
        return 0;
    if (has_offsets) {
        c->offsets = (int32_t *)b->host->batch_alloc(b->memory, (rows + 1) * sizeof *c->offsets);
        c->data_room = c->expected_size + c->expected_size / 4 + 4096;
        c->data = (uint8_t *)b->host->batch_alloc(b->memory, c->data_room);
        if (!c->offsets || !c->data)
            return 0;
        c->offsets[0] = 0;
        return 1;
    }
    c->data = (uint8_t *)b->host->batch_alloc(b->memory, fixed ? fixed : 1);
    if (!c->data)
        return 0;
    if (c->layout == PD_LAYOUT_BITS)
        memset(c->data, 0, fixed);
    return 1;
}

/* PD_OK, or PD_FATAL: memory is short or the run was cancelled. Waits for the budget. */
static inline pd_status
pd_builder_begin(struct pd_builder *b)
{
    uint32_t i;

    b->n_rows = 0;
    b->n_bytes = 0;
    b->short_of_memory = 0;
    b->memory = b->host->batch_begin(b->host);
    if (!b->memory)
        return PD_FATAL;
    for (i = 0; i < b->n_columns; i++) {
        if (!pd_column_begin_(b, &b->columns[i])) {
            pd_builder_drop(b);
            return PD_FATAL;
        }
    }
    return PD_OK;
}

static inline void
pd_clear_slot_(struct pd_builder *b, struct pd_column_builder *c)
{
    if (c->offsets)
        c->offsets[b->n_rows + 1] = (int32_t)c->data_size;
    else if (c->layout != PD_LAYOUT_BITS)
        memset(c->data + (size_t)b->n_rows * c->width, 0, c->width);
    if (c->tags)
        c->tags[b->n_rows] = 0;
}

static inline void
pd_put_null(struct pd_builder *b, uint32_t i)
{
    struct pd_column_builder *c = &b->columns[i];

    c->validity[b->n_rows >> 3] &= (uint8_t) ~(1u << (b->n_rows & 7));
    c->n_nulls++;
    pd_clear_slot_(b, c);
}

static inline void
pd_append_(struct pd_builder *b, struct pd_column_builder *c, const void *bytes, size_t size)
{
    if (size > INT32_MAX - c->data_size)
        b->short_of_memory = 1; /* offsets have 32 bits; such a cell has to be long */
    if (b->short_of_memory || (c->data_room - c->data_size < size &&
                               !pd_grow_(b, &c->data, c->data_size, &c->data_room, size))) {
        c->offsets[b->n_rows + 1] = (int32_t)c->data_size;
        return;
    }
    if (size)
        memcpy(c->data + c->data_size, bytes, size);
    c->data_size += size;
    b->n_bytes += size;
    c->offsets[b->n_rows + 1] = (int32_t)c->data_size;
}

/* A value of a storage class or an outlier. In layouts other than TAGGED it goes to the list. */
static inline void
pd_put_tagged(struct pd_builder *b, uint32_t i, uint32_t tag, const void *bytes, size_t size)
{
    struct pd_column_builder *c = &b->columns[i];
    struct pd_outlier *o;

    c->n_odd++;
    if (c->tagged) {
        c->tags[b->n_rows] = (uint8_t)tag;
        pd_append_(b, c, bytes, size);
        return;
    }
    pd_clear_slot_(b, c);
    if (c->n_outliers == c->outlier_room) {
        size_t room = (size_t)c->outlier_room * sizeof *o;
        uint8_t *area = (uint8_t *)c->outliers;

        if (!pd_grow_(b, &area, room, &room, sizeof *o))
            return;
        c->outliers = (struct pd_outlier *)(void *)area;
        c->outlier_room = (uint32_t)(room / sizeof *o);
    }
    if (c->side_room - c->side_size < size &&
        !pd_grow_(b, &c->side, c->side_size, &c->side_room, size))
        return;
    o = &c->outliers[c->n_outliers++];
    o->row = b->n_rows;
    o->tag = tag;
    o->size = size;
    o->bytes = (const uint8_t *)(uintptr_t)c->side_size;
    if (size)
        memcpy(c->side + c->side_size, bytes, size);
    c->side_size += size;
    b->n_bytes += size;
}

/* 8 bytes, little endian on every machine. */
static inline void
pd_put_tagged64_(struct pd_builder *b, uint32_t i, uint32_t tag, uint64_t bits)
{
    uint8_t bytes[8];
    int k;

    for (k = 0; k < 8; k++)
        bytes[k] = (uint8_t)(bits >> (8 * k));
    pd_put_tagged(b, i, tag, bytes, 8);
}

static inline uint64_t
pd_real_bits(double value)
{
    uint64_t bits;

    if (value != value)
        return UINT64_C(0x7ff8000000000000);
    memcpy(&bits, &value, 8);
    return bits;
}

/* Tagged values in columns that are not of their class. */
static inline void
pd_put_tagged_int(struct pd_builder *b, uint32_t i, int64_t value)
{
    pd_put_tagged64_(b, i, PD_TAG_INT, (uint64_t)value);
}

static inline void
pd_put_tagged_real(struct pd_builder *b, uint32_t i, double value)
{
    pd_put_tagged64_(b, i, PD_TAG_REAL, pd_real_bits(value));
}

/* A plain value in a column that is being built as TAGGED does not count as odd. */
static inline void
pd_put_plain_(struct pd_builder *b, uint32_t i, const void *bytes, size_t size)
{
    struct pd_column_builder *c = &b->columns[i];

    c->tags[b->n_rows] = PD_TAG_PLAIN;
    pd_append_(b, c, bytes, size);
}

static inline void
pd_put_i64(struct pd_builder *b, uint32_t i, int64_t value)
{
    struct pd_column_builder *c = &b->columns[i];

    if (c->tagged) {
        uint8_t bytes[8];
        int k;

        for (k = 0; k < 8; k++)
            bytes[k] = (uint8_t)((uint64_t)value >> (8 * k));
        pd_put_plain_(b, i, bytes, 8);
        return;
    }
    memcpy(c->data + (size_t)b->n_rows * 8, &value, 8);
}

/* Integers of narrower layouts, and bits; in TAGGED integers are 8 bytes like all others. */
static inline void
pd_put_int(struct pd_builder *b, uint32_t i, int64_t value)
{
    struct pd_column_builder *c = &b->columns[i];

    if (c->tagged && c->layout == PD_LAYOUT_BITS) {
        uint8_t bit = value != 0;
        pd_put_plain_(b, i, &bit, 1);
    } else if (c->tagged || c->width == 8) {
        pd_put_i64(b, i, value);
    } else if (c->layout == PD_LAYOUT_BITS) {
        c->data[b->n_rows >> 3] |= (uint8_t)((value != 0) << (b->n_rows & 7));
    } else if (c->width == 4) {
        int32_t v = (int32_t)value;
        c->no_sign |= (uint64_t)value >> 31 == 1;
        memcpy(c->data + (size_t)b->n_rows * 4, &v, 4);
    } else if (c->width == 2) {
        int16_t v = (int16_t)value;
        c->no_sign |= (uint64_t)value >> 15 == 1;
        memcpy(c->data + (size_t)b->n_rows * 2, &v, 2);
    } else {
        c->no_sign |= (uint64_t)value >> 7 == 1;
        c->data[b->n_rows] = (uint8_t)value;
    }
}

static inline void
pd_put_f64(struct pd_builder *b, uint32_t i, double value)
{
    struct pd_column_builder *c = &b->columns[i];
    uint64_t bits = pd_real_bits(value);

    if (c->tagged) {
        pd_put_i64(b, i, (int64_t)bits);
        return;
    }
    memcpy(c->data + (size_t)b->n_rows * 8, &bits, 8);
}

/* Integers and floats of kind `number`: layout NUM64, or TAGGED. */
static inline void
pd_put_number_int(struct pd_builder *b, uint32_t i, int64_t value)
{
    struct pd_column_builder *c = &b->columns[i];

    if (c->tagged) {
        pd_put_tagged_int(b, i, value);
        c->n_odd--;
        return;
    }
    c->tags[b->n_rows] = PD_TAG_INT;
    memcpy(c->data + (size_t)b->n_rows * 8, &value, 8);
}

static inline void
pd_put_number_real(struct pd_builder *b, uint32_t i, double value)
{
    struct pd_column_builder *c = &b->columns[i];
    uint64_t bits = pd_real_bits(value);

    if (c->tagged) {
        pd_put_tagged_real(b, i, value);
        c->n_odd--;
        return;
    }
    c->tags[b->n_rows] = PD_TAG_REAL;
    memcpy(c->data + (size_t)b->n_rows * 8, &bits, 8);
}

/* Layouts of other fixed widths: I128, F32, FIXED; `bytes` has the layout's width. */
static inline void
pd_put_fixed(struct pd_builder *b, uint32_t i, const void *bytes)
{
    struct pd_column_builder *c = &b->columns[i];

    if (c->tagged)
        pd_put_plain_(b, i, bytes, c->width);
    else
        memcpy(c->data + (size_t)b->n_rows * c->width, bytes, c->width);
}

/* Layout VAR. */
static inline void
pd_put_bytes(struct pd_builder *b, uint32_t i, const void *bytes, size_t size)
{
    struct pd_column_builder *c = &b->columns[i];

    if (c->tagged)
        c->tags[b->n_rows] = PD_TAG_PLAIN;
    pd_append_(b, c, bytes, size);
}

/* A cell that is fetched by read_long(). The row must be the only one of its batch. */
static inline void
pd_put_long(struct pd_builder *b, uint32_t i, uint32_t tag, uint64_t size, uint64_t cookie)
{
    struct pd_column_builder *c = &b->columns[i];

    pd_clear_slot_(b, c);
    if (c->tags)
        c->tags[b->n_rows] = (uint8_t)tag;
    c->longs = (struct pd_long *)b->host->batch_alloc(b->memory, sizeof *c->longs);
    if (!c->longs) {
        b->short_of_memory = 1;
        return;
    }
    c->longs->row = b->n_rows;
    c->longs->tag = tag;
    c->longs->size = size;
    c->longs->cookie = cookie;
    c->n_longs = 1;
}

/* The row is complete. */
static inline void
pd_builder_row(struct pd_builder *b)
{
    b->n_rows++;
    b->n_bytes += b->fixed_size;
}

static inline int
pd_builder_full(const struct pd_builder *b)
{
    return b->n_rows >= b->max_rows || b->n_bytes >= PD_BATCH_BYTES || b->short_of_memory;
}

static inline int
pd_is_valid(const uint8_t *validity, uint32_t row)
{
    return !validity || (validity[row >> 3] >> (row & 7) & 1);
}

/* The plain value of a row in the form that TAGGED wants, into bytes[16] or as a pointer. */
static inline const uint8_t *
pd_plain_bytes_(const struct pd_column_builder *c, uint32_t row, uint8_t *bytes, size_t *ret_size)
{
    int64_t value = 0;
    int k;

    if (c->offsets) {
        *ret_size = (size_t)(c->offsets[row + 1] - c->offsets[row]);
        return c->data + c->offsets[row];
    }
    switch (c->layout) {
    case PD_LAYOUT_BITS:
        bytes[0] = (uint8_t)(c->data[row >> 3] >> (row & 7) & 1);
        *ret_size = 1;
        return bytes;
    case PD_LAYOUT_I8:
        value = c->no_sign ? c->data[row] : (int8_t)c->data[row];
        break;
    case PD_LAYOUT_I16: {
        int16_t v;
        memcpy(&v, c->data + (size_t)row * 2, 2);
        value = c->no_sign ? (uint16_t)v : v;
        break;
    }
    case PD_LAYOUT_I32: {
        int32_t v;
        memcpy(&v, c->data + (size_t)row * 4, 4);
        value = c->no_sign ? (int64_t)(uint32_t)v : v;
        break;
    }
    case PD_LAYOUT_I64:
    case PD_LAYOUT_F64:
    case PD_LAYOUT_NUM64:
        memcpy(&value, c->data + (size_t)row * 8, 8);
        break;
    default:
        *ret_size = c->width;
        return c->data + (size_t)row * c->width;
    }
    for (k = 0; k < 8; k++)
        bytes[k] = (uint8_t)((uint64_t)value >> (8 * k));
    *ret_size = 8;
    return bytes;
}

/* Where the bytes of outlier k lie, while its pointer is still an offset. */
static inline const uint8_t *
pd_side_bytes_(const struct pd_column_builder *c, uint32_t k)
{
    return c->outliers[k].size ? c->side + (uintptr_t)c->outliers[k].bytes : NULL;
}

/* Many rows of a plain column were outliers: lay it out anew as TAGGED. */
static inline int
pd_column_retag_(struct pd_builder *b, struct pd_column_builder *c)
{
    uint32_t n_rows = b->n_rows, row, at = 0;
    struct pd_builder to = *b;
    struct pd_column_builder t = *c;

    t.tagged = 1;
    t.expected_size = c->side_size + (size_t)n_rows * (c->width ? c->width : 8);
    to.columns = &t;
    if (!pd_column_begin_(&to, &t))
        return 0;
    for (row = 0; row < n_rows; row++) {
        uint8_t bytes[16];
        const uint8_t *plain;
        size_t size;

        to.n_rows = row;
        if (!pd_is_valid(c->validity, row)) {
            pd_put_null(&to, 0);
        } else if (at < c->n_outliers && c->outliers[at].row == row) {
            plain = pd_side_bytes_(c, at);
            pd_put_tagged(&to, 0, c->outliers[at].tag, plain, (size_t)c->outliers[at].size);
            at++;
        } else {
            plain = pd_plain_bytes_(c, row, bytes, &size);
            pd_put_plain_(&to, 0, plain, size);
            if (c->layout == PD_LAYOUT_NUM64)
                t.tags[row] = c->tags[row];
        }
    }
    *c = t;
    return !to.short_of_memory;
}

static inline int
pd_column_finish_(struct pd_builder *b, struct pd_column_builder *c, struct pd_vector *v)
{
    uint32_t k;
    int odd = (uint64_t)c->n_odd * PD_TAGGED_SHARE > b->n_rows;

    if (!c->tagged && odd && !pd_column_retag_(b, c))
        return 0;
    for (k = 0; k < c->n_outliers; k++)
        c->outliers[k].bytes = pd_side_bytes_(c, k);
    memset(v, 0, sizeof *v);
    v->layout = c->tagged ? (uint8_t)PD_LAYOUT_TAGGED : c->layout;
    v->width = c->width;
    v->n_nulls = c->n_nulls;
    v->validity = c->n_nulls ? c->validity : NULL;
    v->data = c->data;
    v->offsets = c->offsets;
    v->tags = c->tags;
    v->n_outliers = c->tagged ? 0 : c->n_outliers;
    v->outliers = c->tagged ? NULL : c->outliers;
    v->longs = c->longs;
    v->n_longs = c->n_longs;
    c->expected_size = c->data_size;
    /* A column that has calmed down goes back to its plain layout with the next batch. */
    c->tagged = (uint8_t)(c->layout == PD_LAYOUT_TAGGED || odd);
    return 1;
}

static inline void
pd_batch_release_(const struct pd_batch *batch)
{
    const struct pd_host *host = (const struct pd_host *)batch->vectors[batch->n_columns].data;

    host->batch_end((struct pd_memory *)batch->owner);
}

/* The batch, now the caller's to release; NULL: memory was short, and nothing is left. */
static inline const struct pd_batch *
pd_builder_finish(struct pd_builder *b)
{
    struct pd_vector *vectors;
    struct pd_batch *batch;
    uint32_t i;

    /* One vector more than there are columns carries the host to pd_batch_release_(). */
    vectors =
        (struct pd_vector *)b->host->batch_alloc(b->memory, (b->n_columns + 1) * sizeof *vectors);
    batch = (struct pd_batch *)b->host->batch_alloc(b->memory, sizeof *batch);
    for (i = 0; vectors && batch && !b->short_of_memory && i < b->n_columns; i++) {
        if (!pd_column_finish_(b, &b->columns[i], &vectors[i]))
            b->short_of_memory = 1;
    }
    if (!vectors || !batch || b->short_of_memory) {
        pd_builder_drop(b);
        return NULL;
    }
    memset(&vectors[b->n_columns], 0, sizeof *vectors);
    vectors[b->n_columns].data = b->host;
    memset(batch, 0, sizeof *batch);
    batch->struct_size = sizeof *batch;
    batch->vector_size = sizeof *vectors;
    batch->n_rows = b->n_rows;
    batch->n_columns = b->n_columns;
    batch->vectors = vectors;
    batch->n_bytes = b->n_bytes;
    batch->release = pd_batch_release_;
    batch->owner = b->memory;
    b->memory = NULL;
    b->n_rows = 0;
    return batch;
}

#ifdef __cplusplus
}
#endif

#endif
