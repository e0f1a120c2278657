// SPDX-License-Identifier: Apache-2.0
/* place - spreads dense cells over the rows of a vector, whole areas at once where no row is NULL;
   the layout is chosen here: TAGGED where more than one row in eight is an outlier. */
#include "archive/place.h"

#include <string.h>

#include "base/budget.h"

/* The cells of one tag, given out one after the other. */
struct queue {
    struct decoded_cells cells;
    uint32_t next;
    const uint8_t *bytes; /* VAR: of the next cell */
};

void *
place_alloc(struct placer *placer, size_t size)
{
    void *memory = budget_alloc(placer->memory, size ? size : 1);

    if (!memory)
        placer->short_of_memory = true;
    placer->n_bytes += size;
    return memory;
}

/* ---- nothing ---- */

static void
set_layout(const struct column_shape *shape, uint8_t layout, struct pd_vector *vector)
{
    *vector = (struct pd_vector){.layout = layout};
    if (shape->layout != PD_LAYOUT_BITS && shape->form != FORM_VAR)
        vector->width = shape->width;
}

/* Zeros are the data of any layout, offsets, tags, and validity of a column of NULL. */
static bool
set_zeros(struct placer *placer, const struct column_shape *shape, struct pd_vector *vector)
{
    size_t size = ((size_t)placer->n_rows + 1) * 16;
    void *zeros;

    if (!placer->zeros) {
        zeros = place_alloc(placer, size);
        if (!zeros)
            return false;
        memset(zeros, 0, size);
        placer->zeros = zeros;
    }
    set_layout(shape, shape->layout, vector);
    vector->data = placer->zeros;
    if (shape->form == FORM_VAR)
        vector->offsets = placer->zeros;
    if (shape->layout == PD_LAYOUT_TAGGED || shape->layout == PD_LAYOUT_NUM64)
        vector->tags = placer->zeros;
    return true;
}

bool
place_nothing(struct placer *placer, const struct column_shape *shape, struct pd_vector *vector)
{
    if (!set_zeros(placer, shape, vector))
        return false;
    vector->validity = placer->zeros;
    vector->n_nulls = placer->n_rows;
    return true;
}

/* ---- parts of vectors ---- */

static bool
place_validity(struct placer *placer, const struct decoded_states *states, struct pd_vector *vector)
{
    uint8_t *bits;

    vector->n_nulls = states->n[STATE_NULL];
    if (!vector->n_nulls)
        return true;
    bits = place_alloc(placer, ((size_t)placer->n_rows + 7) / 8);
    if (!bits)
        return false;
    memset(bits, 0, ((size_t)placer->n_rows + 7) / 8);
    for (uint32_t i = 0; i < placer->n_rows; i++)
        bits[i >> 3] |= (uint8_t)((states->codes[i] != STATE_NULL) << (i & 7));
    vector->validity = bits;
    return true;
}

#define SPREAD(type)                                                                               \
    do {                                                                                           \
        type *to_ = (type *)to;                                                                    \
        const type *in_ = (const type *)cells->values;                                             \
        for (uint32_t i = 0; i < n_rows; i++) {                                                    \
            type is_ours = (type) - (type)(codes[i] == code);                                      \
            to_[i] = (type)((in_[k] & is_ours) | (to_[i] & (type)~is_ours));                       \
            k += is_ours & 1;                                                                      \
        }                                                                                          \
    } while (0)

/* Cells to those rows whose state is `code`, without a branch a row; the rest is left as it is.
   It looks one element beyond the last, which scratch has. */
static void
spread(void *to, const struct decoded_cells *cells, const uint8_t *codes, uint8_t code,
       uint32_t n_rows)
{
    uint32_t k = 0, width = cells->width;

    switch (width) {
    case 1:
        SPREAD(uint8_t);
        break;
    case 2:
        SPREAD(uint16_t);
        break;
    case 4:
        SPREAD(uint32_t);
        break;
    case 8:
        SPREAD(uint64_t);
        break;
    default:
        for (uint32_t i = 0; i < n_rows; i++) {
            if (codes[i] == code)
                memcpy((uint8_t *)to + (size_t)i * width,
                       (const uint8_t *)cells->values + (size_t)k++ * width, width);
        }
    }
}

