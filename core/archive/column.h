// SPDX-License-Identifier: Apache-2.0
/* column - the rows of a block in the making, column by column: what each row is (its state) and,
   by class, the cells' values without gaps. */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"
#include "model/batch.h"

/* The state of a row: NULL, or its tag + 1, or long. Part of the format. */
enum { STATE_NULL = 0, STATE_PLAIN = PD_TAG_PLAIN + 1, STATE_LONG = 255 };

/* How the cells of one tag are stored. */
enum cells_form {
    FORM_INTS = 0,  /* integers of `width` bytes; a bool is one of 1 byte */
    FORM_REALS = 1, /* doubles */
    FORM_WIDE = 2,  /* integers of 128 bits */
    FORM_FIXED = 3, /* `width` bytes each */
    FORM_VAR = 4    /* a size of 32 bits each, and bytes */
};

/* What the declaration of a column fixes. */
struct column_shape {
    const struct pd_column *column;
    uint32_t number; /* in its table */
    uint32_t domain; /* bit 1 << tag: cells of this tag are no outliers */
    uint32_t width;  /* bytes of a plain value in `cells`; of a size when it is VAR */
    uint32_t base;   /* what each row counts in the canonical size, whatever it holds */
    uint8_t layout;  /* enum pd_layout, the plain one */
    uint8_t form;    /* of plain cells */
    bool is_text;    /* plain cells are UTF-8 */
    bool is_unsigned;
};

/* Cells of one tag, rows of other tags left out. */
struct cells {
    uint8_t form;
    uint32_t width; /* bytes of an element of values */
    uint32_t n;
    struct buffer values; /* in the machine's byte order; VAR: sizes */
    struct buffer bytes;  /* VAR */
};

/* A cell above PD_LONG_CELL; its row is alone in the block. */
struct column_long {
    uint32_t tag;
    uint64_t size;
    uint64_t hash;
    const uint8_t *bytes;       /* in the batch, or NULL: */
    const struct pd_long *cell; /* fetched from the source */
};

struct column {
    struct column_shape shape;
    uint32_t n_rows;
    uint8_t same; /* the state of all rows, while `states` is empty */
    struct buffer states;
    struct cells plain;
    struct cells *others; /* PD_TAG_COUNT_ of them, made when a first one is needed */
    bool is_long;
    struct column_long long_cell;
};

struct column_shape column_shape_of(const struct pd_column *column, uint32_t number);
/* Form and width of the cells of a tag. */
void column_form(const struct column_shape *shape, uint32_t tag, uint8_t *ret_form,
                 uint32_t *ret_width);

static inline bool
column_has_tag(const struct column_shape *shape, uint32_t tag)
{
    return tag < PD_TAG_COUNT_ && (shape->domain >> tag & 1);
}

/* Can a cell of this tag be kept out of the block? */
bool column_may_be_long(const struct column_shape *shape, uint32_t tag);

void column_open(struct column *column, const struct column_shape *shape);
void column_clear(struct column *column); /* no rows; memory is kept, unless it is much */
void column_close(struct column *column);
bool column_failed(const struct column *column); /* memory was short since column_clear() */
/* The cells of a tag, NULL: none were added. */
const struct cells *column_cells(const struct column *column, uint32_t tag);

/* Add to sizes[0..n) what the rows from..from+n of a vector count above shape->base. */
void column_sizes(const struct column_shape *shape, const struct pd_vector *vector, uint32_t from,
                  uint32_t n, uint64_t *sizes);
/* Append rows (gather.c); codes is scratch for n bytes. NULL, or what is wrong with the vector. */
const char *column_append(struct column *column, const struct pd_vector *vector, uint32_t from,
                          uint32_t n, uint8_t *codes);

static inline uint64_t
load_le64(const uint8_t *bytes)
{
    uint64_t value = 0;

    for (int k = 0; k < 8; k++)
        value |= (uint64_t)bytes[k] << (8 * k);
    return value;
}

static inline void
store_le64(uint8_t *bytes, uint64_t value)
{
    for (int k = 0; k < 8; k++)
        bytes[k] = (uint8_t)(value >> (8 * k));
}
