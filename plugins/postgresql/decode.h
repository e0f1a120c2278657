// SPDX-License-Identifier: Apache-2.0
/* decode - rows of COPY ... (FORMAT binary) into the vectors of a batch. Nothing that the server
   sends is believed: every length is held against what is there. */
#pragma once

#include <string.h>

#include <polydump/value.h>

#include "catalog.h"

/* A column of the stream. */
struct decode_column {
    uint8_t form;    /* enum pg_form */
    uint8_t size;    /* bytes of every value; 0: they differ */
    uint8_t is_zone; /* timestamp: with time zone */
    uint8_t is_cidr;
    uint8_t digits;  /* decimal of layout I128: its precision; 0: another layout */
    uint8_t scale;   /* of that */
    uint32_t column; /* of the table and the batch */
};

struct decoder {
    const struct pd_host *host;
    struct pd_builder *builder;
    struct decode_column *columns; /* of the stream, in its order */
    uint32_t n_columns;
    uint32_t *absent; /* columns of the table that are not in the stream */
    uint32_t n_absent;
    size_t long_row;         /* a row of fewer bytes has no long cell */
    bool infinite_intervals; /* the server's intervals have infinities */
    char *scratch;
    size_t scratch_room;
    /* What was wrong with a row. */
    const char *fault;
    uint32_t fault_column; /* of the table; PD_NO_COLUMN: the row as a whole */
};

/* One field of a row. */
struct decode_field {
    const uint8_t *bytes;
    size_t size;
    bool is_null;
};

/* Sets the builder's columns too. */
pd_status decode_open(struct decoder *d, const struct pg *pg, const struct pd_table *table,
                      const struct pg_table *plan, struct pd_builder *builder,
                      struct pd_error *err);
void decode_close(struct decoder *d);

/* The fields of one row behind its number of fields, up to end exactly, into the batch. False:
   d->fault says why not, and the batch is to be dropped. */
bool decode_row(struct decoder *d, const uint8_t *at, const uint8_t *end);
/* The next field of a row; *at moves behind it. False: the row is broken. */
bool decode_next(const uint8_t **at, const uint8_t *end, struct decode_field *field);
/* One cell alone. */
bool decode_cell(struct decoder *d, const struct decode_column *c, const uint8_t *bytes,
                 size_t size);
/* The columns that are not in the stream, and the end of the row. */
void decode_row_end(struct decoder *d);

/* The bytes of a cell as VAR has them, when they are part of what the server sent: text and bytes.
   NULL: they are made of it (numbers, bits, addresses), or the value is broken. */
const uint8_t *decode_plain_bytes(const struct decode_column *c, const uint8_t *bytes, size_t size,
                                  size_t *ret_size);
/* Digits of a bit string from number `from` on. */
void decode_bits(const uint8_t *bits, uint64_t from, char *digits, size_t n);
/* Bits that a field of form BIT has; -1: it is broken. */
int64_t decode_bit_count(const uint8_t *bytes, size_t size);
/* Is the cell's text valid, and may it be called PLAIN? Bytes always may. */
bool decode_is_plain(const struct decode_column *c, const uint8_t *bytes, size_t size);

/* ---- decode_number.c ---- */

bool decode_numeric(struct decoder *d, const struct decode_column *c, const uint8_t *bytes,
                    size_t size);

/* ---- decode_time.c ---- */

bool decode_date(struct decoder *d, const struct decode_column *c, int32_t days);
bool decode_timestamp(struct decoder *d, const struct decode_column *c, int64_t micros);
bool decode_timetz(struct decoder *d, const struct decode_column *c, const uint8_t *bytes,
                   size_t size);
bool decode_interval(struct decoder *d, const struct decode_column *c, const uint8_t *bytes,
                     size_t size);

/* ---- decode_address.c ---- */

bool decode_inet(struct decoder *d, const struct decode_column *c, const uint8_t *bytes,
                 size_t size);
void decode_mac(struct decoder *d, const struct decode_column *c, const uint8_t *bytes);

/* ---- Shared by all of them ---- */

/* NULL: memory is short, which the builder then tells. */
char *decode_scratch(struct decoder *d, size_t size);

static inline bool
decode_fault(struct decoder *d, const struct decode_column *c, const char *fault)
{
    d->fault = fault;
    d->fault_column = c ? c->column : PD_NO_COLUMN;
    return false;
}

static inline uint16_t
decode_u16(const uint8_t *bytes)
{
    uint16_t value;

    memcpy(&value, bytes, 2);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    value = __builtin_bswap16(value);
#endif
    return value;
}

static inline uint32_t
decode_u32(const uint8_t *bytes)
{
    uint32_t value;

    memcpy(&value, bytes, 4);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    value = __builtin_bswap32(value);
#endif
    return value;
}

static inline uint64_t
decode_u64(const uint8_t *bytes)
{
    uint64_t value;

    memcpy(&value, bytes, 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    value = __builtin_bswap64(value);
#endif
    return value;
}

/* The little endian numbers of layout FIXED. */
static inline void
decode_store_le(uint8_t *at, uint64_t value, int size)
{
    int k;

    for (k = 0; k < size; k++)
        at[k] = (uint8_t)(value >> (8 * k));
}