/* Offsets of the rows whose state is `code`; the others have no bytes. */
static bool
place_offsets(struct placer *placer, const uint32_t *sizes, const uint8_t *codes, uint8_t code,
              struct pd_vector *vector)
{
    int32_t *offsets = place_alloc(placer, ((size_t)placer->n_rows + 1) * 4);
    uint32_t at = 0, k = 0;

    if (!offsets)
        return false;
    offsets[0] = 0;
    for (uint32_t i = 0; i < placer->n_rows; i++) {
        if (!codes || codes[i] == code)
            at += sizes[k++];
        offsets[i + 1] = (int32_t)at;
    }
    vector->offsets = offsets;
    return true;
}

static bool
place_bytes(struct placer *placer, const struct decoded_cells *cells, struct pd_vector *vector)
{
    uint8_t *bytes = place_alloc(placer, cells->n_bytes);

    if (!bytes)
        return false;
    if (cells->n_bytes)
        memcpy(bytes, cells->bytes, cells->n_bytes);
    vector->data = bytes;
    return true;
}

/* Bytes of 0 and 1 to bits. */
static bool
place_bits(struct placer *placer, const uint8_t *values, struct pd_vector *vector)
{
    size_t size = ((size_t)placer->n_rows + 7) / 8;
    uint8_t *bits = place_alloc(placer, size);

    if (!bits)
        return false;
    memset(bits, 0, size);
    for (uint32_t i = 0; i < placer->n_rows; i++)
        bits[i >> 3] |= (uint8_t)(values[i] << (i & 7));
    vector->data = bits;
    return true;
}

/* ---- columns whose rows all have one tag ---- */

static bool
place_var(struct placer *placer, const struct column_shape *shape, uint32_t tag,
          struct pd_vector *vector)
{
    struct decoded_cells cells;

    return decode_cells(placer->decoder, shape, tag, placer->n_rows, NULL, &cells) &&
           place_offsets(placer, cells.values, NULL, 0, vector) &&
           place_bytes(placer, &cells, vector);
}

static bool
place_tags(struct placer *placer, uint32_t tag, struct pd_vector *vector)
{
    uint8_t *tags = place_alloc(placer, placer->n_rows);

    if (!tags)
        return false;
    memset(tags, (int)tag, placer->n_rows);
    vector->tags = tags;
    return true;
}

static bool
place_whole(struct placer *placer, const struct column_shape *shape, uint32_t tag,
            struct pd_vector *vector)
{
    struct decoded_cells cells;
    void *data;

    if (shape->layout == PD_LAYOUT_VAR)
        return place_var(placer, shape, tag, vector);
    if (shape->layout == PD_LAYOUT_BITS)
        return decode_cells(placer->decoder, shape, tag, placer->n_rows, NULL, &cells) &&
               place_bits(placer, cells.values, vector);
    if (shape->layout == PD_LAYOUT_NUM64 && !place_tags(placer, tag, vector))
        return false;
    data = place_alloc(placer, (size_t)placer->n_rows * shape->width);
    vector->data = data;
    return data && decode_cells(placer->decoder, shape, tag, placer->n_rows, data, &cells);
}

/* ---- columns of several states ---- */

static bool
open_queues(struct placer *placer, const struct column_shape *shape,
            const struct decoded_states *states, struct queue queues[PD_TAG_COUNT_])
{
    for (uint32_t tag = 0; tag < PD_TAG_COUNT_; tag++) {
        struct queue *queue = &queues[tag];

        *queue = (struct queue){.next = 0};
        if (!states->n[tag + 1])
            continue;
        if (!decode_cells(placer->decoder, shape, tag, states->n[tag + 1], NULL, &queue->cells))
            return false;
        queue->bytes = queue->cells.bytes;
    }
    return true;
}

/* An integer of a width below 8, widened as its kind wants. */
static uint64_t
queue_integer(const struct queue *queue, bool is_unsigned)
{
    const uint8_t *at =
        (const uint8_t *)queue->cells.values + (size_t)queue->next * queue->cells.width;
    uint64_t value = 0;
    uint32_t word;
    uint16_t half;

    switch (queue->cells.width) {
    case 1:
        value = is_unsigned ? *at : (uint64_t)(int8_t)*at;
        break;
    case 2:
        memcpy(&half, at, 2);
        value = is_unsigned ? half : (uint64_t)(int16_t)half;
        break;
    case 4:
        memcpy(&word, at, 4);
        value = is_unsigned ? word : (uint64_t)(int32_t)word;
        break;
    default:
        memcpy(&value, at, 8);
    }
    return value;
}

