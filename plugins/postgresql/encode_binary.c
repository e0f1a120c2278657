// SPDX-License-Identifier: Apache-2.0
/* encode_binary - rows of COPY (FORMAT binary). A row is the number of its fields, then each field
   as 4 bytes of size and its bytes, all in network order. */
#include "encode.h"

enum {
    DATE_EPOCH = 10957, /* days from 1970 to 2000 */
    ROW_HEAD = 2,       /* the number of fields */
    FIELD_HEAD = 4,
    NULL_SIZE = -1,
    JSONB_VERSION = 1
};
static const int64_t timestamp_epoch = (int64_t)DATE_EPOCH * 86400 * 1000000;

enum encode_way
encode_binary_way(const struct encode_column *c)
{
    switch (c->layout) {
    case PD_LAYOUT_BITS:
        return ENCODE_BITS;
    case PD_LAYOUT_I16:
        return c->form == PG_FORM_INT2 ? ENCODE_16 : ENCODE_CELLS;
    case PD_LAYOUT_I32:
        if (c->form == PG_FORM_DATE)
            return ENCODE_DATE;
        return c->form == PG_FORM_INT4 || c->form == PG_FORM_OID ? ENCODE_32 : ENCODE_CELLS;
    case PD_LAYOUT_F32:
        return ENCODE_32;
    case PD_LAYOUT_I64:
        if (c->form == PG_FORM_TIMESTAMP)
            return ENCODE_TIMESTAMP;
        return c->form == PG_FORM_INT8 || c->form == PG_FORM_TIME || c->form == PG_FORM_MONEY
                   ? ENCODE_64
                   : ENCODE_CELLS;
    case PD_LAYOUT_F64:
        return ENCODE_64;
    case PD_LAYOUT_FIXED:
        return c->form == PG_FORM_TIMETZ     ? ENCODE_TIMETZ
               : c->form == PG_FORM_INTERVAL ? ENCODE_INTERVAL
                                             : ENCODE_FIXED;
    case PD_LAYOUT_VAR:
        if (c->form == PG_FORM_JSONB)
            return ENCODE_JSONB;
        return c->form == PG_FORM_STRING || c->form == PG_FORM_BPCHAR || c->form == PG_FORM_BYTEA
                   ? ENCODE_VAR
                   : ENCODE_CELLS;
    default:
        return ENCODE_CELLS;
    }
}

/* Bytes of a field that is not NULL; 0: it depends. */
static uint32_t
way_width(enum encode_way way)
{
    static const uint8_t widths[] = {
        [ENCODE_BITS] = 1,      [ENCODE_16] = 2,        [ENCODE_32] = 4,     [ENCODE_64] = 8,
        [ENCODE_DATE] = 4,      [ENCODE_TIMESTAMP] = 8, [ENCODE_FIXED] = 16, [ENCODE_TIMETZ] = 12,
        [ENCODE_INTERVAL] = 16, [ENCODE_VAR] = 0,       [ENCODE_JSONB] = 0,  [ENCODE_CELLS] = 0,
    };

    return widths[way];
}

/* ---- One cell ---- */

/* The bytes of values outside of the domain: encode_check() has let only these pass. */
static size_t
put_outlier(const struct encode_column *c, const struct encode_cell *cell, uint8_t *out)
{
    static const uint8_t numeric_nan[8] = {0, 0, 0, 0, 0xc0, 0, 0, 0};
    static const uint8_t numeric_inf[8] = {0, 0, 0, 0, 0xd0, 0, 0, 0x20};
    static const uint8_t numeric_minus_inf[8] = {0, 0, 0, 0, 0xf0, 0, 0, 0x20};
    bool plus = cell->tag == PD_TAG_POS_INF;
    int64_t value = plus ? INT64_MAX : INT64_MIN;

    if (c->form == PG_FORM_NUMERIC) {
        memcpy(out,
               cell->tag == PD_TAG_NAN ? numeric_nan
               : plus                  ? numeric_inf
                                       : numeric_minus_inf,
               8);
        return 8;
    }
    if (c->form == PG_FORM_DATE) {
        encode_be32(out, (uint32_t)(plus ? INT32_MAX : INT32_MIN));
        return 4;
    }
    if (cell->tag == PD_TAG_FAR)
        encode_far(cell->bytes, cell->size, &value);
    encode_be64(out, (uint64_t)value);
    return 8;
}

