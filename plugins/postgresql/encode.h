// SPDX-License-Identifier: Apache-2.0
/* encode - vectors into the bytes of COPY FROM, binary or text.

   A batch is checked first: rows with a value that the server would refuse, or change silently, are
   given to the rejects. What is left is encoded column after column for a few hundred rows at a
   time, so that the layout is asked for outside of the loops; cells of odd columns (decimals,
   outliers, addresses) are encoded one by one into a scratch area before. */
#pragma once

#include <endian.h>
#include <string.h>

#include <polydump/value.h>

#include "sink.h"

enum {
    ENCODE_ROWS = 256,     /* at a time: they stay in the second-level cache */
    ENCODE_ROOM = 262144,  /* bytes of the outgoing buffer */
    ENCODE_FLUSH = 65536,  /* a message of COPY has about this size */
    ENCODE_SLICE = 16384,  /* larger cells go into the buffer slice by slice */
    ENCODE_NUMBER = 192,   /* room for the text of anything that is not text itself */
    ENCODE_FIELD = 1 << 30 /* a field, and a row, must be smaller than this */
};

/* How a column's fields come into being in COPY BINARY. */
enum encode_way {
    ENCODE_BITS,
    ENCODE_16,
    ENCODE_32,
    ENCODE_64,
    ENCODE_DATE,
    ENCODE_TIMESTAMP,
    ENCODE_FIXED, /* the vector's bytes as they are */
    ENCODE_TIMETZ,
    ENCODE_INTERVAL,
    ENCODE_VAR,
    ENCODE_JSONB, /* VAR behind a version byte */
    ENCODE_CELLS  /* cell by cell */
};

struct encode_column {
    const char *name;
    const char *native; /* its type there */
    struct pd_type as;
    uint32_t number; /* in the batch */
    uint8_t form;    /* enum pg_form */
    uint8_t layout;  /* of `as` */
    uint8_t plain;   /* enum encode_way of a plain vector */
    uint8_t way;     /* of this batch's vector */
    const struct pd_vector *v;
    uint32_t next_outlier; /* the first whose row was not passed yet */
    size_t fields;         /* ENCODE_CELLS: where the chunk's fields begin in scratch */
};

/* A cell taken out of whatever layout its vector has. */
struct encode_cell {
    bool is_null;
    uint8_t tag;          /* enum pd_tag */
    int64_t number;       /* plain bool, integers, dates, times, money; the bits of floats */
    const uint8_t *bytes; /* everything else; 16 bytes of a decimal with layout I128 */
    size_t size;
};

/* The bytes of one cell that is not in its batch. */
struct encode_long {
    const struct pd_source_ops *ops;
    struct pd_source *source;
};

struct encoder {
    const struct pd_host *host;
    struct pg *pg; /* where the bytes go, in the middle of a COPY */
    bool by_text;
    bool has_dummy; /* one column that is always NULL stands for none */
    struct encode_column *columns;
    uint32_t n_columns;
    size_t columns_room;

    const struct pd_batch *batch;
    struct pd_rejects *rejects;
    bool sql_ascii; /* text of any bytes may be sent */
    uint32_t n_skipped;
    uint8_t skip[PD_BATCH_ROWS / 8]; /* one bit a row: it was rejected */

    uint8_t *out; /* ENCODE_ROOM bytes */
    size_t size;
    pd_status status; /* the first failure to send; nothing is sent after it */
    struct pd_error *err;

    uint8_t *scratch; /* fields of ENCODE_CELLS columns of a chunk */
    size_t scratch_size;
    size_t scratch_room;
    uint32_t sizes[ENCODE_ROWS]; /* of the rows of a chunk, then where the next field goes */
    uint64_t n_chars;            /* of the long cell that is measured */
    bool no_bits;                /* it has other digits than 0 and 1 */
};

/* ---- encode.c ---- */

/* For the rows of one table; what an earlier one has allocated is used again. A fresh struct is
   zeroed. */
pd_status encode_open(struct encoder *e, const struct pd_host *host, const struct target_table *t,
                      struct pd_error *err);
void encode_close(struct encoder *e);
/* What is sent from now on goes to pg. */
void encode_begin(struct encoder *e, struct pg *pg, struct pd_error *err);
/* The batch's rows are checked; it stays the caller's until the next batch. */
pd_status encode_batch(struct encoder *e, const struct pd_batch *batch, bool sql_ascii,
                       struct pd_rejects *rejects, struct pd_error *err);
/* Sends rows first <= row < end that were not rejected. */
pd_status encode_rows(struct encoder *e, uint32_t first, uint32_t end);
/* Sends the only row of a batch with long cells, unless it was rejected. */
pd_status encode_long_row(struct encoder *e, const struct encode_long *from);
/* Sends what ends a COPY. */
pd_status encode_end(struct encoder *e, struct pd_error *err);