/* The next cell of a tag as TAGGED and outliers want it, to `to`; its size. */
static size_t
queue_take(struct queue *queue, const struct column_shape *shape, uint32_t tag, uint8_t *to)
{
    const struct decoded_cells *cells = &queue->cells;
    bool is_plain = tag == PD_TAG_PLAIN;
    size_t size = cells->width;

    if (cells->form == FORM_VAR) {
        size = ((const uint32_t *)cells->values)[queue->next++];
        if (size)
            memcpy(to, queue->bytes, size);
        queue->bytes += size;
        return size;
    }
    if (cells->form == FORM_FIXED || cells->form == FORM_WIDE ||
        (is_plain && (shape->layout == PD_LAYOUT_BITS || shape->layout == PD_LAYOUT_F32))) {
        memcpy(to, (const uint8_t *)cells->values + queue->next++ * size, size);
        return size;
    }
    store_le64(to, queue_integer(queue, is_plain && shape->is_unsigned));
    queue->next++;
    return 8;
}

/* What queue_take() will give in all. */
static uint64_t
queue_size(const struct queue *queue)
{
    const struct decoded_cells *cells = &queue->cells;

    if (!cells->n)
        return 0;
    if (cells->form == FORM_VAR)
        return cells->n_bytes;
    return (uint64_t)cells->n * (cells->width < 8 ? 8 : cells->width);
}

static bool
place_tagged(struct placer *placer, const struct column_shape *shape,
             const struct decoded_states *states, struct pd_vector *vector)
{
    struct queue queues[PD_TAG_COUNT_];
    uint64_t size = 0, at = 0;
    uint8_t *data, *tags;
    int32_t *offsets;

    if (!open_queues(placer, shape, states, queues))
        return false;
    for (uint32_t tag = 0; tag < PD_TAG_COUNT_; tag++)
        size += queue_size(&queues[tag]);
    data = size <= INT32_MAX ? place_alloc(placer, size) : NULL;
    tags = place_alloc(placer, placer->n_rows);
    offsets = place_alloc(placer, ((size_t)placer->n_rows + 1) * 4);
    if (!data || !tags || !offsets)
        return false;
    offsets[0] = 0;
    for (uint32_t i = 0; i < placer->n_rows; i++) {
        uint8_t code = states->codes ? states->codes[i] : states->same;

        tags[i] = code == STATE_NULL ? 0 : (uint8_t)(code - 1);
        if (code != STATE_NULL)
            at += queue_take(&queues[tags[i]], shape, tags[i], data + at);
        offsets[i + 1] = (int32_t)at;
    }
    vector->data = data;
    vector->tags = tags;
    vector->offsets = offsets;
    return true;
}

/* The values of the domain at their rows, zero elsewhere. */
static bool
place_domain(struct placer *placer, const struct column_shape *shape,
             const struct decoded_states *states, const struct queue queues[PD_TAG_COUNT_],
             struct pd_vector *vector)
{
    const struct decoded_cells *plain = &queues[PD_TAG_PLAIN].cells;
    size_t size = (size_t)placer->n_rows * shape->width;
    uint8_t *data;

    if (shape->layout == PD_LAYOUT_VAR)
        return place_offsets(placer, plain->values, states->codes, STATE_PLAIN, vector) &&
               place_bytes(placer, plain, vector);
    data = shape->layout == PD_LAYOUT_BITS ? placer->decoder->scratch + placer->decoder->used
                                           : place_alloc(placer, size);
    if (!data)
        return false;
    memset(data, 0, size);
    for (uint32_t tag = 0; tag < PD_TAG_COUNT_; tag++) {
        if (column_has_tag(shape, tag) && queues[tag].cells.n)
            spread(data, &queues[tag].cells, states->codes, (uint8_t)(tag + 1), placer->n_rows);
    }
    vector->data = data;
    return shape->layout != PD_LAYOUT_BITS || place_bits(placer, data, vector);
}