static size_t
put_interval(uint8_t *out, const uint8_t *bytes)
{
    encode_be64(out, encode_le64(bytes));
    encode_be32(out + 8, encode_le32(bytes + 8));
    encode_be32(out + 12, encode_le32(bytes + 12));
    return 16;
}

static size_t
put_timetz(uint8_t *out, const uint8_t *bytes)
{
    encode_be64(out, encode_le64(bytes));
    encode_be32(out + 8, encode_le32(bytes + 8));
    return 12;
}

/* A field that is no text and no bytes, into out[ENCODE_NUMBER]; its size. */
static size_t
put_number(const struct encode_column *c, const struct encode_cell *cell, uint8_t *out)
{
    switch (c->form) {
    case PG_FORM_BOOL:
        out[0] = cell->number != 0;
        return 1;
    case PG_FORM_INT2:
        encode_be16(out, (uint16_t)cell->number);
        return 2;
    case PG_FORM_INT4:
    case PG_FORM_OID:
    case PG_FORM_FLOAT4:
        encode_be32(out, (uint32_t)cell->number);
        return 4;
    case PG_FORM_DATE:
        encode_be32(out, (uint32_t)(cell->number - DATE_EPOCH));
        return 4;
    case PG_FORM_TIMESTAMP:
        encode_be64(out, (uint64_t)(cell->number - timestamp_epoch));
        return 8;
    case PG_FORM_TIMETZ:
        return put_timetz(out, cell->bytes);
    case PG_FORM_INTERVAL:
        return put_interval(out, cell->bytes);
    case PG_FORM_UUID:
        memcpy(out, cell->bytes, 16);
        return 16;
    case PG_FORM_NUMERIC:
        return encode_decimal128(cell->bytes, (unsigned)c->as.scale, out);
    case PG_FORM_INET:
        return encode_inet(cell->bytes, cell->size, c->as.kind == PD_KIND_CIDR, out);
    case PG_FORM_MAC:
        return encode_mac(cell->bytes, cell->size, out);
    default:
        encode_be64(out, (uint64_t)cell->number);
        return 8;
    }
}

static bool
is_bytes(const struct encode_column *c)
{
    return c->form == PG_FORM_STRING || c->form == PG_FORM_BPCHAR || c->form == PG_FORM_BYTEA ||
           c->form == PG_FORM_JSONB;
}

/* A whole field; room: cell->size + ENCODE_NUMBER. */
static size_t
put_field(const struct encode_column *c, const struct encode_cell *cell, uint8_t *out)
{
    uint8_t *field = out + FIELD_HEAD;
    size_t size;

    if (cell->is_null) {
        encode_be32(out, (uint32_t)NULL_SIZE);
        return FIELD_HEAD;
    }
    if (is_bytes(c)) {
        size = c->form == PG_FORM_JSONB;
        field[0] = JSONB_VERSION;
        if (cell->size)
            memcpy(field + size, cell->bytes, cell->size);
        size += cell->size;
    } else if (cell->tag != PD_TAG_PLAIN) {
        size = put_outlier(c, cell, field);
    } else if (c->form == PG_FORM_BIT) {
        encode_be32(field, (uint32_t)cell->size);
        size = 4 + encode_bits(cell->bytes, cell->size, field + 4);
    } else if (c->form == PG_FORM_NUMERIC && c->layout == PD_LAYOUT_VAR) {
        size = encode_decimal_text(cell->bytes, cell->size, field);
    } else {
        size = put_number(c, cell, field);
    }
    encode_be32(out, (uint32_t)size);
    return FIELD_HEAD + size;
}

/* ---- A chunk: sizes first ---- */

static bool
grow_scratch(struct encoder *e, size_t more)
{
    size_t room = e->scratch_room ? e->scratch_room : ENCODE_SLICE;
    uint8_t *grown;

    if (e->scratch_room - e->scratch_size >= more)
        return true;
    while (room - e->scratch_size < more)
        room *= 2;
    grown = e->host->resize(e->host, e->scratch, room);
    if (!grown) {
        e->status = pg_no_memory(e->host, e->err);
        return false;
    }
    e->scratch = grown;
    e->scratch_room = room;
    return true;
}