/* How many rows from first on, up to end, are sent. */
uint32_t encode_count(const struct encoder *e, uint32_t first, uint32_t end);
/* The row that is sent as number nth, 0 first, from `first` on. */
uint32_t encode_nth(const struct encoder *e, uint32_t first, uint64_t nth);

static inline bool
encode_is_skipped(const struct encoder *e, uint32_t row)
{
    return e->n_skipped && (e->skip[row >> 3] >> (row & 7) & 1);
}

/* code, constraint: see struct pd_rejects. */
void encode_reject(struct encoder *e, uint32_t row, int cause, const char *code,
                   const char *constraint, const char *fmt, ...) PD_PRINTF(6, 7);
/* Cell by cell; rows of a column are asked for in ascending order after encode_rewind(). */
void encode_rewind(struct encoder *e, uint32_t first);
void encode_fetch(struct encode_column *c, uint32_t row, struct encode_cell *ret_cell);

void encode_flush(struct encoder *e);
/* Bytes of any number. */
void encode_put(struct encoder *e, const void *bytes, size_t size);
/* Room for `more` <= ENCODE_FLUSH bytes at out + size. */
static inline uint8_t *
encode_room(struct encoder *e, size_t more)
{
    if (ENCODE_ROOM - e->size < more)
        encode_flush(e);
    return e->out + e->size;
}

/* ---- encode_check.c ---- */

/* Rejects what the server would not take, or not as it is. */
void encode_check(struct encoder *e);
/* Why a cell cannot be stored in its column, NULL: it can. */
const char *encode_problem(const struct encode_column *c, const struct encode_cell *cell,
                           bool sql_ascii);
/* Can values of the column's neutral type be sent in its form at all? */
bool encode_can(const struct encode_column *c);

/* ---- encode_field.c: single fields, which have been checked ---- */

/* Into out[ENCODE_NUMBER]; the size. bytes: two's complement, low half first. */
size_t encode_decimal128(const uint8_t *bytes, unsigned scale, uint8_t *out);
/* Canonical text. The size; at most size / 2 + 12 bytes. */
size_t encode_decimal_text(const uint8_t *text, size_t size, uint8_t *out);
/* 0: no address. */
size_t encode_inet(const uint8_t *text, size_t size, bool is_cidr, uint8_t *out);
size_t encode_mac(const uint8_t *text, size_t size, uint8_t *out);
/* Digits to bits, most significant first; size / 8 + 1 bytes at most. */
size_t encode_bits(const uint8_t *digits, size_t size, uint8_t *out);
/* Canonical text of a timestamp that is too far for int64 microseconds since 1970, as microseconds
   since 2000. */
bool encode_far(const uint8_t *text, size_t size, int64_t *ret_value);

/* ---- encode_binary.c ---- */

pd_status encode_binary_rows(struct encoder *e, uint32_t first, uint32_t end);
/* A row that is larger than the buffer, or has long cells (from is not NULL). */
void encode_binary_row(struct encoder *e, uint32_t row, const struct encode_long *from);
enum encode_way encode_binary_way(const struct encode_column *c);

/* ---- encode_text.c ---- */

void encode_text_row(struct encoder *e, uint32_t row, const struct encode_long *from);

/* ---- encode_long.c ---- */

/* The long cell of a row's column, NULL: it has none. */
static inline const struct pd_long *
encode_long_of(const struct encode_column *c)
{
    return c->v->n_longs ? c->v->longs : NULL;
}
/* Rejects the batch's only row when a long cell of it cannot be sent. */
pd_status encode_long_check(struct encoder *e, const struct encode_long *from);
/* Hands each slice of a long cell to put(). */
typedef void encode_slice(struct encoder *e, const struct encode_column *c, const uint8_t *bytes,
                          size_t size);
pd_status encode_long_slices(struct encoder *e, const struct pd_long *cell,
                             const struct encode_long *from, encode_slice *put,
                             const struct encode_column *c);

/* ---- Bytes in network order ---- */

static inline void
encode_be16(uint8_t *out, uint16_t value)
{
    value = htobe16(value);
    memcpy(out, &value, sizeof value);
}

static inline void
encode_be32(uint8_t *out, uint32_t value)
{
    value = htobe32(value);
    memcpy(out, &value, sizeof value);
}

static inline void
encode_be64(uint8_t *out, uint64_t value)
{
    value = htobe64(value);
    memcpy(out, &value, sizeof value);
}

static inline uint32_t
encode_le32(const uint8_t *bytes)
{
    uint32_t value;

    memcpy(&value, bytes, sizeof value);
    return le32toh(value);
}

static inline uint64_t
encode_le64(const uint8_t *bytes)
{
    uint64_t value;

    memcpy(&value, bytes, sizeof value);
    return le64toh(value);
}