static bool
place_number_tags(struct placer *placer, const struct column_shape *shape,
                  const struct decoded_states *states, struct pd_vector *vector)
{
    uint8_t *tags;

    if (shape->layout != PD_LAYOUT_NUM64)
        return true;
    tags = place_alloc(placer, placer->n_rows);
    if (!tags)
        return false;
    for (uint32_t i = 0; i < placer->n_rows; i++) {
        uint8_t tag = (uint8_t)(states->codes[i] - 1);

        tags[i] = column_has_tag(shape, tag) ? tag : 0;
    }
    vector->tags = tags;
    return true;
}

static bool
place_outliers(struct placer *placer, const struct column_shape *shape,
               const struct decoded_states *states, struct queue queues[PD_TAG_COUNT_],
               uint32_t n_outliers, struct pd_vector *vector)
{
    struct pd_outlier *outliers;
    uint64_t size = 0;
    uint8_t *bytes;

    if (n_outliers == 0)
        return true;
    for (uint32_t tag = 0; tag < PD_TAG_COUNT_; tag++)
        size += column_has_tag(shape, tag) ? 0 : queue_size(&queues[tag]);
    outliers = place_alloc(placer, n_outliers * sizeof *outliers);
    bytes = place_alloc(placer, size);
    if (!outliers || !bytes)
        return false;
    vector->outliers = outliers;
    for (uint32_t i = 0; i < placer->n_rows; i++) {
        uint32_t tag = states->codes[i] - 1u;

        if (states->codes[i] == STATE_NULL || column_has_tag(shape, tag))
            continue;
        outliers->row = i;
        outliers->tag = tag;
        outliers->size = queue_take(&queues[tag], shape, tag, bytes);
        outliers->bytes = bytes;
        bytes += outliers->size;
        outliers++;
    }
    vector->n_outliers = n_outliers;
    return true;
}

static bool
place_mixed(struct placer *placer, const struct column_shape *shape,
            const struct decoded_states *states, uint32_t n_outliers, struct pd_vector *vector)
{
    struct queue queues[PD_TAG_COUNT_];

    return open_queues(placer, shape, states, queues) &&
           place_domain(placer, shape, states, queues, vector) &&
           place_number_tags(placer, shape, states, vector) &&
           place_outliers(placer, shape, states, queues, n_outliers, vector);
}

/* ---- long cells ---- */

static bool
place_long(struct placer *placer, const struct column_shape *shape, uint64_t cookie,
           struct pd_vector *vector, struct column_long *ret_long)
{
    struct pd_long *cell;

    if (!decode_long(placer->decoder, shape, ret_long) || !set_zeros(placer, shape, vector) ||
        (vector->tags && !place_tags(placer, ret_long->tag, vector)))
        return false;
    cell = place_alloc(placer, sizeof *cell);
    if (!cell)
        return false;
    *cell = (struct pd_long){.tag = ret_long->tag, .size = ret_long->size, .cookie = cookie};
    vector->longs = cell;
    vector->n_longs = 1;
    return true;
}

bool
place_column(struct placer *placer, const struct column_shape *shape, uint64_t cookie,
             struct pd_vector *vector, struct column_long *ret_long)
{
    struct decoded_states states;
    uint32_t n_outliers = 0;
    bool is_tagged;

    ret_long->size = 0;
    decode_begin(placer->decoder);
    if (!decode_states(placer->decoder, shape, placer->n_rows, &states))
        return false;
    if (states.same == STATE_LONG)
        return place_long(placer, shape, cookie, vector, ret_long);
    if (states.n[STATE_NULL] == placer->n_rows)
        return place_nothing(placer, shape, vector);
    for (uint32_t tag = 0; tag < PD_TAG_COUNT_; tag++)
        n_outliers += column_has_tag(shape, tag) ? 0 : states.n[tag + 1];
    is_tagged = shape->layout == PD_LAYOUT_TAGGED ||
                (uint64_t)n_outliers * PD_TAGGED_SHARE > placer->n_rows;
    set_layout(shape, is_tagged ? PD_LAYOUT_TAGGED : shape->layout, vector);
    if (!place_validity(placer, &states, vector))
        return false;
    if (is_tagged)
        return place_tagged(placer, shape, &states, vector);
    if (!states.codes)
        return place_whole(placer, shape, states.same - 1u, vector);
    return place_mixed(placer, shape, &states, n_outliers, vector);
}