/* Fields of odd columns are made at once, since only then their sizes are known. */
static void
size_cells(struct encoder *e, struct encode_column *c, uint32_t first, uint32_t n)
{
    struct encode_cell cell;

    c->fields = e->scratch_size;
    for (uint32_t i = 0; i < n; i++) {
        size_t size;

        encode_fetch(c, first + i, &cell);
        if (!grow_scratch(e, cell.size + ENCODE_NUMBER))
            return;
        size = put_field(c, &cell, e->scratch + e->scratch_size);
        e->scratch_size += size;
        e->sizes[i] += (uint32_t)size;
    }
}

static void
size_var(uint32_t *sizes, const struct pd_vector *v, uint32_t first, uint32_t n)
{
    const int32_t *offsets = v->offsets + first;

    for (uint32_t i = 0; i < n; i++)
        sizes[i] += (uint32_t)(offsets[i + 1] - offsets[i]);
}

static void
size_nulls(uint32_t *sizes, const struct pd_vector *v, uint32_t first, uint32_t n, uint32_t width)
{
    for (uint32_t i = 0; i < n; i++)
        sizes[i] -= pd_is_valid(v->validity, first + i) ? 0 : width;
}

static void
size_rows(struct encoder *e, uint32_t first, uint32_t n)
{
    uint32_t same = ROW_HEAD;

    memset(e->sizes, 0, n * sizeof *e->sizes);
    e->scratch_size = 0;
    for (uint32_t k = 0; k < e->n_columns; k++) {
        struct encode_column *c = &e->columns[k];
        uint32_t width = c->way == ENCODE_JSONB ? 1 : way_width((enum encode_way)c->way);

        if (c->way == ENCODE_CELLS) {
            size_cells(e, c, first, n);
            continue;
        }
        same += FIELD_HEAD + width;
        if (c->way == ENCODE_VAR || c->way == ENCODE_JSONB)
            size_var(e->sizes, c->v, first, n);
        if (c->v->n_nulls && width)
            size_nulls(e->sizes, c->v, first, n, width);
    }
    for (uint32_t i = 0; i < n; i++)
        e->sizes[i] += same;
}

/* ---- A chunk: then the fields, column by column, each row at its own place ---- */

/* The loop over the rows of a column: `field` writes the bytes of row `row` at `to`. */
#define FILL_LOOP_(width, field)                                                                   \
    for (uint32_t i = 0; i < n; i++) {                                                             \
        uint32_t row = first + i;                                                                  \
        uint8_t *to = out + at[i] + FIELD_HEAD;                                                    \
                                                                                                   \
        if (validity && !(validity[row >> 3] >> (row & 7) & 1)) {                                  \
            encode_be32(to - FIELD_HEAD, (uint32_t)NULL_SIZE);                                     \
            at[i] += FIELD_HEAD;                                                                   \
            continue;                                                                              \
        }                                                                                          \
        encode_be32(to - FIELD_HEAD, (uint32_t)(width));                                           \
        field;                                                                                     \
        at[i] += FIELD_HEAD + (uint32_t)(width);                                                   \
    }

static void
fill_16(uint8_t *out, uint32_t *at, const uint8_t *validity, const uint8_t *data, uint32_t first,
        uint32_t n)
{
    uint16_t value;

    FILL_LOOP_(2, (memcpy(&value, data + (size_t)row * 2, 2), encode_be16(to, value)))
}

static void
fill_32(uint8_t *out, uint32_t *at, const uint8_t *validity, const uint8_t *data, uint32_t first,
        uint32_t n, uint32_t epoch)
{
    uint32_t value;

    FILL_LOOP_(4, (memcpy(&value, data + (size_t)row * 4, 4), encode_be32(to, value - epoch)))
}

static void
fill_64(uint8_t *out, uint32_t *at, const uint8_t *validity, const uint8_t *data, uint32_t first,
        uint32_t n, uint64_t epoch)
{
    uint64_t value;

    FILL_LOOP_(8, (memcpy(&value, data + (size_t)row * 8, 8), encode_be64(to, value - epoch)))
}

static void
fill_bits(uint8_t *out, uint32_t *at, const uint8_t *validity, const uint8_t *data, uint32_t first,
          uint32_t n)
{
    FILL_LOOP_(1, to[0] = data[row >> 3] >> (row & 7) & 1)
}

static void
fill_fixed(uint8_t *out, uint32_t *at, const uint8_t *validity, const uint8_t *data, uint32_t first,
           uint32_t n)
{
    FILL_LOOP_(16, memcpy(to, data + (size_t)row * 16, 16))
}

static void
fill_timetz(uint8_t *out, uint32_t *at, const uint8_t *validity, const uint8_t *data,
            uint32_t first, uint32_t n)
{
    FILL_LOOP_(12, put_timetz(to, data + (size_t)row * 12))
}

static void
fill_interval(uint8_t *out, uint32_t *at, const uint8_t *validity, const uint8_t *data,
              uint32_t first, uint32_t n)
{
    FILL_LOOP_(16, put_interval(to, data + (size_t)row * 16))
}

/* Of nothing there may be no address. */
static inline void
copy_short(uint8_t *to, const uint8_t *from, size_t size)
{
    if (size)
        memcpy(to, from, size);
}

static void
fill_var(uint8_t *out, uint32_t *at, const uint8_t *validity, const struct pd_vector *v,
         uint32_t first, uint32_t n)
{
    const uint8_t *data = v->data;
    const int32_t *offsets = v->offsets;

    FILL_LOOP_(offsets[row + 1] - offsets[row],
               copy_short(to, data + offsets[row], (size_t)(offsets[row + 1] - offsets[row])))
}

static void
fill_jsonb(uint8_t *out, uint32_t *at, const uint8_t *validity, const struct pd_vector *v,
           uint32_t first, uint32_t n)
{
    const uint8_t *data = v->data;
    const int32_t *offsets = v->offsets;

    FILL_LOOP_(offsets[row + 1] - offsets[row] + 1,
               (to[0] = JSONB_VERSION,
                copy_short(to + 1, data + offsets[row], (size_t)(offsets[row + 1] - offsets[row]))))
}

/* Whole fields out of scratch, one behind the other. */
static void
fill_cells(uint8_t *out, uint32_t *at, const uint8_t *field, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t size;

        memcpy(&size, field, sizeof size);
        size = be32toh(size);
        size = FIELD_HEAD + (size == (uint32_t)NULL_SIZE ? 0 : size);
        memcpy(out + at[i], field, size);
        at[i] += size;
        field += size;
    }
}

static void
fill_column(struct encoder *e, const struct encode_column *c, uint8_t *out, uint32_t first,
            uint32_t n)
{
    const struct pd_vector *v = c->v;
    const uint8_t *validity = v->n_nulls ? v->validity : NULL;
    const uint8_t *data = v->data;

    switch ((enum encode_way)c->way) {
    case ENCODE_BITS:
        fill_bits(out, e->sizes, validity, data, first, n);
        return;
    case ENCODE_16:
        fill_16(out, e->sizes, validity, data, first, n);
        return;
    case ENCODE_32:
        fill_32(out, e->sizes, validity, data, first, n, 0);
        return;
    case ENCODE_64:
        fill_64(out, e->sizes, validity, data, first, n, 0);
        return;
    case ENCODE_DATE:
        fill_32(out, e->sizes, validity, data, first, n, DATE_EPOCH);
        return;
    case ENCODE_TIMESTAMP:
        fill_64(out, e->sizes, validity, data, first, n, (uint64_t)timestamp_epoch);
        return;
    case ENCODE_FIXED:
        fill_fixed(out, e->sizes, validity, data, first, n);
        return;
    case ENCODE_TIMETZ:
        fill_timetz(out, e->sizes, validity, data, first, n);
        return;
    case ENCODE_INTERVAL:
        fill_interval(out, e->sizes, validity, data, first, n);
        return;
    case ENCODE_VAR:
        fill_var(out, e->sizes, validity, v, first, n);
        return;
    case ENCODE_JSONB:
        fill_jsonb(out, e->sizes, validity, v, first, n);
        return;
    case ENCODE_CELLS:
        fill_cells(out, e->sizes, e->scratch + c->fields, n);
        return;
    }
}

/* Turns sizes into places; how many rows fit into room bytes, and the bytes that these have. */
static uint32_t
place_rows(struct encoder *e, uint32_t n, size_t room, size_t *ret_size)
{
    size_t at = 0;
    uint32_t i;

    for (i = 0; i < n; i++) {
        uint32_t size = e->sizes[i];

        if (room - at < size)
            break;
        e->sizes[i] = (uint32_t)at;
        at += size;
    }
    *ret_size = at;
    return i;
}

/* Up to n rows; how many were sent, 0: the first is larger than the buffer. */
static uint32_t
send_chunk(struct encoder *e, uint32_t first, uint32_t n)
{
    uint16_t n_fields = (uint16_t)(e->n_columns + e->has_dummy);
    size_t size;
    uint8_t *out;

    size_rows(e, first, n);
    if (e->status != PD_OK)
        return 0;
    if (e->size > ENCODE_FLUSH)
        encode_flush(e);
    out = e->out + e->size;
    n = place_rows(e, n, ENCODE_ROOM - e->size, &size);
    for (uint32_t i = 0; i < n; i++) {
        encode_be16(out + e->sizes[i], n_fields);
        e->sizes[i] += ROW_HEAD;
    }
    for (uint32_t k = 0; k < e->n_columns; k++)
        fill_column(e, &e->columns[k], out, first, n);
    e->size += size;
    return n;
}

static uint32_t
chunk_rows(const struct encoder *e)
{
    uint64_t row = e->batch->n_bytes / (e->batch->n_rows ? e->batch->n_rows : 1);
    uint64_t n = ENCODE_FLUSH / (row + 4 * (uint64_t)e->n_columns + 1);

    return n < 1 ? 1 : n > ENCODE_ROWS ? ENCODE_ROWS : (uint32_t)n;
}

/* ---- Rows that do not go by columns ---- */

static void
put_dummy_rows(struct encoder *e, uint32_t n)
{
    static const uint8_t one_null[6] = {0, 1, 0xff, 0xff, 0xff, 0xff};
    static const uint8_t nothing[2] = {0, 0};

    for (uint32_t i = 0; i < n; i++)
        encode_put(e, e->has_dummy ? one_null : nothing, e->has_dummy ? 6 : 2);
}

static void
put_slice(struct encoder *e, const struct encode_column *c, const uint8_t *bytes, size_t size)
{
    uint8_t packed[ENCODE_SLICE / 8 + 1];

    if (c->form != PG_FORM_BIT) {
        encode_put(e, bytes, size);
        return;
    }
    /* Slices but the last one are of whole bytes. */
    for (size_t at = 0; at < size; at += ENCODE_SLICE) {
        size_t n = size - at < ENCODE_SLICE ? size - at : ENCODE_SLICE;

        encode_put(e, packed, encode_bits(bytes + at, n, packed));
    }
}

static void
put_long(struct encoder *e, const struct encode_column *c, const struct pd_long *cell,
         const struct encode_long *from)
{
    uint8_t head[2 * FIELD_HEAD];
    size_t size = FIELD_HEAD;
    uint64_t field = cell->size;

    if (c->form == PG_FORM_BIT) {
        field = 4 + (cell->size + 7) / 8;
        encode_be32(head + size, (uint32_t)cell->size);
        size += 4;
    } else if (c->form == PG_FORM_JSONB) {
        field++;
        head[size++] = JSONB_VERSION;
    }
    encode_be32(head, (uint32_t)field);
    encode_put(e, head, size);
    encode_long_slices(e, cell, from, put_slice, c);
}

void
encode_binary_row(struct encoder *e, uint32_t row, const struct encode_long *from)
{
    struct encode_cell cell;
    uint8_t head[ROW_HEAD];

    encode_be16(head, (uint16_t)e->n_columns);
    encode_put(e, head, sizeof head);
    for (uint32_t k = 0; k < e->n_columns && e->status == PD_OK; k++) {
        struct encode_column *c = &e->columns[k];

        if (from && encode_long_of(c)) {
            put_long(e, c, encode_long_of(c), from);
            continue;
        }
        encode_fetch(c, row, &cell);
        e->scratch_size = 0;
        if (grow_scratch(e, cell.size + ENCODE_NUMBER))
            encode_put(e, e->scratch, put_field(c, &cell, e->scratch));
    }
}

pd_status
encode_binary_rows(struct encoder *e, uint32_t first, uint32_t end)
{
    uint32_t most = chunk_rows(e);

    if (e->n_columns == 0) {
        put_dummy_rows(e, end - first);
        return e->status;
    }
    encode_rewind(e, first);
    while (first < end && e->status == PD_OK) {
        uint32_t n = send_chunk(e, first, end - first < most ? end - first : most);

        if (n == 0 && e->status == PD_OK) {
            encode_rewind(e, first);
            encode_flush(e);
            encode_binary_row(e, first, NULL);
            n = 1;
        }
        first += n;
        if (n < most)
            encode_rewind(e, first);
    }
    return e->status;
}
